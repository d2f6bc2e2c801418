//! Bytecode under construction.

use alloy_primitives::U256;
use gaslane_abi::evm;

/// Where a two-byte reference points.
#[derive(Clone, Copy)]
enum Target {
    Label(usize),
    Data(usize),
}

/// Bytecode with labels, and with data behind it.
#[derive(Default)]
pub struct Code {
    bytes: Vec<u8>,
    /// Places of two-byte references.
    references: Vec<(usize, Target)>,
    labels: Vec<Option<usize>>,
    data: Vec<Vec<u8>>,
}

impl Code {
    /// Appends an opcode.
    pub fn op(&mut self, byte: u8) -> &mut Self {
        self.bytes.push(byte);
        self
    }

    /// Appends opcodes.
    pub fn ops(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Pushes a word with the shortest PUSH that every fork knows.
    pub fn push(&mut self, value: U256) -> &mut Self {
        let len = value.byte_len().max(1);
        self.op(evm::PUSH0 + len as u8);
        self.bytes.extend_from_slice(&value.to_be_bytes::<32>()[32 - len..]);
        self
    }

    /// Pushes a number.
    pub fn number(&mut self, value: u64) -> &mut Self {
        self.push(U256::from(value))
    }

    /// A new label, to be placed later.
    pub fn label(&mut self) -> usize {
        self.labels.push(None);
        self.labels.len() - 1
    }

    /// Pushes the place of a label.
    pub fn push_label(&mut self, label: usize) -> &mut Self {
        self.push_target(Target::Label(label))
    }

    /// Puts bytes behind the code and pushes their offset.
    pub fn push_data(&mut self, data: &[u8]) -> &mut Self {
        self.data.push(data.to_vec());
        self.push_target(Target::Data(self.data.len() - 1))
    }

    fn push_target(&mut self, target: Target) -> &mut Self {
        self.op(evm::PUSH1 + 1);
        self.references.push((self.bytes.len(), target));
        self.ops(&[0, 0])
    }

    /// A JUMPDEST with that label.
    pub fn place(&mut self, label: usize) -> &mut Self {
        self.labels[label] = Some(self.bytes.len());
        self.op(evm::JUMPDEST)
    }

    /// The bytecode. A label that has not been placed is no JUMPDEST.
    pub fn finish(mut self) -> Vec<u8> {
        let mut offsets = Vec::new();
        if !self.data.is_empty() {
            self.bytes.push(evm::INVALID);
        }
        for data in &self.data {
            offsets.push(self.bytes.len());
            self.bytes.extend_from_slice(data);
        }
        for (at, target) in self.references {
            let place = match target {
                Target::Label(label) => self.labels[label].unwrap_or(0xffff),
                Target::Data(index) => offsets[index],
            };
            self.bytes[at..at + 2].copy_from_slice(&(place as u16).to_be_bytes());
        }
        self.bytes
    }
}
