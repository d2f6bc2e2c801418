//! Commit: the head, and only the head, changes the committed state.
//!
//! A finished transaction's access table goes to the commit unit, which finds and makes the changes and writes their records behind the header; logs and
//! output come from card memory. When everything stands in host memory the completion is posted. A write
//! set of the host or the system is written to the table record by record. Until the completion is posted no key is asked for, so that
//! the host never answers with a value older than a commit that has driven the key out.

use crate::Row;
use crate::bus::{self, Move, Place, cycles, fresh, get, is, near_ended, offset, set};
use crate::far::Then;
use crate::manager::{Manager, todo};
use crate::slots::{Phase, Wait};
use gaslane_abi::codes::{Assist, CardError, KeyKind};
use gaslane_abi::manage::lane::{LaneOp, SetRegister};
use gaslane_abi::manage::map::{counter, event, read, write};
use gaslane_abi::manage::table::TableOp;
use gaslane_abi::record::{CLEAR_STORAGE, DELETED, EXISTS, HAS_BALANCE, HAS_CODE, HAS_NONCE, ResultHeader};
use gaslane_abi::ring::CompletionKind;

/// Records that are fetched together.
const CHUNK: u32 = 16;
const HEADER_BYTES: u32 = size_of::<ResultHeader>() as u32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Idle,
    /// The commit unit looks at what changes.
    Evaluate,
    /// It needs values that the host has been asked for.
    Waits,
    /// It writes.
    Apply,
    /// The record is on its way.
    Record,
    /// Records of a write set are on their way, or being written.
    Writes,
}

/// The commit at hand.
pub struct Commit {
    step: Step,
    slot: usize,
    /// The head's access table is in the commit unit already.
    has_table: bool,
    /// A value that it needs has come.
    woken: bool,
    /// Moves that have to end before the completion.
    moves: u32,
    total_bytes: u32,
    /// Write set: records done, and whether this is the pass that clears storage.
    at: u32,
    clearing: bool,
    clears: bool,
    buffer: [Row; 4 * CHUNK as usize],
}

impl Commit {
    /// None.
    pub const fn new() -> Self {
        Self {
            step: Step::Idle,
            slot: 0,
            has_table: false,
            woken: false,
            moves: 0,
            total_bytes: 0,
            at: 0,
            clearing: false,
            clears: false,
            buffer: [Row::ZERO; 4 * CHUNK as usize],
        }
    }

    /// A value that it may need has come.
    pub fn again(&mut self) {
        self.woken = true;
    }
}

impl Default for Commit {
    fn default() -> Self {
        Self::new()
    }
}

impl Manager {
    /// Whether the access table of a transaction that has finished may go to the commit unit: then it does, and is the next one's. The unit needs its
    /// own no more when all changes are made.
    pub fn takes_table(&mut self, slot: usize) -> bool {
        let takes = match self.commit.step {
            Step::Idle => self.is_head(slot),
            Step::Record => self.window.second() == Some(slot),
            _ => false,
        };
        self.commit.has_table |= takes;
        takes
    }

    /// The same for one that has finished before, while the record is on its way.
    #[inline(always)]
    fn fetch_next_table(&mut self) {
        let Some(next) = self.window.second() else { return };
        if self.slots[next].phase == Phase::Finished && !is(event::NEAR_BUSY) {
            let entries = self.slots[next].numbers.entries;
            Move::rows(Place::Card(self.access_area(next)), Place::Commit(0), 4 * entries).start();
            self.commit.has_table = true;
        }
    }

    /// Events that the commit at hand waits for.
    #[inline(always)]
    pub fn commit_wants(&self) -> u32 {
        match self.commit.step {
            Step::Idle | Step::Writes => 0,
            Step::Waits => event::WOKEN,
            Step::Evaluate => event::ASKED | event::COMMIT_DONE | event::COUNTED,
            Step::Apply => event::COMMIT_DONE,
            Step::Record if self.commit.moves > 0 => 0,
            Step::Record => event::RECORD_BUSY,
        }
    }

