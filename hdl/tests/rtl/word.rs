//! The word type: every operator, slice and cast that `#[hdl_gen]` translates, against `ruint` and the Verilog.

use alloy_primitives::{U256, U512};
use gaslane_hdl::word::{
    W64, W65, W128, W132, W256, W258, W512, bits_w64, bits_w65, bits_w128, bits_w132, bits_w256, bits_w258, bits_w512,
};
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::Bench,
    random::{corners, rng, word},
};

/// Operators of one width.
#[derive(LogicBlock, Default)]
struct Operators {
    a: Signal<In, W256>,
    b: Signal<In, W256>,
    count: Signal<In, Bits<9>>,
    sum: Signal<Out, W256>,
    difference: Signal<Out, W256>,
    both: Signal<Out, W256>,
    either: Signal<Out, W256>,
    differ: Signal<Out, W256>,
    inverse: Signal<Out, W256>,
    up: Signal<Out, W256>,
    down: Signal<Out, W256>,
    equal: Signal<Out, Bit>,
    less: Signal<Out, Bit>,
    at_least: Signal<Out, Bit>,
    any: Signal<Out, Bit>,
    all: Signal<Out, Bit>,
    bit_77: Signal<Out, Bit>,
    bits_across: Signal<Out, Bits<32>>,
}

impl Logic for Operators {
    #[hdl_gen]
    fn update(&mut self) {
        self.sum.next = self.a.val() + self.b.val();
        self.difference.next = self.a.val() - self.b.val();
        self.both.next = self.a.val() & self.b.val();
        self.either.next = self.a.val() | self.b.val();
        self.differ.next = self.a.val() ^ self.b.val();
        self.inverse.next = !self.a.val();
        self.up.next = self.a.val() << self.count.val();
        self.down.next = self.a.val() >> self.count.val();
        self.equal.next = self.a.val() == self.b.val();
        self.less.next = self.a.val() < self.b.val();
        self.at_least.next = self.a.val() >= self.b.val();
        self.any.next = self.a.val().any();
        self.all.next = self.a.val().all();
        self.bit_77.next = self.a.val().get_bit(77);
        self.bits_across.next = self.a.val().get_bits::<32>(50);
    }
}

dut!(Operators, combinational, [a, b, count] => [
    sum, difference, both, either, differ, inverse, up, down, equal, less, at_least, any, all, bit_77, bits_across
]);

#[test]
fn operators() {
    let mut bench = Bench::<Operators>::new("word_operators");
    let mut rng = rng();
    let mut pairs: Vec<(W256, W256)> =
        corners().iter().flat_map(|&a| corners().into_iter().map(move |b| (a, b))).collect();
    pairs.extend((0..10_000).map(|_| (word(&mut rng), word(&mut rng))));
    for (a, b) in pairs {
        let count = b.get_bits::<9>(0);
        (bench.a.next, bench.b.next, bench.count.next) = (a, b, count);
        bench.settle();
        let (x, y, n) = (U256::from_limbs(*a.limbs()), U256::from_limbs(*b.limbs()), count.to_u64() as usize);
        let expected =
            [x.wrapping_add(y), x.wrapping_sub(y), x & y, x | y, x ^ y, !x, x.wrapping_shl(n), x.wrapping_shr(n)];
        let found = [
            bench.sum.val(),
            bench.difference.val(),
            bench.both.val(),
            bench.either.val(),
            bench.differ.val(),
            bench.inverse.val(),
            bench.up.val(),
            bench.down.val(),
        ];
        assert_eq!(found.map(|word| U256::from_limbs(*word.limbs())), expected, "{a:x?} {b:x?}");
        let expected = [x == y, x < y, x >= y, !x.is_zero(), x == U256::MAX, x.bit(77)];
        let found = [
            bench.equal.val(),
            bench.less.val(),
            bench.at_least.val(),
            bench.any.val(),
            bench.all.val(),
            bench.bit_77.val(),
        ];
        assert_eq!(found, expected, "{a:x?} {b:x?}");
        assert_eq!(bench.bits_across.val().to_u64(), (x >> 50_usize).as_limbs()[0] & 0xffff_ffff);
        bench.tick();
    }
    bench.cross_check();
}

