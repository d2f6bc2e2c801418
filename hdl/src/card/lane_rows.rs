//! Streams of rows from and to lanes: a read port and a write port that use one requester's place on the lane bus.
//!
//! Algorithm: the address of a request names the first address of the operation (bits 0 to 31), the operation (32 to 35) and the lane (40 to
//! 45), see [`rows_address`](super::layout::rows_address). Each beat is one operation; the address goes on by 32 for LOAD and STORE, by 1 for
//! all others. A read goes out when the queue has a free place for its response, so responses never find it full. When both sides
//! have an operation they take turns; one that waits for the bus is not exchanged for another.
//!
//! Handshake: as the users of [`HostSide`](crate::bus::HostSide): requests, data and done are ready/valid, a new read is taken when all
//! operations of the one before have gone out. A write is done when the bus has taken its last operation. Operations on the bus: ready/valid.
//! Nothing passes from a `ready` to a `valid` or back; `done_valid` waits for nothing else.
//!
//! Latency: an operation a cycle while the bus takes it and data move on; the first one is out the cycle after the request (write: the
//! cycle after request and data); a response is offered the cycle after it comes.
//! Reset: `reset` forgets requests and data; responses that are on their way must have come. Starts so.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    bus::{Fifo, Slice},
    word::{W64, W256},
};

/// Responses that may be on their way or wait: more than the cycles that one takes, so that reads do not pause.
pub const PLACES: u64 = 16;

/// The block.
#[derive(LogicBlock, Default)]
pub struct LaneRows {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forget everything.
    pub reset: Signal<In, Bit>,
    /// Read: a request.
    pub read_valid: Signal<In, Bit>,
    /// Read: it is taken.
    pub read_ready: Signal<Out, Bit>,
    /// Read: lane, operation and its first address.
    pub read_address: Signal<In, W64>,
    /// Read: its beats.
    pub read_beats: Signal<In, Bits<20>>,
    /// Read: a row.
    pub read_data_valid: Signal<Out, Bit>,
    /// Read: it is taken.
    pub read_data_ready: Signal<In, Bit>,
    /// Read: its bytes.
    pub read_data: Signal<Out, W256>,
    /// Write: a request.
    pub write_valid: Signal<In, Bit>,
    /// Write: it is taken.
    pub write_ready: Signal<Out, Bit>,
    /// Write: lane, operation and its first address.
    pub write_address: Signal<In, W64>,
    /// Write: its beats.
    pub write_beats: Signal<In, Bits<20>>,
    /// Write: a row.
    pub write_data_valid: Signal<In, Bit>,
    /// Write: it is taken.
    pub write_data_ready: Signal<Out, Bit>,
    /// Write: its bytes.
    pub write_data: Signal<In, W256>,
    /// Write: the request is done.
    pub write_done_valid: Signal<Out, Bit>,
    /// Write: this has been noticed.
    pub write_done_ready: Signal<In, Bit>,
    /// Bus: an operation.
    pub bus_valid: Signal<Out, Bit>,
    /// Bus: it is taken.
    pub bus_ready: Signal<In, Bit>,
    /// Bus: lane.
    pub bus_lane: Signal<Out, Bits<6>>,
    /// Bus: number of a [`LaneOp`](super::LaneOp).
    pub bus_op: Signal<Out, Bits<4>>,
    /// Bus: address.
    pub bus_address: Signal<Out, Bits<32>>,
    /// Bus: word.
    pub bus_data: Signal<Out, W256>,
    /// Bus: a response.
    pub response_valid: Signal<In, Bit>,
    /// Bus: its word.
    pub response_data: Signal<In, W256>,
    rows: Fifo<W256, 4>,
    given: Slice<W256>,
    reading: DFF<Bit>,
    read_at: DFF<Bits<32>>,
    read_op: DFF<Bits<4>>,
    read_lane: DFF<Bits<6>>,
    read_left: DFF<Bits<20>>,
    /// Places of the queue that are taken or expect a response.
    used: DFF<Bits<5>>,
    writing: DFF<Bit>,
    write_at: DFF<Bits<32>>,
    write_op: DFF<Bits<4>>,
    write_lane: DFF<Bits<6>>,
    write_left: DFF<Bits<20>>,
    write_done: DFF<Bit>,
    /// The write has its turn, if both can go.
    write_turn: DFF<Bit>,
    /// What is offered was offered before: it stays.
    waits: DFF<Bit>,
    write_waits: DFF<Bit>,
    can_read: Signal<Local, Bit>,
    can_write: Signal<Local, Bit>,
    chosen_write: Signal<Local, Bit>,
    offers: Signal<Local, Bit>,
    sent_read: Signal<Local, Bit>,
    sent_write: Signal<Local, Bit>,
    gives: Signal<Local, Bit>,
}

