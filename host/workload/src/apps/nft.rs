//! Collectibles that breed and are auctioned.

use crate::WorkloadError;
use crate::abi::{Kitties, KittyMarket};
use crate::world::{Planned, World};
use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolValue};

/// An ether in wei.
const ETHER: u128 = 1_000_000_000_000_000_000;
const DAY: u32 = 86_400;

#[derive(Clone, Copy)]
enum Action {
    Breed,
    Create,
    Bid,
}

#[derive(Clone, Copy)]
struct Collection {
    kitties: Address,
    market: Address,
}

/// Breeding, auctions and bids. The hot ones are in one collection, with one seller. Each other transaction has a
/// collection of its own, because births are counted and every sale leaves a fee.
pub(super) fn plan(world: &mut World, count: usize) -> Result<Vec<Planned>, WorkloadError> {
    let hot = world.hot(count);
    let hot_collection = if hot.contains(&true) { Some((deploy(world)?, world.user()?)) } else { None };
    let choices = [(40, Action::Breed), (25, Action::Create), (35, Action::Bid)];
    let mut planned = Vec::with_capacity(count);
    for hot in hot {
        let (collection, seller) = match hot_collection {
            Some(pair) if hot => pair,
            _ => (deploy(world)?, world.stranger()),
        };
        let Collection { kitties, market } = collection;
        planned.push(match world.rng.weighted(&choices, Action::Breed) {
            Action::Breed => {
                let user = world.user()?;
                let matron = promote(world, kitties, user)?;
                let sire = promote(world, kitties, user)?;
                Planned::call("nft.breed", hot, user, kitties, &Kitties::breedCall { matron, sire })
            }
            Action::Create => {
                // The hot seller sells one after the other.
                let owner = if hot { seller } else { world.user()? };
                let call = offer(world, collection, owner)?;
                Planned::call("nft.auction", hot, owner, market, &call)
            }
            Action::Bid => {
                let call = offer(world, collection, seller)?;
                world.call(seller, market, &call)?;
                let user = world.user()?;
                let bid = KittyMarket::bidCall { id: call.id };
                // The price has fallen since, what is too much comes back.
                let value = U256::from(call.start);
                let input = bid.abi_encode().into();
                Planned { label: "nft.bid", from: user, to: market, value, input, hot }
            }
        });
    }
    world.chain.advance(1500);
    Ok(planned)
}

fn deploy(world: &mut World) -> Result<Collection, WorkloadError> {
    let kitties = world.deploy("Kitties", Vec::new())?;
    let market = world.deploy("KittyMarket", kitties.abi_encode())?;
    Ok(Collection { kitties, market })
}

fn promote(world: &mut World, kitties: Address, owner: Address) -> Result<U256, WorkloadError> {
    let genes = world.rng.u256();
    world.own(kitties, &Kitties::promoteCall { genes, owner })
}

/// A new animal that the market may take, and the call that offers it.
fn offer(world: &mut World, collection: Collection, owner: Address) -> Result<KittyMarket::createCall, WorkloadError> {
    let id = promote(world, collection.kitties, owner)?;
    world.call(owner, collection.kitties, &Kitties::approveCall { spender: collection.market, id })?;
    let start = ETHER / 100 * u128::from(world.rng.between(10, 100));
    let end = start / u128::from(world.rng.between(2, 20));
    // Longer than the set-up lasts, so that none has come to its end.
    let duration = DAY * world.rng.between(1, 3) as u32;
    Ok(KittyMarket::createCall { id, start, end, duration })
}
