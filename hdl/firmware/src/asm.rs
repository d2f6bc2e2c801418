//! Assembler for firmware.
//!
//! One statement a line: `label:` or `mnemonic operands`, comments after `;`. Operands: slots `s0`, `s-1`; environment
//! words by name; constants `#10`, `#0xff`, `#ones(160)` (2^160 − 1); fields `s0.balance`; labels. At most one
//! operand of a word is a constant or environment word, as the format allows. The bubble bit
//! is set where a word reads a two-cycle result of the word before it.

use gaslane_abi::codes::{Assist, Escape, Halt};
use gaslane_abi::env;
use gaslane_abi::isa::{ASK_CALLDATA, ExtForm, Field, Format, Instr, Mode, Op, Special};
use gaslane_abi::word::Word;
use std::collections::HashMap;

/// A statement that cannot be assembled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct AsmError {
    /// Source name.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// Assembled program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// Words.
    pub words: Vec<Instr>,
    /// Constant pool.
    pub pool: Vec<Word>,
    /// Word addresses of labels.
    pub labels: HashMap<String, u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Operand {
    Slot(i8),
    Constant(Word),
    Env(u8),
    Field(i8, Field),
    Name(String),
}

/// Assembles sources in order, as one program.
pub fn assemble(sources: &[(&str, &str)]) -> Result<Program, AsmError> {
    let mut statements = Vec::new();
    let mut labels = HashMap::new();
    for &(file, text) in sources {
        for (index, raw) in text.lines().enumerate() {
            let fail = |message: String| AsmError { file: file.to_owned(), line: index + 1, message };
            let line = raw.split(';').next().unwrap_or_default().trim();
            if let Some(label) = line.strip_suffix(':') {
                if labels.insert(label.to_owned(), statements.len() as u32).is_some() {
                    return Err(fail(format!("label {label} stands twice")));
                }
            } else if !line.is_empty() {
                statements.push((file, index + 1, line));
            }
        }
    }
    let mut program = Program { labels, ..Program::default() };
    for (file, line, text) in statements {
        let fail = |message: String| AsmError { file: file.to_owned(), line, message };
        let word = statement(text, &mut program).map_err(fail)?;
        program.words.push(word);
    }
    set_bubbles(&mut program.words);
    Ok(program)
}

fn parse_operand(text: &str) -> Result<Operand, String> {
    if let Some(constant) = text.strip_prefix('#') {
        return parse_constant(constant).map(Operand::Constant);
    }
    if let Some((slot, field)) = text.split_once('.') {
        let slot = parse_slot(slot).ok_or_else(|| format!("{slot} is no slot"))?;
        let field = Field::ALL.iter().find(|f| f.name() == field).ok_or_else(|| format!("{field} is no field"))?;
        return Ok(Operand::Field(slot, *field));
    }
    if let Some(slot) = parse_slot(text) {
        return Ok(Operand::Slot(slot));
    }
    if let Some((index, ..)) = env::WORDS.iter().find(|(_, name, _)| *name == text) {
        return Ok(Operand::Env(*index));
    }
    Ok(Operand::Name(text.to_owned()))
}

fn parse_slot(text: &str) -> Option<i8> {
    text.strip_prefix('s')?.parse().ok().filter(|slot| (-64..64).contains(slot))
}

fn parse_constant(text: &str) -> Result<Word, String> {
    if let Some(n) = text.strip_prefix("ones(").and_then(|t| t.strip_suffix(')')) {
        let n: u32 = n.parse().map_err(|_| format!("{text} is no constant"))?;
        let mut limbs = [0; 4];
        for bit in 0..n.min(256) {
            limbs[bit as usize / 64] |= 1 << (bit % 64);
        }
        return Ok(Word(limbs));
    }
    let value = match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => text.parse(),
    };
    value.map(Word::from_u64).map_err(|_| format!("{text} is no constant"))
}

impl Program {
    fn pool_index(&mut self, value: Word) -> u32 {
        let index = self.pool.iter().position(|entry| *entry == value).unwrap_or_else(|| {
            self.pool.push(value);
            self.pool.len() - 1
        });
        index as u32
    }

