//! A superblock as operations on values: nodes, side exits and the end.

use crate::fold;
use crate::value::{Consts, Value};
use gaslane_abi::isa::{Format, Op, SLOT_MIN};

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
    /// Its format.
    pub format: Format,
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
    #[inline]
    pub fn args(&self) -> &[Value] {
        &self.args[..self.arity as usize]
    }
}

/// EVM stack where the block is left: what differs from entry. [`Block::changed`] has the slots below the height whose
/// value is not the one they had on entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExitStack {
    /// Height relative to entry; slots from here up hold nothing.
    pub height: i8,
    /// Range in the block's list of changed slots.
    start: u32,
    end: u32,
    /// The changed slots below entry, the lowest first.
    below: u64,
}

impl ExitStack {
    /// Slots below the height, of those that the block needs, that are as they were on entry; the lowest slot first.
    #[inline]
    pub fn unchanged(self, need: i32) -> u64 {
        let below = |slot: i32| 1u64.checked_shl((slot - i32::from(SLOT_MIN)) as u32).map_or(u64::MAX, |bit| bit - 1);
        below(self.height.min(0).into()) & !below(-need) & !self.below
    }

    /// Number of changed slots.
    #[inline]
    pub fn changes(self) -> usize {
        (self.end - self.start) as usize
    }
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
#[derive(Clone, Copy, Debug)]
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
#[derive(Clone, Copy, Debug)]
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

/// A superblock. Its memory serves one block after the other.
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
    /// Program counters of the path, if listings want them.
    pub path: Option<Vec<u32>>,
    /// Whether a third source may be a constant of the pool.
    pub pool_third: bool,
    changed: Vec<(i8, Value)>,
    shared: Shared,
    live: Vec<bool>,
}

/// Finds the pure node of an operation and operands. It forgets when crowded: sharing is never necessary.
#[derive(Debug)]
struct Shared {
    /// Generation and node.
    places: Box<[(u32, u32)]>,
    generation: u32,
}

impl Shared {
    const PLACES: usize = 2048;
    const PROBES: usize = 8;

    fn new() -> Self {
        Self { places: vec![(0, 0); Self::PLACES].into_boxed_slice(), generation: 0 }
    }

    fn clear(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.places.fill((0, 0));
            self.generation = 1;
        }
    }

    /// The node, or the place for a new one.
    fn find(&self, nodes: &[Node], op: Op, args: &[Value; 2]) -> Result<u32, usize> {
        let key = args[0].key().wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ (args[1].key() + ((op as u64) << 40)).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
        let first = (key >> 48) as usize;
        let mut place = first % Self::PLACES;
        for probe in 0..Self::PROBES {
            place = (first + probe) % Self::PLACES;
            let (generation, index) = self.places[place];
            if generation != self.generation {
                break;
            }
            let node = &nodes[index as usize];
            if node.op == op && node.args[..2] == *args {
                return Ok(index);
            }
        }
        Err(place)
    }
}

const NOTHING: Value = Value::Env(u32::MAX);

impl Block {
    /// An empty block.
    pub fn new() -> Self {
        Self {
            head: 0,
            nodes: Vec::new(),
            exits: Vec::new(),
            items: Vec::new(),
            end: End::Stop,
            end_pc: 0,
            need: 0,
            grow: 0,
            first_exit: None,
            gas: 0,
            instructions: 0,
            path: None,
            pool_third: true,
            changed: Vec::new(),
            shared: Shared::new(),
            live: Vec::new(),
        }
    }

    /// Empties the block for another head.
    pub fn restart(&mut self, head: u32) {
        self.head = head;
        self.nodes.clear();
        self.exits.clear();
        self.items.clear();
        self.changed.clear();
        self.shared.clear();
        self.end_pc = head;
        (self.need, self.grow, self.first_exit) = (0, 0, None);
        (self.gas, self.instructions) = (0, 0);
        if let Some(path) = &mut self.path {
            path.clear();
        }
    }

    /// Notes a stack as an exit finds it; `slots` is what each slot from −`need` up holds.
    pub fn exit_stack(&mut self, slots: &[Value]) -> ExitStack {
        let start = self.changed.len() as u32;
        let lowest = -self.need;
        let mut below = 0;
        for (slot, &value) in (lowest..).zip(slots) {
            if value != Value::Entry(slot) {
                self.changed.push((slot as i8, value));
                below |= 1u64.checked_shl((slot - i32::from(SLOT_MIN)) as u32).unwrap_or(0);
            }
        }
        ExitStack { height: (lowest + slots.len() as i32) as i8, start, end: self.changed.len() as u32, below }
    }

