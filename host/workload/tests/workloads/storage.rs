//! Lists of entries, and the board.

use crate::case::{Case, View};
use crate::model::Model;
use alloy_primitives::{Address, U256};
use gaslane_workload::abi::Storage as S;
use std::collections::BTreeMap;

type List = Vec<S::Entry>;

fn list(view: &mut View, contract: Address, who: Address) -> List {
    let length: u64 = view.get(contract, S::lengthCall { who }).to();
    (0..length).map(|i| view.get(contract, S::entryCall { who, i: U256::from(i) })).collect()
}

fn board(view: &mut View, contract: Address) -> Vec<U256> {
    (0..16).map(|i| view.get(contract, S::boardCall { i: U256::from(i) })).collect()
}

pub fn apply(case: &mut Case, model: &mut Model) {
    let time = case.time();
    let mut lists: BTreeMap<(Address, Address), List> = BTreeMap::new();
    let mut boards: BTreeMap<Address, Vec<U256>> = BTreeMap::new();
    for tx in case.of("storage") {
        let view = &mut case.before;
        let board = boards.entry(tx.to).or_insert_with(|| board(view, tx.to));
        let entries = lists.entry((tx.to, tx.from)).or_insert_with(|| list(view, tx.to, tx.from));
        if let Some(c) = tx.call::<S::appendCall>() {
            for i in 0..c.count.to::<u64>() {
                let amount = c.seed.wrapping_to::<u128>().wrapping_add(u128::from(i));
                let sum = entries.last().map_or(U256::ZERO, |e| e.sum).wrapping_add(U256::from(amount));
                let data = (c.seed ^ U256::from(i)).into();
                entries.push(S::Entry { amount, time, flags: i, data, sum });
            }
        } else if let Some(c) = tx.call::<S::changeCall>() {
            for e in entries.iter_mut().step_by(c.stride.to()) {
                // Twice: flags are as before.
                let by = c.by.wrapping_to::<u128>();
                e.amount = e.amount.wrapping_add(by).wrapping_add(by);
                let data = U256::from_be_bytes(e.data.0);
                e.sum = e.sum.wrapping_add(data).wrapping_add(data);
            }
        } else if tx.call::<S::tallyCall>().is_some() {
            let values = entries.iter().map(|e| U256::from(e.amount) ^ U256::from_be_bytes(e.data.0) ^ e.sum);
            let sum = values.fold(U256::ZERO, U256::wrapping_add);
            entries[0].sum = sum;
        } else if let Some(c) = tx.call::<S::dropCall>() {
            entries.truncate(entries.len() - c.count.to::<usize>());
        } else {
            let c: S::stirCall = tx.call().unwrap();
            for i in 0..c.steps.to::<u64>() {
                let to = (c.seed.wrapping_add(U256::from(i)) % U256::from(16)).to::<usize>();
                board[to] = board[to].wrapping_add(board[(to + 15) % 16]).wrapping_add(c.seed);
            }
        }
        model.covered += 1;
    }
    for ((contract, who), expected) in &lists {
        assert_eq!(list(&mut case.after, *contract, *who), *expected, "list of {who}");
    }
    for (contract, expected) in boards {
        assert_eq!(board(&mut case.after, contract), expected);
        // An entry takes three slots and a length one: what was dropped is zero, and nothing else is there.
        let slots = |view: &mut View| view.storage(contract).len();
        let counted = |view: &mut View| {
            let mut count = 0;
            for (_, who) in lists.keys().filter(|(c, _)| *c == contract) {
                let entries = list(view, contract, *who);
                count += usize::from(!entries.is_empty());
                for e in entries {
                    let packed = e.amount != 0 || e.time != 0 || e.flags != 0;
                    count += usize::from(packed) + usize::from(!e.data.is_zero()) + usize::from(!e.sum.is_zero());
                }
            }
            count + board(view, contract).iter().filter(|x| !x.is_zero()).count()
        };
        assert_eq!(slots(&mut case.before), counted(&mut case.before));
        assert_eq!(slots(&mut case.after), counted(&mut case.after));
        model.stores.insert(contract);
    }
}
