//! Registers of BAR0: an AXI4-Lite subordinate, 32 bits wide, with the register map of [`gaslane_abi::regs`].
//!
//! Algorithm: a write waits for address and data, a read for its address; one access at a time goes through one
//! decoder, writes first. What a card is never changes and stands in a table ([`super::register_map`]); the rest comes in on ports or is
//! held here. Offsets come from the map.
//!
//! Handshake: AXI4-Lite; every ready and valid is a register. All responses are OKAY. Offsets that the map does not name read as zero, and
//! writes to them are ignored, as are those to read-only registers, to ring bases and sizes while `running`, to
//! doorbells after an error, and those without all four strobes: registers are written whole. The low two bits of an address
//! are ignored. `control_write`, `sq_doorbell` and `cq_doorbell` are up for one cycle, with BVALID, and before anything else is
//! written; who gives `running` follows in the next cycle. A 64-bit value that counts may change between the reads of its halves.
//!
//! Latency: two cycles from address (and data) to the response, without other traffic. Reset: `reset` puts the held registers and the bus to zero; starts so.

use gaslane_abi::regs::{self, CardKind};
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::register_map::{FIXED_WORDS, Identity, ROWS, fixed_words};
use crate::{
    config::CardConfig,
    word::{W64, bits_w64},
};