    /// Slots below the height whose value is not the one they had on entry, ascending.
    #[inline]
    pub fn changed(&self, stack: ExitStack) -> &[(i8, Value)] {
        &self.changed[stack.start as usize..stack.end as usize]
    }

    /// Short constants that exits leave on the stack.
    pub fn constants_left(&self) -> impl Iterator<Item = u32> {
        self.changed.iter().filter_map(|&(_, value)| match value {
            Value::Small(constant) => Some(constant),
            _ => None,
        })
    }

    /// Values that the end needs besides those on the stack.
    pub fn end_values(&self) -> [Value; 2] {
        match self.end {
            End::Jump(_, target) => [target.value(), NOTHING],
            End::Output(_, a, b) => [a, b],
            _ => [NOTHING; 2],
        }
    }

    /// Appends a node whose operands already suit its format.
    #[inline]
    fn push(&mut self, op: Op, kind: Kind, field: u8, args: &[Value], result: bool, pc: u32) -> Value {
        let index = self.nodes.len() as u32;
        let all = std::array::from_fn(|i| args.get(i).copied().unwrap_or(NOTHING));
        let format = traits(op).format;
        self.nodes.push(Node {
            op,
            format,
            field,
            args: all,
            arity: args.len() as u8,
            result,
            kind,
            pc,
            gas: self.gas,
        });
        self.items.push(Item::Node(index));
        Value::Node(index)
    }

    /// A copy of the value in a slot.
    #[inline]
    pub fn in_slot(&mut self, value: Value, pc: u32) -> Value {
        if value.in_slot() {
            return value;
        }
        self.shared_node(Op::Mov, &[value], pc)
    }

    /// A pure node, or the equal one that exists already.
    #[inline]
    fn shared_node(&mut self, op: Op, args: &[Value], pc: u32) -> Value {
        // A word that calls change is not the same value at two places.
        if args.contains(&Value::RETURNDATA_SIZE) {
            return self.push(op, Kind::Ordered, 0, args, true, pc);
        }
        let key = [args[0], args.get(1).copied().unwrap_or(NOTHING)];
        match self.shared.find(&self.nodes, op, &key) {
            Ok(index) => return Value::Node(index),
            Err(place) => self.shared.places[place] = (self.shared.generation, self.nodes.len() as u32),
        }
        self.push(op, Kind::Pure, 0, args, true, pc)
    }

    /// Makes two operands suit one word: at most one is not a slot, or both are short constants in a wide word.
    #[inline]
    fn suit(&mut self, a: &mut Value, b: &mut Value, split: bool, pc: u32) {
        if a.in_slot() || b.in_slot() {
            return;
        }
        match (*a, *b) {
            (a, b) if !split && a.is_short() && b.is_short() => {}
            (long, short) if long.is_constant() && !long.is_short() && short.is_short() => *a = self.in_slot(*a, pc),
            // A constant operand costs nothing and an environment word is likelier to be wanted again.
            (Value::Env(_), constant) if constant.is_constant() => *a = self.in_slot(*a, pc),
            _ => *b = self.in_slot(*b, pc),
        }
    }

    /// A pure operation: simplified, shared, or a new node.
    pub fn pure(&mut self, consts: &mut Consts, op: Op, mut a: Value, mut b: Value, pc: u32) -> Value {
        if commutative(op) && (a.is_constant() || (a.key() > b.key() && !b.is_constant())) {
            std::mem::swap(&mut a, &mut b);
        }
        if let Some(value) = fold::binary(self, consts, op, a, b, pc) {
            return value;
        }
        self.suit(&mut a, &mut b, false, pc);
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
        if matches!(c, Value::Env(_)) || !self.pool_third {
            c = self.in_slot(c, pc);
        }
        self.push(op, Kind::Pure, 0, &[a, b, c], true, pc)
    }

    /// A node that keeps its place. `args` are in the format's order: a, b, then the third source.
    pub fn ordered(&mut self, op: Op, kind: Kind, field: u8, args: &[Value], pc: u32) -> Value {
        let mut args: [Value; 3] = std::array::from_fn(|i| args.get(i).copied().unwrap_or(NOTHING));
        let Traits { format, arity, result, split } = *traits(op);
        if arity >= 2 {
            let [mut a, mut b, _] = args;
            self.suit(&mut a, &mut b, split, pc);
            (args[0], args[1]) = (a, b);
        }
        match format {
            Format::SrcAb => args[2] = self.in_slot(args[2], pc),
            Format::Get => args[0] = self.in_slot(args[0], pc),
            _ => {}
        }
        self.push(op, kind, field, &args[..usize::from(arity)], result, pc)
    }

