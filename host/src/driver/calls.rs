//! Answers to what lanes ask the host to compute (see [`crate::host_calls`]).

use super::{BlockError, Filler, Run, optional, parts};
use crate::block::BlockInput;
use crate::host_calls::{OCCUPIED_BIT, Request};
use crate::overlay::Overlay;
use crate::plan::Init;
use alloy_primitives::{Address, Bytes, U256, keccak256};
use gaslane_abi::codes::Assist;
use gaslane_abi::record::{AssistAnswer, AssistRequest};
use gaslane_abi::{Device, Word};
use revm::DatabaseRef;
use revm::bytecode::Bytecode;
use revm::context::TxEnv;

/// Whether an account has storage and nothing else (EIP-7610). One that the block has deleted has none any more.
fn is_occupied<DB: DatabaseRef>(block: &BlockInput, state: &Overlay<'_, DB>, address: Address) -> bool {
    block.occupied.contains(&address) && !state.is_cleared(address)
}

impl<D: Device, DB: DatabaseRef> Run<'_, '_, D, DB> {
    /// Address and init code of the contract-creating transaction that is next; prepared once.
    pub(super) fn init(&mut self, index: u32, tx: &TxEnv) -> Result<Init, BlockError> {
        let prepared = self.init.filter(|(owner, _)| *owner == index);
        let (address, code) = match prepared {
            Some((_, init)) => (init.address, init.code),
            None => {
                let bytecode = Bytecode::new_legacy(tx.data.clone());
                let code = self.images.load_init(self.queue, &bytecode, keccak256(&tx.data), self.fork)?;
                (tx.caller.create(tx.nonce), code)
            }
        };
        let init = Init { address, code, occupied: is_occupied(self.block, self.engine.state(), address) };
        self.init = Some((index, init));
        Ok(init)
    }

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
        // A card that overwrites a request begins with its head: if that is still the same, so was the input.
        let mut head = Vec::new();
        self.queue.read_record(index, size_of::<AssistRequest>() as u32, &mut head)?;
        let request = match Request::is_there(&head, number) {
            true => Request::parse(&self.record_words, number).map_err(bad)?,
            false => None,
        };
        let Some(request) = request else {
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
                if kind == Assist::Create {
                    self.images.load_init(self.queue, &bytecode, hash, self.fork)?
                } else {
                    let code = self.images.load(self.queue, &bytecode, hash, self.fork)?;
                    self.engine.state().add_code(hash, bytecode);
                    code
                }
            }
        };
        let mut answer = AssistAnswer { second: Word::from_u64(code.packed()), ..Default::default() };
        if kind == Assist::Create {
            let address = request.created_address(hash).map_err(bad)?;
            let occupied = is_occupied(self.block, self.engine.state(), address);
            let word = U256::from_be_bytes(address.into_word().0) | U256::from(occupied) << OCCUPIED_BIT;
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
