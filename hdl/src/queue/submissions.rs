//! Fetch of submissions: what is between head and tail of the submission ring comes in, in order.
//!
//! Algorithm: while entries are there and the buffer has room for a batch, a request of up to [`BATCH`] entries goes to the
//! reader, not beyond the end of the ring; several may be under way. Room is reserved by the request, so data are always taken, and other users of
//! the reader never wait for this one. `head` moves when an entry is in the buffer: the host may reuse its place. After a read error nothing
//! more is fetched or delivered, until a reset; what came before the bad entry is.
//!
//! Handshake: `doorbell` gives the tail; while `run` one outside the ring is not taken and reported by `bad_doorbell`, up for
//! one cycle, the cycle after. `valid` says whether the ring may be used; `run` is not given before. While `run` is down no request begins.
//! `request`, `data` and `entry` are ready/valid; `data_ready` is always up. The ring's registers must not change while entries are under way.
//! `empty`: no entry is left to fetch, on its way or in the buffer.
//!
//! Latency: two cycles from a doorbell to a request, one from the last beat of an entry to `entry_valid`; an entry a cycle.
//! Reset: `reset` puts head and tail to zero and forgets what is under way, with the reader. Starts so.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::RingCheck;
use crate::{
    bus::Fifo,
    word::{W64, W256, W512, bits_w64, bits_w512},
};

/// Most entries of a request.
pub const BATCH: u64 = 8;
/// Entries of the buffer.
pub const BUFFER: u64 = 16;

/// The block.
#[derive(LogicBlock, Default)]
pub struct SubmissionFetch {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// To the initial state.
    pub reset: Signal<In, Bit>,
    /// Requests may begin.
    pub run: Signal<In, Bit>,
    /// SQ_BASE.
    pub base: Signal<In, W64>,
    /// SQ_ENTRIES.
    pub entries: Signal<In, Bits<32>>,
    /// SQ_TAIL is written.
    pub doorbell: Signal<In, Bit>,
    /// With this.
    pub doorbell_tail: Signal<In, Bits<32>>,
    /// The ring is in range.
    pub valid: Signal<Out, Bit>,
    /// A doorbell was outside the ring.
    pub bad_doorbell: Signal<Out, Bit>,
    /// SQ_TAIL.
    pub tail: Signal<Out, Bits<32>>,
    /// SQ_HEAD.
    pub head: Signal<Out, Bits<16>>,
    /// Nothing is left.
    pub empty: Signal<Out, Bit>,
    /// Reader: a request.
    pub request_valid: Signal<Out, Bit>,
    /// Reader: it is taken.
    pub request_ready: Signal<In, Bit>,
    /// Reader: its address.
    pub request_address: Signal<Out, W64>,
    /// Reader: its beats.
    pub request_beats: Signal<Out, Bits<20>>,
    /// Reader: a beat.
    pub data_valid: Signal<In, Bit>,
    /// Reader: it is taken.
    pub data_ready: Signal<Out, Bit>,
    /// Reader: its bytes.
    pub data: Signal<In, W256>,
    /// Reader: they are not valid.
    pub data_error: Signal<In, Bit>,
    /// An entry is here.
    pub entry_valid: Signal<Out, Bit>,
    /// It is taken.
    pub entry_ready: Signal<In, Bit>,
    /// Its 64 bytes, the first one least significant.
    pub entry: Signal<Out, W512>,
    check: RingCheck,
    buffer: Fifo<W512, 4>,
    tail_index: DFF<Bits<32>>,
    head_index: DFF<Bits<32>>,
    /// Next entry to ask for.
    next_index: DFF<Bits<32>>,
    bad: DFF<Bit>,
    /// Places of the buffer that are taken or promised.
    reserved: DFF<Bits<8>>,
    asking: DFF<Bit>,
    ask_address: DFF<W64>,
    ask_beats: DFF<Bits<20>>,
    /// The first half of an entry is here.
    half: DFF<Bit>,
    half_data: DFF<W256>,
    failed: DFF<Bit>,
    available: Signal<Local, Bits<32>>,
    to_end: Signal<Local, Bits<32>>,
    batch: Signal<Local, Bits<32>>,
    count: Signal<Local, Bits<32>>,
    count_low: Signal<Local, Bits<8>>,
    added: Signal<Local, Bits<8>>,
    roomy: Signal<Local, Bits<8>>,
    has_room: Signal<Local, Bit>,
    asks: Signal<Local, Bit>,
    good: Signal<Local, Bit>,
    arrives: Signal<Local, Bit>,
    leaves: Signal<Local, Bit>,
    in_range: Signal<Local, Bit>,
    waits: Signal<Local, Bit>,
}

