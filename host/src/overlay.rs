//! The committed state of a block, over the state before it.
//!
//! Everything that is read from below is kept, together with its original value. Changes come from three
//! sides: write records of the card ([`Overlay::apply_record`]), the fallback engine and the system calls
//! (`DatabaseCommit`).
//!
//! The difference that [`Overlay::into_bundle`] returns follows the conventions of revm's `State`
//! (account status, `info: None` for an account that ceased to exist, storage originals as before the block)
//! with one exception: accounts and slots that were touched but end as they began are left out.

use alloy_primitives::map::{AddressMap, B256Map, U256Map};
use alloy_primitives::{Address, B256, U256};
use gaslane_abi::codes::KeyKind;
use gaslane_abi::record::{CLEAR_STORAGE, DELETED, HAS_BALANCE, HAS_CODE, HAS_NONCE, StateRecord};
use revm::bytecode::Bytecode;
use revm::database::states::StorageSlot;
use revm::database::{AccountStatus, BundleAccount, BundleState};
use revm::database_interface::DBErrorMarker;
use revm::primitives::KECCAK_EMPTY;
use revm::state::{Account, AccountInfo};
use revm::{Database, DatabaseCommit, DatabaseRef};
use rustc_hash::FxHashMap;
use std::error::Error;

/// A read from the state before the block that failed, with the key that was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// An account.
    #[error("cannot read account {address} from the state: {source}")]
    Account {
        /// The account.
        address: Address,
        /// What the state source said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A storage slot.
    #[error("cannot read storage slot {slot:#x} of {address} from the state: {source}")]
    Storage {
        /// The account.
        address: Address,
        /// The slot.
        slot: U256,
        /// What the state source said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Code.
    #[error("cannot read code {hash} from the state: {source}")]
    Code {
        /// Hash of the code.
        hash: B256,
        /// What the state source said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Code that an account has and the state source does not.
    #[error("the state has no code {hash}, although an account refers to it")]
    MissingCode {
        /// Hash of the code.
        hash: B256,
    },
    /// A block hash.
    #[error("cannot read the hash of block {number} from the state: {source}")]
    BlockHash {
        /// Number of the block.
        number: u64,
        /// What the state source said.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl DBErrorMarker for StateError {}

/// A storage slot.
#[derive(Clone, Copy, Debug)]
struct Slot {
    original: U256,
    present: U256,
    /// The card was given its value.
    sent: bool,
}

/// An account with what is known of its storage. Infos carry no code: that is kept by hash.
#[derive(Debug)]
struct Entry {
    original: Option<AccountInfo>,
    info: Option<AccountInfo>,
    storage: U256Map<Slot>,
    status: AccountStatus,
    /// The storage below is no longer visible.
    cleared: bool,
    /// The card was given the account.
    sent: bool,
}

impl Entry {
    fn loaded(info: Option<AccountInfo>) -> Self {
        let status = match &info {
            None => AccountStatus::LoadedNotExisting,
            Some(info) if info.is_empty() => AccountStatus::LoadedEmptyEIP161,
            Some(_) => AccountStatus::Loaded,
        };
        Self { original: info.clone(), info, storage: U256Map::default(), status, cleared: false, sent: false }
    }

    /// The account as the card is told.
    fn view(&self) -> AccountView {
        match &self.info {
            Some(info) => {
                AccountView { exists: true, balance: info.balance, nonce: info.nonce, code_hash: info.code_hash }
            }
            None => AccountView { exists: false, balance: U256::ZERO, nonce: 0, code_hash: KECCAK_EMPTY },
        }
    }

    /// Notes that the account changes without being created or deleted.
    fn note_change(&mut self) {
        let bare = self.info.as_ref().is_some_and(AccountInfo::has_no_code_and_nonce);
        self.status = self.status.on_changed(bare);
    }

    /// The account's values, about to change.
    fn change(&mut self) -> &mut AccountInfo {
        self.note_change();
        self.info.get_or_insert_with(|| AccountInfo::default().without_code())
    }

    /// The account ceases to exist because it is empty (EIP-161).
    fn delete_empty(&mut self) {
        self.status = self.status.on_touched_empty_post_eip161();
        self.info = None;
        self.clear_storage();
    }

    fn selfdestruct(&mut self) {
        self.status = self.status.on_selfdestructed();
        self.info = None;
        self.clear_storage();
    }

    fn clear_storage(&mut self) {
        self.storage.clear();
        self.cleared = true;
    }
}

/// A balance, nonce and code, as the card is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// The account exists.
    pub exists: bool,
    /// Balance in wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Hash of the code, `KECCAK_EMPTY` without.
    pub code_hash: B256,
}

/// State as committed so far, over a `DatabaseRef`.
#[derive(Debug)]
pub struct Overlay<'a, DB> {
    db: &'a DB,
    accounts: AddressMap<Entry>,
    code: B256Map<Bytecode>,
    block_hashes: FxHashMap<u64, B256>,
}

impl<'a, DB: DatabaseRef> Overlay<'a, DB> {
    /// An overlay without changes.
    pub fn new(db: &'a DB) -> Self {
        Self { db, accounts: AddressMap::default(), code: B256Map::default(), block_hashes: FxHashMap::default() }
    }

    fn entry(&mut self, address: Address) -> Result<&mut Entry, StateError> {
        use alloy_primitives::map::Entry as MapEntry;
        match self.accounts.entry(address) {
            MapEntry::Occupied(entry) => Ok(entry.into_mut()),
            MapEntry::Vacant(vacant) => {
                let info = self
                    .db
                    .basic_ref(address)
                    .map_err(|source| StateError::Account { address, source: Box::new(source) })?;
                let info = info.map(|mut info| {
                    if info.code_hash.is_zero() {
                        info.code_hash = KECCAK_EMPTY;
                    }
                    if let Some(code) = info.code.take()
                        && info.code_hash != KECCAK_EMPTY
                        && !code.is_empty()
                    {
                        self.code.entry(info.code_hash).or_insert(code);
                    }
                    info
                });
                Ok(vacant.insert(Entry::loaded(info)))
            }
        }
    }

    fn slot<'s>(db: &DB, entry: &'s mut Entry, address: Address, slot: U256) -> Result<&'s mut Slot, StateError> {
        use alloy_primitives::map::Entry as MapEntry;
        match entry.storage.entry(slot) {
            MapEntry::Occupied(entry) => Ok(entry.into_mut()),
            MapEntry::Vacant(vacant) => {
                let original = if entry.cleared || entry.info.is_none() {
                    U256::ZERO
                } else {
                    let read = db.storage_ref(address, slot);
                    read.map_err(|source| StateError::Storage { address, slot, source: Box::new(source) })?
                };
                Ok(vacant.insert(Slot { original, present: original, sent: false }))
            }
        }
    }

    /// The account as it is now.
    pub fn account(&mut self, address: Address) -> Result<AccountView, StateError> {
        Ok(self.entry(address)?.view())
    }

    /// Notes that the card is given an account: what it is now, and whether it had been given before.
    pub fn send_account(&mut self, address: Address) -> Result<(AccountView, bool), StateError> {
        let entry = self.entry(address)?;
        Ok((entry.view(), std::mem::replace(&mut entry.sent, true)))
    }

    /// Value of a slot.
    pub fn value(&mut self, address: Address, slot: U256) -> Result<U256, StateError> {
        let db = self.db;
        Ok(Self::slot(db, self.entry(address)?, address, slot)?.present)
    }

    /// Notes that the card is given a slot: its value, and whether it had been given before.
    pub fn send_slot(&mut self, address: Address, slot: U256) -> Result<(U256, bool), StateError> {
        let db = self.db;
        let slot = Self::slot(db, self.entry(address)?, address, slot)?;
        Ok((slot.present, std::mem::replace(&mut slot.sent, true)))
    }

    /// Code by its hash.
    pub fn code(&mut self, hash: B256) -> Result<&Bytecode, StateError> {
        use alloy_primitives::map::Entry as MapEntry;
        match self.code.entry(hash) {
            MapEntry::Occupied(entry) => Ok(entry.into_mut()),
            MapEntry::Vacant(vacant) => {
                if hash == KECCAK_EMPTY || hash.is_zero() {
                    return Ok(vacant.insert(Bytecode::default()));
                }
                let read = self.db.code_by_hash_ref(hash);
                let code = read.map_err(|source| StateError::Code { hash, source: Box::new(source) })?;
                if code.is_empty() {
                    return Err(StateError::MissingCode { hash });
                }
                Ok(vacant.insert(code))
            }
        }
    }

    /// Whether the account's storage before the block is gone.
    pub fn is_cleared(&self, address: Address) -> bool {
        self.accounts.get(&address).is_some_and(|entry| entry.cleared)
    }

    /// Adds code that accounts may get: EIP-7702 designators, what creations deploy.
    pub fn add_code(&mut self, hash: B256, code: Bytecode) {
        self.code.entry(hash).or_insert(code);
    }

    /// Whether code of that hash has been seen.
    pub fn knows_code(&self, hash: B256) -> bool {
        hash == KECCAK_EMPTY || self.code.contains_key(&hash)
    }

    /// Applies one write record of the card, checked by [`crate::records`].
    pub fn apply_record(&mut self, record: &StateRecord) -> Result<(), StateError> {
        let address = Address::new(record.address.to_be());
        let value = U256::from_limbs(record.value.0);
        let db = self.db;
        let entry = self.entry(address)?;
        if record.kind == KeyKind::Storage as u8 {
            let slot = Self::slot(db, entry, address, U256::from_limbs(record.key.0))?;
            if slot.present != value {
                slot.present = value;
                entry.note_change();
            }
            return Ok(());
        }
        if record.flags & DELETED != 0 {
            match record.flags & CLEAR_STORAGE != 0 {
                true => entry.selfdestruct(),
                false => entry.delete_empty(),
            }
            return Ok(());
        }
        if record.flags & CLEAR_STORAGE != 0 {
            entry.clear_storage();
        }
        if record.flags & (HAS_BALANCE | HAS_NONCE | HAS_CODE) == 0 {
            return Ok(());
        }
        let info = entry.change();
        if record.flags & HAS_BALANCE != 0 {
            info.balance = value;
        }
        if record.flags & HAS_NONCE != 0 {
            info.nonce = record.nonce;
        }
        if record.flags & HAS_CODE != 0 {
            info.code_hash = B256::new(record.key.to_be_bytes());
            info.code = None; // looked up by hash
        }
        if info.is_empty() {
            entry.delete_empty();
        }
        Ok(())
    }

    /// Applies one account as revm's journal leaves it.
    fn commit_account(&mut self, address: Address, account: Account) {
        if !account.is_touched() {
            return;
        }
        let entry = self.accounts.entry(address).or_insert_with(|| {
            let loaded = if account.is_loaded_as_not_existing() { None } else { Some(account.original_info()) };
            Entry::loaded(loaded.map(AccountInfo::without_code))
        });
        if account.is_selfdestructed() {
            return entry.selfdestruct();
        }
        let created = account.is_created();
        if !created && account.is_empty() {
            return entry.delete_empty();
        }
        let mut info = account.info;
        if info.code_hash.is_zero() {
            info.code_hash = KECCAK_EMPTY;
        }
        if let Some(code) = info.code.take()
            && info.code_hash != KECCAK_EMPTY
        {
            self.code.entry(info.code_hash).or_insert(code);
        }
        if created {
            entry.status = entry.status.on_created();
            entry.clear_storage();
            entry.info = Some(info);
        } else {
            *entry.change() = info;
        }
        for (slot, value) in account.storage {
            if value.is_changed() {
                let (original, present) = (value.original_value, value.present_value);
                entry.storage.entry(slot).or_insert(Slot { original, present, sent: false }).present = present;
            }
        }
    }

    /// The difference between the state now and the state before the block.
    pub fn into_bundle(self) -> BundleState {
        let mut bundle = BundleState::default();
        for (address, entry) in self.accounts {
            let wiped = entry.cleared && entry.original.is_some() && entry.status.was_destroyed();
            let keep_originals = !entry.cleared;
            let mut storage = U256Map::default();
            for (key, slot) in entry.storage {
                let original = if keep_originals { slot.original } else { U256::ZERO };
                if slot.present != original {
                    storage.insert(key, StorageSlot::new_changed(original, slot.present));
                }
            }
            if entry.original == entry.info && storage.is_empty() && !wiped {
                continue;
            }
            let with_code = |info: Option<AccountInfo>| {
                info.map(|mut info| {
                    info.code = self.code.get(&info.code_hash).cloned();
                    info
                })
            };
            let changed_code =
                entry.info.as_ref().filter(|info| Some(info.code_hash) != entry.original.as_ref().map(|o| o.code_hash));
            if let Some(info) = changed_code
                && info.code_hash != KECCAK_EMPTY
                && let Some(code) = self.code.get(&info.code_hash)
            {
                bundle.contracts.insert(info.code_hash, code.clone());
            }
            let account = BundleAccount::new(with_code(entry.original), with_code(entry.info), storage, entry.status);
            bundle.state_size += account.size_hint();
            bundle.state.insert(address, account);
        }
        bundle
    }
}

