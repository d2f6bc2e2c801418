//! Port of a lane on the lane bus: operations become what the lane's inputs take, its outputs become responses and levels.
//!
//! Algorithm: an operation for this lane (or for all) is decoded into registers, which are the lane's inputs for one cycle; there is one
//! register for the word and one for the address, as the lane takes one operation a cycle. Words for lane memory and lines of code are turned
//! round there: the bus has the first byte least significant, the lane most significant. Everything with a response takes the same
//! time: what is there earlier than a row of lane memory waits in two registers. So responses of all lanes can be joined by OR.
//! A request for lines of code is taken and kept as `wants_line` until the first [`Fill`](super::LaneOp::Fill).
//!
//! Handshake: none; an operation can come every cycle, and none is refused: what the lane does not take in its state is lost (see
//! [`Lane`](crate::lane::Lane)). `stopped`: the lane has a status that waits or has ended, or waits to be the head and is not.
//! `asks_state`: it asks for state. Both are down from the cycle after an operation that lets the lane go on, for [`HOLD_CYCLES`] more
//! cycles, as its outputs show the old request for a while. A LOAD sees a STORE of two operations (or cycles) before, a GETENV an ENV
//! of [`ENV_CYCLES`] before, an ANSWER needs [`ENV_CYCLES`] after ENV too. Operations with a response are for one lane at a time.
//!
//! Latency: one cycle from the bus to the lane; [`RESPONSE_CYCLES`] from an operation on the bus to its response there; levels follow the
//! lane's outputs by one cycle. Reset: the operation RESET resets the lane and clears `is_head`; a refill of code goes on. Starts with
//! everything at zero.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    lane::line::Reverse,
    word::{W64, W160, W256, bits_w256},
};

/// Cycles from an operation on the bus (`down_valid`) to its response (`up_valid`).
pub const RESPONSE_CYCLES: u64 = 5;
/// Cycles in which the lane's outputs do not count, from the one in which it takes an operation that lets it go on.
pub const HOLD_CYCLES: u64 = 4;
/// Cycles after which an environment word that was written can be read, by the bus or by the lane.
pub const ENV_CYCLES: u64 = 3;
/// Cycles after which a row of lane memory that was stored can be loaded.
pub const STORE_CYCLES: u64 = 2;

/// The block.
#[derive(LogicBlock, Default)]
pub struct LanePort {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Number of the lane.
    pub number: Signal<In, Bits<6>>,
    /// Bus: an operation.
    pub down_valid: Signal<In, Bit>,
    /// Bus: lane that it is for.
    pub down_lane: Signal<In, Bits<6>>,
    /// Bus: it is for every lane.
    pub down_all: Signal<In, Bit>,
    /// Bus: number of a [`LaneOp`](super::LaneOp).
    pub down_op: Signal<In, Bits<4>>,
    /// Bus: requester, comes back with a response.
    pub down_tag: Signal<In, Bits<2>>,
    /// Bus: its address.
    pub down_address: Signal<In, Bits<32>>,
    /// Bus: its word.
    pub down_data: Signal<In, W256>,
    /// Bus: its reference to code.
    pub down_code: Signal<In, W64>,
    /// Bus: a response. Zero without one, as tag and data.
    pub up_valid: Signal<Out, Bit>,
    /// Bus: requester whose it is.
    pub up_tag: Signal<Out, Bits<2>>,
    /// Bus: its word.
    pub up_data: Signal<Out, W256>,
    /// The lane stands still and needs somebody.
    pub stopped: Signal<Out, Bit>,
    /// The lane asks for state.
    pub asks_state: Signal<Out, Bit>,
    /// The lane needs lines of code.
    pub wants_line: Signal<Out, Bit>,

