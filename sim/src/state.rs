//! State table: the state as committed so far, cached, with reader masks for exact conflict detection.
//!
//! One entry per [`Key`]. Each field of an account (balance, nonce, code) has its own reader mask; a storage slot or
//! block hash has one. Bit *s* of a mask says that the attempt in transaction slot *s* has read the field.
//! Account code without bytes has one form ([`crate::records::NO_CODE`]), whatever hash the host gave.
//!
//! # Rules that make stale values impossible
//! 1. An entry with an outstanding request to the host is *pending*. It is never evicted. Commits may write it
//!    meanwhile; its fields become known one by one. The answer supplies only the fields that are still
//!    unknown: a written field is newer than anything the host read before it applied that commit.
//! 2. A prefetch (a fill of a key that is not pending) is taken only if the key is absent and the fill's `seq`
//!    (commits that the host had applied when it read the values) is at least the *eviction floor*: the highest
//!    commit sequence number whose write has left the table, or never entered it. A resident entry is never older
//!    than a fill, because commits write it.
//! 3. A fill of a pending key is its answer only if its `seq` is at least what the floor was when the request was
//!    posted; else it is a prefetch that crossed the request, and is ignored. The host sees every earlier commit
//!    in the completion ring before the request, so the answer of a host that goes in order is always new enough.
//! 4. An entry with a reader bit, or with a request outstanding, is never evicted. So bits are never lost.
//!
//! Victims are chosen by a clock hand with one reference bit: amortised constant time, deterministic.

use crate::lane::{CodeRef, Key, ReadField, StateValue};
use crate::records::{FillValue, HAS_ALL, NO_CODE, Write};
use alloy_primitives::{Address, U256};
use gaslane_abi::codes::KeyKind;
use gaslane_abi::record::{HAS_BALANCE, HAS_CODE, HAS_NONCE};
use rustc_hash::FxHashMap;

/// Index of an entry. Stable while the entry cannot be evicted.
pub type EntryId = u32;

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its key.
    pub key: Key,
    /// Reader masks: balance (or value), nonce, code.
    pub readers: [u64; 3],
    /// Slots whose lanes wait for a field.
    pub waiting: u64,
    /// The account exists, as far as it is known.
    pub exists: bool,
    /// Balance, or storage value, or block hash.
    pub word: U256,
    /// Nonce.
    pub nonce: u64,
    /// Code.
    pub code: CodeRef,
    /// Commit sequence number of the last write; 0 for none.
    pub last_write: u64,
    /// The host could not read the fields that are not known.
    pub unavailable: bool,
    /// `HAS_*` of known fields; a word counts as balance.
    known: u8,
    /// The eviction floor at the time of the request that is outstanding.
    requested: Option<u64>,
    referenced: bool,
}

impl Entry {
    fn new(key: Key) -> Self {
        Self {
            key,
            readers: [0; 3],
            waiting: 0,
            exists: false,
            word: U256::ZERO,
            nonce: 0,
            code: NO_CODE,
            last_write: 0,
            unavailable: false,
            known: 0,
            requested: None,
            referenced: true,
        }
    }

    fn all(&self) -> u8 {
        if self.key.kind == KeyKind::Account { HAS_ALL } else { HAS_BALANCE }
    }

    /// Every field is known.
    pub fn complete(&self) -> bool {
        self.known == self.all()
    }

    /// Empty in the sense of EIP-161.
    pub fn is_empty(&self) -> bool {
        self.word.is_zero() && self.nonce == 0 && self.code.bytes == 0
    }

    fn evictable(&self) -> bool {
        self.requested.is_none() && self.readers == [0; 3]
    }

    fn take(&mut self, value: FillValue) {
        match value {
            FillValue::Unavailable => {
                self.unavailable = true;
                return;
            }
            FillValue::Word(word) if self.known & HAS_BALANCE == 0 => self.word = word,
            FillValue::Word(_) => {}
            FillValue::Account { balance, nonce, code, exists } => {
                if self.complete() {
                    return;
                }
                if self.known & HAS_BALANCE == 0 {
                    self.word = balance;
                }
                if self.known & HAS_NONCE == 0 {
                    self.nonce = nonce;
                }
                if self.known & HAS_CODE == 0 {
                    self.code = code;
                }
                self.exists |= exists;
            }
        }
        self.known = self.all();
    }
}

/// Index of a field's reader mask, and its bit among the known fields.
fn place(field: ReadField) -> (usize, u8) {
    match field {
        ReadField::Balance | ReadField::Value => (0, HAS_BALANCE),
        ReadField::Nonce => (1, HAS_NONCE),
        ReadField::Code => (2, HAS_CODE),
    }
}

