//! Follows a superblock through the bytecode.

use crate::block::{Block, End, Exit, ExitStack, Target};
use crate::decode::{Class, Code, Endings};
use crate::program::{Heads, Source, Workspace};
use crate::value::{Consts, Value};
use gaslane_abi::codes::Halt;
use gaslane_abi::evm;
use gaslane_abi::isa::{Op, SEG_GAS_MAX, SLOT_MIN};

/// Highest stack growth of a path: leaves slots for temporaries.
const MAX_GROWTH: i32 = 44;
/// Greatest number of slots that the side exits of one block may restore in all.
const MAX_EXIT_MOVES: usize = 512;
/// Side exits of one path that do not end badly. A path goes on beyond each with a chance only: after so many, most of what
/// would follow is never executed.
const MAX_OPEN_EXITS: usize = 4;
/// Slots below entry.
const BELOW: usize = -(SLOT_MIN as isize) as usize;

/// How far a path goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Through fall-through, constant jumps and the likely side of JUMPI.
    Superblock,
    /// To the next jump, JUMPI, JUMPDEST or head.
    Basic,
}

/// How often a path may pass one program counter: a function that it calls twice is inlined twice, while a loop
/// that it enters soon continues at its own head.
const MAX_PASSES: u16 = 3;

/// Longest path, in EVM instructions.
pub const MAX_INSTRUCTIONS: u32 = 512;

/// How often the current path has passed each JUMPDEST: open addressing, at most half full. Other program counters
/// follow one, or the head, where paths end anyway.
#[derive(Debug)]
pub struct Visited {
    /// Path number, program counter, passes.
    places: Box<[(u32, u16, u16)]>,
    path: u32,
}

impl Visited {
    /// Nothing visited.
    pub fn new() -> Self {
        Self { places: vec![(0, 0, 0); 2 * MAX_INSTRUCTIONS as usize].into_boxed_slice(), path: 0 }
    }

    /// Begins another path.
    fn restart(&mut self) {
        self.path = self.path.wrapping_add(1);
        if self.path == 0 {
            self.places.fill((0, 0, 0));
            self.path = 1;
        }
    }

    fn place(&self, pc: usize) -> usize {
        let mut place = pc % self.places.len();
        while self.places[place].0 == self.path && usize::from(self.places[place].1) != pc {
            place = (place + 1) % self.places.len();
        }
        place
    }

    fn passes(&self, pc: usize) -> u16 {
        let (path, _, passes) = self.places[self.place(pc)];
        if path == self.path { passes } else { 0 }
    }

    fn pass(&mut self, pc: usize) {
        let passes = self.passes(pc);
        let place = self.place(pc);
        self.places[place] = (self.path, pc as u16, passes + 1);
    }

    fn exhausted(&self, pc: usize) -> bool {
        self.passes(pc) >= MAX_PASSES
    }
}

/// Symbolic stack. What a path may hold fits it; places are taken modulo its size.
#[derive(Debug)]
pub struct Stack {
    values: [Value; Self::SIZE],
    len: usize,
}

impl Stack {
    const SIZE: usize = 128;

    /// An empty stack.
    pub fn new() -> Self {
        Self { values: [Value::Env(0); Self::SIZE], len: 0 }
    }

    /// The stack at the head of a superblock.
    fn restart(&mut self) {
        for (value, slot) in self.values.iter_mut().zip(SLOT_MIN.into()..0) {
            *value = Value::Entry(slot);
        }
        self.len = BELOW;
    }

    /// Pushes an item.
    #[inline]
    pub fn push(&mut self, value: Value) {
        self.values[self.len % Self::SIZE] = value;
        self.len += 1;
    }

    /// Pops the topmost items, the top first.
    #[inline]
    pub fn pop<const N: usize>(&mut self) -> [Value; N] {
        std::array::from_fn(|_| {
            self.len = self.len.wrapping_sub(1);
            self.values[self.len % Self::SIZE]
        })
    }

    /// DUPn.
    #[inline]
    pub fn duplicate(&mut self, n: u8) {
        self.push(self.values[self.len.wrapping_sub(n.into()) % Self::SIZE]);
    }

    /// SWAPn.
    #[inline]
    pub fn swap(&mut self, n: u8) {
        let top = self.len.wrapping_sub(1);
        self.values.swap(top % Self::SIZE, top.wrapping_sub(n.into()) % Self::SIZE);
    }

    /// Replaces a value wherever it is.
    pub fn replace(&mut self, old: Value, new: Value) {
        self.values[..self.len].iter_mut().filter(|value| **value == old).for_each(|value| *value = new);
    }

    /// Whether it holds a value.
    pub fn contains(&self, value: Value) -> bool {
        self.values[..self.len].contains(&value)
    }

    /// Items above those below entry.
    fn height(&self) -> i32 {
        self.len as i32 - BELOW as i32
    }
}

const _: () = assert!(Stack::SIZE > BELOW + MAX_GROWTH as usize + 2);

