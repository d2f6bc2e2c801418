//! State records on the wire, in both directions: fills and write sets in, write records out.

use crate::lane::{CodeRef, Key};
use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use gaslane_abi::codes::KeyKind;
use gaslane_abi::record::{CLEAR_STORAGE, DELETED, EXISTS, HAS_BALANCE, HAS_CODE, HAS_NONCE, StateRecord, UNAVAILABLE};
use gaslane_abi::word::{Address20, Word};

/// All three fields of an account.
pub const HAS_ALL: u8 = HAS_BALANCE | HAS_NONCE | HAS_CODE;
/// The code of an account without code.
pub const NO_CODE: CodeRef = CodeRef { hash: KECCAK256_EMPTY, handle: 0, bytes: 0 };

/// Code as the state table keeps it: absent code has one form, whatever hash came with it.
pub fn canonical(code: CodeRef) -> CodeRef {
    if code.bytes == 0 { NO_CODE } else { code }
}

/// Value of a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FillValue {
    /// The host cannot read the key.
    Unavailable,
    /// All of an account.
    Account {
        /// Balance in wei.
        balance: U256,
        /// Nonce.
        nonce: u64,
        /// Code.
        code: CodeRef,
        /// It exists in the state.
        exists: bool,
    },
    /// Storage value or block hash.
    Word(U256),
}

/// A write to one key. Fields that are `None` stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// Account fields.
    Account(AccountWrite),
    /// Storage value.
    Word(U256),
}

impl Write {
    /// Whether all storage of the account is cleared first.
    pub fn clears_storage(&self) -> bool {
        matches!(self, Self::Account(account) if account.clear_storage)
    }
}

/// A write to an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountWrite {
    /// New balance.
    pub balance: Option<U256>,
    /// New nonce.
    pub nonce: Option<u64>,
    /// New code.
    pub code: Option<CodeRef>,
    /// The account ceases to exist; the other fields are ignored.
    pub deleted: bool,
    /// All its storage is cleared first.
    pub clear_storage: bool,
}

/// One record of a host write set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostWrite {
    /// Key.
    pub key: Key,
    /// What is written.
    pub write: Write,
}

fn key_of(record: &StateRecord) -> Option<Key> {
    let kind = KeyKind::from_u8(record.kind)?;
    let address = Address::from(record.address.to_be());
    let slot = match kind {
        KeyKind::Account => U256::ZERO,
        KeyKind::Storage => U256::from_limbs(record.key.0),
        KeyKind::BlockHash if !address.is_zero() => return None,
        KeyKind::BlockHash => U256::from_limbs(record.key.0),
    };
    Some(Key { kind, address, slot })
}

fn code_of(record: &StateRecord) -> CodeRef {
    canonical(CodeRef {
        hash: B256::from(record.key.to_be_bytes()),
        handle: record.code_handle,
        bytes: record.code_bytes,
    })
}

/// Decodes a record of a fill. `None` if it is malformed: unknown kind or flag, an account without all fields, or
/// one that does not exist and yet is not empty.
pub fn parse_fill(record: &StateRecord) -> Option<(Key, FillValue)> {
    let key = key_of(record)?;
    if record.flags == UNAVAILABLE && record.reserved == 0 {
        return Some((key, FillValue::Unavailable));
    }
    if record.flags & !(HAS_ALL | EXISTS) != 0 || record.reserved != 0 {
        return None;
    }
    let value = U256::from_limbs(record.value.0);
    if key.kind != KeyKind::Account {
        return Some((key, FillValue::Word(value)));
    }
    let exists = record.flags & EXISTS != 0;
    let empty = value.is_zero() && record.nonce == 0 && record.code_bytes == 0;
    if record.flags & HAS_ALL != HAS_ALL || !exists && !empty {
        return None;
    }
    Some((key, FillValue::Account { balance: value, nonce: record.nonce, code: code_of(record), exists }))
}

