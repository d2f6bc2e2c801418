//! State door: serves the state reads of the lanes.
//!
//! Algorithm: in turns, each lane that asks, is enabled and is not blocked: two STATUS reads over the lane bus show its key (rows
//! [`StatusRow::Slot`] and [`StatusRow::Key`]), the table READs it for the lane's slot, and the value goes to the lane as STATE. Any other
//! outcome than done blocks the lane, until `retry` or until it is not enabled. The lane that was served last is not looked at for
//! [`SETTLE_CYCLES`]: its answer and the end of its question are on their way.
//!
//! A lane whose `enable` falls while it is served gets no STATE and is not blocked. A READ that has begun is completed, one that has not is
//! left out; a STATE that is already offered to the bus goes out (so a lane is reset only when it is not `serving` any more). If
//! such a READ is the first for an absent key (`Requested`), the request must be posted all the same, else the
//! entry stays pending: the lane's bit in `orphans` says so, until `retry`.
//!
//! Handshake: `asks` are levels; that of a lane is down 8 cycles after the bus has taken its STATE, or up again for the next question.
//! `retry` are pulses. A `retry` in the cycle in which the READ is done is older than its outcome and does not count.
//! `bus` is ready/valid; responses come in order, `response_valid` for one cycle each. `door_valid` stays with its operands until
//! `door_ready`, the cycle in which the table's outputs count. The slot of a lane (`map_write`) changes only while it is not served.
//! `outcome_value` is the outcome of the last READ of `outcome_lane` that was not done, in the same cycle (combinational).
//!
//! Latency: 2 cycles from `asks` to the first STATUS; one from the second response to `door_valid`; one from `door_ready` to STATE or
//! `blocked`. Reset: none; starts idle, nobody blocked, all slots 0, `reads` at 0.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::{
    LaneTurn,
    layout::{LaneOp, StatusRow},
};
use crate::{
    leaf::SmallRam,
    table::{TableOutcome, layout::ACCOUNT},
    word::{W64, W160, W256, bits_w64, bits_w160, bits_w256},
};

/// Cycles after a service in which the lane is left alone.
pub const SETTLE_CYCLES: u64 = 8;

/// Where the service of a lane stands.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum State {
    Idle,
    // The rows of the key are asked for.
    AskSlot,
    AskKey,
    /// They are on their way.
    Rows,
    /// The table reads.
    Read,
    /// The lane gets its value.
    Give,
}

/// The door.
#[derive(LogicBlock)]
pub struct StateDoor {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Lanes that ask for state.
    pub asks: Signal<In, Bits<32>>,
    /// Lanes that may be served.
    pub enable: Signal<In, Bits<32>>,
    /// These are blocked no longer.
    pub retry: Signal<In, Bits<32>>,
    /// The slot of a lane is written.
    pub map_write: Signal<In, Bit>,
    /// Of this lane.
    pub map_lane: Signal<In, Bits<5>>,
    /// It is this.
    pub map_slot: Signal<In, Bits<5>>,
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
    /// Its code reference.
    pub bus_code: Signal<Out, W64>,
    /// A response.
    pub response_valid: Signal<In, Bit>,
    /// Its word.
    pub response_data: Signal<In, W256>,
    /// Table: a READ.
    pub door_valid: Signal<Out, Bit>,
    /// It is done; the table's outputs below hold its results in this cycle.
    pub door_ready: Signal<In, Bit>,
    /// Kind of its key.
    pub door_kind: Signal<Out, Bits<2>>,
    /// Account.
    pub door_address: Signal<Out, W160>,
    /// Slot of the key.
    pub door_slot_key: Signal<Out, W256>,
    /// Slot of the transaction.
    pub door_slot: Signal<Out, Bits<5>>,
    /// Field, 0 unless the key is an account.
    pub door_field: Signal<Out, Bits<2>>,
    /// Table: outcome.
    pub outcome: Signal<In, Bits<4>>,
    /// Table: balance, value or block hash.
    pub found_value: Signal<In, W256>,
    /// Table: nonce.
    pub found_nonce: Signal<In, W64>,
    /// Table: code hash.
    pub found_code_hash: Signal<In, W256>,
    /// Table: code handle << 32 | bytes.
    pub found_code: Signal<In, W64>,
    /// Lanes whose READ was not done.
    pub blocked: Signal<Out, Bits<32>>,
    /// Lanes whose READ had a key requested when they were no longer enabled.
    pub orphans: Signal<Out, Bits<32>>,
    /// Outcome of this lane.
    pub outcome_lane: Signal<In, Bits<5>>,
    /// It is this.
    pub outcome_value: Signal<Out, Bits<4>>,
    /// A lane is being served.
    pub serving: Signal<Out, Bit>,
    /// This one.
    pub serving_lane: Signal<Out, Bits<5>>,
    /// READs done since the start.
    pub reads: Signal<Out, W64>,

