//! The code store as a lane reads it: 32-byte lines at 32-bit line addresses.
//!
//! Line 0x8000_0000 | handle << 1 is a handle's directory entry: eight little-endian numbers (flags with bit 31 for
//! "present", first lines of program, pool, jump index, jump entries, raw bytes; length of the raw bytes; blocks of the jump index).
//! The line after it is the delegate, as a word with bit 160 set, or zero. Below are the sections. Programs and pools grow:
//! their rooms have several times the lines that code of that size comes to. One that outgrows it all the same moves, and a
//! lane that may hold the old place in its registers must not go on.

use super::lane::BURST;
use crate::image::{Change, CodeStore, Image};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, VecDeque};

/// A 32-byte line.
pub type Line = [u8; 32];

/// Directory lines begin here.
pub const DIRECTORY: u32 = 1 << 31;
const PRESENT: u32 = 1 << 31;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Program,
    Pool,
    JumpIndex,
    JumpEntries,
    Raw,
}

const SECTIONS: [Section; 5] =
    [Section::Program, Section::Pool, Section::JumpIndex, Section::JumpEntries, Section::Raw];

/// First line and length of a section.
#[derive(Clone, Copy, Debug, Default)]
struct Room {
    first: u32,
    lines: u32,
}

/// What a cache has to do after [`CodeMemory::follow`].
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// Forget everything.
    pub flush: bool,
    /// Forget these lines.
    pub drops: VecDeque<u32>,
    /// Something has moved: who has its old place cannot go on.
    pub moved: bool,
    /// There is no place for an image: nobody can go on.
    pub full: bool,
}

/// Places of sections. Contents come from the [`CodeStore`].
#[derive(Debug, Default)]
pub struct CodeMemory {
    rooms: FxHashMap<u32, [Room; 5]>,
    /// First line of a room: its handle and section.
    places: BTreeMap<u32, (u32, Section)>,
    next_line: u32,
}

fn lines(image: &Image, section: Section) -> u64 {
    let bytes = match section {
        Section::Program => 8 * image.program.len(),
        Section::Pool => 32 * image.pool_entries(),
        Section::JumpIndex => 8 * image.jumps.blocks().len(),
        Section::JumpEntries => 4 * image.jumps.entries().len(),
        Section::Raw => image.raw.len(),
    };
    bytes.div_ceil(32) as u64
}

impl CodeMemory {
    /// Reads a line; lines that belong to nothing are zero.
    pub fn line(&self, address: u32, code: &CodeStore) -> Line {
        if address >= DIRECTORY {
            return self.directory(address, code);
        }
        let Some((&first, &(handle, section))) = self.places.range(..=address).next_back() else { return [0; 32] };
        let Some(image) = code.get(handle) else { return [0; 32] };
        contents(image, section, (address - first) as usize)
    }

    fn directory(&self, address: u32, code: &CodeStore) -> Line {
        // Handles have 30 bits here; the firmware's has them all set.
        let short = (address & !DIRECTORY) >> 1;
        let handle = if short == u32::MAX >> 2 { gaslane_abi::ring::FIRMWARE_HANDLE } else { short };
        let mut line = [0; 32];
        let Some(image) = code.get(handle) else { return line };
        if address & 1 == 1 {
            if let Some(delegate) = image.delegate {
                line[11] = 1;
                line[12..].copy_from_slice(delegate.as_slice());
            }
            return line;
        }
        let Some(rooms) = self.rooms.get(&handle) else { return line };
        let flags = PRESENT
            | if image.delegate.is_some() { gaslane_abi::image::FLAG_DELEGATION } else { 0 }
            | if image.no_program { gaslane_abi::image::FLAG_NO_PROGRAM } else { 0 };
        let numbers = [
            flags,
            rooms[0].first,
            rooms[1].first,
            rooms[2].first,
            rooms[3].first,
            rooms[4].first,
            image.raw.len() as u32,
            image.jumps.blocks().len() as u32,
        ];
        for (field, number) in line.chunks_exact_mut(4).zip(numbers) {
            field.copy_from_slice(&number.to_le_bytes());
        }
        line
    }

