//! Prices and ticks over all of their range, of pools without liquidity.

use crate::case::{State, View, evm};
use crate::compiled::creation;
use crate::fixed::Fixed;
use alloy_primitives::aliases::U160;
use alloy_primitives::{Address, TxKind, U256};
use alloy_sol_types::{SolCall, SolValue};
use gaslane_workload::abi::PoolV3;
use revm::ExecuteCommitEvm;
use revm::context::{BlockEnv, TxEnv};

/// The tick of a price, by a new pool.
fn tick_at(price: U160) -> i32 {
    let mut code = creation("PoolV3");
    code.extend((Address::ZERO, Address::ZERO).abi_encode_params());
    let mut evm = evm(BlockEnv::default(), State::default());
    let create = TxEnv { kind: TxKind::Create, data: code.into(), gas_limit: 10_000_000, ..TxEnv::default() };
    let pool = evm.transact_commit(create).unwrap().created_address().unwrap();
    let start = TxEnv {
        kind: TxKind::Call(pool),
        data: PoolV3::startCall { price }.abi_encode().into(),
        gas_limit: 10_000_000,
        nonce: 1,
        ..TxEnv::default()
    };
    assert!(evm.transact_commit(start).unwrap().is_success(), "{price}");
    let mut view = View::new(&BlockEnv::default(), evm.ctx.journaled_state.database);
    let slot0 = view.get(pool, PoolV3::slot0Call {});
    assert_eq!(slot0.price, price);
    slot0.tick.as_i32()
}

#[test]
fn begin_at_powers_of_their_base() {
    let spread = (-887_200..887_000).step_by(14_747);
    let single =
        (0..20).flat_map(|bit| [1 << bit, -(1 << bit), (1 << bit) - 1]).filter(|tick: &i32| tick.abs() < 887_272);
    for tick in spread.chain(single).chain([0, -887_271, 887_271]) {
        // As a Q96 number. The contract computes prices below one to 128 digits after the point, give or take a few
        // units, and takes the inverse for those above. That is far less than a tick at either end.
        let exact = (Fixed::root_price(tick) * Fixed::q(U256::MAX, 160)).floor();
        let digits = 122 - (tick.max(0) / 13_863) as usize;
        let slack = (exact >> digits) + U256::from(2);
        assert_eq!(tick_at(U160::from(exact + slack)), tick);
        assert_eq!(tick_at(U160::from(exact - slack)), tick - 1);
    }
}
