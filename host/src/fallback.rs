//! The host as one more lane: revm over the committed state, for what the card gives back.

use crate::block::BlockInput;
use crate::images::CodeHandle;
use crate::overlay::{Overlay, StateError};
use crate::rules::cfg_env;
use alloy_primitives::{Address, B256, U256};
use gaslane_abi::codes::{KeyKind, Status};
use gaslane_abi::record::{CLEAR_STORAGE, DELETED, HAS_BALANCE, HAS_CODE, HAS_NONCE, StateRecord};
use gaslane_abi::word::{Address20, Word};
use revm::bytecode::Bytecode;
use revm::context::result::{EVMError, ExecutionResult, InvalidTransaction};
use revm::context::{BlockEnv, Cfg, CfgEnv, TxEnv};
use revm::handler::validation::{validate_env, validate_initial_tx_gas_with_gas_params};
use revm::interpreter::InitialAndFloorGas;
use revm::primitives::KECCAK_EMPTY;
use revm::state::{AccountInfo, EvmState};
use revm::{Context, DatabaseRef, ExecuteEvm, Journal, MainBuilder, MainContext, MainnetEvm};
use std::sync::OnceLock;

type BlockContext<'a, DB> = Context<BlockEnv, &'a TxEnv, CfgEnv, Overlay<'a, DB>, Journal<Overlay<'a, DB>>, ()>;

/// What revm says when it does not execute.
pub type HostError = EVMError<StateError, InvalidTransaction>;

/// revm, set up once per block, on top of the block's committed state.
pub struct Fallback<'a, DB: DatabaseRef> {
    evm: MainnetEvm<BlockContext<'a, DB>>,
}

impl<'a, DB: DatabaseRef> Fallback<'a, DB> {
    /// Sets the engine up. It owns the overlay until [`Self::into_overlay`].
    pub fn new(block: &BlockInput, overlay: Overlay<'a, DB>) -> Self {
        static NONE: OnceLock<TxEnv> = OnceLock::new();
        let context = Context::mainnet()
            .with_cfg(cfg_env(block))
            .with_block(block.env.clone())
            .with_db(overlay)
            .with_tx(NONE.get_or_init(TxEnv::default));
        Self { evm: context.build_mainnet() }
    }

    /// The committed state.
    pub fn state(&mut self) -> &mut Overlay<'a, DB> {
        &mut self.evm.ctx.journaled_state.database
    }

    /// The committed state, when the block is done.
    pub fn into_overlay(self) -> Overlay<'a, DB> {
        self.evm.ctx.journaled_state.database
    }

    /// Checks everything about a transaction that does not depend on the state; returns its intrinsic and floor gas.
    pub fn validate(&mut self, tx: &'a TxEnv) -> Result<InitialAndFloorGas, HostError> {
        let context = &mut self.evm.ctx;
        context.tx = tx;
        validate_env::<_, HostError>(&mut *context)?;
        let cfg = &context.cfg;
        Ok(validate_initial_tx_gas_with_gas_params(
            tx,
            cfg.spec,
            cfg.gas_params(),
            false,
            cfg.is_amsterdam_eip8037_enabled(),
            cfg.tx_gas_limit_cap(),
            None,
        )?)
    }

    /// Executes a transaction on the committed state, without committing it.
    pub fn execute(&mut self, tx: &'a TxEnv) -> Result<(ExecutionResult, EvmState), HostError> {
        let outcome = self.evm.transact(tx)?;
        Ok((outcome.result, outcome.state))
    }
}

/// An account that an execution creates although it has storage: revm does not know EIP-7610.
pub fn occupied_creation(state: &EvmState, occupied: &[Address]) -> Option<Address> {
    let created = |address: &&Address| state.get(*address).is_some_and(|account| account.is_created());
    occupied.iter().find(created).copied()
}

/// How an execution ended, in the card's terms.
pub fn status(result: &ExecutionResult) -> Status {
    match result {
        ExecutionResult::Success { .. } => Status::Success,
        ExecutionResult::Revert { .. } => Status::Revert,
        ExecutionResult::Halt { .. } => Status::Halt,
    }
}

/// The write set of an execution: what the card must know of it. Reads the state before it.
///
/// `handle` gives the handle of code that an account gets; its image must be loaded by then.
pub fn write_set<DB: DatabaseRef, E: From<StateError>>(
    state: &EvmState,
    overlay: &mut Overlay<'_, DB>,
    mut handle: impl FnMut(&Bytecode, B256) -> Result<CodeHandle, E>,
) -> Result<Vec<StateRecord>, E> {
    let mut records = Vec::with_capacity(2 * state.len());
    for (&address, account) in state {
        if !account.is_touched() {
            continue;
        }
        let before = overlay.account(address)?;
        let wire = Address20::from_be(address.0.0);
        let mut record = StateRecord { kind: KeyKind::Account as u8, address: wire, ..Default::default() };
        let created = account.is_created();
        if account.is_selfdestructed() || (!created && account.info.is_empty()) {
            if before.exists {
                record.flags = DELETED | if account.is_selfdestructed() { CLEAR_STORAGE } else { 0 };
                record.key = Word::from_be_bytes(KECCAK_EMPTY.0);
                records.push(record);
            }
            continue;
        }
        let info: &AccountInfo = &account.info;
        let code_hash = if info.code_hash.is_zero() { KECCAK_EMPTY } else { info.code_hash };
        record.flags = (if created { CLEAR_STORAGE } else { 0 })
            | (if created || info.balance != before.balance { HAS_BALANCE } else { 0 })
            | (if created || info.nonce != before.nonce { HAS_NONCE } else { 0 })
            | (if created || code_hash != before.code_hash { HAS_CODE } else { 0 });
        if record.flags != 0 {
            record.value = Word(info.balance.into_limbs());
            record.nonce = info.nonce;
            record.key = Word::from_be_bytes(code_hash.0);
            if record.flags & HAS_CODE != 0 && code_hash != KECCAK_EMPTY {
                let code = match &info.code {
                    Some(code) => handle(code, code_hash)?,
                    None => handle(overlay.code(code_hash)?, code_hash)?,
                };
                (record.code_handle, record.code_bytes) = (code.handle, code.code_bytes);
            }
            records.push(record);
        }
        for (slot, value) in account.changed_storage_slots() {
            records.push(storage_record(wire, *slot, value.present_value));
        }
    }
    Ok(records)
}

/// A storage slot on the wire.
pub fn storage_record(address: Address20, slot: U256, value: U256) -> StateRecord {
    StateRecord {
        kind: KeyKind::Storage as u8,
        address,
        key: Word(slot.into_limbs()),
        value: Word(value.into_limbs()),
        ..Default::default()
    }
}
