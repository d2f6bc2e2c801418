//! Random programs with the shapes that compilers write, and some that none would.

/// xorshift64*.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 8
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn depth(&mut self) -> u8 {
        let limit = if self.one_in(6) { 16 } else { 4 };
        1 + self.below(limit) as u8
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }
}

const BINARY: &[u8] = &[
    0x01, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a, 0x1b,
    0x1c, 0x1d,
];
const ENV: &[u8] = &[
    0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x48, 0x4a, 0x58, 0x59,
    0x5a, 0x47,
];
/// Opcodes with effects or dynamic gas.
const EFFECTS: &[u8] = &[
    0x0a, 0x20, 0x31, 0x35, 0x37, 0x39, 0x3b, 0x3c, 0x3e, 0x3f, 0x40, 0x49, 0x51, 0x51, 0x52, 0x52, 0x53, 0x54, 0x55,
    0x55, 0x5c, 0x5d, 0x5e, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xfa,
];

pub struct Program {
    code: Vec<u8>,
    labels: Vec<usize>,
    fixes: Vec<(usize, u64)>,
    height: i64,
}

impl Program {
    fn push_label(&mut self, label: u64) {
        self.code.push(0x61);
        self.fixes.push((self.code.len(), label));
        self.code.extend([0, 0]);
        self.height += 1;
    }

    fn op(&mut self, byte: u8) {
        let opcode = gaslane_abi::evm::lookup(byte, gaslane_abi::Fork::Osaka).unwrap();
        self.height += i64::from(opcode.outputs) - i64::from(opcode.inputs);
        self.code.push(byte);
    }

    fn push(&mut self, random: &mut Random) {
        let len = match random.below(12) {
            0..=6 => 1,
            7 => 2,
            8 => 4,
            9 => 20,
            10 => random.below(33) as usize,
            _ => 0,
        };
        self.op(0x5f + len as u8);
        let style = random.below(4);
        for i in 0..len {
            let byte = match style {
                0 => 0xff,
                1 if i > 0 => 0,
                2 if len == 1 => random.below(40) as u8,
                _ => random.next() as u8,
            };
            self.code.push(byte);
        }
    }

    /// One operation that mostly keeps the stack sound.
    fn step(&mut self, random: &mut Random, effects: u64) {
        let sloppy = random.one_in(400);
        match random.below(20 + effects) {
            0..=3 => self.push(random),
            4 => self.op(*random.pick(ENV)),
            5..=7 => {
                let depth = random.depth();
                if self.height >= i64::from(depth) || sloppy {
                    self.op(0x7f + depth);
                }
            }
            8..=10 => {
                let depth = random.depth();
                if self.height > i64::from(depth) || sloppy {
                    self.op(0x8f + depth);
                }
            }
            11 if self.height > 0 || sloppy => self.op(0x50),
            12..=16 if self.height > 1 || sloppy => self.op(*random.pick(BINARY)),
            17 if self.height > 0 => self.op(*random.pick(&[0x15, 0x15, 0x19, 0x1e])),
            18 if self.height > 2 => self.op(*random.pick(&[0x08, 0x09])),
            20.. => {
                let byte = *random.pick(EFFECTS);
                let inputs = gaslane_abi::evm::lookup(byte, gaslane_abi::Fork::Osaka).unwrap().inputs;
                while self.height < i64::from(inputs) && !sloppy {
                    self.push(random);
                }
                self.op(byte);
            }
            _ => self.push(random),
        }
    }

    fn condition(&mut self, random: &mut Random) {
        match random.below(6) {
            0 => {
                self.push(random);
                self.op(*random.pick(&[0x10, 0x11, 0x12, 0x13, 0x14, 0x03, 0x18]));
            }
            1 if self.height > 0 => self.op(0x80),
            2 => self.op(*random.pick(ENV)),
            3 if self.height > 1 => {
                self.op(0x81);
                self.op(0x81);
                self.op(*random.pick(&[0x10, 0x11, 0x12, 0x13, 0x14, 0x03, 0x18]));
            }
            _ => {
                self.push(random);
                self.op(0x35);
                if random.one_in(2) {
                    self.op(0x60);
                    self.code.push(3);
                    self.op(0x16);
                }
            }
        }
        for _ in 0..random.below(4) {
            self.op(0x15);
        }
    }
}

/// A program of random blocks that jump among each other, returns included.
pub fn program(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let blocks = 1 + random.below(8);
    let length = *random.pick(&[3, 8, 20, 60]);
    let effects = random.below(4);
    let mut p = Program { code: Vec::new(), labels: Vec::new(), fixes: Vec::new(), height: 0 };
    for block in 0..blocks {
        p.labels.push(p.code.len());
        if block > 0 || random.one_in(2) {
            p.code.push(0x5b);
        }
        p.height = random.below(6) as i64;
        for _ in 0..random.below(length) {
            p.step(&mut random, effects);
            if random.one_in(12) {
                p.condition(&mut random);
                let target = random.below(blocks);
                p.push_label(target);
                p.op(0x57);
                if random.one_in(3) {
                    p.code.extend([0x5f, 0x5f, 0xfd]);
                    p.labels.push(p.code.len());
                    p.code.push(0x5b);
                }
            }
        }
        match random.below(12) {
            // Falls through.
            0 | 1 => {}
            2 | 3 => {
                let target = random.below(blocks);
                p.push_label(target);
                p.op(0x56);
            }
            // A loop back to itself.
            4 => {
                p.condition(&mut random);
                p.push_label(block);
                p.op(0x57);
            }
            // Jumps over a block that reverts.
            5 => {
                p.condition(&mut random);
                p.push_label((block + 1) % blocks);
                p.op(0x57);
                p.code.extend([0x5f, 0x5f, 0xfd]);
            }
            // A call: return address below arguments.
            6 | 7 => {
                let back = random.below(blocks);
                p.push_label(back);
                for _ in 0..random.below(4) {
                    p.push(&mut random);
                }
                let target = random.below(blocks);
                p.push_label(target);
                p.op(0x56);
            }
            // A return.
            8 => {
                let depth = random.below(4) as u8;
                if depth > 0 {
                    p.op(0x8f + depth);
                }
                p.op(0x56);
            }
            // A conditional return, or a destination that depends on data.
            9 => {
                p.condition(&mut random);
                p.op(0x90);
                p.op(0x57);
            }
            10 => {
                let end = *random.pick(&[0x00, 0xf3, 0xfd, 0xfe, 0xff, 0x0c, 0x56]);
                p.code.push(end);
            }
            // Shows the stack.
            _ => {
                for key in 0..1 + random.below(5) {
                    p.code.extend([0x60, key as u8, 0x5d]);
                }
                p.code.push(0x00);
            }
        }
    }
    for (at, label) in p.fixes {
        let mut target = p.labels[label as usize % p.labels.len()];
        if random.one_in(60) {
            target += 1;
        }
        p.code[at..at + 2].copy_from_slice(&(target as u16).to_be_bytes());
    }
    p.code
}
