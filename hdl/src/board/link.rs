//! Link: the card's registers, memories and processor for a host at the other end of a stream of bytes, as [`gaslane_abi::link`] says.
//!
//! Algorithm: [`Receiver`] makes frames of bytes, [`Sender`] the reverse. Beats that were read wait in a [`ReadQueue`] for each memory, responses of writes in a queue
//! each, so nothing that comes stops anything behind it, and the two memories never wait for each other. One access of a register is under way at a time. Words
//! for the processor's memories go there as they come, before the frame's check: the processor cannot be released after a fault.
//!
//! Handshake: AXI4-Lite manager (`bar_`), two AXI4 subordinates (`host_`, `memory_`) for managers with one ID, INCR bursts of at most [`BURST_BEATS`](gaslane_abi::link::BURST_BEATS) beats
//! of 32 bytes, and at most [`WRITES_MAX`](gaslane_abi::link::WRITES_MAX) bursts of writes without response, which offer a burst's address before its data; `boot` is ready/valid, for the core
//! in its reset; `in_valid` is up for one cycle with each byte, at least 20 cycles apart; `out` is ready/valid.
//! Latency: 2 cycles from the last byte of an access to AWVALID or ARVALID, 3 from its response to the answer's first byte. `core_reset` is up for [`RESET_CYCLES`] cycles.
//! Reset: `reset` is for the time after configuration; [`RESYNC`](gaslane_abi::link::RESYNC) or the frame RESET put everything, and the core, to the beginning.

use gaslane_abi::link::{Fault, to_card, to_host};
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::{ReadQueue, Receiver, Sender};
use crate::{
    bus::Fifo,
    word::{W64, W256},
};

/// Cycles for which the card is reset.
pub const RESET_CYCLES: u64 = 15;

