//! Commit unit: the head, and only the head, changes the committed state.
//!
//! A commit takes effect at the cycle at which it starts: the table is written, every other slot with a reader bit on
//! a changed field is aborted, and the result record goes to host memory. The completion follows when
//! the unit has finished, and only then the next transaction is the head, so commits are serial.
//!
//! A finished transaction becomes an escape at its turn if its record does not fit, a credit overflows, or the table
//! has no room for an account that it credits; nothing has been written then.

use crate::attempt::Attempt;
use crate::card::{Card, Fault};
use crate::commit::{encode_record, evaluate, needed_keys, record_bytes};
use crate::counters::TimelineKind;
use crate::events::What;
use crate::lane::{Outcome, ReadField};
use crate::slots::Phase;
use crate::state::Applied;
use gaslane_abi::codes::{Escape, KeyKind};
use gaslane_abi::record::ResultHeader;
use gaslane_abi::ring::{Completion, CompletionKind};
use gaslane_hdl::timing::{COMMIT_ENTRY_CYCLES, COMMIT_SETUP_CYCLES, RECORD_BYTES_PER_CYCLE};

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
            complete &= self.state.entry(entry).complete();
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
            + bytes.div_ceil(RECORD_BYTES_PER_CYCLE);
        let slot = &mut self.slots[head];
        slot.written_bytes = bytes as u32;
        slot.from_lane = true;
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

        let seq = self.commit_seq + 1;
        slot.forget(head, &mut self.state);
        let mut readers = 0;
        for change in &self.changes {
            readers |= self.state.apply(change.entry, &change.write, seq).readers;
        }
        self.abort_readers(readers);
        let changes = std::mem::take(&mut self.changes);
        for change in &changes {
            self.serve_waiting(change.entry);
        }
        self.changes = changes;
        self.finish_in(head, cycles);
        Ok(())
    }

    /// Commits the write set of the head, from the host or the system.
    pub(crate) fn begin_host_commit(&mut self) {
        let Some(head) = self.window.front().map(|&slot| usize::from(slot)) else { return };
        self.note(head, TimelineKind::Commit);
        let seq = self.commit_seq + 1;
        let writes = std::mem::take(&mut self.slots[head].writes);
        let mut written = Vec::new();
        let (mut readers, mut changed) = (0, 0);
        let mut count = |applied: Applied| {
            readers |= applied.readers;
            changed += applied.changed as u64;
        };
        for write in &writes {
            match self.state.find(&write.key) {
                Some(entry) => {
                    count(self.state.apply(entry, &write.write, seq));
                    written.push(entry);
                }
                // The write does not enter the table, so older fills must not either.
                None => self.state.raise_floor(seq),
            }
        }
        // The set's own storage writes come after the clearing; clearing leaves alone what they have written.
        for write in writes.iter().filter(|write| write.clear_storage) {
            count(self.state.clear_storage(write.key.address, seq, &mut written));
        }
        self.slots[head].writes = writes;
        self.abort_readers(readers);
        for entry in written {
            self.serve_waiting(entry);
        }
        self.finish_in(head, COMMIT_SETUP_CYCLES + COMMIT_ENTRY_CYCLES * changed);
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

    fn finish_in(&mut self, head: usize, cycles: u64) {
        self.set_phase(head, Phase::Committing);
        self.events.push(self.now + cycles, What::CommitEnd);
    }

    /// The commit unit has finished the head.
    pub(crate) fn end_commit(&mut self) -> Result<(), Fault> {
        let Some(head) = self.window.pop_front().map(usize::from) else { return Ok(()) };
        let slot = &mut self.slots[head];
        debug_assert!(slot.phase == Phase::Committing && slot.touched.is_empty());
        self.commit_seq += 1;
        let system = slot.payload.is_none() && !slot.host_only;
        if slot.from_lane {
            self.counters.committed += 1;
        } else if !system {
            self.counters.committed_host += 1;
        }
        self.finished += !system as u64;
        let (kind, tag, record_bytes) = (CompletionKind::Committed as u8, slot.tag, slot.written_bytes);
        slot.payload = None;
        self.post(Completion { kind, tag, record_bytes, ..Default::default() });
        self.set_phase(head, Phase::Free);
        self.free_slots |= 1 << head;
        debug_assert_eq!(self.slots.iter().map(|slot| slot.touched.len()).sum::<usize>(), self.state.marks());
        Ok(())
    }
}
