//! Multiplication, division and what is made of them: MUL, DIV, SDIV, MOD, SMOD, ADDMOD, MULMOD, EXP.
//!
//! Algorithm: products come from [`Multiplier`]; a division restores, one quotient bit a cycle, after leading zero limbs of
//! the dividend have been skipped; EXP squares and multiplies from the highest set bit. Signs are taken off before and put
//! on after. Division by zero gives zero.
//!
//! Handshake: `start` takes the operands while not `busy`; `done` is up for one cycle, `result` stays until the next start.
//! `clear` makes the unit idle. Latency: [`cycles`]. Reset: none; starts idle.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::{Multiplier, multiply};
use crate::word::{W256, W257, W512, bits_w256, bits_w257, bits_w512};

#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum Work {
    Idle,
    Prepare,
    Product,
    Skip,
    Divide,
    Sign,
    PowerSkip,
    Square,
    SquareWait,
    Times,
    TimesWait,
    Done,
}

/// The unit.
#[derive(LogicBlock)]
pub struct MulDiv {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Back to idle.
    pub clear: Signal<In, Bit>,
    /// Take the operands.
    pub start: Signal<In, Bit>,
    /// 0 MUL, 1 DIV, 2 SDIV, 3 MOD, 4 SMOD, 5 ADDMOD, 6 MULMOD, 7 EXP.
    pub op: Signal<In, Bits<3>>,
    /// Left operand, base.
    pub a: Signal<In, W256>,
    /// Right operand, exponent.
    pub b: Signal<In, W256>,
    /// Modulus of ADDMOD and MULMOD.
    pub c: Signal<In, W256>,
    /// An operation is under way.
    pub busy: Signal<Out, Bit>,
    /// It has ended.
    pub done: Signal<Out, Bit>,
    /// Its result.
    pub result: Signal<Out, W256>,
    zero: Constant<W256>,
    zero257: Constant<W257>,
    one: Constant<W256>,
    multiplier: Multiplier,
    work: DFF<Work>,
    kind: DFF<Bits<3>>,
    left: DFF<W256>,
    right: DFF<W256>,
    /// Dividend, whose place the quotient takes bit by bit.
    dividend: DFF<W512>,
    divisor: DFF<W256>,
    remainder: DFF<W257>,
    bits_left: DFF<Bits<10>>,
    negative: DFF<Bit>,
    /// Exponent bits that are left.
    power_left: DFF<Bits<9>>,
    value: DFF<W256>,
    shifted: Signal<Local, W257>,
    difference: Signal<Local, W257>,
    wide: Signal<Local, W257>,
    fits: Signal<Local, Bit>,
    skips: Signal<Local, Bit>,
    is_signed: Signal<Local, Bit>,
    remainder_wanted: Signal<Local, Bit>,
    magnitude: Signal<Local, W256>,
    right_magnitude: Signal<Local, W256>,
}

impl Default for MulDiv {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            clear: Default::default(),
            start: Default::default(),
            op: Default::default(),
            a: Default::default(),
            b: Default::default(),
            c: Default::default(),
            busy: Default::default(),
            done: Default::default(),
            result: Default::default(),
            zero: Constant::new(W256::ZERO),
            zero257: Constant::new(W257::ZERO),
            one: Constant::new(W256::from_limbs([1, 0, 0, 0])),
            multiplier: Default::default(),
            work: Default::default(),
            kind: Default::default(),
            left: Default::default(),
            right: Default::default(),
            dividend: Default::default(),
            divisor: Default::default(),
            remainder: Default::default(),
            bits_left: Default::default(),
            negative: Default::default(),
            power_left: Default::default(),
            value: Default::default(),
            shifted: Default::default(),
            difference: Default::default(),
            wide: Default::default(),
            fits: Default::default(),
            skips: Default::default(),
            is_signed: Default::default(),
            remainder_wanted: Default::default(),
            magnitude: Default::default(),
            right_magnitude: Default::default(),
        }
    }
}

