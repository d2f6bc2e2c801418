//! The management part of the card: a small processor, its data memory, what moves rows for it.
//!
//! - [`layout`]: numbers that firmware and blocks share;
//! - [`processor_model`]: what the processor does, in plain Rust;
//! - `processor`: the processor, RV32I (feature `rtl`);
//! - `data_ram`: memory that it shares with users of whole rows;
//! - `mover`: copies rows between memories and lanes, `first_bytes`: what pads them; `far_queue`: moves that wait for their turn.

#[cfg(feature = "rtl")]
pub mod data_ram;
#[cfg(feature = "rtl")]
pub mod far_queue;
#[cfg(feature = "rtl")]
pub mod first_bytes;
pub mod layout;
#[cfg(feature = "rtl")]
pub mod mover;
#[cfg(feature = "rtl")]
pub mod processor;
pub mod processor_model;

#[cfg(feature = "rtl")]
pub use data_ram::DataRam;
#[cfg(feature = "rtl")]
pub use far_queue::FarQueue;
#[cfg(feature = "rtl")]
pub use first_bytes::FirstBytes;
pub use layout::MoverPort;
#[cfg(feature = "rtl")]
pub use mover::Mover;
#[cfg(feature = "rtl")]
pub use processor::Processor;
pub use processor_model::{DataPort, ProcessorModel};