    /// Gives an image its rooms, and moves sections that have outgrown theirs.
    fn place(&mut self, handle: u32, image: &Image, followed: &mut Followed) {
        let known = self.rooms.contains_key(&handle);
        let rooms = self.rooms.entry(handle).or_default();
        let mut changed = false;
        for (room, section) in rooms.iter_mut().zip(SECTIONS) {
            let needed = lines(image, section);
            if u64::from(room.lines) > needed {
                continue;
            }
            let bytes = image.raw.len() as u64;
            // Programs of mainnet come to 0.15 lines for a byte of code. Jump tables are complete from the start, unless a
            // stub without program is replaced.
            let spare = match section {
                Section::Program => bytes / 2 + 8 * needed + 64,
                Section::Pool => bytes / 4 + 8 * needed + 64,
                Section::JumpIndex => bytes / 128 + 2,
                Section::JumpEntries => bytes / 8 + 2,
                Section::Raw => 1,
            };
            // A refill that begins in a room does not reach the next one.
            let next = u64::from(self.next_line) + needed + spare + u64::from(BURST);
            if next > u64::from(DIRECTORY) {
                followed.full = true;
                return;
            }
            if room.lines > 0 {
                self.places.remove(&room.first);
            }
            *room = Room { first: self.next_line, lines: (needed + spare) as u32 };
            self.places.insert(room.first, (handle, section));
            self.next_line = next as u32;
            followed.moved |= known;
            changed = true;
        }
        if changed {
            let entry = DIRECTORY | handle << 1;
            followed.drops.extend([entry, entry | 1]);
        }
    }

    fn place_all(&mut self, code: &CodeStore, followed: &mut Followed) {
        for (handle, image) in code.images() {
            self.place(handle, image, followed);
        }
        followed.flush = true;
    }

    /// Follows the code store from a version on (`None`: from nothing). Lines that are not dropped or flushed are what they were.
    pub fn follow(&mut self, code: &CodeStore, since: Option<u64>) -> Followed {
        let mut followed = Followed::default();
        let Some(changes) = since.and_then(|since| code.changes_since(since)) else {
            self.place_all(code, &mut followed);
            return followed;
        };
        for change in changes {
            match change {
                Change::All => self.place_all(code, &mut followed),
                Change::Loaded(handle) => {
                    let Some(image) = code.get(*handle) else { continue };
                    // Loaded again after the store was cleared: the old rooms have other contents.
                    followed.flush |= self.rooms.contains_key(handle);
                    self.place(*handle, image, &mut followed);
                }
                Change::Patched { handle, words, pool, rewritten, jump_entries } => {
                    let Some(image) = code.get(*handle) else { continue };
                    let rooms = self.rooms.get(handle).copied().unwrap_or_default();
                    self.place(*handle, image, &mut followed);
                    let line = |section: Section, line: usize| rooms[section as usize].first + line as u32;
                    // The new lines too: a refill may have brought what was there before them.
                    let words = words.start / 4..words.end.div_ceil(4);
                    followed.drops.extend(words.map(|index| line(Section::Program, index)));
                    followed.drops.extend(rewritten.iter().map(|&index| line(Section::Program, index as usize)));
                    followed.drops.extend(pool.clone().map(|index| line(Section::Pool, index)));
                    followed.drops.extend(jump_entries.iter().map(|&index| line(Section::JumpEntries, index as usize)));
                }
            }
        }
        followed
    }

    /// Forgets all places; no lane may be running.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether half of the line addresses are in use.
    pub fn is_crowded(&self) -> bool {
        self.next_line >= DIRECTORY / 2
    }
}

