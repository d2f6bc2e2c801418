//! Tests of the driver against a scripted card.

use super::*;
use crate::fake_card::{FakeCard, Fault};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, Bytes};
use gaslane_abi::codes::CardError;
use revm::context::BlockEnv;
use revm::context::result::InvalidTransaction as Reason;
use revm::context::transaction::{Authorization, RecoveredAuthority, RecoveredAuthorization};
use revm::database::states::bundle_state::BundleRetention;
use revm::database::{CacheDB, EmptyDB, State};
use revm::primitives::TxKind;
use revm::primitives::hardfork::SpecId;
use revm::state::AccountInfo;
use revm::{Context, ExecuteCommitEvm, MainBuilder, MainContext};
use std::time::Duration;

fn address(index: u64) -> Address {
    Address::with_last_byte(0x40 + index as u8)
}

/// Accounts 0..8 are rich; 8 stores its call value in slot 0, 11 has long code.
fn pre_state() -> CacheDB<EmptyDB> {
    let mut db = CacheDB::new(EmptyDB::default());
    for index in 0..8 {
        db.insert_account_info(address(index), AccountInfo::from_balance(U256::from(10u64).pow(U256::from(18))));
    }
    // CALLVALUE PUSH1 0 SSTORE
    let code = Bytecode::new_legacy(Bytes::from_static(&[0x34, 0x60, 0x00, 0x55]));
    db.insert_account_info(address(8), AccountInfo::from_bytecode(code));
    // Larger than what fits into staging memory at once.
    let code = Bytecode::new_legacy(vec![0; 20_000].into());
    db.insert_account_info(address(11), AccountInfo::from_bytecode(code));
    db
}

fn block(spec: SpecId, transactions: Vec<TxEnv>) -> BlockInput {
    let env = BlockEnv {
        number: U256::from(100),
        beneficiary: Address::repeat_byte(0xcb),
        gas_limit: 30_000_000,
        basefee: if spec >= SpecId::LONDON { 7 } else { 0 },
        prevrandao: Some(B256::ZERO),
        blob_excess_gas_and_price: (spec >= SpecId::CANCUN)
            .then(|| revm::context_interface::block::BlobExcessGasAndPrice::new(0, 3_338_477)),
        ..Default::default()
    };
    BlockInput {
        spec,
        chain_id: 1,
        env,
        transactions,
        withdrawals: vec![],
        parent_hash: None,
        parent_beacon_block_root: None,
        expected: None,
        occupied: vec![],
    }
}

fn transfer(from: u64, nonce: u64, to: u64, value: u64) -> TxEnv {
    TxEnv {
        caller: address(from),
        kind: TxKind::Call(address(to)),
        value: U256::from(value),
        nonce,
        gas_limit: 100_000,
        gas_price: 10,
        chain_id: Some(1),
        ..Default::default()
    }
}

/// Transfers to old and new accounts, contract calls, a create, in a mix with chains of one sender.
fn mixed(spec: SpecId, count: u64) -> Vec<TxEnv> {
    let mut nonces = [0u64; 8];
    (0..count)
        .map(|index| {
            let from = (index * index + index / 3) % 8;
            let mut tx = transfer(from, nonces[from as usize], (index * 7) % 12, index);
            nonces[from as usize] += 1;
            match index % 9 {
                2 if spec >= SpecId::BERLIN => {
                    tx.tx_type = TransactionType::Eip2930 as u8;
                    let storage_keys = vec![B256::ZERO, B256::with_last_byte(1)];
                    tx.access_list = AccessList(vec![AccessListItem { address: address(8), storage_keys }]);
                }
                4 => tx.kind = TxKind::Call(address(8)),
                // Delegates to the contract, or to nothing; the authority's nonce counts up with its valid ones.
                5 if spec >= SpecId::PRAGUE => {
                    tx.tx_type = TransactionType::Eip7702 as u8;
                    tx.gas_priority_fee = Some(1);
                    let target = if index % 2 == 0 { Address::ZERO } else { address(8) };
                    let auth = Authorization { chain_id: U256::ZERO, address: target, nonce: index / 9 };
                    let authority = RecoveredAuthority::Valid(address(14));
                    let auth = RecoveredAuthorization::new_unchecked(auth, authority);
                    tx.set_recovered_authorization(vec![auth]);
                    tx.kind = TxKind::Call(address(14));
                }
                // Init code that returns one byte, or none.
                7 => {
                    tx.kind = TxKind::Create;
                    if index % 2 == 0 {
                        let code = [0x60, 0x01, 0x60, 0x00, 0x52, 0x60, 0x01, 0x60, 0x1f, 0xf3];
                        tx.data = Bytes::copy_from_slice(&code);
                    }
                }
                _ => {}
            }
            tx
        })
        .collect()
}

