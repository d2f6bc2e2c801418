//! Decides which heads a program has, within budgets, and joins their superblocks.

use crate::alloc::{NoSlot, allocate};
use crate::decode::{Code, PcSet};
use crate::emit::{Emitted, Emitter};
use crate::schedule::schedule;
use crate::trace::{Reach, Visited, trace};
use crate::value::Consts;
use crate::{Options, Stats};
use gaslane_abi::isa::TARGET_MAX;
use std::collections::VecDeque;

/// The program does not fit the image format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitExceeded;

/// Where one superblock stands in a program, for listings.
#[derive(Clone, Debug)]
pub struct Section {
    /// EVM program counter of the head.
    pub head: u32,
    /// Whether it is the careful version of the one before.
    pub careful: bool,
    /// Program counters of the path.
    pub path: Vec<u32>,
    /// First word.
    pub first: usize,
    /// End of the path's words.
    pub path_end: usize,
    /// End of the stubs.
    pub end: usize,
}

/// A complete program.
#[derive(Debug)]
pub struct Program {
    /// Words, notes and pool.
    pub emitted: Emitter,
    /// Word by EVM program counter; `u32::MAX` where no head is.
    pub word_of: Vec<u32>,
    /// Superblocks in order, if asked for.
    pub sections: Vec<Section>,
    /// Figures.
    pub stats: Stats,
}

const NO_WORD: u32 = u32::MAX;
/// Budget that code of any length has, in instructions and words.
const BASE_BUDGET: usize = 4_096;

struct Assembler<'a> {
    code: &'a Code<'a>,
    options: &'a Options,
    consts: Consts,
    visited: Visited,
    heads: PcSet,
    emitter: Emitter,
    word_of: Vec<u32>,
    visits: usize,
    stats: Stats,
    sections: Option<Vec<Section>>,
}

/// Translates every head of the code.
pub fn assemble(code: &Code<'_>, options: &Options, keep_paths: bool) -> Result<Program, LimitExceeded> {
    let len = code.bytes.len();
    let mut assembler = Assembler {
        code,
        options,
        consts: Consts::default(),
        visited: Visited::new(len),
        heads: PcSet::new(len),
        emitter: Emitter::default(),
        word_of: vec![NO_WORD; len + 1],
        visits: 0,
        stats: Stats { evm_bytes: len, ..Stats::default() },
        sections: keep_paths.then(Vec::new),
    };
    if options.superblocks {
        assembler.superblocks()?;
    }
    assembler.remaining()?;
    assembler.finish()
}

impl Assembler<'_> {
    /// Superblocks from the start, wherever exits of superblocks lead, and from return addresses.
    ///
    /// What is reached only through the middle of superblocks needs none of its own: an image of one superblock per
    /// JUMPDEST would be several times the size.
    fn superblocks(&mut self) -> Result<(), LimitExceeded> {
        let mut pending = VecDeque::from([0]);
        let mut returns = (1..self.code.bytes.len())
            .filter(|&pc| self.code.jumpdests.contains(pc) && self.code.returns.contains(pc))
            .collect::<Vec<_>>()
            .into_iter();
        while let Some(pc) = pending.pop_front().or_else(|| returns.next()) {
            if self.word_of[pc] != NO_WORD || self.code.ends_badly(pc) && pc != 0 {
                continue;
            }
            if !self.within_budget() {
                self.stats.heads_beyond_budget += 1;
                continue;
            }
            let known = self.emitter.patches.len();
            let own = self.head(pc, Reach::Superblock)?;
            pending.extend(self.emitter.patches[known..own].iter().map(|&(_, target)| target as usize));
        }
        Ok(())
    }

    /// Basic blocks for all other JUMPDESTs, as any may be jumped to, and for all other targets of exits.
    fn remaining(&mut self) -> Result<(), LimitExceeded> {
        let mut patch = 0;
        for pc in 0..self.code.bytes.len().max(1) {
            if pc != 0 && !self.code.jumpdests.contains(pc) {
                continue;
            }
            let mut next = Some(pc);
            while let Some(pc) = next {
                if self.word_of[pc] == NO_WORD {
                    self.head(pc, Reach::Basic)?;
                }
                next = self.emitter.patches.get(patch).map(|&(_, target)| target as usize);
                patch += 1;
            }
            patch -= 1;
        }
        Ok(())
    }

    fn within_budget(&self) -> bool {
        let len = self.code.bytes.len();
        self.visits <= self.options.visits_per_byte as usize * len + BASE_BUDGET
            && self.emitter.words.len() <= self.options.words_per_byte as usize * len + BASE_BUDGET
    }

    /// Translates a head. Gives the end of its patches without those of its careful version.
    fn head(&mut self, pc: usize, reach: Reach) -> Result<usize, LimitExceeded> {
        self.heads.insert(pc);
        self.word_of[pc] = self.emitter.words.len() as u32;
        self.stats.heads += 1;
        self.stats.superblocks += usize::from(reach == Reach::Superblock);
        let (emitted, premature) = self.block(pc, reach, false)?;
        let patches = self.emitter.patches.len();
        self.stats.path_words += emitted.path_end - emitted.first;
        self.stats.path_moves += emitted.moves;
        let path = &self.emitter.words[emitted.first..emitted.path_end];
        self.stats.path_bubbles += path.iter().filter(|word| word.bubble).count();
        if premature {
            let careful = self.emitter.words.len();
            self.block(pc, Reach::Basic, true)?;
            self.emitter.set_alternative(emitted.first, careful);
            self.stats.careful_versions += 1;
        }
        Ok(patches)
    }

    /// Translates one block, shorter if it would not fit the slots. Tells also whether the stack check for its
    /// whole path may fail where the path up to the first side exit would not.
    fn block(&mut self, pc: usize, reach: Reach, careful: bool) -> Result<(Emitted, bool), LimitExceeded> {
        let mut limit = self.options.max_instructions.max(1);
        loop {
            let mut block = trace(self.code, &mut self.consts, &mut self.visited, &self.heads, pc, reach, limit);
            self.visits += block.instructions as usize;
            schedule(&mut block);
            let emitted = allocate(&block).and_then(|allocation| self.emitter.block(&self.consts, &block, &allocation));
            match emitted {
                Ok(emitted) => {
                    if !careful {
                        self.stats.path_instructions += block.instructions as usize;
                    }
                    let premature = block.first_exit.is_some_and(|(need, grow)| need < block.need || grow < block.grow);
                    let end = self.emitter.words.len();
                    if let Some(sections) = &mut self.sections {
                        let (first, path_end, head) = (emitted.first, emitted.path_end, pc as u32);
                        sections.push(Section { head, careful, path: block.path, first, path_end, end });
                    }
                    return Ok((emitted, premature && !careful));
                }
                Err(NoSlot) if limit == 1 => return Err(LimitExceeded),
                Err(NoSlot) => limit = (block.instructions / 2).clamp(1, limit - 1),
            }
        }
    }

    fn finish(mut self) -> Result<Program, LimitExceeded> {
        let words = self.emitter.words.len();
        if words > TARGET_MAX as usize || !self.emitter.pool.fits() {
            return Err(LimitExceeded);
        }
        for (word, pc) in std::mem::take(&mut self.emitter.patches) {
            self.emitter.words[word].imm |= self.word_of[pc as usize];
        }
        self.stats.program_words = words;
        self.stats.pool_entries = self.emitter.pool.entries.len();
        Ok(Program {
            emitted: self.emitter,
            word_of: self.word_of,
            sections: self.sections.unwrap_or_default(),
            stats: self.stats,
        })
    }
}