fn contents(image: &Image, section: Section, index: usize) -> Line {
    let mut line = [0; 32];
    match section {
        Section::Program => {
            for (bytes, word) in line.chunks_exact_mut(8).zip(image.program.iter().skip(4 * index)) {
                bytes.copy_from_slice(&word.instr.encode().to_le_bytes());
            }
        }
        Section::Pool => line = image.pool_entry(index).unwrap_or_default().to_le_bytes(),
        Section::JumpIndex => {
            for (bytes, block) in line.chunks_exact_mut(8).zip(image.jumps.blocks().iter().skip(4 * index)) {
                bytes[..4].copy_from_slice(&block.bitmap.to_le_bytes());
                bytes[4..].copy_from_slice(&block.base.to_le_bytes());
            }
        }
        Section::JumpEntries => {
            for (bytes, entry) in line.chunks_exact_mut(4).zip(image.jumps.entries().iter().skip(8 * index)) {
                bytes.copy_from_slice(&entry.to_le_bytes());
            }
        }
        Section::Raw => {
            let raw = image.raw.get(32 * index..).unwrap_or_default();
            let len = raw.len().min(32);
            line[..len].copy_from_slice(&raw[..len]);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::script::Rng;
    use gaslane_abi::image::{
        IMAGE_MAGIC, ImageHeader, JUMP_MISS, JumpBlock, LINE_JUMPS, LINE_WORDS, PATCH_MAGIC, PatchHeader,
    };
    use gaslane_abi::isa::{Instr, Op};
    use gaslane_abi::word::Word;
    use gaslane_abi::{ABI_VERSION, pad32};
    use zerocopy::{FromZeros, IntoBytes};

    fn any_word(rng: &mut Rng) -> u64 {
        Instr::new(Op::Add, rng.below(60) as i8, rng.below(60) as i8, rng.below(60) as i8).encode()
    }

    /// An image with 32 JUMPDESTs, none of them translated.
    fn image(rng: &mut Rng) -> Image {
        let (words, pool) = (rng.below(40) as usize, rng.below(5) as usize);
        let mut bytes = vec![0; size_of::<ImageHeader>()];
        let mut header = ImageHeader { magic: IMAGE_MAGIC, abi_version: ABI_VERSION, ..ImageHeader::new_zeroed() };
        header.program_offset = bytes.len() as u32;
        header.program_words = words as u32;
        for _ in 0..words {
            bytes.extend_from_slice(any_word(rng).as_bytes());
        }
        header.pool_offset = bytes.len() as u32;
        header.pool_entries = pool as u32;
        for _ in 0..pool {
            bytes.extend_from_slice(Word([rng.below(u64::MAX), 0, 0, 1]).as_bytes());
        }
        header.jump_index_offset = bytes.len() as u32;
        header.jump_blocks = 1;
        bytes.extend_from_slice(JumpBlock { bitmap: u32::MAX, base: 0 }.as_bytes());
        header.jump_entries_offset = bytes.len() as u32;
        header.jump_entries = 32;
        bytes.extend_from_slice([JUMP_MISS; 32].as_bytes());
        header.raw_offset = bytes.len() as u32;
        header.raw_bytes = 1 + rng.below(100) as u32;
        bytes.resize(bytes.len() + header.raw_bytes as usize, 0x5b);
        bytes[..size_of::<ImageHeader>()].copy_from_slice(header.as_bytes());
        Image::parse(&bytes).unwrap()
    }

    fn patch(image: &Image, rng: &mut Rng) -> Vec<u8> {
        let old = image.program.len();
        let words = 1 + rng.below(60) as usize;
        let pool = rng.below(8) as usize;
        let rewritten = if old < LINE_WORDS as usize { 0 } else { rng.below(3) as usize };
        let jumps = rng.below(4) as usize;
        let header = PatchHeader {
            magic: PATCH_MAGIC,
            first_word: old as u32,
            words: words as u32,
            first_pool: image.pool_entries() as u32,
            pool_entries: pool as u32,
            word_lines: rewritten as u32,
            jump_lines: jumps as u32,
            reserved: 0,
        };
        let mut bytes = header.as_bytes().to_vec();
        for _ in 0..pool {
            bytes.extend_from_slice(Word([rng.below(u64::MAX), 0, 0, 2]).as_bytes());
        }
        for word in &image.program[old - header.repeated_words() as usize..] {
            bytes.extend_from_slice(word.instr.encode().as_bytes());
        }
        for _ in 0..words {
            bytes.extend_from_slice(any_word(rng).as_bytes());
        }
        bytes.resize(pad32(bytes.len()), 0);
        for _ in 0..rewritten {
            let line = rng.below(old as u64 / u64::from(LINE_WORDS)) as u32;
            bytes.extend_from_slice(line.as_bytes());
        }
        for _ in 0..jumps {
            bytes.extend_from_slice((rng.below(32) as u32 / LINE_JUMPS).as_bytes());
        }
        bytes.resize(pad32(bytes.len()), 0);
        for _ in 0..rewritten * LINE_WORDS as usize {
            bytes.extend_from_slice(any_word(rng).as_bytes());
        }
        for _ in 0..jumps * LINE_JUMPS as usize {
            let target = if rng.chance(2) { JUMP_MISS } else { rng.below((old + words) as u64) as u32 };
            bytes.extend_from_slice(target.as_bytes());
        }
        bytes
    }

    /// Random changes: every line that a refill can have brought and that differs afterwards is dropped or flushed.
    #[test]
    fn no_line_changes_without_being_dropped() {
        let (mut flushes, mut drops, mut moves) = (0, 0, 0);
        for seed in 0..30 {
            let mut rng = Rng(seed);
            let mut code = CodeStore::default();
            let mut memory = CodeMemory::default();
            let mut version = None;
            for _ in 0..60 {
                let addresses: Vec<u32> = (0..memory.next_line).chain((0..24).map(|line| DIRECTORY | line)).collect();
                let before: Vec<Line> = addresses.iter().map(|&address| memory.line(address, &code)).collect();
                for _ in 0..rng.below(3) {
                    let handle = rng.below(10) as u32;
                    match code.get(handle) {
                        Some(image) if !rng.chance(3) => {
                            let patch = patch(image, &mut rng);
                            code.patch(handle, &patch).unwrap();
                        }
                        _ if rng.chance(1) => code.clear(),
                        _ => code.insert(handle, image(&mut rng)),
                    }
                }
                let followed = memory.follow(&code, version);
                assert!(!followed.full);
                version = Some(code.version());
                flushes += usize::from(followed.flush);
                drops += followed.drops.len();
                moves += usize::from(followed.moved);
                for (&address, before) in addresses.iter().zip(&before) {
                    let same = memory.line(address, &code) == *before;
                    // A place that moved is a case of its own.
                    assert!(
                        same || followed.flush || followed.moved || followed.drops.contains(&address),
                        "seed {seed}: line {address:#x} changed silently"
                    );
                }
            }
        }
        assert!(flushes > 30 && drops > 1000 && moves > 0, "{flushes} flushes, {drops} drops, {moves} moves");
    }

    #[test]
    fn a_version_too_long_ago_flushes() {
        let mut rng = Rng(1);
        let mut code = CodeStore::default();
        code.insert(1, image(&mut rng));
        let mut memory = CodeMemory::default();
        memory.follow(&code, None);
        let version = code.version();
        for handle in 0..3000 {
            code.insert(2 + handle, image(&mut rng));
        }
        assert!(memory.follow(&code, Some(version)).flush);
        assert_eq!(memory.follow(&code, Some(code.version())), Followed::default());
        assert!(!memory.is_crowded());
    }

    /// Without room for an image nothing is placed over something else.
    #[test]
    fn a_full_address_space_is_said() {
        let mut rng = Rng(2);
        let mut code = CodeStore::default();
        code.insert(1, image(&mut rng));
        let mut memory = CodeMemory { next_line: DIRECTORY - 1000, ..Default::default() };
        assert!(!memory.follow(&code, None).full);
        let version = code.version();
        for handle in 2..10 {
            code.insert(handle, image(&mut rng));
        }
        assert!(memory.follow(&code, Some(version)).full && memory.next_line <= DIRECTORY && memory.is_crowded());
        memory.clear();
        assert!(!memory.follow(&code, None).full);
    }
}
