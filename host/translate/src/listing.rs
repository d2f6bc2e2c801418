//! Listings: bytecode beside the words it became.

use crate::decode::Code;
use crate::program::{Program, Section};
use crate::{Options, decode};
use alloy_primitives::U256;
use gaslane_abi::codes::{Assist, Halt};
use gaslane_abi::env;
use gaslane_abi::evm;
use gaslane_abi::fork::Fork;
use gaslane_abi::isa::{ASK_CALLDATA, ExtForm, Field, Format, Instr, Mode, Special};
use std::fmt;

/// Width of the bytecode column.
const COLUMN: usize = 44;

/// A listing of one contract. Its `Display` is the text of `gaslane asm`.
#[derive(Debug)]
pub struct Listing<'a> {
    code: &'a [u8],
    fork: Fork,
    options: Options,
}

/// Lists a contract.
pub fn listing<'a>(code: &'a [u8], fork: Fork, options: &Options) -> Listing<'a> {
    Listing { code, fork, options: *options }
}

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(delegate) = decode::delegation(self.code, self.fork) {
            return writeln!(f, "; delegation to {delegate}");
        }
        let code = Code::new(self.code, self.fork);
        if self.code.len() > crate::MAX_CODE_BYTES {
            return writeln!(f, "; no program: longer than {} bytes", crate::MAX_CODE_BYTES);
        }
        let Ok(program) = Program::complete(code, &self.options, true) else {
            return writeln!(f, "; no program: exceeds the image format");
        };
        let stats = &program.stats;
        writeln!(
            f,
            "; {} bytes, {}: {} heads, {} words, {} pool entries",
            stats.evm_bytes,
            self.fork.name(),
            stats.heads,
            stats.program_words,
            stats.pool_entries
        )?;
        program.sections.iter().try_for_each(|section| write_section(f, &program.code, &program, section))
    }
}

fn write_section(f: &mut fmt::Formatter<'_>, code: &Code, program: &Program, section: &Section) -> fmt::Result {
    let Section { head, careful, path, first, path_end, end } = section;
    let kind = if *careful { ", careful version" } else { "" };
    let word = |index: usize| match Instr::decode(program.emitted.words[index]) {
        Some(word) => format_word(&word, &program.emitted.pool.entries),
        None => String::new(),
    };
    writeln!(f, "\n{head:#06x}{kind}:\n{:COLUMN$}{first:>6}  {}", "", word(*first))?;
    let mut instructions = path.iter().map(|&pc| pc as usize);
    let mut left = String::new();
    for index in first + 1..*path_end {
        let pc = usize::from(program.emitted.profile[index].evm_pc);
        // Bytecode up to the word's own instruction, unless a word before has shown it already.
        if path_position(path, pc) >= path.len() - instructions.len() {
            for shown in instructions.by_ref() {
                if !left.is_empty() {
                    writeln!(f, "{left}")?;
                }
                left = format_opcode(code, shown);
                if shown == pc {
                    break;
                }
            }
        }
        writeln!(f, "{left:COLUMN$}{index:>6}  {}", word(index))?;
        left.clear();
    }
    for shown in instructions {
        writeln!(f, "{}", format_opcode(code, shown))?;
    }
    for index in *path_end..*end {
        let pc = program.emitted.profile[index].evm_pc;
        writeln!(f, "{:COLUMN$}{index:>6}  {}", format!("  exit of {pc:#06x}"), word(index))?;
    }
    Ok(())
}

/// Position of a program counter on a path, its length if it is not there.
fn path_position(path: &[u32], pc: usize) -> usize {
    path.iter().position(|&shown| shown as usize == pc).unwrap_or(path.len())
}

fn format_opcode(code: &Code, pc: usize) -> String {
    let Some(opcode) = code.opcode(pc) else {
        return format!("  {pc:#06x}       {:#04x} (undefined)", code.byte(pc));
    };
    let gas = code.info(pc).map_or(0, |info| info.gas);
    let mut text = format!("  {pc:#06x} {gas:>5} {}", opcode.name);
    if evm::push_len(opcode.byte) > 0 {
        text += &format!(" {:#x}", code.push_value(pc));
    }
    if text.len() > COLUMN - 2 {
        text.truncate(COLUMN - 4);
        text += "..";
    }
    text
}

