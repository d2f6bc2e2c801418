//! Sender of the link: what the card wants becomes frames to the host ([`gaslane_abi::link`]).
//!
//! Algorithm: one frame at a time, of what waits in this order: a fault, an answer, an interrupt, bursts of reads, bursts of writes, beats to write; host memory
//! before card memory. Payloads are taken byte by byte from the ports, where they stand still until their `ready`; the check runs on over all frames.
//! A beat goes out only when no burst of writes of its memory waits, so that a burst's address comes first if the manager offers it first. Bursts of more than 16
//! beats are never taken.
//!
//! Handshake: ready/valid on all sides; a `ready` is up for one cycle after the last byte of the frame has been taken.
//! Latency: two cycles from a `valid` to the first `byte_valid`, one from the last byte to its `ready`. A byte a cycle.
//! Reset: `reset` drops the frame at hand and begins the check anew; starts so.

use gaslane_abi::link::{CRC_START, TO_HOST_PAYLOAD_BYTES, to_host};
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::{
    Crc32,
    payload::{PayloadWord, bits_payload},
};
use crate::word::{W64, W256};

#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum State {
    Idle,
    Kind,
    Payload,
    Check,
    Done,
}

/// The block.
#[derive(LogicBlock)]
pub struct Sender {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forget everything; the check begins anew.
    pub reset: Signal<In, Bit>,
    /// The card has stopped listening.
    pub fault_valid: Signal<In, Bit>,
    /// Number of the [`Fault`](gaslane_abi::link::Fault).
    pub fault_reason: Signal<In, Bits<3>>,
    /// It has been said.
    pub fault_ready: Signal<Out, Bit>,
    /// An answer to the host.
    pub reply_valid: Signal<In, Bit>,
    /// Its kind.
    pub reply_kind: Signal<In, Bits<8>>,
    /// Its payload.
    pub reply_value: Signal<In, Bits<32>>,
    /// It has been sent.
    pub reply_ready: Signal<Out, Bit>,
    /// An interrupt.
    pub interrupt_valid: Signal<In, Bit>,
    /// It has been sent.
    pub interrupt_ready: Signal<Out, Bit>,
    /// AXI: host memory.
    pub host_arvalid: Signal<In, Bit>,
    /// The burst may be asked for.
    pub host_arfits: Signal<In, Bit>,
    /// AXI: host memory.
    pub host_araddr: Signal<In, W64>,
    /// AXI: host memory.
    pub host_arlen: Signal<In, Bits<8>>,
    /// AXI: host memory.
    pub host_arready: Signal<Out, Bit>,
    /// AXI: host memory.
    pub host_awvalid: Signal<In, Bit>,
    /// AXI: host memory.
    pub host_awaddr: Signal<In, W64>,
    /// AXI: host memory.
    pub host_awlen: Signal<In, Bits<8>>,
    /// AXI: host memory.
    pub host_awready: Signal<Out, Bit>,
    /// AXI: host memory.
    pub host_wvalid: Signal<In, Bit>,
    /// AXI: host memory.
    pub host_wdata: Signal<In, W256>,
    /// AXI: host memory.
    pub host_wstrb: Signal<In, Bits<32>>,
    /// AXI: host memory.
    pub host_wlast: Signal<In, Bit>,
    /// AXI: host memory.
    pub host_wready: Signal<Out, Bit>,
    /// AXI: card memory.
    pub memory_arvalid: Signal<In, Bit>,
    /// The burst may be asked for.
    pub memory_arfits: Signal<In, Bit>,
    /// AXI: card memory.
    pub memory_araddr: Signal<In, W64>,
    /// AXI: card memory.
    pub memory_arlen: Signal<In, Bits<8>>,
    /// AXI: card memory.
    pub memory_arready: Signal<Out, Bit>,
    /// AXI: card memory.
    pub memory_awvalid: Signal<In, Bit>,
    /// AXI: card memory.
    pub memory_awaddr: Signal<In, W64>,
    /// AXI: card memory.
    pub memory_awlen: Signal<In, Bits<8>>,
    /// AXI: card memory.
    pub memory_awready: Signal<Out, Bit>,
    /// AXI: card memory.
    pub memory_wvalid: Signal<In, Bit>,
    /// AXI: card memory.
    pub memory_wdata: Signal<In, W256>,
    /// AXI: card memory.
    pub memory_wstrb: Signal<In, Bits<32>>,
    /// AXI: card memory.
    pub memory_wlast: Signal<In, Bit>,
    /// AXI: card memory.
    pub memory_wready: Signal<Out, Bit>,
    /// A byte is to go out.
    pub byte_valid: Signal<Out, Bit>,
    /// It is taken.
    pub byte_ready: Signal<In, Bit>,
    /// The byte.
    pub byte_data: Signal<Out, Bits<8>>,
    crc: Crc32,
    crc_start: Constant<Bits<32>>,
    /// Number of the last byte of a payload, by class of kind.
    last_of: [Constant<Bits<6>>; 4],
    fault_kind: Constant<Bits<8>>,
    interrupt_kind: Constant<Bits<8>>,
    burst_kind: Constant<Bits<8>>,
    of_memory: Constant<Bits<8>>,
    of_writes: Constant<Bits<8>>,
    beat_kind: Constant<Bits<8>>,
    to_memory: Constant<Bits<8>>,
    last_beat: Constant<Bits<8>>,
    state: DFF<State>,
    /// Whose frame it is, see `update`; 0 nobody's.
    source: DFF<Bits<4>>,
    kind: DFF<Bits<8>>,
    count: DFF<Bits<6>>,
    /// The check; its bytes go round while they are sent.
    check: DFF<Bits<32>>,
    choice: Signal<Local, Bits<4>>,
    choice_kind: Signal<Local, Bits<8>>,
    last: Signal<Local, Bits<6>>,
    data: Signal<Local, W256>,
    strobes: Signal<Local, Bits<32>>,
    address: Signal<Local, W64>,
    payload: Signal<Local, PayloadWord>,
    offset: Signal<Local, Bits<9>>,
    sends: Signal<Local, Bit>,
    out: Signal<Local, Bits<8>>,
}

