//! Jumps, and opcodes whose result depends on where they stand.

use super::power;
use super::scene::{BOTH, From, NUMBER, Scene, give_top, operands};
use crate::program::Code;
use alloy_primitives::{B256, Bytes, U256};
use gaslane_abi::evm;
use revm::context::TransactionType;
use revm::primitives::hardfork::SpecId;

/// Code that jumps over a field of 32 bytes of `JUMPDEST` inside push data to its end; the target comes first.
fn field(op: u8, from: From, target: U256, condition: U256) -> (Vec<u8>, Vec<U256>) {
    let args = if op == evm::JUMP { vec![target] } else { vec![target, condition] };
    let mut code = Code::default();
    operands(&mut code, from, &args);
    code.op(op).op(evm::PC).ops(&[evm::PUSH32]).ops(&[evm::JUMPDEST; 32]);
    code.op(evm::JUMPDEST).op(evm::PC);
    give_top(&mut code);
    (code.finish(), args)
}

fn jumps(scene: &mut Scene, op: u8) {
    for from in BOTH {
        let conditions = [U256::ZERO, U256::ONE, power(64), power(255), U256::MAX];
        // Every place of the code and what lies around it; the same beyond 32 and 64 bits.
        for condition in if op == evm::JUMP { &conditions[1..2] } else { &conditions[..] } {
            for place in 0..90u64 {
                let (code, args) = field(op, from, U256::from(place), *condition);
                scene.probe(op, "every place of a code", &code, &args);
            }
            let (code, _) = field(op, from, U256::ZERO, *condition);
            let end = U256::from(code.iter().rposition(|byte| *byte == evm::JUMPDEST).expect("it has one") + 1);
            for beyond in [power(16), power(32), power(63), power(64), power(255), U256::MAX] {
                for target in [beyond, beyond.wrapping_add(end)] {
                    let (code, args) = field(op, from, target, *condition);
                    scene.probe(op, "targets beyond the code", &code, &args);
                }
            }
        }
    }
}

/// PUSHn whose data the code's end cuts off. Nothing can be done with the item, but that it fits.
fn truncated(scene: &mut Scene) {
    for len in 1..=32u8 {
        for present in [0, 1, len - 1] {
            let mut code = Code::default();
            code.number(1).number(0).op(evm::SSTORE).op(evm::PUSH1 + len - 1).ops(&vec![0x5b; present.into()]);
            scene.probe(evm::PUSH1 + len - 1, "data cut off by the code's end", &code.finish(), &[]);
        }
        // A jump into the data.
        let mut code = Code::default();
        code.ops(&[evm::PUSH1, 3, evm::JUMP, evm::PUSH1 + len - 1]).ops(&vec![evm::JUMPDEST; len.into()]);
        code.op(evm::STOP);
        scene.probe(evm::PUSH1 + len - 1, "jump into its data", &code.finish(), &[]);
        let mut code = Code::default();
        code.ops(&[evm::PUSH1, 4, evm::JUMP, evm::PUSH1 + len - 1]).ops(&vec![evm::JUMPDEST; len.into()]);
        code.op(evm::STOP);
        scene.probe(evm::PUSH1 + len - 1, "jump into its data", &code.finish(), &[]);
    }
}

/// DUPn and SWAPn on items from the calldata, stored one by one.
fn stack_order(scene: &mut Scene) {
    let items: Vec<U256> = (0..17u64).map(|n| U256::from(n) * power(200) + U256::from(n)).collect();
    for op in evm::DUP1..evm::SWAP1 + 16 {
        for from in BOTH {
            let mut code = Code::default();
            operands(&mut code, from, &items);
            code.op(op);
            let count = if op < evm::SWAP1 { 18 } else { 17 };
            for index in 0..count {
                code.number(32 * index).op(evm::MSTORE);
            }
            code.number(32 * count).number(0).op(evm::RETURN);
            scene.probe(op, "every item of the stack", &code.finish(), &items);
        }
    }
}

fn positions(scene: &mut Scene) {
    // PC, MSIZE and GAS at several places: before and after branches, jumps, memory, calls.
    for op in [evm::PC, evm::MSIZE, evm::GAS] {
        for condition in [0u64, 1] {
            let mut code = Code::default();
            let (skip, end) = (code.label(), code.label());
            code.op(op).number(0).op(evm::MSTORE);
            code.op(op).op(op).op(evm::ADD).number(33).op(evm::MSTORE);
            code.number(0).op(evm::CALLDATALOAD).push_label(skip).op(evm::JUMPI);
            code.op(op).number(96).op(evm::MSTORE).push_label(end).op(evm::JUMP);
            code.place(skip).op(evm::JUMPDEST).op(op).number(300).op(evm::MSTORE);
            code.place(end);
            code.number(0).number(0).number(0).number(0).number(2).number(5000).op(evm::STATICCALL).op(evm::POP);
            code.op(op).number(64).op(evm::MSTORE).number(400).op(evm::MLOAD).op(evm::POP);
            code.op(op).number(128).op(evm::MSTORE).number(512).number(0).op(evm::RETURN);
            scene
                .probe(op, "before and after branches, memory and calls", &code.finish(), &[U256::from(condition)])
                .around = true;
        }
    }
}

