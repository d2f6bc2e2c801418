//! Accounts before and after a block.

use alloy_consensus::{TrieAccount, constants::EMPTY_ROOT_HASH, proofs};
use alloy_primitives::{Address, B256, Bytes, U256};
use revm::database::{AccountState, CacheDB, EmptyDB};
use revm::primitives::KECCAK_EMPTY;
use revm::state::{AccountInfo, Bytecode};
use std::collections::BTreeMap;

/// An account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Balance in wei.
    pub balance: U256,
    /// Number of transactions sent, or of contracts created.
    pub nonce: u64,
    /// Key into [`State::codes`]; `None` if there is no code.
    pub code_hash: Option<B256>,
    /// Slots that are not zero.
    pub storage: BTreeMap<U256, U256>,
}

/// Accounts that are not empty, and their code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// By address.
    pub accounts: BTreeMap<Address, Account>,
    /// Code by its Keccak-256 hash.
    pub codes: BTreeMap<B256, Bytes>,
}

impl State {
    /// All that a database holds.
    pub(crate) fn of(database: &CacheDB<EmptyDB>) -> Self {
        let mut state = Self::default();
        for (address, account) in &database.cache.accounts {
            if account.account_state == AccountState::NotExisting || account.info.is_empty() {
                continue;
            }
            let info = &account.info;
            let has_code = info.code_hash != KECCAK_EMPTY && !info.code_hash.is_zero();
            let code_hash = has_code.then_some(info.code_hash);
            if let Some(hash) = code_hash
                && let Some(code) = database.cache.contracts.get(&hash)
            {
                state.codes.insert(hash, code.original_bytes());
            }
            let storage = account.storage.iter().filter(|(_, v)| !v.is_zero()).map(|(k, v)| (*k, *v)).collect();
            let account = Account { balance: info.balance, nonce: info.nonce, code_hash, storage };
            state.accounts.insert(*address, account);
        }
        state
    }

    /// A database for revm with these accounts.
    pub fn database(&self) -> CacheDB<EmptyDB> {
        let mut database = CacheDB::new(EmptyDB::new());
        for (hash, code) in &self.codes {
            database.cache.contracts.insert(*hash, Bytecode::new_raw(code.clone()));
        }
        for (address, account) in &self.accounts {
            let info = AccountInfo {
                balance: account.balance,
                nonce: account.nonce,
                code_hash: account.code_hash.unwrap_or(KECCAK_EMPTY),
                code: None,
                ..AccountInfo::default()
            };
            let entry = database.cache.accounts.entry(*address).or_default();
            entry.info = info;
            entry.storage.extend(account.storage.iter().map(|(k, v)| (*k, *v)));
        }
        database
    }

    /// The root of the Merkle-Patricia tree over the accounts.
    pub fn root(&self) -> B256 {
        let leaf = |account: &Account| TrieAccount {
            nonce: account.nonce,
            balance: account.balance,
            storage_root: match account.storage.is_empty() {
                true => EMPTY_ROOT_HASH,
                false => proofs::storage_root_unhashed(account.storage.iter().map(|(k, v)| (B256::from(*k), *v))),
            },
            code_hash: account.code_hash.unwrap_or(KECCAK_EMPTY),
        };
        proofs::state_root_unhashed(self.accounts.iter().map(|(address, account)| (*address, leaf(account))))
    }
}
