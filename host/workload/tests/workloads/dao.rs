//! Votes weigh as many tokens as the voter held, and the majority decides if enough took part.

use crate::case::Case;
use crate::model::Model;
use alloy_primitives::{Address, B256, U256};
use gaslane_workload::abi::{Governor as G, VoteToken};
use std::collections::BTreeMap;

pub fn apply(case: &mut Case, model: &mut Model) {
    let done = case.of("dao");
    let Some(governor) = done.first().map(|tx| tx.to) else { return };
    let (number, time) = (case.number(), case.time());
    let Case { before, after, .. } = case;
    let token = before.get(governor, G::tokenCall {});
    let mut proposals: BTreeMap<B256, G::proposalsReturn> = BTreeMap::new();
    let mut ballots: BTreeMap<(B256, Address), u8> = BTreeMap::new();
    for (i, tx) in done.iter().enumerate() {
        if let Some(call) = tx.call::<G::castVoteCall>() {
            // Nobody got tokens since the proposal, and all vote for themselves.
            let weight = before.get(token, VoteToken::balanceOfCall { who: tx.from });
            assert_eq!(before.get(token, VoteToken::delegatesCall { who: tx.from }), tx.from);
            assert!(!weight.is_zero());
            let p = proposals.entry(call.id).or_insert_with(|| before.get(governor, G::proposalsCall { id: call.id }));
            assert_eq!((p.outcome, u64::from(p.last)), (0, number));
            match call.support {
                0 => p.against += weight,
                1 => p.favour += weight,
                2 => p.abstain += weight,
                other => panic!("{other}"),
            }
            assert_eq!(ballots.insert((call.id, tx.from), call.support + 1), None);
        } else {
            let id = tx.call::<G::queueCall>().unwrap().id;
            assert_eq!(i + 1, done.len(), "the count comes last");
            let p = proposals.entry(id).or_insert_with(|| before.get(governor, G::proposalsCall { id }));
            let supply = before.get(token, VoteToken::totalSupplyCall {});
            let quorum = (p.favour + p.abstain) * U256::from(100) >= supply * U256::from(4);
            p.outcome = if quorum && p.favour > p.against { 2 } else { 1 };
            p.due = if p.outcome == 2 { time + 2 * 86_400 } else { 0 };
        }
        model.covered += 1;
    }
    for (id, proposal) in proposals {
        assert_eq!(after.get(governor, G::proposalsCall { id }), proposal, "proposal {id}");
    }
    for ((id, voter), ballot) in ballots {
        assert_eq!(after.get(governor, G::ballotsCall { id, voter }), ballot);
    }
    model.stores.insert(governor);
}
