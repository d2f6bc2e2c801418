//! Operations on words: every pair of edges, as constants, at run time, one of each, and before a branch.

use super::power;
use super::scene::Scene;
use crate::program::Code;
use alloy_primitives::U256;
use gaslane_abi::evm;

/// Combinations in one contract.
const CHUNK: usize = 80;

fn edges(inputs: u8) -> Vec<U256> {
    let few = [U256::ZERO, U256::ONE, U256::from(3), power(64), power(255), U256::MAX];
    let many = [
        U256::ZERO,
        U256::ONE,
        U256::from(2),
        U256::from(31),
        U256::from(32),
        U256::from(255),
        U256::from(256),
        power(64) - U256::ONE,
        power(64),
        power(255) - U256::ONE,
        power(255),
        U256::MAX - U256::ONE,
        U256::MAX,
    ];
    if inputs > 2 { few.to_vec() } else { many.to_vec() }
}

/// All combinations of `count` numbers below `below`.
fn combinations(below: usize, count: u8) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..count {
        all = all.iter().flat_map(|head| (0..below).map(|last| [&head[..], &[last]].concat())).collect();
    }
    all
}

/// What is done with a result.
#[derive(Clone, Copy)]
enum Use {
    Store,
    Branch,
    BranchIfZero,
}

/// Executes the opcode and uses its result as the `index`-th word of the output.
fn consume(code: &mut Code, op: u8, use_as: Use, index: usize) {
    let place = 32 * index as u64;
    code.op(op);
    match use_as {
        Use::Store => {
            code.number(place).op(evm::MSTORE);
        }
        Use::Branch | Use::BranchIfZero => {
            if matches!(use_as, Use::BranchIfZero) {
                code.op(evm::ISZERO);
            }
            let taken = code.label();
            code.push_label(taken).op(evm::JUMPI).number(1).number(place).op(evm::MSTORE).place(taken);
        }
    }
}

fn finish(mut code: Code, results: usize) -> Vec<u8> {
    code.number(32 * results as u64).number(0).op(evm::RETURN);
    code.finish()
}

pub(super) fn probes(scene: &mut Scene) {
    let arithmetic = evm::ADD..=evm::SIGNEXTEND;
    let bits = evm::LT..=evm::CLZ;
    for op in arithmetic.chain(bits) {
        let Some(opcode) = evm::lookup(op, scene.fork) else { continue };
        let edges = edges(opcode.inputs);
        let all = combinations(edges.len(), opcode.inputs);
        for (use_as, constant, runtime) in [
            (Use::Store, "constants", "run-time words"),
            (Use::Branch, "constants, branch", "run-time words, branch"),
            (Use::BranchIfZero, "constants, branch if zero", "run-time words, branch if zero"),
        ] {
            for chunk in all.chunks(CHUNK) {
                let (mut constants, mut words) = (Code::default(), Code::default());
                for (index, combination) in chunk.iter().enumerate() {
                    for at in combination.iter().rev() {
                        constants.push(edges[*at]);
                        words.number(32 * *at as u64).op(evm::CALLDATALOAD);
                    }
                    consume(&mut constants, op, use_as, index);
                    consume(&mut words, op, use_as, index);
                }
                scene.probe(op, constant, &finish(constants, chunk.len()), &[]);
                scene.probe(op, runtime, &finish(words, chunk.len()), &edges);
            }
        }
        if opcode.inputs < 2 {
            continue;
        }
        // One operand from the calldata, the others constant.
        for position in 0..opcode.inputs {
            let others = combinations(edges.len(), opcode.inputs - 1);
            let mut code = Code::default();
            for (index, others) in others.iter().enumerate() {
                let mut others = others.iter();
                let mut pushes = Vec::new();
                for at in 0..opcode.inputs {
                    pushes.push(if at == position { None } else { others.next().map(|other| edges[*other]) });
                }
                for push in pushes.into_iter().rev() {
                    match push {
                        Some(value) => code.push(value),
                        None => code.number(0).op(evm::CALLDATALOAD),
                    };
                }
                consume(&mut code, op, Use::Store, index);
            }
            let code = finish(code, others.len());
            for edge in &edges {
                scene.probe(op, "constant and run-time word", &code, &[*edge]);
            }
        }
    }
}