/// The block.
#[derive(LogicBlock)]
pub struct Registers {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Registers and bus to their initial state.
    pub reset: Signal<In, Bit>,
    /// Added to LANES: for one design with any number of lanes.
    pub strap_lanes: Signal<In, Bits<32>>,
    /// Added to SLOTS.
    pub strap_slots: Signal<In, Bits<32>>,
    /// The card runs.
    pub running: Signal<In, Bit>,
    /// Nothing is in flight.
    pub idle: Signal<In, Bit>,
    /// Error that stopped the card, 0 without one.
    pub error: Signal<In, Bits<8>>,
    /// What it refers to.
    pub error_info: Signal<In, Bits<32>>,
    /// Submission doorbell as it counts.
    pub sq_tail: Signal<In, Bits<32>>,
    /// Next submission that is fetched.
    pub sq_head: Signal<In, Bits<16>>,
    /// Completion doorbell as it counts.
    pub cq_head: Signal<In, Bits<32>>,
    /// Next completion that is written.
    pub cq_tail: Signal<In, Bits<16>>,
    /// CYCLES.
    pub cycles: Signal<In, W64>,
    /// COMMITTED.
    pub committed: Signal<In, W64>,
    /// COMMITTED_HOST.
    pub committed_host: Signal<In, W64>,
    /// ABORTS.
    pub aborts: Signal<In, W64>,
    /// ESCAPES.
    pub escapes: Signal<In, W64>,
    /// ASSISTS.
    pub assists: Signal<In, W64>,
    /// STATE_READS.
    pub state_reads: Signal<In, W64>,
    /// PROGRAM_WORDS.
    pub program_words: Signal<In, W64>,
    /// FIRMWARE_WORDS.
    pub firmware_words: Signal<In, W64>,
    /// EVM_INSTRUCTIONS.
    pub evm_instructions: Signal<In, W64>,
    /// EVICTIONS.
    pub evictions: Signal<In, W64>,
    /// LANE_BUSY_CYCLES of the selected lane.
    pub lane_busy_cycles: Signal<In, W64>,
    /// LANE_STATE_WAIT_CYCLES of the selected lane.
    pub lane_state_wait_cycles: Signal<In, W64>,
    /// LANE_COMMIT_WAIT_CYCLES of the selected lane.
    pub lane_commit_wait_cycles: Signal<In, W64>,
    /// LANE_ABORTED_CYCLES of the selected lane.
    pub lane_aborted_cycles: Signal<In, W64>,
    /// LANE_IDLE_CYCLES of the selected lane.
    pub lane_idle_cycles: Signal<In, W64>,
    /// CONTROL is written.
    pub control_write: Signal<Out, Bit>,
    /// Its bit `run`.
    pub control_run: Signal<Out, Bit>,
    /// SQ_TAIL is written.
    pub sq_doorbell: Signal<Out, Bit>,
    /// CQ_HEAD is written.
    pub cq_doorbell: Signal<Out, Bit>,
    /// What was written to a doorbell.
    pub doorbell: Signal<Out, Bits<32>>,
    /// SQ_BASE.
    pub sq_base: Signal<Out, W64>,
    /// SQ_ENTRIES.
    pub sq_entries: Signal<Out, Bits<32>>,
    /// CQ_BASE.
    pub cq_base: Signal<Out, W64>,
    /// CQ_ENTRIES.
    pub cq_entries: Signal<Out, Bits<32>>,
    /// IRQ_ENABLE.
    pub irq_enable: Signal<Out, Bits<2>>,
    /// IRQ_MODERATION_CYCLES.
    pub irq_moderation: Signal<Out, Bits<32>>,
    /// LANE_SELECT.
    pub lane_select: Signal<Out, Bits<32>>,
    /// AXI.
    pub awvalid: Signal<In, Bit>,
    /// AXI.
    pub awready: Signal<Out, Bit>,
    /// AXI.
    pub awaddr: Signal<In, Bits<12>>,
    /// AXI.
    pub wvalid: Signal<In, Bit>,
    /// AXI.
    pub wready: Signal<Out, Bit>,
    /// AXI.
    pub wdata: Signal<In, Bits<32>>,
    /// AXI.
    pub wstrb: Signal<In, Bits<4>>,
    /// AXI.
    pub bvalid: Signal<Out, Bit>,
    /// AXI.
    pub bready: Signal<In, Bit>,
    /// AXI.
    pub bresp: Signal<Out, Bits<2>>,
    /// AXI.
    pub arvalid: Signal<In, Bit>,
    /// AXI.
    pub arready: Signal<Out, Bit>,
    /// AXI.
    pub araddr: Signal<In, Bits<12>>,
    /// AXI.
    pub rvalid: Signal<Out, Bit>,
    /// AXI.
    pub rready: Signal<In, Bit>,
    /// AXI.
    pub rdata: Signal<Out, Bits<32>>,
    /// AXI.
    pub rresp: Signal<Out, Bits<2>>,
    fixed: [Constant<Bits<32>>; FIXED_WORDS],
    fixed_places: [Constant<Bits<10>>; FIXED_WORDS],
    lanes_place: Constant<Bits<10>>,
    slots_place: Constant<Bits<10>>,
    low_places: [Constant<Bits<10>>; ROWS.len()],
    /// The one after; of rows with one register no register at all.
    high_places: [Constant<Bits<10>>; ROWS.len()],
    rows: [Signal<Local, W64>; ROWS.len()],
    zero: Constant<W64>,
    // Registers that can be written.
    control_place: Constant<Bits<10>>,
    sq_base_low_place: Constant<Bits<10>>,
    sq_base_high_place: Constant<Bits<10>>,
    sq_entries_place: Constant<Bits<10>>,
    sq_tail_place: Constant<Bits<10>>,
    cq_base_low_place: Constant<Bits<10>>,
    cq_base_high_place: Constant<Bits<10>>,
    cq_entries_place: Constant<Bits<10>>,
    cq_head_place: Constant<Bits<10>>,
    irq_enable_place: Constant<Bits<10>>,
    irq_moderation_place: Constant<Bits<10>>,
    lane_select_place: Constant<Bits<10>>,
    sq_base_held: DFF<W64>,
    sq_entries_held: DFF<Bits<32>>,
    cq_base_held: DFF<W64>,
    cq_entries_held: DFF<Bits<32>>,
    irq_enable_held: DFF<Bits<2>>,
    irq_moderation_held: DFF<Bits<32>>,
    lane_select_held: DFF<Bits<32>>,
    // Accesses.
    write_address_held: DFF<Bit>,
    write_index: DFF<Bits<10>>,
    write_data_held: DFF<Bit>,
    write_data: DFF<Bits<32>>,
    /// It has all strobes.
    write_whole: DFF<Bit>,
    answer: DFF<Bit>,
    read_address_held: DFF<Bit>,
    read_index: DFF<Bits<10>>,
    read_answer: DFF<Bit>,
    read_data: DFF<Bits<32>>,
    control_pulse: DFF<Bit>,
    run_bit: DFF<Bit>,
    sq_pulse: DFF<Bit>,
    cq_pulse: DFF<Bit>,
    /// What a doorbell was given.
    rung: DFF<Bits<32>>,
    writes: Signal<Local, Bit>,
    reads: Signal<Local, Bit>,
    index: Signal<Local, Bits<10>>,
    stopped: Signal<Local, Bit>,
    /// A whole write.
    effective: Signal<Local, Bit>,
    /// One that may change a ring.
    settable: Signal<Local, Bit>,
    /// One that may be a doorbell.
    rings: Signal<Local, Bit>,
    status: Signal<Local, W64>,
    low: Signal<Local, Bits<32>>,
    high: Signal<Local, Bits<32>>,
}

