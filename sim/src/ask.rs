//! Requests of lanes to the host: precompiles, addresses and code of creations.
//!
//! A request goes into the transaction's record buffer, which nothing else uses before the commit; its number comes back
//! with ANSWER. An answer to an attempt that was aborted meanwhile is dropped.

use crate::attempt::Attempt;
use crate::card::{Card, Fault};
use crate::counters::TimelineKind;
use crate::events::What;
use crate::lane::{HostAnswer, HostRequest};
use gaslane_abi::codes::CardError;
use gaslane_abi::record::AssistRequest;
use gaslane_abi::ring::{Completion, CompletionKind, Submission};
use gaslane_abi::word::Word;
use zerocopy::IntoBytes;

/// An open request.
#[derive(Debug)]
struct OpenAsk {
    request: u64,
    slot: u8,
    answer: Option<HostAnswer>,
}

/// Open requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Asks {
    open: Vec<OpenAsk>,
}

impl Asks {
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}

/// A lane waits for the answer to a request, since a cycle.
#[derive(Clone, Copy, Debug)]
pub struct AskWait {
    /// Number of the request.
    pub request: u64,
    /// Since this cycle.
    pub since: u64,
}

impl<L: Attempt> Card<L> {
    /// A lane stopped with a request.
    pub(crate) fn ask(&mut self, slot: usize, lane: usize) -> Result<(), Fault> {
        let tag = self.slots[slot].tag;
        let HostRequest { kind, args, input } = self.lanes[lane].attempt.request();
        let kind = kind.ok_or(Fault::new(CardError::BadInstruction, tag))?;
        let request = self.requests.next();
        let head = AssistRequest {
            args: args.map(|word| Word(word.into_limbs())),
            request,
            input_bytes: input.len() as u32,
            ..Default::default()
        };
        let bytes = HostRequest::wire_bytes(input.len());
        self.buffer.clear();
        self.buffer.extend_from_slice(head.as_bytes());
        self.buffer.extend_from_slice(input);
        self.buffer.resize(bytes, 0);
        self.memory.write(self.slots[slot].record_addr, &self.buffer)?;
        self.counters.assists += 1;
        self.post_request(Completion {
            kind: CompletionKind::AssistRequest as u8,
            code: kind as u8,
            tag,
            record_bytes: bytes as u32,
            key: Word([request, 0, 0, 0]),
            ..Default::default()
        });
        self.asks.open.push(OpenAsk { request, slot: slot as u8, answer: None });
        self.slots[slot].ask_wait = Some(AskWait { request, since: self.now });
        self.note(slot, TimelineKind::Wait);
        Ok(())
    }

    /// ANSWER: takes effect at the deadline of its request.
    pub(crate) fn take_answer(&mut self, submission: &Submission) -> Result<(), Fault> {
        let bad = Fault::new(CardError::BadCommand, submission.tag);
        self.memory.read(submission.addr, submission.len_bytes as usize, &mut self.buffer)?;
        let answer = HostAnswer::parse(&self.buffer).ok_or(Fault::new(CardError::BadPayload, submission.tag))?;
        let mut unanswered = self.asks.open.iter_mut().filter(|open| open.answer.is_none());
        let open = unanswered.find(|open| open.request == submission.seq).ok_or(bad)?;
        open.answer = Some(answer);
        let deadline = self.requests.answer(submission.seq).ok_or(bad)?;
        self.events.push(deadline.max(self.now), What::Reply { request: submission.seq });
        Ok(())
    }

    /// An answer takes effect.
    pub(crate) fn reply_arrived(&mut self, request: u64) {
        let Some(index) = self.asks.open.iter().position(|open| open.request == request) else { return };
        let OpenAsk { slot, answer: Some(answer), .. } = self.asks.open.remove(index) else { return };
        let slot = usize::from(slot);
        let Some(wait) = self.slots[slot].ask_wait.filter(|wait| wait.request == request) else { return };
        let state = &mut self.slots[slot];
        state.ask_wait = None;
        state.state_wait += self.now - wait.since;
        let lane = usize::from(state.lane);
        self.lanes[lane].attempt.answer(answer, self.now);
        self.note(slot, TimelineKind::Resume);
        self.resume(lane);
    }
}
