//! The management processor against its interpreter, and its data memory against plain rows.

use std::collections::HashMap;

use gaslane_hdl::{
    manage::{DataPort, DataRam, Processor, ProcessorModel},
    word::{W64, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{axi::Stable, dut, harness::Bench, random::rng};

dut!(Processor, clocked,
    [reset, fetch_data, data_ready, data_in]
    => [fetch_address, data_valid, data_write, data_address, data_strobes, data_out, halted, pc]);

/// 32 rows.
type TestRam = DataRam<6>;
const ROWS: usize = TestRam::BYTES / 32;

dut!(TestRam, clocked,
    [reset, processor_valid, processor_write, processor_address, processor_strobes, processor_data, read1_valid,
        read1_address, read1_beats, read1_data_ready, read2_valid, read2_address, read2_beats, read2_data_ready,
        read3_valid, read3_address, read3_beats, read3_data_ready, write1_valid, write1_address, write1_beats,
        write1_data_valid, write1_data, write1_done_ready, write2_valid, write2_address, write2_beats,
        write2_data_valid, write2_data, write2_done_ready]
    => [processor_ready, processor_read, read1_ready, read1_data_valid, read1_data, read2_ready, read2_data_valid,
        read2_data, read3_ready, read3_data_valid, read3_data, write1_ready, write1_data_ready, write1_done_valid,
        write2_ready, write2_data_ready, write2_done_valid]);

/// Words of instructions.
mod asm {
    pub const NOP: u32 = 0x13;
    pub const ECALL: u32 = 0x73;
    pub const EBREAK: u32 = 0x0010_0073;
    pub const FENCE: u32 = 0x0ff0_000f;

    /// Operations of registers: `funct3`, and `funct7` from bit 8.
    pub const ADD: u32 = 0;
    pub const SUB: u32 = 0x2000;
    pub const SLL: u32 = 1;
    pub const SLT: u32 = 2;
    pub const SLTU: u32 = 3;
    pub const XOR: u32 = 4;
    pub const SRL: u32 = 5;
    pub const SRA: u32 = 0x2005;
    pub const OR: u32 = 6;
    pub const AND: u32 = 7;
    pub const OPERATIONS: [u32; 10] = [ADD, SUB, SLL, SLT, SLTU, XOR, SRL, SRA, OR, AND];
    pub const BEQ: u32 = 0;
    pub const BNE: u32 = 1;
    pub const BLT: u32 = 4;
    pub const BGE: u32 = 5;
    pub const BLTU: u32 = 6;
    pub const BGEU: u32 = 7;
    pub const BRANCHES: [u32; 6] = [BEQ, BNE, BLT, BGE, BLTU, BGEU];
    pub const LB: u32 = 0;
    pub const LH: u32 = 1;
    pub const LW: u32 = 2;
    pub const LBU: u32 = 4;
    pub const LHU: u32 = 5;
    pub const LOADS: [u32; 5] = [LB, LH, LW, LBU, LHU];
    pub const SB: u32 = 0;
    pub const SH: u32 = 1;
    pub const SW: u32 = 2;

    pub fn op(operation: u32, rd: u32, rs1: u32, rs2: u32) -> u32 {
        operation >> 8 << 25 | rs2 << 20 | rs1 << 15 | (operation & 7) << 12 | rd << 7 | 0x33
    }

    /// With a constant; shifts take its lowest five bits.
    pub fn op_imm(operation: u32, rd: u32, rs1: u32, imm: i32) -> u32 {
        let imm = imm as u32;
        let imm = if matches!(operation & 7, 1 | 5) { operation >> 8 << 5 | imm & 31 } else { imm & 0xfff };
        imm << 20 | rs1 << 15 | (operation & 7) << 12 | rd << 7 | 0x13
    }

    pub fn lui(rd: u32, value: u32) -> u32 {
        value & !0xfff | rd << 7 | 0x37
    }

    pub fn auipc(rd: u32, value: u32) -> u32 {
        value & !0xfff | rd << 7 | 0x17
    }

    pub fn load(size: u32, rd: u32, rs1: u32, imm: i32) -> u32 {
        (imm as u32) << 20 | rs1 << 15 | size << 12 | rd << 7 | 0x03
    }

    pub fn store(size: u32, rs2: u32, rs1: u32, imm: i32) -> u32 {
        let imm = imm as u32;
        (imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | size << 12 | (imm & 31) << 7 | 0x23
    }

    pub fn branch(condition: u32, rs1: u32, rs2: u32, offset: i32) -> u32 {
        let offset = offset as u32;
        let (high, low) = ((offset >> 12 & 1) << 6 | offset >> 5 & 0x3f, offset & 0x1e | offset >> 11 & 1);
        high << 25 | rs2 << 20 | rs1 << 15 | condition << 12 | low << 7 | 0x63
    }

    pub fn jal(rd: u32, offset: i32) -> u32 {
        let offset = offset as u32;
        let high =
            (offset >> 20 & 1) << 19 | (offset >> 1 & 0x3ff) << 9 | (offset >> 11 & 1) << 8 | offset >> 12 & 0xff;
        high << 12 | rd << 7 | 0x6f
    }

    pub fn jalr(rd: u32, rs1: u32, imm: i32) -> u32 {
        (imm as u32) << 20 | rs1 << 15 | rd << 7 | 0x67
    }

    /// Two instructions that load a constant.
    pub fn li(rd: u32, value: u32) -> [u32; 2] {
        let low = (value as i32) << 20 >> 20;
        [lui(rd, value.wrapping_sub(low as u32)), op_imm(ADD, rd, rd, low)]
    }
}
use asm::*;

/// An access: address, strobes, and the enabled lanes if it is a store.
type Access = (u32, u8, Option<u32>);

fn lanes(strobes: u8) -> u32 {
    (0..4).map(|i| if strobes >> i & 1 == 1 { 0xff << (8 * i) } else { 0 }).sum()
}

/// What loads and stores reach, with all that happened there.
#[derive(Default)]
struct DataMemory {
    words: HashMap<u32, u32>,
    log: Vec<Access>,
}

impl DataMemory {
    fn word(&mut self, address: u32) -> &mut u32 {
        let fresh = (address / 4).wrapping_mul(0x9e37_79b9).rotate_left(11);
        self.words.entry(address / 4).or_insert(fresh)
    }
}

impl DataPort for DataMemory {
    fn read(&mut self, address: u32, strobes: u8) -> u32 {
        self.log.push((address, strobes, None));
        *self.word(address)
    }

    fn write(&mut self, address: u32, strobes: u8, data: u32) {
        let mask = lanes(strobes);
        self.log.push((address, strobes, Some(data & mask)));
        let word = self.word(address);
        *word = *word & !mask | data & mask;
    }
}

/// Processor, instruction memory and data memory.
struct Rig {
    bench: Bench<Processor>,
    program: Vec<u32>,
    memory: DataMemory,
    port: Stable<Access>,
    rng: SmallRng,
    /// How often the data port is ready.
    pace: f64,
    /// What the last program left, as a reset does not clear them.
    registers: [u32; 32],
}

impl Rig {
    fn new(name: &'static str) -> Self {
        let bench = Bench::new(name);
        let port = Stable::new("data port");
        Self { bench, program: vec![], memory: DataMemory::default(), port, rng: rng(), pace: 1.0, registers: [0; 32] }
    }

    fn start(&mut self, program: &[u32]) {
        self.bench.reset.next = true;
        self.bench.data_ready.next = false;
        self.bench.tick();
        self.bench.reset.next = false;
        self.bench.settle();
        self.port.reset();
        self.memory = DataMemory::default();
        self.program = program.to_vec();
    }

    fn cycle(&mut self) {
        let bench = &mut self.bench;
        let ready = self.rng.random_bool(self.pace);
        let strobes = bench.data_strobes.val().to_u64() as u8;
        let data = bench.data_write.val().then(|| bench.data_out.val().to_u64() as u32 & lanes(strobes));
        let access = (bench.data_address.val().to_u64() as u32, strobes, data);
        let mut found = self.rng.random();
        match self.port.cycle(bench.data_valid.val(), ready, access) {
            Some((address, strobes, None)) => found = self.memory.read(address, strobes),
            Some((address, strobes, Some(data))) => self.memory.write(address, strobes, data),
            None => {}
        }
        let word = self.program.get(bench.fetch_address.val().index()).copied().unwrap_or(NOP);
        bench.data_ready.next = ready;
        bench.tick();
        bench.fetch_data.next = u64::from(word).into();
        bench.data_in.next = u64::from(found).into();
    }

    /// Runs until it stops; gives the cycles.
    fn finish(&mut self) -> u64 {
        for cycles in 0..50_000 {
            if self.bench.halted.val() {
                return cycles;
            }
            self.cycle();
        }
        panic!("it does not stop");
    }

    /// Runs a program on both; gives the interpreter, the instructions and the cycles.
    fn compare(&mut self, program: &[u32]) -> (ProcessorModel, u64, u64) {
        let mut model = ProcessorModel { registers: self.registers, ..Default::default() };
        let mut memory = DataMemory::default();
        let mut count = 0;
        while !model.halted {
            model.step(program[model.pc as usize / 4], &mut memory);
            count += 1;
            assert!(count < 20_000, "the program does not end");
        }
        self.start(program);
        let cycles = self.finish();
        let same = self.memory.log.iter().zip(&memory.log).take_while(|(a, b)| a == b).count();
        let next = (self.memory.log.get(same), memory.log.get(same));
        assert_eq!(next, (None, None), "access {same} of {program:08x?}");
        assert_eq!(self.bench.pc.val().to_u64() as u32, model.pc);
        self.registers = model.registers;
        (model, count, cycles)
    }
}

/// The program `body`, then stores of all registers from 0x400 beyond the address in register 29, then the end.
fn with_dump(mut body: Vec<u32>) -> Vec<u32> {
    body.extend((0..32).map(|i| store(SW, i, 29, 0x400 + 4 * i as i32)));
    body.push(ECALL);
    body
}

/// A part of a random program; jumps go forward over a number of parts.
enum Part {
    Plain(Vec<u32>),
    Branch(u32, u32, u32, usize),
    Jal(u32, usize),
    Jalr(u32, usize),
    /// Back to a part while register 31 is positive.
    Again(usize),
}

impl Part {
    fn words(&self) -> usize {
        match self {
            Part::Plain(words) => words.len(),
            Part::Branch(..) | Part::Jal(..) => 1,
            Part::Jalr(..) | Part::Again(_) => 2,
        }
    }
}

fn value(rng: &mut SmallRng) -> u32 {
    match rng.random_range(0..4) {
        0 => [0, 1, 31, 32, 0x7fff_ffff, 0x8000_0000, u32::MAX, 0xffff_8000][rng.random_range(0..8)],
        1 => rng.random::<u32>() >> rng.random_range(0..32),
        _ => rng.random(),
    }
}

/// A program that ends. Register 29 is the base of its data, 30 makes addresses, 31 counts.
fn random_program(rng: &mut SmallRng) -> Vec<u32> {
    const PARTS: usize = 70;
    let few = rng.random_range(2..29);
    let source =
        |rng: &mut SmallRng| if rng.random_bool(0.8) { rng.random_range(0..few) } else { rng.random_range(0..32) };
    let target =
        |rng: &mut SmallRng| if rng.random_bool(0.8) { rng.random_range(0..few) } else { rng.random_range(0..29) };
    let access = |rng: &mut SmallRng, rs1: u32| {
        let size = LOADS[rng.random_range(0..5)];
        let imm = rng.random_range(-16..16) << (size & 3);
        if rng.random() { load(size, target(rng), rs1, imm) } else { store(size & 3, source(rng), rs1, imm) }
    };
    let mut parts = vec![];
    let mut start = None;
    while parts.len() < PARTS {
        let skip = rng.random_range(1..6);
        parts.push(match rng.random_range(0..20) {
            0..5 => {
                let operation = OPERATIONS[rng.random_range(0..10)];
                Part::Plain(vec![op(operation, target(rng), source(rng), source(rng))])
            }
            5..8 => {
                let operation = [ADD, SLL, SLT, SLTU, XOR, SRL, SRA, OR, AND][rng.random_range(0..9)];
                Part::Plain(vec![op_imm(operation, target(rng), source(rng), rng.random())])
            }
            8 => Part::Plain(vec![lui(target(rng), rng.random())]),
            9 => Part::Plain(vec![auipc(target(rng), rng.random())]),
            10..14 => Part::Plain(vec![access(rng, 29)]),
            14 => {
                let (rs1, mask) = (source(rng), 4 * rng.random_range(0..16));
                Part::Plain(vec![op_imm(AND, 30, rs1, mask), op(ADD, 30, 30, 29), access(rng, 30)])
            }
            15 | 16 => Part::Branch(BRANCHES[rng.random_range(0..6)], source(rng), source(rng), skip),
            17 if rng.random() => Part::Jal(target(rng), skip),
            17 => Part::Jalr(target(rng), skip),
            18 => Part::Plain(vec![FENCE]),
            _ => match start.take() {
                Some(start) => Part::Again(start),
                None => {
                    start = Some(parts.len() + 1);
                    Part::Plain(vec![op_imm(ADD, 31, 0, rng.random_range(1..6))])
                }
            },
        });
    }
    let mut places = vec![0_i32];
    for part in &parts {
        places.push(places.last().unwrap() + 4 * part.words() as i32);
    }
    let mut program = vec![];
    for i in 1..32 {
        let value = match i {
            29 => 0x1000_0000 + 4 * rng.random_range(0..4),
            // A part of a loop may be reached without its beginning.
            31 => 0,
            _ => value(rng),
        };
        program.extend(li(i, value));
    }
    for (i, part) in parts.into_iter().enumerate() {
        let ahead = |skip: usize| places[(i + skip).min(PARTS)] - places[i];
        match part {
            Part::Plain(words) => program.extend(words),
            Part::Branch(condition, rs1, rs2, skip) => program.push(branch(condition, rs1, rs2, ahead(skip))),
            Part::Jal(rd, skip) => program.push(jal(rd, ahead(skip))),
            // The lowest bit of the address does not count.
            Part::Jalr(rd, skip) => {
                program.extend([auipc(30, 0), jalr(rd, 30, ahead(skip) | i32::from(rng.random::<bool>()))])
            }
            Part::Again(start) => {
                program.extend([op_imm(ADD, 31, 31, -1), branch(BLT, 0, 31, places[start] - places[i] - 4)])
            }
        }
    }
    with_dump(program)
}

#[test]
fn processor_random() {
    let mut rig = Rig::new("processor_random");
    let mut rng = rng();
    let (mut instructions, mut cycles) = (0, 0);
    for round in 0..300 {
        let program = random_program(&mut rng);
        rig.pace = [1.0, 0.9, 0.5, 0.1][round % 4];
        if round % 5 == 0 {
            // A reset somewhere in the middle.
            rig.start(&program);
            for _ in 0..rng.random_range(1..200) {
                rig.cycle();
            }
        }
        let (_, more, length) = rig.compare(&program);
        if rig.pace == 1.0 {
            instructions += more;
            cycles += length;
        }
    }
    println!("{instructions} instructions in {cycles} cycles, {} accesses, {} waits", rig.port.taken, rig.port.waited);
    assert!(rig.port.taken > 15_000 && rig.port.waited > 10_000);
    rig.bench.cross_check();
}

/// Any words: what is no instruction stops the processor, and nothing else does.
#[test]
fn processor_any_words() {
    let mut rig = Rig::new("processor_any_words");
    let mut rng = rng();
    let mut found = [0; 2];
    let opcodes = [0x37, 0x17, 0x6f, 0x67, 0x63, 0x03, 0x23, 0x13, 0x33, 0x0f, 0x73];
    let mut words =
        vec![0, u32::MAX, ECALL, EBREAK, FENCE, 0x0000_100f, 0x0200_0033, 0x0200_1013, 0x4000_1013, 0x4000_1033];
    for _ in 0..3_000 {
        let mut word: u32 = rng.random();
        if rng.random_bool(0.95) {
            word = word & !0x7f | opcodes[rng.random_range(0..opcodes.len())];
        }
        if rng.random() {
            word = word & 0x01ff_ffff | [0, 0x4000_0000][rng.random_range(0..2)];
        }
        words.push(word);
    }
    for word in words {
        // Offsets from 0 decide what is aligned.
        let program =
            [li(1, rng.random()).to_vec(), vec![word & !0x000f_8000 | (rng.random_range(0..2) << 15)]].concat();
        let mut model = ProcessorModel { registers: rig.registers, ..Default::default() };
        let mut memory = DataMemory::default();
        for &word in &program {
            model.step(word, &mut memory);
        }
        rig.start(&program);
        for _ in 0..12 {
            rig.cycle();
        }
        rig.registers = model.registers;
        assert_eq!(rig.bench.halted.val(), model.halted, "{:08x}", program[2]);
        assert_eq!(rig.memory.log, memory.log, "{:08x}", program[2]);
        let pc = rig.bench.pc.val().to_u64() as u32;
        assert!(if model.halted { pc == 8 } else { pc.wrapping_sub(model.pc) < 40 }, "{:08x}: at {pc}", program[2]);
        found[usize::from(model.halted)] += 1;
    }
    println!("{found:?}");
    assert!(found[0] > 800 && found[1] > 800);
    rig.bench.cross_check();
}

/// `operation` on constants, from registers and if possible with an immediate operand.
fn of_constants(operation: u32, a: u32, b: u32) -> Vec<Vec<u32>> {
    let registers = [&li(1, a)[..], &li(2, b), &[op(operation, 3, 1, 2)]].concat();
    let immediate = [&li(1, a)[..], &[op_imm(operation, 3, 1, b as i32)]].concat();
    let fits = operation != SUB && ((b as i32) << 20 >> 20) as u32 == b;
    if fits { vec![registers, immediate] } else { vec![registers] }
}

#[test]
fn processor_directed() {
    let mut rig = Rig::new("processor_directed");
    const MIN: u32 = 0x8000_0000;
    const MAX: u32 = 0x7fff_ffff;
    const NEG: u32 = u32::MAX;
    let operations = [
        (ADD, 1, 2, 3),
        (ADD, NEG, 1, 0),
        (ADD, MAX, 1, MIN),
        (ADD, 5, -7_i32 as u32, -2_i32 as u32),
        (SUB, 0, 1, NEG),
        (SUB, MIN, 1, MAX),
        (SLL, 1, 0, 1),
        (SLL, 1, 31, MIN),
        (SLL, 3, 31, MIN),
        (SLL, 0x1234_5678, 36, 0x2345_6780),
        (SRL, MIN, 31, 1),
        (SRL, NEG, 4, 0x0fff_ffff),
        (SRL, NEG, 0, NEG),
        (SRA, MIN, 31, NEG),
        (SRA, MIN, 0, MIN),
        (SRA, MIN, 1, 0xc000_0000),
        (SRA, MAX, 30, 1),
        (SRA, 0xf000_0000, 33, 0xf800_0000),
        (SLT, NEG, 0, 1),
        (SLT, 0, NEG, 0),
        (SLT, MIN, MAX, 1),
        (SLT, MAX, MIN, 0),
        (SLT, 7, 7, 0),
        (SLTU, NEG, 0, 0),
        (SLTU, 0, NEG, 1),
        (SLTU, MIN, MAX, 0),
        (SLTU, 7, 7, 0),
        (SLTU, 6, 7, 1),
        (XOR, 0b1100, 0b1010, 0b0110),
        (XOR, 5, NEG, !5),
        (OR, 0b1100, 0b1010, 0b1110),
        (AND, 0b1100, 0b1010, 0b1000),
        (AND, 0x1234_5678, -16_i32 as u32, 0x1234_5670),
    ];
    let mut cases: Vec<(Vec<u32>, u32)> = vec![];
    for (operation, a, b, expected) in operations {
        cases.extend(of_constants(operation, a, b).into_iter().map(|code| (code, expected)));
    }
    cases.push((vec![lui(3, 0xffff_f000)], 0xffff_f000));
    cases.push((vec![NOP, auipc(3, 0xffff_f000)], 0xffff_f004));
    // Writes to register 0 are lost, also on the way to the next instruction.
    cases.push((vec![op_imm(ADD, 0, 0, 5), op(ADD, 3, 0, 0)], 0));
    cases.push(([&li(1, 0x100)[..], &[load(LW, 0, 1, 0), op(ADD, 3, 0, 0)]].concat(), 0));
    cases.push((vec![jal(0, 8), NOP, op(ADD, 3, 0, 0)], 0));
    // Jumps and what they leave behind; the lowest bit of a computed address is dropped.
    cases.push((vec![jal(3, 12), ECALL, ECALL, NOP], 4));
    cases.push((vec![op_imm(ADD, 1, 0, 17), NOP, jalr(3, 1, 4), ECALL, ECALL, NOP], 12));
    cases.push((vec![op_imm(ADD, 1, 0, 16), NOP, jalr(1, 1, 0), ECALL, op_imm(ADD, 3, 1, 0)], 12));
    cases.push((vec![jal(0, 12), op_imm(ADD, 3, 0, 7), jal(0, 8), jal(0, -8), NOP], 7));
    // Loads of each size at each place, of bytes 0x83 0x72 0xe1 0x50.
    let loads = [
        (LB, [0xffff_ff83, 0x72, 0xffff_ffe1, 0x50].to_vec()),
        (LBU, [0x83, 0x72, 0xe1, 0x50].to_vec()),
        (LH, [0x7283, 0x50e1].to_vec()),
        (LHU, [0x7283, 0x50e1].to_vec()),
        (LW, [0x50e1_7283].to_vec()),
    ];
    for (size, values) in loads {
        for (i, &expected) in values.iter().enumerate() {
            let at = 4 * i as i32 / values.len() as i32;
            let code = [&li(1, 0x104)[..], &li(2, 0x50e1_7283), &[store(SW, 2, 1, 0), load(size, 3, 1, at)]].concat();
            cases.push((code, expected));
        }
    }
    let code = [&li(1, 0x104)[..], &li(2, 0x0001_9283), &[store(SW, 2, 1, -4), load(LH, 3, 1, -4)]].concat();
    cases.push((code, 0xffff_9283));
    // Stores of each size at each place.
    for (size, expected) in [
        (SB, vec![0x4433_2299, 0x4433_9911, 0x4499_2211, 0x9933_2211]),
        (SH, vec![0x4433_8899, 0x8899_2211]),
        (SW, vec![0x6677_8899]),
    ] {
        for (i, &expected) in expected.iter().enumerate() {
            let at = 4 * i as i32 / [4, 2, 1][size as usize];
            let constants = [li(1, 0x104), li(2, 0x4433_2211), li(4, 0x6677_8899)].concat();
            let code = [&constants[..], &[store(SW, 2, 1, 0), store(size, 4, 1, at), load(LW, 3, 1, 0)]].concat();
            cases.push((code, expected));
        }
    }
    // A load and its user at every distance; a value that is overwritten; a load whose register is written after it.
    let base = [&li(1, 0x104)[..], &li(2, 77), &[store(SW, 2, 1, 0)]].concat();
    for distance in 0..5 {
        let other = op_imm(ADD, 5, 5, 1);
        let code = [&base[..], &[load(LW, 4, 1, 0)], &vec![other; distance], &[op(ADD, 3, 4, 4)]].concat();
        cases.push((code, 154));
        let code = [&base[..], &[load(LW, 4, 1, 0)], &vec![other; distance], &[store(SW, 4, 1, 4), load(LW, 3, 1, 4)]];
        cases.push((code.concat(), 77));
        let code = [&base[..], &[load(LW, 3, 1, 0)], &vec![other; distance], &[op_imm(ADD, 3, 0, 5)]].concat();
        cases.push((code, 5));
        let code = [&base[..], &[op_imm(ADD, 3, 0, 5)], &vec![other; distance], &[load(LW, 3, 1, 0)]].concat();
        cases.push((code, 77));
        let two = [load(LW, 4, 1, 0), load(LBU, 3, 1, 0)];
        let code = [&base[..], &two, &vec![other; distance], &[op(ADD, 3, 3, 4), op(ADD, 3, 3, 5), op(SUB, 3, 3, 5)]];
        cases.push((code.concat(), 154));
        // A load that goes through the base of the next one.
        let code = [&base[..], &[store(SW, 1, 1, 4), load(LW, 4, 1, 4)], &vec![other; distance], &[load(LW, 3, 4, 0)]];
        cases.push((code.concat(), 77));
    }
    for pace in [1.0, 0.4] {
        rig.pace = pace;
        for (code, expected) in &cases {
            let program = [&code[..], &[store(SW, 3, 0, 0x200), ECALL]].concat();
            let (model, ..) = rig.compare(&program);
            assert_eq!(model.registers[3], *expected, "{code:08x?}");
            assert_eq!(rig.memory.log.last(), Some(&(0x200, 15, Some(*expected))), "{code:08x?}");
        }
        // Branches both ways, forward and back.
        let pairs = [(0, 0), (1, 2), (2, 1), (NEG, 0), (0, NEG), (MIN, MAX), (MAX, MIN), (NEG, NEG)];
        for (a, b) in pairs {
            let (sa, sb) = (a as i32, b as i32);
            let taken = [(BEQ, a == b), (BNE, a != b), (BLT, sa < sb), (BGE, sa >= sb), (BLTU, a < b), (BGEU, a >= b)];
            for (condition, taken) in taken {
                let end = [store(SW, 3, 0, 0x200), ECALL];
                let head = [&[jal(0, 16), op_imm(ADD, 3, 3, 8)], &end[..]].concat();
                let forward = [branch(condition, 1, 2, 8), op_imm(ADD, 3, 3, 1), op_imm(ADD, 3, 3, 2)];
                let back = branch(condition, 1, 2, -24);
                let program = [&li(1, a)[..], &li(2, b), &li(3, 0), &head, &forward, &[back], &end].concat();
                let (model, ..) = rig.compare(&program);
                assert_eq!(model.registers[3], if taken { 10 } else { 3 }, "{condition} {a:x} {b:x}");
            }
        }
        // What stops it.
        let stops = [
            ECALL,
            EBREAK,
            load(LH, 3, 1, 1),
            load(LHU, 3, 1, 3),
            load(LW, 3, 1, 1),
            load(LW, 3, 1, 2),
            load(LW, 0, 1, 3),
            store(SH, 3, 1, 1),
            store(SW, 3, 1, 2),
            jal(2, 6),
            jalr(2, 1, 2),
            branch(BEQ, 0, 0, 10),
        ];
        for word in stops {
            let before = [&li(1, 0x104)[..], &[load(LW, 3, 1, 0), store(SW, 1, 1, 4), load(LW, 2, 1, 8)]].concat();
            let program = [&before[..], &[word, store(SW, 1, 1, 0), ECALL]].concat();
            rig.compare(&program);
            assert_eq!((rig.bench.pc.val().to_u64(), rig.memory.log.len()), (20, 3));
            for _ in 0..10 {
                rig.cycle();
            }
            assert!(rig.bench.halted.val() && rig.memory.log.len() == 3, "it stays so");
        }
        // A branch that is not taken may lead anywhere.
        rig.compare(&[branch(BNE, 0, 0, 10), store(SW, 0, 0, 0), ECALL]);
    }
    rig.bench.cross_check();
}

/// Cycles of a turn of a loop that adds register 2 to register 1 until it is register 4.
fn loop_cycles(rig: &mut Rig, body: &[u32]) -> u64 {
    let [short, long] = [10, 30].map(|turns| {
        let head = [li(1, 0x1000), li(2, 4), li(4, 0x1000 + 4 * turns), li(6, 0x2000)].concat();
        let back = branch(BNE, 1, 4, -4 * (body.len() as i32 + 1));
        rig.compare(&[&head[..], body, &[op(ADD, 1, 1, 2), back, ECALL]].concat()).2
    });
    assert_eq!((long - short) % 20, 0);
    (long - short) / 20
}

#[test]
fn processor_timing() {
    let mut rig = Rig::new("processor_timing");
    let other = |i| op_imm(ADD, i, i, 1);
    // An instruction a cycle, two more for the branch.
    assert_eq!(loop_cycles(&mut rig, &[other(8), other(8), op(XOR, 9, 9, 8)]), 5 + 2);
    // Loads and stores too.
    assert_eq!(loop_cycles(&mut rig, &[store(SW, 9, 1, 0), store(SB, 8, 1, 1), store(SH, 8, 1, 2)]), 5 + 2);
    assert_eq!(loop_cycles(&mut rig, &[load(LW, 8, 1, 0), other(9), other(10), other(8)]), 6 + 2);
    assert_eq!(loop_cycles(&mut rig, &[load(LW, 8, 1, 0), other(9), other(8)]), 5 + 1 + 2);
    assert_eq!(loop_cycles(&mut rig, &[load(LW, 8, 1, 0), other(8)]), 4 + 2 + 2);
    // Two loads need their turns at the registers.
    assert_eq!(loop_cycles(&mut rig, &[load(LW, 8, 1, 0), load(LW, 9, 1, 0), other(10), other(11)]), 6 + 1 + 2);
    assert_eq!(loop_cycles(&mut rig, &[load(LW, 8, 1, 0), other(10), load(LW, 9, 1, 0), other(11)]), 6 + 2);
    // Jumps; what follows them is not executed.
    assert_eq!(loop_cycles(&mut rig, &[jal(8, 8), ECALL, other(9)]), 4 + 2 + 2);
    // A copy, a word a turn: 1.33 cycles an instruction.
    let copy = [load(LW, 8, 1, 0), op(ADD, 6, 6, 2), other(9), store(SW, 8, 6, 0)];
    assert_eq!(loop_cycles(&mut rig, &copy), 6 + 2);
    rig.bench.cross_check();
}

/// Contents of a row over time: each version with the cycles in which it came at the earliest and at the latest.
#[derive(Default)]
struct Row {
    versions: Vec<(W256, u64, u64)>,
}

impl Row {
    /// Whether an access somewhere in `from..=to` may find a value of which `part` is `found`.
    fn may_give<T: PartialEq>(&self, from: u64, to: u64, found: T, part: impl Fn(W256) -> T) -> bool {
        let gone = |i: usize| self.versions[i + 1..].iter().any(|&(.., latest)| latest < from);
        let there = |&(i, &(_, earliest, _)): &(usize, &(W256, u64, u64))| earliest <= to && !gone(i);
        self.versions.iter().enumerate().filter(there).any(|(_, &(value, ..))| part(value) == found)
    }

    fn last(&self) -> W256 {
        self.versions.last().map_or(W256::ZERO, |&(value, ..)| value)
    }
}

/// Word `index` of a row.
fn word_of(row: W256, index: usize) -> u32 {
    (row.limbs()[index / 2] >> (32 * (index % 2))) as u32
}

fn with_word(row: W256, index: usize, strobes: u8, data: u32) -> W256 {
    let mut limbs = *row.limbs();
    let (mask, shift) = (lanes(strobes), 32 * (index % 2));
    limbs[index / 2] = limbs[index / 2] & !(u64::from(mask) << shift) | u64::from(data & mask) << shift;
    W256::from_limbs(limbs)
}

/// A user of rows: its request, rows that are still to come, when the request was taken.
#[derive(Clone, Debug)]
struct Request {
    row: usize,
    beats: usize,
    taken: Option<u64>,
    /// Rows to write, the next one last, and where they have gone.
    data: Vec<W256>,
    offers: bool,
    given: usize,
}

/// How eager everybody is: processor, users who ask, users who give and take rows.
#[derive(Clone, Copy)]
struct Pace {
    processor: f64,
    asks: f64,
    rows: f64,
}

struct RamRig {
    bench: Bench<TestRam>,
    rng: SmallRng,
    now: u64,
    rows: Vec<Row>,
    /// Who may write a row: 0 the processor, else that writer.
    owners: Vec<usize>,
    readers: [Option<Request>; 3],
    writers: [Option<Request>; 2],
    access: Option<Access>,
    /// Word of the read that was taken in the last cycle.
    awaited: Option<(usize, usize)>,
    refused: u64,
    /// Rows of each user, accesses of the processor.
    moved: [u64; 6],
    streams: [Stable<W256>; 3],
}

impl RamRig {
    fn new(name: &'static str, owners: Vec<usize>) -> Self {
        let row = || Row { versions: vec![(W256::ZERO, 0, 0)] };
        Self {
            bench: Bench::new(name),
            rng: rng(),
            now: 0,
            rows: (0..ROWS).map(|_| row()).collect(),
            owners,
            readers: [None, None, None],
            writers: [None, None],
            access: None,
            awaited: None,
            refused: 0,
            moved: [0; 6],
            streams: [Stable::new("reader 1"), Stable::new("reader 2"), Stable::new("reader 3")],
        }
    }

    /// A request for rows that `owner` may write, or any.
    fn request(&mut self, owner: Option<usize>) -> Request {
        loop {
            let beats = if self.rng.random() { 1 } else { self.rng.random_range(1..12) };
            let row = self.rng.random_range(0..ROWS);
            let fits = |row: usize| owner.is_none_or(|owner| self.owners[row % ROWS] == owner);
            if (row..row + beats).all(fits) {
                let data = (0..beats).map(|_| W256::from_limbs(self.rng.random())).collect();
                return Request { row, beats, taken: None, data, offers: false, given: 0 };
            }
        }
    }

    /// An address of the row; addresses wrap.
    fn address(&mut self, row: usize) -> W64 {
        W64::from_limbs([((self.rng.random::<u64>() >> 20) * ROWS as u64 + row as u64) * 32])
    }

    fn cycle(&mut self, pace: Pace) {
        self.now += 1;
        let now = self.now;
        // The processor: the word of the last cycle, then an access.
        if let Some((row, index)) = self.awaited.take() {
            let found = self.bench.processor_read.val().to_u64() as u32;
            // Its cycle was the last one.
            let fits = self.rows[row].may_give(now - 1, now - 1, found, |value| word_of(value, index));
            assert!(fits, "the processor found {found:08x} in row {row}");
        }
        if self.access.is_none() && self.rng.random_bool(pace.processor) {
            let write = self.rng.random_bool(0.5);
            let row = loop {
                let row = self.rng.random_range(0..ROWS);
                if !write || self.owners[row] == 0 {
                    break row;
                }
            };
            let address = self.address(row).limbs()[0] as u32 + self.rng.random_range(0..32);
            self.access = Some((address, self.rng.random_range(0..16), write.then(|| self.rng.random())));
        }
        self.bench.processor_valid.next = self.access.is_some();
        let (address, strobes, data) = self.access.unwrap_or_else(|| (self.rng.random(), 15, Some(self.rng.random())));
        self.bench.processor_write.next = data.is_some();
        self.bench.processor_address.next = u64::from(address).into();
        self.bench.processor_strobes.next = u64::from(strobes).into();
        self.bench.processor_data.next = u64::from(data.unwrap_or(0)).into();
        let (row, index) = (address as usize / 32 % ROWS, address as usize / 4 % 8);
        if self.access.is_some() {
            if self.bench.processor_ready.val() {
                self.refused = 0;
                self.moved[5] += 1;
                self.access = None;
                match data {
                    // Later cycles find it.
                    Some(data) => {
                        let value = with_word(self.rows[row].last(), index, strobes, data);
                        self.rows[row].versions.push((value, now + 1, now + 1));
                    }
                    None => self.awaited = Some((row, index)),
                }
            } else {
                self.refused += 1;
                assert!(self.refused < 2, "the processor waits for more than a cycle");
            }
        }

        // Readers.
        for i in 0..3 {
            if self.readers[i].is_none() && self.rng.random_bool(pace.asks) {
                self.readers[i] = Some(self.request(None));
            }
            let request = self.readers[i].clone();
            let asks = request.as_ref().is_some_and(|request| request.taken.is_none());
            let address = self.address(request.as_ref().map_or(0, |request| request.row));
            let beats = request.as_ref().map_or(1, |request| request.beats) as u64;
            let ready = self.rng.random_bool(pace.rows);
            let bench = &mut self.bench;
            macro_rules! reader {
                ($valid:ident $ready:ident $address:ident $beats:ident $data_valid:ident $data_ready:ident $data:ident) => {{
                    bench.$valid.next = asks;
                    bench.$address.next = address;
                    bench.$beats.next = beats.into();
                    bench.$data_ready.next = ready;
                    (bench.$ready.val(), bench.$data_valid.val(), bench.$data.val())
                }};
            }
            let (taken, valid, data) = match i {
                0 => {
                    reader!(read1_valid read1_ready read1_address read1_beats read1_data_valid read1_data_ready read1_data)
                }
                1 => {
                    reader!(read2_valid read2_ready read2_address read2_beats read2_data_valid read2_data_ready read2_data)
                }
                _ => {
                    reader!(read3_valid read3_ready read3_address read3_beats read3_data_valid read3_data_ready read3_data)
                }
            };
            if let Some(data) = self.streams[i].cycle(valid, ready, data) {
                let request = self.readers[i].as_mut().expect("rows come for a request");
                let row = (request.row + request.given) % ROWS;
                let since = request.taken.expect("rows come after the request");
                request.given += 1;
                self.moved[i] += 1;
                assert!(
                    self.rows[row].may_give(since, now - 2, data, |value| value),
                    "reader {i} found {data:?} in {row}"
                );
                if request.given == request.beats {
                    self.readers[i] = None;
                }
            }
            if let Some(request) = self.readers[i].as_mut().filter(|_| asks && taken) {
                request.taken = Some(now);
            }
        }

        // Writers.
        for i in 0..2 {
            if self.writers[i].is_none() && self.rng.random_bool(pace.asks) {
                self.writers[i] = Some(self.request(Some(i + 1)));
            }
            let offers = self.rng.random_bool(pace.rows);
            if let Some(request) = &mut self.writers[i] {
                request.offers |= offers && !request.data.is_empty();
            }
            let request = self.writers[i].clone();
            let asks = request.as_ref().is_some_and(|request| request.taken.is_none());
            let address = self.address(request.as_ref().map_or(0, |request| request.row));
            let beats = request.as_ref().map_or(1, |request| request.beats) as u64;
            // Rows may come before their request.
            let data = request.as_ref().filter(|request| request.offers).map(|request| *request.data.last().unwrap());
            let noise = W256::from_limbs(self.rng.random());
            let notices = self.rng.random_bool(pace.rows);
            let bench = &mut self.bench;
            macro_rules! writer {
                ($valid:ident $ready:ident $address:ident $beats:ident $data_valid:ident $data_ready:ident $data:ident
                    $done_valid:ident $done_ready:ident) => {{
                    bench.$valid.next = asks;
                    bench.$address.next = address;
                    bench.$beats.next = beats.into();
                    bench.$data_valid.next = data.is_some();
                    bench.$data.next = data.unwrap_or(noise);
                    bench.$done_ready.next = notices;
                    (bench.$ready.val(), bench.$data_ready.val(), bench.$done_valid.val())
                }};
            }
            let (taken, data_taken, done) = match i {
                0 => writer!(write1_valid write1_ready write1_address write1_beats write1_data_valid write1_data_ready
                    write1_data write1_done_valid write1_done_ready),
                _ => writer!(write2_valid write2_ready write2_address write2_beats write2_data_valid write2_data_ready
                    write2_data write2_done_valid write2_done_ready),
            };
            if let (Some(data), true) = (data, data_taken) {
                let request = self.writers[i].as_mut().unwrap();
                self.rows[(request.row + request.given) % ROWS].versions.push((data, now, u64::MAX));
                request.given += 1;
                request.data.pop();
                request.offers = false;
                self.moved[3 + i] += 1;
            }
            if done {
                let request = self.writers[i].as_ref().expect("done belongs to a request");
                assert!(request.taken.is_some() && request.given == request.beats, "done without {request:?}");
                for row in request.row..request.row + request.beats {
                    for version in &mut self.rows[row % ROWS].versions {
                        version.2 = version.2.min(now);
                    }
                }
                if notices {
                    self.writers[i] = None;
                }
            } else if let Some(request) = self.writers[i].as_mut().filter(|_| asks && taken) {
                request.taken = Some(now);
            }
        }
        self.bench.tick();
        // Versions that no access can find any more.
        let oldest = self.readers.iter().flatten().filter_map(|request| request.taken).min().unwrap_or(now);
        for row in &mut self.rows {
            let gone = row.versions.iter().rposition(|&(.., latest)| latest < oldest.saturating_sub(4));
            row.versions.drain(..gone.unwrap_or(0));
        }
    }

    fn is_idle(&self) -> bool {
        self.readers.iter().chain(&self.writers).all(Option::is_none) && self.access.is_none()
    }

    /// Lets everybody come to an end.
    fn drain(&mut self) {
        while !self.is_idle() {
            self.cycle(Pace { processor: 0.0, asks: 0.0, rows: 0.7 });
        }
    }

    fn reset(&mut self) {
        self.bench.reset.next = true;
        self.bench.processor_valid.next = false;
        self.bench.tick();
        self.bench.reset.next = false;
        self.bench.settle();
        // Rows of a write that was given up may be there or not.
        (self.readers, self.writers, self.access, self.awaited) = ([None, None, None], [None, None], None, None);
        self.streams.iter_mut().for_each(Stable::reset);
    }
}

#[test]
fn data_ram_random() {
    // Rows of the processor, of the first and of the second writer.
    let mut rig = RamRig::new("data_ram_random", (0..ROWS).map(|row| row / 4 % 3).collect());
    let paces = [
        Pace { processor: 0.5, asks: 0.5, rows: 0.7 },
        Pace { processor: 1.0, asks: 1.0, rows: 1.0 },
        Pace { processor: 0.2, asks: 1.0, rows: 0.2 },
        Pace { processor: 0.9, asks: 0.1, rows: 0.9 },
        Pace { processor: 0.0, asks: 1.0, rows: 1.0 },
    ];
    for round in 0..30 {
        for _ in 0..800 {
            rig.cycle(paces[round % paces.len()]);
        }
        if round % 3 == 2 {
            rig.reset();
        } else if round % 3 == 1 {
            rig.drain();
        }
    }
    println!("{:?} rows and accesses", rig.moved);
    assert!(rig.moved.iter().all(|&moved| moved > 2_000));
    rig.bench.cross_check();
}

/// One user at a time, every row for everybody: exactly what plain rows give.
#[test]
fn data_ram_exact() {
    let mut rig = RamRig::new("data_ram_exact", vec![0; ROWS]);
    for _ in 0..1_500 {
        match rig.rng.random_range(0..6) {
            0..3 => {
                let reader = rig.rng.random_range(0..3);
                rig.readers[reader] = Some(rig.request(None));
            }
            3 => {
                let writer = rig.rng.random_range(0..2);
                rig.writers[writer] = Some(rig.request(None));
            }
            _ => {
                for _ in 0..rig.rng.random_range(1..8) {
                    rig.cycle(Pace { processor: 1.0, asks: 0.0, rows: 0.5 });
                }
            }
        }
        rig.drain();
        // Nothing but the newest value is right.
        let now = rig.now;
        for row in &mut rig.rows {
            row.versions = vec![(row.last(), now, now)];
        }
    }
    println!("{:?} rows and accesses", rig.moved);
    rig.bench.cross_check();
}

/// Rates and latencies when all are as fast as they can be.
#[test]
fn data_ram_timing() {
    let mut rig = RamRig::new("data_ram_timing", (0..ROWS).map(|row| row / 4 % 3).collect());
    let idle = Pace { processor: 0.0, asks: 0.0, rows: 1.0 };
    // A reader alone: the first row three cycles after the request, then one a cycle.
    for beats in [1, 20] {
        let before = rig.now;
        rig.readers[1] = Some(Request { row: 3, beats, taken: None, data: vec![], offers: false, given: 0 });
        while rig.readers[1].is_some() {
            rig.cycle(idle);
        }
        assert_eq!(rig.now - before, 3 + beats as u64);
        // A writer alone.
        let before = rig.now;
        let data = (0..beats).map(|i| W256::from_limbs([i as u64; 4])).collect();
        rig.writers[0] = Some(Request { row: 3, beats, taken: None, data, offers: false, given: 0 });
        while rig.writers[0].is_some() {
            rig.cycle(idle);
        }
        assert_eq!(rig.now - before, 2 + beats as u64);
    }
    // All together: half of the cycles for the processor, of the others a row out and a row in each, in equal shares.
    rig.moved = [0; 6];
    for _ in 0..6_000 {
        rig.cycle(Pace { processor: 1.0, asks: 1.0, rows: 1.0 });
    }
    println!("{:?} rows and accesses", rig.moved);
    let (rows_out, rows_in) = (rig.moved[..3].iter().sum::<u64>(), rig.moved[3..5].iter().sum::<u64>());
    assert!((2_990..=3_200).contains(&rig.moved[5]) && rows_out > 2_600 && rows_in > 2_200);
    assert!(rig.moved[..3].iter().all(|&moved| moved > 800) && rig.moved[3..5].iter().all(|&moved| moved > 1_000));
    rig.bench.cross_check();
}
