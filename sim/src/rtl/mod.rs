//! Lanes that are the hardware design, simulated.
//!
//! [`RtlLane`] puts a simulated lane behind [`Attempt`](crate::attempt::Attempt), so that the card around it is the same as the
//! model's: dispatcher, state table, commit unit, rings.

pub mod board;
pub mod card;
pub mod code;
pub mod kernel;
pub mod lane;
pub mod lockstep;
pub mod profile;
pub mod waves;

pub use board::BoardStream;
pub use card::engine::{KernelEngine, VerilatorEngine};
pub use card::{LinkOptions, RtlCard};
pub use gaslane_verilated::{AVAILABLE as VERILATOR_AVAILABLE, VerilatedBoard, VerilatedLane};
pub use kernel::KernelLane;
pub use lane::RtlLane;
pub use lockstep::LockstepLane;
pub use profile::CycleProfile;
pub use waves::{Recording, SharedRecording};
