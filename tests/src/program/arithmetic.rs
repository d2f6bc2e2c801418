//! Statements on words and on the stack.

use super::Generator;
use gaslane_abi::evm;

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
    pub(super) fn arithmetic(&mut self) {
        match self.random.below(33) {
            0..=24 => {
                let op = *self.random.pick(BINARY);
                if self.random.chance(40) {
                    let value = self.random.word();
                    self.push(value);
                }
                self.simple(op);
            }
            25..=29 => {
                let op = *self.random.pick(&[evm::ISZERO, evm::NOT, evm::CLZ, evm::ISZERO]);
                self.simple(op);
            }
            30 => self.simple(evm::ADDMOD),
            31 => self.simple(evm::MULMOD),
            _ => {
                self.need(1);
                self.push_small(40);
                self.code.op(evm::SWAP1);
                self.simple(evm::EXP);
            }
        }
    }

    pub(super) fn stack(&mut self) {
        match self.random.below(37) {
            0..=9 => {
                let value = self.random.word();
                self.push(value);
            }
            10..=19 => {
                let reach = self.random.below(16) as usize;
                self.need((reach % self.depth.max(1)) + 1);
                let n = reach.min(self.depth - 1);
                self.code.op(evm::DUP1 + n as u8);
                self.depth += 1;
            }
            20..=27 => {
                self.need(2);
                let n = self.random.below(16.min(self.depth as u64 - 1));
                self.code.op(evm::SWAP1 + n as u8);
            }
            28..=31 => self.simple(evm::POP),
            _ => {
                let op = *self.random.pick(NULLARY);
                self.simple(op);
            }
        }
    }
}
