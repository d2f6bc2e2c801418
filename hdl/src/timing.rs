//! Cycle table of the lane and the card: what the model charges.
//!
//! A word occupies the issue stage for `issue` cycles. Its result can be used `latency` cycles after it has issued;
//! a word that needs an earlier result waits for it. Words that run alone hold the lane until they are done. The lane's figures are those of the
//! RTL (`gaslane run --device rtl-lane --cycles` shows them), for parts that depend on operands an approximation. On 21 mainnet blocks from Berlin to
//! Cancun, one lane, 8,076 of 8,678 attempts take the model within 10 % of the RTL's cycles (median 0.97, of all cycles 0.92; `gaslane run
//! --device rtl-lockstep --cycles`). The card's figures are estimates of hardware to come: the RTL around the lanes is slower (`docs/rtl.md`).

use gaslane_abi::isa::{Format, Op};

/// Cycles of one operation, without the parts that depend on operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpTiming {
    /// Cycles for which the word occupies the issue stage.
    pub issue: u16,
    /// Cycles from issue until the result can be used by another word.
    pub latency: u16,
}

/// Extra cycles of a branch that is taken (decided three stages after issue, then fetch restarts).
pub const TAKEN_BRANCH_CYCLES: u64 = 5;
/// Extra cycles of a jump whose target stands in the word.
pub const JUMP_CYCLES: u64 = 1;
/// Extra cycles after a word that runs alone and jumps.
pub const REDIRECT_CYCLES: u64 = 2;
/// Cycles of a word that runs alone before its routine begins.
pub const ALONE_CYCLES: u64 = 3;
/// Extra cycles of a jump through the jump table: two dependent look-ups, redirect.
pub const JUMP_TABLE_CYCLES: u64 = ALONE_CYCLES + 6 + REDIRECT_CYCLES;
/// Extra cycles of a word that reads the constant pool.
pub const POOL_CYCLES: u64 = 3;
/// Lines of the code cache that the model assumes (the large lane's).
pub const CODE_CACHE_LINES: usize = 4096;
/// Lines that a refill brings.
pub const CODE_BURST_LINES: u64 = gaslane_abi::manage::lane::REFILL_LINES as u64;
/// Cycles for which a missing line holds up fetch.
pub const CODE_MISS_CYCLES: u64 = 13;
/// Keccak: cycles beside those of permutations and of the message's words.
pub const KECCAK_SETUP_CYCLES: u64 = ALONE_CYCLES + 10;
/// Keccak-f: one round a cycle.
pub const KECCAK_PERMUTATION_CYCLES: u64 = 24;
/// Copy engine: bytes a cycle.
pub const COPY_BYTES_PER_CYCLE: u64 = 32;
/// Copies: cycles beside those of the bytes.
pub const COPY_SETUP_CYCLES: u64 = ALONE_CYCLES + 14;
/// Copies of code: cycles for each line of 32 bytes.
pub const CODE_LINE_CYCLES: u64 = 5;
/// Memory expansion at a load, store or copy: fault, price, payment, and execution once more.
pub const GROW_CYCLES: u64 = 14;
/// Memory expansion: bytes zeroed a cycle.
pub const ZERO_BYTES_PER_CYCLE: u64 = 32;
/// First touch of a key: request to the state table and reply.
pub const STATE_TABLE_CYCLES: u64 = 16;
/// Undo: cycles for each entry rolled back.
pub const UNDO_ENTRY_CYCLES: u64 = 4;
/// Logs: cycles beside those of topics and bytes.
pub const LOG_CYCLES: u64 = ALONE_CYCLES + 11;
/// Vectoring into firmware: end of a frame, memory far beyond its end.
pub const TRAP_CYCLES: u64 = ALONE_CYCLES + REDIRECT_CYCLES;
/// From the start of an attempt until its first word issues.
pub const BOOT_CYCLES: u64 = 24;
/// Dispatch: cycles from a free lane to the first firmware word, without payload transfer.
pub const DISPATCH_CYCLES: u64 = 8;
/// Payload transfer: bytes a cycle once it streams.
pub const PAYLOAD_BYTES_PER_CYCLE: u64 = 32;
/// Commit: fixed part for each transaction.
pub const COMMIT_SETUP_CYCLES: u64 = 4;
/// Commit: cycles for each written key (table write, reader mask, record).
pub const COMMIT_ENTRY_CYCLES: u64 = 4;
/// Commit that clears an account's storage: entries of the state table looked at in a cycle (one set).
pub const SWEEP_ENTRIES_PER_CYCLE: u64 = 4;
/// Result record, or request of an assist: bytes a cycle to host memory.
pub const RECORD_BYTES_PER_CYCLE: u64 = 32;

