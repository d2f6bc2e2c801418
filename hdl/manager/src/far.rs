//! Moves between host memory and the card, one after the other, and what follows each.

use crate::bus::{Encoded, Move};

/// What follows a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    Nothing,
    /// The payload of a slot is in card memory.
    Loaded(u8),
    /// A lane's request is in host memory: slot and attempt.
    Asked(u8, u32),
    /// The command at hand goes on.
    Command,
    /// The commit goes on.
    Commit,
}

const ROOM: usize = 64;
/// Places that are kept for the command and the commit at hand: what lanes and admissions add, which are many, leaves them free.
const KEPT: usize = 16;

/// The queue.
pub struct Far {
    moves: [(Encoded, Then); ROOM],
    first: usize,
    len: usize,
    /// Requests of lanes among them.
    asked: usize,
    /// The first one is under way.
    pub busy: bool,
}

impl Far {
    /// An empty queue.
    pub const fn new() -> Self {
        Self { moves: [(Encoded::NONE, Then::Nothing); ROOM], first: 0, len: 0, asked: 0, busy: false }
    }

    /// Whether as many more moves of lanes or admissions find room.
    pub fn has_room(&self, count: usize) -> bool {
        self.len + count + KEPT <= ROOM
    }

    /// How many requests of lanes are on their way to host memory.
    pub fn asked(&self) -> usize {
        self.asked
    }

    /// Nothing is queued or under way.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a move. Room has been asked for.
    pub fn push(&mut self, what: Move, then: Then) {
        let last = (self.first + self.len) % ROOM;
        self.moves[last] = (what.encode(), then);
        self.len += 1;
        self.asked += usize::from(matches!(then, Then::Asked(..)));
    }

    /// The move under way is done; what follows.
    pub fn pop(&mut self) -> Then {
        let then = self.moves[self.first].1;
        self.first = (self.first + 1) % ROOM;
        self.len -= 1;
        self.asked -= usize::from(matches!(then, Then::Asked(..)));
        self.busy = false;
        then
    }

    /// The next move.
    pub fn first(&self) -> &Encoded {
        &self.moves[self.first].0
    }
}

impl Default for Far {
    fn default() -> Self {
        Self::new()
    }
}
