//! Where jumps lead.

use crate::decode::Code;
use crate::program::NO_WORD;
use gaslane_abi::image::JumpBlock;

/// Jump table: an index of 32-byte blocks of the code, and an entry for each JUMPDEST.
#[derive(Debug)]
pub struct JumpTable {
    /// The index.
    pub blocks: Vec<JumpBlock>,
    /// Where the words of each JUMPDEST begin.
    pub entries: Vec<u32>,
    /// Entries in the order in which they were set.
    pub changed: Vec<u32>,
}

impl JumpTable {
    /// A table whose JUMPDESTs have no words.
    pub fn new(code: &Code) -> Self {
        let mut entries = 0;
        let blocks: Vec<JumpBlock> = code
            .jumpdests
            .words()
            .flat_map(|word| [word as u32, (word >> 32) as u32])
            .take(code.bytes.len().div_ceil(32))
            .map(|bitmap| {
                let base = entries;
                entries += bitmap.count_ones();
                JumpBlock { bitmap, base }
            })
            .collect();
        Self { blocks, entries: vec![NO_WORD; entries as usize], changed: Vec::new() }
    }

    /// Says where the words of a program counter begin, if that is a JUMPDEST.
    pub fn set(&mut self, pc: u32, word: u32) {
        if let Some(JumpBlock { bitmap, base }) = self.blocks.get(pc as usize / 32)
            && bitmap >> (pc % 32) & 1 == 1
        {
            let entry = base + (bitmap & ((1 << (pc % 32)) - 1)).count_ones();
            self.entries[entry as usize] = word;
            self.changed.push(entry);
        }
    }
}
