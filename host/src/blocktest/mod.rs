//! Blockchain tests of the execution specifications (BlockchainTests format): a genesis state, blocks in sequence, and
//! the state after them.
//!
//! Every block goes through RLP decoding, the checks of its header and body, the card, and the comparison of the
//! outcome with its header, state root included. A block with `expectException` must be rejected and leaves chain and
//! state as they were. A case passes if every block is accepted or rejected as the file says, the head is
//! `lastblockhash`, and the state is `postState` (or has the root `postStateHash`).
//!
//! Proofs of work are not verified (`sealEngine` is `NoProof` in nearly all tests).

mod body;
mod chain;
mod difficulty;
mod format;
mod header;
mod network;
mod ommers;

use crate::driver::Driver;
use crate::fixtures::{self, Ran, Verdict};
use crate::source::MemoryState;
use crate::source::schedule::Rules;
use alloy_primitives::map::HashMap;
use alloy_primitives::{Address, B256};
pub use body::BodyFault;
pub use chain::Rejection;
use chain::{Chain, ImportError};
use format::{BlockCase, Content};
pub use format::{Malformed, Unusable};
use gaslane_abi::Device;
pub use header::HeaderFault;
pub use network::Unsupported;
pub use ommers::OmmerFault;
use revm::DatabaseRef;
use revm_statetest_types::blockchain::Account;

/// One test of a file.
#[derive(Clone, Debug)]
pub struct Case {
    name: String,
    content: Result<Content, Unusable>,
}

/// The tests of a JSON file, or why it has none.
pub fn parse(text: &[u8]) -> Result<Vec<Case>, Malformed> {
    Ok(format::read(text)?.into_iter().map(|(name, content)| Case { name, content }).collect())
}

impl fixtures::Case for Case {
    fn name(&self) -> &str {
        &self.name
    }

    /// One that cannot be read uses any rules, so that it is reported.
    fn uses(&self, rules: &Rules) -> bool {
        self.content.as_ref().map_or(true, |content| content.network.uses(rules))
    }

    fn run<D: Device>(&self, driver: &mut Driver<D>) -> Verdict {
        match &self.content {
            Err(reason) => Verdict::Skipped(reason.to_string()),
            Ok(content) if content.needs_seals() => Verdict::Skipped("proofs of work are not verified".into()),
            Ok(content) => match content.run(driver) {
                Ok(ran) => Verdict::Passed(ran),
                Err(reason) => Verdict::Failed(reason),
            },
        }
    }
}

impl Content {
    /// Whether a block must be rejected for its proof of work.
    fn needs_seals(&self) -> bool {
        self.sealed && self.blocks.iter().any(|block| block.exception.is_some())
    }

    fn run<D: Device>(&self, driver: &mut Driver<D>) -> Result<Ran, String> {
        let (json, hash) = &self.genesis_json;
        if *json != self.genesis || json.hash_slow() != *hash {
            return Err("genesis: genesisBlockHeader and genesisRLP differ".into());
        }
        header::check_genesis(&self.genesis).map_err(|fault| format!("genesis: {fault}"))?;
        let state = self.genesis_state()?;
        let root = state.root();
        if root != self.genesis.state_root {
            return Err(format!("genesis: state root is {root}, expected {}", self.genesis.state_root));
        }
        let mut chain = Chain::new(&self.network, self.chain_id, self.genesis.clone(), state);
        let last_uses = self.last_uses();
        let mut ran = Ran::default();
        for (index, block) in self.blocks.iter().enumerate() {
            let imported = chain.import(driver, &block.rlp, last_uses.contains(&index));
            ran.merge(&block.judge(imported).map_err(|reason| format!("block {index}: {reason}"))?);
        }
        if chain.head() != self.last_block_hash {
            return Err(format!("head is {}, expected lastblockhash {}", chain.head(), self.last_block_hash));
        }
        let state = chain.state().ok_or("the state of the head is gone")?;
        self.check_post_state(state)?;
        Ok(ran)
    }

    fn genesis_state(&self) -> Result<MemoryState, String> {
        let mut state = MemoryState::default();
        for (address, account) in &self.pre {
            let nonce =
                u64::try_from(account.nonce).map_err(|_| format!("genesis: nonce of {address} is beyond 64 bits"))?;
            let storage = account.storage.iter().map(|(slot, value)| (*slot, *value)).collect();
            state.insert_contract(*address, account.balance, nonce, &account.code, storage);
        }
        Ok(state)
    }

