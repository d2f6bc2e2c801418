//! Shifts of 256-bit words: SHL, SHR and SAR by any 256-bit count.
//!
//! Algorithm: rotate right and mask. The first stage rotates by 0 to 15, the second by multiples of 16, a binary digit at a time, and masks with
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
    /// Value after each binary digit of the rotation.
    rotated: [Signal<Local, W256>; 8],
    half: DFF<W256>,
    half_rotation: DFF<Bits<8>>,
    half_left: DFF<Bit>,
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
            rotated: Default::default(),
            half: Default::default(),
            half_rotation: Default::default(),
            half_left: Default::default(),
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
        dff_setup!(self, clock, half, half_rotation, half_left, saturated, fill);
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
        self.rotated[0].next = self.value.val();
        if self.rotation.val().get_bit(0) {
            self.rotated[0].next = (self.value.val() >> 1_u64) | (self.value.val() << 255_u64);
        }
        self.rotated[1].next = self.rotated[0].val();
        if self.rotation.val().get_bit(1) {
            self.rotated[1].next = (self.rotated[0].val() >> 2_u64) | (self.rotated[0].val() << 254_u64);
        }
        self.rotated[2].next = self.rotated[1].val();
        if self.rotation.val().get_bit(2) {
            self.rotated[2].next = (self.rotated[1].val() >> 4_u64) | (self.rotated[1].val() << 252_u64);
        }
        self.rotated[3].next = self.rotated[2].val();
        if self.rotation.val().get_bit(3) {
            self.rotated[3].next = (self.rotated[2].val() >> 8_u64) | (self.rotated[2].val() << 248_u64);
        }
        self.half.d.next = self.rotated[3].val();
        self.half_rotation.d.next = self.rotation.val();
        self.half_left.d.next = self.left.val();
        self.saturated.d.next = (self.count.val() >> 8_u64) != self.zero.val();
        self.fill.d.next = self.sign.val();

        // Second stage.
        self.rotated[4].next = self.half.q.val();
        if self.half_rotation.q.val().get_bit(4) {
            self.rotated[4].next = (self.half.q.val() >> 16_u64) | (self.half.q.val() << 240_u64);
        }
        self.rotated[5].next = self.rotated[4].val();
        if self.half_rotation.q.val().get_bit(5) {
            self.rotated[5].next = (self.rotated[4].val() >> 32_u64) | (self.rotated[4].val() << 224_u64);
        }
        self.rotated[6].next = self.rotated[5].val();
        if self.half_rotation.q.val().get_bit(6) {
            self.rotated[6].next = (self.rotated[5].val() >> 64_u64) | (self.rotated[5].val() << 192_u64);
        }
        self.rotated[7].next = self.rotated[6].val();
        if self.half_rotation.q.val().get_bit(7) {
            self.rotated[7].next = (self.rotated[6].val() >> 128_u64) | (self.rotated[6].val() << 128_u64);
        }
        self.keep.rotation.next = self.half_rotation.q.val();
        self.keep.left.next = self.half_left.q.val();
        self.keep.none.next = self.saturated.q.val();
        self.kept.next = self.keep.mask.val();
        self.filler.next = self.zero.val();
        if self.fill.q.val() {
            self.filler.next = !self.kept.val();
        }
        self.result.next = (self.rotated[7].val() & self.kept.val()) | self.filler.val();
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
