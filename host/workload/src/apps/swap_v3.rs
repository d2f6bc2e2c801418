//! Swaps in pools with liquidity by range of prices.

use super::token;
use crate::WorkloadError;
use crate::abi::{PoolV3, RouterV3};
use crate::chain::TIME;
use crate::world::{Planned, UNIT, World};
use alloy_primitives::aliases::{I24, U160};
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolValue;

/// Many tokens are paired with these.
const HUBS: usize = 16;
/// Ticks at which liquidity may begin and end are multiples of it.
const SPACING: i32 = 60;
/// The last multiple within all prices.
const FULL: i32 = 887_220;

/// The hot transactions swap in one pool; each other has a pool of its own. One swap in five is large enough to cross
/// ticks where liquidity changes.
pub(super) fn plan(world: &mut World, count: usize) -> Result<Vec<Planned>, WorkloadError> {
    let hot = world.hot(count);
    let router = world.deploy("RouterV3", Vec::new())?;
    let mut pools = Pools { router, provider: world.stranger(), tokens: 0, hubs: Vec::new(), spoke: None, next: 0 };
    let hot_pool = match hot.contains(&true) {
        true => {
            let tokens = [pools.token(world)?, pools.token(world)?];
            Some(pools.create(world, tokens)?)
        }
        false => None,
    };
    // Large swaps alternate, so that the price of a hot pool stays where it can be asked for.
    let mut large = 0;
    let mut planned = Vec::with_capacity(count);
    for hot in hot {
        let user = world.user()?;
        let tokens = match hot_pool {
            Some(tokens) if hot => tokens,
            _ => pools.take(world)?,
        };
        let (direction, units) = match world.rng.percent(20) {
            true => {
                large += 1;
                (large % 2, world.rng.between(5_000, 40_000))
            }
            false => (usize::from(world.rng.percent(50)), world.rng.between(1, 400)),
        };
        let amount = UNIT * U256::from(units) / U256::from(3);
        token::provide(world, tokens[direction], user, router, amount)?;
        let p = RouterV3::SwapParams {
            tokenIn: tokens[direction],
            tokenOut: tokens[1 - direction],
            recipient: user,
            deadline: U256::from(TIME + 600),
            amountIn: amount,
            // Prices begin close to one, and in a hot pool they move.
            amountOutMinimum: amount / U256::from(2),
            limit: U160::ZERO,
        };
        planned.push(Planned::call("v3.swap", hot, user, router, &RouterV3::exactInputSingleCall { p }));
    }
    Ok(planned)
}

/// Makes pools when they are needed.
struct Pools {
    router: Address,
    provider: Address,
    tokens: usize,
    hubs: Vec<Address>,
    spoke: Option<Address>,
    next: usize,
}

impl Pools {
    /// A token of which the provider has plenty.
    fn token(&mut self, world: &mut World) -> Result<Address, WorkloadError> {
        let token = token::deploy(world, self.tokens)?;
        self.tokens += 1;
        token::mint(world, token, self.provider, UNIT * U256::from(10_u64.pow(15)))?;
        token::approve(world, token, self.provider, self.router, U256::MAX)?;
        Ok(token)
    }

    /// The next pool that nobody had yet, of a hub and another token.
    fn take(&mut self, world: &mut World) -> Result<[Address; 2], WorkloadError> {
        let place = self.next % HUBS;
        self.next += 1;
        if self.hubs.len() <= place {
            let hub = self.token(world)?;
            self.hubs.push(hub);
        }
        let spoke = match self.spoke {
            Some(spoke) if place > 0 => spoke,
            _ => self.token(world)?,
        };
        self.spoke = Some(spoke);
        self.create(world, [self.hubs[place], spoke])
    }

    /// A pool with liquidity over all prices and more of it in three ranges around the first price.
    fn create(&self, world: &mut World, tokens: [Address; 2]) -> Result<[Address; 2], WorkloadError> {
        let pool = world.deploy("PoolV3", (tokens[0], tokens[1]).abi_encode_params())?;
        world.own(self.router, &RouterV3::registerCall { pool })?;
        // The square root of the price is between 0.97 and 1.03.
        let millionths = U160::from(world.rng.between(970_000, 1_030_000));
        let price: U160 = (U160::from(1) << 96) / U160::from(1_000_000) * millionths;
        world.own(pool, &PoolV3::startCall { price })?;
        let slot0 = world.own(pool, &PoolV3::slot0Call {})?;
        let middle = slot0.tick.as_i32().div_euclid(SPACING) * SPACING;
        let mut ranges = vec![(-FULL, FULL)];
        for _ in 0..3 {
            let lower = middle - SPACING * world.rng.below(4) as i32;
            let upper = middle + SPACING * world.rng.between(1, 4) as i32;
            ranges.push((lower, upper));
        }
        for (lower, upper) in ranges {
            let call = RouterV3::addLiquidityCall {
                token0: tokens[0],
                token1: tokens[1],
                lower: I24::try_from(lower).unwrap_or_default(),
                upper: I24::try_from(upper).unwrap_or_default(),
                amount: u128::from(world.rng.between(100_000, 500_000)) * 1_000_000_000_000_000_000,
            };
            world.call(self.provider, self.router, &call)?;
        }
        Ok(tokens)
    }
}
