//! Memory of a lane: one array of bytes with independent load and store ports, and the engine that moves ranges of it.

pub mod copy;
pub mod lane_memory;

pub use copy::CopyEngine;
pub use lane_memory::LaneMemory;
