//! Comparison of two outcomes of a block, and of an outcome with its header.

use crate::block::HeaderClaims;
use crate::outcome::{BlockOutcome, TxOutcome};
use alloy_primitives::{Address, B256, Bytes, Log, U256, hex};
use revm::database::{BundleAccount, BundleState};
use revm::primitives::KECCAK_EMPTY;
use revm::state::AccountInfo;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Where two outcomes differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the outcome of the transaction with this index.
    Transaction(usize),
    /// In the block's change of an account.
    Account(Address),
    /// In the block's change of a storage slot.
    Slot(Address, U256),
    /// In what the header claims.
    Header,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transaction(index) => write!(f, "transaction {index}"),
            Self::Account(address) => write!(f, "account {address}"),
            Self::Slot(address, key) => write!(f, "account {address}, slot {key:#x}"),
            Self::Header => write!(f, "header"),
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub place: Place,
    /// What.
    pub field: &'static str,
    /// The value to examine.
    pub actual: String,
    /// The value that it should be.
    pub expected: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} is {}, expected {}", self.place, self.field, self.actual, self.expected)
    }
}

/// Compares an outcome with that of the oracle: transactions in order, then every account and slot that either wrote.
/// Empty if they agree. Within a transaction only the first differing field is listed. Who executed a transaction,
/// counters and times are not compared.
pub fn compare(actual: &BlockOutcome, expected: &BlockOutcome) -> Vec<Difference> {
    let mut out = Vec::new();
    let (a, e) = (&actual.transactions, &expected.transactions);
    for (index, (a, e)) in a.iter().zip(e).enumerate() {
        out.extend(compare_tx(index, a, e));
    }
    let mut header = |field, a: String, e: String| {
        if a != e {
            out.push(Difference { place: Place::Header, field, actual: a, expected: e });
        }
    };
    header("number of transactions", a.len().to_string(), e.len().to_string());
    header("gas used", actual.gas_used.to_string(), expected.gas_used.to_string());
    header("logs bloom", hex::encode(actual.logs_bloom), hex::encode(expected.logs_bloom));
    header("receipts root", actual.receipts_root.to_string(), expected.receipts_root.to_string());
    header("requests", format!("{:?}", actual.requests), format!("{:?}", expected.requests));
    compare_state(&actual.state, &expected.state, &mut out);
    out
}

/// Compares an outcome with what the header of its block claims. Empty if they agree.
pub fn check_claims(outcome: &BlockOutcome, claims: &HeaderClaims) -> Vec<Difference> {
    let mut out = Vec::new();
    let mut check = |field, actual: String, expected: String| {
        if actual != expected {
            out.push(Difference { place: Place::Header, field, actual, expected });
        }
    };
    check("gas used", outcome.gas_used.to_string(), claims.gas_used.to_string());
    if outcome.logs_bloom != claims.logs_bloom {
        check("logs bloom", hex::encode(outcome.logs_bloom), hex::encode(claims.logs_bloom));
    }
    if let Some(root) = claims.receipts_root {
        check("receipts root", outcome.receipts_root.to_string(), root.to_string());
    }
    out
}

fn compare_tx(index: usize, a: &TxOutcome, e: &TxOutcome) -> Option<Difference> {
    let (field, actual, expected) = if a.status != e.status {
        ("status", a.status.name().to_owned(), e.status.name().to_owned())
    } else if a.gas_used != e.gas_used {
        ("gas used", a.gas_used.to_string(), e.gas_used.to_string())
    } else if a.output != e.output {
        ("output", bytes_around_difference(&a.output, &e.output), bytes_around_difference(&e.output, &a.output))
    } else if a.logs != e.logs {
        let at = a.logs.iter().zip(&e.logs).position(|(a, e)| a != e).unwrap_or(a.logs.len().min(e.logs.len()));
        let text = |logs: &[Log]| match logs.get(at) {
            Some(log) => format!("log {at}: {}", log_text(log)),
            None => format!("{} logs", logs.len()),
        };
        ("logs", text(&a.logs), text(&e.logs))
    } else if a.tx_type != e.tx_type {
        ("type", a.tx_type.to_string(), e.tx_type.to_string())
    } else {
        return None;
    };
    Some(Difference { place: Place::Transaction(index), field, actual, expected })
}

