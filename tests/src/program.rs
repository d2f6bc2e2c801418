//! Random EVM programs: valid in stack use most of the time, with loops, internal calls, calls to other
//! contracts, storage, logs, and now and then something that halts.

use crate::random::Random;
use alloy_primitives::{Address, U256};
use gaslane_abi::evm;
use gaslane_abi::fork::Fork;

/// Bytecode under construction, with labels.
#[derive(Default)]
struct Code {
    bytes: Vec<u8>,
    /// Places of two-byte label references.
    references: Vec<(usize, usize)>,
    labels: Vec<Option<usize>>,
}

impl Code {
    fn op(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    fn push(&mut self, value: U256) {
        let len = value.byte_len().max(1);
        self.op(evm::PUSH0 + len as u8);
        self.bytes.extend_from_slice(&value.to_be_bytes::<32>()[32 - len..]);
    }

    fn number(&mut self, value: u64) {
        self.push(U256::from(value));
    }

    fn label(&mut self) -> usize {
        self.labels.push(None);
        self.labels.len() - 1
    }

    fn push_label(&mut self, label: usize) {
        self.op(evm::PUSH1 + 1);
        self.references.push((self.bytes.len(), label));
        self.bytes.extend_from_slice(&[0, 0]);
    }

    fn place(&mut self, label: usize) {
        self.labels[label] = Some(self.bytes.len());
        self.op(evm::JUMPDEST);
    }

    fn finish(mut self) -> Vec<u8> {
        for (at, label) in self.references {
            let target = self.labels[label].unwrap_or(0xffff);
            self.bytes[at..at + 2].copy_from_slice(&(target as u16).to_be_bytes());
        }
        self.bytes
    }
}

/// What a program may use.
pub struct Environment<'a> {
    /// Rules.
    pub fork: Fork,
    /// Accounts that it calls, looks at and pays.
    pub addresses: &'a [Address],
}

struct Generator<'a, 'r> {
    code: Code,
    random: &'r mut Random,
    environment: &'a Environment<'a>,
    /// Items on the stack, as far as known.
    depth: usize,
    /// Nested constructs.
    nesting: usize,
    /// Internal functions: label, items taken, items given back.
    functions: Vec<(usize, usize, usize)>,
}

const BINARY: &[u8] = &[
    evm::ADD,
    evm::MUL,
    evm::SUB,
    evm::DIV,
    evm::SDIV,
    evm::MOD,
    evm::SMOD,
    evm::SIGNEXTEND,
    evm::LT,
    evm::GT,
    evm::SLT,
    evm::SGT,
    evm::EQ,
    evm::AND,
    evm::OR,
    evm::XOR,
    evm::BYTE,
    evm::SHL,
    evm::SHR,
    evm::SAR,
];
const NULLARY: &[u8] = &[
    evm::ADDRESS,
    evm::ORIGIN,
    evm::CALLER,
    evm::CALLVALUE,
    evm::CALLDATASIZE,
    evm::CODESIZE,
    evm::GASPRICE,
    evm::RETURNDATASIZE,
    evm::COINBASE,
    evm::TIMESTAMP,
    evm::NUMBER,
    evm::PREVRANDAO,
    evm::GASLIMIT,
    evm::CHAINID,
    evm::SELFBALANCE,
    evm::PC,
    evm::MSIZE,
    evm::GAS,
];

impl Generator<'_, '_> {
    fn random_address(&mut self) -> U256 {
        let address = *self.random.pick(self.environment.addresses);
        U256::from_be_slice(address.as_slice())
    }

    /// Pushes until `items` are on the stack.
    fn need(&mut self, items: usize) {
        while self.depth < items {
            let value = self.random.word();
            self.code.push(value);
            self.depth += 1;
        }
    }

    fn simple(&mut self, op: u8) {
        let Some(info) = evm::lookup(op, self.environment.fork) else { return };
        self.need(info.inputs.into());
        self.code.op(op);
        self.depth = self.depth + usize::from(info.outputs) - usize::from(info.inputs);
    }

    fn push_small(&mut self, below: u64) {
        let value = self.random.below(below);
        self.code.number(value);
        self.depth += 1;
    }

    /// A length below `end`, or one that fills a small buffer.
    fn length(&mut self, end: u64) -> u64 {
        if self.random.chance(4) { 1000 + self.random.below(3000) } else { self.random.below(end) }
    }

