//! Writes a superblock as words: SEG, body, end, then for each side exit a stub or what asks for one.

use crate::alloc::{Allocation, NoSlot};
use crate::block::{Block, End, Exit, ExitStack, Item, Node, Target};
use crate::moves::{self, Move, Slots};
use crate::operand::Pool;
use crate::value::{Consts, Value};
use gaslane_abi::codes::Halt;
use gaslane_abi::image::Profile;
use gaslane_abi::isa::{Format, Instr, Op};

/// Bits of a word that hold JMP's target and a branch's distance.
const TARGET_SHIFT: u32 = 32;
const DISTANCE_SHIFT: u32 = 48;
/// First of the requests that name a side exit without stub.
pub const FIRST_EXIT: u32 = 1 << 17;
/// Number of side exits that requests can name.
const EXITS_MAX: usize = (1 << 20) - FIRST_EXIT as usize;

/// Program under construction.
#[derive(Debug)]
pub struct Emitter {
    /// Words so far. Targets of `patches` are still 0.
    pub words: Vec<u64>,
    /// EVM program counter and instructions retired, by word.
    pub profile: Vec<Profile>,
    /// JMP words that wait for the head of an EVM program counter.
    pub patches: Vec<(usize, u32)>,
    /// Constant pool.
    pub pool: Pool,
    /// Side exits that move values get their stubs on request.
    lazy: bool,
    /// Side exits whose stub was left out, by request.
    exits: Vec<LazyExit>,
    moves: Vec<Move>,
    /// Slot that the last word computes in two cycles.
    computed: Value,
    branches: Vec<(usize, u32)>,
    ordered: Vec<Move>,
}

/// Extent of what was emitted.
#[derive(Clone, Copy, Debug)]
pub struct Emitted {
    /// Index of the SEG word.
    pub first: usize,
    /// End of the path's words: where the stubs begin.
    pub path_end: usize,
    /// Words that move values at the end of the path.
    pub moves: usize,
}

/// Where an exit leads, in terms of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leave {
    Pc(u32),
    Slot(i8),
}

/// What leaving a block takes. The moves stand elsewhere.
#[derive(Clone, Copy, Debug)]
struct Departure {
    leave: Leave,
    /// Slot that breaks cycles of moves.
    temp: i8,
    height: i8,
    refund: u16,
    /// EVM program counter of the words.
    pc: u16,
    /// EVM instructions that retire with the last word.
    instructions: i16,
}

/// A side exit whose stub waits for a request.
#[derive(Clone, Copy, Debug)]
struct LazyExit {
    departure: Departure,
    branch: u32,
    /// The MISS word that asks; 0 when the stub is there.
    miss: u32,
    moves: (u32, u32),
}

/// One block with what its words need.
struct Scope<'a> {
    consts: &'a Consts,
    block: &'a Block,
    slots: &'a [i8],
    used: i32,
}

impl Scope<'_> {
    /// The operand that a value is: results of nodes are slots.
    #[inline]
    fn operand(&self, value: Value) -> Value {
        match value {
            Value::Node(node) => Value::Entry(self.slots[node as usize].into()),
            other => other,
        }
    }

    #[inline]
    fn slot(&self, value: Value) -> i8 {
        match self.operand(value) {
            Value::Entry(slot) => slot as i8,
            _ => 0,
        }
    }
}

impl Emitter {
    /// A program without words.
    pub fn new(lazy: bool) -> Self {
        Self {
            words: Vec::new(),
            profile: Vec::new(),
            patches: Vec::new(),
            pool: Pool::default(),
            lazy,
            exits: Vec::new(),
            moves: Vec::new(),
            computed: Value::ABSENT,
            branches: Vec::new(),
            ordered: Vec::new(),
        }
    }

    /// Appends a block. On failure nothing is appended.
    pub fn block(&mut self, consts: &Consts, block: &Block, allocation: &Allocation) -> Result<Emitted, NoSlot> {
        let (first, patches) = (self.words.len(), self.patches.len());
        let (exits, moves) = (self.exits.len(), self.moves.len());
        let emitted = self.try_block(consts, block, allocation);
        if emitted.is_err() {
            self.words.truncate(first);
            self.profile.truncate(first);
            self.patches.truncate(patches);
            self.exits.truncate(exits);
            self.moves.truncate(moves);
        }
        emitted
    }