/// The first bytes, or those around the first one that differs.
fn bytes_around_difference(bytes: &Bytes, other: &Bytes) -> String {
    const SHOWN: usize = 32;
    let at = bytes.iter().zip(other.iter()).position(|(a, b)| a != b).unwrap_or(bytes.len().min(other.len()));
    let start = if bytes.len() <= SHOWN { 0 } else { at.saturating_sub(4).min(bytes.len() - SHOWN) };
    let end = (start + SHOWN).min(bytes.len());
    let (before, after) = (if start > 0 { "…" } else { "" }, if end < bytes.len() { "…" } else { "" });
    let from = if start > 0 { format!(" from byte {start}") } else { String::new() };
    format!("{} bytes{from}: {before}{}{after}", bytes.len(), hex::encode(&bytes[start..end]))
}

fn log_text(log: &Log) -> String {
    let topics: Vec<_> = log.data.topics().iter().map(|t| t.to_string()).collect();
    let data = &log.data.data;
    let shown = hex::encode(&data[..data.len().min(32)]);
    let more = if data.len() > 32 { "…" } else { "" };
    format!("{} topics [{}] data {} bytes {shown}{more}", log.address, topics.join(" "), data.len())
}

/// What a block does to an account, with everything left out that changes nothing.
#[derive(Debug, Default, PartialEq, Eq)]
struct Change {
    /// New balance, nonce and code hash, if they changed; the inner `None` is an account that is gone (or empty,
    /// which since EIP-161 is the same).
    info: Option<Option<(U256, u64, B256)>>,
    /// All storage that was there before is gone.
    wiped: bool,
    /// New values of slots.
    slots: BTreeMap<U256, U256>,
}

fn change(account: &BundleAccount) -> Option<Change> {
    let plain =
        |info: &Option<AccountInfo>| info.as_ref().filter(|i| !i.is_empty()).map(|i| (i.balance, i.nonce, i.code_hash));
    let (before, after) = (plain(&account.original_info), plain(&account.info));
    let destroyed = account.was_destroyed();
    let slots = account.storage.iter().filter(|(_, slot)| match destroyed {
        true => !slot.present_value.is_zero(),
        false => slot.is_changed(),
    });
    let change = Change {
        info: (before != after).then_some(after),
        wiped: destroyed && before.is_some_and(|(_, _, hash)| hash != revm::primitives::KECCAK_EMPTY),
        slots: slots.map(|(key, slot)| (*key, slot.present_value)).collect(),
    };
    (change != Change::default()).then_some(change)
}

fn compare_state(actual: &BundleState, expected: &BundleState, out: &mut Vec<Difference>) {
    let addresses: BTreeSet<_> = actual.state.keys().chain(expected.state.keys()).copied().collect();
    for address in addresses {
        let changes = |state: &BundleState| state.state.get(&address).and_then(change).unwrap_or_default();
        let (a, e) = (changes(actual), changes(expected));
        let mut push = |place, field, actual: String, expected: String| {
            if actual != expected {
                out.push(Difference { place, field, actual, expected });
            }
        };
        push(Place::Account(address), "balance", info_text(&a, |i| i.0), info_text(&e, |i| i.0));
        push(Place::Account(address), "nonce", info_text(&a, |i| i.1), info_text(&e, |i| i.1));
        push(Place::Account(address), "code hash", info_text(&a, |i| i.2), info_text(&e, |i| i.2));
        push(Place::Account(address), "storage wiped", a.wiped.to_string(), e.wiped.to_string());
        let keys: BTreeSet<_> = a.slots.keys().chain(e.slots.keys()).copied().collect();
        for key in keys {
            let text = |slots: &BTreeMap<U256, U256>| slots.get(&key).map_or("unchanged".into(), |v| format!("{v:#x}"));
            push(Place::Slot(address, key), "value", text(&a.slots), text(&e.slots));
        }
        let new_code = e.info.flatten().map(|(_, _, hash)| hash);
        let new_code = new_code.filter(|hash| *hash != KECCAK_EMPTY && expected.contracts.contains_key(hash));
        if let Some(hash) = new_code.filter(|hash| !actual.contracts.contains_key(hash)) {
            push(Place::Account(address), "new code", "absent from the difference".into(), hash.to_string());
        }
    }
}

