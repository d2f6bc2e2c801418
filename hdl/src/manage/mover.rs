//! Mover: copies rows of 32 bytes from one of the card's memories to another.
//!
//! Algorithm: a request to the source and one to the destination, both at once; rows pass through a register slice, where the bytes beyond
//! `valid_bytes` of the stream become zeros. Source `Zeros` gives rows of zeros, destination `Commit` takes a row a cycle with a row
//! number that counts up. Numbers of sources and destinations: [`MoverPort`](super::MoverPort); 4 to 7 as source are all zeros, as destination
//! all the commit unit.
//!
//! Handshake: `start` is looked at while `busy` is down; `busy` is up from the next cycle until everything is written and reported done.
//! Then `failed` tells whether a beat or the end came with an error; it stays until the next start. After an error the rest is moved all
//! the same, with any bytes in the place of bad rows. Ports as the users of [`HostSide`](crate::bus::HostSide): requests, data, done are
//! ready/valid; `read_address`, `read_beats` belong to the request of whichever source asks, `write_address`, `write_beats`, `write_data`
//! to the destination. A row of data is offered only after the request was taken. Nothing passes from a `ready` to a `valid` or back.
//!
//! Latency: requests in the cycle after `start`; a row is offered the cycle after it came, a row a cycle. `busy` falls in the cycle after done, or
//! after the last row for the commit unit. Reset: `reset` forgets everything, together with the ports; starts so.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::FirstBytes;
use crate::{
    bus::Slice,
    word::{W64, W256, bits_w256},
};

