//! Code store of the model card: images as loaded, checked and decoded once.

use alloy_primitives::{Address, B256, U256};
use gaslane_abi::ABI_VERSION;
use gaslane_abi::env::{A2, A6};
use gaslane_abi::image::{
    FLAG_DELEGATION, FLAG_FIRMWARE, FLAG_NO_PROGRAM, FLAG_PROFILE, IMAGE_MAGIC, ImageHeader, JUMP_MISS, JumpBlock,
    LINE_JUMPS, LINE_WORDS, PATCH_MAGIC, PatchHeader, Profile,
};
use gaslane_abi::isa::{ExtForm, Format, Instr, Mode, Op};
use gaslane_abi::word::Word;
use gaslane_hdl::timing::{POOL_CYCLES, op_timing};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::ops::Range;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unalign};

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

/// Where a source operand comes from: two bits of kind, 30 bits of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source(u32);

/// A [`Source`] taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Slot relative to SP.
    Slot(i8),
    /// A short constant.
    Short(u32),
    /// Entry of [`Image::constants`].
    Constant(u32),
    /// Environment word.
    Env(u8),
}

impl Source {
    const CONTENT: u32 = (1 << 30) - 1;

    const fn slot(slot: i8) -> Self {
        Self(slot as u8 as u32)
    }

    const fn env(index: u32) -> Self {
        Self(3 << 30 | index & 0x7f)
    }

    /// Takes it apart.
    #[inline(always)]
    pub const fn kind(self) -> SourceKind {
        match self.0 >> 30 {
            0 => SourceKind::Slot(self.0 as i8),
            1 => SourceKind::Short(self.0 & Self::CONTENT),
            2 => SourceKind::Constant(self.0 & Self::CONTENT),
            _ => SourceKind::Env(self.0 as u8),
        }
    }
}

/// An instruction word with its operands resolved and its timing looked up.
#[derive(Clone, Copy, Debug)]
pub struct DecodedWord {
    /// The word.
    pub instr: Instr,
    /// First source.
    pub a: Source,
    /// Second source.
    pub b: Source,
    /// Target of a branch or jump (of MISS, what to ask for), or third source of ADDMOD and MULMOD.
    pub extra: u32,
    /// Cycles in the issue stage.
    pub issue: u8,
    /// Cycles until the result can be used.
    pub latency: u8,
}

impl DecodedWord {
    /// Third source of ADDMOD and MULMOD.
    pub fn c(&self) -> Source {
        Source(self.extra)
    }
}

/// Where a dynamic jump leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// No JUMPDEST.
    Invalid,
    /// A JUMPDEST without words.
    Miss,
    /// Word of the head.
    Word(u32),
}

/// Jump table as in the image: an index of 32-byte blocks and an entry for each JUMPDEST.
#[derive(Clone, Debug)]
pub struct JumpTable {
    blocks: Vec<JumpBlock>,
    entries: Vec<u32>,
}

impl JumpTable {
    fn entry(&self, pc: usize) -> Option<usize> {
        let block = self.blocks.get(pc / 32)?;
        let bit = 1 << (pc % 32);
        (block.bitmap & bit != 0).then(|| block.base as usize + (block.bitmap & (bit - 1)).count_ones() as usize)
    }

    /// Blocks of the index.
    pub fn blocks(&self) -> &[JumpBlock] {
        &self.blocks
    }

    /// Words of the JUMPDESTs' heads.
    pub fn entries(&self) -> &[u32] {
        &self.entries
    }

    /// Where a jump leads.
    pub fn get(&self, pc: usize) -> Jump {
        match self.entry(pc).map(|entry| self.entries[entry]) {
            None => Jump::Invalid,
            Some(JUMP_MISS) => Jump::Miss,
            Some(target) => Jump::Word(target),
        }
    }
}

