//! Whether the card runs, and what has stopped it.
//!
//! Algorithm: CONTROL starts the card if its rings are in range, and stops it. The first fault, of the bus, of a doorbell or of the
//! card itself, stops it until a reset: the error stands in the registers, raises an interrupt, and goes out as the last completion
//! if the ring can be written.
//!
//! Handshake: faults are up for one cycle. `stopped` is up for one cycle, the one after the fault. `completion` is ready/valid.
//! `shown_running` stays up after a stop until the bus is quiet. Latency: 1 cycle. Reset: `reset` clears everything; starts so.

use gaslane_abi::{codes::CardError, regs, ring::CompletionKind};
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::word::{W64, W512, bits_w512};

/// The block.
#[derive(LogicBlock)]
pub struct Control {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// To the initial state.
    pub reset: Signal<In, Bit>,
    /// CONTROL is written.
    pub control_write: Signal<In, Bit>,
    /// Its bit `run`.
    pub control_run: Signal<In, Bit>,
    /// The submission ring is in range.
    pub sq_valid: Signal<In, Bit>,
    /// The completion ring is in range.
    pub cq_valid: Signal<In, Bit>,
    /// Nothing is on the bus.
    pub quiet: Signal<In, Bit>,
    /// A read failed.
    pub read_fault: Signal<In, Bit>,
    /// Its address.
    pub read_address: Signal<In, W64>,
    /// A write failed.
    pub write_fault: Signal<In, Bit>,
    /// Its address.
    pub write_address: Signal<In, W64>,
    /// A submission doorbell was outside the ring.
    pub sq_bad_doorbell: Signal<In, Bit>,
    /// A completion doorbell was outside the ring.
    pub cq_bad_doorbell: Signal<In, Bit>,
    /// A completion doorbell was beyond what has been written.
    pub cq_overrun: Signal<In, Bit>,
    /// The card has found an error.
    pub card_fault: Signal<In, Bit>,
    /// Which, not 0.
    pub card_error: Signal<In, Bits<8>>,
    /// What it refers to.
    pub card_info: Signal<In, Bits<32>>,
    /// The card runs.
    pub running: Signal<Out, Bit>,
    /// STATUS says so.
    pub shown_running: Signal<Out, Bit>,
    /// Completions may be written.
    pub writing: Signal<Out, Bit>,
    /// An error has stopped the card.
    pub halted: Signal<Out, Bit>,
    /// ERROR.
    pub error: Signal<Out, Bits<8>>,
    /// ERROR_INFO.
    pub error_info: Signal<Out, Bits<32>>,
    /// It has just done so.
    pub stopped: Signal<Out, Bit>,
    /// The completion that says so.
    pub completion_valid: Signal<Out, Bit>,
    /// It is taken.
    pub completion_ready: Signal<In, Bit>,
    /// The completion.
    pub completion: Signal<Out, W512>,
    dma_fault: Constant<Bits<8>>,
    bad_ring: Constant<Bits<8>>,
    overrun: Constant<Bits<8>>,
    kind: Constant<Bits<8>>,
    sq_base: Constant<Bits<32>>,
    sq_tail: Constant<Bits<32>>,
    cq_base: Constant<Bits<32>>,
    cq_head: Constant<Bits<32>>,
    runs: DFF<Bit>,
    fault: DFF<Bit>,
    code: DFF<Bits<8>>,
    info: DFF<Bits<32>>,
    pulse: DFF<Bit>,
    telling: DFF<Bit>,
    starts: Signal<Local, Bit>,
    fails: Signal<Local, Bit>,
    new_code: Signal<Local, Bits<8>>,
    new_info: Signal<Local, Bits<32>>,
}

