//! What a finished attempt makes of the state table, in plain Rust: what `super::commit` asks of the table, and the write
//! records that come of it. It uses the table's model, so it needs no feature.

use super::{
    layout::{
        ACCOUNT, ADD, DELETE_EMPTY, DELETED, EXISTS, HAS_BALANCE, HAS_CODE, HAS_NONCE, Limbs, STORAGE, TableOp,
        TableOutcome,
    },
    model::{Code, Command, Contents, Key, NO_CODE, StateTable, Values},
};
use crate::access::Entry;

/// How a commit ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Values are missing.
    Waits,
    /// The transaction becomes an escape: number of a `gaslane_abi::codes::Escape`.
    Escape(u8),
    /// Everything is written.
    Committed,
}

/// A commit: its end, the keys to be asked of the host, the readers of what changed, the write records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// How it ended.
    pub end: End,
    /// Keys that were absent.
    pub requests: Vec<Key>,
    /// Slots that have read what changed; the head's bits are among them.
    pub readers: u32,
    /// Write records, each as four words.
    pub records: Vec<[Limbs; 4]>,
}

/// What an entry of the access table wants written; `None` if it does not matter.
fn wanted(entry: &Entry) -> Option<(Key, Values)> {
    match *entry {
        Entry::Account { destroyed: true, address, .. } => {
            let key = Key { kind: ACCOUNT, address, slot: [0; 4] };
            Some((key, Values { flags: DELETED, ..Values::default() }))
        }
        Entry::Account {
            address,
            touched,
            balance,
            balance_dirty,
            delta,
            nonce,
            nonce_dirty,
            code,
            code_dirty,
            ..
        } => {
            let adds = balance.is_none() && delta != [0; 4];
            if !(touched || balance_dirty || nonce_dirty || code_dirty || adds) {
                return None;
            }
            let mut flags = DELETE_EMPTY;
            for (flag, is) in [
                (HAS_BALANCE, balance_dirty && balance.is_some()),
                (HAS_NONCE, nonce_dirty && nonce.is_some()),
                (HAS_CODE, code_dirty && code.is_some()),
                (ADD, adds),
            ] {
                flags |= if is { flag } else { 0 };
            }
            let code = match code {
                Some((hash, packed)) if packed as u32 != 0 => Code { hash, packed },
                _ => NO_CODE,
            };
            let values = Values { value: balance.unwrap_or(delta), nonce: nonce.unwrap_or(0), code, flags };
            Some((Key { kind: ACCOUNT, address, slot: [0; 4] }, values))
        }
        Entry::Storage { address, slot, value, dirty: true, .. } => {
            Some((Key { kind: STORAGE, address, slot }, Values { value, ..Values::default() }))
        }
        _ => None,
    }
}

fn record(key: &Key, destroyed: bool, created: bool, contents: &Contents, changed: u8) -> [Limbs; 4] {
    let account = key.kind == ACCOUNT;
    let is = |flag: u16| account && !destroyed && changed & flag as u8 != 0;
    let gone = account && changed & EXISTS as u8 != 0 && !contents.exists;
    let flags = (is(HAS_BALANCE) as u64)
        | (is(HAS_NONCE) as u64) << 1
        | (is(HAS_CODE) as u64) << 2
        | (gone as u64) << 4
        | ((destroyed && !created) as u64) << 5;
    let [low, middle, high] = key.address;
    let packed = if is(HAS_CODE) { contents.code.packed } else { 0 };
    let first = [
        u64::from(key.kind) | flags << 8 | low << 32,
        low >> 32 | middle << 32,
        middle >> 32 | high << 32,
        packed.rotate_left(32),
    ];
    let second = match () {
        () if !account => key.slot,
        () if is(HAS_CODE) => contents.code.hash,
        () => [0; 4],
    };
    let value = if !account || is(HAS_BALANCE) { contents.value } else { [0; 4] };
    [first, second, value, [if is(HAS_NONCE) { contents.nonce } else { 0 }, 0, 0, 0]]
}

/// The commit of an access table as commit `seq`, by the model of the state table. `fits` says whether so many write records do.
pub fn run(entries: &[Entry], table: &mut StateTable, slot: u8, seq: u64, fits: impl FnOnce(usize) -> bool) -> Commit {
    let mut commit = Commit { end: End::Committed, requests: vec![], readers: 0, records: vec![] };
    let gone: Vec<_> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Account { destroyed: true, address, created, .. } => Some((*address, *created)),
            _ => None,
        })
        .collect();
    let lost = |key: &Key| gone.iter().find(|(address, _)| *address == key.address);
    let mut wishes = vec![];
    let mut waits = false;
    for (key, values) in entries.iter().filter_map(wanted) {
        if key.kind == STORAGE && lost(&key).is_some() {
            continue;
        }
        let reply = table.run(&Command { key, slot, ..Command::new(TableOp::Need) });
        match reply.outcome {
            TableOutcome::Done => wishes.extend(reply.entry.map(|(id, _)| (key, values, id))),
            TableOutcome::Requested => commit.requests.push(key),
            TableOutcome::Waits => {}
            TableOutcome::Unavailable => return Commit { end: End::Escape(19), ..commit },
            _ => return Commit { end: End::Escape(13), ..commit },
        }
        waits |= reply.outcome != TableOutcome::Done;
    }
    if waits {
        return Commit { end: End::Waits, ..commit };
    }
    let mut changes = vec![];
    for (key, values, entry) in wishes {
        let reply = table.run(&Command { entry, slot, seq, values, ..Command::new(TableOp::TryEntry) });
        if reply.outcome != TableOutcome::Done {
            return Commit { end: End::Escape(16), ..commit };
        }
        let counts = if values.flags & DELETED != 0 { EXISTS as u8 } else { 0xf };
        if reply.changed & counts != 0 {
            changes.push((key, values, entry));
        }
    }
    if !fits(changes.len()) {
        return Commit { end: End::Escape(12), ..commit };
    }
    changes.sort_by_key(|(key, ..)| key.kind);
    for (key, values, entry) in &changes {
        let (entry, values) = (*entry, *values);
        let reply = table.run(&Command { entry, slot, seq, values, ..Command::new(TableOp::ApplyEntry) });
        commit.readers |= reply.readers;
        let destroyed = values.flags & DELETED != 0;
        let created = lost(key).is_some_and(|(_, created)| *created);
        let contents = reply.entry.map(|(_, contents)| contents).unwrap_or_default();
        commit.records.push(record(key, destroyed, created, &contents, reply.changed));
    }
    for (key, values, _) in changes {
        if values.flags & DELETED != 0 && lost(&key).is_some_and(|(_, created)| !created) {
            commit.readers |= table.run(&Command { key, seq, ..Command::new(TableOp::ClearStorage) }).readers;
        }
    }
    commit
}
