//! Follows a superblock through the bytecode.

use crate::block::{Block, End, Exit, ExitStack, Shared, Target};
use crate::decode::Code;
use crate::lower::static_gas;
use crate::program::Heads;
use crate::value::{Consts, Value};
use alloy_primitives::U256;
use gaslane_abi::codes::Halt;
use gaslane_abi::env;
use gaslane_abi::evm;
use gaslane_abi::isa::{Op, SEG_GAS_MAX, SLOT_MIN};

/// Highest stack growth of a path: leaves slots for temporaries.
const MAX_GROWTH: i32 = 44;
/// Greatest number of slots that the side exits of one block may restore in all.
const MAX_EXIT_MOVES: usize = 512;
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
const MAX_PASSES: u32 = 3;

/// Longest path, in EVM instructions.
pub const MAX_INSTRUCTIONS: u32 = 512;

/// How often the current path has passed each program counter: open addressing, at most half full.
struct Visited {
    /// Program counter + 1, and passes.
    slots: [(u32, u32); 2 * MAX_INSTRUCTIONS as usize],
}

impl Visited {
    fn new() -> Self {
        Self { slots: [(0, 0); 2 * MAX_INSTRUCTIONS as usize] }
    }

    fn place(&self, pc: usize) -> usize {
        let key = pc as u32 + 1;
        let mut place = pc % self.slots.len();
        while self.slots[place].0 != 0 && self.slots[place].0 != key {
            place = (place + 1) % self.slots.len();
        }
        place
    }

    fn pass(&mut self, pc: usize) {
        let place = self.place(pc);
        self.slots[place] = (pc as u32 + 1, self.slots[place].1 + 1);
    }

    fn exhausted(&self, pc: usize) -> bool {
        self.slots[self.place(pc)].1 >= MAX_PASSES
    }
}

/// Symbolic execution of one path.
pub struct Tracer<'a> {
    /// The code.
    pub code: &'a Code,
    /// Constants of the translation.
    pub consts: &'a mut Consts,
    /// The block so far.
    pub block: Block,
    /// Stack; the first [`BELOW`] items are the slots below entry.
    pub stack: Vec<Value>,
    /// Program counter of the current instruction.
    pub pc: usize,
}

/// What follows a JUMP or JUMPI.
enum Flow {
    Continue(usize),
    End(End),
}

/// Follows the path from a head for at most `limit` instructions. `shared` is empty before and after; its memory is kept.
pub fn trace<'a>(
    code: &'a Code,
    consts: &'a mut Consts,
    shared: &mut Shared,
    heads: &Heads,
    head: usize,
    reach: Reach,
    limit: u32,
) -> Block {
    let stack = (SLOT_MIN..0).map(Value::Entry).collect();
    let mut tracer = Tracer { code, consts, block: Block::new(head as u32), stack, pc: head };
    tracer.block.shared = std::mem::take(shared);
    tracer.block.end = tracer.run(&mut Visited::new(), heads, reach, limit.min(MAX_INSTRUCTIONS));
    *shared = std::mem::take(&mut tracer.block.shared);
    shared.clear();
    tracer.block.drop_dead();
    tracer.block
}

