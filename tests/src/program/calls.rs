//! Calls of accounts and precompiles.

use super::{Generator, precompiles};
use alloy_primitives::U256;
use gaslane_abi::evm;

const CALLS: [u8; 5] = [evm::CALL, evm::CALL, evm::CALLCODE, evm::DELEGATECALL, evm::STATICCALL];

impl Generator<'_, '_> {
    /// Pushes an address: a known one, or one that only execution knows.
    pub(super) fn account(&mut self) {
        match self.random.below(20) {
            0..=11 => self.push_address(),
            12 => self.push_small(0x14),
            13 => self.simple(evm::ADDRESS),
            14 => self.simple(evm::CALLER),
            15 => {
                let op = *self.random.pick(&[evm::ORIGIN, evm::COINBASE]);
                self.simple(op);
            }
            // Perhaps a contract that was created before.
            16..=18 => {
                self.push_small(4);
                self.simple(evm::SLOAD);
            }
            _ => {
                self.need(1);
                self.code.op(evm::DUP1);
                self.depth += 1;
            }
        }
    }

    /// Pushes the value of a call or a create.
    pub(super) fn value(&mut self) {
        match self.random.below(12) {
            0..=5 => self.number(0),
            6..=8 => self.push_small(200),
            9 => self.simple(evm::SELFBALANCE),
            10 => {
                self.code.number(1).op(evm::SELFBALANCE).op(evm::ADD);
                self.depth += 1;
            }
            _ => {
                let value = self.random.word();
                self.push(value);
            }
        }
    }

    /// Pushes the gas of a call.
    fn gas(&mut self) {
        match self.random.below(10) {
            0..=4 => self.simple(evm::GAS),
            5..=6 => self.push_small(60_000),
            7 => {
                let gas = *self.random.pick(&[0, 1, 15, 18, 100, 700, 2_300, 2_301, 3_000, 9_000]);
                self.number(gas);
            }
            8 => {
                let part = 1 + self.random.below(70);
                self.code.number(part).op(evm::GAS).op(evm::DIV);
                self.depth += 1;
            }
            _ => {
                let gas = self.random.word();
                self.push(gas);
            }
        }
    }

    pub(super) fn call(&mut self) {
        let op = *self.random.pick(&CALLS);
        self.push_small(70); // output length
        self.push_small(200); // output offset
        self.push_small(70); // argument length
        self.push_small(200); // argument offset
        if matches!(op, evm::CALL | evm::CALLCODE) {
            self.value();
        }
        self.account();
        self.gas();
        self.simple(op);
        self.after_call();
    }

    /// What programs do with the result of a call.
    fn after_call(&mut self) {
        match self.random.below(8) {
            0 => self.copy_return_data(),
            1 => self.simple(evm::RETURNDATASIZE),
            2 => {
                self.push_small(4);
                self.simple(evm::SSTORE);
            }
            _ => {}
        }
    }

    pub(super) fn precompile(&mut self) {
        let number = precompiles::number(self.random);
        let input = precompiles::input(self.random, number);
        let at = self.random.below(3) * 20;
        self.place_bytes(&input, at);
        let op = *self.random.pick(&CALLS);
        let result = *self.random.pick(&[0, 32, 64, 200]);
        self.number(result);
        self.number(at);
        self.number(input.len() as u64);
        self.number(at);
        if matches!(op, evm::CALL | evm::CALLCODE) {
            if self.random.chance(75) { self.number(0) } else { self.value() }
        }
        self.number(number);
        if self.random.chance(60) {
            self.simple(evm::GAS);
        } else {
            let gas = precompiles::gas(self.random, number, &input);
            self.push(U256::from(gas));
        }
        self.simple(op);
        self.after_call();
        if self.random.chance(40) {
            self.number(at);
            self.simple(evm::MLOAD);
        }
    }

    /// Writes bytes to memory.
    pub(super) fn place_bytes(&mut self, bytes: &[u8], at: u64) {
        if bytes.len() <= 64 && self.random.chance(50) {
            for (index, chunk) in bytes.chunks(32).enumerate() {
                let mut word = [0; 32];
                word[..chunk.len()].copy_from_slice(chunk);
                self.code.push(U256::from_be_bytes(word)).number(at + 32 * index as u64).op(evm::MSTORE);
            }
        } else {
            self.code.number(bytes.len() as u64).push_data(bytes).number(at).op(evm::CODECOPY);
        }
    }
}
