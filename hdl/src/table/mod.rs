//! State table of the card: committed state as far as the card holds it, with the reader masks of exact conflict detection.
//!
//! - [`layout`]: operations, outcomes, flags, how an entry stands in its memories, the hash of a key;
//! - [`model`]: what the table does, in plain Rust, with the exact number of cycles;
//! - `state_table`: the block (feature `rtl`), `key_hash`: its hash, `conflict`: whom a commit aborts,
//!   `commit`: what a finished attempt makes of the table, [`commit_model`] in plain Rust.
//!
//! # Rules that make stale values impossible
//! 1. An entry with an outstanding request to the host is *pending*. It is never evicted. Commits may write it
//!    meanwhile; its fields become known one by one. The answer supplies only the fields that are still unknown.
//! 2. A fill of a key that is not pending is a *prefetch*. It is taken only if the key is absent and the fill's `seq` (commits
//!    that the host had applied when it read the values) is at least the *floor*: the highest commit whose write
//!    has left the table, or never entered it.
//! 3. A fill of a pending key is its answer only if its `seq` is at least what the floor was when the request was made.
//! 4. An entry with a reader bit, a waiting slot or a request outstanding is never evicted. So bits are never lost.

#[cfg(feature = "rtl")]
pub mod commit;
pub mod commit_model;
#[cfg(feature = "rtl")]
pub mod conflict;
#[cfg(feature = "rtl")]
pub mod key_hash;
pub mod layout;
pub mod model;
#[cfg(feature = "rtl")]
pub mod state_table;

#[cfg(feature = "rtl")]
pub use commit::CommitUnit;
#[cfg(feature = "rtl")]
pub use conflict::ConflictDetector;
#[cfg(feature = "rtl")]
pub use key_hash::KeyHash;
pub use layout::{TableOp, TableOutcome};
#[cfg(feature = "rtl")]
pub use state_table::StateTable;
