//! The generated Verilog of the lane, its port, the card's core and a board as simulators, translated by Verilator when this crate was built and linked in.
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
pub use absent::{VerilatedBoard, VerilatedCore, VerilatedLane, VerilatedPort};
#[cfg(verilated)]
pub use card::{VerilatedBoard, VerilatedCore, VerilatedPort};
#[cfg(verilated)]
pub use lane::VerilatedLane;
