//! Writes to host memory: the write half of an AXI4 manager with 256 data bits.
//!
//! Algorithm: a request is cut into INCR bursts ([`crate::bus::bursts`]), which go out a burst a cycle while fewer than the
//! limit are on the bus. Data follow, those of a burst only after its address; all bytes are written. All bursts have one ID, so responses
//! come in order, and a walk over the queued requests counts them: a request is `done` when every burst of it has been
//! answered. An error response is reported by `fault` and by `done_error`; the rest goes on as if nothing had been.
//!
//! Handshake: `request`, `data` and `done` are ready/valid. Data are those of the requests in their order, and a user has to
//! give as many beats as it has announced; `done` comes in the order of the requests too. The low five bits of an address
//! are ignored. A request of no beats is done at once. `fault` is up for one cycle for each bad burst, the cycle after its
//! response, with the address of the burst. While `run` is down no burst begins, those that have begun want their data;
//! `quiet` says that none is on the bus. A response that nobody waits for is not taken.
//!
//! Latency: two cycles from a request to AWVALID and to the first `data_ready`, one from `data_valid` to WVALID, one from the
//! last BVALID to `done_valid`. A beat a cycle; a request is taken when the addresses and data of the one before have left.
//! Reset: `reset` forgets everything, also what is on the bus: only together with the bus, or when `quiet`. Starts so.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::{
    BURSTS_OUTSTANDING, BurstWalk, Fifo, Slice,
    request::{RequestWord, WriteWord, bits_request, bits_write},
};
use crate::word::{W64, W256, bits_w64};

/// The block.
#[derive(LogicBlock)]
pub struct HostWriter {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forget everything.
    pub reset: Signal<In, Bit>,
    /// Bursts may begin.
    pub run: Signal<In, Bit>,
    /// No burst is on the bus.
    pub quiet: Signal<Out, Bit>,
    /// A request is there.
    pub request_valid: Signal<In, Bit>,
    /// It is taken.
    pub request_ready: Signal<Out, Bit>,
    /// Address of its first beat.
    pub request_address: Signal<In, W64>,
    /// How many beats.
    pub request_beats: Signal<In, Bits<20>>,
    /// Comes back when it is done.
    pub request_tag: Signal<In, Bits<4>>,
    /// A beat is there.
    pub data_valid: Signal<In, Bit>,
    /// It is taken.
    pub data_ready: Signal<Out, Bit>,
    /// Its bytes, the first one least significant.
    pub data: Signal<In, W256>,
    /// A request is done.
    pub done_valid: Signal<Out, Bit>,
    /// This has been noticed.
    pub done_ready: Signal<In, Bit>,
    /// Its tag.
    pub done_tag: Signal<Out, Bits<4>>,
    /// A part of it was not written.
    pub done_error: Signal<Out, Bit>,
    /// A burst was bad.
    pub fault: Signal<Out, Bit>,
    /// Its address.
    pub fault_address: Signal<Out, W64>,
    /// AXI.
    pub awvalid: Signal<Out, Bit>,
    /// AXI.
    pub awready: Signal<In, Bit>,
    /// AXI.
    pub awid: Signal<Out, Bits<4>>,
    /// AXI.
    pub awaddr: Signal<Out, W64>,
    /// AXI.
    pub awlen: Signal<Out, Bits<8>>,
    /// AXI: 32 bytes.
    pub awsize: Signal<Out, Bits<3>>,
    /// AXI: INCR.
    pub awburst: Signal<Out, Bits<2>>,
    /// AXI.
    pub wvalid: Signal<Out, Bit>,
    /// AXI.
    pub wready: Signal<In, Bit>,
    /// AXI.
    pub wdata: Signal<Out, W256>,
    /// AXI: all bytes.
    pub wstrb: Signal<Out, Bits<32>>,
    /// AXI.
    pub wlast: Signal<Out, Bit>,
    /// AXI.
    pub bvalid: Signal<In, Bit>,
    /// AXI.
    pub bready: Signal<Out, Bit>,
    /// AXI.
    pub bresp: Signal<In, Bits<2>>,
    limit: Constant<Bits<8>>,
    /// Walk of the bursts that go out.
    out: BurstWalk,
    /// Walk of the beats that go out.
    fill: BurstWalk,
    /// Walk of the responses that come back.
    back: BurstWalk,
    /// Requests whose responses have not begun to come.
    queue: Fifo<RequestWord, 2>,
    slice: Slice<WriteWord>,
    tag: DFF<Bits<4>>,
    outstanding: DFF<Bits<8>>,
    /// Bursts that have gone out and miss data.
    open: DFF<Bits<8>>,
    address_valid: DFF<Bit>,
    address: DFF<W64>,
    length: DFF<Bits<8>>,
    done: DFF<Bit>,
    failed: DFF<Bit>,
    bad: DFF<Bit>,
    bad_address: DFF<W64>,
    take: Signal<Local, Bit>,
    ready: Signal<Local, Bit>,
    allowed: Signal<Local, Bit>,
    issue: Signal<Local, Bit>,
    data_open: Signal<Local, Bit>,
    beat: Signal<Local, Bit>,
    burst_filled: Signal<Local, Bit>,
    answer: Signal<Local, Bit>,
    load: Signal<Local, Bit>,
    load_beats: Signal<Local, Bits<20>>,
    beat_index: Signal<Local, W64>,
    masked: Signal<Local, W64>,
}

