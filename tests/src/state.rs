//! State of random worlds: small, and moved on from block to block.

use alloy_primitives::{Address, B256, U256};
use gaslane::source::MemoryState;
use revm::DatabaseRef;
use revm::database::BundleState;
use revm::primitives::{AddressMap, B256Map, StorageKeyMap};
use revm::state::{AccountInfo, Bytecode};
use std::convert::Infallible;

/// Accounts, storage and codes.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// By address. What is absent does not exist.
    pub accounts: AddressMap<Account>,
    codes: B256Map<Bytecode>,
}

/// An account with its storage.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Balance, nonce, code.
    pub info: AccountInfo,
    /// Slots that are not zero.
    pub storage: StorageKeyMap<U256>,
}

impl State {
    /// Adds or replaces an account.
    pub fn insert(&mut self, address: Address, info: AccountInfo, storage: StorageKeyMap<U256>) {
        if let Some(code) = &info.code {
            self.codes.insert(info.code_hash, code.clone());
        }
        self.accounts.insert(address, Account { info, storage });
    }

    /// Nonce of an account.
    pub fn nonce(&self, address: Address) -> u64 {
        self.accounts.get(&address).map_or(0, |account| account.info.nonce)
    }

    /// The state after a block.
    pub fn apply(&mut self, changes: &BundleState) {
        self.codes.extend(changes.contracts.iter().map(|(hash, code)| (*hash, code.clone())));
        for (address, change) in &changes.state {
            let Some(info) = change.info.clone().filter(|info| !info.is_empty()) else {
                self.accounts.remove(address);
                continue;
            };
            let account = self.accounts.entry(*address).or_default();
            let code = self.codes.get(&info.code_hash).cloned();
            account.info = AccountInfo { code, ..info };
            if change.was_destroyed() {
                account.storage.clear();
            }
            for (slot, value) in &change.storage {
                if value.present_value.is_zero() {
                    account.storage.remove(slot);
                } else {
                    account.storage.insert(*slot, value.present_value);
                }
            }
        }
    }

    /// The same state in the form of a block source, which knows the hashes of 256 blocks before `number`.
    pub fn to_memory(&self, number: u64) -> MemoryState {
        let mut state = MemoryState::default();
        for (address, account) in &self.accounts {
            state.insert_account(*address, account.info.clone(), account.storage.clone());
        }
        for back in 1..=number.min(256) {
            state.insert_block_hash(number - back, block_hash(number - back));
        }
        state
    }
}

/// A hash that tells blocks apart; nothing more is asked of it.
fn block_hash(number: u64) -> B256 {
    B256::from(U256::from(number).wrapping_mul(U256::MAX / U256::from(7)))
}

impl DatabaseRef for State {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(self.accounts.get(&address).map(|account| account.info.clone()))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.codes.get(&hash).cloned().unwrap_or_default())
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self.accounts.get(&address).and_then(|account| account.storage.get(&slot)).copied().unwrap_or_default())
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Infallible> {
        Ok(block_hash(number))
    }
}
