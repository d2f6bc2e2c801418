//! The card's core and a lane's port in the RustHDL kernel.

use super::Engine;
use crate::rtl::kernel::{KernelLane, Ports, clock_body, drive_body, from_port, sample_body, to_port};
use gaslane_abi::regs::CardKind;
use gaslane_hdl::bus::register_map::Identity;
use gaslane_hdl::card::ports::{CoreInputs, CoreOutputs, LanePortInputs, LanePortOutputs, Simulated};
use gaslane_hdl::card::{Core, LanePort, LargeCore, SmallCore, core_size, core_words};
use gaslane_hdl::lane::LaneSize;
use gaslane_hdl::word::{W64, W160, W256};
use gaslane_hdl::{CardConfig, core_inputs, core_outputs, lane_port_inputs, lane_port_outputs};
use rust_hdl_core::prelude::*;

impl<const S: usize, const W: usize, const T: usize, const L: usize, const E: usize> Ports<CoreInputs, CoreOutputs>
    for Core<S, W, T, L, E>
{
    clock_body!();
    core_inputs!(drive_body CoreInputs);
    core_outputs!(sample_body CoreOutputs);
}

impl Ports<LanePortInputs, LanePortOutputs> for LanePort {
    clock_body!();
    lane_port_inputs!(drive_body LanePortInputs);
    lane_port_outputs!(sample_body LanePortOutputs);
}

/// A block in the kernel.
pub struct Kernel<I, O> {
    block: Box<dyn Step<I, O>>,
    inputs: I,
    outputs: O,
}

/// [`Ports`] of whatever block.
trait Step<I, O> {
    fn settle(&mut self, inputs: &I, outputs: &mut O);
    fn rise(&mut self);
}

impl<I, O, B: Ports<I, O>> Step<I, O> for B {
    fn settle(&mut self, inputs: &I, outputs: &mut O) {
        Ports::settle(self, inputs, outputs);
    }

    fn rise(&mut self) {
        Ports::rise(self);
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
        // The inputs may have changed since they settled.
        self.block.settle(&self.inputs, &mut self.outputs);
        self.block.rise();
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
        let words = core_words(config, &Identity::of(CardKind::Simulation));
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
