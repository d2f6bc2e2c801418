//! Dispatcher: gives transactions to lanes, answers what lanes ask, aborts and restarts attempts.
//!
//! A lane runs privately ahead of the clock until it stops with a yield; the yield is an event at the lane's cycle and
//! meets the shared state there, in event order. If a commit aborts the attempt before that, the event is
//! stale and the lane restarts at the commit's cycle.
//!
//! A finished or escaped transaction leaves its lane and waits in its slot. Free lanes go first to aborted
//! transactions, then to new ones, oldest first. The head always gets a lane: if none is free, the youngest
//! running transaction gives way (which counts as an abort). So every block finishes.

use crate::attempt::Attempt;
use crate::card::{Card, Fault, STEP_CYCLES};
use crate::commit::needed_keys;
use crate::counters::{LaneCounters, TimelineKind};
use crate::events::What;
use crate::lane::{Job, Key, ReadField, Yield};
use crate::slots::{Phase, Wait};
use crate::state::EntryId;
use gaslane_abi::codes::{Assist, CardError, Escape, KeyKind};
use gaslane_abi::ring::{Completion, CompletionKind};
use gaslane_abi::word::{Address20, Word};
use gaslane_hdl::timing::{DISPATCH_CYCLES, PAYLOAD_BYTES_PER_CYCLE, STATE_TABLE_CYCLES};

/// A lane and what the dispatcher knows of it.
#[derive(Debug)]
pub(crate) struct LaneUnit<L> {
    pub attempt: L,
    pub slot: Option<u8>,
    /// Counts the stops that matter: an event of an older generation is stale.
    pub generation: u32,
    pub stopped: Yield,
    /// Patches of the code store when the lane ran last.
    pub patches: u64,
    pub counters: LaneCounters,
}

impl<L> LaneUnit<L> {
    pub(crate) fn new(attempt: L) -> Self {
        Self { attempt, slot: None, generation: 0, stopped: Yield::Head, patches: 0, counters: LaneCounters::default() }
    }
}

impl<L: Attempt> Card<L> {
    pub(crate) fn set_phase(&mut self, slot: usize, phase: Phase) {
        let bit = 1 << slot;
        self.ready = if phase == Phase::Ready { self.ready | bit } else { self.ready & !bit };
        self.slots[slot].phase = phase;
    }

    pub(crate) fn is_head(&self, slot: usize) -> bool {
        self.window.front() == Some(&(slot as u8))
    }

    /// Does what has become possible: commands, the head, lanes.
    pub(crate) fn settle(&mut self) -> Result<(), Fault> {
        self.pump()?;
        self.serve_head()?;
        self.schedule();
        Ok(())
    }

    pub(crate) fn process(&mut self, what: What) -> Result<(), Fault> {
        match what {
            What::CommitEnd => self.end_commit(),
            What::Answer { entry, .. } => {
                if let Some((_, Some(value))) = self.assists.remove(&entry) {
                    self.state.answer(entry, value);
                    self.serve_waiting(entry);
                }
            }
            What::Patch { request } => self.patch_arrived(request)?,
            What::Reply { request } => self.reply_arrived(request),
            What::HostSet => self.begin_host_commit(),
            What::Lane { lane, .. } => return self.lane_stopped(lane.into()),
        }
        self.settle()
    }

    fn lane_stopped(&mut self, lane: usize) -> Result<(), Fault> {
        let Some(slot) = self.lanes[lane].slot.map(usize::from) else { return Ok(()) };
        match self.lanes[lane].stopped {
            Yield::State(key, field) => self.read_state(slot, lane, key, field)?,
            Yield::Code(handle, pc) => self.miss(slot, lane, handle, pc),
            Yield::Ask => self.ask(slot, lane)?,
            Yield::Head if self.is_head(slot) => {
                self.lanes[lane].attempt.resume_as_head(self.now);
                self.resume(lane);
            }
            Yield::Head => self.slots[slot].head_wait = Some(self.now),
            Yield::Pause => self.resume(lane),
            Yield::Done => {
                let Some(outcome) = self.lanes[lane].attempt.take_outcome() else {
                    return Err(Fault::new(CardError::BadInstruction, self.slots[slot].tag));
                };
                self.note(slot, TimelineKind::Finish);
                // What the commit will need can be asked for already.
                for key in needed_keys(&outcome) {
                    if self.state.find(&key).is_none() {
                        self.request(slot, key);
                    }
                }
                if let Some(cycles) = self.lanes[lane].attempt.op_cycles() {
                    self.slots[slot].op_cycles = cycles.clone();
                }
                self.slots[slot].outcome = Some(outcome);
                self.slots[slot].finish = self.now;
                self.leave_lane(slot, lane, Phase::Finished);
                return self.settle();
            }
            Yield::Escape(reason) => {
                self.end_attempt(slot, lane, TimelineKind::Escape, Phase::Escaped(reason));
                return self.settle();
            }
            Yield::Error(error) => return Err(Fault::new(error, self.slots[slot].tag)),
        }
        Ok(())
    }