/// Symbolic execution of one path.
pub struct Tracer<'a> {
    /// The code.
    pub code: &'a Code,
    /// Constants of the translation.
    pub consts: &'a mut Consts,
    /// The block so far.
    pub block: &'a mut Block,
    /// Stack; the first [`BELOW`] items are the slots below entry.
    pub stack: &'a mut Stack,
    /// Program counter of the current instruction.
    pub pc: usize,
    endings: &'a mut Endings,
    visited: &'a mut Visited,
    heads: &'a Heads,
    /// Side exits so far that do not end badly.
    open_exits: usize,
}

/// What follows a JUMP or JUMPI.
enum Flow {
    Continue(usize),
    End(End),
}

/// Follows the path from a head for at most `limit` instructions.
pub fn trace(program: Source<'_>, workspace: &mut Workspace, head: usize, reach: Reach, limit: u32) {
    let Source { code, consts, endings, heads } = program;
    let Workspace { block, stack, visited, .. } = workspace;
    block.restart(head as u32);
    visited.restart();
    stack.restart();
    let mut tracer = Tracer { code, consts, block, stack, pc: head, endings, visited, heads, open_exits: 0 };
    let end = tracer.run(reach, limit.min(MAX_INSTRUCTIONS));
    block.end = end;
    block.drop_dead();
}

