//! Exact simplifications of pure operations. Gas is charged by path, so replacing an operation by
//! a cheaper equal one changes nothing that a contract can see.

use crate::block::Block;
use crate::value::{Consts, Value};
use alloy_primitives::U256;
use gaslane_abi::env;
use gaslane_abi::isa::Op;

const ONE: U256 = U256::from_limbs([1, 0, 0, 0]);

fn negative(x: U256) -> bool {
    x.bit(255)
}

fn absolute(x: U256) -> U256 {
    if negative(x) { x.wrapping_neg() } else { x }
}

fn flag(condition: bool) -> U256 {
    U256::from(condition)
}

fn signed_less(a: U256, b: U256) -> bool {
    match (negative(a), negative(b)) {
        (true, false) => true,
        (false, true) => false,
        _ => a < b,
    }
}

/// Shift count, if the result is not decided by its being 256 or more.
fn shift_count(a: U256) -> Option<usize> {
    (a < U256::from(256)).then(|| a.to::<usize>())
}

/// `base` to the power `exponent` mod 2^256.
pub fn power(mut base: U256, mut exponent: U256) -> U256 {
    let mut result = ONE;
    while !exponent.is_zero() {
        if exponent.bit(0) {
            result = result.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    result
}

/// Value of a pure operation of two operands, as the EVM defines it; `None` for other operations.
pub fn evaluate(op: Op, a: U256, b: U256) -> Option<U256> {
    Some(match op {
        Op::Add => a.wrapping_add(b),
        Op::Mul => a.wrapping_mul(b),
        Op::Sub => a.wrapping_sub(b),
        Op::Div => a.checked_div(b).unwrap_or_default(),
        Op::Mod => a.checked_rem(b).unwrap_or_default(),
        Op::Sdiv => {
            let quotient = absolute(a).checked_div(absolute(b)).unwrap_or_default();
            if negative(a) != negative(b) { quotient.wrapping_neg() } else { quotient }
        }
        Op::Smod => {
            let rest = absolute(a).checked_rem(absolute(b)).unwrap_or_default();
            if negative(a) { rest.wrapping_neg() } else { rest }
        }
        Op::Signextend => match shift_count(a) {
            Some(index) if index < 31 => {
                let mask = (ONE << (8 * index + 8)) - ONE;
                if b.bit(8 * index + 7) { b | !mask } else { b & mask }
            }
            _ => b,
        },
        Op::Lt => flag(a < b),
        Op::Slt => flag(signed_less(a, b)),
        Op::Eq => flag(a == b),
        Op::And => a & b,
        Op::Or => a | b,
        Op::Xor => a ^ b,
        Op::Byte => match shift_count(a) {
            Some(index) if index < 32 => U256::from(b.byte(31 - index)),
            _ => U256::ZERO,
        },
        Op::Shl => shift_count(a).map_or(U256::ZERO, |n| b << n),
        Op::Shr => shift_count(a).map_or(U256::ZERO, |n| b >> n),
        Op::Sar => {
            let fill = if negative(b) { U256::MAX } else { U256::ZERO };
            match shift_count(a) {
                None => fill,
                Some(0) => b,
                Some(n) => b >> n | fill << (256 - n),
            }
        }
        _ => return None,
    })
}

/// Value of a pure operation of one operand.
pub fn evaluate_unary(op: Op, a: U256) -> Option<U256> {
    Some(match op {
        Op::Iszero => flag(a.is_zero()),
        Op::Not => !a,
        Op::Clz => U256::from(a.leading_zeros()),
        Op::Mov => a,
        _ => return None,
    })
}

/// Value of ADDMOD or MULMOD.
pub fn evaluate_modular(op: Op, a: U256, b: U256, c: U256) -> Option<U256> {
    match op {
        _ if c.is_zero() => Some(U256::ZERO),
        Op::Addmod => Some(a.add_mod(b, c)),
        Op::Mulmod => Some(a.mul_mod(b, c)),
        _ => None,
    }
}

/// A bound on a value's length in bits.
fn bits(block: &Block, consts: &Consts, value: Value) -> usize {
    let constant = |value| consts.constant(value);
    match value {
        Value::Small(constant) => (u32::BITS - constant.leading_zeros()) as usize,
        Value::Const(index) => consts.get(index).bit_len(),
        Value::Env(word) => match word as u8 {
            env::ADDRESS | env::CALLER | env::ORIGIN | env::COINBASE => 160,
            env::CALLDATA_SIZE | env::RETURNDATA_SIZE | env::CODE_SIZE => 64,
            _ => 256,
        },
        Value::Entry(_) => 256,
        Value::Node(_) => {
            let Some(node) = block.node(value) else { return 256 };
            match node.op {
                Op::Lt | Op::Slt | Op::Eq | Op::Iszero => 1,
                Op::Byte => 8,
                Op::Clz => 9,
                // Operands' own bounds one level down are enough for what compilers write.
                Op::And => {
                    node.args().iter().filter_map(|&arg| constant(arg)).map(|c| c.bit_len()).min().unwrap_or(256)
                }
                Op::Shr => match constant(node.args[0]).and_then(shift_count) {
                    Some(n) => 256 - n,
                    None => 256,
                },
                _ => 256,
            }
        }
    }
}

/// Simplifies a pure operation of two operands; a constant operand of a commutative one is `b`.
pub fn binary(block: &mut Block, consts: &mut Consts, op: Op, a: Value, b: Value, pc: u32) -> Option<Value> {
    if !a.is_constant() && !b.is_constant() {
        return equal(op, a, b);
    }
    let (ca, cb) = (consts.constant(a), consts.constant(b));
    if let (Some(x), Some(y)) = (ca, cb) {
        return evaluate(op, x, y).map(|constant| consts.value(constant));
    }
    match (op, ca, cb) {
        (Op::Add | Op::Sub | Op::Or | Op::Xor, _, Some(U256::ZERO)) => Some(a),
        (Op::Mul | Op::And | Op::Div | Op::Sdiv | Op::Mod | Op::Smod, _, Some(U256::ZERO)) => Some(b),
        (Op::Mul | Op::Div | Op::Sdiv, _, Some(ONE)) => Some(a),
        (Op::Mod, _, Some(ONE)) => Some(consts.value(U256::ZERO)),
        (Op::Shl | Op::Shr | Op::Sar, Some(U256::ZERO), _) => Some(b),
        (Op::Shl | Op::Shr, Some(count), _) if shift_count(count).is_none() => Some(consts.value(U256::ZERO)),
        (Op::Signextend, Some(index), _) if index >= U256::from(31) => Some(b),
        (Op::Lt, _, Some(U256::ZERO)) => Some(b),
        (Op::Lt, _, Some(ONE)) | (Op::Eq, _, Some(U256::ZERO)) => Some(block.pure_unary(consts, Op::Iszero, a, pc)),
        // Shifts and masks take two cycles where multiplication and division take twenty.
        (Op::Mul, _, Some(c)) if c.count_ones() == 1 => {
            let count = consts.value(U256::from(c.trailing_zeros()));
            Some(block.pure(consts, Op::Shl, count, a, pc))
        }
        (Op::Div, _, Some(c)) if c.count_ones() == 1 => {
            let count = consts.value(U256::from(c.trailing_zeros()));
            Some(block.pure(consts, Op::Shr, count, a, pc))
        }
        (Op::Mod, _, Some(c)) if c.count_ones() == 1 => {
            let mask = consts.value(c - ONE);
            Some(block.pure(consts, Op::And, a, mask, pc))
        }
        (Op::And, _, Some(mask)) => {
            let len = mask.bit_len();
            if mask.count_ones() == len && bits(block, consts, a) <= len {
                return Some(a);
            }
            let inner = inner_constant(block, consts, a, Op::And)?;
            let mask = consts.value(inner.1 & mask);
            Some(block.pure(consts, Op::And, inner.0, mask, pc))
        }
        (Op::Add | Op::Sub, _, Some(c)) => {
            let (base, offset) = match inner_constant(block, consts, a, Op::Add) {
                Some(found) => found,
                None => {
                    let (base, subtracted) = inner_constant(block, consts, a, Op::Sub)?;
                    (base, subtracted.wrapping_neg())
                }
            };
            let sum = if op == Op::Add { offset.wrapping_add(c) } else { offset.wrapping_sub(c) };
            let sum = consts.value(sum);
            Some(block.pure(consts, Op::Add, base, sum, pc))
        }
        _ => None,
    }
}

/// Simplifies an operation with the same operand twice.
fn equal(op: Op, a: Value, b: Value) -> Option<Value> {
    match op {
        _ if a != b => None,
        Op::And | Op::Or => Some(a),
        Op::Sub | Op::Xor | Op::Lt | Op::Slt => Some(Value::Small(0)),
        Op::Eq => Some(Value::Small(1)),
        _ => None,
    }
}

/// Operands of a node `op(value, constant)`.
fn inner_constant(block: &Block, consts: &Consts, value: Value, op: Op) -> Option<(Value, U256)> {
    let node = block.node(value).filter(|node| node.op == op)?;
    // A word that calls change must be read where it was pushed.
    if node.args[0] == Value::RETURNDATA_SIZE {
        return None;
    }
    Some((node.args[0], consts.constant(node.args[1])?))
}

/// Simplifies a pure operation of one operand.
pub fn unary(block: &mut Block, consts: &mut Consts, op: Op, a: Value, pc: u32) -> Option<Value> {
    if let Some(constant) = consts.constant(a) {
        return evaluate_unary(op, constant).map(|constant| consts.value(constant));
    }
    let node = *block.node(a)?;
    match (op, node.op) {
        (Op::Not, Op::Not) if node.args[0] != Value::RETURNDATA_SIZE => Some(node.args[0]),
        (Op::Iszero, Op::Sub | Op::Xor) if !node.args().contains(&Value::RETURNDATA_SIZE) => {
            Some(block.pure(consts, Op::Eq, node.args[0], node.args[1], pc))
        }
        (Op::Iszero, Op::Iszero) if bits(block, consts, node.args[0]) <= 1 => Some(node.args[0]),
        _ => None,
    }
}

/// Simplifies ADDMOD and MULMOD.
pub fn modular(consts: &mut Consts, op: Op, a: Value, b: Value, c: Value) -> Option<Value> {
    let (x, y, modulus) = (consts.constant(a), consts.constant(b), consts.constant(c));
    let result = match (x, y, modulus) {
        (_, _, Some(m)) if m <= ONE => U256::ZERO,
        (Some(x), Some(y), Some(m)) => evaluate_modular(op, x, y, m)?,
        _ => return None,
    };
    Some(consts.value(result))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: U256 = U256::from_limbs([0, 0, 0, 1 << 63]);

    fn eval(op: Op, a: U256, b: U256) -> U256 {
        evaluate(op, a, b).unwrap()
    }

    #[test]
    fn signed_corners() {
        let minus = |n: u64| U256::from(n).wrapping_neg();
        assert_eq!(eval(Op::Sdiv, MIN, U256::MAX), MIN);
        assert_eq!(eval(Op::Sdiv, minus(7), U256::from(2)), minus(3));
        assert_eq!(eval(Op::Smod, minus(7), U256::from(3)), minus(1));
        assert_eq!(eval(Op::Smod, U256::from(7), minus(3)), ONE);
        assert_eq!(eval(Op::Sdiv, ONE, U256::ZERO), U256::ZERO);
        assert_eq!(eval(Op::Smod, ONE, U256::ZERO), U256::ZERO);
        assert_eq!(eval(Op::Slt, MIN, U256::ZERO), ONE);
        assert_eq!(eval(Op::Slt, U256::ZERO, U256::MAX), U256::ZERO);
        assert_eq!(eval(Op::Slt, minus(2), minus(1)), ONE);
    }

    #[test]
    fn shifts_bytes_and_signs() {
        assert_eq!(eval(Op::Shl, U256::from(256), U256::MAX), U256::ZERO);
        assert_eq!(eval(Op::Shr, U256::from(255), U256::MAX), ONE);
        assert_eq!(eval(Op::Sar, U256::MAX, MIN), U256::MAX);
        assert_eq!(eval(Op::Sar, U256::from(255), MIN), U256::MAX);
        assert_eq!(eval(Op::Sar, U256::ZERO, MIN), MIN);
        assert_eq!(eval(Op::Sar, U256::from(4), U256::from(0xff)), U256::from(0xf));
        assert_eq!(eval(Op::Byte, U256::from(31), U256::from(0xabcd)), U256::from(0xcd));
        assert_eq!(eval(Op::Byte, U256::from(32), U256::MAX), U256::ZERO);
        assert_eq!(
            eval(Op::Signextend, U256::ZERO, U256::from(0x180)),
            U256::from(0x80).wrapping_sub(U256::from(0x100))
        );
        assert_eq!(eval(Op::Signextend, U256::from(30), MIN), U256::ZERO);
        assert_eq!(eval(Op::Signextend, U256::from(31), MIN), MIN);
        assert_eq!(evaluate_unary(Op::Clz, U256::ZERO), Some(U256::from(256)));
        assert_eq!(power(U256::from(2), U256::from(160)), ONE << 160);
        assert_eq!(power(U256::ZERO, U256::ZERO), ONE);
    }

    #[test]
    fn modular_corners() {
        assert_eq!(evaluate_modular(Op::Addmod, U256::MAX, U256::MAX, U256::from(12)), Some(U256::from(6)));
        assert_eq!(evaluate_modular(Op::Mulmod, U256::MAX, U256::MAX, U256::from(12)), Some(U256::from(9)));
        assert_eq!(evaluate_modular(Op::Mulmod, ONE, ONE, U256::ZERO), Some(U256::ZERO));
    }
}
