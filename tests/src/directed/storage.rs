//! Storage and transient storage: original, current and new values, cold and warm, through reverts.

use super::scene::{BOTH, From, Scene, caller, operands};
use super::{power, words};
use crate::program::Code;
use alloy_primitives::{B256, U256};
use gaslane_abi::evm;
use revm::context::TransactionType;
use revm::context_interface::transaction::{AccessList, AccessListItem};

/// Values written one after the other: up to three.
fn sequences() -> Vec<Vec<u64>> {
    let mut sequences = Vec::new();
    for first in 0..3 {
        sequences.push(vec![first]);
        for second in 0..3 {
            sequences.push(vec![first, second]);
            for third in 0..3 {
                sequences.push(vec![first, second, third]);
            }
        }
    }
    sequences
}

/// Writes the values to slot `key`, each as it comes from `from`, with the gas that each takes in the output.
fn writes(key: U256, values: &[u64], from: From) -> (Vec<u8>, Vec<U256>) {
    let mut args = vec![key];
    args.extend(values.iter().map(|value| U256::from(*value)));
    let mut code = Code::default();
    for index in 0..values.len() {
        code.op(evm::GAS);
        match from {
            From::Constant => code.push(args[index + 1]).push(key),
            From::Runtime => code.number(32 * (index as u64 + 1)).op(evm::CALLDATALOAD).number(0).op(evm::CALLDATALOAD),
        };
        code.op(evm::SSTORE).op(evm::GAS).op(evm::SWAP1).op(evm::SUB).number(32 * index as u64).op(evm::MSTORE);
    }
    code.number(32 * values.len() as u64).number(0).op(evm::RETURN);
    (code.finish(), args)
}

fn access_list(probe: &mut super::Probe, key: U256) {
    probe.tx.tx_type = TransactionType::Eip2930 as u8;
    let item = AccessListItem { address: probe.contract, storage_keys: vec![B256::from(key)] };
    probe.tx.access_list = AccessList(vec![item]);
}

fn sstore(scene: &mut Scene) {
    for original in 0..3u64 {
        for values in sequences() {
            for (warm, from) in [(false, From::Runtime), (true, From::Runtime), (false, From::Constant)] {
                let key = U256::from(values.len());
                let (code, args) = writes(key, &values, from);
                let edge = if warm {
                    "original, current and new value; warm"
                } else {
                    "original, current and new value; cold"
                };
                let probe = scene.probe(evm::SSTORE, edge, &code, &args);
                probe.around = values.len() < 3 && from == From::Runtime;
                if warm {
                    access_list(probe, key);
                }
                let contract = probe.contract;
                scene.store(contract, &[(key, U256::from(original))]);
            }
        }
    }
    for key in [U256::ZERO, U256::MAX, power(64), power(255), power(160)] {
        for from in BOTH {
            let (code, args) = writes(key, &[7], from);
            scene.probe(evm::SSTORE, "keys", &code, &args);
        }
    }
}

/// The opcode in a frame that ends in several ways, then again in one that succeeds: what the first did is undone.
fn undone(scene: &mut Scene, op: u8, body: &dyn Fn(&mut Code)) {
    for ending in [evm::REVERT, evm::INVALID] {
        for original in [0u64, 5] {
            let mut code = Code::default();
            let fails = code.label();
            code.op(evm::GAS);
            body(&mut code);
            code.op(evm::GAS).op(evm::SWAP1).op(evm::SUB).number(0).op(evm::MSTORE);
            code.number(0).op(evm::CALLDATALOAD).push_label(fails).op(evm::JUMPI);
            code.number(32).number(0).op(evm::RETURN);
            code.place(fails).number(32).number(0).op(ending);
            let callee = scene.account(5, 1, &code.finish());
            scene.store(callee, &[(U256::ONE, U256::from(original))]);
            // The calls that fail and succeed are those of two callers, so that their frames lie above each other too.
            let calls = scene.account(0, 1, &caller(evm::CALL));
            let mut outer = Code::default();
            for (index, flag) in [1u64, 0, 1, 0].into_iter().enumerate() {
                outer.push(U256::from_be_slice(callee.as_slice())).number(0).op(evm::MSTORE);
                outer.number(flag).number(32).op(evm::MSTORE);
                outer.number(64).number(128 + 64 * index as u64).number(64).number(0).number(0);
                outer.push(U256::from_be_slice(calls.as_slice())).number(150_000).op(evm::CALL).op(evm::POP);
            }
            outer.number(512).number(0).op(evm::RETURN);
            scene.probe(op, "undone by a revert or halt, then again", &outer.finish(), &[]).around = original == 5;
        }
    }
}

