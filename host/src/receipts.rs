//! What a header says about the outcome of its transactions: gas, bloom filter, receipts root.

use crate::outcome::TxOutcome;
use alloy_consensus::proofs::calculate_receipt_root;
use alloy_consensus::{Eip658Value, Receipt, ReceiptEnvelope, ReceiptWithBloom, TxType};
use alloy_primitives::{B256, Bloom, Log};
use gaslane_abi::codes::Status;

/// Gas used by all transactions, bloom filter of all logs, and root of the trie of their EIP-658 receipts.
/// Transactions of a type that no fork defines count as legacy ones.
pub fn summarize(transactions: &[TxOutcome]) -> (u64, Bloom, B256) {
    let status = |tx: &TxOutcome| Eip658Value::Eip658(tx.status == Status::Success);
    summarize_with(transactions.iter().map(|tx| (tx, status(tx))))
}

/// Root of the trie of receipts from before Byzantium, which carry the root of the state after their transaction.
pub fn root_with_states(transactions: &[TxOutcome], state_roots: &[B256]) -> B256 {
    let statuses = state_roots.iter().map(|root| Eip658Value::PostState(*root));
    summarize_with(transactions.iter().zip(statuses)).2
}

fn summarize_with<'a>(transactions: impl Iterator<Item = (&'a TxOutcome, Eip658Value)>) -> (u64, Bloom, B256) {
    let mut gas_used = 0u64;
    let mut bloom = Bloom::ZERO;
    let receipt = |(tx, status): (&TxOutcome, Eip658Value)| {
        gas_used = gas_used.saturating_add(tx.gas_used);
        let logs_bloom = tx.logs.iter().collect::<Bloom>();
        bloom |= logs_bloom;
        let receipt = Receipt { status, cumulative_gas_used: gas_used, logs: tx.logs.clone() };
        let tx_type = TxType::try_from(tx.tx_type).unwrap_or(TxType::Legacy);
        ReceiptEnvelope::<Log>::from_typed(tx_type, ReceiptWithBloom { receipt, logs_bloom })
    };
    let receipts: Vec<_> = transactions.map(receipt).collect();
    (gas_used, bloom, calculate_receipt_root(&receipts))
}
