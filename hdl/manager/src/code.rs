//! Code store: places of images in card memory, the directory that lanes read, patches.
//!
//! Line 0x8000_0000 | handle << 1 is a handle's directory entry: eight little-endian numbers (flags with bit 31 for
//! "present", first lines of program, pool, jump index, jump entries, raw bytes; length of the raw bytes; blocks of the jump index).
//! The line after it is the delegate, as a word with bit 160 set, or zero. Program and pool stand in rooms with space to grow; when one outgrows its
//! room, both move to larger ones, and the jump entries with them. The old rooms stay as they were, so a lane that knows them goes on there until it misses words.
//!
//! Lanes may execute what a patch changes. While it is written no refill begins, and the changed lines are dropped from
//! all caches before one does.

use crate::Row;
use crate::bus::{self, Move, Place, fresh, is, offset, set};
use crate::commands::BUFFER_ROWS;
use crate::far::Then;
use crate::manager::Manager;
use gaslane_abi::ABI_VERSION;
use gaslane_abi::codes::CardError;
use gaslane_abi::image::{
    FLAG_DELEGATION, FLAG_FIRMWARE, FLAG_NO_PROGRAM, IMAGE_MAGIC, LINE_JUMPS, LINE_WORDS, PATCH_MAGIC,
};
use gaslane_abi::manage::lane::{LaneOp, REFILL_LINES};
use gaslane_abi::manage::map::{event, write};
use gaslane_abi::ring::FIRMWARE_HANDLE;

const PRESENT: u32 = 1 << 31;
/// No image.
const NONE: u32 = u32::MAX;
const DIRECTORY: u32 = 1 << 31;
/// Rows of a move, at most: movers count with 20 bits.
const ROWS_MAX: u32 = (1 << 20) - 1;

/// Sections that grow, by their place in [`Image::first`].
const PROGRAM: usize = 0;
const POOL: usize = 1;
/// Jump entries, which move with them.
const JUMP_ENTRIES: usize = 3;

/// What the processor keeps of an image, in card memory.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(32))]
struct Image {
    flags: u32,
    program_words: u32,
    pool_entries: u32,
    raw_bytes: u32,
    jump_blocks: u32,
    jump_entries: u32,
    /// First lines of program, pool, jump index, jump entries, raw bytes.
    first: [u32; 5],
    /// Lines of their rooms.
    room: [u32; 5],
}

const _: () = assert!(size_of::<Image>() == 64);

/// The code store.
pub struct Code {
    next_line: u32,
    /// After the firmware.
    kept_line: u32,
    last_handle: u32,
    /// Index of the image at hand.
    at_hand: u32,
    image: Image,
    delegate: Row,
    lines: [Row; 2],
    replaces: bool,
}

impl Code {
    /// An empty one.
    pub const fn new() -> Self {
        let image = Image {
            flags: 0,
            program_words: 0,
            pool_entries: 0,
            raw_bytes: 0,
            jump_blocks: 0,
            jump_entries: 0,
            first: [0; 5],
            room: [0; 5],
        };
        Self {
            next_line: 0,
            kept_line: 0,
            last_handle: 0,
            at_hand: NONE,
            image,
            delegate: Row::ZERO,
            lines: [Row::ZERO; 2],
            replaces: false,
        }
    }
}

impl Default for Code {
    fn default() -> Self {
        Self::new()
    }
}

impl Manager {
    fn index(&self, handle: u32) -> Option<u32> {
        if handle == FIRMWARE_HANDLE {
            return Some(0);
        }
        (handle < self.config.directory_handles).then_some(handle)
    }

    /// Fetches what is kept of an image; whether there is one.
    fn fetch_image(&mut self, index: u32) -> bool {
        if index > self.code.last_handle {
            return false;
        }
        if self.code.at_hand != index {
            let from = Place::Card(self.config.images_base + 64 * index);
            self.code.at_hand = NONE;
            if !Move::rows(from, Place::Data(offset(&self.code.image)), 2).near() {
                return false;
            }
            self.code.at_hand = index;
        }
        fresh(&self.code.image.flags) & PRESENT != 0
    }