/// What is compared before a call decides a branch after it: the size of the returned data has changed meanwhile.
fn sizes_over_calls(scene: &mut Scene) {
    let comparisons: [&[u8]; 6] = [
        &[],
        &[evm::ISZERO],
        &[evm::PUSH1, 1, evm::GT],
        &[evm::PUSH1, 0, evm::LT],
        &[evm::PUSH1, 32, evm::EQ],
        &[evm::PUSH1, 32, evm::XOR, evm::ISZERO],
    ];
    for comparison in comparisons {
        for len in [0u64, 32] {
            let mut code = Code::default();
            let taken = code.label();
            code.op(evm::RETURNDATASIZE).ops(comparison);
            code.number(0).number(0).number(len).number(0).number(4).op(evm::GAS).op(evm::STATICCALL).op(evm::POP);
            code.push_label(taken).op(evm::JUMPI).number(1).number(0).op(evm::MSTORE).place(taken);
            code.op(evm::RETURNDATASIZE).ops(comparison).number(32).op(evm::MSTORE);
            code.number(64).number(0).op(evm::RETURN);
            scene.probe(evm::RETURNDATASIZE, "compared before a call, decides after it", &code.finish(), &[]);
        }
    }
}

fn block_values(scene: &mut Scene) {
    let mut numbers: Vec<U256> =
        [0, 1, NUMBER - 257, NUMBER - 256, NUMBER - 255, NUMBER - 1, NUMBER, NUMBER + 1, u64::MAX]
            .into_iter()
            .map(U256::from)
            .collect();
    numbers.extend([power(64), power(64) + U256::from(NUMBER - 1), power(255), U256::MAX]);
    for from in BOTH {
        for number in &numbers {
            let mut code = Code::default();
            operands(&mut code, from, &[*number]);
            code.op(evm::BLOCKHASH);
            give_top(&mut code);
            scene.probe(evm::BLOCKHASH, "numbers around the last 256", &code.finish(), &[*number]).around = true;
        }
    }
    if !scene.has(evm::BLOBHASH) {
        return;
    }
    for from in BOTH {
        for blobs in [0u8, 1, 2] {
            for index in [U256::ZERO, U256::ONE, U256::from(2), power(59), power(64), power(255), U256::MAX] {
                let mut code = Code::default();
                operands(&mut code, from, &[index]);
                code.op(evm::BLOBHASH);
                give_top(&mut code);
                // Osaka and before allow this many in a block whose parent used none; the rest has no blobs.
                let spec = scene.spec;
                let probe = scene.probe(evm::BLOBHASH, "indices around the last blob", &code.finish(), &[index]);
                let first = index <= U256::ONE && blobs > 0 && from == From::Runtime;
                if first && (spec >= SpecId::PRAGUE || blobs == 1) {
                    let hash = |n: u8| B256::from(std::array::from_fn(|i| if i == 0 { 1 } else { n }));
                    probe.tx.tx_type = TransactionType::Eip4844 as u8;
                    probe.tx.gas_priority_fee = Some(1);
                    probe.tx.blob_hashes = (0..blobs).map(hash).collect();
                    probe.tx.max_fee_per_blob_gas = 1 << 40;
                }
            }
        }
    }
}

pub(super) fn probes(scene: &mut Scene) {
    jumps(scene, evm::JUMP);
    jumps(scene, evm::JUMPI);
    truncated(scene);
    stack_order(scene);
    positions(scene);
    sizes_over_calls(scene);
    block_values(scene);
    for (op, edge) in [(evm::STOP, "code that ends without it"), (evm::JUMPDEST, "last byte of the code")] {
        let code: &[u8] = if op == evm::STOP { &[evm::PUSH1, 1] } else { &[evm::PUSH1, 2, evm::JUMPDEST] };
        scene.probe(op, edge, code, &[]).around = true;
    }
    // Calldata that is no whole word.
    for len in [1usize, 31, 33, 63] {
        for op in [evm::CALLDATALOAD, evm::CALLDATACOPY] {
            let mut code = Code::default();
            match op {
                evm::CALLDATALOAD => code.number(len as u64 - 1).op(op).op(evm::CALLDATASIZE).op(evm::XOR),
                _ => code.number(40).number(5).number(0).op(op).number(0).op(evm::MLOAD),
            };
            give_top(&mut code);
            let contract = scene.account(0, 1, &code.finish());
            scene.call(op, "calldata that ends inside a word", contract, Bytes::from(vec![0xa7; len]));
        }
    }
}
