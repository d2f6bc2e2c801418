//! Moves between host memory and the card, one after the other, and what follows each. Hardware queues them (`gaslane_hdl::manage::FarQueue`).

use crate::bus::{Move, get};
use gaslane_abi::manage::map::read;
use gaslane_abi::manage::mover::FAR_MOVES_MAX;

/// What follows a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    Nothing,
    /// A lane's request is in host memory: slot and attempt.
    Asked(u8, u32),
    /// The command at hand goes on.
    Command,
    /// The commit goes on.
    Commit,
}

const ROOM: usize = FAR_MOVES_MAX as usize;
/// Places that are kept for the command and the commit at hand, which need five and one: what lanes and admissions add, which are many, leaves them free.
const KEPT: u32 = 6;

/// The moves on their way.
pub struct Far {
    /// What follows those that something follows.
    thens: [Then; ROOM],
    first: usize,
    len: usize,
    /// Requests of lanes among them.
    asked: usize,
    /// Moves queued so far.
    pushed: u32,
}

impl Far {
    /// None.
    pub const fn new() -> Self {
        Self { thens: [Then::Nothing; ROOM], first: 0, len: 0, asked: 0, pushed: 0 }
    }

    /// Whether as many more moves of lanes or admissions find room: in the queue, and among what follows moves, also those that have ended meanwhile.
    pub fn has_room(&self, count: u32) -> bool {
        let under_way = self.pushed.wrapping_sub(get(read::FAR_DONE));
        under_way.max(self.len as u32) + count + KEPT <= FAR_MOVES_MAX
    }

    /// How many requests of lanes are on their way to host memory.
    pub fn asked(&self) -> usize {
        self.asked
    }

    /// Nothing is queued or under way, and nothing follows.
    pub fn is_empty(&self) -> bool {
        self.len == 0 && self.pushed == get(read::FAR_DONE)
    }

    /// Adds a move. Room has been asked for. Returns its number, for [`Far::has_ended`].
    #[inline(always)]
    pub fn push(&mut self, what: Move, then: Then) -> u32 {
        let quiet = then == Then::Nothing;
        what.encode().queue_far(quiet);
        if !quiet {
            let last = (self.first + self.len) % ROOM;
            self.thens[last] = then;
            self.len += 1;
            self.asked += usize::from(matches!(then, Then::Asked(..)));
        }
        self.pushed = self.pushed.wrapping_add(1);
        self.pushed
    }

    /// The first move that something follows has ended; what follows.
    pub fn pop(&mut self) -> Then {
        let then = self.thens[self.first];
        self.first = (self.first + 1) % ROOM;
        self.len -= 1;
        self.asked -= usize::from(matches!(then, Then::Asked(..)));
        then
    }

    /// Whether the move of this number has ended. There are fewer than 2^31 between it and the last one.
    #[inline(always)]
    pub fn has_ended(number: u32) -> bool {
        get(read::FAR_DONE).wrapping_sub(number) as i32 >= 0
    }
}

impl Default for Far {
    fn default() -> Self {
        Self::new()
    }
}
