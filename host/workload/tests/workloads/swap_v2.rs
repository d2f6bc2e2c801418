//! Pools with a constant product: what comes out follows from the reserves, 0.3 % of what goes in is kept.

use crate::case::{Case, View};
use crate::model::Model;
use alloy_primitives::{Address, U256};
use gaslane_workload::abi::{PairV2, RouterV2, Token};
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
struct Pool {
    tokens: [Address; 2],
    reserves: [U256; 2],
    first: [U256; 2],
    updated: u32,
    cumulative: [U256; 2],
}

fn read(view: &mut View, pair: Address) -> Pool {
    let r = view.get(pair, PairV2::getReservesCall {});
    let reserves = [U256::from(r.reserve0), U256::from(r.reserve1)];
    Pool {
        tokens: [view.get(pair, PairV2::token0Call {}), view.get(pair, PairV2::token1Call {})],
        reserves,
        first: reserves,
        updated: r.updated,
        cumulative: [view.get(pair, PairV2::price0CumulativeCall {}), view.get(pair, PairV2::price1CumulativeCall {})],
    }
}

pub fn apply(case: &mut Case, model: &mut Model) {
    let mut pools: BTreeMap<Address, Pool> = BTreeMap::new();
    for tx in case.of("v2") {
        let call: RouterV2::swapExactTokensForTokensCall = tx.call().unwrap();
        assert_eq!(call.path.len(), if tx.label == "v2.swapTwice" { 3 } else { 2 });
        let mut amount = call.amountIn;
        let mut steps = Vec::new();
        for hop in call.path.windows(2) {
            let pair = case.before.get(tx.to, RouterV2::pairsCall { a: hop[0], b: hop[1] });
            let pool = pools.entry(pair).or_insert_with(|| read(&mut case.before, pair));
            let side = usize::from(pool.tokens[1] == hop[0]);
            assert_eq!([pool.tokens[side], pool.tokens[1 - side]], [hop[0], hop[1]]);
            // (x + 0.997 in) (y - out) = x y, rounded in the pool's favour.
            let (x, y) = (pool.reserves[side], pool.reserves[1 - side]);
            let thousandths = x * U256::from(1000) + amount * U256::from(997);
            let left = (x * y * U256::from(1000)).div_ceil(thousandths);
            let out = y - left;
            steps.push((hop[0], pair, amount));
            pool.reserves[side] += amount;
            pool.reserves[1 - side] -= out;
            assert!(pool.reserves[0] * pool.reserves[1] >= x * y);
            amount = out;
        }
        assert!(amount >= call.amountOutMin && call.deadline >= U256::from(case.time()));
        let (token, pair, first) = steps[0];
        model.takes(token, tx.from, tx.to, pair, first);
        for two in steps.windows(2) {
            model.moves(two[1].0, two[0].1, two[1].1, two[1].2);
        }
        model.moves(call.path[call.path.len() - 1], steps[steps.len() - 1].1, call.to, amount);
        model.covered += 1;
    }
    let time = case.time() as u32;
    for (pair, mut pool) in pools {
        let after = read(&mut case.after, pair);
        let elapsed = U256::from(time - pool.updated);
        assert!(!elapsed.is_zero());
        // Prices count from before the block's first swap, as Q112 numbers, for the time since the last change.
        for side in [0, 1] {
            let price = (pool.first[1 - side] << 112) / pool.first[side];
            pool.cumulative[side] += price * elapsed;
            let call = Token::balanceOfCall { owner: pair };
            assert_eq!(case.after.get(pool.tokens[side], call), pool.reserves[side]);
        }
        assert_eq!((after.reserves, after.updated, after.cumulative), (pool.reserves, time, pool.cumulative));
        let shares = case.before.get(pair, PairV2::totalSharesCall {});
        assert_eq!(case.after.get(pair, PairV2::totalSharesCall {}), shares);
        model.stores.insert(pair);
    }
}
