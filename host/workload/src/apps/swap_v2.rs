//! Swaps in pools with a constant product.

use super::token;
use crate::WorkloadError;
use crate::abi::{PairV2, RouterV2};
use crate::chain::TIME;
use crate::world::{Planned, UNIT, World};
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolValue;

/// Many tokens are paired with these, as most are with a few on mainnet.
const HUBS: usize = 16;

struct Pool {
    tokens: [Address; 2],
    reserves: [U256; 2],
}

/// The hot transactions swap in one pool. Each other has a pool of its own, or two in so many of 100 cases.
pub(super) fn plan(world: &mut World, count: usize, double: u64) -> Result<Vec<Planned>, WorkloadError> {
    let hot = world.hot(count);
    let router = world.deploy("RouterV2", Vec::new())?;
    let mut pools = Pools { router, tokens: 0, hubs: Vec::new(), spoke: Address::ZERO, next: 0 };
    let hot_pool = match hot.contains(&true) {
        true => {
            let tokens = [pools.token(world)?, pools.token(world)?];
            Some(pools.create(world, tokens)?)
        }
        false => None,
    };
    // Pools were last used at various times.
    world.chain.advance(50);
    let mut planned = Vec::with_capacity(count);
    for hot in hot {
        let user = world.user()?;
        let direction = usize::from(world.rng.percent(50));
        let mut path = Vec::with_capacity(3);
        let own;
        let first = match &hot_pool {
            Some(pool) if hot => pool,
            _ => {
                own = pools.take(world)?;
                &own
            }
        };
        let amount = first.reserves[direction] * U256::from(world.rng.between(1, 200)) / U256::from(1_000_000);
        let mut out = quote(amount, first.reserves[direction], first.reserves[1 - direction]);
        path.extend([first.tokens[direction], first.tokens[1 - direction]]);
        let mut label = "v2.swap";
        if !hot && world.rng.percent(double) {
            // On from the token that came out to a new one.
            let tokens = [path[1], pools.token(world)?];
            let second = pools.create(world, tokens)?;
            out = quote(out, second.reserves[0], second.reserves[1]);
            path.push(second.tokens[1]);
            label = "v2.swapTwice";
        }
        token::provide(world, path[0], user, router, amount)?;
        let call = RouterV2::swapExactTokensForTokensCall {
            amountIn: amount,
            // Generous, since the price in a hot pool depends on all before.
            amountOutMin: out * U256::from(4) / U256::from(5),
            path,
            to: user,
            deadline: U256::from(TIME + 600),
        };
        planned.push(Planned::call(label, hot, user, router, &call));
    }
    Ok(planned)
}

/// What comes out for an amount that goes in.
fn quote(amount: U256, reserve_in: U256, reserve_out: U256) -> U256 {
    let net = amount * U256::from(997);
    net * reserve_out / (reserve_in * U256::from(1000) + net)
}

/// Makes pools when they are needed.
struct Pools {
    router: Address,
    tokens: usize,
    hubs: Vec<Address>,
    spoke: Address,
    next: usize,
}

impl Pools {
    fn token(&mut self, world: &mut World) -> Result<Address, WorkloadError> {
        self.tokens += 1;
        token::deploy(world, self.tokens - 1)
    }

    /// The next pool that nobody had yet, of a hub and another token.
    fn take(&mut self, world: &mut World) -> Result<Pool, WorkloadError> {
        let place = self.next % HUBS;
        self.next += 1;
        if place == 0 {
            self.spoke = self.token(world)?;
        }
        if self.hubs.len() <= place {
            let hub = self.token(world)?;
            self.hubs.push(hub);
        }
        self.create(world, [self.hubs[place], self.spoke])
    }

    fn create(&self, world: &mut World, tokens: [Address; 2]) -> Result<Pool, WorkloadError> {
        let pair = world.deploy("PairV2", (tokens[0], tokens[1]).abi_encode_params())?;
        let reserves = [0, 1].map(|_| UNIT * U256::from(world.rng.between(100_000, 10_000_000)));
        for (token, reserve) in tokens.into_iter().zip(reserves) {
            token::mint(world, token, pair, reserve)?;
        }
        let to = world.deployer;
        world.own(pair, &PairV2::mintCall { to })?;
        world.own(self.router, &RouterV2::registerCall { pair })?;
        Ok(Pool { tokens, reserves })
    }
}
