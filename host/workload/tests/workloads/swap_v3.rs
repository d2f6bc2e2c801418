//! Pools with liquidity by range: the curve is followed with real numbers from one end of a range to the next.

use crate::case::{Case, View};
use crate::fixed::{Fixed, ZERO};
use crate::model::Model;
use alloy_primitives::aliases::I24;
use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::SolEvent;
use gaslane_workload::abi::{PoolV3, RouterV3};
use std::collections::BTreeMap;

/// Ticks further from zero than this hold no liquidity's end, other than the last.
const SCANNED: i32 = 3000;
const LAST: i32 = 887_220;

struct Pool {
    tokens: [Address; 2],
    /// Liquidity from each tick on, to the next one.
    liquidity: BTreeMap<i32, i128>,
    price: Fixed,
    growth: [Fixed; 2],
}

fn read(view: &mut View, pool: Address) -> Pool {
    let mut liquidity = BTreeMap::new();
    let mut sum = 0;
    let inner = (-SCANNED..=SCANNED).step_by(60);
    for tick in [-LAST].into_iter().chain(inner).chain([LAST]) {
        let net = view.get(pool, PoolV3::ticksCall { tick: I24::try_from(tick).unwrap() }).net;
        if net != 0 {
            sum += net;
            liquidity.insert(tick, sum);
        }
    }
    assert_eq!(sum, 0);
    let growth0 = view.get(pool, PoolV3::growth0Call {});
    let growth1 = view.get(pool, PoolV3::growth1Call {});
    Pool {
        tokens: [view.get(pool, PoolV3::token0Call {}), view.get(pool, PoolV3::token1Call {})],
        liquidity,
        price: Fixed::q(U256::from(view.get(pool, PoolV3::slot0Call {}).price), 96),
        growth: [Fixed::q(growth0, 128), Fixed::q(growth1, 128)],
    }
}

/// Swaps and gives what comes out, and how many ranges were left.
fn swap(pool: &mut Pool, down: bool, amount: U256, one: &impl Fn(i32) -> Fixed) -> (Fixed, usize) {
    let keep = Fixed::ratio(997_u64, 1000);
    let fee = Fixed::ratio(3_u64, 997);
    let mut left = Fixed::new(amount) * keep;
    let (mut out, mut crossed) = (ZERO, 0);
    let inverse = |x: Fixed| Fixed::new(1_u64) / x;
    loop {
        // The range that the price is in. At its lower end a falling price is already in the one below.
        let p = pool.price;
        let ends: Vec<(i32, i128)> = pool.liquidity.iter().map(|(t, l)| (*t, *l)).collect();
        let range = ends.windows(2).find(|w| {
            let (low, high) = (one(w[0].0), one(w[1].0));
            if down { low < p && p <= high } else { low <= p && p < high }
        });
        let range = range.expect("within all liquidity");
        let l = Fixed::new(u128::try_from(range[0].1).unwrap());
        let end = one(if down { range[0].0 } else { range[1].0 });
        let most = if down { l * (inverse(end) - inverse(p)) } else { l * (end - p) };
        let used = if left < most { left } else { most };
        let next = match (left < most, down) {
            (false, _) => end,
            (true, true) => l * p / (l + left * p),
            (true, false) => p + left / l,
        };
        out = out + if down { l * (p - next) } else { l * (inverse(p) - inverse(next)) };
        pool.growth[usize::from(!down)] = pool.growth[usize::from(!down)] + used * fee / l;
        pool.price = next;
        if left < most {
            return (out, crossed);
        }
        left = left - used;
        crossed += 1;
    }
}

pub fn apply(case: &mut Case, model: &mut Model) {
    let mut pools: BTreeMap<Address, Pool> = BTreeMap::new();
    let roots: std::cell::RefCell<BTreeMap<i32, Fixed>> = Default::default();
    let one = |tick: i32| *roots.borrow_mut().entry(tick).or_insert_with(|| Fixed::root_price(tick));
    let mut crossed = 0;
    let done = case.of("v3");
    for tx in &done {
        let p = tx.call::<RouterV3::exactInputSingleCall>().unwrap().p;
        let address = case.before.get(tx.to, RouterV3::poolsCall { a: p.tokenIn, b: p.tokenOut });
        let pool = pools.entry(address).or_insert_with(|| read(&mut case.before, address));
        let down = pool.tokens[0] == p.tokenIn;
        assert_eq!(pool.tokens[usize::from(down)], p.tokenOut);
        let (exact, ranges) = swap(pool, down, p.amountIn, &one);
        crossed += ranges;

        // What the pool says: all went in, what came out is exact but for a few wei in the pool's favour.
        let log = tx.logs.iter().find_map(|log| PoolV3::Swap::decode_log(log).ok()).unwrap();
        assert_eq!(log.address, address);
        let (paid, got) = if down { (log.amount0, -log.amount1) } else { (log.amount1, -log.amount0) };
        assert_eq!(paid, I256::try_from(p.amountIn).unwrap());
        let got = U256::try_from(got).unwrap();
        assert!(got >= p.amountOutMinimum);
        // A step is rounded thrice. There is one for each range, and one more where a word of the bitmap ends.
        let wei = Fixed::new(6 + 3 * ranges as u64);
        assert!(Fixed::new(got) <= exact && exact < Fixed::new(got) + wei, "{got}, exactly {}", exact.floor());
        let price = Fixed::q(U256::from(log.price), 96);
        assert!(price.close(pool.price, 70), "price {}", log.price);
        let tick = log.tick.as_i32();
        assert!(one(tick) <= price + Fixed::q(1_u64, 95) && price < one(tick + 1), "tick {tick}");
        let (_, liquidity) = pool.liquidity.range(..=tick).next_back().unwrap();
        assert_eq!(i128::try_from(log.liquidity).unwrap(), *liquidity);
        // Go on from what the pool rounded to.
        pool.price = price;

        model.takes(p.tokenIn, tx.from, tx.to, address, p.amountIn);
        model.moves(p.tokenOut, address, p.recipient, got);
        model.covered += 1;
    }
    for (address, pool) in pools {
        let after = read(&mut case.after, address);
        assert_eq!(after.price, pool.price);
        assert_eq!(after.liquidity, pool.liquidity);
        for side in [0, 1] {
            assert!(after.growth[side].close(pool.growth[side], 50) || pool.growth[side] == ZERO);
        }
        assert!(!case.after.get(address, PoolV3::slot0Call {}).locked);
        model.stores.insert(address);
    }
    if done.len() >= 50 {
        assert!(crossed >= 5, "hardly a swap left its range: {crossed}");
    }
}
