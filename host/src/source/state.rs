//! Pre-state in memory.

use super::json::Node;
use super::{SourceError, SourceErrorKind};
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use revm::DatabaseRef;
use revm::database_interface::DBErrorMarker;
use revm::primitives::{AddressMap, B256Map, StorageKeyMap};
use revm::state::{AccountInfo, Bytecode};
use rustc_hash::FxHashMap;
use std::collections::hash_map;

/// State that a source carries. Accounts and slots that it does not carry are absent (zero).
#[derive(Clone, Debug, Default)]
pub struct MemoryState {
    pub(super) accounts: AddressMap<(AccountInfo, StorageKeyMap<U256>)>,
    pub(super) codes: B256Map<Bytecode>,
    hashes: FxHashMap<u64, B256>,
}

/// What a [`MemoryState`] was asked for and cannot know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// No such code.
    #[error("the source carries no code with hash {0} (add it to `codes`)")]
    Code(B256),
    /// No such block hash.
    #[error("the source carries no hash of block {0} (add it to `hashes`)")]
    BlockHash(u64),
}

impl DBErrorMarker for StateError {}

impl MemoryState {
    /// Adds or replaces an account. Code that `info` carries becomes known by its hash.
    pub fn insert_account(&mut self, address: Address, info: AccountInfo, storage: StorageKeyMap<U256>) {
        if let Some(code) = &info.code {
            self.codes.insert(info.code_hash, code.clone());
        }
        self.accounts.insert(address, (info, storage));
    }

    /// Adds or replaces an account with its bytecode.
    pub fn insert_contract(
        &mut self,
        address: Address,
        balance: U256,
        nonce: u64,
        code: &Bytes,
        storage: StorageKeyMap<U256>,
    ) {
        let (code_hash, code) = (keccak256(code), Some(analyse(code.clone())));
        self.insert_account(address, AccountInfo { balance, nonce, code_hash, code, ..Default::default() }, storage);
    }

    /// Forgets the hash of a block.
    pub fn remove_block_hash(&mut self, number: u64) {
        self.hashes.remove(&number);
    }

    /// Adds the hash of a block.
    pub fn insert_block_hash(&mut self, number: u64, hash: B256) {
        self.hashes.insert(number, hash);
    }

    /// Accounts with their storage, in no particular order.
    pub fn accounts(&self) -> impl Iterator<Item = (&Address, &AccountInfo, &StorageKeyMap<U256>)> {
        self.accounts.iter().map(|(address, (info, storage))| (address, info, storage))
    }

    /// Accounts with storage, but neither nonce nor code (EIP-7610).
    pub fn occupied(&self) -> Vec<Address> {
        let stored = |storage: &StorageKeyMap<U256>| storage.values().any(|value| !value.is_zero());
        let occupied = self.accounts().filter(|(_, info, storage)| info.has_no_code_and_nonce() && stored(storage));
        occupied.map(|(address, ..)| *address).collect()
    }

    /// Reads a map of code hash → bytecode.
    pub(super) fn read_codes(&mut self, codes: &Node<'_>) -> Result<(), SourceError> {
        for (_, node) in codes.entries()? {
            let hash = node.name_b256()?;
            let code = node.bytes()?;
            let actual = keccak256(&code);
            if actual != hash {
                return Err(node.error(SourceErrorKind::CodeHash { actual }));
            }
            self.codes.insert(hash, analyse(code));
        }
        Ok(())
    }

    /// Reads a map of block number → hash.
    pub(super) fn read_hashes(&mut self, hashes: &Node<'_>) -> Result<(), SourceError> {
        for (_, node) in hashes.entries()? {
            self.hashes.insert(node.name_u64()?, node.b256()?);
        }
        Ok(())
    }

    /// Reads a map of address → balance, nonce, storage and either `code_hash` or `code`.
    pub(super) fn read_accounts(&mut self, accounts: &Node<'_>) -> Result<(), SourceError> {
        let entries = accounts.entries()?;
        self.accounts.reserve(entries.len());
        for (_, node) in entries {
            let address = node.name_address()?;
            let mut info = AccountInfo::default();
            if let Some(balance) = node.optional("balance")? {
                info.balance = balance.u256()?;
            }
            if let Some(nonce) = node.optional("nonce")? {
                info.nonce = nonce.u64()?;
            }
            if let Some(code) = node.optional("code")? {
                let code = code.bytes()?;
                info.code_hash = keccak256(&code);
                let entry = self.codes.entry(info.code_hash);
                info.code = Some(entry.or_insert_with(|| analyse(code)).clone());
            } else if let Some(field) = node.any_of(&["code_hash", "codeHash"])? {
                let hash = field.b256()?;
                if hash != KECCAK256_EMPTY && !hash.is_zero() {
                    let hash_map::Entry::Occupied(code) = self.codes.entry(hash) else {
                        return Err(field.error(SourceErrorKind::MissingCode { address, hash }));
                    };
                    info.code_hash = hash;
                    info.code = Some(code.get().clone());
                }
            }
            let mut slots = StorageKeyMap::default();
            if let Some(storage) = node.optional("storage")? {
                let entries = storage.entries()?;
                slots.reserve(entries.len());
                for (_, slot) in entries {
                    slots.insert(slot.name_u256()?, slot.u256()?);
                }
            }
            self.accounts.insert(address, (info, slots));
        }
        Ok(())
    }

    /// Adds the hash of the parent, unless a source gave another one.
    pub(super) fn parent_hash(&mut self, number: u64, hash: B256) {
        if let Some(parent) = number.checked_sub(1) {
            self.hashes.entry(parent).or_insert(hash);
        }
    }
}

/// Jump table and all, once. Old code may look like a malformed EIP-7702 designator and is just code.
fn analyse(code: Bytes) -> Bytecode {
    Bytecode::new_raw_checked(code.clone()).unwrap_or_else(|_| Bytecode::new_legacy(code))
}

impl DatabaseRef for MemoryState {
    type Error = StateError;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        Ok(self.accounts.get(&address).map(|(info, _)| info.clone()))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, StateError> {
        match self.codes.get(&hash) {
            Some(code) => Ok(code.clone()),
            None if hash == KECCAK256_EMPTY || hash.is_zero() => Ok(Bytecode::default()),
            None => Err(StateError::Code(hash)),
        }
    }

    fn storage_ref(&self, address: Address, key: U256) -> Result<U256, StateError> {
        Ok(self.accounts.get(&address).and_then(|(_, storage)| storage.get(&key)).copied().unwrap_or_default())
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, StateError> {
        self.hashes.get(&number).copied().ok_or(StateError::BlockHash(number))
    }
}
