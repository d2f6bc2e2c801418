//! Goods traced along a supply chain.

use crate::WorkloadError;
use crate::abi::Provenance;
use crate::world::{Planned, World};
use alloy_primitives::{Address, B256};

/// Items in each transaction.
const BATCH: usize = 8;

#[derive(Clone, Copy)]
enum Action {
    Register,
    Move,
    Inspect,
}

/// Batches registered, handed over and inspected, each its own; the hot batch is inspected again and again.
pub(super) fn plan(world: &mut World, count: usize) -> Result<Vec<Planned>, WorkloadError> {
    let hot = world.hot(count);
    let contract = world.deploy("Provenance", Vec::new())?;
    let hot_batch = if hot.contains(&true) { Some(registered(world, contract, None)?) } else { None };
    let choices = [(30, Action::Register), (40, Action::Move), (30, Action::Inspect)];
    let mut planned = Vec::with_capacity(count);
    for hot in hot {
        let user = world.user()?;
        let action = if hot { Action::Inspect } else { world.rng.weighted(&choices, Action::Move) };
        admit(world, contract, user, matches!(action, Action::Inspect))?;
        planned.push(match action {
            Action::Register => {
                let call = Provenance::registerCall { ids: hashes(world), origins: hashes(world) };
                Planned::call("provenance.register", hot, user, contract, &call)
            }
            Action::Move => {
                let ids = registered(world, contract, Some(user))?;
                let to = world.stranger();
                admit(world, contract, to, false)?;
                let call = Provenance::moveCall { ids, to, document: world.rng.b256() };
                Planned::call("provenance.move", hot, user, contract, &call)
            }
            Action::Inspect => {
                let ids = match &hot_batch {
                    Some(batch) if hot => batch.clone(),
                    _ => registered(world, contract, None)?,
                };
                let grade = world.rng.between(1, 9) as u8;
                let call = Provenance::inspectCall { ids, report: world.rng.b256(), grade };
                Planned::call("provenance.inspect", hot, user, contract, &call)
            }
        });
    }
    world.chain.advance(1000);
    Ok(planned)
}

fn hashes(world: &mut World) -> Vec<B256> {
    (0..BATCH).map(|_| world.rng.b256()).collect()
}

fn admit(world: &mut World, contract: Address, who: Address, inspects: bool) -> Result<(), WorkloadError> {
    world.own(contract, &Provenance::admitCall { who, inspects })?;
    Ok(())
}

/// A batch in someone's hands; if nobody is named, in those of a new party.
fn registered(world: &mut World, contract: Address, who: Option<Address>) -> Result<Vec<B256>, WorkloadError> {
    let holder = match who {
        Some(who) => who,
        None => {
            let who = world.stranger();
            admit(world, contract, who, false)?;
            who
        }
    };
    let ids = hashes(world);
    let call = Provenance::registerCall { ids: ids.clone(), origins: hashes(world) };
    world.call(holder, contract, &call)?;
    Ok(ids)
}
