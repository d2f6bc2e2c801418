//! The unit of multiplication and division: leaves, model against `ruint`, RustHDL against the model.

use alloy_primitives::{I256, U256, U512};
use gaslane_hdl::{
    alu::{
        MulDiv,
        muldiv::{
            Microcode, microcode,
            model::{Run, cycles, run},
        },
    },
    leaf::{LimbFile, LimbProduct, PowerOfTwo, ReciprocalSeed, limb_product::PRODUCT_CYCLES, power_of_two},
    word::{W64, W128, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::Bench,
    random::{corners, rng, word},
};

dut!(LimbProduct, clocked, [x, y] => [product]);
dut!(LimbFile, clocked, [x_index, y_index, z_index, write, index, value] => [x, y, z]);
dut!(PowerOfTwo, combinational, [limb] => [power]);
dut!(ReciprocalSeed, clocked, [read, limb] => [twice, square]);
dut!(Microcode, clocked, [address] => [word]);
dut!(MulDiv, clocked, [clear, start, op, a, b, c] => [busy, done, result]);

#[test]
fn limb_product() {
    let mut bench = Bench::<LimbProduct>::new("limb_product");
    let mut rng = rng();
    let mut issued = vec![];
    for i in 0..20_000 {
        let [x, y] = std::array::from_fn(|_| word(&mut rng).limbs()[0]);
        issued.push(u128::from(x) * u128::from(y));
        (bench.x.next, bench.y.next) = (W64::from_limbs([x]), W64::from_limbs([y]));
        bench.tick();
        if let Some(earlier) = (i + 1_usize).checked_sub(PRODUCT_CYCLES as usize) {
            let &[low, high] = bench.product.val().limbs();
            assert_eq!((u128::from(high) << 64) | u128::from(low), issued[earlier]);
        }
    }
    bench.cross_check();
}

#[test]
fn limb_file() {
    let mut bench = Bench::<LimbFile>::new("limb_file");
    let mut rng = rng();
    let mut limbs = [W64::ZERO; 16];
    for _ in 0..20_000 {
        let places: [usize; 4] = std::array::from_fn(|_| rng.random_range(0..16));
        let [x, y, z, index] = places.map(|place| place as u64);
        bench.x_index.next = x.into();
        bench.y_index.next = y.into();
        bench.z_index.next = z.into();
        bench.index.next = index.into();
        bench.write.next = rng.random();
        bench.value.next = W64::from_limbs([rng.random()]);
        bench.settle();
        let read = [bench.x.val(), bench.y.val(), bench.z.val()];
        assert_eq!(read, std::array::from_fn(|port| limbs[places[port]]));
        if bench.write.val() {
            limbs[places[3]] = bench.value.val();
        }
        bench.tick();
    }
    bench.cross_check();
}

#[test]
fn power_of_two() {
    let mut bench = Bench::<PowerOfTwo>::new("power_of_two");
    let mut rng = rng();
    let any: Vec<u64> = (0..20_000).map(|_| rng.random::<u64>() >> rng.random_range(0..64)).collect();
    for limb in (0..64).map(|bit| 1 << bit).chain([0, u64::MAX]).chain(any) {
        bench.limb.next = W64::from_limbs([limb]);
        bench.tick();
        let [power] = *bench.power.val().limbs();
        assert_eq!(power, power_of_two::model(limb));
        assert_eq!(power.count_ones(), u32::from(limb != 0));
        assert_eq!((u128::from(power) * u128::from(limb)) >> 63, u128::from(limb != 0), "the top bit is bit 63");
    }
    bench.cross_check();
}

#[test]
fn reciprocal_seed() {
    let mut bench = Bench::<ReciprocalSeed>::new("reciprocal_seed");
    let mut rng = rng();
    // Every line, at both ends of its interval.
    for limb in (0..1024_u64).flat_map(|line| [1 << 63 | line << 53, 1 << 63 | line << 53 | ((1 << 53) - 1)]) {
        bench.read.next = true;
        bench.limb.next = W64::from_limbs([limb]);
        bench.tick();
        bench.read.next = false;
        bench.limb.next = W64::from_limbs([rng.random()]);
        bench.tick();
        let [twice, square] = [bench.twice.val(), bench.square.val()].map(|word| word.limbs()[0]);
        let estimate = twice as f64 / 2_f64.powi(40);
        let error = (estimate * (limb as f64 / 2_f64.powi(64)) - 1.0).abs();
        assert!(error < 2_f64.powf(-10.6), "{limb:x}: {error}");
        assert_eq!((u128::from(twice) * u128::from(twice)) >> 43, u128::from(square));
    }
    bench.cross_check();
}

#[test]
fn microcode() {
    let mut bench = Bench::<Microcode>::new("microcode");
    let words = microcode::words();
    assert_eq!(bench.word.val(), words[0]);
    for address in 0..256 {
        bench.address.next = (address as u64).into();
        bench.tick();
        assert_eq!(bench.word.val(), words.get(address).copied().unwrap_or(W128::ZERO));
    }
    bench.cross_check();
}

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
            if op.is_multiple_of(2) {
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
            let b = match rng.random_range(0..100) {
                _ if op == 0 => small(rng),
                0 => word(rng),
                1..5 => W256::from_limbs(rng.random()) >> rng.random_range(192..256),
                _ => W256::from_limbs(rng.random()) >> rng.random_range(246..256),
            };
            [if rng.random() { word(rng) } else { small(rng) }, b, word(rng)]
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

/// One operation in the block, against the model. Inputs that change while it is busy must not matter.
fn execute(bench: &mut Bench<MulDiv>, rng: &mut SmallRng, op: u8, [a, b, c]: [W256; 3]) -> Run {
    let expected = checked(op, a, b, c);
    assert_eq!(expected.cycles, cycles(op, a, b, c));
    bench.start.next = true;
    bench.op.next = u64::from(op).into();
    (bench.a.next, bench.b.next, bench.c.next) = (a, b, c);
    bench.tick();
    bench.start.next = false;
    if rng.random_range(0..8) == 0 {
        bench.start.next = true;
        bench.op.next = rng.random_range(0..8_u64).into();
        (bench.a.next, bench.b.next, bench.c.next) = (b, !c, a);
    }
    let mut cycles = 1;
    bench.settle();
    while !bench.done.val() {
        assert!(bench.busy.val() && cycles <= expected.cycles, "{op} {a:x?} {b:x?} {c:x?}: {expected:?}");
        bench.tick();
        cycles += 1;
    }
    assert_eq!(bench.result.val(), expected.result, "{op} {a:x?} {b:x?} {c:x?}: {expected:?}");
    assert_eq!(cycles, expected.cycles, "{op} {a:x?} {b:x?} {c:x?}: {expected:?}");
    assert!(!bench.busy.val());
    bench.start.next = false;
    if rng.random_range(0..4) == 0 {
        bench.tick();
        assert!(!bench.done.val() && !bench.busy.val());
        assert_eq!(bench.result.val(), expected.result, "the result stays");
    }
    expected
}

/// Abandons an operation after a random time: no `done` follows, and the next operation is not disturbed.
fn abandon(bench: &mut Bench<MulDiv>, rng: &mut SmallRng) {
    let op = rng.random_range(0..8);
    let [a, b, c] = operands(rng, op);
    let duration = cycles(op, a, b, c);
    bench.start.next = true;
    bench.op.next = u64::from(op).into();
    (bench.a.next, bench.b.next, bench.c.next) = (a, b, c);
    bench.tick();
    bench.start.next = false;
    for _ in 1..rng.random_range(1..duration) {
        bench.tick();
    }
    assert!(bench.busy.val());
    bench.clear.next = true;
    bench.start.next = rng.random();
    bench.tick();
    (bench.clear.next, bench.start.next) = (false, false);
    for _ in 0..rng.random_range(0..8) {
        bench.settle();
        assert!(!bench.busy.val() && !bench.done.val());
        bench.tick();
    }
}

/// All pairs of corners, and random operands.
fn operation(op: u8) {
    let mut rng = rng();
    let corners = corners();
    let mut bench = Bench::<MulDiv>::new("muldiv");
    let mut corrections = 0;
    for &a in &corners {
        for &b in &corners {
            let c = corners[rng.random_range(0..corners.len())];
            // Powers with long exponents take thousands of cycles: a sample of them.
            if op == 7 && cycles(op, a, b, c) > 500 && rng.random_range(0..16) != 0 {
                continue;
            }
            corrections += execute(&mut bench, &mut rng, op, [a, b, c]).corrections;
        }
    }
    for _ in 0..10_000 {
        let operands = operands(&mut rng, op);
        corrections += execute(&mut bench, &mut rng, op, operands).corrections;
        if rng.random_range(0..16) == 0 {
            abandon(&mut bench, &mut rng);
        }
    }
    assert!(corrections > 0 || matches!(op, 0 | 7), "no quotient digit was corrected");
    println!("{}: {corrections} corrections", NAMES[usize::from(op)]);
    bench.cross_check();
}

#[test]
fn operations() {
    (0..8).for_each(operation);
}

/// The figures of docs/rtl.md.
#[test]
fn documented_cycles() {
    let bits = |bits: u64| W256::MAX >> (256 - bits);
    let power = |bit: u64| W256::from_limbs([1, 0, 0, 0]) << bit;
    let zero = W256::ZERO;
    let field = to_word(U256::from_limbs(*W256::MAX.limbs()) >> 2) - W256::from_limbs([12_345, 0, 0, 0]);
    for (op, a, b, c, expected) in [
        (0, bits(64), bits(64), zero, 8),
        (0, bits(128), bits(128), zero, 10),
        (0, bits(256), bits(8), zero, 15),
        (1, bits(64), bits(65), zero, 3),
        (1, power(255), bits(256), zero, 12),
        (1, bits(120), bits(60), zero, 41),
        (1, bits(128), bits(60), zero, 52),
        (1, power(255), bits(64), zero, 65),
        (1, power(255) | power(254), power(63), zero, 76),
        (1, bits(256), bits(255), zero, 51),
        (2, bits(120), bits(60), zero, 44),
        (3, bits(120), bits(60), zero, 52),
        (5, bits(128), bits(128), bits(254), 25),
        (6, bits(255), bits(250), W256::MAX, 36),
        (6, bits(253), bits(253), field, 132),
        (7, bits(256), W256::from_limbs([1, 0, 0, 0]), zero, 11),
        (7, bits(256), W256::from_limbs([18, 0, 0, 0]), zero, 65),
        (7, bits(256), W256::from_limbs([255, 0, 0, 0]), zero, 158),
    ] {
        assert_eq!(cycles(op, a, b, c), expected, "{} {a:x?} {b:x?} {c:x?}", NAMES[usize::from(op)]);
    }
}
