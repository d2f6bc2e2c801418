//! Counters of the card, and the optional timeline.
//!
//! A lane's cycles are attributed when the fate of an attempt is known: an attempt that commits gives its
//! cycles to busy, state wait and commit wait; one that is aborted, preempted or escapes gives all of
//! them to aborted. What is not attributed is idle, so a lane's counters always add up to the card's cycles;
//! while an attempt is undecided its cycles show as idle.

/// Counters of the card (registers 0x200 and up).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Cycles since reset.
    pub cycles: u64,
    /// Transactions committed from lanes.
    pub committed: u64,
    /// Escaped transactions that the host committed. System write sets are not transactions.
    pub committed_host: u64,
    /// Attempts aborted by a conflict, or preempted for the head.
    pub aborts: u64,
    /// Transactions given to the host.
    pub escapes: u64,
    /// Assist requests.
    pub assists: u64,
    /// Reads of the state table.
    pub state_reads: u64,
    /// Program words in attempts that committed.
    pub program_words: u64,
    /// Firmware words in attempts that committed.
    pub firmware_words: u64,
    /// EVM instructions in attempts that committed.
    pub evm_instructions: u64,
    /// Entries evicted from the state table.
    pub evictions: u64,
}

/// Cycles of one lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneCounters {
    /// Executing attempts that committed.
    pub busy: u64,
    /// Waiting for state in attempts that committed.
    pub state_wait: u64,
    /// Waiting for the transaction's turn in attempts that committed.
    pub commit_wait: u64,
    /// Attempts that were aborted, preempted or escaped.
    pub aborted: u64,
}

impl LaneCounters {
    /// Cycles that are attributed.
    pub fn occupied(&self) -> u64 {
        self.busy + self.state_wait + self.commit_wait + self.aborted
    }
}

/// What happened to a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineKind {
    /// An attempt started on a lane.
    Start,
    /// It waits for state from the host.
    Wait,
    /// The state arrived.
    Resume,
    /// It finished and waits for its turn.
    Finish,
    /// It was aborted by a conflict.
    Abort,
    /// It gave way to the head.
    Preempt,
    /// It ended with an escape.
    Escape,
    /// It started to commit.
    Commit,
}

/// One event of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimelineEvent {
    /// Card cycle.
    pub cycle: u64,
    /// Tag of the transaction.
    pub tag: u32,
    /// Lane of the attempt; `None` if it is on none.
    pub lane: Option<u8>,
    /// What happened.
    pub kind: TimelineKind,
}