/// A decoded image.
#[derive(Clone, Debug)]
pub struct Image {
    /// Decoded program.
    pub program: Vec<DecodedWord>,
    /// Constants of pool and words.
    pub constants: Vec<U256>,
    /// Where jumps to EVM program counters lead.
    pub jumps: JumpTable,
    /// Place of each pool entry in `constants`.
    pool: Vec<u32>,
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

/// The items of a section, read where they stand.
fn items<'a, T: FromBytes + Immutable + KnownLayout + Copy + 'a>(
    bytes: &'a [u8],
    offset: u32,
    count: u32,
    name: &'static str,
) -> Result<impl ExactSizeIterator<Item = T> + use<'a, T>, ImageError> {
    let len = (count as usize).checked_mul(size_of::<T>()).ok_or(ImageError::Section(name))?;
    let section = slice(bytes, offset, len, name)?;
    let items = <[Unalign<T>]>::ref_from_bytes(section).map_err(|_| ImageError::Section(name))?;
    Ok(items.iter().map(|item| item.get()))
}

/// What decoding needs to know of an operation.
#[derive(Clone, Copy)]
struct Traits {
    format: Format,
    issue: u8,
    latency: u8,
    privileged: bool,
}

/// By operation code.
static TRAITS: [Traits; 128] = {
    let mut all = [Traits { format: Format::None, issue: 0, latency: 0, privileged: true }; 128];
    let mut index = 0;
    while index < Op::ALL.len() {
        let op = Op::ALL[index];
        let timing = op_timing(op);
        assert!(timing.issue as u64 + POOL_CYCLES <= u8::MAX as u64 && timing.latency <= u8::MAX as u16);
        all[op as usize] = Traits {
            format: op.format(),
            issue: timing.issue as u8,
            latency: timing.latency as u8,
            privileged: op.privileged(),
        };
        index += 1;
    }
    all
};

/// What decoding a word needs to know of its image.
struct Decoder<'a> {
    firmware: bool,
    words: usize,
    pool: &'a [u32],
    constants: &'a mut Vec<U256>,
}

