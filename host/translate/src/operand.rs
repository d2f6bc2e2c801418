//! Operands of words: slots, constants in their shortest form, environment words.

use crate::block::traits;
use crate::value::{Consts, Value};
use alloy_primitives::U256;
use gaslane_abi::isa::{ExtForm, Format, Instr, Mode, Op, POOL_INDEX_MAX};
use rustc_hash::FxHashMap;

/// Constant pool of an image.
#[derive(Debug, Default)]
pub struct Pool {
    /// Entries in order.
    pub entries: Vec<U256>,
    index: FxHashMap<U256, usize>,
}

impl Pool {
    /// Index of a constant, added if new. Beyond the format's limit the image has no program anyway.
    pub fn index(&mut self, constant: U256) -> usize {
        let next = self.entries.len();
        let index = *self.index.entry(constant).or_insert(next);
        if index == next {
            self.entries.push(constant);
        }
        index
    }

    /// Index of a constant of at most 32 bits.
    pub fn small(&mut self, constant: u32) -> usize {
        self.index(U256::from_limbs([constant.into(), 0, 0, 0]))
    }

    /// Whether words can name every entry.
    pub fn fits(&self) -> bool {
        self.entries.len() <= POOL_INDEX_MAX + 1
    }

    /// Mode offset (Imm 0, Ext 2) and immediate of a constant; `None` for what is not a constant.
    #[inline]
    fn constant(&mut self, consts: &Consts, operand: Value, split: bool) -> Option<(u8, u32)> {
        match operand {
            Value::Small(constant) if !split || constant <= 0xffff => Some((0, constant)),
            Value::Small(constant) => Some((2, self.small(constant) as u32 & 0xffff)),
            Value::Const(index) if split => Some((2, self.index(consts.get(index)) as u32 & 0xffff)),
            Value::Const(index) => Some((2, self.extended(consts.get(index)).encode())),
            _ => None,
        }
    }

    /// Form of a constant of more than 32 bits in a wide word.
    fn extended(&mut self, constant: U256) -> ExtForm {
        let (len, shift) = (constant.bit_len(), constant.trailing_zeros());
        if len - shift <= 16 && shift != 0 {
            ExtForm::Shifted { value: (constant >> shift).to::<u16>(), shift: shift as u16 }
        } else if constant.count_ones() == len {
            ExtForm::Ones(len as u16)
        } else if (!constant).bit_len() <= 28 {
            ExtForm::Inverted((!constant).to::<u32>())
        } else {
            ExtForm::Pool(self.index(constant) as u16)
        }
    }

    /// A word with operands a and b, which are no results of nodes: those have become slots. At most one is not a slot,
    /// or both are constants of 16 bits in a wide word.
    #[inline]
    pub fn word(&mut self, consts: &Consts, op: Op, dst: i8, a: Value, b: Value) -> Instr {
        let slot = |operand| if let Value::Entry(slot) = operand { slot as i8 } else { 0 };
        let word = Instr::new(op, dst, slot(a), slot(b));
        if let (Value::Entry(_), Value::Entry(_)) = (a, b) {
            return word;
        }
        if let (Value::Small(a), Value::Small(b)) = (a, b) {
            return word.with(Mode::ImmAb, b << 16 | a);
        }
        // The operand that is not a slot, and the modes for it.
        let (other, imm_mode, env_mode) = match b {
            Value::Entry(_) => (a, Mode::ImmA, Mode::EnvA),
            _ => (b, Mode::ImmB, Mode::EnvB),
        };
        if let Value::Env(index) = other {
            return word.with(env_mode, index);
        }
        let (ext, imm) = self.constant(consts, other, traits(op).split).unwrap_or_default();
        word.with(Mode::from_bits(imm_mode as u8 + ext), imm)
    }
}

/// Whether the mode leaves `a` a slot.
fn slot_a(mode: Mode) -> bool {
    matches!(mode, Mode::Slots | Mode::ImmB | Mode::ExtB | Mode::EnvB)
}

/// Whether the mode leaves `b` a slot.
fn slot_b(mode: Mode) -> bool {
    matches!(mode, Mode::Slots | Mode::ImmA | Mode::ExtA | Mode::EnvA)
}

/// Slots that a word reads.
pub fn reads(word: &Instr) -> impl Iterator<Item = i8> + use<> {
    let arity = crate::block::arity(word.op);
    let format = word.op.format();
    let third = match format {
        Format::SrcAb => Some(word.dst),
        Format::DstAbc if word.imm >> 15 & 1 == 0 => Some(((word.imm as u8) << 1) as i8 >> 1),
        _ => None,
    };
    let a = (arity >= 1 && slot_a(word.mode)).then_some(word.a);
    let b = (arity >= 2 && slot_b(word.mode)).then_some(word.b);
    [a, b, third].into_iter().flatten()
}

/// Slot that a word writes.
pub fn writes(word: &Instr) -> Option<i8> {
    match word.op.format() {
        Format::DstAb
        | Format::DstA
        | Format::Dst
        | Format::DstAbc
        | Format::Gas
        | Format::Get
        | Format::ReadSpecial
        | Format::Link => Some(word.dst),
        Format::Trap if !matches!(word.op, Op::Sstore | Op::Selfdestruct) => Some(word.dst),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_take_their_shortest_form() {
        let mut pool = Pool::default();
        let mut consts = Consts::default();
        let mut constant = |constant: U256, split| {
            let operand = consts.value(constant);
            pool.constant(&consts, operand, split).unwrap()
        };
        let one = U256::from(1);
        let odd = (one << 200) | one;
        assert_eq!(constant(U256::from(u32::MAX), false), (0, u32::MAX));
        assert_eq!(constant((one << 160) - one, false), (2, ExtForm::Ones(160).encode()));
        assert_eq!(constant(U256::MAX, false), (2, ExtForm::Ones(256).encode()));
        assert_eq!(
            constant(U256::from(0x4e48_u32) << 224, false),
            (2, ExtForm::Shifted { value: 0x4e48 >> 3, shift: 227 }.encode())
        );
        assert_eq!(constant(!U256::from(31), false), (2, ExtForm::Inverted(31).encode()));
        assert_eq!(constant(odd, false), (2, 0));
        assert_eq!(constant(U256::from(0x1_0000), true), (2, 1));
        assert_eq!(constant(U256::from(0xffff), true), (0, 0xffff));
        assert_eq!(constant(odd, true), (2, 0));
        assert_eq!(pool.entries, [odd, U256::from(0x1_0000)]);
    }
}
