//! One operation at a time: a transaction that does it many times over, on sequential revm and on the model card, and the
//! simulated cycles that a lane takes for each.
//!
//! What is timed is a loop of [`UNROLLED`] operations and [`LOOPS`] rounds. Each operation needs the result of the one before, as is
//! usual in contracts; nothing in it is constant, and none undoes the one before, so nothing is left out by the translator but
//! the JUMP to the next word, which costs nothing. The empty loop stands first.

use alloy_primitives::{Address, Bytes, U256};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gaslane::block::BlockInput;
use gaslane::oracle::time_sequential;
use gaslane::source::MemoryState;
use gaslane_benches::{Sample, driver, execute, one_transaction, sum};
use revm::bytecode::opcode::*;

/// Operations in a round.
const UNROLLED: usize = 64;
/// Rounds.
const LOOPS: u16 = 256;

/// Rounds of an operation: every TSTORE takes an entry of the undo log.
fn rounds(name: &str) -> u16 {
    if name.starts_with("TSTORE") { 8 } else { LOOPS }
}

/// What is done once, with `accumulator` on the stack above a word from the calldata: it must leave the stack as it was but for a new accumulator.
const OPERATIONS: &[(&str, &[u8])] = &[
    ("nothing", &[]),
    ("ADD", &[DUP2, ADD]),
    ("SUB", &[DUP2, SUB]),
    ("MUL", &[DUP2, MUL]),
    ("DIV", &[DUP2, ADD, DUP2, NOT, DIV]),
    ("SDIV", &[DUP2, ADD, DUP2, NOT, SDIV]),
    ("MOD", &[DUP2, NOT, MOD]),
    ("SMOD", &[DUP2, NOT, SMOD]),
    ("ADDMOD", &[DUP2, DUP3, NOT, SWAP2, ADDMOD]),
    ("MULMOD", &[DUP2, DUP3, NOT, SWAP2, MULMOD]),
    ("EXP", &[DUP2, EXP]),
    ("SIGNEXTEND", &[PUSH1, 7, SIGNEXTEND]),
    ("LT", &[DUP2, LT]),
    ("SLT", &[DUP2, SLT]),
    ("EQ", &[DUP2, EQ]),
    ("ADD and ISZERO", &[DUP2, ADD, ISZERO]),
    ("AND", &[DUP2, AND]),
    ("XOR", &[DUP2, XOR]),
    ("ADD and NOT", &[DUP2, ADD, NOT]),
    ("BYTE", &[PUSH1, 30, BYTE]),
    ("SHL", &[PUSH1, 3, SHL]),
    ("SHR", &[PUSH1, 3, SHR]),
    ("SAR", &[PUSH1, 3, SAR]),
    ("KECCAK256 of 32 bytes", &[PUSH0, MSTORE, PUSH1, 32, PUSH0, KECCAK256]),
    ("KECCAK256 of 1,024 bytes", &[PUSH0, MSTORE, PUSH2, 4, 0, PUSH0, KECCAK256]),
    ("MSTORE and MLOAD", &[PUSH1, 64, MSTORE, PUSH1, 64, MLOAD]),
    ("MSTORE8", &[DUP1, PUSH1, 95, MSTORE8]),
    ("CALLDATALOAD", &[DUP2, AND, CALLDATALOAD]),
    ("CALLDATACOPY of 32 bytes", &[PUSH1, 32, DUP2, PUSH0, CALLDATACOPY]),
    ("MCOPY of 96 bytes", &[PUSH1, 96, PUSH0, PUSH1, 16, MCOPY]),
    ("SLOAD, warm", &[SLOAD]),
    ("SSTORE, warm", &[DUP1, PUSH0, SSTORE]),
    ("TSTORE and TLOAD", &[PUSH0, TSTORE, PUSH0, TLOAD]),
    ("BALANCE, warm", &[POP, ADDRESS, BALANCE]),
    ("STATICCALL of identity", &[PUSH0, PUSH0, PUSH1, 32, PUSH0, PUSH1, 4, GAS, STATICCALL, ADD]),
    ("JUMP", &[]),
];

fn code(name: &str, operation: &[u8]) -> Bytes {
    let mut code = vec![PUSH2];
    code.extend(rounds(name).to_be_bytes());
    // Counter, word, accumulator.
    code.extend([PUSH0, CALLDATALOAD, PUSH1, 32, CALLDATALOAD]);
    let head = code.len() as u8;
    code.push(JUMPDEST);
    for _ in 0..UNROLLED {
        match name {
            "JUMP" => {
                let target = (code.len() + 4) as u16;
                code.push(PUSH2);
                code.extend(target.to_be_bytes());
                code.extend([JUMP, JUMPDEST]);
            }
            _ => code.extend(operation),
        }
    }
    code.extend([SWAP2, PUSH1, 1, SWAP1, SUB, SWAP2, DUP3, PUSH1, head, JUMPI]);
    // The result has to be kept, or nothing would need it.
    code.extend([PUSH0, MSTORE, PUSH1, 32, PUSH0, RETURN]);
    code.into()
}

fn sample(name: &str, operation: &[u8]) -> Sample {
    let words = [U256::from(0x1234_5678_9abc_def1_u64) << 100 | U256::from(977), U256::MAX / U256::from(7)];
    let data: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes::<32>()).collect();
    let (block, state): (BlockInput, MemoryState) =
        one_transaction(Address::repeat_byte(0xc0), code(name, operation), data.into());
    Sample { name: name.to_owned(), block, state }
}

fn opcodes(c: &mut Criterion) {
    let mut empty = 0;
    for (name, operation) in OPERATIONS {
        let (sample, rounds) = (sample(name, operation), u64::from(rounds(name)));
        let count = rounds * UNROLLED as u64;
        let mut driver = driver();
        execute(&mut driver, &sample);
        let metrics = execute(&mut driver, &sample);
        assert_eq!(metrics.on_card_txs, 1, "{name}: {:?}", metrics.escapes);
        let cycles = metrics.lane_busy_cycles;
        empty = if *name == "nothing" { cycles } else { empty };
        let each = cycles.saturating_sub(empty * rounds / u64::from(LOOPS)) as f64 / count as f64;
        println!("opcode {name}: {cycles} simulated cycles, {each:.2} more an operation than the empty loop");
        let mut group = c.benchmark_group(format!("opcode {name}"));
        group.throughput(Throughput::Elements(count));
        group.bench_function("sequential revm", |b| {
            b.iter_custom(|n| {
                (0..n).map(|_| time_sequential(&sample.block, &sample.state).expect("the block is valid")).sum()
            })
        });
        group.bench_function("model", |b| b.iter_custom(|n| sum(&mut driver, &sample, n, |m| m.card_ns)));
    }
}

criterion_group! { name = benches; config = gaslane_benches::criterion(); targets = opcodes }
criterion_main!(benches);
