//! A contract with storage is removed, created again and read, in one block: nothing of its storage is left. On card and
//! revm alike.

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use gaslane::block::BlockInput;
use gaslane_abi::evm;
use gaslane_tests::engine::{Setup, Totals, check};
use gaslane_tests::program::Code;
use gaslane_tests::state::State;
use gaslane_tests::world::{SPECS, block_env, contract, sender};
use revm::context::TxEnv;
use revm::state::{AccountInfo, Bytecode};

/// Destroys itself without calldata; else logs slots 1 and 2 and adds one to slot 1.
fn runtime() -> Vec<u8> {
    let mut code = Code::default();
    let reads = code.label();
    code.op(evm::CALLDATASIZE).push_label(reads).op(evm::JUMPI).op(evm::CALLER).op(evm::SELFDESTRUCT).place(reads);
    code.number(2).op(evm::SLOAD).number(1).op(evm::SLOAD).number(0).number(0).op(evm::LOG2);
    code.number(1).op(evm::SLOAD).number(1).op(evm::ADD).number(1).op(evm::SSTORE);
    code.finish()
}

/// Returns the runtime code.
fn init() -> Vec<u8> {
    let (mut code, runtime) = (Code::default(), runtime());
    let len = runtime.len() as u64;
    code.number(len).push_data(&runtime).number(0).op(evm::CODECOPY).number(len).number(0).op(evm::RETURN);
    code.finish()
}

/// Creates with CREATE2 and salt 0.
fn factory() -> Vec<u8> {
    let (mut code, init) = (Code::default(), init());
    let len = init.len() as u64;
    code.number(len).push_data(&init).number(0).op(evm::CODECOPY);
    code.number(0).number(len).number(0).number(0).op(evm::CREATE2).number(0).op(evm::SSTORE).op(evm::STOP);
    code.finish()
}

fn with_code(code: Vec<u8>) -> AccountInfo {
    AccountInfo { nonce: 1, ..AccountInfo::from_bytecode(Bytecode::new_raw(code.into())) }
}

#[test]
fn storage_of_a_removed_contract_is_gone() {
    let victim = contract(0).create2(B256::ZERO, keccak256(init()));
    let mut state = State::default();
    state.insert(contract(0), with_code(factory()), Default::default());
    let storage = [(U256::ONE, U256::from(8)), (U256::from(2), U256::from(9))];
    state.insert(victim, with_code(runtime()), storage.into_iter().collect());
    let (read, destroy, create): (_, _, _) = ((victim, true), (victim, false), (contract(0), false));
    let orders = [
        vec![read, destroy, create, read, read],
        vec![destroy, create, read],
        vec![read, destroy, create, destroy, create, read],
        vec![read, destroy, read, create, read, destroy],
    ];
    for spec in SPECS {
        for steps in &orders {
            let mut transactions = Vec::new();
            for (index, (to, data)) in steps.iter().enumerate() {
                let caller = sender(index as u64);
                state.insert(caller, AccountInfo::from_balance(U256::from(1) << 60), Default::default());
                let data = if *data { Bytes::from_static(&[1]) } else { Bytes::new() };
                let kind = TxKind::Call(*to);
                let gas_limit = 1_000_000;
                transactions.push(TxEnv {
                    caller,
                    kind,
                    data,
                    gas_limit,
                    gas_price: 8,
                    chain_id: Some(1),
                    ..TxEnv::default()
                });
            }
            let env = block_env(*spec, 100, Address::repeat_byte(0xcb));
            let block = BlockInput::plain(*spec, env, transactions);
            for lanes in [1, 4] {
                let mut totals = Totals::default();
                check(&mut Setup::lanes(lanes).open(), &block, &state, &mut totals)
                    .unwrap_or_else(|text| panic!("{spec:?}, {lanes} lanes, {steps:?}: {text}"))
                    .expect("a valid block");
                assert!(totals.escapes.is_empty() && totals.statuses.keys().eq(["success"].iter()), "{totals:?}");
            }
        }
    }
}
