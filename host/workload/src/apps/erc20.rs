//! Transfers of tokens.

use super::token;
use crate::WorkloadError;
use crate::abi::Token::{transferCall, transferFromCall};
use crate::world::{Planned, UNIT, World};
use alloy_primitives::U256;

/// Distinct senders, and distinct recipients except for the hot one of token 0. Three of twenty transfers are made by a
/// third party. With several tokens, transfers that are not hot are of the others.
pub(super) fn plan(world: &mut World, count: usize, tokens: usize) -> Result<Vec<Planned>, WorkloadError> {
    let hot = world.hot(count);
    let tokens = (0..tokens).map(|i| token::deploy(world, i)).collect::<Result<Vec<_>, _>>()?;
    let favourite = world.stranger();
    let mut planned = Vec::with_capacity(count);
    for hot in hot {
        let contract = match (hot, tokens.as_slice()) {
            (true, _) | (false, [_]) => tokens[0],
            (false, all) => all[world.rng.between(1, all.len() as u64 - 1) as usize],
        };
        let to = if hot { favourite } else { world.stranger() };
        // Some recipients hold the token already, which makes a transfer cheaper.
        if !hot && world.rng.percent(60) {
            token::mint(world, contract, to, UNIT)?;
        }
        let amount = UNIT * U256::from(world.rng.between(1, 1000)) / U256::from(7);
        let owner = world.user()?;
        if world.rng.percent(15) {
            let spender = world.user()?;
            token::provide(world, contract, owner, spender, amount)?;
            let call = transferFromCall { from: owner, to, amount };
            planned.push(Planned::call("token.transferFrom", hot, spender, contract, &call));
        } else {
            let has = amount * U256::from(world.rng.between(1, 3));
            token::mint(world, contract, owner, has)?;
            let call = transferCall { to, amount };
            planned.push(Planned::call("token.transfer", hot, owner, contract, &call));
        }
    }
    Ok(planned)
}
