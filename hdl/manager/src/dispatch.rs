//! Dispatcher: gives transactions to lanes, deals with their stops, aborts and restarts attempts.
//!
//! A finished or escaped transaction leaves its lane and waits in its slot. Free lanes go first to aborted transactions, as soon as no more than one before
//! them is left, then to new ones, oldest first. The head always gets a lane: if none is free, the youngest running transaction gives way (which counts as an
//! abort). So every block finishes.

use crate::bus::{self, Move, Place, cycles, fresh, get, lowest, near_ended, offset, set};
use crate::far::Far;
use crate::manager::{Manager, todo};
use crate::numbers::status;
use crate::slots::{Phase, Wait};
use gaslane_abi::codes::{CardError, Escape};
use gaslane_abi::env::S0;
use gaslane_abi::manage::lane::{LaneOp, SetRegister, StatusRow, WAITS_FOR_HEAD};
use gaslane_abi::manage::map::{counter, read, write};
use gaslane_abi::manage::table::{TableOp, TableOutcome};

/// So many of the transactions before an aborted one may be left when it starts again. With more it is most often aborted once more, which takes the processor's
/// time from the others; with none its attempts would not run beside commits any more.
const LEFT_AFTER_ABORT: u32 = 1;

impl Manager {
    /// Whether a slot is the head.
    pub fn is_head(&self, slot: usize) -> bool {
        self.window.head() == Some(slot)
    }

    /// Where a slot's area in card memory begins, with its payload.
    pub fn area(&self, slot: usize) -> u32 {
        self.config.slots_base + ((slot as u32) << self.config.slot_shift)
    }

    /// Where a slot's access table stands in card memory.
    pub fn access_area(&self, slot: usize) -> u32 {
        self.area(slot) + self.config.payload_bytes
    }

    /// Where its logs stand, and behind the last of them its output.
    pub fn log_area(&self, slot: usize) -> u32 {
        self.access_area(slot) + 128 * (self.config.access_entries + 1)
    }

    /// Where the input of its requests stands, and how much finds room. Nothing else does: a request of an aborted attempt may still be on its way.
    pub fn ask_area(&self, slot: usize) -> (u32, u32) {
        let start = self.log_area(slot) + self.config.log_bytes + self.config.return_bytes;
        (start, self.area(slot + 1) - start)
    }

    /// Where the output of the answer at hand stands on its way to a lane: behind the areas of all slots.
    pub fn answer_area(&self) -> u32 {
        self.area(self.config.slots as usize)
    }

    /// Deals with lanes that have stopped.
    #[inline(never)]
    pub fn lane_stops(&mut self, mut stopped: u32) {
        while stopped != 0 {
            let lane = lowest(stopped);
            stopped &= stopped - 1;
            self.lane_stopped(lane as u8);
        }
    }

    #[inline(never)]
    fn lane_stopped(&mut self, lane: u8) {
        let slot = usize::from(self.lanes[usize::from(lane)].slot);
        let place = Place::Data(offset(&self.slots[slot].numbers));
        if !Move::rows(Place::Lane(lane, LaneOp::Status, StatusRow::Attempt as u32), place, 2).near() {
            return self.fault(CardError::DmaFault, 0);
        }
        let numbers = &self.slots[slot].numbers;
        let reason = numbers.status >> 8 & 0xff;
        match numbers.status & 0xff {
            status::WORDS => {
                let (handle, missing) = (numbers.missing_handle, numbers.missing_number);
                self.miss(slot, handle, missing);
            }
            status::ASKS => {
                self.ask(slot);
            }
            status::DONE => self.finish(slot, lane),
            status::ESCAPED => match Escape::from_u8(reason as u8) {
                Some(reason) => self.escape(slot, reason),
                None => self.fault(CardError::BadInstruction, self.slots[slot].tag),
            },
            _ if numbers.waits & WAITS_FOR_HEAD != 0 => {
                if self.is_head(slot) {
                    bus::lane(lane, LaneOp::Set, SetRegister::IsHead as u32, 1);
                } else {
                    self.wait(slot, Wait::Head);
                }
            }
            // Running or idle: it has gone on since the mask was read.
            0 | status::RUNNING => {}
            _ => {
                let error = CardError::from_u8(reason as u8).unwrap_or(CardError::BadInstruction);
                self.fault(error, self.slots[slot].tag);
            }
        }
    }

    /// The lane of a slot waits for something that the processor knows of.
    pub fn wait(&mut self, slot: usize, wait: Wait) {
        let state = &mut self.slots[slot];
        state.wait = wait;
        state.wait_since = cycles();
        self.quiet |= 1 << state.lane;
        if wait == Wait::Head {
            self.todo |= todo::COMMIT;
        }
    }

