//! What a finished attempt commits: its changes against the committed state, and its result record.
//!
//! * A balance that was read is committed as it stands; credits to a balance that was never read are added to the
//!   committed one (they commute). An addition that overflows gives the transaction to the host.
//! * A value equal to the committed one is not a change: it is neither written nor reported, and aborts nobody.
//! * An account that was touched or changed and ends empty (EIP-161) is deleted if it exists, else nothing happens.
//! * An account that SELFDESTRUCT removes is deleted with its storage; what the attempt wrote to its slots is void.
//! * Only changed fields are flagged in the record.
//!
//! Everything here is a function of the outcome and the state table; the order of commits is the dispatcher's.

use crate::lane::{AccountEntry, Key, Outcome, StorageEntry};
use crate::records::{AccountWrite, Write, canonical, write_record};
use crate::state::{EntryId, StateTable};
use alloy_primitives::{Address, U256};
use gaslane_abi::codes::{Escape, KeyKind};
use gaslane_abi::pad32;
use gaslane_abi::record::{LogHeader, ResultHeader, StateRecord};

use zerocopy::IntoBytes;

/// A write to an entry of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Entry.
    pub entry: EntryId,
    /// What is written.
    pub write: Write,
}

/// Key of an account.
pub fn account_key(entry: &AccountEntry) -> Key {
    Key { kind: KeyKind::Account, address: entry.address, slot: U256::ZERO }
}

/// Key of a storage slot.
pub fn storage_key(entry: &StorageEntry) -> Key {
    Key { kind: KeyKind::Storage, address: entry.address, slot: entry.slot }
}

/// Whether committing an account needs its committed fields.
fn concerns(entry: &AccountEntry) -> bool {
    entry.touched
        || entry.destroyed
        || entry.balance_dirty
        || entry.nonce_dirty
        || entry.code_dirty
        || !entry.delta.is_zero()
}

/// Accounts that cease to exist. Few, if any.
fn destroyed(outcome: &Outcome) -> Vec<Address> {
    outcome.accounts.iter().filter(|entry| entry.destroyed).map(|entry| entry.address).collect()
}

/// Slots that the commit may write: dirty ones of accounts that stay.
fn written_slots(outcome: &Outcome) -> impl Iterator<Item = &StorageEntry> {
    let gone = destroyed(outcome);
    outcome.storage.iter().filter(move |entry| entry.dirty && !gone.contains(&entry.address))
}

/// Keys whose committed values the commit of `outcome` needs.
pub fn needed_keys(outcome: &Outcome) -> impl Iterator<Item = Key> + '_ {
    let accounts = outcome.accounts.iter().filter(|entry| concerns(entry)).map(account_key);
    accounts.chain(written_slots(outcome).map(storage_key))
}

/// Replaces the contents of `changes` by what `outcome` changes. All [`needed_keys`] must be complete in the table.
pub fn evaluate(outcome: &Outcome, table: &StateTable, changes: &mut Vec<Change>) -> Result<(), Escape> {
    changes.clear();
    for account in outcome.accounts.iter().filter(|entry| concerns(entry)) {
        let Some(id) = table.find(&account_key(account)) else { continue };
        let old = table.entry(id);
        if account.destroyed {
            if old.exists {
                // What the transaction created itself had no storage before.
                let write = AccountWrite { deleted: true, clear_storage: !account.created, ..Default::default() };
                changes.push(Change { entry: id, write: Write::Account(write) });
            }
            continue;
        }
        let balance = match account.balance {
            Some(balance) if account.balance_dirty => balance,
            Some(_) => old.word,
            None => old.word.checked_add(account.delta).ok_or(Escape::BalanceOverflow)?,
        };
        let nonce = account.nonce.filter(|_| account.nonce_dirty).unwrap_or(old.nonce);
        let code = account.code.filter(|_| account.code_dirty).map_or(old.code, canonical);
        let deleted = old.exists && balance.is_zero() && nonce == 0 && code.bytes == 0;
        let write = AccountWrite {
            balance: (balance != old.word).then_some(balance),
            nonce: (nonce != old.nonce).then_some(nonce),
            code: (code != old.code).then_some(code),
            deleted,
            clear_storage: false,
        };
        if write != AccountWrite::default() {
            changes.push(Change { entry: id, write: Write::Account(write) });
        }
    }
    for slot in written_slots(outcome) {
        let Some(id) = table.find(&storage_key(slot)) else { continue };
        if slot.value != table.entry(id).word {
            changes.push(Change { entry: id, write: Write::Word(slot.value) });
        }
    }
    Ok(())
}

/// Size of the result record in bytes.
pub fn record_bytes(outcome: &Outcome, changes: &[Change]) -> usize {
    let logs: usize =
        outcome.logs.iter().map(|log| size_of::<LogHeader>() + 32 * log.topics.len() + pad32(log.data.len())).sum();
    size_of::<ResultHeader>() + size_of::<StateRecord>() * changes.len() + logs + pad32(outcome.output.len())
}

fn push_padded(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
    out.resize(out.len() + pad32(bytes.len()) - bytes.len(), 0);
}

/// Writes the result record into `out`. The caller fills in what the outcome does not know (tag, lane, cycles,
/// aborts); sizes and the outcome's own figures are filled in here.
pub fn encode_record(
    mut header: ResultHeader,
    outcome: &Outcome,
    changes: &[Change],
    table: &StateTable,
    out: &mut Vec<u8>,
) {
    out.clear();
    header.status = outcome.status as u8;
    header.halt = outcome.halt as u8;
    header.gas_used = outcome.gas_used;
    header.gas_refunded = outcome.gas_refunded;
    header.total_bytes = record_bytes(outcome, changes) as u32;
    header.write_count = changes.len() as u32;
    header.log_count = outcome.logs.len() as u32;
    header.output_bytes = outcome.output.len() as u32;
    header.program_words = u32::try_from(outcome.counters.program_words).unwrap_or(u32::MAX);
    header.firmware_words = u32::try_from(outcome.counters.firmware_words).unwrap_or(u32::MAX);
    header.evm_instructions = u32::try_from(outcome.counters.evm_instructions).unwrap_or(u32::MAX);
    out.extend_from_slice(header.as_bytes());
    for change in changes {
        out.extend_from_slice(write_record(&table.entry(change.entry).key, &change.write).as_bytes());
    }
    for log in &outcome.logs {
        let head = LogHeader {
            data_bytes: (log.data.len() as u64).into(),
            topics: (log.topics.len() as u32).into(),
            address: log.address.into_array(),
        };
        out.extend_from_slice(head.as_bytes());
        for topic in &log.topics {
            out.extend_from_slice(topic.as_slice());
        }
        push_padded(out, &log.data);
    }
    push_padded(out, &outcome.output);
    debug_assert_eq!(out.len(), header.total_bytes as usize);
}