    /// Whether a handle has an image.
    pub fn is_loaded(&mut self, handle: u32) -> bool {
        self.index(handle).is_some_and(|index| (index > 0 || self.code.kept_line > 0) && self.fetch_image(index))
    }

    /// Writes the first rows of the directory entry of the image at hand.
    fn store_directory(&mut self, index: u32, rows: u32) -> bool {
        let image = &self.code.image;
        let [program, pool, jump_index, jump_entries, raw] = image.first;
        self.code.lines[0].0 =
            [image.flags, program, pool, jump_index, jump_entries, raw, image.raw_bytes, image.jump_blocks];
        self.code.lines[1] = self.code.delegate;
        let directory = Place::Card(self.config.directory_base + 64 * index);
        Move::rows(Place::Data(offset(&self.code.lines)), directory, rows).near()
    }

    /// Writes what is kept of the image at hand.
    fn store_sizes(&mut self, index: u32) -> bool {
        let kept = Place::Card(self.config.images_base + 64 * index);
        Move::rows(Place::Data(offset(&self.code.image)), kept, 2).near()
    }

    fn lines_total(&self) -> u32 {
        self.config.code_bytes / 32
    }

    /// A new room for a section of the image at hand.
    fn place(&mut self, section: usize, lines: u32) -> bool {
        // A refill that begins in a room does not reach the next.
        let next = self.code.next_line.saturating_add(lines).saturating_add(REFILL_LINES);
        if next > self.lines_total() || lines > ROWS_MAX {
            return false;
        }
        self.code.image.first[section] = self.code.next_line;
        self.code.image.room[section] = lines;
        self.code.next_line = next;
        true
    }

    /// The header of an image has come: checks it, finds places, has its sections transferred. How many moves that takes.
    #[inline(never)]
    pub fn image_header(&mut self) -> Option<u32> {
        let entry = self.command.entry;
        let total = entry.len_bytes();
        let rows: [[u32; 8]; 4] = core::array::from_fn(|row| fresh(&self.command.buffer[row]).0);
        let [magic, abi, flags, total_bytes, program_words, program_offset, pool_entries, pool_offset] = rows[0];
        let [jump_blocks, index_offset, jump_entries, entries_offset, raw_bytes, raw_offset, _, _] = rows[1];
        let firmware = entry.handle() == FIRMWARE_HANDLE;
        let sections = [
            (program_offset, u64::from(program_words) * 8),
            (pool_offset, u64::from(pool_entries) * 32),
            (index_offset, u64::from(jump_blocks) * 8),
            (entries_offset, u64::from(jump_entries) * 4),
            (raw_offset, u64::from(raw_bytes)),
        ];
        let inside =
            sections.iter().all(|&(offset, bytes)| offset % 32 == 0 && u64::from(offset) + bytes <= total.into());
        let index = self.index(entry.handle());
        let well = magic == IMAGE_MAGIC
            && abi == ABI_VERSION
            && total_bytes <= total
            && inside
            && (flags & FLAG_FIRMWARE != 0) == firmware;
        let (true, Some(index)) = (well, index) else {
            self.fault(CardError::BadImage, entry.tag());
            return None;
        };
        self.code.replaces = self.is_loaded(entry.handle());
        self.code.at_hand = index;
        self.code.image = Image {
            flags: PRESENT | flags & (FLAG_DELEGATION | FLAG_NO_PROGRAM),
            program_words,
            pool_entries,
            raw_bytes,
            jump_blocks,
            jump_entries,
            ..Image::default()
        };
        self.code.delegate = Row::ZERO;
        if flags & FLAG_DELEGATION != 0 {
            // The address stands in bytes 60 to 80, least significant first; in the line it is a word, most significant first.
            let mut bytes = [0_u8; 20];
            for (index, byte) in bytes.iter_mut().enumerate() {
                let at = 60 + index;
                *byte = (rows[at / 32][at % 32 / 4] >> (8 * (at % 4))) as u8;
            }
            let mut line = [0_u8; 32];
            line[11] = 1;
            for (index, byte) in bytes.iter().rev().enumerate() {
                line[12 + index] = *byte;
            }
            for (word, bytes) in self.code.delegate.0.iter_mut().zip(line.chunks_exact(4)) {
                *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            }
        }
        if index > self.code.last_handle {
            // What stands in the directory between them is nothing.
            let gap = index - self.code.last_handle - 1;
            let first = self.config.images_base + 64 * (self.code.last_handle + 1);
            let directory = self.config.directory_base + 64 * (self.code.last_handle + 1);
            if !zero(first, 2 * gap) || !zero(directory, 2 * gap) {
                self.fault(CardError::DmaFault, 0);
                return None;
            }
            self.code.last_handle = index;
        }
        let mut moves = 0;
        for (section, &(offset, bytes)) in sections.iter().enumerate() {
            let lines = bytes.div_ceil(32) as u32;
            if !self.place(section, room(section, lines, raw_bytes)) {
                self.fault(CardError::BadImage, entry.tag());
                return None;
            }
            if lines > 0 {
                let to = Place::Card(32 * self.code.image.first[section]);
                let then = Then::Command;
                self.push_far(Move::rows(Place::Host(entry.addr() + u64::from(offset)), to, lines), then);
                moves += 1;
            }
        }
        Some(moves)
    }