/// Effect of a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Slots that have read a field whose value changed.
    pub readers: u64,
    /// Something changed.
    pub changed: bool,
}

/// The table.
#[derive(Debug)]
pub struct StateTable {
    map: FxHashMap<Key, EntryId>,
    entries: Vec<Entry>,
    capacity: usize,
    hand: usize,
    evict_floor: u64,
    pending: usize,
    marks: usize,
    /// Entries evicted so far.
    pub evictions: u64,
}

impl StateTable {
    /// An empty table.
    pub fn new(capacity: usize) -> Self {
        Self {
            map: FxHashMap::default(),
            entries: Vec::new(),
            capacity,
            hand: 0,
            evict_floor: 0,
            pending: 0,
            marks: 0,
            evictions: 0,
        }
    }

    /// Empties the table. `seq` is the number of commits so far: fills must not be older than that.
    /// Nothing may be pending or marked.
    pub fn clear(&mut self, seq: u64) {
        debug_assert_eq!((self.pending, self.marks), (0, 0));
        self.map.clear();
        self.entries.clear();
        self.hand = 0;
        self.evict_floor = seq;
    }

    /// The entry of a key.
    pub fn find(&self, key: &Key) -> Option<EntryId> {
        self.map.get(key).copied()
    }

    /// An entry.
    pub fn entry(&self, id: EntryId) -> &Entry {
        &self.entries[id as usize]
    }

    /// All entries, in no meaningful order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Number of requests outstanding.
    pub fn pending(&self) -> usize {
        self.pending
    }

    /// Number of reader bits set.
    pub fn marks(&self) -> usize {
        self.marks
    }

    /// Highest commit whose write the table does not hold.
    pub fn evict_floor(&self) -> u64 {
        self.evict_floor
    }

    /// Raises the floor: the write of commit `seq` does not enter the table.
    pub fn raise_floor(&mut self, seq: u64) {
        self.evict_floor = self.evict_floor.max(seq);
    }

    /// Whether a request for the key is outstanding.
    pub fn is_pending(&self, key: &Key) -> bool {
        self.find(key).is_some_and(|id| self.entry(id).requested.is_some())
    }

    fn allocate(&mut self, key: Key) -> Option<EntryId> {
        let id = if self.entries.len() < self.capacity {
            self.entries.push(Entry::new(key));
            self.entries.len() - 1
        } else {
            let victim = self.victim()?;
            let old = &self.entries[victim];
            self.evict_floor = self.evict_floor.max(old.last_write);
            self.evictions += 1;
            self.map.remove(&old.key);
            self.entries[victim] = Entry::new(key);
            victim
        };
        self.map.insert(key, id as EntryId);
        Some(id as EntryId)
    }

    fn victim(&mut self) -> Option<usize> {
        for _ in 0..2 * self.entries.len() {
            let at = self.hand;
            self.hand = if at + 1 == self.entries.len() { 0 } else { at + 1 };
            let entry = &mut self.entries[at];
            if entry.evictable() && !std::mem::take(&mut entry.referenced) {
                return Some(at);
            }
        }
        None
    }

    /// Makes a pending entry for an absent key. `None` if no entry can be evicted.
    pub fn request(&mut self, key: Key) -> Option<EntryId> {
        let id = self.allocate(key)?;
        self.entries[id as usize].requested = Some(self.evict_floor);
        self.pending += 1;
        Some(id)
    }

    /// Whether an answer with that `seq` is new enough for a pending entry (rule 3).
    pub fn accepts_answer(&self, id: EntryId, seq: u64) -> bool {
        self.entry(id).requested.is_some_and(|floor| seq >= floor)
    }

    /// The host's answer to a pending entry (rule 1).
    pub fn answer(&mut self, id: EntryId, value: FillValue) {
        let entry = &mut self.entries[id as usize];
        debug_assert!(entry.requested.is_some());
        entry.requested = None;
        entry.take(value);
        self.pending -= 1;
    }

    /// A fill that nobody asked for (rule 2). Returns whether it was taken.
    pub fn prefetch(&mut self, key: Key, value: FillValue, seq: u64) -> bool {
        if seq < self.evict_floor || self.map.contains_key(&key) {
            return false;
        }
        // The victim's own write may raise the floor above `seq`, but never concerns this absent key.
        let Some(id) = self.allocate(key) else { return false };
        self.entries[id as usize].take(value);
        true
    }

