//! Launch unit: begins an attempt on a lane without the processor. It stands between the processor's registers and the near mover, and between them and the
//! lane bus, and passes on what is not its own.
//!
//! Algorithm: RESET to the lane, lengths of the payload and of the record buffer into its port; the near mover copies the payload from card memory into
//! lane memory, and the counts in its header are kept as they pass; then the header from lane memory into the lane's environment; then, `with_block`, the block
//! context from data RAM there; then place and length of the calldata, and START. Counts that do not fit the payload's length, or a move that fails,
//! stop the unit before that: `bad` or `failed`, until a reset, with `lane`.
//!
//! Handshake: `start` is a pulse, looked at while `busy` is down and the mover is free; its operands are taken with it. `busy` is up from the next cycle until START is on
//! the bus. Meanwhile the processor starts no move. `launching` has the bit of the lane: what it says of its last attempt does not count. Operations on the
//! bus are ready/valid, those of the unit go first; one that waits is not exchanged for the processor's. `row_taken` says that `row`, a row of the mover's,
//! goes to a lane. Nothing passes from a `ready` to a `valid`.
//!
//! Latency: 1 to RESET, 3 operations, a cycle to each move and one behind it, 3 operations; the counts need 3 cycles of the header's move, which takes more. What
//! passes through has none. Reset: `reset` drops everything, together with the mover; starts so.

use gaslane_abi::{
    env::{
        ACCESS_WORDS, AUTH_COUNT, AUTH_RECORD_WORDS, BLOB_COUNT, BLOCK_FIRST, BLOCK_WORDS, CALLDATA_LEN, PAYLOAD_LISTS,
    },
    manage::{
        lane::{LaneOp, ROWS_LANE, ROWS_OP, SetRegister},
        mover::MoverPort,
    },
};
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::word::{W64, W256, bits_w64, bits_w256};

// The unit shifts by these.
const _: () = assert!(AUTH_RECORD_WORDS == 4 && ROWS_OP == 32 && ROWS_LANE == 40 && PAYLOAD_LISTS < 32);

/// Where the launch stands.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum State {
    Idle,
    Reset,
    PayloadBytes,
    RecordBytes,
    /// The payload moves.
    Payload,
    /// Its header does.
    Header,
    /// The block context does.
    Block,
    CalldataStart,
    CalldataBytes,
    Begin,
    /// An error, until a reset.
    Stopped,
}

