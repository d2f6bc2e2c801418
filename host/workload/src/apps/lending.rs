//! A money market.

use super::token;
use crate::WorkloadError;
use crate::abi::{LendingMarket, PriceOracle};
use crate::world::{Planned, UNIT, World};
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolValue;

#[derive(Clone, Copy)]
enum Action {
    Deposit,
    Borrow,
    Repay,
    Liquidate,
}

struct Market {
    contract: Address,
    oracle: Address,
}

/// A token in the market.
#[derive(Clone, Copy)]
struct Reserve {
    id: U256,
    token: Address,
    price: U256,
}

/// Deposits, loans, repayments and liquidations. The hot ones are of one reserve; each other has a reserve of its own.
/// Two more reserves, which no transaction changes as a whole, hold the collateral.
pub(super) fn plan(world: &mut World, count: usize) -> Result<Vec<Planned>, WorkloadError> {
    let hot = world.hot(count);
    let oracle = world.deploy("PriceOracle", Vec::new())?;
    let contract = world.deploy("LendingMarket", oracle.abi_encode())?;
    let market = Market { contract, oracle };
    let safe = market.list(world, 0, UNIT)?;
    let falling = market.list(world, 1, UNIT)?;
    let mut reserves = 2;
    let mut reserve = |world: &mut World| {
        let price = UNIT * U256::from(world.rng.between(500, 2000)) / U256::from(1000);
        let reserve = market.list(world, reserves, price)?;
        reserves += 1;
        market.open(world, reserve, safe)?;
        Ok::<_, WorkloadError>(reserve)
    };
    let hot_reserve = if hot.contains(&true) { Some(reserve(world)?) } else { None };
    let choices = [(40, Action::Deposit), (25, Action::Borrow), (25, Action::Repay), (10, Action::Liquidate)];

    // Debts and collateral first, then time passes and interest grows.
    let mut prepared = Vec::with_capacity(count);
    for hot in hot {
        let of = match hot_reserve {
            Some(reserve) if hot => reserve,
            _ => reserve(world)?,
        };
        let action = world.rng.weighted(&choices, Action::Deposit);
        let user = world.user()?;
        let other = world.stranger();
        match action {
            Action::Deposit => {}
            Action::Borrow => market.deposit(world, safe, user, UNIT * U256::from(1000))?,
            Action::Repay => {
                market.deposit(world, safe, user, UNIT * U256::from(1000))?;
                let debt = UNIT * U256::from(world.rng.between(100, 700));
                market.borrow(world, of, user, debt)?;
            }
            Action::Liquidate => {
                market.deposit(world, falling, other, UNIT * U256::from(1000))?;
                market.borrow(world, of, other, UNIT * U256::from(740))?;
            }
        }
        prepared.push((hot, of, action, user, other));
    }
    world.chain.advance(2000);
    market.price(world, falling.token, UNIT * U256::from(8) / U256::from(10))?;

    let mut planned = Vec::with_capacity(count);
    for (hot, of, action, user, other) in prepared {
        let worth = |value: u64| UNIT * U256::from(value) * UNIT / of.price;
        let id = of.id;
        planned.push(match action {
            Action::Deposit => {
                let amount = worth(world.rng.between(1, 1000));
                token::provide(world, of.token, user, contract, amount)?;
                Planned::call("lending.deposit", hot, user, contract, &LendingMarket::depositCall { id, amount })
            }
            Action::Borrow => {
                let amount = worth(world.rng.between(1, 700));
                Planned::call("lending.borrow", hot, user, contract, &LendingMarket::borrowCall { id, amount })
            }
            Action::Repay => {
                // A quarter pays all, whatever it has grown to.
                let (amount, enough) = match world.rng.percent(25) {
                    true => (U256::MAX, worth(800)),
                    false => (worth(world.rng.between(1, 90)), worth(100)),
                };
                token::provide(world, of.token, user, contract, enough)?;
                Planned::call("lending.repay", hot, user, contract, &LendingMarket::repayCall { id, amount, user })
            }
            Action::Liquidate => {
                let amount = worth(world.rng.between(50, 360));
                token::provide(world, of.token, user, contract, amount)?;
                let call = LendingMarket::liquidateCall { user: other, debtId: id, collateralId: falling.id, amount };
                Planned::call("lending.liquidate", hot, user, contract, &call)
            }
        });
    }
    Ok(planned)
}

impl Market {
    fn price(&self, world: &mut World, token: Address, value: U256) -> Result<(), WorkloadError> {
        world.own(self.oracle, &PriceOracle::setCall { token, value })?;
        Ok(())
    }

    /// A new reserve: three quarters of a deposit's value may be borrowed, above four fifths it is liquidated.
    fn list(&self, world: &mut World, number: usize, price: U256) -> Result<Reserve, WorkloadError> {
        let token = token::deploy(world, number)?;
        self.price(world, token, price)?;
        let id = world.own(self.contract, &LendingMarket::listCall { token, ltv: 75, threshold: 80 })?;
        Ok(Reserve { id, token, price })
    }

    /// Someone lends to a reserve and someone else borrows a part.
    fn open(&self, world: &mut World, reserve: Reserve, safe: Reserve) -> Result<(), WorkloadError> {
        let (lender, borrower) = (world.stranger(), world.stranger());
        let cash = world.rng.between(100_000_000, 900_000_000);
        self.deposit(world, reserve, lender, UNIT * U256::from(cash))?;
        let debt = cash / 100 * world.rng.between(10, 45);
        self.deposit(world, safe, borrower, UNIT * U256::from(4 * cash))?;
        self.borrow(world, reserve, borrower, UNIT * U256::from(debt))
    }

    /// Deposits tokens made for it, by their amount.
    fn deposit(&self, world: &mut World, of: Reserve, user: Address, amount: U256) -> Result<(), WorkloadError> {
        token::mint(world, of.token, user, amount)?;
        token::approve(world, of.token, user, self.contract, amount)?;
        world.call(user, self.contract, &LendingMarket::depositCall { id: of.id, amount })?;
        Ok(())
    }

    /// Borrows so much by value.
    fn borrow(&self, world: &mut World, of: Reserve, user: Address, value: U256) -> Result<(), WorkloadError> {
        let call = LendingMarket::borrowCall { id: of.id, amount: value * UNIT / of.price };
        world.call(user, self.contract, &call)?;
        Ok(())
    }
}
