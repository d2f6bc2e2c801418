//! Writer of completions: entries go to the completion ring in order, each with its phase bit, and never over one that the host
//! has not consumed.
//!
//! Algorithm: the phase bit stands in the first half of an entry and must be written last. So a round writes, as requests
//! of one beat, the first half of one entry and the second half of the one behind it, and ends when the writer has reported both as done;
//! then the tail moves, `posted` is up for one cycle, and the next round goes on with the entry behind. Entries take their place and phase when
//! they come in; one place always stays free, and without a free one `completion_ready` is down. After a write error nothing more is
//! written, until a reset.
//!
//! Handshake: `doorbell` gives the head. While `run` one outside the ring is not taken and reported by `bad_doorbell`, one beyond what has
//! been written by `overrun`; each is up for one cycle, the cycle after. The host may see an entry before its write is done, so what is on
//! its way counts as written. `valid` says whether the ring may be used; `run` is not given before. While `run` is down no completion is taken and no
//! round begins. `completion`, `request`, `data` and `done` are ready/valid; `done_ready` is always up. The phase byte that comes in is ignored.
//! `stalled`: a completion finds no room. `empty`: nothing is inside.
//!
//! Latency: three cycles from a completion to the first request; two rounds to `posted`. A completion a round.
//! Reset: `reset` puts head and tail to zero and the phase to one, and forgets what is inside, with the writer. Starts so.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::RingCheck;
use crate::word::{W64, W256, W512, bits_w64, bits_w256, bits_w512};

/// The block.
#[derive(LogicBlock)]
pub struct CompletionWriter {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// To the initial state.
    pub reset: Signal<In, Bit>,
    /// Completions may be taken and rounds begin.
    pub run: Signal<In, Bit>,
    /// CQ_BASE.
    pub base: Signal<In, W64>,
    /// CQ_ENTRIES.
    pub entries: Signal<In, Bits<32>>,
    /// CQ_HEAD is written.
    pub doorbell: Signal<In, Bit>,
    /// With this.
    pub doorbell_head: Signal<In, Bits<32>>,
    /// The ring is in range.
    pub valid: Signal<Out, Bit>,
    /// A doorbell was outside the ring.
    pub bad_doorbell: Signal<Out, Bit>,
    /// A doorbell was beyond what has been written.
    pub overrun: Signal<Out, Bit>,
    /// CQ_HEAD.
    pub head: Signal<Out, Bits<32>>,
    /// CQ_TAIL.
    pub tail: Signal<Out, Bits<16>>,
    /// A completion is there.
    pub completion_valid: Signal<In, Bit>,
    /// It is taken.
    pub completion_ready: Signal<Out, Bit>,
    /// Its 64 bytes, the first one least significant.
    pub completion: Signal<In, W512>,
    /// An entry has been written.
    pub posted: Signal<Out, Bit>,
    /// A completion finds no room.
    pub stalled: Signal<Out, Bit>,
    /// Nothing is inside.
    pub empty: Signal<Out, Bit>,
    /// Writer: a request.
    pub request_valid: Signal<Out, Bit>,
    /// Writer: it is taken.
    pub request_ready: Signal<In, Bit>,
    /// Writer: its address.
    pub request_address: Signal<Out, W64>,
    /// Writer: its beats.
    pub request_beats: Signal<Out, Bits<20>>,
    /// Writer: a beat.
    pub data_valid: Signal<Out, Bit>,
    /// Writer: it is taken.
    pub data_ready: Signal<In, Bit>,
    /// Writer: its bytes.
    pub data: Signal<Out, W256>,
    /// Writer: a request is done.
    pub done_valid: Signal<In, Bit>,
    /// Writer: this has been noticed.
    pub done_ready: Signal<Out, Bit>,
    /// Writer: it was not written.
    pub done_error: Signal<In, Bit>,
    /// All bits but those of the phase byte.
    not_phase: Constant<W512>,
    check: RingCheck,
    head_index: DFF<Bits<32>>,
    tail_index: DFF<Bits<32>>,
    /// Place of the next completion that comes in.
    next_index: DFF<Bits<32>>,
    /// The phase bit of this pass is 0.
    odd_pass: DFF<Bit>,
    bad: DFF<Bit>,
    over: DFF<Bit>,
    // The entry that came in last, and the one before it, whose second half has been written.
    upper_here: DFF<Bit>,
    upper_place: DFF<W64>,
    upper_data: DFF<W512>,
    lower_here: DFF<Bit>,
    lower_place: DFF<W64>,
    lower_data: DFF<W256>,
    // A round: what is part of it, what has not been asked for, what is not done.
    round: DFF<Bit>,
    round_upper: DFF<Bit>,
    send_upper: DFF<Bit>,
    send_lower: DFF<Bit>,
    /// The first half of an entry may be in memory.
    lower_out: DFF<Bit>,
    undone: DFF<Bits<2>>,
    asking: DFF<Bit>,
    giving: DFF<Bit>,
    place: DFF<W64>,
    bytes: DFF<W256>,
    failed: DFF<Bit>,
    done_one: DFF<Bit>,
    after_next: Signal<Local, Bits<32>>,
    room: Signal<Local, Bit>,
    ready: Signal<Local, Bit>,
    take: Signal<Local, Bit>,
    phase: Signal<Local, Bit>,
    phase_word: Signal<Local, W512>,
    sent: Signal<Local, Bits<32>>,
    used: Signal<Local, Bits<32>>,
    consumed: Signal<Local, Bits<32>>,
    in_range: Signal<Local, Bit>,
    possible: Signal<Local, Bit>,
    sends: Signal<Local, Bit>,
    ends: Signal<Local, Bit>,
    starts: Signal<Local, Bit>,
}

