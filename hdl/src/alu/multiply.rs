//! Product of two 256-bit words: the low 256 bits (MUL), or all 512 (for MULMOD).
//!
//! Algorithm: column by column on 64 × 64-bit products, one issued each cycle to a pipelined multiplier ([`LimbProduct`]).
//! A column's products add up in one accumulator; with its last one the low limb leaves, and the rest carries over into
//! the next column.
//!
//! Handshake: `start` in a cycle without `busy` takes the operands, otherwise it is ignored. `done` is up for one cycle with
//! the product, which stays until the next start. A start in the cycle of `done` is taken. Latency from `start` to `done`:
//! [`LOW_CYCLES`], with `wide` [`WIDE_CYCLES`]. Reset: none; the unit starts idle.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    leaf::LimbProduct,
    word::{W64, W132, W256, W512, bits_w132, bits_w512},
};

/// Cycles from `start` to `done` for the low 256 bits (10 products).
pub const LOW_CYCLES: u64 = 14;
/// Cycles from `start` to `done` for 512 bits (16 products).
pub const WIDE_CYCLES: u64 = 20;

/// The unit.
#[derive(LogicBlock)]
pub struct Multiplier {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Take the operands.
    pub start: Signal<In, Bit>,
    /// Compute 512 bits.
    pub wide: Signal<In, Bit>,
    /// Left operand.
    pub a: Signal<In, W256>,
    /// Right operand.
    pub b: Signal<In, W256>,
    /// Whether a product is under way.
    pub busy: Signal<Out, Bit>,
    /// Whether the product is complete since this cycle.
    pub done: Signal<Out, Bit>,
    /// The product; its high half is 0 without `wide`.
    pub product: Signal<Out, W512>,
    zero132: Constant<W132>,
    left: DFF<W256>,
    right: DFF<W256>,
    full: DFF<Bit>,
    /// From the start until the last product is accumulated.
    active: DFF<Bit>,
    issuing: DFF<Bit>,
    /// The product that is issued: limb `row` of the left operand, limb `column - row` of the right one.
    row: DFF<Bits<3>>,
    column: DFF<Bits<3>>,
    limb: Signal<Local, Bits<3>>,
    last_row: Signal<Local, Bits<3>>,
    first_row: Signal<Local, Bits<3>>,
    last_column: Signal<Local, Bits<3>>,
    column_ends: Signal<Local, Bit>,
    finishes: Signal<Local, Bit>,
    x: Signal<Local, W64>,
    y: Signal<Local, W64>,
    multiplier: LimbProduct,
    /// Per stage of the multiplier: holds a product, the last of its column, the last of all.
    valid: [DFF<Bit>; 3],
    ends: [DFF<Bit>; 3],
    last: [DFF<Bit>; 3],
    accumulator: DFF<W132>,
    total: Signal<Local, W132>,
    limbs: DFF<W512>,
    finished: DFF<Bit>,
}

impl Default for Multiplier {
    fn default() -> Self {
        Multiplier {
            clock: Default::default(),
            start: Default::default(),
            wide: Default::default(),
            a: Default::default(),
            b: Default::default(),
            busy: Default::default(),
            done: Default::default(),
            product: Default::default(),
            zero132: Constant::new(W132::ZERO),
            left: Default::default(),
            right: Default::default(),
            full: Default::default(),
            active: Default::default(),
            issuing: Default::default(),
            row: Default::default(),
            column: Default::default(),
            limb: Default::default(),
            last_row: Default::default(),
            first_row: Default::default(),
            last_column: Default::default(),
            column_ends: Default::default(),
            finishes: Default::default(),
            x: Default::default(),
            y: Default::default(),
            multiplier: Default::default(),
            valid: Default::default(),
            ends: Default::default(),
            last: Default::default(),
            accumulator: Default::default(),
            total: Default::default(),
            limbs: Default::default(),
            finished: Default::default(),
        }
    }
}