/// Cycles of a product.
pub fn product_cycles(bits: usize) -> u64 {
    ALONE_CYCLES
        + match bits {
            0..=64 => 8,
            65..=128 => 10,
            _ => 15,
        }
}

/// Cycles of a quotient or remainder of words with so many significant bits; by limbs of 64 bits.
pub fn quotient_cycles(dividend_bits: usize, divisor_bits: usize) -> u64 {
    let (dividend, divisor) = (dividend_bits.div_ceil(64) as u64, divisor_bits.div_ceil(64) as u64);
    if divisor == 0 || dividend < divisor {
        return ALONE_CYCLES + 3;
    }
    ALONE_CYCLES + 43 + 12 * (dividend - divisor)
}

/// Cycles of a power, for an exponent of so many significant and set bits.
pub const fn power_cycles(bits: u64, ones: u64) -> u64 {
    ALONE_CYCLES + 2 + 11 + 11 * bits.saturating_sub(1) + 10 * ones.saturating_sub(1)
}

/// Issue cycles and latency of an operation, without the parts that depend on operands.
pub const fn op_timing(op: Op) -> OpTiming {
    let (issue, latency) = match op {
        Op::Seg => (1, 1),
        Op::Mul | Op::Div | Op::Sdiv | Op::Mod | Op::Smod | Op::Exp | Op::Keccak | Op::Log => (1, 1),
        Op::Addmod | Op::Mulmod => (2, 1),
        Op::Mload | Op::Cdload => (1, 5),
        Op::Sload => (16, 1),
        Op::Tload | Op::Xacc | Op::Blkhash => (12, 1),
        Op::Opens | Op::Undo => (11, 1),
        Op::Opena | Op::Get => (10, 1),
        Op::Warm => (8, 1),
        // They run on while younger words issue; what the next word of the unit waits for counts here.
        Op::Tstore | Op::Set => (6, 1),
        Op::Credit => (8, 1),
        Op::Setcode => (12, 1),
        Op::Pld | Op::Blobhash => (8, 1),
        Op::Fpush => (15, 1),
        Op::Fpop => (16, 1),
        Op::Enter => (11, 1),
        Op::Enterc => (9, 1),
        Op::Frt | Op::Jr => (6, 1),
        Op::Stop => (4, 1),
        Op::Return | Op::Revert => (7, 1),
        Op::Charge | Op::Chargex => (6, 1),
        Op::Wrs | Op::Gas | Op::Ckpt | Op::Esc | Op::Fin | Op::Halt => (4, 1),
        Op::Grow => (7, 1),
        Op::Rbsave => (13, 1),
        Op::Rbload => (15, 1),
        Op::Ask => (10, 1),
        Op::Sete2 => (2, 1),
        Op::Cdcopy | Op::Codecopy | Op::Rdcopy | Op::Extcopy => (2 + COPY_SETUP_CYCLES as u16, 1),
        Op::Mcopy => (11 + COPY_SETUP_CYCLES as u16, 1),
        _ => match op.format() {
            Format::Trap => (3 + TRAP_CYCLES as u16, 1),
            _ => (1, 2),
        },
    };
    OpTiming { issue, latency }
}
