//! Recursion to the EVM's depth limit and to the card's capacity, by every kind of call and by creation.

use alloy_primitives::{Address, Bytes, TxKind, U256};
use gaslane::oracle::execute_sequential;
use gaslane_abi::evm;
use gaslane_tests::census::Census;
use gaslane_tests::engine::{Setup, Totals};
use gaslane_tests::program::Code;
use gaslane_tests::random::Random;
use gaslane_tests::reduce::{diverges, reduce_case};
use gaslane_tests::world::{Case, SPECS, Shape, Style, case, contract, sender};
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};

/// Frames of the EVM's call stack (yellow paper: 1024 below the first).
const FRAMES: usize = 1025;

/// Calls itself with all gas, or creates a copy of itself, `levels` deep (the calldata's first word), then writes slot
/// 0 where it may.
fn recursion(op: u8) -> Bytes {
    let mut code = Code::default();
    let end = code.label();
    if matches!(op, evm::CREATE | evm::CREATE2) {
        // Init code has no calldata: it goes as deep as gas and stack allow.
        code.op(evm::CODESIZE).number(0).number(0).op(evm::CODECOPY);
        if op == evm::CREATE2 {
            code.number(0);
        }
        code.op(evm::CODESIZE).number(0).number(0).op(op);
    } else {
        code.number(0).op(evm::CALLDATALOAD).op(evm::DUP1).op(evm::ISZERO).push_label(end).op(evm::JUMPI);
        code.number(1).op(evm::SWAP1).op(evm::SUB).number(0).op(evm::MSTORE);
        code.number(0).number(0).number(32).number(0);
        if matches!(op, evm::CALL | evm::CALLCODE) {
            code.number(0);
        }
        code.op(evm::ADDRESS).op(evm::GAS).op(op);
    }
    if op != evm::STATICCALL {
        code.number(0).op(evm::SLOAD).op(evm::ADD).number(0).op(evm::SSTORE);
    }
    code.place(end);
    code.finish().into()
}

fn recursive_case(spec: SpecId, op: u8, levels: u64, gas: u64) -> Case {
    let shape = Shape { contracts: 1, senders: 1, transactions: 1, statements: 1 };
    // Any seed whose world has these rules will do: only the block values are kept.
    let mut world = (0..).map(|seed| case(&mut Random::new(seed), shape, Style::Plain)).find(|c| c.block.spec == spec);
    let mut case = world.take().expect("every fork comes up");
    case.block.env.gas_limit = 1 << 40;
    case.block.env.beneficiary = Address::repeat_byte(0xcb);
    case.state.accounts.clear();
    let code = Bytecode::new_raw(recursion(op));
    case.state.insert(contract(0), AccountInfo::from_bytecode(code), Default::default());
    let balance = U256::from(10).pow(U256::from(18));
    case.state.insert(sender(0), AccountInfo::from_balance(balance), Default::default());
    let tx = &mut case.block.transactions[0];
    *tx = revm::context::TxEnv {
        caller: sender(0),
        kind: TxKind::Call(contract(0)),
        data: U256::from(levels).to_be_bytes::<32>().into(),
        gas_limit: gas,
        gas_price: 10,
        chain_id: Some(1),
        ..Default::default()
    };
    case
}

fn check(setup: &Setup, case: &Case, what: &str) {
    if let Some(failure) = diverges(setup, &[], case) {
        panic!("{what}: {}", reduce_case(setup, case, failure));
    }
}

#[test]
fn recursion_agrees_with_revm() {
    let ops = [evm::CALL, evm::CALLCODE, evm::DELEGATECALL, evm::STATICCALL, evm::CREATE, evm::CREATE2];
    for spec in SPECS.iter().copied() {
        for op in ops {
            for frames in [2, 3, 31, 128, FRAMES as u32] {
                let mut setup = Setup::lanes(1);
                setup.card.frames = frames;
                let frames = u64::from(frames);
                for levels in [frames.saturating_sub(2), frames - 1, frames, frames + 1] {
                    let case = recursive_case(spec, op, levels, 16_000_000);
                    check(&setup, &case, &format!("{spec:?} {op:#x} {frames} frames, {levels} levels"));
                }
            }
        }
    }
}

/// With more gas than any block has, the EVM's limit of 1024 comes before the end of the gas.
#[test]
fn the_depth_limit_agrees_with_revm() {
    let mut deepest = 0;
    // From Osaka on no transaction has so much gas (EIP-7825).
    for spec in SPECS.iter().copied().filter(|spec| *spec < SpecId::OSAKA) {
        for op in [evm::CALL, evm::CALLCODE, evm::DELEGATECALL, evm::STATICCALL, evm::CREATE] {
            let case = recursive_case(spec, op, 1030, 60_000_000_000_000 / 100);
            let mut setup = Setup::lanes(1);
            setup.card.frames = FRAMES as u32;
            setup.card.stack_words = 1 << 14;
            check(&setup, &case, &format!("{spec:?} {op:#x}"));
            let mut census = Census::default();
            census.add(&case);
            if op != evm::CREATE {
                assert!(census.events.keys().any(|event| event.ends_with("CallTooDeep")), "{:?}", census.events);
            }
            deepest = deepest.max(census.depth);
        }
    }
    assert!(deepest >= FRAMES, "{deepest}");
}

/// The card itself runs what fits, up to the limit.
#[test]
fn the_card_runs_what_fits() {
    let mut setup = Setup::lanes(1);
    (setup.card.frames, setup.card.stack_words) = (FRAMES as u32, 1 << 14);
    let case = recursive_case(SpecId::CANCUN, evm::CALL, 300, 1_000_000_000);
    let mut totals = Totals::default();
    let expected = execute_sequential(&case.block, &case.state);
    gaslane_tests::session::attempt(&mut setup.open(), &setup, &case, &expected, &mut totals).unwrap();
    assert_eq!(totals.on_card.values().sum::<u64>(), 1, "{totals:?}");
}
