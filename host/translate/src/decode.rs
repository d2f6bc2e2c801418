//! Bytecode: instructions, valid jump destinations, and which sides of a branch end badly.

use crate::block::Kind;
use crate::lower;
use crate::value::{Consts, Value};
use alloy_primitives::{Address, Bytes, U256};
use gaslane_abi::evm::{self, Opcode, TABLE};
use gaslane_abi::fork::Fork;
use gaslane_abi::isa::Op;

/// Set of program counters.
#[derive(Clone, Debug)]
pub struct PcSet(Vec<u64>);

impl PcSet {
    /// Empty set for code of a length.
    pub fn new(len: usize) -> Self {
        Self(vec![0; len / 64 + 1])
    }

    /// The set that a bitmap holds, the lowest bit of each byte first, for code of a length; `None` if it has not exactly
    /// a bit for each byte.
    pub fn from_bitmap(bitmap: &[u8], len: usize) -> Option<Self> {
        if bitmap.len() != len.div_ceil(8) {
            return None;
        }
        let mut set = Self::new(len);
        for (word, bytes) in set.0.iter_mut().zip(bitmap.chunks(8)) {
            let mut whole = [0; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            *word = u64::from_le_bytes(whole);
        }
        set.0[len / 64] &= (1 << (len % 64)) - 1;
        Some(set)
    }

    /// The set as bits, 64 program counters a word.
    pub fn words(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().copied()
    }

    /// Adds a program counter.
    pub fn insert(&mut self, pc: usize) {
        self.0[pc / 64] |= 1 << (pc % 64);
    }

    /// Whether it holds a program counter; any number may be asked.
    pub fn contains(&self, pc: usize) -> bool {
        self.0.get(pc / 64).is_some_and(|word| word >> (pc % 64) & 1 == 1)
    }
}

/// What kind of opcode it is, as far as tracing treats it differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// PUSHn; `arg` is n.
    Push,
    /// DUPn; `arg` is n.
    Dup,
    /// SWAPn; `arg` is n.
    Swap,
    /// POP.
    Pop,
    /// JUMPDEST.
    Jumpdest,
    /// Pushes the environment word `arg`.
    Env,
    /// Pure operation of two operands.
    Binary,
    /// The same with operands swapped.
    Swapped,
    /// Pure operation of one operand.
    Unary,
    /// One word with its own operands in order, of this kind.
    Word(Kind),
    /// Copy operation: destination, source, length.
    Copy,
    /// JUMP.
    Jump,
    /// JUMPI.
    Branch,
    /// Everything else.
    Other,
}

/// What an opcode does.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// What kind it is.
    pub class: Class,
    /// Stack items popped.
    pub inputs: u8,
    /// Stack items pushed.
    pub outputs: u8,
    /// First fork that defines it.
    since: u8,
    /// Operation of its word, for classes that have one.
    pub op: Op,
    /// Length of PUSH, or the number that the class explains.
    pub arg: u8,
    /// Static gas that the lane charges with the superblock. Firmware charges CREATE and SELFDESTRUCT in full.
    pub gas: u16,
}

static INFO: [Info; 256] = {
    let undefined = Info { class: Class::Other, inputs: 0, outputs: 0, since: u8::MAX, op: Op::Stop, arg: 0, gas: 0 };
    let mut all = [undefined; 256];
    let mut index = 0;
    while index < all.len() {
        let byte = index as u8;
        if let Some(opcode) = TABLE[index] {
            let (class, op, arg) = lower::class(byte);
            let gas = match byte {
                evm::CREATE | evm::CREATE2 | evm::SELFDESTRUCT => 0,
                _ => opcode.gas,
            };
            let (inputs, outputs, since) = (opcode.inputs, opcode.outputs, opcode.since as u8);
            all[index] = Info { class, inputs, outputs, since, op, arg, gas };
        }
        index += 1;
    }
    all
};

/// Code of one contract with what a scan over it tells.
#[derive(Debug)]
pub struct Code {
    /// The bytecode.
    pub bytes: Bytes,
    /// Fork whose opcodes apply.
    pub fork: Fork,
    /// Valid jump destinations.
    pub jumpdests: PcSet,
}

impl Code {
    /// Scans code.
    pub fn new(bytes: &[u8], fork: Fork) -> Self {
        Self::scan(Bytes::copy_from_slice(bytes), fork)
    }

    /// Scans code that is shared.
    pub fn scan(bytes: Bytes, fork: Fork) -> Self {
        let mut jumpdests = PcSet::new(bytes.len());
        let mut pc = 0;
        while let Some(&byte) = bytes.get(pc) {
            pc += 1;
            // Branches, as they are predicted: a sum of lengths would wait for each byte.
            if byte == evm::JUMPDEST {
                jumpdests.insert(pc - 1);
            } else if (evm::PUSH1..=evm::PUSH32).contains(&byte) {
                pc += usize::from(byte - evm::PUSH1) + 1;
            }
        }
        Self { bytes, fork, jumpdests }
    }