    /// Goes on with the commit at hand, or begins the next.
    #[inline(never)]
    pub fn commit_turn(&mut self) {
        match self.commit.step {
            Step::Idle => self.serve_head(),
            Step::Evaluate => self.evaluating(),
            // The unit's last start made the fill unit forget what had come before.
            Step::Waits if self.commit.woken || is(event::WOKEN) => self.evaluate(),
            Step::Apply if is(event::COMMIT_DONE) => {
                set(write::COMMIT_SEEN, 0);
                self.take_effect();
                self.commit.step = Step::Record;
                self.fetch_next_table();
                self.recorded();
            }
            Step::Record => self.recorded(),
            _ => {}
        }
    }

    /// Ends the commit if its record stands in host memory.
    #[inline(always)]
    fn recorded(&mut self) {
        let events = get(read::EVENTS);
        if self.commit.moves > 0 || events & event::RECORD_BUSY != 0 || self.stopped {
            return;
        }
        if events & event::RECORD_FAILED != 0 {
            let record = self.slots[self.commit.slot].record_addr as u32;
            return self.fault(CardError::DmaFault, record);
        }
        self.committed_by_lane();
        // The next one may be waiting.
        self.todo &= !todo::COMMIT;
        self.serve_head();
    }

    /// Does what the head is waiting for.
    #[inline(never)]
    fn serve_head(&mut self) {
        let Some(head) = self.window.head() else { return };
        match self.slots[head].phase {
            Phase::Finished => {
                // What has come from its lane is there.
                let mut moved = near_ended();
                if !core::mem::take(&mut self.commit.has_table) {
                    let entries = self.slots[head].numbers.entries;
                    Move::rows(Place::Card(self.access_area(head)), Place::Commit(0), 4 * entries).start();
                }
                self.set_phase(head, Phase::Committing);
                self.commit.slot = head;
                moved &= near_ended();
                if !moved {
                    return self.fault(CardError::DmaFault, 0);
                }
                self.evaluate();
            }
            Phase::Escaped => {
                self.forget(head);
                self.count(counter::ESCAPES, 1);
                self.set_phase(head, Phase::WithHost);
                self.host_is_waited_for();
                let state = &self.slots[head];
                self.post(CompletionKind::Escaped, state.reason.into(), state.tag, 0);
            }
            Phase::Writes => {
                self.set_phase(head, Phase::Committing);
                let commit = &mut self.commit;
                (commit.slot, commit.at, commit.clearing, commit.clears) = (head, 0, false, false);
                commit.step = Step::Writes;
                set(write::ASK_HOLD, 1);
                self.fetch_writes();
            }
            Phase::Running if self.slots[head].wait == Wait::Head => {
                self.unwait(head);
                let lane = self.slots[head].lane;
                bus::lane(lane, LaneOp::Set, SetRegister::IsHead as u32, 1);
                self.quiet &= !(1 << lane);
            }
            _ => {}
        }
    }

    #[inline(never)]
    fn evaluate(&mut self) {
        self.commit.woken = false;
        self.commit.step = Step::Evaluate;
        let entries = self.slots[self.commit.slot].numbers.entries;
        set(write::COMMIT, entries | (self.commit.slot as u32) << 16);
    }

