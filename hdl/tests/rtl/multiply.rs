//! Multiplication: the leaf, and the sequential unit with its handshake.

use alloy_primitives::{U256, U512};
use gaslane_hdl::{
    alu::{
        Multiplier,
        multiply::{LOW_CYCLES, WIDE_CYCLES, model},
    },
    leaf::{LimbProduct, limb_product::PRODUCT_CYCLES},
    word::W64,
};
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::Bench,
    random::{corners, rng, word},
};

dut!(LimbProduct, clocked, [x, y] => [product]);
dut!(Multiplier, clocked, [start, wide, a, b] => [busy, done, product]);

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
fn multiplication() {
    let mut bench = Bench::<Multiplier>::new("multiplier");
    let mut rng = rng();
    let mut pairs: Vec<_> = corners().iter().flat_map(|&a| corners().into_iter().map(move |b| (a, b))).collect();
    pairs.extend((0..10_000).map(|_| (word(&mut rng), word(&mut rng))));
    for (a, b) in pairs {
        let wide = rng.random();
        bench.start.next = true;
        (bench.wide.next, bench.a.next, bench.b.next) = (wide, a, b);
        bench.tick();
        // Operands and starts while it is busy change nothing.
        bench.start.next = rng.random();
        (bench.wide.next, bench.a.next, bench.b.next) = (!wide, b, !a);
        let mut cycles = 1;
        bench.settle();
        while !bench.done.val() {
            assert!(bench.busy.val() && cycles < 100, "{cycles}");
            bench.tick();
            cycles += 1;
        }
        assert_eq!(cycles, if wide { WIDE_CYCLES } else { LOW_CYCLES });
        let (x, y) = (U256::from_limbs(*a.limbs()), U256::from_limbs(*b.limbs()));
        let full: U512 = x.widening_mul(y);
        let expected = if wide { full } else { U512::from(x.wrapping_mul(y)) };
        assert_eq!(U512::from_limbs(*model(wide, a, b).limbs()), expected, "model: {wide} {a:x?} {b:x?}");
        assert_eq!(U512::from_limbs(*bench.product.val().limbs()), expected, "{wide} {a:x?} {b:x?}");
        bench.start.next = false;
        if rng.random() {
            bench.tick();
            assert!(!bench.done.val() && !bench.busy.val());
            assert_eq!(U512::from_limbs(*bench.product.val().limbs()), expected, "the product stays");
        }
    }
    bench.cross_check();
}