    /// Code whose valid jump destinations are known already: a bit for each byte, the lowest of each byte first. A bitmap
    /// of another length is not used.
    pub fn analysed(bytes: Bytes, jumpdests: &[u8], fork: Fork) -> Self {
        match PcSet::from_bitmap(jumpdests, bytes.len()) {
            Some(jumpdests) => Self { bytes, fork, jumpdests },
            None => Self::scan(bytes, fork),
        }
    }

    /// JUMPDESTs that some PUSH names whose next instruction does not jump: return addresses,
    /// mostly. Other jump destinations are hardly ever the target of a dynamic jump.
    pub fn returns(&self) -> Vec<usize> {
        let mut returns = PcSet::new(self.bytes.len());
        let mut pc = 0;
        while pc < self.bytes.len() {
            let next = self.next(pc);
            if (1..=4).contains(&evm::push_len(self.bytes[pc]))
                && !matches!(self.bytes.get(next), Some(&(evm::JUMP | evm::JUMPI)))
                && let Some(target) = self.destination(self.push_value(pc))
            {
                returns.insert(target);
            }
            pc = next;
        }
        (1..self.bytes.len()).filter(|&pc| returns.contains(pc)).collect()
    }

    /// The byte at a program counter; STOP beyond the end.
    #[inline]
    pub fn byte(&self, pc: usize) -> u8 {
        self.bytes.get(pc).copied().unwrap_or(evm::STOP)
    }

    /// The opcode at a program counter, `None` if the fork does not define it.
    pub fn opcode(&self, pc: usize) -> Option<Opcode> {
        evm::lookup(self.byte(pc), self.fork)
    }

    /// What the opcode at a program counter does to stack and gas, `None` if the fork does not define it.
    pub fn info(&self, pc: usize) -> Option<Info> {
        self.info_of(self.byte(pc))
    }

    /// What an opcode does to stack and gas, `None` if the fork does not define it.
    #[inline]
    pub fn info_of(&self, byte: u8) -> Option<Info> {
        let info = INFO[usize::from(byte)];
        (info.since <= self.fork as u8).then_some(info)
    }

    /// Program counter of the next instruction, at most the end of the code.
    pub fn next(&self, pc: usize) -> usize {
        (pc + 1 + evm::push_len(self.byte(pc))).min(self.bytes.len())
    }

    /// What a PUSH of a length pushes.
    #[inline]
    pub fn push(&self, pc: usize, len: u8, consts: &mut Consts) -> Value {
        match (len, self.bytes.get(pc + 1..pc + 5)) {
            (0..=4, Some(&[a, b, c, d])) => {
                let bits = u64::from(u32::from_be_bytes([a, b, c, d]));
                Value::Small((bits >> (32 - 8 * u32::from(len))) as u32)
            }
            _ => consts.value(self.push_value(pc)),
        }
    }

    /// Program counter after a PUSH of a length, at most the end of the code.
    pub fn after(&self, pc: usize, len: u8) -> usize {
        (pc + 1 + usize::from(len)).min(self.bytes.len())
    }

    /// Constant of a PUSH; bytes beyond the end of the code are zero.
    pub fn push_value(&self, pc: usize) -> U256 {
        let len = evm::push_len(self.byte(pc));
        let mut bytes = [0; 32];
        let have = self.bytes.get(pc + 1..).map_or(0, |rest| rest.len().min(len));
        bytes[32 - len..32 - len + have].copy_from_slice(&self.bytes[pc + 1..pc + 1 + have]);
        U256::from_be_bytes(bytes)
    }

    /// The jump destination that a constant names, if it is valid.
    pub fn destination(&self, target: U256) -> Option<usize> {
        let pc = usize::try_from(target).ok()?;
        self.jumpdests.contains(pc).then_some(pc)
    }

    /// Whether the instructions from a program counter soon end in REVERT or an exceptional halt,
    /// without a branch. Follows a few constant jumps, as compilers share their panic code.
    fn ends_badly(&self, mut pc: usize) -> bool {
        const LOOK_AHEAD: usize = 48;
        let mut last_push = None;
        for _ in 0..LOOK_AHEAD {
            let Some(info) = self.info(pc) else { return true };
            match info.class {
                Class::Push => {
                    last_push = Some(pc);
                    pc = self.next(pc);
                    continue;
                }
                Class::Branch => return false,
                Class::Jump => match last_push.and_then(|push| self.destination(self.push_value(push))) {
                    Some(target) => pc = target,
                    None => return false,
                },
                Class::Word(Kind::Effect) | Class::Other => match self.byte(pc) {
                    evm::REVERT | evm::INVALID => return true,
                    evm::STOP | evm::RETURN | evm::SELFDESTRUCT => return false,
                    evm::SSTORE | evm::CALL | evm::DELEGATECALL | evm::STATICCALL => return false,
                    _ => pc += 1,
                },
                _ => pc += 1,
            }
            last_push = None;
        }
        false
    }
}