impl Tracer<'_> {
    /// The topmost items, the top first.
    pub fn pop<const N: usize>(&mut self) -> [Value; N] {
        // Heights are checked before, so the stack is never empty; any value would do.
        std::array::from_fn(|_| self.stack.pop().unwrap_or(Value::Env(0)))
    }

    fn height(&self) -> i32 {
        self.stack.len() as i32 - BELOW as i32
    }

    /// The stack as an exit finds it.
    fn exit_stack(&self) -> ExitStack {
        let height = self.height();
        let changed = (-self.block.need..height)
            .map(|slot| (slot as i8, self.stack[(slot + BELOW as i32) as usize]))
            .filter(|&(slot, value)| value != Value::Entry(slot))
            .collect();
        ExitStack { height: height as i8, changed }
    }

    fn continue_at(&self, pc: usize) -> End {
        End::Jump(self.exit_stack(), Target::Pc(pc as u32))
    }

    fn run(&mut self, visited: &mut Visited, heads: &Heads, reach: Reach, limit: u32) -> End {
        let head = self.pc;
        let mut exit_moves = 0;
        loop {
            let pc = self.pc;
            let byte = self.code.byte(pc);
            let first = self.block.instructions == 0;
            if !first {
                let leader = reach == Reach::Basic && (byte == evm::JUMPDEST || heads.contains_key(&(pc as u32)));
                if leader
                    || self.block.instructions >= limit
                    || pc == head
                    || visited.exhausted(pc)
                    || exit_moves > MAX_EXIT_MOVES
                {
                    return self.continue_at(pc);
                }
            }
            let Some(opcode) = self.code.opcode(pc) else {
                self.retire(0);
                return End::Halt(Halt::BadOpcode);
            };
            let need = self.block.need.max(i32::from(opcode.inputs) - self.height());
            let grow = self.block.grow.max(self.height() - i32::from(opcode.inputs) + i32::from(opcode.outputs));
            // A constant EXP adds up to 32 bytes' worth to its static gas.
            let exp_gas = if byte == evm::EXP { 32 * self.code.fork.rules().exp_byte_gas } else { 0 };
            let gas = self.block.gas + static_gas(&opcode);
            if !first && (need > BELOW as i32 || grow > MAX_GROWTH || u64::from(gas) + exp_gas > SEG_GAS_MAX) {
                return self.continue_at(pc);
            }
            (self.block.need, self.block.grow) = (need, grow);
            visited.pass(pc);
            self.retire(static_gas(&opcode));
            let next = self.code.next(pc);
            let flow = match byte {
                evm::JUMP => self.jump(reach),
                evm::JUMPI => {
                    let flow = self.branch(visited, head, reach);
                    exit_moves += self.block.exits.last().map_or(0, |exit| exit.stack.changed.len());
                    flow
                }
                evm::STOP => Flow::End(End::Stop),
                evm::RETURN | evm::REVERT => {
                    let [offset, len] = self.pop();
                    let op = if byte == evm::RETURN { Op::Return } else { Op::Revert };
                    Flow::End(self.output(op, offset, len))
                }
                evm::INVALID => Flow::End(End::Halt(Halt::BadOpcode)),
                evm::SELFDESTRUCT => {
                    self.selfdestruct();
                    Flow::End(End::Ended)
                }
                _ => {
                    self.step(byte);
                    Flow::Continue(next)
                }
            };
            match flow {
                Flow::Continue(next) => self.pc = next,
                Flow::End(end) => return end,
            }
        }
    }

    /// Counts the current instruction.
    fn retire(&mut self, gas: u32) {
        self.block.gas += gas;
        self.block.instructions += 1;
        self.block.end_pc = self.pc as u32;
        self.block.path.push(self.pc as u32);
    }

    fn output(&mut self, op: Op, offset: Value, len: Value) -> End {
        let pc = self.pc as u32;
        let short = |value| self.consts.constant(value).is_some_and(|constant| constant.bit_len() <= 16);
        let fits = offset.in_slot() || len.in_slot() || (short(offset) && short(len));
        let len = if fits { len } else { self.block.in_slot(len, pc) };
        End::Output(op, offset, len)
    }

    fn selfdestruct(&mut self) {
        let [heir] = self.pop();
        let pc = self.pc as u32;
        self.block.ordered(self.consts, Op::Selfdestruct, crate::block::Kind::Effect, 0, &[heir], pc);
    }

    /// Where a jump to a value leads.
    fn target(&mut self, value: Value) -> Target {
        match self.consts.constant(value) {
            Some(constant) => self.code.destination(constant).map_or(Target::Bad, |pc| Target::Pc(pc as u32)),
            None => Target::Dynamic(self.block.in_slot(value, self.pc as u32)),
        }
    }

    fn jump(&mut self, reach: Reach) -> Flow {
        let [value] = self.pop();
        match self.target(value) {
            Target::Pc(pc) if reach == Reach::Superblock => Flow::Continue(pc as usize),
            Target::Bad => Flow::End(End::Halt(Halt::BadJump)),
            target => Flow::End(End::Jump(self.exit_stack(), target)),
        }
    }

    fn branch(&mut self, visited: &Visited, head: usize, reach: Reach) -> Flow {
        let [value, condition] = self.pop();
        let next = self.code.next(self.pc);
        let onward = |tracer: &Self, target: Target| match (target, reach) {
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
                    pc == head || (!visited.exhausted(pc) && self.code.ends_badly(next) && !self.code.ends_badly(pc))
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
        self.block.exit(self.consts, exit);
        onward(self, main)
    }

    /// The comparison that holds if a JUMPI on this condition is taken.
    fn comparison(&mut self, condition: Value) -> (Op, [Value; 2]) {
        let mut value = condition;
        let mut taken_if_zero = false;
        let changing = Value::Env(env::RETURNDATA_SIZE);
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
        let zero = self.consts.value(U256::ZERO);
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
