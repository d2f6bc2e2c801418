//! Commands that wait for their place in order. They stand in card memory, which has room for the largest ring.

use crate::bus::{Move, Place, copy, offset};
use crate::commands::Entry;
use gaslane_abi::ring::{Command, RING_ENTRIES_MAX};

/// The queue.
pub struct InOrder {
    first: u32,
    len: u32,
    /// The first one, if it has been fetched.
    front: Entry,
    fetched: bool,
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
        Self { first: 0, len: 0, front: Entry([0; 16]), fetched: false, state_resets: 0, code_resets: 0 }
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
        self.len += 1;
        if self.len == 1 {
            copy(&mut self.front.0, &entry.0);
            self.fetched = true;
            return true;
        }
        Move::rows(Place::Data(offset(entry)), place(base, self.first.wrapping_add(self.len - 1)), 2).near()
    }

    /// The first command, if there is one.
    pub fn front(&mut self, base: u32) -> Option<&Entry> {
        if self.len == 0 {
            return None;
        }
        if !self.fetched {
            if !Move::rows(place(base, self.first), Place::Data(offset(&raw mut self.front)), 2).near() {
                return None;
            }
            self.fetched = true;
        }
        Some(&self.front)
    }

    /// Removes the first command, which has been looked at.
    pub fn pop(&mut self, to: &mut Entry) {
        copy(&mut to.0, &self.front.0);
        self.count(to.command(), u32::MAX);
        self.fetched = false;
        self.first = self.first.wrapping_add(1);
        self.len -= 1;
    }
}

impl Default for InOrder {
    fn default() -> Self {
        Self::new()
    }
}