fn loads(scene: &mut Scene) {
    for from in BOTH {
        for key in [U256::ZERO, U256::ONE, U256::MAX, power(64), power(255)] {
            for warm in [false, true] {
                let mut code = Code::default();
                for index in 0..2 {
                    code.op(evm::GAS);
                    operands(&mut code, from, &[key]);
                    code.op(evm::SLOAD).number(64 * index).op(evm::MSTORE);
                    code.op(evm::GAS).op(evm::SWAP1).op(evm::SUB).number(64 * index + 32).op(evm::MSTORE);
                }
                code.number(128).number(0).op(evm::RETURN);
                let probe = scene.probe(evm::SLOAD, "cold, warm, in the access list", &code.finish(), &[key]);
                probe.around = true;
                if warm {
                    access_list(probe, key);
                }
                let contract = probe.contract;
                scene.store(contract, &[(key, power(200) + U256::ONE)]);
            }
        }
    }
}

fn transient(scene: &mut Scene) {
    for from in BOTH {
        for key in [U256::ZERO, U256::ONE, U256::MAX, power(64)] {
            for value in [U256::ZERO, U256::ONE, U256::MAX] {
                for op in [evm::TSTORE, evm::TLOAD] {
                    let mut code = Code::default();
                    operands(&mut code, from, &[key, value]);
                    code.op(evm::TSTORE);
                    operands(&mut code, from, &[key]);
                    code.op(evm::TLOAD).number(0).op(evm::MSTORE);
                    operands(&mut code, from, &[key]);
                    code.number(1).op(evm::XOR).op(evm::TLOAD).number(32).op(evm::MSTORE);
                    code.number(64).number(0).op(evm::RETURN);
                    scene.probe(op, "keys and values", &code.finish(), &[key, value]).around = key == U256::ONE;
                }
            }
        }
    }
}

pub(super) fn probes(scene: &mut Scene) {
    sstore(scene);
    loads(scene);
    undone(scene, evm::SSTORE, &|code| {
        code.number(0).number(1).op(evm::SSTORE).number(9).number(2).op(evm::SSTORE);
    });
    undone(scene, evm::SLOAD, &|code| {
        code.number(1).op(evm::SLOAD).op(evm::POP);
    });
    undone(scene, evm::LOG2, &|code| {
        for word in words(&[1, 2, 32, 0]) {
            code.push(word);
        }
        code.op(evm::LOG2);
    });
    undone(scene, evm::BALANCE, &|code| {
        code.number(0xbeef).op(evm::BALANCE).op(evm::POP);
    });
    undone(scene, evm::CALL, &|code| {
        code.number(0).number(0).number(0).number(0).number(1).number(0xbeef).op(evm::GAS).op(evm::CALL).op(evm::POP);
    });
    undone(scene, evm::CREATE, &|code| {
        code.number(0).number(0).number(1).op(evm::CREATE).op(evm::POP);
    });
    if scene.has(evm::TSTORE) {
        transient(scene);
        undone(scene, evm::TSTORE, &|code| {
            code.number(1).op(evm::TLOAD).number(1).op(evm::ADD).number(1).op(evm::TSTORE);
            code.number(1).op(evm::TLOAD).number(1).op(evm::SSTORE);
        });
    }
}