impl Decoder<'_> {
    fn pool(&self, entry: u32) -> Option<Source> {
        self.pool.get(entry as usize).map(|&place| Source(2 << 30 | place))
    }

    fn constant(&mut self, value: U256) -> Source {
        match u32::try_from(value) {
            Ok(short) if short <= Source::CONTENT => Source(1 << 30 | short),
            _ => {
                self.constants.push(value);
                Source(2 << 30 | (self.constants.len() as u32 - 1))
            }
        }
    }

    fn short(&mut self, value: u32) -> Source {
        if value <= Source::CONTENT { Source(1 << 30 | value) } else { self.constant(U256::from(value)) }
    }

    fn extended(&mut self, imm: u32) -> Option<Source> {
        Some(match ExtForm::decode(imm)? {
            ExtForm::Pool(entry) => return self.pool(entry.into()),
            ExtForm::Ones(n) => self.constant(ones(n)),
            ExtForm::Shifted { value, shift } => self.constant(U256::from(value) << usize::from(shift)),
            ExtForm::Inverted(value) => self.constant(!U256::from(value)),
        })
    }

    /// Decodes and checks one word; `None` if it is not allowed.
    #[inline(always)]
    fn decode(&mut self, word: u64, index: usize) -> Option<DecodedWord> {
        let instr = Instr::decode(word)?;
        let traits = &TRAITS[instr.op as usize % TRAITS.len()];
        let (mut a, mut b) = (Source::slot(instr.a), Source::slot(instr.b));
        let mut extra = 0;
        let mut reads_pool = false;
        match traits.format {
            Format::Branch | Format::Trap => {
                let imm = instr.imm & 0xffff;
                match instr.mode {
                    Mode::Slots => {}
                    Mode::ImmB => b = self.short(imm),
                    Mode::ImmA => a = self.short(imm),
                    Mode::ExtB => b = self.pool(imm)?,
                    Mode::ExtA => a = self.pool(imm)?,
                    Mode::EnvB => b = Source::env(imm),
                    Mode::EnvA => a = Source::env(imm),
                    Mode::ImmAb => return None,
                }
                reads_pool = matches!(instr.mode, Mode::ExtA | Mode::ExtB);
                if traits.format == Format::Branch {
                    extra = u32::try_from(index as i64 + i64::from(instr.branch_distance())).ok()?;
                    if extra as usize >= self.words {
                        return None;
                    }
                }
            }
            Format::Ab
            | Format::A
            | Format::DstAb
            | Format::DstA
            | Format::SrcAb
            | Format::Set
            | Format::Log
            | Format::WriteSpecial
            | Format::SetEnv
            | Format::SetEnv2 => {
                match instr.mode {
                    Mode::Slots => {}
                    Mode::ImmB => b = self.short(instr.imm),
                    Mode::ImmA => a = self.short(instr.imm),
                    Mode::ExtB => b = self.extended(instr.imm)?,
                    Mode::ExtA => a = self.extended(instr.imm)?,
                    Mode::ImmAb => (a, b) = (self.short(instr.imm & 0xffff), self.short(instr.imm >> 16)),
                    Mode::EnvB => b = Source::env(instr.imm),
                    Mode::EnvA => a = Source::env(instr.imm),
                }
                reads_pool = matches!(instr.mode, Mode::ExtA | Mode::ExtB) && instr.imm >> 28 == 0;
            }
            Format::DstAbc => {
                let third = match instr.imm & 0x8000 {
                    0 => Source::slot(((instr.imm as u8) << 1) as i8 >> 1),
                    _ => self.pool(instr.imm & 0x7fff)?,
                };
                reads_pool = instr.imm & 0x8000 != 0;
                extra = third.0;
            }
            Format::Jump | Format::Link => {
                extra = instr.target();
                if instr.op != Op::Miss && extra as usize >= self.words {
                    return None;
                }
            }
            _ => {}
        }
        let arguments = |from: u8, count: u8| from >= A2 && from + count <= A6 + 1;
        let allowed = self.firmware
            || match instr.op {
                Op::Sete => arguments(instr.env_index(), 1),
                Op::Sete2 => arguments(instr.env_index(), 2),
                _ => !traits.privileged,
            };
        let issue = traits.issue + if reads_pool { POOL_CYCLES as u8 } else { 0 };
        let latency = traits.latency;
        allowed.then_some(DecodedWord { instr, a, b, extra, issue, latency })
    }
}

/// 2^n − 1.
fn ones(n: u16) -> U256 {
    if n >= 256 { U256::MAX } else { (U256::from(1) << usize::from(n)) - U256::from(1) }
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
        let words = items::<u64>(bytes, header.program_offset, header.program_words, "program")?;
        let mut constants: Vec<U256> = items::<Word>(bytes, header.pool_offset, header.pool_entries, "pool")?
            .map(|word| U256::from_limbs(word.0))
            .collect();
        let pool_entries = constants.len();
        let mut pool: Vec<u32> = (0..pool_entries as u32).collect();
        let mut decoder = Decoder { firmware, words: words.len(), pool: &mut pool, constants: &mut constants };
        let mut program = Vec::with_capacity(words.len());
        for (index, word) in words.enumerate() {
            program.push(decoder.decode(word, index).ok_or(ImageError::Word { index, word })?);
        }
        let raw = slice(bytes, header.raw_offset, header.raw_bytes as usize, "raw bytecode")?.to_vec();
        let blocks: Vec<JumpBlock> =
            items(bytes, header.jump_index_offset, header.jump_blocks, "jump index")?.collect();
        let entries: Vec<u32> =
            items(bytes, header.jump_entries_offset, header.jump_entries, "jump entries")?.collect();
        let jumps = JumpTable { blocks, entries };
        if !jumps
            .blocks
            .iter()
            .all(|block| block.base as usize + block.bitmap.count_ones() as usize <= jumps.entries.len())
        {
            return Err(ImageError::Section("jump index"));
        }
        if jumps.entries.iter().any(|&target| target != JUMP_MISS && target as usize >= program.len()) {
            return Err(ImageError::Section("jump entries"));
        }
        let profile = match header.flags & FLAG_PROFILE != 0 {
            true => items(bytes, header.profile_offset, header.program_words, "profile")?.collect(),
            false => Vec::new(),
        };
        Ok(Self {
            program,
            constants,
            jumps,
            pool,
            raw,
            profile,
            delegate: (header.flags & FLAG_DELEGATION != 0).then(|| Address::from(header.delegate.to_be())),
            no_program: header.flags & FLAG_NO_PROGRAM != 0,
            code_hash: B256::from(header.code_hash.to_be_bytes()),
            total_bytes: bytes.len(),
        })
    }
}