    fn leave_lane(&mut self, slot: usize, lane: usize, phase: Phase) {
        self.set_phase(slot, phase);
        self.lanes[lane].slot = None;
        self.lanes[lane].generation = self.lanes[lane].generation.wrapping_add(1);
        self.free_lanes |= 1 << lane;
    }

    /// Ends an attempt on its lane in vain. An escaped attempt keeps its reader bits: a commit may yet abort it.
    fn end_attempt(&mut self, slot: usize, lane: usize, why: TimelineKind, phase: Phase) {
        self.note(slot, why);
        self.lanes[lane].counters.aborted += self.now - self.slots[slot].start;
        self.leave_lane(slot, lane, phase);
    }

    fn read_state(&mut self, slot: usize, lane: usize, key: Key, field: ReadField) -> Result<(), Fault> {
        if (key.kind == KeyKind::Account) == (field == ReadField::Value) {
            return Err(Fault::new(CardError::BadInstruction, self.slots[slot].tag));
        }
        self.counters.state_reads += 1;
        let Some(entry) = self.state.find(&key).or_else(|| self.request(slot, key)) else {
            self.end_attempt(slot, lane, TimelineKind::Escape, Phase::Escaped(Escape::StateCapacity));
            return self.settle();
        };
        self.slots[slot].wait = Some(Wait { entry, field, since: self.now });
        if self.sim.timeline {
            let now = self.now;
            self.slots[slot].note_read(key, field, now);
        }
        if self.supply(slot) {
            return Ok(());
        }
        if self.state.entry(entry).unavailable {
            self.unavailable(slot);
            return self.settle();
        }
        self.note(slot, TimelineKind::Wait);
        self.state.set_waiting(entry, slot, true);
        Ok(())
    }

    /// Supplies a waiting lane if its field is known.
    fn supply(&mut self, slot: usize) -> bool {
        let (Some(wait), Phase::Running(lane)) = (self.slots[slot].wait, self.slots[slot].phase) else { return false };
        let Some(value) = self.state.value(wait.entry, wait.field) else { return false };
        let cycle = self.now + STATE_TABLE_CYCLES;
        let state = &mut self.slots[slot];
        state.wait = None;
        state.state_wait += cycle - wait.since;
        state.mark(slot, wait.entry, wait.field, &mut self.state);
        self.lanes[usize::from(lane)].attempt.supply(value, cycle);
        self.resume(lane.into());
        true
    }

    /// Ends the attempt of a lane that waits for state that the host cannot read. It keeps a reader bit: a commit that
    /// writes the field has it tried again.
    fn unavailable(&mut self, slot: usize) {
        let (Some(wait), Phase::Running(lane)) = (self.slots[slot].wait.take(), self.slots[slot].phase) else { return };
        self.slots[slot].mark(slot, wait.entry, wait.field, &mut self.state);
        self.end_attempt(slot, lane.into(), TimelineKind::Escape, Phase::Escaped(Escape::State));
    }

    /// Supplies the lanes that wait for an entry, oldest transaction first.
    pub(crate) fn serve_waiting(&mut self, entry: EntryId) {
        if self.state.entry(entry).waiting == 0 {
            return;
        }
        for index in 0..self.window.len() {
            let slot = usize::from(self.window[index]);
            if self.state.entry(entry).waiting >> slot & 1 == 0 {
                continue;
            }
            if self.supply(slot) {
                self.note(slot, TimelineKind::Resume);
            } else if self.state.entry(entry).unavailable {
                self.unavailable(slot);
            } else {
                continue;
            }
            self.state.set_waiting(entry, slot, false);
        }
    }

    /// Asks the host for a key. `None` if the table has no room.
    pub(crate) fn request(&mut self, slot: usize, key: Key) -> Option<EntryId> {
        let entry = self.state.request(key)?;
        self.counters.assists += 1;
        let request = self.post_request(Completion {
            kind: CompletionKind::AssistRequest as u8,
            code: Assist::State as u8,
            key_kind: key.kind as u8,
            tag: self.slots[slot].tag,
            address: Address20::from_be(key.address.into_array()),
            key: Word(*key.slot.as_limbs()),
            ..Default::default()
        });
        self.assists.insert(entry, (request, None));
        Some(entry)
    }

    /// Lets a lane run to its next stop, and counts what it computes.
    pub(crate) fn resume(&mut self, lane: usize) {
        let unit = &mut self.lanes[lane];
        let Some(slot) = unit.slot else { return };
        let begun = unit.attempt.cycle();
        // All lanes may start at once.
        unit.stopped = unit.attempt.run(&self.code, STEP_CYCLES / u64::from(self.config.lanes));
        self.computed_cycles += unit.attempt.cycle().saturating_sub(begun);
        unit.patches = self.code.patches();
        unit.generation = unit.generation.wrapping_add(1);
        let cycle = unit.attempt.cycle().max(self.now);
        let order = self.slots[usize::from(slot)].order;
        self.events.push(cycle, What::Lane { order, lane: lane as u8, generation: unit.generation });
    }

