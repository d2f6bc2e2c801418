//! Management processor: RV32I in three stages.
//!
//! Algorithm: *fetch* gives an address to the instruction memory and takes its word into a register; *decode* reads the registers, with what
//! execute computes and what a load has brought passed by; *execute* computes, resolves branches, gives loads and
//! stores to the data port, writes back. The data of a load go to a register, are aligned from there, and are written in the first cycle in
//! which execute writes nothing. FENCE does nothing. ECALL, EBREAK, unknown words, accesses that are not aligned and jumps to
//! addresses that are not multiples of four stop the processor until a reset; `pc` stays at that instruction. Loads before it
//! still end. There are no CSRs, no interrupts, no multiplication.
//!
//! Handshake: the word at `fetch_address` is at `fetch_data` in the next cycle. Data port: ready/valid; for a read, `data_in` is taken in the cycle after
//! the one with `data_ready`. An access a cycle is possible. `data_strobes` names the bytes that are accessed, of reads too; each byte
//! of `data_out` is on its lane, other lanes hold anything. `data_valid` does not follow `data_ready`; ready may follow valid and address.
//!
//! Latency: an instruction a cycle. A jump or taken branch costs two more. The next instruction after a load waits two cycles if it uses
//! or writes the loaded register, the second one one cycle. An instruction that writes a register and follows two loads at once
//! waits one cycle. `fetch_address` follows execute's comparison in the same cycle and `data_address` an addition, both of registers; neither
//! depends on `data_ready`. `halted` and `pc` are registers.
//! Reset: `reset` empties the pipeline, the first address after it is 0. An access that waits is given up. Registers of the program keep
//! their values. Starts so, with registers that are zero.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::leaf::SmallRam;

/// The processor.
#[derive(LogicBlock)]
pub struct Processor {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Begin at address 0.
    pub reset: Signal<In, Bit>,
    /// Number of the instruction word to read.
    pub fetch_address: Signal<Out, Bits<16>>,
    /// The word at the address of the cycle before.
    pub fetch_data: Signal<In, Bits<32>>,
    /// A load or store.
    pub data_valid: Signal<Out, Bit>,
    /// It is taken.
    pub data_ready: Signal<In, Bit>,
    /// It is a store.
    pub data_write: Signal<Out, Bit>,
    /// Address of its first byte.
    pub data_address: Signal<Out, Bits<32>>,
    /// Its bytes in the word around the address.
    pub data_strobes: Signal<Out, Bits<4>>,
    /// What is stored, each byte on its lane.
    pub data_out: Signal<Out, Bits<32>>,
    /// Word around the address of a load that was taken in the cycle before.
    pub data_in: Signal<In, Bits<32>>,
    /// It has stopped.
    pub halted: Signal<Out, Bit>,
    /// Address of the instruction that came to execute last.
    pub pc: Signal<Out, Bits<32>>,
    ones: Constant<Bits<32>>,
    word_mask: Constant<Bits<32>>,
    /// Two copies, a read port each.
    registers1: SmallRam<Bits<32>, 5>,
    registers2: SmallRam<Bits<32>, 5>,

    // Fetch. A word arrives that was asked for in the cycle before, unless nothing was.
    started: DFF<Bit>,
    arriving_pc: DFF<Bits<32>>,
    /// A word that arrived while decode was held; the one after it is asked for again.
    spare: DFF<Bit>,
    spare_word: DFF<Bits<32>>,
    spare_pc: DFF<Bits<32>>,
    here: DFF<Bit>,
    word: DFF<Bits<32>>,
    word_pc: DFF<Bits<32>>,
    fetch_pc: Signal<Local, Bits<32>>,
    opens: Signal<Local, Bit>,