    /// Mode and immediate bits of sources a and b.
    fn sources(&mut self, op: Op, word: &mut Instr, a: &Operand, b: &Operand) -> Result<(), String> {
        let mut special = None;
        for (is_b, operand) in [(false, a), (true, b)] {
            match operand {
                Operand::Slot(slot) if is_b => word.b = *slot,
                Operand::Slot(slot) => word.a = *slot,
                _ if special.is_some() => return Err("two operands are not slots".into()),
                _ => special = Some((is_b, operand)),
            }
        }
        let Some((is_b, operand)) = special else { return Ok(()) };
        let (imm_mode, ext_mode, env_mode) =
            if is_b { (Mode::ImmB, Mode::ExtB, Mode::EnvB) } else { (Mode::ImmA, Mode::ExtA, Mode::EnvA) };
        let (mode, imm) = match operand {
            Operand::Env(index) => (env_mode, u32::from(*index)),
            Operand::Constant(value) => {
                let limit = if op.split() { 0xffff } else { u64::from(u32::MAX) };
                let ones = value.0.iter().map(|limb| limb.count_ones()).sum::<u32>();
                let is_ones = parse_constant(&format!("ones({ones})")).as_ref() == Ok(value);
                if value.0[1..] == [0; 3] && value.0[0] <= limit {
                    (imm_mode, value.0[0] as u32)
                } else if is_ones && !op.split() {
                    (ext_mode, ExtForm::Ones(ones as u16).encode())
                } else {
                    (ext_mode, self.pool_index(*value))
                }
            }
            other => return Err(format!("{other:?} cannot be a source")),
        };
        word.mode = mode;
        word.imm |= imm;
        Ok(())
    }

    fn label(&self, operand: &Operand) -> Result<u32, String> {
        match operand {
            Operand::Name(name) => self.labels.get(name).copied().ok_or_else(|| format!("no label {name}")),
            other => Err(format!("{other:?} is no label")),
        }
    }
}

fn slot(operand: &Operand) -> Result<i8, String> {
    match operand {
        Operand::Slot(slot) => Ok(*slot),
        other => Err(format!("{other:?} must be a slot")),
    }
}

fn env_target(operand: &Operand) -> Result<i8, String> {
    match operand {
        Operand::Env(index) => Ok((*index << 1) as i8 >> 1),
        other => Err(format!("{other:?} must be an environment word")),
    }
}

fn code_of<T: Copy>(operand: &Operand, all: &[T], name: fn(T) -> &'static str) -> Result<T, String> {
    match operand {
        Operand::Name(text) => {
            all.iter().copied().find(|code| name(*code) == text).ok_or_else(|| format!("{text} is no such code"))
        }
        other => Err(format!("{other:?} is no code")),
    }
}