/// Index of the 32-bit register at an offset.
fn place(offset: u32) -> Constant<Bits<10>> {
    Constant::new(u64::from(offset / 4).into())
}

/// Place of the high half of a row, or of no register.
fn high_place(offset: u32) -> Constant<Bits<10>> {
    let wide = regs::MAP.iter().any(|row| row.offset == offset && row.count == 2);
    place(if wide { offset + 4 } else { regs::BAR0_BYTES - 4 })
}

impl Registers {
    /// The registers of a card.
    pub fn new(fixed: &[u32; FIXED_WORDS]) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            strap_lanes: Default::default(),
            strap_slots: Default::default(),
            running: Default::default(),
            idle: Default::default(),
            error: Default::default(),
            error_info: Default::default(),
            sq_tail: Default::default(),
            sq_head: Default::default(),
            cq_head: Default::default(),
            cq_tail: Default::default(),
            cycles: Default::default(),
            committed: Default::default(),
            committed_host: Default::default(),
            aborts: Default::default(),
            escapes: Default::default(),
            assists: Default::default(),
            state_reads: Default::default(),
            program_words: Default::default(),
            firmware_words: Default::default(),
            evm_instructions: Default::default(),
            evictions: Default::default(),
            lane_busy_cycles: Default::default(),
            lane_state_wait_cycles: Default::default(),
            lane_commit_wait_cycles: Default::default(),
            lane_aborted_cycles: Default::default(),
            lane_idle_cycles: Default::default(),
            control_write: Default::default(),
            control_run: Default::default(),
            sq_doorbell: Default::default(),
            cq_doorbell: Default::default(),
            doorbell: Default::default(),
            sq_base: Default::default(),
            sq_entries: Default::default(),
            cq_base: Default::default(),
            cq_entries: Default::default(),
            irq_enable: Default::default(),
            irq_moderation: Default::default(),
            lane_select: Default::default(),
            awvalid: Default::default(),
            awready: Default::default(),
            awaddr: Default::default(),
            wvalid: Default::default(),
            wready: Default::default(),
            wdata: Default::default(),
            wstrb: Default::default(),
            bvalid: Default::default(),
            bready: Default::default(),
            bresp: Default::default(),
            arvalid: Default::default(),
            arready: Default::default(),
            araddr: Default::default(),
            rvalid: Default::default(),
            rready: Default::default(),
            rdata: Default::default(),
            rresp: Default::default(),
            fixed: fixed.map(|word| Constant::new(u64::from(word).into())),
            fixed_places: std::array::from_fn(|i| place(4 * i as u32)),
            lanes_place: place(regs::LANES),
            slots_place: place(regs::SLOTS),
            low_places: ROWS.map(place),
            high_places: ROWS.map(high_place),
            zero: Constant::new(W64::ZERO),
            rows: std::array::from_fn(|_| Default::default()),
            control_place: place(regs::CONTROL),
            sq_base_low_place: place(regs::SQ_BASE),
            sq_base_high_place: place(regs::SQ_BASE + 4),
            sq_entries_place: place(regs::SQ_ENTRIES),
            sq_tail_place: place(regs::SQ_TAIL),
            cq_base_low_place: place(regs::CQ_BASE),
            cq_base_high_place: place(regs::CQ_BASE + 4),
            cq_entries_place: place(regs::CQ_ENTRIES),
            cq_head_place: place(regs::CQ_HEAD),
            irq_enable_place: place(regs::IRQ_ENABLE),
            irq_moderation_place: place(regs::IRQ_MODERATION_CYCLES),
            lane_select_place: place(regs::LANE_SELECT),
            sq_base_held: Default::default(),
            sq_entries_held: Default::default(),
            cq_base_held: Default::default(),
            cq_entries_held: Default::default(),
            irq_enable_held: Default::default(),
            irq_moderation_held: Default::default(),
            lane_select_held: Default::default(),
            write_address_held: Default::default(),
            write_index: Default::default(),
            write_data_held: Default::default(),
            write_data: Default::default(),
            write_whole: Default::default(),
            answer: Default::default(),
            read_address_held: Default::default(),
            read_index: Default::default(),
            read_answer: Default::default(),
            read_data: Default::default(),
            control_pulse: Default::default(),
            run_bit: Default::default(),
            sq_pulse: Default::default(),
            cq_pulse: Default::default(),
            rung: Default::default(),
            writes: Default::default(),
            reads: Default::default(),
            index: Default::default(),
            stopped: Default::default(),
            effective: Default::default(),
            settable: Default::default(),
            rings: Default::default(),
            status: Default::default(),
            low: Default::default(),
            high: Default::default(),
        }
    }
}

