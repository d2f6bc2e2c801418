//! Simulated Gaslane cards.
//!
//! [`ModelCard`] is the golden model: lanes execute lane programs, the shell around them (rings, dispatcher,
//! state table, conflict detector, commit unit) is a discrete-event simulation in card cycles.

mod ask;
pub mod attempt;
pub mod card;
mod code;
mod commands;
pub mod commit;
pub mod counters;
mod dispatch;
mod events;
mod finish;
pub mod image;
pub mod lane;
pub mod memory;
pub mod notes;
pub mod records;
mod registers;
pub mod rings;
#[cfg(feature = "rtl")]
pub mod rtl;
mod slots;
pub mod state;
pub mod step;

#[cfg(test)]
mod tests;

pub use card::{Card, ConfigError, ModelCard, SimOptions};
pub use counters::{Counters, LaneCounters, TimelineEvent, TimelineKind};
pub use notes::{CommitNote, OpCycles};
pub use step::{Step, Stepped};
