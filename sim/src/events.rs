//! Events of the simulation in their order, and the answers that the host owes.
//!
//! Events are ordered by cycle, then by kind, then by age of what they concern; nothing else (no host time, no
//! hash order) decides, so the same submissions give the same cycles.

use crate::state::EntryId;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// What happens at an event. The order of the variants decides between events of the same cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The commit unit has finished the head.
    CommitEnd,
    /// The host's answer to a pending state-table entry takes effect.
    Answer {
        /// Number of the request, which orders answers.
        request: u64,
        /// The entry.
        entry: EntryId,
    },
    /// The host's patch of an image takes effect.
    Patch {
        /// Number of the request, which orders answers.
        request: u64,
    },
    /// The host's answer to a lane's request takes effect.
    Reply {
        /// Number of the request, which orders answers.
        request: u64,
    },
    /// The host's write set for the escaped head takes effect.
    HostSet,
    /// A lane stopped.
    Lane {
        /// Age of its transaction.
        order: u64,
        /// The lane.
        lane: u8,
        /// Attempt of the lane that stopped; an older one means nothing.
        generation: u32,
    },
}

/// Events to come.
#[derive(Debug, Default)]
pub struct Events {
    heap: BinaryHeap<Reverse<(u64, What)>>,
}

impl Events {
    /// Adds an event.
    pub fn push(&mut self, cycle: u64, what: What) {
        self.heap.push(Reverse((cycle, what)));
    }

    /// Cycle of the next event.
    pub fn next_cycle(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse((cycle, _))| *cycle)
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<(u64, What)> {
        self.heap.pop().map(|Reverse(event)| event)
    }

    /// Takes the next event if nobody waits for it.
    pub fn pop_if(&mut self, stale: impl FnOnce(&What) -> bool) -> bool {
        match self.heap.peek() {
            Some(Reverse((_, what))) if stale(what) => self.heap.pop().is_some(),
            _ => false,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Request {
    deadline: u64,
    answered: bool,
}

/// Requests to the host, oldest first. Each takes effect exactly at its deadline, whenever the host answers; the clock
/// never passes the deadline of a request without an answer.
#[derive(Debug, Default)]
pub struct Requests {
    queue: VecDeque<Request>,
    base: u64,
}

impl Requests {
    /// Number of the next request.
    pub fn next(&self) -> u64 {
        self.base + self.queue.len() as u64
    }

    /// Notes a request; returns its number. Deadlines never decrease.
    pub fn post(&mut self, deadline: u64) -> u64 {
        debug_assert!(self.queue.back().is_none_or(|last| last.deadline <= deadline));
        self.queue.push_back(Request { deadline, answered: false });
        self.base + self.queue.len() as u64 - 1
    }

    /// The host has answered; returns the deadline, or `None` if it had answered before.
    pub fn answer(&mut self, request: u64) -> Option<u64> {
        let index = usize::try_from(request.checked_sub(self.base)?).ok()?;
        let found = self.queue.get_mut(index).filter(|found| !found.answered)?;
        found.answered = true;
        let deadline = found.deadline;
        while self.queue.front().is_some_and(|front| front.answered) {
            self.queue.pop_front();
            self.base += 1;
        }
        Some(deadline)
    }

    /// Earliest deadline without an answer.
    pub fn limit(&self) -> Option<u64> {
        self.queue.front().map(|front| front.deadline)
    }
}

/// Completion interrupts with moderation: gives the cycle at which the host hears of a completion.
#[derive(Debug, Default)]
pub struct Moderation {
    last: Option<u64>,
}

impl Moderation {
    /// Cycle of the interrupt that signals a completion posted at `cycle`.
    pub fn signal(&mut self, cycle: u64, moderation_cycles: u64) -> u64 {
        let at = match self.last {
            Some(last) if last >= cycle => last,
            Some(last) => cycle.max(last.saturating_add(moderation_cycles)),
            None => cycle,
        };
        self.last = Some(at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_unanswered_request_limits_the_clock() {
        let mut requests = Requests::default();
        let (a, b, c) = (requests.post(10), requests.post(10), requests.post(30));
        assert_eq!(requests.answer(b), Some(10));
        assert_eq!(requests.answer(b), None);
        assert_eq!(requests.limit(), Some(10));
        assert_eq!(requests.answer(a), Some(10));
        assert_eq!(requests.limit(), Some(30));
        assert_eq!(requests.answer(a), None);
        assert_eq!(requests.answer(c), Some(30));
        assert_eq!(requests.limit(), None);
        assert_eq!(requests.post(40), 3);
    }

    #[test]
    fn interrupts_are_moderated() {
        let mut moderation = Moderation::default();
        assert_eq!(moderation.signal(5, 100), 5);
        assert_eq!(moderation.signal(6, 100), 105);
        assert_eq!(moderation.signal(90, 100), 105);
        assert_eq!(moderation.signal(300, 100), 300);
        assert_eq!(moderation.signal(301, 0), 301);
    }
}
