//! The money market: indices follow from rates, shares from indices, and who may borrow or be liquidated from prices.

use crate::case::{Case, View};
use crate::fixed::{Fixed, ZERO};
use crate::model::Model;
use alloy_primitives::{Address, U256, uint};
use gaslane_workload::abi::{LendingMarket as M, PriceOracle};
use std::collections::{BTreeMap, BTreeSet};

const RAY: U256 = uint!(1_000_000_000_000_000_000_000_000_000_U256);

fn u(x: u128) -> U256 {
    U256::from(x)
}

struct Reserve {
    now: M::reservesReturn,
    supply: U256,
    borrow: U256,
    price: U256,
}

/// A reserve with interest until now, checked against rates by the year.
fn accrued(before: &mut View, after: &mut View, market: Address, id: U256, time: u64, written: bool) -> Reserve {
    let old = before.get(market, M::reservesCall { id });
    let new = after.get(market, M::reservesCall { id });
    let oracle = before.get(market, M::oracleCall {});
    let price = before.get(oracle, PriceOracle::priceCall { token: old.token });
    if !written {
        // Nobody borrows what backs the loans, so its indices stand.
        assert_eq!(old, new);
        assert_eq!(old.debt, 0);
        return Reserve { supply: u(old.supplyIndex), borrow: u(old.borrowIndex), price, now: old };
    }
    let elapsed = Fixed::new(time - old.updated.to::<u64>());
    assert!(elapsed > ZERO);
    let year = Fixed::new(365 * 86_400_u64);
    let owed = Fixed::new(old.debt) * Fixed::new(old.borrowIndex) / Fixed::new(RAY);
    let used = owed / (owed + Fixed::new(old.cash));
    let kink = Fixed::ratio(8_u64, 10);
    let by = |over: u64| Fixed::ratio(over, 100);
    let rate = match used <= kink {
        true => by(1) + by(4) * used / kink,
        false => by(5) + by(75) * (used - kink) / by(20),
    };
    let growth = rate * elapsed / year;
    let borrow = Fixed::new(old.borrowIndex) * (Fixed::new(1_u64) + growth);
    let interest = owed * growth;
    let supply = Fixed::new(old.supplyIndex) + interest * by(90) * Fixed::new(RAY) / Fixed::new(old.shares);
    // Utilisation has 18 digits, so indices of 27 have about 18 right.
    assert!(Fixed::new(new.borrowIndex).close(borrow, 60) && Fixed::new(new.supplyIndex).close(supply, 60));
    assert!(new.borrowIndex > old.borrowIndex && new.supplyIndex > old.supplyIndex);
    assert!(Fixed::new(new.treasury - old.treasury).close(interest * by(10), 50));
    assert_eq!(new.updated.to::<u64>(), time);
    let (supply, borrow) = (u(new.supplyIndex), u(new.borrowIndex));
    Reserve { now: old, supply, borrow, price }
}

