//! A plain interpreter of lane programs, as the instruction set describes them. Slots that a program may not rely
//! on are overwritten wherever hardware or firmware might.

use crate::world::{Outcome, Run, STEP_LIMIT, World, alu};
use alloy_primitives::U256;
use gaslane_abi::env;
use gaslane_abi::image::{
    FLAG_PROFILE, IMAGE_MAGIC, ImageHeader, JUMP_MISS, JumpBlock, LINE_JUMPS, LINE_WORDS, PATCH_MAGIC, PatchHeader,
    Profile,
};
use gaslane_abi::isa::{ExtForm, Field, Format, GAS_DEBT_LIMIT, Instr, Mode, Op};
use gaslane_abi::word::Word;
use zerocopy::FromBytes;

/// A parsed image.
pub struct Image {
    words: Vec<Instr>,
    pool: Vec<U256>,
    blocks: Vec<JumpBlock>,
    entries: Vec<u32>,
    profile: Vec<Profile>,
}

fn items<T: FromBytes>(bytes: &[u8], offset: u32, count: u32) -> Vec<T> {
    assert_eq!(offset % 32, 0);
    let section = &bytes[offset as usize..][..count as usize * size_of::<T>()];
    section.chunks_exact(size_of::<T>()).map(|item| T::read_from_bytes(item).unwrap()).collect()
}

impl Image {
    pub fn parse(bytes: &[u8], code: &[u8]) -> Self {
        let (header, _) = ImageHeader::read_from_prefix(bytes).unwrap();
        assert_eq!((header.magic, header.flags), (IMAGE_MAGIC, FLAG_PROFILE));
        assert_eq!(header.total_bytes as usize, bytes.len());
        assert_eq!(&bytes[header.raw_offset as usize..][..header.raw_bytes as usize], code);
        assert_eq!(header.jump_blocks as usize, code.len().div_ceil(32));
        let words = items::<u64>(bytes, header.program_offset, header.program_words);
        Self {
            words: words.into_iter().map(|word| Instr::decode(word).unwrap()).collect(),
            pool: items::<Word>(bytes, header.pool_offset, header.pool_entries)
                .into_iter()
                .map(|word| U256::from_limbs(word.0))
                .collect(),
            blocks: items(bytes, header.jump_index_offset, header.jump_blocks),
            entries: items(bytes, header.jump_entries_offset, header.jump_entries),
            profile: items(bytes, header.profile_offset, header.program_words),
        }
    }

    /// Applies a patch as the card does.
    pub fn patch(&mut self, bytes: &[u8]) {
        let (header, _) = PatchHeader::read_from_prefix(bytes).unwrap();
        assert_eq!(header.magic, PATCH_MAGIC);
        assert_eq!((header.first_word as usize, header.first_pool as usize), (self.words.len(), self.pool.len()));
        let mut rest = &bytes[size_of::<PatchHeader>()..];
        fn take<T: FromBytes>(rest: &mut &[u8], count: u32) -> Vec<T> {
            let (section, after) = rest.split_at(count as usize * size_of::<T>());
            *rest = after;
            section.chunks_exact(size_of::<T>()).map(|item| T::read_from_bytes(item).unwrap()).collect()
        }
        let pool = take::<Word>(&mut rest, header.pool_entries);
        self.pool.extend(pool.into_iter().map(|word| U256::from_limbs(word.0)));
        self.words.truncate(self.words.len() - header.repeated_words() as usize);
        let words = take::<u64>(&mut rest, header.program_lines() as u32 * LINE_WORDS);
        let (words, padding) = words.split_at((header.repeated_words() + header.words) as usize);
        assert!(padding.iter().all(|&word| word == 0));
        self.words.extend(words.iter().map(|&word| Instr::decode(word).unwrap()));
        let numbers = take::<u32>(&mut rest, header.number_lines() as u32 * 8);
        let (words, jumps) = numbers.split_at(header.word_lines as usize);
        for line in words {
            for (index, word) in ((line * LINE_WORDS) as usize..).zip(take::<u64>(&mut rest, LINE_WORDS)) {
                assert!(index < header.first_word as usize);
                self.words[index] = Instr::decode(word).unwrap();
            }
        }
        for line in &jumps[..header.jump_lines as usize] {
            let targets = take::<u32>(&mut rest, LINE_JUMPS);
            for (entry, target) in self.entries[(line * LINE_JUMPS) as usize..].iter_mut().zip(targets) {
                *entry = target;
            }
        }
        self.profile.extend(take::<Profile>(&mut rest, header.words));
        assert!(rest.is_empty());
    }