    fn statement(&mut self) {
        match self.random.below(100) {
            0..=24 => {
                let op = *self.random.pick(BINARY);
                if self.random.chance(40) {
                    let value = self.random.word();
                    self.code.push(value);
                    self.depth += 1;
                }
                self.simple(op);
            }
            25..=29 => {
                let op = *self.random.pick(&[evm::ISZERO, evm::NOT, evm::CLZ, evm::ISZERO]);
                self.simple(op);
            }
            30 => self.simple(evm::ADDMOD),
            31 => self.simple(evm::MULMOD),
            32 => {
                self.need(1);
                self.push_small(40);
                self.code.op(evm::SWAP1);
                self.simple(evm::EXP);
            }
            33..=42 => {
                let value = self.random.word();
                self.code.push(value);
                self.depth += 1;
            }
            43..=52 => {
                let reach = self.random.below(16) as usize;
                self.need((reach % self.depth.max(1)) + 1);
                let n = reach.min(self.depth - 1);
                self.code.op(evm::DUP1 + n as u8);
                self.depth += 1;
            }
            53..=60 => {
                self.need(2);
                let n = self.random.below(16.min(self.depth as u64 - 1));
                self.code.op(evm::SWAP1 + n as u8);
            }
            61..=64 => self.simple(evm::POP),
            65..=69 => {
                let op = *self.random.pick(NULLARY);
                self.simple(op);
            }
            70..=78 => self.memory(),
            79..=86 => self.state(),
            87..=89 => self.branch(),
            90..=91 => self.repeat(),
            92..=93 => self.internal_call(),
            94..=97 => self.call(),
            98 => self.log(),
            _ => self.rare(),
        }
        if self.depth > 60 {
            for _ in 0..40 {
                self.code.op(evm::POP);
            }
            self.depth -= 40;
        }
    }

    fn memory(&mut self) {
        let op = *self.random.pick(&[
            evm::MLOAD,
            evm::MSTORE,
            evm::MSTORE,
            evm::MSTORE8,
            evm::KECCAK256,
            evm::CALLDATALOAD,
            evm::CALLDATACOPY,
            evm::CODECOPY,
            evm::RETURNDATACOPY,
            evm::MCOPY,
        ]);
        match op {
            evm::MLOAD | evm::CALLDATALOAD => self.push_small(300),
            evm::MSTORE | evm::MSTORE8 => {
                self.need(1);
                self.push_small(300);
            }
            evm::KECCAK256 => {
                self.push_small(150);
                self.push_small(300);
            }
            evm::RETURNDATACOPY => {
                let below = if self.random.chance(80) { 1 } else { 70 };
                self.push_small(below);
                self.push_small(2);
                self.push_small(300);
            }
            _ => {
                self.push_small(100);
                self.push_small(200);
                self.push_small(300);
            }
        }
        if evm::lookup(op, self.environment.fork).is_some() {
            self.simple(op);
        }
    }

    fn state(&mut self) {
        match self.random.below(12) {
            0..=3 => {
                self.push_small(4);
                self.simple(evm::SLOAD);
            }
            4..=6 => {
                if self.random.chance(50) {
                    self.push_small(3);
                }
                self.need(1);
                self.push_small(4);
                self.simple(evm::SSTORE);
            }
            7 => {
                self.need(1);
                self.push_small(3);
                self.simple(evm::TSTORE);
            }
            8 => {
                self.push_small(3);
                self.simple(evm::TLOAD);
            }
            9 => {
                let address = self.random_address();
                self.code.push(address);
                self.depth += 1;
                let op = *self.random.pick(&[evm::BALANCE, evm::EXTCODESIZE, evm::EXTCODEHASH]);
                self.simple(op);
            }
            10 => {
                self.push_small(60);
                self.push_small(40);
                self.push_small(100);
                let address = self.random_address();
                self.code.push(address);
                self.depth += 1;
                self.simple(evm::EXTCODECOPY);
            }
            _ => {
                let op = *self.random.pick(&[evm::BLOCKHASH, evm::BLOBHASH, evm::BASEFEE, evm::BLOBBASEFEE]);
                if op == evm::BLOCKHASH && self.random.chance(50) {
                    self.code.number(1);
                    self.code.op(evm::NUMBER);
                    self.code.op(evm::SUB);
                    self.depth += 1;
                }
                self.simple(op);
            }
        }
    }

    /// if (condition) { … } [else { … }], both sides leaving the stack as high as they found it.
    fn branch(&mut self) {
        if self.nesting > 3 {
            return;
        }
        self.nesting += 1;
        self.need(1);
        let skip = self.code.label();
        if self.random.chance(30) {
            self.simple(evm::ISZERO);
        }
        self.code.push_label(skip);
        self.code.op(evm::JUMPI);
        self.depth -= 1;
        let depth = self.depth;
        self.block(4);
        self.level(depth);
        if self.random.chance(30) {
            self.terminal();
        }
        if self.random.chance(40) {
            let end = self.code.label();
            self.code.push_label(end);
            self.code.op(evm::JUMP);
            self.code.place(skip);
            self.depth = depth;
            self.block(3);
            self.level(depth);
            self.code.place(end);
        } else {
            self.code.place(skip);
        }
        self.depth = depth;
        self.nesting -= 1;
    }

    /// A counted loop.
    fn repeat(&mut self) {
        if self.nesting > 2 {
            return;
        }
        self.nesting += 1;
        let count = 1 + self.random.below(5);
        self.code.number(count);
        self.depth += 1;
        let depth = self.depth;
        let head = self.code.label();
        self.code.place(head);
        self.block(3);
        self.level(depth);
        self.code.number(1);
        self.code.op(evm::SWAP1);
        self.code.op(evm::SUB);
        self.code.op(evm::DUP1);
        self.code.push_label(head);
        self.code.op(evm::JUMPI);
        self.nesting -= 1;
    }

