//! Code server: brings the lines of code that lanes want.
//!
//! Algorithm: in turns, each lane that wants a refill: STATUS row [`StatusRow::Wants`] shows its first line; eight lines from there are read from
//! card memory and go to the lane as FILL, as they stand in memory. Lines below 0x8000_0000 are those of the code memory: address `code_base` +
//! 32 line. The others are the directory, two for each handle: `directory_base` + 32 (line & 0x7fff_ffff). The
//! firmware's handle (30 ones) has index 0 there; its lines are the last of all, and those behind them are lines 0, 1, … of the code
//! memory. Handle 0, which means no code, and handles from `directory_handles` on (at most 2^30 - 1) read as zero, without memory. So a
//! refill has up to three parts, each a read or zeros. The lane served last is not looked at for [`SETTLE_CYCLES`].
//!
//! Handshake: `wants` are levels; that of a lane is down 12 cycles after the bus has taken its first FILL, or up again for the next
//! refill. While `hold` no refill begins; `idle`: none is under way, so with `hold` none will be. `bus`, `request`
//! and `data` are ready/valid. A beat with `data_error` goes to the lane like any other, and `failed` is up from the next cycle on, for ever.
//! The bases may change while `hold` and `idle`.
//!
//! Latency: 2 cycles from `wants` to STATUS, 2 from its response to the request, 1 from a beat to its FILL; a beat a cycle. A line of zeros a
//! cycle. Three cycles from the last FILL to the next STATUS. Reset: none; starts idle.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::{
    LaneTurn,
    layout::{LaneOp, StatusRow},
};
use crate::{
    bus::Slice,
    code::cache::BURST,
    word::{W64, W256, bits_w64},
};

/// Cycles after a refill in which the lane is left alone.
pub const SETTLE_CYCLES: u64 = 4;

/// Where a refill stands.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum State {
    Idle,
    /// STATUS is asked for.
    Ask,
    Response,
    /// What comes next is known by the line.
    Part,
    Request,
    Beats,
    /// The last lines go out.
    Drain,
}

/// The server.
#[derive(LogicBlock)]
pub struct CodeServer {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Lanes that want a refill.
    pub wants: Signal<In, Bits<32>>,
    /// Begin none.
    pub hold: Signal<In, Bit>,
    /// None is under way.
    pub idle: Signal<Out, Bit>,
    /// Address of the code memory.
    pub code_base: Signal<In, W64>,
    /// Address of the directory.
    pub directory_base: Signal<In, W64>,
    /// Handles that it has, the firmware as number 0.
    pub directory_handles: Signal<In, Bits<32>>,
    /// Lane bus: an operation.
    pub bus_valid: Signal<Out, Bit>,
    /// It is taken.
    pub bus_ready: Signal<In, Bit>,
    /// Its lane.
    pub bus_lane: Signal<Out, Bits<6>>,
    /// Number of a [`LaneOp`].
    pub bus_op: Signal<Out, Bits<4>>,
    /// Its address.
    pub bus_address: Signal<Out, Bits<32>>,
    /// Its word.
    pub bus_data: Signal<Out, W256>,
    /// A response.
    pub response_valid: Signal<In, Bit>,
    /// Its word.
    pub response_data: Signal<In, W256>,
    /// Card memory: a read.
    pub request_valid: Signal<Out, Bit>,
    /// It is taken.
    pub request_ready: Signal<In, Bit>,
    /// Its address.
    pub request_address: Signal<Out, W64>,
    /// Its beats.
    pub request_beats: Signal<Out, Bits<20>>,
    /// A beat.
    pub data_valid: Signal<In, Bit>,
    /// It is taken.
    pub data_ready: Signal<Out, Bit>,
    /// Its bytes.
    pub data: Signal<In, W256>,
    /// It could not be read.
    pub data_error: Signal<In, Bit>,
    /// A beat could not be read.
    pub failed: Signal<Out, Bit>,

    op_status: Constant<Bits<4>>,
    op_fill: Constant<Bits<4>>,
    row_wants: Constant<Bits<32>>,
    burst: Constant<Bits<4>>,
    settle: Constant<Bits<4>>,
    line_mask: Constant<Bits<32>>,
    firmware_line: Constant<Bits<32>>,
    zero64: Constant<W64>,
    zero256: Constant<W256>,

    turn: LaneTurn,
    fills: Slice<W256>,