impl Default for Control {
    fn default() -> Self {
        let code = |error: CardError| Constant::new(u64::from(error as u8).into());
        let offset = |offset: u32| Constant::new(u64::from(offset).into());
        Self {
            clock: Default::default(),
            reset: Default::default(),
            control_write: Default::default(),
            control_run: Default::default(),
            sq_valid: Default::default(),
            cq_valid: Default::default(),
            quiet: Default::default(),
            read_fault: Default::default(),
            read_address: Default::default(),
            write_fault: Default::default(),
            write_address: Default::default(),
            sq_bad_doorbell: Default::default(),
            cq_bad_doorbell: Default::default(),
            cq_overrun: Default::default(),
            card_fault: Default::default(),
            card_error: Default::default(),
            card_info: Default::default(),
            running: Default::default(),
            shown_running: Default::default(),
            writing: Default::default(),
            halted: Default::default(),
            error: Default::default(),
            error_info: Default::default(),
            stopped: Default::default(),
            completion_valid: Default::default(),
            completion_ready: Default::default(),
            completion: Default::default(),
            dma_fault: code(CardError::DmaFault),
            bad_ring: code(CardError::BadRing),
            overrun: code(CardError::CompletionOverrun),
            kind: Constant::new(u64::from(CompletionKind::Error as u8).into()),
            sq_base: offset(regs::SQ_BASE),
            sq_tail: offset(regs::SQ_TAIL),
            cq_base: offset(regs::CQ_BASE),
            cq_head: offset(regs::CQ_HEAD),
            runs: Default::default(),
            fault: Default::default(),
            code: Default::default(),
            info: Default::default(),
            pulse: Default::default(),
            telling: Default::default(),
            starts: Default::default(),
            fails: Default::default(),
            new_code: Default::default(),
            new_info: Default::default(),
        }
    }
}

impl Logic for Control {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, runs, fault, code, info, pulse, telling);
        // The last assignment counts: what the card itself found goes first.
        self.starts.next =
            self.control_write.val() & self.control_run.val() & (!self.runs.q.val()) & (!self.fault.q.val());
        self.fails.next = false;
        self.new_code.next = self.bad_ring.val();
        self.new_info.next = self.cq_base.val();
        if self.starts.val() & (!self.cq_valid.val()) {
            self.fails.next = true;
        }
        if self.starts.val() & (!self.sq_valid.val()) {
            self.fails.next = true;
            self.new_info.next = self.sq_base.val();
        }
        if self.cq_overrun.val() {
            self.fails.next = true;
            self.new_code.next = self.overrun.val();
            self.new_info.next = self.cq_head.val();
        }
        if self.cq_bad_doorbell.val() {
            self.fails.next = true;
            self.new_code.next = self.bad_ring.val();
            self.new_info.next = self.cq_head.val();
        }
        if self.sq_bad_doorbell.val() {
            self.fails.next = true;
            self.new_code.next = self.bad_ring.val();
            self.new_info.next = self.sq_tail.val();
        }
        if self.write_fault.val() {
            self.fails.next = true;
            self.new_code.next = self.dma_fault.val();
            self.new_info.next = self.write_address.val().get_bits::<32>(0);
        }
        if self.read_fault.val() {
            self.fails.next = true;
            self.new_code.next = self.dma_fault.val();
            self.new_info.next = self.read_address.val().get_bits::<32>(0);
        }
        if self.card_fault.val() {
            self.fails.next = true;
            self.new_code.next = self.card_error.val();
            self.new_info.next = self.card_info.val();
        }

        if self.control_write.val() {
            self.runs.d.next = self.control_run.val() & (self.runs.q.val() | self.starts.val());
        }
        if self.completion_ready.val() {
            self.telling.d.next = false;
        }
        self.pulse.d.next = false;
        if self.fails.val() & (!self.fault.q.val()) {
            self.fault.d.next = true;
            self.runs.d.next = false;
            self.code.d.next = self.new_code.val();
            self.info.d.next = self.new_info.val();
            self.pulse.d.next = true;
            self.telling.d.next = true;
        }
        self.running.next = self.runs.q.val();
        self.shown_running.next = self.runs.q.val() | ((!self.quiet.val()) & (!self.fault.q.val()));
        self.writing.next = self.runs.q.val() | (self.fault.q.val() & self.cq_valid.val());
        self.halted.next = self.fault.q.val();
        self.error.next = self.code.q.val();
        self.error_info.next = self.info.q.val();
        self.stopped.next = self.pulse.q.val();
        self.completion_valid.next = self.telling.q.val();
        self.completion.next = bits_w512(self.kind.val())
            | (bits_w512(self.code.q.val()) << 8_u64)
            | (bits_w512(self.info.q.val()) << 32_u64);
        if self.reset.val() {
            self.runs.d.next = false;
            self.fault.d.next = false;
            self.code.d.next = bits::<8>(0);
            self.info.d.next = bits::<32>(0);
            self.pulse.d.next = false;
            self.telling.d.next = false;
        }
    }
}
