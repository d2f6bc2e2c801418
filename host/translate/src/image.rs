//! Lays out an image as [`gaslane_abi::image`] defines it.

use crate::decode::Code;
use crate::growing::Version;
use crate::program::{NO_WORD, Program};
use crate::{Options, Stats, Translation};
use alloy_primitives::{Address, B256};
use gaslane_abi::image::{
    FLAG_DELEGATION, FLAG_NO_PROGRAM, FLAG_PROFILE, IMAGE_MAGIC, ImageHeader, JumpBlock, JumpPatch, PATCH_MAGIC,
    PatchHeader, WordPatch,
};
use gaslane_abi::word::{Address20, Word};
use gaslane_abi::{ABI_VERSION, pad32};
use zerocopy::{FromZeros, IntoBytes};

/// Sections of an image, each padded to 32 bytes.
const SECTIONS: usize = 6;

/// Image under construction: header space first, then sections.
struct Sections(Vec<u8>);

impl Sections {
    /// Room for sections of so many bytes in all.
    fn new(len_bytes: usize) -> Self {
        let mut bytes = Vec::with_capacity(size_of::<ImageHeader>() + len_bytes + 32 * SECTIONS);
        bytes.resize(size_of::<ImageHeader>(), 0);
        Self(bytes)
    }

    /// Appends a section at a multiple of 32 bytes and gives its offset.
    fn add(&mut self, bytes: &[u8]) -> u32 {
        let offset = self.0.len();
        self.0.extend_from_slice(bytes);
        self.0.resize(pad32(self.0.len()), 0);
        offset as u32
    }

    fn finish(mut self, mut header: ImageHeader) -> Vec<u8> {
        header.total_bytes = self.0.len() as u32;
        self.0[..size_of::<ImageHeader>()].copy_from_slice(header.as_bytes());
        self.0
    }
}

fn header(code: &[u8], code_hash: B256, flags: u32) -> ImageHeader {
    ImageHeader {
        magic: IMAGE_MAGIC,
        abi_version: ABI_VERSION,
        flags,
        raw_bytes: code.len() as u32,
        code_hash: Word::from_be_bytes(code_hash.0),
        ..ImageHeader::new_zeroed()
    }
}

/// Image of code that lanes do not run: a delegation designator, or code beyond the limits.
pub fn without_program(code: &[u8], code_hash: B256, delegate: Option<Address>) -> Translation {
    let flags = if delegate.is_some() { FLAG_DELEGATION } else { FLAG_NO_PROGRAM };
    let mut header = header(code, code_hash, flags);
    if let Some(delegate) = delegate {
        header.delegate = Address20::from_be(delegate.into_array());
    }
    let mut sections = Sections::new(code.len());
    let start = sections.0.len() as u32;
    header.program_offset = start;
    header.pool_offset = start;
    header.jump_index_offset = start;
    header.jump_entries_offset = start;
    header.raw_offset = sections.add(code);
    let image = sections.finish(header);
    let stats = Stats { evm_bytes: code.len(), image_bytes: image.len(), ..Stats::default() };
    Translation { image, stats }
}

/// Image with a program.
pub fn with_program(code_hash: B256, program: &Program, options: &Options) -> Translation {
    let code = &program.code;
    let flags = if options.profile { FLAG_PROFILE } else { 0 };
    let mut header = header(&code.bytes, code_hash, flags);
    let words = &program.emitted.words;
    let pool: Vec<Word> = program.emitted.pool.entries.iter().map(|entry| Word(*entry.as_limbs())).collect();
    let (blocks, entries) = jump_table(code, program);
    let profile = if options.profile { program.emitted.profile.as_bytes() } else { &[] };
    let len_bytes = size_of_val(&words[..])
        + size_of_val(&pool[..])
        + size_of_val(&blocks[..])
        + size_of_val(&entries[..])
        + code.bytes.len()
        + profile.len();
    let mut sections = Sections::new(len_bytes);

    header.program_words = words.len() as u32;
    header.program_offset = sections.add(words.as_bytes());

    header.pool_entries = pool.len() as u32;
    header.pool_offset = sections.add(pool.as_bytes());

    header.jump_blocks = blocks.len() as u32;
    header.jump_index_offset = sections.add(blocks.as_bytes());
    header.jump_entries = entries.len() as u32;
    header.jump_entries_offset = sections.add(entries.as_bytes());

    header.raw_offset = sections.add(&code.bytes);
    if options.profile {
        header.profile_offset = sections.add(profile);
    }
    let image = sections.finish(header);
    let stats = Stats { image_bytes: image.len(), ..program.stats };
    Translation { image, stats }
}

/// What brings an image from a version to the program as it is.
pub fn patch(program: &Program, since: Version, options: &Options) -> Vec<u8> {
    let emitted = &program.emitted;
    let words = &emitted.words[since.words..];
    let pool: Vec<Word> = emitted.pool.entries[since.pool..].iter().map(|entry| Word(*entry.as_limbs())).collect();
    let rewritten: Vec<WordPatch> = program.rewritten[since.rewritten..]
        .iter()
        .filter(|&&index| (index as usize) < since.words)
        .map(|&index| WordPatch { word: emitted.words[index as usize], index, reserved: 0 })
        .collect();
    let jumps: Vec<JumpPatch> = program.made[since.made..]
        .iter()
        .filter(|&&pc| program.code.jumpdests.contains(pc as usize))
        .map(|&pc| JumpPatch { pc, target: program.word_of(pc) })
        .collect();
    let header = PatchHeader {
        magic: PATCH_MAGIC,
        first_word: since.words as u32,
        words: words.len() as u32,
        first_pool: since.pool as u32,
        pool_entries: pool.len() as u32,
        word_patches: rewritten.len() as u32,
        jump_patches: jumps.len() as u32,
        reserved: 0,
    };
    let repeated = &emitted.words[since.words - header.repeated_words() as usize..since.words];
    let profile = if options.profile { &emitted.profile[since.words..] } else { &[] };
    let sections = [
        header.as_bytes(),
        pool.as_bytes(),
        repeated.as_bytes(),
        words.as_bytes(),
        rewritten.as_bytes(),
        jumps.as_bytes(),
        profile.as_bytes(),
    ];
    sections.concat()
}

fn jump_table(code: &Code, program: &Program) -> (Vec<JumpBlock>, Vec<u32>) {
    let mut entries = 0;
    let blocks: Vec<JumpBlock> = code
        .jumpdests
        .words()
        .flat_map(|word| [word as u32, (word >> 32) as u32])
        .take(code.bytes.len().div_ceil(32))
        .map(|bitmap| {
            let base = entries;
            entries += bitmap.count_ones();
            JumpBlock { bitmap, base }
        })
        .collect();
    let mut entries = vec![NO_WORD; entries as usize];
    for &pc in &program.made {
        if let Some(JumpBlock { bitmap, base }) = blocks.get(pc as usize / 32)
            && bitmap >> (pc % 32) & 1 == 1
        {
            let rank = (bitmap & ((1 << (pc % 32)) - 1)).count_ones();
            entries[(base + rank) as usize] = program.word_of(pc);
        }
    }
    (blocks, entries)
}
