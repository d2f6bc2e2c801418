//! SELFDESTRUCT.

use super::Generator;
use gaslane_abi::evm;

impl Generator<'_, '_> {
    /// Ends the frame, sometimes only under a condition.
    pub(super) fn destruct(&mut self) {
        if self.random.chance(70) && self.nesting < 4 {
            self.sometimes(Self::destruct_now);
        } else {
            self.destruct_now();
        }
    }

    fn destruct_now(&mut self) {
        match self.random.below(6) {
            0 => self.simple(evm::ADDRESS),
            1 => self.simple(evm::COINBASE),
            2 => {
                let number = super::precompiles::number(self.random);
                self.number(number);
            }
            _ => self.account(),
        }
        self.simple(evm::SELFDESTRUCT);
    }
}
