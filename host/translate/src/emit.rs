//! Writes a superblock as words: SEG, body, end, then a stub per side exit.

use crate::alloc::{Allocation, NoSlot};
use crate::block::{Block, End, Exit, ExitStack, Item, Node, Target};
use crate::moves;
use crate::operand::{Operand, Pool, reads, writes};
use crate::value::{Consts, Value};
use gaslane_abi::codes::Halt;
use gaslane_abi::isa::{Format, Instr, Op, SLOT_MAX};

/// Program under construction.
#[derive(Debug, Default)]
pub struct Emitter {
    /// Words so far. Targets of `patches` are still 0.
    pub words: Vec<Instr>,
    /// EVM program counter and instructions retired, by word.
    pub notes: Vec<(u32, i32)>,
    /// JMP words that wait for the head of an EVM program counter.
    pub patches: Vec<(usize, u32)>,
    /// Constant pool.
    pub pool: Pool,
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

/// One block with what its words need.
struct Scope<'a> {
    consts: &'a Consts,
    block: &'a Block,
    slots: &'a [i8],
    used: i32,
}

impl Scope<'_> {
    fn operand(&self, value: Value) -> Operand {
        match value {
            Value::Entry(slot) => Operand::Slot(slot),
            Value::Const(index) => Operand::Const(index),
            Value::Env(word) => Operand::Env(word),
            Value::Node(node) => Operand::Slot(self.slots[node as usize]),
        }
    }

    fn slot(&self, value: Value) -> i8 {
        match self.operand(value) {
            Operand::Slot(slot) => slot,
            _ => 0,
        }
    }
}

impl Emitter {
    /// Appends a block. On failure nothing is appended.
    pub fn block(&mut self, consts: &Consts, block: &Block, allocation: &Allocation) -> Result<Emitted, NoSlot> {
        let (first, patches) = (self.words.len(), self.patches.len());
        let emitted = self.try_block(consts, block, allocation);
        if emitted.is_err() {
            self.words.truncate(first);
            self.notes.truncate(first);
            self.patches.truncate(patches);
        }
        emitted
    }

    fn try_block(&mut self, consts: &Consts, block: &Block, allocation: &Allocation) -> Result<Emitted, NoSlot> {
        let first = self.words.len();
        let mut scope = Scope { consts, block, slots: &allocation.slots, used: allocation.used };
        self.words.push(Instr::seg(0, 0, 0, 0, false, 0));
        self.notes.push((block.head, block.instructions as i32));
        let mut branches = Vec::new();
        for item in &block.items {
            match *item {
                Item::Node(index) => self.node(&scope, index as usize),
                Item::Exit(index) => {
                    let exit = &block.exits[index as usize];
                    let [a, b] = exit.args.map(|value| Some(scope.operand(value)));
                    branches.push((self.words.len(), exit));
                    let word = self.pool.word(consts, exit.op, 0, a, b);
                    self.push(word, exit.pc);
                }
            }
        }
        let before_end = self.words.len();
        self.end(&mut scope)?;
        let path_end = self.words.len();
        for (branch, exit) in branches {
            let distance = i16::try_from(self.words.len() - branch).map_err(|_| NoSlot)?;
            self.words[branch].imm |= (distance as u16 as u32) << 16;
            self.stub(&mut scope, exit)?;
        }
        let late = block.exits.iter().any(|exit| exit.gas < block.gas);
        let used = scope.used as u8;
        self.words[first] = Instr::seg(block.gas as u16, block.need as u8, block.grow as u8, used, late, 0);
        let moves = (path_end - before_end).saturating_sub(1);
        Ok(Emitted { first, path_end, moves })
    }

    /// Appends a lone JMP to the head of a program counter.
    pub fn jump_to(&mut self, pc: u32) {
        self.patches.push((self.words.len(), pc));
        self.words.push(Instr::jmp(0, 0, 0));
        self.notes.push((pc, 0));
    }

    /// Sets the careful version of a SEG.
    pub fn set_alternative(&mut self, seg: usize, careful: usize) {
        self.words[seg].imm |= ((careful - seg) as u32) << 14;
    }

    /// Appends a word; it issues late if it reads what the word before computes.
    fn push(&mut self, mut word: Instr, pc: u32) {
        word.bubble = self.words.last().is_some_and(|before| {
            matches!(before.op.format(), Format::DstAb | Format::DstA)
                && writes(before).is_some_and(|slot| reads(&word).any(|read| read == slot))
        });
        self.words.push(word);
        self.notes.push((pc, 0));
    }

