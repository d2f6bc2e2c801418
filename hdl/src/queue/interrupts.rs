//! Interrupts: completions, with moderation, and errors.
//!
//! Algorithm: a completion or an error is remembered until an interrupt for it has begun, so none is lost, not even while
//! it is not enabled. One for completions begins only when the moderation cycles have passed since the last one
//! was taken; a new moderation counts at once. What comes while an interrupt waits to be taken begins another one.
//!
//! Handshake: `posted` and `stopped` are up for one cycle each. `interrupt` is ready/valid: the message or the request
//! of the bus. Latency: two cycles. Reset: `reset` forgets everything; starts so.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// The block.
#[derive(LogicBlock, Default)]
pub struct Interrupts {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forget everything.
    pub reset: Signal<In, Bit>,
    /// IRQ_ENABLE.
    pub enable: Signal<In, Bits<2>>,
    /// IRQ_MODERATION_CYCLES.
    pub moderation: Signal<In, Bits<32>>,
    /// A completion has been written.
    pub posted: Signal<In, Bit>,
    /// An error has stopped the card.
    pub stopped: Signal<In, Bit>,
    /// An interrupt is asked for.
    pub interrupt_valid: Signal<Out, Bit>,
    /// It is taken.
    pub interrupt_ready: Signal<In, Bit>,
    completion: DFF<Bit>,
    error: DFF<Bit>,
    asking: DFF<Bit>,
    /// The interrupt is for completions.
    moderated: DFF<Bit>,
    /// There was one for completions.
    earlier: DFF<Bit>,
    /// Cycles since it was taken, up to all ones.
    elapsed: DFF<Bits<32>>,
    passed: Signal<Local, Bit>,
    rested: Signal<Local, Bit>,
    signals_completion: Signal<Local, Bit>,
    signals_error: Signal<Local, Bit>,
}

impl Logic for Interrupts {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, completion, error, asking, moderated, earlier, elapsed);
        self.passed.next = self.elapsed.q.val() >= self.moderation.val();
        self.rested.next = self.passed.val() | (!self.earlier.q.val());
        self.signals_completion.next =
            self.completion.q.val() & self.enable.val().get_bit(0) & self.rested.val() & (!self.asking.q.val());
        self.signals_error.next = self.error.q.val() & self.enable.val().get_bit(1) & (!self.asking.q.val());
        self.completion.d.next = self.posted.val() | (self.completion.q.val() & (!self.signals_completion.val()));
        self.error.d.next = self.stopped.val() | (self.error.q.val() & (!self.signals_error.val()));
        if self.signals_completion.val() | self.signals_error.val() {
            self.asking.d.next = true;
            self.moderated.d.next = self.signals_completion.val();
        }
        if !self.elapsed.q.val().all() {
            self.elapsed.d.next = self.elapsed.q.val() + bits::<32>(1);
        }
        if self.asking.q.val() & self.interrupt_ready.val() {
            self.asking.d.next = false;
            if self.moderated.q.val() {
                self.earlier.d.next = true;
                self.elapsed.d.next = bits::<32>(1);
            }
        }
        self.interrupt_valid.next = self.asking.q.val();
        if self.reset.val() {
            self.completion.d.next = false;
            self.error.d.next = false;
            self.asking.d.next = false;
            self.earlier.d.next = false;
        }
    }
}
