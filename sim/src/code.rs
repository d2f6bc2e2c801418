//! Words on demand: lanes that miss the words of an EVM program counter ask the host, the host patches the image.
//!
//! A patch takes effect at the deadline of the oldest open request for its handle, and then wakes every lane that waits
//! for code of the handle; one whose words are still missing asks again. A PATCH_IMAGE of length 0 only wakes: the
//! host has replaced the image.

use crate::attempt::Attempt;
use crate::card::{Card, Fault};
use crate::counters::TimelineKind;
use crate::events::What;
use gaslane_abi::codes::{Assist, CardError};
use gaslane_abi::ring::{Completion, CompletionKind, Submission};
use gaslane_abi::word::Word;
use std::collections::VecDeque;

/// An open request.
#[derive(Debug)]
struct CodeRequest {
    handle: u32,
    pc: u32,
    request: u64,
    /// The host's answer, once it is there.
    patch: Option<Vec<u8>>,
}

/// Open requests for words, oldest first.
#[derive(Debug, Default)]
pub(crate) struct CodeRequests {
    open: VecDeque<CodeRequest>,
}

impl CodeRequests {
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}

/// A lane waits for words of a handle, since a cycle.
#[derive(Clone, Copy, Debug)]
pub struct CodeWait {
    /// Handle of the code.
    pub handle: u32,
    /// Since this cycle.
    pub since: u64,
}

impl<L: Attempt> Card<L> {
    /// A lane stopped because words are missing.
    pub(crate) fn miss(&mut self, slot: usize, lane: usize, handle: u32, pc: u32) {
        if self.code.patches() != self.lanes[lane].patches {
            // A patch has taken effect since the lane ran ahead: it may hold the words.
            self.lanes[lane].attempt.resume(self.now);
            self.resume(lane);
            return;
        }
        if !self.code_requests.open.iter().any(|open| open.handle == handle && open.pc == pc) {
            self.counters.assists += 1;
            let request = self.post_request(Completion {
                kind: CompletionKind::AssistRequest as u8,
                code: Assist::Code as u8,
                tag: self.slots[slot].tag,
                key: Word([handle.into(), pc.into(), 0, 0]),
                ..Default::default()
            });
            self.code_requests.open.push_back(CodeRequest { handle, pc, request, patch: None });
        }
        self.slots[slot].code_wait = Some(CodeWait { handle, since: self.now });
        self.note(slot, TimelineKind::Wait);
    }

    /// PATCH_IMAGE: the answer to the oldest open request for its handle.
    pub(crate) fn patch_image(&mut self, submission: &Submission) -> Result<(), Fault> {
        self.memory.read(submission.addr, submission.len_bytes as usize, &mut self.buffer)?;
        let unanswered = |open: &&mut CodeRequest| open.handle == submission.handle && open.patch.is_none();
        let bad = Fault::new(CardError::BadCommand, submission.tag);
        let open = self.code_requests.open.iter_mut().find(unanswered).ok_or(bad)?;
        open.patch = Some(std::mem::take(&mut self.buffer));
        if let Some(deadline) = self.requests.answer(open.request) {
            self.events.push(deadline.max(self.now), What::Patch { request: open.request });
        }
        Ok(())
    }

    /// A patch takes effect.
    pub(crate) fn patch_arrived(&mut self, request: u64) -> Result<(), Fault> {
        let Some(index) = self.code_requests.open.iter().position(|open| open.request == request) else {
            return Ok(());
        };
        let Some(CodeRequest { handle, patch: Some(patch), .. }) = self.code_requests.open.remove(index) else {
            return Ok(());
        };
        let bad = Fault::new(CardError::BadImage, handle);
        if !patch.is_empty() {
            self.code.patch(handle, &patch).map_err(|error| {
                tracing::debug!(%error, handle, "patch refused");
                bad
            })?;
            if self.code.used_bytes() > self.config.code_bytes as usize {
                return Err(bad);
            }
        }
        self.buffer = patch;
        for index in 0..self.window.len() {
            let slot = usize::from(self.window[index]);
            let Some(wait) = self.slots[slot].code_wait.filter(|wait| wait.handle == handle) else { continue };
            let state = &mut self.slots[slot];
            state.code_wait = None;
            state.state_wait += self.now - wait.since;
            let lane = usize::from(state.lane);
            self.lanes[lane].attempt.resume(self.now);
            self.note(slot, TimelineKind::Resume);
            self.resume(lane);
        }
        Ok(())
    }
}
