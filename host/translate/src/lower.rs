//! What each EVM opcode becomes: nodes, or a symbolic value and nothing.

use crate::block::Kind;
use crate::decode::{Class, Info};
use crate::fold;
use crate::trace::Tracer;
use crate::value::Value;
use gaslane_abi::env;
use gaslane_abi::evm;
use gaslane_abi::isa::{Field, Op};

const fn env_word(word: u8) -> (Class, Op, u8) {
    (Class::Env, Op::Mov, word)
}

/// Class of an opcode with its operation and argument.
pub const fn class(byte: u8) -> (Class, Op, u8) {
    let (class, op) = match byte {
        evm::ADDRESS => return env_word(env::ADDRESS),
        evm::ORIGIN => return env_word(env::ORIGIN),
        evm::CALLER => return env_word(env::CALLER),
        evm::CALLVALUE => return env_word(env::CALL_VALUE),
        evm::CALLDATASIZE => return env_word(env::CALLDATA_SIZE),
        evm::CODESIZE => return env_word(env::CODE_SIZE),
        evm::GASPRICE => return env_word(env::GAS_PRICE),
        evm::RETURNDATASIZE => return env_word(env::RETURNDATA_SIZE),
        evm::COINBASE => return env_word(env::COINBASE),
        evm::TIMESTAMP => return env_word(env::TIMESTAMP),
        evm::NUMBER => return env_word(env::NUMBER),
        evm::PREVRANDAO => return env_word(env::PREVRANDAO),
        evm::GASLIMIT => return env_word(env::BLOCK_GAS_LIMIT),
        evm::CHAINID => return env_word(env::CHAIN_ID),
        evm::BASEFEE => return env_word(env::BASE_FEE),
        evm::BLOBBASEFEE => return env_word(env::BLOB_BASE_FEE),
        evm::ADD => (Class::Binary, Op::Add),
        evm::MUL => (Class::Binary, Op::Mul),
        evm::SUB => (Class::Binary, Op::Sub),
        evm::DIV => (Class::Binary, Op::Div),
        evm::SDIV => (Class::Binary, Op::Sdiv),
        evm::MOD => (Class::Binary, Op::Mod),
        evm::SMOD => (Class::Binary, Op::Smod),
        evm::SIGNEXTEND => (Class::Binary, Op::Signextend),
        evm::LT => (Class::Binary, Op::Lt),
        evm::GT => (Class::Swapped, Op::Lt),
        evm::SLT => (Class::Binary, Op::Slt),
        evm::SGT => (Class::Swapped, Op::Slt),
        evm::EQ => (Class::Binary, Op::Eq),
        evm::AND => (Class::Binary, Op::And),
        evm::OR => (Class::Binary, Op::Or),
        evm::XOR => (Class::Binary, Op::Xor),
        evm::BYTE => (Class::Binary, Op::Byte),
        evm::SHL => (Class::Binary, Op::Shl),
        evm::SHR => (Class::Binary, Op::Shr),
        evm::SAR => (Class::Binary, Op::Sar),
        evm::ISZERO => (Class::Unary, Op::Iszero),
        evm::NOT => (Class::Unary, Op::Not),
        evm::CLZ => (Class::Unary, Op::Clz),
        evm::CALLDATALOAD => (Class::Unary, Op::Cdload),
        evm::KECCAK256 => (Class::Word(Kind::Effect), Op::Keccak),
        evm::BLOCKHASH => (Class::Word(Kind::Effect), Op::Blkhash),
        evm::BLOBHASH => (Class::Word(Kind::Ordered), Op::Blobhash),
        evm::MLOAD => (Class::Word(Kind::Effect), Op::Mload),
        evm::MSTORE => (Class::Word(Kind::Effect), Op::Mstore),
        evm::MSTORE8 => (Class::Word(Kind::Effect), Op::Mstore8),
        evm::SLOAD => (Class::Word(Kind::Effect), Op::Sload),
        evm::SSTORE => (Class::Word(Kind::Effect), Op::Sstore),
        evm::TLOAD => (Class::Word(Kind::Ordered), Op::Tload),
        evm::TSTORE => (Class::Word(Kind::Effect), Op::Tstore),
        evm::MSIZE => (Class::Word(Kind::Ordered), Op::Msize),
        evm::GAS => (Class::Word(Kind::Ordered), Op::Gas),
        evm::CALLDATACOPY => (Class::Copy, Op::Cdcopy),
        evm::CODECOPY => (Class::Copy, Op::Codecopy),
        evm::RETURNDATACOPY => (Class::Copy, Op::Rdcopy),
        evm::MCOPY => (Class::Copy, Op::Mcopy),
        evm::EXTCODECOPY => (Class::Copy, Op::Extcopy),
        evm::PUSH0..=evm::PUSH32 => return (Class::Push, Op::Mov, byte - evm::PUSH0),
        evm::DUP1..=0x8f => return (Class::Dup, Op::Mov, byte - evm::DUP1 + 1),
        evm::SWAP1..=0x9f => return (Class::Swap, Op::Mov, byte - evm::SWAP1 + 1),
        evm::POP => (Class::Pop, Op::Mov),
        evm::JUMPDEST => (Class::Jumpdest, Op::Mov),
        evm::JUMP => (Class::Jump, Op::Jmp),
        evm::JUMPI => (Class::Branch, Op::Bne),
        _ => (Class::Other, Op::Stop),
    };
    (class, op, 0)
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
        let changing = Value::RETURNDATA_SIZE;
        if self.stack.contains(changing) {
            let kept = self.block.in_slot(changing, self.pc as u32);
            self.stack.replace(changing, kept);
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
        let [gas, address] = self.stack.pop();
        if matches!(op, Op::Call | Op::Callcode) {
            let [value, offset, len, out_offset, out_len] = self.stack.pop();
            self.arguments(env::A2, value, offset);
            self.arguments(env::A4, len, out_offset);
            self.effect(Op::Sete, env::A6, &[out_len]);
        } else {
            let [offset, len, out_offset, out_len] = self.stack.pop();
            self.arguments(env::A3, offset, len);
            self.arguments(env::A5, out_offset, out_len);
        }
        self.keep_returndata_size();
        let success = self.effect(op, 0, &[gas, address]);
        self.stack.push(success);
    }

    fn create(&mut self, op: Op) {
        let [value, offset, len] = self.stack.pop();
        if op == Op::Create2 {
            let [salt] = self.stack.pop();
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
        let [base, exponent] = self.stack.pop();
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

    /// Executes one instruction of the classes that are operations or environment words. Heights and gas are accounted
    /// for already.
    pub fn step(&mut self, info: Info) {
        let pc = self.pc as u32;
        let op = info.op;
        match info.class {
            Class::Env => self.stack.push(Value::Env(info.arg.into())),
            Class::Binary | Class::Swapped => {
                let [mut a, mut b] = self.stack.pop();
                if info.class == Class::Swapped {
                    std::mem::swap(&mut a, &mut b);
                }
                let value = self.block.pure(self.consts, op, a, b, pc);
                self.stack.push(value);
            }
            Class::Unary => {
                let [a] = self.stack.pop();
                let value = self.block.pure_unary(self.consts, op, a, pc);
                self.stack.push(value);
            }
            Class::Word(kind) => {
                let value = match info.inputs {
                    0 => self.block.ordered(op, kind, 0, &[], pc),
                    1 => {
                        let args = self.stack.pop::<1>();
                        self.block.ordered(op, kind, 0, &args, pc)
                    }
                    _ => {
                        let args = self.stack.pop::<2>();
                        self.block.ordered(op, kind, 0, &args, pc)
                    }
                };
                if info.outputs == 1 {
                    self.stack.push(value);
                }
            }
            Class::Copy => {
                if op == Op::Extcopy {
                    let [account] = self.stack.pop();
                    self.effect(Op::Xacc, 0, &[account]);
                }
                let [to, from, len] = self.stack.pop();
                self.effect(op, 0, &[from, len, to]);
            }
            _ => {}
        }
    }

    /// Executes one instruction that no class describes and that does not end the path.
    pub fn rare(&mut self, byte: u8) {
        let pc = self.pc as u32;
        match byte {
            evm::ADDMOD | evm::MULMOD => {
                let [a, b, c] = self.stack.pop();
                let op = if byte == evm::ADDMOD { Op::Addmod } else { Op::Mulmod };
                let value = self.block.modular(self.consts, op, a, b, c, pc);
                self.stack.push(value);
            }
            evm::EXP => self.exp(),
            evm::BALANCE | evm::EXTCODESIZE | evm::EXTCODEHASH => {
                let [account] = self.stack.pop();
                let field = match byte {
                    evm::BALANCE => Field::Balance,
                    evm::EXTCODESIZE => Field::CodeSize,
                    _ => Field::ExtHash,
                };
                self.account_field(Op::Xacc, account, field);
            }
            evm::SELFBALANCE => self.account_field(Op::Opena, Value::Env(env::ADDRESS.into()), Field::Balance),
            evm::LOG0..=evm::LOG4 => {
                let [offset, len] = self.stack.pop();
                for _ in evm::LOG0..byte {
                    let [topic] = self.stack.pop();
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
            _ => {}
        }
    }
}
