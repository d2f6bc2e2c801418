//! The code store as a lane reads it: 32-byte lines at 32-bit line addresses.
//!
//! Line 0x8000_0000 | handle << 1 is a handle's directory entry: eight little-endian numbers (flags with bit 31 for
//! "present", first lines of program, pool, jump index, jump entries, raw bytes; length of the raw bytes; blocks of the jump index).
//! The line after it is the delegate, as a word with bit 160 set, or zero. Below are the sections. A section that
//! outgrows its room moves; the old lines stay readable, as lanes may be executing them.

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

/// Places of sections. Contents come from the [`CodeStore`].
#[derive(Debug, Default)]
pub struct CodeMemory {
    rooms: FxHashMap<u32, [Room; 5]>,
    /// First line of a room: its handle and section.
    places: BTreeMap<u32, (u32, Section)>,
    next_line: u32,
}

fn lines(image: &Image, section: Section) -> u32 {
    let bytes = match section {
        Section::Program => 8 * image.program.len(),
        Section::Pool => 32 * image.pool_entries(),
        Section::JumpIndex => 8 * image.jumps.blocks().len(),
        Section::JumpEntries => 4 * image.jumps.entries().len(),
        Section::Raw => image.raw.len(),
    };
    bytes.div_ceil(32) as u32
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

    /// Gives an image its rooms, and moves sections that have outgrown theirs. Says whether its directory entry has changed.
    fn place(&mut self, handle: u32, image: &Image) -> bool {
        let rooms = self.rooms.entry(handle).or_default();
        let mut moved = false;
        for (room, section) in rooms.iter_mut().zip(SECTIONS) {
            let needed = lines(image, section);
            if room.lines <= needed {
                // Twice what is needed, so that patches fit. A refill that begins in a room does not reach the next one.
                *room = Room { first: self.next_line, lines: 2 * needed + 8 };
                self.places.insert(room.first, (handle, section));
                self.next_line += room.lines + BURST;
                moved = true;
            }
        }
        moved
    }

    /// Follows the code store from a version on (`None`: from nothing). Lines that a cache has to drop are appended to `drops`; if
    /// it has to forget everything, the answer is `true`. Lines that a lane has read stay what they are between two calls.
    pub fn follow(&mut self, code: &CodeStore, since: Option<u64>, drops: &mut VecDeque<u32>) -> bool {
        let Some(changes) = since.and_then(|since| code.changes_since(since)) else {
            for (handle, image) in code.images() {
                self.place(handle, image);
            }
            return true;
        };
        let mut flush = false;
        for change in changes {
            let handle = match change {
                Change::All => {
                    for (handle, image) in code.images() {
                        self.place(handle, image);
                    }
                    flush = true;
                    continue;
                }
                Change::Loaded(handle) | Change::Patched { handle, .. } => *handle,
            };
            let Some(image) = code.get(handle) else { continue };
            let old = self.rooms.get(&handle).copied();
            if self.place(handle, image) {
                let entry = DIRECTORY | handle << 1;
                drops.extend([entry, entry | 1]);
            }
            if let (Change::Patched { words, pool, rewritten, jump_entries, .. }, Some(rooms)) = (change, old) {
                let line = |section: usize, line: usize| rooms[section].first + line as u32;
                // The new lines too: a refill has brought what was there before them.
                drops.extend((words.start / 4..words.end.div_ceil(4)).map(|index| line(0, index)));
                drops.extend(rewritten.iter().map(|index| line(0, index / 4)));
                drops.extend(pool.clone().map(|index| line(1, index)));
                drops.extend(jump_entries.iter().map(|index| line(3, index / 8)));
            }
        }
        flush
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
