//! Small contracts that do one thing, often what the calldata says. Transactions combine them cheaply.

use super::{Code, Environment};
use crate::random::Random;
use alloy_primitives::U256;
use gaslane_abi::evm;

/// A small contract.
pub fn micro(random: &mut Random, environment: &Environment<'_>) -> Vec<u8> {
    let mut code = Code::default();
    match random.below(14) {
        // Counts in slot 0.
        0 => {
            code.number(0).op(evm::SLOAD).number(1).op(evm::ADD).number(0).op(evm::SSTORE);
        }
        // Creates from the calldata, and gives back the address.
        1 => {
            factory(&mut code, false);
        }
        2 => {
            factory(&mut code, true);
        }
        // Destroys itself for whom the calldata names.
        3 => {
            code.number(0).ops(&[evm::CALLDATALOAD, evm::SELFDESTRUCT]);
        }
        // Destroys itself for itself.
        4 => {
            code.ops(&[evm::ADDRESS, evm::SELFDESTRUCT]);
        }
        // Passes the rest of the calldata to whom its first word names.
        5..=7 => {
            let op = *random.pick(&[evm::CALL, evm::CALL, evm::CALLCODE, evm::DELEGATECALL, evm::STATICCALL]);
            forward(&mut code, op, random);
        }
        // Calls itself as deep as gas and frames allow, then writes.
        8 => {
            let op = *random.pick(&[evm::CALL, evm::CALL, evm::DELEGATECALL, evm::STATICCALL]);
            recurse(&mut code, op, random);
        }
        // Stores the calldata's second word at its first.
        9 => {
            code.number(32).op(evm::CALLDATALOAD).number(0).op(evm::CALLDATALOAD).op(evm::SSTORE);
        }
        // Stores and reverts.
        10 => {
            code.op(evm::CALLER).number(1).op(evm::SSTORE).number(4).number(0).op(evm::REVERT);
        }
        // Calls someone, then destroys itself or halts.
        11 => {
            let target = U256::from_be_slice(random.pick(environment.addresses).as_slice());
            code.number(0).number(0).number(0).number(0).number(random.below(2)).push(target);
            code.ops(&[
                evm::GAS,
                evm::CALL,
                evm::CALLER,
                if random.chance(70) { evm::SELFDESTRUCT } else { evm::INVALID },
            ]);
        }
        // Reads the beneficiary's balance.
        12 => {
            code.ops(&[evm::COINBASE, evm::BALANCE]).number(2).op(evm::SSTORE);
        }
        // Logs the calldata.
        _ => {
            code.op(evm::CALLDATASIZE).number(0).number(0).op(evm::CALLDATACOPY);
            code.op(evm::CALLER).op(evm::CALLDATASIZE).number(0).op(evm::LOG0 + 1);
        }
    }
    code.finish()
}

fn factory(code: &mut Code, create2: bool) {
    code.op(evm::CALLDATASIZE).number(0).number(0).op(evm::CALLDATACOPY);
    if create2 {
        code.number(0).op(evm::CALLDATASIZE).number(0).ops(&[evm::CALLVALUE, evm::CREATE2]);
    } else {
        code.op(evm::CALLDATASIZE).number(0).ops(&[evm::CALLVALUE, evm::CREATE]);
    }
    code.op(evm::DUP1).number(1).op(evm::SSTORE).number(0).op(evm::MSTORE);
    code.number(32).number(0).op(evm::RETURN);
}

fn forward(code: &mut Code, op: u8, random: &mut Random) {
    // Without a first word the length would be below zero.
    let body = code.label();
    code.number(31).op(evm::CALLDATASIZE).op(evm::GT).push_label(body).op(evm::JUMPI).op(evm::STOP).place(body);
    let rest = |code: &mut Code| {
        code.number(32).op(evm::CALLDATASIZE).op(evm::SUB);
    };
    rest(code);
    code.number(32).number(0).op(evm::CALLDATACOPY);
    code.number(0).number(0);
    rest(code);
    code.number(0);
    if matches!(op, evm::CALL | evm::CALLCODE) {
        code.op(evm::CALLVALUE);
    }
    code.number(0).op(evm::CALLDATALOAD).op(evm::GAS).op(op);
    match random.below(3) {
        0 => {
            code.number(3).op(evm::SSTORE);
        }
        1 => {
            code.op(evm::RETURNDATASIZE).number(0).number(0).op(evm::RETURNDATACOPY);
            code.op(evm::RETURNDATASIZE).number(0).op(evm::RETURN);
        }
        _ => {}
    }
}

fn recurse(code: &mut Code, op: u8, random: &mut Random) {
    code.number(0).number(0).number(0).number(0);
    if op == evm::CALL {
        code.number(0);
    }
    code.ops(&[evm::ADDRESS, evm::GAS, op]);
    match random.below(3) {
        0 => {
            code.number(0).op(evm::SLOAD).op(evm::ADD).number(0).op(evm::SSTORE);
        }
        1 => {
            code.number(0).op(evm::MSTORE).number(32).number(0).op(evm::RETURN);
        }
        _ => {}
    }
}
