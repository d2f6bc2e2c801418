//! Sequential execution by revm: what every card must match.

use crate::block::BlockInput;
use crate::fallback::occupied_creation;
use crate::outcome::{BlockOutcome, ExecutedOn, Metrics, TxOutcome};
use crate::receipts::summarize;
use crate::rules::{self, InvalidTransaction, RulesError};
use alloy_primitives::Address;
use gaslane_abi::codes::Status;
use revm::context::result::{EVMError, ExecutionResult};
use revm::database::State;
use revm::database::states::bundle_state::BundleRetention;
use revm::database_interface::WrapDatabaseRef;
use revm::{Context, DatabaseRef, ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Why a block has no outcome.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OracleError {
    /// A transaction that must not stand in the block.
    #[error(transparent)]
    Invalid(#[from] InvalidTransaction),
    /// Header, system calls or withdrawals.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The state could not be read.
    #[error("state is unavailable")]
    State(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// revm would create a contract over storage.
    #[error(
        "transaction {index} creates a contract at {address}, which has storage (EIP-7610); revm does not refuse that"
    )]
    Occupied {
        /// Index of the transaction.
        index: usize,
        /// Address of the contract.
        address: Address,
    },
    /// revm gave up.
    #[error("revm failed at transaction {index}: {reason}")]
    Evm {
        /// Index of the transaction.
        index: usize,
        /// What it says.
        reason: String,
    },
}

impl OracleError {
    /// Whether the block itself is at fault.
    pub fn is_invalid_block(&self) -> bool {
        match self {
            Self::Invalid(_) => true,
            Self::Rules(error) => !matches!(error, RulesError::State(_)),
            _ => false,
        }
    }
}

/// Executes a block transaction by transaction, as the chain's rules define it.
pub fn execute_sequential<DB: DatabaseRef>(block: &BlockInput, db: &DB) -> Result<BlockOutcome, OracleError> {
    let start = Instant::now();
    rules::check_header(block).map_err(RulesError::from)?;
    let mut state = State::builder().with_database_ref(db).with_bundle_update().build();
    rules::before_block(block, &mut state)?;
    let mut transactions = Vec::with_capacity(block.transactions.len());
    let context = Context::mainnet().with_db(&mut state).with_block(block.env.clone()).with_cfg(rules::cfg_env(block));
    let mut evm = context.build_mainnet();
    let mut gas_used = 0;
    for (index, tx) in block.transactions.iter().enumerate() {
        rules::check_gas_available(block, index, gas_used)?;
        let executed = evm.transact(tx.clone()).map_err(|e| failure(index, e))?;
        if let Some(address) = occupied_creation(&executed.state, &block.occupied) {
            return Err(OracleError::Occupied { index, address });
        }
        evm.commit(executed.state);
        let result = executed.result;
        gas_used += result.tx_gas_used();
        transactions.push(tx_outcome(tx.tx_type, result, ExecutedOn::Sequential));
    }
    drop(evm);
    let requests = rules::after_block(block, &transactions, &mut state)?;
    state.merge_transitions(BundleRetention::PlainState);
    let (gas_used, logs_bloom, receipts_root) = summarize(&transactions);
    let metrics = Metrics {
        txs: transactions.len() as u64,
        total_ns: u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX),
        ..Metrics::default()
    };
    let state = state.take_bundle();
    Ok(BlockOutcome { transactions, gas_used, logs_bloom, receipts_root, requests, state, metrics })
}

/// Time that the transactions alone take on plain revm, in the fastest way a user would run them: pre-state in memory,
/// senders known, code analysed, one EVM, changes kept in revm's journal for the whole block. Receipts, roots, system
/// calls and the state difference are not part of it, nor is setting up.
pub fn time_sequential<DB: DatabaseRef>(block: &BlockInput, db: &DB) -> Result<Duration, OracleError> {
    run_plain(block, db).map(|(time, _)| time)
}

fn run_plain<DB: DatabaseRef>(block: &BlockInput, db: &DB) -> Result<(Duration, u64), OracleError> {
    let transactions = block.transactions.clone();
    let context =
        Context::mainnet().with_db(WrapDatabaseRef(db)).with_block(block.env.clone()).with_cfg(rules::cfg_env(block));
    let mut evm = context.build_mainnet();
    let start = Instant::now();
    let mut gas_used = 0;
    for (index, tx) in transactions.into_iter().enumerate() {
        let result = black_box(evm.transact_one(tx).map_err(|e| failure(index, e))?);
        gas_used += result.tx_gas_used();
    }
    let state = evm.finalize();
    let time = start.elapsed();
    black_box(state);
    Ok((time, gas_used))
}

fn failure<E: std::error::Error + Send + Sync + 'static>(index: usize, error: EVMError<E>) -> OracleError {
    match error {
        EVMError::Transaction(reason) => InvalidTransaction { index, reason }.into(),
        EVMError::Database(e) => OracleError::State(Box::new(e)),
        other => OracleError::Evm { index, reason: other.to_string() },
    }
}

/// revm's result of a transaction in the form of an outcome.
pub fn tx_outcome(tx_type: u8, result: ExecutionResult, executed_on: ExecutedOn) -> TxOutcome {
    let gas_used = result.tx_gas_used();
    let (status, output, logs) = match result {
        ExecutionResult::Success { output, logs, .. } => (Status::Success, output.into_data(), logs),
        ExecutionResult::Revert { output, .. } => (Status::Revert, output, Vec::new()),
        ExecutionResult::Halt { .. } => (Status::Halt, Default::default(), Vec::new()),
    };
    TxOutcome { tx_type, status, gas_used, output, logs, executed_on }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{bundle, samples::SAMPLES};

    #[test]
    fn the_plain_run_executes_the_same() {
        for (name, bytes) in SAMPLES {
            let (block, state) = bundle::parse(name, bytes).unwrap();
            assert_eq!(run_plain(&block, &state).unwrap().1, block.expected.unwrap().gas_used);
        }
    }

    #[test]
    fn invalid_transactions_are_named() {
        let bytes = include_bytes!("../samples/19923400.json.gz");
        let (mut block, state) = bundle::parse("sample", bytes).unwrap();
        block.transactions[3].nonce += 7;
        let error = execute_sequential(&block, &state).unwrap_err();
        assert!(matches!(&error, OracleError::Invalid(InvalidTransaction { index: 3, .. })), "{error}");
        assert!(error.is_invalid_block());
        block.transactions[3].nonce -= 7;
        block.env.gas_limit = 1_600_000;
        block.expected = None;
        let error = execute_sequential(&block, &state).unwrap_err();
        assert!(error.to_string().contains("block gas limit"), "{error}");
        block.env.gas_limit = 0;
        assert!(matches!(execute_sequential(&block, &state), Err(OracleError::Rules(RulesError::Header(_)))));
    }
}
