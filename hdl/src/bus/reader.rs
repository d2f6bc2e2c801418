//! Reads of host memory: the read half of an AXI4 manager with 256 data bits.
//!
//! Algorithm: a request is cut into INCR bursts ([`crate::bus::bursts`]), which go out a burst a cycle while fewer than the
//! limit are on the bus. All have one ID, so data come back in order; a second walk over the queued requests knows
//! which beat is which. A beat with an error response, or whose RLAST is not where it should be, is delivered like the others
//! with `data_error`, and reported by `fault`: every request ends, whatever the responses say.
//!
//! Handshake: `request` and `data` are ready/valid, and `data` comes in the order of the requests, with the request's tag. The low five bits of
//! an address are ignored. A request of no beats is taken and forgotten. `fault` is up for one cycle for each bad beat, the
//! cycle after it came, with its address. While `run` is down no burst begins; `quiet` says that none is on the bus.
//! AXI: as many beats as were asked for are expected; a beat that nobody asked for is dropped.
//!
//! Latency: two cycles from a request to ARVALID, one from RVALID to `data_valid`. A beat a cycle; between requests AR pauses for a cycle.
//! Reset: `reset` forgets everything, also what is on the bus: only together with the bus, or when `quiet`. Starts so.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::{
    BURSTS_OUTSTANDING, BurstWalk, Fifo, Slice,
    request::{ReadWord, RequestWord, bits_read, bits_request},
};
use crate::word::{W64, W256, bits_w64};

/// The block.
#[derive(LogicBlock)]
pub struct HostReader {
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
    /// Comes back with the data.
    pub request_tag: Signal<In, Bits<4>>,
    /// A beat is here.
    pub data_valid: Signal<Out, Bit>,
    /// It is taken.
    pub data_ready: Signal<In, Bit>,
    /// Its bytes, the first one least significant.
    pub data: Signal<Out, W256>,
    /// Tag of its request.
    pub data_tag: Signal<Out, Bits<4>>,
    /// It is the last one of its request.
    pub data_last: Signal<Out, Bit>,
    /// Its bytes are not valid.
    pub data_error: Signal<Out, Bit>,
    /// A beat was bad.
    pub fault: Signal<Out, Bit>,
    /// Its address.
    pub fault_address: Signal<Out, W64>,
    /// AXI.
    pub arvalid: Signal<Out, Bit>,
    /// AXI.
    pub arready: Signal<In, Bit>,
    /// AXI.
    pub arid: Signal<Out, Bits<4>>,
    /// AXI.
    pub araddr: Signal<Out, W64>,
    /// AXI.
    pub arlen: Signal<Out, Bits<8>>,
    /// AXI: 32 bytes.
    pub arsize: Signal<Out, Bits<3>>,
    /// AXI: INCR.
    pub arburst: Signal<Out, Bits<2>>,
    /// AXI.
    pub rvalid: Signal<In, Bit>,
    /// AXI.
    pub rready: Signal<Out, Bit>,
    /// AXI.
    pub rdata: Signal<In, W256>,
    /// AXI.
    pub rresp: Signal<In, Bits<2>>,
    /// AXI.
    pub rlast: Signal<In, Bit>,
    limit: Constant<Bits<8>>,
    /// Walk of the bursts that go out.
    out: BurstWalk,
    /// Walk of the beats that come back.
    back: BurstWalk,
    /// Requests whose data have not begun to come.
    queue: Fifo<RequestWord, 2>,
    slice: Slice<ReadWord>,
    tag: DFF<Bits<4>>,
    outstanding: DFF<Bits<8>>,
    address_valid: DFF<Bit>,
    address: DFF<W64>,
    length: DFF<Bits<8>>,
    bad: DFF<Bit>,
    bad_address: DFF<W64>,
    take: Signal<Local, Bit>,
    ready: Signal<Local, Bit>,
    allowed: Signal<Local, Bit>,
    issue: Signal<Local, Bit>,
    beat: Signal<Local, Bit>,
    burst_done: Signal<Local, Bit>,
    error: Signal<Local, Bit>,
    load: Signal<Local, Bit>,
    beat_index: Signal<Local, W64>,
    masked: Signal<Local, W64>,
}

impl HostReader {
    /// A reader that has at most `bursts` bursts on the bus, 1 to 255.
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
            data_tag: Default::default(),
            data_last: Default::default(),
            data_error: Default::default(),
            fault: Default::default(),
            fault_address: Default::default(),
            arvalid: Default::default(),
            arready: Default::default(),
            arid: Default::default(),
            araddr: Default::default(),
            arlen: Default::default(),
            arsize: Default::default(),
            arburst: Default::default(),
            rvalid: Default::default(),
            rready: Default::default(),
            rdata: Default::default(),
            rresp: Default::default(),
            rlast: Default::default(),
            limit: Constant::new(bursts.into()),
            out: Default::default(),
            back: Default::default(),
            queue: Default::default(),
            slice: Default::default(),
            tag: Default::default(),
            outstanding: Default::default(),
            address_valid: Default::default(),
            address: Default::default(),
            length: Default::default(),
            bad: Default::default(),
            bad_address: Default::default(),
            take: Default::default(),
            ready: Default::default(),
            allowed: Default::default(),
            issue: Default::default(),
            beat: Default::default(),
            burst_done: Default::default(),
            error: Default::default(),
            load: Default::default(),
            beat_index: Default::default(),
            masked: Default::default(),
        }
    }
}

