//! Several users of one writer: requests take turns with their data, and are told when they are done.
//!
//! Algorithm: a turn register names the user whose request may pass. It moves on to the next one that asks when that user's request
//! has passed or it does not ask: so each request waits for at most one of each other user. After a request its data
//! pass, as many beats as it has, and then the next request. The user's number is the tag.
//!
//! Handshake: `request`, `data` and `done` are ready/valid for each user; `request_ready` follows registers alone. A user that does not give
//! its data or does not notice that it is done holds up all others.
//! Latency: one cycle for a request whose turn it is, two for another one; none for data and `done`.
//! Reset: `reset` forgets the request that has not gone on, and the data that are missing; starts so.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::word::{W64, W256};

/// The arbiter of four users.
#[derive(LogicBlock, Default)]
pub struct WriteArbiter {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forget requests.
    pub reset: Signal<In, Bit>,
    /// User 0: a request.
    pub request_valid0: Signal<In, Bit>,
    /// User 0: it is taken.
    pub request_ready0: Signal<Out, Bit>,
    /// User 0: its address.
    pub request_address0: Signal<In, W64>,
    /// User 0: its beats.
    pub request_beats0: Signal<In, Bits<20>>,
    /// User 0: a beat.
    pub data_valid0: Signal<In, Bit>,
    /// User 0: it is taken.
    pub data_ready0: Signal<Out, Bit>,
    /// User 0: its bytes.
    pub data0: Signal<In, W256>,
    /// User 0: a request is done.
    pub done_valid0: Signal<Out, Bit>,
    /// User 0: this has been noticed.
    pub done_ready0: Signal<In, Bit>,
    /// User 1: a request.
    pub request_valid1: Signal<In, Bit>,
    /// User 1: it is taken.
    pub request_ready1: Signal<Out, Bit>,
    /// User 1: its address.
    pub request_address1: Signal<In, W64>,
    /// User 1: its beats.
    pub request_beats1: Signal<In, Bits<20>>,
    /// User 1: a beat.
    pub data_valid1: Signal<In, Bit>,
    /// User 1: it is taken.
    pub data_ready1: Signal<Out, Bit>,
    /// User 1: its bytes.
    pub data1: Signal<In, W256>,
    /// User 1: a request is done.
    pub done_valid1: Signal<Out, Bit>,
    /// User 1: this has been noticed.
    pub done_ready1: Signal<In, Bit>,
    /// User 2: a request.
    pub request_valid2: Signal<In, Bit>,
    /// User 2: it is taken.
    pub request_ready2: Signal<Out, Bit>,
    /// User 2: its address.
    pub request_address2: Signal<In, W64>,
    /// User 2: its beats.
    pub request_beats2: Signal<In, Bits<20>>,
    /// User 2: a beat.
    pub data_valid2: Signal<In, Bit>,
    /// User 2: it is taken.
    pub data_ready2: Signal<Out, Bit>,
    /// User 2: its bytes.
    pub data2: Signal<In, W256>,
    /// User 2: a request is done.
    pub done_valid2: Signal<Out, Bit>,
    /// User 2: this has been noticed.
    pub done_ready2: Signal<In, Bit>,
    /// User 3: a request.
    pub request_valid3: Signal<In, Bit>,
    /// User 3: it is taken.
    pub request_ready3: Signal<Out, Bit>,
    /// User 3: its address.
    pub request_address3: Signal<In, W64>,
    /// User 3: its beats.
    pub request_beats3: Signal<In, Bits<20>>,
    /// User 3: a beat.
    pub data_valid3: Signal<In, Bit>,
    /// User 3: it is taken.
    pub data_ready3: Signal<Out, Bit>,
    /// User 3: its bytes.
    pub data3: Signal<In, W256>,
    /// User 3: a request is done.
    pub done_valid3: Signal<Out, Bit>,
    /// User 3: this has been noticed.
    pub done_ready3: Signal<In, Bit>,
    /// Writer: a request.
    pub request_valid: Signal<Out, Bit>,
    /// Writer: it is taken.
    pub request_ready: Signal<In, Bit>,
    /// Writer: its address.
    pub request_address: Signal<Out, W64>,
    /// Writer: its beats.
    pub request_beats: Signal<Out, Bits<20>>,
    /// Writer: its tag.
    pub request_tag: Signal<Out, Bits<4>>,
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
    /// Writer: its tag.
    pub done_tag: Signal<In, Bits<4>>,
    turn: DFF<Bits<2>>,
    waiting: DFF<Bit>,
    address: DFF<W64>,
    beats: DFF<Bits<20>>,
    tag: DFF<Bits<4>>,
    /// Beats that the last request still has to give, and whose they are.
    left: DFF<Bits<20>>,
    owner: DFF<Bits<2>>,
    valids: [Signal<Local, Bit>; 4],
    numbers: [Signal<Local, Bits<2>>; 4],
    is_turn: [Signal<Local, Bit>; 4],
    free: Signal<Local, Bit>,
    turn_asks: Signal<Local, Bit>,
    passes: Signal<Local, Bit>,
    moves: Signal<Local, Bit>,
    /// The users behind the one whose turn it is.
    behind: [Signal<Local, Bits<2>>; 3],
    behind_asks: [Signal<Local, Bit>; 3],
    is_owner: [Signal<Local, Bit>; 4],
    is_done: [Signal<Local, Bit>; 4],
    done_user: Signal<Local, Bits<2>>,
    filling: Signal<Local, Bit>,
    beat_valid: Signal<Local, Bit>,
}