    /// Indexes of the blocks that are the last to name their parent.
    fn last_uses(&self) -> Vec<usize> {
        let mut last = HashMap::<B256, usize>::default();
        for (index, block) in self.blocks.iter().enumerate() {
            if let Ok((block, _)) = body::decode(&block.rlp) {
                last.insert(block.header.parent_hash, index);
            }
        }
        last.into_values().collect()
    }

    fn check_post_state(&self, state: &MemoryState) -> Result<(), String> {
        if let Some(expected) = &self.post_state {
            for (address, account) in expected {
                check_account(state, *address, account.as_ref())?;
            }
            let known = |address: &Address| expected.get(address).is_some_and(Option::is_some);
            if let Some((address, ..)) = state.accounts().find(|(address, ..)| !known(address)) {
                return Err(format!("post-state: account {address} exists, expected none"));
            }
        }
        match self.post_state_hash {
            Some(expected) if state.root() != expected => {
                Err(format!("post-state: root is {}, expected {expected}", state.root()))
            }
            _ => Ok(()),
        }
    }
}

/// Compares an account with what it must be.
fn check_account(state: &MemoryState, address: Address, expected: Option<&Account>) -> Result<(), String> {
    let found = state.accounts().find(|(known, ..)| **known == address);
    let at = |what: &str, actual: String, expected: String| match actual == expected {
        true => Ok(()),
        false => Err(format!("post-state: account {address}: {what} is {actual}, expected {expected}")),
    };
    let (Some((_, info, storage)), Some(expected)) = (found, expected) else {
        let word = |exists: bool| if exists { "present" } else { "absent" }.to_owned();
        return at("it", word(found.is_some()), word(expected.is_some()));
    };
    at("balance", info.balance.to_string(), expected.balance.to_string())?;
    at("nonce", info.nonce.to_string(), expected.nonce.to_string())?;
    let code = state.code_by_hash_ref(info.code_hash).map_err(|error| error.to_string())?;
    at("code", code.original_bytes().to_string(), expected.code.to_string())?;
    for (slot, value) in &expected.storage {
        let actual = storage.get(slot).copied().unwrap_or_default();
        at(&format!("slot {slot:#x}"), format!("{actual:#x}"), format!("{value:#x}"))?;
    }
    let unexpected = storage.iter().find(|(slot, value)| !value.is_zero() && !expected.storage.contains_key(*slot));
    match unexpected {
        Some((slot, value)) => at(&format!("slot {slot:#x}"), format!("{value:#x}"), "0x0".into()),
        None => Ok(()),
    }
}

impl BlockCase {
    /// Whether a block fared as the file says.
    fn judge(&self, imported: Result<(B256, Ran), ImportError>) -> Result<Ran, String> {
        match (imported, &self.exception) {
            (Err(ImportError::Failed(reason)), _) => Err(reason),
            (Err(ImportError::Rejected(reason)), None) => Err(format!("rejected: {reason}")),
            (Err(ImportError::Rejected(reason)), Some(exception)) => match may_be(&reason, exception) {
                true => {
                    tracing::debug!(exception, %reason, "rejected as expected");
                    Ok(Ran { rejected: 1, ..Ran::default() })
                }
                false => Err(format!("rejected only for its outcome ({reason}), expected exception {exception}")),
            },
            (Ok(_), Some(exception)) => Err(format!("accepted, expected exception {exception}")),
            (Ok((hash, ran)), None) => match &self.header {
                Some((header, expected)) if hash != *expected || header.hash_slow() != *expected => {
                    Err(format!("hash is {hash}, expected {expected} from blockHeader"))
                }
                _ => Ok(ran),
            },
        }
    }
}

/// Whether a block can have been rejected for the reason that the file gives. Names of reasons differ between
/// implementations, so only one thing is certain: a block with an invalid transaction must not get as far as an outcome.
fn may_be(reason: &Rejection, exception: &str) -> bool {
    let of_transaction = exception.split('|').all(|name| name.trim().starts_with("TransactionException."));
    !(of_transaction && matches!(reason, Rejection::Outcome(_)))
}
