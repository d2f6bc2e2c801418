//! Places that movers know: their numbers stand in the contract, as the firmware needs them too.

pub use gaslane_abi::manage::mover::*;
