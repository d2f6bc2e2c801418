//! Transaction slots: what the card keeps of each transaction from dispatch to commit.

use crate::ask::AskWait;
use crate::code::CodeWait;
use crate::lane::{Key, Outcome, ReadField};
use crate::notes::{OpCycles, ReadNote};
use crate::records::HostWrite;
use crate::state::{EntryId, StateTable};
use gaslane_abi::codes::Escape;
use std::sync::Arc;

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The slot is free.
    Free,
    /// Needs a lane.
    Ready,
    /// On a lane.
    Running(u8),
    /// Finished, waits for its turn; `Slot::outcome` holds what it did.
    Finished,
    /// Ended with an escape, waits for its turn.
    Escaped(Escape),
    /// The head, given to the host; the request's number.
    WithHost(u64),
    /// The host's write set has arrived and takes effect at its event.
    HostAnswered,
    /// A system write set in `Slot::writes`.
    System,
    /// In the commit unit.
    Committing,
}

/// A wait for a state-table entry.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// The entry.
    pub entry: EntryId,
    /// The field.
    pub field: ReadField,
    /// Since this cycle.
    pub since: u64,
}

/// A slot.
#[derive(Debug)]
pub struct Slot {
    /// Where the transaction stands.
    pub phase: Phase,
    /// Age among everything that took a place in the order.
    pub order: u64,
    /// Tag of the submission.
    pub tag: u32,
    /// Payload.
    pub payload: Option<Arc<[u8]>>,
    /// IOVA of the result record.
    pub record_addr: u64,
    /// Its capacity.
    pub record_bytes: u32,
    /// Starts only when this many transactions have committed.
    pub after: u64,
    /// Never runs on a lane: the host planned it for itself, or the payload does not fit.
    pub host_only: bool,
    /// Attempts aborted so far.
    pub aborts: u32,
    /// Reader bits that the attempt set.
    pub touched: Vec<(EntryId, ReadField)>,
    /// The lane waits for state.
    pub wait: Option<Wait>,
    /// The lane waits for words.
    pub code_wait: Option<CodeWait>,
    /// The lane waits for the host's answer to a request.
    pub ask_wait: Option<AskWait>,
    /// The lane waits to be the head, since this cycle.
    pub head_wait: Option<u64>,
    /// What the finished attempt did.
    pub outcome: Option<Outcome>,
    /// Write set from the host.
    pub writes: Vec<HostWrite>,
    /// Lane of the attempt.
    pub lane: u8,
    /// Cycle at which the attempt started.
    pub start: u64,
    /// Cycle at which it finished.
    pub finish: u64,
    /// Cycles that it waited for state.
    pub state_wait: u64,
    /// Cycles that it waited to be the head.
    pub commit_wait: u64,
    /// Size of the result record once it is written.
    pub written_bytes: u32,
    /// The commit is a lane's, not the host's or the system's.
    pub from_lane: bool,
    /// What the attempt read, if that is recorded.
    pub reads: Vec<ReadNote>,
    /// Where its cycles went, if that is recorded and it has finished.
    pub op_cycles: OpCycles,
    /// The commit at work began.
    pub commit: u64,
}

impl Slot {
    /// A free slot.
    pub fn new() -> Self {
        Self {
            phase: Phase::Free,
            order: 0,
            tag: 0,
            payload: None,
            record_addr: 0,
            record_bytes: 0,
            after: 0,
            host_only: false,
            aborts: 0,
            touched: Vec::new(),
            wait: None,
            code_wait: None,
            ask_wait: None,
            head_wait: None,
            outcome: None,
            writes: Vec::new(),
            lane: 0,
            start: 0,
            finish: 0,
            state_wait: 0,
            commit_wait: 0,
            written_bytes: 0,
            from_lane: false,
            reads: Vec::new(),
            op_cycles: OpCycles::default(),
            commit: 0,
        }
    }

    /// Takes the slot for another transaction. Buffers are kept.
    pub fn occupy(&mut self, phase: Phase, order: u64, tag: u32) {
        debug_assert!(self.phase == Phase::Free && self.touched.is_empty() && self.wait.is_none());
        let (touched, mut writes) = (std::mem::take(&mut self.touched), std::mem::take(&mut self.writes));
        writes.clear();
        *self = Self { phase, order, tag, touched, writes, ..Self::new() };
    }

    /// Notes that the attempt asks for a value.
    pub fn note_read(&mut self, key: Key, field: ReadField, now: u64) {
        let busy_cycles_before = (now - self.start).saturating_sub(self.state_wait + self.commit_wait);
        self.reads.push(ReadNote { key, field, busy_cycles_before });
    }

    /// Clears all reader bits of the attempt, and its wait.
    pub fn forget(&mut self, slot: usize, table: &mut StateTable) {
        for (entry, field) in self.touched.drain(..) {
            table.unmark(entry, field, slot);
        }
        if let Some(wait) = self.wait.take() {
            table.set_waiting(wait.entry, slot, false);
        }
        self.code_wait = None;
        self.ask_wait = None;
        self.head_wait = None;
        self.outcome = None;
    }

    /// Sets a reader bit.
    pub fn mark(&mut self, slot: usize, entry: EntryId, field: ReadField, table: &mut StateTable) {
        if table.mark(entry, field, slot) {
            self.touched.push((entry, field));
        }
    }
}
