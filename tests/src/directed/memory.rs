//! Memory: offsets, sources and lengths around words, around the ends of what is copied, and far beyond any gas.

use super::scene::{BOTH, From, Scene, operands};
use super::{power, words};
use crate::program::Code;
use alloy_primitives::U256;
use gaslane_abi::evm;

/// Bytes of memory that a probe fills before the opcode; also the length of what `EXTCODECOPY` and `RETURNDATACOPY` copy.
const FILLED: u64 = 64;

fn offsets() -> Vec<U256> {
    let mut offsets = words(&[0, 1, 31, 32, 33, 63, 64, 65, 255, 256, 4095, 40_000]);
    offsets.extend([power(32) - U256::ONE, power(32), power(40), power(63), power(64) - U256::ONE, power(64)]);
    offsets.extend([power(64) + U256::ONE, power(255), U256::MAX - U256::from(31), U256::MAX]);
    offsets
}

fn lengths() -> Vec<U256> {
    let mut lengths = words(&[0, 1, 31, 32, 33, 64, 136, 4096]);
    lengths.extend([power(32), power(64) - U256::ONE, power(64), U256::MAX]);
    lengths
}

/// Ranges: every offset with a few lengths, a few offsets with every length.
fn ranges() -> Vec<[U256; 2]> {
    let mut ranges = Vec::new();
    for offset in offsets() {
        ranges.extend([0, 1, 32, 33].map(|len| [offset, U256::from(len)]));
    }
    for len in lengths() {
        ranges.extend([0, 31].map(|offset| [U256::from(offset), len]));
    }
    ranges.sort_unstable();
    ranges.dedup();
    ranges
}

/// Target, source and length.
fn copies() -> Vec<[U256; 3]> {
    let mut copies = Vec::new();
    for [target, len] in ranges() {
        copies.push([target, U256::ONE, len]);
    }
    for source in offsets() {
        copies.extend([0, 1, 33, 64].map(|len| [U256::from(1), source, U256::from(len)]));
        copies.push([U256::from(3), source, U256::MAX - source]);
    }
    copies
}

/// Fills memory, and the return buffer through identity, with a pattern.
fn fill(code: &mut Code, return_data: bool) {
    for at in 0..FILLED / 32 {
        let pattern = U256::from_be_bytes(std::array::from_fn::<u8, 32, _>(|i| 1 + i as u8 + 32 * at as u8));
        code.push(pattern).number(32 * at).op(evm::MSTORE);
    }
    if return_data {
        code.number(0).number(0).number(FILLED).number(0).number(4).op(evm::GAS).op(evm::STATICCALL).op(evm::POP);
    }
}

/// Returns MSIZE, the top of the stack if there is a result, and the first words of memory.
fn report(code: &mut Code, results: u8) {
    for _ in 0..results {
        code.number(160).op(evm::MSTORE);
    }
    code.op(evm::MSIZE).number(192).op(evm::MSTORE).number(224).number(0).op(evm::RETURN);
}

/// Probes of one opcode with given operands: all at run time, some as constants, a few with gas around.
fn sweep(scene: &mut Scene, op: u8, edge: &'static str, all: &[Vec<U256>]) {
    let Some(opcode) = evm::lookup(op, scene.fork) else { return };
    for from in BOTH {
        let step = if from == From::Constant { 3 } else { 1 };
        for (index, args) in all.iter().enumerate().step_by(step) {
            let mut code = Code::default();
            fill(&mut code, op == evm::RETURNDATACOPY);
            operands(&mut code, from, args);
            code.op(op);
            report(&mut code, opcode.outputs);
            let probe = scene.probe(op, edge, &code.finish(), args);
            probe.around = index % 48 == 3;
        }
    }
}

fn with(prefix: &[U256], range: &[U256]) -> Vec<U256> {
    [prefix, range].concat()
}

/// A callee's LOG runs out of gas behind its topics; the caller logs after it.
fn logs_after_failure(scene: &mut Scene) {
    for op in evm::LOG0..=evm::LOG0 + 4 {
        let inputs = usize::from(op - evm::LOG0) + 2;
        let mut callee = Code::default();
        operands(
            &mut callee,
            From::Constant,
            &[power(40), U256::ONE, power(8), power(9), power(10), power(11)][..inputs],
        );
        callee.op(op);
        let callee = scene.account(0, 1, &callee.finish());
        let mut code = Code::default();
        code.number(0).number(0).number(0).number(0).number(0);
        code.push(U256::from_be_slice(callee.as_slice())).number(20_000).op(evm::CALL).op(evm::POP);
        for log in [evm::LOG0, op] {
            operands(&mut code, From::Constant, &words(&[0, 3, 1, 2, 3, 4])[..usize::from(log - evm::LOG0) + 2]);
            code.op(log);
        }
        scene.probe(op, "after a callee's log that ran out of gas", &code.finish(), &[]).around = true;
    }
}

pub(super) fn probes(scene: &mut Scene) {
    logs_after_failure(scene);
    let single: Vec<_> = offsets().iter().map(|offset| vec![*offset]).collect();
    let stores: Vec<_> =
        offsets().iter().flat_map(|o| [U256::from(0x1234), U256::MAX].map(|value| vec![*o, value])).collect();
    let ranges: Vec<_> = ranges().iter().map(|range| range.to_vec()).collect();
    let copies: Vec<_> = copies().iter().map(|copy| copy.to_vec()).collect();
    sweep(scene, evm::MLOAD, "offsets", &single);
    sweep(scene, evm::CALLDATALOAD, "offsets", &single);
    for op in [evm::MSTORE, evm::MSTORE8] {
        sweep(scene, op, "offsets", &stores);
    }
    for op in [evm::KECCAK256, evm::RETURN, evm::REVERT, evm::LOG0] {
        sweep(scene, op, "offsets and lengths", &ranges);
    }
    let topics = [U256::MAX, U256::ZERO, U256::ONE, power(255)];
    for count in 1..=4 {
        let logs: Vec<_> = ranges.iter().step_by(3).map(|range| with(range, &topics[..count])).collect();
        sweep(scene, evm::LOG0 + count as u8, "offsets and lengths", &logs);
    }
    for op in [evm::CALLDATACOPY, evm::CODECOPY, evm::RETURNDATACOPY, evm::MCOPY] {
        sweep(scene, op, "targets, sources and lengths", &copies);
    }
    let code: Vec<u8> = (1..=FILLED as u8).collect();
    let (other, nothing) = (scene.account(0, 1, &code), scene.fresh());
    for (account, step) in [(other, 1), (nothing, 5)] {
        let account = U256::from_be_slice(account.as_slice());
        let copies: Vec<_> = copies.iter().step_by(step).map(|copy| with(&[account], copy)).collect();
        sweep(scene, evm::EXTCODECOPY, "targets, sources and lengths", &copies);
    }
}
