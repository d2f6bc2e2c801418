//! State table: staleness rules, merging, eviction, reader masks.

use super::script::{account, address, code, storage};
use crate::lane::{ReadField, StateValue};
use crate::records::{AccountWrite, FillValue, NO_CODE, Write};
use crate::state::StateTable;
use alloy_primitives::U256;

fn word(value: u64) -> FillValue {
    FillValue::Word(U256::from(value))
}

fn filled(balance: u64, nonce: u64) -> FillValue {
    FillValue::Account { balance: U256::from(balance), nonce, code: code(1), exists: true }
}

fn write(value: u64) -> Write {
    Write::Word(U256::from(value))
}

fn value(table: &StateTable, a: u8, b: u8) -> Option<StateValue> {
    table.value(table.find(&storage(a, b))?, ReadField::Value)
}

fn known(value: u64) -> Option<StateValue> {
    Some(StateValue::Word(U256::from(value)))
}

#[test]
fn a_prefetch_never_replaces_what_is_resident() {
    let mut table = StateTable::new(64);
    assert!(table.prefetch(storage(1, 1), word(5), 0));
    let id = table.find(&storage(1, 1)).unwrap();
    table.apply(id, &write(6), 1);
    assert!(!table.prefetch(storage(1, 1), word(5), 0));
    assert!(!table.prefetch(storage(1, 1), word(7), 9));
    assert_eq!(value(&table, 1, 1), known(6));
}

#[test]
fn a_prefetch_older_than_a_lost_write_is_refused() {
    let mut table = StateTable::new(64);
    for b in 0..64 {
        assert!(table.prefetch(storage(1, b), word(b.into()), 0));
    }
    table.apply(table.find(&storage(1, 5)).unwrap(), &write(55), 3);
    assert_eq!(table.evict_floor(), 0);
    // Everything but the written entry is in use, so that one goes.
    for b in (0..64).filter(|&b| b != 5) {
        table.mark(table.find(&storage(1, b)).unwrap(), ReadField::Value, 0);
    }
    assert!(table.prefetch(storage(2, 0), word(1), 0));
    assert_eq!((value(&table, 1, 5), table.evict_floor(), table.evictions), (None, 3, 1));
    table.unmark(table.find(&storage(1, 9)).unwrap(), ReadField::Value, 0);
    assert!(!table.prefetch(storage(1, 5), word(5), 2), "read before commit 3 was applied");
    assert!(table.prefetch(storage(1, 5), word(55), 3));
    table.check_invariants();
}

#[test]
fn a_write_that_never_entered_raises_the_floor() {
    let mut table = StateTable::new(64);
    table.raise_floor(4);
    assert!(!table.prefetch(storage(1, 1), word(1), 3));
    assert!(table.prefetch(storage(1, 1), word(1), 4));
    table.clear(7);
    assert!(!table.prefetch(storage(1, 1), word(1), 6));
    assert!(table.prefetch(storage(1, 1), word(1), 7));
}

#[test]
fn an_answer_gives_only_what_no_commit_has_written() {
    let mut table = StateTable::new(64);
    let id = table.request(account(1)).unwrap();
    assert!(!table.prefetch(account(1), filled(9, 9), 100), "pending entries take answers only");
    let balance = AccountWrite { balance: Some(U256::from(70)), ..Default::default() };
    assert!(table.apply(id, &Write::Account(balance), 1).changed);
    assert_eq!(table.value(id, ReadField::Balance), known(70));
    assert_eq!(table.value(id, ReadField::Nonce), None);
    table.answer(id, filled(5, 6));
    assert_eq!(table.value(id, ReadField::Balance), known(70));
    assert_eq!(table.value(id, ReadField::Nonce), Some(StateValue::Nonce(6)));
    assert_eq!(table.value(id, ReadField::Code), Some(StateValue::Code(code(1))));
    // Deleted meanwhile: everything is known, the answer gives nothing.
    let id = table.request(account(2)).unwrap();
    table.apply(id, &Write::Account(AccountWrite { deleted: true, ..Default::default() }), 2);
    table.answer(id, filled(5, 6));
    let entry = table.entry(id);
    assert_eq!((entry.word, entry.nonce, entry.code, entry.exists), (U256::ZERO, 0, NO_CODE, false));
    // A storage slot written meanwhile.
    let id = table.request(storage(1, 1)).unwrap();
    table.apply(id, &write(8), 3);
    table.answer(id, word(3));
    assert_eq!(table.value(id, ReadField::Value), known(8));
    assert_eq!(table.pending(), 0);
    table.check_invariants();
}

