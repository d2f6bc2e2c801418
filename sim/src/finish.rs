//! Commit unit: the head, and only the head, changes the committed state.
//!
//! The result record goes to host memory while the unit works. The commit takes effect at the cycle at which the unit has
//! finished, all at once: the table is written, every other slot with a reader bit on a changed field is aborted,
//! the completion is posted, and the next transaction becomes the head. So commits are serial, and a request that
//! is posted after the table changed stands behind the completion of that commit in the ring: a host that
//! goes in order never answers it with an older value.
//!
//! A finished transaction becomes an escape at its turn if its record does not fit, a credit overflows, or the table
//! has no room for an account that it credits; nothing has been written then.

use crate::attempt::Attempt;
use crate::card::{Card, Fault};
use crate::commit::{encode_record, evaluate, needed_keys, record_bytes};
use crate::counters::TimelineKind;
use crate::events::What;
use crate::lane::{Outcome, ReadField};
use crate::notes::{CommitNote, OpCycles, changed_fields};
use crate::records::Write;
use crate::slots::Phase;
use gaslane_abi::codes::{Escape, KeyKind};
use gaslane_abi::record::ResultHeader;
use gaslane_abi::ring::{Completion, CompletionKind};
use gaslane_hdl::timing::{COMMIT_ENTRY_CYCLES, COMMIT_SETUP_CYCLES, RECORD_BYTES_PER_CYCLE, SWEEP_ENTRIES_PER_CYCLE};