impl HostWriter {
    /// A writer that has at most `bursts` bursts on the bus, 1 to 255.
    pub fn new(bursts: u64) -> Self {
        assert!((1..=255).contains(&bursts), "bursts on the bus: 1 to 255");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            run: Default::default(),
            quiet: Default::default(),
            request_valid: Default::default(),
            request_ready: Default::default(),
            request_address: Default::default(),
            request_beats: Default::default(),
            request_tag: Default::default(),
            data_valid: Default::default(),
            data_ready: Default::default(),
            data: Default::default(),
            done_valid: Default::default(),
            done_ready: Default::default(),
            done_tag: Default::default(),
            done_error: Default::default(),
            fault: Default::default(),
            fault_address: Default::default(),
            awvalid: Default::default(),
            awready: Default::default(),
            awid: Default::default(),
            awaddr: Default::default(),
            awlen: Default::default(),
            awsize: Default::default(),
            awburst: Default::default(),
            wvalid: Default::default(),
            wready: Default::default(),
            wdata: Default::default(),
            wstrb: Default::default(),
            wlast: Default::default(),
            bvalid: Default::default(),
            bready: Default::default(),
            bresp: Default::default(),
            limit: Constant::new(bursts.into()),
            out: Default::default(),
            fill: Default::default(),
            back: Default::default(),
            queue: Default::default(),
            slice: Default::default(),
            tag: Default::default(),
            outstanding: Default::default(),
            open: Default::default(),
            address_valid: Default::default(),
            address: Default::default(),
            length: Default::default(),
            done: Default::default(),
            failed: Default::default(),
            bad: Default::default(),
            bad_address: Default::default(),
            take: Default::default(),
            ready: Default::default(),
            allowed: Default::default(),
            issue: Default::default(),
            data_open: Default::default(),
            beat: Default::default(),
            burst_filled: Default::default(),
            answer: Default::default(),
            load: Default::default(),
            load_beats: Default::default(),
            beat_index: Default::default(),
            masked: Default::default(),
        }
    }
}

impl Default for HostWriter {
    fn default() -> Self {
        Self::new(BURSTS_OUTSTANDING)
    }
}

