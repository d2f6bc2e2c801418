//! Random EVM programs: valid in stack use most of the time, with loops, internal calls, calls to other contracts and
//! precompiles, creations, storage, logs, and now and then something that halts.

mod arithmetic;
mod calls;
mod code;
mod creates;
mod destruct;
mod flow;
mod init;
mod memory;
mod micro;
pub mod precompiles;
mod rare;
mod state;
mod theme;

use crate::random::Random;
use alloy_primitives::{Address, Bytes, U256};
pub use code::Code;
use gaslane_abi::evm;
use gaslane_abi::fork::Fork;
pub use init::init_code;
pub use micro::micro;
pub use theme::{Theme, Topic};

/// What a program may use.
#[derive(Clone, Copy)]
pub struct Environment<'a> {
    /// Rules.
    pub fork: Fork,
    /// Accounts that it calls, looks at and pays.
    pub addresses: &'a [Address],
    /// Init codes that it creates contracts from.
    pub inits: &'a [Bytes],
    /// What it does often.
    pub theme: Theme,
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

impl Generator<'_, '_> {
    fn random_address(&mut self) -> U256 {
        let address = *self.random.pick(self.environment.addresses);
        U256::from_be_slice(address.as_slice())
    }

    /// Pushes until `items` are on the stack.
    fn need(&mut self, items: usize) {
        while self.depth < items {
            let value = self.random.word();
            self.push(value);
        }
    }

    fn push(&mut self, value: U256) {
        self.code.push(value);
        self.depth += 1;
    }

    fn number(&mut self, value: u64) {
        self.push(U256::from(value));
    }

    /// An opcode with what it needs on the stack; nothing if the fork lacks it.
    fn simple(&mut self, op: u8) {
        let Some(info) = evm::lookup(op, self.environment.fork) else { return };
        self.need(info.inputs.into());
        self.code.op(op);
        self.depth = self.depth + usize::from(info.outputs) - usize::from(info.inputs);
    }

    fn push_small(&mut self, below: u64) {
        let value = self.random.below(below);
        self.number(value);
    }

    fn push_address(&mut self) {
        let address = self.random_address();
        self.push(address);
    }

    /// A length below `end`, or one that fills a small buffer.
    fn length(&mut self, end: u64) -> u64 {
        if self.random.chance(4) { 1000 + self.random.below(3000) } else { self.random.below(end) }
    }

    fn statement(&mut self) {
        match self.environment.theme.pick(self.random) {
            Topic::Arithmetic => self.arithmetic(),
            Topic::Stack => self.stack(),
            Topic::Memory => self.memory(),
            Topic::State => self.state(),
            Topic::Flow => self.flow(),
            Topic::Call => self.call(),
            Topic::Precompile => self.precompile(),
            Topic::Create => self.create(),
            Topic::Destruct => self.destruct(),
            Topic::Log => self.log(),
            Topic::Rare => self.rare(),
        }
        if self.depth > 60 {
            for _ in 0..40 {
                self.code.op(evm::POP);
            }
            self.depth -= 40;
        }
    }

    fn block(&mut self, statements: u64) {
        let count = 1 + self.random.below(statements);
        for _ in 0..count {
            self.statement();
        }
    }

    fn log(&mut self) {
        let topics = self.random.below(5) as u8;
        self.need(topics.into());
        let len = self.length(70);
        self.number(len);
        self.push_small(200);
        self.simple(evm::LOG0 + topics);
    }

    fn terminal(&mut self) {
        match self.random.below(6) {
            0 => {
                self.code.op(evm::STOP);
            }
            1 => {
                self.code.number(3).number(1).op(evm::REVERT);
            }
            _ => {
                let len = self.length(80);
                self.code.number(len).number(0).op(evm::RETURN);
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
        generator.code.push_label(start).op(evm::JUMP);
    }
    for _ in 0..functions {
        generator.function();
    }
    generator.nesting = 0;
    generator.depth = 0;
    if functions > 0 {
        generator.code.place(start);
    }
    generator.block(statements);
    generator.terminal();
    generator.code.finish()
}