impl Logic for Multiplier {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, left, right, full, active, issuing, row, column, accumulator, limbs, finished);
        clock!(self, clock, multiplier);
        for i in 0..3 {
            self.valid[i].clock.next = self.clock.val();
            self.ends[i].clock.next = self.clock.val();
            self.last[i].clock.next = self.clock.val();
        }

        // Issue: rows of a column, then the next column.
        self.limb.next = self.column.q.val() - self.row.q.val();
        match self.row.q.val().index() {
            0 => {
                self.x.next = self.left.q.val().get_value_limb0();
            }
            1 => {
                self.x.next = self.left.q.val().get_value_limb1();
            }
            2 => {
                self.x.next = self.left.q.val().get_value_limb2();
            }
            _ => {
                self.x.next = self.left.q.val().get_value_limb3();
            }
        }
        match self.limb.val().index() {
            0 => {
                self.y.next = self.right.q.val().get_value_limb0();
            }
            1 => {
                self.y.next = self.right.q.val().get_value_limb1();
            }
            2 => {
                self.y.next = self.right.q.val().get_value_limb2();
            }
            _ => {
                self.y.next = self.right.q.val().get_value_limb3();
            }
        }
        self.multiplier.x.next = self.x.val();
        self.multiplier.y.next = self.y.val();
        // Columns 0 to 3 have rows 0 to column, later ones rows column - 3 to 3.
        // `first_row` is that of the next column.
        self.last_row.next = self.column.q.val();
        self.first_row.next = bits::<3>(0);
        match self.column.q.val().index() {
            3 => {
                self.first_row.next = bits::<3>(1);
            }
            4 => {
                self.last_row.next = bits::<3>(3);
                self.first_row.next = bits::<3>(2);
            }
            5 => {
                self.last_row.next = bits::<3>(3);
                self.first_row.next = bits::<3>(3);
            }
            6 => {
                self.last_row.next = bits::<3>(3);
            }
            _ => {
                self.first_row.next = bits::<3>(0);
            }
        }
        self.last_column.next = bits::<3>(3);
        if self.full.q.val() {
            self.last_column.next = bits::<3>(6);
        }
        self.column_ends.next = self.row.q.val() == self.last_row.val();
        self.finishes.next =
            (self.row.q.val() == self.last_row.val()) & (self.column.q.val() == self.last_column.val());
        if self.issuing.q.val() {
            self.row.d.next = self.row.q.val() + bits::<3>(1);
            if self.column_ends.val() {
                self.row.d.next = self.first_row.val();
                self.column.d.next = self.column.q.val() + bits::<3>(1);
            }
            if self.finishes.val() {
                self.issuing.d.next = false;
            }
        }
        self.valid[0].d.next = self.issuing.q.val();
        self.ends[0].d.next = self.column_ends.val();
        self.last[0].d.next = self.finishes.val() & self.issuing.q.val();
        for i in 1..3 {
            self.valid[i].d.next = self.valid[i - 1].q.val();
            self.ends[i].d.next = self.ends[i - 1].q.val();
            self.last[i].d.next = self.last[i - 1].q.val();
        }

        // Accumulate.
        self.total.next = self.accumulator.q.val() + bits_w132(self.multiplier.product.val());
        self.finished.d.next = self.last[2].q.val();
        if self.valid[2].q.val() {
            self.accumulator.d.next = self.total.val();
            if self.ends[2].q.val() {
                self.accumulator.d.next = self.total.val() >> 64_u64;
                self.limbs.d.next =
                    (self.limbs.q.val() >> 64_u64) | (bits_w512(self.total.val().get_value_limb0()) << 448_u64);
            }
            if self.last[2].q.val() {
                self.active.d.next = false;
                if self.full.q.val() {
                    // The carry of the last column is the highest limb.
                    self.limbs.d.next = (self.limbs.q.val() >> 128_u64) | (bits_w512(self.total.val()) << 384_u64);
                }
            }
        }
        self.busy.next = self.active.q.val();
        self.done.next = self.finished.q.val();
        self.product.next = self.limbs.q.val();
        if !self.full.q.val() {
            self.product.next = bits_w512(self.limbs.q.val().get_value_high256());
        }
        if self.start.val() & !self.active.q.val() {
            self.left.d.next = self.a.val();
            self.right.d.next = self.b.val();
            self.full.d.next = self.wide.val();
            self.active.d.next = true;
            self.issuing.d.next = true;
            self.row.d.next = bits::<3>(0);
            self.column.d.next = bits::<3>(0);
            self.accumulator.d.next = self.zero132.val();
        }
    }
}

/// What the unit computes: schoolbook on limbs.
pub fn model(wide: bool, a: W256, b: W256) -> W512 {
    let mut product = [0_u64; 8];
    for (i, &x) in a.limbs().iter().enumerate() {
        let mut carry = 0_u128;
        for (j, &y) in b.limbs().iter().enumerate() {
            let sum = u128::from(x) * u128::from(y) + u128::from(product[i + j]) + carry;
            product[i + j] = sum as u64;
            carry = sum >> 64;
        }
        product[i + 4] = carry as u64;
    }
    if !wide {
        product[4..].fill(0);
    }
    W512::from_limbs(product)
}