    fn hold_refills(&self) {
        set(write::SERVER_HOLD, 1);
        while !is(event::SERVER_IDLE) {}
    }

    /// The sections of an image have come.
    #[inline(never)]
    pub fn image_loaded(&mut self) {
        let handle = self.command.entry.handle();
        let Some(index) = self.index(handle) else { return };
        self.hold_refills();
        let stored = self.store_directory(index, 2) && self.store_sizes(index);
        if self.code.replaces {
            // Lanes may have lines of the old one.
            bus::all_lanes(LaneOp::Flush, 0);
        } else {
            // A lane may have looked for it in vain, and a refill has brought the entries beside another one.
            self.drop_directory(handle);
        }
        set(write::SERVER_HOLD, 0);
        if !stored {
            return self.fault(CardError::DmaFault, 0);
        }
        if index == 0 {
            self.code.kept_line = self.code.next_line;
        }
        self.done();
    }

    fn drop_directory(&self, handle: u32) {
        let line = DIRECTORY | handle << 1;
        bus::all_lanes(LaneOp::Drop, line);
        bus::all_lanes(LaneOp::Drop, line | 1);
    }

    /// The code store is empty but for the firmware.
    pub fn clear_code(&mut self) {
        let handles = self.code.last_handle;
        self.hold_refills();
        let cleared =
            zero(self.config.images_base + 64, 2 * handles) && zero(self.config.directory_base + 64, 2 * handles);
        bus::all_lanes(LaneOp::Flush, 0);
        set(write::SERVER_HOLD, 0);
        self.code.last_handle = 0;
        self.code.at_hand = NONE;
        self.code.next_line = self.code.kept_line;
        if !cleared {
            self.fault(CardError::DmaFault, 0);
        }
    }

    /// PATCH_IMAGE: the answer to the oldest request for words of its handle. Its first lines are fetched; all of most patches.
    #[inline(never)]
    pub fn patch_image(&mut self) {
        let entry = &self.command.entry;
        // Without words it only wakes: the host has replaced the image.
        if entry.len_bytes() == 0 {
            return self.patched();
        }
        if entry.len_bytes() < 32 || entry.len_bytes() > self.config.code_bytes {
            return self.fault(CardError::BadImage, entry.handle());
        }
        self.fetch_patch((entry.len_bytes() / 32).min(BUFFER_ROWS as u32));
    }

    /// The first lines of the patch have come.
    #[inline(never)]
    pub fn patch_data(&mut self) {
        if self.patch() {
            self.patched();
        } else {
            self.fault(CardError::BadImage, self.command.entry.handle());
        }
    }