    /// Value of a field if it is known.
    pub fn value(&self, id: EntryId, field: ReadField) -> Option<StateValue> {
        let entry = self.entry(id);
        if entry.known & place(field).1 == 0 {
            return None;
        }
        Some(match field {
            ReadField::Balance | ReadField::Value => StateValue::Word(entry.word),
            ReadField::Nonce => StateValue::Nonce(entry.nonce),
            ReadField::Code => StateValue::Code(entry.code),
        })
    }

    /// Sets a slot's reader bit. Returns whether it was clear.
    pub fn mark(&mut self, id: EntryId, field: ReadField, slot: usize) -> bool {
        let entry = &mut self.entries[id as usize];
        entry.referenced = true;
        let mask = &mut entry.readers[place(field).0];
        let new = *mask >> slot & 1 == 0;
        *mask |= 1 << slot;
        self.marks += new as usize;
        new
    }

    /// Clears a slot's reader bit, which is set.
    pub fn unmark(&mut self, id: EntryId, field: ReadField, slot: usize) {
        let mask = &mut self.entries[id as usize].readers[place(field).0];
        debug_assert!(*mask >> slot & 1 == 1);
        *mask &= !(1 << slot);
        self.marks -= 1;
    }

    /// Adds or removes a slot among those that wait for an entry.
    pub fn set_waiting(&mut self, id: EntryId, slot: usize, waits: bool) {
        let waiting = &mut self.entries[id as usize].waiting;
        *waiting = *waiting & !(1 << slot) | (waits as u64) << slot;
    }

    /// Writes an entry as commit `seq`. A value equal to the known one changes nothing and concerns no reader.
    pub fn apply(&mut self, id: EntryId, write: &Write, seq: u64) -> Applied {
        let entry = &mut self.entries[id as usize];
        entry.last_write = seq;
        entry.referenced = true;
        let mut applied = Applied::default();
        let known = entry.known;
        let mut field = |mask: usize, bit: u8, equal: bool| {
            if known & bit == 0 || !equal {
                applied.changed = true;
                applied.readers |= entry.readers[mask];
            }
            entry.known |= bit;
        };
        match write {
            Write::Word(word) => {
                field(0, HAS_BALANCE, entry.word == *word);
                entry.word = *word;
            }
            Write::Account(account) => {
                let (balance, nonce, code) = match account.deleted {
                    true => (Some(U256::ZERO), Some(0), Some(NO_CODE)),
                    false => (account.balance, account.nonce, account.code),
                };
                if let Some(balance) = balance {
                    field(0, HAS_BALANCE, entry.word == balance);
                    entry.word = balance;
                }
                if let Some(nonce) = nonce {
                    field(1, HAS_NONCE, entry.nonce == nonce);
                    entry.nonce = nonce;
                }
                if let Some(code) = code {
                    field(2, HAS_CODE, entry.code == code);
                    entry.code = code;
                }
                let existed = entry.exists;
                entry.exists = !account.deleted && (existed || !entry.is_empty());
                applied.changed |= existed != entry.exists;
            }
        }
        applied
    }

    /// Sets all storage entries of an account to zero, except those that commit `seq` has written already.
    /// Entries that it made known or changed are appended to `written`.
    pub fn clear_storage(&mut self, address: Address, seq: u64, written: &mut Vec<EntryId>) -> Applied {
        let mut all = Applied::default();
        for id in 0..self.entries.len() {
            let entry = &self.entries[id];
            if entry.key.kind == KeyKind::Storage && entry.key.address == address && entry.last_write != seq {
                let applied = self.apply(id as EntryId, &Write::Word(U256::ZERO), seq);
                all.readers |= applied.readers;
                all.changed |= applied.changed;
                written.push(id as EntryId);
            }
        }
        self.raise_floor(seq);
        all
    }

    /// Checks what must hold between operations; panics if it does not.
    pub fn check_invariants(&self) {
        assert!(self.entries.len() <= self.capacity && self.map.len() == self.entries.len());
        for (id, entry) in self.entries.iter().enumerate() {
            assert_eq!(self.map.get(&entry.key), Some(&(id as EntryId)));
            let settled = (entry.complete() || entry.unavailable) && entry.waiting == 0;
            assert!(entry.requested.is_some() || settled, "{entry:?}");
        }
        let bits: u32 = self.entries.iter().flat_map(|entry| entry.readers).map(u64::count_ones).sum();
        assert_eq!(bits as usize, self.marks);
        assert_eq!(self.entries.iter().filter(|entry| entry.requested.is_some()).count(), self.pending);
    }
}