/// The block.
#[derive(LogicBlock, Default)]
pub struct Mover {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forget everything.
    pub reset: Signal<In, Bit>,
    /// Begin.
    pub start: Signal<In, Bit>,
    /// From where.
    pub source: Signal<In, Bits<3>>,
    /// To where.
    pub destination: Signal<In, Bits<3>>,
    /// First address there.
    pub source_address: Signal<In, W64>,
    /// First address there; for the commit unit the first row.
    pub destination_address: Signal<In, W64>,
    /// Rows, at least 1.
    pub beats: Signal<In, Bits<20>>,
    /// Bytes of them that count; those behind are written as zeros.
    pub valid_bytes: Signal<In, Bits<32>>,
    /// A copy is under way.
    pub busy: Signal<Out, Bit>,
    /// The last one had an error.
    pub failed: Signal<Out, Bit>,
    /// Reads: address of the request.
    pub read_address: Signal<Out, W64>,
    /// Reads: its beats.
    pub read_beats: Signal<Out, Bits<20>>,
    /// Writes: address of the request.
    pub write_address: Signal<Out, W64>,
    /// Writes: its beats.
    pub write_beats: Signal<Out, Bits<20>>,
    /// Writes: a row.
    pub write_data: Signal<Out, W256>,
    /// Host memory, read: a request.
    pub host_read_valid: Signal<Out, Bit>,
    /// Host memory, read: it is taken.
    pub host_read_ready: Signal<In, Bit>,
    /// Host memory, read: a row.
    pub host_read_data_valid: Signal<In, Bit>,
    /// Host memory, read: it is taken.
    pub host_read_data_ready: Signal<Out, Bit>,
    /// Host memory, read: its bytes.
    pub host_read_data: Signal<In, W256>,
    /// Host memory, read: they are not valid.
    pub host_read_error: Signal<In, Bit>,
    /// Host memory, write: a request.
    pub host_write_valid: Signal<Out, Bit>,
    /// Host memory, write: it is taken.
    pub host_write_ready: Signal<In, Bit>,
    /// Host memory, write: a row.
    pub host_write_data_valid: Signal<Out, Bit>,
    /// Host memory, write: it is taken.
    pub host_write_data_ready: Signal<In, Bit>,
    /// Host memory, write: the request is done.
    pub host_write_done_valid: Signal<In, Bit>,
    /// Host memory, write: this has been noticed.
    pub host_write_done_ready: Signal<Out, Bit>,
    /// Host memory, write: a part of it was not written.
    pub host_write_error: Signal<In, Bit>,
    /// Card memory, read: a request.
    pub card_read_valid: Signal<Out, Bit>,
    /// Card memory, read: it is taken.
    pub card_read_ready: Signal<In, Bit>,
    /// Card memory, read: a row.
    pub card_read_data_valid: Signal<In, Bit>,
    /// Card memory, read: it is taken.
    pub card_read_data_ready: Signal<Out, Bit>,
    /// Card memory, read: its bytes.
    pub card_read_data: Signal<In, W256>,
    /// Card memory, read: they are not valid.
    pub card_read_error: Signal<In, Bit>,
    /// Card memory, write: a request.
    pub card_write_valid: Signal<Out, Bit>,
    /// Card memory, write: it is taken.
    pub card_write_ready: Signal<In, Bit>,
    /// Card memory, write: a row.
    pub card_write_data_valid: Signal<Out, Bit>,
    /// Card memory, write: it is taken.
    pub card_write_data_ready: Signal<In, Bit>,
    /// Card memory, write: the request is done.
    pub card_write_done_valid: Signal<In, Bit>,
    /// Card memory, write: this has been noticed.
    pub card_write_done_ready: Signal<Out, Bit>,
    /// Card memory, write: a part of it was not written.
    pub card_write_error: Signal<In, Bit>,
    /// Data memory, read: a request.
    pub data_read_valid: Signal<Out, Bit>,
    /// Data memory, read: it is taken.
    pub data_read_ready: Signal<In, Bit>,
    /// Data memory, read: a row.
    pub data_read_data_valid: Signal<In, Bit>,
    /// Data memory, read: it is taken.
    pub data_read_data_ready: Signal<Out, Bit>,
    /// Data memory, read: its bytes.
    pub data_read_data: Signal<In, W256>,
    /// Data memory, write: a request.
    pub data_write_valid: Signal<Out, Bit>,
    /// Data memory, write: it is taken.
    pub data_write_ready: Signal<In, Bit>,
    /// Data memory, write: a row.
    pub data_write_data_valid: Signal<Out, Bit>,
    /// Data memory, write: it is taken.
    pub data_write_data_ready: Signal<In, Bit>,
    /// Data memory, write: the request is done.
    pub data_write_done_valid: Signal<In, Bit>,
    /// Data memory, write: this has been noticed.
    pub data_write_done_ready: Signal<Out, Bit>,
    /// Lanes, read: a request.
    pub lane_read_valid: Signal<Out, Bit>,
    /// Lanes, read: it is taken.
    pub lane_read_ready: Signal<In, Bit>,
    /// Lanes, read: a row.
    pub lane_read_data_valid: Signal<In, Bit>,
    /// Lanes, read: it is taken.
    pub lane_read_data_ready: Signal<Out, Bit>,
    /// Lanes, read: its bytes.
    pub lane_read_data: Signal<In, W256>,
    /// Lanes, write: a request.
    pub lane_write_valid: Signal<Out, Bit>,
    /// Lanes, write: it is taken.
    pub lane_write_ready: Signal<In, Bit>,
    /// Lanes, write: a row.
    pub lane_write_data_valid: Signal<Out, Bit>,
    /// Lanes, write: it is taken.
    pub lane_write_data_ready: Signal<In, Bit>,
    /// Lanes, write: the request is done.
    pub lane_write_done_valid: Signal<In, Bit>,
    /// Lanes, write: this has been noticed.
    pub lane_write_done_ready: Signal<Out, Bit>,
    /// Commit unit: a row.
    pub commit_valid: Signal<Out, Bit>,
    /// Commit unit: its number.
    pub commit_row: Signal<Out, Bits<16>>,
    /// Commit unit: its bytes.
    pub commit_data: Signal<Out, W256>,
    none: Signal<Local, Bit>,
    padded: FirstBytes,
    rows: Slice<W256>,
    active: DFF<Bit>,
    bad: DFF<Bit>,
    from: DFF<Bits<3>>,
    to: DFF<Bits<3>>,
    from_address: DFF<W64>,
    to_address: DFF<W64>,
    length: DFF<Bits<20>>,
    // A request waits; rows are expected; the end is.
    asks_read: DFF<Bit>,
    asks_write: DFF<Bit>,
    taking: DFF<Bit>,
    giving: DFF<Bit>,
    ending: DFF<Bit>,
    take_left: DFF<Bits<20>>,
    give_left: DFF<Bits<20>>,
    /// Bytes of the next row that count.
    keep: DFF<Bits<6>>,
    /// Of the rows behind it.
    keep_left: DFF<Bits<32>>,
    row: DFF<Bits<16>>,
    first_keep: Signal<Local, Bits<6>>,
    next_keep: Signal<Local, Bits<6>>,
    read_taken: Signal<Local, Bit>,
    write_taken: Signal<Local, Bit>,
    offered: Signal<Local, Bit>,
    bad_row: Signal<Local, Bit>,
    open: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    accepted: Signal<Local, Bit>,
    offers: Signal<Local, Bit>,
    gives: Signal<Local, Bit>,
    done: Signal<Local, Bit>,
    bad_end: Signal<Local, Bit>,
}