/// The unit.
#[derive(LogicBlock)]
pub struct LaunchUnit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Drop everything.
    pub reset: Signal<In, Bit>,

    /// A launch begins.
    pub start: Signal<In, Bit>,
    /// On this lane.
    pub start_lane: Signal<In, Bits<5>>,
    /// With the block context.
    pub with_block: Signal<In, Bit>,
    /// The payload in card memory.
    pub payload: Signal<In, Bits<32>>,
    /// Its length, of which the low 20 bits count; 512 at least.
    pub payload_bytes: Signal<In, Bits<32>>,
    /// Where it goes in lane memory; the low 20 bits count.
    pub place: Signal<In, Bits<32>>,
    /// Length of the record buffer.
    pub record_bytes: Signal<In, Bits<32>>,
    /// The block context in data RAM.
    pub block: Signal<In, Bits<32>>,
    /// A launch is under way.
    pub busy: Signal<Out, Bit>,
    /// The lane of the launch, as a bit.
    pub launching: Signal<Out, Bits<32>>,
    /// A move has failed.
    pub failed: Signal<Out, Bit>,
    /// The counts of the payload do not fit.
    pub bad: Signal<Out, Bit>,
    /// The lane of the last launch.
    pub lane: Signal<Out, Bits<5>>,

    /// The processor starts a move.
    pub own_start: Signal<In, Bit>,
    /// Its source.
    pub own_source: Signal<In, Bits<3>>,
    /// Its destination.
    pub own_destination: Signal<In, Bits<3>>,
    /// Its first address at the source.
    pub own_source_address: Signal<In, W64>,
    /// Its first address at the destination.
    pub own_destination_address: Signal<In, W64>,
    /// Its rows.
    pub own_beats: Signal<In, Bits<20>>,
    /// Bytes that count.
    pub own_valid_bytes: Signal<In, Bits<32>>,
    /// Near mover: a move starts.
    pub near_start: Signal<Out, Bit>,
    /// Near mover: source.
    pub source: Signal<Out, Bits<3>>,
    /// Near mover: destination.
    pub destination: Signal<Out, Bits<3>>,
    /// Near mover: first address there.
    pub source_address: Signal<Out, W64>,
    /// Near mover: first address there.
    pub destination_address: Signal<Out, W64>,
    /// Near mover: rows.
    pub beats: Signal<Out, Bits<20>>,
    /// Near mover: bytes that count.
    pub valid_bytes: Signal<Out, Bits<32>>,
    /// Near mover: it moves.
    pub near_busy: Signal<In, Bit>,
    /// Near mover: the last move has failed.
    pub near_failed: Signal<In, Bit>,
    /// Near mover: a row goes to a lane.
    pub row_taken: Signal<In, Bit>,
    /// Near mover: the row.
    pub row: Signal<In, W256>,

    /// The processor's operation for the lane bus.
    pub own_valid: Signal<In, Bit>,
    /// It is taken.
    pub own_ready: Signal<Out, Bit>,
    /// Its lane.
    pub own_lane: Signal<In, Bits<6>>,
    /// It is for every lane.
    pub own_all: Signal<In, Bit>,
    /// Its number.
    pub own_op: Signal<In, Bits<4>>,
    /// Its address.
    pub own_address: Signal<In, Bits<32>>,
    /// Its word.
    pub own_data: Signal<In, W256>,
    /// Lane bus: an operation.
    pub bus_valid: Signal<Out, Bit>,
    /// Lane bus: it is taken.
    pub bus_ready: Signal<In, Bit>,
    /// Lane bus: its lane.
    pub bus_lane: Signal<Out, Bits<6>>,
    /// Lane bus: it is for every lane.
    pub bus_all: Signal<Out, Bit>,
    /// Lane bus: its number.
    pub bus_op: Signal<Out, Bits<4>>,
    /// Lane bus: its address.
    pub bus_address: Signal<Out, Bits<32>>,
    /// Lane bus: its word.
    pub bus_data: Signal<Out, W256>,

    card: Constant<Bits<3>>,
    data_ram: Constant<Bits<3>>,
    lanes: Constant<Bits<3>>,
    op_reset: Constant<Bits<4>>,
    op_store: Constant<Bits<4>>,
    op_env: Constant<Bits<4>>,
    op_set: Constant<Bits<4>>,
    op_start: Constant<Bits<4>>,
    op_load: Constant<Bits<4>>,
    set_calldata_start: Constant<Bits<32>>,
    set_calldata_bytes: Constant<Bits<32>>,
    set_payload_bytes: Constant<Bits<32>>,
    set_record_bytes: Constant<Bits<32>>,
    header_rows: Constant<Bits<20>>,
    header_words: Constant<Bits<24>>,
    block_first: Constant<Bits<32>>,
    block_rows: Constant<Bits<20>>,
    access_row: Constant<Bits<5>>,
    auths_row: Constant<Bits<5>>,
    blobs_row: Constant<Bits<5>>,
    calldata_row: Constant<Bits<5>>,
    last_row: Constant<Bits<5>>,

    state: DFF<State>,
    moving: DFF<Bit>,
    failed_bit: DFF<Bit>,
    bad_bit: DFF<Bit>,
    lane_held: DFF<Bits<5>>,
    block_wanted: DFF<Bit>,
    payload_held: DFF<Bits<32>>,
    bytes_held: DFF<Bits<20>>,
    place_held: DFF<Bits<20>>,
    record_held: DFF<Bits<32>>,
    block_held: DFF<Bits<32>>,
    // The header, as it passes.
    row_number: DFF<Bits<5>>,
    access: DFF<Bits<20>>,
    auths: DFF<Bits<20>>,
    blobs: DFF<Bits<20>>,
    calldata: DFF<Bits<20>>,
    too_large: DFF<Bit>,
    /// Words before the calldata.
    words: DFF<Bits<24>>,
    /// Bytes before it.
    lead_bytes: DFF<Bits<28>>,
    /// Bytes with it.
    whole: DFF<Bits<28>>,

    offers: Signal<Local, Bit>,
    taken: Signal<Local, Bit>,
    wants_move: Signal<Local, Bit>,
    moved: Signal<Local, Bit>,
    payload_rows: Signal<Local, Bits<20>>,
    rounded: Signal<Local, Bits<28>>,
    is_count: Signal<Local, Bit>,
    exceeds: Signal<Local, Bit>,
    of_lane: Signal<Local, W64>,
    number: Signal<Local, Bits<20>>,
    calldata_place: Signal<Local, Bits<20>>,
}

