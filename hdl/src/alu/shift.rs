//! Shifts of 256-bit words: SHL, SHR and SAR by any 256-bit count.
//!
//! Algorithm: rotate right and mask. The first stage rotates by 0 to 15, the second by multiples of 16 and masks with
//! [`KeepMask`]. A left shift by n rotates right by 256 - n. Counts of 256 and more saturate: only the fill remains.
//!
//! Handshake: none, a new operation every cycle. Latency: 1 cycle (one register between inputs and outputs).
//! Reset: none; `result` is 0 until the first clock edge.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{leaf::KeepMask, word::W256};

/// What to compute.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum ShiftOp {
    /// Left.
    Shl,
    /// Right, zeros enter.
    Shr,
    /// Right, copies of the sign enter.
    Sar,
}

/// The unit.
#[derive(LogicBlock)]
pub struct Shifter {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Operation.
    pub op: Signal<In, ShiftOp>,
    /// Shift count.
    pub count: Signal<In, W256>,
    /// What is shifted.
    pub value: Signal<In, W256>,
    /// Result, a cycle later.
    pub result: Signal<Out, W256>,
    zero: Constant<W256>,
    left: Signal<Local, Bit>,
    sign: Signal<Local, Bit>,
    low_count: Signal<Local, Bits<8>>,
    rotation: Signal<Local, Bits<8>>,
    digit: [Signal<Local, Bits<2>>; 4],
    /// Value after each base-4 digit of the rotation.
    rotated: [Signal<Local, W256>; 4],
    half: DFF<W256>,
    digits: DFF<Bits<4>>,
    mask_count: DFF<Bits<8>>,
    mask_left: DFF<Bit>,
    saturated: DFF<Bit>,
    fill: DFF<Bit>,
    keep: KeepMask,
    kept: Signal<Local, W256>,
    filler: Signal<Local, W256>,
}

impl Default for Shifter {
    fn default() -> Self {
        Shifter {
            clock: Default::default(),
            op: Default::default(),
            count: Default::default(),
            value: Default::default(),
            result: Default::default(),
            zero: Constant::new(W256::ZERO),
            left: Default::default(),
            sign: Default::default(),
            low_count: Default::default(),
            rotation: Default::default(),
            digit: Default::default(),
            rotated: Default::default(),
            half: Default::default(),
            digits: Default::default(),
            mask_count: Default::default(),
            mask_left: Default::default(),
            saturated: Default::default(),
            fill: Default::default(),
            keep: Default::default(),
            kept: Default::default(),
            filler: Default::default(),
        }
    }
}

impl Logic for Shifter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, half, digits, mask_count, mask_left, saturated, fill);
        self.left.next = false;
        self.sign.next = false;
        match self.op.val() {
            ShiftOp::Shl => {
                self.left.next = true;
            }
            ShiftOp::Shr => {
                self.sign.next = false;
            }
            ShiftOp::Sar => {
                self.sign.next = self.value.val().get_bit(255);
            }
            _ => {
                self.sign.next = false;
            }
        }
        self.low_count.next = self.count.val().get_bits::<8>(0);
        self.rotation.next = self.low_count.val();
        if self.left.val() {
            self.rotation.next = bits::<8>(0) - self.low_count.val();
        }
        self.digit[0].next = self.rotation.val().get_bits::<2>(0);
        self.digit[1].next = self.rotation.val().get_bits::<2>(2);
        self.rotated[0].next = self.value.val();
        match self.digit[0].val().index() {
            1 => {
                self.rotated[0].next = (self.value.val() >> 1_u64) | (self.value.val() << 255_u64);
            }
            2 => {
                self.rotated[0].next = (self.value.val() >> 2_u64) | (self.value.val() << 254_u64);
            }
            3 => {
                self.rotated[0].next = (self.value.val() >> 3_u64) | (self.value.val() << 253_u64);
            }
            _ => {
                self.rotated[0].next = self.value.val();
            }
        }
        self.rotated[1].next = self.rotated[0].val();
        match self.digit[1].val().index() {
            1 => {
                self.rotated[1].next = (self.rotated[0].val() >> 4_u64) | (self.rotated[0].val() << 252_u64);
            }
            2 => {
                self.rotated[1].next = (self.rotated[0].val() >> 8_u64) | (self.rotated[0].val() << 248_u64);
            }
            3 => {
                self.rotated[1].next = (self.rotated[0].val() >> 12_u64) | (self.rotated[0].val() << 244_u64);
            }
            _ => {
                self.rotated[1].next = self.rotated[0].val();
            }
        }
        self.half.d.next = self.rotated[1].val();
        self.digits.d.next = self.rotation.val().get_bits::<4>(4);
        self.mask_count.d.next = self.low_count.val();
        self.mask_left.d.next = self.left.val();
        self.saturated.d.next = (self.count.val() >> 8_u64) != self.zero.val();
        self.fill.d.next = self.sign.val();

        // Second stage.
        self.digit[2].next = self.digits.q.val().get_bits::<2>(0);
        self.digit[3].next = self.digits.q.val().get_bits::<2>(2);
        self.rotated[2].next = self.half.q.val();
        match self.digit[2].val().index() {
            1 => {
                self.rotated[2].next = (self.half.q.val() >> 16_u64) | (self.half.q.val() << 240_u64);
            }
            2 => {
                self.rotated[2].next = (self.half.q.val() >> 32_u64) | (self.half.q.val() << 224_u64);
            }
            3 => {
                self.rotated[2].next = (self.half.q.val() >> 48_u64) | (self.half.q.val() << 208_u64);
            }
            _ => {
                self.rotated[2].next = self.half.q.val();
            }
        }
        self.rotated[3].next = self.rotated[2].val();
        match self.digit[3].val().index() {
            1 => {
                self.rotated[3].next = (self.rotated[2].val() >> 64_u64) | (self.rotated[2].val() << 192_u64);
            }
            2 => {
                self.rotated[3].next = (self.rotated[2].val() >> 128_u64) | (self.rotated[2].val() << 128_u64);
            }
            3 => {
                self.rotated[3].next = (self.rotated[2].val() >> 192_u64) | (self.rotated[2].val() << 64_u64);
            }
            _ => {
                self.rotated[3].next = self.rotated[2].val();
            }
        }
        self.keep.count.next = self.mask_count.q.val();
        self.keep.left.next = self.mask_left.q.val();
        self.kept.next = self.keep.mask.val();
        if self.saturated.q.val() {
            self.kept.next = self.zero.val();
        }
        self.filler.next = self.zero.val();
        if self.fill.q.val() {
            self.filler.next = !self.kept.val();
        }
        self.result.next = (self.rotated[3].val() & self.kept.val()) | self.filler.val();
    }
}

/// What the unit computes.
pub fn model(op: ShiftOp, count: W256, value: W256) -> W256 {
    let negative = value.get_bit(255) && op == ShiftOp::Sar;
    let fill = if negative { W256::MAX } else { W256::ZERO };
    let &[low, rest @ ..] = count.limbs();
    if low > 255 || rest != [0; 3] {
        return fill;
    }
    match op {
        ShiftOp::Shl => value << low,
        ShiftOp::Shr | ShiftOp::Sar => (value >> low) | (fill & !(W256::MAX >> low)),
    }
}
