//! The unit of multiplication and division: leaves, model against `ruint`, RustHDL against the model.

use alloy_primitives::{I256, U256, U512};
use gaslane_hdl::{
    alu::muldiv::model::{Run, run},
    word::W256,
};
use rand::{Rng, rngs::SmallRng};

use crate::random::{corners, rng, word};

const NAMES: [&str; 8] = ["MUL", "DIV", "SDIV", "MOD", "SMOD", "ADDMOD", "MULMOD", "EXP"];

fn to_word(value: U256) -> W256 {
    W256::from_limbs(*value.as_limbs())
}

/// What the EVM prescribes.
fn evm(op: u8, a: W256, b: W256, c: W256) -> W256 {
    let [a, b, c] = [a, b, c].map(|word| U256::from_limbs(*word.limbs()));
    let [signed_a, signed_b] = [a, b].map(I256::from_raw);
    to_word(match op {
        0 => a.wrapping_mul(b),
        1 => a.checked_div(b).unwrap_or_default(),
        2 if b.is_zero() => b,
        2 => signed_a.wrapping_div(signed_b).into_raw(),
        3 => a.checked_rem(b).unwrap_or_default(),
        4 if b.is_zero() => b,
        4 => signed_a.wrapping_rem(signed_b).into_raw(),
        5 | 6 if c.is_zero() => c,
        5 => ((U512::from(a) + U512::from(b)) % U512::from(c)).to(),
        6 => (a.widening_mul::<256, 4, 512, 8>(b) % U512::from(c)).to(),
        _ => a.wrapping_pow(b),
    })
}

fn checked(op: u8, a: W256, b: W256, c: W256) -> Run {
    let run = run(op, a, b, c);
    assert_eq!(run.result, evm(op, a, b, c), "{} {a:x?} {b:x?} {c:x?}: {run:?}", NAMES[usize::from(op)]);
    run
}

/// Operands that make a division of every shape: sizes, close values, powers of two and their neighbours, remainders
/// that are almost the divisor (an estimate that is too large), quotient digits that are 0 or all ones.
fn division(rng: &mut SmallRng) -> (W256, W256) {
    let one = W256::from_limbs([1, 0, 0, 0]);
    let sized = |rng: &mut SmallRng| {
        let bits = W256::from_limbs(rng.random()) >> rng.random_range(0..256);
        match rng.random_range(0..4) {
            0 => word(rng) >> rng.random_range(0..256),
            1 => (one << rng.random_range(0..256)) - W256::from_limbs([rng.random_range(0..3), 0, 0, 0]),
            _ => bits,
        }
    };
    let divisor = sized(rng);
    match rng.random_range(0..5) {
        0 => (divisor - W256::from_limbs([rng.random_range(0..3), 0, 0, 0]) + one, divisor),
        1 | 2 => {
            // quotient * divisor + divisor - 1 - few, if it fits.
            let quotient = sized(rng);
            let [q, d] = [quotient, divisor].map(|word| U256::from_limbs(*word.limbs()));
            let few = U256::from(rng.random_range(0..2_u64) * rng.random_range(0..1000_u64));
            let dividend = q.checked_mul(d).and_then(|product| product.checked_add(d.wrapping_sub(U256::ONE)));
            (to_word(dividend.unwrap_or(q).saturating_sub(few)), divisor)
        }
        _ => (sized(rng), divisor),
    }
}

/// Random operands for an operation.
fn operands(rng: &mut SmallRng, op: u8) -> [W256; 3] {
    match op {
        1..=4 => {
            let (mut a, mut b) = division(rng);
            if op % 2 == 0 {
                for word in [&mut a, &mut b] {
                    if rng.random() {
                        *word = W256::ZERO - *word;
                    }
                }
            }
            [a, b, word(rng)]
        }
        5 => {
            let (a, c) = division(rng);
            [a, if rng.random() { word(rng) } else { division(rng).0 }, c]
        }
        6 => {
            let (a, c) = division(rng);
            let c = if rng.random_range(0..8) == 0 { W256::MAX } else { c };
            [a, if rng.random() { word(rng) } else { division(rng).0 }, c]
        }
        _ => {
            let small = |rng: &mut SmallRng| word(rng) >> rng.random_range(0..256);
            [if rng.random() { word(rng) } else { small(rng) }, if rng.random() { word(rng) } else { small(rng) }, word(rng)]
        }
    }
}

#[test]
fn model_against_arithmetic() {
    let mut rng = rng();
    let corners = corners();
    let mut counts = Run::default();
    for op in 0..8 {
        let mut count = |run: Run| {
            counts.corrections += run.corrections;
            counts.saturations += run.saturations;
            counts.carried |= run.carried;
        };
        for &a in &corners {
            for &b in &corners {
                count(checked(op, a, b, corners[rng.random_range(0..corners.len())]));
            }
        }
        for _ in 0..200_000 {
            let [a, b, c] = operands(&mut rng, op);
            count(checked(op, a, b, c));
        }
    }
    println!("{counts:?}");
    assert!(counts.corrections > 100 && counts.saturations > 100 && counts.carried);
}
