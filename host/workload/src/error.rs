//! What can go wrong.

use alloy_primitives::Address;

/// Why no block could be made. Only the first three follow from what the caller gave.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WorkloadError {
    /// No workload has this name.
    #[error("no workload is called {0:?}; there are {names}", names = crate::names().join(", "))]
    Name(String),
    /// The number of transactions is zero or too large.
    #[error("{0} transactions: from 1 to {max} are possible", max = crate::MAX_TXS)]
    Txs(usize),
    /// The share of conflicts is not a number between 0 and 1.
    #[error("a share of {0} of the transactions: it must be a number from 0 to 1")]
    Conflict(f64),
    /// The list of compiled contracts lacks one or is damaged.
    #[error("compiled.json has no usable contract {0}")]
    Contract(String),
    /// A call of the set-up did not succeed.
    #[error("set-up: {what} at {to} failed: {reason}")]
    Setup {
        /// Function or contract.
        what: String,
        /// The contract called; zero for a deployment.
        to: Address,
        /// How it ended.
        reason: String,
    },
    /// A transaction of the block did not succeed.
    #[error("transaction {index} ({label}) failed: {reason}")]
    Transaction {
        /// Place in the block, from 0.
        index: usize,
        /// The transaction's label.
        label: String,
        /// How it ended.
        reason: String,
    },
    /// A key or a signature could not be made.
    #[error("signing for {0} failed")]
    Signing(Address),
}
