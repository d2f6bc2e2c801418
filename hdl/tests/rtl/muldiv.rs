//! The unit for products, quotients and powers, against `ruint`.

use alloy_primitives::U256;
use gaslane_hdl::{
    alu::{MulDiv, muldiv::cycles},
    word::W256,
};
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::Bench,
    random::{corners, rng, word},
};

dut!(MulDiv, clocked, [clear, start, op, a, b, c] => [busy, done, result]);

fn negate(value: U256) -> U256 {
    value.wrapping_neg()
}

fn magnitude(value: U256) -> U256 {
    if value.bit(255) { negate(value) } else { value }
}

fn expected(op: u64, a: U256, b: U256, c: U256) -> U256 {
    let signed = |negative: bool, value: U256| if negative { negate(value) } else { value };
    match op {
        0 => a.wrapping_mul(b),
        1 => a.checked_div(b).unwrap_or_default(),
        2 => signed(a.bit(255) != b.bit(255), magnitude(a).checked_div(magnitude(b)).unwrap_or_default()),
        3 => a.checked_rem(b).unwrap_or_default(),
        4 => signed(a.bit(255), magnitude(a).checked_rem(magnitude(b)).unwrap_or_default()),
        5 => a.add_mod(b, c),
        6 => a.mul_mod(b, c),
        _ => a.wrapping_pow(b),
    }
}

#[test]
fn every_operation() {
    let mut bench = Bench::<MulDiv>::new("muldiv");
    let mut rng = rng();
    let words = corners();
    let mut cases: Vec<(u64, W256, W256, W256)> = vec![];
    for op in 0..8 {
        for &a in &words {
            for &b in words.iter().filter(|_| op != 7) {
                cases.push((op, a, b, words[cases.len() % words.len()]));
            }
        }
        for _ in 0..if op == 7 { 300 } else { 1_500 } {
            let exponent = if rng.random() { word(&mut rng) } else { word(&mut rng) >> rng.random_range(200..256) };
            let b = if op == 7 { exponent } else { word(&mut rng) >> rng.random_range(0..200) };
            cases.push((op, word(&mut rng), b, word(&mut rng) >> rng.random_range(0..200)));
        }
    }
    for (op, a, b, c) in cases {
        bench.start.next = true;
        bench.op.next = op.into();
        (bench.a.next, bench.b.next, bench.c.next) = (a, b, c);
        bench.tick();
        bench.start.next = false;
        // Operands need not stay.
        (bench.a.next, bench.b.next, bench.c.next) = (b, c, a);
        let mut count = 1;
        bench.settle();
        while !bench.done.val() {
            bench.tick();
            count += 1;
            assert!(count < 20_000);
        }
        let [x, y, z] = [a, b, c].map(|word| U256::from_limbs(*word.limbs()));
        let found = U256::from_limbs(*bench.result.val().limbs());
        assert_eq!(found, expected(op, x, y, z), "op {op}: {x} {y} {z}");
        assert_eq!(count, cycles(op, a, b, c), "cycles of op {op}: {x} {y} {z}");
        bench.tick();
    }
    bench.cross_check();
}