impl Image {
    /// Number of pool entries.
    pub fn pool_entries(&self) -> usize {
        self.pool.len()
    }

    /// Entry of the pool.
    pub fn pool_entry(&self, index: usize) -> Option<U256> {
        self.pool.get(index).map(|&place| self.constants[place as usize])
    }

    /// Extends the image by a patch; says what has changed. On an error the image is unusable.
    fn patch(&mut self, handle: u32, bytes: &[u8]) -> Result<Change, ImageError> {
        let (header, _) = PatchHeader::read_from_prefix(bytes).map_err(|_| ImageError::Section("patch header"))?;
        if header.magic != PATCH_MAGIC {
            return Err(ImageError::Magic(header.magic));
        }
        let fits = header.first_word as usize == self.program.len() && header.first_pool as usize == self.pool.len();
        if !fits || self.no_program || self.delegate.is_some() {
            return Err(ImageError::Section("patch"));
        }
        if header.lines().saturating_mul(32) > bytes.len() as u64 {
            return Err(ImageError::Section("patch"));
        }
        let mut offset = size_of::<PatchHeader>() as u32;
        let mut section = |lines: u64| {
            let start = offset;
            offset += 32 * lines as u32;
            start
        };
        let pool = items::<Word>(bytes, section(header.pool_entries.into()), header.pool_entries, "patch pool")?;
        let words = header.repeated_words() + header.words;
        let words = items::<u64>(bytes, section(header.program_lines()), words, "patch words")?;
        let numbers = section(header.number_lines());
        let word_numbers = items::<u32>(bytes, numbers, header.word_lines, "rewritten lines")?;
        let jump_numbers = items::<u32>(bytes, numbers + 4 * header.word_lines, header.jump_lines, "rewritten lines")?;
        let word_lines = section(header.word_lines.into());
        let word_lines = items::<[u64; LINE_WORDS as usize]>(bytes, word_lines, header.word_lines, "rewritten words")?;
        let jump_lines = section(header.jump_lines.into());
        let jump_lines = items::<[u32; LINE_JUMPS as usize]>(bytes, jump_lines, header.jump_lines, "rewritten jumps")?;
        if !self.profile.is_empty() {
            self.profile.extend(items::<Profile>(bytes, offset, header.words, "patch profile")?);
        }
        let first_pool = self.pool.len();
        for entry in pool {
            self.pool.push(self.constants.len() as u32);
            self.constants.push(U256::from_limbs(entry.0));
        }
        let first = self.program.len();
        let last = first + header.words as usize;
        let mut decoder = Decoder { firmware: false, words: last, pool: &self.pool, constants: &mut self.constants };
        let mut decode = |index, word| decoder.decode(word, index).ok_or(ImageError::Word { index, word });
        let mut rewritten = Vec::new();
        let repeated = first - header.repeated_words() as usize;
        self.program.truncate(repeated);
        self.program.reserve(last - repeated);
        for (index, word) in words.enumerate() {
            self.program.push(decode(repeated + index, word)?);
        }
        for (line, words) in word_numbers.zip(word_lines) {
            let start = u64::from(line) * u64::from(LINE_WORDS);
            if start >= repeated as u64 {
                return Err(ImageError::Section("rewritten words"));
            }
            for (index, word) in (start as usize..).zip(words) {
                self.program[index] = decode(index, word)?;
            }
            rewritten.push(line);
        }
        let mut jump_entries = Vec::new();
        for (line, targets) in jump_numbers.zip(jump_lines) {
            let start = u64::from(line) * u64::from(LINE_JUMPS);
            if start >= self.jumps.entries.len() as u64
                || targets.iter().any(|&target| target != JUMP_MISS && target as usize >= last)
            {
                return Err(ImageError::Section("rewritten jumps"));
            }
            for (entry, target) in self.jumps.entries[start as usize..].iter_mut().zip(targets) {
                *entry = target;
            }
            jump_entries.push(line);
        }
        self.total_bytes += bytes.len();
        Ok(Change::Patched {
            handle,
            words: first..self.program.len(),
            pool: first_pool..self.pool.len(),
            rewritten,
            jump_entries,
        })
    }
}