impl Logic for Mover {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            active,
            bad,
            from,
            to,
            from_address,
            to_address,
            length,
            asks_read,
            asks_write,
            taking,
            giving,
            ending,
            take_left,
            give_left,
            keep,
            keep_left,
            row
        );
        self.none.next = false;
        clock!(self, clock, rows);
        self.rows.reset.next = self.reset.val();

        // Source: numbers of `MoverPort`.
        self.open.next = self.taking.q.val() & self.rows.in_ready.val();
        self.read_taken.next = false;
        self.offered.next = false;
        self.bad_row.next = false;
        self.padded.value.next = bits_w256(self.none.val());
        self.host_read_valid.next = false;
        self.host_read_data_ready.next = false;
        self.card_read_valid.next = false;
        self.card_read_data_ready.next = false;
        self.data_read_valid.next = false;
        self.data_read_data_ready.next = false;
        self.lane_read_valid.next = false;
        self.lane_read_data_ready.next = false;
        match self.from.q.val().index() {
            0 => {
                self.host_read_valid.next = self.asks_read.q.val();
                self.host_read_data_ready.next = self.open.val();
                self.read_taken.next = self.host_read_ready.val();
                self.offered.next = self.host_read_data_valid.val();
                self.padded.value.next = self.host_read_data.val();
                self.bad_row.next = self.host_read_error.val();
            }
            1 => {
                self.card_read_valid.next = self.asks_read.q.val();
                self.card_read_data_ready.next = self.open.val();
                self.read_taken.next = self.card_read_ready.val();
                self.offered.next = self.card_read_data_valid.val();
                self.padded.value.next = self.card_read_data.val();
                self.bad_row.next = self.card_read_error.val();
            }
            2 => {
                self.data_read_valid.next = self.asks_read.q.val();
                self.data_read_data_ready.next = self.open.val();
                self.read_taken.next = self.data_read_ready.val();
                self.offered.next = self.data_read_data_valid.val();
                self.padded.value.next = self.data_read_data.val();
            }
            3 => {
                self.lane_read_valid.next = self.asks_read.q.val();
                self.lane_read_data_ready.next = self.open.val();
                self.read_taken.next = self.lane_read_ready.val();
                self.offered.next = self.lane_read_data_valid.val();
                self.padded.value.next = self.lane_read_data.val();
            }
            _ => {
                self.read_taken.next = true;
                self.offered.next = true;
            }
        }
        self.read_address.next = self.from_address.q.val();
        self.read_beats.next = self.length.q.val();
        if self.asks_read.q.val() & self.read_taken.val() {
            self.asks_read.d.next = false;
            self.taking.d.next = true;
        }
        self.takes.next = self.open.val() & self.offered.val();
        self.padded.count.next = self.keep.q.val();
        self.rows.in_valid.next = self.taking.q.val() & self.offered.val();
        self.rows.in_data.next = self.padded.kept.val();
        self.first_keep.next = bit_cast::<6, 5>(self.valid_bytes.val().get_bits::<5>(0));
        if self.valid_bytes.val().get_bits::<27>(5).any() {
            self.first_keep.next = bits::<6>(32);
        }
        self.next_keep.next = bit_cast::<6, 5>(self.keep_left.q.val().get_bits::<5>(0));
        if self.keep_left.q.val().get_bits::<27>(5).any() {
            self.next_keep.next = bits::<6>(32);
        }
        if self.takes.val() {
            self.take_left.d.next = self.take_left.q.val() - bits::<20>(1);
            if self.take_left.q.val() == bits::<20>(1) {
                self.taking.d.next = false;
            }
            self.keep.d.next = self.next_keep.val();
            self.keep_left.d.next = self.keep_left.q.val() - bit_cast::<32, 6>(self.next_keep.val());
            if self.bad_row.val() {
                self.bad.d.next = true;
            }
        }

        // Destination.
        self.offers.next = self.giving.q.val() & self.rows.out_valid.val();
        self.write_taken.next = false;
        self.accepted.next = false;
        self.done.next = false;
        self.bad_end.next = false;
        self.commit_valid.next = false;
        self.host_write_valid.next = false;
        self.host_write_data_valid.next = false;
        self.host_write_done_ready.next = false;
        self.card_write_valid.next = false;
        self.card_write_data_valid.next = false;
        self.card_write_done_ready.next = false;
        self.data_write_valid.next = false;
        self.data_write_data_valid.next = false;
        self.data_write_done_ready.next = false;
        self.lane_write_valid.next = false;
        self.lane_write_data_valid.next = false;
        self.lane_write_done_ready.next = false;
        match self.to.q.val().index() {
            0 => {
                self.host_write_valid.next = self.asks_write.q.val();
                self.host_write_data_valid.next = self.offers.val();
                self.host_write_done_ready.next = self.ending.q.val();
                self.write_taken.next = self.host_write_ready.val();
                self.accepted.next = self.host_write_data_ready.val();
                self.done.next = self.host_write_done_valid.val();
                self.bad_end.next = self.host_write_error.val();
            }
            1 => {
                self.card_write_valid.next = self.asks_write.q.val();
                self.card_write_data_valid.next = self.offers.val();
                self.card_write_done_ready.next = self.ending.q.val();
                self.write_taken.next = self.card_write_ready.val();
                self.accepted.next = self.card_write_data_ready.val();
                self.done.next = self.card_write_done_valid.val();
                self.bad_end.next = self.card_write_error.val();
            }
            2 => {
                self.data_write_valid.next = self.asks_write.q.val();
                self.data_write_data_valid.next = self.offers.val();
                self.data_write_done_ready.next = self.ending.q.val();
                self.write_taken.next = self.data_write_ready.val();
                self.accepted.next = self.data_write_data_ready.val();
                self.done.next = self.data_write_done_valid.val();
            }
            3 => {
                self.lane_write_valid.next = self.asks_write.q.val();
                self.lane_write_data_valid.next = self.offers.val();
                self.lane_write_done_ready.next = self.ending.q.val();
                self.write_taken.next = self.lane_write_ready.val();
                self.accepted.next = self.lane_write_data_ready.val();
                self.done.next = self.lane_write_done_valid.val();
            }
            _ => {
                self.commit_valid.next = self.offers.val();
                self.write_taken.next = true;
                self.accepted.next = true;
            }
        }
        self.write_address.next = self.to_address.q.val();
        self.write_beats.next = self.length.q.val();
        self.write_data.next = self.rows.out_data.val();
        self.commit_data.next = self.rows.out_data.val();
        self.commit_row.next = self.row.q.val();
        if self.asks_write.q.val() & self.write_taken.val() {
            self.asks_write.d.next = false;
            self.giving.d.next = true;
        }
        self.gives.next = self.offers.val() & self.accepted.val();
        self.rows.out_ready.next = self.giving.q.val() & self.accepted.val();
        if self.gives.val() {
            self.give_left.d.next = self.give_left.q.val() - bits::<20>(1);
            self.row.d.next = self.row.q.val() + bits::<16>(1);
            if self.give_left.q.val() == bits::<20>(1) {
                self.giving.d.next = false;
                if self.to.q.val().get_bit(2) {
                    self.active.d.next = false;
                } else {
                    self.ending.d.next = true;
                }
            }
        }
        if self.ending.q.val() & self.done.val() {
            self.ending.d.next = false;
            self.active.d.next = false;
            if self.bad_end.val() {
                self.bad.d.next = true;
            }
        }

        // A copy begins.
        if self.start.val() & (!self.active.q.val()) {
            self.active.d.next = true;
            self.bad.d.next = false;
            self.from.d.next = self.source.val();
            self.to.d.next = self.destination.val();
            self.from_address.d.next = self.source_address.val();
            self.to_address.d.next = self.destination_address.val();
            self.length.d.next = self.beats.val();
            self.take_left.d.next = self.beats.val();
            self.give_left.d.next = self.beats.val();
            self.row.d.next = self.destination_address.val().get_bits::<16>(0);
            self.keep.d.next = self.first_keep.val();
            self.keep_left.d.next = self.valid_bytes.val() - bit_cast::<32, 6>(self.first_keep.val());
            self.asks_read.d.next = true;
            self.asks_write.d.next = true;
        }
        self.busy.next = self.active.q.val();
        self.failed.next = self.bad.q.val();

        if self.reset.val() {
            self.active.d.next = false;
            self.bad.d.next = false;
            self.asks_read.d.next = false;
            self.asks_write.d.next = false;
            self.taking.d.next = false;
            self.giving.d.next = false;
            self.ending.d.next = false;
        }
    }
}
