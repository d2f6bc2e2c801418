//! A lane with its port, for a design that is one block: all that a lane bus needs at its end.
//!
//! Algorithm: none of its own; the parts are connected. Handshake: that of [`LanePort`]. Latency: that of the parts. Reset: none but the bus's RESET.

use rust_hdl_core::prelude::*;

use super::LanePort;
use crate::{
    config::CardConfig,
    lane::{Lane, LaneLayout},
    word::{W64, W256},
};

/// Port and lane, the lane of those sizes (see [`Lane`]).
#[derive(LogicBlock)]
pub struct PortedLane<const O: usize, const R: usize, const E: usize, const U: usize, const F: usize, const C: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Number of the lane.
    pub number: Signal<In, Bits<6>>,
    /// Lane bus: an operation.
    pub down_valid: Signal<In, Bit>,
    /// Its lane.
    pub down_lane: Signal<In, Bits<6>>,
    /// It is for all lanes.
    pub down_all: Signal<In, Bit>,
    /// Number of a [`LaneOp`](super::LaneOp).
    pub down_op: Signal<In, Bits<4>>,
    /// Whom its response is for.
    pub down_tag: Signal<In, Bits<2>>,
    /// Its address.
    pub down_address: Signal<In, Bits<32>>,
    /// Its word.
    pub down_data: Signal<In, W256>,
    /// Its code reference.
    pub down_code: Signal<In, W64>,
    /// A response.
    pub up_valid: Signal<Out, Bit>,
    /// Whom it is for.
    pub up_tag: Signal<Out, Bits<2>>,
    /// Its word.
    pub up_data: Signal<Out, W256>,
    /// The lane has stopped.
    pub stopped: Signal<Out, Bit>,
    /// It asks for state.
    pub asks_state: Signal<Out, Bit>,
    /// It wants a code refill.
    pub wants_line: Signal<Out, Bit>,
    port: LanePort,
    lane: Lane<O, R, E, U, F, C>,
}

impl<const O: usize, const R: usize, const E: usize, const U: usize, const F: usize, const C: usize>
    PortedLane<O, R, E, U, F, C>
{
    /// Of a card's configuration.
    pub fn new(config: &CardConfig) -> Self {
        Self {
            clock: Default::default(),
            number: Default::default(),
            down_valid: Default::default(),
            down_lane: Default::default(),
            down_all: Default::default(),
            down_op: Default::default(),
            down_tag: Default::default(),
            down_address: Default::default(),
            down_data: Default::default(),
            down_code: Default::default(),
            up_valid: Default::default(),
            up_tag: Default::default(),
            up_data: Default::default(),
            stopped: Default::default(),
            asks_state: Default::default(),
            wants_line: Default::default(),
            port: Default::default(),
            lane: Lane::new(&LaneLayout::new(config)),
        }
    }
}

impl<const O: usize, const R: usize, const E: usize, const U: usize, const F: usize, const C: usize> Logic
    for PortedLane<O, R, E, U, F, C>
{
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, port, lane);
        self.port.number.next = self.number.val();
        self.port.down_valid.next = self.down_valid.val();
        self.port.down_lane.next = self.down_lane.val();
        self.port.down_all.next = self.down_all.val();
        self.port.down_op.next = self.down_op.val();
        self.port.down_tag.next = self.down_tag.val();
        self.port.down_address.next = self.down_address.val();
        self.port.down_data.next = self.down_data.val();
        self.port.down_code.next = self.down_code.val();
        self.up_valid.next = self.port.up_valid.val();
        self.up_tag.next = self.port.up_tag.val();
        self.up_data.next = self.port.up_data.val();
        self.stopped.next = self.port.stopped.val();
        self.asks_state.next = self.port.asks_state.val();
        self.wants_line.next = self.port.wants_line.val();
        self.lane.reset.next = self.port.reset.val();
        self.lane.start.next = self.port.start.val();
        self.lane.is_head.next = self.port.is_head.val();
        self.lane.port_store.next = self.port.port_store.val();
        self.lane.port_address.next = self.port.port_address.val();
        self.lane.port_data.next = self.port.port_data.val();
        self.lane.env_write.next = self.port.env_write.val();
        self.lane.env_index.next = self.port.env_index.val();
        self.lane.drain_row.next = self.port.drain_row.val();
        self.lane.state_valid.next = self.port.state_valid.val();
        self.lane.state_value.next = self.port.state_value.val();
        self.lane.state_code.next = self.port.state_code.val();
        self.lane.fill_ready.next = self.port.fill_ready.val();
        self.lane.fill_valid.next = self.port.fill_valid.val();
        self.lane.fill_data.next = self.port.fill_data.val();
        self.lane.code_flush.next = self.port.code_flush.val();
        self.lane.code_drop.next = self.port.code_drop.val();
        self.lane.drop_line.next = self.port.drop_line.val();
        self.lane.code_resume.next = self.port.code_resume.val();
        self.lane.answer_valid.next = self.port.answer_valid.val();
        self.lane.answer_bytes.next = self.port.answer_bytes.val();
        self.lane.calldata_start.next = self.port.calldata_start.val();
        self.lane.calldata_bytes.next = self.port.calldata_bytes.val();
        self.lane.payload_bytes.next = self.port.payload_bytes.val();
        self.lane.record_bytes.next = self.port.record_bytes.val();
        self.port.status.next = self.lane.status.val();
        self.port.reason.next = self.lane.reason.val();
        self.port.port_loaded.next = self.lane.port_loaded.val();
        self.port.env_word.next = self.lane.env_word.val();
        self.port.drain_data.next = self.lane.drain_data.val();
        self.port.entries.next = self.lane.entries.val();
        self.port.state_request.next = self.lane.state_request.val();
        self.port.state_kind.next = self.lane.state_kind.val();
        self.port.state_address.next = self.lane.state_address.val();
        self.port.state_slot.next = self.lane.state_slot.val();
        self.port.state_field.next = self.lane.state_field.val();
        self.port.head_wait.next = self.lane.head_wait.val();
        self.port.fill_request.next = self.lane.fill_request.val();
        self.port.fill_line.next = self.lane.fill_line.val();
        self.port.missing_handle.next = self.lane.missing_handle.val();
        self.port.missing_number.next = self.lane.missing_number.val();
        self.port.ask_kind.next = self.lane.ask_kind.val();
        self.port.ask_address.next = self.lane.ask_address.val();
        self.port.ask_available.next = self.lane.ask_available.val();
        self.port.ask_bytes.next = self.lane.ask_bytes.val();
        self.port.end_status.next = self.lane.end_status.val();
        self.port.end_halt.next = self.lane.end_halt.val();
        self.port.output_bytes.next = self.lane.output_bytes.val();
        self.port.log_count.next = self.lane.log_count.val();
        self.port.log_bytes.next = self.lane.log_bytes.val();
        self.port.program_words.next = self.lane.program_words.val();
        self.port.firmware_words.next = self.lane.firmware_words.val();
    }
}