/// The block.
#[derive(LogicBlock)]
pub struct Link {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Begin anew, as after configuration.
    pub reset: Signal<In, Bit>,
    /// A byte from the host.
    pub in_valid: Signal<In, Bit>,
    /// It is none.
    pub in_bad: Signal<In, Bit>,
    /// The byte.
    pub in_data: Signal<In, Bits<8>>,
    /// A byte to the host.
    pub out_valid: Signal<Out, Bit>,
    /// It is taken.
    pub out_ready: Signal<In, Bit>,
    /// The byte.
    pub out_data: Signal<Out, Bits<8>>,
    /// It listens to the host.
    pub listens: Signal<Out, Bit>,
    /// The card is reset.
    pub core_reset: Signal<Out, Bit>,
    /// The processor waits at the beginning of its program.
    pub processor_reset: Signal<Out, Bit>,
    /// A word for one of the processor's memories.
    pub boot_valid: Signal<Out, Bit>,
    /// It is taken.
    pub boot_ready: Signal<In, Bit>,
    /// It is the program's, else data RAM's.
    pub boot_program: Signal<Out, Bit>,
    /// Its byte address.
    pub boot_address: Signal<Out, Bits<32>>,
    /// The word.
    pub boot_word: Signal<Out, Bits<32>>,
    /// AXI4-Lite: registers.
    pub bar_awvalid: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_awready: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_awaddr: Signal<Out, Bits<12>>,
    /// AXI4-Lite: registers.
    pub bar_wvalid: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_wready: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_wdata: Signal<Out, Bits<32>>,
    /// AXI4-Lite: registers.
    pub bar_wstrb: Signal<Out, Bits<4>>,
    /// AXI4-Lite: registers.
    pub bar_bvalid: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_bready: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_bresp: Signal<In, Bits<2>>,
    /// AXI4-Lite: registers.
    pub bar_arvalid: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_arready: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_araddr: Signal<Out, Bits<12>>,
    /// AXI4-Lite: registers.
    pub bar_rvalid: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_rready: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_rdata: Signal<In, Bits<32>>,
    /// AXI4-Lite: registers.
    pub bar_rresp: Signal<In, Bits<2>>,
    /// AXI4: host memory.
    pub host_arvalid: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_arready: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_araddr: Signal<In, W64>,
    /// AXI4: host memory.
    pub host_arlen: Signal<In, Bits<8>>,
    /// AXI4: host memory.
    pub host_rvalid: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_rready: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_rdata: Signal<Out, W256>,
    /// AXI4: host memory.
    pub host_rresp: Signal<Out, Bits<2>>,
    /// AXI4: host memory.
    pub host_rlast: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_awvalid: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_awready: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_awaddr: Signal<In, W64>,
    /// AXI4: host memory.
    pub host_awlen: Signal<In, Bits<8>>,
    /// AXI4: host memory.
    pub host_wvalid: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_wready: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_wdata: Signal<In, W256>,
    /// AXI4: host memory.
    pub host_wstrb: Signal<In, Bits<32>>,
    /// AXI4: host memory.
    pub host_wlast: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_bvalid: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_bready: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_bresp: Signal<Out, Bits<2>>,
    /// AXI4: card memory.
    pub memory_arvalid: Signal<In, Bit>,
    /// AXI4: card memory.
    pub memory_arready: Signal<Out, Bit>,
    /// AXI4: card memory.
    pub memory_araddr: Signal<In, W64>,
    /// AXI4: card memory.
    pub memory_arlen: Signal<In, Bits<8>>,
    /// AXI4: card memory.
    pub memory_rvalid: Signal<Out, Bit>,
    /// AXI4: card memory.
    pub memory_rready: Signal<In, Bit>,
    /// AXI4: card memory.
    pub memory_rdata: Signal<Out, W256>,
    /// AXI4: card memory.
    pub memory_rresp: Signal<Out, Bits<2>>,
    /// AXI4: card memory.
    pub memory_rlast: Signal<Out, Bit>,
    /// AXI4: card memory.
    pub memory_awvalid: Signal<In, Bit>,
    /// AXI4: card memory.
    pub memory_awready: Signal<Out, Bit>,
    /// AXI4: card memory.
    pub memory_awaddr: Signal<In, W64>,
    /// AXI4: card memory.
    pub memory_awlen: Signal<In, Bits<8>>,
    /// AXI4: card memory.
    pub memory_wvalid: Signal<In, Bit>,
    /// AXI4: card memory.
    pub memory_wready: Signal<Out, Bit>,
    /// AXI4: card memory.
    pub memory_wdata: Signal<In, W256>,
    /// AXI4: card memory.
    pub memory_wstrb: Signal<In, Bits<32>>,
    /// AXI4: card memory.
    pub memory_wlast: Signal<In, Bit>,
    /// AXI4: card memory.
    pub memory_bvalid: Signal<Out, Bit>,
    /// AXI4: card memory.
    pub memory_bready: Signal<In, Bit>,
    /// AXI4: card memory.
    pub memory_bresp: Signal<Out, Bits<2>>,
    /// An interrupt.
    pub interrupt_valid: Signal<In, Bit>,
    /// It has been sent.
    pub interrupt_ready: Signal<Out, Bit>,
    receiver: Receiver,
    sender: Sender,
    host_reads: ReadQueue,
    memory_reads: ReadQueue,
    host_responses: Fifo<Bits<2>, 4>,
    memory_responses: Fifo<Bits<2>, 4>,
    reset_kind: Constant<Bits<8>>,
    release_kind: Constant<Bits<8>>,
    hello_kind: Constant<Bits<8>>,
    read_kind: Constant<Bits<8>>,
    write_kind: Constant<Bits<8>>,
    hello_reply: Constant<Bits<8>>,
    register_reply: Constant<Bits<8>>,
    stored_reply: Constant<Bits<8>>,
    overrun: Constant<Bits<3>>,
    order: Constant<Bits<3>>,
    reset_cycles: Constant<Bits<4>>,
    /// Cycles of the reset that are left.
    resetting: DFF<Bits<4>>,
    /// The processor runs.
    released: DFF<Bit>,
    /// It has run since the configuration, and nobody has said that it came to rest.
    used: DFF<Bit>,
    /// Register of an access, or word of a memory.
    place: DFF<Bits<16>>,
    /// What comes with an access or a hello, and what its answer carries.
    value: DFF<Bits<32>>,
    /// An access or a hello is under way, until its answer has been sent.
    busy: DFF<Bit>,
    /// The answer can go.
    answered: DFF<Bit>,
    reply_kind: DFF<Bits<8>>,
    reads: DFF<Bit>,
    writes_address: DFF<Bit>,
    writes_data: DFF<Bit>,
    boots: DFF<Bit>,
    /// A fault is to be said.
    tells: DFF<Bit>,
    resets: Signal<Local, Bit>,
    in_reset: Signal<Local, Bit>,
    /// The payload at hand is that of an access, a hello or a boot.
    is_command: Signal<Local, Bit>,
    is_boot: Signal<Local, Bit>,
    takes_command: Signal<Local, Bit>,
    takes_value: Signal<Local, Bit>,
    is_beat: Signal<Local, Bit>,
    of_memory: Signal<Local, Bit>,
    is_error: Signal<Local, Bit>,
    is_last: Signal<Local, Bit>,
    beat_byte: Signal<Local, Bit>,
    beat_index: Signal<Local, Bits<5>>,
    written: Signal<Local, Bit>,
    response: Signal<Local, Bits<2>>,
    host_takes: Signal<Local, Bit>,
    memory_takes: Signal<Local, Bit>,
    is_release: Signal<Local, Bit>,
    out_of_order: Signal<Local, Bit>,
    overruns: Signal<Local, Bit>,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            in_valid: Default::default(),
            in_bad: Default::default(),
            in_data: Default::default(),
            out_valid: Default::default(),
            out_ready: Default::default(),
            out_data: Default::default(),
            listens: Default::default(),
            core_reset: Default::default(),
            processor_reset: Default::default(),
            boot_valid: Default::default(),
            boot_ready: Default::default(),
            boot_program: Default::default(),
            boot_address: Default::default(),
            boot_word: Default::default(),
            bar_awvalid: Default::default(),
            bar_awready: Default::default(),
            bar_awaddr: Default::default(),
            bar_wvalid: Default::default(),
            bar_wready: Default::default(),
            bar_wdata: Default::default(),
            bar_wstrb: Default::default(),
            bar_bvalid: Default::default(),
            bar_bready: Default::default(),
            bar_bresp: Default::default(),
            bar_arvalid: Default::default(),
            bar_arready: Default::default(),
            bar_araddr: Default::default(),
            bar_rvalid: Default::default(),
            bar_rready: Default::default(),
            bar_rdata: Default::default(),
            bar_rresp: Default::default(),
            host_arvalid: Default::default(),
            host_arready: Default::default(),
            host_araddr: Default::default(),
            host_arlen: Default::default(),
            host_rvalid: Default::default(),
            host_rready: Default::default(),
            host_rdata: Default::default(),
            host_rresp: Default::default(),
            host_rlast: Default::default(),
            host_awvalid: Default::default(),
            host_awready: Default::default(),
            host_awaddr: Default::default(),
            host_awlen: Default::default(),
            host_wvalid: Default::default(),
            host_wready: Default::default(),
            host_wdata: Default::default(),
            host_wstrb: Default::default(),
            host_wlast: Default::default(),
            host_bvalid: Default::default(),
            host_bready: Default::default(),
            host_bresp: Default::default(),
            memory_arvalid: Default::default(),
            memory_arready: Default::default(),
            memory_araddr: Default::default(),
            memory_arlen: Default::default(),
            memory_rvalid: Default::default(),
            memory_rready: Default::default(),
            memory_rdata: Default::default(),
            memory_rresp: Default::default(),
            memory_rlast: Default::default(),
            memory_awvalid: Default::default(),
            memory_awready: Default::default(),
            memory_awaddr: Default::default(),
            memory_awlen: Default::default(),
            memory_wvalid: Default::default(),
            memory_wready: Default::default(),
            memory_wdata: Default::default(),
            memory_wstrb: Default::default(),
            memory_wlast: Default::default(),
            memory_bvalid: Default::default(),
            memory_bready: Default::default(),
            memory_bresp: Default::default(),
            interrupt_valid: Default::default(),
            interrupt_ready: Default::default(),
            receiver: Default::default(),
            sender: Default::default(),
            host_reads: Default::default(),
            memory_reads: Default::default(),
            host_responses: Default::default(),
            memory_responses: Default::default(),
            reset_kind: Constant::new(u64::from(to_card::RESET).into()),
            release_kind: Constant::new(u64::from(to_card::RELEASE).into()),
            hello_kind: Constant::new(u64::from(to_card::HELLO).into()),
            read_kind: Constant::new(u64::from(to_card::READ).into()),
            write_kind: Constant::new(u64::from(to_card::WRITE).into()),
            hello_reply: Constant::new(u64::from(to_host::HELLO).into()),
            register_reply: Constant::new(u64::from(to_host::REGISTER).into()),
            stored_reply: Constant::new(u64::from(to_host::STORED).into()),
            overrun: Constant::new((Fault::Overrun as u64).into()),
            order: Constant::new((Fault::Order as u64).into()),
            reset_cycles: Constant::new(RESET_CYCLES.into()),
            resetting: Default::default(),
            released: Default::default(),
            used: Default::default(),
            place: Default::default(),
            value: Default::default(),
            busy: Default::default(),
            answered: Default::default(),
            reply_kind: Default::default(),
            reads: Default::default(),
            writes_address: Default::default(),
            writes_data: Default::default(),
            boots: Default::default(),
            tells: Default::default(),
            resets: Default::default(),
            in_reset: Default::default(),
            is_command: Default::default(),
            is_boot: Default::default(),
            takes_command: Default::default(),
            takes_value: Default::default(),
            is_beat: Default::default(),
            of_memory: Default::default(),
            is_error: Default::default(),
            is_last: Default::default(),
            beat_byte: Default::default(),
            beat_index: Default::default(),
            written: Default::default(),
            response: Default::default(),
            host_takes: Default::default(),
            memory_takes: Default::default(),
            is_release: Default::default(),
            out_of_order: Default::default(),
            overruns: Default::default(),
        }
    }
}

