//! A database that notes what a transaction reads and writes.

use crate::case::State;
use alloy_primitives::{Address, B256, U256};
use revm::state::{Account, AccountInfo, Bytecode};
use revm::{Database, DatabaseCommit};
use std::collections::BTreeSet;
use std::convert::Infallible;

/// An account's balance and nonce, or one of its slots.
pub type Place = (Address, Option<U256>);

pub struct Recorder {
    inner: State,
    pub reads: BTreeSet<Place>,
    pub writes: BTreeSet<Place>,
}

impl Recorder {
    pub fn new(inner: State) -> Self {
        Self { inner, reads: BTreeSet::new(), writes: BTreeSet::new() }
    }
}

impl Database for Recorder {
    type Error = Infallible;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        self.reads.insert((address, None));
        self.inner.basic(address)
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Infallible> {
        self.inner.code_by_hash(hash)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Infallible> {
        self.reads.insert((address, Some(slot)));
        self.inner.storage(address, slot)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Infallible> {
        self.inner.block_hash(number)
    }
}

impl DatabaseCommit for Recorder {
    fn commit(&mut self, changes: revm::primitives::AddressMap<Account>) {
        for (address, account) in &changes {
            let old = self.inner.basic(*address).unwrap_or_default().unwrap_or_default();
            if (old.balance, old.nonce) != (account.info.balance, account.info.nonce) {
                self.writes.insert((*address, None));
            }
            for (slot, value) in &account.storage {
                if value.is_changed() {
                    self.writes.insert((*address, Some(*slot)));
                }
            }
        }
        self.inner.commit(changes);
    }
}
