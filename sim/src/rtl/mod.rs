//! Lanes that are the hardware design, simulated.
//!
//! [`RtlLane`] puts a simulated lane behind [`Attempt`](crate::attempt::Attempt), so that the card around it is the same as the
//! model's: dispatcher, state table, commit unit, rings.

pub mod code;
pub mod kernel;
pub mod lane;
pub mod lockstep;
pub mod ports;

use crate::card::Card;
pub use kernel::KernelLane;
pub use lane::RtlLane;
pub use lockstep::LockstepLane;
pub use ports::{LaneInputs, LaneOutputs, LaneSimulator};

/// A card whose lanes are the RustHDL design in the RustHDL kernel.
pub type RtlCard = Card<RtlLane<KernelLane>>;

/// A card whose lanes run model and RustHDL design in lockstep.
pub type LockstepCard = Card<LockstepLane<KernelLane>>;
