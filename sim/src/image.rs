//! Code store of the model card: images as loaded, checked and decoded once.

use alloy_primitives::{Address, B256, U256};
use gaslane_abi::ABI_VERSION;
use gaslane_abi::image::{
    FLAG_DELEGATION, FLAG_FIRMWARE, FLAG_NO_PROGRAM, FLAG_PROFILE, IMAGE_MAGIC, ImageHeader, JumpBlock, Profile,
};
use gaslane_abi::isa::Instr;
use gaslane_abi::word::Word;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use zerocopy::FromBytes;

/// Why an image was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// Shorter than its header says, or a section lies outside.
    #[error("image section {0} lies outside the image")]
    Section(&'static str),
    /// Not an image.
    #[error("image magic is {0:#x}")]
    Magic(u32),
    /// Made for another contract.
    #[error("image is for ABI {found:#x}, the card has {expected:#x}")]
    Abi {
        /// Version in the image.
        found: u32,
        /// Version of the card.
        expected: u32,
    },
    /// A word that is not an instruction, or that only firmware may use.
    #[error("image word {index} is not an allowed instruction: {word:#018x}")]
    Word {
        /// Index in the program.
        index: usize,
        /// The word.
        word: u64,
    },
}

/// A decoded image.
#[derive(Clone, Debug)]
pub struct Image {
    /// Decoded program.
    pub program: Vec<Instr>,
    /// Constant pool.
    pub pool: Vec<U256>,
    /// Word address by EVM program counter; `u32::MAX` where there is no JUMPDEST.
    pub jumps: Vec<u32>,
    /// Bytecode.
    pub raw: Vec<u8>,
    /// Profile by word; empty without.
    pub profile: Vec<Profile>,
    /// Target, if the code is a delegation designator.
    pub delegate: Option<Address>,
    /// The code has no program.
    pub no_program: bool,
    /// Hash of the bytecode.
    pub code_hash: B256,
    /// Size in the code store.
    pub total_bytes: usize,
}

fn slice<'a>(bytes: &'a [u8], offset: u32, len: usize, name: &'static str) -> Result<&'a [u8], ImageError> {
    let start = offset as usize;
    start.checked_add(len).and_then(|end| bytes.get(start..end)).ok_or(ImageError::Section(name))
}

fn items<T: FromBytes>(bytes: &[u8], offset: u32, count: u32, name: &'static str) -> Result<Vec<T>, ImageError> {
    let len = (count as usize).checked_mul(size_of::<T>()).ok_or(ImageError::Section(name))?;
    let section = slice(bytes, offset, len, name)?;
    section
        .chunks_exact(size_of::<T>())
        .map(|item| T::read_from_bytes(item).map_err(|_| ImageError::Section(name)))
        .collect()
}

impl Image {
    /// Checks and decodes an image as the card received it.
    pub fn parse(bytes: &[u8]) -> Result<Self, ImageError> {
        let (header, _) = ImageHeader::read_from_prefix(bytes).map_err(|_| ImageError::Section("header"))?;
        if header.magic != IMAGE_MAGIC {
            return Err(ImageError::Magic(header.magic));
        }
        if header.abi_version != ABI_VERSION {
            return Err(ImageError::Abi { found: header.abi_version, expected: ABI_VERSION });
        }
        let firmware = header.flags & FLAG_FIRMWARE != 0;
        let words: Vec<u64> = items(bytes, header.program_offset, header.program_words, "program")?;
        let program = words
            .iter()
            .enumerate()
            .map(|(index, &word)| match Instr::decode(word) {
                Some(instr) if firmware || !instr.op.privileged() => Ok(instr),
                _ => Err(ImageError::Word { index, word }),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let pool = items::<Word>(bytes, header.pool_offset, header.pool_entries, "pool")?
            .into_iter()
            .map(|word| U256::from_limbs(word.0))
            .collect();
        let raw = slice(bytes, header.raw_offset, header.raw_bytes as usize, "raw bytecode")?.to_vec();
        let blocks: Vec<JumpBlock> = items(bytes, header.jump_index_offset, header.jump_blocks, "jump index")?;
        let entries: Vec<u32> = items(bytes, header.jump_entries_offset, header.jump_entries, "jump entries")?;
        let mut jumps = vec![u32::MAX; raw.len()];
        for (index, block) in blocks.iter().enumerate() {
            let mut rank = 0;
            for bit in 0..32 {
                if block.bitmap >> bit & 1 == 1 {
                    let target = *entries.get(block.base as usize + rank).ok_or(ImageError::Section("jump entries"))?;
                    if target as usize >= program.len() {
                        return Err(ImageError::Section("jump entries"));
                    }
                    *jumps.get_mut(index * 32 + bit).ok_or(ImageError::Section("jump index"))? = target;
                    rank += 1;
                }
            }
        }
        let profile = match header.flags & FLAG_PROFILE != 0 {
            true => items(bytes, header.profile_offset, header.program_words, "profile")?,
            false => Vec::new(),
        };
        Ok(Self {
            program,
            pool,
            jumps,
            raw,
            profile,
            delegate: (header.flags & FLAG_DELEGATION != 0).then(|| Address::from(header.delegate.to_be())),
            no_program: header.flags & FLAG_NO_PROGRAM != 0,
            code_hash: B256::from(header.code_hash.to_be_bytes()),
            total_bytes: bytes.len(),
        })
    }
}

/// Images by handle.
#[derive(Clone, Debug, Default)]
pub struct CodeStore {
    images: FxHashMap<u32, Arc<Image>>,
    used_bytes: usize,
}

impl CodeStore {
    /// Loads or replaces the image of a handle.
    pub fn insert(&mut self, handle: u32, image: Image) {
        self.used_bytes += image.total_bytes;
        if let Some(old) = self.images.insert(handle, Arc::new(image)) {
            self.used_bytes -= old.total_bytes;
        }
    }

    /// The image of a handle.
    pub fn get(&self, handle: u32) -> Option<&Arc<Image>> {
        self.images.get(&handle)
    }

    /// Removes every image but the firmware.
    pub fn clear(&mut self) {
        self.images.retain(|&handle, _| handle == gaslane_abi::ring::FIRMWARE_HANDLE);
        self.used_bytes = self.images.values().map(|image| image.total_bytes).sum();
    }

    /// Bytes in use.
    pub fn used_bytes(&self) -> usize {
        self.used_bytes
    }
}
