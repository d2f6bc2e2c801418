//! Statements on storage, transient storage, accounts and block values.

use super::Generator;
use gaslane_abi::evm;

impl Generator<'_, '_> {
    pub(super) fn state(&mut self) {
        match self.random.below(14) {
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
            // There and back: refunds.
            7 => {
                let slot = self.random.below(4);
                for value in [self.random.below(2), self.random.below(3)] {
                    self.number(value);
                    self.number(slot);
                    self.simple(evm::SSTORE);
                }
            }
            8 => {
                self.need(1);
                self.push_small(3);
                self.simple(evm::TSTORE);
            }
            9 => {
                self.push_small(3);
                self.simple(evm::TLOAD);
            }
            10..=11 => {
                self.account();
                let op = *self.random.pick(&[evm::BALANCE, evm::EXTCODESIZE, evm::EXTCODEHASH]);
                self.simple(op);
            }
            12 => {
                self.push_small(60);
                self.push_small(40);
                self.push_small(100);
                self.account();
                self.simple(evm::EXTCODECOPY);
            }
            _ => {
                let op = *self.random.pick(&[evm::BLOCKHASH, evm::BLOBHASH, evm::BASEFEE, evm::BLOBBASEFEE]);
                if op == evm::BLOCKHASH {
                    self.ancestor();
                }
                self.simple(op);
            }
        }
    }

    /// Pushes a block number near the edges of what BLOCKHASH knows.
    fn ancestor(&mut self) {
        let back = *self.random.pick(&[1, 1, 2, 100, 255, 256, 257, 0]);
        self.code.number(back).op(evm::NUMBER).op(evm::SUB);
        self.depth += 1;
    }
}