fn options() -> DriverOptions {
    DriverOptions {
        timeout: Duration::from_millis(200),
        sq_entries: 64,
        cq_entries: 256,
        staging_bytes: 1 << 16,
        ..Default::default()
    }
}

fn assert_same_as_sequential(block: &BlockInput, outcome: &BlockOutcome) {
    let db = pre_state();
    let mut state = State::builder().with_database_ref(&db).with_bundle_update().build();
    let mut evm = Context::mainnet()
        .with_cfg(rules::cfg_env(block))
        .with_block(block.env.clone())
        .with_db(&mut state)
        .build_mainnet();
    for (index, tx) in block.transactions.iter().enumerate() {
        let result = evm.transact_commit(tx.clone()).unwrap();
        let found = &outcome.transactions[index];
        assert_eq!(found.gas_used, result.tx_gas_used(), "transaction {index}");
        assert_eq!(found.status, fallback::status(&result), "transaction {index}");
        assert_eq!(Some(&found.output), result.output().or(Some(&Bytes::new())), "transaction {index}");
    }
    drop(evm);
    state.merge_transitions(BundleRetention::PlainState);
    let mut expected = state.take_bundle();
    expected.state.retain(|_, account| {
        account.storage.retain(|_, slot| slot.is_changed());
        account.info != account.original_info || !account.storage.is_empty()
    });
    // revm lists the code of every created account, even none.
    expected.contracts.remove(&KECCAK_EMPTY);
    assert_eq!(outcome.state.state, expected.state);
    assert_eq!(outcome.state.contracts, expected.contracts);
}

#[test]
fn blocks_equal_sequential_execution() {
    for spec in [SpecId::BERLIN, SpecId::LONDON, SpecId::SHANGHAI, SpecId::PRAGUE, SpecId::OSAKA] {
        for forgetful in [false, true] {
            let mut driver = Driver::open(FakeCard::forgetful(forgetful), options()).unwrap();
            for count in [0, 1, 7, 150] {
                let block = block(spec, mixed(spec, count));
                let outcome = driver.execute_block(&block, &pre_state()).unwrap();
                assert_same_as_sequential(&block, &outcome);
                let metrics = &outcome.metrics;
                let escaped: u64 = metrics.escapes.values().sum();
                assert_eq!(metrics.on_card_txs + escaped, count);
                assert!(count < 7 || metrics.on_card_txs > count / 2, "{metrics:?}");
            }
            assert!(driver.device().depends > 0);
            assert_eq!(driver.device().assists > 0, forgetful);
        }
    }
}

#[test]
fn forks_before_berlin_run_on_the_host() {
    let mut driver = Driver::open(FakeCard::default(), options()).unwrap();
    let block = block(SpecId::ISTANBUL, mixed(SpecId::ISTANBUL, 40));
    let outcome = driver.execute_block(&block, &pre_state()).unwrap();
    assert_same_as_sequential(&block, &outcome);
    assert_eq!(outcome.metrics.escapes, [("host-only", 40)].into());
}

#[test]
fn invalid_transactions_are_named_in_order_and_leave_the_card_usable() {
    let mut driver = Driver::open(FakeCard::default(), options()).unwrap();
    let good = block(SpecId::CANCUN, mixed(SpecId::CANCUN, 20));
    type Case = (usize, fn(&mut TxEnv), fn(&Reason) -> bool);
    let cases: [Case; 5] = [
        (3, |tx| tx.nonce += 1, |reason| matches!(reason, Reason::NonceTooHigh { .. })),
        (5, |tx| tx.gas_price = 1, |reason| matches!(reason, Reason::GasPriceLessThanBasefee)),
        (
            6,
            |tx| tx.value = U256::MAX,
            |reason| matches!(reason, Reason::LackOfFundForMaxFee { .. } | Reason::OverflowPaymentInTransaction),
        ),
        (9, |tx| tx.gas_limit = 29_999_000, |reason| matches!(reason, Reason::CallerGasLimitMoreThanBlock)),
        (10, |tx| tx.gas_limit = 20_000, |reason| matches!(reason, Reason::CallGasCostMoreThanGasLimit { .. })),
    ];
    for (position, spoil, expected) in cases {
        let mut bad = good.clone();
        spoil(&mut bad.transactions[position]);
        // A later one that is statically invalid must not be reported first.
        bad.transactions[15].gas_price = 0;
        match driver.execute_block(&bad, &pre_state()) {
            Err(BlockError::InvalidTransaction { transaction: InvalidTransaction { index, reason }, block: 100 }) => {
                assert_eq!(index, position);
                assert!(expected(&reason), "{reason:?}");
            }
            other => panic!("{position}: {other:?}"),
        }
        let outcome = driver.execute_block(&good, &pre_state()).unwrap();
        assert_same_as_sequential(&good, &outcome);
    }
}

