//! What outcomes commit: silent stores, commutative credits, deletion, records.

use super::script::{account, address, code, storage};
use crate::commit::{Change, encode_record, evaluate, needed_keys, record_bytes};
use crate::lane::{AccountEntry, AttemptCounters, CodeRef, LogEntry, Outcome, StorageEntry};
use crate::records::{AccountWrite, FillValue, NO_CODE, Write};
use crate::state::StateTable;
use alloy_primitives::{B256, U256};
use gaslane_abi::codes::{Escape, Halt, Status};
use gaslane_abi::record::{DELETED, HAS_BALANCE, LogHeader, ResultHeader, StateRecord};
use zerocopy::FromBytes;

fn entry(a: u8) -> AccountEntry {
    AccountEntry {
        address: address(a),
        warm: true,
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
    }
}

fn slot(a: u8, b: u8, original: u64, value: u64, dirty: bool) -> StorageEntry {
    let original = Some(U256::from(original));
    StorageEntry { address: address(a), slot: U256::from(b), warm: true, original, value: U256::from(value), dirty }
}

fn outcome(accounts: Vec<AccountEntry>, storage: Vec<StorageEntry>) -> Outcome {
    Outcome {
        status: Status::Success,
        halt: Halt::None,
        gas_used: 21_000,
        gas_refunded: 7,
        output: vec![1; 33],
        accounts,
        storage,
        logs: vec![],
        counters: AttemptCounters { program_words: u64::MAX, ..Default::default() },
    }
}

/// Account 1: balance 10, nonce 1, code. Account 2: balance 5. Account 3 is empty and exists. Account 4 does not exist.
fn table() -> StateTable {
    let mut table = StateTable::new(64);
    let mut add = |a, balance: u64, nonce, code, exists| {
        let value = FillValue::Account { balance: U256::from(balance), nonce, code, exists };
        table.prefetch(account(a), value, 0);
    };
    add(1, 10, 1, code(1), true);
    add(2, 5, 0, NO_CODE, true);
    add(3, 0, 0, NO_CODE, true);
    add(4, 0, 0, NO_CODE, false);
    table.prefetch(storage(1, 1), FillValue::Word(U256::from(7)), 0);
    table
}

fn changes(outcome: &Outcome) -> Result<Vec<Change>, Escape> {
    let mut changes = Vec::new();
    evaluate(outcome, &table(), &mut changes).map(|()| changes)
}

fn account_change(entry: AccountEntry) -> Option<AccountWrite> {
    let found = changes(&outcome(vec![entry], vec![])).unwrap();
    assert!(found.len() < 2);
    found.first().map(|change| match change.write {
        Write::Account(write) => write,
        Write::Word(_) => panic!("storage"),
    })
}

#[test]
fn credits_add_to_the_committed_balance() {
    let credited = AccountEntry { delta: U256::from(3), touched: true, ..entry(1) };
    let expected = AccountWrite { balance: Some(U256::from(13)), ..Default::default() };
    assert_eq!(account_change(credited.clone()), Some(expected));
    // Once read, the balance counts and the credit is part of it.
    let read = AccountEntry { balance: Some(U256::from(11)), balance_dirty: true, ..credited.clone() };
    let expected = AccountWrite { balance: Some(U256::from(11)), ..Default::default() };
    assert_eq!(account_change(read), Some(expected));
    let overflow = AccountEntry { delta: U256::MAX, ..credited };
    assert_eq!(changes(&outcome(vec![overflow], vec![])), Err(Escape::BalanceOverflow));
}

#[test]
fn silent_stores_are_no_changes() {
    let same = AccountEntry {
        touched: true,
        balance: Some(U256::from(10)),
        balance_dirty: true,
        nonce: Some(1),
        nonce_dirty: true,
        code: Some(code(1)),
        code_dirty: true,
        ..entry(1)
    };
    assert_eq!(account_change(same.clone()), None);
    let expected = AccountWrite { nonce: Some(2), ..Default::default() };
    assert_eq!(account_change(AccountEntry { nonce: Some(2), ..same.clone() }), Some(expected));
    let cleared = AccountEntry { code: Some(CodeRef::default()), ..same };
    let expected = AccountWrite { code: Some(NO_CODE), ..Default::default() };
    assert_eq!(account_change(cleared), Some(expected));
    // A field that was read but not written does not count, whatever it holds.
    assert_eq!(account_change(AccountEntry { nonce: Some(99), touched: true, ..entry(1) }), None);
    let stores = vec![slot(1, 1, 7, 7, true)];
    assert_eq!(changes(&outcome(vec![], stores)), Ok(vec![]));
    assert_eq!(changes(&outcome(vec![], vec![slot(1, 1, 7, 8, false)])), Ok(vec![]));
    let found = changes(&outcome(vec![], vec![slot(1, 1, 7, 8, true)])).unwrap();
    assert_eq!(found[0].write, Write::Word(U256::from(8)));
}

