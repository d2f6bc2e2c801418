//! Where the cycles of hardware lanes go.

use super::lane::BURST;
use crate::image::CodeStore;
use gaslane_abi::isa::Op;
use gaslane_abi::ring::FIRMWARE_HANDLE;
use gaslane_hdl::lane::LaneOutputs;
use std::collections::BTreeMap;
use std::fmt::{self, Display};

/// What a lane's cycle is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A word, or one of its phases, issues.
    Issue,
    /// Fetch waits for lines of the code store.
    Refill,
    /// Fetch starts anew after a branch, a jump or a word that ran alone.
    Redirect,
    /// An operand is not ready, or a constant comes from the pool.
    Dependency,
    /// Products, quotients, powers.
    Arithmetic,
    /// KECCAK.
    Keccak,
    /// Copies, and memory that grows.
    Memory,
    /// Accounts and storage.
    State,
    /// Calls, returns, frames, entering code.
    Call,
    /// Jumps to computed targets.
    Jump,
    /// Everything else that runs alone.
    Other,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Issue,
        Self::Refill,
        Self::Redirect,
        Self::Dependency,
        Self::Arithmetic,
        Self::Keccak,
        Self::Memory,
        Self::State,
        Self::Call,
        Self::Jump,
        Self::Other,
    ];

    /// In a report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Refill => "code refill",
            Self::Redirect => "redirect",
            Self::Dependency => "dependency",
            Self::Arithmetic => "arithmetic",
            Self::Keccak => "keccak",
            Self::Memory => "memory",
            Self::State => "state",
            Self::Call => "calls",
            Self::Jump => "jumps",
            Self::Other => "other",
        }
    }

    /// Of the cycles for which a word runs alone.
    const fn of(op: Option<Op>) -> Self {
        match op {
            Some(Op::Mul | Op::Div | Op::Sdiv | Op::Mod | Op::Smod | Op::Addmod | Op::Mulmod | Op::Exp) => {
                Self::Arithmetic
            }
            Some(Op::Keccak) => Self::Keccak,
            Some(
                Op::Mload
                | Op::Mstore
                | Op::Mstore8
                | Op::Cdcopy
                | Op::Codecopy
                | Op::Rdcopy
                | Op::Mcopy
                | Op::Extcopy
                | Op::Rbload
                | Op::Rbsave
                | Op::Grow,
            )
            | None => Self::Memory,
            Some(
                Op::Opena
                | Op::Opens
                | Op::Sload
                | Op::Tload
                | Op::Tstore
                | Op::Xacc
                | Op::Warm
                | Op::Get
                | Op::Set
                | Op::Credit
                | Op::Blkhash
                | Op::Setcode
                | Op::Undo,
            ) => Self::State,
            Some(
                Op::Sstore
                | Op::Call
                | Op::Callcode
                | Op::Delegatecall
                | Op::Staticcall
                | Op::Create
                | Op::Create2
                | Op::Selfdestruct
                | Op::Fpush
                | Op::Fpop
                | Op::Frt
                | Op::Enter
                | Op::Enterc
                | Op::Stop
                | Op::Return
                | Op::Revert
                | Op::Halt
                | Op::Fin,
            ) => Self::Call,
            Some(Op::JmpDyn | Op::Jr | Op::Miss) => Self::Jump,
            Some(_) => Self::Other,
        }
    }
}

/// Words of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpCycles {
    /// How many retired.
    pub words: u64,
    /// Cycles for which they ran alone.
    pub alone_cycles: u64,
}

/// Cycles of attempts without those in which the lane waits for others: state, words, the host, its turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CycleProfile {
    /// EVM instructions of all attempts that finished.
    pub evm_instructions: u64,
    /// Attempts that finished and ran code.
    pub contracts: u64,
    /// Cycles of those, without waits.
    pub contract_cycles: u64,
    /// Words retired.
    pub words: u64,
    /// Cycles by cause.
    pub causes: BTreeMap<Cause, u64>,
    /// Of every attempt that finished in lockstep: cycles of the model and of the hardware, without waits.
    pub attempts: Vec<(u64, u64)>,
    /// Operations.
    pub ops: BTreeMap<&'static str, OpCycles>,
    /// Lines of refills on their way.
    refill: u32,
    /// Cycles of the word that runs alone.
    alone: u64,
}

impl CycleProfile {
    /// Cycles of all causes.
    pub fn cycles(&self) -> u64 {
        self.causes.values().sum()
    }

