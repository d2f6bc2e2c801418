//! Hashes, and claims with Merkle proofs.

use crate::WorkloadError;
use crate::abi::Hasher;
use crate::merkle::Tree;
use crate::world::{Planned, UNIT, World};
use alloy_primitives::{Address, U256, keccak256};
use alloy_sol_types::SolValue;

/// An airdrop has at least as many leaves.
const LEAST_LEAVES: usize = 1000;

#[derive(Clone, Copy, PartialEq)]
enum Action {
    Claim,
    Chain,
    Lengths,
}

/// Each result is kept for its sender; the hot ones are folded into one digest.
pub(super) fn plan(world: &mut World, count: usize) -> Result<Vec<Planned>, WorkloadError> {
    let hot = world.hot(count);
    let choices = [(50, Action::Claim), (25, Action::Chain), (25, Action::Lengths)];
    let mut senders = Vec::with_capacity(count);
    for _ in 0..count {
        senders.push((world.rng.weighted(&choices, Action::Claim), world.user()?));
    }
    let mut entitled: Vec<Address> =
        senders.iter().filter(|(action, _)| *action == Action::Claim).map(|(_, user)| *user).collect();
    while entitled.len() < LEAST_LEAVES {
        entitled.push(world.stranger());
    }
    world.rng.shuffle(&mut entitled);
    let amounts: Vec<U256> = entitled.iter().map(|_| UNIT * U256::from(world.rng.between(1, 5000))).collect();
    let leaf =
        |(index, (who, amount)): (usize, (&Address, &U256))| keccak256((U256::from(index), *who, *amount).abi_encode());
    let tree = Tree::new(entitled.iter().zip(&amounts).enumerate().map(leaf).collect());
    let places: std::collections::HashMap<Address, usize> = entitled.iter().copied().zip(0..).collect();
    let contract = world.deploy("Hasher", tree.root().abi_encode())?;

    let mut planned = Vec::with_capacity(count);
    for ((action, user), shared) in senders.into_iter().zip(hot) {
        planned.push(match action {
            Action::Claim => {
                let place = places.get(&user).copied().unwrap_or_default();
                let (index, proof) = (U256::from(place), tree.proof(place));
                let call = Hasher::claimCall { index, amount: amounts[place], proof, shared };
                Planned::call("keccak.claim", shared, user, contract, &call)
            }
            Action::Chain => {
                let (seed, rounds) = (world.rng.b256(), U256::from(world.rng.between(100, 800)));
                let call = Hasher::chainCall { seed, rounds, shared };
                Planned::call("keccak.chain", shared, user, contract, &call)
            }
            Action::Lengths => {
                let words = world.rng.between(8, 48);
                let data: Vec<u8> = (0..words).flat_map(|_| world.rng.b256().0).collect();
                let step = U256::from(world.rng.between(7, 61));
                let call = Hasher::lengthsCall { data: data.into(), step, shared };
                Planned::call("keccak.lengths", shared, user, contract, &call)
            }
        });
    }
    Ok(planned)
}