fn info_text<T: fmt::Display>(change: &Change, field: impl Fn(&(U256, u64, B256)) -> T) -> String {
    match &change.info {
        None => "unchanged".to_owned(),
        Some(None) => "gone".to_owned(),
        Some(Some(info)) => field(info).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::execute_sequential;
    use crate::source::{bundle, samples::SAMPLES};
    use alloy_primitives::Bloom;
    use gaslane_abi::codes::Status;

    fn outcome() -> BlockOutcome {
        let (name, bytes) = SAMPLES.iter().find(|(name, _)| name.contains("19923400")).unwrap();
        let (block, state) = bundle::parse(name, bytes).unwrap();
        execute_sequential(&block, &state).unwrap()
    }

    fn only(change: impl FnOnce(&mut BlockOutcome)) -> Difference {
        let expected = outcome();
        let mut actual = expected.clone();
        change(&mut actual);
        let mut differences = compare(&actual, &expected);
        assert_eq!(differences.len(), 1, "{differences:?}");
        differences.remove(0)
    }

    #[test]
    fn equal_outcomes_have_no_differences() {
        assert_eq!(compare(&outcome(), &outcome()), []);
    }

    #[test]
    fn transactions_differ_in_each_field() {
        let d = only(|o| o.transactions[2].status = Status::Halt);
        assert_eq!((d.place, d.field), (Place::Transaction(2), "status"));
        let d = only(|o| o.transactions[5].gas_used += 1);
        assert_eq!((d.place, d.field), (Place::Transaction(5), "gas used"));
        let d = only(|o| o.transactions[0].output = Bytes::from_static(&[7; 40]));
        assert_eq!(d.field, "output");
        assert!(d.actual.starts_with("40 bytes"), "{}", d.actual);
        let with_logs = outcome().transactions.iter().position(|tx| !tx.logs.is_empty()).unwrap();
        let d = only(|o| o.transactions[with_logs].logs[0].address = Address::ZERO);
        assert_eq!((d.place, d.field), (Place::Transaction(with_logs), "logs"));
        let d = only(|o| drop(o.transactions[with_logs].logs.pop()));
        assert!(d.actual.ends_with(" logs"), "{}", d.actual);
        let d = only(|o| drop(o.transactions.pop()));
        assert_eq!(d.field, "number of transactions");
    }

    #[test]
    fn state_differs_in_accounts_and_slots() {
        let changed = |o: &BlockOutcome| {
            let mut accounts: Vec<_> =
                o.state.state.iter().filter(|(_, a)| change(a).is_some()).map(|(k, _)| *k).collect();
            accounts.sort();
            accounts
        };
        let first = changed(&outcome())[0];
        let info = |o: &mut BlockOutcome, f: &dyn Fn(&mut AccountInfo)| {
            f(o.state.state.get_mut(&first).unwrap().info.as_mut().unwrap());
        };
        assert_eq!(only(|o| info(o, &|i| i.balance += U256::ONE)).field, "balance");
        assert_eq!(only(|o| info(o, &|i| i.nonce += 1)).field, "nonce");
        assert_eq!(only(|o| info(o, &|i| i.code_hash = B256::ZERO)).field, "code hash");
        let slot = |o: &mut BlockOutcome| {
            let mut slots: Vec<_> =
                o.state.state.iter_mut().flat_map(|(k, a)| a.storage.iter_mut().map(|s| (*k, s))).collect();
            slots.sort_by_key(|(k, s)| (*k, *s.0));
            let (address, (key, slot)) = slots.into_iter().find(|(_, (_, s))| s.is_changed()).unwrap();
            slot.present_value = slot.previous_or_original_value;
            (address, *key)
        };
        let mut place = None;
        let d = only(|o| place = Some(slot(o)));
        let (address, key) = place.unwrap();
        assert_eq!((d.place, d.field, d.actual.as_str()), (Place::Slot(address, key), "value", "unchanged"));
    }

    #[test]
    fn entries_without_a_change_are_ignored() {
        let expected = outcome();
        let mut actual = expected.clone();
        let same = Some(AccountInfo::from_balance(U256::from(5)));
        let idle = BundleAccount::new(same.clone(), same, Default::default(), Default::default());
        actual.state.state.insert(Address::repeat_byte(9), idle);
        let empty = BundleAccount::new(Some(AccountInfo::default()), None, Default::default(), Default::default());
        actual.state.state.insert(Address::repeat_byte(8), empty);
        assert_eq!(compare(&actual, &expected), []);
    }

    #[test]
    fn claims_are_checked() {
        let outcome = outcome();
        let good = HeaderClaims {
            gas_used: outcome.gas_used,
            logs_bloom: outcome.logs_bloom,
            receipts_root: Some(outcome.receipts_root),
        };
        assert_eq!(check_claims(&outcome, &good), []);
        assert_eq!(check_claims(&outcome, &HeaderClaims { receipts_root: None, ..good.clone() }), []);
        let bad = HeaderClaims { gas_used: 1, logs_bloom: Bloom::ZERO, receipts_root: Some(B256::ZERO) };
        assert_eq!(check_claims(&outcome, &bad).len(), 3);
    }
}
