//! State door: serves the state reads of the lanes.
//!
//! Algorithm: in turns, each lane that asks, is enabled and is not blocked: two STATUS reads over the lane bus show its key (rows
//! [`StatusRow::Slot`] and [`StatusRow::Key`]), the table READs it for the lane's slot, and the value goes to the lane as STATE. Any other
//! outcome than done blocks the lane, until `retry` or until it is not enabled. The lane that was served last is not looked at for
//! [`SETTLE_CYCLES`]: its answer and the end of its question are on their way. If the READ is the first for an absent key (`Requested`), the
//! key goes to `ask`, for the host; there is room for one, and without room the door waits. A blocked lane whose outcome is neither that nor
//! `Waits` is `refused`: waiting does not help it.
//!
//! A lane whose `enable` falls while it is served gets no STATE and is not blocked. A READ that has begun is completed, one that has not is
//! left out; a STATE that is already offered to the bus goes out (so a lane is reset only when it is not `serving` any more). The key of
//! such a READ is asked for all the same, else the entry would stay pending.
//!
//! Handshake: `asks` are levels; that of a lane is down 8 cycles after the bus has taken its STATE, or up again for the next question.
//! `retry` are pulses. A `retry` in the cycle in which the READ is done is older than its outcome and does not count. `ask` is ready/valid.
//! `bus` is ready/valid; responses come in order, `response_valid` for one cycle each. `door_valid` stays with its operands until
//! `door_ready`, the cycle in which the table's outputs count. Slot and tag of a lane (`map_write`) change only while it is not served.
//! `outcome_value` is the outcome of the last READ of `outcome_lane` that was not done, `waited_value` the cycles from READs that were not done
//! to those after which they were, less one for each, since its slot was written; both in the same cycle (combinational).
//!
//! Latency: 2 cycles from `asks` to the first STATUS; one from the second response to `door_valid`; one from `door_ready` to STATE or
//! `blocked` or `ask_valid`. Reset: none; starts idle, nobody blocked, all slots and tags 0, `reads` and `asked` at 0.

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
    /// The lane is not served any more, but its key has no room yet.
    Ask,
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
    /// With it the tag of its transaction.
    pub map_tag: Signal<In, Bits<32>>,
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
    /// Those of them that need not wait.
    pub refused: Signal<Out, Bits<32>>,
    /// A key that the host has to be asked for.
    pub ask_valid: Signal<Out, Bit>,
    /// It is asked for.
    pub ask_ready: Signal<In, Bit>,
    /// Tag of the transaction that reads it.
    pub ask_tag: Signal<Out, Bits<32>>,
    /// Its kind.
    pub ask_kind: Signal<Out, Bits<2>>,
    /// Its account.
    pub ask_address: Signal<Out, W160>,
    /// Its slot, 0 for an account.
    pub ask_slot: Signal<Out, W256>,
    /// Outcome of this lane.
    pub outcome_lane: Signal<In, Bits<5>>,
    /// It is this.
    pub outcome_value: Signal<Out, Bits<4>>,
    /// Cycles that it has waited.
    pub waited_value: Signal<Out, Bits<32>>,
    /// A lane is being served.
    pub serving: Signal<Out, Bit>,
    /// This one.
    pub serving_lane: Signal<Out, Bits<5>>,
    /// READs done since the start.
    pub reads: Signal<Out, W64>,
    /// Keys that the host was asked for since the start.
    pub asked: Signal<Out, W64>,

    op_status: Constant<Bits<4>>,
    op_state: Constant<Bits<4>>,
    row_slot: Constant<Bits<32>>,
    row_key: Constant<Bits<32>>,
    account: Constant<Bits<2>>,
    requested: Constant<Bits<4>>,
    waits: Constant<Bits<4>>,
    zero: Constant<W256>,
    settle: Constant<Bits<4>>,

    slots: SmallRam<Bits<5>, 5>,
    tags: SmallRam<Bits<32>, 5>,
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
    refused_lanes: DFF<Bits<32>>,
    read_count: DFF<W64>,
    /// The key is there, and what belongs to it.
    ask_full: DFF<Bit>,
    tag: DFF<Bits<32>>,
    asked_tag: DFF<Bits<32>>,
    asked_kind: DFF<Bits<2>>,
    asked_address: DFF<W160>,
    asked_slot: DFF<W256>,
    ask_count: DFF<W64>,
    /// Cycles.
    now: DFF<Bits<32>>,
    /// Lanes whose first READ that was not done is in `since`.
    waiting: DFF<Bits<32>>,
    since: SmallRam<Bits<32>, 5>,
    elapsed: DFF<Bits<32>>,
    /// Lanes for which `waited` does not count yet.
    fresh: DFF<Bits<32>>,
    waited: SmallRam<Bits<32>, 5>,
    /// The same, for `waited_value`.
    waited_shown: SmallRam<Bits<32>, 5>,
    map_bit: Signal<Local, Bits<32>>,
    shown_bit: Signal<Local, Bits<32>>,
    was_waiting: Signal<Local, Bit>,
    ends_wait: Signal<Local, Bit>,
    earlier: Signal<Local, Bits<32>>,
    total: Signal<Local, Bits<32>>,

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
    refuses: Signal<Local, Bits<32>>,
    /// The READ that ends has requested its key.
    requests: Signal<Local, Bit>,
    /// The key goes to the register.
    takes: Signal<Local, Bit>,
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
            map_tag: Default::default(),
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
            refused: Default::default(),
            ask_valid: Default::default(),
            ask_ready: Default::default(),
            ask_tag: Default::default(),
            ask_kind: Default::default(),
            ask_address: Default::default(),
            ask_slot: Default::default(),
            outcome_lane: Default::default(),
            outcome_value: Default::default(),
            waited_value: Default::default(),
            serving: Default::default(),
            serving_lane: Default::default(),
            reads: Default::default(),
            asked: Default::default(),
            op_status: Constant::new((LaneOp::Status as u64).into()),
            op_state: Constant::new((LaneOp::State as u64).into()),
            row_slot: Constant::new((StatusRow::Slot as u64).into()),
            row_key: Constant::new((StatusRow::Key as u64).into()),
            account: Constant::new(u64::from(ACCOUNT).into()),
            requested: Constant::new((TableOutcome::Requested as u64).into()),
            waits: Constant::new((TableOutcome::Waits as u64).into()),
            zero: Constant::new(W256::ZERO),
            settle: Constant::new(SETTLE_CYCLES.into()),
            slots: Default::default(),
            tags: Default::default(),
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
            refused_lanes: Default::default(),
            read_count: Default::default(),
            ask_full: Default::default(),
            tag: Default::default(),
            asked_tag: Default::default(),
            asked_kind: Default::default(),
            asked_address: Default::default(),
            asked_slot: Default::default(),
            ask_count: Default::default(),
            now: Default::default(),
            waiting: Default::default(),
            since: Default::default(),
            elapsed: Default::default(),
            fresh: Default::default(),
            waited: Default::default(),
            waited_shown: Default::default(),
            map_bit: Default::default(),
            shown_bit: Default::default(),
            was_waiting: Default::default(),
            ends_wait: Default::default(),
            earlier: Default::default(),
            total: Default::default(),
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
            refuses: Default::default(),
            requests: Default::default(),
            takes: Default::default(),
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
            refused_lanes,
            read_count,
            ask_full,
            tag,
            asked_tag,
            asked_kind,
            asked_address,
            asked_slot,
            ask_count,
            now,
            waiting,
            elapsed,
            fresh
        );
        clock!(self, clock, slots, tags, outcomes, since, waited, waited_shown);

        // Whose turn it is.
        self.serves.next = (self.state.q.val() != State::Idle) & (self.state.q.val() != State::Ask);
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
        self.tags.address.next = self.lane.q.val();
        self.tags.write.next = self.map_write.val();
        self.tags.write_address.next = self.map_lane.val();
        self.tags.write_data.next = self.map_tag.val();
        if self.serves.val() {
            self.tag.d.next = self.tags.data.val();
        }
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
        self.refuses.next = bits::<32>(0);
        self.requests.next = self.read_ends.val() & (self.outcome.val() == self.requested.val());
        if self.read_ends.val() {
            self.read_count.d.next = self.read_count.q.val() + bits_w64(bits::<8>(1));
            if (!self.is_cut.val()) & (!self.done.val()) {
                self.blocks.next = self.lane_bit.val();
                if (self.outcome.val() != self.requested.val()) & (self.outcome.val() != self.waits.val()) {
                    self.refuses.next = self.lane_bit.val();
                }
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
        self.outcomes.write.next = self.blocks.val().any();
        self.outcomes.write_address.next = self.lane.q.val();
        self.outcomes.write_data.next = self.outcome.val();
        self.outcome_value.next = self.outcomes.data.val();
        self.blocked_lanes.d.next =
            (self.blocked_lanes.q.val() & (!self.retry.val()) & self.enable.val()) | self.blocks.val();
        self.refused_lanes.d.next =
            (self.refused_lanes.q.val() & (!self.retry.val()) & self.enable.val()) | self.refuses.val();
        self.blocked.next = self.blocked_lanes.q.val();
        self.refused.next = self.refused_lanes.q.val();
        self.reads.next = self.read_count.q.val();

        // How long lanes wait.
        self.now.d.next = self.now.q.val() + bits::<32>(1);
        self.map_bit.next = bits::<32>(0);
        if self.map_write.val() {
            self.map_bit.next = bits::<32>(1) << bit_cast::<32, 5>(self.map_lane.val());
        }
        self.was_waiting.next = (self.waiting.q.val() & self.lane_bit.val()).any();
        self.since.address.next = self.lane.q.val();
        self.since.write.next = self.blocks.val().any() & (!self.was_waiting.val());
        self.since.write_address.next = self.lane.q.val();
        self.since.write_data.next = self.now.q.val();
        self.elapsed.d.next = self.now.q.val() - self.since.data.val();
        self.ends_wait.next =
            ((self.read_ends.val() & self.done.val()) & (!self.is_cut.val())) & self.was_waiting.val();
        self.waited.address.next = self.lane.q.val();
        self.earlier.next = self.waited.data.val();
        if (self.fresh.q.val() & self.lane_bit.val()).any() {
            self.earlier.next = bits::<32>(0);
        }
        self.total.next = self.earlier.val() + self.elapsed.q.val();
        self.waited.write.next = self.ends_wait.val();
        self.waited.write_address.next = self.lane.q.val();
        self.waited.write_data.next = self.total.val();
        self.waited_shown.address.next = self.outcome_lane.val();
        self.waited_shown.write.next = self.ends_wait.val();
        self.waited_shown.write_address.next = self.lane.q.val();
        self.waited_shown.write_data.next = self.total.val();
        self.waiting.d.next = (self.waiting.q.val() | self.blocks.val()) & (!self.map_bit.val());
        self.fresh.d.next = self.fresh.q.val() | self.map_bit.val();
        if self.ends_wait.val() {
            self.waiting.d.next = self.waiting.q.val() & (!(self.lane_bit.val() | self.map_bit.val()));
            self.fresh.d.next = (self.fresh.q.val() & (!self.lane_bit.val())) | self.map_bit.val();
        }
        self.shown_bit.next = bits::<32>(1) << bit_cast::<32, 5>(self.outcome_lane.val());
        self.waited_value.next = self.waited_shown.data.val();
        if (self.fresh.q.val() & self.shown_bit.val()).any() {
            self.waited_value.next = bits::<32>(0);
        }

        // The key for the host.
        self.takes.next = false;
        if self.ask_ready.val() {
            self.ask_full.d.next = false;
        }
        if self.ask_full.q.val() & self.ask_ready.val() {
            self.ask_count.d.next = self.ask_count.q.val() + bits_w64(bits::<8>(1));
        }
        if (self.requests.val() | (self.state.q.val() == State::Ask))
            & ((!self.ask_full.q.val()) | self.ask_ready.val())
        {
            self.takes.next = true;
        }
        if self.takes.val() {
            self.ask_full.d.next = true;
            self.asked_tag.d.next = self.tag.q.val();
            self.asked_kind.d.next = self.key_row.q.val().get_bits::<2>(160);
            self.asked_address.d.next = bits_w160(self.key_row.q.val());
            self.asked_slot.d.next = self.slot_row.q.val();
            if self.is_account.val() {
                self.asked_slot.d.next = self.zero.val();
            }
        }
        self.ask_valid.next = self.ask_full.q.val();
        self.ask_tag.next = self.asked_tag.q.val();
        self.ask_kind.next = self.asked_kind.q.val();
        self.ask_address.next = self.asked_address.q.val();
        self.ask_slot.next = self.asked_slot.q.val();
        self.asked.next = self.ask_count.q.val();

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
                    if self.requests.val() & (!self.takes.val()) {
                        self.state.d.next = State::Ask;
                    }
                }
            }
            State::Ask => {
                if self.takes.val() {
                    self.state.d.next = State::Idle;
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
