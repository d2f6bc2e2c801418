//! Symbolic values and the constants that they name.

use alloy_primitives::U256;
use gaslane_abi::env;
use rustc_hash::FxHashMap;

/// A symbolic stack item or operand.
/// All variants hold 32 bits, so that comparing two takes no branch by variant.
#[derive(Clone, Copy, Debug, Eq)]
pub enum Value {
    /// What the slot held on entry; −1 is the top.
    Entry(i32),
    /// Constant of at most 32 bits.
    Small(u32),
    /// Longer constant, of that index in [`Consts`].
    Const(u32),
    /// Environment word.
    Env(u32),
    /// Result of a node of the block.
    Node(u32),
}

impl PartialEq for Value {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Value {
    /// In place of an operand that there is not: encodes as slot 0, and is none.
    pub const ABSENT: Self = Self::Entry(256);
    /// The environment word that calls change.
    pub const RETURNDATA_SIZE: Self = Self::Env(env::RETURNDATA_SIZE as u32);

    /// Whether the value lives in a slot.
    #[inline]
    pub fn in_slot(self) -> bool {
        matches!(self, Self::Entry(_) | Self::Node(_))
    }

    /// Whether the value is a constant.
    #[inline]
    pub fn is_constant(self) -> bool {
        matches!(self, Self::Small(_) | Self::Const(_))
    }

    /// Whether the value is a constant of at most 16 bits.
    #[inline]
    pub fn is_short(self) -> bool {
        matches!(self, Self::Small(constant) if constant <= 0xffff)
    }

    /// A number that tells values apart.
    #[inline]
    pub fn key(self) -> u64 {
        let (tag, number) = match self {
            Self::Entry(slot) => (0, slot as u32),
            Self::Small(constant) => (1, constant),
            Self::Const(index) => (2, index),
            Self::Env(word) => (3, word),
            Self::Node(node) => (4, node),
        };
        tag << 32 | u64::from(number)
    }
}

/// Long constants of a translation, each once.
#[derive(Debug, Default)]
pub struct Consts {
    values: Vec<U256>,
    index: FxHashMap<U256, u32>,
}

impl Consts {
    /// The value that stands for a constant.
    #[inline]
    pub fn value(&mut self, constant: U256) -> Value {
        let limbs = constant.as_limbs();
        if limbs[1] | limbs[2] | limbs[3] == 0
            && let Ok(small) = u32::try_from(limbs[0])
        {
            return Value::Small(small);
        }
        let next = self.values.len() as u32;
        let index = *self.index.entry(constant).or_insert(next);
        if index == next {
            self.values.push(constant);
        }
        Value::Const(index)
    }

    /// The long constant of an index.
    #[inline]
    pub fn get(&self, index: u32) -> U256 {
        self.values[index as usize]
    }

    /// The constant that a value is.
    #[inline]
    pub fn constant(&self, value: Value) -> Option<U256> {
        match value {
            Value::Small(constant) => Some(U256::from_limbs([constant.into(), 0, 0, 0])),
            Value::Const(index) => Some(self.get(index)),
            _ => None,
        }
    }
}
