//! The card's Verilog for what puts it together outside of Rust: the check of the bus, boards.

pub mod memories;
pub mod module;
pub mod parts;
pub mod wrapper;
