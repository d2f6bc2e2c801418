//! Why a card cannot be used, or a block has no outcome.

use crate::oracle::OracleError;
use crate::overlay::StateError;
use crate::queue::QueueError;
use crate::records::RecordError;
use crate::rules::{InvalidTransaction, RulesError};
use alloy_primitives::Address;
use gaslane_abi::codes::CardError;
use revm::context::result::InvalidHeader;

/// Why a card cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
    /// The card could not be opened.
    #[error("cannot open the card: {0}")]
    Open(#[source] QueueError),
    /// The card could not be brought back after an error.
    #[error("cannot recover the card: {0}; power-cycle or reprogram it")]
    Recover(#[source] QueueError),
}

/// Why a block has no outcome.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// A transaction is invalid at its place: so is the block.
    #[error("block {block}: {transaction}")]
    InvalidTransaction {
        /// Block number.
        block: u64,
        /// Which one, and why.
        transaction: InvalidTransaction,
    },
    /// The header lacks a field that its fork needs.
    #[error("block {block}: invalid header: {reason}")]
    Header {
        /// Block number.
        block: u64,
        /// What is missing.
        reason: InvalidHeader,
    },
    /// The state before the block could not be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// The rings failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The header is invalid, or a system call failed.
    #[error("block {block}: {source}")]
    Rules {
        /// Block number.
        block: u64,
        /// What failed.
        source: RulesError,
    },
    /// The fallback engine failed for a reason that is not the transaction's.
    #[error("block {block}: transaction {index} failed on the host: {message}")]
    Host {
        /// Block number.
        block: u64,
        /// Index of the transaction.
        index: usize,
        /// What revm said.
        message: String,
    },
    /// Sequential execution after an error of the card failed.
    #[error("block {block}: the card failed, and so does the host: state is unavailable: {message}")]
    Sequential {
        /// Block number.
        block: u64,
        /// What the state's source said.
        message: String,
    },
    /// The fallback engine would create a contract over storage.
    #[error(
        "block {block}: transaction {index} creates a contract at {address}, which has storage (EIP-7610): revm, which ran \
         it because it exceeds a size of the card, does not refuse that; use a larger card"
    )]
    Occupied {
        /// Block number.
        block: u64,
        /// Index of the transaction.
        index: usize,
        /// Address of the contract.
        address: Address,
    },
    /// The card stopped with an error.
    #[error("block {block}: card stopped with error `{}` ({}), tag {tag:#x}", code.name(), code.doc())]
    Card {
        /// Block number.
        block: u64,
        /// The error.
        code: CardError,
        /// What it refers to.
        tag: u32,
    },
    /// The card completed something that was not in flight, or out of order.
    #[error("block {block}: card sent {event} for tag {tag:#x}, expected transaction {expected}")]
    OutOfOrder {
        /// Block number.
        block: u64,
        /// What it sent.
        event: &'static str,
        /// Its tag.
        tag: u32,
        /// The transaction whose turn it is.
        expected: u32,
    },
    /// A result record that the contract does not allow.
    #[error("block {block}: transaction {index}: {source}")]
    Record {
        /// Block number.
        block: u64,
        /// Index of the transaction.
        index: usize,
        /// What is wrong with it.
        source: RecordError,
    },
    /// A request of a lane that the contract does not allow.
    #[error("block {block}: transaction {index}: card asks the host for `{kind}` with an invalid {field}")]
    Request {
        /// Block number.
        block: u64,
        /// Index of the transaction.
        index: usize,
        /// What it asks for.
        kind: &'static str,
        /// What is wrong.
        field: &'static str,
    },
    /// More transactions than tags.
    #[error("block {block} has {count} transactions, more than a card can tell apart")]
    TooManyTransactions {
        /// Block number.
        block: u64,
        /// Transactions.
        count: usize,
    },
    /// The card is lost since an earlier error.
    #[error(transparent)]
    Driver(#[from] DriverError),
}

impl BlockError {
    /// Whether the card, or the way to it, is at fault: another engine can execute the block.
    pub fn is_device_error(&self) -> bool {
        match self {
            Self::Queue(QueueError::Cancelled) => false,
            Self::Queue(_)
            | Self::Card { .. }
            | Self::OutOfOrder { .. }
            | Self::Record { .. }
            | Self::Request { .. }
            | Self::Driver(_) => true,
            Self::InvalidTransaction { .. }
            | Self::Header { .. }
            | Self::State(_)
            | Self::Rules { .. }
            | Self::Host { .. }
            | Self::Sequential { .. }
            | Self::Occupied { .. }
            | Self::TooManyTransactions { .. } => false,
        }
    }

    /// Whether the block itself is at fault, not the card, the driver or the state source.
    pub fn is_invalid_block(&self) -> bool {
        match self {
            Self::InvalidTransaction { .. } | Self::Header { .. } => true,
            Self::Rules { source, .. } => !matches!(source, RulesError::State(_)),
            _ => false,
        }
    }
}

impl BlockError {
    /// Of sequential execution of a block.
    pub(crate) fn sequential(block: u64, error: OracleError) -> Self {
        match error {
            OracleError::Invalid(transaction) => Self::InvalidTransaction { block, transaction },
            OracleError::Rules(source) => Self::Rules { block, source },
            OracleError::State(source) => Self::Sequential { block, message: source.to_string() },
            OracleError::Occupied { index, address } => Self::Occupied { block, index, address },
            OracleError::Evm { index, reason } => Self::Host { block, index, message: reason },
        }
    }
}
