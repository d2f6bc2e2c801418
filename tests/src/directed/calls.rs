//! The CALL family: kinds of accounts, values, gas passed on, ranges of input and output, endings of the callee.

use super::accounts::{kinds, word};
use super::power;
use super::scene::{BOTH, CONTRACT_WEI, From, Scene, operands};
use crate::program::Code;
use alloy_primitives::U256;
use gaslane_abi::evm;

const FAMILY: [u8; 4] = [evm::CALL, evm::CALLCODE, evm::DELEGATECALL, evm::STATICCALL];

/// What a call gets.
#[derive(Clone, Copy)]
struct Call {
    gas: U256,
    to: U256,
    value: U256,
    input: [U256; 2],
    output: [U256; 2],
}

impl Call {
    fn to(to: U256) -> Self {
        let range = [U256::ZERO, U256::from(32)];
        Self { gas: U256::from(50_000), to, value: U256::ZERO, input: range, output: range }
    }

    fn args(&self, op: u8) -> Vec<U256> {
        let mut args = vec![self.gas, self.to];
        if matches!(op, evm::CALL | evm::CALLCODE) {
            args.push(self.value);
        }
        args.extend(self.input);
        args.extend(self.output);
        args
    }
}

/// Calls, and returns success, gas taken, size of the returned data and the memory.
fn once(op: u8, from: From, call: &Call, itself: bool) -> (Vec<u8>, Vec<U256>) {
    let args = call.args(op);
    let mut code = Code::default();
    if itself {
        // A call without calldata is the inner one.
        let outer = code.label();
        code.op(evm::CALLDATASIZE).number(40).op(evm::LT).push_label(outer).op(evm::JUMPI);
        code.op(evm::CALLER).number(0).op(evm::MSTORE).number(32).number(0).op(evm::RETURN).place(outer);
    }
    code.op(evm::GAS);
    operands(&mut code, from, &args);
    if itself {
        code.op(evm::SWAP1).op(evm::POP).op(evm::ADDRESS).op(evm::SWAP1);
    }
    code.op(op).number(96).op(evm::MSTORE).op(evm::GAS).op(evm::SWAP1).op(evm::SUB).number(128).op(evm::MSTORE);
    code.op(evm::RETURNDATASIZE).number(160).op(evm::MSTORE).op(evm::MSIZE).number(192).op(evm::MSTORE);
    code.number(224).number(0).op(evm::RETURN);
    (code.finish(), args)
}

fn values(op: u8) -> Vec<U256> {
    let values = [0, 1, CONTRACT_WEI, CONTRACT_WEI + 1].map(U256::from);
    if matches!(op, evm::CALL | evm::CALLCODE) { [&values[..], &[U256::MAX]].concat() } else { values[..1].to_vec() }
}

fn account_kinds(scene: &mut Scene, op: u8) {
    let count = kinds(scene).len();
    for index in 0..count {
        for value in values(op) {
            for from in BOTH {
                let (kind, address) = kinds(scene)[index];
                let call = Call { value, ..Call::to(word(address)) };
                let (code, args) = once(op, from, &call, address.is_none());
                let edge = if value.is_zero() { "kinds of accounts" } else { "kinds of accounts, with value" };
                let probe = scene.probe(op, edge, &code, &args);
                probe.around = from == From::Runtime && (value <= U256::ONE || kind == "absent");
            }
        }
    }
}

/// Code that ends in a given way, after a little work.
fn ending(op: u8) -> Vec<u8> {
    let mut code = Code::default();
    code.op(evm::GAS).number(0).op(evm::MSTORE).op(evm::CALLVALUE).op(evm::CALLER).op(evm::XOR).op(evm::ADDRESS);
    code.op(evm::XOR).number(32).op(evm::MSTORE).number(40).number(3).op(op);
    code.finish()
}

fn gas_and_endings(scene: &mut Scene, op: u8) {
    let callees = [evm::RETURN, evm::REVERT, evm::STOP, evm::INVALID].map(|end| scene.account(0, 1, &ending(end)));
    let gas = [0, 1, 2299, 2300, 2301, 5000, 1_000_000, 10_000_000].map(U256::from);
    for gas in gas.into_iter().chain([power(32), power(63), power(64) - U256::ONE, power(64), power(255), U256::MAX]) {
        for (index, callee) in callees.into_iter().enumerate() {
            for value in &values(op)[..values(op).len().min(2)] {
                let call = Call { gas, value: *value, ..Call::to(word(Some(callee))) };
                let from = if index % 2 == 0 { From::Runtime } else { From::Constant };
                let (code, args) = once(op, from, &call, false);
                scene.probe(op, "gas passed on, endings of the callee", &code, &args).around =
                    gas == U256::MAX || gas == U256::from(5000);
            }
        }
    }
}

fn ranges(scene: &mut Scene, op: u8) {
    let callee = word(Some(scene.account(0, 1, &ending(evm::RETURN))));
    let mut starts: Vec<U256> = [0, 1, 31, 32, 33, 4096].map(U256::from).to_vec();
    starts.extend([power(32), power(40), power(64) - U256::ONE, power(64), U256::MAX]);
    let lengths = [0, 1, 32, 33, 39, 40, 41, 100].map(U256::from);
    for start in starts {
        for len in lengths.into_iter().chain([power(32), power(64), U256::MAX]) {
            for input in [false, true] {
                let mut call = Call::to(callee);
                *(if input { &mut call.input } else { &mut call.output }) = [start, len];
                let (code, args) = once(op, From::Runtime, &call, false);
                let edge = if input { "ranges of input" } else { "ranges of output" };
                scene.probe(op, edge, &code, &args);
                if start.is_zero() {
                    let (code, args) = once(op, From::Constant, &call, false);
                    scene.probe(op, edge, &code, &args);
                }
            }
        }
    }
}

pub(super) fn probes(scene: &mut Scene) {
    for op in FAMILY {
        account_kinds(scene, op);
        gas_and_endings(scene, op);
        ranges(scene, op);
    }
    // A caller and its callee in a static frame: value is what counts.
    for op in FAMILY {
        for value in 0..2u64 {
            let target = word(Some(scene.account(1, 0, &[])));
            let (code, args) = once(op, From::Runtime, &Call { value: U256::from(value), ..Call::to(target) }, false);
            let callee = scene.account(5, 1, &code);
            scene.framed(op, "value in a static frame", evm::STATICCALL, callee, &args).around = true;
        }
    }
}