    state: DFF<State>,
    lane: DFF<Bits<5>>,
    /// Lanes that may be chosen.
    candidates: DFF<Bits<32>>,
    /// Cycles in which the last lane is still left alone.
    settling: DFF<Bits<4>>,
    /// Line that comes next.
    line: DFF<Bits<32>>,
    /// Lines to come.
    left: DFF<Bits<4>>,
    /// Lines to come of this part.
    part: DFF<Bits<4>>,
    address: DFF<W64>,
    error: DFF<Bit>,

    works: Signal<Local, Bit>,
    lane_bit: Signal<Local, Bits<32>>,
    left_alone: Signal<Local, Bits<32>>,
    // The line at hand.
    directory: Signal<Local, Bit>,
    offset: Signal<Local, Bits<32>>,
    firmware: Signal<Local, Bit>,
    directory_lines: Signal<Local, Bits<32>>,
    /// Lines of the directory from this one on.
    remaining: Signal<Local, Bits<32>>,
    present: Signal<Local, Bit>,
    zeros: Signal<Local, Bit>,
    most: Signal<Local, Bits<4>>,
    base: Signal<Local, W64>,
    row: Signal<Local, Bits<32>>,
    in_beats: Signal<Local, Bit>,
    offers: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
}

impl Default for CodeServer {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            wants: Default::default(),
            hold: Default::default(),
            idle: Default::default(),
            code_base: Default::default(),
            directory_base: Default::default(),
            directory_handles: Default::default(),
            bus_valid: Default::default(),
            bus_ready: Default::default(),
            bus_lane: Default::default(),
            bus_op: Default::default(),
            bus_address: Default::default(),
            bus_data: Default::default(),
            response_valid: Default::default(),
            response_data: Default::default(),
            request_valid: Default::default(),
            request_ready: Default::default(),
            request_address: Default::default(),
            request_beats: Default::default(),
            data_valid: Default::default(),
            data_ready: Default::default(),
            data: Default::default(),
            data_error: Default::default(),
            failed: Default::default(),
            op_status: Constant::new((LaneOp::Status as u64).into()),
            op_fill: Constant::new((LaneOp::Fill as u64).into()),
            row_wants: Constant::new((StatusRow::Wants as u64).into()),
            burst: Constant::new(u64::from(BURST).into()),
            settle: Constant::new(SETTLE_CYCLES.into()),
            line_mask: Constant::new(0x7fff_ffff_u64.into()),
            firmware_line: Constant::new(0x7fff_fffe_u64.into()),
            zero64: Constant::new(W64::ZERO),
            zero256: Constant::new(W256::ZERO),
            turn: Default::default(),
            fills: Default::default(),
            state: Default::default(),
            lane: Default::default(),
            candidates: Default::default(),
            settling: Default::default(),
            line: Default::default(),
            left: Default::default(),
            part: Default::default(),
            address: Default::default(),
            error: Default::default(),
            works: Default::default(),
            lane_bit: Default::default(),
            left_alone: Default::default(),
            directory: Default::default(),
            offset: Default::default(),
            firmware: Default::default(),
            directory_lines: Default::default(),
            remaining: Default::default(),
            present: Default::default(),
            zeros: Default::default(),
            most: Default::default(),
            base: Default::default(),
            row: Default::default(),
            in_beats: Default::default(),
            offers: Default::default(),
            takes: Default::default(),
        }
    }
}