impl Default for Registers {
    /// Those of a small card in simulation.
    fn default() -> Self {
        Self::new(&fixed_words(&CardConfig::small(), &Identity::of(CardKind::Simulation)))
    }
}

impl Logic for Registers {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            sq_base_held,
            sq_entries_held,
            cq_base_held,
            cq_entries_held,
            irq_enable_held,
            irq_moderation_held,
            lane_select_held,
            write_address_held,
            write_index,
            write_data_held,
            write_data,
            write_whole,
            answer,
            read_address_held,
            read_index,
            read_answer,
            read_data,
            control_pulse,
            run_bit,
            sq_pulse,
            cq_pulse,
            rung
        );
        // Accesses come in.
        if self.awvalid.val() & (!self.write_address_held.q.val()) {
            self.write_address_held.d.next = true;
            self.write_index.d.next = self.awaddr.val().get_bits::<10>(2);
        }
        if self.wvalid.val() & (!self.write_data_held.q.val()) {
            self.write_data_held.d.next = true;
            self.write_data.d.next = self.wdata.val();
            self.write_whole.d.next = self.wstrb.val().all();
        }
        if self.arvalid.val() & (!self.read_address_held.q.val()) {
            self.read_address_held.d.next = true;
            self.read_index.d.next = self.araddr.val().get_bits::<10>(2);
        }
        self.writes.next = self.write_address_held.q.val() & self.write_data_held.q.val() & (!self.answer.q.val());
        self.reads.next = self.read_address_held.q.val() & (!self.read_answer.q.val()) & (!self.writes.val());
        self.index.next = self.read_index.q.val();
        if self.writes.val() {
            self.index.next = self.write_index.q.val();
        }

        // Their responses.
        if self.bready.val() {
            self.answer.d.next = false;
        }
        if self.writes.val() {
            self.answer.d.next = true;
            self.write_address_held.d.next = false;
            self.write_data_held.d.next = false;
        }
        if self.rready.val() {
            self.read_answer.d.next = false;
        }
        if self.reads.val() {
            self.read_answer.d.next = true;
            self.read_address_held.d.next = false;
        }
        self.awready.next = !self.write_address_held.q.val();
        self.wready.next = !self.write_data_held.q.val();
        self.bvalid.next = self.answer.q.val();
        self.bresp.next = bits::<2>(0);
        self.arready.next = !self.read_address_held.q.val();
        self.rvalid.next = self.read_answer.q.val();
        self.rdata.next = self.read_data.q.val();
        self.rresp.next = bits::<2>(0);

        // Writes.
        self.stopped.next = self.error.val().any();
        self.effective.next = self.writes.val() & self.write_whole.q.val();
        self.settable.next = self.effective.val() & (!self.running.val());
        self.control_pulse.d.next = self.effective.val() & (self.index.val() == self.control_place.val());
        self.run_bit.d.next = self.write_data.q.val().get_bit(0);
        self.rung.d.next = self.write_data.q.val();
        self.rings.next = self.effective.val() & (!self.stopped.val());
        self.sq_pulse.d.next = self.rings.val() & (self.index.val() == self.sq_tail_place.val());
        self.cq_pulse.d.next = self.rings.val() & (self.index.val() == self.cq_head_place.val());
        if self.settable.val() & (self.index.val() == self.sq_base_low_place.val()) {
            self.sq_base_held.d.next =
                ((self.sq_base_held.q.val() >> 32_u64) << 32_u64) | bits_w64(self.write_data.q.val());
        }
        if self.settable.val() & (self.index.val() == self.sq_base_high_place.val()) {
            self.sq_base_held.d.next =
                bits_w64(self.sq_base_held.q.val().get_bits::<32>(0)) | (bits_w64(self.write_data.q.val()) << 32_u64);
        }
        if self.settable.val() & (self.index.val() == self.sq_entries_place.val()) {
            self.sq_entries_held.d.next = self.write_data.q.val();
        }
        if self.settable.val() & (self.index.val() == self.cq_base_low_place.val()) {
            self.cq_base_held.d.next =
                ((self.cq_base_held.q.val() >> 32_u64) << 32_u64) | bits_w64(self.write_data.q.val());
        }
        if self.settable.val() & (self.index.val() == self.cq_base_high_place.val()) {
            self.cq_base_held.d.next =
                bits_w64(self.cq_base_held.q.val().get_bits::<32>(0)) | (bits_w64(self.write_data.q.val()) << 32_u64);
        }
        if self.settable.val() & (self.index.val() == self.cq_entries_place.val()) {
            self.cq_entries_held.d.next = self.write_data.q.val();
        }
        if self.effective.val() & (self.index.val() == self.irq_enable_place.val()) {
            self.irq_enable_held.d.next = self.write_data.q.val().get_bits::<2>(0);
        }
        if self.effective.val() & (self.index.val() == self.irq_moderation_place.val()) {
            self.irq_moderation_held.d.next = self.write_data.q.val();
        }
        if self.effective.val() & (self.index.val() == self.lane_select_place.val()) {
            self.lane_select_held.d.next = self.write_data.q.val();
        }
        self.control_write.next = self.control_pulse.q.val();
        self.control_run.next = self.run_bit.q.val();
        self.sq_doorbell.next = self.sq_pulse.q.val();
        self.cq_doorbell.next = self.cq_pulse.q.val();
        self.doorbell.next = self.rung.q.val();
        self.sq_base.next = self.sq_base_held.q.val();
        self.sq_entries.next = self.sq_entries_held.q.val();
        self.cq_base.next = self.cq_base_held.q.val();
        self.cq_entries.next = self.cq_entries_held.q.val();
        self.irq_enable.next = self.irq_enable_held.q.val();
        self.irq_moderation.next = self.irq_moderation_held.q.val();
        self.lane_select.next = self.lane_select_held.q.val();

        // Reads: the rows in the order of `ROWS`.
        self.status.next = bits_w64(self.running.val())
            | (bits_w64(self.idle.val()) << 1_u64)
            | (bits_w64(self.stopped.val()) << 2_u64);
        self.rows[0].next = bits_w64(self.running.val());
        self.rows[1].next = self.status.val();
        self.rows[2].next = bits_w64(self.error.val());
        self.rows[3].next = bits_w64(self.error_info.val());
        self.rows[4].next = self.sq_base_held.q.val();
        self.rows[5].next = bits_w64(self.sq_entries_held.q.val());
        self.rows[6].next = bits_w64(self.sq_tail.val());
        self.rows[7].next = bits_w64(self.sq_head.val());
        self.rows[8].next = self.cq_base_held.q.val();
        self.rows[9].next = bits_w64(self.cq_entries_held.q.val());
        self.rows[10].next = bits_w64(self.cq_head.val());
        self.rows[11].next = bits_w64(self.cq_tail.val());
        self.rows[12].next = bits_w64(self.irq_enable_held.q.val());
        self.rows[13].next = bits_w64(self.irq_moderation_held.q.val());
        self.rows[14].next = bits_w64(self.lane_select_held.q.val());
        self.rows[15].next = self.cycles.val();
        self.rows[16].next = self.committed.val();
        self.rows[17].next = self.committed_host.val();
        self.rows[18].next = self.aborts.val();
        self.rows[19].next = self.escapes.val();
        self.rows[20].next = self.assists.val();
        self.rows[21].next = self.state_reads.val();
        self.rows[22].next = self.program_words.val();
        self.rows[23].next = self.firmware_words.val();
        self.rows[24].next = self.evm_instructions.val();
        self.rows[25].next = self.evictions.val();
        self.rows[26].next = self.lane_busy_cycles.val();
        self.rows[27].next = self.lane_state_wait_cycles.val();
        self.rows[28].next = self.lane_commit_wait_cycles.val();
        self.rows[29].next = self.lane_aborted_cycles.val();
        self.rows[30].next = self.lane_idle_cycles.val();
        self.low.next = bits::<32>(0);
        self.high.next = bits::<32>(0);
        for i in 0..24 {
            if self.index.val() == self.fixed_places[i].val() {
                self.low.next = self.fixed[i].val();
            }
        }
        if self.index.val() == self.lanes_place.val() {
            self.low.next = self.low.val() | self.strap_lanes.val();
        }
        if self.index.val() == self.slots_place.val() {
            self.low.next = self.low.val() | self.strap_slots.val();
        }
        for i in 0..31 {
            if self.index.val() == self.low_places[i].val() {
                self.low.next = self.rows[i].val().get_bits::<32>(0);
            }
            if self.index.val() == self.high_places[i].val() {
                self.high.next = self.rows[i].val().get_bits::<32>(32);
            }
        }
        if self.reads.val() {
            self.read_data.d.next = self.low.val() | self.high.val();
        }

        if self.reset.val() {
            self.sq_base_held.d.next = self.zero.val();
            self.sq_entries_held.d.next = bits::<32>(0);
            self.cq_base_held.d.next = self.zero.val();
            self.cq_entries_held.d.next = bits::<32>(0);
            self.irq_enable_held.d.next = bits::<2>(0);
            self.irq_moderation_held.d.next = bits::<32>(0);
            self.lane_select_held.d.next = bits::<32>(0);
            self.write_address_held.d.next = false;
            self.write_data_held.d.next = false;
            self.answer.d.next = false;
            self.read_address_held.d.next = false;
            self.read_answer.d.next = false;
            self.control_pulse.d.next = false;
            self.rings.next = self.effective.val() & (!self.stopped.val());
            self.sq_pulse.d.next = false;
            self.cq_pulse.d.next = false;
        }
    }
}