    fn start_attempt(&mut self, slot: usize, lane: usize) {
        self.set_phase(slot, Phase::Running(lane as u8));
        let state = &mut self.slots[slot];
        let Some(payload) = state.payload.clone() else { return };
        state.lane = lane as u8;
        state.start = self.now;
        state.state_wait = 0;
        state.commit_wait = 0;
        state.reads.clear();
        let cycle = self.now + DISPATCH_CYCLES + (payload.len() as u64).div_ceil(PAYLOAD_BYTES_PER_CYCLE);
        let job = Job { tag: state.tag, payload, block: self.block.clone(), record_bytes: state.record_bytes };
        self.free_lanes &= !(1 << lane);
        self.lanes[lane].slot = Some(slot as u8);
        self.lanes[lane].attempt.start(job, cycle);
        self.note(slot, TimelineKind::Start);
        self.resume(lane);
    }

    /// A commit has changed what the transaction read.
    pub(crate) fn abort(&mut self, slot: usize) {
        self.counters.aborts += 1;
        self.slots[slot].aborts += 1;
        let phase = self.slots[slot].phase;
        self.slots[slot].forget(slot, &mut self.state);
        match phase {
            Phase::Running(lane) => {
                self.end_attempt(slot, lane.into(), TimelineKind::Abort, Phase::Ready);
                self.start_attempt(slot, lane.into());
            }
            Phase::Finished => {
                self.note(slot, TimelineKind::Abort);
                let state = &self.slots[slot];
                self.lanes[usize::from(state.lane)].counters.aborted += state.finish - state.start;
                self.set_phase(slot, Phase::Ready);
            }
            Phase::Escaped(_) => {
                self.note(slot, TimelineKind::Abort);
                self.set_phase(slot, Phase::Ready);
            }
            _ => debug_assert!(false, "aborted in {phase:?}"),
        }
    }

    /// The transaction that the next free lane should run.
    fn next_ready(&self) -> Option<usize> {
        let ready = || self.window.iter().map(|&slot| usize::from(slot)).filter(|&slot| self.ready >> slot & 1 == 1);
        let aborted = ready().find(|&slot| self.slots[slot].aborts > 0);
        aborted.or_else(|| ready().find(|&slot| self.slots[slot].after <= self.finished))
    }

    /// Fills free lanes, and makes room for the head if there is none.
    fn schedule(&mut self) {
        while self.ready != 0 {
            if self.free_lanes != 0 {
                let Some(slot) = self.next_ready() else { return };
                self.start_attempt(slot, self.free_lanes.trailing_zeros() as usize);
                continue;
            }
            let head_ready = self.window.front().is_some_and(|&slot| self.ready >> slot & 1 == 1);
            let running = self.window.iter().rev().find_map(|&slot| match self.slots[usize::from(slot)].phase {
                Phase::Running(lane) => Some((usize::from(slot), usize::from(lane))),
                _ => None,
            });
            let (true, Some((slot, lane))) = (head_ready, running) else { return };
            self.counters.aborts += 1;
            self.slots[slot].aborts += 1;
            self.slots[slot].forget(slot, &mut self.state);
            self.end_attempt(slot, lane, TimelineKind::Preempt, Phase::Ready);
            // The oldest aborted transaction need not be the head, so the head takes the lane here.
            if let Some(&head) = self.window.front() {
                self.start_attempt(head.into(), lane);
            }
        }
    }

    /// Checks what must hold between events; panics if it does not.
    pub(crate) fn check_invariants(&self) {
        self.state.check_invariants();
        let occupied = self.window.iter().fold(0u64, |mask, &slot| mask | 1 << slot);
        assert_eq!(occupied.count_ones() as usize, self.window.len());
        assert_eq!(occupied & self.free_slots, 0);
        assert!(self.window.iter().is_sorted_by_key(|&slot| self.slots[usize::from(slot)].order));
        for (index, slot) in self.slots.iter().enumerate() {
            assert_eq!(slot.phase == Phase::Free, occupied >> index & 1 == 0);
            assert_eq!(slot.phase == Phase::Ready, self.ready >> index & 1 == 1);
            for &(entry, field) in &slot.touched {
                let mask = self.state.entry(entry).readers[field as usize % 3];
                assert_eq!(mask >> index & 1, 1, "slot {index} lost a bit of {:?}", self.state.entry(entry).key);
            }
            if let Phase::Running(lane) = slot.phase {
                assert_eq!(self.lanes[usize::from(lane)].slot, Some(index as u8));
            }
        }
        assert_eq!(self.slots.iter().map(|slot| slot.touched.len()).sum::<usize>(), self.state.marks());
        assert_eq!(self.assists.len(), self.state.pending());
    }
}