impl Logic for LaneRows {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            reading,
            read_at,
            read_op,
            read_lane,
            read_left,
            used,
            writing,
            write_at,
            write_op,
            write_lane,
            write_left,
            write_done,
            write_turn,
            waits,
            write_waits
        );
        clock!(self, clock, rows, given);

        // The bus.
        self.can_read.next = self.reading.q.val() & (!self.used.q.val().get_bit(4));
        self.can_write.next = self.writing.q.val() & self.given.out_valid.val();
        self.chosen_write.next = self.can_write.val() & (self.write_turn.q.val() | (!self.can_read.val()));
        if self.waits.q.val() {
            self.chosen_write.next = self.write_waits.q.val();
        }
        self.offers.next = self.can_read.val() | self.can_write.val();
        self.waits.d.next = self.offers.val() & (!self.bus_ready.val());
        self.write_waits.d.next = self.chosen_write.val();
        self.sent_read.next = self.offers.val() & self.bus_ready.val() & (!self.chosen_write.val());
        self.sent_write.next = self.offers.val() & self.bus_ready.val() & self.chosen_write.val();
        self.bus_valid.next = self.offers.val();
        self.bus_lane.next = self.read_lane.q.val();
        self.bus_op.next = self.read_op.q.val();
        self.bus_address.next = self.read_at.q.val();
        if self.chosen_write.val() {
            self.bus_lane.next = self.write_lane.q.val();
            self.bus_op.next = self.write_op.q.val();
            self.bus_address.next = self.write_at.q.val();
        }
        self.bus_data.next = self.given.out_data.val();

        // Reads.
        self.read_ready.next = !self.reading.q.val();
        if self.read_valid.val() & (!self.reading.q.val()) {
            self.reading.d.next = true;
            self.read_at.d.next = self.read_address.val().get_bits::<32>(0);
            self.read_op.d.next = self.read_address.val().get_bits::<4>(32);
            self.read_lane.d.next = self.read_address.val().get_bits::<6>(40);
            self.read_left.d.next = self.read_beats.val();
        }
        if self.sent_read.val() {
            self.write_turn.d.next = true;
            self.read_left.d.next = self.read_left.q.val() - bits::<20>(1);
            self.read_at.d.next = self.read_at.q.val() + bits::<32>(1);
            // LOAD
            if self.read_op.q.val() == bits::<4>(11) {
                self.read_at.d.next = self.read_at.q.val() + bits::<32>(32);
            }
            if self.read_left.q.val() == bits::<20>(1) {
                self.reading.d.next = false;
            }
        }
        self.rows.reset.next = self.reset.val();
        self.rows.in_valid.next = self.response_valid.val();
        self.rows.in_data.next = self.response_data.val();
        self.rows.out_ready.next = self.read_data_ready.val();
        self.read_data_valid.next = self.rows.out_valid.val();
        self.read_data.next = self.rows.out_data.val();
        self.gives.next = self.rows.out_valid.val() & self.read_data_ready.val();
        if self.sent_read.val() & (!self.gives.val()) {
            self.used.d.next = self.used.q.val() + bits::<5>(1);
        }
        if self.gives.val() & (!self.sent_read.val()) {
            self.used.d.next = self.used.q.val() - bits::<5>(1);
        }

        // Writes.
        self.given.reset.next = self.reset.val();
        self.given.in_valid.next = self.write_data_valid.val();
        self.given.in_data.next = self.write_data.val();
        self.write_data_ready.next = self.given.in_ready.val();
        self.given.out_ready.next = self.sent_write.val();
        self.write_ready.next = (!self.writing.q.val()) & (!self.write_done.q.val());
        if self.write_valid.val() & (!self.writing.q.val()) & (!self.write_done.q.val()) {
            self.writing.d.next = true;
            self.write_at.d.next = self.write_address.val().get_bits::<32>(0);
            self.write_op.d.next = self.write_address.val().get_bits::<4>(32);
            self.write_lane.d.next = self.write_address.val().get_bits::<6>(40);
            self.write_left.d.next = self.write_beats.val();
        }
        if self.write_done_ready.val() {
            self.write_done.d.next = false;
        }
        if self.sent_write.val() {
            self.write_turn.d.next = false;
            self.write_left.d.next = self.write_left.q.val() - bits::<20>(1);
            self.write_at.d.next = self.write_at.q.val() + bits::<32>(1);
            // STORE
            if self.write_op.q.val() == bits::<4>(1) {
                self.write_at.d.next = self.write_at.q.val() + bits::<32>(32);
            }
            if self.write_left.q.val() == bits::<20>(1) {
                self.writing.d.next = false;
                self.write_done.d.next = true;
            }
        }
        self.write_done_valid.next = self.write_done.q.val();

        if self.reset.val() {
            self.reading.d.next = false;
            self.writing.d.next = false;
            self.write_done.d.next = false;
            self.waits.d.next = false;
            self.used.d.next = bits::<5>(0);
        }
    }
}
