//! EIP-7610: a creation at an address that has storage, but neither nonce nor code, fails. Sequential revm does not know
//! the rule, so what must come out stands here.

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use gaslane::block::BlockInput;
use gaslane::driver::BlockError;
use gaslane::oracle::{OracleError, execute_sequential};
use gaslane::outcome::{ExecutedOn, TxOutcome};
use gaslane_abi::codes::Status;
use gaslane_abi::evm;
use gaslane_tests::engine::Setup;
use gaslane_tests::program::Code;
use gaslane_tests::state::State;
use gaslane_tests::world::{SPECS, block_env, contract, sender};
use revm::context::{TransactionType, TxEnv};
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};

const GAS: u64 = 5_000_000;
/// Init code that stops: it would create an account without code.
const INIT: [u8; 1] = [evm::STOP];

/// A block of one transaction and its state, with `taken` occupied or not.
fn block(spec: SpecId, code: &[u8], to: TxKind, taken: Option<Address>) -> (BlockInput, State) {
    let mut state = State::default();
    state.insert(sender(0), AccountInfo::from_balance(U256::from(10).pow(U256::from(18))), Default::default());
    let creator = AccountInfo::from_bytecode(Bytecode::new_raw(Bytes::copy_from_slice(code)));
    state.insert(contract(0), AccountInfo { nonce: 1, ..creator }, Default::default());
    if let Some(address) = taken {
        state.insert(address, AccountInfo::default(), [(U256::ONE, U256::from(5))].into_iter().collect());
    }
    let data = if to == TxKind::Create { Bytes::from_static(&INIT) } else { Bytes::new() };
    let tx = TxEnv {
        caller: sender(0),
        kind: to,
        data,
        gas_limit: GAS,
        gas_price: 8,
        chain_id: Some(1),
        ..TxEnv::default()
    };
    let mut block = BlockInput {
        spec,
        chain_id: 1,
        env: block_env(spec, 100, Address::repeat_byte(0xcb)),
        transactions: vec![tx],
        withdrawals: Vec::new(),
        parent_hash: None,
        parent_beacon_block_root: None,
        expected: None,
        occupied: taken.into_iter().collect(),
    };
    block.env.gas_limit = 1 << 40;
    (block, state)
}

/// Runs that transaction on a card.
fn run(spec: SpecId, code: &[u8], to: TxKind, taken: Option<Address>) -> (TxOutcome, State) {
    let (block, mut state) = block(spec, code, to, taken);
    let outcome = Setup::lanes(1).open().execute_block(&block, &state).unwrap();
    state.apply(&outcome.state);
    (outcome.transactions[0].clone(), state)
}

#[test]
fn creations_fail_where_storage_is() {
    for spec in SPECS {
        for op in [evm::CREATE, evm::CREATE2] {
            let mut code = Code::default();
            if op == evm::CREATE2 {
                code.number(7);
            }
            code.number(1).number(0).number(0).op(op);
            code.op(evm::ISZERO).number(0).op(evm::SSTORE);
            let address = match op {
                evm::CREATE => contract(0).create(1),
                _ => contract(0).create2(B256::from(U256::from(7)), keccak256(INIT)),
            };
            let code = code.finish();
            let to = TxKind::Call(contract(0));
            for (taken, failed) in [(None, 0), (Some(address), 1)] {
                let (tx, state) = run(*spec, &code, to, taken);
                assert_eq!((tx.status, tx.executed_on), (Status::Success, ExecutedOn::Card), "{spec:?}");
                let slot = state.accounts[&contract(0)].storage.get(&U256::ZERO).copied().unwrap_or_default();
                assert_eq!(slot, U256::from(failed), "{spec:?}: whether the creation failed");
                // The creator's nonce rises either way, and a collision takes the gas passed on.
                assert_eq!(state.nonce(contract(0)), 2);
                assert_eq!(state.nonce(address), 1 - failed);
                assert_eq!(tx.gas_used > GAS / 2, failed == 1, "{spec:?}: {} gas", tx.gas_used);
            }
        }
    }
}

#[test]
fn contract_creating_transactions_fail_where_storage_is() {
    for spec in SPECS {
        let address = sender(0).create(0);
        for (taken, status) in [(None, Status::Success), (Some(address), Status::Halt)] {
            let (tx, state) = run(*spec, &[evm::STOP], TxKind::Create, taken);
            assert_eq!((tx.status, tx.executed_on), (status, ExecutedOn::Card), "{spec:?}");
            assert_eq!(tx.gas_used == GAS, taken.is_some());
            assert_eq!((state.nonce(sender(0)), state.nonce(address)), (1, u64::from(taken.is_none())));
        }
    }
}

/// revm would create the contract: neither the fallback nor the oracle gives that as a result.
#[test]
fn revm_never_creates_over_storage_silently() {
    let address = sender(0).create(0);
    let (mut block, state) = block(SpecId::CANCUN, &[evm::STOP], TxKind::Create, Some(address));
    let error = execute_sequential(&block, &state).unwrap_err();
    assert!(matches!(error, OracleError::Occupied { index: 0, address: at } if at == address), "{error}");
    // The card cannot hold the access list.
    let mut setup = Setup::lanes(1);
    setup.card.access_entries = 8;
    block.transactions[0].tx_type = TransactionType::Eip2930 as u8;
    let storage_keys = (0..20).map(B256::with_last_byte).collect();
    block.transactions[0].access_list = AccessList(vec![AccessListItem { address, storage_keys }]);
    let error = setup.open().execute_block(&block, &state).unwrap_err();
    assert!(matches!(error, BlockError::Occupied { index: 0, address: at, .. } if at == address), "{error}");
    assert!(!error.is_invalid_block());
}
