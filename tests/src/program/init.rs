//! Init codes: what a creation executes.

use super::{Code, Environment, micro, program};
use crate::random::Random;
use alloy_primitives::U256;
use gaslane_abi::evm;

/// Most bytes of a contract's code (EIP-170).
const CODE_BYTES_MAX: u64 = 24_576;

/// Random init code: returns code, reverts, halts, runs out of gas, creates, calls, self-destructs, or returns what no
/// code may be. `nesting` more levels may create in turn.
pub fn init_code(random: &mut Random, environment: &Environment<'_>, nesting: u32) -> Vec<u8> {
    let mut code = Code::default();
    let kind = random.below(24);
    match kind {
        // The most common: a contract.
        0..=8 => {}
        9 => return Vec::new(),
        10 => {
            let len = random.below(70);
            code.push(random.word()).number(0).op(evm::MSTORE).number(len).number(0).op(evm::REVERT);
        }
        11 => {
            code.op(evm::INVALID);
        }
        12 => {
            // More memory than anyone can pay.
            code.number(1 << 40).op(evm::MLOAD);
        }
        13 => {
            // Burns some gas, perhaps all.
            let head = code.label();
            code.number(random.below(4000)).place(head);
            code.number(1).ops(&[evm::SWAP1, evm::SUB, evm::DUP1]).push_label(head).op(evm::JUMPI);
        }
        14 => {
            // 0xef… (EIP-3541), as designator of a delegation or as something else.
            let len = *random.pick(&[1, 23, 40]);
            code.push(U256::from(0xef_u64 << 16 | random.below(2) << 8) << 232).number(0).op(evm::MSTORE);
            code.number(len).number(0).op(evm::RETURN);
        }
        15 => {
            // Code of zeros, around the limit.
            let len = if random.chance(50) { random.below(400) } else { CODE_BYTES_MAX + random.below(3) - 1 };
            code.number(len).number(0).op(evm::RETURN);
        }
        16 => {
            match random.below(3) {
                0 => {
                    code.op(evm::ADDRESS);
                }
                1 => {
                    code.op(evm::CALLER);
                }
                _ => {
                    code.push(address(random, environment));
                }
            }
            code.op(evm::SELFDESTRUCT);
        }
        17 => {
            // Slots and a log, then a contract.
            code.number(1 + random.below(3)).number(random.below(3)).op(evm::SSTORE);
            code.op(evm::CALLVALUE).number(0).number(0).op(evm::LOG0 + 1);
        }
        18 => {
            // Calls back while it has no code.
            let target = if random.chance(50) { evm::CALLER } else { evm::ADDRESS };
            code.number(0).number(0).number(0).number(0).number(random.below(2)).op(target).op(evm::GAS).op(evm::CALL);
        }
        19 => {
            // Looks at itself.
            for (slot, op) in [evm::EXTCODESIZE, evm::EXTCODEHASH, evm::BALANCE].into_iter().enumerate() {
                code.op(evm::ADDRESS).op(op).number(slot as u64).op(evm::SSTORE);
            }
        }
        20..=21 if nesting > 0 => {
            // Creates in turn.
            let inner = init_code(random, environment, nesting - 1);
            code.number(inner.len() as u64).push_data(&inner).number(0).op(evm::CODECOPY);
            if random.chance(40) {
                code.number(random.below(2)).number(inner.len() as u64).number(0).number(0).op(evm::CREATE2);
            } else {
                code.number(inner.len() as u64).number(0).number(random.below(2)).op(evm::CREATE);
            }
            code.number(random.below(3)).op(evm::SSTORE);
        }
        _ => return program(random, &Environment { inits: &[], ..*environment }, 10),
    }
    if matches!(kind, 10..=12 | 14..=16) {
        return code.finish();
    }
    let runtime = match random.below(10) {
        0 => Vec::new(),
        // Destroys itself whenever it is called.
        8..=9 => {
            let mut runtime = Code::default();
            let target = *random.pick(&[evm::CALLER, evm::ADDRESS, evm::COINBASE, evm::ORIGIN, evm::CALLVALUE]);
            runtime.op(target).op(evm::SELFDESTRUCT);
            runtime.finish()
        }
        1 => program(random, &Environment { inits: &[], ..*environment }, 12),
        _ => micro(random, environment),
    };
    code.number(runtime.len() as u64).push_data(&runtime).number(0).op(evm::CODECOPY);
    code.number(runtime.len() as u64).number(0).op(evm::RETURN);
    code.finish()
}

fn address(random: &mut Random, environment: &Environment<'_>) -> U256 {
    U256::from_be_slice(random.pick(environment.addresses).as_slice())
}
