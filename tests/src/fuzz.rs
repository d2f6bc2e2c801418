//! Bodies of the fuzz targets in `fuzz/`, and of the test that replays their corpus. A body takes bytes and panics with a
//! reduced case if card and revm disagree.

use crate::engine::{Setup, Totals};
use crate::random::Random;
use crate::reduce::{Reduced, reduce, reduce_case};
use crate::session::{Finding, Plan, attempt, settle, shape};
use crate::state::State;
use crate::tampered::Tampered;
use crate::world::{Case, Cast, SPECS, Shape, Style, block_env, contract, least_gas, sender, world};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use arbitrary::Unstructured;
use gaslane::block::BlockInput;
use gaslane::driver::{BlockError, Driver, DriverOptions};
use gaslane::oracle::execute_sequential;
use gaslane::verify::compare;
use gaslane_hdl::CardConfig;
use gaslane_sim::{ModelCard, SimOptions};
use revm::context::TxEnv;
use revm::state::{AccountInfo, Bytecode};
use std::cell::RefCell;
use std::time::Duration;

/// Blocks after which a body that keeps a card takes a fresh one, so that nothing grows without end.
const CARD_BLOCKS: u32 = 2_000;
/// Most gas of a transaction beside its intrinsic gas: long loops tell no more than short ones.
const SPARE_GAS_MAX: u64 = 300_000;

/// A case from a fuzzer's bytes did not agree.
fn fail(reduced: &Reduced) -> ! {
    panic!("card and revm disagree: {reduced}")
}

/// Raw bytecode, with calldata, value and gas of any kind, under any fork: translator, lane and revm on one transaction.
pub fn bytecode(data: &[u8]) {
    thread_local! {
        static CARD: RefCell<Option<(Driver<ModelCard>, u32)>> = const { RefCell::new(None) };
    }
    let Some(case) = bytecode_case(data) else { return };
    let setup = Setup::lanes(1);
    let result = CARD.with_borrow_mut(|card| {
        let (driver, left) = card.get_or_insert_with(|| (setup.open(), CARD_BLOCKS));
        let expected = execute_sequential(&case.block, &case.state);
        let result = attempt(driver, &setup, &case, &expected, &mut Totals::default());
        *left -= 1;
        if *left == 0 || result.is_err() {
            *card = None;
        }
        result
    });
    if let Err(failure) = result {
        fail(&reduce_case(&setup, &case, failure));
    }
}

/// The transaction of [`bytecode`]: fork, gas, value and calldata from the first bytes, code from the rest.
pub fn bytecode_case(data: &[u8]) -> Option<Case> {
    let mut bytes = Unstructured::new(data);
    let spec = *bytes.choose(SPECS).ok()?;
    let gas = u64::from(bytes.arbitrary::<u16>().ok()?);
    let value = bytes.int_in_range(0..=3).ok()?;
    let len = bytes.int_in_range(0..=96).ok()?;
    let calldata = Bytes::copy_from_slice(bytes.bytes(len).ok()?);
    let code = Bytecode::new_raw_checked(Bytes::copy_from_slice(bytes.take_rest())).ok()?;

    let mut state = State::default();
    let balance = U256::from(10).pow(U256::from(18));
    state.insert(sender(0), AccountInfo::from_balance(balance), Default::default());
    let account = AccountInfo { nonce: 1, balance: U256::from(5), ..AccountInfo::from_bytecode(code) };
    state.insert(contract(0), account, [(U256::from(1), U256::from(7))].into_iter().collect());
    let mut tx = TxEnv {
        caller: sender(0),
        kind: TxKind::Call(contract(0)),
        data: calldata,
        value: U256::from(value),
        gas_price: 10,
        chain_id: Some(1),
        ..TxEnv::default()
    };
    // Small amounts exactly, large ones coarsely.
    let spare = if gas < 0x8000 { gas } else { (gas - 0x8000) * 9 };
    tx.gas_limit = least_gas(&tx, spec) + spare.min(SPARE_GAS_MAX);
    let block = BlockInput::plain(spec, block_env(spec, 1000, Address::repeat_byte(0xcb)), vec![tx]);
    Some(Case { block, state })
}

/// Completions, records and registers that a card must not give: the driver ends with an error or an outcome, and works again with a card that obeys.
/// Gives the errors.
pub fn completions(data: &[u8]) -> Vec<BlockError> {
    let (head, rest) = data.split_at(data.len().min(16));
    let mut random = Random::from_bytes(head);
    let lanes = 1 + random.below(4) as u32;
    let shape = Shape { contracts: 2, senders: 3, transactions: 1 + random.below(6), statements: 6 };
    let (block, state) = world(random.below(64), shape);
    let card = ModelCard::new(CardConfig::small().with_lanes(lanes), SimOptions::default());
    let card = Tampered::new(card.expect("a configuration of the crate's own"), Random::from_bytes(rest));
    let options =
        DriverOptions { timeout: Duration::from_secs(1), sq_entries: 64, cq_entries: 128, ..Default::default() };
    let Ok(mut driver) = Driver::open(card, options) else { return Vec::new() };
    // What a lie does to an outcome cannot be said; that there is an end of it can.
    let errors = (0..3).filter_map(|_| driver.execute_block(&block, &state).err()).collect();
    driver.device().rest();
    if driver.recover().is_err() {
        panic!("a card that obeys cannot be used again");
    }
    let expected = execute_sequential(&block, &state);
    match (driver.execute_block(&block, &state), expected) {
        (Ok(outcome), Ok(expected)) => {
            let differences = compare(&outcome, &expected);
            assert!(differences.is_empty(), "{}", differences[0]);
        }
        (Err(BlockError::InvalidTransaction { .. }), Err(_)) => {}
        (outcome, expected) => panic!("the card says {outcome:?}, revm says {expected:?}"),
    }
    errors
}

/// Two blocks of a generated world, card and driver options included, every choice of which a fuzzer's bytes make.
pub fn block(data: &[u8]) {
    let mut random = Random::from_bytes(data);
    let setup = Setup::random(&mut random);
    let plan = Plan { worlds: 1, blocks: 2, transactions: 16 };
    let shape = shape(&mut random, &plan);
    let cast = Cast::new(&mut random, shape, Style::Everything);
    let mut state = cast.state(&mut random, shape.statements.min(20));
    let mut driver = setup.open();
    let mut cases = Vec::new();
    for _ in 0..plan.blocks {
        let count = 1 + random.below(plan.transactions);
        let mut block = cast.block(&mut random, count, &state);
        let expected = settle(&mut random, &mut block, &state);
        let case = Case { block, state: state.clone() };
        cases.push(case.clone());
        if let Err(failure) = attempt(&mut driver, &setup, &case, &expected, &mut Totals::default()) {
            fail(&reduce(&Finding { seed: None, setup, cases, failure }));
        }
        if random.exhausted() {
            break;
        }
        if let Ok(outcome) = &expected {
            state.apply(&outcome.state);
        }
    }
}
