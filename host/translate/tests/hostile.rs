//! Code made to hurt the translator: it must neither panic nor take long, and the image must stay moderate.

use alloy_primitives::B256;
use gaslane_abi::Fork;
use gaslane_abi::image::{FLAG_DELEGATION, FLAG_NO_PROGRAM, ImageHeader};
use gaslane_abi::isa::{Instr, Op};
use gaslane_translate::{Growing, MAX_CODE_BYTES, Options, listing, translate};
use std::time::{Duration, Instant};
use zerocopy::FromBytes;

fn header(image: &[u8]) -> ImageHeader {
    ImageHeader::read_from_prefix(image).unwrap().0
}

/// Checks what holds for every program: words decode, and jumps lead to heads.
fn check_program(image: &[u8]) {
    let header = header(image);
    assert_eq!(header.total_bytes as usize, image.len());
    assert_eq!(header.flags & (FLAG_NO_PROGRAM | FLAG_DELEGATION), 0);
    let program = &image[header.program_offset as usize..][..header.program_words as usize * 8];
    let words: Vec<Instr> = program
        .chunks_exact(8)
        .map(|word| Instr::decode(u64::from_le_bytes(word.try_into().unwrap())).unwrap())
        .collect();
    assert_eq!(words[0].op, Op::Seg);
    for (index, word) in words.iter().enumerate() {
        match word.op {
            Op::Jmp => assert_eq!(words[word.target() as usize].op, Op::Seg),
            Op::Seg if word.seg_alt() != 0 => {
                let careful = words[(index as i64 + i64::from(word.seg_alt())) as usize];
                assert!(careful.op == Op::Seg && careful.seg_alt() == 0 && !careful.seg_late());
            }
            _ => {}
        }
    }
}

fn hostile(name: &str, code: &[u8]) {
    let start = Instant::now();
    let translation = translate(code, B256::ZERO, Fork::Osaka, &Options::default());
    let took = start.elapsed();
    let ratio = translation.image.len() as f64 / code.len() as f64;
    println!("{name}: {took:?}, image {ratio:.1} times the code, {} heads", translation.stats.heads);
    check_program(&translation.image);
    assert!(took < Duration::from_secs(5), "{name} took {took:?}");
    assert!(ratio < 200.0, "{name}: {ratio}");
}

fn repeat(pattern: &[u8]) -> Vec<u8> {
    pattern.iter().copied().cycle().take(MAX_CODE_BYTES).collect()
}

#[test]
fn repeated_patterns() {
    hostile("JUMPDEST", &vec![0x5b; MAX_CODE_BYTES]);
    hostile("JUMPDEST of half", &vec![0x5b; MAX_CODE_BYTES / 2]);
    hostile("PUSH32", &vec![0x7f; MAX_CODE_BYTES]);
    hostile("PUSH0", &vec![0x5f; MAX_CODE_BYTES]);
    hostile("DUP1 SWAP1", &repeat(&[0x80, 0x90]));
    hostile("DUP16 SWAP16", &repeat(&[0x8f, 0x9f]));
    hostile(
        "SWAPs",
        &repeat(&[0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e]),
    );
    hostile("JUMPDEST PUSH2 JUMPI", &repeat(&[0x5b, 0x61, 0x00, 0x00, 0x57]));
    hostile("JUMPDEST GAS PUSH2 JUMPI", &repeat(&[0x5b, 0x5a, 0x61, 0x00, 0x00, 0x57]));
    hostile("DUP16 PUSH2 JUMPI", &repeat(&[0x5b, 0x8f, 0x61, 0x00, 0x00, 0x57]));
    hostile("GAS GAS GAS PUSH2 JUMPI", &repeat(&[0x5b, 0x5a, 0x5a, 0x5a, 0x61, 0x00, 0x00, 0x57]));
    hostile("SWAP JUMPI", &repeat(&[0x5b, 0x9f, 0x5a, 0x61, 0x00, 0x00, 0x57]));
    hostile("JUMPDEST JUMP", &repeat(&[0x5b, 0x56]));
    hostile("LOG4", &repeat(&[0xa4]));
    hostile("CALL", &repeat(&[0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0xf1]));
    hostile("MULMOD", &repeat(&[0x5a, 0x62, 0x01, 0x02, 0x03, 0x5a, 0x09]));
    hostile("undefined", &repeat(&[0x0c]));
    // Distinct constants, each pushed as a return address would be.
    let mut code = Vec::new();
    for i in 0..9_830u32 {
        code.extend([0x5b, 0x63]);
        code.extend(i.wrapping_mul(0x9e37_79b9).to_be_bytes());
    }
    code.truncate(MAX_CODE_BYTES);
    hostile("constants", &code);
    // A jump from each block to each next one over 5 bytes.
    let mut code = Vec::new();
    while code.len() < MAX_CODE_BYTES - 8 {
        let target = (code.len() + 5) as u16;
        code.extend([0x5b, 0x61, (target >> 8) as u8, target as u8, 0x56]);
    }
    hostile("chain of jumps", &code);
    // Pairs of JUMPI to two places each, far apart.
    let mut code = Vec::new();
    while code.len() < MAX_CODE_BYTES - 8 {
        let target = ((code.len() / 7 * 7919 % 7_000) * 7) as u16;
        code.extend([0x5b, 0x34, 0x61, (target >> 8) as u8, target as u8, 0x57, 0x80]);
    }
    hostile("tangle", &code);
}