impl Logic for MulDiv {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, work, kind, left, right, dividend, divisor, remainder, bits_left, negative, power_left, value
        );
        clock!(self, clock, multiplier);
        self.multiplier.start.next = false;
        self.multiplier.wide.next = self.kind.q.val() == bits::<3>(6);
        self.multiplier.a.next = self.left.q.val();
        self.multiplier.b.next = self.right.q.val();
        self.is_signed.next = (self.kind.q.val() == bits::<3>(2)) | (self.kind.q.val() == bits::<3>(4));
        self.remainder_wanted.next = self.kind.q.val() >= bits::<3>(3);
        // Magnitudes, and the sign on what is computed.
        self.magnitude.next = self.left.q.val();
        self.right_magnitude.next = self.right.q.val();
        if self.work.q.val() == Work::Sign {
            self.magnitude.next = self.value.q.val();
        }
        if self.negative.q.val() | (self.left.q.val().get_bit(255) & (self.work.q.val() == Work::Prepare)) {
            self.magnitude.next = self.zero.val() - self.magnitude.val();
        }
        if self.right.q.val().get_bit(255) {
            self.right_magnitude.next = self.zero.val() - self.right.q.val();
        }
        // A step of the division.
        self.shifted.next = self.remainder.q.val() << 1_u64;
        if self.dividend.q.val().get_bit(511) {
            self.shifted.next = self.shifted.val() | bits_w257(self.one.val());
        }
        // The remainder is below the divisor, so twice it and a bit is below twice the divisor: the difference is below
        // 2^256 if there is one, and bit 256 shows that there is none, unless bit 256 was there before.
        self.difference.next = self.shifted.val() - bits_w257(self.divisor.q.val());
        self.fits.next = !self.difference.val().get_bit(256) | self.shifted.val().get_bit(256);
        self.wide.next = bits_w257(self.left.q.val());
        self.wide.next = self.wide.val() + bits_w257(self.right.q.val());
        self.skips.next = self.bits_left.q.val() > bits::<10>(64);
        if self.dividend.q.val().get_value_limb7().any() {
            self.skips.next = false;
        }
        match self.work.q.val() {
            Work::Idle => {
                if self.start.val() {
                    self.kind.d.next = self.op.val();
                    self.left.d.next = self.a.val();
                    self.right.d.next = self.b.val();
                    self.divisor.d.next = self.c.val();
                    self.negative.d.next = false;
                    self.remainder.d.next = self.zero257.val();
                    self.power_left.d.next = bits::<9>(256);
                    self.work.d.next = Work::Prepare;
                }
            }
            Work::Prepare => {
                self.bits_left.d.next = bits::<10>(256);
                self.work.d.next = Work::Skip;
                match self.kind.q.val().index() {
                    0 => {
                        self.multiplier.start.next = true;
                        self.work.d.next = Work::Product;
                    }
                    5 => {
                        self.dividend.d.next = bits_w512(self.wide.val()) << 192_u64;
                        self.bits_left.d.next = bits::<10>(320);
                    }
                    6 => {
                        self.multiplier.start.next = true;
                        self.work.d.next = Work::Product;
                    }
                    7 => {
                        self.value.d.next = self.one.val();
                        self.work.d.next = Work::PowerSkip;
                    }
                    _ => {
                        self.dividend.d.next = bits_w512(self.left.q.val()) << 256_u64;
                        self.divisor.d.next = self.right.q.val();
                        if self.is_signed.val() {
                            self.dividend.d.next = bits_w512(self.magnitude.val()) << 256_u64;
                            self.divisor.d.next = self.right_magnitude.val();
                            self.negative.d.next = self.left.q.val().get_bit(255);
                            if self.kind.q.val() == bits::<3>(2) {
                                self.negative.d.next = self.left.q.val().get_bit(255) ^ self.right.q.val().get_bit(255);
                            }
                        }
                    }
                }
            }
            Work::Product => {
                self.dividend.d.next = self.multiplier.product.val();
                self.bits_left.d.next = bits::<10>(512);
                if self.multiplier.done.val() {
                    self.work.d.next = Work::Skip;
                    if !self.kind.q.val().any() {
                        self.value.d.next = self.multiplier.product.val().get_value_low256();
                        self.work.d.next = Work::Done;
                    }
                }
            }
            Work::Skip => {
                // Limbs of zeros give zeros of the quotient.
                if !self.divisor.q.val().any() {
                    self.value.d.next = self.zero.val();
                    self.work.d.next = Work::Done;
                } else if self.skips.val() {
                    self.dividend.d.next = self.dividend.q.val() << 64_u64;
                    self.bits_left.d.next = self.bits_left.q.val() - bits::<10>(64);
                } else {
                    self.work.d.next = Work::Divide;
                }
            }
            Work::Divide => {
                self.dividend.d.next = self.dividend.q.val() << 1_u64;
                self.remainder.d.next = self.shifted.val();
                if self.fits.val() {
                    self.dividend.d.next = (self.dividend.q.val() << 1_u64) | bits_w512(self.one.val());
                    self.remainder.d.next = self.difference.val();
                }
                self.bits_left.d.next = self.bits_left.q.val() - bits::<10>(1);
                if self.bits_left.q.val() == bits::<10>(0) {
                    self.dividend.d.next = self.dividend.q.val();
                    self.remainder.d.next = self.remainder.q.val();
                    self.value.d.next = self.dividend.q.val().get_value_low256();
                    if self.remainder_wanted.val() {
                        self.value.d.next = bits_w256(self.remainder.q.val());
                    }
                    self.work.d.next = Work::Sign;
                }
            }
            Work::Sign => {
                self.value.d.next = self.magnitude.val();
                self.work.d.next = Work::Done;
            }
            Work::PowerSkip => {
                // The exponent moves up until its highest set bit is at the top.
                if !self.right.q.val().any() {
                    self.work.d.next = Work::Done;
                } else if !self.right.q.val().get_value_limb3().any() {
                    self.right.d.next = self.right.q.val() << 64_u64;
                    self.power_left.d.next = self.power_left.q.val() - bits::<9>(64);
                } else if self.right.q.val().get_bit(255) {
                    self.value.d.next = self.left.q.val();
                    self.right.d.next = self.right.q.val() << 1_u64;
                    self.power_left.d.next = self.power_left.q.val() - bits::<9>(1);
                    self.work.d.next = Work::Square;
                } else {
                    self.right.d.next = self.right.q.val() << 1_u64;
                    self.power_left.d.next = self.power_left.q.val() - bits::<9>(1);
                }
            }
            Work::Square => {
                self.multiplier.a.next = self.value.q.val();
                self.multiplier.b.next = self.value.q.val();
                self.work.d.next = Work::Done;
                if self.power_left.q.val().any() {
                    self.multiplier.start.next = true;
                    self.work.d.next = Work::SquareWait;
                }
            }
            Work::SquareWait => {
                if self.multiplier.done.val() {
                    self.value.d.next = self.multiplier.product.val().get_value_low256();
                    self.right.d.next = self.right.q.val() << 1_u64;
                    self.power_left.d.next = self.power_left.q.val() - bits::<9>(1);
                    self.work.d.next = Work::Square;
                    if self.right.q.val().get_bit(255) {
                        self.work.d.next = Work::Times;
                    }
                }
            }
            Work::Times => {
                self.multiplier.a.next = self.value.q.val();
                self.multiplier.b.next = self.left.q.val();
                self.multiplier.start.next = true;
                self.work.d.next = Work::TimesWait;
            }
            Work::TimesWait => {
                if self.multiplier.done.val() {
                    self.value.d.next = self.multiplier.product.val().get_value_low256();
                    self.work.d.next = Work::Square;
                }
            }
            Work::Done => {
                self.work.d.next = Work::Idle;
            }
            _ => {
                self.work.d.next = Work::Idle;
            }
        }
        if self.clear.val() {
            self.work.d.next = Work::Idle;
        }
        self.busy.next = self.work.q.val() != Work::Idle;
        self.done.next = self.work.q.val() == Work::Done;
        self.result.next = self.value.q.val();
    }
}

