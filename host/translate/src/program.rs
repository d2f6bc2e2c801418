//! Decides which heads a program has and joins their superblocks, all at once within budgets or on demand.

use crate::alloc::{NoSlot, allocate};
use crate::block::Shared;
use crate::decode::Code;
use crate::emit::{Emitted, Emitter};
use crate::schedule::schedule;
use crate::trace::{Reach, trace};
use crate::value::Consts;
use crate::{Options, Stats};
use gaslane_abi::isa::{Instr, TARGET_MAX};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// The program does not fit the image format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the program exceeds what a code image can hold")]
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

/// Word by EVM program counter of a head.
pub type Heads = FxHashMap<u32, u32>;

/// What [`Program::word_of`] gives where no head is.
pub const NO_WORD: u32 = gaslane_abi::image::JUMP_MISS;
/// Budget that code of any length has, in instructions and words.
const BASE_BUDGET: usize = 4_096;
/// Bit of a request's program counter that asks for the careful version of a head.
pub const CAREFUL: u32 = 1 << 16;
/// Words that a request may add beyond the head it asked for.
const AHEAD_WORDS: usize = 64;

/// A program under construction or complete.
#[derive(Debug)]
pub struct Program {
    /// The code.
    pub code: Code,
    /// Words, notes and pool.
    pub emitted: Emitter,
    heads: Heads,
    /// Superblocks in order, if asked for.
    pub sections: Vec<Section>,
    /// Figures.
    pub stats: Stats,
    /// Words that were rewritten after they were emitted, in order.
    pub rewritten: Vec<u32>,
    /// Heads in the order of their making.
    pub made: Vec<u32>,
    options: Options,
    consts: Consts,
    shared: Shared,
    /// JMP words, still MISS, by the program counter that they wait for.
    waiting: FxHashMap<u32, Vec<u32>>,
    visits: usize,
    keep_paths: bool,
    /// Careful versions are made when a lane asks for them.
    on_demand: bool,
}

impl Program {
    fn new(code: Code, options: &Options) -> Self {
        let len = code.bytes.len();
        Self {
            emitted: Emitter::default(),
            heads: Heads::default(),
            sections: Vec::new(),
            stats: Stats { evm_bytes: len, ..Stats::default() },
            rewritten: Vec::new(),
            made: Vec::new(),
            options: *options,
            consts: Consts::default(),
            shared: Shared::default(),
            waiting: FxHashMap::default(),
            visits: 0,
            keep_paths: false,
            on_demand: false,
            code,
        }
    }

    /// Translates every head of the code.
    pub fn complete(code: Code, options: &Options, keep_paths: bool) -> Result<Self, LimitExceeded> {
        let mut program = Self::new(code, options);
        program.keep_paths = keep_paths;
        if options.superblocks {
            program.superblocks()?;
        }
        program.remaining()?;
        for (word, pc) in std::mem::take(&mut program.emitted.patches) {
            program.emitted.words[word].imm |= program.word_of(pc);
        }
        program.check_limits()?;
        Ok(program)
    }

    /// Translates the start of the code; the rest follows through [`Self::extend`].
    pub fn on_demand(code: Code, options: &Options) -> Result<Self, LimitExceeded> {
        let mut program = Self::new(code, options);
        program.on_demand = true;
        program.extend(0)?;
        Ok(program)
    }

    /// Makes the head of a program counter (or with [`CAREFUL`] its careful version) if it is not there, and a little of
    /// what is likely to be asked for next.
    pub fn extend(&mut self, request: u32) -> Result<(), LimitExceeded> {
        let mut pending = VecDeque::from([request]);
        let mut limit = usize::MAX;
        while let Some(request) = pending.pop_front() {
            let pc = (request & (CAREFUL - 1)) as usize;
            let known = match request & CAREFUL {
                0 => self.heads.contains_key(&request),
                _ => !self.waiting.contains_key(&request),
            };
            if known || pc > self.code.bytes.len() || (limit != usize::MAX && self.code.ends_badly(pc)) {
                continue;
            }
            if self.emitted.words.len() >= limit {
                break;
            }
            if request & CAREFUL != 0 {
                let first = self.emitted.words.len() as u32;
                self.block(pc, Reach::Basic, true)?;
                self.resolve(request, first);
            } else {
                let reach = if self.options.superblocks { Reach::Superblock } else { Reach::Basic };
                self.head(pc, reach)?;
                self.resolve(request, self.word_of(request));
            }
            self.settle(&mut pending);
            self.check_limits()?;
            if limit == usize::MAX {
                limit = self.emitted.words.len() + AHEAD_WORDS;
            }
        }
        Ok(())
    }

    /// Word of a head; [`NO_WORD`] where there is none.
    pub fn word_of(&self, pc: u32) -> u32 {
        self.heads.get(&pc).copied().unwrap_or(NO_WORD)
    }

    /// Gives the words that waited for a head their target.
    fn resolve(&mut self, request: u32, target: u32) {
        for word in self.waiting.remove(&request).unwrap_or_default() {
            let miss = self.emitted.words[word as usize];
            self.emitted.words[word as usize] = Instr::jmp(target, miss.dst, miss.refund() as u16);
            self.rewritten.push(word);
        }
    }