/// Slices and casts between the widths.
#[derive(LogicBlock, Default)]
struct Casts {
    wide: Signal<In, W512>,
    octet: Signal<In, Bits<8>>,
    flag: Signal<In, Bit>,
    swapped: Signal<Out, W512>,
    low: Signal<Out, W256>,
    high: Signal<Out, W256>,
    from_byte: Signal<Out, W256>,
    from_flag: Signal<Out, W64>,
    carry: Signal<Out, W65>,
    product: Signal<Out, W128>,
    column: Signal<Out, W132>,
    remainder: Signal<Out, W258>,
    narrowed: Signal<Out, W256>,
    widened: Signal<Out, W512>,
}

impl Logic for Casts {
    #[hdl_gen]
    fn update(&mut self) {
        self.swapped.next = self.wide.val();
        self.swapped.next.set_value_limb0(self.wide.val().get_value_limb7());
        self.swapped.next.set_value_limb1(self.wide.val().get_value_limb6());
        self.swapped.next.set_value_limb2(self.wide.val().get_value_limb5());
        self.swapped.next.set_value_limb3(self.wide.val().get_value_limb4());
        self.swapped.next.set_value_limb4(self.wide.val().get_value_limb3());
        self.swapped.next.set_value_limb5(self.wide.val().get_value_limb2());
        self.swapped.next.set_value_limb6(self.wide.val().get_value_limb1());
        self.swapped.next.set_value_limb7(self.wide.val().get_value_limb0());
        self.low.next = self.wide.val().get_value_low256();
        self.high.next = self.wide.val().get_value_high256();
        self.from_byte.next = bits_w256(self.octet.val());
        self.from_flag.next = bits_w64(self.flag.val());
        self.carry.next = bits_w65(self.wide.val());
        self.product.next = bits_w128(self.wide.val());
        self.column.next = bits_w132(self.wide.val());
        self.remainder.next = bits_w258(self.wide.val());
        self.narrowed.next = bits_w256(self.wide.val());
        self.widened.next = bits_w512(self.wide.val().get_value_high256());
    }
}

dut!(Casts, combinational, [wide, octet, flag] => [
    swapped, low, high, from_byte, from_flag, carry, product, column, remainder, narrowed, widened
]);

#[test]
fn slices_and_casts() {
    let mut bench = Bench::<Casts>::new("word_casts");
    let mut rng = rng();
    for i in 0..10_000_u64 {
        let (low, high) = (word(&mut rng), word(&mut rng));
        let wide = W512::from_limbs(std::array::from_fn(|i| if i < 4 { low.limbs()[i] } else { high.limbs()[i - 4] }));
        (bench.wide.next, bench.octet.next, bench.flag.next) = (wide, (i % 256).into(), i % 3 == 0);
        bench.settle();
        let mut reversed = *wide.limbs();
        reversed.reverse();
        assert_eq!(bench.swapped.val().limbs(), &reversed);
        assert_eq!((bench.low.val(), bench.high.val(), bench.narrowed.val()), (low, high, low));
        assert_eq!(bench.from_byte.val(), W256::from_limbs([i % 256, 0, 0, 0]));
        assert_eq!(bench.from_flag.val(), W64::from_limbs([u64::from(i % 3 == 0)]));
        let value = U512::from_limbs(*wide.limbs());
        let kept = |bits: usize| value & ((U512::from(1) << bits) - U512::from(1));
        assert_eq!(U512::from_limbs_slice(bench.carry.val().limbs()), kept(65));
        assert_eq!(U512::from_limbs_slice(bench.product.val().limbs()), kept(128));
        assert_eq!(U512::from_limbs_slice(bench.column.val().limbs()), kept(132));
        assert_eq!(U512::from_limbs_slice(bench.remainder.val().limbs()), kept(258));
        assert_eq!(U512::from_limbs_slice(bench.widened.val().limbs()), value >> 256);
        bench.tick();
    }
    bench.cross_check();
}
