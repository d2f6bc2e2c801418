//! Lane bus: operations of four requesters go to the lanes one a cycle, responses come back to who asked.
//!
//! Algorithm: fixed priority, requester 0 first; its number goes down as the tag. What comes up has been joined by OR over all lanes
//! ([`LanePort`](super::LanePort)s give zero without a response, and all take the same time), and is registered once more.
//!
//! Handshake: operations are ready/valid; `ready` of a requester follows the `valid` of those before it, so a `valid` may not follow
//! `ready`. Responses cannot be refused: a requester asks for as many as it has room for.
//! Latency: one cycle to the lanes, one from them; [`BUS_RESPONSE_CYCLES`] from an operation that is taken to its response. A
//! requester's responses come in the order of its operations.
//! Reset: none: nothing stays longer than a cycle. Starts empty.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::lane_port::RESPONSE_CYCLES;
use crate::word::{W64, W256, bits_w64};

/// Cycles from an operation that is taken to its response, if nothing is between bus and lanes.
pub const BUS_RESPONSE_CYCLES: u64 = RESPONSE_CYCLES + 2;

/// The block.
#[derive(LogicBlock, Default)]
pub struct LaneBus {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Requester 0, state door: an operation.
    pub valid0: Signal<In, Bit>,
    /// Requester 0: it is taken.
    pub ready0: Signal<Out, Bit>,
    /// Requester 0: lane.
    pub lane0: Signal<In, Bits<6>>,
    /// Requester 0: number of a [`LaneOp`](super::LaneOp).
    pub op0: Signal<In, Bits<4>>,
    /// Requester 0: address.
    pub address0: Signal<In, Bits<32>>,
    /// Requester 0: word.
    pub data0: Signal<In, W256>,
    /// Requester 0: reference to code.
    pub code0: Signal<In, W64>,
    /// Requester 0: a response.
    pub response_valid0: Signal<Out, Bit>,
    /// Requester 1: an operation.
    pub valid1: Signal<In, Bit>,
    /// Requester 1: it is taken.
    pub ready1: Signal<Out, Bit>,
    /// Requester 1: lane.
    pub lane1: Signal<In, Bits<6>>,
    /// Requester 1: operation.
    pub op1: Signal<In, Bits<4>>,
    /// Requester 1: address.
    pub address1: Signal<In, Bits<32>>,
    /// Requester 1: word.
    pub data1: Signal<In, W256>,
    /// Requester 1: a response.
    pub response_valid1: Signal<Out, Bit>,
    /// Requester 2: an operation.
    pub valid2: Signal<In, Bit>,
    /// Requester 2: it is taken.
    pub ready2: Signal<Out, Bit>,
    /// Requester 2: lane.
    pub lane2: Signal<In, Bits<6>>,
    /// Requester 2: operation.
    pub op2: Signal<In, Bits<4>>,
    /// Requester 2: address.
    pub address2: Signal<In, Bits<32>>,
    /// Requester 2: word.
    pub data2: Signal<In, W256>,
    /// Requester 2: a response.
    pub response_valid2: Signal<Out, Bit>,
    /// Requester 3, processor: an operation.
    pub valid3: Signal<In, Bit>,
    /// Requester 3: it is taken.
    pub ready3: Signal<Out, Bit>,
    /// Requester 3: lane.
    pub lane3: Signal<In, Bits<6>>,
    /// Requester 3: every lane takes it. Not with an operation that has a response.
    pub all3: Signal<In, Bit>,
    /// Requester 3: operation.
    pub op3: Signal<In, Bits<4>>,
    /// Requester 3: address.
    pub address3: Signal<In, Bits<32>>,
    /// Requester 3: word.
    pub data3: Signal<In, W256>,
    /// Requester 3: a response.
    pub response_valid3: Signal<Out, Bit>,
    /// Word of the response.
    pub response_data: Signal<Out, W256>,
    /// Lanes: an operation.
    pub down_valid: Signal<Out, Bit>,
    /// Lanes: lane that it is for.
    pub down_lane: Signal<Out, Bits<6>>,
    /// Lanes: it is for every lane.
    pub down_all: Signal<Out, Bit>,
    /// Lanes: operation.
    pub down_op: Signal<Out, Bits<4>>,
    /// Lanes: requester.
    pub down_tag: Signal<Out, Bits<2>>,
    /// Lanes: address.
    pub down_address: Signal<Out, Bits<32>>,
    /// Lanes: word.
    pub down_data: Signal<Out, W256>,
    /// Lanes: reference to code.
    pub down_code: Signal<Out, W64>,
    /// Lanes, joined by OR: a response.
    pub up_valid: Signal<In, Bit>,
    /// Lanes: requester whose it is.
    pub up_tag: Signal<In, Bits<2>>,
    /// Lanes: its word.
    pub up_data: Signal<In, W256>,
    none: Signal<Local, Bit>,
    valid: DFF<Bit>,
    lane: DFF<Bits<6>>,
    all: DFF<Bit>,
    op: DFF<Bits<4>>,
    tag: DFF<Bits<2>>,
    address: DFF<Bits<32>>,
    data: DFF<W256>,
    code: DFF<W64>,
    responds0: DFF<Bit>,
    responds1: DFF<Bit>,
    responds2: DFF<Bit>,
    responds3: DFF<Bit>,
    response: DFF<W256>,
    first_two: Signal<Local, Bit>,
    first_three: Signal<Local, Bit>,
}

