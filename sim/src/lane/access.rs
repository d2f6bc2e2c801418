//! Access table and undo log of one attempt.
//!
//! The table holds every account and slot that the attempt touched: warmth, what was read, what
//! was written. Entries stay when a frame reverts; the undo log restores their contents.

use super::{AccountEntry, CodeRef, StorageEntry};
use alloy_primitives::{Address, U256};
use rustc_hash::FxHashMap;

/// The RIPEMD-160 precompile, whose touch no revert undoes.
const STICKY_TOUCH: Address = Address::with_last_byte(3);

/// Entry in order of first touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Account.
    Account(u32),
    /// Storage slot.
    Storage(u32),
    /// Transient slot.
    Transient,
}

/// A structure is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// Undo record: what to restore.
#[derive(Clone, Debug)]
enum Undo {
    AccountWarm(u32),
    StorageWarm(u32),
    Touched(u32),
    Balance(u32, U256),
    /// A credit is undone by subtraction, whether the balance has been read meanwhile or not.
    Credit(u32, U256),
    Nonce(u32, u64),
    Code(u32, CodeRef),
    Created(u32),
    Destroyed(u32),
    Storage(u32, U256),
    Transient(Address, U256, U256),
}

/// Hash index with generations, so that clearing costs nothing.
#[derive(Debug)]
struct Index {
    /// (generation, entry number); open addressing, at most half full.
    slots: Vec<(u32, u32)>,
    generation: u32,
}

impl Index {
    fn new(entries: usize) -> Self {
        Self { slots: vec![(0, 0); (entries * 2).next_power_of_two()], generation: 1 }
    }

    fn clear(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.slots.fill((0, 0));
            self.generation = 1;
        }
    }

    /// The entry that matches, or the free place where it belongs.
    #[inline]
    fn find(&self, hash: u64, matches: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut place = (hash >> 20) as usize & mask;
        loop {
            let (generation, entry) = self.slots[place];
            if generation != self.generation {
                return Err(place);
            }
            if matches(entry) {
                return Ok(entry);
            }
            place = (place + 1) & mask;
        }
    }
}

const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
fn hash_address(address: &Address) -> u64 {
    let bytes = address.as_slice();
    let low =
        u64::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15], bytes[16], bytes[17], bytes[18], bytes[19]]);
    let high = u64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]]);
    (low ^ high.rotate_left(23)).wrapping_mul(MIX)
}

#[inline]
fn hash_slot(address: &Address, slot: &U256) -> u64 {
    let limbs = slot.as_limbs();
    let mixed = limbs[0] ^ limbs[1].rotate_left(17) ^ limbs[2].rotate_left(31) ^ limbs[3].rotate_left(47);
    (hash_address(address) ^ mixed).wrapping_mul(MIX).rotate_left(29).wrapping_mul(MIX)
}

/// Access table, transient storage and undo log.
#[derive(Debug)]
pub struct AccessTable {
    /// Accounts in order of first touch.
    pub accounts: Vec<AccountEntry>,
    /// Slots in order of first touch.
    pub storage: Vec<StorageEntry>,
    account_index: Index,
    storage_index: Index,
    transient: FxHashMap<(Address, U256), U256>,
    /// All entries in order of first touch: what handles number.
    order: Vec<Place>,
    account_places: Vec<u32>,
    storage_places: Vec<u32>,
    undo: Vec<Undo>,
    /// Accounts that are marked as created.
    created: usize,
    capacity: usize,
    undo_capacity: usize,
}

