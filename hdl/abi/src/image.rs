//! Code image: what LOAD_IMAGE transfers for one contract.
//!
//! Sections in this order, each starting at a multiple of 32 bytes from the image's start:
//! header · program (64-bit words) · pool ([`Word`]) · jump index · jump
//! entries · raw bytecode · profile (optional).
//!
//! Word 0 is the head of EVM program counter 0. Programs grow on demand: an exit whose words the host has not made
//! yet is a MISS with a number by which the host knows it, a JUMPDEST without words stands in the jump entries as [`JUMP_MISS`]. The host answers the lane's
//! request with a patch ([`PatchHeader`]). What a patch appends continues where the
//! program and the pool end; before the new words stand those that share a line of 32 bytes with the first of them, so that a card transfers
//! whole lines. What it rewrites means the same before and after, so lanes may be executing it.
//!
//! A JUMPDEST at EVM program counter `p` is found in block `p / 32` of the jump index: bit `p % 32` of
//! `bitmap` says whether it is one; its word address is jump entry `base + popcount(bitmap & (2^(p % 32) − 1))`.

use crate::word::{Address20, Word};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Value of [`ImageHeader::magic`]: `GSLI`.
pub const IMAGE_MAGIC: u32 = 0x494c_5347;
/// The image carries a profile section.
pub const FLAG_PROFILE: u32 = 1;
/// The code is an EIP-7702 delegation designator: there is no program, `delegate` is its target.
pub const FLAG_DELEGATION: u32 = 2;
/// The image is firmware: its first words are the vectors, privileged operations are allowed.
pub const FLAG_FIRMWARE: u32 = 4;
/// The code has no lane program (it exceeds the format's limits): executing it escapes with `image`.
pub const FLAG_NO_PROGRAM: u32 = 8;

/// What a host counts for an image besides its own bytes, when it compares what it has loaded with [`crate::regs::CODE_BYTES`]: sections have gaps
/// between them and room to grow, which is most of what a small image takes.
pub const IMAGE_ROOM_BYTES: u32 = 1024;

/// Jump entry of a JUMPDEST without words.
pub const JUMP_MISS: u32 = u32::MAX;

/// First 128 bytes of an image. Offsets are in bytes from the image's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ImageHeader {
    /// [`IMAGE_MAGIC`].
    pub magic: u32,
    /// [`crate::ABI_VERSION`] of the translator.
    pub abi_version: u32,
    /// `FLAG_*`.
    pub flags: u32,
    /// Whole image in bytes.
    pub total_bytes: u32,
    /// Number of program words. Execution starts at word 0.
    pub program_words: u32,
    /// Offset of the program.
    pub program_offset: u32,
    /// Number of pool entries.
    pub pool_entries: u32,
    /// Offset of the pool.
    pub pool_offset: u32,
    /// Number of blocks of the jump index: raw length / 32, rounded up.
    pub jump_blocks: u32,
    /// Offset of the jump index.
    pub jump_index_offset: u32,
    /// Number of jump entries (`u32` word addresses).
    pub jump_entries: u32,
    /// Offset of the jump entries.
    pub jump_entries_offset: u32,
    /// Length of the bytecode in bytes.
    pub raw_bytes: u32,
    /// Offset of the bytecode.
    pub raw_offset: u32,
    /// Offset of the profile section, or 0.
    pub profile_offset: u32,
    /// Target of a delegation designator.
    pub delegate: Address20,
    /// Hash of the bytecode (zero for firmware).
    pub code_hash: Word,
    /// Zero.
    pub reserved: [u8; 16],
}

const _: () = assert!(size_of::<ImageHeader>() == 128);

/// One block of the jump index: 32 bytes of code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct JumpBlock {
    /// Bit i: byte i of the block is a JUMPDEST.
    pub bitmap: u32,
    /// Jump entry of the block's first JUMPDEST.
    pub base: u32,
}

const _: () = assert!(size_of::<JumpBlock>() == 8);

/// Profile of one program word, for counters, traces and the disassembler; lanes do not need it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Profile {
    /// EVM program counter that the word belongs to (49,152 at most).
    pub evm_pc: u16,
    /// EVM instructions that retire with this word: SEG has those of its superblock, exits minus those not reached.
    pub evm_instructions: i16,
}

const _: () = assert!(size_of::<Profile>() == 4);

/// Value of [`PatchHeader::magic`]: `GSLP`.
pub const PATCH_MAGIC: u32 = 0x504c_5347;

/// Words of a line of the program.
pub const LINE_WORDS: u32 = 4;
/// Jump entries of a line.
pub const LINE_JUMPS: u32 = 8;

/// Head of a patch: 32 bytes. What follows it is made of lines of 32 bytes:
///
/// 1. the new pool entries;
/// 2. the program from the line of its first new word on, up to the last: what stands in that line before the new words is repeated, and the last line is padded with zeros;
/// 3. a number (4 bytes) for each line that is rewritten, program before jump entries, padded to whole lines: a program's line has
///    [`LINE_WORDS`] words, a jump table's [`LINE_JUMPS`] entries;
/// 4. those lines;
/// 5. profiles of the new words, if the image has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct PatchHeader {
    /// [`PATCH_MAGIC`].
    pub magic: u32,
    /// Number of words that the program has before the patch.
    pub first_word: u32,
    /// Number of words appended.
    pub words: u32,
    /// Number of pool entries before the patch.
    pub first_pool: u32,
    /// Number of pool entries appended.
    pub pool_entries: u32,
    /// Number of lines of the program that are rewritten: lines before that of the first new word.
    pub word_lines: u32,
    /// Number of lines of jump entries that are rewritten.
    pub jump_lines: u32,
    /// Zero.
    pub reserved: u32,
}

const _: () = assert!(size_of::<PatchHeader>() == 32);

impl PatchHeader {
    /// Words of the program that stand once more before the new ones.
    pub const fn repeated_words(&self) -> u32 {
        self.first_word % LINE_WORDS
    }

    /// Lines of the program that are new, or begin with repeated words.
    pub const fn program_lines(&self) -> u64 {
        (self.repeated_words() as u64 + self.words as u64).div_ceil(LINE_WORDS as u64)
    }

    /// Lines that hold the numbers of rewritten lines.
    pub const fn number_lines(&self) -> u64 {
        (self.word_lines as u64 + self.jump_lines as u64).div_ceil(8)
    }

    /// Lines of all, the header's included, profiles excluded.
    pub const fn lines(&self) -> u64 {
        let rewritten = self.word_lines as u64 + self.jump_lines as u64;
        1 + self.pool_entries as u64 + self.program_lines() + self.number_lines() + rewritten
    }
}