    #[inline(never)]
    fn evaluating(&mut self) {
        let events = get(read::EVENTS);
        if events & event::ASKED != 0 {
            let kind = get(read::ASKED_KIND) & 3;
            let account = kind == KeyKind::Account as u32;
            self.begin_assist(Assist::State, kind, self.slots[self.commit.slot].tag);
            for index in 0..5 {
                set(write::COMPLETION + 3 + index, get(read::ASKED_ADDRESS + index));
            }
            for index in 0..8 {
                // An account has no slot.
                set(write::COMPLETION + 8 + index, if account { 0 } else { get(read::ASKED_SLOT + index) });
            }
            set(write::POST, 1);
            set(write::ASKED, 0);
        } else if events & event::COMMIT_DONE != 0 {
            let result = get(read::COMMIT);
            set(write::COMMIT_SEEN, 0);
            let reason = result & 0xff;
            if reason != 0 {
                let slot = self.commit.slot;
                let state = &mut self.slots[slot];
                state.reason = reason as u8;
                self.lanes[usize::from(state.lane)].aborted += state.finish - state.start;
                self.set_phase(slot, Phase::Escaped);
                self.commit.step = Step::Idle;
            } else if result >> 8 & 1 == 1 {
                self.commit.step = Step::Waits;
                // What it waits for may have come while the unit was still looking at other keys.
                self.todo |= todo::COMMIT;
            } else {
                // Nothing to change: there was no question whether the record fits.
                self.fault(CardError::BadInstruction, self.slots[self.commit.slot].tag);
            }
        } else if events & event::COUNTED != 0 && self.far.asked() == 0 {
            // A request of an attempt that was aborted goes to the same buffer as the record: never after it.
            self.counted(get(read::COMMIT) >> 16);
        }
    }

    /// Everything can be changed: if the record fits, it is.
    fn counted(&mut self, changes: u32) {
        let slot = self.commit.slot;
        let state = &self.slots[slot];
        let numbers = &state.numbers;
        let log_bytes = numbers.log_bytes.next_multiple_of(32);
        let output_bytes = numbers.output_bytes.next_multiple_of(32);
        let total = HEADER_BYTES + 128 * changes + log_bytes + output_bytes;
        if total > state.record_bytes {
            set(write::REFUSE, 0);
            return;
        }
        let record = state.record_addr;
        let header = ResultHeader {
            status: (numbers.status >> 16) as u8,
            halt: (numbers.status >> 24) as u8,
            aborts: state.aborts.min(0xffff) as u16,
            tag: state.tag,
            gas_used: state.gas_used,
            gas_refunded: state.gas_refunded,
            total_bytes: total,
            write_count: changes,
            log_count: numbers.log_count,
            output_bytes: numbers.output_bytes,
            lane: state.lane.into(),
            program_words: numbers.program_words,
            firmware_words: numbers.firmware_words,
            evm_instructions: 0,
            start_cycle: state.start,
            finish_cycle: state.finish,
            commit_cycle: cycles(),
            state_wait_cycles: state.state_wait,
            reserved: 0,
        };
        let words: [u32; HEADER_BYTES as usize / 4] = zerocopy::transmute!(header);
        for (number, word) in words.into_iter().enumerate() {
            set(write::HEADER + number as u32, word);
        }
        set(write::RECORD_LOW, record as u32);
        set(write::RECORD_HIGH, (record >> 32) as u32);
        // Until the host has been told it must not hear of a key that the commit may have driven out.
        set(write::ASK_HOLD, 1);
        set(write::PROCEED, 0);
        self.commit.total_bytes = total;
        self.commit.step = Step::Apply;
        self.commit.moves = 0;
        if log_bytes + output_bytes > 0 {
            // They stand together.
            let rows = Move::rows(
                Place::Card(self.log_area(slot)),
                Place::Host(record + u64::from(HEADER_BYTES + 128 * changes)),
                (log_bytes + output_bytes) / 32,
            );
            self.push_far(rows, Then::Commit);
            self.commit.moves = 1;
        }
    }

    /// All changes are made: whoever had read what they changed is aborted.
    #[inline(never)]
    fn take_effect(&mut self) {
        set(write::OCCUPIED, self.occupied);
        set(write::FINISH, self.commit.slot as u32);
        self.forget(self.commit.slot);
        if !is(event::ABORTS) {
            return;
        }
        let mut aborts = get(read::ABORTS);
        set(write::ABORTS_SEEN, 0);
        while aborts != 0 {
            let slot = self.window.oldest(aborts);
            aborts &= !(1 << slot);
            self.abort(slot);
        }
    }