    // Decode.
    opcode: Signal<Local, Bits<7>>,
    funct3: Signal<Local, Bits<3>>,
    funct7: Signal<Local, Bits<7>>,
    rd: Signal<Local, Bits<5>>,
    rs1: Signal<Local, Bits<5>>,
    rs2: Signal<Local, Bits<5>>,
    plain7: Signal<Local, Bit>,
    /// `funct7` of SUB and SRA.
    other7: Signal<Local, Bit>,
    adds: Signal<Local, Bit>,
    shifts_right: Signal<Local, Bit>,
    shifts_left: Signal<Local, Bit>,
    signs: Signal<Local, Bits<32>>,
    immediate_i: Signal<Local, Bits<32>>,
    immediate_s: Signal<Local, Bits<32>>,
    immediate_b: Signal<Local, Bits<32>>,
    immediate_u: Signal<Local, Bits<32>>,
    immediate_j: Signal<Local, Bits<32>>,
    uses1: Signal<Local, Bit>,
    uses2: Signal<Local, Bit>,
    gives: Signal<Local, Bit>,
    is_load: Signal<Local, Bit>,
    is_store: Signal<Local, Bit>,
    is_branch: Signal<Local, Bit>,
    is_jump: Signal<Local, Bit>,
    legal: Signal<Local, Bit>,
    operation: Signal<Local, Bits<3>>,
    variant: Signal<Local, Bit>,
    source1: Signal<Local, Bits<32>>,
    source2: Signal<Local, Bits<32>>,
    left: Signal<Local, Bits<32>>,
    right: Signal<Local, Bits<32>>,
    start: Signal<Local, Bits<32>>,
    offset: Signal<Local, Bits<32>>,
    needs_executing: Signal<Local, Bit>,
    needs_arriving: Signal<Local, Bit>,
    overtakes: Signal<Local, Bit>,
    may_stop: Signal<Local, Bit>,
    hazard: Signal<Local, Bit>,
    issues: Signal<Local, Bit>,

    // Execute: flags are down without an instruction.
    writes: DFF<Bit>,
    loads: DFF<Bit>,
    accesses: DFF<Bit>,
    stores: DFF<Bit>,
    branches: DFF<Bit>,
    jumps: DFF<Bit>,
    stops: DFF<Bit>,
    x_pc: DFF<Bits<32>>,
    x_rd: DFF<Bits<5>>,
    /// Operation, comparison or size.
    x_operation: DFF<Bits<3>>,
    x_variant: DFF<Bit>,
    a: DFF<Bits<32>>,
    b: DFF<Bits<32>>,
    /// What makes an address.
    x_start: DFF<Bits<32>>,
    x_offset: DFF<Bits<32>>,
    stopped: DFF<Bit>,
    address: Signal<Local, Bits<32>>,
    address_low: Signal<Local, Bits<2>>,
    sum: Signal<Local, Bits<32>>,
    difference: Signal<Local, Bits<32>>,
    count: Signal<Local, Bits<5>>,
    fill: Signal<Local, Bits<32>>,
    shifted: Signal<Local, Bits<32>>,
    signs_differ: Signal<Local, Bit>,
    less: Signal<Local, Bit>,
    less_signed: Signal<Local, Bit>,
    equal: Signal<Local, Bit>,
    result: Signal<Local, Bits<32>>,
    condition: Signal<Local, Bit>,
    taken: Signal<Local, Bit>,
    redirects: Signal<Local, Bit>,
    aligned: Signal<Local, Bit>,
    size: Signal<Local, Bits<2>>,
    one_byte: Signal<Local, Bits<32>>,
    two_bytes: Signal<Local, Bits<32>>,
    valid: Signal<Local, Bit>,
    halts: Signal<Local, Bit>,
    crowded: Signal<Local, Bit>,
    waits: Signal<Local, Bit>,

