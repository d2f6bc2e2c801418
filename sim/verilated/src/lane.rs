//! Verilator's model of the lane behind [`LaneSimulator`].

use gaslane_hdl::CardConfig;
use gaslane_hdl::lane::{LaneInputs, LaneLayout, LaneOutputs, LaneSimulator, LaneSize};
use std::ffi::c_void;
use std::ptr::NonNull;

/// Functions of one size (see `build.rs`).
struct Functions {
    new: unsafe extern "C" fn() -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    bytes: unsafe extern "C" fn(i32) -> usize,
    tick: unsafe extern "C" fn(*mut c_void, *const LaneInputs, *mut LaneOutputs),
}

unsafe extern "C" {
    fn gaslane_small_new() -> *mut c_void;
    fn gaslane_small_free(instance: *mut c_void);
    fn gaslane_small_bytes(outputs: i32) -> usize;
    fn gaslane_small_tick(instance: *mut c_void, inputs: *const LaneInputs, outputs: *mut LaneOutputs);
    fn gaslane_large_new() -> *mut c_void;
    fn gaslane_large_free(instance: *mut c_void);
    fn gaslane_large_bytes(outputs: i32) -> usize;
    fn gaslane_large_tick(instance: *mut c_void, inputs: *const LaneInputs, outputs: *mut LaneOutputs);
}

static SMALL: Functions = Functions {
    new: gaslane_small_new,
    free: gaslane_small_free,
    bytes: gaslane_small_bytes,
    tick: gaslane_small_tick,
};
static LARGE: Functions = Functions {
    new: gaslane_large_new,
    free: gaslane_large_free,
    bytes: gaslane_large_bytes,
    tick: gaslane_large_tick,
};

/// A simulated lane. Its depths are constants of the Verilog, so they are those of a named configuration.
pub struct VerilatedLane {
    functions: &'static Functions,
    instance: NonNull<c_void>,
    inputs: LaneInputs,
    outputs: LaneOutputs,
}

// SAFETY: an instance has its own context and no thread-local state; it is used by one thread at a time.
unsafe impl Send for VerilatedLane {}

impl std::fmt::Debug for VerilatedLane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerilatedLane").field("outputs", &self.outputs).finish_non_exhaustive()
    }
}

impl Drop for VerilatedLane {
    fn drop(&mut self) {
        // SAFETY: `instance` came from `new` of the same size and is not used afterwards.
        unsafe { (self.functions.free)(self.instance.as_ptr()) }
    }
}

impl LaneSimulator for VerilatedLane {
    fn check(config: &CardConfig) -> Result<LaneSize, String> {
        let size = LaneSize::of(config)?;
        let (name, named) = match size {
            LaneSize::Small => ("small", CardConfig::small()),
            LaneSize::Large => ("large", CardConfig::large()),
        };
        match LaneLayout::new(config) == LaneLayout::new(&named) {
            true => Ok(size),
            false => Err(format!("engine verilator has the lane of configuration {name} as it is; use engine kernel")),
        }
    }

    fn create(_: &CardConfig, size: LaneSize) -> Self {
        let functions = match size {
            LaneSize::Small => &SMALL,
            LaneSize::Large => &LARGE,
        };
        // SAFETY: the functions have no preconditions.
        let (instance, bytes) = unsafe { ((functions.new)(), [(functions.bytes)(0), (functions.bytes)(1)]) };
        assert_eq!(bytes, [size_of::<LaneInputs>(), size_of::<LaneOutputs>()], "the C++ glue mirrors the port structs");
        let instance = NonNull::new(instance).expect("operator new does not give null");
        let mut lane = Self { functions, instance, inputs: LaneInputs::default(), outputs: LaneOutputs::default() };
        lane.inputs.reset = true;
        lane.tick();
        lane.inputs.reset = false;
        lane
    }

    fn inputs(&mut self) -> &mut LaneInputs {
        &mut self.inputs
    }

    fn outputs(&self) -> &LaneOutputs {
        &self.outputs
    }

    fn tick(&mut self) -> &LaneOutputs {
        // SAFETY: `instance` is alive, and both structs have the layout of their mirrors (checked in `create`).
        unsafe { (self.functions.tick)(self.instance.as_ptr(), &self.inputs, &mut self.outputs) }
        &self.outputs
    }
}