    fn patched(&mut self) {
        let handle = self.command.entry.handle();
        if !self.requests.answer_words(handle) {
            return self.fault(CardError::BadCommand, self.command.entry.tag());
        }
        self.wake_words(handle);
        self.done();
    }

    /// Moves program, pool and jump entries if a room has become too small, all three: a lane that knows the old places sees there what it has
    /// seen before, neither words whose constants stand elsewhere nor targets that are not there. `lines` are those that they have, `needed` what
    /// program and pool need.
    fn make_room(&mut self, lines: [u32; 3], needed: [u32; 2]) -> bool {
        let room = &self.code.image.room;
        if needed[0] <= room[PROGRAM] && needed[1] <= room[POOL] {
            return true;
        }
        let rooms = [(PROGRAM, 2 * needed[0]), (POOL, 2 * needed[1]), (JUMP_ENTRIES, lines[2])];
        rooms.into_iter().zip(lines).all(|((section, room), lines)| {
            let old = self.code.image.first[section];
            let room = room.max(self.code.image.room[section]);
            self.place(section, room)
                && Move::rows(Place::Card(32 * old), Place::Card(32 * self.code.image.first[section]), lines).near()
        })
    }

    fn patch(&mut self) -> bool {
        let (handle, lines) = (self.command.entry.handle(), self.command.entry.len_bytes() / 32);
        let Some(index) = self.index(handle) else { return false };
        if !self.is_loaded(handle) {
            return false;
        }
        let [magic, first_word, words, first_pool, pool_entries, word_lines, jump_lines, _] =
            fresh(&self.command.buffer[0]).0;
        let image = &self.code.image;
        let first_line = first_word / LINE_WORDS;
        let sizes = [words, pool_entries, word_lines, jump_lines];
        // No sum below overflows.
        if magic != PATCH_MAGIC
            || first_word != image.program_words
            || first_pool != image.pool_entries
            || sizes.iter().any(|&size| size > self.config.code_bytes / 8)
        {
            return false;
        }
        let last = first_word + words;
        let last_line = last.div_ceil(LINE_WORDS);
        let program_row = 1 + pool_entries;
        let numbers_row = program_row + last_line - first_line;
        let lines_row = numbers_row + (word_lines + jump_lines).div_ceil(8);
        if lines_row + word_lines + jump_lines > lines {
            return false;
        }
        self.hold_refills();
        let jump_lines_end = image.jump_entries.div_ceil(LINE_JUMPS);
        let places = image.first;
        let grown = self.make_room(
            [first_word.div_ceil(LINE_WORDS), first_pool, jump_lines_end],
            [last_line, first_pool + pool_entries],
        );
        let [program, pool, _, jump_entries, _] = self.code.image.first;
        // A refill may have brought what was behind the program or the pool before, but not far. Lines are dropped while others are written.
        let behind = |start, first, end: u32| start + first..start + end.min(first + 2 * REFILL_LINES);
        let mut written = grown && self.patch_lines(1, pool + first_pool, pool_entries);
        bus::drop_lines(behind(pool, first_pool, first_pool + pool_entries));
        written = written && self.patch_lines(program_row, program + first_line, last_line - first_line);
        bus::drop_lines(behind(program, first_line, last_line));
        written = written
            && (0..word_lines + jump_lines).all(|number| {
                let line = self.patch_number(numbers_row + number / 8, number % 8);
                let (start, end) =
                    if number < word_lines { (program, first_line) } else { (jump_entries, jump_lines_end) };
                let inside = line < end && self.patch_lines(lines_row + number, start + line, 1);
                // While it is written no refill begins.
                bus::all_lanes_later(LaneOp::Drop, start + line);
                inside
            });
        self.code.image.program_words = last;
        self.code.image.pool_entries += pool_entries;
        let mut stored = bus::near_ended() && self.store_sizes(index);
        // Word by word: a routine that compares bytes takes longer.
        let moved = self.code.image.first.iter().zip(places).fold(0, |all, (now, then)| all | now ^ then);
        if moved != 0 {
            // The delegate's line stays.
            stored &= self.store_directory(index, 1);
            self.drop_directory(handle);
        }
        bus::lane_ops_done();
        set(write::SERVER_HOLD, 0);
        written && stored && !self.stopped
    }