    fn entry(&self, pc: U256) -> Option<usize> {
        let pc = usize::try_from(pc).ok()?;
        let block = self.blocks.get(pc / 32)?;
        let bit = pc % 32;
        let rank = (block.bitmap & ((1u64 << bit) as u32).wrapping_sub(1)).count_ones();
        (block.bitmap >> bit & 1 == 1).then(|| (block.base + rank) as usize)
    }
}

/// Answers a request with a patch.
pub type Host<'a> = dyn FnMut(u32) -> Vec<u8> + 'a;

struct Lane<'a> {
    image: &'a mut Image,
    world: World,
    slots: Vec<U256>,
    sp: i64,
    poison: u64,
    topics: Vec<U256>,
    opened: U256,
}

impl Lane<'_> {
    fn slot(&self, offset: i8) -> U256 {
        self.slots[usize::try_from(self.sp + i64::from(offset)).expect("slot below the frame's stack")]
    }

    fn set(&mut self, offset: i8, value: U256) {
        let index = usize::try_from(self.sp + i64::from(offset)).expect("slot below the frame's stack");
        self.slots[index] = value;
    }

    fn poison(&mut self, from: i64) {
        for slot in from..from + 130 {
            self.poison += 1;
            self.slots[slot as usize] = U256::from(self.poison) << 200;
        }
    }

    fn source(&self, word: &Instr, first: bool) -> U256 {
        let split = word.op.split();
        let imm = if split { word.imm & 0xffff } else { word.imm };
        match (word.mode, first) {
            (Mode::ImmB, false) | (Mode::ImmA, true) => U256::from(imm),
            (Mode::ExtB, false) | (Mode::ExtA, true) if split => self.image.pool[imm as usize],
            (Mode::ExtB, false) | (Mode::ExtA, true) => match ExtForm::decode(imm).unwrap() {
                ExtForm::Pool(index) => self.image.pool[index as usize],
                ExtForm::Ones(256) => U256::MAX,
                ExtForm::Ones(n) => (U256::from(1) << n as usize) - U256::from(1),
                ExtForm::Shifted { value, shift } => U256::from(value) << shift as usize,
                ExtForm::Inverted(value) => !U256::from(value),
            },
            (Mode::ImmAb, true) => U256::from(imm & 0xffff),
            (Mode::ImmAb, false) => U256::from(imm >> 16),
            (Mode::EnvB, false) | (Mode::EnvA, true) => {
                let index = imm as u8;
                assert!(index < 80, "programs read words 0-79");
                self.world.env[index as usize]
            }
            (_, true) => self.slot(word.a),
            (_, false) => self.slot(word.b),
        }
    }
}

