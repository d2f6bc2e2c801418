//! Decides which heads a program has and joins their superblocks, all at once within budgets or on demand.

use crate::alloc::{Allocation, NoSlot, allocate};
use crate::block::Block;
use crate::decode::{Code, Endings};
use crate::emit::{Emitted, Emitter, FIRST_EXIT};
use crate::jumps::JumpTable;
use crate::schedule::schedule;
use crate::trace::{Reach, Stack, Visited, trace};
use crate::value::Consts;
use crate::{Options, Stats};
use gaslane_abi::isa::TARGET_MAX;
use rustc_hash::FxHashMap;
use std::cell::Cell;
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

/// Heads by EVM program counter, and the words that wait for those to come.
#[derive(Debug, Default)]
pub struct Heads {
    /// Word of a head; with [`WAITING`] the first place in `waiting`.
    states: FxHashMap<u32, u32>,
    /// Word, and the next place in the list.
    waiting: Vec<(u32, u32)>,
}

/// Bit of a state that is not a word.
const WAITING: u32 = 1 << 31;

impl Heads {
    /// Word of a head.
    pub fn word(&self, request: u32) -> Option<u32> {
        self.states.get(&request).copied().filter(|state| state & WAITING == 0)
    }

    /// Whether words wait for a request.
    fn awaited(&self, request: u32) -> bool {
        self.states.get(&request).is_some_and(|state| state & WAITING != 0)
    }

    fn wait(&mut self, request: u32, word: u32) {
        let place = WAITING | self.waiting.len() as u32;
        let next = self.states.insert(request, place).unwrap_or(NO_WORD);
        self.waiting.push((word, next));
    }

    /// Makes a head. Gives the first place of the words that waited for it.
    fn make(&mut self, request: u32, word: u32) -> u32 {
        self.states.insert(request, word).filter(|state| state & WAITING != 0).unwrap_or(NO_WORD)
    }
}

/// Memory that the translations of a thread use one after the other.
#[derive(Debug)]
pub struct Workspace {
    /// The current superblock.
    pub block: Block,
    /// Symbolic stack.
    pub stack: Stack,
    /// JUMPDESTs passed.
    pub visited: Visited,
    allocation: Allocation,
    places: Vec<u32>,
    pending: Vec<u32>,
}

impl Workspace {
    fn new() -> Self {
        Self {
            block: Block::new(),
            stack: Stack::new(),
            visited: Visited::new(),
            allocation: Allocation::default(),
            places: Vec::new(),
            pending: Vec::new(),
        }
    }

    /// Lends the thread's workspace.
    fn lend<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        thread_local! {
            static SPARE: Cell<Option<Box<Workspace>>> = const { Cell::new(None) };
        }
        let mut workspace = SPARE.take().unwrap_or_else(|| Box::new(Self::new()));
        let result = work(&mut workspace);
        SPARE.set(Some(workspace));
        result
    }
}

/// What a superblock is made from.
pub struct Source<'a> {
    /// The code.
    pub code: &'a Code,
    /// Constants of the translation.
    pub consts: &'a mut Consts,
    /// Which program counters end badly.
    pub endings: &'a mut Endings,
    /// Heads that there are.
    pub heads: &'a Heads,
}

/// What [`Program::word_of`] gives where no head is.
pub const NO_WORD: u32 = gaslane_abi::image::JUMP_MISS;
/// Budget that code of any length has, in instructions and words.
const BASE_BUDGET: usize = 4_096;
/// Bit of a request's program counter that asks for the careful version of a head.
pub const CAREFUL: u32 = 1 << 16;
/// Pool entries from which on words with three sources, which have 15 bits for one, take none: a superblock adds fewer
/// than the rest.
const POOL_THIRD_MAX: usize = 0x7000;
/// Words that a request may add beyond the head it asked for. The samples, whose code is new, ask 21 % less often than with 60, for
/// 44 % more translation (17 µs for each request that is saved); nearly all patches still fit the buffer of the card's firmware.
const AHEAD_WORDS: usize = 250;
/// Heads that may wait to be made ahead before no return address is added to them: whatever the code, few are looked through.
const RETURNS_AHEAD_MAX: usize = 64;

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
    /// Where jumps lead.
    pub jumps: JumpTable,
    options: Options,
    consts: Consts,
    endings: Endings,
    visits: usize,
    /// Careful versions are made when a lane asks for them.
    on_demand: bool,
}

