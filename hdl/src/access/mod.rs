//! Access table of a lane: what an attempt has touched, read and written, with the undo log.

pub mod entry;
pub mod unit;

pub use entry::Entry;
pub use unit::AccessUnit;
