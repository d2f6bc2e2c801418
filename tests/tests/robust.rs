//! Blocks at the edges: invalid transactions, empty, long, deep. The card gives what revm gives, or says what is wrong.

use alloy_primitives::{Address, Bytes, TxKind, U256, hex};
use gaslane::block::BlockInput;
use gaslane::driver::BlockError;
use gaslane::outcome::Metrics;
use gaslane::rules::InvalidTransaction;
use gaslane::source::MemoryState;
use gaslane_tests::blocks::shanghai;
use gaslane_tests::engine::{Setup, Totals, check};
use revm::context::TxEnv;
use revm::context::result::InvalidTransaction as Reason;
use revm::state::AccountInfo;

const SENDER: Address = Address::repeat_byte(0x5e);
const POOR: Address = Address::repeat_byte(0x50);
const CONTRACT: Address = Address::repeat_byte(0xc0);
/// Balance of the sender in wei.
const FUNDS: u64 = 1_000_000_000_000_000_000;

/// A block whose gas costs nothing, with the contract's code.
fn block(code: &[u8], transactions: Vec<TxEnv>) -> (BlockInput, MemoryState) {
    let mut state = MemoryState::default();
    state.insert_account(SENDER, AccountInfo::from_balance(U256::from(FUNDS)), Default::default());
    state.insert_contract(CONTRACT, U256::ZERO, 1, &Bytes::copy_from_slice(code), Default::default());
    (shanghai(transactions), state)
}

fn call(nonce: u64) -> TxEnv {
    TxEnv {
        caller: SENDER,
        kind: TxKind::Call(CONTRACT),
        nonce,
        gas_limit: 1_000_000,
        gas_price: 0,
        chain_id: Some(1),
        ..TxEnv::default()
    }
}

/// Runs a valid block at 1 and 4 lanes against revm; gives the counters of the latter.
fn same(block: &BlockInput, state: &MemoryState) -> Metrics {
    let mut last = None;
    for lanes in [1, 4] {
        let result = check(&mut Setup::lanes(lanes).open(), block, state, &mut Totals::default());
        last = result.unwrap_or_else(|reason| panic!("{lanes} lanes: {reason}"));
    }
    last.expect("the block is valid")
}

/// storage[0] += 1.
const COUNT: [u8; 9] = hex!("600054600101600055");

#[test]
fn invalid_transactions_are_named() {
    let lacks = |index: usize, change: &dyn Fn(&mut TxEnv), is: &dyn Fn(&Reason) -> bool| {
        let mut transactions: Vec<_> = (0..6).map(call).collect();
        change(&mut transactions[index]);
        let (mut block, state) = block(&COUNT, transactions);
        block.env.gas_limit = 10_000_000;
        for lanes in [1, 4] {
            let mut driver = Setup::lanes(lanes).open();
            let error = driver.execute_block(&block, &state).unwrap_err();
            assert!(error.is_invalid_block());
            match &error {
                BlockError::InvalidTransaction { block: 20, transaction: InvalidTransaction { index: at, reason } } => {
                    assert!(*at == index && is(reason), "{error}");
                }
                _ => panic!("{error}"),
            }
            assert!(error.to_string().contains(&format!("transaction {index} ")), "{error}");
            // The oracle says the same, and the driver goes on with the next block.
            check(&mut driver, &block, &state, &mut Totals::default()).unwrap();
            block.transactions[index] = call(index as u64);
            check(&mut driver, &block, &state, &mut Totals::default()).unwrap().expect("a valid block");
            change(&mut block.transactions[index]);
        }
    };
    lacks(3, &|tx| tx.nonce = 2, &|r| matches!(r, Reason::NonceTooLow { tx: 2, state: 3 }));
    lacks(0, &|tx| tx.nonce = 1, &|r| matches!(r, Reason::NonceTooHigh { tx: 1, state: 0 }));
    lacks(5, &|tx| tx.nonce = u64::MAX, &|r| {
        matches!(r, Reason::NonceTooHigh { .. } | Reason::NonceOverflowInTransaction)
    });
    let funds = |r: &Reason| matches!(r, Reason::LackOfFundForMaxFee { .. });
    lacks(4, &|tx| tx.value = U256::from(FUNDS) + U256::ONE, &funds);
    lacks(2, &|tx| (tx.caller, tx.nonce, tx.value) = (POOR, 0, U256::ONE), &funds);
    lacks(2, &|tx| tx.gas_price = 1 << 60, &funds);
    lacks(1, &|tx| (tx.value, tx.gas_price) = (U256::MAX, 1), &|r| matches!(r, Reason::OverflowPaymentInTransaction));
    // More than the block has left, and more than it has at all.
    let gas = |r: &Reason| matches!(r, Reason::CallerGasLimitMoreThanBlock);
    lacks(1, &|tx| tx.gas_limit = 9_999_999, &gas);
    lacks(0, &|tx| tx.gas_limit = 10_000_001, &gas);
    lacks(5, &|tx| tx.gas_limit = u64::MAX, &gas);
}

