//! Votes weighted by tokens.

use crate::WorkloadError;
use crate::abi::{Governor, VoteToken};
use crate::world::{Planned, UNIT, World};
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolValue;

const REASONS: [&str; 4] = ["", "", "agreed", "the costs are not known, and there is time to find out"];

/// Votes on the hot proposal, or each on a proposal of its own. The last transaction counts: the hot proposal if there is
/// one, else one on which the votes were given before. A block of one transaction is a vote alone.
pub(super) fn plan(world: &mut World, count: usize) -> Result<Vec<Planned>, WorkloadError> {
    let counts = count > 1;
    let hot = world.hot(count - usize::from(counts));
    let token = world.deploy("VoteToken", Vec::new())?;
    let governor = world.deploy("Governor", token.abi_encode())?;
    let voters = hot.iter().map(|_| world.user()).collect::<Result<Vec<_>, _>>()?;
    let elder = world.stranger();
    // Votes come in over some blocks, so that there is something to search in the checkpoints.
    for round in 0..4 {
        for voter in voters.iter().chain([&elder]) {
            if round == 0 {
                world.call(*voter, token, &VoteToken::delegateCall { to: *voter })?;
            }
            if round == 0 || world.rng.percent(50) {
                let amount = UNIT * U256::from(world.rng.between(1, 10_000));
                world.own(token, &VoteToken::mintCall { to: *voter, amount })?;
            }
        }
        world.chain.advance(100);
    }
    let hot_proposal = if hot.contains(&true) { Some(propose(world, governor)?) } else { None };
    let own = hot.iter().map(|hot| match hot_proposal {
        Some(id) if *hot => Ok(id),
        _ => propose(world, governor),
    });
    let proposals = own.collect::<Result<Vec<_>, _>>()?;
    let decided = match hot_proposal {
        Some(id) => id,
        None => propose(world, governor)?,
    };
    world.chain.advance(10);
    if hot_proposal.is_none() {
        world.call(elder, governor, &Governor::castVoteCall { id: decided, support: 1, reason: String::new() })?;
    }

    let mut planned = Vec::with_capacity(count);
    for ((voter, hot), id) in voters.into_iter().zip(hot).zip(proposals) {
        let support = world.rng.weighted(&[(60, 1), (30, 0), (10, 2)], 1);
        let reason = REASONS[world.rng.below(REASONS.len() as u64) as usize].to_owned();
        let call = Governor::castVoteCall { id, support, reason };
        planned.push(Planned::call("dao.vote", hot, voter, governor, &call));
    }
    if counts {
        let caller = world.user()?;
        let call = Governor::queueCall { id: decided };
        planned.push(Planned::call("dao.queue", hot_proposal.is_some(), caller, governor, &call));
    }
    Ok(planned)
}

/// A proposal whose last block for votes is the one that is generated.
fn propose(world: &mut World, governor: Address) -> Result<B256, WorkloadError> {
    let blocks = u32::try_from(world.chain.back()).unwrap_or(u32::MAX);
    let (action, description) = (world.rng.b256(), world.rng.b256());
    world.own(governor, &Governor::proposeCall { action, description, blocks })
}
