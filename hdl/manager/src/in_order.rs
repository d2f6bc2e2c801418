//! Commands that wait for their place in order. They stand in card memory, which has room for the largest ring.

use crate::bus::{Move, Place, fresh, offset};
use crate::commands::Entry;
use gaslane_abi::ring::{Command, RING_ENTRIES_MAX};

/// The queue.
pub struct InOrder {
    first: u32,
    len: u32,
    /// The first one, if it has been fetched.
    front: Option<Entry>,
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
        Self { first: 0, len: 0, front: None, state_resets: 0, code_resets: 0 }
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// No more finds room.
    pub fn is_full(&self) -> bool {
        self.len == RING_ENTRIES_MAX
    }

    fn count(&mut self, entry: &Entry, step: u32) {
        let command = entry.command();
        if command == Command::ResetState as u8 {
            self.state_resets = self.state_resets.wrapping_add(step);
        }
        if command == Command::ResetCode as u8 {
            self.code_resets = self.code_resets.wrapping_add(step);
        }
    }

    /// Adds a command; whether card memory could be written.
    pub fn push(&mut self, base: u32, entry: &Entry) -> bool {
        self.count(entry, 1);
        self.len += 1;
        if self.len == 1 {
            self.front = Some(*entry);
            return true;
        }
        Move::rows(Place::Data(offset(entry)), place(base, self.first.wrapping_add(self.len - 1)), 2).near()
    }

    /// The first command, if there is one.
    pub fn front(&mut self, base: u32) -> Option<&Entry> {
        if self.len > 0 && self.front.is_none() {
            let mut entry = Entry::default();
            if !Move::rows(place(base, self.first), Place::Data(offset(&raw mut entry)), 2).near() {
                return None;
            }
            self.front = Some(fresh(&entry));
        }
        self.front.as_ref()
    }

    /// Removes the first command.
    pub fn pop(&mut self) {
        if let Some(entry) = self.front.take() {
            self.count(&entry, u32::MAX);
        }
        self.first = self.first.wrapping_add(1);
        self.len -= 1;
    }
}

impl Default for InOrder {
    fn default() -> Self {
        Self::new()
    }
}
