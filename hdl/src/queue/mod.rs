//! The rings in host memory: submissions come in, completions and interrupts go out.

pub mod completions;
pub mod control;
pub mod interrupts;
pub mod ring_check;
pub mod submissions;

pub use completions::CompletionWriter;
pub use control::Control;
pub use interrupts::Interrupts;
pub use ring_check::RingCheck;
pub use submissions::SubmissionFetch;

/// Bytes of an entry.
pub const ENTRY_BYTES: u64 = size_of::<gaslane_abi::ring::Submission>() as u64;
