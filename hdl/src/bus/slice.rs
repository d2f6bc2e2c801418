//! Register slice: two places between a stream and its user, so that neither `ready` nor `valid` passes through.
//!
//! Algorithm: a word goes to the output register; one that comes while that is held up goes to a spare register, and closes
//! the input until it has moved on.
//!
//! Handshake: ready/valid on both sides, from registers. A word a cycle passes if the user is ready.
//! Latency: 1 cycle. Reset: `reset` empties both places; they start empty.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// The slice.
#[derive(LogicBlock, Default)]
pub struct Slice<D: Synth> {
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
    here: DFF<Bit>,
    spare: DFF<Bit>,
    here_data: DFF<D>,
    spare_data: DFF<D>,
    take: Signal<Local, Bit>,
}

impl<D: Synth> Logic for Slice<D> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, here, spare, here_data, spare_data);
        self.take.next = self.in_valid.val() & (!self.spare.q.val());
        if (!self.here.q.val()) | self.out_ready.val() {
            self.here.d.next = self.take.val() | self.spare.q.val();
            self.spare.d.next = false;
            self.here_data.d.next = self.in_data.val();
            if self.spare.q.val() {
                self.here_data.d.next = self.spare_data.q.val();
            }
        } else if self.take.val() {
            self.spare.d.next = true;
        }
        if !self.spare.q.val() {
            self.spare_data.d.next = self.in_data.val();
        }
        self.in_ready.next = !self.spare.q.val();
        self.out_valid.next = self.here.q.val();
        self.out_data.next = self.here_data.q.val();
        if self.reset.val() {
            self.here.d.next = false;
            self.spare.d.next = false;
        }
    }
}