impl Default for CompletionWriter {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            run: Default::default(),
            base: Default::default(),
            entries: Default::default(),
            doorbell: Default::default(),
            doorbell_head: Default::default(),
            valid: Default::default(),
            bad_doorbell: Default::default(),
            overrun: Default::default(),
            head: Default::default(),
            tail: Default::default(),
            completion_valid: Default::default(),
            completion_ready: Default::default(),
            completion: Default::default(),
            posted: Default::default(),
            stalled: Default::default(),
            empty: Default::default(),
            request_valid: Default::default(),
            request_ready: Default::default(),
            request_address: Default::default(),
            request_beats: Default::default(),
            data_valid: Default::default(),
            data_ready: Default::default(),
            data: Default::default(),
            done_valid: Default::default(),
            done_ready: Default::default(),
            done_error: Default::default(),
            not_phase: Constant::new(!W512::from_limbs([0xff00_0000, 0, 0, 0, 0, 0, 0, 0])),
            check: Default::default(),
            head_index: Default::default(),
            tail_index: Default::default(),
            next_index: Default::default(),
            odd_pass: Default::default(),
            bad: Default::default(),
            over: Default::default(),
            upper_here: Default::default(),
            upper_place: Default::default(),
            upper_data: Default::default(),
            lower_here: Default::default(),
            lower_place: Default::default(),
            lower_data: Default::default(),
            round: Default::default(),
            round_upper: Default::default(),
            send_upper: Default::default(),
            send_lower: Default::default(),
            lower_out: Default::default(),
            undone: Default::default(),
            asking: Default::default(),
            giving: Default::default(),
            place: Default::default(),
            bytes: Default::default(),
            failed: Default::default(),
            done_one: Default::default(),
            after_next: Default::default(),
            room: Default::default(),
            ready: Default::default(),
            take: Default::default(),
            phase: Default::default(),
            phase_word: Default::default(),
            sent: Default::default(),
            used: Default::default(),
            consumed: Default::default(),
            in_range: Default::default(),
            possible: Default::default(),
            sends: Default::default(),
            ends: Default::default(),
            starts: Default::default(),
        }
    }
}