impl<DB: DatabaseRef> Database for Overlay<'_, DB> {
    type Error = StateError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        Ok(self.entry(address)?.info.clone())
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, StateError> {
        self.code(code_hash).cloned()
    }

    fn storage(&mut self, address: Address, index: U256) -> Result<U256, StateError> {
        self.value(address, index)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, StateError> {
        if let Some(hash) = self.block_hashes.get(&number) {
            return Ok(*hash);
        }
        let read = self.db.block_hash_ref(number);
        let hash = read.map_err(|source| StateError::BlockHash { number, source: Box::new(source) })?;
        self.block_hashes.insert(number, hash);
        Ok(hash)
    }
}

impl<DB: DatabaseRef> DatabaseCommit for Overlay<'_, DB> {
    fn commit(&mut self, changes: AddressMap<Account>) {
        for (address, account) in changes {
            self.commit_account(address, account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaslane_abi::word::{Address20, Word};
    use revm::database::states::bundle_state::BundleRetention;
    use revm::database::{CacheDB, EmptyDB, State};
    use revm::state::{EvmStorageSlot, TransactionId};

    /// SplitMix64: small, seeded, good enough for test data.
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }

        fn below(&mut self, bound: u64) -> u64 {
            self.next() % bound
        }
    }

    fn address(index: u64) -> Address {
        Address::with_last_byte(index as u8 + 1)
    }

    fn code(index: u64) -> Bytecode {
        Bytecode::new_legacy(vec![0x60, index as u8].into())
    }

    /// Accounts 0..4: balance only; 4..8: contracts with storage; 8: empty; others absent.
    fn pre_state() -> CacheDB<EmptyDB> {
        let mut db = CacheDB::new(EmptyDB::default());
        for index in 0..4 {
            db.insert_account_info(address(index), AccountInfo::from_balance(U256::from(100 + index)));
        }
        for index in 4..8 {
            db.insert_account_info(address(index), AccountInfo::from_bytecode(code(index)));
            for slot in 0..4u64 {
                db.insert_account_storage(address(index), U256::from(slot), U256::from(slot % 3)).unwrap();
            }
        }
        db.insert_account_info(address(8), AccountInfo::default());
        db
    }

    /// What a journal could leave after a transaction: reads through the same database first.
    fn random_account(random: &mut Random, db: &mut impl Database, address: Address) -> Account {
        let info = db.basic(address).ok().flatten();
        let mut account = match info {
            Some(mut info) => {
                if info.code_hash != KECCAK_EMPTY && info.code.is_none() {
                    info.code = db.code_by_hash(info.code_hash).ok();
                }
                Account::from(info)
            }
            None => Account::new_not_existing(TransactionId::ZERO),
        };
        account.mark_touch();
        let contract = account.info.code_hash != KECCAK_EMPTY;
        match random.below(6) {
            0 => {}
            1 if contract => account.mark_selfdestruct(),
            2 if account.info.is_empty() => {
                account.mark_created();
                account.info.nonce = 1;
                account.info.set_code(code(100 + random.below(4)));
                for _ in 0..random.below(3) {
                    let value =
                        EvmStorageSlot::new_changed(U256::ZERO, U256::from(1 + random.below(3)), TransactionId::ZERO);
                    account.storage.insert(U256::from(random.below(4)), value);
                }
            }
            3 if !contract => account.info.balance = U256::ZERO,
            _ => {
                account.info.balance += U256::from(random.below(3));
                account.info.nonce += random.below(2);
                if contract {
                    for _ in 0..random.below(4) {
                        let slot = U256::from(random.below(4));
                        let before = db.storage(address, slot).ok().unwrap_or_default();
                        let value =
                            EvmStorageSlot::new_changed(before, U256::from(random.below(3)), TransactionId::ZERO);
                        account.storage.insert(slot, value);
                    }
                }
            }
        }
        account
    }

    /// revm's bundle without what ends as it began.
    fn normalised(mut bundle: BundleState) -> BundleState {
        bundle.state.retain(|_, account| {
            account.storage.retain(|_, slot| slot.is_changed());
            if account.status.was_destroyed() {
                account.storage.retain(|_, slot| !slot.present_value.is_zero());
            }
            let wiped = account.status.was_destroyed() && account.original_info.is_some();
            account.info != account.original_info || !account.storage.is_empty() || wiped
        });
        bundle
    }

    #[test]
    fn bundle_equals_that_of_revm() {
        for seed in 0..400 {
            let mut random = Random(seed);
            let db = pre_state();
            let mut overlay = Overlay::new(&db);
            let mut state = State::builder().with_database_ref(&db).with_bundle_update().build();
            for _ in 0..1 + random.below(12) {
                let mut changes: AddressMap<Account> = AddressMap::default();
                for _ in 0..1 + random.below(4) {
                    let address = address(random.below(12));
                    let account = random_account(&mut random, &mut state, address);
                    changes.insert(address, account);
                }
                for address in changes.keys() {
                    overlay.basic(*address).unwrap();
                }
                overlay.commit(changes.clone());
                state.commit(changes);
            }
            for index in 0..12 {
                let (ours, theirs) = (overlay.basic(address(index)).unwrap(), state.basic(address(index)).unwrap());
                assert_eq!(ours, theirs, "seed {seed} account {index}");
                for slot in 0..4u64 {
                    let slot = U256::from(slot);
                    let theirs = state.storage(address(index), slot).unwrap();
                    assert_eq!(overlay.value(address(index), slot).unwrap(), theirs, "seed {seed} account {index}");
                }
            }
            state.merge_transitions(BundleRetention::PlainState);
            let expected = normalised(state.take_bundle());
            let found = overlay.into_bundle();
            assert_eq!(found.state, expected.state, "seed {seed}");
        }
    }

    #[test]
    fn records_change_what_they_name() {
        let db = pre_state();
        let mut overlay = Overlay::new(&db);
        let account = |index, flags, value: u64, nonce| StateRecord {
            kind: KeyKind::Account as u8,
            flags,
            address: Address20::from_be(address(index).0.0),
            value: Word::from_u64(value),
            nonce,
            ..Default::default()
        };
        let storage = |index, key, value| StateRecord {
            kind: KeyKind::Storage as u8,
            address: Address20::from_be(address(index).0.0),
            key: Word::from_u64(key),
            value: Word::from_u64(value),
            ..Default::default()
        };
        for record in [
            account(0, HAS_BALANCE | HAS_NONCE, 5, 1),
            account(1, HAS_BALANCE, 0, 0),
            account(2, HAS_BALANCE, 102, 0),
            account(10, HAS_BALANCE, 7, 0),
            account(8, DELETED, 0, 0),
            storage(4, 1, 9),
            storage(5, 1, 9),
            storage(5, 1, 1),
        ] {
            overlay.apply_record(&record).unwrap();
        }
        let bundle = overlay.into_bundle();
        let info = |index| bundle.state.get(&address(index)).map(|account| account.info.clone());
        assert_eq!(info(0).unwrap().unwrap().balance, U256::from(5));
        assert_eq!(info(0).unwrap().unwrap().nonce, 1);
        assert_eq!(info(1), Some(None));
        assert_eq!(info(2), None);
        assert_eq!(info(10).unwrap().unwrap().balance, U256::from(7));
        assert_eq!(info(8), Some(None));
        assert_eq!(bundle.state[&address(4)].storage[&U256::ONE], StorageSlot::new_changed(U256::ONE, U256::from(9)));
        assert_eq!(info(5), None);
        assert_eq!(bundle.state.len(), 5);
    }
}
