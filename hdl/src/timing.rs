//! Cycle table of the lane and the card: what the model charges, and what the RTL will be measured against.
//!
//! A word issues in one cycle unless the table says otherwise. Its result is ready `latency` cycles after
//! issue; a word that needs an earlier result waits for it. Figures come from the prototypes'
//! pipelines (two-stage execute loop); they are estimates until the RTL replaces them.

use gaslane_abi::isa::{Format, Op};

/// Cycles of one operation, without the parts that depend on operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpTiming {
    /// Cycles for which the word occupies the issue stage.
    pub issue: u16,
    /// Cycles from issue until the result can be used by another word.
    pub latency: u16,
}

/// Extra cycles of a branch or jump that is taken (fetch restarts).
pub const TAKEN_BRANCH_CYCLES: u64 = 1;
/// Extra cycles of a jump through the jump table (index and entry, two dependent reads).
pub const JUMP_TABLE_CYCLES: u64 = 6;
/// Extra cycle of a word that reads the constant pool.
pub const POOL_CYCLES: u64 = 1;
/// Division: cycles before the first quotient bit (normalisation, sign).
pub const DIV_SETUP_CYCLES: u64 = 6;
/// Division: cycles for each quotient bit (non-restoring, two cycles a bit, leading zeros skipped).
pub const DIV_BIT_CYCLES: u64 = 2;
/// Multiplication 256 × 256 → 256 on 64 × 64 partial products.
pub const MUL_CYCLES: u64 = 16;
/// Multiplication 256 × 256 → 512.
pub const MUL_WIDE_CYCLES: u64 = 20;
/// Exponentiation: cycles for each bit of the exponent (a square), and again for each set bit.
pub const EXP_BIT_CYCLES: u64 = MUL_CYCLES;
/// Keccak-f: one round a cycle.
pub const KECCAK_PERMUTATION_CYCLES: u64 = 24;
/// Keccak: set-up and read-out.
pub const KECCAK_SETUP_CYCLES: u64 = 4;
/// Copy engine: bytes a cycle.
pub const COPY_BYTES_PER_CYCLE: u64 = 32;
/// Copy engine: set-up.
pub const COPY_SETUP_CYCLES: u64 = 4;
/// Memory expansion: square of the new size in words, difference, charge.
pub const GROW_CYCLES: u64 = 4;
/// Memory expansion: bytes zeroed a cycle.
pub const ZERO_BYTES_PER_CYCLE: u64 = 64;
/// Look-up in the access table that hits.
pub const ACCESS_HIT_CYCLES: u64 = 4;
/// First touch of a key: request to the state table and reply.
pub const STATE_TABLE_CYCLES: u64 = 16;
/// Undo: cycles for each entry rolled back.
pub const UNDO_ENTRY_CYCLES: u64 = 2;
/// Vectoring into firmware and fetching its first word.
pub const TRAP_CYCLES: u64 = 3;
/// Saving or restoring a frame.
pub const FRAME_CYCLES: u64 = 8;
/// Fetching the first words of a program (code store).
pub const ENTER_CYCLES: u64 = 12;
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

/// Issue cycles and latency of an operation.
pub const fn op_timing(op: Op) -> OpTiming {
    let (issue, latency) = match op {
        Op::Seg => (0, 0),
        Op::Mul => (1, MUL_CYCLES as u16),
        Op::Addmod | Op::Mulmod | Op::Div | Op::Sdiv | Op::Mod | Op::Smod | Op::Exp => (1, 2),
        Op::Keccak => (1, KECCAK_SETUP_CYCLES as u16),
        Op::Mload | Op::Cdload => (1, 3),
        Op::Sload | Op::Tload | Op::Xacc | Op::Opena | Op::Opens | Op::Get | Op::Blkhash => {
            (1, ACCESS_HIT_CYCLES as u16)
        }
        Op::Tstore | Op::Set | Op::Credit | Op::Setcode => (2, 2),
        Op::Pld | Op::Blobhash => (1, 3),
        Op::Fpush | Op::Fpop => (FRAME_CYCLES as u16, 1),
        Op::Enter | Op::Enterc => (ENTER_CYCLES as u16, 1),
        Op::Sete2 => (2, 1),
        _ => match op.format() {
            Format::Trap => (TRAP_CYCLES as u16, 1),
            Format::SrcAb => (COPY_SETUP_CYCLES as u16, 1),
            Format::DstAb | Format::DstA => (1, 2),
            _ => (1, 1),
        },
    };
    OpTiming { issue, latency }
}
