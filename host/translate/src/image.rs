//! Lays out an image as [`gaslane_abi::image`] defines it.

use crate::growing::Version;
use crate::jumps::JumpTable;
use crate::program::Program;
use crate::{Options, Stats, Translation};
use alloy_primitives::{Address, B256};
use gaslane_abi::image::{
    FLAG_DELEGATION, FLAG_NO_PROGRAM, FLAG_PROFILE, IMAGE_MAGIC, ImageHeader, LINE_JUMPS, LINE_WORDS, PATCH_MAGIC,
    PatchHeader,
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
    let JumpTable { blocks, entries, .. } = &program.jumps;
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
    let pool: Vec<Word> = emitted.pool.entries[since.pool..].iter().map(|entry| Word(*entry.as_limbs())).collect();
    let first = since.words - since.words % LINE_WORDS as usize;
    // A line that the new words share stands among them.
    let older = program.rewritten[since.rewritten..].iter().copied().filter(|&index| (index as usize) < first);
    let word_lines = lines(older, LINE_WORDS);
    let jump_lines = lines(program.jumps.changed[since.jumps..].iter().copied(), LINE_JUMPS);
    let header = PatchHeader {
        magic: PATCH_MAGIC,
        first_word: since.words as u32,
        words: (emitted.words.len() - since.words) as u32,
        first_pool: since.pool as u32,
        pool_entries: pool.len() as u32,
        word_lines: word_lines.len() as u32,
        jump_lines: jump_lines.len() as u32,
        reserved: 0,
    };
    let profile = if options.profile { &emitted.profile[since.words..] } else { &[] };
    let mut bytes = Vec::with_capacity(32 * header.lines() as usize + size_of_val(profile));
    let mut add = |section: &[u8]| {
        bytes.extend_from_slice(section);
        bytes.resize(pad32(bytes.len()), 0);
    };
    add(header.as_bytes());
    add(pool.as_bytes());
    add(emitted.words[first..].as_bytes());
    add([&word_lines[..], &jump_lines].concat().as_bytes());
    for line in word_lines {
        add(line_of(&emitted.words, line, LINE_WORDS).as_bytes());
    }
    for line in jump_lines {
        add(line_of(&program.jumps.entries, line, LINE_JUMPS).as_bytes());
    }
    bytes.extend_from_slice(profile.as_bytes());
    bytes
}

/// Numbers of the lines of some items, each once.
fn lines(items: impl Iterator<Item = u32>, per_line: u32) -> Vec<u32> {
    let mut lines: Vec<u32> = items.map(|item| item / per_line).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

fn line_of<T>(items: &[T], line: u32, per_line: u32) -> &[T] {
    let start = (line * per_line) as usize;
    &items[start..items.len().min(start + per_line as usize)]
}