impl Program {
    fn new(code: Code, options: &Options, on_demand: bool) -> Self {
        let len = code.bytes.len();
        Self {
            emitted: Emitter::new(on_demand),
            heads: Heads::default(),
            sections: Vec::new(),
            stats: Stats { evm_bytes: len, ..Stats::default() },
            rewritten: Vec::new(),
            jumps: JumpTable::new(&code),
            options: *options,
            consts: Consts::default(),
            endings: Endings::new(len),
            visits: 0,
            on_demand,
            code,
        }
    }

    /// Translates every head of the code.
    pub fn complete(code: Code, options: &Options, keep_paths: bool) -> Result<Self, LimitExceeded> {
        let mut program = Self::new(code, options, false);
        Workspace::lend(|workspace| {
            workspace.block.path = keep_paths.then(Vec::new);
            if options.superblocks {
                program.superblocks(workspace)?;
            }
            program.remaining(workspace)
        })?;
        for (word, pc) in std::mem::take(&mut program.emitted.patches) {
            program.emitted.set_target(word, program.word_of(pc));
        }
        program.check_limits()?;
        Ok(program)
    }

    /// Translates the start of the code; the rest follows through [`Self::extend`].
    pub fn on_demand(code: Code, options: &Options) -> Result<Self, LimitExceeded> {
        let mut program = Self::new(code, options, true);
        program.extend(0)?;
        Ok(program)
    }

    /// Makes what a lane asks for if it is not there, and a little of what is likely to be asked for next. A request is
    /// the program counter of a head, with [`CAREFUL`] for its careful version, or names a side exit without stub.
    pub fn extend(&mut self, request: u32) -> Result<(), LimitExceeded> {
        Workspace::lend(|workspace| {
            workspace.block.path = None;
            workspace.pending.clear();
            self.make(workspace, request)?;
            let limit = self.emitted.words.len() + AHEAD_WORDS;
            let mut next = 0;
            while let Some(&request) = workspace.pending.get(next) {
                next += 1;
                if self.emitted.words.len() >= limit {
                    break;
                }
                let target = self.emitted.lazy_target(request).unwrap_or(Some(request));
                if target.is_some_and(|pc| !self.endings.ends_badly(&self.code, pc as usize)) {
                    self.make(workspace, request)?;
                }
            }
            Ok(())
        })
    }

    /// Makes what a request names, and the head that a side exit leads to.
    fn make(&mut self, workspace: &mut Workspace, mut request: u32) -> Result<(), LimitExceeded> {
        if let Some(target) = self.emitted.lazy_target(request) {
            let rewritten = self.emitted.lazy_stub(&self.consts, request);
            self.rewritten.extend(rewritten);
            self.settle(&mut workspace.pending);
            let Some(target) = target else { return self.check_limits() };
            request = target;
        }
        let pc = (request & (CAREFUL - 1)) as usize;
        if request >= FIRST_EXIT || pc > self.code.bytes.len() {
            return Ok(());
        }
        let new = request & CAREFUL == 0 && self.heads.word(request).is_none();
        if new {
            let reach = if self.options.superblocks { Reach::Superblock } else { Reach::Basic };
            self.head(workspace, pc, reach)?;
        } else if self.heads.awaited(request) {
            let first = self.emitted.words.len() as u32;
            self.block(workspace, pc, Reach::Basic, true)?;
            self.resolve(request, first);
        }
        self.settle(&mut workspace.pending);
        if new {
            self.foresee_returns(workspace);
        }
        self.check_limits()
    }