impl Logic for LaneBus {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, valid, lane, all, op, tag, address, data, code, responds0, responds1, responds2, responds3,
            response
        );
        self.none.next = false;
        self.first_two.next = self.valid0.val() | self.valid1.val();
        self.first_three.next = self.first_two.val() | self.valid2.val();
        self.ready0.next = true;
        self.ready1.next = !self.valid0.val();
        self.ready2.next = !self.first_two.val();
        self.ready3.next = !self.first_three.val();

        // Down.
        self.valid.d.next = self.first_three.val() | self.valid3.val();
        self.all.d.next = false;
        self.code.d.next = bits_w64(self.none.val());
        if self.valid0.val() {
            self.tag.d.next = bits::<2>(0);
            self.lane.d.next = self.lane0.val();
            self.op.d.next = self.op0.val();
            self.address.d.next = self.address0.val();
            self.data.d.next = self.data0.val();
            self.code.d.next = self.code0.val();
        } else if self.valid1.val() {
            self.tag.d.next = bits::<2>(1);
            self.lane.d.next = self.lane1.val();
            self.op.d.next = self.op1.val();
            self.address.d.next = self.address1.val();
            self.data.d.next = self.data1.val();
        } else if self.valid2.val() {
            self.tag.d.next = bits::<2>(2);
            self.lane.d.next = self.lane2.val();
            self.op.d.next = self.op2.val();
            self.address.d.next = self.address2.val();
            self.data.d.next = self.data2.val();
        } else if self.valid3.val() {
            self.tag.d.next = bits::<2>(3);
            self.lane.d.next = self.lane3.val();
            self.all.d.next = self.all3.val();
            self.op.d.next = self.op3.val();
            self.address.d.next = self.address3.val();
            self.data.d.next = self.data3.val();
        }
        self.down_valid.next = self.valid.q.val();
        self.down_lane.next = self.lane.q.val();
        self.down_all.next = self.all.q.val();
        self.down_op.next = self.op.q.val();
        self.down_tag.next = self.tag.q.val();
        self.down_address.next = self.address.q.val();
        self.down_data.next = self.data.q.val();
        self.down_code.next = self.code.q.val();

        // Up.
        self.responds0.d.next = self.up_valid.val() & (self.up_tag.val() == bits::<2>(0));
        self.responds1.d.next = self.up_valid.val() & (self.up_tag.val() == bits::<2>(1));
        self.responds2.d.next = self.up_valid.val() & (self.up_tag.val() == bits::<2>(2));
        self.responds3.d.next = self.up_valid.val() & (self.up_tag.val() == bits::<2>(3));
        self.response.d.next = self.up_data.val();
        self.response_valid0.next = self.responds0.q.val();
        self.response_valid1.next = self.responds1.q.val();
        self.response_valid2.next = self.responds2.q.val();
        self.response_valid3.next = self.responds3.q.val();
        self.response_data.next = self.response.q.val();
    }
}