    /// It goes on.
    pub fn unwait(&mut self, slot: usize) {
        let state = &mut self.slots[slot];
        let waited = cycles() - state.wait_since;
        match state.wait {
            Wait::Head => state.commit_wait += waited,
            _ => state.state_wait += waited,
        }
        state.wait = Wait::None;
    }

    /// A lane's state read gives no value, and will not if it waits.
    #[inline(never)]
    pub fn blocked_read(&mut self, lane: u8) {
        let slot = usize::from(self.lanes[usize::from(lane)].slot);
        set(write::OUTCOME_SELECT, lane.into());
        let outcome = get(read::OUTCOME);
        if outcome == TableOutcome::Unavailable as u32 {
            self.escape(slot, Escape::State);
        } else if outcome == TableOutcome::Full as u32 {
            self.escape(slot, Escape::StateCapacity);
        } else {
            self.fault(CardError::BadInstruction, self.slots[slot].tag);
        }
    }

    /// Entries of the state table have been filled or written for which these slots wait.
    #[inline(never)]
    pub fn wake(&mut self, slots: u32) {
        let mut left = slots;
        let mut lanes = 0;
        while left != 0 {
            let slot = lowest(left);
            left &= left - 1;
            match self.slots[slot].phase {
                Phase::Running => lanes |= 1 << self.slots[slot].lane,
                Phase::Committing => {
                    self.commit.again();
                    self.todo |= todo::COMMIT;
                }
                _ => {}
            }
        }
        if lanes != 0 {
            set(write::DOOR_RETRY, lanes);
        }
    }

    /// No read of the lane is under way from now on.
    #[inline(always)]
    fn close_door(&mut self, lane: u8) {
        self.doors &= !(1 << lane);
        set(write::DOOR_ENABLE, self.doors);
        while get(read::SERVING) == 0x100 | u32::from(lane) {}
    }

    fn leave_lane(&mut self, slot: usize, phase: Phase) {
        let lane = self.slots[slot].lane;
        self.close_door(lane);
        self.running &= !(1 << lane);
        self.quiet &= !(1 << lane);
        self.todo |= todo::SCHEDULE;
        self.slots[slot].wait = Wait::None;
        self.set_phase(slot, phase);
    }

    fn end_in_vain(&mut self, slot: usize, phase: Phase) {
        let state = &self.slots[slot];
        self.lanes[usize::from(state.lane)].aborted += cycles() - state.start;
        self.leave_lane(slot, phase);
    }

    /// Ends an attempt with an escape. It keeps its reader bits: a commit may yet abort it.
    pub fn escape(&mut self, slot: usize, reason: Escape) {
        self.slots[slot].reason = reason as u8;
        self.end_in_vain(slot, Phase::Escaped);
    }

    #[inline(never)]
    fn finish(&mut self, slot: usize, lane: u8) {
        let numbers = &self.slots[slot].numbers;
        let (entries, log_bytes, output_bytes) = (numbers.entries, numbers.log_bytes, numbers.output_bytes);
        let scratch = Place::Data(offset(&self.scratch));
        let from = |op, address| Place::Lane(lane, op, address);
        Move::rows(from(LaneOp::GetEnv, S0.into()), scratch, 2).start();
        // Meanwhile:
        let (access, logs) = (self.access_area(slot), self.log_area(slot));
        let output = logs + log_bytes.next_multiple_of(32);
        // What the head has accessed goes to the commit unit at once, if that has room.
        let commits = self.takes_table(slot);
        let access = if commits { Place::Commit(0) } else { Place::Card(access) };
        let mut moved = Move::rows(from(LaneOp::Drain, 0), access, 4 * entries).begin();
        let gas = |row: usize| {
            let words = &self.scratch[row].0;
            u64::from(fresh(&words[1])) << 32 | u64::from(fresh(&words[0]))
        };
        let (gas_used, gas_refunded) = (gas(0), gas(1));
        let state = &mut self.slots[slot];
        (state.gas_used, state.gas_refunded) = (gas_used, gas_refunded);
        set(write::OUTCOME_SELECT, lane.into());
        state.state_wait += u64::from(get(read::WAITED));
        state.finish = cycles();
        if log_bytes > 0 {
            moved &= Move::bytes(from(LaneOp::Load, self.config.log_start), Place::Card(logs), log_bytes).begin();
        }
        if output_bytes > 0 {
            moved &=
                Move::bytes(from(LaneOp::Load, self.config.return_start), Place::Card(output), output_bytes).begin();
        }
        if !moved {
            return self.fault(CardError::DmaFault, 0);
        }
        // The last of these moves goes on: whoever uses the lane or what has come from it waits for it.
        self.leave_lane(slot, Phase::Finished);
    }