impl<L: Attempt> Card<L> {
    /// Does what the head is waiting for.
    pub(crate) fn serve_head(&mut self) -> Result<(), Fault> {
        let Some(head) = self.window.front().map(|&slot| usize::from(slot)) else { return Ok(()) };
        match self.slots[head].phase {
            Phase::Finished => self.begin_commit(head),
            Phase::Escaped(reason) => {
                self.escape_head(head, reason);
                Ok(())
            }
            Phase::System => {
                self.begin_host_commit();
                Ok(())
            }
            Phase::Running(lane) => {
                if let Some(since) = self.slots[head].head_wait.take() {
                    self.slots[head].commit_wait += self.now - since;
                    self.lanes[usize::from(lane)].attempt.resume_as_head(self.now);
                    self.resume(lane.into());
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Gives the head to the host.
    fn escape_head(&mut self, head: usize, reason: Escape) {
        self.counters.escapes += 1;
        self.slots[head].forget(head, &mut self.state);
        let (kind, code, tag) = (CompletionKind::Escaped as u8, reason as u8, self.slots[head].tag);
        let request = self.post_request(Completion { kind, code, tag, ..Default::default() });
        self.set_phase(head, Phase::WithHost(request));
    }

    /// Commits the finished head, unless it has to wait for a committed value.
    fn begin_commit(&mut self, head: usize) -> Result<(), Fault> {
        let Some(outcome) = self.slots[head].outcome.take() else { return Ok(()) };
        match self.prepare(head, &outcome) {
            Ok(true) => self.commit(head, &outcome),
            Ok(false) => {
                self.slots[head].outcome = Some(outcome);
                Ok(())
            }
            Err(reason) => {
                let slot = &self.slots[head];
                self.lanes[usize::from(slot.lane)].counters.aborted += slot.finish - slot.start;
                self.note(head, TimelineKind::Escape);
                self.escape_head(head, reason);
                Ok(())
            }
        }
    }

    /// Computes the changes of the head. `false` if a committed value is not there yet; it has been asked for.
    /// Entries that the commit needs are pinned with the head's reader bit, which nothing can abort.
    fn prepare(&mut self, head: usize, outcome: &Outcome) -> Result<bool, Escape> {
        let mut complete = true;
        for key in needed_keys(outcome) {
            let entry = self.state.find(&key).or_else(|| self.request(head, key)).ok_or(Escape::StateCapacity)?;
            let field = if key.kind == KeyKind::Account { ReadField::Balance } else { ReadField::Value };
            self.slots[head].mark(head, entry, field, &mut self.state);
            let entry = self.state.entry(entry);
            if entry.unavailable && !entry.complete() {
                return Err(Escape::State);
            }
            complete &= entry.complete();
        }
        if !complete {
            return Ok(false);
        }
        evaluate(outcome, &self.state, &mut self.changes)?;
        if record_bytes(outcome, &self.changes) > self.slots[head].record_bytes as usize {
            return Err(Escape::RecordCapacity);
        }
        Ok(true)
    }

    fn commit(&mut self, head: usize, outcome: &Outcome) -> Result<(), Fault> {
        self.note(head, TimelineKind::Commit);
        let bytes = record_bytes(outcome, &self.changes) as u64;
        let cycles = COMMIT_SETUP_CYCLES
            + COMMIT_ENTRY_CYCLES * self.changes.len() as u64
            + self.sweep_cycles(self.changes.iter().map(|change| &change.write))
            + bytes.div_ceil(RECORD_BYTES_PER_CYCLE);
        let slot = &mut self.slots[head];
        slot.written_bytes = bytes as u32;
        slot.from_lane = true;
        slot.commit = self.now;
        let header = ResultHeader {
            aborts: u16::try_from(slot.aborts).unwrap_or(u16::MAX),
            tag: slot.tag,
            lane: slot.lane.into(),
            start_cycle: slot.start,
            finish_cycle: slot.finish,
            commit_cycle: self.now + cycles,
            state_wait_cycles: slot.state_wait,
            ..Default::default()
        };
        encode_record(header, outcome, &self.changes, &self.state, &mut self.buffer);
        self.memory.write(slot.record_addr, &self.buffer)?;

        let lane = &mut self.lanes[usize::from(slot.lane)].counters;
        lane.state_wait += slot.state_wait;
        lane.commit_wait += slot.commit_wait;
        lane.busy += (slot.finish - slot.start).saturating_sub(slot.state_wait + slot.commit_wait);
        self.counters.program_words += outcome.counters.program_words;
        self.counters.firmware_words += outcome.counters.firmware_words;
        self.counters.evm_instructions += outcome.counters.evm_instructions;

        self.finish_in(head, cycles);
        Ok(())
    }

    /// Commits the write set of the head, from the host or the system.
    pub(crate) fn begin_host_commit(&mut self) {
        let Some(head) = self.window.front().map(|&slot| usize::from(slot)) else { return };
        self.note(head, TimelineKind::Commit);
        self.slots[head].commit = self.now;
        let writes = &self.slots[head].writes;
        let cycles = COMMIT_SETUP_CYCLES
            + COMMIT_ENTRY_CYCLES * writes.len() as u64
            + self.sweep_cycles(writes.iter().map(|write| &write.write));
        self.finish_in(head, cycles);
    }

    /// Clearing an account's storage walks the whole table, once for each such account.
    fn sweep_cycles<'w>(&self, writes: impl Iterator<Item = &'w Write>) -> u64 {
        let sweeps = writes.filter(|write| write.clears_storage()).count() as u64;
        sweeps * u64::from(self.config.state_entries).div_ceil(SWEEP_ENTRIES_PER_CYCLE)
    }

    /// Writes the head's changes to the table, as commit `seq`, and aborts their readers.
    fn apply_changes(&mut self, head: usize, seq: u64) {
        // The head's own bits have pinned the entries until now.
        self.slots[head].forget(head, &mut self.state);
        let changes = std::mem::take(&mut self.changes);
        let mut readers = changes
            .iter()
            .fold(0, |readers, change| readers | self.state.apply(change.entry, &change.write, seq).readers);
        let mut cleared = Vec::new();
        for change in changes.iter().filter(|change| change.write.clears_storage()) {
            let address = self.state.entry(change.entry).key.address;
            readers |= self.state.clear_storage(address, seq, &mut cleared).readers;
        }
        self.abort_readers(readers);
        for entry in changes.iter().map(|change| change.entry).chain(cleared) {
            self.serve_waiting(entry);
        }
        self.changes = changes;
    }

    /// Writes a host's write set to the table, as commit `seq`, and aborts the readers of what it changed.
    fn apply_writes(&mut self, head: usize, seq: u64) {
        let writes = std::mem::take(&mut self.slots[head].writes);
        let (mut readers, mut written) = (0, Vec::new());
        for write in &writes {
            match self.state.find(&write.key) {
                Some(entry) => {
                    readers |= self.state.apply(entry, &write.write, seq).readers;
                    written.push(entry);
                }
                // The write does not enter the table, so older fills must not either.
                None => self.state.raise_floor(seq),
            }
        }
        // The set's own storage writes come after the clearing; clearing leaves alone what they have written.
        for write in writes.iter().filter(|write| write.write.clears_storage()) {
            readers |= self.state.clear_storage(write.key.address, seq, &mut written).readers;
        }
        self.slots[head].writes = writes;
        self.abort_readers(readers);
        for entry in written {
            self.serve_waiting(entry);
        }
    }

    /// Aborts slots, oldest first. The head has cleared its own bits before.
    fn abort_readers(&mut self, readers: u64) {
        if readers == 0 {
            return;
        }
        for index in 1..self.window.len() {
            let slot = usize::from(self.window[index]);
            if readers >> slot & 1 == 1 {
                self.abort(slot);
            }
        }
    }

    /// Notes the commit of a transaction; the system's write sets are none.
    fn note_commit(&mut self, head: usize) {
        let (slot, table) = (&mut self.slots[head], &self.state);
        if slot.payload.is_none() && !slot.host_only {
            return;
        }
        let writes = match slot.from_lane {
            true => self.changes.iter().map(|change| (table.entry(change.entry).key, change.write)).collect(),
            false => slot.writes.iter().map(|write| (write.key, write.write)).collect::<Vec<_>>(),
        };
        let attempt_cycles = slot.finish.saturating_sub(slot.start);
        let from_lane = slot.from_lane;
        self.commits.push(CommitNote {
            tag: slot.tag,
            lane: from_lane.then_some(slot.lane),
            start_cycle: slot.start,
            finish_cycle: slot.finish,
            commit_cycle: slot.commit,
            end_cycle: self.now,
            busy_cycles: match from_lane {
                true => attempt_cycles.saturating_sub(slot.state_wait + slot.commit_wait),
                false => 0,
            },
            payload_bytes: slot.payload.as_ref().map_or(0, |payload| payload.len() as u64),
            record_bytes: if from_lane { slot.written_bytes.into() } else { 0 },
            aborts: slot.aborts,
            op_cycles: if from_lane { std::mem::take(&mut slot.op_cycles) } else { OpCycles::default() },
            reads: if from_lane { std::mem::take(&mut slot.reads) } else { Vec::new() },
            writes: writes.iter().flat_map(|(key, write)| changed_fields(*key, write, table)).collect(),
        });
    }

    fn finish_in(&mut self, head: usize, cycles: u64) {
        self.set_phase(head, Phase::Committing);
        self.events.push(self.now + cycles, What::CommitEnd);
    }

    /// The commit unit has finished the head: the commit takes effect.
    pub(crate) fn end_commit(&mut self) {
        let Some(&head) = self.window.front() else { return };
        let head = usize::from(head);
        debug_assert!(self.slots[head].phase == Phase::Committing);
        let (seq, from_lane) = (self.commit_seq + 1, self.slots[head].from_lane);
        let (kind, slot) = (CompletionKind::Committed as u8, &self.slots[head]);
        self.post(Completion { kind, tag: slot.tag, record_bytes: slot.written_bytes, ..Default::default() });
        if self.sim.timeline {
            self.note_commit(head);
        }
        match from_lane {
            true => self.apply_changes(head, seq),
            false => self.apply_writes(head, seq),
        }
        self.commit_seq = seq;
        let slot = &mut self.slots[head];
        let system = slot.payload.take().is_none() && !slot.host_only;
        self.counters.committed += from_lane as u64;
        self.counters.committed_host += (!from_lane && !system) as u64;
        self.finished += !system as u64;
        self.window.pop_front();
        self.set_phase(head, Phase::Free);
        self.free_slots |= 1 << head;
        debug_assert_eq!(self.slots.iter().map(|slot| slot.touched.len()).sum::<usize>(), self.state.marks());
    }
}
