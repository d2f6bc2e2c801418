//! Command fetch: what a submission does at once, and what waits for its place in order.
//!
//! Submissions are consumed in ring order. `Execute`, `CommitHost` with `FLAG_SYSTEM`, `SetBlock`, `Drain` and the
//! resets go to an in-order queue. The others *overtake* it, because a lane or the head may be waiting for
//! them while the queue waits for a slot:
//!
//! * `CommitHost` for the escaped head: always at once.
//! * `LoadImage`: at once, unless a `ResetCode` is queued: then it is carried out behind it, and before it as well if
//!   the handle is unused (it may answer a transaction that runs before the reset).
//! * `Fill`: at once, unless a reset is queued: then behind it, except a fill whose first key is pending, which
//!   answers a transaction before the reset.
//!
//! * `PatchImage` and `Answer`: always at once; they answer a lane (see [`crate::code`], [`crate::ask`]).
//!
//! `SetBlock`, `Drain` and the resets wait until everything before has committed, and the resets also until every
//! assist has been answered, so that no answer can reach the table of the next state.
//! Hence a host must answer every assist request, must not prefetch a key across a reset while a request for the same
//! key is outstanding, and counts `seq` from card reset on, across state resets.
//!
//! The queue holds as many commands as the largest ring has entries; fetch stops while it is full, and while
//! completions find no room in their ring.

use crate::attempt::Attempt;
use crate::card::{Card, Fault};
use crate::events::What;
use crate::image::Image;
use crate::lane::BlockContext;
use crate::records::{HostWrite, parse_fill, parse_write};
use crate::slots::Phase;
use alloy_primitives::U256;
use gaslane_abi::codes::{CardError, Escape};
use gaslane_abi::env::{
    ACCESS_KEYS_SHIFT, ACCESS_WORDS, AUTH_COUNT, AUTH_RECORD_WORDS, BLOB_COUNT, BLOCK_WORDS, CALLDATA_LEN,
    PAYLOAD_LISTS,
};
use gaslane_abi::image::{FLAG_FIRMWARE, ImageHeader};
use gaslane_abi::record::StateRecord;
use gaslane_abi::ring::{
    Command, Completion, CompletionKind, FIRMWARE_HANDLE, FLAG_DEPENDS, FLAG_ESCAPE, FLAG_SYSTEM, RING_ENTRIES_MAX,
    Submission,
};
use std::collections::VecDeque;
use std::sync::Arc;
use zerocopy::FromBytes;

/// Commands that wait for their place in order.
#[derive(Debug, Default)]
pub(crate) struct InOrder {
    queue: VecDeque<(Command, Submission)>,
    state_resets: usize,
    code_resets: usize,
}

impl InOrder {
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    fn push(&mut self, command: Command, submission: Submission) {
        self.state_resets += (command == Command::ResetState) as usize;
        self.code_resets += (command == Command::ResetCode) as usize;
        self.queue.push_back((command, submission));
    }

    fn pop(&mut self) {
        if let Some((command, _)) = self.queue.pop_front() {
            self.state_resets -= (command == Command::ResetState) as usize;
            self.code_resets -= (command == Command::ResetCode) as usize;
        }
    }
}

fn word(payload: &[u8], index: usize) -> Option<U256> {
    payload.get(32 * index..32 * index + 32).map(U256::from_le_slice)
}

/// Whether a payload's counts agree with each other and with its length.
pub(crate) fn payload_valid(payload: &[u8]) -> bool {
    let count = |index: u8| word(payload, index.into()).and_then(|count| u32::try_from(count).ok()).map(u64::from);
    let counts = (count(ACCESS_WORDS), count(AUTH_COUNT), count(BLOB_COUNT), count(CALLDATA_LEN));
    let (Some(access), Some(authorizations), Some(blobs), Some(calldata)) = counts else { return false };
    let words = PAYLOAD_LISTS as u64 + access + authorizations * AUTH_RECORD_WORDS as u64 + blobs;
    if words * 32 + calldata.div_ceil(32) * 32 > payload.len() as u64 {
        return false;
    }
    let (mut at, end) = (PAYLOAD_LISTS, PAYLOAD_LISTS + access as usize);
    while at < end {
        let Some(head) = word(payload, at) else { return false };
        let keys: U256 = head >> ACCESS_KEYS_SHIFT as usize;
        match usize::try_from(keys).ok().and_then(|keys| keys.checked_add(at + 1)) {
            Some(next) if next <= end => at = next,
            _ => return false,
        }
    }
    true
}

impl<L: Attempt> Card<L> {
    /// Fetches submissions and carries out what can be.
    pub(crate) fn fetch(&mut self) -> Result<(), Fault> {
        let mut fetched = false;
        while !self.completions.stalled() && self.in_order.queue.len() < RING_ENTRIES_MAX as usize {
            let Some(submission) = self.submissions.fetch(&self.memory)? else { break };
            self.accept(submission)?;
            self.flush()?;
            fetched = true;
        }
        if fetched { self.settle() } else { Ok(()) }
    }