    // Inputs of the lane; what they mean stands at `Lane`.
    /// To the lane.
    pub reset: Signal<Out, Bit>,
    /// To the lane.
    pub start: Signal<Out, Bit>,
    /// To the lane.
    pub is_head: Signal<Out, Bit>,
    /// To the lane.
    pub port_store: Signal<Out, Bit>,
    /// To the lane.
    pub port_address: Signal<Out, Bits<20>>,
    /// To the lane.
    pub port_data: Signal<Out, W256>,
    /// To the lane.
    pub env_write: Signal<Out, Bit>,
    /// To the lane.
    pub env_index: Signal<Out, Bits<7>>,
    /// To the lane.
    pub drain_row: Signal<Out, Bits<16>>,
    /// To the lane.
    pub state_valid: Signal<Out, Bit>,
    /// To the lane.
    pub state_value: Signal<Out, W256>,
    /// To the lane.
    pub state_code: Signal<Out, W64>,
    /// To the lane.
    pub fill_ready: Signal<Out, Bit>,
    /// To the lane.
    pub fill_valid: Signal<Out, Bit>,
    /// To the lane.
    pub fill_data: Signal<Out, W256>,
    /// To the lane.
    pub code_flush: Signal<Out, Bit>,
    /// To the lane.
    pub code_drop: Signal<Out, Bit>,
    /// To the lane.
    pub drop_line: Signal<Out, Bits<32>>,
    /// To the lane.
    pub code_resume: Signal<Out, Bit>,
    /// To the lane.
    pub answer_valid: Signal<Out, Bit>,
    /// To the lane.
    pub answer_bytes: Signal<Out, Bits<20>>,
    /// To the lane.
    pub calldata_start: Signal<Out, Bits<20>>,
    /// To the lane.
    pub calldata_bytes: Signal<Out, Bits<20>>,
    /// To the lane.
    pub payload_bytes: Signal<Out, Bits<20>>,
    /// To the lane.
    pub record_bytes: Signal<Out, Bits<32>>,

    // Outputs of the lane.
    /// From the lane.
    pub status: Signal<In, Bits<4>>,
    /// From the lane.
    pub reason: Signal<In, Bits<8>>,
    /// From the lane.
    pub port_loaded: Signal<In, W256>,
    /// From the lane.
    pub env_word: Signal<In, W256>,
    /// From the lane.
    pub drain_data: Signal<In, W256>,
    /// From the lane.
    pub entries: Signal<In, Bits<16>>,
    /// From the lane.
    pub state_request: Signal<In, Bit>,
    /// From the lane.
    pub state_kind: Signal<In, Bits<2>>,
    /// From the lane.
    pub state_address: Signal<In, W160>,
    /// From the lane.
    pub state_slot: Signal<In, W256>,
    /// From the lane.
    pub state_field: Signal<In, Bits<2>>,
    /// From the lane.
    pub head_wait: Signal<In, Bit>,
    /// From the lane.
    pub fill_request: Signal<In, Bit>,
    /// From the lane.
    pub fill_line: Signal<In, Bits<32>>,
    /// From the lane.
    pub missing_handle: Signal<In, Bits<32>>,
    /// From the lane.
    pub missing_number: Signal<In, Bits<32>>,
    /// From the lane.
    pub ask_kind: Signal<In, Bits<8>>,
    /// From the lane.
    pub ask_address: Signal<In, Bits<20>>,
    /// From the lane.
    pub ask_available: Signal<In, Bits<20>>,
    /// From the lane.
    pub ask_bytes: Signal<In, Bits<20>>,
    /// From the lane.
    pub end_status: Signal<In, Bits<2>>,
    /// From the lane.
    pub end_halt: Signal<In, Bits<8>>,
    /// From the lane.
    pub output_bytes: Signal<In, Bits<20>>,
    /// From the lane.
    pub log_count: Signal<In, Bits<16>>,
    /// From the lane.
    pub log_bytes: Signal<In, Bits<20>>,
    /// From the lane.
    pub program_words: Signal<In, Bits<32>>,
    /// From the lane.
    pub firmware_words: Signal<In, Bits<32>>,