    fn try_block(&mut self, consts: &Consts, block: &Block, allocation: &Allocation) -> Result<Emitted, NoSlot> {
        let first = self.words.len();
        let mut scope = Scope { consts, block, slots: &allocation.slots, used: allocation.used };
        self.put(Instr::seg(0, 0, 0, 0, false, 0), block.head, block.instructions as i16);
        self.branches.clear();
        for item in &block.items {
            match *item {
                Item::Node(index) => self.node(&scope, index as usize),
                Item::Exit(index) => {
                    let exit = &block.exits[index as usize];
                    let [a, b] = exit.args.map(|value| scope.operand(value));
                    self.branches.push((self.words.len(), index));
                    let word = self.pool.word(consts, exit.op, 0, a, b);
                    self.push(word, Format::Branch, [a, b, Value::ABSENT], exit.pc);
                }
            }
        }
        let before_end = self.words.len();
        self.end(&mut scope)?;
        let path_end = self.words.len();
        for index in 0..self.branches.len() {
            let (branch, exit) = self.branches[index];
            let distance = i16::try_from(self.words.len() - branch).map_err(|_| NoSlot)?;
            self.words[branch] |= u64::from(distance as u16) << DISTANCE_SHIFT;
            self.exit(&mut scope, branch, &block.exits[exit as usize])?;
        }
        let late = block.exits.iter().any(|exit| exit.gas < block.gas);
        let used = scope.used as u8;
        self.words[first] = Instr::seg(block.gas as u16, block.need as u8, block.grow as u8, used, late, 0).encode();
        let moves = (path_end - before_end).saturating_sub(1);
        Ok(Emitted { first, path_end, moves })
    }

    /// Appends a lone JMP to the head of a program counter, or what else a request names.
    pub fn jump_to(&mut self, request: u32) {
        self.patches.push((self.words.len(), request));
        self.put(Instr::jmp(0, 0, 0), request, 0);
    }

    /// Sets the careful version of a SEG.
    pub fn set_alternative(&mut self, seg: usize, careful: usize) {
        self.words[seg] |= ((careful - seg) as u64) << (TARGET_SHIFT + 14);
    }

    /// Gives a JMP its target.
    pub fn set_target(&mut self, jump: usize, target: u32) {
        self.words[jump] |= u64::from(target) << TARGET_SHIFT;
    }

    /// Makes a JMP without target a MISS.
    pub fn set_miss(&mut self, jump: usize, request: u32) {
        self.words[jump] = self.words[jump] & !0x7f | Op::Miss as u64 | u64::from(request) << TARGET_SHIFT;
    }

    /// Makes a MISS the JMP that it stands for.
    pub fn resolve(&mut self, miss: usize, target: u32) {
        self.words[miss] = self.words[miss] & 0xffff_ff80 | Op::Jmp as u64 | u64::from(target) << TARGET_SHIFT;
    }

    /// Where a side exit without stub leads, if that is known; `None` for other requests and if the stub is there.
    pub fn lazy_target(&self, request: u32) -> Option<Option<u32>> {
        let exit = self.exits.get(request.checked_sub(FIRST_EXIT)? as usize).filter(|exit| exit.miss != 0)?;
        Some(match exit.departure.leave {
            Leave::Pc(pc) => Some(pc),
            Leave::Slot(_) => None,
        })
    }

    /// Appends the stub of a side exit that has none. Gives the words that were rewritten.
    pub fn lazy_stub(&mut self, consts: &Consts, request: u32) -> [u32; 2] {
        let exit = &mut self.exits[(request - FIRST_EXIT) as usize];
        let LazyExit { departure, branch, miss, moves: (from, to) } = *exit;
        exit.miss = 0;
        let stub = self.words.len();
        self.computed = Value::ABSENT;
        self.ordered.clear();
        moves::resolve(&self.moves[from as usize..to as usize], departure.temp, &mut self.ordered);
        self.depart(consts, departure);
        self.resolve(miss as usize, stub as u32);
        // Near enough, the branch leads there at once.
        if let Ok(distance) = i16::try_from(stub - branch as usize) {
            let word = &mut self.words[branch as usize];
            *word = (*word & ((1 << DISTANCE_SHIFT) - 1)) | u64::from(distance as u16) << DISTANCE_SHIFT;
        }
        [branch, miss]
    }