#[test]
fn blocks_without_transactions() {
    let (block, state) = block(&COUNT, Vec::new());
    let metrics = same(&block, &state);
    assert_eq!(metrics.txs, 0);
}

#[test]
fn calldata_of_128_kilobytes() {
    // storage[0] = keccak256(calldata).
    let code = hex!("3660006000373660002060005500");
    let data = |length: usize| Bytes::from((0..length).map(|i| (i * 7 + i / 251) as u8).collect::<Vec<_>>());
    let transactions = [128 << 10, (128 << 10) - 1, 0, 128 << 10]
        .into_iter()
        .enumerate()
        .map(|(nonce, length)| TxEnv { data: data(length), gas_limit: 30_000_000, ..call(nonce as u64) });
    let (block, state) = block(&code, transactions.collect());
    let metrics = same(&block, &state);
    assert_eq!(metrics.txs, 4);
}

#[test]
fn five_thousand_transactions_of_one_sender() {
    let (block, state) = block(&COUNT, (0..5_000).map(call).collect());
    let metrics = same(&block, &state);
    assert_eq!((metrics.on_card_txs, metrics.aborts), (5_000, 0));
}

#[test]
fn calls_1024_deep() {
    // storage[0] += 1; CALL(gas, this, 0, 0, 0, 0, 0); storage[1] += the call's success.
    let code = [&COUNT[..], &hex!("6000600060006000600030 5af1 600154 01 600155")].concat();
    let deep = |nonce| TxEnv { gas_limit: 1 << 42, ..call(nonce) };
    let transfer = |nonce| TxEnv { kind: TxKind::Call(POOR), value: U256::ONE, ..call(nonce) };
    let (block, state) = block(&code, vec![transfer(0), deep(1), transfer(2), deep(3)]);
    let outcome = Setup::lanes(4).open().execute_block(&block, &state).unwrap();
    let storage = &outcome.state.state[&CONTRACT].storage;
    // The deepest frame is the 1,025th; its call fails.
    assert_eq!(storage[&U256::ZERO].present_value, U256::from(2 * 1025));
    assert_eq!(storage[&U256::ONE].present_value, U256::from(2 * 1024));
    let metrics = same(&block, &state);
    assert_eq!((metrics.on_card_txs, metrics.escapes.get("frame-capacity")), (2, Some(&2)), "{:?}", metrics.escapes);
}

#[test]
fn code_of_jump_destinations_alone() {
    let transactions: Vec<_> = [21_000, 30_000, 21_000 + 24_576, 21_000 + 24_575, 1_000_000]
        .into_iter()
        .enumerate()
        .map(|(nonce, gas_limit)| TxEnv { gas_limit, ..call(nonce as u64) })
        .collect();
    let (mut runs, state) = block(&[0x5b; 24_576], transactions);
    same(&runs, &state);
    // A jump into the middle, to an address of the calldata.
    let code = [&hex!("60003556")[..], &[0x5b; 24_572]].concat();
    let targets = [0u64, 3, 4, 5, 12_345, 24_575, 24_576, u64::MAX];
    runs.transactions = targets
        .into_iter()
        .enumerate()
        .map(|(nonce, target)| TxEnv { data: U256::from(target).to_be_bytes_vec().into(), ..call(nonce as u64) })
        .collect();
    let mut state = state;
    state.insert_contract(CONTRACT, U256::ZERO, 1, &code.into(), Default::default());
    same(&runs, &state);
}
