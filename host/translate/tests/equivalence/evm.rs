//! A plain EVM interpreter, one instruction at a time.

use crate::world::{Outcome, Run, STEP_LIMIT, World, alu};
use alloy_primitives::U256;
use gaslane_abi::env;
use gaslane_abi::evm;
use gaslane_abi::fork::Fork;

fn valid_destinations(code: &[u8]) -> Vec<bool> {
    let mut valid = vec![false; code.len()];
    let mut pc = 0;
    while pc < code.len() {
        valid[pc] = code[pc] == 0x5b;
        pc += 1 + if (0x60..=0x7f).contains(&code[pc]) { code[pc] as usize - 0x5f } else { 0 };
    }
    valid
}

pub fn run(code: &[u8], fork: Fork, mut world: World, mut stack: Vec<U256>, mut gas: i64) -> Run {
    let valid = valid_destinations(code);
    let mut pc = 0;
    let mut instructions = 0;
    let outcome = loop {
        assert!((instructions as usize) < STEP_LIMIT, "runs away");
        instructions += 1;
        let byte = code.get(pc).copied().unwrap_or(0);
        let Some(opcode) = evm::lookup(byte, fork) else { break Outcome::Halt };
        let (inputs, outputs) = (opcode.inputs as usize, opcode.outputs as usize);
        if stack.len() < inputs || stack.len() - inputs + outputs > 1024 {
            break Outcome::Halt;
        }
        gas -= if matches!(byte, 0xf0 | 0xf5 | 0xff) { 0 } else { i64::from(opcode.gas) };
        if gas < 0 {
            break Outcome::Halt;
        }
        let seen = U256::from(gas as u64);
        let mut args: Vec<U256> = Vec::new();
        if !(0x80..=0x9f).contains(&byte) {
            args.extend(stack.drain(stack.len() - inputs..).rev());
        }
        let arg = |i: usize| args.get(i).copied().unwrap_or_default();
        let mut next = pc + 1;
        let word = |index: u8| Some(world.env[index as usize]);
        let result = match byte {
            0x00 => break Outcome::Stop,
            0x11 => Some(alu("lt", arg(1), arg(0), U256::ZERO)),
            0x13 => Some(alu("slt", arg(1), arg(0), U256::ZERO)),
            0x0a => {
                gas -= 50 * arg(1).bit_len().div_ceil(8) as i64;
                if gas < 0 {
                    break Outcome::Halt;
                }
                Some(alu("exp", arg(0), arg(1), U256::ZERO))
            }
            0x01..=0x1e => Some(alu(&opcode.name.to_lowercase(), arg(0), arg(1), arg(2))),
            0x20 => Some(world.effect("keccak", &args)),
            0x30 => word(env::ADDRESS),
            0x31 => Some(world.effect("balance", &args)),
            0x32 => word(env::ORIGIN),
            0x33 => word(env::CALLER),
            0x34 => word(env::CALL_VALUE),
            0x35 => Some(alu("cdload", arg(0), U256::ZERO, U256::ZERO)),
            0x36 => word(env::CALLDATA_SIZE),
            0x37 => drop_result(world.effect("cdcopy", &args)),
            0x38 => word(env::CODE_SIZE),
            0x39 => drop_result(world.effect("codecopy", &args)),
            0x3a => word(env::GAS_PRICE),
            0x3b => Some(world.effect("code_size", &args)),
            0x3c => drop_result(world.effect("extcopy", &args)),
            0x3d => word(env::RETURNDATA_SIZE),
            0x3e => drop_result(world.effect("rdcopy", &args)),
            0x3f => Some(world.effect("ext_hash", &args)),
            0x40 => Some(world.effect("blkhash", &args)),
            0x41 => word(env::COINBASE),
            0x42 => word(env::TIMESTAMP),
            0x43 => word(env::NUMBER),
            0x44 => word(env::PREVRANDAO),
            0x45 => word(env::BLOCK_GAS_LIMIT),
            0x46 => word(env::CHAIN_ID),
            0x47 => {
                let own = world.env[env::ADDRESS as usize];
                Some(world.effect("selfbalance", &[own]))
            }
            0x48 => word(env::BASE_FEE),
            0x49 => Some(alu("blobhash", arg(0), U256::ZERO, U256::ZERO)),
            0x4a => word(env::BLOB_BASE_FEE),
            0x50 | 0x5b => None,
            0x51 => Some(world.effect("mload", &args)),
            0x52 => drop_result(world.effect("mstore", &args)),
            0x53 => drop_result(world.effect("mstore8", &args)),
            0x54 => Some(world.effect("sload", &args)),
            0x55 => drop_result(world.effect("sstore", &[arg(0), arg(1), seen])),
            0x56 | 0x57 => {
                if byte == 0x56 || !arg(1).is_zero() {
                    match usize::try_from(arg(0)) {
                        Ok(target) if valid.get(target) == Some(&true) => next = target,
                        _ => break Outcome::Halt,
                    }
                }
                None
            }
            0x58 => Some(U256::from(pc)),
            // As many effects as before: the memory size of this world.
            0x59 => Some(U256::from(world.effects.len())),
            0x5a => Some(seen),
            0x5c => Some(alu("cdload", arg(0), U256::ZERO, U256::ZERO)),
            0x5d => drop_result(world.effect("tstore", &args)),
            0x5e => drop_result(world.effect("mcopy", &args)),
            0x5f..=0x7f => {
                let len = byte as usize - 0x5f;
                let mut value = U256::ZERO;
                for i in 0..len {
                    value = value << 8 | U256::from(code.get(pc + 1 + i).copied().unwrap_or(0));
                }
                next += len;
                Some(value)
            }
            0x80..=0x8f => Some(stack[stack.len() - (byte as usize - 0x7f)]),
            0x90..=0x9f => {
                let top = stack.len() - 1;
                stack.swap(top, top - (byte as usize - 0x8f));
                None
            }
            0xa0..=0xa4 => drop_result(world.effect("log", &args)),
            0xf0 | 0xf5 | 0xf1 | 0xf2 | 0xf4 | 0xfa => {
                args.push(seen);
                Some(world.call(opcode.name, &args))
            }
            0xf3 => break Outcome::Return(arg(0), arg(1)),
            0xfd => break Outcome::Revert(arg(0), arg(1)),
            0xff => break Outcome::Destroyed(arg(0)),
            _ => break Outcome::Halt,
        };
        stack.extend(result);
        pc = next;
    };
    Run { outcome, gas, effects: world.effects, instructions }
}

fn drop_result(_: U256) -> Option<U256> {
    None
}
