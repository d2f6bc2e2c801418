//! Transaction slots: what the processor keeps of each transaction from admission to commit.

use crate::Row;
use crate::bus::lowest;
use crate::numbers::Numbers;

/// Most slots.
pub const SLOTS: usize = 32;

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// The slot is free.
    Free,
    /// Needs a lane; its payload may still be on its way.
    Ready,
    /// On a lane.
    Running,
    /// Finished, waits for its turn.
    Finished,
    /// Ended with an escape, waits for its turn.
    Escaped,
    /// The head, given to the host.
    WithHost,
    /// A write set of the host or the system waits for its turn.
    Writes,
    /// In the commit.
    Committing,
}

/// What a lane waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Nothing.
    None,
    /// Words of a handle.
    Words(u32),
    /// The answer to a request.
    Ask(u32),
    /// Its turn.
    Head,
}

/// A slot. Its size is a power of two: the processor has no multiplier.
#[repr(align(512))]
pub struct Slot {
    /// Where the transaction stands.
    pub phase: Phase,
    /// Reason of the escape.
    pub reason: u8,
    /// Lane of the attempt.
    pub lane: u8,
    /// A system write set: no transaction.
    pub system: bool,
    /// What its lane waits for.
    pub wait: Wait,
    /// Since this cycle.
    pub wait_since: u64,
    /// Tag of the submission.
    pub tag: u32,
    /// Payload in host memory; write set of the host.
    pub addr: u64,
    /// Payload in bytes; records of the write set.
    pub len: u32,
    /// Number of the far move that brings the payload.
    pub payload_move: u32,
    /// Result record in host memory.
    pub record_addr: u64,
    /// Its capacity.
    pub record_bytes: u32,
    /// Transactions before it.
    pub number: u32,
    /// Starts only when this many transactions have committed.
    pub after: u32,
    /// Attempts that were aborted.
    pub aborts: u32,
    /// Counts attempts of all transactions in the slot: what belongs to an older one is void.
    pub attempt: u32,
    /// What the lane said at its end.
    pub numbers: Numbers,
    /// Gas used.
    pub gas_used: u64,
    /// Gas refunded.
    pub gas_refunded: u64,
    /// Cycle at which the attempt started.
    pub start: u64,
    /// Cycle at which it finished.
    pub finish: u64,
    /// Cycles that it waited for words or the host; at its end for state too.
    pub state_wait: u64,
    /// Cycles that it waited for its turn.
    pub commit_wait: u64,
    /// Head of its request to the host.
    pub rows: [Row; 4],
}

impl Slot {
    /// A free slot.
    pub const FREE: Self = Self {
        phase: Phase::Free,
        reason: 0,
        lane: 0,
        system: false,
        wait: Wait::None,
        wait_since: 0,
        tag: 0,
        addr: 0,
        len: 0,
        payload_move: 0,
        record_addr: 0,
        record_bytes: 0,
        number: 0,
        after: 0,
        aborts: 0,
        attempt: 0,
        numbers: Numbers {
            status: 0,
            entries: 0,
            output_bytes: 0,
            log_count: 0,
            log_bytes: 0,
            program_words: 0,
            firmware_words: 0,
            ask_kind: 0,
            missing_handle: 0,
            missing_number: 0,
            ask_address: 0,
            ask_available: 0,
            ask_bytes: 0,
            waits: 0,
            reserved: 0,
            fill_line: 0,
        },
        gas_used: 0,
        gas_refunded: 0,
        start: 0,
        finish: 0,
        state_wait: 0,
        commit_wait: 0,
        rows: [Row::ZERO; 4],
    };
}

const _: () = assert!(size_of::<Slot>() == 512);

/// Occupied slots, oldest first. They are given in a circle, so that the order of transactions is the order of bits in a mask.
pub struct Window {
    first: usize,
    len: usize,
    slots: usize,
}

impl Window {
    /// No slot is occupied.
    pub const fn new() -> Self {
        Self { first: 0, len: 0, slots: SLOTS }
    }

    /// There are so many slots, one at least.
    pub fn set_slots(&mut self, slots: usize) {
        self.slots = slots;
    }

    /// The head.
    #[inline(always)]
    pub fn head(&self) -> Option<usize> {
        (self.len > 0).then_some(self.first)
    }

    /// The one behind the head.
    #[inline(always)]
    pub fn second(&self) -> Option<usize> {
        (self.len > 1).then(|| self.get(1))
    }

    /// The slot that is the head, or will be the next one's.
    #[inline(always)]
    pub fn first(&self) -> usize {
        self.first
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.len
    }

    /// None.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// No slot is free.
    pub fn is_full(&self) -> bool {
        self.len == self.slots
    }

    /// The slot at a place of the order.
    #[inline(always)]
    pub fn get(&self, index: usize) -> usize {
        let slot = self.first + index;
        if slot < self.slots { slot } else { slot - self.slots }
    }

    /// The oldest of some slots, of which there is one at least.
    #[inline(always)]
    pub fn oldest(&self, slots: u32) -> usize {
        let later = slots >> self.first << self.first;
        lowest(if later == 0 { slots } else { later })
    }

    /// Occupies the next slot.
    #[inline(always)]
    pub fn push(&mut self) -> usize {
        let slot = self.get(self.len);
        self.len += 1;
        slot
    }

    /// Frees the head.
    #[inline(always)]
    pub fn pop(&mut self) {
        self.first = self.get(1);
        self.len -= 1;
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::new()
    }
}