    // Loads: data arrive; data have arrived.
    arriving: DFF<Bit>,
    arriving_rd: DFF<Bits<5>>,
    arriving_size: DFF<Bits<3>>,
    arriving_low: DFF<Bits<2>>,
    loaded: DFF<Bit>,
    loaded_rd: DFF<Bits<5>>,
    loaded_size: DFF<Bits<3>>,
    loaded_low: DFF<Bits<2>>,
    raw: DFF<Bits<32>>,
    lane_shift: Signal<Local, Bits<5>>,
    moved: Signal<Local, Bits<32>>,
    value: Signal<Local, Bits<32>>,
    writes_load: Signal<Local, Bit>,
    write: Signal<Local, Bit>,
    write_rd: Signal<Local, Bits<5>>,
    write_value: Signal<Local, Bits<32>>,
}

impl Default for Processor {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            fetch_address: Default::default(),
            fetch_data: Default::default(),
            data_valid: Default::default(),
            data_ready: Default::default(),
            data_write: Default::default(),
            data_address: Default::default(),
            data_strobes: Default::default(),
            data_out: Default::default(),
            data_in: Default::default(),
            halted: Default::default(),
            pc: Default::default(),
            ones: Constant::new(0xffff_ffff_u64.into()),
            word_mask: Constant::new(0xffff_fffc_u64.into()),
            registers1: Default::default(),
            registers2: Default::default(),
            started: Default::default(),
            arriving_pc: Default::default(),
            spare: Default::default(),
            spare_word: Default::default(),
            spare_pc: Default::default(),
            here: Default::default(),
            word: Default::default(),
            word_pc: Default::default(),
            fetch_pc: Default::default(),
            opens: Default::default(),
            opcode: Default::default(),
            funct3: Default::default(),
            funct7: Default::default(),
            rd: Default::default(),
            rs1: Default::default(),
            rs2: Default::default(),
            plain7: Default::default(),
            other7: Default::default(),
            adds: Default::default(),
            shifts_right: Default::default(),
            shifts_left: Default::default(),
            signs: Default::default(),
            immediate_i: Default::default(),
            immediate_s: Default::default(),
            immediate_b: Default::default(),
            immediate_u: Default::default(),
            immediate_j: Default::default(),
            uses1: Default::default(),
            uses2: Default::default(),
            gives: Default::default(),
            is_load: Default::default(),
            is_store: Default::default(),
            is_branch: Default::default(),
            is_jump: Default::default(),
            legal: Default::default(),
            operation: Default::default(),
            variant: Default::default(),
            source1: Default::default(),
            source2: Default::default(),
            left: Default::default(),
            right: Default::default(),
            start: Default::default(),
            offset: Default::default(),
            needs_executing: Default::default(),
            needs_arriving: Default::default(),
            overtakes: Default::default(),
            may_stop: Default::default(),
            hazard: Default::default(),
            issues: Default::default(),
            writes: Default::default(),
            loads: Default::default(),
            accesses: Default::default(),
            stores: Default::default(),
            branches: Default::default(),
            jumps: Default::default(),
            stops: Default::default(),
            x_pc: Default::default(),
            x_rd: Default::default(),
            x_operation: Default::default(),
            x_variant: Default::default(),
            a: Default::default(),
            b: Default::default(),
            x_start: Default::default(),
            x_offset: Default::default(),
            stopped: Default::default(),
            address: Default::default(),
            address_low: Default::default(),
            sum: Default::default(),
            difference: Default::default(),
            count: Default::default(),
            fill: Default::default(),
            shifted: Default::default(),
            signs_differ: Default::default(),
            less: Default::default(),
            less_signed: Default::default(),
            equal: Default::default(),
            result: Default::default(),
            condition: Default::default(),
            taken: Default::default(),
            redirects: Default::default(),
            aligned: Default::default(),
            size: Default::default(),
            one_byte: Default::default(),
            two_bytes: Default::default(),
            valid: Default::default(),
            halts: Default::default(),
            crowded: Default::default(),
            waits: Default::default(),
            arriving: Default::default(),
            arriving_rd: Default::default(),
            arriving_size: Default::default(),
            arriving_low: Default::default(),
            loaded: Default::default(),
            loaded_rd: Default::default(),
            loaded_size: Default::default(),
            loaded_low: Default::default(),
            raw: Default::default(),
            lane_shift: Default::default(),
            moved: Default::default(),
            value: Default::default(),
            writes_load: Default::default(),
            write: Default::default(),
            write_rd: Default::default(),
            write_value: Default::default(),
        }
    }
}

