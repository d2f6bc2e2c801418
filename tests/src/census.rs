//! What the transactions of a case do, as revm sees it: a check that a generator reaches what it is meant to reach.

use crate::world::Case;
use alloy_primitives::{Address, U256};
use gaslane::rules::{before_block, cfg_env};
use gaslane_abi::evm;
use revm::context::ContextTr;
use revm::database::CacheDB;
use revm::interpreter::interpreter_types::Jumps;
use revm::interpreter::{
    CallInputs, CallOutcome, CreateInputs, CreateOutcome, InstructionResult, Interpreter, InterpreterResult,
};
use revm::{Context, DatabaseCommit, InspectEvm, Inspector, MainBuilder, MainContext};
use std::collections::{BTreeMap, BTreeSet};

/// Counts of what happened.
#[derive(Clone, Debug, Default)]
pub struct Census {
    /// By name: how frames ended, and what self-destructions did.
    pub events: BTreeMap<String, u64>,
    /// Deepest frame.
    pub depth: usize,
    coinbase: Address,
    frames: Vec<u8>,
    created: BTreeSet<Address>,
    destroyed: BTreeSet<Address>,
}

impl Census {
    fn note(&mut self, event: String) {
        *self.events.entry(event).or_default() += 1;
    }

    fn enter(&mut self) {
        self.frames.push(evm::STOP);
        self.depth = self.depth.max(self.frames.len());
    }

    fn leave(&mut self, kind: &str, result: &InterpreterResult) {
        let last = self.frames.pop().unwrap_or(evm::STOP);
        let reason = result.result;
        if reason == InstructionResult::StateChangeDuringStaticCall {
            self.note(format!("static {}", evm::TABLE[usize::from(last)].map_or("?", |op| op.name)));
        }
        self.note(format!("{kind} {reason:?}"));
    }

    /// Adds what a case does. Transactions that are invalid are left out.
    pub fn add(&mut self, case: &Case) {
        let block = &case.block;
        let mut db = CacheDB::new(&case.state);
        if before_block(block, &mut db).is_err() {
            return;
        }
        self.coinbase = block.env.beneficiary;
        for tx in &block.transactions {
            (self.frames, self.created, self.destroyed) = Default::default();
            let context = Context::mainnet().with_db(&mut db).with_block(block.env.clone()).with_cfg(cfg_env(block));
            let result = context.build_mainnet_with_inspector(&mut *self).inspect_tx(tx.clone());
            if let Ok(result) = result {
                db.commit(result.state);
            }
        }
    }
}

impl<C: ContextTr> Inspector<C> for Census {
    fn step(&mut self, interpreter: &mut Interpreter, _: &mut C) {
        if let Some(last) = self.frames.last_mut() {
            *last = interpreter.bytecode.opcode();
        }
    }

    fn call(&mut self, _: &mut C, _: &mut CallInputs) -> Option<CallOutcome> {
        self.enter();
        None
    }

    fn call_end(&mut self, _: &mut C, inputs: &CallInputs, outcome: &mut CallOutcome) {
        let address = inputs.bytecode_address;
        let number = U256::from_be_slice(address.as_slice());
        let outer = self.frames.len() == 1;
        let kind = if outer { "transaction".to_owned() } else { format!("{:?}", inputs.scheme) };
        if number <= U256::from(0x101) {
            let result = if outcome.result.result.is_ok() { "succeeds" } else { "fails" };
            self.note(format!("precompile {number:#x} {result}"));
        }
        if self.created.contains(&address) {
            self.note(format!("{kind} of a new contract"));
        }
        if self.destroyed.contains(&address) {
            self.note(format!("{kind} after self-destruction"));
        }
        if inputs.known_bytecode.1.is_eip7702() {
            self.note(format!("{kind} of a delegation"));
        }
        self.leave(&kind, &outcome.result);
    }

    fn create(&mut self, _: &mut C, _: &mut CreateInputs) -> Option<CreateOutcome> {
        self.enter();
        None
    }

    fn create_end(&mut self, _: &mut C, inputs: &CreateInputs, outcome: &mut CreateOutcome) {
        let outer = self.frames.len() == 1;
        let kind = match inputs.scheme() {
            _ if outer => "create transaction",
            revm::context_interface::CreateScheme::Create => "CREATE",
            _ => "CREATE2",
        };
        self.leave(kind, &outcome.result);
        if let Some(address) = outcome.address {
            self.created.insert(address);
        }
    }

    fn selfdestruct(&mut self, contract: Address, target: Address, value: U256) {
        let who = if target == contract {
            "itself"
        } else if target == self.coinbase {
            "the beneficiary"
        } else if U256::from_be_slice(target.as_slice()) <= U256::from(0x100) {
            "a precompile"
        } else {
            "another"
        };
        self.note(format!(
            "self-destruction for {who} {}",
            if value.is_zero() { "without value" } else { "with value" }
        ));
        if !self.destroyed.insert(contract) {
            self.note("self-destruction again".to_owned());
        }
        if self.created.contains(&contract) {
            self.note("self-destruction of a new contract".to_owned());
        }
    }
}