impl Logic for CompletionWriter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            head_index,
            tail_index,
            next_index,
            odd_pass,
            bad,
            over,
            upper_here,
            upper_place,
            upper_data,
            lower_here,
            lower_place,
            lower_data,
            round,
            round_upper,
            send_upper,
            send_lower,
            lower_out,
            undone,
            asking,
            giving,
            place,
            bytes,
            failed,
            done_one
        );
        self.check.base.next = self.base.val();
        self.check.entries.next = self.entries.val();
        self.check.head.next = self.head_index.q.val();
        self.check.tail.next = self.tail_index.q.val();
        self.valid.next = self.check.valid.val();

        // The doorbell.
        self.sent.next = self.tail_index.q.val();
        if self.lower_out.q.val() {
            self.sent.next = self.tail_index.q.val() + bits::<32>(1);
        }
        self.used.next = (self.sent.val() - self.head_index.q.val()) & self.check.mask.val();
        self.consumed.next = (self.doorbell_head.val() - self.head_index.q.val()) & self.check.mask.val();
        self.in_range.next = self.doorbell_head.val() < self.entries.val();
        self.possible.next = self.consumed.val() <= self.used.val();
        self.bad.d.next = self.doorbell.val() & self.run.val() & (!self.in_range.val());
        self.over.d.next = self.doorbell.val() & self.run.val() & self.in_range.val() & (!self.possible.val());
        if self.doorbell.val() & ((self.in_range.val() & self.possible.val()) | (!self.run.val())) {
            self.head_index.d.next = self.doorbell_head.val();
        }
        self.bad_doorbell.next = self.bad.q.val();
        self.overrun.next = self.over.q.val();
        self.head.next = self.head_index.q.val();
        self.tail.next = bit_cast::<16, 32>(self.tail_index.q.val());

        // A completion comes in.
        self.after_next.next = (self.next_index.q.val() + bits::<32>(1)) & self.check.mask.val();
        self.room.next = self.after_next.val() != self.head_index.q.val();
        self.ready.next = self.run.val() & (!self.upper_here.q.val()) & self.room.val() & (!self.failed.q.val());
        self.take.next = self.completion_valid.val() & self.ready.val();
        self.phase.next = !self.odd_pass.q.val();
        self.phase_word.next = bits_w512(self.phase.val()) << 24_u64;
        if self.take.val() {
            self.upper_here.d.next = true;
            self.upper_place.d.next = self.base.val() + (bits_w64(self.next_index.q.val()) << 6_u64);
            self.upper_data.d.next = (self.completion.val() & self.not_phase.val()) | self.phase_word.val();
            self.next_index.d.next = self.after_next.val();
            if !self.after_next.val().any() {
                self.odd_pass.d.next = !self.odd_pass.q.val();
            }
        }
        self.completion_ready.next = self.ready.val();
        self.stalled.next = self.completion_valid.val() & (!self.room.val());
        self.empty.next = (!self.upper_here.q.val()) & (!self.lower_here.q.val());

        // A round begins; not in the cycle in which a completion comes that can be part of it.
        self.starts.next = (!self.round.q.val())
            & (self.upper_here.q.val() | self.lower_here.q.val())
            & self.run.val()
            & (!self.take.val())
            & (!self.failed.q.val());
        if self.starts.val() {
            self.round.d.next = true;
            self.round_upper.d.next = self.upper_here.q.val();
            self.send_upper.d.next = self.upper_here.q.val();
            self.send_lower.d.next = self.lower_here.q.val();
        }

        // Its requests, each with its beat.
        if self.request_ready.val() {
            self.asking.d.next = false;
        }
        if self.data_ready.val() {
            self.giving.d.next = false;
        }
        self.sends.next =
            (self.send_lower.q.val() | self.send_upper.q.val()) & (!self.asking.q.val()) & (!self.giving.q.val());
        if self.sends.val() {
            self.asking.d.next = true;
            self.giving.d.next = true;
            if self.send_lower.q.val() {
                self.send_lower.d.next = false;
                self.lower_out.d.next = true;
                self.place.d.next = self.lower_place.q.val();
                self.bytes.d.next = self.lower_data.q.val();
            } else {
                self.send_upper.d.next = false;
                self.place.d.next = self.upper_place.q.val() + bits_w64(bits::<8>(32));
                self.bytes.d.next = self.upper_data.q.val().get_value_high256();
            }
        }
        if self.sends.val() & (!self.done_valid.val()) {
            self.undone.d.next = self.undone.q.val() + bits::<2>(1);
        }
        if self.done_valid.val() & (!self.sends.val()) {
            self.undone.d.next = self.undone.q.val() - bits::<2>(1);
        }
        if self.done_valid.val() & self.done_error.val() {
            self.failed.d.next = true;
        }
        self.request_valid.next = self.asking.q.val();
        self.request_address.next = self.place.q.val();
        self.request_beats.next = bits::<20>(1);
        self.data_valid.next = self.giving.q.val();
        self.data.next = self.bytes.q.val();
        self.done_ready.next = true;

        // Its end.
        self.ends.next = self.round.q.val()
            & (!self.send_lower.q.val())
            & (!self.send_upper.q.val())
            & (!self.undone.q.val().any())
            & (!self.failed.q.val());
        self.done_one.d.next = false;
        if self.ends.val() {
            self.round.d.next = false;
            self.lower_out.d.next = false;
            self.lower_here.d.next = self.round_upper.q.val();
            if self.lower_here.q.val() {
                self.tail_index.d.next = (self.tail_index.q.val() + bits::<32>(1)) & self.check.mask.val();
                self.done_one.d.next = true;
            }
            if self.round_upper.q.val() {
                self.upper_here.d.next = false;
                self.lower_place.d.next = self.upper_place.q.val();
                self.lower_data.d.next = bits_w256(self.upper_data.q.val());
            }
        }
        self.posted.next = self.done_one.q.val();

        if self.reset.val() {
            self.head_index.d.next = bits::<32>(0);
            self.tail_index.d.next = bits::<32>(0);
            self.next_index.d.next = bits::<32>(0);
            self.odd_pass.d.next = false;
            self.bad.d.next = false;
            self.over.d.next = false;
            self.upper_here.d.next = false;
            self.lower_here.d.next = false;
            self.round.d.next = false;
            self.send_upper.d.next = false;
            self.send_lower.d.next = false;
            self.lower_out.d.next = false;
            self.undone.d.next = bits::<2>(0);
            self.asking.d.next = false;
            self.giving.d.next = false;
            self.failed.d.next = false;
            self.done_one.d.next = false;
        }
    }
}