    /// Constants that the head just made leaves on the stack and that are jump destinations: most of them are return addresses, where no
    /// direct jump leads.
    fn foresee_returns(&self, workspace: &mut Workspace) {
        let Workspace { block, pending, .. } = workspace;
        let jumpdest = |&pc: &u32| self.code.jumpdests.contains(pc as usize) && self.heads.word(pc).is_none();
        for pc in block.constants_left().filter(jumpdest) {
            if pending.len() >= RETURNS_AHEAD_MAX {
                return;
            }
            if !pending.contains(&pc) {
                pending.push(pc);
            }
        }
    }

    /// Word of a head; [`NO_WORD`] where there is none.
    pub fn word_of(&self, pc: u32) -> u32 {
        self.heads.word(pc).unwrap_or(NO_WORD)
    }

    /// Makes a head, and gives the words that waited for it their target.
    fn resolve(&mut self, request: u32, target: u32) {
        let mut place = self.heads.make(request, target);
        while place != NO_WORD {
            let (word, next) = self.heads.waiting[(place & !WAITING) as usize];
            self.emitted.resolve(word as usize, target);
            self.rewritten.push(word);
            place = next;
        }
    }

    /// Gives new JMP words their target, or makes them wait for it. New targets go to `pending`: the path's own end comes
    /// first, but is less likely than the side exits.
    fn settle(&mut self, pending: &mut Vec<u32>) {
        let known = pending.len();
        for index in 0..self.emitted.patches.len() {
            let (word, request) = self.emitted.patches[index];
            if let Some(target) = self.heads.word(request) {
                self.emitted.set_target(word, target);
                continue;
            }
            self.emitted.set_miss(word, request);
            if request < FIRST_EXIT {
                self.heads.wait(request, word as u32);
            }
            if request & CAREFUL == 0 {
                pending.push(request);
            }
        }
        if pending.len() > known {
            pending[known..].rotate_left(1);
        }
        self.emitted.patches.clear();
    }

    /// Superblocks from the start, wherever exits of superblocks lead, and from return addresses.
    ///
    /// What is reached only through the middle of superblocks needs none of its own: an image of one superblock per
    /// JUMPDEST would be several times the size.
    fn superblocks(&mut self, workspace: &mut Workspace) -> Result<(), LimitExceeded> {
        let mut pending = VecDeque::from([0]);
        let mut returns = self.code.returns().into_iter();
        while let Some(pc) = pending.pop_front().or_else(|| returns.next()) {
            if self.heads.word(pc as u32).is_some() || self.endings.ends_badly(&self.code, pc) && pc != 0 {
                continue;
            }
            if !self.within_budget() {
                self.stats.heads_beyond_budget += 1;
                continue;
            }
            let known = self.emitted.patches.len();
            let own = self.head(workspace, pc, Reach::Superblock)?;
            pending.extend(self.emitted.patches[known..own].iter().map(|&(_, target)| target as usize));
        }
        Ok(())
    }

