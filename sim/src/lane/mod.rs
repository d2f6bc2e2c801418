//! A lane of the model card: executes one attempt of one transaction, privately.
//!
//! The lane never touches shared state. When it needs some it stops with a [`Yield`], the card answers
//! at the right cycle, and the lane goes on. Between two yields it runs ahead of the card's clock, which is
//! exact because everything it does there is private to the attempt.

use crate::image::CodeStore;
use alloy_primitives::{Address, B256, U256};
use gaslane_abi::codes::{CardError, Escape, Halt, KeyKind, Status};
use gaslane_abi::env::BLOCK_WORDS;
use std::sync::Arc;

/// Key of the state table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Kind.
    pub kind: KeyKind,
    /// Account; zero for a block hash.
    pub address: Address,
    /// Storage slot or block number; zero for an account.
    pub slot: U256,
}

/// Part of a state-table entry that a lane reads; each has its own reader mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadField {
    /// Balance of an account.
    Balance,
    /// Nonce of an account.
    Nonce,
    /// Code (hash, handle, size) of an account.
    Code,
    /// Value of a storage slot, or a block hash.
    Value,
}

/// Code of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeRef {
    /// Keccak-256 of the bytecode.
    pub hash: B256,
    /// Handle in the code store; 0 without code.
    pub handle: u32,
    /// Size in bytes.
    pub bytes: u32,
}

/// What the state table answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateValue {
    /// Balance, or storage value, or block hash as a number.
    Word(U256),
    /// Nonce, and whether the account exists.
    Nonce(u64),
    /// Code.
    Code(CodeRef),
}

/// Why a lane stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yield {
    /// First touch: the lane needs a committed value as of `Lane::cycle`; answer with [`Lane::supply`].
    State(Key, ReadField),
    /// The lane goes on when its transaction is the head; answer with [`Lane::resume_as_head`].
    Head,
    /// The attempt ended; take it with [`Lane::take_outcome`].
    Done,
    /// The card does not do this.
    Escape(Escape),
    /// A defect of image or firmware stops the card.
    Error(CardError),
}

/// Words that SET_BLOCK set, environment words 16 and up.
#[derive(Clone, Debug)]
pub struct BlockContext {
    /// Block values and fork parameters.
    pub words: [U256; BLOCK_WORDS],
}

/// What the dispatcher hands to a lane.
#[derive(Clone, Debug)]
pub struct Job {
    /// Payload as transferred (see `gaslane_abi::env`), at least `TX_WORDS` words, already bounds-checked
    /// against its own counts by the card.
    pub payload: Arc<[u8]>,
    /// Block context.
    pub block: Arc<BlockContext>,
    /// Capacity of the result record in bytes.
    pub record_bytes: u32,
}

/// An account that the attempt touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountEntry {
    /// Its address.
    pub address: Address,
    /// Warm (EIP-2929).
    pub warm: bool,
    /// Touched in the sense of EIP-161: deleted at the end if empty.
    pub touched: bool,
    /// Balance as read and changed; `None` while never read.
    pub balance: Option<U256>,
    /// The balance differs from what was read (or may).
    pub balance_dirty: bool,
    /// Credits while the balance is unread; they commute.
    pub delta: U256,
    /// Nonce as read and changed.
    pub nonce: Option<u64>,
    /// The nonce was written.
    pub nonce_dirty: bool,
    /// Code as read and changed.
    pub code: Option<CodeRef>,
    /// The code was written.
    pub code_dirty: bool,
}

/// A storage slot that the attempt touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageEntry {
    /// Account.
    pub address: Address,
    /// Slot.
    pub slot: U256,
    /// Warm (EIP-2929).
    pub warm: bool,
    /// Committed value, once read.
    pub original: Option<U256>,
    /// Current value.
    pub value: U256,
    /// Written at least once (the value may equal the original).
    pub dirty: bool,
}

/// A log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Emitter.
    pub address: Address,
    /// Topics, at most four.
    pub topics: Vec<B256>,
    /// Data.
    pub data: Vec<u8>,
}

/// Counters of one attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttemptCounters {
    /// Program words retired.
    pub program_words: u64,
    /// Firmware words retired.
    pub firmware_words: u64,
    /// EVM instructions retired, from the images' profiles.
    pub evm_instructions: u64,
    /// Cycles that the lane waited for state or for being the head.
    pub wait_cycles: u64,
}

/// A finished attempt.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// Reason of a halt.
    pub halt: Halt,
    /// Gas used after refund.
    pub gas_used: u64,
    /// Gas refunded.
    pub gas_refunded: u64,
    /// Output of the transaction's frame.
    pub output: Vec<u8>,
    /// Accounts in order of first touch.
    pub accounts: Vec<AccountEntry>,
    /// Storage slots in order of first touch. Reverted frames leave entries whose value is the original.
    pub storage: Vec<StorageEntry>,
    /// Logs in order.
    pub logs: Vec<LogEntry>,
    /// Counters.
    pub counters: AttemptCounters,
}

/// A lane. Its memories are reused from attempt to attempt and wiped between them.
#[derive(Debug)]
pub struct Lane {
    /// Local clock in card cycles.
    pub cycle: u64,
}

impl Lane {
    /// A lane of that configuration.
    pub fn new(_config: &gaslane_hdl::CardConfig) -> Self {
        Self { cycle: 0 }
    }

    /// Begins an attempt at a card cycle. Whatever the lane did before is forgotten.
    pub fn start(&mut self, _job: Job, _cycle: u64) {}

    /// Executes until the lane needs the card.
    pub fn run(&mut self, _code: &CodeStore) -> Yield {
        Yield::Escape(Escape::HostOnly)
    }

    /// Answers [`Yield::State`]: the value, and the cycle at which it reaches the lane.
    pub fn supply(&mut self, _value: StateValue, _cycle: u64) {}

    /// Answers [`Yield::Head`]: the cycle at which the transaction became the head.
    pub fn resume_as_head(&mut self, _cycle: u64) {}

    /// Takes the outcome after [`Yield::Done`].
    pub fn take_outcome(&mut self) -> Option<Outcome> {
        None
    }
}