    /// Gives new JMP words their target, or makes them wait for it. New targets go to `pending`.
    fn settle(&mut self, pending: &mut VecDeque<u32>) {
        for (word, pc) in std::mem::take(&mut self.emitted.patches) {
            let target = self.word_of(pc);
            let jump = self.emitted.words[word];
            if target != NO_WORD {
                self.emitted.words[word].imm = target;
            } else {
                self.emitted.words[word] = Instr::miss(pc, jump.dst, jump.refund() as u16);
                self.waiting.entry(pc).or_default().push(word as u32);
                if pc & CAREFUL == 0 {
                    pending.push_back(pc);
                }
            }
        }
    }

    /// Superblocks from the start, wherever exits of superblocks lead, and from return addresses.
    ///
    /// What is reached only through the middle of superblocks needs none of its own: an image of one superblock per
    /// JUMPDEST would be several times the size.
    fn superblocks(&mut self) -> Result<(), LimitExceeded> {
        let mut pending = VecDeque::from([0]);
        let mut returns = self.code.returns().into_iter();
        while let Some(pc) = pending.pop_front().or_else(|| returns.next()) {
            if self.heads.contains_key(&(pc as u32)) || self.code.ends_badly(pc) && pc != 0 {
                continue;
            }
            if !self.within_budget() {
                self.stats.heads_beyond_budget += 1;
                continue;
            }
            let known = self.emitted.patches.len();
            let own = self.head(pc, Reach::Superblock)?;
            pending.extend(self.emitted.patches[known..own].iter().map(|&(_, target)| target as usize));
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
                if !self.heads.contains_key(&(pc as u32)) {
                    self.head(pc, Reach::Basic)?;
                }
                next = self.emitted.patches.get(patch).map(|&(_, target)| target as usize);
                patch += 1;
            }
            patch -= 1;
        }
        Ok(())
    }

    fn within_budget(&self) -> bool {
        let len = self.code.bytes.len();
        self.visits <= self.options.visits_per_byte as usize * len + BASE_BUDGET
            && self.emitted.words.len() <= self.options.words_per_byte as usize * len + BASE_BUDGET
    }

    /// Translates a head. Gives the end of its patches without those of its careful version.
    fn head(&mut self, pc: usize, reach: Reach) -> Result<usize, LimitExceeded> {
        self.heads.insert(pc as u32, self.emitted.words.len() as u32);
        self.made.push(pc as u32);
        self.stats.heads += 1;
        self.stats.superblocks += usize::from(reach == Reach::Superblock);
        let (emitted, premature) = self.block(pc, reach, false)?;
        let patches = self.emitted.patches.len();
        self.stats.path_words += emitted.path_end - emitted.first;
        self.stats.path_moves += emitted.moves;
        let path = &self.emitted.words[emitted.first..emitted.path_end];
        self.stats.path_bubbles += path.iter().filter(|word| word.bubble).count();
        if premature {
            let careful = self.emitted.words.len();
            if self.on_demand {
                self.emitted.jump_to(pc as u32 | CAREFUL);
            } else {
                self.block(pc, Reach::Basic, true)?;
            }
            self.emitted.set_alternative(emitted.first, careful);
            self.stats.careful_versions += 1;
        }
        Ok(patches)
    }

    /// Translates one block, shorter if it would not fit the slots. Tells also whether the stack check for its
    /// whole path may fail where the path up to the first side exit would not.
    fn block(&mut self, pc: usize, reach: Reach, careful: bool) -> Result<(Emitted, bool), LimitExceeded> {
        let mut limit = self.options.max_instructions.max(1);
        loop {
            let mut block = trace(&self.code, &mut self.consts, &mut self.shared, &self.heads, pc, reach, limit);
            self.visits += block.instructions as usize;
            schedule(&mut block);
            let emitted = allocate(&block).and_then(|allocation| self.emitted.block(&self.consts, &block, &allocation));
            match emitted {
                Ok(emitted) => {
                    if !careful {
                        self.stats.path_instructions += block.instructions as usize;
                    }
                    let premature = block.first_exit.is_some_and(|(need, grow)| need < block.need || grow < block.grow);
                    let end = self.emitted.words.len();
                    if self.keep_paths {
                        let (first, path_end, head) = (emitted.first, emitted.path_end, pc as u32);
                        self.sections.push(Section { head, careful, path: block.path, first, path_end, end });
                    }
                    return Ok((emitted, premature && !careful));
                }
                Err(NoSlot) if limit == 1 => return Err(LimitExceeded),
                Err(NoSlot) => limit = (block.instructions / 2).clamp(1, limit - 1),
            }
        }
    }

    fn check_limits(&mut self) -> Result<(), LimitExceeded> {
        let words = self.emitted.words.len();
        if words > TARGET_MAX as usize || !self.emitted.pool.fits() {
            return Err(LimitExceeded);
        }
        self.stats.program_words = words;
        self.stats.pool_entries = self.emitted.pool.entries.len();
        Ok(())
    }
}