/// A word in assembler notation. Constants of the pool are shown by value.
pub fn format_word(word: &Instr, pool: &[U256]) -> String {
    let mnemonic = word.op.mnemonic();
    let bubble = if word.bubble { "  ; +1" } else { "" };
    let a = operand(word, pool, true);
    let b = operand(word, pool, false);
    let dst = slot(word.dst);
    let text = match word.op.format() {
        Format::Seg => {
            let late = if word.seg_late() { " late" } else { "" };
            let alt = match word.seg_alt() {
                0 => String::new(),
                distance => format!(" alt {distance:+}"),
            };
            let (gas, need, grow, used) = (word.seg_gas(), word.seg_need(), word.seg_grow(), word.seg_used());
            format!("{mnemonic} gas {gas} need {need} grow {grow} used {used}{late}{alt}")
        }
        Format::Jump => format!("{mnemonic} {}{}", word.target(), leaving(word)),
        Format::JumpDynamic => format!("{mnemonic} {}{}", slot(word.a), leaving(word)),
        Format::Branch => format!("{mnemonic} {a}, {b}, {:+}", word.branch_distance()),
        Format::None => mnemonic.to_owned(),
        Format::Ab => format!("{mnemonic} {a}, {b}"),
        Format::A => format!("{mnemonic} {a}"),
        Format::DstAb => format!("{mnemonic} {dst}, {a}, {b}"),
        Format::DstA => format!("{mnemonic} {dst}, {a}"),
        Format::Dst => format!("{mnemonic} {dst}"),
        Format::DstAbc => {
            let third = match word.imm >> 15 & 1 {
                0 => slot(((word.imm as u8) << 1) as i8 >> 1),
                _ => constant(pool.get(word.imm as usize & 0x7fff).copied()),
            };
            format!("{mnemonic} {dst}, {}, {}, {third}", slot(word.a), slot(word.b))
        }
        Format::SrcAb => format!("{mnemonic} {dst}, {a}, {b}"),
        Format::Code => match Halt::from_u8(word.imm as u8) {
            Some(halt) if word.op == gaslane_abi::isa::Op::Halt => format!("{mnemonic} {}", halt.name()),
            _ => format!("{mnemonic} {}", word.imm as u8),
        },
        Format::Trap => {
            let result = if crate::writes(word).is_some() { format!("{dst}, ") } else { String::new() };
            let second = if word.op == gaslane_abi::isa::Op::Selfdestruct { String::new() } else { format!(", {b}") };
            format!("{mnemonic} {result}{a}{second} ahead {}", word.ahead())
        }
        Format::Gas => format!("{mnemonic} {dst} ahead {}", word.ahead()),
        Format::Get => format!("{mnemonic} {dst}, {}.{}", slot(word.a), field(word.imm as u8)),
        Format::Set => format!("{mnemonic} {a}.{}, {b}", field(word.env_index())),
        Format::Log => format!("{mnemonic} {}, {a}, {b}", word.dst),
        Format::ReadSpecial => format!("{mnemonic} {dst}, {}", special(word.imm as u8)),
        Format::WriteSpecial => format!("{mnemonic} {}, {a}", special(word.env_index())),
        Format::SetEnv => format!("{mnemonic} {}, {a}", env_name(word.env_index())),
        Format::SetEnv2 => format!("{mnemonic} {}, {a}, {b}", env_name(word.env_index())),
        Format::Link => format!("{mnemonic} {dst}, {}", word.target()),
        Format::Ask => {
            let kind = Assist::from_u8(word.imm as u8).map_or("?", Assist::name);
            let source = if word.imm & ASK_CALLDATA != 0 { ", calldata" } else { "" };
            format!("{mnemonic} {dst}, {kind}, {}, {}{source}", slot(word.a), slot(word.b))
        }
        Format::FramePush => format!("{mnemonic} {}, {}, keep {}", slot(word.a), slot(word.b), word.imm & 0x7f),
    };
    text + bubble
}

