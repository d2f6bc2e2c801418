//! Addition, subtraction and comparison of 256-bit words.
//!
//! Algorithm: carry select over 4 × 64 bits. The first stage adds each pair of limbs twice, without and with a carry
//! in, and compares them for equality. The second ripples four carries and selects. A subtraction adds the
//! complement with carry in 1, so its missing carry out is "less than".
//!
//! Handshake: none, a new operation every cycle. Latency: 1 cycle (one register between inputs and outputs).
//! Reset: none; the outputs are those of 0 + 0 until the first clock edge.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::word::{W65, W256, bits_w65};

/// The unit: `result` = `a` + `b`, or `a` - `b` with `subtract`. The comparisons hold with `subtract` only.
#[derive(LogicBlock)]
pub struct AddSub {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Subtract instead of adding.
    pub subtract: Signal<In, Bit>,
    /// Left operand.
    pub a: Signal<In, W256>,
    /// Right operand.
    pub b: Signal<In, W256>,
    /// Sum or difference modulo 2^256, a cycle later.
    pub result: Signal<Out, W256>,
    /// `a` = `b`, a cycle later.
    pub equal: Signal<Out, Bit>,
    /// `a` < `b` as unsigned numbers, a cycle later (with `subtract`).
    pub less: Signal<Out, Bit>,
    /// `a` < `b` in two's complement, a cycle later (with `subtract`).
    pub less_signed: Signal<Out, Bit>,
    zero: Constant<W256>,
    zero4: Constant<Bits<4>>,
    one: Constant<W65>,
    addend: Signal<Local, W256>,
    a_limbs: [Signal<Local, W65>; 4],
    b_limbs: [Signal<Local, W65>; 4],
    /// Limb sums without and with carry in, each with its carry out.
    sums: [DFF<W65>; 4],
    sums_carried: [DFF<W65>; 4],
    limbs_equal: DFF<Bits<4>>,
    carry_in: DFF<Bit>,
    sign_a: DFF<Bit>,
    sign_b: DFF<Bit>,
    equal_bits: Signal<Local, Bits<4>>,
    carries: [Signal<Local, Bit>; 5],
    selected: [Signal<Local, W65>; 4],
}

impl Default for AddSub {
    fn default() -> Self {
        AddSub {
            clock: Default::default(),
            subtract: Default::default(),
            a: Default::default(),
            b: Default::default(),
            result: Default::default(),
            equal: Default::default(),
            less: Default::default(),
            less_signed: Default::default(),
            zero: Constant::new(W256::ZERO),
            zero4: Constant::new(Bits::default()),
            one: Constant::new(W65::from_limbs([1, 0])),
            addend: Default::default(),
            a_limbs: Default::default(),
            b_limbs: Default::default(),
            sums: Default::default(),
            sums_carried: Default::default(),
            limbs_equal: Default::default(),
            carry_in: Default::default(),
            sign_a: Default::default(),
            sign_b: Default::default(),
            equal_bits: Default::default(),
            carries: Default::default(),
            selected: Default::default(),
        }
    }
}

impl Logic for AddSub {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, limbs_equal, carry_in, sign_a, sign_b);
        for i in 0..4 {
            self.sums[i].clock.next = self.clock.val();
            self.sums_carried[i].clock.next = self.clock.val();
        }
        self.addend.next = self.b.val();
        if self.subtract.val() {
            self.addend.next = !self.b.val();
        }
        self.a_limbs[0].next = bits_w65(self.a.val().get_value_limb0());
        self.a_limbs[1].next = bits_w65(self.a.val().get_value_limb1());
        self.a_limbs[2].next = bits_w65(self.a.val().get_value_limb2());
        self.a_limbs[3].next = bits_w65(self.a.val().get_value_limb3());
        self.b_limbs[0].next = bits_w65(self.addend.val().get_value_limb0());
        self.b_limbs[1].next = bits_w65(self.addend.val().get_value_limb1());
        self.b_limbs[2].next = bits_w65(self.addend.val().get_value_limb2());
        self.b_limbs[3].next = bits_w65(self.addend.val().get_value_limb3());
        for i in 0..4 {
            self.sums[i].d.next = self.a_limbs[i].val() + self.b_limbs[i].val();
            self.sums_carried[i].d.next = self.a_limbs[i].val() + self.b_limbs[i].val() + self.one.val();
        }
        self.equal_bits.next = self.zero4.val();
        if self.a.val().get_value_limb0() == self.b.val().get_value_limb0() {
            self.equal_bits.next = self.equal_bits.val() | bits::<4>(1);
        }
        if self.a.val().get_value_limb1() == self.b.val().get_value_limb1() {
            self.equal_bits.next = self.equal_bits.val() | bits::<4>(2);
        }
        if self.a.val().get_value_limb2() == self.b.val().get_value_limb2() {
            self.equal_bits.next = self.equal_bits.val() | bits::<4>(4);
        }
        if self.a.val().get_value_limb3() == self.b.val().get_value_limb3() {
            self.equal_bits.next = self.equal_bits.val() | bits::<4>(8);
        }
        self.limbs_equal.d.next = self.equal_bits.val();
        self.carry_in.d.next = self.subtract.val();
        self.sign_a.d.next = self.a.val().get_bit(255);
        self.sign_b.d.next = self.b.val().get_bit(255);

        // Second stage.
        self.carries[0].next = self.carry_in.q.val();
        for i in 0..4 {
            self.selected[i].next = self.sums[i].q.val();
            if self.carries[i].val() {
                self.selected[i].next = self.sums_carried[i].q.val();
            }
            self.carries[i + 1].next = self.selected[i].val().get_bit(64);
        }
        self.result.next = self.zero.val();
        self.result.next.set_value_limb0(self.selected[0].val().get_value_limb0());
        self.result.next.set_value_limb1(self.selected[1].val().get_value_limb0());
        self.result.next.set_value_limb2(self.selected[2].val().get_value_limb0());
        self.result.next.set_value_limb3(self.selected[3].val().get_value_limb0());
        self.equal.next = self.limbs_equal.q.val().all();
        self.less.next = !self.carries[4].val();
        self.less_signed.next = !self.carries[4].val();
        if self.sign_a.q.val() ^ self.sign_b.q.val() {
            self.less_signed.next = self.sign_a.q.val();
        }
    }
}

/// What the unit computes: result, equal, less, less_signed.
pub fn model(subtract: bool, a: W256, b: W256) -> (W256, bool, bool, bool) {
    let less_signed = if a.get_bit(255) == b.get_bit(255) { a < b } else { a.get_bit(255) };
    (if subtract { a - b } else { a + b }, a == b, a < b, less_signed)
}