    #[inline]
    fn put(&mut self, word: Instr, pc: u32, instructions: i16) {
        self.words.push(word.encode());
        self.profile.push(Profile { evm_pc: pc as u16, evm_instructions: instructions });
        self.computed = Value::ABSENT;
    }

    /// Appends a word; it issues late if it reads what the word before computes.
    #[inline]
    fn push(&mut self, mut word: Instr, format: Format, sources: [Value; 3], pc: u32) {
        word.bubble = self.computed != Value::ABSENT && sources.contains(&self.computed);
        self.put(word, pc, 0);
        if matches!(format, Format::DstAb | Format::DstA) {
            self.computed = Value::Entry(word.dst.into());
        }
    }

    fn node(&mut self, scope: &Scope<'_>, index: usize) {
        let node = &scope.block.nodes[index];
        let Node { op, format, field, pc, gas, .. } = *node;
        let dst = if node.result { scope.slots[index] } else { 0 };
        let arity = usize::from(node.arity);
        let operand = |i: usize| if i < arity { scope.operand(node.args[i]) } else { Value::ABSENT };
        let sources = [operand(0), operand(1), operand(2)];
        let [a, b, c] = sources;
        let mut word = self.pool.word(scope.consts, op, dst, a, b);
        match format {
            Format::DstAbc => {
                word.imm = match c {
                    Value::Entry(slot) => slot as u32 & 0x7f,
                    Value::Small(constant) => 1 << 15 | self.pool.small(constant) as u32 & 0x7fff,
                    Value::Const(constant) => 1 << 15 | self.pool.index(scope.consts.get(constant)) as u32 & 0x7fff,
                    _ => 0,
                };
            }
            Format::SrcAb => word.dst = scope.slot(node.args[2]),
            Format::Get => word.imm = u32::from(field),
            Format::Gas | Format::Trap => word.imm |= (scope.block.gas - gas) << 16,
            Format::Log => word.dst = field as i8,
            // The field is unsigned; an instruction holds it sign-extended.
            Format::SetEnv | Format::SetEnv2 => word.dst = (field << 1) as i8 >> 1,
            _ => {}
        }
        self.push(word, format, sources, pc);
    }

    fn end(&mut self, scope: &mut Scope<'_>) -> Result<(), NoSlot> {
        let pc = scope.block.end_pc;
        match scope.block.end {
            End::Stop => self.put(Instr::new(Op::Stop, 0, 0, 0), pc, 0),
            End::Halt(halt) => self.put(halt_word(halt), pc, 0),
            End::Output(op, a, b) => {
                let (a, b) = (scope.operand(a), scope.operand(b));
                let word = self.pool.word(scope.consts, op, 0, a, b);
                self.push(word, Format::Ab, [a, b, Value::ABSENT], pc);
            }
            End::Ended => {}
            End::Jump(_, Target::Bad) => self.put(halt_word(Halt::BadJump), pc, 0),
            End::Jump(stack, target) => {
                let from = self.moves.len();
                let departure = self.departure(scope, stack, target, from)?;
                moves::resolve(&self.moves[from..], departure.temp, &mut self.ordered);
                self.moves.truncate(from);
                self.depart(scope.consts, Departure { pc: pc as u16, ..departure });
            }
        }
        Ok(())
    }