impl Default for LaunchUnit {
    fn default() -> Self {
        let port = |port: MoverPort| Constant::new((port as u64).into());
        let op = |op: LaneOp| Constant::new((op as u64).into());
        let register = |register: SetRegister| Constant::new((register as u64).into());
        let row = |row: u8| Constant::new(u64::from(row).into());
        Self {
            clock: Default::default(),
            reset: Default::default(),
            start: Default::default(),
            start_lane: Default::default(),
            with_block: Default::default(),
            payload: Default::default(),
            payload_bytes: Default::default(),
            place: Default::default(),
            record_bytes: Default::default(),
            block: Default::default(),
            busy: Default::default(),
            launching: Default::default(),
            failed: Default::default(),
            bad: Default::default(),
            lane: Default::default(),
            own_start: Default::default(),
            own_source: Default::default(),
            own_destination: Default::default(),
            own_source_address: Default::default(),
            own_destination_address: Default::default(),
            own_beats: Default::default(),
            own_valid_bytes: Default::default(),
            near_start: Default::default(),
            source: Default::default(),
            destination: Default::default(),
            source_address: Default::default(),
            destination_address: Default::default(),
            beats: Default::default(),
            valid_bytes: Default::default(),
            near_busy: Default::default(),
            near_failed: Default::default(),
            row_taken: Default::default(),
            row: Default::default(),
            own_valid: Default::default(),
            own_ready: Default::default(),
            own_lane: Default::default(),
            own_all: Default::default(),
            own_op: Default::default(),
            own_address: Default::default(),
            own_data: Default::default(),
            bus_valid: Default::default(),
            bus_ready: Default::default(),
            bus_lane: Default::default(),
            bus_all: Default::default(),
            bus_op: Default::default(),
            bus_address: Default::default(),
            bus_data: Default::default(),
            card: port(MoverPort::Card),
            data_ram: port(MoverPort::Data),
            lanes: port(MoverPort::Lane),
            op_reset: op(LaneOp::Reset),
            op_store: op(LaneOp::Store),
            op_env: op(LaneOp::Env),
            op_set: op(LaneOp::Set),
            op_start: op(LaneOp::Start),
            op_load: op(LaneOp::Load),
            set_calldata_start: register(SetRegister::CalldataStart),
            set_calldata_bytes: register(SetRegister::CalldataBytes),
            set_payload_bytes: register(SetRegister::PayloadBytes),
            set_record_bytes: register(SetRegister::RecordBytes),
            header_rows: Constant::new((PAYLOAD_LISTS as u64).into()),
            header_words: Constant::new((PAYLOAD_LISTS as u64).into()),
            block_first: Constant::new((BLOCK_FIRST as u64).into()),
            block_rows: Constant::new((BLOCK_WORDS as u64).into()),
            access_row: row(ACCESS_WORDS),
            auths_row: row(AUTH_COUNT),
            blobs_row: row(BLOB_COUNT),
            calldata_row: row(CALLDATA_LEN),
            last_row: Constant::new(31_u64.into()),
            state: Default::default(),
            moving: Default::default(),
            failed_bit: Default::default(),
            bad_bit: Default::default(),
            lane_held: Default::default(),
            block_wanted: Default::default(),
            payload_held: Default::default(),
            bytes_held: Default::default(),
            place_held: Default::default(),
            record_held: Default::default(),
            block_held: Default::default(),
            row_number: Default::default(),
            access: Default::default(),
            auths: Default::default(),
            blobs: Default::default(),
            calldata: Default::default(),
            too_large: Default::default(),
            words: Default::default(),
            lead_bytes: Default::default(),
            whole: Default::default(),
            offers: Default::default(),
            taken: Default::default(),
            wants_move: Default::default(),
            moved: Default::default(),
            payload_rows: Default::default(),
            rounded: Default::default(),
            is_count: Default::default(),
            exceeds: Default::default(),
            of_lane: Default::default(),
            number: Default::default(),
            calldata_place: Default::default(),
        }
    }
}

