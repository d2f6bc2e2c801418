//! A superblock as operations on values: nodes, side exits and the end.

use crate::fold;
use crate::value::{Consts, Value};
use gaslane_abi::env;
use gaslane_abi::isa::{Format, Op};
use rustc_hash::FxHashMap;

/// How freely a node may be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Depends on its operands alone: may be shared, dropped and moved.
    Pure,
    /// Reads what other words change: keeps its place, may be dropped.
    Ordered,
    /// Has effects or charges gas: keeps its place.
    Effect,
}

/// One future word.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Operation.
    pub op: Op,
    /// Raw `dst` field where it is not a slot (topic count, environment index), or GET's field number.
    pub field: u8,
    /// Operands a, b and the third source, as far as the format has them.
    pub args: [Value; 3],
    /// Number of operands.
    pub arity: u8,
    /// Whether there is a result.
    pub result: bool,
    /// How freely it may be treated.
    pub kind: Kind,
    /// EVM program counter.
    pub pc: u32,
    /// Static gas of the path up to and including the node's EVM instruction.
    pub gas: u32,
}

impl Node {
    /// Operands.
    pub fn args(&self) -> &[Value] {
        &self.args[..self.arity as usize]
    }
}

/// EVM stack where the block is left: what differs from entry.
#[derive(Clone, Debug, Default)]
pub struct ExitStack {
    /// Height relative to entry; slots from here up hold nothing.
    pub height: i8,
    /// Slots below the height whose value is not the one they had on entry.
    pub changed: Vec<(i8, Value)>,
}

/// Where an exit leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Head of this EVM program counter.
    Pc(u32),
    /// Program counter in a slot.
    Dynamic(Value),
    /// No JUMPDEST: exceptional halt.
    Bad,
}

/// A side exit: taken if the comparison holds.
#[derive(Clone, Debug)]
pub struct Exit {
    /// Branch operation.
    pub op: Op,
    /// Compared values.
    pub args: [Value; 2],
    /// Stack there.
    pub stack: ExitStack,
    /// Where it leads.
    pub target: Target,
    /// EVM program counter of the JUMPI.
    pub pc: u32,
    /// Static gas of the path up to and including the JUMPI.
    pub gas: u32,
    /// EVM instructions of the path up to and including the JUMPI.
    pub instructions: u32,
}

/// How the path ends.
#[derive(Clone, Debug)]
pub enum End {
    /// Continues elsewhere.
    Jump(ExitStack, Target),
    /// STOP.
    Stop,
    /// RETURN or REVERT with offset and length.
    Output(Op, Value, Value),
    /// Exceptional halt.
    Halt(gaslane_abi::codes::Halt),
    /// The last node ends the frame.
    Ended,
}

/// Position in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// Node of that index.
    Node(u32),
    /// Side exit of that index.
    Exit(u32),
}

/// A superblock.
#[derive(Debug)]
pub struct Block {
    /// EVM program counter of the head.
    pub head: u32,
    /// Nodes; results refer to them by index.
    pub nodes: Vec<Node>,
    /// Side exits.
    pub exits: Vec<Exit>,
    /// Nodes and side exits in order.
    pub items: Vec<Item>,
    /// How the path ends.
    pub end: End,
    /// EVM program counter of the last instruction of the path.
    pub end_pc: u32,
    /// Items needed below entry.
    pub need: i32,
    /// Greatest growth above entry.
    pub grow: i32,
    /// Items needed and growth up to the first side exit.
    pub first_exit: Option<(i32, i32)>,
    /// Static gas of the path.
    pub gas: u32,
    /// EVM instructions of the path.
    pub instructions: u32,
    /// Program counters of the path, for listings.
    pub path: Vec<u32>,
    /// Pure nodes by operation and operands.
    pub shared: Shared,
}

/// Pure nodes by operation and operands.
pub type Shared = FxHashMap<(Op, [Value; 2]), u32>;

const NOTHING: Value = Value::Env(u8::MAX);

impl Block {
    /// An empty block.
    pub fn new(head: u32) -> Self {
        Self {
            head,
            nodes: Vec::new(),
            exits: Vec::new(),
            items: Vec::new(),
            end: End::Stop,
            end_pc: head,
            need: 0,
            grow: 0,
            first_exit: None,
            gas: 0,
            instructions: 0,
            path: Vec::new(),
            shared: FxHashMap::default(),
        }
    }