    #[inline(never)]
    fn committed_by_lane(&mut self) {
        let slot = self.commit.slot;
        let state = &self.slots[slot];
        let lane = &mut self.lanes[usize::from(state.lane)];
        lane.state_wait += state.state_wait;
        lane.commit_wait += state.commit_wait;
        lane.busy += (state.finish - state.start).saturating_sub(state.state_wait + state.commit_wait);
        let (program, firmware) = (state.numbers.program_words, state.numbers.firmware_words);
        self.count(counter::COMMITTED, 1);
        self.count(counter::PROGRAM_WORDS, program);
        self.count(counter::FIRMWARE_WORDS, firmware);
        self.end_commit(self.commit.total_bytes);
    }

    /// The head has committed: the host is told, the next one is the head.
    #[inline(never)]
    fn end_commit(&mut self, record_bytes: u32) {
        let slot = self.commit.slot;
        self.post(CompletionKind::Committed, 0, self.slots[slot].tag, record_bytes);
        set(write::ASK_HOLD, 0);
        self.seq += 1;
        self.show_sequence();
        if !self.slots[slot].system {
            self.finished += 1;
            let mut early = self.early;
            while early != 0 {
                let slot = bus::lowest(early);
                early &= early - 1;
                if self.slots[slot].after <= self.finished {
                    self.early &= !(1 << slot);
                }
            }
        }
        self.window.pop();
        self.set_phase(slot, Phase::Free);
        self.occupied &= !(1 << slot);
        // The next one is the head, and one more has committed.
        self.todo |= todo::PUMP | todo::COMMIT | todo::SCHEDULE;
        self.commit.step = Step::Idle;
    }

    /// A move of the commit has ended.
    pub fn commit_data(&mut self) {
        if self.commit.step == Step::Writes {
            self.write_chunk();
        } else {
            self.commit.moves -= 1;
            if self.commit.moves == 0 {
                self.todo |= todo::COMMIT;
            }
        }
    }

    fn fetch_writes(&mut self) {
        let state = &self.slots[self.commit.slot];
        let left = state.len - self.commit.at;
        if left == 0 {
            return self.written();
        }
        let from = Place::Host(state.addr + 128 * u64::from(self.commit.at));
        let rows = 4 * left.min(CHUNK);
        self.push_far(Move::rows(from, Place::Data(offset(&self.commit.buffer)), rows), Then::Commit);
    }

    #[inline(never)]
    fn write_chunk(&mut self) {
        let tag = self.slots[self.commit.slot].tag;
        let left = (self.slots[self.commit.slot].len - self.commit.at).min(CHUNK);
        for record in 0..left {
            let row = &self.commit.buffer[4 * record as usize];
            let head = fresh(row).0[0];
            let (kind, flags) = (head & 0xff, (head >> 8 & 0xff) as u8);
            let account = kind == KeyKind::Account as u32;
            let fields = HAS_BALANCE | HAS_NONCE | HAS_CODE | EXISTS;
            let allowed = if account { fields | DELETED | CLEAR_STORAGE } else { fields };
            if !(account || kind == KeyKind::Storage as u32) || flags & !allowed != 0 || head >> 16 != 0 {
                return self.fault(CardError::BadPayload, tag);
            }
            self.commit.clears |= flags & CLEAR_STORAGE != 0;
            set(write::TABLE_ROW, offset(row));
            set(write::TABLE_FLAGS, 0);
            if !self.commit.clearing {
                bus::table(TableOp::Apply, 0, true);
            } else if flags & CLEAR_STORAGE != 0 {
                bus::table(TableOp::ClearStorage, 0, true);
            } else {
                continue;
            }
            self.wake(get(read::WAITING));
        }
        self.commit.at += left;
        self.fetch_writes();
    }

    fn written(&mut self) {
        // The set's own storage writes come before the clearing, which leaves alone what they have written.
        if self.commit.clears && !self.commit.clearing {
            self.commit.clearing = true;
            self.commit.at = 0;
            return self.fetch_writes();
        }
        self.take_effect();
        if !self.slots[self.commit.slot].system {
            self.count(counter::COMMITTED_HOST, 1);
        }
        self.end_commit(0);
    }
}
