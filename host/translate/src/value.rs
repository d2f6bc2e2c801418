//! Symbolic values and the constants that they name.

use alloy_primitives::U256;
use rustc_hash::FxHashMap;

/// A symbolic stack item or operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// What the slot held on entry; −1 is the top.
    Entry(i8),
    /// Constant of that index in [`Consts`].
    Const(u32),
    /// Environment word.
    Env(u8),
    /// Result of a node of the block.
    Node(u32),
}

impl Value {
    /// Whether the value lives in a slot.
    pub fn in_slot(self) -> bool {
        matches!(self, Self::Entry(_) | Self::Node(_))
    }
}

/// Constants of a translation, each once.
#[derive(Debug, Default)]
pub struct Consts {
    values: Vec<U256>,
    index: FxHashMap<U256, u32>,
}

impl Consts {
    /// The value that stands for a constant.
    pub fn value(&mut self, constant: U256) -> Value {
        let next = self.values.len() as u32;
        let index = *self.index.entry(constant).or_insert(next);
        if index == next {
            self.values.push(constant);
        }
        Value::Const(index)
    }

    /// The constant of an index.
    pub fn get(&self, index: u32) -> U256 {
        self.values[index as usize]
    }

    /// The constant that a value is.
    pub fn constant(&self, value: Value) -> Option<U256> {
        match value {
            Value::Const(index) => Some(self.get(index)),
            _ => None,
        }
    }

    /// Number of distinct constants.
    pub fn len(&self) -> usize {
        self.values.len()
    }
}
