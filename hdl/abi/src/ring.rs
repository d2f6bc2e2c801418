//! Submission and completion entries: the NVMe idea (rings in host memory, doorbells, a phase bit).
//!
//! Execute, system CommitHost, SetBlock, Drain and the resets take effect in ring order. Fill, LoadImage, PatchImage, Answer and
//! the CommitHost that answers an escape overtake Executes that wait for a slot; otherwise a full window could never be
//! answered. They do not overtake a reset, except as the answer to a request made before it. A host answers every request.
//! A card holds at least as many commands in order as its submission ring has entries.

use crate::codes::codes;
use crate::word::{Address20, Word};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

codes! {
    /// Command of a submission entry.
    Command {
        /// Loads the code image at `addr` (`len_bytes`) under `handle` (at least 1; 0xffff_ffff is the firmware).
        LoadImage = 1, "load-image";
        /// Fills the state table with `count` state records at `addr`. `seq` is the number of commit completions that the host had applied since card reset when it read the values.
        Fill = 2, "fill";
        /// Executes the transaction whose payload is at `addr` (`len_bytes`); the result record goes to `record_addr` (`record_bytes` at most).
        Execute = 3, "execute";
        /// Commits `count` state records at `addr` that the host executed, for the escaped transaction `tag` (which must be the head), or with `FLAG_SYSTEM` at this place in order.
        CommitHost = 4, "commit-host";
        /// Sets the block context: `env::BLOCK_WORDS` words at `addr`. Waits until everything before has committed.
        SetBlock = 5, "set-block";
        /// Answers with a completion when everything submitted before has committed.
        Drain = 6, "drain";
        /// Empties the state table (the next block builds on another state). Waits like `Drain`.
        ResetState = 7, "reset-state";
        /// Empties the code store except the firmware. Waits like `Drain`.
        ResetCode = 8, "reset-code";
        /// Extends the program of `handle` by the patch at `addr` (`len_bytes`, see [`crate::image::PatchHeader`]) and wakes the lanes that wait for its code.
        PatchImage = 9, "patch-image";
        /// Answers the assist request number `seq` with the [`crate::record::AssistAnswer`] at `addr` (`len_bytes`). Dropped if the attempt that asked has ended.
        Answer = 10, "answer";
    }
}

/// Execute: the transaction is not for the card; it becomes an escape with the reason in `count`.
pub const FLAG_ESCAPE: u8 = 1;
/// CommitHost: the write set belongs to no transaction (system call, withdrawals); it commits when its turn comes.
pub const FLAG_SYSTEM: u8 = 2;
/// Execute: `depends` names a predecessor: start only after the transaction that many places earlier has committed.
pub const FLAG_DEPENDS: u8 = 4;
/// Handle of the firmware image.
pub const FIRMWARE_HANDLE: u32 = u32::MAX;

/// Most entries of a ring.
pub const RING_ENTRIES_MAX: u32 = 1 << 16;

/// Submission entry, 64 bytes. Fields that a command does not name are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Submission {
    /// [`Command`].
    pub command: u8,
    /// `FLAG_*`.
    pub flags: u8,
    /// Execute with `FLAG_DEPENDS`: distance in transactions to the predecessor, at least 1.
    pub depends: u16,
    /// Opaque to the card; comes back in completions.
    pub tag: u32,
    /// IOVA of the payload.
    pub addr: u64,
    /// Payload length in bytes.
    pub len_bytes: u32,
    /// Number of records, or escape reason.
    pub count: u32,
    /// IOVA of the result record buffer.
    pub record_addr: u64,
    /// Size of the result record buffer in bytes.
    pub record_bytes: u32,
    /// Handle of a code image.
    pub handle: u32,
    /// Fill: commit completions that the host had applied. Answer: number of the request.
    pub seq: u64,
    /// Zero.
    pub reserved: [u64; 2],
}

const _: () = assert!(size_of::<Submission>() == 64);

codes! {
    /// Kind of a completion entry.
    CompletionKind {
        /// A transaction or system write set committed; its record was written before.
        Committed = 1, "committed";
        /// The head transaction is for the host; `code` is the [`crate::codes::Escape`]. Sent when it is the head.
        Escaped = 2, "escaped";
        /// A lane waits for the host; `code` is the [`crate::codes::Assist`], the key follows.
        AssistRequest = 3, "assist";
        /// A command without result (LoadImage, Fill, SetBlock, Drain, resets) is done.
        Done = 4, "done";
        /// The card stopped; `code` is the [`crate::codes::CardError`].
        Error = 5, "error";
    }
}

/// Completion entry, 64 bytes. The phase bit is inverted on each pass over the ring and starts at 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Completion {
    /// [`CompletionKind`].
    pub kind: u8,
    /// Reason, as the kind says.
    pub code: u8,
    /// [`crate::codes::KeyKind`] of an assist.
    pub key_kind: u8,
    /// Phase bit. Written last.
    pub phase: u8,
    /// Tag of the submission.
    pub tag: u32,
    /// Committed: bytes of the result record. Assist by ASK: bytes of the request.
    pub record_bytes: u32,
    /// Assist: address of the key.
    pub address: Address20,
    /// Assist: storage key or block number; limb 0 the request's number if it is by ASK.
    pub key: Word,
}

const _: () = assert!(size_of::<Completion>() == 64);