    /// Writes lines of the patch to the code store: from the buffer, as far as it reaches, and beyond it from host memory. The last ones may be
    /// on their way when this returns.
    fn patch_lines(&mut self, row: u32, line: u32, lines: u32) -> bool {
        let here = (BUFFER_ROWS as u32).saturating_sub(row).min(lines);
        if here < lines {
            let from = self.command.entry.addr() + 32 * u64::from(row + here);
            let rest = Move::rows(Place::Host(from), Place::Card(32 * (line + here)), lines - here);
            self.far_now(rest);
        }
        Move::rows(Place::Data(offset(&self.command.buffer) + 32 * row), Place::Card(32 * line), here).begin()
    }

    /// The number of a rewritten line.
    fn patch_number(&mut self, row: u32, word: u32) -> u32 {
        let row = if row < BUFFER_ROWS as u32 {
            fresh(&self.command.buffer[row as usize])
        } else {
            let from = Place::Host(self.command.entry.addr() + 32 * u64::from(row));
            self.far_now(Move::rows(from, Place::Data(offset(&self.code.lines)), 1));
            fresh(&self.code.lines[0])
        };
        row.0[word as usize]
    }

    /// A far move that is waited for. Few need it.
    #[inline(never)]
    fn far_now(&mut self, what: Move) {
        // Room for it: nothing else adds to the queue meanwhile.
        self.far_drain();
        self.push_far(what, Then::Nothing);
        self.far_drain();
    }
}

/// Lines that a section of a new image is given.
fn room(section: usize, lines: u32, raw_bytes: u32) -> u32 {
    // Few programs get more than a word for 16 bytes of code, so few have to move.
    match section {
        PROGRAM => lines + raw_bytes / 64 + 16,
        POOL => lines + raw_bytes / 256 + 16,
        _ => lines,
    }
}

/// Zeros in card memory; whether it could be written.
fn zero(mut from: u32, mut rows: u32) -> bool {
    while rows > 0 {
        let some = rows.min(ROWS_MAX);
        if !Move::rows(Place::Zero, Place::Card(from), some).near() {
            return false;
        }
        from += 32 * some;
        rows -= some;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaslane_abi::image::IMAGE_ROOM_BYTES;

    /// The host is told of a quarter of the code store and counts every image with [`IMAGE_ROOM_BYTES`]: that covers what images take when they are
    /// loaded, however small and many they are.
    #[test]
    fn images_take_no_more_than_the_host_counts() {
        const HEADER_LINES: u32 = 4;
        for raw_bytes in (0_u32..100).chain((100..50_000).step_by(97)) {
            for (program, pool) in [(1, 0), (1, 8), (20, 3), (70, 40), (700, 500)] {
                let raw = raw_bytes.div_ceil(32);
                let lines = [program, pool, raw_bytes.div_ceil(128), raw_bytes.div_ceil(64), raw];
                let counted = 32 * (HEADER_LINES + lines.iter().sum::<u32>()) + IMAGE_ROOM_BYTES;
                let placed = |(section, &lines)| room(section, lines, raw_bytes) + REFILL_LINES;
                let taken: u32 = 32 * lines.iter().enumerate().map(placed).sum::<u32>();
                assert!(taken <= 4 * counted, "{raw_bytes} bytes of code: {taken} bytes taken, {counted} counted");
            }
        }
        // Without them a store full of the smallest images would be too small.
        let smallest = room(PROGRAM, 1, 1) + room(POOL, 0, 1) + 3 + 5 * REFILL_LINES;
        assert!(32 * smallest > 4 * 32 * (HEADER_LINES + 4));
    }
}