pub fn apply(case: &mut Case, model: &mut Model) {
    let done = case.of("lending");
    let Some(market) = done.first().map(|tx| tx.to) else { return };
    let time = case.time();
    // Which reserves have transactions, and which only back loans.
    let mut written = BTreeSet::new();
    for tx in &done {
        let deposit = tx.call::<M::depositCall>().map(|c| c.id);
        let borrow = tx.call::<M::borrowCall>().map(|c| c.id);
        let repay = tx.call::<M::repayCall>().map(|c| c.id);
        let liquidate = tx.call::<M::liquidateCall>().map(|c| c.debtId);
        written.insert(deposit.or(borrow).or(repay).or(liquidate).unwrap());
    }
    let Case { before, after, .. } = case;
    let mut reserves: BTreeMap<U256, Reserve> = BTreeMap::new();
    // The first two hold collateral.
    for id in written.iter().copied().chain([U256::ZERO, U256::from(1)]) {
        let reserve = accrued(before, after, market, id, time, written.contains(&id));
        reserves.insert(id, reserve);
    }
    let ids: Vec<U256> = reserves.keys().copied().collect();
    let mut positions: BTreeMap<(Address, U256), [U256; 2]> = BTreeMap::new();
    let mut users = BTreeSet::new();
    for tx in &done {
        users.insert(tx.from);
        if let Some(call) = tx.call::<M::liquidateCall>() {
            users.insert(call.user);
        }
    }
    for user in &users {
        for id in &ids {
            let p = before.get(market, M::positionsCall { user: *user, id: *id });
            positions.insert((*user, *id), [u(p.shares), u(p.debt)]);
        }
    }

    /// Collateral times a percentage, and debts.
    fn account(
        user: Address,
        positions: &BTreeMap<(Address, U256), [U256; 2]>,
        reserves: &BTreeMap<U256, Reserve>,
        share: u64,
    ) -> (Fixed, Fixed) {
        let (mut backing, mut owed) = (ZERO, ZERO);
        for (id, r) in reserves {
            let [shares, debt] = positions[&(user, *id)];
            let worth = |amount: U256, index: U256| {
                Fixed::new(amount) * Fixed::new(index) / Fixed::new(RAY) * Fixed::new(r.price)
            };
            backing = backing + worth(shares, r.supply) * Fixed::ratio(share, 100);
            owed = owed + worth(debt, r.borrow);
        }
        (backing, owed)
    }

    for tx in &done {
        let user = tx.from;
        if let Some(call) = tx.call::<M::depositCall>() {
            let r = reserves.get_mut(&call.id).unwrap();
            let shares = call.amount * RAY / r.supply;
            positions.get_mut(&(user, call.id)).unwrap()[0] += shares;
            r.now.shares += shares.to::<u128>();
            r.now.cash += call.amount.to::<u128>();
            model.takes(r.now.token, user, market, market, call.amount);
        } else if let Some(call) = tx.call::<M::borrowCall>() {
            let r = reserves.get_mut(&call.id).unwrap();
            let debt = (call.amount * RAY).div_ceil(r.borrow);
            positions.get_mut(&(user, call.id)).unwrap()[1] += debt;
            r.now.debt += debt.to::<u128>();
            r.now.cash -= call.amount.to::<u128>();
            model.moves(r.now.token, market, user, call.amount);
            let (allowed, owed) = account(user, &positions, &reserves, 75);
            assert!(ZERO < owed && owed <= allowed);
        } else if let Some(call) = tx.call::<M::repayCall>() {
            let r = reserves.get_mut(&call.id).unwrap();
            let debt = &mut positions.get_mut(&(call.user, call.id)).unwrap()[1];
            let owed = (*debt * r.borrow).div_ceil(RAY);
            let paid = owed.min(call.amount);
            let less = if call.amount < owed { paid * RAY / r.borrow } else { *debt };
            *debt -= less;
            r.now.debt -= less.to::<u128>();
            r.now.cash += paid.to::<u128>();
            model.takes(r.now.token, user, market, market, paid);
        } else {
            let call: M::liquidateCall = tx.call().unwrap();
            let (backing, owed) = account(call.user, &positions, &reserves, 80);
            assert!(backing < owed, "liquidated in good health");
            let collateral = reserves[&call.collateralId].price;
            let supply = reserves[&call.collateralId].supply;
            let r = reserves.get_mut(&call.debtId).unwrap();
            let debt = &mut positions.get_mut(&(call.user, call.debtId)).unwrap()[1];
            assert!(call.amount <= *debt * r.borrow / RAY / U256::from(2));
            let less = call.amount * RAY / r.borrow;
            *debt -= less;
            r.now.debt -= less.to::<u128>();
            r.now.cash += call.amount.to::<u128>();
            model.takes(r.now.token, user, market, market, call.amount);
            let seized = call.amount * r.price / collateral * U256::from(105) / U256::from(100);
            let shares = seized * RAY / supply;
            positions.get_mut(&(call.user, call.collateralId)).unwrap()[0] -= shares;
            positions.get_mut(&(user, call.collateralId)).unwrap()[0] += shares;
            // The debtor is better off than before.
            let (backing2, owed2) = account(call.user, &positions, &reserves, 80);
            assert!(backing2 / owed2 > backing / owed);
        }
        model.covered += 1;
    }

    for ((user, id), [shares, debt]) in &positions {
        let p = after.get(market, M::positionsCall { user: *user, id: *id });
        assert_eq!([u(p.shares), u(p.debt)], [*shares, *debt], "position of {user} in {id}");
    }
    for (id, r) in &reserves {
        let new = after.get(market, M::reservesCall { id: *id });
        assert_eq!((new.shares, new.debt, new.cash), (r.now.shares, r.now.debt, r.now.cash), "reserve {id}");
    }
    for user in &users {
        let (backing, owed) = account(*user, &positions, &reserves, 80);
        let health = after.get(market, M::healthCall { user: *user });
        match owed == ZERO {
            true => assert_eq!(health, U256::MAX),
            false => assert!(Fixed::ratio(health, 10_u64.pow(18)).close(backing / owed, 50)),
        }
    }
    model.stores.insert(market);
}
