//! Memory of a lane: one byte-addressed RAM for arena, payload, return buffer and logs, and the engine that copies in it.

pub mod copy;
pub mod lane_memory;
pub mod mask;

pub use copy::CopyEngine;
pub use lane_memory::LaneMemory;
pub use mask::{ByteMask, StoreMask};
