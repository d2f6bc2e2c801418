//! Who holds an item, and the chain of hashes over its history.

use crate::case::Case;
use crate::model::Model;
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolValue;
use gaslane_workload::abi::Provenance as P;
use std::collections::BTreeMap;

pub fn apply(case: &mut Case, model: &mut Model) {
    let time = case.time();
    let mut items: BTreeMap<(Address, B256), P::itemsReturn> = BTreeMap::new();
    for tx in case.of("provenance") {
        let mut step = |id: B256, what: u64, document: B256, change: &dyn Fn(&mut P::itemsReturn)| {
            let item = items.entry((tx.to, id)).or_insert_with(|| case.before.get(tx.to, P::itemsCall { id }));
            change(item);
            let link = (item.head, U256::from(what), tx.from, document, U256::from(time));
            item.head = keccak256(link.abi_encode());
            item.changed = time.try_into().unwrap();
            item.steps += alloy_primitives::aliases::U24::from(1);
            item.last = what as u8;
        };
        if let Some(call) = tx.call::<P::registerCall>() {
            assert_eq!(call.ids.len(), 8);
            for (id, origin) in call.ids.into_iter().zip(call.origins) {
                step(id, 1, origin, &|item| {
                    assert_eq!(item.custodian, Address::ZERO);
                    (item.custodian, item.origin) = (tx.from, origin);
                });
            }
        } else if let Some(call) = tx.call::<P::moveCall>() {
            for id in call.ids {
                step(id, 2, call.document, &|item| {
                    assert_eq!(item.custodian, tx.from);
                    item.custodian = call.to;
                });
            }
        } else {
            let call: P::inspectCall = tx.call().unwrap();
            for id in call.ids {
                step(id, 3, call.report, &|item| {
                    item.grade = if item.grade == 0 { call.grade } else { item.grade.min(call.grade) };
                });
            }
        }
        model.covered += 1;
    }
    for ((contract, id), item) in items {
        assert_eq!(case.after.get(contract, P::itemsCall { id }), item, "item {id}");
        model.stores.insert(contract);
    }
}