    op_status: Constant<Bits<4>>,
    op_state: Constant<Bits<4>>,
    row_slot: Constant<Bits<32>>,
    row_key: Constant<Bits<32>>,
    account: Constant<Bits<2>>,
    requested: Constant<Bits<4>>,
    settle: Constant<Bits<4>>,

    slots: SmallRam<Bits<5>, 5>,
    outcomes: SmallRam<Bits<4>, 5>,
    turn: LaneTurn,

    state: DFF<State>,
    lane: DFF<Bits<5>>,
    /// Lanes that may be chosen.
    candidates: DFF<Bits<32>>,
    /// Cycles in which the last lane is still left alone.
    settling: DFF<Bits<4>>,
    /// The lane was not enabled in a cycle of its service.
    cut: DFF<Bit>,
    /// The first row is here.
    half: DFF<Bit>,
    slot_row: DFF<W256>,
    key_row: DFF<W256>,
    word: DFF<W256>,
    code: DFF<W64>,
    blocked_lanes: DFF<Bits<32>>,
    orphan_lanes: DFF<Bits<32>>,
    read_count: DFF<W64>,

    serves: Signal<Local, Bit>,
    lane_bit: Signal<Local, Bits<32>>,
    left_alone: Signal<Local, Bits<32>>,
    is_cut: Signal<Local, Bit>,
    has_rows: Signal<Local, Bit>,
    is_account: Signal<Local, Bit>,
    field: Signal<Local, Bits<2>>,
    read_ends: Signal<Local, Bit>,
    done: Signal<Local, Bit>,
    blocks: Signal<Local, Bits<32>>,
    strands: Signal<Local, Bits<32>>,
}

impl Default for StateDoor {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            asks: Default::default(),
            enable: Default::default(),
            retry: Default::default(),
            map_write: Default::default(),
            map_lane: Default::default(),
            map_slot: Default::default(),
            bus_valid: Default::default(),
            bus_ready: Default::default(),
            bus_lane: Default::default(),
            bus_op: Default::default(),
            bus_address: Default::default(),
            bus_data: Default::default(),
            bus_code: Default::default(),
            response_valid: Default::default(),
            response_data: Default::default(),
            door_valid: Default::default(),
            door_ready: Default::default(),
            door_kind: Default::default(),
            door_address: Default::default(),
            door_slot_key: Default::default(),
            door_slot: Default::default(),
            door_field: Default::default(),
            outcome: Default::default(),
            found_value: Default::default(),
            found_nonce: Default::default(),
            found_code_hash: Default::default(),
            found_code: Default::default(),
            blocked: Default::default(),
            orphans: Default::default(),
            outcome_lane: Default::default(),
            outcome_value: Default::default(),
            serving: Default::default(),
            serving_lane: Default::default(),
            reads: Default::default(),
            op_status: Constant::new((LaneOp::Status as u64).into()),
            op_state: Constant::new((LaneOp::State as u64).into()),
            row_slot: Constant::new((StatusRow::Slot as u64).into()),
            row_key: Constant::new((StatusRow::Key as u64).into()),
            account: Constant::new(u64::from(ACCOUNT).into()),
            requested: Constant::new((TableOutcome::Requested as u64).into()),
            settle: Constant::new(SETTLE_CYCLES.into()),
            slots: Default::default(),
            outcomes: Default::default(),
            turn: Default::default(),
            state: Default::default(),
            lane: Default::default(),
            candidates: Default::default(),
            settling: Default::default(),
            cut: Default::default(),
            half: Default::default(),
            slot_row: Default::default(),
            key_row: Default::default(),
            word: Default::default(),
            code: Default::default(),
            blocked_lanes: Default::default(),
            orphan_lanes: Default::default(),
            read_count: Default::default(),
            serves: Default::default(),
            lane_bit: Default::default(),
            left_alone: Default::default(),
            is_cut: Default::default(),
            has_rows: Default::default(),
            is_account: Default::default(),
            field: Default::default(),
            read_ends: Default::default(),
            done: Default::default(),
            blocks: Default::default(),
            strands: Default::default(),
        }
    }
}

