//! Answers to what lanes ask the host to compute (see [`crate::host_calls`]).

use super::{BlockError, Filler, Run, optional, parts};
use crate::host_calls::{OCCUPIED_BIT, Request};
use alloy_primitives::{Bytes, U256, keccak256};
use gaslane_abi::codes::Assist;
use gaslane_abi::record::AssistAnswer;
use gaslane_abi::{Device, Word};
use revm::DatabaseRef;
use revm::bytecode::Bytecode;

impl<D: Device, DB: DatabaseRef> Run<'_, '_, D, DB> {
    /// Computes what a lane asks for.
    pub(super) fn answer_call(
        &mut self,
        index: u32,
        kind: Assist,
        number: u64,
        request_bytes: u32,
    ) -> Result<(), BlockError> {
        let block = self.block.number();
        let bad = |field| BlockError::Request { block, index: index as usize, kind: kind.name(), field };
        self.queue.read_record(index, request_bytes, &mut self.record_words)?.ok_or_else(|| bad("length"))?;
        let Some(request) = Request::parse(&self.record_words, number).map_err(bad)? else {
            return Ok(self.queue.answer(number, &AssistAnswer::default(), &[])?);
        };
        *self.metrics.host_calls.entry(kind.name()).or_default() += 1;
        if kind == Assist::Precompile {
            let gas_limit = self.block.transactions[index as usize].gas_limit;
            let (answer, output) = request.precompile(self.block.spec, gas_limit).map_err(bad)?;
            return Ok(self.queue.answer(number, &answer, &output)?);
        }
        let hash = keccak256(request.input);
        let code = match self.images.loaded(hash, self.fork) {
            Some(code) if kind == Assist::Create => code,
            _ => {
                let bytecode = Bytecode::new_legacy(Bytes::copy_from_slice(request.input));
                let code = self.images.load(self.queue, &bytecode, hash, self.fork)?;
                if kind == Assist::Deploy {
                    self.engine.state().add_code(hash, bytecode);
                }
                code
            }
        };
        let mut answer = AssistAnswer { second: Word::from_u64(code.packed()), ..Default::default() };
        if kind == Assist::Create {
            let address = request.created_address(hash).map_err(bad)?;
            let occupied = U256::from(self.block.occupied.contains(&address));
            let word = U256::from_be_bytes(address.into_word().0) | occupied << OCCUPIED_BIT;
            answer.value = Word(word.into_limbs());
            let (mut filler, fills, overlay) = parts!(self);
            // The lane reads the account next.
            optional(fills.prefetch_account(&mut filler, overlay, address))?;
            fills.flush(self.queue)?;
        } else {
            answer.value = Word::from_be_bytes(hash.0);
        }
        Ok(self.queue.answer(number, &answer, &[])?)
    }
}
