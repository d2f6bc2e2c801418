//! What both interpreters share: arithmetic, and a world that answers every outside question with a number
//! that depends on everything asked before.

use alloy_primitives::{I256, U256};
use gaslane_abi::env;

/// Longest run in instructions or words.
pub const STEP_LIMIT: usize = 400_000;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Stop,
    Return(U256, U256),
    Revert(U256, U256),
    Destroyed(U256),
    /// Any exceptional halt: all are alike to the caller.
    Halt,
}

/// What a run amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub outcome: Outcome,
    pub gas: i64,
    pub effects: Vec<(&'static str, Vec<U256>)>,
    pub instructions: i64,
}

/// Environment words and a record of effects.
#[derive(Clone, Debug)]
pub struct World {
    pub env: Vec<U256>,
    pub effects: Vec<(&'static str, Vec<U256>)>,
}

pub fn mix(x: U256, y: U256) -> U256 {
    let x: U256 = (x ^ (x >> 97usize) ^ U256::from(0x1234_5678u64)).wrapping_mul(U256::from(0x9e37_79b9_7f4a_7c15u64));
    let sum = x.wrapping_add(y).wrapping_mul((U256::from(0xbf58_476d_1ce4_e5b9u64) << 100) | U256::from(5));
    sum ^ (sum >> 61usize)
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut words: Vec<U256> = (0..128u64).map(|i| mix(U256::from(seed), U256::from(i))).collect();
        for index in [env::ADDRESS, env::CALLER, env::ORIGIN, env::COINBASE] {
            words[index as usize] >>= 96;
        }
        for index in [env::CALLDATA_SIZE, env::RETURNDATA_SIZE, env::CODE_SIZE] {
            words[index as usize] >>= 240;
        }
        Self { env: words, effects: Vec::new() }
    }

    /// Something happens; the answer depends on all that happened before.
    pub fn effect(&mut self, name: &'static str, args: &[U256]) -> U256 {
        let start = U256::from(self.effects.len() + name.len());
        let answer = args.iter().fold(start, |sum, &arg| mix(sum, arg));
        self.effects.push((name, args.to_vec()));
        // Small numbers now and then, so that branches go both ways.
        if answer.bit(7) { answer } else { answer >> 254 }
    }

    /// A call or creation: RETURNDATASIZE changes.
    pub fn call(&mut self, name: &'static str, args: &[U256]) -> U256 {
        let answer = self.effect(name, args);
        self.env[env::RETURNDATA_SIZE as usize] = mix(answer, U256::from(3)) >> 240;
        answer & U256::from(1)
    }
}

fn small(a: U256) -> Option<usize> {
    (a < U256::from(256)).then(|| a.to::<usize>())
}

/// Arithmetic by lane mnemonic.
pub fn alu(name: &str, a: U256, b: U256, c: U256) -> U256 {
    let (sa, sb) = (I256::from_raw(a), I256::from_raw(b));
    match name {
        "add" => a.overflowing_add(b).0,
        "mul" => a.overflowing_mul(b).0,
        "sub" => a.overflowing_sub(b).0,
        "div" if b.is_zero() => b,
        "div" => a / b,
        "mod" if b.is_zero() => b,
        "mod" => a % b,
        "sdiv" | "smod" if b.is_zero() => b,
        "sdiv" => sa.wrapping_div(sb).into_raw(),
        "smod" => sa.wrapping_rem(sb).into_raw(),
        "addmod" => a.add_mod(b, c),
        "mulmod" => a.mul_mod(b, c),
        "exp" => a.wrapping_pow(b),
        "signextend" => match small(a) {
            Some(byte) if byte < 31 => {
                let unused = 8 * (31 - byte);
                (I256::from_raw(b << unused).asr(unused)).into_raw()
            }
            _ => b,
        },
        "lt" => U256::from(a < b),
        "slt" => U256::from(sa < sb),
        "eq" => U256::from(a == b),
        "iszero" => U256::from(a == U256::ZERO),
        "and" => a & b,
        "or" => a | b,
        "xor" => a ^ b,
        "not" => !a,
        "byte" => match small(a) {
            Some(index) if index < 32 => U256::from(b.to_be_bytes::<32>()[index]),
            _ => U256::ZERO,
        },
        "shl" => small(a).map_or(U256::ZERO, |n| b << n),
        "shr" => small(a).map_or(U256::ZERO, |n| b >> n),
        "sar" => sb.asr(small(a).unwrap_or(256)).into_raw(),
        "clz" => U256::from(256 - a.bit_len()),
        "mov" => a,
        // Pure functions of the transaction, made up.
        "cdload" | "blobhash" => mix(a, U256::from(name.len())),
        _ => panic!("no arithmetic {name}"),
    }
}