    fn accept(&mut self, submission: Submission) -> Result<(), Fault> {
        let bad = Fault::new(CardError::BadCommand, submission.tag);
        let command = Command::from_u8(submission.command).ok_or(bad)?;
        let flags = match command {
            Command::Execute => FLAG_ESCAPE | FLAG_DEPENDS,
            Command::CommitHost => FLAG_SYSTEM,
            _ => 0,
        };
        if submission.flags & !flags != 0 || submission.reserved != [0; 2] {
            return Err(bad);
        }
        match command {
            Command::LoadImage if submission.handle == 0 => Err(bad),
            Command::LoadImage if self.in_order.code_resets > 0 => {
                if self.code.get(submission.handle).is_none() {
                    self.load_image(&submission)?;
                }
                self.in_order.push(command, submission);
                Ok(())
            }
            Command::LoadImage => {
                self.load_image(&submission)?;
                self.done(&submission);
                Ok(())
            }
            Command::PatchImage => {
                self.patch_image(&submission)?;
                self.done(&submission);
                Ok(())
            }
            Command::Answer => {
                self.take_answer(&submission)?;
                self.done(&submission);
                Ok(())
            }
            Command::Fill => {
                self.read_records(&submission)?;
                let queued = self.in_order.state_resets + self.in_order.code_resets > 0;
                let first =
                    self.buffer.get(..size_of::<StateRecord>()).and_then(|bytes| parse_bytes(bytes, parse_fill));
                if queued && !first.is_some_and(|(key, _)| self.state.is_pending(&key)) {
                    self.in_order.push(command, submission);
                    return Ok(());
                }
                self.fill(&submission)
            }
            Command::CommitHost if submission.flags & FLAG_SYSTEM == 0 => self.host_answer(&submission),
            _ => {
                self.told_dry = false;
                self.in_order.push(command, submission);
                Ok(())
            }
        }
    }

    /// Carries out queued commands whose turn has come.
    pub(crate) fn pump(&mut self) -> Result<(), Fault> {
        while let Some(&(command, submission)) = self.in_order.queue.front() {
            let drained = self.window.is_empty();
            let possible = match command {
                Command::Execute | Command::CommitHost => self.free_slots != 0,
                Command::SetBlock | Command::Drain => drained,
                Command::ResetState | Command::ResetCode => {
                    let answered = self.code_requests.is_empty() && self.asks.is_empty();
                    drained && answered && self.state.pending() == 0
                }
                Command::Fill | Command::LoadImage | Command::PatchImage | Command::Answer => true,
            };
            if !possible {
                break;
            }
            self.in_order.pop();
            match command {
                Command::Execute => self.admit(&submission)?,
                Command::CommitHost => self.admit_system(&submission)?,
                Command::SetBlock => self.set_block(&submission)?,
                Command::Drain | Command::PatchImage | Command::Answer => {}
                Command::ResetState => self.state.clear(self.commit_seq),
                Command::ResetCode => self.code.clear(),
                Command::LoadImage => self.load_image(&submission)?,
                Command::Fill => {
                    self.read_records(&submission)?;
                    self.fill(&submission)?;
                    continue;
                }
            }
            if !matches!(command, Command::Execute | Command::CommitHost) {
                self.done(&submission);
            }
        }
        Ok(())
    }

    fn done(&mut self, submission: &Submission) {
        self.post(Completion { kind: CompletionKind::Done as u8, tag: submission.tag, ..Default::default() });
    }

    fn load_image(&mut self, submission: &Submission) -> Result<(), Fault> {
        let bad = Fault::new(CardError::BadImage, submission.tag);
        self.memory.read(submission.addr, submission.len_bytes as usize, &mut self.buffer)?;
        let (header, _) = ImageHeader::read_from_prefix(&self.buffer).map_err(|_| bad)?;
        if (header.flags & FLAG_FIRMWARE != 0) != (submission.handle == FIRMWARE_HANDLE) {
            return Err(bad);
        }
        let image = Image::parse(&self.buffer).map_err(|error| {
            tracing::debug!(%error, handle = submission.handle, "code image refused");
            bad
        })?;
        let replaced = self.code.get(submission.handle).map_or(0, |old| old.total_bytes);
        if self.code.used_bytes() - replaced + image.total_bytes > self.config.code_bytes as usize {
            return Err(bad);
        }
        self.code.insert(submission.handle, image);
        Ok(())
    }

    /// Reads a submission's state records into the buffer.
    fn read_records(&mut self, submission: &Submission) -> Result<(), Fault> {
        let bytes = submission.count as usize * size_of::<StateRecord>();
        Ok(self.memory.read(submission.addr, bytes, &mut self.buffer)?)
    }