impl Tracer<'_> {
    /// The stack as an exit finds it.
    fn exit_stack(&mut self) -> ExitStack {
        let lowest = BELOW - self.block.need as usize;
        self.block.exit_stack(self.stack.values.get(lowest..self.stack.len).unwrap_or_default())
    }

    fn continue_at(&mut self, pc: usize) -> End {
        End::Jump(self.exit_stack(), Target::Pc(pc as u32))
    }

    fn run(&mut self, reach: Reach, mut limit: u32) -> End {
        let code = self.code;
        let head = self.pc;
        // A constant EXP adds up to 32 bytes' worth to its static gas.
        let exp_gas = 32 * code.fork.rules().exp_byte_gas as u32;
        let mut exit_moves = 0;
        loop {
            let pc = self.pc;
            let byte = code.byte(pc);
            let first = self.block.instructions == 0;
            if !first
                && (self.block.instructions >= limit
                    || pc == head
                    || (byte == evm::JUMPDEST && (reach == Reach::Basic || self.visited.exhausted(pc)))
                    || (reach == Reach::Basic && self.heads.word(pc as u32).is_some()))
            {
                return self.continue_at(pc);
            }
            let Some(info) = code.info_of(byte) else {
                self.retire(0);
                return End::Halt(Halt::BadOpcode);
            };
            let height = self.stack.height() - i32::from(info.inputs);
            let need = self.block.need.max(-height);
            let grow = self.block.grow.max(height + i32::from(info.outputs));
            let gas = self.block.gas + u32::from(info.gas);
            let most_gas = gas + if byte == evm::EXP { exp_gas } else { 0 };
            if !first && (need > BELOW as i32 || grow > MAX_GROWTH || u64::from(most_gas) > SEG_GAS_MAX) {
                return self.continue_at(pc);
            }
            (self.block.need, self.block.grow) = (need, grow);
            self.retire(u32::from(info.gas));
            let flow = match info.class {
                Class::Push => {
                    let value = code.push(pc, info.arg, self.consts);
                    self.stack.push(value);
                    self.pc = code.after(pc, info.arg);
                    continue;
                }
                Class::Dup => {
                    self.stack.duplicate(info.arg);
                    self.pc = pc + 1;
                    continue;
                }
                Class::Swap => {
                    self.stack.swap(info.arg);
                    self.pc = pc + 1;
                    continue;
                }
                Class::Pop => {
                    self.stack.pop::<1>();
                    self.pc = pc + 1;
                    continue;
                }
                Class::Jumpdest => {
                    self.visited.pass(pc);
                    self.pc = pc + 1;
                    continue;
                }
                Class::Jump => self.jump(reach),
                Class::Branch => {
                    let flow = self.branch(head, reach);
                    exit_moves += self.block.exits.last().map_or(0, |exit| exit.stack.changes());
                    if exit_moves > MAX_EXIT_MOVES || self.open_exits >= MAX_OPEN_EXITS {
                        limit = 0;
                    }
                    flow
                }
                Class::Other => match byte {
                    evm::STOP => Flow::End(End::Stop),
                    evm::RETURN | evm::REVERT => {
                        let [offset, len] = self.stack.pop();
                        let op = if byte == evm::RETURN { Op::Return } else { Op::Revert };
                        Flow::End(self.output(op, offset, len))
                    }
                    evm::INVALID => Flow::End(End::Halt(Halt::BadOpcode)),
                    evm::SELFDESTRUCT => {
                        self.selfdestruct();
                        Flow::End(End::Ended)
                    }
                    _ => {
                        self.rare(byte);
                        Flow::Continue(pc + 1)
                    }
                },
                _ => {
                    self.step(info);
                    self.pc = pc + 1;
                    continue;
                }
            };
            match flow {
                Flow::Continue(next) => self.pc = next,
                Flow::End(end) => return end,
            }
        }
    }

    /// Counts the current instruction.
    #[inline]
    fn retire(&mut self, gas: u32) {
        self.block.gas += gas;
        self.block.instructions += 1;
        self.block.end_pc = self.pc as u32;
        if let Some(path) = &mut self.block.path {
            path.push(self.pc as u32);
        }
    }

    fn output(&mut self, op: Op, offset: Value, len: Value) -> End {
        let pc = self.pc as u32;
        let fits = offset.in_slot() || len.in_slot() || (offset.is_short() && len.is_short());
        let len = if fits { len } else { self.block.in_slot(len, pc) };
        End::Output(op, offset, len)
    }

    fn selfdestruct(&mut self) {
        let [heir] = self.stack.pop();
        let pc = self.pc as u32;
        self.block.ordered(Op::Selfdestruct, crate::block::Kind::Effect, 0, &[heir], pc);
    }

    /// Where a jump to a value leads.
    fn target(&mut self, value: Value) -> Target {
        match value {
            Value::Small(pc) if self.code.jumpdests.contains(pc as usize) => Target::Pc(pc),
            Value::Small(_) | Value::Const(_) => Target::Bad,
            _ => Target::Dynamic(self.block.in_slot(value, self.pc as u32)),
        }
    }

    fn jump(&mut self, reach: Reach) -> Flow {
        let [value] = self.stack.pop();
        match self.target(value) {
            Target::Pc(pc) if reach == Reach::Superblock => Flow::Continue(pc as usize),
            Target::Bad => Flow::End(End::Halt(Halt::BadJump)),
            target => Flow::End(End::Jump(self.exit_stack(), target)),
        }
    }

    fn branch(&mut self, head: usize, reach: Reach) -> Flow {
        let [value, condition] = self.stack.pop();
        let next = self.code.next(self.pc);
        let onward = |tracer: &mut Self, target: Target| match (target, reach) {
            (Target::Pc(pc), Reach::Superblock) => Flow::Continue(pc as usize),
            (Target::Bad, _) => Flow::End(End::Halt(Halt::BadJump)),
            (target, _) => Flow::End(End::Jump(tracer.exit_stack(), target)),
        };
        let fall_through = Target::Pc(next as u32);
        if let Some(constant) = self.consts.constant(condition) {
            let target = if constant.is_zero() { fall_through } else { self.target(value) };
            return onward(self, target);
        }
        let target = self.target(value);
        let (op, args) = self.comparison(condition);
        let follow_taken = reach == Reach::Superblock
            && match target {
                Target::Pc(pc) => {
                    let pc = pc as usize;
                    pc == head
                        || (!self.visited.exhausted(pc)
                            && self.endings.ends_badly(self.code, next)
                            && !self.endings.ends_badly(self.code, pc))
                }
                _ => false,
            };
        let (op, side, main) =
            if follow_taken { (inverse(op), fall_through, target) } else { (op, target, fall_through) };
        let exit = Exit {
            op,
            args,
            stack: self.exit_stack(),
            target: side,
            pc: self.pc as u32,
            gas: self.block.gas,
            instructions: self.block.instructions,
        };
        self.block.exit(exit);
        self.open_exits += usize::from(match side {
            Target::Pc(pc) => !self.endings.ends_badly(self.code, pc as usize),
            Target::Dynamic(_) => true,
            Target::Bad => false,
        });
        onward(self, main)
    }

    /// The comparison that holds if a JUMPI on this condition is taken.
    fn comparison(&mut self, condition: Value) -> (Op, [Value; 2]) {
        let mut value = condition;
        let mut taken_if_zero = false;
        let changing = Value::RETURNDATA_SIZE;
        // A comparison with a word that calls may have changed since stays where it was.
        while let Some(node) = self.block.node(value).filter(|node| !node.args().contains(&changing)) {
            let args = [node.args[0], node.args[1]];
            let op = match node.op {
                Op::Iszero => {
                    value = args[0];
                    taken_if_zero = !taken_if_zero;
                    continue;
                }
                Op::Lt => Op::Blt,
                Op::Slt => Op::Bslt,
                Op::Eq => Op::Beq,
                Op::Sub | Op::Xor => Op::Bne,
                _ => break,
            };
            return (if taken_if_zero { inverse(op) } else { op }, args);
        }
        let zero = Value::Small(0);
        (if taken_if_zero { Op::Beq } else { Op::Bne }, [value, zero])
    }
}

/// The branch that is taken where the other is not.
fn inverse(op: Op) -> Op {
    match op {
        Op::Beq => Op::Bne,
        Op::Bne => Op::Beq,
        Op::Blt => Op::Bge,
        Op::Bge => Op::Blt,
        Op::Bslt => Op::Bsge,
        _ => Op::Bslt,
    }
}
