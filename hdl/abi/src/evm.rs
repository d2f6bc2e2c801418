//! EVM opcode table: name, stack use, static gas and first fork, once.
//!
//! Static gas is what is charged whatever the operands are (yellow paper appendix G with EIP-2929
//! and later); parts that depend on operands or state are dynamic and charged by the instruction.

use crate::fork::Fork;

/// One EVM opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opcode {
    /// Byte.
    pub byte: u8,
    /// Mnemonic.
    pub name: &'static str,
    /// Stack items popped. DUPn counts n, SWAPn counts n + 1.
    pub inputs: u8,
    /// Stack items pushed. DUPn counts n + 1, SWAPn counts n + 1.
    pub outputs: u8,
    /// Static gas.
    pub gas: u16,
    /// First fork that defines it (`Berlin` stands for that or earlier).
    pub since: Fork,
}

/// Declares the table and a constant per opcode.
macro_rules! opcodes {
    ($($byte:literal $name:ident $inputs:literal $outputs:literal $gas:literal $since:ident;)*) => {
        $(#[doc = concat!("Byte of ", stringify!($name), ".")] pub const $name: u8 = $byte;)*

        /// Every opcode of Berlin to Osaka except the PUSH, DUP and SWAP families, ascending.
        pub const NAMED: &[Opcode] = &[$(Opcode {
            byte: $byte, name: stringify!($name), inputs: $inputs, outputs: $outputs, gas: $gas, since: Fork::$since,
        },)*];
    };
}

opcodes! {
    0x00 STOP 0 0 0 Berlin;
    0x01 ADD 2 1 3 Berlin;
    0x02 MUL 2 1 5 Berlin;
    0x03 SUB 2 1 3 Berlin;
    0x04 DIV 2 1 5 Berlin;
    0x05 SDIV 2 1 5 Berlin;
    0x06 MOD 2 1 5 Berlin;
    0x07 SMOD 2 1 5 Berlin;
    0x08 ADDMOD 3 1 8 Berlin;
    0x09 MULMOD 3 1 8 Berlin;
    0x0a EXP 2 1 10 Berlin;
    0x0b SIGNEXTEND 2 1 5 Berlin;
    0x10 LT 2 1 3 Berlin;
    0x11 GT 2 1 3 Berlin;
    0x12 SLT 2 1 3 Berlin;
    0x13 SGT 2 1 3 Berlin;
    0x14 EQ 2 1 3 Berlin;
    0x15 ISZERO 1 1 3 Berlin;
    0x16 AND 2 1 3 Berlin;
    0x17 OR 2 1 3 Berlin;
    0x18 XOR 2 1 3 Berlin;
    0x19 NOT 1 1 3 Berlin;
    0x1a BYTE 2 1 3 Berlin;
    0x1b SHL 2 1 3 Berlin;
    0x1c SHR 2 1 3 Berlin;
    0x1d SAR 2 1 3 Berlin;
    0x1e CLZ 1 1 5 Osaka;
    0x20 KECCAK256 2 1 30 Berlin;
    0x30 ADDRESS 0 1 2 Berlin;
    0x31 BALANCE 1 1 0 Berlin;
    0x32 ORIGIN 0 1 2 Berlin;
    0x33 CALLER 0 1 2 Berlin;
    0x34 CALLVALUE 0 1 2 Berlin;
    0x35 CALLDATALOAD 1 1 3 Berlin;
    0x36 CALLDATASIZE 0 1 2 Berlin;
    0x37 CALLDATACOPY 3 0 3 Berlin;
    0x38 CODESIZE 0 1 2 Berlin;
    0x39 CODECOPY 3 0 3 Berlin;
    0x3a GASPRICE 0 1 2 Berlin;
    0x3b EXTCODESIZE 1 1 0 Berlin;
    0x3c EXTCODECOPY 4 0 0 Berlin;
    0x3d RETURNDATASIZE 0 1 2 Berlin;
    0x3e RETURNDATACOPY 3 0 3 Berlin;
    0x3f EXTCODEHASH 1 1 0 Berlin;
    0x40 BLOCKHASH 1 1 20 Berlin;
    0x41 COINBASE 0 1 2 Berlin;
    0x42 TIMESTAMP 0 1 2 Berlin;
    0x43 NUMBER 0 1 2 Berlin;
    0x44 PREVRANDAO 0 1 2 Berlin;
    0x45 GASLIMIT 0 1 2 Berlin;
    0x46 CHAINID 0 1 2 Berlin;
    0x47 SELFBALANCE 0 1 5 Berlin;
    0x48 BASEFEE 0 1 2 London;
    0x49 BLOBHASH 1 1 3 Cancun;
    0x4a BLOBBASEFEE 0 1 2 Cancun;
    0x50 POP 1 0 2 Berlin;
    0x51 MLOAD 1 1 3 Berlin;
    0x52 MSTORE 2 0 3 Berlin;
    0x53 MSTORE8 2 0 3 Berlin;
    0x54 SLOAD 1 1 0 Berlin;
    0x55 SSTORE 2 0 0 Berlin;
    0x56 JUMP 1 0 8 Berlin;
    0x57 JUMPI 2 0 10 Berlin;
    0x58 PC 0 1 2 Berlin;
    0x59 MSIZE 0 1 2 Berlin;
    0x5a GAS 0 1 2 Berlin;
    0x5b JUMPDEST 0 0 1 Berlin;
    0x5c TLOAD 1 1 100 Cancun;
    0x5d TSTORE 2 0 100 Cancun;
    0x5e MCOPY 3 0 3 Cancun;
    0xa0 LOG0 2 0 375 Berlin;
    0xa1 LOG1 3 0 750 Berlin;
    0xa2 LOG2 4 0 1125 Berlin;
    0xa3 LOG3 5 0 1500 Berlin;
    0xa4 LOG4 6 0 1875 Berlin;
    0xf0 CREATE 3 1 32000 Berlin;
    0xf1 CALL 7 1 0 Berlin;
    0xf2 CALLCODE 7 1 0 Berlin;
    0xf3 RETURN 2 0 0 Berlin;
    0xf4 DELEGATECALL 6 1 0 Berlin;
    0xf5 CREATE2 4 1 32000 Berlin;
    0xfa STATICCALL 6 1 0 Berlin;
    0xfd REVERT 2 0 0 Berlin;
    0xfe INVALID 0 0 0 Berlin;
    0xff SELFDESTRUCT 1 0 5000 Berlin;
}

/// PUSH0 (EIP-3855).
pub const PUSH0: u8 = 0x5f;
/// PUSH1; PUSHn is `PUSH1 + n − 1`.
pub const PUSH1: u8 = 0x60;
/// PUSH32.
pub const PUSH32: u8 = 0x7f;
/// DUP1; DUPn is `DUP1 + n − 1`.
pub const DUP1: u8 = 0x80;
/// SWAP1; SWAPn is `SWAP1 + n − 1`.
pub const SWAP1: u8 = 0x90;

const PUSH_NAMES: [&str; 33] = [
    "PUSH0", "PUSH1", "PUSH2", "PUSH3", "PUSH4", "PUSH5", "PUSH6", "PUSH7", "PUSH8", "PUSH9", "PUSH10", "PUSH11",
    "PUSH12", "PUSH13", "PUSH14", "PUSH15", "PUSH16", "PUSH17", "PUSH18", "PUSH19", "PUSH20", "PUSH21", "PUSH22",
    "PUSH23", "PUSH24", "PUSH25", "PUSH26", "PUSH27", "PUSH28", "PUSH29", "PUSH30", "PUSH31", "PUSH32",
];
const DUP_NAMES: [&str; 16] = [
    "DUP1", "DUP2", "DUP3", "DUP4", "DUP5", "DUP6", "DUP7", "DUP8", "DUP9", "DUP10", "DUP11", "DUP12", "DUP13",
    "DUP14", "DUP15", "DUP16",
];
const SWAP_NAMES: [&str; 16] = [
    "SWAP1", "SWAP2", "SWAP3", "SWAP4", "SWAP5", "SWAP6", "SWAP7", "SWAP8", "SWAP9", "SWAP10", "SWAP11", "SWAP12",
    "SWAP13", "SWAP14", "SWAP15", "SWAP16",
];

/// The table by byte: `None` where no fork up to Osaka defines an opcode.
pub const TABLE: [Option<Opcode>; 256] = {
    let mut table = [None; 256];
    let mut i = 0;
    while i < NAMED.len() {
        table[NAMED[i].byte as usize] = Some(NAMED[i]);
        i += 1;
    }
    let mut n = 0;
    while n <= 32 {
        table[PUSH0 as usize + n] = Some(Opcode {
            byte: PUSH0 + n as u8,
            name: PUSH_NAMES[n],
            inputs: 0,
            outputs: 1,
            gas: if n == 0 { 2 } else { 3 },
            since: if n == 0 { Fork::Shanghai } else { Fork::Berlin },
        });
        n += 1;
    }
    let mut n = 0;
    while n < 16 {
        table[DUP1 as usize + n] = Some(Opcode {
            byte: DUP1 + n as u8,
            name: DUP_NAMES[n],
            inputs: n as u8 + 1,
            outputs: n as u8 + 2,
            gas: 3,
            since: Fork::Berlin,
        });
        table[SWAP1 as usize + n] = Some(Opcode {
            byte: SWAP1 + n as u8,
            name: SWAP_NAMES[n],
            inputs: n as u8 + 2,
            outputs: n as u8 + 2,
            gas: 3,
            since: Fork::Berlin,
        });
        n += 1;
    }
    table
};

/// The opcode that a byte means in a fork; `None` halts like INVALID.
pub const fn lookup(byte: u8, fork: Fork) -> Option<Opcode> {
    match TABLE[byte as usize] {
        Some(op) if op.since as u8 <= fork as u8 => Some(op),
        _ => None,
    }
}

/// Bytes of inline data after an opcode (PUSHn: n).
pub const fn push_len(byte: u8) -> usize {
    if byte >= PUSH1 && byte <= PUSH32 { (byte - PUSH0) as usize } else { 0 }
}