    /// A side exit at the current place.
    pub fn exit(&mut self, mut exit: Exit) {
        let [mut a, mut b] = exit.args;
        self.suit(&mut a, &mut b, true, exit.pc);
        exit.args = [a, b];
        self.first_exit.get_or_insert((self.need, self.grow));
        self.items.push(Item::Exit(self.exits.len() as u32));
        self.exits.push(exit);
    }

    /// The node of a value.
    #[inline]
    pub fn node(&self, value: Value) -> Option<&Node> {
        match value {
            Value::Node(index) => Some(&self.nodes[index as usize]),
            _ => None,
        }
    }

    /// Drops items without effect whose result nothing uses.
    pub fn drop_dead(&mut self) {
        let mut live = std::mem::take(&mut self.live);
        live.clear();
        live.resize(self.nodes.len(), false);
        let mark = |live: &mut [bool], value: Value| {
            if let Value::Node(index) = value {
                live[index as usize] = true;
            }
        };
        let mark_stack = |live: &mut [bool], stack: &[(i8, Value)]| {
            for &(_, value) in stack {
                mark(live, value);
            }
        };
        self.end_values().into_iter().for_each(|value| mark(&mut live, value));
        mark_stack(&mut live, self.end.stack().map_or(&[], |stack| self.changed(stack)));
        let mut items = std::mem::take(&mut self.items);
        // What stays moves to the end.
        let mut kept = items.len();
        for position in (0..items.len()).rev() {
            let item = items[position];
            match item {
                Item::Exit(index) => {
                    let exit = &self.exits[index as usize];
                    mark(&mut live, exit.args[0]);
                    mark(&mut live, exit.args[1]);
                    mark(&mut live, exit.target.value());
                    mark_stack(&mut live, self.changed(exit.stack));
                }
                Item::Node(index) => {
                    let node = &self.nodes[index as usize];
                    if node.kind != Kind::Effect && !live[index as usize] {
                        continue;
                    }
                    node.args.into_iter().for_each(|value| mark(&mut live, value));
                }
            }
            kept -= 1;
            items[kept] = item;
        }
        items.drain(..kept);
        (self.items, self.live) = (items, live);
    }
}

impl Target {
    /// The value that the target depends on, or one that nothing provides.
    pub fn value(self) -> Value {
        match self {
            Self::Dynamic(value) => value,
            _ => NOTHING,
        }
    }
}

impl End {
    /// Stack to restore, if any.
    pub fn stack(&self) -> Option<ExitStack> {
        match self {
            Self::Jump(stack, _) => Some(*stack),
            _ => None,
        }
    }
}

fn commutative(op: Op) -> bool {
    matches!(op, Op::Add | Op::Mul | Op::And | Op::Or | Op::Xor | Op::Eq)
}

/// What a node needs to know of its operation.
#[derive(Clone, Copy, Debug)]
pub struct Traits {
    /// Format of its words.
    pub format: Format,
    /// Number of operands.
    pub arity: u8,
    /// Whether there is a result.
    pub result: bool,
    /// Whether the words are split.
    pub split: bool,
}

/// What a node needs to know of its operation.
#[inline]
pub fn traits(op: Op) -> &'static Traits {
    static ALL: [Traits; 128] = {
        let mut all = [Traits { format: Format::None, arity: 0, result: false, split: false }; 128];
        let mut index = 0;
        while index < Op::ALL.len() {
            let op = Op::ALL[index];
            let format = op.format();
            let result = matches!(
                format,
                Format::DstAb | Format::DstA | Format::DstAbc | Format::Dst | Format::Gas | Format::Get | Format::Trap
            ) && !matches!(op, Op::Sstore | Op::Selfdestruct);
            all[op as usize] = Traits { format, arity: arity(op) as u8, result, split: op.split() };
            index += 1;
        }
        all
    };
    &ALL[op as usize % 128]
}

/// Number of operands of an operation that programs use.
pub const fn arity(op: Op) -> usize {
    match op.format() {
        Format::DstAbc | Format::SrcAb => 3,
        Format::Trap if matches!(op, Op::Selfdestruct) => 1,
        Format::Ab | Format::DstAb | Format::Branch | Format::Trap | Format::Log | Format::SetEnv2 => 2,
        Format::A | Format::DstA | Format::Get | Format::SetEnv | Format::JumpDynamic => 1,
        _ => 0,
    }
}