impl Default for HostReader {
    fn default() -> Self {
        Self::new(BURSTS_OUTSTANDING)
    }
}

impl Logic for HostReader {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, tag, outstanding, address_valid, address, length, bad, bad_address);
        clock!(self, clock, out, back, queue, slice);
        self.out.reset.next = self.reset.val();
        self.back.reset.next = self.reset.val();
        self.queue.reset.next = self.reset.val();
        self.slice.reset.next = self.reset.val();

        // A request.
        self.ready.next = (!self.out.active.val()) & self.queue.in_ready.val();
        self.take.next = self.request_valid.val() & self.ready.val();
        self.beat_index.next = self.request_address.val() >> 5_u64;
        self.masked.next = self.beat_index.val() << 5_u64;
        self.out.load.next = self.take.val();
        self.out.load_address.next = self.masked.val();
        self.out.load_beats.next = self.request_beats.val();
        self.queue.in_valid.next = self.take.val() & self.request_beats.val().any();
        self.queue.in_data.next = bits_request(self.masked.val())
            | (bits_request(self.request_beats.val()) << 64_u64)
            | (bits_request(self.request_tag.val()) << 84_u64);
        self.request_ready.next = self.ready.val();

        // Bursts go out.
        self.allowed.next = self.outstanding.q.val() < self.limit.val();
        self.issue.next = self.out.active.val()
            & self.run.val()
            & ((!self.address_valid.q.val()) | self.arready.val())
            & self.allowed.val();
        if self.arready.val() {
            self.address_valid.d.next = false;
        }
        if self.issue.val() {
            self.address_valid.d.next = true;
            self.address.d.next = self.out.address.val();
            self.length.d.next = bit_cast::<8, 5>(self.out.length.val()) - bits::<8>(1);
        }
        self.out.step_burst.next = self.issue.val();
        self.out.step_beat.next = false;
        self.arvalid.next = self.address_valid.q.val();
        self.arid.next = bits::<4>(0);
        self.araddr.next = self.address.q.val();
        self.arlen.next = self.length.q.val();
        self.arsize.next = bits::<3>(5);
        self.arburst.next = bits::<2>(1);

        // Beats come back.
        self.beat.next = self.rvalid.val() & self.slice.in_ready.val() & self.back.active.val();
        self.error.next = self.rresp.val().any() | (self.rlast.val() ^ self.back.burst_ends.val());
        self.burst_done.next = self.beat.val() & self.back.burst_ends.val();
        self.back.step_beat.next = self.beat.val();
        self.back.step_burst.next = false;
        self.bad.d.next = self.beat.val() & self.error.val();
        self.bad_address.d.next = self.back.address.val();
        self.slice.in_valid.next = self.beat.val();
        self.slice.in_data.next = bits_read(self.rdata.val())
            | (bits_read(self.tag.q.val()) << 256_u64)
            | (bits_read(self.back.beat_is_last.val()) << 260_u64)
            | (bits_read(self.error.val()) << 261_u64);
        self.rready.next = self.slice.in_ready.val();
        self.load.next =
            self.queue.out_valid.val() & ((!self.back.active.val()) | (self.beat.val() & self.back.beat_is_last.val()));
        self.queue.out_ready.next = self.load.val();
        self.back.load.next = self.load.val();
        self.back.load_address.next = bits_w64(self.queue.out_data.val());
        self.back.load_beats.next = self.queue.out_data.val().get_bits::<20>(64);
        if self.load.val() {
            self.tag.d.next = self.queue.out_data.val().get_bits::<4>(84);
        }

        if self.issue.val() & (!self.burst_done.val()) {
            self.outstanding.d.next = self.outstanding.q.val() + bits::<8>(1);
        }
        if self.burst_done.val() & (!self.issue.val()) {
            self.outstanding.d.next = self.outstanding.q.val() - bits::<8>(1);
        }
        self.quiet.next = !self.outstanding.q.val().any();

        // To the user.
        self.data_valid.next = self.slice.out_valid.val();
        self.slice.out_ready.next = self.data_ready.val();
        self.data.next = self.slice.out_data.val().get_value_low256();
        self.data_tag.next = self.slice.out_data.val().get_bits::<4>(256);
        self.data_last.next = self.slice.out_data.val().get_bit(260);
        self.data_error.next = self.slice.out_data.val().get_bit(261);
        self.fault.next = self.bad.q.val();
        self.fault_address.next = self.bad_address.q.val();

        if self.reset.val() {
            self.outstanding.d.next = bits::<8>(0);
            self.address_valid.d.next = false;
            self.bad.d.next = false;
        }
    }
}