impl Logic for StateDoor {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            state,
            lane,
            candidates,
            settling,
            cut,
            half,
            slot_row,
            key_row,
            word,
            code,
            blocked_lanes,
            orphan_lanes,
            read_count
        );
        clock!(self, clock, slots, outcomes);

        // Whose turn it is.
        self.serves.next = self.state.q.val() != State::Idle;
        self.lane_bit.next = bits::<32>(1) << bit_cast::<32, 5>(self.lane.q.val());
        self.left_alone.next = bits::<32>(0);
        if self.serves.val() | self.settling.q.val().any() {
            self.left_alone.next = self.lane_bit.val();
        }
        self.candidates.d.next =
            self.asks.val() & self.enable.val() & (!self.blocked_lanes.q.val()) & (!self.left_alone.val());
        self.turn.asks.next = self.candidates.q.val();
        self.turn.last.next = self.lane.q.val();
        if self.serves.val() {
            self.settling.d.next = self.settle.val();
        } else if self.settling.q.val().any() {
            self.settling.d.next = self.settling.q.val() - bits::<4>(1);
        }
        self.is_cut.next = self.cut.q.val() | (!(self.enable.val() & self.lane_bit.val()).any());
        self.cut.d.next = self.is_cut.val() & self.serves.val();
        self.serving.next = self.serves.val();
        self.serving_lane.next = self.lane.q.val();

        // Its key.
        self.has_rows.next = self.response_valid.val() & self.half.q.val();
        if self.response_valid.val() {
            self.half.d.next = !self.half.q.val();
            if self.half.q.val() {
                self.key_row.d.next = self.response_data.val();
            } else {
                self.slot_row.d.next = self.response_data.val();
            }
        }
        self.slots.address.next = self.lane.q.val();
        self.slots.write.next = self.map_write.val();
        self.slots.write_address.next = self.map_lane.val();
        self.slots.write_data.next = self.map_slot.val();
        self.is_account.next = self.key_row.q.val().get_bits::<2>(160) == self.account.val();
        self.field.next = bits::<2>(0);
        if self.is_account.val() {
            self.field.next = self.key_row.q.val().get_bits::<2>(168);
        }
        self.door_valid.next = self.state.q.val() == State::Read;
        self.read_ends.next = (self.state.q.val() == State::Read) & self.door_ready.val();
        self.door_kind.next = self.key_row.q.val().get_bits::<2>(160);
        self.door_address.next = bits_w160(self.key_row.q.val());
        self.door_slot_key.next = self.slot_row.q.val();
        self.door_slot.next = self.slots.data.val();
        self.door_field.next = self.field.val();

        // What the table says.
        self.done.next = !self.outcome.val().any();
        self.blocks.next = bits::<32>(0);
        self.strands.next = bits::<32>(0);
        if self.read_ends.val() {
            self.read_count.d.next = self.read_count.q.val() + bits_w64(bits::<8>(1));
            if !self.is_cut.val() {
                if !self.done.val() {
                    self.blocks.next = self.lane_bit.val();
                }
            } else if self.outcome.val() == self.requested.val() {
                self.strands.next = self.lane_bit.val();
            }
            self.code.d.next = bits_w64(bits::<8>(0));
            match self.field.val().index() {
                0 => {
                    self.word.d.next = self.found_value.val();
                }
                1 => {
                    self.word.d.next = bits_w256(self.found_nonce.val());
                }
                _ => {
                    self.word.d.next = self.found_code_hash.val();
                    self.code.d.next = self.found_code.val();
                }
            }
        }
        self.outcomes.address.next = self.outcome_lane.val();
        self.outcomes.write.next = self.blocks.val().any() | self.strands.val().any();
        self.outcomes.write_address.next = self.lane.q.val();
        self.outcomes.write_data.next = self.outcome.val();
        self.outcome_value.next = self.outcomes.data.val();
        self.blocked_lanes.d.next =
            (self.blocked_lanes.q.val() & (!self.retry.val()) & self.enable.val()) | self.blocks.val();
        self.orphan_lanes.d.next = (self.orphan_lanes.q.val() & (!self.retry.val())) | self.strands.val();
        self.blocked.next = self.blocked_lanes.q.val();
        self.orphans.next = self.orphan_lanes.q.val();
        self.reads.next = self.read_count.q.val();

        // The bus.
        self.bus_valid.next = false;
        self.bus_lane.next = bit_cast::<6, 5>(self.lane.q.val());
        self.bus_op.next = self.op_status.val();
        self.bus_address.next = self.row_slot.val();
        self.bus_data.next = self.word.q.val();
        self.bus_code.next = self.code.q.val();

        match self.state.q.val() {
            State::Idle => {
                self.half.d.next = false;
                if self.turn.any.val() {
                    self.lane.d.next = self.turn.lane.val();
                    self.state.d.next = State::AskSlot;
                }
            }
            State::AskSlot => {
                self.bus_valid.next = true;
                if self.bus_ready.val() {
                    self.state.d.next = State::AskKey;
                }
            }
            State::AskKey => {
                self.bus_valid.next = true;
                self.bus_address.next = self.row_key.val();
                if self.bus_ready.val() {
                    self.state.d.next = State::Rows;
                }
            }
            State::Rows => {
                if self.has_rows.val() {
                    self.state.d.next = State::Read;
                    if self.is_cut.val() {
                        self.state.d.next = State::Idle;
                    }
                }
            }
            State::Read => {
                if self.read_ends.val() {
                    self.state.d.next = State::Idle;
                    if self.done.val() & (!self.is_cut.val()) {
                        self.state.d.next = State::Give;
                    }
                }
            }
            State::Give => {
                self.bus_valid.next = true;
                self.bus_op.next = self.op_state.val();
                if self.bus_ready.val() {
                    self.state.d.next = State::Idle;
                }
            }
        }
    }
}
