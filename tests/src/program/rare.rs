//! Statements that halt, most of the time.

use super::Generator;
use gaslane_abi::evm;

impl Generator<'_, '_> {
    pub(super) fn rare(&mut self) {
        match self.random.below(12) {
            0 => {
                self.code.op(evm::INVALID);
            }
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
                self.code.number(7).op(evm::JUMP);
            }
            4 => {
                for _ in 0..=self.depth {
                    self.code.op(evm::POP);
                }
                self.depth = 0;
            }
            // The stack overflows after 1024 items, or the gas ends.
            5 => {
                let head = self.code.label();
                self.code.place(head).op(evm::GAS).push_label(head).op(evm::JUMP);
            }
            _ => self.terminal(),
        }
    }
}