#[test]
fn an_answer_must_not_be_older_than_the_request() {
    let mut table = StateTable::new(64);
    table.raise_floor(5);
    let id = table.request(storage(1, 1)).unwrap();
    assert!(!table.accepts_answer(id, 4));
    table.raise_floor(9);
    assert!(table.accepts_answer(id, 5));
}

#[test]
fn entries_in_use_are_never_evicted() {
    let mut table = StateTable::new(64);
    for b in 0..32 {
        table.request(storage(1, b)).unwrap();
    }
    for b in 32..64 {
        table.prefetch(storage(1, b), word(0), 0);
        table.mark(table.find(&storage(1, b)).unwrap(), ReadField::Value, 63);
    }
    assert_eq!(table.request(storage(2, 0)), None);
    assert!(!table.prefetch(storage(2, 0), word(0), 0));
    table.unmark(table.find(&storage(1, 40)).unwrap(), ReadField::Value, 63);
    assert!(table.request(storage(2, 0)).is_some());
    assert_eq!(table.find(&storage(1, 40)), None);
    assert_eq!((table.marks(), table.pending()), (31, 33));
    table.check_invariants();
}

#[test]
fn each_field_has_its_readers() {
    let mut table = StateTable::new(64);
    table.prefetch(account(1), filled(10, 1), 0);
    let id = table.find(&account(1)).unwrap();
    table.mark(id, ReadField::Balance, 1);
    table.mark(id, ReadField::Nonce, 2);
    table.mark(id, ReadField::Code, 3);
    assert!(table.mark(id, ReadField::Code, 63));
    assert!(!table.mark(id, ReadField::Code, 63));
    let mut apply = |write: AccountWrite| table.apply(id, &Write::Account(write), 1).readers;
    assert_eq!(apply(AccountWrite { balance: Some(U256::from(10)), nonce: Some(1), ..Default::default() }), 0);
    assert_eq!(apply(AccountWrite { balance: Some(U256::from(11)), nonce: Some(1), ..Default::default() }), 1 << 1);
    assert_eq!(apply(AccountWrite { nonce: Some(2), ..Default::default() }), 1 << 2);
    assert_eq!(apply(AccountWrite { code: Some(code(2)), ..Default::default() }), 1 << 3 | 1 << 63);
    let all = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 63;
    assert_eq!(apply(AccountWrite { deleted: true, ..Default::default() }), all);
    assert_eq!(apply(AccountWrite { deleted: true, ..Default::default() }), 0);
}

#[test]
fn clearing_storage_spares_what_the_same_commit_wrote() {
    let mut table = StateTable::new(64);
    for (b, value) in [(1, 5), (2, 0), (3, 7)] {
        table.prefetch(storage(1, b), word(value), 0);
        table.mark(table.find(&storage(1, b)).unwrap(), ReadField::Value, b.into());
    }
    table.prefetch(storage(2, 1), word(5), 0);
    let pending = table.request(storage(1, 4)).unwrap();
    // The set writes slot 3 with its old value: nothing changes for its readers.
    assert_eq!(table.apply(table.find(&storage(1, 3)).unwrap(), &write(7), 2).readers, 0);
    let mut written = Vec::new();
    assert_eq!(table.clear_storage(address(1), 2, &mut written).readers, 1 << 1);
    assert_eq!((value(&table, 1, 1), value(&table, 1, 3), value(&table, 2, 1)), (known(0), known(7), known(5)));
    assert_eq!(table.value(pending, ReadField::Value), known(0), "a pending slot is known to be zero");
    table.answer(pending, word(9));
    assert_eq!(table.value(pending, ReadField::Value), known(0));
    assert_eq!(table.evict_floor(), 2, "slots that are not resident were cleared too");
}

#[test]
fn absent_code_has_one_form() {
    let mut table = StateTable::new(64);
    let id = table.request(account(1)).unwrap();
    table.answer(id, FillValue::Account { balance: U256::ZERO, nonce: 0, code: NO_CODE, exists: false });
    table.mark(id, ReadField::Code, 1);
    let write = AccountWrite { nonce: Some(1), code: Some(NO_CODE), ..Default::default() };
    assert_eq!(table.apply(id, &Write::Account(write), 1).readers, 0);
    assert!(table.entry(id).exists);
}