impl AccessTable {
    /// With room for that many entries and undo records.
    pub fn new(capacity: usize, undo_capacity: usize) -> Self {
        Self {
            accounts: Vec::new(),
            storage: Vec::new(),
            account_index: Index::new(capacity),
            storage_index: Index::new(capacity),
            transient: FxHashMap::default(),
            order: Vec::new(),
            account_places: Vec::new(),
            storage_places: Vec::new(),
            undo: Vec::new(),
            created: 0,
            capacity,
            undo_capacity,
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.accounts.clear();
        self.storage.clear();
        self.account_index.clear();
        self.storage_index.clear();
        if !self.transient.is_empty() {
            self.transient.clear();
        }
        self.order.clear();
        self.account_places.clear();
        self.storage_places.clear();
        self.undo.clear();
        self.created = 0;
    }

    /// Entry of an account, made on first touch (`warm` then).
    pub fn open_account(&mut self, address: Address, warm: bool) -> Result<u32, Full> {
        let accounts = &self.accounts;
        match self.account_index.find(hash_address(&address), |i| accounts[i as usize].address == address) {
            Ok(entry) => Ok(entry),
            Err(place) => {
                let entry = self.accounts.len() as u32;
                if self.order.len() >= self.capacity {
                    return Err(Full);
                }
                self.account_places.push(self.order.len() as u32);
                self.order.push(Place::Account(entry));
                self.account_index.slots[place] = (self.account_index.generation, entry);
                self.accounts.push(AccountEntry {
                    address,
                    warm,
                    touched: false,
                    balance: None,
                    balance_dirty: false,
                    delta: U256::ZERO,
                    nonce: None,
                    nonce_dirty: false,
                    code: None,
                    code_dirty: false,
                    created: false,
                    destroyed: false,
                });
                Ok(entry)
            }
        }
    }

    /// Entry of a storage slot, made on first touch.
    pub fn open_storage(&mut self, address: Address, slot: U256) -> Result<u32, Full> {
        let storage = &self.storage;
        let same = |i: u32| storage[i as usize].slot == slot && storage[i as usize].address == address;
        match self.storage_index.find(hash_slot(&address, &slot), same) {
            Ok(entry) => Ok(entry),
            Err(place) => {
                let entry = self.storage.len() as u32;
                if self.order.len() >= self.capacity {
                    return Err(Full);
                }
                self.storage_places.push(self.order.len() as u32);
                self.order.push(Place::Storage(entry));
                self.storage_index.slots[place] = (self.storage_index.generation, entry);
                self.storage.push(StorageEntry {
                    address,
                    slot,
                    warm: false,
                    original: None,
                    value: U256::ZERO,
                    dirty: false,
                });
                Ok(entry)
            }
        }
    }

    /// Mark for [`Self::undo_to`].
    pub fn mark(&self) -> usize {
        self.undo.len()
    }

    fn log(&mut self, record: Undo) -> Result<(), Full> {
        if self.undo.len() >= self.undo_capacity {
            return Err(Full);
        }
        self.undo.push(record);
        Ok(())
    }

    /// Makes an account warm; `Ok(true)` if it was cold.
    pub fn warm_account(&mut self, entry: u32) -> Result<bool, Full> {
        if self.accounts[entry as usize].warm {
            return Ok(false);
        }
        self.log(Undo::AccountWarm(entry))?;
        self.accounts[entry as usize].warm = true;
        Ok(true)
    }

    /// Makes a slot warm; `Ok(true)` if it was cold.
    pub fn warm_storage(&mut self, entry: u32) -> Result<bool, Full> {
        if self.storage[entry as usize].warm {
            return Ok(false);
        }
        self.log(Undo::StorageWarm(entry))?;
        self.storage[entry as usize].warm = true;
        Ok(true)
    }

    /// Writes a balance that has been read.
    pub fn set_balance(&mut self, entry: u32, value: U256) -> Result<(), Full> {
        let old = self.accounts[entry as usize].balance.unwrap_or_default();
        self.log(Undo::Balance(entry, old))?;
        let account = &mut self.accounts[entry as usize];
        (account.balance, account.balance_dirty) = (Some(value), true);
        Ok(())
    }

    /// Adds to a balance, read or not, and touches the account. `Ok(false)` on overflow.
    ///
    /// A revert does not undo the touch of 0x03: mainnet once deleted that account in a transaction that had reverted
    /// it (block 2,675,119), and clients have kept that.
    pub fn credit(&mut self, entry: u32, amount: U256) -> Result<bool, Full> {
        let account = &self.accounts[entry as usize];
        if !account.touched {
            if account.address != STICKY_TOUCH {
                self.log(Undo::Touched(entry))?;
            }
            self.accounts[entry as usize].touched = true;
        }
        if amount.is_zero() {
            return Ok(true);
        }
        self.log(Undo::Credit(entry, amount))?;
        let account = &mut self.accounts[entry as usize];
        let old = account.balance.unwrap_or(account.delta);
        let Some(new) = old.checked_add(amount) else { return Ok(false) };
        match &mut account.balance {
            Some(balance) => (*balance, account.balance_dirty) = (new, true),
            None => account.delta = new,
        }
        Ok(true)
    }

    /// Writes a nonce that has been read.
    pub fn set_nonce(&mut self, entry: u32, value: u64) -> Result<(), Full> {
        let old = self.accounts[entry as usize].nonce.unwrap_or_default();
        self.log(Undo::Nonce(entry, old))?;
        let account = &mut self.accounts[entry as usize];
        (account.nonce, account.nonce_dirty) = (Some(value), true);
        Ok(())
    }

    /// Writes a code that has been read.
    pub fn set_code(&mut self, entry: u32, code: CodeRef) -> Result<(), Full> {
        let old = self.accounts[entry as usize].code.unwrap_or_default();
        self.log(Undo::Code(entry, old))?;
        let account = &mut self.accounts[entry as usize];
        (account.code, account.code_dirty) = (Some(code), true);
        Ok(())
    }

    /// Marks an account as created by this transaction.
    pub fn set_created(&mut self, entry: u32) -> Result<(), Full> {
        self.log(Undo::Created(entry))?;
        self.accounts[entry as usize].created = true;
        self.created += 1;
        Ok(())
    }

    /// Whether this transaction created the account.
    pub fn is_created(&self, address: &Address) -> bool {
        let accounts = &self.accounts;
        self.created > 0
            && self
                .account_index
                .find(hash_address(address), |i| accounts[i as usize].address == *address)
                .is_ok_and(|entry| accounts[entry as usize].created)
    }

    /// Marks an account as gone at the end of this transaction.
    pub fn set_destroyed(&mut self, entry: u32) -> Result<(), Full> {
        self.log(Undo::Destroyed(entry))?;
        self.accounts[entry as usize].destroyed = true;
        Ok(())
    }

    /// Writes a slot that has been read.
    pub fn set_storage(&mut self, entry: u32, value: U256) -> Result<(), Full> {
        self.log(Undo::Storage(entry, self.storage[entry as usize].value))?;
        let slot = &mut self.storage[entry as usize];
        (slot.value, slot.dirty) = (value, true);
        Ok(())
    }

    /// Transient slot (EIP-1153).
    pub fn transient(&self, address: Address, slot: U256) -> U256 {
        self.transient.get(&(address, slot)).copied().unwrap_or_default()
    }

    /// Makes a transient slot's entry if it is new.
    pub fn open_transient(&mut self, address: Address, slot: U256) -> Result<(), Full> {
        if !self.transient.contains_key(&(address, slot)) {
            if self.order.len() >= self.capacity {
                return Err(Full);
            }
            self.order.push(Place::Transient);
            self.transient.insert((address, slot), U256::ZERO);
        }
        Ok(())
    }

    /// Writes a transient slot that is open.
    pub fn set_transient(&mut self, address: Address, slot: U256, value: U256) -> Result<(), Full> {
        let old = self.transient(address, slot);
        self.log(Undo::Transient(address, slot, old))?;
        self.transient.insert((address, slot), value);
        Ok(())
    }

    /// Entry of that number in order of first touch.
    pub fn place(&self, number: u64) -> Option<Place> {
        self.order.get(usize::try_from(number).ok()?).copied()
    }

    /// Number of an account's entry in order of first touch.
    pub fn account_number(&self, entry: u32) -> u32 {
        self.account_places[entry as usize]
    }

    /// Number of a slot's entry in order of first touch.
    pub fn storage_number(&self, entry: u32) -> u32 {
        self.storage_places[entry as usize]
    }

    /// Undoes everything since a mark; returns the number of records.
    pub fn undo_to(&mut self, mark: usize) -> u64 {
        let mut count = 0;
        while self.undo.len() > mark {
            count += 1;
            match self.undo.pop() {
                Some(Undo::AccountWarm(entry)) => self.accounts[entry as usize].warm = false,
                Some(Undo::StorageWarm(entry)) => self.storage[entry as usize].warm = false,
                Some(Undo::Touched(entry)) => self.accounts[entry as usize].touched = false,
                Some(Undo::Balance(entry, old)) => self.accounts[entry as usize].balance = Some(old),
                Some(Undo::Credit(entry, amount)) => {
                    let account = &mut self.accounts[entry as usize];
                    let balance = account.balance.as_mut().unwrap_or(&mut account.delta);
                    *balance = balance.wrapping_sub(amount);
                }
                Some(Undo::Nonce(entry, old)) => self.accounts[entry as usize].nonce = Some(old),
                Some(Undo::Code(entry, old)) => self.accounts[entry as usize].code = Some(old),
                Some(Undo::Created(entry)) => {
                    self.accounts[entry as usize].created = false;
                    self.created -= 1;
                }
                Some(Undo::Destroyed(entry)) => self.accounts[entry as usize].destroyed = false,
                Some(Undo::Storage(entry, old)) => self.storage[entry as usize].value = old,
                Some(Undo::Transient(address, slot, old)) => {
                    self.transient.insert((address, slot), old);
                }
                None => break,
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_commute_with_reads_and_undo() {
        let mut table = AccessTable::new(8, 64);
        let entry = table.open_account(Address::with_last_byte(1), false).unwrap();
        table.credit(entry, U256::from(5)).unwrap();
        let mark = table.mark();
        table.credit(entry, U256::from(7)).unwrap();
        assert_eq!(table.accounts[0].delta, U256::from(12));
        // the balance is read: the delta moves into it
        table.accounts[0].balance = Some(U256::from(100) + table.accounts[0].delta);
        table.accounts[0].delta = U256::ZERO;
        table.set_balance(entry, U256::from(1)).unwrap();
        table.undo_to(mark);
        assert_eq!(table.accounts[0].balance, Some(U256::from(105)));
        assert!(table.accounts[0].touched);
        table.undo_to(0);
        assert!(!table.accounts[0].touched);
    }

    #[test]
    fn the_touch_of_ripemd_outlives_a_revert() {
        let mut table = AccessTable::new(8, 64);
        for (address, touched) in [(2, false), (3, true), (4, false)] {
            let entry = table.open_account(Address::with_last_byte(address), true).unwrap();
            table.credit(entry, U256::from(7)).unwrap();
            table.undo_to(0);
            assert_eq!(table.accounts[entry as usize].touched, touched, "{address}");
            assert_eq!(table.accounts[entry as usize].delta, U256::ZERO);
        }
    }

    #[test]
    fn undo_restores_every_field() {
        let mut table = AccessTable::new(8, 64);
        let address = Address::with_last_byte(7);
        let (account, slot) =
            (table.open_account(address, false).unwrap(), table.open_storage(address, U256::ZERO).unwrap());
        let entry = &mut table.accounts[account as usize];
        (entry.balance, entry.nonce, entry.code) = (Some(U256::from(5)), Some(3), Some(CodeRef::default()));
        let mark = table.mark();
        let before = (format!("{:?}{:?}", table.accounts, table.storage), table.created);
        table.warm_account(account).unwrap();
        table.warm_storage(slot).unwrap();
        table.credit(account, U256::from(1)).unwrap();
        table.set_balance(account, U256::from(9)).unwrap();
        table.set_nonce(account, 4).unwrap();
        table.set_code(account, CodeRef { bytes: 1, ..CodeRef::default() }).unwrap();
        table.set_created(account).unwrap();
        table.set_destroyed(account).unwrap();
        table.set_storage(slot, U256::from(2)).unwrap();
        table.set_transient(address, U256::ZERO, U256::from(8)).unwrap();
        assert!(table.is_created(&address));
        assert_eq!(table.undo_to(mark), 11);
        // What was written stays marked as such: a value equal to the committed one is no change.
        let entry = &mut table.accounts[account as usize];
        (entry.balance_dirty, entry.nonce_dirty, entry.code_dirty) = (false, false, false);
        table.storage[slot as usize].dirty = false;
        assert_eq!((format!("{:?}{:?}", table.accounts, table.storage), table.created), before);
        assert!(!table.is_created(&address) && table.transient(address, U256::ZERO).is_zero());
    }

    #[test]
    fn capacity_and_clear() {
        let mut table = AccessTable::new(2, 1);
        let address = Address::with_last_byte(9);
        assert_eq!(table.open_storage(address, U256::from(1)), Ok(0));
        assert_eq!(table.open_storage(address, U256::from(2)), Ok(1));
        assert_eq!(table.open_storage(address, U256::from(1)), Ok(0));
        assert_eq!(table.open_account(address, false), Err(Full));
        assert_eq!(table.warm_storage(0), Ok(true));
        assert_eq!(table.warm_storage(0), Ok(false));
        assert_eq!(table.warm_storage(1), Err(Full));
        table.clear();
        assert_eq!(table.open_account(address, true), Ok(0));
        assert_eq!(table.warm_account(0), Ok(false));
    }
}
