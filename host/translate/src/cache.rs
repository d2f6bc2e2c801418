//! Translations by code hash and fork, shared between threads.

use crate::{Growing, Options};
use alloy_primitives::B256;
use gaslane_abi::fork::Fork;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// What a cache holds by default, in bytes of bytecode.
pub const DEFAULT_CAPACITY_BYTES: usize = 256 << 20;

type Key = (B256, Fork);
/// A translation that may grow.
pub type Shared = Arc<Mutex<Growing>>;

#[derive(Debug, Default)]
struct Entries {
    by_key: FxHashMap<Key, (Shared, usize)>,
    /// Keys, the oldest first.
    order: VecDeque<Key>,
    bytes: usize,
}

/// Cache of translations. When full, the oldest leave.
#[derive(Debug)]
pub struct Cache {
    options: Options,
    capacity_bytes: usize,
    entries: Mutex<Entries>,
}

impl Default for Cache {
    fn default() -> Self {
        Self::new(Options::default(), DEFAULT_CAPACITY_BYTES)
    }
}

impl Cache {
    /// An empty cache that translates with these options and holds translations of about that many bytes of bytecode.
    pub fn new(options: Options, capacity_bytes: usize) -> Self {
        Self { options, capacity_bytes, entries: Mutex::default() }
    }

    /// The translation of a contract, begun now if it is not there. `code` must be the code that the hash names.
    pub fn get_or_translate(&self, code_hash: B256, fork: Fork, code: &[u8]) -> Shared {
        self.get_or_begin(code_hash, fork, code.len(), |options| Growing::new(code, code_hash, fork, options))
    }

    /// A translation with the cache's options that the cache does not keep.
    pub fn begin(&self, begin: impl FnOnce(&Options) -> Growing) -> Shared {
        Arc::new(Mutex::new(begin(&self.options)))
    }

    /// The translation of a contract of a length, begun by `begin` with the cache's options if it is not there.
    pub fn get_or_begin(
        &self,
        code_hash: B256,
        fork: Fork,
        code_bytes: usize,
        begin: impl FnOnce(&Options) -> Growing,
    ) -> Shared {
        let key = (code_hash, fork);
        if let Some(found) = self.get(code_hash, fork) {
            return found;
        }
        // Without the lock: two threads may translate the same code, and the first to finish wins.
        let translation = Arc::new(Mutex::new(begin(&self.options)));
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((found, _)) = entries.by_key.get(&key) {
            return found.clone();
        }
        entries.bytes += code_bytes;
        entries.by_key.insert(key, (translation.clone(), code_bytes));
        entries.order.push_back(key);
        while entries.bytes > self.capacity_bytes
            && let Some(oldest) = entries.order.pop_front()
        {
            if let Some((_, bytes)) = entries.by_key.remove(&oldest) {
                entries.bytes -= bytes;
            }
        }
        translation
    }

    /// The translation of a contract, if it is there.
    pub fn get(&self, code_hash: B256, fork: Fork) -> Option<Shared> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.by_key.get(&(code_hash, fork)).map(|(found, _)| found.clone())
    }

    /// Number of translations held.
    pub fn len(&self) -> usize {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).by_key.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_evicts() {
        let cache = Cache::new(Options::default(), 1_000);
        let first = cache.get_or_translate(B256::repeat_byte(1), Fork::Osaka, &[0x60, 1, 0x5f, 0x52, 0]);
        let again = cache.get_or_translate(B256::repeat_byte(1), Fork::Osaka, &[]);
        assert!(Arc::ptr_eq(&first, &again));
        assert!(cache.get(B256::repeat_byte(1), Fork::Cancun).is_none());
        for byte in 2..20 {
            cache.get_or_translate(B256::repeat_byte(byte), Fork::Osaka, &[0; 100]);
        }
        assert!(cache.len() <= 10 && !cache.is_empty());
        assert!(cache.get(B256::repeat_byte(1), Fork::Osaka).is_none());
    }
}
