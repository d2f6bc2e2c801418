//! CREATE and CREATE2, and what is done with the new contract.

use super::Generator;
use alloy_primitives::Bytes;
use gaslane_abi::evm;

/// Most bytes of init code (EIP-3860).
const INIT_BYTES_MAX: u64 = 49_152;

impl Generator<'_, '_> {
    pub(super) fn create(&mut self) {
        let op = if self.random.chance(45) { evm::CREATE2 } else { evm::CREATE };
        let (offset, len) = self.place_init();
        if op == evm::CREATE2 {
            self.push_small(2);
        }
        match len {
            Some(len) => self.number(len),
            None => self.simple(evm::CALLDATASIZE),
        }
        self.number(offset);
        if self.random.chance(60) {
            self.number(0)
        } else {
            self.value()
        }
        self.simple(op);
        self.after_create();
    }

    /// Init code in memory: its offset and length, `None` for as long as the calldata.
    fn place_init(&mut self) -> (u64, Option<u64>) {
        let at = *self.random.pick(&[0, 0, 0, 7, 64]);
        match self.random.below(16) {
            0 => (self.random.below(300), Some(self.random.below(40))),
            1 => {
                self.code.op(evm::CALLDATASIZE).number(0).number(at).op(evm::CALLDATACOPY);
                (at, None)
            }
            2 if self.random.chance(30) => {
                let len = INIT_BYTES_MAX + self.random.below(3) - 1;
                (self.random.below(2), Some(len))
            }
            _ if self.environment.inits.is_empty() => (0, Some(self.random.below(2))),
            _ => {
                let init: Bytes = self.random.pick(self.environment.inits).clone();
                self.place_bytes(&init, at);
                (at, Some(init.len() as u64))
            }
        }
    }

    /// With the address of the new contract, or 0, on the stack.
    fn after_create(&mut self) {
        match self.random.below(9) {
            // Kept for other frames, transactions and blocks.
            0..=1 => {
                self.code.op(evm::DUP1);
                self.depth += 1;
                self.push_small(4);
                self.simple(evm::SSTORE);
            }
            2..=3 => self.call_created(),
            4 => {
                self.code.op(evm::DUP1);
                self.depth += 1;
                let op = *self.random.pick(&[evm::BALANCE, evm::EXTCODESIZE, evm::EXTCODEHASH]);
                self.simple(op);
            }
            5 => self.copy_return_data(),
            6 => self.simple(evm::RETURNDATASIZE),
            _ => {}
        }
        if self.random.chance(25) {
            self.call_created();
        }
    }

    /// Calls what lies on the stack, perhaps a new contract.
    fn call_created(&mut self) {
        let op = *self.random.pick(&[evm::CALL, evm::CALL, evm::DELEGATECALL, evm::STATICCALL, evm::CALLCODE]);
        let values = usize::from(matches!(op, evm::CALL | evm::CALLCODE));
        self.need(1);
        for _ in 0..4 {
            self.push_small(40);
        }
        if values > 0 {
            self.push_small(3);
        }
        self.code.op(evm::DUP1 + 4 + values as u8);
        self.depth += 1;
        self.simple(evm::GAS);
        self.simple(op);
    }
}
