//! The bus side of the card: everything between the bus of a board and what executes.
//!
//! Algorithm: none of its own; registers, control, reader, writer, rings and interrupts are connected. User 0 of reader and writer are
//! the rings, users 1 to 3 are the card's: payloads, images and fills, records. After an error the card's completions wait for ever, and the error is
//! the last one. A counter that is not here comes from the card.
//!
//! Handshake: one AXI4-Lite subordinate (`bar_`, registers), one AXI4 manager (`host_`, host memory, 256 bits, one ID), one interrupt request. On the
//! side of the card: submissions, completions, reads and writes as ready/valid. A record is written and done before its completion is given.
//! Latency: that of the blocks. Reset: `reset` puts everything to its initial state, together with the bus or when nothing is on it; starts so.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    bus::{HostReader, HostWriter, ReadArbiter, Registers, WriteArbiter, register_map::FIXED_WORDS},
    queue::{CompletionWriter, Control, Interrupts, SubmissionFetch},
    word::{W64, W256, W512, bits_w64},
};

/// The block.
#[derive(LogicBlock, Default)]
pub struct HostSide {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Of the bus, and of the card.
    pub reset: Signal<In, Bit>,
    /// Added to LANES.
    pub strap_lanes: Signal<In, Bits<32>>,
    /// Added to SLOTS.
    pub strap_slots: Signal<In, Bits<32>>,
    /// The card: nothing is in flight.
    pub card_idle: Signal<In, Bit>,
    /// The card: it has found an error.
    pub card_fault: Signal<In, Bit>,
    /// The card: which, not 0.
    pub card_error: Signal<In, Bits<8>>,
    /// The card: what it refers to.
    pub card_info: Signal<In, Bits<32>>,
    /// The card may work.
    pub running: Signal<Out, Bit>,
    /// Lane whose counters are shown.
    pub lane_select: Signal<Out, Bits<32>>,
    /// Counter.
    pub committed: Signal<In, W64>,
    /// Counter.
    pub committed_host: Signal<In, W64>,
    /// Counter.
    pub aborts: Signal<In, W64>,
    /// Counter.
    pub escapes: Signal<In, W64>,
    /// Counter.
    pub assists: Signal<In, W64>,
    /// Counter.
    pub state_reads: Signal<In, W64>,
    /// Counter.
    pub program_words: Signal<In, W64>,
    /// Counter.
    pub firmware_words: Signal<In, W64>,
    /// Counter.
    pub evm_instructions: Signal<In, W64>,
    /// Counter.
    pub evictions: Signal<In, W64>,
    /// Counter.
    pub lane_busy_cycles: Signal<In, W64>,
    /// Counter.
    pub lane_state_wait_cycles: Signal<In, W64>,
    /// Counter.
    pub lane_commit_wait_cycles: Signal<In, W64>,
    /// Counter.
    pub lane_aborted_cycles: Signal<In, W64>,
    /// Counter.
    pub lane_idle_cycles: Signal<In, W64>,
    /// A submission.
    pub entry_valid: Signal<Out, Bit>,
    /// It is taken.
    pub entry_ready: Signal<In, Bit>,
    /// Its 64 bytes.
    pub entry: Signal<Out, W512>,
    /// A completion.
    pub completion_valid: Signal<In, Bit>,
    /// It is taken.
    pub completion_ready: Signal<Out, Bit>,
    /// Its 64 bytes.
    pub completion: Signal<In, W512>,
    /// It finds no room.
    pub stalled: Signal<Out, Bit>,
    /// Reads 1: a request.
    pub read1_valid: Signal<In, Bit>,
    /// Reads 1: it is taken.
    pub read1_ready: Signal<Out, Bit>,
    /// Reads 1: its address.
    pub read1_address: Signal<In, W64>,
    /// Reads 1: its beats.
    pub read1_beats: Signal<In, Bits<20>>,
    /// Reads 1: a beat.
    pub read1_data_valid: Signal<Out, Bit>,
    /// Reads 1: it is taken.
    pub read1_data_ready: Signal<In, Bit>,
    /// Reads 2: a request.
    pub read2_valid: Signal<In, Bit>,
    /// Reads 2: it is taken.
    pub read2_ready: Signal<Out, Bit>,
    /// Reads 2: its address.
    pub read2_address: Signal<In, W64>,
    /// Reads 2: its beats.
    pub read2_beats: Signal<In, Bits<20>>,
    /// Reads 2: a beat.
    pub read2_data_valid: Signal<Out, Bit>,
    /// Reads 2: it is taken.
    pub read2_data_ready: Signal<In, Bit>,
    /// Reads 3: a request.
    pub read3_valid: Signal<In, Bit>,
    /// Reads 3: it is taken.
    pub read3_ready: Signal<Out, Bit>,
    /// Reads 3: its address.
    pub read3_address: Signal<In, W64>,
    /// Reads 3: its beats.
    pub read3_beats: Signal<In, Bits<20>>,
    /// Reads 3: a beat.
    pub read3_data_valid: Signal<Out, Bit>,
    /// Reads 3: it is taken.
    pub read3_data_ready: Signal<In, Bit>,
    /// Reads: bytes of the beat.
    pub read_data: Signal<Out, W256>,
    /// Reads: it is the last one of its request.
    pub read_last: Signal<Out, Bit>,
    /// Reads: its bytes are not valid.
    pub read_error: Signal<Out, Bit>,
    /// Writes 1: a request.
    pub write1_valid: Signal<In, Bit>,
    /// Writes 1: it is taken.
    pub write1_ready: Signal<Out, Bit>,
    /// Writes 1: its address.
    pub write1_address: Signal<In, W64>,
    /// Writes 1: its beats.
    pub write1_beats: Signal<In, Bits<20>>,
    /// Writes 1: a beat.
    pub write1_data_valid: Signal<In, Bit>,
    /// Writes 1: it is taken.
    pub write1_data_ready: Signal<Out, Bit>,
    /// Writes 1: its bytes.
    pub write1_data: Signal<In, W256>,
    /// Writes 1: a request is done.
    pub write1_done_valid: Signal<Out, Bit>,
    /// Writes 1: this has been noticed.
    pub write1_done_ready: Signal<In, Bit>,
    /// Writes 2: a request.
    pub write2_valid: Signal<In, Bit>,
    /// Writes 2: it is taken.
    pub write2_ready: Signal<Out, Bit>,
    /// Writes 2: its address.
    pub write2_address: Signal<In, W64>,
    /// Writes 2: its beats.
    pub write2_beats: Signal<In, Bits<20>>,
    /// Writes 2: a beat.
    pub write2_data_valid: Signal<In, Bit>,
    /// Writes 2: it is taken.
    pub write2_data_ready: Signal<Out, Bit>,
    /// Writes 2: its bytes.
    pub write2_data: Signal<In, W256>,
    /// Writes 2: a request is done.
    pub write2_done_valid: Signal<Out, Bit>,
    /// Writes 2: this has been noticed.
    pub write2_done_ready: Signal<In, Bit>,
    /// Writes 3: a request.
    pub write3_valid: Signal<In, Bit>,
    /// Writes 3: it is taken.
    pub write3_ready: Signal<Out, Bit>,
    /// Writes 3: its address.
    pub write3_address: Signal<In, W64>,
    /// Writes 3: its beats.
    pub write3_beats: Signal<In, Bits<20>>,
    /// Writes 3: a beat.
    pub write3_data_valid: Signal<In, Bit>,
    /// Writes 3: it is taken.
    pub write3_data_ready: Signal<Out, Bit>,
    /// Writes 3: its bytes.
    pub write3_data: Signal<In, W256>,
    /// Writes 3: a request is done.
    pub write3_done_valid: Signal<Out, Bit>,
    /// Writes 3: this has been noticed.
    pub write3_done_ready: Signal<In, Bit>,
    /// Writes: a part of what is done was not written.
    pub write_error: Signal<Out, Bit>,
    /// An interrupt.
    pub interrupt_valid: Signal<Out, Bit>,
    /// It is taken.
    pub interrupt_ready: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_awvalid: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_awready: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_awaddr: Signal<In, Bits<12>>,
    /// AXI4-Lite: registers.
    pub bar_wvalid: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_wready: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_wdata: Signal<In, Bits<32>>,
    /// AXI4-Lite: registers.
    pub bar_wstrb: Signal<In, Bits<4>>,
    /// AXI4-Lite: registers.
    pub bar_bvalid: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_bready: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_bresp: Signal<Out, Bits<2>>,
    /// AXI4-Lite: registers.
    pub bar_arvalid: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_arready: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_araddr: Signal<In, Bits<12>>,
    /// AXI4-Lite: registers.
    pub bar_rvalid: Signal<Out, Bit>,
    /// AXI4-Lite: registers.
    pub bar_rready: Signal<In, Bit>,
    /// AXI4-Lite: registers.
    pub bar_rdata: Signal<Out, Bits<32>>,
    /// AXI4-Lite: registers.
    pub bar_rresp: Signal<Out, Bits<2>>,
    /// AXI4: host memory.
    pub host_arvalid: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_arready: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_arid: Signal<Out, Bits<4>>,
    /// AXI4: host memory.
    pub host_araddr: Signal<Out, W64>,
    /// AXI4: host memory.
    pub host_arlen: Signal<Out, Bits<8>>,
    /// AXI4: host memory.
    pub host_arsize: Signal<Out, Bits<3>>,
    /// AXI4: host memory.
    pub host_arburst: Signal<Out, Bits<2>>,
    /// AXI4: host memory.
    pub host_rvalid: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_rready: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_rdata: Signal<In, W256>,
    /// AXI4: host memory.
    pub host_rresp: Signal<In, Bits<2>>,
    /// AXI4: host memory.
    pub host_rlast: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_awvalid: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_awready: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_awid: Signal<Out, Bits<4>>,
    /// AXI4: host memory.
    pub host_awaddr: Signal<Out, W64>,
    /// AXI4: host memory.
    pub host_awlen: Signal<Out, Bits<8>>,
    /// AXI4: host memory.
    pub host_awsize: Signal<Out, Bits<3>>,
    /// AXI4: host memory.
    pub host_awburst: Signal<Out, Bits<2>>,
    /// AXI4: host memory.
    pub host_wvalid: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_wready: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_wdata: Signal<Out, W256>,
    /// AXI4: host memory.
    pub host_wstrb: Signal<Out, Bits<32>>,
    /// AXI4: host memory.
    pub host_wlast: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_bvalid: Signal<In, Bit>,
    /// AXI4: host memory.
    pub host_bready: Signal<Out, Bit>,
    /// AXI4: host memory.
    pub host_bresp: Signal<In, Bits<2>>,
    registers: Registers,
    control: Control,
    reader: HostReader,
    writer: HostWriter,
    reads: ReadArbiter,
    writes: WriteArbiter,
    submissions: SubmissionFetch,
    completions: CompletionWriter,
    interrupts: Interrupts,
    cycles: DFF<W64>,
    one: Signal<Local, Bit>,
    none: Signal<Local, Bit>,
    quiet: Signal<Local, Bit>,
    idle: Signal<Local, Bit>,
    own_completion: Signal<Local, Bit>,
}

