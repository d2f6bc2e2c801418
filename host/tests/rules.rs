//! Rules of a block beside its transactions.

use alloy_eips::{eip2935, eip4788, eip4895::Withdrawal, eip7002, eip7251};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use gaslane::block::{BlockInput, HeaderClaims};
use gaslane::oracle::{OracleError, execute_sequential};
use gaslane::rules::{HeaderError, RulesError, check_header};
use gaslane::source::MemoryState;
use revm::context::{BlockEnv, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};

const RECEIVER: Address = Address::repeat_byte(0x77);

fn block() -> BlockInput {
    let withdrawal = |address, amount| Withdrawal { index: 0, validator_index: 0, address, amount };
    BlockInput {
        spec: SpecId::PRAGUE,
        chain_id: 1,
        env: BlockEnv {
            number: U256::from(23_000_000),
            timestamp: U256::from(1_755_000_000),
            gas_limit: 30_000_000,
            prevrandao: Some(B256::ZERO),
            blob_excess_gas_and_price: Some(BlobExcessGasAndPrice { excess_blob_gas: 0, blob_gasprice: 1 }),
            ..BlockEnv::default()
        },
        transactions: Vec::new(),
        withdrawals: vec![withdrawal(RECEIVER, 3), withdrawal(RECEIVER, 4), withdrawal(Address::repeat_byte(0x78), 0)],
        parent_hash: Some(B256::repeat_byte(0xaa)),
        parent_beacon_block_root: Some(B256::repeat_byte(0xbb)),
        expected: None,
        occupied: vec![],
    }
}

fn state(codes: [(Address, &Bytes); 4]) -> MemoryState {
    let mut state = MemoryState::default();
    for (address, code) in codes {
        let info = AccountInfo::new(U256::ZERO, 1, keccak256(code), Bytecode::new_raw(code.clone()));
        state.insert_account(address, info, Default::default());
    }
    state
}

fn contracts() -> [(Address, &'static Bytes); 4] {
    [
        (eip4788::BEACON_ROOTS_ADDRESS, &eip4788::BEACON_ROOTS_CODE),
        (eip2935::HISTORY_STORAGE_ADDRESS, &eip2935::HISTORY_STORAGE_CODE),
        (eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, &eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_CODE),
        (eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS, &eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_CODE),
    ]
}

#[test]
fn system_calls_and_withdrawals_are_applied() {
    let block = block();
    let outcome = execute_sequential(&block, &state(contracts())).unwrap();
    let value = |address: Address, key: u64| {
        outcome.state.state.get(&address).and_then(|a| a.storage_slot(U256::from(key))).unwrap_or_default()
    };
    let time = 1_755_000_000;
    assert_eq!(value(eip4788::BEACON_ROOTS_ADDRESS, time % 8191), U256::from(time));
    assert_eq!(value(eip4788::BEACON_ROOTS_ADDRESS, time % 8191 + 8191), U256::from_be_bytes([0xbb; 32]));
    assert_eq!(value(eip2935::HISTORY_STORAGE_ADDRESS, (23_000_000 - 1) % 8191), U256::from_be_bytes([0xaa; 32]));
    let balance = outcome.state.state[&RECEIVER].info.as_ref().unwrap().balance;
    assert_eq!(balance, U256::from(7_000_000_000_u64));
    // Neither the system address, nor the beneficiary, nor an account that gained nothing.
    let created = outcome.state.state.iter().filter(|(_, a)| a.info.is_some() && a.original_info.is_none());
    assert_eq!(created.map(|(address, _)| *address).collect::<Vec<_>>(), [RECEIVER]);
}

#[test]
fn absent_contracts_and_values_are_skipped() {
    let outcome = execute_sequential(&block(), &MemoryState::default()).unwrap();
    assert_eq!(outcome.state.state.values().filter(|a| a.info.is_some()).count(), 1);
    let without = BlockInput { parent_hash: None, parent_beacon_block_root: None, ..block() };
    let outcome = execute_sequential(&without, &state(contracts())).unwrap();
    assert!(!outcome.state.state.contains_key(&eip4788::BEACON_ROOTS_ADDRESS));
    assert!(!outcome.state.state.contains_key(&eip2935::HISTORY_STORAGE_ADDRESS));
}

#[test]
fn failing_request_calls_make_the_block_invalid() {
    let revert = Bytes::from_static(&[0x5f, 0x5f, 0xfd]);
    let mut codes = contracts();
    codes[0].1 = &revert;
    codes[1].1 = &revert;
    execute_sequential(&block(), &state(codes)).expect("the calls before a block fail silently");
    codes[2].1 = &revert;
    let error = execute_sequential(&block(), &state(codes)).unwrap_err();
    assert!(error.is_invalid_block());
    assert!(matches!(error, OracleError::Rules(RulesError::SystemCall { .. })), "{error}");
}

#[test]
fn headers_are_checked() {
    check_header(&block()).unwrap();
    let refuse = |change: &dyn Fn(&mut BlockInput)| {
        let mut block = block();
        change(&mut block);
        check_header(&block).unwrap_err()
    };
    assert_eq!(refuse(&|b| b.env.gas_limit = 4_999), HeaderError::GasLimit(4_999));
    let claims = HeaderClaims { gas_used: 30_000_001, logs_bloom: Default::default(), receipts_root: None };
    assert!(matches!(refuse(&|b| b.expected = Some(claims.clone())), HeaderError::GasUsed { .. }));
    assert!(matches!(refuse(&|b| b.env.prevrandao = None), HeaderError::Missing { .. }));
    assert!(matches!(refuse(&|b| b.env.blob_excess_gas_and_price = None), HeaderError::Missing { .. }));
    assert!(matches!(refuse(&|b| b.spec = SpecId::SHANGHAI), HeaderError::Unknown { .. }));
    assert!(matches!(refuse(&|b| b.spec = SpecId::LONDON), HeaderError::Unknown { .. }));
    let early = |b: &mut BlockInput| (b.spec, b.env.basefee) = (SpecId::BERLIN, 7);
    assert!(matches!(refuse(&early), HeaderError::BaseFee { .. }));
    let blobs = |n| vec![TxEnv { blob_hashes: vec![B256::ZERO; n], ..TxEnv::default() }; 2];
    assert_eq!(refuse(&|b| b.transactions = blobs(5)), HeaderError::Blobs { blobs: 10, max: 9 });
}
