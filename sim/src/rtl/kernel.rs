//! The lane in the RustHDL kernel: a tight loop without testbench threads.

use gaslane_hdl::lane::{Lane, LaneInputs, LaneLayout, LaneOutputs, LaneSimulator, LaneSize, LargeLane, SmallLane};
use gaslane_hdl::word::{W64, W256};
use gaslane_hdl::{CardConfig, lane_inputs, lane_outputs};
use rust_hdl_core::prelude::*;

/// A simulated lane of one of the sizes.
pub struct KernelLane {
    block: AnySize,
    inputs: LaneInputs,
    outputs: LaneOutputs,
}

enum AnySize {
    Small(Box<SmallLane>),
    Large(Box<LargeLane>),
}

impl std::fmt::Debug for KernelLane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KernelLane").field("outputs", &self.outputs).finish_non_exhaustive()
    }
}

/// Passes until the logic has settled, at most: more would be a loop in the design.
const SETTLE_PASSES: usize = 64;

/// Lets the logic of a block settle.
fn settle(block: &mut impl Block) {
    assert!(simulate(block, SETTLE_PASSES), "the block does not settle: a combinational loop in the design");
}

macro_rules! to_port {
    (word, $value:expr) => {
        W256::from_limbs($value)
    };
    (address, $value:expr) => {
        W160::from_limbs($value)
    };
    (half, $value:expr) => {
        W64::from_limbs([$value])
    };
    (number, $value:expr) => {
        u64::from($value).into()
    };
    (flag, $value:expr) => {
        $value
    };
}

macro_rules! from_port {
    (word, $value:expr) => {
        *$value.limbs()
    };
    (address, $value:expr) => {
        *$value.limbs()
    };
    (half, $value:expr) => {
        $value.limbs()[0]
    };
    (number, $value:expr) => {
        $value.to_u64() as u32
    };
    (flag, $value:expr) => {
        $value
    };
}

/// A block, driven and sampled.
pub(super) trait Ports<I, O>: Block + Sized {
    fn clock_level(&mut self, clk: bool);
    fn drive(&mut self, inputs: &I);
    fn sample(&self, outputs: &mut O);

    /// Lets the inputs take effect, and takes the outputs. The clock falls meanwhile; nothing listens to that edge.
    fn settle(&mut self, inputs: &I, outputs: &mut O) {
        self.clock_level(false);
        self.drive(inputs);
        settle(self);
        self.sample(outputs);
    }

    /// Passes the clock edge after [`Ports::settle`].
    fn rise(&mut self) {
        self.clock_level(true);
        settle(self);
    }
}

macro_rules! clock_body {
    () => {
        fn clock_level(&mut self, clk: bool) {
            self.clock.next = Clock { clk };
        }
    };
}

macro_rules! drive_body {
    ([$inputs:ident] $($field:ident: $kind:ident,)*) => {
        fn drive(&mut self, inputs: &$inputs) {
            $(self.$field.next = to_port!($kind, inputs.$field);)*
        }
    };
}

macro_rules! sample_body {
    ([$outputs:ident] $($field:ident: $kind:ident,)*) => {
        fn sample(&self, outputs: &mut $outputs) {
            $(outputs.$field = from_port!($kind, self.$field.val());)*
        }
    };
}

pub(super) use {clock_body, drive_body, from_port, sample_body, to_port};

impl<const O: usize, const R: usize, const E: usize, const U: usize, const F: usize, const C: usize>
    Ports<LaneInputs, LaneOutputs> for Lane<O, R, E, U, F, C>
{
    clock_body!();
    lane_inputs!(drive_body LaneInputs);
    lane_outputs!(sample_body LaneOutputs);
}

fn cycle(lane: &mut impl Ports<LaneInputs, LaneOutputs>, inputs: &LaneInputs, outputs: &mut LaneOutputs) {
    lane.settle(inputs, outputs);
    lane.rise();
}

impl LaneSimulator for KernelLane {
    fn create(config: &CardConfig, size: LaneSize) -> Self {
        let layout = LaneLayout::new(config);
        let block = match size {
            LaneSize::Small => {
                let mut lane = Box::new(SmallLane::new(&layout));
                lane.connect_all();
                AnySize::Small(lane)
            }
            LaneSize::Large => {
                let mut lane = Box::new(LargeLane::new(&layout));
                lane.connect_all();
                AnySize::Large(lane)
            }
        };
        let mut lane = Self { block, inputs: LaneInputs::default(), outputs: LaneOutputs::default() };
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
        match &mut self.block {
            AnySize::Small(lane) => cycle(lane.as_mut(), &self.inputs, &mut self.outputs),
            AnySize::Large(lane) => cycle(lane.as_mut(), &self.inputs, &mut self.outputs),
        }
        &self.outputs
    }
}