    fn node(&mut self, scope: &Scope<'_>, index: usize) {
        let Node { op, field, pc, gas, .. } = scope.block.nodes[index];
        let node = &scope.block.nodes[index];
        let dst = if node.result { scope.slots[index] } else { 0 };
        let operand = |i: usize| node.args().get(i).map(|&value| scope.operand(value));
        let (a, b) = (operand(0), operand(1));
        let word = match op.format() {
            Format::DstAbc => {
                let third = match operand(2) {
                    Some(Operand::Slot(slot)) => slot as u32 & 0x7f,
                    Some(Operand::Const(constant)) => {
                        1 << 15 | self.pool.index(scope.consts.get(constant)) as u32 & 0x7fff
                    }
                    _ => 0,
                };
                let word = self.pool.word(scope.consts, op, dst, a, b);
                word.with(word.mode, third)
            }
            Format::SrcAb => {
                let third = node.args().get(2).map_or(0, |&value| scope.slot(value));
                self.pool.word(scope.consts, op, third, a, b)
            }
            Format::Get => Instr { imm: u32::from(field), ..self.pool.word(scope.consts, op, dst, a, None) },
            Format::Gas | Format::Trap => {
                let ahead = scope.block.gas - gas;
                let mut word = self.pool.word(scope.consts, op, dst, a, b);
                word.imm |= ahead << 16;
                word
            }
            Format::Log => self.pool.word(scope.consts, op, field as i8, a, b),
            Format::SetEnv | Format::SetEnv2 => {
                // The field is unsigned; an instruction holds it sign-extended.
                let mut word = self.pool.word(scope.consts, op, 0, a, b);
                word.dst = (field << 1) as i8 >> 1;
                word
            }
            _ => self.pool.word(scope.consts, op, dst, a, b),
        };
        self.push(word, pc);
    }

    fn end(&mut self, scope: &mut Scope<'_>) -> Result<(), NoSlot> {
        let pc = scope.block.end_pc;
        match &scope.block.end {
            End::Stop => self.push(Instr::new(Op::Stop, 0, 0, 0), pc),
            End::Halt(halt) => self.push(halt_word(*halt), pc),
            End::Output(op, a, b) => {
                let (a, b) = (scope.operand(*a), scope.operand(*b));
                let word = self.pool.word(scope.consts, *op, 0, Some(a), Some(b));
                self.push(word, pc);
            }
            End::Ended => {}
            End::Jump(stack, target) => self.leave(scope, stack, *target, 0, pc)?,
        }
        Ok(())
    }

    fn stub(&mut self, scope: &mut Scope<'_>, exit: &Exit) -> Result<(), NoSlot> {
        let start = self.words.len();
        self.leave(scope, &exit.stack, exit.target, (scope.block.gas - exit.gas) as u16, exit.pc)?;
        // The word before a stub is not the one that runs before it.
        self.words[start].bubble = false;
        if let Some(note) = self.notes.last_mut() {
            note.1 = exit.instructions as i32 - scope.block.instructions as i32;
        }
        Ok(())
    }

    /// Restores the stack and continues at the target.
    fn leave(
        &mut self,
        scope: &mut Scope<'_>,
        stack: &ExitStack,
        target: Target,
        refund: u16,
        pc: u32,
    ) -> Result<(), NoSlot> {
        if target == Target::Bad {
            self.push(halt_word(Halt::BadJump), pc);
            return Ok(());
        }
        let mut moves: Vec<(i8, Operand)> = stack
            .changed
            .iter()
            .map(|&(slot, value)| (slot, scope.operand(value)))
            .filter(|&(slot, operand)| operand != Operand::Slot(slot))
            .collect();
        let mut target_slot = target.value().map(|value| scope.slot(value));
        // A destination that the moves would overwrite is saved together with them.
        if let Some(slot) = target_slot
            && moves.iter().any(|&(to, _)| to == slot)
        {
            let saved = spare(scope, stack, &moves, target_slot)?;
            moves.push((saved, Operand::Slot(slot)));
            target_slot = Some(saved);
        }
        if !moves.is_empty() {
            let temp = spare(scope, stack, &moves, target_slot)?;
            for (to, operand) in moves::resolve(&moves, temp) {
                scope.used = scope.used.max(i32::from(to) + 1);
                let word = self.pool.word(scope.consts, Op::Mov, to, Some(operand), None);
                self.push(word, pc);
            }
        }
        scope.used = scope.used.max(i32::from(stack.height));
        match (target, target_slot) {
            (Target::Pc(target), _) => {
                self.patches.push((self.words.len(), target));
                self.push(Instr::jmp(0, stack.height, refund), pc);
            }
            (_, slot) => {
                let word = Instr::new(Op::JmpDyn, stack.height, slot.unwrap_or(0), 0);
                self.push(Instr { imm: u32::from(refund), ..word }, pc);
            }
        }
        Ok(())
    }
}

fn halt_word(halt: Halt) -> Instr {
    Instr { imm: halt as u32, ..Instr::new(Op::Halt, 0, 0, 0) }
}

/// A slot that neither the exit's stack nor its moves need.
fn spare(scope: &Scope<'_>, stack: &ExitStack, moves: &[(i8, Operand)], target: Option<i8>) -> Result<i8, NoSlot> {
    let lowest = stack.height.max(-scope.block.need as i8);
    (lowest..=SLOT_MAX)
        .find(|&slot| {
            Some(slot) != target && moves.iter().all(|&(to, operand)| slot != to && operand != Operand::Slot(slot))
        })
        .ok_or(NoSlot)
}
