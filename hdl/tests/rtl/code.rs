//! From a line of the code store to operands: words, fields, constants, jump index.

use alloy_primitives::U256;
use gaslane_abi::{
    env,
    image::JumpBlock,
    isa::{ExtForm, Format, Instr, Mode, Op},
};
use gaslane_hdl::{
    code::{
        ConstantUnit, Decoder, JumpTable, LineWord,
        constant::{self, KIND_EXTENDED, KIND_HIGH16, KIND_IMM32, KIND_LOW16},
        decoder, jump, line_word,
    },
    word::{W64, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(ConstantUnit, clocked, [imm, kind] => [constant]);
dut!(LineWord, combinational, [line, index] => [word, half]);
dut!(JumpTable, clocked, [line, pc] => [is_jumpdest, entry]);
dut!(Decoder, combinational, [word] => [
    op, bubble, dst, a, b, mode, imm, valid, privileged, reads_a_slot, reads_b_slot, env_a, env_b, const_a, const_b, pool,
    writes_dst, split
]);

/// A line as the bytes that it was in memory.
fn bytes(line: W256) -> [u8; 32] {
    U256::from_limbs(*line.limbs()).to_be_bytes()
}

/// A constant as the instruction set describes it.
fn constant(kind: u8, imm: u32) -> U256 {
    let form = imm >> 28;
    let wide = |value: u32| U256::from(value);
    let n = (imm & 0x1ff) as usize;
    let shift = ((imm >> 16) & 0x1ff) as usize;
    match (kind, form) {
        (KIND_IMM32, _) => wide(imm),
        (KIND_LOW16, _) => wide(imm % 65_536),
        (KIND_HIGH16, _) => wide(imm / 65_536),
        (KIND_EXTENDED, 1) if n == 256 => U256::MAX,
        (KIND_EXTENDED, 1) if n < 256 => U256::from(2).pow(U256::from(n)) - U256::from(1),
        (KIND_EXTENDED, 2) if shift < 256 => wide(imm % 65_536).wrapping_mul(U256::from(2).pow(U256::from(shift))),
        (KIND_EXTENDED, 3) => U256::MAX - wide(imm % (1 << 28)),
        _ => U256::ZERO,
    }
}

#[test]
fn constants() {
    let mut bench = Bench::<ConstantUnit>::new("constant");
    let mut rng = rng();
    let mut cases: Vec<(u8, u32)> = vec![];
    for imm in [0, 1, 0xffff, 0x1_0000, 0x8000_8000, u32::MAX, 0x7fff_ffff] {
        cases.extend((0..8).map(|kind| (kind, imm)));
    }
    // Every run of ones, every shift, every form, with what must not matter at random.
    cases.extend((0..512).map(|n| (KIND_EXTENDED, 1 << 28 | (rng.random::<u32>() & 0x0fff_fe00) | n)));
    for shift in 0..512 {
        for value in [1, 0x8000, 0x8001, 0xffff, rng.random::<u16>()] {
            let ignored = rng.random::<u32>() & 0x0e00_0000;
            cases.push((KIND_EXTENDED, 2 << 28 | ignored | shift << 16 | u32::from(value)));
        }
    }
    cases.extend((0..16).map(|form| (KIND_EXTENDED, form << 28 | 0x00ab_cdef)));
    cases.extend([0, 1, 0x0fff_ffff, 0x0000_8000].map(|value| (KIND_EXTENDED, 3 << 28 | value)));
    cases.extend((0..12_000).map(|_| {
        let kind = if rng.random() { KIND_EXTENDED } else { rng.random_range(0..8) };
        let imm: u32 = rng.random();
        (kind, if rng.random() { imm } else { (imm & 0x0fff_ffff) | rng.random_range(0..5) << 28 })
    }));
    for (kind, imm) in cases {
        bench.kind.next = u64::from(kind).into();
        bench.imm.next = u64::from(imm).into();
        bench.tick();
        let expected = constant(kind, imm);
        assert_eq!(U256::from_limbs(*constant::model(kind, imm).limbs()), expected, "model: {kind} {imm:#x}");
        assert_eq!(U256::from_limbs(*bench.constant.val().limbs()), expected, "{kind} {imm:#x}");
        if kind == KIND_EXTENDED && ExtForm::decode(imm).is_none() {
            assert_eq!(expected, U256::ZERO, "{imm:#x}");
        }
    }
    bench.cross_check();
}

#[test]
fn words_of_a_line() {
    let mut bench = Bench::<LineWord>::new("line_word");
    let mut rng = rng();
    for _ in 0..10_000 {
        let line = if rng.random() { W256::from_limbs(rng.random()) } else { word(&mut rng) };
        let index: usize = rng.random_range(0..8);
        (bench.line.next, bench.index.next) = (line, (index as u64).into());
        bench.tick();
        let memory = bytes(line);
        let at = index * 4;
        let half = u32::from_le_bytes(memory[at..at + 4].try_into().unwrap());
        let full = u64::from_le_bytes(memory[at / 8 * 8..at / 8 * 8 + 8].try_into().unwrap());
        assert_eq!(line_word::model(line, index), (full, half));
        assert_eq!(bench.word.val(), W64::from_limbs([full]));
        assert_eq!(bench.half.val().to_u64(), u64::from(half));
    }
    bench.cross_check();
}

#[test]
fn jump_index() {
    let mut bench = Bench::<JumpTable>::new("jump_table");
    let mut rng = rng();
    let mut cases: Vec<([JumpBlock; 4], usize)> = vec![];
    for pc in 0..128 {
        for (bitmap, base) in [(u32::MAX, 0), (u32::MAX, u32::MAX), (1 << (pc % 32), 7), (!(1 << (pc % 32)), 0xffff)] {
            let mut blocks = [JumpBlock { bitmap: rng.random(), base: rng.random() }; 4];
            blocks[pc / 32] = JumpBlock { bitmap, base };
            cases.push((blocks, pc));
        }
    }
    cases.extend((0..12_000).map(|_| {
        let blocks = std::array::from_fn(|_| {
            let base = if rng.random() { rng.random() } else { rng.random_range(0..1 << 14) };
            JumpBlock { bitmap: rng.random::<u32>() & if rng.random() { rng.random() } else { u32::MAX }, base }
        });
        (blocks, rng.random_range(0..128))
    }));
    for (blocks, pc) in cases {
        let memory = blocks.map(|b| [b.bitmap.to_le_bytes(), b.base.to_le_bytes()].concat()).concat();
        bench.line.next = W256::from_limbs(U256::from_be_slice(&memory).into_limbs());
        bench.pc.next = (pc as u64).into();
        bench.tick();
        // As the translator counts: JUMPDESTs in the order of the code.
        let block = blocks[pc / 32];
        let bits = |range: std::ops::Range<usize>| range.filter(|&i| (block.bitmap >> i) & 1 == 1).count();
        let expected = (bits(pc % 32..pc % 32 + 1) == 1, block.base.wrapping_add(bits(0..pc % 32) as u32));
        assert_eq!(jump::model(block, pc as u32), expected);
        assert_eq!((bench.is_jumpdest.val(), bench.entry.val().to_u64() as u32), expected, "{block:x?} {pc}");
    }
    bench.cross_check();
}

/// Where a source comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Slot,
    Constant,
    Pool,
    Env,
}

/// What the page of the instruction set says of a format: sources a and b, the word's result in slot `dst`.
fn operands(format: Format) -> (bool, bool, bool) {
    let (mut a, mut b, mut dst) = (false, false, false);
    let text = match format {
        Format::Seg | Format::Jump | Format::None | Format::Code => "",
        Format::JumpDynamic | Format::A | Format::WriteSpecial | Format::SetEnv => "a",
        Format::Branch | Format::Ab | Format::SrcAb | Format::Trap | Format::Log => "a b",
        Format::Set | Format::SetEnv2 | Format::FramePush => "a b",
        Format::DstAb | Format::DstAbc | Format::Ask => "dst a b",
        Format::DstA | Format::Get => "dst a",
        Format::Dst | Format::Gas | Format::ReadSpecial | Format::Link => "dst",
    };
    for name in text.split(' ') {
        match name {
            "a" => a = true,
            "b" => b = true,
            "dst" => dst = true,
            _ => {}
        }
    }
    (a, b, dst)
}

/// Sources of a word as the model card resolves them; `None` if it refuses the word for itself alone.
fn sources(instr: Instr) -> Option<(Source, Source, bool)> {
    let (mut a, mut b) = (Source::Slot, Source::Slot);
    let mut pool = false;
    let wide = !matches!(
        instr.op.format(),
        Format::Seg
            | Format::Jump
            | Format::JumpDynamic
            | Format::None
            | Format::Dst
            | Format::DstAbc
            | Format::Code
            | Format::Gas
            | Format::Get
            | Format::ReadSpecial
            | Format::Link
            | Format::FramePush
            | Format::Ask
            | Format::Branch
            | Format::Trap
    );
    if instr.op.split() || wide {
        let extended = || match (instr.op.split(), ExtForm::decode(instr.imm)) {
            (true, _) | (false, Some(ExtForm::Pool(_))) => Some(Source::Pool),
            (false, form) => form.map(|_| Source::Constant),
        };
        match instr.mode {
            Mode::Slots => {}
            Mode::ImmB => b = Source::Constant,
            Mode::ImmA => a = Source::Constant,
            Mode::ExtB => b = extended()?,
            Mode::ExtA => a = extended()?,
            Mode::ImmAb if instr.op.split() => return None,
            Mode::ImmAb => (a, b) = (Source::Constant, Source::Constant),
            Mode::EnvB => b = Source::Env,
            Mode::EnvA => a = Source::Env,
        }
        pool = a == Source::Pool || b == Source::Pool;
    }
    if instr.op.format() == Format::DstAbc {
        pool = instr.imm >> 15 & 1 == 1;
    }
    Some((a, b, pool))
}

fn check_word(bench: &mut Bench<Decoder>, word: u64) {
    bench.word.next = W64::from_limbs([word]);
    bench.tick();
    let slots = |slot: i8| u64::from(slot as u8 & 0x7f);
    let found = decoder::Decoded {
        valid: bench.valid.val(),
        privileged: bench.privileged.val(),
        reads_a_slot: bench.reads_a_slot.val(),
        reads_b_slot: bench.reads_b_slot.val(),
        env_a: bench.env_a.val(),
        env_b: bench.env_b.val(),
        const_a: bench.const_a.val(),
        const_b: bench.const_b.val(),
        pool: bench.pool.val(),
        writes_dst: bench.writes_dst.val(),
        split: bench.split.val(),
    };
    assert_eq!(found, decoder::model(word), "{word:#x}");
    assert_eq!(bench.op.val().to_u64(), word & 0x7f);
    assert_eq!(bench.mode.val().to_u64(), (word >> 29) & 7);
    assert_eq!(bench.imm.val().to_u64(), word >> 32);
    let Some(instr) = Instr::decode(word) else {
        let nothing = decoder::Decoded { valid: false, ..found };
        assert_eq!(found, nothing);
        let flags = [found.reads_a_slot, found.reads_b_slot, found.const_a, found.const_b, found.env_a, found.env_b];
        assert_eq!(flags, [false; 6]);
        assert!(!found.pool && !found.writes_dst && !found.split && !found.privileged);
        return;
    };
    assert_eq!(bench.bubble.val(), instr.bubble);
    let fields = [bench.dst.val(), bench.a.val(), bench.b.val()].map(|field| field.to_u64());
    assert_eq!(fields, [instr.dst, instr.a, instr.b].map(slots));
    let (uses_a, uses_b, result) = operands(instr.op.format());
    assert_eq!(found.split, instr.op.split());
    assert_eq!(found.writes_dst, result, "{}", instr.op.mnemonic());
    let argument = |from: u8, count: u8| (from..from + count).all(|index| (env::A2..=env::A6).contains(&index));
    let allowed = match instr.op {
        Op::Sete => argument(instr.env_index(), 1),
        Op::Sete2 => argument(instr.env_index(), 2),
        op => !op.privileged(),
    };
    assert_eq!(found.privileged, !allowed, "{word:#x}");
    let Some((a, b, pool)) = sources(instr) else {
        assert!(!found.valid, "{word:#x}");
        return;
    };
    let constant = |source| matches!(source, Source::Constant | Source::Pool);
    let expected = decoder::Decoded {
        valid: true,
        reads_a_slot: uses_a && a == Source::Slot,
        reads_b_slot: uses_b && b == Source::Slot,
        env_a: a == Source::Env,
        env_b: b == Source::Env,
        const_a: constant(a),
        const_b: constant(b),
        pool,
        ..found
    };
    assert_eq!(found, expected, "{word:#x}");
}

/// Every code in every mode, with immediates at the edges of their forms, and random words.
#[test]
fn decoded_words() {
    let mut bench = Bench::<Decoder>::new("decoder");
    let mut rng = rng();
    let immediates = |rng: &mut SmallRng| {
        let mut all = vec![0, u32::MAX, 0x7fff, 0x8000, 1 << 28 | 256, 1 << 28 | 257, 1 << 28 | 511, 1 << 28 | 255];
        all.extend([2 << 28 | 0x00ff_0001, 2 << 28 | 0x0100_0001, 2 << 28 | 0x0e00_0001, 3 << 28 | 0x0fff_ffff]);
        all.extend((0..16).map(|form| form << 28 | (rng.random::<u32>() >> 4)));
        all
    };
    for code in 0..128_u64 {
        for mode in 0..8_u64 {
            for imm in immediates(&mut rng) {
                let fields = rng.random::<u64>() & 0x1fff_ff80;
                check_word(&mut bench, u64::from(imm) << 32 | mode << 29 | fields | code);
            }
        }
    }
    for op in [Op::Sete, Op::Sete2] {
        for dst in 0..128 {
            check_word(&mut bench, op as u64 | dst << 8);
        }
    }
    for _ in 0..10_000 {
        check_word(&mut bench, rng.random());
    }
    bench.cross_check();
}

/// Which words have their result in slot `dst` also stands in their explanations.
#[test]
fn results_as_explained() {
    for &op in Op::ALL {
        let explained = op.doc().starts_with("dst ←") || op.doc().contains("; dst ←") || op.doc().contains(": dst ←");
        let written_later = op.format() == Format::Trap;
        assert_eq!(decoder::op_traits(op).writes_dst, explained && !written_later, "{}", op.doc());
    }
}