    /// A side exit's words.
    fn exit(&mut self, scope: &mut Scope<'_>, branch: usize, exit: &Exit) -> Result<(), NoSlot> {
        // The word before a stub is not the one that runs before it.
        self.computed = Value::ABSENT;
        let instructions = (exit.instructions as i32 - scope.block.instructions as i32) as i16;
        if exit.target == Target::Bad {
            self.put(halt_word(Halt::BadJump), exit.pc, instructions);
            return Ok(());
        }
        let from = self.moves.len();
        let departure = Departure {
            refund: (scope.block.gas - exit.gas) as u16,
            pc: exit.pc as u16,
            instructions,
            ..self.departure(scope, exit.stack, exit.target, from)?
        };
        if self.lazy && self.moves.len() > from && self.exits.len() < EXITS_MAX {
            let miss = self.words.len() as u32;
            let request = FIRST_EXIT + self.exits.len() as u32;
            let moves = (from as u32, self.moves.len() as u32);
            self.exits.push(LazyExit { departure, branch: branch as u32, miss, moves });
            self.jump_to(request);
            self.profile[miss as usize].evm_pc = exit.pc as u16;
        } else {
            moves::resolve(&self.moves[from..], departure.temp, &mut self.ordered);
            self.moves.truncate(from);
            self.depart(scope.consts, departure);
        }
        Ok(())
    }

    /// Appends the moves that restore a stack to `moves`, which has `from` others, and finds the slots that they need.
    fn departure(
        &mut self,
        scope: &mut Scope<'_>,
        stack: ExitStack,
        target: Target,
        from: usize,
    ) -> Result<Departure, NoSlot> {
        let moves = &mut self.moves;
        let changed = scope.block.changed(stack).iter().map(|&(slot, value)| (slot, scope.operand(value)));
        moves.extend(changed.filter(|&(slot, operand)| operand != Value::Entry(slot.into())));
        let (mut written, mut read) = moves::extent(&moves[from..]);
        // Slots from here up hold nothing that the exit's stack needs.
        let lowest = i32::from(stack.height).max(-scope.block.need);
        let spare = |used: u128| Slots(Slots::up_from(lowest).0 & !used).lowest().ok_or(NoSlot);
        let mut leave = match target {
            Target::Pc(pc) => Leave::Pc(pc),
            Target::Dynamic(value) => Leave::Slot(scope.slot(value)),
            Target::Bad => Leave::Slot(0),
        };
        // A destination that the moves would overwrite is saved together with them.
        if let Leave::Slot(slot) = leave {
            read.0 |= Slots::one(slot).0;
            if written.contains(slot) {
                let saved = spare(written.0 | read.0)?;
                moves.push((saved, Value::Entry(slot.into())));
                written.0 |= Slots::one(saved).0;
                leave = Leave::Slot(saved);
            }
        }
        let mut temp = 0;
        if moves.len() > from {
            temp = spare(written.0 | read.0)?;
            // Only then there may be cycles.
            let names_temp = written.0 & read.0 != 0;
            let named = written.0 | if names_temp { Slots::one(temp).0 } else { 0 };
            scope.used = scope.used.max(Slots(named).highest() + 1);
        }
        scope.used = scope.used.max(i32::from(stack.height));
        Ok(Departure { leave, temp, height: stack.height, refund: 0, pc: 0, instructions: 0 })
    }

    /// Appends the moves in `ordered`, and the jump.
    fn depart(&mut self, consts: &Consts, departure: Departure) {
        let Departure { leave, height, refund, pc, instructions, .. } = departure;
        let pc = u32::from(pc);
        for index in 0..self.ordered.len() {
            let (to, operand) = self.ordered[index];
            let word = self.pool.word(consts, Op::Mov, to, operand, Value::ABSENT);
            self.push(word, Format::DstA, [operand, Value::ABSENT, Value::ABSENT], pc);
        }
        match leave {
            Leave::Pc(target) => {
                self.patches.push((self.words.len(), target));
                self.put(Instr::jmp(0, height, refund), pc, instructions);
            }
            Leave::Slot(slot) => {
                let word = Instr::new(Op::JmpDyn, height, slot, 0);
                let word = Instr { imm: u32::from(refund), ..word };
                self.push(word, Format::JumpDynamic, [Value::Entry(slot.into()), Value::ABSENT, Value::ABSENT], pc);
                if let Some(profile) = self.profile.last_mut() {
                    profile.evm_instructions = instructions;
                }
            }
        }
    }
}

fn halt_word(halt: Halt) -> Instr {
    Instr { imm: halt as u32, ..Instr::new(Op::Halt, 0, 0, 0) }
}