#[test]
fn truncated_push() {
    for len in 0..33 {
        let mut code = vec![0x5f, 0x7f];
        code.extend(vec![0x5b; len]);
        hostile("truncated PUSH32", &code);
    }
}

#[test]
fn random_bytes() {
    let mut state = 0x1234_5678_9abc_def1u64;
    let mut next = move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    };
    for program in 0..2_000 {
        let len = if program % 200 == 0 { 24_576 } else { next() as usize % 600 };
        let code: Vec<u8> = (0..len).map(|_| next() as u8).collect();
        let translation = translate(&code, B256::ZERO, Fork::Cancun, &Options::default());
        check_program(&translation.image);
        if len < 300 {
            assert!(!listing(&code, Fork::Cancun, &Options::default()).to_string().is_empty());
        }
    }
}

/// Whatever a card asks for, the program stays one, and asking again changes nothing.
#[test]
fn random_requests() {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    };
    for _ in 0..300 {
        let pieces: [&[u8]; 8] =
            [&[0x5b], &[0x5a], &[0x80, 0x91], &[0x61, 0, 9, 0x57], &[0x60, 3, 0x57], &[0x57], &[0x56], &[0x90, 0x50]];
        let code: Vec<u8> = (0..200).flat_map(|_| pieces[next() as usize % pieces.len()]).copied().collect();
        let mut growing = Growing::new(&code, B256::ZERO, Fork::Osaka, &Options::default());
        for _ in 0..60 {
            let requests: Vec<u32> = missing(&growing.image());
            let request = match next() % 4 {
                0 => next() as u32,
                1 => next() as u32 & 0xf_ffff,
                2 => next() as u32 % 300,
                _ => requests.get(next() as usize % requests.len().max(1)).copied().unwrap_or_default(),
            };
            let before = growing.version();
            growing.extend(request);
            let version = growing.version();
            assert!(growing.patch_since(before).is_some());
            growing.extend(request);
            assert_eq!(growing.version(), version, "request {request:#x}");
            assert!(!missing(&growing.image()).contains(&request));
        }
    }
}

/// What the MISS words of an image ask for.
fn missing(image: &[u8]) -> Vec<u32> {
    let header = header(image);
    let program = &image[header.program_offset as usize..][..header.program_words as usize * 8];
    let words =
        program.chunks_exact(8).map(|word| Instr::decode(u64::from_le_bytes(word.try_into().unwrap())).unwrap());
    words.filter(|word| word.op == Op::Miss).map(|word| word.target()).collect()
}

#[test]
fn codes_without_program() {
    let hash = B256::repeat_byte(0x5a);
    let long = vec![0x5b; MAX_CODE_BYTES + 1];
    let translation = translate(&long, hash, Fork::Osaka, &Options::default());
    assert_eq!(header(&translation.image).flags, FLAG_NO_PROGRAM);
    assert_eq!(header(&translation.image).code_hash.to_be_bytes(), hash.0);

    let mut designator = vec![0xef, 0x01, 0x00];
    designator.extend([0x77; 20]);
    let image = translate(&designator, hash, Fork::Prague, &Options::default()).image;
    let found = header(&image);
    assert_eq!((found.flags, found.raw_bytes, found.program_words), (FLAG_DELEGATION, 23, 0));
    assert_eq!(found.delegate.to_be(), [0x77; 20]);
    assert_eq!(&image[found.raw_offset as usize..][..23], designator);
    // Before Prague the first byte is an undefined opcode.
    check_program(&translate(&designator, hash, Fork::Cancun, &Options::default()).image);

    let empty = translate(&[], hash, Fork::Osaka, &Options { profile: false, ..Options::default() });
    check_program(&empty.image);
    assert_eq!(header(&empty.image).profile_offset, 0);
}
