//! The outcome of a block, as every engine reports it.

use alloy_eips::eip7685::Requests;
use alloy_primitives::{B256, Bloom, Bytes, Log};
use gaslane_abi::codes::{Escape, Status};
use revm::database::BundleState;
use std::collections::BTreeMap;

/// Who executed a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutedOn {
    /// A lane of the card.
    Card,
    /// revm on the host, for this reason.
    Host(Escape),
    /// A sequential engine without a card.
    Sequential,
}

/// Outcome of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxOutcome {
    /// EIP-2718 type.
    pub tx_type: u8,
    /// How it ended.
    pub status: Status,
    /// Gas used, after refund.
    pub gas_used: u64,
    /// Output of the transaction's frame (created code for a successful create).
    pub output: Bytes,
    /// Logs in order; empty unless it succeeded.
    pub logs: Vec<Log>,
    /// Who executed it.
    pub executed_on: ExecutedOn,
}

/// Outcome of one block.
#[derive(Clone, Debug)]
pub struct BlockOutcome {
    /// Per transaction, in order.
    pub transactions: Vec<TxOutcome>,
    /// Gas used by all transactions.
    pub gas_used: u64,
    /// Bloom filter of all logs.
    pub logs_bloom: Bloom,
    /// Root of the receipts trie (EIP-658 receipts; not meaningful before Byzantium).
    pub receipts_root: B256,
    /// Execution requests (EIP-7685): deposits, withdrawals, consolidations. None before Prague.
    pub requests: Requests,
    /// State difference of the whole block: system calls, transactions, withdrawals (not proof-of-work rewards).
    pub state: BundleState,
    /// Counters of the run.
    pub metrics: Metrics,
}

/// Reason, among those of [`Metrics::escapes`], of transactions that the host ran because the card failed.
pub const DEVICE_ERROR: &str = "device-error";

/// Counters of one block on a card. All zero for a sequential engine, but for `txs` and times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Transactions.
    pub txs: u64,
    /// Transactions that run code (the receiver has code, or a create).
    pub contract_txs: u64,
    /// Transactions that finished on the card.
    pub on_card_txs: u64,
    /// Of `contract_txs`, those that finished on the card.
    pub on_card_contract_txs: u64,
    /// Gas used by transactions that finished on the card.
    pub on_card_gas: u64,
    /// Transactions that the host ran, by reason. [`DEVICE_ERROR`]: the whole block, because the card failed.
    pub escapes: BTreeMap<&'static str, u64>,
    /// Attempts aborted by conflicts.
    pub aborts: u64,
    /// Requests of the card, answered by the host: for state, for words of programs, and `host_calls`.
    pub assists: u64,
    /// What lanes had the host compute meanwhile, by kind, for attempts that were aborted later as well.
    pub host_calls: BTreeMap<&'static str, u64>,
    /// Simulated card cycles from the first submission to the last commit.
    pub cycles: u64,
    /// Lanes of the card.
    pub lanes: u64,
    /// Cycles in which lanes executed attempts that committed.
    pub lane_busy_cycles: u64,
    /// Cycles in which lanes waited for state.
    pub lane_state_wait_cycles: u64,
    /// Cycles in which lanes waited for a transaction's turn to commit.
    pub lane_commit_wait_cycles: u64,
    /// Cycles of attempts that were aborted or escaped.
    pub lane_aborted_cycles: u64,
    /// Cycles of lanes without a transaction.
    pub lane_idle_cycles: u64,
    /// EVM instructions in attempts that committed on the card.
    pub evm_instructions: u64,
    /// Lane program words retired in attempts that committed, superblock heads included, firmware excluded.
    pub lane_instructions: u64,
    /// Firmware words retired in attempts that committed.
    pub firmware_instructions: u64,
    /// Code hashes translated for this block.
    pub translations: u64,
    /// Host time for translating code and submitting its images and patches, in nanoseconds. Once per code hash and card.
    pub translate_ns: u64,
    /// Host time for planning (decode, payloads, prefetch; translation excluded), in nanoseconds.
    pub plan_ns: u64,
    /// Host time for rings and applying records, in nanoseconds.
    pub commit_ns: u64,
    /// Host time in `host_calls`, images of code included, in nanoseconds.
    pub host_calls_ns: u64,
    /// Host time in fallback execution, in nanoseconds.
    pub fallback_ns: u64,
    /// Time inside the card's simulation, in nanoseconds.
    pub card_ns: u64,
    /// Completions that were found without the interrupt that should have told of them.
    pub lost_interrupts: u64,
    /// Host time for receipts, bloom, roots and the final state difference, in nanoseconds.
    pub outcome_ns: u64,
    /// Whole time of the block, in nanoseconds.
    pub total_ns: u64,
}
