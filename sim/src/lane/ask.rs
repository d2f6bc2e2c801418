//! ASK: what a lane has the host compute while it waits (precompiles, addresses and code of creations).
//!
//! The word stops the lane with a request; the card takes it to the host and brings the answer; then the word is executed
//! again and retires with it.

use super::exec::{Step, Stop, defect, escape};
use super::{Calldata, Lane, Yield, memory};
use crate::image::DecodedWord;
use alloy_primitives::U256;
use gaslane_abi::codes::{Assist, Escape};
use gaslane_abi::env::{A0, S3, S4};
use gaslane_abi::isa::ASK_CALLDATA;
use gaslane_abi::pad32;
use gaslane_abi::record::{AssistAnswer, AssistRequest};
use gaslane_hdl::timing::{COPY_BYTES_PER_CYCLE, RECORD_BYTES_PER_CYCLE};
use zerocopy::FromBytes;

/// A request to the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostRequest {
    /// Which assist; `None` before the first request.
    pub kind: Option<Assist>,
    /// Arguments.
    pub args: [U256; 3],
    /// Input.
    pub input: Vec<u8>,
}

impl HostRequest {
    /// Bytes of the request in the record buffer, which may hold any input of a lane.
    pub fn wire_bytes(input_bytes: usize) -> usize {
        size_of::<AssistRequest>() + pad32(input_bytes)
    }
}

/// The host's answer to a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostAnswer {
    /// First value.
    pub value: U256,
    /// Second value.
    pub second: U256,
    /// Output.
    pub output: Vec<u8>,
}

impl HostAnswer {
    /// Reads an answer as the host sent it; `None` if it is malformed.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = AssistAnswer::read_from_prefix(bytes).ok()?;
        let len = head.output_bytes as usize;
        if head.reserved != [0; 7] || rest.len() != pad32(len) {
            return None;
        }
        Some(Self {
            value: U256::from_limbs(head.value.0),
            second: U256::from_limbs(head.second.0),
            output: rest[..len].to_vec(),
        })
    }
}

impl Lane {
    pub(super) fn ask_host(&mut self, word: &DecodedWord, offset: U256, len: U256) -> Step {
        if let Some(answer) = self.answer.take() {
            return self.take_answer(word, answer);
        }
        let Some(kind) = Assist::from_u8(word.instr.imm as u8) else { return defect() };
        // Only a length that fits the buffer is ever looked at.
        let len = len.saturating_to::<usize>();
        if len > self.record_bytes || HostRequest::wire_bytes(len) > self.record_bytes {
            return escape(Escape::RecordCapacity);
        }
        self.request.input.clear();
        if word.instr.imm & ASK_CALLDATA != 0 {
            let (source, start, end) = match self.calldata {
                Calldata::Payload { start, len } => (&self.payload[..], start, start + len),
                Calldata::Arena { start, len } => (self.arena.absolute(0, start + len), start, start + len),
            };
            self.request.input.resize(len, 0);
            memory::copy_padded(&mut self.request.input, &source[start..end], offset);
        } else {
            let (offset, len) = self.memory_range(offset, U256::from(len))?;
            self.request.input.extend_from_slice(self.arena.get(offset, len));
        }
        self.request.kind = Some(kind);
        self.request.args = std::array::from_fn(|index| self.env[A0 as usize + index]);
        self.cycle += (HostRequest::wire_bytes(len) as u64).div_ceil(RECORD_BYTES_PER_CYCLE);
        Err(Stop::Yield(Yield::Ask))
    }

    fn take_answer(&mut self, word: &DecodedWord, answer: HostAnswer) -> Step {
        if answer.output.len() > self.return_capacity {
            return escape(Escape::ReturnCapacity);
        }
        self.put(word.instr.dst, answer.value);
        self.env[S3 as usize] = answer.second;
        self.env[S4 as usize] = U256::from(answer.output.len());
        self.stall = (answer.output.len() as u64).div_ceil(COPY_BYTES_PER_CYCLE);
        self.return_buffer = answer.output;
        Ok(())
    }
}
