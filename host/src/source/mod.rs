//! Where blocks come from: files that hold a block together with the state it reads.
//!
//! [`bundle`] reads block bundles, [`t8n`] the triple of geth's state transition tool. Both give a
//! [`crate::block::BlockInput`] and a [`MemoryState`]. Files are untrusted: whatever is wrong with one ends in a
//! [`SourceError`] that names the file, the place in it and the cure.

pub mod bundle;
mod error;
mod json;
pub mod samples;
pub mod schedule;
mod state;
pub mod t8n;
mod trie;
pub(crate) mod tx;

pub use error::{SourceError, SourceErrorKind};
pub use state::{MemoryState, StateError};
