//! Reads and writes of storage.

use crate::WorkloadError;
use crate::abi::Storage;
use crate::world::{Planned, World};
use alloy_primitives::U256;

#[derive(Clone, Copy)]
enum Action {
    Append,
    Change,
    Tally,
    Drop,
}

/// Every sender has a list of his own; the hot ones stir the board.
pub(super) fn plan(world: &mut World, count: usize) -> Result<Vec<Planned>, WorkloadError> {
    let hot = world.hot(count);
    let contract = world.deploy("Storage", Vec::new())?;
    if hot.contains(&true) {
        let (seed, steps) = (world.rng.u256(), U256::from(16));
        world.own(contract, &Storage::stirCall { seed, steps })?;
    }
    let choices = [(30, Action::Append), (30, Action::Change), (20, Action::Tally), (20, Action::Drop)];
    let mut planned = Vec::with_capacity(count);
    for hot in hot {
        let user = world.user()?;
        if hot {
            let call = Storage::stirCall { seed: world.rng.u256(), steps: U256::from(world.rng.between(8, 64)) };
            planned.push(Planned::call("storage.stir", hot, user, contract, &call));
            continue;
        }
        let length = world.rng.between(8, 20);
        let seed = world.rng.u256();
        world.call(user, contract, &Storage::appendCall { count: U256::from(length), seed })?;
        planned.push(match world.rng.weighted(&choices, Action::Append) {
            Action::Append => {
                let call = Storage::appendCall { count: U256::from(world.rng.between(1, 6)), seed: world.rng.u256() };
                Planned::call("storage.append", hot, user, contract, &call)
            }
            Action::Change => {
                let call = Storage::changeCall { stride: U256::from(world.rng.between(1, 4)), by: world.rng.u256() };
                Planned::call("storage.change", hot, user, contract, &call)
            }
            Action::Tally => Planned::call("storage.tally", hot, user, contract, &Storage::tallyCall {}),
            Action::Drop => {
                let call = Storage::dropCall { count: U256::from(world.rng.between(1, length)) };
                Planned::call("storage.drop", hot, user, contract, &call)
            }
        });
    }
    world.chain.advance(100);
    Ok(planned)
}
