//! Access table of a lane: every account, storage slot and transient slot that an attempt touched, with warmth (EIP-2929),
//! what was read and what was written; the undo log that reverts frames; the port to committed state.
//!
//! - [`layout`]: operations, how an entry stands in its four rows, the hash of the index;
//! - [`model`]: what the unit does, in plain Rust, with the exact number of cycles;
//! - `unit`: the block (feature `rtl`).

pub mod layout;
pub mod model;
#[cfg(feature = "rtl")]
pub mod unit;

pub use layout::{AccessOp, Entry, decode_entry};
pub use model::AccessModel;
#[cfg(feature = "rtl")]
pub use unit::AccessUnit;
