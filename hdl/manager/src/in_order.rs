//! Commands that wait for their place in order. They stand in card memory, which has room for the largest ring.

use crate::bus::{Move, Place, offset};
use crate::commands::Entry;
use gaslane_abi::ring::{Command, RING_ENTRIES_MAX};

/// Commands that are kept in data RAM: the first ones. A card has few more on their way, and a look at card memory takes a hundred cycles.
const AT_HAND: u32 = 16;

/// The queue.
pub struct InOrder {
    first: u32,
    len: u32,
    /// The first commands, by their number modulo the size.
    near: [Entry; AT_HAND as usize],
    /// How many of them are there; the others stand in card memory.
    near_len: u32,
    /// State resets in the queue.
    pub state_resets: u32,
    /// Code resets in the queue.
    pub code_resets: u32,
}

fn place(base: u32, index: u32) -> Place {
    Place::Card(base + 64 * (index % RING_ENTRIES_MAX))
}

impl InOrder {
    /// An empty queue.
    pub const fn new() -> Self {
        Self {
            first: 0,
            len: 0,
            near: [const { Entry([0; 16]) }; AT_HAND as usize],
            near_len: 0,
            state_resets: 0,
            code_resets: 0,
        }
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// No more finds room.
    pub fn is_full(&self) -> bool {
        self.len == RING_ENTRIES_MAX
    }

    fn count(&mut self, command: u8, step: u32) {
        if command == Command::ResetState as u8 {
            self.state_resets = self.state_resets.wrapping_add(step);
        }
        if command == Command::ResetCode as u8 {
            self.code_resets = self.code_resets.wrapping_add(step);
        }
    }

    /// Adds a command; whether card memory could be written.
    pub fn push(&mut self, base: u32, entry: &Entry) -> bool {
        self.count(entry.command(), 1);
        let number = self.first.wrapping_add(self.len);
        self.len += 1;
        if self.near_len + 1 == self.len && self.near_len < AT_HAND {
            self.near[(number % AT_HAND) as usize].take(entry);
            self.near_len += 1;
            return true;
        }
        Move::rows(Place::Data(offset(entry)), place(base, number), 2).near()
    }

    /// Whether one more finds a place at hand.
    #[inline(always)]
    pub fn has_place_at_hand(&self) -> bool {
        self.near_len == self.len && self.near_len < AT_HAND
    }

    /// Adds a transaction at hand, where there is a place.
    #[inline(always)]
    pub fn push_at_hand(&mut self, entry: &Entry) {
        let number = self.first.wrapping_add(self.len);
        self.near[(number % AT_HAND) as usize] = *entry;
        self.len += 1;
        self.near_len += 1;
    }

    /// Removes the first command, a transaction at hand.
    #[inline(always)]
    pub fn pop_at_hand(&mut self) -> Entry {
        let entry = self.near[(self.first % AT_HAND) as usize];
        self.near_len -= 1;
        self.first = self.first.wrapping_add(1);
        self.len -= 1;
        entry
    }

    /// Whether the first command is known to want a slot: what waits for one is looked at often.
    #[inline(always)]
    pub fn wants_slot(&self) -> bool {
        self.near_len > 0 && self.near[(self.first % AT_HAND) as usize].command() == Command::Execute as u8
    }

    /// The first command, if there is one.
    pub fn front(&mut self, base: u32) -> Option<&Entry> {
        if self.len == 0 {
            return None;
        }
        let at = self.first % AT_HAND;
        if self.near_len == 0 {
            // As far as they stand side by side in both memories: the ring in card memory is a multiple of this one.
            let count = self.len.min(AT_HAND - at);
            let near = Place::Data(offset(&raw mut self.near[at as usize]));
            if !Move::rows(place(base, self.first), near, 2 * count).near() {
                return None;
            }
            self.near_len = count;
        }
        Some(&self.near[at as usize])
    }

    /// Removes the first command, which has been looked at.
    pub fn pop(&mut self, to: &mut Entry) {
        to.take(&self.near[(self.first % AT_HAND) as usize]);
        self.count(to.command(), u32::MAX);
        self.near_len -= 1;
        self.first = self.first.wrapping_add(1);
        self.len -= 1;
    }
}

const _: () = assert!(RING_ENTRIES_MAX.is_multiple_of(AT_HAND));

impl Default for InOrder {
    fn default() -> Self {
        Self::new()
    }
}
