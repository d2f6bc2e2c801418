//! The lane bus as numbers: they stand in the contract, as the firmware needs them too.

pub use gaslane_abi::manage::lane::*;
