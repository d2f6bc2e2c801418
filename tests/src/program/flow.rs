//! Branches, loops and internal calls.

use super::Generator;
use gaslane_abi::evm;

impl Generator<'_, '_> {
    pub(super) fn flow(&mut self) {
        match self.random.below(7) {
            0..=2 => self.branch(),
            3..=4 => self.repeat(),
            _ => self.internal_call(),
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
        self.code.push_label(skip).op(evm::JUMPI);
        self.depth -= 1;
        let depth = self.depth;
        self.block(4);
        self.level(depth);
        if self.random.chance(30) {
            self.terminal();
        }
        if self.random.chance(40) {
            let end = self.code.label();
            self.code.push_label(end).op(evm::JUMP).place(skip);
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
        self.number(count);
        let depth = self.depth;
        let head = self.code.label();
        self.code.place(head);
        self.block(3);
        self.level(depth);
        self.code.number(1).ops(&[evm::SWAP1, evm::SUB, evm::DUP1]).push_label(head).op(evm::JUMPI);
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

    /// Runs `body` if a random word is not zero, and keeps the height of the stack.
    pub(super) fn sometimes(&mut self, body: impl FnOnce(&mut Self)) {
        let skip = self.code.label();
        // What decides must vary between transactions.
        match self.random.below(4) {
            0 => {
                self.code.op(evm::CALLDATASIZE);
            }
            1 => {
                self.code.op(evm::CALLVALUE);
            }
            2 => {
                self.code.number(3).op(evm::GAS).op(evm::AND);
            }
            _ => {
                self.code.number(2).op(evm::SLOAD);
            }
        }
        self.code.push_label(skip).op(evm::JUMPI);
        let depth = self.depth;
        body(self);
        self.level(depth);
        self.code.place(skip);
    }

    /// A function for [`Self::internal_call`].
    pub(super) fn function(&mut self) {
        let (inputs, outputs) = (self.random.below(3) as usize, self.random.below(3) as usize);
        let label = self.code.label();
        self.code.place(label);
        // stack: return address, then the arguments
        self.depth = inputs;
        self.nesting = 2;
        self.block(5);
        self.level(outputs);
        // bring the return address to the top and jump
        if outputs > 0 {
            self.code.op(evm::SWAP1 + outputs as u8 - 1);
        }
        self.code.op(evm::JUMP);
        self.functions.push((label, inputs, outputs));
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
        self.code.push_label(label).op(evm::JUMP).place(back);
        self.depth = self.depth - inputs + outputs;
    }
}
