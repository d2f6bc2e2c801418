//! Arithmetic units of a lane. Beside each stands its plain-Rust model.
//!
//! Pipelined units take operands in every cycle and have no handshake: the operands of one cycle give the result in
//! the next, before the lane's result register. Translated programs keep the distance between words. Sequential units
//! have a start and a done signal.

pub mod addsub;
pub mod byte;
pub mod clz;
pub mod logic;
pub mod muldiv;
pub mod shift;

pub use addsub::AddSub;
pub use byte::ByteUnit;
pub use clz::Clz;
pub use logic::LogicUnit;
pub use muldiv::MulDiv;
pub use shift::Shifter;
