//! The generated Verilog of the lane, its port and the card's core as simulators, translated by Verilator when this crate was built and linked in.
//!
//! [`AVAILABLE`] says whether it was: Verilator need not be installed.

#![deny(unsafe_op_in_unsafe_fn)]

/// Whether Verilator was there when this crate was built.
pub const AVAILABLE: bool = cfg!(verilated);

#[cfg(not(verilated))]
mod absent;
#[cfg(verilated)]
mod card;
#[cfg(verilated)]
mod lane;
#[cfg(not(verilated))]
pub use absent::{VerilatedCore, VerilatedLane, VerilatedPort};
#[cfg(verilated)]
pub use card::{VerilatedCore, VerilatedPort};
#[cfg(verilated)]
pub use lane::VerilatedLane;