impl HostSide {
    /// The bus side of a card that says this of itself.
    pub fn new(fixed: &[u32; FIXED_WORDS]) -> Self {
        Self { registers: Registers::new(fixed), ..Default::default() }
    }
}

impl Logic for HostSide {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, cycles);
        clock!(self, clock, registers, control, reader, writer, reads, writes, submissions, completions, interrupts);
        self.registers.reset.next = self.reset.val();
        self.registers.strap_lanes.next = self.strap_lanes.val();
        self.registers.strap_slots.next = self.strap_slots.val();
        self.control.reset.next = self.reset.val();
        self.reader.reset.next = self.reset.val();
        self.writer.reset.next = self.reset.val();
        self.reads.reset.next = self.reset.val();
        self.writes.reset.next = self.reset.val();
        self.submissions.reset.next = self.reset.val();
        self.completions.reset.next = self.reset.val();
        self.interrupts.reset.next = self.reset.val();
        self.one.next = true;
        self.none.next = false;
        self.cycles.d.next = self.cycles.q.val() + bits_w64(self.one.val());
        if self.reset.val() {
            self.cycles.d.next = bits_w64(self.none.val());
        }

        // Registers.
        self.registers.awvalid.next = self.bar_awvalid.val();
        self.bar_awready.next = self.registers.awready.val();
        self.registers.awaddr.next = self.bar_awaddr.val();
        self.registers.wvalid.next = self.bar_wvalid.val();
        self.bar_wready.next = self.registers.wready.val();
        self.registers.wdata.next = self.bar_wdata.val();
        self.registers.wstrb.next = self.bar_wstrb.val();
        self.bar_bvalid.next = self.registers.bvalid.val();
        self.registers.bready.next = self.bar_bready.val();
        self.bar_bresp.next = self.registers.bresp.val();
        self.registers.arvalid.next = self.bar_arvalid.val();
        self.bar_arready.next = self.registers.arready.val();
        self.registers.araddr.next = self.bar_araddr.val();
        self.bar_rvalid.next = self.registers.rvalid.val();
        self.registers.rready.next = self.bar_rready.val();
        self.bar_rdata.next = self.registers.rdata.val();
        self.bar_rresp.next = self.registers.rresp.val();
        self.registers.cycles.next = self.cycles.q.val();
        self.registers.committed.next = self.committed.val();
        self.registers.committed_host.next = self.committed_host.val();
        self.registers.aborts.next = self.aborts.val();
        self.registers.escapes.next = self.escapes.val();
        self.registers.assists.next = self.assists.val();
        self.registers.state_reads.next = self.state_reads.val();
        self.registers.program_words.next = self.program_words.val();
        self.registers.firmware_words.next = self.firmware_words.val();
        self.registers.evm_instructions.next = self.evm_instructions.val();
        self.registers.evictions.next = self.evictions.val();
        self.registers.lane_busy_cycles.next = self.lane_busy_cycles.val();
        self.registers.lane_state_wait_cycles.next = self.lane_state_wait_cycles.val();
        self.registers.lane_commit_wait_cycles.next = self.lane_commit_wait_cycles.val();
        self.registers.lane_aborted_cycles.next = self.lane_aborted_cycles.val();
        self.registers.lane_idle_cycles.next = self.lane_idle_cycles.val();
        self.quiet.next = self.reader.quiet.val() & self.writer.quiet.val();
        self.idle.next = self.control.halted.val()
            | (self.card_idle.val() & self.submissions.empty.val() & self.completions.empty.val() & self.quiet.val());
        self.registers.running.next = self.control.shown_running.val();
        self.registers.idle.next = self.idle.val();
        self.registers.error.next = self.control.error.val();
        self.registers.error_info.next = self.control.error_info.val();
        self.registers.sq_tail.next = self.submissions.tail.val();
        self.registers.sq_head.next = self.submissions.head.val();
        self.registers.cq_head.next = self.completions.head.val();
        self.registers.cq_tail.next = self.completions.tail.val();
        self.lane_select.next = self.registers.lane_select.val();

        // Control.
        self.control.control_write.next = self.registers.control_write.val();
        self.control.control_run.next = self.registers.control_run.val();
        self.control.sq_valid.next = self.submissions.valid.val();
        self.control.cq_valid.next = self.completions.valid.val();
        self.control.quiet.next = self.quiet.val();
        self.control.read_fault.next = self.reader.fault.val();
        self.control.read_address.next = self.reader.fault_address.val();
        self.control.write_fault.next = self.writer.fault.val();
        self.control.write_address.next = self.writer.fault_address.val();
        self.control.sq_bad_doorbell.next = self.submissions.bad_doorbell.val();
        self.control.cq_bad_doorbell.next = self.completions.bad_doorbell.val();
        self.control.cq_overrun.next = self.completions.overrun.val();
        self.control.card_fault.next = self.card_fault.val();
        self.control.card_error.next = self.card_error.val();
        self.control.card_info.next = self.card_info.val();
        self.running.next = self.control.running.val();

        // Submissions.
        self.submissions.run.next = self.control.running.val();
        self.submissions.base.next = self.registers.sq_base.val();
        self.submissions.entries.next = self.registers.sq_entries.val();
        self.submissions.doorbell.next = self.registers.sq_doorbell.val();
        self.submissions.doorbell_tail.next = self.registers.doorbell.val();
        self.entry_valid.next = self.submissions.entry_valid.val();
        self.submissions.entry_ready.next = self.entry_ready.val();
        self.entry.next = self.submissions.entry.val();

        // Completions; after an error only its own.
        self.completions.run.next = self.control.writing.val();
        self.completions.base.next = self.registers.cq_base.val();
        self.completions.entries.next = self.registers.cq_entries.val();
        self.completions.doorbell.next = self.registers.cq_doorbell.val();
        self.completions.doorbell_head.next = self.registers.doorbell.val();
        self.own_completion.next = self.control.halted.val();
        self.completions.completion_valid.next = self.completion_valid.val();
        self.completions.completion.next = self.completion.val();
        self.completion_ready.next = self.completions.completion_ready.val() & (!self.own_completion.val());
        if self.own_completion.val() {
            self.completions.completion_valid.next = self.control.completion_valid.val();
            self.completions.completion.next = self.control.completion.val();
        }
        self.control.completion_ready.next = self.completions.completion_ready.val() & self.own_completion.val();
        self.stalled.next = self.completions.stalled.val();
        self.interrupts.enable.next = self.registers.irq_enable.val();
        self.interrupts.moderation.next = self.registers.irq_moderation.val();
        self.interrupts.posted.next = self.completions.posted.val();
        self.interrupts.stopped.next = self.control.stopped.val();
        self.interrupt_valid.next = self.interrupts.interrupt_valid.val();
        self.interrupts.interrupt_ready.next = self.interrupt_ready.val();

        // Reads.
        self.reader.run.next = self.control.running.val();
        self.reads.request_valid0.next = self.submissions.request_valid.val();
        self.submissions.request_ready.next = self.reads.request_ready0.val();
        self.reads.request_address0.next = self.submissions.request_address.val();
        self.reads.request_beats0.next = self.submissions.request_beats.val();
        self.submissions.data_valid.next = self.reads.data_valid0.val();
        self.reads.data_ready0.next = self.submissions.data_ready.val();
        self.submissions.data.next = self.reader.data.val();
        self.submissions.data_error.next = self.reader.data_error.val();
        self.reads.request_valid1.next = self.read1_valid.val();
        self.read1_ready.next = self.reads.request_ready1.val();
        self.reads.request_address1.next = self.read1_address.val();
        self.reads.request_beats1.next = self.read1_beats.val();
        self.read1_data_valid.next = self.reads.data_valid1.val();
        self.reads.data_ready1.next = self.read1_data_ready.val();
        self.reads.request_valid2.next = self.read2_valid.val();
        self.read2_ready.next = self.reads.request_ready2.val();
        self.reads.request_address2.next = self.read2_address.val();
        self.reads.request_beats2.next = self.read2_beats.val();
        self.read2_data_valid.next = self.reads.data_valid2.val();
        self.reads.data_ready2.next = self.read2_data_ready.val();
        self.reads.request_valid3.next = self.read3_valid.val();
        self.read3_ready.next = self.reads.request_ready3.val();
        self.reads.request_address3.next = self.read3_address.val();
        self.reads.request_beats3.next = self.read3_beats.val();
        self.read3_data_valid.next = self.reads.data_valid3.val();
        self.reads.data_ready3.next = self.read3_data_ready.val();
        self.read_data.next = self.reader.data.val();
        self.read_last.next = self.reader.data_last.val();
        self.read_error.next = self.reader.data_error.val();
        self.reader.request_valid.next = self.reads.request_valid.val();
        self.reads.request_ready.next = self.reader.request_ready.val();
        self.reader.request_address.next = self.reads.request_address.val();
        self.reader.request_beats.next = self.reads.request_beats.val();
        self.reader.request_tag.next = self.reads.request_tag.val();
        self.reads.data_valid.next = self.reader.data_valid.val();
        self.reader.data_ready.next = self.reads.data_ready.val();
        self.reads.data_tag.next = self.reader.data_tag.val();

        // Writes.
        self.writer.run.next = self.control.writing.val();
        self.writes.request_valid0.next = self.completions.request_valid.val();
        self.completions.request_ready.next = self.writes.request_ready0.val();
        self.writes.request_address0.next = self.completions.request_address.val();
        self.writes.request_beats0.next = self.completions.request_beats.val();
        self.writes.data_valid0.next = self.completions.data_valid.val();
        self.completions.data_ready.next = self.writes.data_ready0.val();
        self.writes.data0.next = self.completions.data.val();
        self.completions.done_valid.next = self.writes.done_valid0.val();
        self.writes.done_ready0.next = self.completions.done_ready.val();
        self.completions.done_error.next = self.writer.done_error.val();
        self.writes.request_valid1.next = self.write1_valid.val();
        self.write1_ready.next = self.writes.request_ready1.val();
        self.writes.request_address1.next = self.write1_address.val();
        self.writes.request_beats1.next = self.write1_beats.val();
        self.writes.data_valid1.next = self.write1_data_valid.val();
        self.write1_data_ready.next = self.writes.data_ready1.val();
        self.writes.data1.next = self.write1_data.val();
        self.write1_done_valid.next = self.writes.done_valid1.val();
        self.writes.done_ready1.next = self.write1_done_ready.val();
        self.writes.request_valid2.next = self.write2_valid.val();
        self.write2_ready.next = self.writes.request_ready2.val();
        self.writes.request_address2.next = self.write2_address.val();
        self.writes.request_beats2.next = self.write2_beats.val();
        self.writes.data_valid2.next = self.write2_data_valid.val();
        self.write2_data_ready.next = self.writes.data_ready2.val();
        self.writes.data2.next = self.write2_data.val();
        self.write2_done_valid.next = self.writes.done_valid2.val();
        self.writes.done_ready2.next = self.write2_done_ready.val();
        self.writes.request_valid3.next = self.write3_valid.val();
        self.write3_ready.next = self.writes.request_ready3.val();
        self.writes.request_address3.next = self.write3_address.val();
        self.writes.request_beats3.next = self.write3_beats.val();
        self.writes.data_valid3.next = self.write3_data_valid.val();
        self.write3_data_ready.next = self.writes.data_ready3.val();
        self.writes.data3.next = self.write3_data.val();
        self.write3_done_valid.next = self.writes.done_valid3.val();
        self.writes.done_ready3.next = self.write3_done_ready.val();
        self.write_error.next = self.writer.done_error.val();
        self.writer.request_valid.next = self.writes.request_valid.val();
        self.writes.request_ready.next = self.writer.request_ready.val();
        self.writer.request_address.next = self.writes.request_address.val();
        self.writer.request_beats.next = self.writes.request_beats.val();
        self.writer.request_tag.next = self.writes.request_tag.val();
        self.writer.data_valid.next = self.writes.data_valid.val();
        self.writes.data_ready.next = self.writer.data_ready.val();
        self.writer.data.next = self.writes.data.val();
        self.writes.done_valid.next = self.writer.done_valid.val();
        self.writer.done_ready.next = self.writes.done_ready.val();
        self.writes.done_tag.next = self.writer.done_tag.val();

        // Host memory.
        self.host_arvalid.next = self.reader.arvalid.val();
        self.reader.arready.next = self.host_arready.val();
        self.host_arid.next = self.reader.arid.val();
        self.host_araddr.next = self.reader.araddr.val();
        self.host_arlen.next = self.reader.arlen.val();
        self.host_arsize.next = self.reader.arsize.val();
        self.host_arburst.next = self.reader.arburst.val();
        self.reader.rvalid.next = self.host_rvalid.val();
        self.host_rready.next = self.reader.rready.val();
        self.reader.rdata.next = self.host_rdata.val();
        self.reader.rresp.next = self.host_rresp.val();
        self.reader.rlast.next = self.host_rlast.val();
        self.host_awvalid.next = self.writer.awvalid.val();
        self.writer.awready.next = self.host_awready.val();
        self.host_awid.next = self.writer.awid.val();
        self.host_awaddr.next = self.writer.awaddr.val();
        self.host_awlen.next = self.writer.awlen.val();
        self.host_awsize.next = self.writer.awsize.val();
        self.host_awburst.next = self.writer.awburst.val();
        self.host_wvalid.next = self.writer.wvalid.val();
        self.writer.wready.next = self.host_wready.val();
        self.host_wdata.next = self.writer.wdata.val();
        self.host_wstrb.next = self.writer.wstrb.val();
        self.host_wlast.next = self.writer.wlast.val();
        self.writer.bvalid.next = self.host_bvalid.val();
        self.host_bready.next = self.writer.bready.val();
        self.writer.bresp.next = self.host_bresp.val();
    }
}
