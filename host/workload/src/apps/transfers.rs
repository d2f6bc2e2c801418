//! Transfers of value between accounts without code.

use crate::WorkloadError;
use crate::world::{Planned, UNIT, World};
use alloy_primitives::{Bytes, U256};

/// The hot sender pays others and is paid by others, in turn as chance has it.
pub(super) fn plan(world: &mut World, count: usize) -> Result<Vec<Planned>, WorkloadError> {
    let hot = world.hot(count);
    let sender = world.user()?;
    let mut planned = Vec::with_capacity(count);
    for hot in hot {
        // Less than 0.01 ether: the hot sender can pay each of the most transactions.
        let value = U256::from(world.rng.between(1, 9_000_000_000_000_000));
        let pays = hot && world.rng.percent(50);
        let from = if pays { sender } else { world.user()? };
        let to = if hot && !pays { sender } else { world.stranger() };
        // Half of the recipients exist already.
        if to != sender && world.rng.percent(50) {
            world.chain.fund(to, UNIT);
        }
        planned.push(Planned { label: "value.transfer", from, to, value, input: Bytes::new(), hot });
    }
    Ok(planned)
}