    /// Adds another lane's.
    pub fn merge(&mut self, other: &Self) {
        self.evm_instructions += other.evm_instructions;
        self.contracts += other.contracts;
        self.contract_cycles += other.contract_cycles;
        self.words += other.words;
        for (&cause, cycles) in &other.causes {
            *self.causes.entry(cause).or_default() += cycles;
        }
        self.attempts.extend(&other.attempts);
        for (op, cycles) in &other.ops {
            let sum = self.ops.entry(op).or_default();
            (sum.words, sum.alone_cycles) = (sum.words + cycles.words, sum.alone_cycles + cycles.alone_cycles);
        }
    }

    fn add(&mut self, cause: Cause, cycles: u64) {
        *self.causes.entry(cause).or_default() += cycles;
    }

    /// After every cycle of an attempt; `filled` if a line of the code store came in.
    pub(super) fn cycle(&mut self, outputs: &LaneOutputs, filled: bool, image: u32, code: &CodeStore) {
        if outputs.fill_request {
            self.refill = BURST;
        }
        self.refill -= u32::from(filled).min(self.refill);
        let op = outputs.retire.then(|| {
            let handle = if outputs.retire_firmware { FIRMWARE_HANDLE } else { image };
            let word = code.get(handle)?.program.get(outputs.retire_pc as usize)?;
            Some(word.instr.op)
        });
        let op = op.flatten();
        if !matches!(outputs.held_by, 3 | 4) && self.alone > 0 {
            // What ran alone retires in the cycle after its last; memory that has grown is tried again instead.
            let cycles = std::mem::take(&mut self.alone);
            self.add(Cause::of(op), cycles);
            if let Some(op) = op {
                self.ops.entry(op.mnemonic()).or_default().alone_cycles += cycles;
            }
        }
        if outputs.retire {
            self.words += 1;
            if let Some(op) = op {
                self.ops.entry(op.mnemonic()).or_default().words += 1;
            }
        }
        match outputs.held_by {
            0 => self.add(Cause::Issue, 1),
            1 if self.refill > 0 => self.add(Cause::Refill, 1),
            1 => self.add(Cause::Redirect, 1),
            2 => self.add(Cause::Dependency, 1),
            3 => self.alone += 1,
            _ => {}
        }
    }
}

impl Display for CycleProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cycles = self.cycles().max(1) as f64;
        writeln!(
            f,
            "Cycles of the lanes without waits: {}, {:.2} EVM instructions and {:.2} words a cycle",
            self.cycles(),
            self.evm_instructions as f64 / cycles,
            self.words as f64 / cycles
        )?;
        let of_contracts = self.evm_instructions as f64 / self.contract_cycles.max(1) as f64;
        writeln!(
            f,
            "  of {} attempts that ran code: {}, {of_contracts:.2} EVM instructions a cycle",
            self.contracts, self.contract_cycles
        )?;
        for cause in Cause::ALL {
            let count = self.causes.get(&cause).copied().unwrap_or_default();
            writeln!(f, "  {:<12} {count:>12}  {:>5.1} %", cause.name(), 100.0 * count as f64 / cycles)?;
        }
        let mut ops: Vec<_> = self.ops.iter().filter(|(_, op)| op.alone_cycles > 0).collect();
        ops.sort_by_key(|(_, op)| std::cmp::Reverse(op.alone_cycles));
        writeln!(f, "  Words that run alone      words      cycles   each")?;
        for (name, op) in ops.iter().take(30) {
            let each = op.alone_cycles as f64 / op.words.max(1) as f64;
            writeln!(f, "    {name:<16} {:>12} {:>11}  {each:>5.1}", op.words, op.alone_cycles)?;
        }
        if self.attempts.is_empty() {
            return Ok(());
        }
        let mut ratios: Vec<f64> = self.attempts.iter().map(|(model, rtl)| *model as f64 / *rtl as f64).collect();
        ratios.sort_by(f64::total_cmp);
        let at = |share: f64| ratios[((ratios.len() - 1) as f64 * share) as usize];
        let near = |limit: f64| ratios.iter().filter(|ratio| (**ratio - 1.0).abs() <= limit).count();
        let sum = self.attempts.iter().fold((0, 0), |sum, (model, rtl)| (sum.0 + model, sum.1 + rtl));
        writeln!(
            f,
            "  Model's cycles as a share of these, by attempt: least {:.2}, p5 {:.2}, median {:.2}, p95 {:.2}, most {:.2}; of \
             all {:.2}\n  within 10 %: {} of {} attempts; within 20 %: {}",
            at(0.0),
            at(0.05),
            at(0.5),
            at(0.95),
            at(1.0),
            sum.0 as f64 / sum.1 as f64,
            near(0.1),
            ratios.len(),
            near(0.2),
        )
    }
}
