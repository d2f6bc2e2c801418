//! Verilator's models of the card's core, of a lane's port and of a board.

use gaslane_hdl::CardConfig;
use gaslane_hdl::board::ports::{BoardInputs, BoardOutputs};
use gaslane_hdl::card::core_size;
use gaslane_hdl::card::ports::{CoreInputs, CoreOutputs, LanePortInputs, LanePortOutputs, Simulated};
use gaslane_hdl::lane::LaneSize;
use std::ffi::c_void;
use std::ptr::NonNull;

/// Functions of one model (see `build.rs`).
struct Functions<I, O> {
    new: unsafe extern "C" fn() -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    bytes: unsafe extern "C" fn(i32) -> usize,
    settle: unsafe extern "C" fn(*mut c_void, *const I, *mut O),
    edge: unsafe extern "C" fn(*mut c_void, *const I),
}

macro_rules! functions {
    ($statics:ident, $inputs:ty, $outputs:ty, $new:ident $free:ident $bytes:ident $settle:ident $edge:ident) => {
        unsafe extern "C" {
            fn $new() -> *mut c_void;
            fn $free(instance: *mut c_void);
            fn $bytes(outputs: i32) -> usize;
            fn $settle(instance: *mut c_void, inputs: *const $inputs, outputs: *mut $outputs);
            fn $edge(instance: *mut c_void, inputs: *const $inputs);
        }

        static $statics: Functions<$inputs, $outputs> =
            Functions { new: $new, free: $free, bytes: $bytes, settle: $settle, edge: $edge };
    };
}

functions!(SMALL, CoreInputs, CoreOutputs,
    gaslane_core_small_new gaslane_core_small_free gaslane_core_small_bytes gaslane_core_small_settle gaslane_core_small_edge);
functions!(LARGE, CoreInputs, CoreOutputs,
    gaslane_core_large_new gaslane_core_large_free gaslane_core_large_bytes gaslane_core_large_settle gaslane_core_large_edge);
functions!(PORT, LanePortInputs, LanePortOutputs,
    gaslane_port_new gaslane_port_free gaslane_port_bytes gaslane_port_settle gaslane_port_edge);
functions!(BOARD, BoardInputs, BoardOutputs,
    gaslane_board_new gaslane_board_free gaslane_board_bytes gaslane_board_settle gaslane_board_edge);

/// A simulated block.
pub struct Verilated<I: 'static, O: 'static> {
    functions: &'static Functions<I, O>,
    instance: NonNull<c_void>,
    inputs: I,
    outputs: O,
}

/// The core of a named configuration.
pub type VerilatedCore = Verilated<CoreInputs, CoreOutputs>;
/// A lane's port.
pub type VerilatedPort = Verilated<LanePortInputs, LanePortOutputs>;
/// The board of configuration `small`.
pub type VerilatedBoard = Verilated<BoardInputs, BoardOutputs>;

// SAFETY: an instance has its own context and no thread-local state; it is used by one thread at a time.
unsafe impl<I: Send, O: Send> Send for Verilated<I, O> {}

impl<I, O: std::fmt::Debug> std::fmt::Debug for Verilated<I, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verilated").field("outputs", &self.outputs).finish_non_exhaustive()
    }
}

impl<I, O> Drop for Verilated<I, O> {
    fn drop(&mut self) {
        // SAFETY: `instance` came from `new` of the same model and is not used afterwards.
        unsafe { (self.functions.free)(self.instance.as_ptr()) }
    }
}

impl<I: Default, O: Default> Verilated<I, O> {
    fn new(functions: &'static Functions<I, O>) -> Self {
        // SAFETY: the functions have no preconditions.
        let (instance, bytes) = unsafe { ((functions.new)(), [(functions.bytes)(0), (functions.bytes)(1)]) };
        assert_eq!(bytes, [size_of::<I>(), size_of::<O>()], "the C++ glue mirrors the port structs");
        let instance = NonNull::new(instance).expect("operator new does not give null");
        Self { functions, instance, inputs: I::default(), outputs: O::default() }
    }
}

impl VerilatedCore {
    /// The core of a configuration's size.
    pub fn of(config: &CardConfig) -> Result<Self, String> {
        let (name, named, functions) = match core_size(config)? {
            LaneSize::Small => ("small", CardConfig::small(), &SMALL),
            LaneSize::Large => ("large", CardConfig::large(), &LARGE),
        };
        // What it says of itself is part of the Verilog.
        match (CardConfig { lanes: config.lanes, slots: config.slots, ..named }) == *config {
            true => Ok(Self::new(functions)),
            false => Err(format!("engine verilator has the core of configuration {name} as it is; use engine kernel")),
        }
    }
}

impl VerilatedPort {
    /// A port.
    pub fn port() -> Self {
        Self::new(&PORT)
    }
}

impl VerilatedBoard {
    /// A board that was just configured.
    pub fn board() -> Self {
        Self::new(&BOARD)
    }
}

impl<I, O> Simulated<I, O> for Verilated<I, O> {
    fn inputs(&mut self) -> &mut I {
        &mut self.inputs
    }

    fn outputs(&self) -> &O {
        &self.outputs
    }

    fn settle(&mut self) {
        // SAFETY: `instance` is alive, and both structs have the layout of their mirrors (checked in `new`).
        unsafe { (self.functions.settle)(self.instance.as_ptr(), &self.inputs, &mut self.outputs) }
    }

    fn edge(&mut self) {
        // SAFETY: as in `settle`.
        unsafe { (self.functions.edge)(self.instance.as_ptr(), &self.inputs) }
    }
}
