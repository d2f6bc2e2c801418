//! Translator from EVM bytecode to lane programs.
//!
//! [`translate`] turns the code of one contract into a complete [image](gaslane_abi::image). It follows
//! the bytecode in **superblocks** (`trace`): from a head through fall-through, constant jumps and the likely side
//! of JUMPI, it executes the EVM stack symbolically (`block`, `fold`, `lower`), so that only operations
//! on values remain. Those are scheduled (`schedule`), given stack slots (`alloc`) and written as
//! words (`emit`, `moves`, `operand`). `program` decides which heads exist; `image` lays out the result.
//!
//! Translation is total: any byte string has an image. A card executes a small part of most contracts, so a driver uses
//! [`Growing`]: it translates heads when a lane asks for them, and patches the image that the card holds.
//! [`translate`] makes every head at once, within budgets that keep work and size linear in the code's length.

mod alloc;
mod block;
mod cache;
mod decode;
mod emit;
mod fold;
mod growing;
mod image;
mod jumps;
mod listing;
mod lower;
mod moves;
mod operand;
mod program;
mod schedule;
mod trace;
mod value;

use alloy_primitives::B256;
pub use cache::{Cache, Shared};
use decode::Code;
use gaslane_abi::fork::Fork;
pub use growing::{Growing, Version};
pub use listing::{Listing, format_word, listing};
pub use operand::{reads, writes};
use program::{LimitExceeded, Program};

/// Longest code that gets a program, in bytes (EIP-3860: twice the code limit, for initcode).
pub const MAX_CODE_BYTES: usize = 49_152;

/// How to translate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Add the profile section.
    pub profile: bool,
    /// Follow jumps and the likely side of JUMPI; otherwise translate basic blocks.
    pub superblocks: bool,
    /// Longest superblock, in EVM instructions.
    pub max_instructions: u32,
    /// EVM instructions that superblocks may visit in all, per byte of code. Beyond, basic blocks follow.
    pub visits_per_byte: u32,
    /// Words that superblocks may take in all, per byte of code. Beyond, basic blocks follow.
    pub words_per_byte: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { profile: true, superblocks: true, max_instructions: 256, visits_per_byte: 8, words_per_byte: 8 }
    }
}

/// What a translation amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Length of the bytecode in bytes.
    pub evm_bytes: usize,
    /// Words of the program.
    pub program_words: usize,
    /// Entries of the constant pool.
    pub pool_entries: usize,
    /// Heads: superblocks and basic blocks.
    pub heads: usize,
    /// Heads of superblocks.
    pub superblocks: usize,
    /// Heads that would be superblocks if no budget had been used up.
    pub heads_beyond_budget: usize,
    /// Careful versions of superblocks.
    pub careful_versions: usize,
    /// EVM instructions on the paths of all superblocks.
    pub path_instructions: usize,
    /// Words on those paths, without exit stubs and careful versions.
    pub path_words: usize,
    /// Words that move a value or constant into its slot for an exit, on the paths.
    pub path_moves: usize,
    /// Words on the paths that wait a cycle for the word before.
    pub path_bubbles: usize,
    /// Size of the image in bytes.
    pub image_bytes: usize,
}

/// The image of one contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// Complete image.
    pub image: Vec<u8>,
    /// What it amounts to.
    pub stats: Stats,
}

/// An image that carries the code but no lane program, for a code store without room: what it would execute escapes.
/// Delegation designators stay what they are.
pub fn without_program(code: &[u8], code_hash: B256, fork: Fork) -> Translation {
    image::without_program(code, code_hash, decode::delegation(code, fork))
}

/// Translates the code of a contract. Never fails: code beyond the format's limits gets an image without a program.
pub fn translate(code: &[u8], code_hash: B256, fork: Fork, options: &Options) -> Translation {
    if let Some(delegate) = decode::delegation(code, fork) {
        return image::without_program(code, code_hash, Some(delegate));
    }
    if code.len() > MAX_CODE_BYTES {
        return image::without_program(code, code_hash, None);
    }
    match Program::complete(Code::new(code, fork), options, false) {
        Ok(program) => image::with_program(code_hash, &program, options),
        Err(LimitExceeded) => image::without_program(code, code_hash, None),
    }
}
