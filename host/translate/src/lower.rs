//! What each EVM opcode becomes: nodes, or a symbolic value and nothing.

use crate::block::Kind;
use crate::fold;
use crate::trace::Tracer;
use crate::value::Value;
use gaslane_abi::env;
use gaslane_abi::evm;
use gaslane_abi::isa::{Field, Op};

/// Environment word that an opcode pushes.
fn env_word(byte: u8) -> Option<u8> {
    Some(match byte {
        evm::ADDRESS => env::ADDRESS,
        evm::ORIGIN => env::ORIGIN,
        evm::CALLER => env::CALLER,
        evm::CALLVALUE => env::CALL_VALUE,
        evm::CALLDATASIZE => env::CALLDATA_SIZE,
        evm::CODESIZE => env::CODE_SIZE,
        evm::GASPRICE => env::GAS_PRICE,
        evm::RETURNDATASIZE => env::RETURNDATA_SIZE,
        evm::COINBASE => env::COINBASE,
        evm::TIMESTAMP => env::TIMESTAMP,
        evm::NUMBER => env::NUMBER,
        evm::PREVRANDAO => env::PREVRANDAO,
        evm::GASLIMIT => env::BLOCK_GAS_LIMIT,
        evm::CHAINID => env::CHAIN_ID,
        evm::BASEFEE => env::BASE_FEE,
        evm::BLOBBASEFEE => env::BLOB_BASE_FEE,
        _ => return None,
    })
}

/// Operation of an arithmetic opcode of two operands, and whether they swap.
fn binary(byte: u8) -> Option<(Op, bool)> {
    Some(match byte {
        evm::ADD => (Op::Add, false),
        evm::MUL => (Op::Mul, false),
        evm::SUB => (Op::Sub, false),
        evm::DIV => (Op::Div, false),
        evm::SDIV => (Op::Sdiv, false),
        evm::MOD => (Op::Mod, false),
        evm::SMOD => (Op::Smod, false),
        evm::SIGNEXTEND => (Op::Signextend, false),
        evm::LT => (Op::Lt, false),
        evm::GT => (Op::Lt, true),
        evm::SLT => (Op::Slt, false),
        evm::SGT => (Op::Slt, true),
        evm::EQ => (Op::Eq, false),
        evm::AND => (Op::And, false),
        evm::OR => (Op::Or, false),
        evm::XOR => (Op::Xor, false),
        evm::BYTE => (Op::Byte, false),
        evm::SHL => (Op::Shl, false),
        evm::SHR => (Op::Shr, false),
        evm::SAR => (Op::Sar, false),
        _ => return None,
    })
}

/// Opcodes that are one word with their own operands, in order.
fn direct(byte: u8) -> Option<(Op, Kind)> {
    Some(match byte {
        evm::KECCAK256 => (Op::Keccak, Kind::Effect),
        evm::BLOCKHASH => (Op::Blkhash, Kind::Effect),
        evm::BLOBHASH => (Op::Blobhash, Kind::Ordered),
        evm::MLOAD => (Op::Mload, Kind::Effect),
        evm::MSTORE => (Op::Mstore, Kind::Effect),
        evm::MSTORE8 => (Op::Mstore8, Kind::Effect),
        evm::SLOAD => (Op::Sload, Kind::Effect),
        evm::SSTORE => (Op::Sstore, Kind::Effect),
        evm::TLOAD => (Op::Tload, Kind::Ordered),
        evm::TSTORE => (Op::Tstore, Kind::Effect),
        evm::MSIZE => (Op::Msize, Kind::Ordered),
        evm::GAS => (Op::Gas, Kind::Ordered),
        _ => return None,
    })
}

/// Copy operations: destination, source, length.
fn copy(byte: u8) -> Option<Op> {
    Some(match byte {
        evm::CALLDATACOPY => Op::Cdcopy,
        evm::CODECOPY => Op::Codecopy,
        evm::RETURNDATACOPY => Op::Rdcopy,
        evm::MCOPY => Op::Mcopy,
        evm::EXTCODECOPY => Op::Extcopy,
        _ => return None,
    })
}