impl Logic for Processor {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            started,
            arriving_pc,
            spare,
            spare_word,
            spare_pc,
            here,
            word,
            word_pc,
            writes,
            loads,
            accesses,
            stores,
            branches,
            jumps,
            stops,
            x_pc,
            x_rd,
            x_operation,
            x_variant,
            a,
            b,
            x_start,
            x_offset,
            stopped,
            arriving,
            arriving_rd,
            arriving_size,
            arriving_low,
            loaded,
            loaded_rd,
            loaded_size,
            loaded_low,
            raw
        );
        clock!(self, clock, registers1, registers2);

        // Execute: sums, comparisons, shifts, all from registers.
        self.address.next = self.x_start.q.val() + self.x_offset.q.val();
        self.address_low.next = self.address.val().get_bits::<2>(0);
        self.sum.next = self.a.q.val() + self.b.q.val();
        self.difference.next = self.a.q.val() - self.b.q.val();
        self.equal.next = self.a.q.val() == self.b.q.val();
        self.signs_differ.next = self.a.q.val().get_bit(31) ^ self.b.q.val().get_bit(31);
        self.less.next = self.difference.val().get_bit(31);
        self.less_signed.next = self.difference.val().get_bit(31);
        if self.signs_differ.val() {
            self.less.next = self.b.q.val().get_bit(31);
            self.less_signed.next = self.a.q.val().get_bit(31);
        }
        self.count.next = self.b.q.val().get_bits::<5>(0);
        self.fill.next = bits::<32>(0);
        if self.x_variant.q.val() & self.a.q.val().get_bit(31) {
            self.fill.next = !(self.ones.val() >> self.count.val());
        }
        self.shifted.next = self.a.q.val() >> self.count.val();
        self.result.next = self.sum.val();
        match self.x_operation.q.val().index() {
            0 => {
                if self.x_variant.q.val() {
                    self.result.next = self.difference.val();
                }
            }
            1 => {
                self.result.next = self.a.q.val() << self.count.val();
            }
            2 => {
                self.result.next = bits::<32>(0);
                if self.less_signed.val() {
                    self.result.next = bits::<32>(1);
                }
            }
            3 => {
                self.result.next = bits::<32>(0);
                if self.less.val() {
                    self.result.next = bits::<32>(1);
                }
            }
            4 => {
                self.result.next = self.a.q.val() ^ self.b.q.val();
            }
            5 => {
                self.result.next = self.shifted.val() | self.fill.val();
            }
            6 => {
                self.result.next = self.a.q.val() | self.b.q.val();
            }
            _ => {
                self.result.next = self.a.q.val() & self.b.q.val();
            }
        }

        // What a load has brought is written in the first cycle in which execute writes nothing, or when the next one comes.
        self.writes_load.next = self.loaded.q.val() & (self.arriving.q.val() | (!self.writes.q.val()));
        self.crowded.next = self.writes.q.val() & self.loaded.q.val() & self.arriving.q.val();
        self.lane_shift.next = bit_cast::<5, 2>(self.loaded_low.q.val()) << bits::<5>(3);
        self.moved.next = self.raw.q.val() >> self.lane_shift.val();
        self.value.next = self.moved.val();
        match self.loaded_size.q.val().index() {
            0 => {
                self.value.next = bit_cast::<32, 8>(self.moved.val().get_bits::<8>(0));
                if self.moved.val().get_bit(7) {
                    self.value.next = self.moved.val() | (self.ones.val() << bits::<5>(8));
                }
            }
            1 => {
                self.value.next = bit_cast::<32, 16>(self.moved.val().get_bits::<16>(0));
                if self.moved.val().get_bit(15) {
                    self.value.next = self.moved.val() | (self.ones.val() << bits::<5>(16));
                }
            }
            4 => {
                self.value.next = bit_cast::<32, 8>(self.moved.val().get_bits::<8>(0));
            }
            5 => {
                self.value.next = bit_cast::<32, 16>(self.moved.val().get_bits::<16>(0));
            }
            _ => {
                self.value.next = self.moved.val();
            }
        }

        // Branches.
        self.condition.next = self.equal.val();
        if self.x_operation.q.val().get_bit(2) {
            self.condition.next = self.less_signed.val();
            if self.x_operation.q.val().get_bit(1) {
                self.condition.next = self.less.val();
            }
        }
        self.taken.next =
            self.jumps.q.val() | (self.branches.q.val() & (self.condition.val() ^ self.x_operation.q.val().get_bit(0)));
        self.redirects.next = self.taken.val() & (!self.crowded.val());

        // Data port.
        self.size.next = self.x_operation.q.val().get_bits::<2>(0);
        self.one_byte.next = bit_cast::<32, 8>(self.b.q.val().get_bits::<8>(0));
        self.two_bytes.next = bit_cast::<32, 16>(self.b.q.val().get_bits::<16>(0));
        self.aligned.next = true;
        self.data_strobes.next = bits::<4>(15);
        self.data_out.next = self.b.q.val();
        match self.size.val().index() {
            0 => {
                self.data_strobes.next = bits::<4>(1) << self.address_low.val();
                self.data_out.next = self.one_byte.val()
                    | (self.one_byte.val() << bits::<5>(8))
                    | (self.one_byte.val() << bits::<5>(16))
                    | (self.one_byte.val() << bits::<5>(24));
            }
            1 => {
                self.aligned.next = !self.address_low.val().get_bit(0);
                self.data_strobes.next = bits::<4>(3) << self.address_low.val();
                self.data_out.next = self.two_bytes.val() | (self.two_bytes.val() << bits::<5>(16));
            }
            _ => {
                self.aligned.next = !self.address_low.val().any();
            }
        }
        self.valid.next = self.accesses.q.val() & self.aligned.val();
        self.data_valid.next = self.valid.val();
        self.data_write.next = self.stores.q.val();
        self.data_address.next = self.address.val();

        // What holds execute, what ends it.
        self.waits.next = (self.valid.val() & (!self.data_ready.val())) | self.crowded.val();
        self.halts.next = self.stops.q.val()
            | (self.accesses.q.val() & (!self.aligned.val()))
            | (self.redirects.val() & self.address_low.val().get_bit(1));
        self.halted.next = self.stopped.q.val();
        self.pc.next = self.x_pc.q.val();

        // The registers' write port.
        self.write.next = self.writes.q.val() & (!self.halts.val());
        self.write_rd.next = self.x_rd.q.val();
        self.write_value.next = self.result.val();
        if self.writes_load.val() {
            self.write.next = true;
            self.write_rd.next = self.loaded_rd.q.val();
            self.write_value.next = self.value.val();
        }
        self.registers1.write.next = self.write.val();
        self.registers1.write_address.next = self.write_rd.val();
        self.registers1.write_data.next = self.write_value.val();
        self.registers2.write.next = self.write.val();
        self.registers2.write_address.next = self.write_rd.val();
        self.registers2.write_data.next = self.write_value.val();

        // Loads.
        self.arriving.d.next = self.loads.q.val() & self.valid.val() & self.data_ready.val();
        self.arriving_rd.d.next = self.x_rd.q.val();
        self.arriving_size.d.next = self.x_operation.q.val();
        self.arriving_low.d.next = self.address_low.val();
        if self.writes_load.val() {
            self.loaded.d.next = false;
        }
        if self.arriving.q.val() {
            self.loaded.d.next = true;
            self.loaded_rd.d.next = self.arriving_rd.q.val();
            self.loaded_size.d.next = self.arriving_size.q.val();
            self.loaded_low.d.next = self.arriving_low.q.val();
            self.raw.d.next = self.data_in.val();
        }

        // Decode: fields and immediates.
        self.opcode.next = self.word.q.val().get_bits::<7>(0);
        self.rd.next = self.word.q.val().get_bits::<5>(7);
        self.funct3.next = self.word.q.val().get_bits::<3>(12);
        self.rs1.next = self.word.q.val().get_bits::<5>(15);
        self.rs2.next = self.word.q.val().get_bits::<5>(20);
        self.funct7.next = self.word.q.val().get_bits::<7>(25);
        self.plain7.next = self.funct7.val() == bits::<7>(0);
        self.other7.next = self.funct7.val() == bits::<7>(32);
        self.adds.next = self.funct3.val() == bits::<3>(0);
        self.shifts_left.next = self.funct3.val() == bits::<3>(1);
        self.shifts_right.next = self.funct3.val() == bits::<3>(5);
        self.signs.next = bits::<32>(0);
        if self.word.q.val().get_bit(31) {
            self.signs.next = self.ones.val();
        }
        self.immediate_i.next =
            bit_cast::<32, 12>(self.word.q.val().get_bits::<12>(20)) | (self.signs.val() << bits::<5>(12));
        self.immediate_s.next = bit_cast::<32, 5>(self.rd.val())
            | (bit_cast::<32, 7>(self.funct7.val()) << bits::<5>(5))
            | (self.signs.val() << bits::<5>(12));
        self.immediate_b.next = (bit_cast::<32, 4>(self.word.q.val().get_bits::<4>(8)) << bits::<5>(1))
            | (bit_cast::<32, 6>(self.word.q.val().get_bits::<6>(25)) << bits::<5>(5))
            | (bit_cast::<32, 1>(self.word.q.val().get_bits::<1>(7)) << bits::<5>(11))
            | (self.signs.val() << bits::<5>(12));
        self.immediate_u.next = bit_cast::<32, 20>(self.word.q.val().get_bits::<20>(12)) << bits::<5>(12);
        self.immediate_j.next = (bit_cast::<32, 10>(self.word.q.val().get_bits::<10>(21)) << bits::<5>(1))
            | (bit_cast::<32, 1>(self.word.q.val().get_bits::<1>(20)) << bits::<5>(11))
            | (bit_cast::<32, 8>(self.word.q.val().get_bits::<8>(12)) << bits::<5>(12))
            | (self.signs.val() << bits::<5>(20));

        // Registers, with what has not been written yet. A load that waits is never older than execute's result of the same register.
        self.registers1.address.next = self.rs1.val();
        self.registers2.address.next = self.rs2.val();
        self.source1.next = self.registers1.data.val();
        self.source2.next = self.registers2.data.val();
        if self.loaded.q.val() & (self.loaded_rd.q.val() == self.rs1.val()) {
            self.source1.next = self.value.val();
        }
        if self.loaded.q.val() & (self.loaded_rd.q.val() == self.rs2.val()) {
            self.source2.next = self.value.val();
        }
        if self.writes.q.val() & (self.x_rd.q.val() == self.rs1.val()) {
            self.source1.next = self.result.val();
        }
        if self.writes.q.val() & (self.x_rd.q.val() == self.rs2.val()) {
            self.source2.next = self.result.val();
        }

        // What the instruction is. Its result is an operation of `left` and `right`, its address `start` and `offset`.
        self.uses1.next = true;
        self.uses2.next = false;
        self.gives.next = false;
        self.is_load.next = false;
        self.is_store.next = false;
        self.is_branch.next = false;
        self.is_jump.next = false;
        self.legal.next = false;
        self.operation.next = self.funct3.val();
        self.variant.next = false;
        self.left.next = self.source1.val();
        self.right.next = self.source2.val();
        self.start.next = self.source1.val();
        self.offset.next = self.immediate_i.val();
        match self.opcode.val().index() {
            55 => {
                // 0x37: LUI
                self.legal.next = true;
                self.gives.next = true;
                self.uses1.next = false;
                self.operation.next = bits::<3>(0);
                self.left.next = bits::<32>(0);
                self.right.next = self.immediate_u.val();
            }
            23 => {
                // 0x17: AUIPC
                self.legal.next = true;
                self.gives.next = true;
                self.uses1.next = false;
                self.operation.next = bits::<3>(0);
                self.left.next = self.word_pc.q.val();
                self.right.next = self.immediate_u.val();
            }
            111 => {
                // 0x6f: JAL
                self.legal.next = true;
                self.gives.next = true;
                self.is_jump.next = true;
                self.uses1.next = false;
                self.operation.next = bits::<3>(0);
                self.left.next = self.word_pc.q.val();
                self.right.next = bits::<32>(4);
                self.start.next = self.word_pc.q.val();
                self.offset.next = self.immediate_j.val();
            }
            103 => {
                // 0x67: JALR
                self.legal.next = self.adds.val();
                self.gives.next = true;
                self.is_jump.next = true;
                self.operation.next = bits::<3>(0);
                self.left.next = self.word_pc.q.val();
                self.right.next = bits::<32>(4);
            }
            99 => {
                // 0x63: Branches
                self.legal.next = (!self.funct3.val().get_bit(1)) | self.funct3.val().get_bit(2);
                self.is_branch.next = true;
                self.uses2.next = true;
                self.start.next = self.word_pc.q.val();
                self.offset.next = self.immediate_b.val();
            }
            3 => {
                // 0x03: Loads
                self.legal.next = (!self.funct3.val().get_bit(1)) | (self.funct3.val() == bits::<3>(2));
                self.gives.next = true;
                self.is_load.next = true;
            }
            35 => {
                // 0x23: Stores
                self.legal.next = self.funct3.val() < bits::<3>(3);
                self.is_store.next = true;
                self.uses2.next = true;
                self.offset.next = self.immediate_s.val();
            }
            19 => {
                // 0x13: A register and a constant
                self.legal.next = ((!self.shifts_left.val()) & (!self.shifts_right.val()))
                    | self.plain7.val()
                    | (self.shifts_right.val() & self.other7.val());
                self.gives.next = true;
                self.variant.next = self.shifts_right.val() & self.other7.val();
                self.right.next = self.immediate_i.val();
            }
            51 => {
                // 0x33: Two registers
                self.legal.next = self.plain7.val() | (self.other7.val() & (self.adds.val() | self.shifts_right.val()));
                self.gives.next = true;
                self.uses2.next = true;
                self.variant.next = self.other7.val();
            }
            15 => {
                // 0x0f: FENCE
                self.legal.next = self.adds.val();
                self.uses1.next = false;
            }
            _ => {
                self.uses1.next = false;
            }
        }
        if (!self.rd.val().any()) | (!self.legal.val()) {
            self.gives.next = false;
        }

        // What it has to wait for: a load's value, or a load that would write its register after it. A value that is there and still
        // waits for its turn is given up instead, if the instruction surely writes the register.
        self.needs_executing.next = self.loads.q.val()
            & ((self.uses1.val() & (self.x_rd.q.val() == self.rs1.val()))
                | (self.uses2.val() & (self.x_rd.q.val() == self.rs2.val()))
                | (self.gives.val() & (self.x_rd.q.val() == self.rd.val())));
        self.needs_arriving.next = self.arriving.q.val()
            & ((self.uses1.val() & (self.arriving_rd.q.val() == self.rs1.val()))
                | (self.uses2.val() & (self.arriving_rd.q.val() == self.rs2.val()))
                | (self.gives.val() & (self.arriving_rd.q.val() == self.rd.val())));
        self.overtakes.next = self.loaded.q.val()
            & (!self.writes_load.val())
            & self.gives.val()
            & (self.loaded_rd.q.val() == self.rd.val());
        self.may_stop.next = self.is_load.val() | self.is_jump.val();
        self.hazard.next =
            self.needs_executing.val() | self.needs_arriving.val() | (self.overtakes.val() & self.may_stop.val());
        self.issues.next = self.here.q.val()
            & (!self.hazard.val())
            & (!self.waits.val())
            & (!self.redirects.val())
            & (!self.halts.val())
            & (!self.stopped.q.val());
        if !self.waits.val() {
            self.writes.d.next = false;
            self.loads.d.next = false;
            self.accesses.d.next = false;
            self.stores.d.next = false;
            self.branches.d.next = false;
            self.jumps.d.next = false;
            self.stops.d.next = false;
        }
        if self.issues.val() & self.overtakes.val() {
            self.loaded.d.next = false;
        }
        if self.issues.val() {
            self.writes.d.next = self.gives.val() & (!self.is_load.val());
            self.loads.d.next = self.gives.val() & self.is_load.val();
            self.accesses.d.next = self.legal.val() & (self.is_load.val() | self.is_store.val());
            self.stores.d.next = self.legal.val() & self.is_store.val();
            self.branches.d.next = self.legal.val() & self.is_branch.val();
            self.jumps.d.next = self.legal.val() & self.is_jump.val();
            self.stops.d.next = !self.legal.val();
            self.x_pc.d.next = self.word_pc.q.val();
            self.x_rd.d.next = self.rd.val();
            self.x_operation.d.next = self.operation.val();
            self.x_variant.d.next = self.variant.val();
            self.a.d.next = self.left.val();
            self.b.d.next = self.right.val();
            self.x_start.d.next = self.start.val();
            self.x_offset.d.next = self.offset.val();
        }
        if self.halts.val() {
            self.stopped.d.next = true;
        }

        // Fetch: the word after the one that arrives; again the one that arrives if there is no place for it.
        self.fetch_pc.next = self.arriving_pc.q.val() + bits::<32>(4);
        if self.spare.q.val() | (!self.started.q.val()) {
            self.fetch_pc.next = self.arriving_pc.q.val();
        }
        if self.redirects.val() {
            self.fetch_pc.next = self.address.val() & self.word_mask.val();
        }
        self.fetch_address.next = self.fetch_pc.val().get_bits::<16>(2);
        self.arriving_pc.d.next = self.fetch_pc.val();
        self.started.d.next = true;
        self.opens.next = (!self.here.q.val()) | self.issues.val();
        if self.opens.val() {
            self.here.d.next = self.spare.q.val() | self.started.q.val();
            self.word.d.next = self.fetch_data.val();
            self.word_pc.d.next = self.arriving_pc.q.val();
            if self.spare.q.val() {
                self.word.d.next = self.spare_word.q.val();
                self.word_pc.d.next = self.spare_pc.q.val();
            }
            self.spare.d.next = false;
        } else if self.started.q.val() & (!self.spare.q.val()) {
            self.spare.d.next = true;
            self.spare_word.d.next = self.fetch_data.val();
            self.spare_pc.d.next = self.arriving_pc.q.val();
        }
        if self.redirects.val() {
            self.here.d.next = false;
            self.spare.d.next = false;
        }

        if self.reset.val() {
            self.started.d.next = false;
            self.arriving_pc.d.next = bits::<32>(0);
            self.spare.d.next = false;
            self.here.d.next = false;
            self.writes.d.next = false;
            self.loads.d.next = false;
            self.accesses.d.next = false;
            self.stores.d.next = false;
            self.branches.d.next = false;
            self.jumps.d.next = false;
            self.stops.d.next = false;
            self.stopped.d.next = false;
            self.arriving.d.next = false;
            self.loaded.d.next = false;
        }
    }
}