impl Logic for CodeServer {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, state, lane, candidates, settling, line, left, part, address, error);
        clock!(self, clock, fills);

        // Whose turn it is.
        self.works.next = self.state.q.val() != State::Idle;
        self.lane_bit.next = bits::<32>(1) << bit_cast::<32, 5>(self.lane.q.val());
        self.left_alone.next = bits::<32>(0);
        if self.works.val() | self.settling.q.val().any() {
            self.left_alone.next = self.lane_bit.val();
        }
        self.candidates.d.next = self.wants.val() & (!self.left_alone.val());
        self.turn.asks.next = self.candidates.q.val();
        self.turn.last.next = self.lane.q.val();
        if self.works.val() {
            self.settling.d.next = self.settle.val();
        } else if self.settling.q.val().any() {
            self.settling.d.next = self.settling.q.val() - bits::<4>(1);
        }
        self.idle.next = !self.works.val();

        // The part that begins at the line.
        self.directory.next = self.line.q.val().get_bit(31);
        self.offset.next = self.line.q.val() & self.line_mask.val();
        self.firmware.next = self.directory.val() & (self.offset.val() >= self.firmware_line.val());
        self.directory_lines.next = self.directory_handles.val() << bits::<32>(1);
        self.remaining.next = self.directory_lines.val() - self.offset.val();
        self.present.next =
            (self.offset.val() < self.directory_lines.val()) & (self.offset.val() >> bits::<32>(1)).any();
        self.zeros.next = self.directory.val() & (!self.firmware.val()) & (!self.present.val());
        self.base.next = self.code_base.val();
        self.row.next = self.offset.val();
        self.most.next = self.burst.val();
        if self.directory.val() {
            self.base.next = self.directory_base.val();
            if self.remaining.val() < bits::<32>(8) {
                self.most.next = bit_cast::<4, 32>(self.remaining.val());
            }
        }
        if self.firmware.val() {
            self.row.next = self.line.q.val() & bits::<32>(1);
            self.most.next = bits::<4>(2) - bit_cast::<4, 32>(self.row.val());
        }

        // Lines on their way to the lane.
        self.fills.reset.next = false;
        self.in_beats.next = self.state.q.val() == State::Beats;
        self.offers.next = self.in_beats.val() & self.data_valid.val();
        self.fills.in_data.next = self.data.val();
        if self.state.q.val() == State::Part {
            self.offers.next = self.zeros.val();
            self.fills.in_data.next = self.zero256.val();
        }
        self.fills.in_valid.next = self.offers.val();
        self.takes.next = self.offers.val() & self.fills.in_ready.val();
        if self.takes.val() {
            self.line.d.next = self.line.q.val() + bits::<32>(1);
            self.left.d.next = self.left.q.val() - bits::<4>(1);
            self.part.d.next = self.part.q.val() - bits::<4>(1);
        }

        // The bus and the memory.
        self.bus_valid.next = (self.state.q.val() == State::Ask) | self.fills.out_valid.val();
        self.bus_lane.next = bit_cast::<6, 5>(self.lane.q.val());
        self.bus_op.next = self.op_fill.val();
        self.bus_address.next = self.row_wants.val();
        self.bus_data.next = self.fills.out_data.val();
        self.fills.out_ready.next = self.bus_ready.val();
        self.request_valid.next = self.state.q.val() == State::Request;
        self.request_address.next = self.address.q.val();
        self.request_beats.next = bit_cast::<20, 4>(self.part.q.val());
        self.data_ready.next = self.in_beats.val() & self.fills.in_ready.val();
        if self.in_beats.val() & self.takes.val() & self.data_error.val() {
            self.error.d.next = true;
        }
        self.failed.next = self.error.q.val();

        match self.state.q.val() {
            State::Idle => {
                self.left.d.next = self.burst.val();
                if self.turn.any.val() & (!self.hold.val()) {
                    self.lane.d.next = self.turn.lane.val();
                    self.state.d.next = State::Ask;
                }
            }
            State::Ask => {
                self.bus_op.next = self.op_status.val();
                if self.bus_ready.val() {
                    self.state.d.next = State::Response;
                }
            }
            State::Response => {
                self.line.d.next = self.response_data.val().get_bits::<32>(224);
                if self.response_valid.val() {
                    self.state.d.next = State::Part;
                }
            }
            State::Part => {
                self.address.d.next = self.base.val() + (bits_w64(self.row.val()) << 5_u64);
                if self.zeros.val() {
                    if self.takes.val() & (self.left.q.val() == bits::<4>(1)) {
                        self.state.d.next = State::Drain;
                    }
                } else {
                    self.part.d.next = self.left.q.val();
                    if self.most.val() < self.left.q.val() {
                        self.part.d.next = self.most.val();
                    }
                    self.state.d.next = State::Request;
                }
            }
            State::Request => {
                if self.request_ready.val() {
                    self.state.d.next = State::Beats;
                }
            }
            State::Beats => {
                if self.takes.val() {
                    if self.left.q.val() == bits::<4>(1) {
                        self.state.d.next = State::Drain;
                    } else if self.part.q.val() == bits::<4>(1) {
                        self.state.d.next = State::Part;
                    }
                }
            }
            State::Drain => {
                if !self.fills.out_valid.val() {
                    self.state.d.next = State::Idle;
                }
            }
        }
    }
}

/// Address of a line in card memory; `None` if it reads as zero.
pub fn line_address(line: u32, code_base: u64, directory_base: u64, directory_handles: u32) -> Option<u64> {
    let offset = line & 0x7fff_ffff;
    let at = |base: u64, line: u32| Some(base.wrapping_add(32 * u64::from(line)));
    if line == offset {
        return at(code_base, line);
    }
    match offset >> 1 {
        0x3fff_ffff => at(directory_base, offset & 1),
        handle if handle != 0 && handle < directory_handles => at(directory_base, offset),
        _ => None,
    }
}