/// Decodes a record of a host write set. `None` if it is malformed: unknown kind or flag, or a block hash.
/// `EXISTS` is accepted and means nothing.
pub fn parse_write(record: &StateRecord) -> Option<HostWrite> {
    let key = key_of(record)?;
    let has = |flag| record.flags & flag != 0;
    if record.flags & !(HAS_ALL | EXISTS | DELETED | CLEAR_STORAGE) != 0 || record.reserved != 0 {
        return None;
    }
    let write = match key.kind {
        KeyKind::BlockHash => return None,
        KeyKind::Storage if has(DELETED) || has(CLEAR_STORAGE) => return None,
        KeyKind::Storage => Write::Word(U256::from_limbs(record.value.0)),
        KeyKind::Account => Write::Account(AccountWrite {
            balance: has(HAS_BALANCE).then(|| U256::from_limbs(record.value.0)),
            nonce: has(HAS_NONCE).then_some(record.nonce),
            code: has(HAS_CODE).then(|| code_of(record)),
            deleted: has(DELETED),
            clear_storage: has(CLEAR_STORAGE),
        }),
    };
    Some(HostWrite { key, write })
}

/// The write record of a change: only what changed is flagged and filled in.
pub fn write_record(key: &Key, write: &Write) -> StateRecord {
    let mut record = StateRecord {
        kind: key.kind as u8,
        address: Address20::from_be(key.address.into_array()),
        ..Default::default()
    };
    match write {
        Write::Word(value) => {
            record.key = Word(*key.slot.as_limbs());
            record.value = Word(*value.as_limbs());
        }
        Write::Account(account) => {
            if account.deleted {
                record.flags |= DELETED;
            }
            if account.clear_storage {
                record.flags |= CLEAR_STORAGE;
            }
            if let Some(balance) = account.balance {
                record.flags |= HAS_BALANCE;
                record.value = Word(*balance.as_limbs());
            }
            if let Some(nonce) = account.nonce {
                record.flags |= HAS_NONCE;
                record.nonce = nonce;
            }
            if let Some(code) = account.code {
                record.flags |= HAS_CODE;
                record.key = Word::from_be_bytes(code.hash.0);
                record.code_handle = code.handle;
                record.code_bytes = code.bytes;
            }
        }
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(flags: u8) -> StateRecord {
        StateRecord { kind: KeyKind::Account as u8, flags, value: Word::from_u64(5), nonce: 3, ..Default::default() }
    }

    #[test]
    fn malformed_records_are_refused() {
        assert!(parse_fill(&account(HAS_ALL | EXISTS)).is_some());
        assert!(parse_fill(&account(HAS_ALL)).is_none(), "absent but not empty");
        assert!(parse_fill(&account(HAS_BALANCE | EXISTS)).is_none(), "not all fields");
        assert!(parse_fill(&account(HAS_ALL | EXISTS | DELETED)).is_none());
        assert!(parse_fill(&account(HAS_ALL | EXISTS | 0x40)).is_none());
        assert!(parse_fill(&StateRecord { kind: 0, ..account(HAS_ALL | EXISTS) }).is_none());
        assert!(parse_fill(&StateRecord { kind: 9, ..account(HAS_ALL | EXISTS) }).is_none());
        assert!(parse_write(&account(HAS_NONCE)).is_some());
        assert!(parse_write(&account(0x80)).is_none());
        assert!(parse_write(&StateRecord { kind: KeyKind::BlockHash as u8, ..account(0) }).is_none());
        assert!(parse_write(&StateRecord { kind: KeyKind::Storage as u8, ..account(DELETED) }).is_none());
    }

    #[test]
    fn write_records_round_trip() {
        let key = Key { kind: KeyKind::Account, address: Address::repeat_byte(7), slot: U256::ZERO };
        let code = CodeRef { hash: B256::repeat_byte(9), handle: 4, bytes: 10 };
        let write = Write::Account(AccountWrite { nonce: Some(8), code: Some(code), ..Default::default() });
        assert_eq!(parse_write(&write_record(&key, &write)).unwrap().write, write);
        let key = Key { kind: KeyKind::Storage, address: Address::repeat_byte(7), slot: U256::from(77) };
        let parsed = parse_write(&write_record(&key, &Write::Word(U256::MAX))).unwrap();
        assert_eq!((parsed.key, parsed.write), (key, Write::Word(U256::MAX)));
    }
}