impl Logic for LaunchUnit {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            state,
            moving,
            failed_bit,
            bad_bit,
            lane_held,
            block_wanted,
            payload_held,
            bytes_held,
            place_held,
            record_held,
            block_held,
            row_number,
            access,
            auths,
            blobs,
            calldata,
            too_large,
            words,
            lead_bytes,
            whole
        );

        // The header of the payload, as it passes: counts are below 2^20, all other bits of their words are zero.
        self.number.next = self.row.val().get_bits::<20>(0);
        self.is_count.next = (self.row_number.q.val() == self.access_row.val())
            | (self.row_number.q.val() == self.auths_row.val())
            | (self.row_number.q.val() == self.blobs_row.val())
            | (self.row_number.q.val() == self.calldata_row.val());
        self.exceeds.next = self.row.val().get_bits::<12>(20).any()
            | self.row.val().get_bits::<32>(32).any()
            | self.row.val().get_bits::<32>(64).any()
            | self.row.val().get_bits::<32>(96).any()
            | self.row.val().get_bits::<32>(128).any()
            | self.row.val().get_bits::<32>(160).any()
            | self.row.val().get_bits::<32>(192).any()
            | self.row.val().get_bits::<32>(224).any();
        if (self.state.q.val() == State::Payload) & self.row_taken.val() {
            if self.row_number.q.val() != self.last_row.val() {
                self.row_number.d.next = self.row_number.q.val() + bits::<5>(1);
            }
            if self.is_count.val() & self.exceeds.val() {
                self.too_large.d.next = true;
            }
            if self.row_number.q.val() == self.access_row.val() {
                self.access.d.next = self.number.val();
            }
            if self.row_number.q.val() == self.auths_row.val() {
                self.auths.d.next = self.number.val();
            }
            if self.row_number.q.val() == self.blobs_row.val() {
                self.blobs.d.next = self.number.val();
            }
            if self.row_number.q.val() == self.calldata_row.val() {
                self.calldata.d.next = self.number.val();
            }
        }
        // Sums, a step a cycle.
        self.words.d.next = (self.header_words.val() + bit_cast::<24, 20>(self.access.q.val()))
            + ((bit_cast::<24, 20>(self.auths.q.val()) << bits::<24>(2)) + bit_cast::<24, 20>(self.blobs.q.val()));
        self.lead_bytes.d.next = bit_cast::<28, 24>(self.words.q.val()) << bits::<28>(5);
        self.rounded.next = (bit_cast::<28, 20>(self.calldata.q.val()) + bits::<28>(31)) & bits::<28>(0xfff_ffe0);
        self.whole.d.next = self.lead_bytes.q.val() + self.rounded.val();

        self.calldata_place.next = self.place_held.q.val() + self.lead_bytes.q.val().get_bits::<20>(0);

        // Operations on the lane bus.
        self.offers.next = (self.state.q.val() == State::Reset)
            | (self.state.q.val() == State::PayloadBytes)
            | (self.state.q.val() == State::RecordBytes)
            | (self.state.q.val() == State::CalldataStart)
            | (self.state.q.val() == State::CalldataBytes)
            | (self.state.q.val() == State::Begin);
        self.taken.next = self.offers.val() & self.bus_ready.val();
        self.bus_valid.next = self.offers.val() | self.own_valid.val();
        self.own_ready.next = self.bus_ready.val() & (!self.offers.val());
        self.bus_lane.next = self.own_lane.val();
        self.bus_all.next = self.own_all.val();
        self.bus_op.next = self.own_op.val();
        self.bus_address.next = self.own_address.val();
        self.bus_data.next = self.own_data.val();
        if self.offers.val() {
            self.bus_lane.next = bit_cast::<6, 5>(self.lane_held.q.val());
            self.bus_all.next = false;
            self.bus_op.next = self.op_set.val();
            self.bus_address.next = bits::<32>(0);
            self.bus_data.next = bits_w256(self.bytes_held.q.val());
        }
        match self.state.q.val() {
            State::Reset => {
                self.bus_op.next = self.op_reset.val();
            }
            State::PayloadBytes => {
                self.bus_address.next = self.set_payload_bytes.val();
            }
            State::RecordBytes => {
                self.bus_address.next = self.set_record_bytes.val();
                self.bus_data.next = bits_w256(self.record_held.q.val());
            }
            State::CalldataStart => {
                self.bus_address.next = self.set_calldata_start.val();
                self.bus_data.next = bits_w256(self.calldata_place.val());
            }
            State::CalldataBytes => {
                self.bus_address.next = self.set_calldata_bytes.val();
                self.bus_data.next = bits_w256(self.calldata.q.val());
            }
            State::Begin => {
                self.bus_op.next = self.op_start.val();
            }
            _ => {}
        }

        // Moves.
        self.wants_move.next = ((self.state.q.val() == State::Payload)
            | (self.state.q.val() == State::Header)
            | (self.state.q.val() == State::Block))
            & (!self.moving.q.val());
        self.moved.next = self.moving.q.val() & (!self.near_busy.val());
        self.payload_rows.next = bit_cast::<20, 15>(self.bytes_held.q.val().get_bits::<15>(5));
        if self.bytes_held.q.val().get_bits::<5>(0).any() {
            self.payload_rows.next = bit_cast::<20, 15>(self.bytes_held.q.val().get_bits::<15>(5)) + bits::<20>(1);
        }
        self.of_lane.next = bits_w64(self.lane_held.q.val()) << 40_u64;
        self.near_start.next = self.own_start.val() | self.wants_move.val();
        self.source.next = self.own_source.val();
        self.destination.next = self.own_destination.val();
        self.source_address.next = self.own_source_address.val();
        self.destination_address.next = self.own_destination_address.val();
        self.beats.next = self.own_beats.val();
        self.valid_bytes.next = self.own_valid_bytes.val();
        if self.wants_move.val() {
            // Whole rows.
            self.valid_bytes.next = bits::<32>(0x3ff_ffff);
            self.source.next = self.lanes.val();
            self.destination.next = self.lanes.val();
            self.source_address.next = bits_w64(self.payload_held.q.val());
            self.destination_address.next =
                (self.of_lane.val() | (bits_w64(self.op_env.val()) << 32_u64)) | bits_w64(self.block_first.val());
            self.beats.next = self.payload_rows.val();
        }
        if self.wants_move.val() & (self.state.q.val() == State::Payload) {
            self.source.next = self.card.val();
            self.destination_address.next =
                (self.of_lane.val() | (bits_w64(self.op_store.val()) << 32_u64)) | bits_w64(self.place_held.q.val());
        }
        if self.wants_move.val() & (self.state.q.val() == State::Header) {
            self.source_address.next =
                (self.of_lane.val() | (bits_w64(self.op_load.val()) << 32_u64)) | bits_w64(self.place_held.q.val());
            self.destination_address.next = self.of_lane.val() | (bits_w64(self.op_env.val()) << 32_u64);
            self.beats.next = self.header_rows.val();
        }
        if self.wants_move.val() & (self.state.q.val() == State::Block) {
            self.source.next = self.data_ram.val();
            self.source_address.next = bits_w64(self.block_held.q.val());
            self.beats.next = self.block_rows.val();
        }
        if self.wants_move.val() {
            self.moving.d.next = true;
        }
        if self.moved.val() {
            self.moving.d.next = false;
        }

        // The launch.
        match self.state.q.val() {
            State::Idle => {
                self.row_number.d.next = bits::<5>(0);
                self.too_large.d.next = false;
                if self.start.val() {
                    self.lane_held.d.next = self.start_lane.val();
                    self.block_wanted.d.next = self.with_block.val();
                    self.payload_held.d.next = self.payload.val();
                    self.bytes_held.d.next = self.payload_bytes.val().get_bits::<20>(0);
                    self.place_held.d.next = self.place.val().get_bits::<20>(0);
                    self.record_held.d.next = self.record_bytes.val();
                    self.block_held.d.next = self.block.val();
                    self.state.d.next = State::Reset;
                }
            }
            State::Reset => {
                if self.taken.val() {
                    self.state.d.next = State::PayloadBytes;
                }
            }
            State::PayloadBytes => {
                if self.taken.val() {
                    self.state.d.next = State::RecordBytes;
                }
            }
            State::RecordBytes => {
                if self.taken.val() {
                    self.state.d.next = State::Payload;
                }
            }
            State::Payload => {
                if self.moved.val() {
                    self.state.d.next = State::Header;
                }
            }
            State::Header => {
                if self.moved.val() {
                    self.state.d.next = State::CalldataStart;
                    if self.block_wanted.q.val() {
                        self.state.d.next = State::Block;
                    }
                    if self.too_large.q.val() | (self.whole.q.val() > bit_cast::<28, 20>(self.bytes_held.q.val())) {
                        self.bad_bit.d.next = true;
                        self.state.d.next = State::Stopped;
                    }
                }
            }
            State::Block => {
                if self.moved.val() {
                    self.state.d.next = State::CalldataStart;
                }
            }
            State::CalldataStart => {
                if self.taken.val() {
                    self.state.d.next = State::CalldataBytes;
                }
            }
            State::CalldataBytes => {
                if self.taken.val() {
                    self.state.d.next = State::Begin;
                }
            }
            State::Begin => {
                if self.taken.val() {
                    self.state.d.next = State::Idle;
                }
            }
            State::Stopped => {}
        }
        if self.moved.val() & self.near_failed.val() {
            self.bad_bit.d.next = false;
            self.failed_bit.d.next = true;
            self.state.d.next = State::Stopped;
        }
        self.busy.next = (self.state.q.val() != State::Idle) & (self.state.q.val() != State::Stopped);
        self.launching.next = bits::<32>(0);
        if self.state.q.val() != State::Idle {
            self.launching.next = bits::<32>(1) << bit_cast::<32, 5>(self.lane_held.q.val());
        }
        self.lane.next = self.lane_held.q.val();
        self.failed.next = self.failed_bit.q.val();
        self.bad.next = self.bad_bit.q.val();

        if self.reset.val() {
            self.state.d.next = State::Idle;
            self.moving.d.next = false;
            self.failed_bit.d.next = false;
            self.bad_bit.d.next = false;
        }
    }
}