#[test]
fn a_card_that_breaks_the_contract_is_a_typed_error() {
    let block = block(SpecId::CANCUN, (0..20).map(|index| transfer(0, index, 1, 1)).collect());
    type Case = (Fault, fn(&BlockError) -> bool);
    let cases: [Case; 12] = [
        (Fault::Tag, |error| matches!(error, BlockError::OutOfOrder { .. })),
        (Fault::Phase, |error| matches!(error, BlockError::Queue(QueueError::BadCompletion { what: "phase", .. }))),
        (Fault::Kind, |error| matches!(error, BlockError::Queue(QueueError::BadCompletion { what: "kind", .. }))),
        (Fault::Length, |error| matches!(error, BlockError::Record { .. })),
        (Fault::Record, |error| matches!(error, BlockError::Record { .. })),
        (Fault::Error, |error| matches!(error, BlockError::Card { code: CardError::BadPayload, .. })),
        (Fault::Lost, |error| matches!(error, BlockError::Queue(QueueError::LostCompletion { .. }))),
        (Fault::Twice, |error| matches!(error, BlockError::OutOfOrder { .. })),
        (Fault::Reason, |error| matches!(error, BlockError::Queue(QueueError::BadCompletion { what: "code", .. }))),
        (Fault::Assist, |error| matches!(error, BlockError::OutOfOrder { .. })),
        (Fault::Gone, |error| matches!(error, BlockError::Queue(QueueError::Device(gaslane_abi::DeviceError::Gone)))),
        (Fault::Storm, |error| matches!(error, BlockError::Queue(QueueError::Timeout { .. }))),
    ];
    for (fault, expected) in cases {
        let mut driver = Driver::open(FakeCard::with_fault(fault), options()).unwrap();
        match driver.execute_block(&block, &pre_state()) {
            Err(error) => assert!(expected(&error), "{fault:?}: {error:?}"),
            Ok(_) => panic!("{fault:?} went unnoticed"),
        }
        let outcome = driver.execute_block(&block, &pre_state()).unwrap();
        assert_same_as_sequential(&block, &outcome);
    }
}

#[test]
fn flipped_bits_in_completions_never_panic() {
    let block = block(SpecId::CANCUN, mixed(SpecId::CANCUN, 20));
    let options = DriverOptions { timeout: Duration::from_millis(5), ..options() };
    let mut errors = 0;
    for bit in 0..256 {
        let fault = Fault::Flip(1 + bit * 7 % 30, bit);
        let mut driver = Driver::open(FakeCard::with_fault(fault), options.clone()).unwrap();
        match driver.execute_block(&block, &pre_state()) {
            Ok(outcome) => {
                assert_same_as_sequential(&block, &outcome);
                driver.recover().unwrap();
            }
            Err(_) => errors += 1,
        }
        let outcome = driver.execute_block(&block, &pre_state()).unwrap();
        assert_same_as_sequential(&block, &outcome);
    }
    assert!(errors > 200, "{errors}");
}

/// `cargo test -p gaslane --lib host_time -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn host_time_per_transaction() {
    let mut driver = Driver::open(FakeCard::default(), DriverOptions::default()).unwrap();
    let transactions: Vec<TxEnv> = (0..1000).map(|index| transfer(index % 8, index / 8, 9, 1)).collect();
    let mut block = block(SpecId::CANCUN, transactions);
    block.env.gas_limit = 1 << 40;
    for _ in 0..5 {
        let metrics = driver.execute_block(&block, &pre_state()).unwrap().metrics;
        println!("{} ns plan, {} ns commit per transaction", metrics.plan_ns / 1000, metrics.commit_ns / 1000);
    }
}

#[test]
fn another_abi_version_is_refused_with_both_named() {
    let card = FakeCard::with_abi(0x0002_0001);
    let error = Driver::open(card, options()).unwrap_err().to_string();
    assert!(error.contains("0x00020001") && error.contains(&format!("{:#010x}", gaslane_abi::ABI_VERSION)), "{error}");
}