impl Logic for Link {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            resetting,
            released,
            used,
            place,
            value,
            busy,
            answered,
            reply_kind,
            reads,
            writes_address,
            writes_data,
            boots,
            tells
        );
        clock!(self, clock, receiver, sender, host_reads, memory_reads, host_responses, memory_responses);

        // Resets.
        self.resets.next = (self.reset.val() | self.receiver.resync.val())
            | (self.receiver.frame.val() & (self.receiver.kind.val() == self.reset_kind.val()));
        self.in_reset.next = self.resetting.q.val().any();
        if self.resets.val() {
            self.resetting.d.next = self.reset_cycles.val();
        } else if self.in_reset.val() {
            self.resetting.d.next = self.resetting.q.val() - bits::<4>(1);
        }
        self.core_reset.next = self.in_reset.val();
        self.processor_reset.next = !self.released.q.val();
        self.sender.reset.next = self.in_reset.val();
        self.host_reads.reset.next = self.in_reset.val();
        self.memory_reads.reset.next = self.in_reset.val();
        self.host_responses.reset.next = self.in_reset.val();
        self.memory_responses.reset.next = self.in_reset.val();

        // Bytes come in: what payload is at hand.
        self.receiver.byte_valid.next = self.in_valid.val();
        self.receiver.byte_bad.next = self.in_bad.val();
        self.receiver.byte_data.next = self.in_data.val();
        self.receiver.restart.next = self.resets.val();
        self.is_command.next = self.receiver.payload_valid.val() & self.receiver.kind.val().get_bit(6);
        self.is_boot.next = self.receiver.kind.val().get_bit(7);
        self.takes_command.next =
            self.is_command.val() & ((!self.busy.q.val()) & ((!self.boots.q.val()) & (!self.in_reset.val())));
        self.takes_value.next = self.takes_command.val() & (self.receiver.index.val() >= bits::<6>(2));
        if self.takes_command.val() & (!self.takes_value.val()) {
            self.place.d.next =
                (self.place.q.val() >> bits::<16>(8)) | (bit_cast::<16, 8>(self.in_data.val()) << bits::<16>(8));
        }
        if self.takes_value.val() {
            self.value.d.next =
                (self.value.q.val() >> bits::<32>(8)) | (bit_cast::<32, 8>(self.in_data.val()) << bits::<32>(24));
        }

        // Beats that were read, and responses of writes.
        self.is_beat.next = self.receiver.kind.val().get_bits::<2>(6) == bits::<2>(2);
        self.of_memory.next = self.receiver.kind.val().get_bit(0);
        self.is_error.next = self.receiver.kind.val().get_bit(1);
        self.is_last.next = self.receiver.kind.val().get_bit(2);
        self.beat_byte.next = self.receiver.payload_valid.val() & self.is_beat.val();
        self.beat_index.next = bit_cast::<5, 6>(self.receiver.index.val());
        self.host_reads.byte_valid.next = self.beat_byte.val() & (!self.of_memory.val());
        self.host_reads.byte_data.next = self.in_data.val();
        self.host_reads.index.next = self.beat_index.val();
        self.host_reads.error.next = self.is_error.val();
        self.host_reads.last.next = self.is_last.val();
        self.host_reads.commit.next = self.receiver.frame.val() & (self.is_beat.val() & (!self.of_memory.val()));
        self.memory_reads.byte_valid.next = self.beat_byte.val() & self.of_memory.val();
        self.memory_reads.byte_data.next = self.in_data.val();
        self.memory_reads.index.next = self.beat_index.val();
        self.memory_reads.error.next = self.is_error.val();
        self.memory_reads.last.next = self.is_last.val();
        self.memory_reads.commit.next = self.receiver.frame.val() & (self.is_beat.val() & self.of_memory.val());
        self.host_rvalid.next = self.host_reads.rvalid.val();
        self.host_rdata.next = self.host_reads.rdata.val();
        self.host_rresp.next = self.host_reads.rresp.val();
        self.host_rlast.next = self.host_reads.rlast.val();
        self.host_reads.rready.next = self.host_rready.val();
        self.memory_rvalid.next = self.memory_reads.rvalid.val();
        self.memory_rdata.next = self.memory_reads.rdata.val();
        self.memory_rresp.next = self.memory_reads.rresp.val();
        self.memory_rlast.next = self.memory_reads.rlast.val();
        self.memory_reads.rready.next = self.memory_rready.val();
        self.written.next = self.receiver.frame.val()
            & ((!self.receiver.kind.val().get_bits::<2>(6).any()) & self.receiver.kind.val().get_bit(3));
        self.response.next = bits::<2>(0);
        if self.is_error.val() {
            self.response.next = bits::<2>(2);
        }
        self.host_responses.in_valid.next = self.written.val() & (!self.of_memory.val());
        self.host_responses.in_data.next = self.response.val();
        self.host_responses.out_ready.next = self.host_bready.val();
        self.host_bvalid.next = self.host_responses.out_valid.val();
        self.host_bresp.next = self.host_responses.out_data.val();
        self.memory_responses.in_valid.next = self.written.val() & self.of_memory.val();
        self.memory_responses.in_data.next = self.response.val();
        self.memory_responses.out_ready.next = self.memory_bready.val();
        self.memory_bvalid.next = self.memory_responses.out_valid.val();
        self.memory_bresp.next = self.memory_responses.out_data.val();

        // Accesses of registers, hellos, the release.
        self.bar_awvalid.next = self.writes_address.q.val();
        self.bar_awaddr.next = bit_cast::<12, 16>(self.place.q.val());
        self.bar_wvalid.next = self.writes_data.q.val();
        self.bar_wdata.next = self.value.q.val();
        self.bar_wstrb.next = bits::<4>(15);
        self.bar_bready.next = true;
        self.bar_arvalid.next = self.reads.q.val();
        self.bar_araddr.next = bit_cast::<12, 16>(self.place.q.val());
        self.bar_rready.next = true;
        if self.bar_awready.val() {
            self.writes_address.d.next = false;
        }
        if self.bar_wready.val() {
            self.writes_data.d.next = false;
        }
        if self.bar_arready.val() {
            self.reads.d.next = false;
        }
        if self.bar_bvalid.val() {
            self.answered.d.next = self.busy.q.val();
            self.reply_kind.d.next = self.stored_reply.val();
            if self.bar_bresp.val().any() {
                self.reply_kind.d.next = self.stored_reply.val() | bits::<8>(1);
            }
            self.value.d.next = bits::<32>(0);
        }
        if self.bar_rvalid.val() {
            self.answered.d.next = self.busy.q.val();
            self.reply_kind.d.next = self.register_reply.val();
            if self.bar_rresp.val().any() {
                self.reply_kind.d.next = self.register_reply.val() | bits::<8>(1);
            }
            self.value.d.next = self.bar_rdata.val();
        }
        if self.sender.reply_ready.val() {
            self.answered.d.next = false;
            self.busy.d.next = false;
        }
        self.is_release.next = self.receiver.frame.val() & (self.receiver.kind.val() == self.release_kind.val());
        if self.receiver.frame.val() {
            if self.receiver.kind.val() == self.hello_kind.val() {
                self.busy.d.next = true;
                self.answered.d.next = true;
                self.reply_kind.d.next = self.hello_reply.val();
                if self.used.q.val() {
                    self.reply_kind.d.next = self.hello_reply.val() | bits::<8>(1);
                }
            }
            if self.receiver.kind.val() == self.read_kind.val() {
                self.busy.d.next = true;
                self.reads.d.next = true;
            }
            if self.receiver.kind.val() == self.write_kind.val() {
                self.busy.d.next = true;
                self.writes_address.d.next = true;
                self.writes_data.d.next = true;
            }
        }
        if self.is_release.val() {
            self.released.d.next = true;
            self.used.d.next = true;
        }

        // Words for the processor's memories: with the last of four bytes.
        self.boot_valid.next = self.boots.q.val();
        self.boot_program.next = self.of_memory.val();
        self.boot_address.next = bit_cast::<32, 16>(self.place.q.val()) << bits::<32>(2);
        self.boot_word.next = self.value.q.val();
        if self.boots.q.val() & self.boot_ready.val() {
            self.boots.d.next = false;
            self.place.d.next = self.place.q.val() + bits::<16>(1);
        }
        if self.takes_value.val() & (self.is_boot.val() & (self.receiver.index.val().get_bits::<2>(0) == bits::<2>(1)))
        {
            self.boots.d.next = !self.released.q.val();
        }

        // What may not come.
        self.out_of_order.next = (self.is_release.val() & self.released.q.val())
            | (self.is_command.val() & (self.is_boot.val() & self.released.q.val()));
        self.overruns.next = (self.is_command.val() & (!self.takes_command.val()))
            | ((self.host_reads.overrun.val() | self.memory_reads.overrun.val())
                | ((self.host_responses.in_valid.val() & (!self.host_responses.in_ready.val()))
                    | (self.memory_responses.in_valid.val() & (!self.memory_responses.in_ready.val()))));
        self.receiver.refuse.next = self.overruns.val() | self.out_of_order.val();
        self.receiver.refuse_reason.next = self.order.val();
        if self.overruns.val() {
            self.receiver.refuse_reason.next = self.overrun.val();
        }
        if self.sender.fault_ready.val() {
            self.tells.d.next = false;
        }
        if self.receiver.fault.val() {
            self.tells.d.next = true;
        }
        self.listens.next = self.receiver.listens.val();

        // Frames go out.
        self.out_valid.next = self.sender.byte_valid.val();
        self.out_data.next = self.sender.byte_data.val();
        self.sender.byte_ready.next = self.out_ready.val();
        self.sender.fault_valid.next = self.tells.q.val();
        self.sender.fault_reason.next = self.receiver.reason.val();
        self.sender.reply_valid.next = self.answered.q.val();
        self.sender.reply_kind.next = self.reply_kind.q.val();
        self.sender.reply_value.next = self.value.q.val();
        self.sender.interrupt_valid.next = self.interrupt_valid.val();
        self.interrupt_ready.next = self.sender.interrupt_ready.val();
        self.host_reads.length.next = self.host_arlen.val();
        self.host_takes.next = self.sender.host_arready.val();
        self.host_reads.take.next = self.host_takes.val();
        self.host_arready.next = self.host_takes.val();
        self.sender.host_arfits.next = self.host_reads.fits.val();
        self.sender.host_arvalid.next = self.host_arvalid.val();
        self.sender.host_araddr.next = self.host_araddr.val();
        self.sender.host_arlen.next = self.host_arlen.val();
        self.sender.host_awvalid.next = self.host_awvalid.val();
        self.sender.host_awaddr.next = self.host_awaddr.val();
        self.sender.host_awlen.next = self.host_awlen.val();
        self.host_awready.next = self.sender.host_awready.val();
        self.sender.host_wvalid.next = self.host_wvalid.val();
        self.sender.host_wdata.next = self.host_wdata.val();
        self.sender.host_wstrb.next = self.host_wstrb.val();
        self.sender.host_wlast.next = self.host_wlast.val();
        self.host_wready.next = self.sender.host_wready.val();
        self.memory_reads.length.next = self.memory_arlen.val();
        self.memory_takes.next = self.sender.memory_arready.val();
        self.memory_reads.take.next = self.memory_takes.val();
        self.memory_arready.next = self.memory_takes.val();
        self.sender.memory_arfits.next = self.memory_reads.fits.val();
        self.sender.memory_arvalid.next = self.memory_arvalid.val();
        self.sender.memory_araddr.next = self.memory_araddr.val();
        self.sender.memory_arlen.next = self.memory_arlen.val();
        self.sender.memory_awvalid.next = self.memory_awvalid.val();
        self.sender.memory_awaddr.next = self.memory_awaddr.val();
        self.sender.memory_awlen.next = self.memory_awlen.val();
        self.memory_awready.next = self.sender.memory_awready.val();
        self.sender.memory_wvalid.next = self.memory_wvalid.val();
        self.sender.memory_wdata.next = self.memory_wdata.val();
        self.sender.memory_wstrb.next = self.memory_wstrb.val();
        self.sender.memory_wlast.next = self.memory_wlast.val();
        self.memory_wready.next = self.sender.memory_wready.val();

        if self.in_reset.val() | self.resets.val() {
            self.released.d.next = false;
            self.busy.d.next = false;
            self.answered.d.next = false;
            self.reads.d.next = false;
            self.writes_address.d.next = false;
            self.writes_data.d.next = false;
            self.boots.d.next = false;
            self.tells.d.next = false;
        }
        // What came to rest is as good as new; a hello after RESYNC still tells.
        if self.reset.val() | (self.receiver.frame.val() & (self.receiver.kind.val() == self.reset_kind.val())) {
            self.used.d.next = false;
        }
    }
}
