//! Statements on memory, calldata, code and return data.

use super::Generator;
use gaslane_abi::evm;

impl Generator<'_, '_> {
    pub(super) fn memory(&mut self) {
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
        if evm::lookup(op, self.environment.fork).is_none() {
            return;
        }
        // Memory that has grown costs more for every further word.
        let end = if self.random.chance(3) { 5000 } else { 300 };
        match op {
            evm::MLOAD | evm::CALLDATALOAD => self.push_small(end),
            evm::MSTORE | evm::MSTORE8 => {
                self.need(1);
                self.push_small(end);
            }
            evm::KECCAK256 => {
                let len = self.length(150);
                self.number(len);
                self.push_small(end);
            }
            evm::RETURNDATACOPY => return self.copy_return_data(),
            _ => {
                let len = self.length(100);
                self.number(len);
                self.push_small(200);
                self.push_small(end);
            }
        }
        self.simple(op);
    }

    /// RETURNDATACOPY: all of it, a part, or more than there is, which halts.
    pub(super) fn copy_return_data(&mut self) {
        match self.random.below(10) {
            0..=3 => {
                self.code.op(evm::RETURNDATASIZE);
                self.depth += 1;
                self.number(0);
            }
            // The end exactly, and nothing from it.
            4 => {
                self.number(0);
                self.code.op(evm::RETURNDATASIZE);
                self.depth += 1;
            }
            5 if self.random.chance(30) => {
                self.number(1);
                self.code.op(evm::RETURNDATASIZE);
                self.depth += 1;
            }
            6 if self.random.chance(30) => {
                let (len, offset) = (self.random.word(), self.random.word());
                self.push(len);
                self.push(offset);
            }
            _ => {
                let below = if self.random.chance(90) { 1 } else { 70 };
                self.push_small(below);
                self.number(0);
            }
        }
        self.push_small(300);
        self.simple(evm::RETURNDATACOPY);
    }
}