impl Default for Sender {
    fn default() -> Self {
        let kind = |kind: u8| Constant::new(u64::from(kind).into());
        Self {
            clock: Default::default(),
            reset: Default::default(),
            fault_valid: Default::default(),
            fault_reason: Default::default(),
            fault_ready: Default::default(),
            reply_valid: Default::default(),
            reply_kind: Default::default(),
            reply_value: Default::default(),
            reply_ready: Default::default(),
            interrupt_valid: Default::default(),
            interrupt_ready: Default::default(),
            host_arvalid: Default::default(),
            host_arfits: Default::default(),
            host_araddr: Default::default(),
            host_arlen: Default::default(),
            host_arready: Default::default(),
            host_awvalid: Default::default(),
            host_awaddr: Default::default(),
            host_awlen: Default::default(),
            host_awready: Default::default(),
            host_wvalid: Default::default(),
            host_wdata: Default::default(),
            host_wstrb: Default::default(),
            host_wlast: Default::default(),
            host_wready: Default::default(),
            memory_arvalid: Default::default(),
            memory_arfits: Default::default(),
            memory_araddr: Default::default(),
            memory_arlen: Default::default(),
            memory_arready: Default::default(),
            memory_awvalid: Default::default(),
            memory_awaddr: Default::default(),
            memory_awlen: Default::default(),
            memory_awready: Default::default(),
            memory_wvalid: Default::default(),
            memory_wdata: Default::default(),
            memory_wstrb: Default::default(),
            memory_wlast: Default::default(),
            memory_wready: Default::default(),
            byte_valid: Default::default(),
            byte_ready: Default::default(),
            byte_data: Default::default(),
            crc: Default::default(),
            crc_start: Constant::new(u64::from(CRC_START).into()),
            last_of: TO_HOST_PAYLOAD_BYTES.map(|bytes| Constant::new((bytes.saturating_sub(1) as u64).into())),
            fault_kind: kind(to_host::FAULT),
            interrupt_kind: kind(to_host::INTERRUPT),
            burst_kind: kind(to_host::BURST),
            of_memory: kind(to_host::BURST_MEMORY),
            of_writes: kind(to_host::BURST_WRITE),
            beat_kind: kind(to_host::BEAT),
            to_memory: kind(to_host::MEMORY),
            last_beat: kind(to_host::LAST),
            state: Default::default(),
            source: Default::default(),
            kind: Default::default(),
            count: Default::default(),
            check: Default::default(),
            choice: Default::default(),
            choice_kind: Default::default(),
            last: Default::default(),
            data: Default::default(),
            strobes: Default::default(),
            address: Default::default(),
            payload: Default::default(),
            offset: Default::default(),
            sends: Default::default(),
            out: Default::default(),
        }
    }
}