impl Logic for SubmissionFetch {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            tail_index,
            head_index,
            next_index,
            bad,
            reserved,
            asking,
            ask_address,
            ask_beats,
            half,
            half_data,
            failed
        );
        clock!(self, clock, buffer);
        self.check.base.next = self.base.val();
        self.check.entries.next = self.entries.val();
        self.check.head.next = self.head_index.q.val();
        self.check.tail.next = self.tail_index.q.val();
        self.valid.next = self.check.valid.val();

        // The doorbell.
        self.in_range.next = self.doorbell_tail.val() < self.entries.val();
        self.bad.d.next = self.doorbell.val() & self.run.val() & (!self.in_range.val());
        if self.doorbell.val() & (self.in_range.val() | (!self.run.val())) {
            self.tail_index.d.next = self.doorbell_tail.val();
        }
        self.bad_doorbell.next = self.bad.q.val();
        self.tail.next = self.tail_index.q.val();

        // A request.
        self.available.next = (self.tail_index.q.val() - self.next_index.q.val()) & self.check.mask.val();
        self.to_end.next = self.entries.val() - self.next_index.q.val();
        self.batch.next = bits::<32>(8);
        self.count.next = self.available.val();
        if self.count.val() > self.to_end.val() {
            self.count.next = self.to_end.val();
        }
        if self.count.val() > self.batch.val() {
            self.count.next = self.batch.val();
        }
        self.count_low.next = bit_cast::<8, 32>(self.count.val());
        self.roomy.next = bits::<8>(8);
        self.waits.next = self.tail_index.q.val() != self.next_index.q.val();
        self.has_room.next = self.reserved.q.val() <= self.roomy.val();
        self.asks.next =
            self.waits.val() & self.run.val() & (!self.failed.q.val()) & (!self.asking.q.val()) & self.has_room.val();
        if self.request_ready.val() {
            self.asking.d.next = false;
        }
        self.added.next = bits::<8>(0);
        if self.asks.val() {
            self.asking.d.next = true;
            self.ask_address.d.next = self.base.val() + (bits_w64(self.next_index.q.val()) << 6_u64);
            self.ask_beats.d.next = bit_cast::<20, 8>(self.count_low.val()) << bits::<20>(1);
            self.next_index.d.next = (self.next_index.q.val() + self.count.val()) & self.check.mask.val();
            self.added.next = self.count_low.val();
        }
        self.request_valid.next = self.asking.q.val();
        self.request_address.next = self.ask_address.q.val();
        self.request_beats.next = self.ask_beats.q.val();

        // Its data.
        self.data_ready.next = true;
        self.good.next = self.data_valid.val() & (!self.data_error.val()) & (!self.failed.q.val());
        self.arrives.next = self.good.val() & self.half.q.val();
        if self.data_valid.val() {
            self.half.d.next = !self.half.q.val();
            self.half_data.d.next = self.data.val();
            if self.data_error.val() {
                self.failed.d.next = true;
            }
        }
        if self.arrives.val() {
            self.head_index.d.next = (self.head_index.q.val() + bits::<32>(1)) & self.check.mask.val();
        }
        self.buffer.reset.next = self.reset.val();
        self.buffer.in_valid.next = self.arrives.val();
        self.buffer.in_data.next = (bits_w512(self.data.val()) << 256_u64) | bits_w512(self.half_data.q.val());
        self.head.next = bit_cast::<16, 32>(self.head_index.q.val());

        // Entries.
        self.leaves.next = self.buffer.out_valid.val() & self.entry_ready.val();
        self.buffer.out_ready.next = self.entry_ready.val();
        self.entry_valid.next = self.buffer.out_valid.val();
        self.entry.next = self.buffer.out_data.val();
        self.reserved.d.next = self.reserved.q.val() + self.added.val();
        if self.leaves.val() {
            self.reserved.d.next = self.reserved.q.val() + self.added.val() - bits::<8>(1);
        }
        self.empty.next = (!self.waits.val()) & (!self.reserved.q.val().any());

        if self.reset.val() {
            self.tail_index.d.next = bits::<32>(0);
            self.head_index.d.next = bits::<32>(0);
            self.next_index.d.next = bits::<32>(0);
            self.bad.d.next = false;
            self.reserved.d.next = bits::<8>(0);
            self.asking.d.next = false;
            self.half.d.next = false;
            self.failed.d.next = false;
        }
    }
}
