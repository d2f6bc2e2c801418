//! Constants of instruction words.

use alloy_primitives::U256;
use gaslane_abi::isa::ExtForm;
use gaslane_hdl::code::{
    ConstantUnit,
    constant::{self, KIND_EXTENDED, KIND_HIGH16, KIND_IMM32, KIND_LOW16},
};
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{dut, harness::Bench, random::rng};

dut!(ConstantUnit, clocked, [imm, kind] => [constant]);

/// A constant as the instruction set describes it.
fn constant(kind: u8, imm: u32) -> U256 {
    let form = imm >> 28;
    let wide = |value: u32| U256::from(value);
    let n = (imm & 0x1ff) as usize;
    let shift = ((imm >> 16) & 0x1ff) as usize;
    match (kind, form) {
        (KIND_IMM32, _) => wide(imm),
        (KIND_LOW16, _) => wide(imm % 65_536),
        (KIND_HIGH16, _) => wide(imm / 65_536),
        (KIND_EXTENDED, 1) if n == 256 => U256::MAX,
        (KIND_EXTENDED, 1) if n < 256 => U256::from(2).pow(U256::from(n)) - U256::from(1),
        (KIND_EXTENDED, 2) if shift < 256 => wide(imm % 65_536).wrapping_mul(U256::from(2).pow(U256::from(shift))),
        (KIND_EXTENDED, 3) => U256::MAX - wide(imm % (1 << 28)),
        _ => U256::ZERO,
    }
}

#[test]
fn constants() {
    let mut bench = Bench::<ConstantUnit>::new("constant");
    let mut rng = rng();
    let mut cases: Vec<(u8, u32)> = vec![];
    for imm in [0, 1, 0xffff, 0x1_0000, 0x8000_8000, u32::MAX, 0x7fff_ffff] {
        cases.extend((0..8).map(|kind| (kind, imm)));
    }
    // Every run of ones, every shift, every form, with what must not matter at random.
    cases.extend((0..512).map(|n| (KIND_EXTENDED, 1 << 28 | (rng.random::<u32>() & 0x0fff_fe00) | n)));
    for shift in 0..512 {
        for value in [1, 0x8000, 0x8001, 0xffff, rng.random::<u16>()] {
            let ignored = rng.random::<u32>() & 0x0e00_0000;
            cases.push((KIND_EXTENDED, 2 << 28 | ignored | shift << 16 | u32::from(value)));
        }
    }
    cases.extend((0..16).map(|form| (KIND_EXTENDED, form << 28 | 0x00ab_cdef)));
    cases.extend([0, 1, 0x0fff_ffff, 0x0000_8000].map(|value| (KIND_EXTENDED, 3 << 28 | value)));
    cases.extend((0..12_000).map(|_| {
        let kind = if rng.random() { KIND_EXTENDED } else { rng.random_range(0..8) };
        let imm: u32 = rng.random();
        (kind, if rng.random() { imm } else { (imm & 0x0fff_ffff) | rng.random_range(0..5) << 28 })
    }));
    for (kind, imm) in cases {
        bench.kind.next = u64::from(kind).into();
        bench.imm.next = u64::from(imm).into();
        bench.tick();
        let expected = constant(kind, imm);
        assert_eq!(U256::from_limbs(*constant::model(kind, imm).limbs()), expected, "model: {kind} {imm:#x}");
        assert_eq!(U256::from_limbs(*bench.constant.val().limbs()), expected, "{kind} {imm:#x}");
        if kind == KIND_EXTENDED && ExtForm::decode(imm).is_none() {
            assert_eq!(expected, U256::ZERO, "{imm:#x}");
        }
    }
    bench.cross_check();
}
