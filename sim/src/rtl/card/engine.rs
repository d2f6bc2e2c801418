//! The card's core and a lane's port in the RustHDL kernel.

use super::Engine;
use crate::rtl::kernel::{KernelLane, from_port, settle, to_port};
use gaslane_hdl::card::ports::{CoreInputs, CoreOutputs, LanePortInputs, LanePortOutputs, Simulated};
use gaslane_hdl::card::{Core, LanePort, LargeCore, SmallCore, core_size, core_words};
use gaslane_hdl::lane::LaneSize;
use gaslane_hdl::word::{W64, W160, W256};
use gaslane_hdl::{CardConfig, core_inputs, core_outputs, lane_port_inputs, lane_port_outputs};
use rust_hdl_core::prelude::*;

/// A block, driven and sampled.
trait Ports<I, O>: Block {
    fn clock_level(&mut self, clk: bool);
    fn drive(&mut self, inputs: &I);
    fn sample(&self, outputs: &mut O);
}

macro_rules! drive_core {
    ($($field:ident: $kind:ident,)*) => {
        fn drive(&mut self, inputs: &CoreInputs) {
            $(self.$field.next = to_port!($kind, inputs.$field);)*
        }
    };
}

macro_rules! sample_core {
    ($($field:ident: $kind:ident,)*) => {
        fn sample(&self, outputs: &mut CoreOutputs) {
            $(outputs.$field = from_port!($kind, self.$field.val());)*
        }
    };
}

macro_rules! drive_port {
    ($($field:ident: $kind:ident,)*) => {
        fn drive(&mut self, inputs: &LanePortInputs) {
            $(self.$field.next = to_port!($kind, inputs.$field);)*
        }
    };
}

macro_rules! sample_port {
    ($($field:ident: $kind:ident,)*) => {
        fn sample(&self, outputs: &mut LanePortOutputs) {
            $(outputs.$field = from_port!($kind, self.$field.val());)*
        }
    };
}

impl<const S: usize, const W: usize, const T: usize, const L: usize, const E: usize> Ports<CoreInputs, CoreOutputs>
    for Core<S, W, T, L, E>
{
    fn clock_level(&mut self, clk: bool) {
        self.clock.next = Clock { clk };
    }

    core_inputs!(drive_core);
    core_outputs!(sample_core);
}

impl Ports<LanePortInputs, LanePortOutputs> for LanePort {
    fn clock_level(&mut self, clk: bool) {
        self.clock.next = Clock { clk };
    }

    lane_port_inputs!(drive_port);
    lane_port_outputs!(sample_port);
}

/// A block in the kernel.
pub struct Kernel<I, O> {
    block: Box<dyn Step<I, O>>,
    inputs: I,
    outputs: O,
}

trait Step<I, O> {
    fn settle(&mut self, inputs: &I, outputs: &mut O);
    fn edge(&mut self, inputs: &I);
}

impl<I, O, B: Ports<I, O>> Step<I, O> for B {
    fn settle(&mut self, inputs: &I, outputs: &mut O) {
        // The clock falls while the inputs change; nothing listens to that edge.
        self.clock_level(false);
        self.drive(inputs);
        settle(self);
        self.sample(outputs);
    }

    fn edge(&mut self, inputs: &I) {
        self.clock_level(false);
        self.drive(inputs);
        settle(self);
        self.clock_level(true);
        settle(self);
    }
}

impl<I: Default, O: Default> Kernel<I, O> {
    fn new(mut block: impl Ports<I, O> + 'static) -> Self {
        block.connect_all();
        Self { block: Box::new(block), inputs: I::default(), outputs: O::default() }
    }
}

impl<I, O> Simulated<I, O> for Kernel<I, O> {
    fn inputs(&mut self) -> &mut I {
        &mut self.inputs
    }

    fn outputs(&self) -> &O {
        &self.outputs
    }

    fn settle(&mut self) {
        self.block.settle(&self.inputs, &mut self.outputs);
    }

    fn edge(&mut self) {
        self.block.edge(&self.inputs);
    }
}

/// The RustHDL kernel: no tool is needed.
#[derive(Debug)]
pub struct KernelEngine;

impl Engine for KernelEngine {
    type Core = Kernel<CoreInputs, CoreOutputs>;
    type Port = Kernel<LanePortInputs, LanePortOutputs>;
    type Lane = KernelLane;

    fn core(config: &CardConfig) -> Result<Self::Core, String> {
        let words = core_words(config);
        Ok(match core_size(config)? {
            LaneSize::Small => Kernel::new(SmallCore::new(&words)),
            LaneSize::Large => Kernel::new(LargeCore::new(&words)),
        })
    }

    fn port() -> Self::Port {
        Kernel::new(LanePort::default())
    }
}

/// Verilator, linked in.
#[derive(Debug)]
pub struct VerilatorEngine;

impl Engine for VerilatorEngine {
    type Core = gaslane_verilated::VerilatedCore;
    type Port = gaslane_verilated::VerilatedPort;
    type Lane = gaslane_verilated::VerilatedLane;

    fn core(config: &CardConfig) -> Result<Self::Core, String> {
        Self::Core::of(config)
    }

    fn port() -> Self::Port {
        Self::Port::port()
    }
}