fn leaving(word: &Instr) -> String {
    let mut text = String::new();
    if word.dst != 0 {
        text += &format!(" sp {:+}", word.dst);
    }
    if word.refund() != 0 {
        text += &format!(" back {}", word.refund());
    }
    text
}

fn slot(slot: i8) -> String {
    format!("s{slot}")
}

fn constant(value: Option<U256>) -> String {
    match value {
        Some(value) if value < U256::from(10) => format!("#{value}"),
        Some(value) => format!("#{value:#x}"),
        None => "#?".to_owned(),
    }
}

fn env_name(index: u8) -> String {
    env::WORDS
        .iter()
        .find(|word| word.0 == index)
        .map_or_else(|| format!("env.{index}"), |word| format!("env.{}", word.1))
}

fn field(index: u8) -> &'static str {
    Field::from_u8(index).map_or("?", Field::name)
}

fn special(index: u8) -> &'static str {
    Special::from_u8(index).map_or("?", Special::name)
}

/// Source a or b of a word as its mode says.
fn operand(word: &Instr, pool: &[U256], first: bool) -> String {
    let short = word.op.split();
    let immediate = if short { word.imm & 0xffff } else { word.imm };
    match (word.mode, first) {
        (Mode::ImmB, false) | (Mode::ImmA, true) => constant(Some(U256::from(immediate))),
        (Mode::ExtB, false) | (Mode::ExtA, true) if short => constant(pool.get(immediate as usize).copied()),
        (Mode::ExtB, false) | (Mode::ExtA, true) => constant(extended(word.imm, pool)),
        (Mode::ImmAb, true) => constant(Some(U256::from(word.imm & 0xffff))),
        (Mode::ImmAb, false) => constant(Some(U256::from(word.imm >> 16))),
        (Mode::EnvB, false) | (Mode::EnvA, true) => env_name(word.imm as u8),
        (_, true) => slot(word.a),
        (_, false) => slot(word.b),
    }
}

/// Constant that mode `Ext` of a wide word names.
pub fn extended(imm: u32, pool: &[U256]) -> Option<U256> {
    Some(match ExtForm::decode(imm)? {
        ExtForm::Pool(index) => *pool.get(index as usize)?,
        ExtForm::Ones(0) => U256::ZERO,
        ExtForm::Ones(n) => U256::MAX >> (256 - n as usize),
        ExtForm::Shifted { value, shift } => U256::from(value) << shift as usize,
        ExtForm::Inverted(value) => !U256::from(value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaslane_abi::isa::Op;

    #[test]
    fn words_in_assembler_notation() {
        let pool = [U256::from(0xa905_9cbbu32)];
        let shown = |word: Instr| format_word(&word, &pool);
        assert_eq!(shown(Instr::new(Op::Add, 3, -1, 0).with(Mode::ImmB, 0x20)), "add s3, s-1, #0x20");
        assert_eq!(shown(Instr::new(Op::Beq, 0, -1, 0).with(Mode::ExtB, 12 << 16)), "beq s-1, #0xa9059cbb, +12");
        assert_eq!(shown(Instr::new(Op::Mov, 0, 0, 0).with(Mode::EnvA, 65)), "mov s0, env.CALLER");
        assert_eq!(shown(Instr::jmp(7, -2, 30)), "jmp 7 sp -2 back 30");
        assert_eq!(shown(Instr::seg(9, 2, 1, 3, true, -4)), "seg gas 9 need 2 grow 1 used 3 late alt -4");
    }

    #[test]
    fn bytecode_stands_beside_its_words() {
        // CALLVALUE PUSH1 6 JUMPI INVALID | JUMPDEST STOP
        let text =
            listing(&[0x34, 0x60, 6, 0x57, 0xfe, 0xfe, 0x5b, 0x00], Fork::Osaka, &Options::default()).to_string();
        let line = text.lines().find(|line| line.contains("JUMPI")).unwrap();
        assert!(line.contains("mov s0, env.CALL_VALUE"), "{text}");
        assert!(text.contains("JUMPDEST") && text.contains("stop") && text.contains("halt bad-opcode"), "{text}");
    }
}
