//! Where the busy cycles of lanes go, by class of operation.

use gaslane_abi::isa::Op;
use gaslane_sim::OpCycles;

/// Class of words of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Superblock heads, jumps, branches, ends of frames.
    Control,
    /// Addition, subtraction, comparison, bits, shifts, moves.
    Simple,
    /// Multiplication, division, modulo, powers.
    Multiply,
    /// Keccak-256.
    Keccak,
    /// Memory, calldata, copies.
    Memory,
    /// Storage, transient storage, fields of accounts, block hashes.
    State,
    /// Logs.
    Log,
    /// Words that call firmware (calls, creations, SSTORE, SELFDESTRUCT), without what the firmware takes.
    Trap,
}

impl Class {
    /// Every class, as they are shown.
    pub const ALL: [Self; 8] =
        [Self::Control, Self::Simple, Self::Multiply, Self::Keccak, Self::Memory, Self::State, Self::Log, Self::Trap];

    /// Name for reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Control => "jumps and block heads",
            Self::Simple => "arithmetic, logic, moves",
            Self::Multiply => "multiply and divide",
            Self::Keccak => "keccak",
            Self::Memory => "memory and copies",
            Self::State => "storage and accounts",
            Self::Log => "logs",
            Self::Trap => "traps into firmware",
        }
    }

    /// Class of an operation.
    pub const fn of(op: Op) -> Self {
        use Op::*;
        match op {
            Seg | Jmp | JmpDyn | Beq | Bne | Blt | Bge | Bslt | Bsge | Stop | Return | Revert | Halt | Miss | Jal
            | Jr | Frt | Enter | Enterc | Esc | Fin => Self::Control,
            Gas | Add | Sub | Signextend | Lt | Slt | Eq | Iszero | And | Or | Xor | Not | Byte | Shl | Shr | Sar
            | Clz | Mov | Rds | Wrs | Sete | Sete2 | Tres | Charge | Chargex => Self::Simple,
            Mul | Div | Sdiv | Mod | Smod | Addmod | Mulmod | Exp => Self::Multiply,
            Keccak => Self::Keccak,
            Mload | Mstore | Mstore8 | Msize | Cdload | Cdcopy | Codecopy | Rdcopy | Mcopy | Extcopy | Rbsave
            | Rbload | Pld | Grow => Self::Memory,
            Sload | Tload | Tstore | Xacc | Opena | Opens | Warm | Get | Set | Credit | Blkhash | Blobhash
            | Setcode => Self::State,
            Topic | Log => Self::Log,
            Fpush | Fpop | Ckpt | Undo | Ask | Sstore | Call | Callcode | Delegatecall | Staticcall | Create
            | Create2 | Selfdestruct => Self::Trap,
        }
    }
}

/// Cycles by class, greatest first, classes without any left out. Firmware (begin and end of transactions, calls, SSTORE) is
/// one class; what is left of `busy_cycles` is the start of attempts, and what words took before they asked the card or firmware and began again.
pub fn by_class(cycles: &OpCycles, busy_cycles: u64) -> Vec<(&'static str, u64)> {
    let of_class = |class: Class| Op::ALL.iter().filter(|op| Class::of(**op) == class).map(|op| cycles.of(*op)).sum();
    let mut classes: Vec<(&'static str, u64)> =
        Class::ALL.into_iter().map(|class| (class.name(), of_class(class))).collect();
    classes.push(("firmware: begin, end, calls, SSTORE", cycles.firmware()));
    classes.push(("start of attempts, words begun again", busy_cycles.saturating_sub(cycles.total())));
    classes.retain(|(_, cycles)| *cycles > 0);
    classes.sort_by_key(|(_, cycles)| std::cmp::Reverse(*cycles));
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost() {
        let mut cycles = OpCycles::default();
        for (index, op) in Op::ALL.iter().enumerate() {
            cycles.add(*op, false, index as u64 + 1);
            cycles.add(*op, true, 2);
        }
        let classes = by_class(&cycles, cycles.total() + 5);
        assert_eq!(classes.iter().map(|(_, cycles)| cycles).sum::<u64>(), cycles.total() + 5);
        assert!(classes.is_sorted_by(|a, b| a.1 >= b.1));
        assert!(classes.contains(&("start of attempts, words begun again", 5)));
        assert_eq!(by_class(&OpCycles::default(), 0), []);
    }
}