impl Tracer<'_> {
    fn effect(&mut self, op: Op, field: u8, args: &[Value]) -> Value {
        self.block.ordered(op, Kind::Effect, field, args, self.pc as u32)
    }

    fn account_field(&mut self, open: Op, account: Value, field: Field) {
        let handle = self.effect(open, 0, &[account]);
        let value = self.effect(Op::Get, field as u8, &[handle]);
        self.stack.push(value);
    }

    /// Before RETURNDATASIZE changes: values of it on the stack are read now.
    fn keep_returndata_size(&mut self) {
        let changing = Value::Env(env::RETURNDATA_SIZE);
        if self.stack.contains(&changing) {
            let kept = self.block.in_slot(changing, self.pc as u32);
            self.stack.iter_mut().filter(|value| **value == changing).for_each(|value| *value = kept);
        }
    }

    /// Sets two trap arguments, with one word if their operands fit it.
    fn arguments(&mut self, first: u8, a: Value, b: Value) {
        if a.in_slot() || b.in_slot() || (a.is_short() && b.is_short()) {
            self.effect(Op::Sete2, first, &[a, b]);
        } else {
            self.effect(Op::Sete, first, &[a]);
            self.effect(Op::Sete, first + 1, &[b]);
        }
    }

    /// CALL family.
    fn call(&mut self, op: Op) {
        let [gas, address] = self.pop();
        if matches!(op, Op::Call | Op::Callcode) {
            let [value, offset, len, out_offset, out_len] = self.pop();
            self.arguments(env::A2, value, offset);
            self.arguments(env::A4, len, out_offset);
            self.effect(Op::Sete, env::A6, &[out_len]);
        } else {
            let [offset, len, out_offset, out_len] = self.pop();
            self.arguments(env::A3, offset, len);
            self.arguments(env::A5, out_offset, out_len);
        }
        self.keep_returndata_size();
        let success = self.effect(op, 0, &[gas, address]);
        self.stack.push(success);
    }

    fn create(&mut self, op: Op) {
        let [value, offset, len] = self.pop();
        if op == Op::Create2 {
            let [salt] = self.pop();
            self.arguments(env::A2, len, salt);
        } else {
            self.effect(Op::Sete, env::A2, &[len]);
        }
        self.keep_returndata_size();
        let address = self.effect(op, 0, &[value, offset]);
        self.stack.push(address);
    }

    /// EXP charges by the exponent's length: with both operands known that is static.
    fn exp(&mut self) {
        let [base, exponent] = self.pop();
        match (self.consts.constant(base), self.consts.constant(exponent)) {
            (Some(base), Some(exponent)) => {
                let bytes = exponent.bit_len().div_ceil(8) as u64;
                self.block.gas += (bytes * self.code.fork.rules().exp_byte_gas) as u32;
                let value = self.consts.value(fold::power(base, exponent));
                self.stack.push(value);
            }
            _ => {
                let value = self.effect(Op::Exp, 0, &[base, exponent]);
                self.stack.push(value);
            }
        }
    }

    /// Executes one instruction that is not a jump or an end. Heights and gas are accounted for already.
    pub fn step(&mut self, byte: u8) {
        let pc = self.pc as u32;
        if let Some(word) = env_word(byte) {
            return self.stack.push(Value::Env(word));
        }
        if let Some((op, swap)) = binary(byte) {
            let [mut a, mut b] = self.pop();
            if swap {
                std::mem::swap(&mut a, &mut b);
            }
            let value = self.block.pure(self.consts, op, a, b, pc);
            return self.stack.push(value);
        }
        if let Some((op, kind)) = direct(byte) {
            let arity = crate::block::arity(op);
            let args: [Value; 2] = std::array::from_fn(|i| if i < arity { self.pop::<1>()[0] } else { Value::Env(0) });
            let produces = op.format() != gaslane_abi::isa::Format::Ab && op != Op::Sstore;
            let value = self.block.ordered(op, kind, 0, &args[..arity], pc);
            if produces {
                self.stack.push(value);
            }
            return;
        }
        if let Some(op) = copy(byte) {
            if op == Op::Extcopy {
                let [account] = self.pop();
                self.effect(Op::Xacc, 0, &[account]);
            }
            let [to, from, len] = self.pop();
            self.effect(op, 0, &[from, len, to]);
            return;
        }
        match byte {
            evm::ISZERO | evm::NOT | evm::CLZ | evm::CALLDATALOAD => {
                let [a] = self.pop();
                let op = match byte {
                    evm::ISZERO => Op::Iszero,
                    evm::NOT => Op::Not,
                    evm::CLZ => Op::Clz,
                    _ => Op::Cdload,
                };
                let value = self.block.pure_unary(self.consts, op, a, pc);
                self.stack.push(value);
            }
            evm::ADDMOD | evm::MULMOD => {
                let [a, b, c] = self.pop();
                let op = if byte == evm::ADDMOD { Op::Addmod } else { Op::Mulmod };
                let value = self.block.modular(self.consts, op, a, b, c, pc);
                self.stack.push(value);
            }
            evm::EXP => self.exp(),
            evm::BALANCE | evm::EXTCODESIZE | evm::EXTCODEHASH => {
                let [account] = self.pop();
                let field = match byte {
                    evm::BALANCE => Field::Balance,
                    evm::EXTCODESIZE => Field::CodeSize,
                    _ => Field::ExtHash,
                };
                self.account_field(Op::Xacc, account, field);
            }
            evm::SELFBALANCE => self.account_field(Op::Opena, Value::Env(env::ADDRESS), Field::Balance),
            evm::LOG0..=evm::LOG4 => {
                let [offset, len] = self.pop();
                for _ in evm::LOG0..byte {
                    let [topic] = self.pop();
                    self.effect(Op::Topic, 0, &[topic]);
                }
                self.effect(Op::Log, byte - evm::LOG0, &[offset, len]);
            }
            evm::CALL => self.call(Op::Call),
            evm::CALLCODE => self.call(Op::Callcode),
            evm::DELEGATECALL => self.call(Op::Delegatecall),
            evm::STATICCALL => self.call(Op::Staticcall),
            evm::CREATE => self.create(Op::Create),
            evm::CREATE2 => self.create(Op::Create2),
            evm::PC => {
                let value = Value::Small(pc);
                self.stack.push(value);
            }
            evm::PUSH0..=evm::PUSH32 => {
                let value = self.code.push(self.pc, self.consts);
                self.stack.push(value);
            }
            evm::DUP1..=0x8f => {
                let depth = usize::from(byte - evm::DUP1);
                self.stack.push(self.stack[self.stack.len() - 1 - depth]);
            }
            evm::SWAP1..=0x9f => {
                let top = self.stack.len() - 1;
                self.stack.swap(top, top - 1 - usize::from(byte - evm::SWAP1));
            }
            evm::POP => drop(self.stack.pop()),
            // JUMPDEST.
            _ => {}
        }
    }
}
