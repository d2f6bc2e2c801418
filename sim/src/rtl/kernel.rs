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
pub(super) fn settle(block: &mut impl Block) {
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

pub(super) use {from_port, to_port};

/// A lane block of one size, driven and sampled.
trait Ports: Block {
    fn clock_level(&mut self, clk: bool);
    fn drive(&mut self, inputs: &LaneInputs);
    fn sample(&self, outputs: &mut LaneOutputs);
}

macro_rules! drive_body {
    ($($field:ident: $kind:ident,)*) => {
        fn drive(&mut self, inputs: &LaneInputs) {
            $(self.$field.next = to_port!($kind, inputs.$field);)*
        }
    };
}

macro_rules! sample_body {
    ($($field:ident: $kind:ident,)*) => {
        fn sample(&self, outputs: &mut LaneOutputs) {
            $(outputs.$field = from_port!($kind, self.$field.val());)*
        }
    };
}

impl<const O: usize, const R: usize, const E: usize, const U: usize, const F: usize, const C: usize> Ports
    for Lane<O, R, E, U, F, C>
{
    fn clock_level(&mut self, clk: bool) {
        self.clock.next = Clock { clk };
    }

    lane_inputs!(drive_body);
    lane_outputs!(sample_body);
}

fn cycle(lane: &mut impl Ports, inputs: &LaneInputs, outputs: &mut LaneOutputs) {
    // The clock falls while the inputs change; nothing listens to that edge.
    lane.clock_level(false);
    lane.drive(inputs);
    settle(lane);
    lane.sample(outputs);
    lane.clock_level(true);
    settle(lane);
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