impl Logic for Sender {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, state, source, kind, count, check);

        // Whose turn it is; the last one that applies is the first in order.
        self.choice.next = bits::<4>(0);
        self.choice_kind.next = self.fault_kind.val() | bit_cast::<8, 3>(self.fault_reason.val());
        if self.memory_wvalid.val() & (!self.memory_awvalid.val()) {
            self.choice.next = bits::<4>(9);
            self.choice_kind.next = self.beat_kind.val() | self.to_memory.val();
            if self.memory_wlast.val() {
                self.choice_kind.next = self.beat_kind.val() | (self.to_memory.val() | self.last_beat.val());
            }
        }
        if self.host_wvalid.val() & (!self.host_awvalid.val()) {
            self.choice.next = bits::<4>(8);
            self.choice_kind.next = self.beat_kind.val();
            if self.host_wlast.val() {
                self.choice_kind.next = self.beat_kind.val() | self.last_beat.val();
            }
        }
        if self.memory_awvalid.val() & (!self.memory_awlen.val().get_bits::<4>(4).any()) {
            self.choice.next = bits::<4>(7);
            self.choice_kind.next =
                (self.burst_kind.val() | self.memory_awlen.val()) | (self.of_writes.val() | self.of_memory.val());
        }
        if self.host_awvalid.val() & (!self.host_awlen.val().get_bits::<4>(4).any()) {
            self.choice.next = bits::<4>(6);
            self.choice_kind.next = (self.burst_kind.val() | self.host_awlen.val()) | self.of_writes.val();
        }
        if self.memory_arvalid.val() & self.memory_arfits.val() {
            self.choice.next = bits::<4>(5);
            self.choice_kind.next = (self.burst_kind.val() | self.memory_arlen.val()) | self.of_memory.val();
        }
        if self.host_arvalid.val() & self.host_arfits.val() {
            self.choice.next = bits::<4>(4);
            self.choice_kind.next = self.burst_kind.val() | self.host_arlen.val();
        }
        if self.interrupt_valid.val() {
            self.choice.next = bits::<4>(3);
            self.choice_kind.next = self.interrupt_kind.val();
        }
        if self.reply_valid.val() {
            self.choice.next = bits::<4>(2);
            self.choice_kind.next = self.reply_kind.val();
        }
        if self.fault_valid.val() {
            self.choice.next = bits::<4>(1);
            self.choice_kind.next = self.fault_kind.val() | bit_cast::<8, 3>(self.fault_reason.val());
        }

        // Its payload.
        self.data.next = self.host_wdata.val();
        self.strobes.next = self.host_wstrb.val();
        if self.source.q.val().get_bit(0) {
            self.data.next = self.memory_wdata.val();
            self.strobes.next = self.memory_wstrb.val();
        }
        self.address.next = self.host_araddr.val();
        match self.source.q.val().index() {
            5 => self.address.next = self.memory_araddr.val(),
            6 => self.address.next = self.host_awaddr.val(),
            7 => self.address.next = self.memory_awaddr.val(),
            _ => self.address.next = self.host_araddr.val(),
        }
        self.payload.next = (bits_payload(self.data.val()) << 32_u64) | bits_payload(self.strobes.val());
        if self.source.q.val().get_bit(2) {
            self.payload.next = bits_payload(self.address.val());
        } else if self.source.q.val().get_bit(1) {
            self.payload.next = bits_payload(self.reply_value.val());
        }
        self.offset.next = bit_cast::<9, 6>(self.count.q.val()) << bits::<9>(3);
        self.last.next = self.last_of[3].val();
        match self.kind.q.val().get_bits::<2>(6).index() {
            1 => self.last.next = self.last_of[1].val(),
            2 => self.last.next = self.last_of[2].val(),
            _ => self.last.next = self.last_of[3].val(),
        }

        // Bytes.
        self.out.next = self.kind.q.val();
        if self.state.q.val() == State::Payload {
            self.out.next = self.payload.val().get_bits::<8>(self.offset.val().index());
        } else if self.state.q.val() == State::Check {
            self.out.next = self.check.q.val().get_bits::<8>(0);
        }
        self.crc.earlier.next = self.check.q.val();
        self.crc.byte_data.next = self.out.val();
        self.byte_data.next = self.out.val();
        self.sends.next = (self.state.q.val() != State::Idle) & (self.state.q.val() != State::Done);
        self.byte_valid.next = self.sends.val();
        if self.sends.val() & self.byte_ready.val() {
            self.check.d.next = self.crc.after.val();
            self.count.d.next = self.count.q.val() + bits::<6>(1);
        }
        match self.state.q.val() {
            State::Idle => {
                self.source.d.next = self.choice.val();
                self.kind.d.next = self.choice_kind.val();
                self.count.d.next = bits::<6>(0);
                if self.choice.val().any() {
                    self.state.d.next = State::Kind;
                }
            }
            State::Kind => {
                if self.byte_ready.val() {
                    self.count.d.next = bits::<6>(0);
                    self.state.d.next = State::Payload;
                    if !self.kind.q.val().get_bits::<2>(6).any() {
                        self.state.d.next = State::Check;
                    }
                }
            }
            State::Payload => {
                if self.byte_ready.val() & (self.count.q.val() == self.last.val()) {
                    self.count.d.next = bits::<6>(0);
                    self.state.d.next = State::Check;
                }
            }
            State::Check => {
                if self.byte_ready.val() {
                    self.check.d.next = (self.check.q.val() >> bits::<32>(8)) | (self.check.q.val() << bits::<32>(24));
                    if self.count.q.val() == bits::<6>(3) {
                        self.state.d.next = State::Done;
                    }
                }
            }
            State::Done => {
                self.state.d.next = State::Idle;
            }
        }

        self.fault_ready.next = false;
        self.reply_ready.next = false;
        self.interrupt_ready.next = false;
        self.host_arready.next = false;
        self.memory_arready.next = false;
        self.host_awready.next = false;
        self.memory_awready.next = false;
        self.host_wready.next = false;
        self.memory_wready.next = false;
        if self.state.q.val() == State::Done {
            match self.source.q.val().index() {
                1 => self.fault_ready.next = true,
                2 => self.reply_ready.next = true,
                3 => self.interrupt_ready.next = true,
                4 => self.host_arready.next = true,
                5 => self.memory_arready.next = true,
                6 => self.host_awready.next = true,
                7 => self.memory_awready.next = true,
                8 => self.host_wready.next = true,
                9 => self.memory_wready.next = true,
                _ => {}
            }
        }
        if self.reset.val() {
            self.state.d.next = State::Idle;
            self.check.d.next = self.crc_start.val();
        }
    }
}
