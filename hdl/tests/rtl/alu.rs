//! Arithmetic units: corners and random operands, against their models, and those against `ruint`.

use alloy_primitives::{I256, U256};
use gaslane_hdl::{
    alu::{
        AddSub, ByteUnit, Clz, LogicUnit, Shifter, addsub, byte, clz,
        logic::{self, LogicOp},
        shift::{self, ShiftOp},
    },
    word::W256,
};
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::{Bench, PortValue},
    random::{corners, count, rng, word},
};

const VECTORS: usize = 20_000;

impl PortValue for LogicOp {
    fn limb(&self, _: usize) -> u64 {
        *self as u64
    }
}

impl PortValue for ShiftOp {
    fn limb(&self, _: usize) -> u64 {
        *self as u64
    }
}

dut!(AddSub, clocked, [subtract, a, b] => [result, equal, less, less_signed]);
dut!(LogicUnit, clocked, [op, a, b] => [result]);
dut!(Shifter, clocked, [op, count, value] => [result]);
dut!(ByteUnit, clocked, [extend, index, value] => [result]);
dut!(Clz, clocked, [value] => [count]);

fn u256(word: W256) -> U256 {
    U256::from_limbs(*word.limbs())
}

fn w256(value: U256) -> W256 {
    W256::from_limbs(value.into_limbs())
}

/// All pairs of corners, then random pairs; the first of a random one is a count below `limit`, more or less.
fn pairs(mut pair: impl FnMut(W256, W256), limit: Option<u64>) {
    let mut rng = rng();
    for a in corners() {
        for b in corners() {
            pair(a, b);
        }
    }
    for _ in 0..VECTORS {
        let a = match limit {
            Some(limit) => count(&mut rng, limit),
            None => word(&mut rng),
        };
        let b = if rng.random_range(0..16) == 0 { a } else { word(&mut rng) };
        pair(a, b);
    }
}

#[test]
fn addition_subtraction_comparison() {
    let mut bench = Bench::<AddSub>::new("addsub");
    let check = |a, b| {
        for subtract in [false, true] {
            bench.subtract.next = subtract;
            (bench.a.next, bench.b.next) = (a, b);
            bench.tick();
            let expected = addsub::model(subtract, a, b);
            let (x, y) = (u256(a), u256(b));
            let result = if subtract { x.wrapping_sub(y) } else { x.wrapping_add(y) };
            let less_signed = I256::from_raw(x) < I256::from_raw(y);
            assert_eq!(expected, (w256(result), x == y, x < y, less_signed), "model: {subtract} {a:x?} {b:x?}");
            let found = (bench.result.val(), bench.equal.val());
            assert_eq!(found, (expected.0, expected.1), "{subtract} {a:x?} {b:x?}");
            if subtract {
                let found = (bench.less.val(), bench.less_signed.val());
                assert_eq!(found, (expected.2, expected.3), "{a:x?} {b:x?}");
            }
        }
    };
    pairs(check, None);
    bench.cross_check();
}

#[test]
fn bitwise_logic() {
    let mut bench = Bench::<LogicUnit>::new("logic");
    let check = |a, b| {
        for op in [LogicOp::And, LogicOp::Or, LogicOp::Xor, LogicOp::Not] {
            bench.op.next = op;
            (bench.a.next, bench.b.next) = (a, b);
            bench.tick();
            let (x, y) = (u256(a), u256(b));
            let expected = match op {
                LogicOp::And => x & y,
                LogicOp::Or => x | y,
                LogicOp::Xor => x ^ y,
                LogicOp::Not => !x,
            };
            assert_eq!(logic::model(op, a, b), w256(expected), "model: {op:?} {a:x?} {b:x?}");
            assert_eq!(bench.result.val(), w256(expected), "{op:?} {a:x?} {b:x?}");
        }
    };
    pairs(check, None);
    bench.cross_check();
}

#[test]
fn shifts() {
    let mut bench = Bench::<Shifter>::new("shifter");
    let check = |count, value| {
        for op in [ShiftOp::Shl, ShiftOp::Shr, ShiftOp::Sar] {
            bench.op.next = op;
            (bench.count.next, bench.value.next) = (count, value);
            bench.tick();
            let (n, x) = (u256(count).saturating_to::<usize>(), u256(value));
            let expected = match op {
                ShiftOp::Shl => x.wrapping_shl(n),
                ShiftOp::Shr => x.wrapping_shr(n),
                ShiftOp::Sar => x.arithmetic_shr(n),
            };
            assert_eq!(shift::model(op, count, value), w256(expected), "model: {op:?} {count:x?} {value:x?}");
            assert_eq!(bench.result.val(), w256(expected), "{op:?} {count:x?} {value:x?}");
        }
    };
    pairs(check, Some(256));
    bench.cross_check();
}

#[test]
fn byte_and_signextend() {
    let mut bench = Bench::<ByteUnit>::new("byte");
    let check = |index, value| {
        for extend in [false, true] {
            bench.extend.next = extend;
            (bench.index.next, bench.value.next) = (index, value);
            bench.tick();
            let (n, x) = (u256(index).saturating_to::<usize>(), u256(value));
            let expected = match (extend, n < 32) {
                (false, true) => U256::from(x.to_be_bytes::<32>()[n]),
                (false, false) => U256::ZERO,
                (true, true) => (x << (248 - 8 * n)).arithmetic_shr(248 - 8 * n),
                (true, false) => x,
            };
            assert_eq!(byte::model(extend, index, value), w256(expected), "model: {extend} {index:x?} {value:x?}");
            assert_eq!(bench.result.val(), w256(expected), "{extend} {index:x?} {value:x?}");
        }
    };
    pairs(check, Some(32));
    bench.cross_check();
}

#[test]
fn leading_zeros() {
    let mut bench = Bench::<Clz>::new("clz");
    let mut rng = rng();
    let singles = (0..256).map(|bit| W256::from_limbs([1, 0, 0, 0]) << bit);
    let values: Vec<W256> = corners().into_iter().chain(singles).chain((0..VECTORS).map(|_| word(&mut rng))).collect();
    for value in values {
        bench.value.next = value;
        bench.tick();
        let expected = u256(value).leading_zeros();
        assert_eq!(clz::model(value) as usize, expected, "model: {value:x?}");
        assert_eq!(bench.count.val().to_u64() as usize, expected, "{value:x?}");
    }
    bench.cross_check();
}