impl Logic for WriteArbiter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, turn, waiting, address, beats, tag, left, owner);
        self.valids[0].next = self.request_valid0.val();
        self.numbers[0].next = bits::<2>(0);
        self.valids[1].next = self.request_valid1.val();
        self.numbers[1].next = bits::<2>(1);
        self.valids[2].next = self.request_valid2.val();
        self.numbers[2].next = bits::<2>(2);
        self.valids[3].next = self.request_valid3.val();
        self.numbers[3].next = bits::<2>(3);
        self.filling.next = self.left.q.val().any();
        self.free.next = !self.waiting.q.val() & (!self.filling.val());
        self.turn_asks.next = false;
        for i in 0..4 {
            self.is_turn[i].next = self.turn.q.val() == self.numbers[i].val();
            if self.is_turn[i].val() & self.valids[i].val() {
                self.turn_asks.next = true;
            }
        }
        self.passes.next = self.turn_asks.val() & self.free.val();
        self.moves.next = self.passes.val() | (!self.turn_asks.val());

        // The next one that asks, the nearest last.
        self.behind[0].next = self.turn.q.val() + bits::<2>(3);
        self.behind[1].next = self.turn.q.val() + bits::<2>(2);
        self.behind[2].next = self.turn.q.val() + bits::<2>(1);
        for k in 0..3 {
            self.behind_asks[k].next = false;
            for i in 0..4 {
                if self.behind[k].val() == self.numbers[i].val() {
                    self.behind_asks[k].next = self.valids[i].val();
                }
            }
            if self.moves.val() & self.behind_asks[k].val() {
                self.turn.d.next = self.behind[k].val();
            }
        }

        // Requests.
        if self.request_ready.val() {
            self.waiting.d.next = false;
        }
        if self.free.val() {
            self.tag.d.next = bit_cast::<4, 2>(self.turn.q.val());
            self.owner.d.next = self.turn.q.val();
        }
        if self.passes.val() & self.is_turn[0].val() {
            self.address.d.next = self.request_address0.val();
            self.beats.d.next = self.request_beats0.val();
            self.left.d.next = self.request_beats0.val();
        }
        if self.passes.val() & self.is_turn[1].val() {
            self.address.d.next = self.request_address1.val();
            self.beats.d.next = self.request_beats1.val();
            self.left.d.next = self.request_beats1.val();
        }
        if self.passes.val() & self.is_turn[2].val() {
            self.address.d.next = self.request_address2.val();
            self.beats.d.next = self.request_beats2.val();
            self.left.d.next = self.request_beats2.val();
        }
        if self.passes.val() & self.is_turn[3].val() {
            self.address.d.next = self.request_address3.val();
            self.beats.d.next = self.request_beats3.val();
            self.left.d.next = self.request_beats3.val();
        }
        if self.passes.val() {
            self.waiting.d.next = true;
        }
        self.request_ready0.next = self.free.val() & self.is_turn[0].val();
        self.request_ready1.next = self.free.val() & self.is_turn[1].val();
        self.request_ready2.next = self.free.val() & self.is_turn[2].val();
        self.request_ready3.next = self.free.val() & self.is_turn[3].val();
        self.request_valid.next = self.waiting.q.val();
        self.request_address.next = self.address.q.val();
        self.request_beats.next = self.beats.q.val();
        self.request_tag.next = self.tag.q.val();

        // Data.
        for i in 0..4 {
            self.is_owner[i].next = self.owner.q.val() == self.numbers[i].val();
        }
        self.beat_valid.next = false;
        self.data.next = self.data0.val();
        if self.is_owner[0].val() {
            self.beat_valid.next = self.data_valid0.val() & self.filling.val();
            self.data.next = self.data0.val();
        }
        self.data_ready0.next = self.is_owner[0].val() & self.filling.val() & self.data_ready.val();
        if self.is_owner[1].val() {
            self.beat_valid.next = self.data_valid1.val() & self.filling.val();
            self.data.next = self.data1.val();
        }
        self.data_ready1.next = self.is_owner[1].val() & self.filling.val() & self.data_ready.val();
        if self.is_owner[2].val() {
            self.beat_valid.next = self.data_valid2.val() & self.filling.val();
            self.data.next = self.data2.val();
        }
        self.data_ready2.next = self.is_owner[2].val() & self.filling.val() & self.data_ready.val();
        if self.is_owner[3].val() {
            self.beat_valid.next = self.data_valid3.val() & self.filling.val();
            self.data.next = self.data3.val();
        }
        self.data_ready3.next = self.is_owner[3].val() & self.filling.val() & self.data_ready.val();
        self.data_valid.next = self.beat_valid.val();
        if self.beat_valid.val() & self.data_ready.val() {
            self.left.d.next = self.left.q.val() - bits::<20>(1);
        }

        // What is done.
        self.done_user.next = bit_cast::<2, 4>(self.done_tag.val());
        self.done_ready.next = false;
        for i in 0..4 {
            self.is_done[i].next = self.done_user.val() == self.numbers[i].val();
        }
        self.done_valid0.next = self.done_valid.val() & self.is_done[0].val();
        if self.is_done[0].val() {
            self.done_ready.next = self.done_ready0.val();
        }
        self.done_valid1.next = self.done_valid.val() & self.is_done[1].val();
        if self.is_done[1].val() {
            self.done_ready.next = self.done_ready1.val();
        }
        self.done_valid2.next = self.done_valid.val() & self.is_done[2].val();
        if self.is_done[2].val() {
            self.done_ready.next = self.done_ready2.val();
        }
        self.done_valid3.next = self.done_valid.val() & self.is_done[3].val();
        if self.is_done[3].val() {
            self.done_ready.next = self.done_ready3.val();
        }

        if self.reset.val() {
            self.waiting.d.next = false;
            self.left.d.next = bits::<20>(0);
        }
    }
}
