//! A whole state in memory: state differences applied to it, and its root.

use super::MemoryState;
use alloy_primitives::{Address, B256, U256};
use alloy_trie::TrieAccount;
use alloy_trie::root::{state_root_unhashed, storage_root_unhashed};
use revm::database::BundleState;

impl MemoryState {
    /// Applies a block's state difference.
    pub fn apply(&mut self, change: &BundleState) {
        self.codes.extend(change.contracts.iter().map(|(hash, code)| (*hash, code.clone())));
        for (address, account) in &change.state {
            let Some(info) = &account.info else {
                self.accounts.remove(address);
                continue;
            };
            let entry = self.accounts.entry(*address).or_default();
            entry.0 = info.clone();
            if account.was_destroyed() {
                entry.1.clear();
            }
            for (slot, value) in &account.storage {
                match value.present_value {
                    U256::ZERO => entry.1.remove(slot),
                    value => entry.1.insert(*slot, value),
                };
            }
        }
    }

    /// Adds to an account's balance; the account exists afterwards.
    pub fn credit(&mut self, address: Address, wei: U256) {
        let balance = &mut self.accounts.entry(address).or_default().0.balance;
        *balance = balance.saturating_add(wei);
    }

    /// Root of the state trie, if this is the whole state.
    pub fn root(&self) -> B256 {
        state_root_unhashed(self.accounts.iter().map(|(address, (info, storage))| {
            let storage = storage.iter().filter(|(_, value)| !value.is_zero());
            let storage_root = storage_root_unhashed(storage.map(|(slot, value)| (B256::from(*slot), *value)));
            let account =
                TrieAccount { nonce: info.nonce, balance: info.balance, storage_root, code_hash: info.code_hash };
            (*address, account)
        }))
    }
}
