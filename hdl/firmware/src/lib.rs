//! Firmware of the lanes and its assembler.
//!
//! Bookkeeping that is not datapath runs as routines in the lane instruction set: prologue and epilogue of a
//! transaction, the CALL family, CREATE and SELFDESTRUCT, SSTORE's gas rules and memory that ends far away. The driver loads the image
//! when it opens a card. Sources are in `routines/`.

pub mod asm;

use asm::{AsmError, Program};
use gaslane_abi::image::{FLAG_FIRMWARE, IMAGE_MAGIC, ImageHeader};
use gaslane_abi::pad32;
use zerocopy::IntoBytes;

/// Sources in the order in which they are assembled; the vectors come first.
const SOURCES: &[(&str, &str)] = &[
    ("vectors.s", include_str!("routines/vectors.s")),
    ("prologue.s", include_str!("routines/prologue.s")),
    ("epilogue.s", include_str!("routines/epilogue.s")),
    ("memory.s", include_str!("routines/memory.s")),
    ("sstore.s", include_str!("routines/sstore.s")),
    ("create.s", include_str!("routines/create.s")),
    ("selfdestruct.s", include_str!("routines/selfdestruct.s")),
    ("call.s", include_str!("routines/call.s")),
];

/// Assembles the firmware.
pub fn program() -> Result<Program, AsmError> {
    asm::assemble(SOURCES)
}

/// The firmware as a code image, for LOAD_IMAGE under [`gaslane_abi::ring::FIRMWARE_HANDLE`].
///
/// # Panics
/// Never in a released version: the sources are part of the crate and a test assembles them.
pub fn image() -> Vec<u8> {
    match program() {
        Ok(program) => build(&program),
        Err(error) => panic!("firmware does not assemble: {error}"),
    }
}

fn build(program: &Program) -> Vec<u8> {
    let program_offset = size_of::<ImageHeader>();
    let pool_offset = program_offset + pad32(program.words.len() * 8);
    let total = pool_offset + program.pool.len() * 32;
    let header = ImageHeader {
        magic: IMAGE_MAGIC,
        abi_version: gaslane_abi::ABI_VERSION,
        flags: FLAG_FIRMWARE,
        total_bytes: total as u32,
        program_words: program.words.len() as u32,
        program_offset: program_offset as u32,
        pool_entries: program.pool.len() as u32,
        pool_offset: pool_offset as u32,
        jump_blocks: 0,
        jump_index_offset: total as u32,
        jump_entries: 0,
        jump_entries_offset: total as u32,
        raw_bytes: 0,
        raw_offset: total as u32,
        profile_offset: 0,
        delegate: Default::default(),
        code_hash: Default::default(),
        reserved: [0; 16],
    };
    let mut image = vec![0; total];
    image[..program_offset].copy_from_slice(header.as_bytes());
    for (index, word) in program.words.iter().enumerate() {
        let at = program_offset + index * 8;
        image[at..at + 8].copy_from_slice(&word.encode().to_le_bytes());
    }
    image[pool_offset..].copy_from_slice(program.pool.as_slice().as_bytes());
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaslane_abi::isa::{Op, vector};

    #[test]
    fn firmware_assembles_and_starts_with_vectors() {
        let program = program().unwrap();
        for word in &program.words[..vector::COUNT] {
            assert!(matches!(word.op, Op::Jmp | Op::Halt));
        }
        assert_eq!(program.words[vector::PROLOGUE as usize].target(), program.labels["prologue"]);
        assert_eq!(program.words[vector::FRAME_END as usize].target(), program.labels["frame_end"]);
        assert_eq!(program.words[vector::MEMORY as usize].target(), program.labels["memory"]);
        let call = Op::Call.vector().unwrap() as usize;
        assert_eq!(program.words[call].target(), program.labels["call"]);
        assert_eq!(image().len() % 32, 0);
    }
}