    /// Applies the fill whose records are in the buffer. Records of pending keys take effect when their answer is due.
    fn fill(&mut self, submission: &Submission) -> Result<(), Fault> {
        let bad = Fault::new(CardError::BadPayload, submission.tag);
        for bytes in self.buffer.chunks_exact(size_of::<StateRecord>()) {
            let (key, value) = parse_bytes(bytes, parse_fill).ok_or(bad)?;
            let assist = self.state.find(&key).and_then(|id| Some((id, self.assists.get_mut(&id)?)));
            let Some((entry, (request, answer))) = assist else {
                self.state.prefetch(key, value, submission.seq);
                continue;
            };
            // An older fill is a prefetch that crossed the request: the answer is still to come.
            if !self.state.accepts_answer(entry, submission.seq) {
                continue;
            }
            if let Some(deadline) = self.requests.answer(*request) {
                *answer = Some(value);
                self.events.push(deadline.max(self.now), What::Answer { request: *request, entry });
            }
        }
        self.done(submission);
        Ok(())
    }

    fn read_writes(&mut self, submission: &Submission, slot: usize) -> Result<(), Fault> {
        self.read_records(submission)?;
        let writes = &mut self.slots[slot].writes;
        writes.clear();
        for bytes in self.buffer.chunks_exact(size_of::<StateRecord>()) {
            let write: HostWrite =
                parse_bytes(bytes, parse_write).ok_or(Fault::new(CardError::BadPayload, submission.tag))?;
            writes.push(write);
        }
        Ok(())
    }

    /// The write set of the escaped head.
    fn host_answer(&mut self, submission: &Submission) -> Result<(), Fault> {
        let out_of_order = Fault::new(CardError::OutOfOrder, submission.tag);
        let head = usize::from(*self.window.front().ok_or(out_of_order)?);
        let Phase::WithHost(request) = self.slots[head].phase else { return Err(out_of_order) };
        if self.slots[head].tag != submission.tag {
            return Err(out_of_order);
        }
        self.read_writes(submission, head)?;
        let deadline = self.requests.answer(request).ok_or(out_of_order)?;
        self.set_phase(head, Phase::HostAnswered);
        self.events.push(deadline.max(self.now), What::HostSet);
        Ok(())
    }

    fn set_block(&mut self, submission: &Submission) -> Result<(), Fault> {
        self.memory.read(submission.addr, submission.len_bytes as usize, &mut self.buffer)?;
        if self.buffer.len() != BLOCK_WORDS * 32 {
            return Err(Fault::new(CardError::BadPayload, submission.tag));
        }
        let words = std::array::from_fn(|index| word(&self.buffer, index).unwrap_or_default());
        self.block = Arc::new(BlockContext { words });
        Ok(())
    }

    /// Gives a slot to a transaction.
    fn admit(&mut self, submission: &Submission) -> Result<(), Fault> {
        let bad = Fault::new(CardError::BadCommand, submission.tag);
        let mut after = 0;
        if submission.flags & FLAG_DEPENDS != 0 {
            let distance = u64::from(submission.depends);
            after = self.admitted.checked_sub(distance).filter(|_| distance > 0).ok_or(bad)? + 1;
        }
        let (phase, payload) = if submission.flags & FLAG_ESCAPE != 0 {
            let reason = u8::try_from(submission.count).ok().and_then(Escape::from_u8).ok_or(bad)?;
            (Phase::Escaped(reason), None)
        } else if submission.len_bytes > self.config.payload_bytes {
            (Phase::Escaped(Escape::PayloadCapacity), None)
        } else {
            self.memory.read(submission.addr, submission.len_bytes as usize, &mut self.buffer)?;
            self.memory.check(submission.record_addr, submission.record_bytes as usize)?;
            if !payload_valid(&self.buffer) {
                return Err(Fault::new(CardError::BadPayload, submission.tag));
            }
            (Phase::Ready, Some(Arc::from(&self.buffer[..])))
        };
        self.admitted += 1;
        let slot = self.occupy(phase, submission.tag);
        let slot = &mut self.slots[slot];
        slot.host_only = payload.is_none();
        slot.payload = payload;
        slot.after = after;
        slot.record_addr = submission.record_addr;
        slot.record_bytes = submission.record_bytes;
        Ok(())
    }

    /// Gives a slot to a system write set.
    fn admit_system(&mut self, submission: &Submission) -> Result<(), Fault> {
        let slot = self.occupy(Phase::System, submission.tag);
        self.read_writes(submission, slot)
    }

    fn occupy(&mut self, phase: Phase, tag: u32) -> usize {
        let slot = self.free_slots.trailing_zeros() as usize;
        self.free_slots &= !(1 << slot);
        self.slots[slot].occupy(Phase::Free, self.next_order, tag);
        self.set_phase(slot, phase);
        self.next_order += 1;
        self.window.push_back(slot as u8);
        slot
    }
}

fn parse_bytes<T>(bytes: &[u8], parse: impl FnOnce(&StateRecord) -> Option<T>) -> Option<T> {
    StateRecord::read_from_bytes(bytes).ok().and_then(|record| parse(&record))
}
