//! What [`Processor`](super::Processor) does, in plain Rust: an interpreter of RV32I.
//!
//! One instruction a step, no cycles. Unknown words, ECALL, EBREAK, accesses that are not aligned and jumps to addresses that
//! are not multiples of four stop it; FENCE does nothing.

/// What the loads and stores of a program reach.
///
/// Addresses are those of the instruction. Data are words with each byte on its lane: bit `i` of `strobes` belongs to bits `8 i .. 8 i + 8`,
/// and to the byte at `i` of the aligned word around the address.
pub trait DataPort {
    /// A load. Only the lanes of `strobes` count.
    fn read(&mut self, address: u32, strobes: u8) -> u32;
    /// A store. Only the lanes of `strobes` count.
    fn write(&mut self, address: u32, strobes: u8, data: u32);
}

/// The interpreter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProcessorModel {
    /// Address of the next instruction, or of the one that stopped it.
    pub pc: u32,
    /// Registers; number 0 stays zero.
    pub registers: [u32; 32],
    /// Whether it has stopped.
    pub halted: bool,
}

/// Bits `from` to `to` of `word`, both included.
const fn field(word: u32, to: u32, from: u32) -> u32 {
    (word << (31 - to)) >> (31 - to + from)
}

/// The same with the sign of bit 31, which must be `to`.
const fn signed(word: u32, from: u32) -> u32 {
    ((word as i32) >> from) as u32
}

/// Byte lanes of an access of 1, 2 or 4 bytes. None if it is not aligned.
const fn lanes(address: u32, size: u32) -> Option<u8> {
    if address.is_multiple_of(size) { Some((((1 << size) - 1) << (address % 4)) as u8) } else { None }
}

impl ProcessorModel {
    /// Executes the instruction `word` at `pc`.
    pub fn step(&mut self, word: u32, port: &mut impl DataPort) {
        if !self.halted && self.execute(word, port).is_none() {
            self.halted = true;
        }
    }

    /// Executes `word`; `None` if it stops the processor.
    fn execute(&mut self, word: u32, port: &mut impl DataPort) -> Option<()> {
        let funct3 = field(word, 14, 12);
        let funct7 = field(word, 31, 25);
        let (rd, rs1, rs2) = (field(word, 11, 7), field(word, 19, 15), field(word, 24, 20));
        let a = self.registers[rs1 as usize];
        let b = self.registers[rs2 as usize];
        let immediate = signed(word, 20);
        let mut next = self.pc.wrapping_add(4);
        let mut result = None;
        match field(word, 6, 0) {
            0x37 => result = Some(word & !0xfff),
            0x17 => result = Some(self.pc.wrapping_add(word & !0xfff)),
            0x6f => {
                let offset = signed(word, 31) << 20
                    | field(word, 19, 12) << 12
                    | field(word, 20, 20) << 11
                    | field(word, 30, 21) << 1;
                result = Some(next);
                next = self.pc.wrapping_add(offset);
            }
            0x67 if funct3 == 0 => {
                result = Some(next);
                next = a.wrapping_add(immediate) & !1;
            }
            0x63 => {
                let offset = signed(word, 31) << 12
                    | field(word, 7, 7) << 11
                    | field(word, 30, 25) << 5
                    | field(word, 11, 8) << 1;
                let taken = match funct3 {
                    0 => a == b,
                    1 => a != b,
                    4 => (a as i32) < b as i32,
                    5 => (a as i32) >= b as i32,
                    6 => a < b,
                    7 => a >= b,
                    _ => return None,
                };
                if taken {
                    next = self.pc.wrapping_add(offset);
                }
            }
            0x03 => {
                let address = a.wrapping_add(immediate);
                let strobes = lanes(address, *[1, 2, 4, 0, 1, 2].get(funct3 as usize).filter(|&&size| size > 0)?)?;
                let data = port.read(address, strobes) >> (address % 4 * 8);
                result = Some(match funct3 {
                    0 => data as i8 as u32,
                    1 => data as i16 as u32,
                    4 => data & 0xff,
                    5 => data & 0xffff,
                    _ => data,
                });
            }
            0x23 => {
                let address = a.wrapping_add(signed(word, 25) << 5 | rd);
                let strobes = lanes(address, *[1, 2, 4].get(funct3 as usize)?)?;
                port.write(address, strobes, b << (address % 4 * 8));
            }
            0x13 => {
                let shift = matches!(funct3, 1 | 5);
                result = Some(operation(funct3, if shift { funct7 } else { 0 }, a, immediate)?);
            }
            0x33 => result = Some(operation(funct3, funct7, a, b)?),
            0x0f if funct3 == 0 => {}
            _ => return None,
        }
        if !next.is_multiple_of(4) {
            return None;
        }
        if let Some(value) = result.filter(|_| rd != 0) {
            self.registers[rd as usize] = value;
        }
        self.pc = next;
        Some(())
    }
}

/// An operation of two registers; shifts take the lowest five bits of `b`.
fn operation(funct3: u32, funct7: u32, a: u32, b: u32) -> Option<u32> {
    Some(match (funct7, funct3) {
        (0, 0) => a.wrapping_add(b),
        (0x20, 0) => a.wrapping_sub(b),
        (0, 1) => a << (b % 32),
        (0, 2) => u32::from((a as i32) < b as i32),
        (0, 3) => u32::from(a < b),
        (0, 4) => a ^ b,
        (0, 5) => a >> (b % 32),
        (0x20, 5) => ((a as i32) >> (b % 32)) as u32,
        (0, 6) => a | b,
        (0, 7) => a & b,
        _ => return None,
    })
}