impl Logic for HostWriter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, tag, outstanding, open, address_valid, address, length, done, failed, bad, bad_address);
        clock!(self, clock, out, fill, back, queue, slice);
        self.out.reset.next = self.reset.val();
        self.fill.reset.next = self.reset.val();
        self.back.reset.next = self.reset.val();
        self.queue.reset.next = self.reset.val();
        self.slice.reset.next = self.reset.val();

        // A request.
        self.ready.next = (!self.out.active.val()) & (!self.fill.active.val()) & self.queue.in_ready.val();
        self.take.next = self.request_valid.val() & self.ready.val();
        self.beat_index.next = self.request_address.val() >> 5_u64;
        self.masked.next = self.beat_index.val() << 5_u64;
        self.out.load.next = self.take.val();
        self.out.load_address.next = self.masked.val();
        self.out.load_beats.next = self.request_beats.val();
        self.fill.load.next = self.take.val();
        self.fill.load_address.next = self.masked.val();
        self.fill.load_beats.next = self.request_beats.val();
        self.queue.in_valid.next = self.take.val();
        self.queue.in_data.next = bits_request(self.masked.val())
            | (bits_request(self.request_beats.val()) << 64_u64)
            | (bits_request(self.request_tag.val()) << 84_u64);
        self.request_ready.next = self.ready.val();

        // Addresses go out.
        self.allowed.next = self.outstanding.q.val() < self.limit.val();
        self.issue.next = self.out.active.val()
            & self.run.val()
            & ((!self.address_valid.q.val()) | self.awready.val())
            & self.allowed.val();
        if self.awready.val() {
            self.address_valid.d.next = false;
        }
        if self.issue.val() {
            self.address_valid.d.next = true;
            self.address.d.next = self.out.address.val();
            self.length.d.next = bit_cast::<8, 5>(self.out.length.val()) - bits::<8>(1);
        }
        self.out.step_burst.next = self.issue.val();
        self.out.step_beat.next = false;
        self.awvalid.next = self.address_valid.q.val();
        self.awid.next = bits::<4>(0);
        self.awaddr.next = self.address.q.val();
        self.awlen.next = self.length.q.val();
        self.awsize.next = bits::<3>(5);
        self.awburst.next = bits::<2>(1);

        // Data go out.
        self.data_open.next = self.open.q.val().any();
        self.beat.next = self.data_valid.val() & self.data_open.val() & self.slice.in_ready.val();
        self.burst_filled.next = self.beat.val() & self.fill.burst_ends.val();
        self.fill.step_beat.next = self.beat.val();
        self.fill.step_burst.next = false;
        self.slice.in_valid.next = self.beat.val();
        self.slice.in_data.next = bits_write(self.data.val()) | (bits_write(self.fill.burst_ends.val()) << 256_u64);
        self.data_ready.next = self.data_open.val() & self.slice.in_ready.val();
        self.wvalid.next = self.slice.out_valid.val();
        self.slice.out_ready.next = self.wready.val();
        self.wdata.next = self.slice.out_data.val().get_value_low256();
        self.wstrb.next = bits::<32>(0xffff_ffff_u64);
        self.wlast.next = self.slice.out_data.val().get_bit(256);

        // Responses come back.
        self.answer.next = self.bvalid.val() & self.back.active.val();
        self.back.step_burst.next = self.answer.val();
        self.back.step_beat.next = false;
        self.bad.d.next = self.answer.val() & self.bresp.val().any();
        self.bad_address.d.next = self.back.address.val();
        self.bready.next = self.back.active.val();
        self.load.next = self.queue.out_valid.val() & (!self.back.active.val()) & (!self.done.q.val());
        self.load_beats.next = self.queue.out_data.val().get_bits::<20>(64);
        self.queue.out_ready.next = self.load.val();
        self.back.load.next = self.load.val();
        self.back.load_address.next = bits_w64(self.queue.out_data.val());
        self.back.load_beats.next = self.load_beats.val();
        if self.done_ready.val() {
            self.done.d.next = false;
        }
        if self.answer.val() {
            self.failed.d.next = self.failed.q.val() | self.bresp.val().any();
            if self.back.burst_is_last.val() {
                self.done.d.next = true;
            }
        }
        if self.load.val() {
            self.tag.d.next = self.queue.out_data.val().get_bits::<4>(84);
            self.failed.d.next = false;
            self.done.d.next = !self.load_beats.val().any();
        }
        self.done_valid.next = self.done.q.val();
        self.done_tag.next = self.tag.q.val();
        self.done_error.next = self.failed.q.val();
        self.fault.next = self.bad.q.val();
        self.fault_address.next = self.bad_address.q.val();

        if self.issue.val() & (!self.answer.val()) {
            self.outstanding.d.next = self.outstanding.q.val() + bits::<8>(1);
        }
        if self.answer.val() & (!self.issue.val()) {
            self.outstanding.d.next = self.outstanding.q.val() - bits::<8>(1);
        }
        if self.issue.val() & (!self.burst_filled.val()) {
            self.open.d.next = self.open.q.val() + bits::<8>(1);
        }
        if self.burst_filled.val() & (!self.issue.val()) {
            self.open.d.next = self.open.q.val() - bits::<8>(1);
        }
        self.quiet.next = !self.outstanding.q.val().any();

        if self.reset.val() {
            self.outstanding.d.next = bits::<8>(0);
            self.open.d.next = bits::<8>(0);
            self.address_valid.d.next = false;
            self.done.d.next = false;
            self.bad.d.next = false;
        }
    }
}
