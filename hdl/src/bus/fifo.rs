//! Queue of a few words in distributed RAM.
//!
//! Handshake: ready/valid on both sides; both follow registers alone. Latency: a word is at the output in the cycle after
//! it was taken. Reset: `reset` empties the queue; it starts empty.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::leaf::SmallRam;

/// Queue of 2^`DEPTH_BITS` words, `DEPTH_BITS` 1 to 7.
#[derive(LogicBlock)]
pub struct Fifo<D: Synth, const DEPTH_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Become empty.
    pub reset: Signal<In, Bit>,
    /// A word is offered.
    pub in_valid: Signal<In, Bit>,
    /// It is taken.
    pub in_ready: Signal<Out, Bit>,
    /// The word.
    pub in_data: Signal<In, D>,
    /// A word is here.
    pub out_valid: Signal<Out, Bit>,
    /// It is taken.
    pub out_ready: Signal<In, Bit>,
    /// The word.
    pub out_data: Signal<Out, D>,
    ram: SmallRam<D, DEPTH_BITS>,
    depth: Constant<Bits<8>>,
    one: Constant<Bits<DEPTH_BITS>>,
    first: DFF<Bits<DEPTH_BITS>>,
    next_free: DFF<Bits<DEPTH_BITS>>,
    count: DFF<Bits<8>>,
    any: DFF<Bit>,
    full: DFF<Bit>,
    take: Signal<Local, Bit>,
    give: Signal<Local, Bit>,
    next_count: Signal<Local, Bits<8>>,
}

impl<D: Synth, const DEPTH_BITS: usize> Default for Fifo<D, DEPTH_BITS> {
    fn default() -> Self {
        const { assert!(DEPTH_BITS >= 1 && DEPTH_BITS <= 7) };
        Self {
            clock: Default::default(),
            reset: Default::default(),
            in_valid: Default::default(),
            in_ready: Default::default(),
            in_data: Default::default(),
            out_valid: Default::default(),
            out_ready: Default::default(),
            out_data: Default::default(),
            ram: Default::default(),
            depth: Constant::new((1_u64 << DEPTH_BITS).into()),
            one: Constant::new(1_u64.into()),
            first: Default::default(),
            next_free: Default::default(),
            count: Default::default(),
            any: Default::default(),
            full: Default::default(),
            take: Default::default(),
            give: Default::default(),
            next_count: Default::default(),
        }
    }
}

impl<D: Synth, const DEPTH_BITS: usize> Logic for Fifo<D, DEPTH_BITS> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, first, next_free, count, any, full);
        clock!(self, clock, ram);
        self.take.next = self.in_valid.val() & (!self.full.q.val());
        self.give.next = self.any.q.val() & self.out_ready.val();
        self.ram.write.next = self.take.val();
        self.ram.write_address.next = self.next_free.q.val();
        self.ram.write_data.next = self.in_data.val();
        self.ram.address.next = self.first.q.val();
        self.next_count.next = self.count.q.val();
        if self.take.val() & (!self.give.val()) {
            self.next_count.next = self.count.q.val() + bits::<8>(1);
        }
        if self.give.val() & (!self.take.val()) {
            self.next_count.next = self.count.q.val() - bits::<8>(1);
        }
        if self.reset.val() {
            self.next_count.next = bits::<8>(0);
        }
        if self.take.val() {
            self.next_free.d.next = self.next_free.q.val() + self.one.val();
        }
        if self.give.val() {
            self.first.d.next = self.first.q.val() + self.one.val();
        }
        if self.reset.val() {
            self.first.d.next = self.next_free.q.val();
            self.next_free.d.next = self.next_free.q.val();
        }
        self.count.d.next = self.next_count.val();
        self.any.d.next = self.next_count.val().any();
        self.full.d.next = self.next_count.val() == self.depth.val();
        self.in_ready.next = !self.full.q.val();
        self.out_valid.next = self.any.q.val();
        self.out_data.next = self.ram.data.val();
    }
}