    none: Signal<Local, Bit>,
    turned: Reverse,
    loaded: Reverse,
    // What the lane takes in this cycle.
    resets: DFF<Bit>,
    starts: DFF<Bit>,
    stores: DFF<Bit>,
    env_writes: DFF<Bit>,
    answers_state: DFF<Bit>,
    resumes: DFF<Bit>,
    answers: DFF<Bit>,
    fills: DFF<Bit>,
    drops: DFF<Bit>,
    flushes: DFF<Bit>,
    address: DFF<Bits<32>>,
    word: DFF<W256>,
    code: DFF<W64>,
    // Levels.
    set_calldata_start: DFF<Bits<20>>,
    set_calldata_bytes: DFF<Bits<20>>,
    set_payload_bytes: DFF<Bits<20>>,
    set_record_bytes: DFF<Bits<32>>,
    head: DFF<Bit>,
    /// A request for lines waits.
    wants: DFF<Bit>,
    /// Another one can be taken: the opposite.
    takes_request: DFF<Bit>,
    is_stopped: DFF<Bit>,
    is_asking: DFF<Bit>,
    hold: DFF<Bits<3>>,
    // A response on its way, by cycles after the operation was on the bus: 1 at the lane; 2 its word is there, but for LOAD;
    // 3 and 4 it waits for the time that LOAD takes.
    gets1: DFF<Bit>,
    drains1: DFF<Bit>,
    shows1: DFF<Bit>,
    loads1: DFF<Bit>,
    tag1: DFF<Bits<2>>,
    gets2: DFF<Bit>,
    drains2: DFF<Bit>,
    shows2: DFF<Bit>,
    loads2: DFF<Bit>,
    row2: DFF<Bits<2>>,
    tag2: DFF<Bits<2>>,
    any3: DFF<Bit>,
    loads3: DFF<Bit>,
    tag3: DFF<Bits<2>>,
    word3: DFF<W256>,
    any4: DFF<Bit>,
    loads4: DFF<Bit>,
    tag4: DFF<Bits<2>>,
    word4: DFF<W256>,
    responds: DFF<Bit>,
    response_tag: DFF<Bits<2>>,
    response: DFF<W256>,

    mine: Signal<Local, Bit>,
    turns: Signal<Local, Bit>,
    goes_on: Signal<Local, Bit>,
    resting: Signal<Local, Bit>,
    first_fill: Signal<Local, Bit>,
    low: Signal<Local, Bits<32>>,
    head_row: Signal<Local, W256>,
    waits: Signal<Local, W256>,
    row: Signal<Local, W256>,
}