#[test]
fn touched_empty_accounts_are_deleted_if_they_exist() {
    let touched = |a| AccountEntry { touched: true, ..entry(a) };
    let deleted = AccountWrite { deleted: true, ..Default::default() };
    assert_eq!(account_change(touched(3)), Some(deleted));
    assert_eq!(account_change(touched(4)), None);
    assert_eq!(account_change(touched(2)), None);
    assert_eq!(account_change(entry(3)), None, "not touched");
    let spent = AccountEntry { balance: Some(U256::ZERO), balance_dirty: true, ..touched(2) };
    let expected = AccountWrite { balance: Some(U256::ZERO), deleted: true, ..Default::default() };
    assert_eq!(account_change(spent.clone()), Some(expected));
    assert!(!account_change(AccountEntry { nonce: Some(1), nonce_dirty: true, ..spent }).unwrap().deleted);
    let created = AccountEntry { delta: U256::from(1), ..touched(4) };
    let expected = AccountWrite { balance: Some(U256::from(1)), ..Default::default() };
    assert_eq!(account_change(created), Some(expected));
}

#[test]
fn only_what_commits_is_needed() {
    let read = AccountEntry { balance: Some(U256::from(5)), ..entry(1) };
    let touched = AccountEntry { touched: true, ..entry(2) };
    let stores = vec![slot(1, 1, 7, 7, true), slot(1, 2, 0, 0, false)];
    let keys: Vec<_> = needed_keys(&outcome(vec![read, touched], stores)).collect();
    assert_eq!(keys, [account(2), storage(1, 1)]);
}

#[test]
fn records_have_the_contract_layout() {
    let spent = AccountEntry { balance: Some(U256::ZERO), balance_dirty: true, touched: true, ..entry(2) };
    let mut outcome = outcome(vec![spent], vec![slot(1, 1, 7, 8, true)]);
    outcome.logs =
        vec![LogEntry { address: address(9), topics: vec![B256::with_last_byte(3); 4], data: vec![0xaa; 31] }];
    let table = table();
    let (mut changes, mut bytes) = (Vec::new(), Vec::new());
    evaluate(&outcome, &table, &mut changes).unwrap();
    let header = ResultHeader { tag: 77, lane: 3, ..Default::default() };
    encode_record(header, &outcome, &changes, &table, &mut bytes);
    assert_eq!(bytes.len(), 96 + 2 * 128 + (32 + 4 * 32 + 32) + 64);
    assert_eq!(bytes.len(), record_bytes(&outcome, &changes));
    let (header, rest) = ResultHeader::read_from_prefix(&bytes).unwrap();
    assert_eq!((header.tag, header.lane, header.status, header.gas_used), (77, 3, 1, 21_000));
    assert_eq!((header.write_count, header.log_count, header.output_bytes), (2, 1, 33));
    assert_eq!(header.program_words, u32::MAX, "saturates");
    let (record, rest) = StateRecord::read_from_prefix(rest).unwrap();
    assert_eq!((record.kind, record.flags), (1, HAS_BALANCE | DELETED));
    assert_eq!(record.address.to_be(), address(2).0.0);
    let (record, rest) = StateRecord::read_from_prefix(rest).unwrap();
    assert_eq!((record.kind, record.flags, record.key.0[0], record.value.0[0]), (2, 0, 1, 8));
    let (log, rest) = LogHeader::read_from_prefix(rest).unwrap();
    assert_eq!((log.topics.get(), log.data_bytes.get(), log.address), (4, 31, address(9).0.0));
    assert_eq!((rest[0], rest[31], rest[128], rest[158], rest[159]), (0, 3, 0xaa, 0xaa, 0));
    assert_eq!(rest[160..], [[1; 33].as_slice(), &[0; 31]].concat());
}
