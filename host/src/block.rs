//! A block as every engine takes it: decoded, with senders, in revm's types.

use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, Bloom};
use gaslane_abi::Fork;
use revm::context::{BlockEnv, TxEnv};
use revm::primitives::hardfork::SpecId;

/// Input of one block's execution. Its state comes separately, from a `revm::DatabaseRef`.
#[derive(Clone, Debug)]
pub struct BlockInput {
    /// Rules.
    pub spec: SpecId,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Block values that transactions can see (number, beneficiary, time, base fee, …).
    pub env: BlockEnv,
    /// Transactions in order, sender recovered.
    pub transactions: Vec<TxEnv>,
    /// Withdrawals (EIP-4895), empty before Shanghai.
    pub withdrawals: Vec<Withdrawal>,
    /// Hash of the parent, for the EIP-2935 system call.
    pub parent_hash: Option<B256>,
    /// Parent beacon block root, for the EIP-4788 system call.
    pub parent_beacon_block_root: Option<B256>,
    /// What the header claims about the outcome, where there is a header.
    pub expected: Option<HeaderClaims>,
    /// Accounts of the state before the block that have storage, but neither nonce nor code: nothing may be created
    /// there (EIP-7610). A `DatabaseRef` cannot tell; sources that carry whole accounts can. No creation on mainnet
    /// can reach one.
    pub occupied: Vec<Address>,
}

/// What a header claims about the outcome of its block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderClaims {
    /// Gas used by all transactions.
    pub gas_used: u64,
    /// Bloom filter of all logs.
    pub logs_bloom: Bloom,
    /// Root of the receipts trie. `None` before Byzantium, where receipts carry a state root.
    pub receipts_root: Option<B256>,
}

impl BlockInput {
    /// A block of chain 1 with nothing but transactions.
    pub fn plain(spec: SpecId, env: BlockEnv, transactions: Vec<TxEnv>) -> Self {
        Self {
            spec,
            chain_id: 1,
            env,
            transactions,
            withdrawals: Vec::new(),
            parent_hash: None,
            parent_beacon_block_root: None,
            expected: None,
            occupied: Vec::new(),
        }
    }

    /// Block number.
    pub fn number(&self) -> u64 {
        self.env.number.saturating_to()
    }

    /// The card's fork for these rules.
    pub fn fork(&self) -> Fork {
        card_fork(self.spec)
    }
}

/// The card's fork for revm's rules; rules newer than the card knows map to `PreBerlin`, which never runs on it.
pub fn card_fork(spec: SpecId) -> Fork {
    match spec {
        SpecId::BERLIN => Fork::Berlin,
        SpecId::LONDON => Fork::London,
        SpecId::MERGE => Fork::Paris,
        SpecId::SHANGHAI => Fork::Shanghai,
        SpecId::CANCUN => Fork::Cancun,
        SpecId::PRAGUE => Fork::Prague,
        SpecId::OSAKA => Fork::Osaka,
        _ => Fork::PreBerlin,
    }
}