    /// Brings the stack to `depth` items.
    fn level(&mut self, depth: usize) {
        while self.depth > depth {
            self.code.op(evm::POP);
            self.depth -= 1;
        }
        self.need(depth);
    }

    fn block(&mut self, statements: u64) {
        let count = 1 + self.random.below(statements);
        for _ in 0..count {
            self.statement();
        }
    }

    /// Calls an internal function: the return address is pushed, a jump goes there, it jumps back.
    fn internal_call(&mut self) {
        if self.functions.is_empty() {
            return;
        }
        let (label, inputs, outputs) = *self.random.pick(&self.functions);
        let back = self.code.label();
        self.need(inputs);
        // the return address lies below the arguments
        self.code.push_label(back);
        if inputs > 0 {
            self.code.op(evm::SWAP1 + inputs as u8 - 1);
        }
        self.code.push_label(label);
        self.code.op(evm::JUMP);
        self.code.place(back);
        self.depth = self.depth - inputs + outputs;
    }

    fn call(&mut self) {
        let op = *self.random.pick(&[evm::CALL, evm::CALL, evm::CALLCODE, evm::DELEGATECALL, evm::STATICCALL]);
        self.push_small(70); // output length
        self.push_small(200); // output offset
        self.push_small(70); // argument length
        self.push_small(200); // argument offset
        if matches!(op, evm::CALL | evm::CALLCODE) {
            let value = if self.random.chance(60) { 0 } else { self.random.below(200) };
            self.code.number(value);
            self.depth += 1;
        }
        let address = if self.random.chance(8) { U256::from(self.random.below(20)) } else { self.random_address() };
        self.code.push(address);
        self.depth += 1;
        if self.random.chance(50) {
            self.code.op(evm::GAS);
        } else {
            let gas = self.random.below(60_000);
            self.code.number(gas);
        }
        self.depth += 1;
        self.simple(op);
    }

    fn log(&mut self) {
        let topics = self.random.below(5) as u8;
        self.need(topics.into());
        let len = self.length(70);
        self.code.number(len);
        self.depth += 1;
        self.push_small(200);
        self.simple(evm::LOG0 + topics);
    }

    fn rare(&mut self) {
        match self.random.below(12) {
            0 => self.code.op(evm::INVALID),
            1 => {
                // Defined in some forks only, or in none.
                let bytes = [0x0c, evm::PUSH0, evm::CLZ, evm::MCOPY, evm::TLOAD, evm::BLOBBASEFEE, evm::BASEFEE, 0xfb];
                let byte = *self.random.pick(&bytes);
                self.need(3);
                self.code.op(byte);
                if let Some(info) = evm::lookup(byte, self.environment.fork) {
                    self.depth = self.depth + usize::from(info.outputs) - usize::from(info.inputs);
                }
            }
            2 => {
                self.push_small(1 << 40);
                self.simple(evm::MLOAD);
            }
            3 => {
                self.code.number(7);
                self.code.op(evm::JUMP);
            }
            4 => {
                let pops = self.depth + 1;
                for _ in 0..pops {
                    self.code.op(evm::POP);
                }
                self.depth = 0;
            }
            5 => {
                self.push_small(10);
                self.push_small(20);
                self.push_small(2);
                self.simple(evm::CREATE);
            }
            6 if self.random.chance(30) => {
                let address = self.random_address();
                self.code.push(address);
                self.code.op(evm::SELFDESTRUCT);
            }
            _ => self.terminal(),
        }
    }

    fn terminal(&mut self) {
        match self.random.below(6) {
            0 => self.code.op(evm::STOP),
            1 => {
                self.code.number(3);
                self.code.number(1);
                self.code.op(evm::REVERT);
            }
            _ => {
                let len = self.length(80);
                self.code.number(len);
                self.code.number(0);
                self.code.op(evm::RETURN);
            }
        }
    }
}

/// A random program of about `statements` statements.
pub fn program(random: &mut Random, environment: &Environment<'_>, statements: u64) -> Vec<u8> {
    let mut generator =
        Generator { code: Code::default(), random, environment, depth: 0, nesting: 0, functions: Vec::new() };
    let functions = generator.random.below(3);
    let start = generator.code.label();
    if functions > 0 {
        generator.code.push_label(start);
        generator.code.op(evm::JUMP);
    }
    for _ in 0..functions {
        let (inputs, outputs) = (generator.random.below(3) as usize, generator.random.below(3) as usize);
        let label = generator.code.label();
        generator.code.place(label);
        // stack: return address, then the arguments
        generator.depth = inputs;
        generator.nesting = 2;
        generator.block(5);
        generator.level(outputs);
        // bring the return address to the top and jump
        if outputs > 0 {
            generator.code.op(evm::SWAP1 + outputs as u8 - 1);
        }
        generator.code.op(evm::JUMP);
        generator.functions.push((label, inputs, outputs));
    }
    generator.nesting = 0;
    generator.depth = 0;
    if functions > 0 {
        generator.code.place(start);
    }
    let count = 1 + generator.random.below(statements);
    for _ in 0..count {
        generator.statement();
    }
    generator.terminal();
    generator.code.finish()
}