    /// Clears a slot's reader bits.
    pub fn forget(&mut self, slot: usize) {
        bus::table(TableOp::Forget, slot as u32, false);
    }

    /// A commit has changed what the transaction read.
    #[inline(never)]
    pub fn abort(&mut self, slot: usize) {
        self.count(counter::ABORTS, 1);
        let state = &mut self.slots[slot];
        state.aborts += 1;
        self.aborted |= 1 << slot;
        let after = state.number.saturating_sub(LEFT_AFTER_ABORT);
        if after > self.finished {
            state.after = after;
            self.early |= 1 << slot;
        }
        match self.slots[slot].phase {
            Phase::Running => self.end_in_vain(slot, Phase::Ready),
            Phase::Finished => {
                let state = &self.slots[slot];
                self.lanes[usize::from(state.lane)].aborted += state.finish - state.start;
                self.set_phase(slot, Phase::Ready);
            }
            Phase::Escaped => self.set_phase(slot, Phase::Ready),
            _ => return self.fault(CardError::BadInstruction, self.slots[slot].tag),
        }
        self.forget(slot);
    }

    /// The transaction that the next free lane should run.
    #[inline(always)]
    fn next_ready(&self) -> Option<usize> {
        let wanted = self.ready & !self.early;
        let aborted = wanted & self.aborted;
        let wanted = if aborted == 0 { wanted } else { aborted };
        (wanted != 0).then(|| self.window.oldest(wanted))
    }

    /// Fills free lanes, and makes room for the head if there is none.
    #[inline(never)]
    pub fn schedule(&mut self) {
        let all = self.all_lanes;
        while self.ready != 0 && !self.stopped {
            let free = all & !self.running;
            if free != 0 {
                let Some(slot) = self.next_ready() else { return };
                if !Far::has_ended(self.slots[slot].payload_move) {
                    // It comes soon.
                    self.todo |= todo::SCHEDULE;
                    return;
                }
                // On the lane that it had before, its code may still be in the cache.
                let last = self.slots[slot].lane;
                let lane = if free >> last & 1 == 1 { last } else { lowest(free) as u8 };
                self.start(slot, lane);
                continue;
            }
            let Some(head) = self.window.head().filter(|&slot| self.ready >> slot & 1 == 1) else { return };
            if !Far::has_ended(self.slots[head].payload_move) {
                self.todo |= todo::SCHEDULE;
                return;
            }
            let youngest = (0..self.window.len()).rev().map(|index| self.window.get(index));
            let Some(victim) = youngest.into_iter().find(|&slot| self.slots[slot].phase == Phase::Running) else {
                return;
            };
            let lane = self.slots[victim].lane;
            self.count(counter::ABORTS, 1);
            self.slots[victim].aborts += 1;
            self.aborted |= 1 << victim;
            self.end_in_vain(victim, Phase::Ready);
            self.forget(victim);
            self.start(head, lane);
        }
    }

    /// Launches a transaction on a free lane.
    #[inline(never)]
    fn start(&mut self, slot: usize, lane: u8) {
        let area = self.area(slot);
        // The lane may still give the end of its last attempt, and another launch may be under way. What a move has failed to do has its own check.
        let moved = near_ended();
        bus::lane_ops_done();
        let state = &mut self.slots[slot];
        set(write::FROM_LOW, area);
        set(write::VALID_BYTES, state.len);
        set(write::TO_LOW, self.config.payload_start);
        set(write::LANE_DATA, state.record_bytes);
        set(write::LANE_ADDRESS, offset(&self.block));
        let lacks_block = self.lanes[usize::from(lane)].block != self.block_version;
        set(write::LAUNCH, u32::from(lane) | u32::from(lacks_block) << 8);
        set(write::DOOR_TAG, state.tag);
        set(write::DOOR_MAP, u32::from(lane) | (slot as u32) << 8);
        state.lane = lane;
        state.attempt += 1;
        state.wait = Wait::None;
        state.state_wait = 0;
        state.commit_wait = 0;
        state.start = cycles();
        self.lanes[usize::from(lane)].slot = slot as u8;
        self.lanes[usize::from(lane)].block = self.block_version;
        self.running |= 1 << lane;
        self.quiet &= !(1 << lane);
        self.doors |= 1 << lane;
        set(write::DOOR_ENABLE, self.doors);
        self.set_phase(slot, Phase::Running);
        if !moved {
            self.fault(CardError::DmaFault, 0);
        }
    }
}