impl Logic for LanePort {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            resets,
            starts,
            stores,
            env_writes,
            answers_state,
            resumes,
            answers,
            fills,
            drops,
            flushes,
            address,
            word,
            code,
            set_calldata_start,
            set_calldata_bytes,
            set_payload_bytes,
            set_record_bytes,
            head,
            wants,
            takes_request,
            is_stopped,
            is_asking,
            hold,
            gets1,
            drains1,
            shows1,
            loads1,
            tag1,
            gets2,
            drains2,
            shows2,
            loads2,
            row2,
            tag2,
            any3,
            loads3,
            tag3,
            word3,
            any4,
            loads4,
            tag4,
            word4,
            responds,
            response_tag,
            response
        );
        self.none.next = false;

        // The operation: numbers of `LaneOp` and `SetRegister`.
        self.mine.next = self.down_valid.val() & ((self.down_lane.val() == self.number.val()) | self.down_all.val());
        self.low.next = self.down_data.val().get_bits::<32>(0);
        self.turned.value.next = self.down_data.val();
        self.resets.d.next = false;
        self.starts.d.next = false;
        self.stores.d.next = false;
        self.env_writes.d.next = false;
        self.answers_state.d.next = false;
        self.resumes.d.next = false;
        self.answers.d.next = false;
        self.fills.d.next = false;
        self.drops.d.next = false;
        self.flushes.d.next = false;
        self.loads1.d.next = false;
        self.gets1.d.next = false;
        self.drains1.d.next = false;
        self.shows1.d.next = false;
        self.turns.next = false;
        self.goes_on.next = false;
        self.first_fill.next = false;
        if self.mine.val() {
            match self.down_op.val().index() {
                // RESET
                0 => {
                    self.resets.d.next = true;
                    self.head.d.next = false;
                    self.goes_on.next = true;
                }
                // STORE
                1 => {
                    self.stores.d.next = true;
                    self.turns.next = true;
                }
                // ENV
                2 => {
                    self.env_writes.d.next = true;
                }
                // SET
                3 => match self.down_address.val().get_bits::<3>(0).index() {
                    0 => {
                        self.set_calldata_start.d.next = bit_cast::<20, 32>(self.low.val());
                    }
                    1 => {
                        self.set_calldata_bytes.d.next = bit_cast::<20, 32>(self.low.val());
                    }
                    2 => {
                        self.set_payload_bytes.d.next = bit_cast::<20, 32>(self.low.val());
                    }
                    3 => {
                        self.set_record_bytes.d.next = self.low.val();
                    }
                    4 => {
                        self.head.d.next = self.low.val().get_bit(0);
                        self.goes_on.next = true;
                    }
                    _ => {}
                },
                // START
                4 => {
                    self.starts.d.next = true;
                    self.goes_on.next = true;
                }
                // STATE
                5 => {
                    self.answers_state.d.next = true;
                    self.goes_on.next = true;
                }
                // RESUME
                6 => {
                    self.resumes.d.next = true;
                    self.goes_on.next = true;
                }
                // ANSWER
                7 => {
                    self.answers.d.next = true;
                    self.goes_on.next = true;
                }
                // FILL
                8 => {
                    self.fills.d.next = true;
                    self.turns.next = true;
                    self.first_fill.next = true;
                }
                // DROP
                9 => {
                    self.drops.d.next = true;
                }
                // FLUSH
                10 => {
                    self.flushes.d.next = true;
                }
                // LOAD
                11 => {
                    self.loads1.d.next = true;
                }
                // GETENV
                12 => {
                    self.gets1.d.next = true;
                }
                // DRAIN
                13 => {
                    self.drains1.d.next = true;
                }
                // STATUS
                14 => {
                    self.shows1.d.next = true;
                }
                _ => {}
            }
            self.address.d.next = self.down_address.val();
            self.code.d.next = self.down_code.val();
            self.tag1.d.next = self.down_tag.val();
            self.word.d.next = self.down_data.val();
            if self.turns.val() {
                self.word.d.next = self.turned.reversed.val();
            }
        }
        self.reset.next = self.resets.q.val();
        self.start.next = self.starts.q.val();
        self.is_head.next = self.head.q.val();
        self.port_store.next = self.stores.q.val();
        self.port_address.next = bit_cast::<20, 32>(self.address.q.val());
        self.port_data.next = self.word.q.val();
        self.env_write.next = self.env_writes.q.val();
        self.env_index.next = bit_cast::<7, 32>(self.address.q.val());
        self.drain_row.next = bit_cast::<16, 32>(self.address.q.val());
        self.state_valid.next = self.answers_state.q.val();
        self.state_value.next = self.word.q.val();
        self.state_code.next = self.code.q.val();
        self.fill_valid.next = self.fills.q.val();
        self.fill_data.next = self.word.q.val();
        self.code_flush.next = self.flushes.q.val();
        self.code_drop.next = self.drops.q.val();
        self.drop_line.next = self.address.q.val();
        self.code_resume.next = self.resumes.q.val();
        self.answer_valid.next = self.answers.q.val();
        self.answer_bytes.next = bit_cast::<20, 32>(self.address.q.val());
        self.calldata_start.next = self.set_calldata_start.q.val();
        self.calldata_bytes.next = self.set_calldata_bytes.q.val();
        self.payload_bytes.next = self.set_payload_bytes.q.val();
        self.record_bytes.next = self.set_record_bytes.q.val();

        // Requests for lines. One comes only after all lines of the one before.
        self.takes_request.d.next = !self.wants.q.val();
        if self.first_fill.val() {
            self.wants.d.next = false;
            self.takes_request.d.next = true;
        }
        if self.fill_request.val() & self.takes_request.q.val() {
            self.wants.d.next = true;
            self.takes_request.d.next = false;
        }
        self.fill_ready.next = self.takes_request.q.val();
        self.wants_line.next = self.wants.q.val();

        // What the lane waits for.
        if self.goes_on.val() {
            self.hold.d.next = bits::<3>(4);
        } else if self.hold.q.val().any() {
            self.hold.d.next = self.hold.q.val() - bits::<3>(1);
        }
        self.resting.next = self.goes_on.val() | self.hold.q.val().any();
        self.is_stopped.d.next = (!self.resting.val())
            & (self.status.val().get_bits::<3>(1).any() | (self.head_wait.val() & (!self.head.q.val())));
        self.is_asking.d.next = (!self.resting.val()) & self.state_request.val();
        self.stopped.next = self.is_stopped.q.val();
        self.asks_state.next = self.is_asking.q.val();

        // Responses. Row of STATUS.
        self.gets2.d.next = self.gets1.q.val();
        self.drains2.d.next = self.drains1.q.val();
        self.shows2.d.next = self.shows1.q.val();
        self.loads2.d.next = self.loads1.q.val();
        self.row2.d.next = bit_cast::<2, 32>(self.address.q.val());
        self.tag2.d.next = self.tag1.q.val();
        self.head_row.next = (bits_w256(self.status.val()) | (bits_w256(self.reason.val()) << 8_u64))
            | ((bits_w256(self.end_status.val()) << 16_u64) | (bits_w256(self.end_halt.val()) << 24_u64));
        self.waits.next = bits_w256(self.head_wait.val()) | (bits_w256(self.state_request.val()) << 1_u64);
        self.row.next = self.state_slot.val();
        match self.row2.q.val().index() {
            1 => {
                self.row.next = bits_w256(self.state_address.val())
                    | ((bits_w256(self.state_kind.val()) << 160_u64) | (bits_w256(self.state_field.val()) << 168_u64));
            }
            2 => {
                self.row.next = ((self.head_row.val() | (bits_w256(self.entries.val()) << 32_u64))
                    | ((bits_w256(self.output_bytes.val()) << 64_u64) | (bits_w256(self.log_count.val()) << 96_u64)))
                    | (((bits_w256(self.log_bytes.val()) << 128_u64)
                        | (bits_w256(self.program_words.val()) << 160_u64))
                        | ((bits_w256(self.firmware_words.val()) << 192_u64)
                            | (bits_w256(self.ask_kind.val()) << 224_u64)));
            }
            3 => {
                self.row.next = ((bits_w256(self.missing_handle.val())
                    | (bits_w256(self.missing_number.val()) << 32_u64))
                    | ((bits_w256(self.ask_address.val()) << 64_u64)
                        | (bits_w256(self.ask_available.val()) << 96_u64)))
                    | (((bits_w256(self.ask_bytes.val()) << 128_u64) | (self.waits.val() << 160_u64))
                        | (bits_w256(self.fill_line.val()) << 224_u64));
            }
            _ => {
                self.row.next = self.state_slot.val();
            }
        }
        self.word3.d.next = bits_w256(self.none.val());
        if self.gets2.q.val() {
            self.word3.d.next = self.env_word.val();
        }
        if self.drains2.q.val() {
            self.word3.d.next = self.drain_data.val();
        }
        if self.shows2.q.val() {
            self.word3.d.next = self.row.val();
        }
        self.any3.d.next = (self.gets2.q.val() | self.drains2.q.val()) | (self.shows2.q.val() | self.loads2.q.val());
        self.loads3.d.next = self.loads2.q.val();
        self.tag3.d.next = self.tag2.q.val();
        self.any4.d.next = self.any3.q.val();
        self.loads4.d.next = self.loads3.q.val();
        self.tag4.d.next = self.tag3.q.val();
        self.word4.d.next = self.word3.q.val();
        self.loaded.value.next = self.port_loaded.val();
        self.responds.d.next = self.any4.q.val();
        self.response_tag.d.next = bits::<2>(0);
        if self.any4.q.val() {
            self.response_tag.d.next = self.tag4.q.val();
        }
        self.response.d.next = self.word4.q.val();
        if self.loads4.q.val() {
            self.response.d.next = self.loaded.reversed.val();
        }
        self.up_valid.next = self.responds.q.val();
        self.up_tag.next = self.response_tag.q.val();
        self.up_data.next = self.response.q.val();
    }
}
