//! Merkle proofs and hashes.

use crate::case::Case;
use crate::model::Model;
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolValue;
use gaslane_workload::abi::Hasher as H;
use std::collections::BTreeMap;

fn pair(a: B256, b: B256) -> B256 {
    keccak256([a.0, b.0].concat())
}

pub fn apply(case: &mut Case, model: &mut Model) {
    let mut results: BTreeMap<(Address, Address), B256> = BTreeMap::new();
    let mut digests: BTreeMap<Address, B256> = BTreeMap::new();
    let mut claims: BTreeMap<(Address, U256), U256> = BTreeMap::new();
    for tx in case.of("keccak") {
        let (result, shared, kept) = if let Some(c) = tx.call::<H::claimCall>() {
            let mut node = keccak256((c.index, tx.from, c.amount).abi_encode());
            assert!(c.proof.len() >= 8);
            for other in &c.proof {
                let (low, high) = (node.min(*other), node.max(*other));
                node = pair(low, high);
            }
            assert_eq!(node, case.before.get(tx.to, H::rootCall {}));
            assert_eq!(claims.insert((tx.to, c.index), c.amount), None);
            (keccak256(c.index.abi_encode()), c.shared, false)
        } else if let Some(c) = tx.call::<H::chainCall>() {
            let rounds = 0..c.rounds.to::<usize>();
            (rounds.fold(c.seed, |h, _| pair(h, c.seed)), c.shared, true)
        } else {
            let c: H::lengthsCall = tx.call().unwrap();
            let sizes = (1..=c.data.len()).step_by(c.step.to());
            (sizes.fold(B256::ZERO, |h, size| pair(h, keccak256(&c.data[..size]))), c.shared, true)
        };
        let digest = digests.entry(tx.to).or_insert_with(|| case.before.get(tx.to, H::digestCall {}));
        if shared {
            *digest = pair(*digest, result);
        } else if kept {
            results.insert((tx.to, tx.from), result);
        }
        model.covered += 1;
    }
    for ((contract, index), amount) in claims {
        assert_eq!(case.before.get(contract, H::claimedCall { index }), U256::ZERO);
        assert_eq!(case.after.get(contract, H::claimedCall { index }), amount);
    }
    for (contract, digest) in digests {
        assert_eq!(case.after.get(contract, H::digestCall {}), digest);
        model.stores.insert(contract);
    }
    for ((contract, who), result) in results {
        assert_eq!(case.after.get(contract, H::resultsCall { who }), result);
    }
}