/// Remembers which sides of branches end badly.
#[derive(Debug)]
pub struct Endings {
    known: PcSet,
    bad: PcSet,
}

impl Endings {
    /// Nothing is known of code of a length.
    pub fn new(len: usize) -> Self {
        Self { known: PcSet::new(len), bad: PcSet::new(len) }
    }

    /// Whether the instructions from a program counter, at most the code's end, soon end in REVERT or an exceptional halt.
    pub fn ends_badly(&mut self, code: &Code, pc: usize) -> bool {
        if !self.known.contains(pc) {
            self.known.insert(pc);
            if code.ends_badly(pc) {
                self.bad.insert(pc);
            }
        }
        self.bad.contains(pc)
    }
}

/// Target of an EIP-7702 delegation designator.
pub fn delegation(code: &[u8], fork: Fork) -> Option<Address> {
    match code.strip_prefix(&[0xef, 0x01, 0x00]) {
        Some(target) if target.len() == 20 && fork >= Fork::Prague => Some(Address::from_slice(target)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumpdests_in_push_data_are_not_valid() {
        let code = Code::new(&[0x5b, 0x60, 0x5b, 0x5b, 0x61, 0x5b, 0x5b, 0x5b, 0x7f, 0x5b], Fork::Osaka);
        let valid: Vec<usize> = (0..12).filter(|&pc| code.jumpdests.contains(pc)).collect();
        assert_eq!(valid, [0, 3, 7]);
        assert_eq!(code.destination(U256::MAX), None);
        assert_eq!(code.destination(U256::from(7)), Some(7));
        assert!(!code.jumpdests.contains(usize::MAX));
    }

    #[test]
    fn a_bitmap_of_jumpdests_is_taken_as_it_is() {
        for len in [0, 1, 7, 8, 9, 63, 64, 65, 127, 128, 200] {
            let code = vec![evm::JUMPDEST; len];
            let mut bitmap = vec![0xff; len.div_ceil(8)];
            let analysed = Code::analysed(code.clone().into(), &bitmap, Fork::Osaka);
            assert_eq!(analysed.jumpdests.0, Code::new(&code, Fork::Osaka).jumpdests.0, "{len}");
            bitmap.fill(0);
            let none = Code::analysed(code.clone().into(), &bitmap, Fork::Osaka);
            assert!((0..len + 70).all(|pc| !none.jumpdests.contains(pc)));
            bitmap.push(0);
            let scanned = Code::analysed(code.into(), &bitmap, Fork::Osaka);
            assert!((0..len).all(|pc| scanned.jumpdests.contains(pc)), "a bitmap of a wrong length is not used");
        }
    }

    #[test]
    fn jumpdests_agree_with_a_walk_over_the_code() {
        let mut state = 1u64;
        for len in 0..2_000 {
            let code: Vec<u8> = (0..len % 300)
                .map(|_| {
                    state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                    [0x5b, 0x5b, 0x5f, (0x60 + (state >> 40) % 32) as u8, 0x80, (state >> 48) as u8]
                        [(state >> 60) as usize % 6]
                })
                .collect();
            let scanned = Code::new(&code, Fork::Osaka);
            let mut pc = 0;
            let mut valid = Vec::new();
            while pc < code.len() {
                if code[pc] == 0x5b {
                    valid.push(pc);
                }
                pc += 1 + evm::push_len(code[pc]);
            }
            let found: Vec<usize> = (0..code.len() + 70).filter(|&pc| scanned.jumpdests.contains(pc)).collect();
            assert_eq!(found, valid, "{code:02x?}");
        }
    }

    #[test]
    fn truncated_push_is_padded_with_zeroes() {
        let code = Code::new(&[0x62, 0xaa, 0xbb], Fork::Osaka);
        assert_eq!(code.push_value(0), U256::from(0xaabb00));
        assert_eq!(code.next(0), 3);
        assert_eq!(code.byte(4), evm::STOP);
        let code = Code::new(&[0x7f], Fork::Osaka);
        assert_eq!(code.push_value(0), U256::ZERO);
    }

    #[test]
    fn reverting_sides_are_seen_through_constant_jumps() {
        // PUSH1 4 JUMP INVALID | JUMPDEST PUSH0 PUSH0 REVERT
        let code = Code::new(&[0x60, 4, 0x56, 0xfe, 0x5b, 0x5f, 0x5f, 0xfd], Fork::Osaka);
        assert!(code.ends_badly(0) && code.ends_badly(3) && code.ends_badly(4));
        assert!(!code.ends_badly(100));
    }

    #[test]
    fn delegation_needs_its_fork_and_exact_length() {
        let mut code = vec![0xef, 0x01, 0x00];
        code.extend([7; 20]);
        assert_eq!(delegation(&code, Fork::Prague), Some(Address::repeat_byte(7)));
        assert_eq!(delegation(&code, Fork::Cancun), None);
        code.push(0);
        assert_eq!(delegation(&code, Fork::Prague), None);
    }
}