/// Significant bits.
fn bit_length(limbs: &[u64]) -> u64 {
    let top = limbs.iter().rposition(|limb| *limb != 0);
    top.map_or(0, |i| 64 * i as u64 + 64 - u64::from(limbs[i].leading_zeros()))
}

/// Cycles from `start` to `done`.
pub fn cycles(op: u64, a: W256, b: W256, c: W256) -> u64 {
    let divide = |limbs: u64, dividend_bits: u64, divisor: W256| {
        if !divisor.any() {
            return 2;
        }
        let skipped = limbs - dividend_bits.div_ceil(64).max(1);
        // Skipping, the look that ends it, a cycle a bit, one that ends it, the sign, done.
        skipped + 1 + 64 * (limbs - skipped) + 1 + 1 + 1
    };
    let (a_bits, b_bits) = (bit_length(a.limbs()), bit_length(b.limbs()));
    let magnitude_bits =
        |word: W256| if word.get_bit(255) { bit_length((W256::ZERO - word).limbs()) } else { bit_length(word.limbs()) };
    match op {
        0 => 2 + multiply::LOW_CYCLES,
        1 | 3 => 1 + divide(4, a_bits, b),
        2 | 4 => 1 + divide(4, magnitude_bits(a), b),
        5 => 1 + divide(5, sum_bits(a, b), c),
        6 => 2 + multiply::WIDE_CYCLES - 1 + divide(8, bit_length(multiply::model(true, a, b).limbs()), c),
        _ => {
            let ones: u64 = b.limbs().iter().map(|limb| u64::from(limb.count_ones())).sum();
            if b_bits == 0 {
                return 3;
            }
            let limbs_skipped = 4 - b_bits.div_ceil(64);
            let bits_skipped = (256 - b_bits) - 64 * limbs_skipped;
            let step = 1 + multiply::LOW_CYCLES;
            1 + limbs_skipped + bits_skipped + 1 + (b_bits - 1) * step + (ones - 1) * step + 1 + 1
        }
    }
}

fn sum_bits(a: W256, b: W256) -> u64 {
    let sum = bits_w257(a) + bits_w257(b);
    bit_length(sum.limbs())
}