/// Runs a program. What it misses, the host must provide.
pub fn run(image: &mut Image, host: &mut Host<'_>, world: World, stack: &[U256], mut gas: i64) -> Run {
    let mut slots = stack.to_vec();
    slots.resize(1024 + 400, U256::ZERO);
    let sp = stack.len() as i64;
    let mut lane = Lane { image, world, slots, sp, poison: 0, topics: Vec::new(), opened: U256::ZERO };
    let (mut at, mut instructions, mut used, mut before) = (0usize, 0i64, 0i64, None::<Instr>);
    let mut steps = 0;
    let outcome = loop {
        steps += 1;
        assert!(steps < STEP_LIMIT, "runs away");
        let word = lane.image.words[at];
        assert!(!word.op.privileged() || word.op == Op::Opena, "privileged {:?}", word.op);
        instructions += i64::from(lane.image.profile[at].evm_instructions);
        // The bubble bit is set exactly where the word before computes an operand in two cycles.
        let dependent = before.is_some_and(|before| {
            matches!(before.op.format(), Format::DstAb | Format::DstA)
                && gaslane_translate::reads(&word).any(|slot| slot == before.dst)
        });
        assert_eq!(dependent, word.bubble, "bubble of word {at}");
        let earlier = before.replace(word);
        let operands = match word.op.format() {
            Format::Seg | Format::Jump | Format::JumpDynamic | Format::None | Format::Code => 0,
            Format::Dst | Format::Gas => 0,
            Format::A | Format::DstA | Format::Get | Format::SetEnv => 1,
            Format::Trap if word.op == Op::Selfdestruct => 1,
            _ => 2,
        };
        let a = if operands > 0 { lane.source(&word, true) } else { U256::ZERO };
        let b = if operands > 1 { lane.source(&word, false) } else { U256::ZERO };
        let mut next = at + 1;
        match word.op.format() {
            Format::Seg => {
                let (need, grow) = (i64::from(word.seg_need()), i64::from(word.seg_grow()));
                if lane.sp < need || lane.sp + grow > 1024 {
                    if word.seg_alt() == 0 {
                        break Outcome::Halt;
                    }
                    instructions -= i64::from(lane.image.profile[at].evm_instructions);
                    next = (at as i64 + i64::from(word.seg_alt())) as usize;
                } else {
                    if gas < 0 {
                        break Outcome::Halt;
                    }
                    gas -= word.seg_gas() as i64;
                    if !word.seg_late() && gas < 0 {
                        break Outcome::Halt;
                    }
                    used = i64::from(word.seg_used());
                    lane.poison(lane.sp);
                }
            }
            Format::Jump if word.op == Op::Miss => {
                lane.image.patch(&host(word.target()));
                assert_eq!(lane.image.words[at].op, Op::Jmp, "the host leaves MISS {at} of {:#x}", word.target());
                instructions -= i64::from(lane.image.profile[at].evm_instructions);
                before = earlier;
                continue;
            }
            Format::Jump => {
                gas += word.refund() as i64;
                lane.sp += i64::from(word.dst);
                next = word.target() as usize;
                // A side exit's stub begins with a move.
                assert!(matches!(lane.image.words[next].op, Op::Seg | Op::Mov), "JMP {at} to {next}");
            }
            Format::JumpDynamic => {
                let target = lane.slot(word.a);
                let Some(entry) = lane.image.entry(target) else { break Outcome::Halt };
                if lane.image.entries[entry] == JUMP_MISS {
                    lane.image.patch(&host(target.to()));
                    assert_ne!(lane.image.entries[entry], JUMP_MISS, "the host leaves JUMPDEST {target:#x}");
                    instructions -= i64::from(lane.image.profile[at].evm_instructions);
                    before = earlier;
                    continue;
                }
                next = lane.image.entries[entry] as usize;
                gas += word.refund() as i64;
                lane.sp += i64::from(word.dst);
            }
            Format::Branch => {
                let slt = alu("slt", a, b, U256::ZERO) == U256::from(1);
                let taken = match word.op {
                    Op::Beq => a == b,
                    Op::Bne => a != b,
                    Op::Blt => a < b,
                    Op::Bge => a >= b,
                    Op::Bslt => slt,
                    _ => !slt,
                };
                if taken {
                    next = (at as i64 + i64::from(word.branch_distance())) as usize;
                }
            }
            Format::None | Format::Ab if matches!(word.op, Op::Stop | Op::Return | Op::Revert) => {
                if gas < 0 {
                    break Outcome::Halt;
                }
                break match word.op {
                    Op::Stop => Outcome::Stop,
                    Op::Return => Outcome::Return(a, b),
                    _ => Outcome::Revert(a, b),
                };
            }
            Format::Code => break Outcome::Halt,
            Format::Gas | Format::Trap => {
                let seen = gas + word.ahead() as i64;
                if seen < 0 {
                    break Outcome::Halt;
                }
                let seen = U256::from(seen as u64);
                let arg = |i: usize| lane.world.env[(env::A0 as usize) + i];
                let (a2, a3, a4, a5, a6) = (arg(2), arg(3), arg(4), arg(5), arg(6));
                let result = match word.op {
                    Op::Gas => seen,
                    Op::Sstore => lane.world.effect("sstore", &[a, b, seen]),
                    Op::Call => lane.world.call("CALL", &[a, b, a2, a3, a4, a5, a6, seen]),
                    Op::Callcode => lane.world.call("CALLCODE", &[a, b, a2, a3, a4, a5, a6, seen]),
                    Op::Delegatecall => lane.world.call("DELEGATECALL", &[a, b, a3, a4, a5, a6, seen]),
                    Op::Staticcall => lane.world.call("STATICCALL", &[a, b, a3, a4, a5, a6, seen]),
                    Op::Create => lane.world.call("CREATE", &[a, b, a2, seen]),
                    Op::Create2 => lane.world.call("CREATE2", &[a, b, a2, a3, seen]),
                    _ => break Outcome::Destroyed(a),
                };
                if word.op != Op::Gas {
                    lane.poison(lane.sp + used);
                }
                if gaslane_translate::writes(&word).is_some() {
                    assert!(i64::from(word.dst) < used);
                    lane.set(word.dst, result);
                }
            }
            Format::SetEnv => lane.world.env[word.env_index() as usize] = a,
            Format::SetEnv2 => {
                lane.world.env[word.env_index() as usize] = a;
                lane.world.env[word.env_index() as usize + 1] = b;
            }
            Format::A if word.op == Op::Topic => lane.topics.push(a),
            Format::Log => {
                assert_eq!(lane.topics.len(), word.dst as usize);
                let mut args = vec![a, b];
                args.append(&mut lane.topics);
                lane.world.effect("log", &args);
            }
            Format::SrcAb => {
                let to = lane.slot(word.dst);
                let name = word.op.mnemonic();
                let mut args = vec![to, a, b];
                if word.op == Op::Extcopy {
                    args.insert(0, lane.opened);
                }
                lane.world.effect(name, &args);
            }
            Format::Ab => drop(lane.world.effect(word.op.mnemonic(), &[a, b])),
            Format::Get => {
                let name = match Field::from_u8(word.imm as u8).unwrap() {
                    Field::Balance => "balance",
                    other => other.name(),
                };
                // A handle names the account and how it was opened.
                let handle = lane.slot(word.a);
                let own = handle.bit(255);
                let value = lane.world.effect(
                    if own { "selfbalance" } else { name },
                    &[if own { handle << 1 >> 1 } else { lane.opened }],
                );
                lane.set(word.dst, value);
            }
            Format::Dst => {
                let size = U256::from(lane.world.effects.len());
                lane.set(word.dst, size);
            }
            Format::DstAbc => {
                assert_eq!(word.mode, Mode::Slots);
                let c = match word.imm >> 15 & 1 {
                    0 => lane.slot((((word.imm & 0x7f) as u8) << 1) as i8 >> 1),
                    _ => lane.image.pool[word.imm as usize & 0x7fff],
                };
                lane.set(word.dst, alu(word.op.mnemonic(), a, b, c));
            }
            Format::DstAb | Format::DstA => {
                let value = match word.op {
                    Op::Exp => {
                        gas -= 50 * b.bit_len().div_ceil(8) as i64;
                        if gas < -GAS_DEBT_LIMIT {
                            break Outcome::Halt;
                        }
                        alu("exp", a, b, U256::ZERO)
                    }
                    Op::Keccak => lane.world.effect("keccak", &[a, b]),
                    Op::Mload | Op::Sload | Op::Blkhash => lane.world.effect(word.op.mnemonic(), &[a]),
                    Op::Tload => alu("cdload", a, U256::ZERO, U256::ZERO),
                    Op::Xacc => {
                        lane.opened = a;
                        mix_handle(a)
                    }
                    Op::Opena => a | U256::from(1) << 255,
                    op => alu(op.mnemonic(), a, b, U256::ZERO),
                };
                lane.set(word.dst, value);
            }
            _ => panic!("word {at}: {word:?}"),
        }
        if next != at + 1 {
            before = None;
        }
        if let Some(slot) = gaslane_translate::writes(&word) {
            assert!(i64::from(slot) < used, "slot {slot} of word {at} is above {used}");
        }
        at = next;
    };
    Run { outcome, gas, effects: lane.world.effects, instructions }
}

fn mix_handle(account: U256) -> U256 {
    crate::world::mix(account, U256::from(11)) >> 1
}