    /// Appends a node whose operands already suit its format.
    fn push(&mut self, op: Op, kind: Kind, field: u8, args: &[Value], result: bool, pc: u32) -> Value {
        let index = self.nodes.len() as u32;
        let mut all = [NOTHING; 3];
        all[..args.len()].copy_from_slice(args);
        self.nodes.push(Node { op, field, args: all, arity: args.len() as u8, result, kind, pc, gas: self.gas });
        self.items.push(Item::Node(index));
        Value::Node(index)
    }

    /// A copy of the value in a slot.
    pub fn in_slot(&mut self, value: Value, pc: u32) -> Value {
        if value.in_slot() {
            return value;
        }
        self.shared_node(Op::Mov, &[value], pc)
    }

    /// A pure node, or the equal one that exists already.
    fn shared_node(&mut self, op: Op, args: &[Value], pc: u32) -> Value {
        // A word that calls change is not the same value at two places.
        if args.contains(&Value::Env(env::RETURNDATA_SIZE)) {
            return self.push(op, Kind::Ordered, 0, args, true, pc);
        }
        let key = (op, [args[0], args.get(1).copied().unwrap_or(NOTHING)]);
        if let Some(&index) = self.shared.get(&key) {
            return Value::Node(index);
        }
        let value = self.push(op, Kind::Pure, 0, args, true, pc);
        self.shared.insert(key, self.nodes.len() as u32 - 1);
        value
    }

    /// Makes two operands suit one word: at most one is not a slot, or both are short constants in a wide word.
    fn suit(&mut self, consts: &Consts, a: &mut Value, b: &mut Value, split: bool, pc: u32) {
        if a.in_slot() || b.in_slot() {
            return;
        }
        let short = |value| consts.constant(value).is_some_and(|constant| constant.bit_len() <= 16);
        match (*a, *b) {
            (Value::Const(_), Value::Const(_)) if !split && short(*a) && short(*b) => {}
            (Value::Const(_), Value::Const(_)) if !short(*a) && short(*b) => *a = self.in_slot(*a, pc),
            // A constant operand costs nothing and an environment word is likelier to be wanted again.
            (Value::Env(_), Value::Const(_)) => *a = self.in_slot(*a, pc),
            _ => *b = self.in_slot(*b, pc),
        }
    }

    /// A pure operation: simplified, shared, or a new node.
    pub fn pure(&mut self, consts: &mut Consts, op: Op, mut a: Value, mut b: Value, pc: u32) -> Value {
        if commutative(op) && (matches!(a, Value::Const(_)) || (a > b && !matches!(b, Value::Const(_)))) {
            std::mem::swap(&mut a, &mut b);
        }
        if let Some(value) = fold::binary(self, consts, op, a, b, pc) {
            return value;
        }
        self.suit(consts, &mut a, &mut b, false, pc);
        self.shared_node(op, &[a, b], pc)
    }

    /// A pure operation of one operand.
    pub fn pure_unary(&mut self, consts: &mut Consts, op: Op, a: Value, pc: u32) -> Value {
        if let Some(value) = fold::unary(self, consts, op, a, pc) {
            return value;
        }
        self.shared_node(op, &[a], pc)
    }

    /// ADDMOD or MULMOD.
    pub fn modular(&mut self, consts: &mut Consts, op: Op, a: Value, b: Value, mut c: Value, pc: u32) -> Value {
        if let Some(value) = fold::modular(consts, op, a, b, c) {
            return value;
        }
        let (a, b) = (self.in_slot(a, pc), self.in_slot(b, pc));
        // The word has 15 bits for a pool index.
        if matches!(c, Value::Env(_)) || consts.len() > 0x7fff {
            c = self.in_slot(c, pc);
        }
        self.push(op, Kind::Pure, 0, &[a, b, c], true, pc)
    }