fn statement(text: &str, program: &mut Program) -> Result<Instr, String> {
    let (mnemonic, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let op = Op::ALL.iter().copied().find(|op| op.mnemonic() == mnemonic);
    let op = op.ok_or_else(|| format!("{mnemonic} is no mnemonic"))?;
    let operands = rest.split(',').map(str::trim).filter(|t| !t.is_empty()).map(parse_operand);
    let operands = operands.collect::<Result<Vec<_>, _>>()?;
    let here = program.words.len() as i64;
    let mut word = Instr::new(op, 0, 0, 0);
    let zero = Operand::Slot(0);
    match (op.format(), operands.as_slice()) {
        (Format::None, []) => {}
        (Format::Jump, [target]) => word = Instr::jmp(program.label(target)?, 0, 0),
        (Format::Branch, [a, b, target]) => {
            let distance = i64::from(program.label(target)?) - here;
            let distance = i16::try_from(distance).map_err(|_| "branch too far".to_owned())?;
            word.imm = (distance as u16 as u32) << 16;
            program.sources(op, &mut word, a, b)?;
        }
        (Format::Ab, [a, b]) => program.sources(op, &mut word, a, b)?,
        (Format::A, [a]) => program.sources(op, &mut word, a, &zero)?,
        (Format::DstAb | Format::SrcAb, [dst, a, b]) => {
            word.dst = slot(dst)?;
            program.sources(op, &mut word, a, b)?;
        }
        (Format::DstA, [dst, a]) => {
            word.dst = slot(dst)?;
            program.sources(op, &mut word, a, &zero)?;
        }
        (Format::Dst, [dst]) => word.dst = slot(dst)?,
        (Format::Code, [code]) => {
            word.imm = match op {
                Op::Esc => code_of(code, Escape::ALL, Escape::name)? as u32,
                _ => code_of(code, Halt::ALL, Halt::name)? as u32,
            }
        }
        (Format::Get, [dst, Operand::Field(a, field)]) => {
            (word.dst, word.a, word.imm) = (slot(dst)?, *a, *field as u32);
        }
        (Format::Set, [Operand::Field(a, field), value]) => {
            (word.dst, word.a) = (*field as i8, *a);
            let a = Operand::Slot(*a);
            program.sources(op, &mut word, &a, value)?;
        }
        (Format::ReadSpecial, [dst, name]) => {
            (word.dst, word.imm) = (slot(dst)?, code_of(name, Special::ALL, Special::name)? as u32);
        }
        (Format::WriteSpecial, [name, a]) => {
            word.dst = code_of(name, Special::ALL, Special::name)? as i8;
            program.sources(op, &mut word, a, &zero)?;
        }
        (Format::SetEnv, [target, a]) => {
            word.dst = env_target(target)?;
            program.sources(op, &mut word, a, &zero)?;
        }
        (Format::SetEnv2, [target, a, b]) => {
            word.dst = env_target(target)?;
            program.sources(op, &mut word, a, b)?;
        }
        (Format::Link, [dst, target]) => (word.dst, word.imm) = (slot(dst)?, program.label(target)?),
        (Format::FramePush, [a, b, Operand::Constant(keep)]) => {
            (word.a, word.b, word.imm) = (slot(a)?, slot(b)?, keep.0[0] as u32 & 0x7f);
        }
        (Format::Ask, [dst, kind, a, b, source @ ..]) => {
            (word.dst, word.a, word.b) = (slot(dst)?, slot(a)?, slot(b)?);
            word.imm = code_of(kind, Assist::ALL, Assist::name)? as u32;
            match source {
                [] => {}
                [Operand::Name(name)] if name == "calldata" => word.imm |= ASK_CALLDATA,
                _ => return Err("the source of a request is memory, or calldata".into()),
            }
        }
        (format, _) => return Err(format!("operands of {mnemonic} do not fit its format {format:?}")),
    }
    Ok(word)
}

/// Slots that a word reads.
fn reads(word: &Instr) -> [Option<i8>; 3] {
    let a = (!matches!(word.mode, Mode::ImmA | Mode::ExtA | Mode::EnvA | Mode::ImmAb)).then_some(word.a);
    let b = (!matches!(word.mode, Mode::ImmB | Mode::ExtB | Mode::EnvB | Mode::ImmAb)).then_some(word.b);
    match word.op.format() {
        Format::Branch | Format::Ab | Format::DstAb | Format::Set | Format::SetEnv2 | Format::Trap | Format::Log => {
            [a, b, None]
        }
        Format::FramePush | Format::Ask => [Some(word.a), Some(word.b), None],
        Format::A | Format::DstA | Format::WriteSpecial | Format::SetEnv => [a, None, None],
        Format::Get | Format::JumpDynamic => [Some(word.a), None, None],
        Format::SrcAb => [a, b, Some(word.dst)],
        _ => [None; 3],
    }
}

fn set_bubbles(words: &mut [Instr]) {
    for i in 1..words.len() {
        let writer = words[i - 1];
        let two_cycle = matches!(writer.op.format(), Format::DstAb | Format::DstA);
        words[i].bubble = two_cycle && reads(&words[i]).contains(&Some(writer.dst));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assembles_operands_labels_and_bubbles() {
        let source = "start:\n  add s1, s0, #5 ; comment\n  sub s2, s1, ORIGIN\nend: \n  beq s2, #0x10000, start\n  and s1, s1, #ones(160)\n";
        let source = source.replace("end: \n", "end:\n");
        let program = assemble(&[("test", &source)]).unwrap();
        assert_eq!(program.words.len(), 4);
        assert_eq!(program.labels["end"], 2);
        assert!(program.words[1].bubble && program.words[1].mode == Mode::EnvB);
        assert_eq!(program.words[2].branch_distance(), -2);
        assert_eq!((program.words[2].mode, program.pool.len()), (Mode::ExtB, 1));
        assert_eq!(ExtForm::decode(program.words[3].imm), Some(ExtForm::Ones(160)));
    }

    #[test]
    fn errors_name_the_line() {
        let error = assemble(&[("test", "\n  add s1, ORIGIN, #1\n")]).unwrap_err();
        assert_eq!(error.to_string(), "test:2: two operands are not slots");
        let error = assemble(&[("test", "jmp nowhere")]).unwrap_err();
        assert_eq!(error.to_string(), "test:1: no label nowhere");
    }
}