    /// Basic blocks for all other JUMPDESTs, as any may be jumped to, and for all other targets of exits.
    fn remaining(&mut self, workspace: &mut Workspace) -> Result<(), LimitExceeded> {
        let mut patch = 0;
        for pc in 0..self.code.bytes.len().max(1) {
            if pc != 0 && !self.code.jumpdests.contains(pc) {
                continue;
            }
            let mut next = Some(pc);
            while let Some(pc) = next {
                if self.heads.word(pc as u32).is_none() {
                    self.head(workspace, pc, Reach::Basic)?;
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
    fn head(&mut self, workspace: &mut Workspace, pc: usize, reach: Reach) -> Result<usize, LimitExceeded> {
        let first = self.emitted.words.len() as u32;
        self.resolve(pc as u32, first);
        self.jumps.set(pc as u32, first);
        self.stats.heads += 1;
        self.stats.superblocks += usize::from(reach == Reach::Superblock);
        let (emitted, premature) = self.block(workspace, pc, reach, false)?;
        let patches = self.emitted.patches.len();
        self.stats.path_words += emitted.path_end - emitted.first;
        self.stats.path_moves += emitted.moves;
        let path = &self.emitted.words[emitted.first..emitted.path_end];
        self.stats.path_bubbles += path.iter().filter(|&word| word >> 7 & 1 == 1).count();
        if premature {
            let careful = self.emitted.words.len();
            if self.on_demand {
                self.emitted.jump_to(pc as u32 | CAREFUL);
            } else {
                self.block(workspace, pc, Reach::Basic, true)?;
            }
            self.emitted.set_alternative(emitted.first, careful);
            self.stats.careful_versions += 1;
        }
        Ok(patches)
    }

    /// Translates one block, shorter if it would not fit the slots. Tells also whether the stack check for its
    /// whole path may fail where the path up to the first side exit would not.
    fn block(
        &mut self,
        workspace: &mut Workspace,
        pc: usize,
        reach: Reach,
        careful: bool,
    ) -> Result<(Emitted, bool), LimitExceeded> {
        let mut limit = self.options.max_instructions.max(1);
        loop {
            workspace.block.pool_third = self.emitted.pool.entries.len() < POOL_THIRD_MAX;
            let Self { code, consts, endings, heads, .. } = self;
            trace(Source { code, consts, endings, heads }, workspace, pc, reach, limit);
            let Workspace { block, allocation, places, .. } = workspace;
            self.visits += block.instructions as usize;
            schedule(block, places);
            let emitted =
                allocate(block, places, allocation).and_then(|()| self.emitted.block(&self.consts, block, allocation));
            match emitted {
                Ok(emitted) => {
                    if !careful {
                        self.stats.path_instructions += block.instructions as usize;
                    }
                    let premature = block.first_exit.is_some_and(|(need, grow)| need < block.need || grow < block.grow);
                    let end = self.emitted.words.len();
                    if let Some(path) = block.path.clone() {
                        let (first, path_end, head) = (emitted.first, emitted.path_end, pc as u32);
                        self.sections.push(Section { head, careful, path, first, path_end, end });
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

#[cfg(test)]
mod tests {
    use super::*;
    use gaslane_abi::fork::Fork;

    /// A path that calls a function by a side exit: `if calldatasize { return_to = 7; goto 9 }`, and 9 jumps to what is on the stack.
    #[test]
    fn return_addresses_are_made_ahead() {
        let code = [0x60, 7, 0x36, 0x60, 9, 0x57, 0x00, 0x5b, 0x00, 0x5b, 0x56];
        let program = Program::on_demand(Code::scan(code.to_vec().into(), Fork::Cancun), &Options::default()).unwrap();
        assert_ne!(program.word_of(9), NO_WORD, "the side exit's target");
        assert_ne!(program.word_of(7), NO_WORD, "the return address that the side exit leaves on the stack");
    }

    /// A request for what is there adds nothing, whatever the thread has translated before.
    #[test]
    fn a_request_for_what_is_there_makes_nothing() {
        let begin = |code: &[u8]| {
            Program::on_demand(Code::scan(code.to_vec().into(), Fork::Cancun), &Options::default()).unwrap()
        };
        let mut program = begin(&[0x36, 0x50, 0, 0, 0, 0, 0, 0x5b, 0x00]);
        let words = program.emitted.words.len();
        // Leaves 7 on the stack, which is a destination of the other one too.
        begin(&[0x60, 7, 0x36, 0x60, 9, 0x57, 0x00, 0x5b, 0x00, 0x5b, 0x56]);
        program.extend(0).unwrap();
        assert_eq!((program.emitted.words.len(), program.word_of(7)), (words, NO_WORD));
    }

    /// What no exit leads to is not made.
    #[test]
    fn constants_that_are_no_destinations_are_not_made() {
        let code = [0x60, 6, 0x36, 0x60, 9, 0x57, 0x00, 0x5b, 0x00, 0x5b, 0x56];
        let program = Program::on_demand(Code::scan(code.to_vec().into(), Fork::Cancun), &Options::default()).unwrap();
        assert_eq!((program.word_of(6), program.word_of(7)), (NO_WORD, NO_WORD));
    }
}