    /// A node that keeps its place. `args` are in the format's order: a, b, then the third source.
    pub fn ordered(&mut self, consts: &Consts, op: Op, kind: Kind, field: u8, args: &[Value], pc: u32) -> Value {
        let mut args = <[Value; 3]>::from(match *args {
            [] => (NOTHING, NOTHING, NOTHING),
            [a] => (a, NOTHING, NOTHING),
            [a, b] => (a, b, NOTHING),
            [a, b, c, ..] => (a, b, c),
        });
        let (format, arity) = (op.format(), arity(op));
        if arity >= 2 {
            let [mut a, mut b, _] = args;
            self.suit(consts, &mut a, &mut b, op.split(), pc);
            (args[0], args[1]) = (a, b);
        }
        match format {
            Format::SrcAb => args[2] = self.in_slot(args[2], pc),
            Format::Get => args[0] = self.in_slot(args[0], pc),
            _ => {}
        }
        let result =
            matches!(format, Format::DstAb | Format::DstA | Format::Dst | Format::Gas | Format::Get | Format::Trap)
                && !matches!(op, Op::Sstore | Op::Selfdestruct);
        self.push(op, kind, field, &args[..arity], result, pc)
    }

    /// A side exit at the current place.
    pub fn exit(&mut self, consts: &Consts, mut exit: Exit) {
        let [mut a, mut b] = exit.args;
        self.suit(consts, &mut a, &mut b, true, exit.pc);
        exit.args = [a, b];
        self.first_exit.get_or_insert((self.need, self.grow));
        self.items.push(Item::Exit(self.exits.len() as u32));
        self.exits.push(exit);
    }

    /// The node of a value.
    pub fn node(&self, value: Value) -> Option<&Node> {
        match value {
            Value::Node(index) => Some(&self.nodes[index as usize]),
            _ => None,
        }
    }

    /// Drops items without effect whose result nothing uses.
    pub fn drop_dead(&mut self) {
        let mut live = vec![false; self.nodes.len()];
        let mark = |live: &mut Vec<bool>, value: Value| {
            if let Value::Node(index) = value {
                live[index as usize] = true;
            }
        };
        self.end.values().for_each(|value| mark(&mut live, value));
        let mut items = std::mem::take(&mut self.items);
        items.reverse();
        items.retain(|item| match *item {
            Item::Exit(index) => {
                self.exits[index as usize].values().for_each(|value| mark(&mut live, value));
                true
            }
            Item::Node(index) => {
                let node = &self.nodes[index as usize];
                let keep = node.kind == Kind::Effect || live[index as usize];
                if keep {
                    node.args().iter().for_each(|&value| mark(&mut live, value));
                }
                keep
            }
        });
        items.reverse();
        self.items = items;
    }
}

impl ExitStack {
    fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.changed.iter().map(|&(_, value)| value)
    }
}

impl Target {
    /// The value that the target depends on.
    pub fn value(self) -> Option<Value> {
        match self {
            Self::Dynamic(value) => Some(value),
            _ => None,
        }
    }
}

impl Exit {
    /// Values that the exit needs: compared, on the stack, as target.
    pub fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.args.into_iter().chain(self.stack.values()).chain(self.target.value())
    }
}

impl End {
    /// Values that the end needs.
    pub fn values(&self) -> Box<dyn Iterator<Item = Value> + '_> {
        match self {
            Self::Jump(stack, target) => Box::new(stack.values().chain(target.value())),
            Self::Output(_, a, b) => Box::new([*a, *b].into_iter()),
            _ => Box::new(std::iter::empty()),
        }
    }

    /// Stack to restore, if any.
    pub fn stack(&self) -> Option<&ExitStack> {
        match self {
            Self::Jump(stack, _) => Some(stack),
            _ => None,
        }
    }
}

fn commutative(op: Op) -> bool {
    matches!(op, Op::Add | Op::Mul | Op::And | Op::Or | Op::Xor | Op::Eq)
}

/// Number of operands of an operation that programs use.
pub fn arity(op: Op) -> usize {
    match op.format() {
        Format::DstAbc | Format::SrcAb => 3,
        Format::Trap if op == Op::Selfdestruct => 1,
        Format::Ab | Format::DstAb | Format::Branch | Format::Trap | Format::Log | Format::SetEnv2 => 2,
        Format::A | Format::DstA | Format::Get | Format::SetEnv | Format::JumpDynamic => 1,
        _ => 0,
    }
}
