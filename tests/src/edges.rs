//! Gas limits at which a transaction runs out of gas in one place or just does not.

use crate::state::State;
use crate::world::Case;
use gaslane::block::BlockInput;
use gaslane::rules::{before_block, cfg_env};
use gaslane_abi::evm;
use gaslane_abi::fork::Fork;
use revm::context::{ContextTr, TxEnv};
use revm::database::CacheDB;
use revm::interpreter::interpreter_types::Jumps;
use revm::interpreter::{CallInputs, CallOutcome, CreateInputs, CreateOutcome, Interpreter};
use revm::{Context, InspectEvm, Inspector, MainBuilder, MainContext};
use std::collections::BTreeSet;

/// Gas that the outermost frame has used before each instruction, and its inner frames before theirs.
#[derive(Default)]
struct Steps {
    /// Gas left at the start of each open frame, as the transaction's limit sees it.
    open: Vec<u64>,
    used: BTreeSet<u64>,
    /// Used by the outermost frame at its last instruction.
    outer: u64,
}

impl<C: ContextTr> Inspector<C> for Steps {
    fn step(&mut self, interpreter: &mut Interpreter, _: &mut C) {
        let used = interpreter.gas.total_gas_spent();
        if self.open.len() < 2 && interpreter.bytecode.opcode() == evm::SSTORE {
            // EIP-2200: needs more gas left than that.
            self.used.insert(used + Fork::Berlin.rules().sstore_sentry_gas);
        }
        match self.open.len() {
            0 | 1 => {
                self.outer = used;
                self.used.insert(used);
            }
            // A call passes on what it is told, or all but a 64th: approximately the limit that ends the gas here.
            depth => {
                let before: u64 = self.open[1..depth - 1].iter().sum();
                let at = self.outer + before + used;
                self.used.extend([at, at + at / 63]);
            }
        }
        if let Some(last) = self.open.last_mut() {
            *last = used;
        }
    }

    fn call(&mut self, _: &mut C, _: &mut CallInputs) -> Option<CallOutcome> {
        self.open.push(0);
        None
    }

    fn call_end(&mut self, _: &mut C, _: &CallInputs, _: &mut CallOutcome) {
        self.open.pop();
    }

    fn create(&mut self, _: &mut C, _: &mut CreateInputs) -> Option<CreateOutcome> {
        self.open.push(0);
        None
    }

    fn create_end(&mut self, _: &mut C, _: &CreateInputs, _: &mut CreateOutcome) {
        self.open.pop();
    }
}

/// Gas limits for the case's first transaction, from `least` on: around what it has used before every instruction, around
/// what an SSTORE must have left, and around what the transaction uses in the end. At most `most`, evenly chosen.
pub fn gas_limits(case: &Case, least: u64, most: usize) -> Vec<u64> {
    gas_limits_in(&case.block, &case.state, least, most)
}

/// The same of a block and the state before it.
pub fn gas_limits_in(block: &BlockInput, state: &State, least: u64, most: usize) -> Vec<u64> {
    let tx: &TxEnv = &block.transactions[0];
    let mut db = CacheDB::new(state);
    if before_block(block, &mut db).is_err() {
        return Vec::new();
    }
    let mut steps = Steps::default();
    let context = Context::mainnet().with_db(&mut db).with_block(block.env.clone()).with_cfg(cfg_env(block));
    let Ok(result) = context.build_mainnet_with_inspector(&mut steps).inspect_tx(tx.clone()) else {
        return Vec::new();
    };
    let intrinsic = revm::interpreter::gas::calculate_initial_tx_gas_for_tx(tx, block.spec, None).initial_total_gas();
    let end = result.result.tx_gas_used();
    let places = steps.used.iter().map(|used| intrinsic + used).chain([least, end]);
    let limits: BTreeSet<u64> = places.flat_map(|gas| [gas.saturating_sub(1), gas, gas + 1]).collect();
    let limits: Vec<u64> = limits.into_iter().filter(|gas| (least..=tx.gas_limit).contains(gas)).collect();
    let step = limits.len().div_ceil(most).max(1);
    limits.into_iter().step_by(step).collect()
}