/// What changes in the code store, for those who keep copies of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Anything may have changed.
    All,
    /// A handle that had no image has one.
    Loaded(u32),
    /// An image was extended.
    Patched {
        /// Its handle.
        handle: u32,
        /// Words that are new.
        words: Range<usize>,
        /// Pool entries that are new.
        pool: Range<usize>,
        /// Lines of the program that were rewritten.
        rewritten: Vec<u32>,
        /// Lines of jump entries that were.
        jump_entries: Vec<u32>,
    },
}

/// Changes that the code store remembers.
const CHANGES_KEPT: usize = 1024;

/// Images by handle.
#[derive(Clone, Debug, Default)]
pub struct CodeStore {
    images: FxHashMap<u32, Image>,
    used_bytes: usize,
    patches: u64,
    version: u64,
    /// The last changes, one a version.
    changes: VecDeque<Change>,
}

impl CodeStore {
    /// Loads or replaces the image of a handle.
    pub fn insert(&mut self, handle: u32, image: Image) {
        self.used_bytes += image.total_bytes;
        let old = self.images.insert(handle, image);
        if let Some(old) = &old {
            self.used_bytes -= old.total_bytes;
        }
        self.note(if old.is_some() { Change::All } else { Change::Loaded(handle) });
    }

    fn note(&mut self, change: Change) {
        self.version += 1;
        self.changes.push_back(change);
        if self.changes.len() > CHANGES_KEPT {
            self.changes.pop_front();
        }
    }

    /// What has changed since a version; `None` if that is too long ago to say.
    pub fn changes_since(&self, version: u64) -> Option<impl Iterator<Item = &Change>> {
        let missed = usize::try_from(self.version.checked_sub(version)?).ok()?;
        Some(self.changes.iter().skip(self.changes.len().checked_sub(missed)?))
    }

    /// The image of a handle.
    pub fn get(&self, handle: u32) -> Option<&Image> {
        self.images.get(&handle)
    }

    /// All images, in order of their handles.
    pub fn images(&self) -> impl Iterator<Item = (u32, &Image)> {
        let mut images: Vec<_> = self.images.iter().map(|(&handle, image)| (handle, image)).collect();
        images.sort_unstable_by_key(|(handle, _)| *handle);
        images.into_iter()
    }

    /// Extends the image of a handle by a patch.
    pub fn patch(&mut self, handle: u32, bytes: &[u8]) -> Result<(), ImageError> {
        let image = self.images.get_mut(&handle).ok_or(ImageError::Section("patch of an unknown handle"))?;
        let change = image.patch(handle, bytes);
        self.note(change.as_ref().map_or(Change::All, Change::clone));
        change?;
        self.patches += 1;
        self.used_bytes += bytes.len();
        Ok(())
    }

    /// Removes every image but the firmware.
    pub fn clear(&mut self) {
        self.note(Change::All);
        self.images.retain(|&handle, _| handle == gaslane_abi::ring::FIRMWARE_HANDLE);
        self.used_bytes = self.images.values().map(|image| image.total_bytes).sum();
    }

    /// Counts every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Patches so far.
    pub fn patches(&self) -> u64 {
        self.patches
    }

    /// Bytes in use.
    pub fn used_bytes(&self) -> usize {
        self.used_bytes
    }
}
