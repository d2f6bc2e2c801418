//! Gas counter: 64 bits, two's complement.
//!
//! Handshake: at most one of `replace`, `add` and `subtract` a cycle; the counter follows at the next clock edge. A
//! subtraction takes amounts below 2^63 and saturates at the lowest number. `after` is the sum or difference of this
//! cycle, combinational. Latency: 1 cycle. Reset: none; starts at zero.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::word::W64;

/// The counter.
#[derive(LogicBlock)]
pub struct GasCounter {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Take `amount`.
    pub replace: Signal<In, Bit>,
    /// Add `amount`.
    pub add: Signal<In, Bit>,
    /// Subtract `amount`.
    pub subtract: Signal<In, Bit>,
    /// Gas.
    pub amount: Signal<In, W64>,
    /// The counter.
    pub gas: Signal<Out, W64>,
    /// Counter minus `amount` with `subtract`, else plus `amount`; does not saturate.
    pub after: Signal<Out, W64>,
    /// The counter is below zero.
    pub negative: Signal<Out, Bit>,
    /// The counter is below −2^14: gas has certainly run out.
    pub debt: Signal<Out, Bit>,
    lowest: Constant<W64>,
    one: Constant<W64>,
    zero: Constant<W64>,
    counter: DFF<W64>,
    addend: Signal<Local, W64>,
    carry: Signal<Local, W64>,
    result: Signal<Local, W64>,
    high: Signal<Local, Bits<17>>,
    middle: Signal<Local, Bits<32>>,
}

impl Default for GasCounter {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            replace: Default::default(),
            add: Default::default(),
            subtract: Default::default(),
            amount: Default::default(),
            gas: Default::default(),
            after: Default::default(),
            negative: Default::default(),
            debt: Default::default(),
            lowest: Constant::new(W64::from_limbs([1 << 63])),
            one: Constant::new(W64::from_limbs([1])),
            zero: Constant::new(W64::ZERO),
            counter: Default::default(),
            addend: Default::default(),
            carry: Default::default(),
            result: Default::default(),
            high: Default::default(),
            middle: Default::default(),
        }
    }
}

impl Logic for GasCounter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, counter);
        self.addend.next = self.amount.val();
        self.carry.next = self.zero.val();
        if self.subtract.val() {
            self.addend.next = !self.amount.val();
            self.carry.next = self.one.val();
        }
        self.result.next = self.counter.q.val() + self.addend.val() + self.carry.val();
        self.after.next = self.result.val();
        if self.add.val() | self.subtract.val() {
            self.counter.d.next = self.result.val();
        }
        if self.subtract.val() & self.counter.q.val().get_bit(63) & !self.result.val().get_bit(63) {
            self.counter.d.next = self.lowest.val();
        }
        if self.replace.val() {
            self.counter.d.next = self.amount.val();
        }
        self.gas.next = self.counter.q.val();
        self.negative.next = self.counter.q.val().get_bit(63);
        // Down to −2^14 all bits from 14 on are ones.
        self.middle.next = self.counter.q.val().get_bits::<32>(14);
        self.high.next = self.counter.q.val().get_bits::<17>(46);
        self.debt.next = self.counter.q.val().get_bit(63) & !(self.middle.val().all() & self.high.val().all());
    }
}

/// What the counter does in a cycle: the next counter.
pub fn model(gas: i64, set: bool, add: bool, subtract: bool, amount: i64) -> i64 {
    match (set, add, subtract) {
        (true, ..) => amount,
        (_, true, _) => gas.wrapping_add(amount),
        (_, _, true) => gas.saturating_sub(amount),
        _ => gas,
    }
}
