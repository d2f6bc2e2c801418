//! Requests to the host for words and computations: what is outstanding, and what the host is told. Keys are asked for by the state door and the commit
//! unit; the state table knows which are outstanding.

use crate::bus::{Move, Place, fresh, is, lowest, offset, set};
use crate::far::Then;
use crate::manager::Manager;
use crate::slots::{Phase, Wait};
use gaslane_abi::codes::{Assist, CardError, Escape};
use gaslane_abi::env::A0;
use gaslane_abi::manage::lane::LaneOp;
use gaslane_abi::manage::map::{counter, event, write};
use gaslane_abi::ring::CompletionKind;

/// Words asked for at the same time: one for each lane.
const WORDS: usize = 32;

/// What is outstanding.
pub struct Requests {
    /// Handle and number of words asked for, oldest first.
    words: [(u32, u32); WORDS],
    words_len: usize,
    /// Requests of lanes that the host has not answered: number, slot.
    asks: [(u32, u8); WORDS],
    asks_len: usize,
    /// Number of the last one.
    last_ask: u32,
}

impl Requests {
    /// None.
    pub const fn new() -> Self {
        Self { words: [(0, 0); WORDS], words_len: 0, asks: [(0, 0); WORDS], asks_len: 0, last_ask: 0 }
    }

    /// No words or computations are outstanding.
    pub fn answered(&self) -> bool {
        self.words_len == 0 && self.asks_len == 0
    }

    /// The oldest request for words of a handle has been answered; whether there was one.
    pub fn answer_words(&mut self, handle: u32) -> bool {
        let Some(index) = self.words[..self.words_len].iter().position(|open| open.0 == handle) else { return false };
        self.words_len -= 1;
        for later in index..self.words_len {
            self.words[later] = fresh(&self.words[later + 1]);
        }
        true
    }

    /// A request of a lane has been answered; whose it was.
    pub fn answer_ask(&mut self, number: u64) -> Option<usize> {
        let open = &self.asks[..self.asks_len];
        let index = open.iter().position(|&(ask, _)| u64::from(ask) == number)?;
        let slot = self.asks[index].1;
        self.asks_len -= 1;
        self.asks[index] = self.asks[self.asks_len];
        Some(slot.into())
    }
}

impl Default for Requests {
    fn default() -> Self {
        Self::new()
    }
}

impl Manager {
    /// Begins a request to the host: its words but those of the key.
    #[inline(always)]
    pub fn begin_assist(&mut self, code: Assist, key_kind: u32, tag: u32) {
        // Shown with those of the state door.
        let [low, high] = &mut self.counters[counter::ASSISTS as usize];
        *low = low.wrapping_add(1);
        *high += u32::from(*low == 0);
        self.host_is_waited_for();
        while is(event::POST_BUSY) {}
        set(write::COMPLETION, CompletionKind::AssistRequest as u32 | (code as u32) << 8 | key_kind << 16);
        set(write::COMPLETION + 1, tag);
        set(write::COMPLETION + 2, 0);
    }

    #[inline(never)]
    fn post_with_key(&mut self, code: Assist, tag: u32, record_bytes: u32, low: u32, next: u32) {
        self.begin_assist(code, 0, tag);
        set(write::COMPLETION + 2, record_bytes);
        for index in 3..16 {
            set(write::COMPLETION + index, 0);
        }
        // Limbs of 64 bits.
        set(write::COMPLETION + 8, low);
        set(write::COMPLETION + 10, next);
        set(write::POST, 1);
    }

    /// A lane waits for words.
    #[inline(never)]
    pub fn miss(&mut self, slot: usize, handle: u32, number: u32) {
        let open = &self.requests.words[..self.requests.words_len];
        // Word by word: a routine that compares bytes takes longer.
        if !open.iter().any(|&(of, word)| (of ^ handle) | (word ^ number) == 0) {
            if self.requests.words_len == WORDS {
                // Every lane has one at most, but aborted ones leave theirs behind: this one asks later.
                return;
            }
            self.requests.words[self.requests.words_len] = (handle, number);
            self.requests.words_len += 1;
            self.post_with_key(Assist::Code, self.slots[slot].tag, 0, handle, number);
        }
        self.wait(slot, Wait::Words(handle));
    }

    /// Wakes the lanes that wait for words of a handle.
    #[inline(never)]
    pub fn wake_words(&mut self, handle: u32) {
        let mut waiting = self.running & self.quiet;
        while waiting != 0 {
            let lane = lowest(waiting);
            waiting &= waiting - 1;
            let slot = usize::from(self.lanes[lane].slot);
            if self.slots[slot].wait == Wait::Words(handle) {
                self.unwait(slot);
                crate::bus::lane(lane as u8, LaneOp::Resume, 0, 0);
                self.quiet &= !(1 << lane);
            }
        }
    }

    /// A lane asks the host for something: its request goes to the transaction's record buffer.
    #[inline(never)]
    pub fn ask(&mut self, slot: usize) {
        // Those of aborted attempts stay until the host has answered: this one asks later.
        if self.requests.asks_len + self.far.asked() >= WORDS || !self.far.has_room(2) {
            return;
        }
        let numbers = &self.slots[slot].numbers;
        let lane = self.slots[slot].lane;
        let (area, room) = self.ask_area(slot);
        if numbers.ask_bytes > room {
            return self.escape(slot, Escape::RecordCapacity);
        }
        let rows = offset(&self.slots[slot].rows);
        let input = Move {
            from: Place::Lane(lane, LaneOp::Load, numbers.ask_address),
            to: Place::Card(area),
            beats: numbers.ask_bytes.div_ceil(32),
            valid_bytes: numbers.ask_bytes.min(numbers.ask_available),
        };
        let arguments = Move::rows(Place::Lane(lane, LaneOp::GetEnv, A0.into()), Place::Data(rows), 3);
        if !arguments.near() || !input.near() {
            return self.fault(CardError::DmaFault, 0);
        }
        let ask_bytes = numbers.ask_bytes;
        self.requests.last_ask += 1;
        let number = self.requests.last_ask;
        let state = &mut self.slots[slot];
        state.rows[3].0 = [number, 0, ask_bytes, 0, 0, 0, 0, 0];
        let attempt = state.attempt;
        let record = state.record_addr;
        self.wait(slot, Wait::Ask(number));
        if input.beats > 0 {
            let input = Move::rows(Place::Card(area), Place::Host(record + 128), input.beats);
            self.push_far(input, Then::Nothing);
        }
        self.push_far(Move::rows(Place::Data(rows), Place::Host(record), 4), Then::Asked(slot as u8, attempt));
    }

    /// The request stands in host memory: the host is told.
    #[inline(never)]
    pub fn asked(&mut self, slot: usize, attempt: u32) {
        let state = &self.slots[slot];
        let Wait::Ask(number) = state.wait else { return };
        if state.attempt != attempt || state.phase != Phase::Running {
            return;
        }
        let head = fresh(&state.rows[3]);
        let tag = state.tag;
        let bytes = 128 + head.0[2].next_multiple_of(32);
        let kind = Assist::from_u8(state.numbers.ask_kind as u8);
        let Some(kind) = kind else { return self.fault(CardError::BadInstruction, tag) };
        self.requests.asks[self.requests.asks_len] = (number, slot as u8);
        self.requests.asks_len += 1;
        self.post_with_key(kind, tag, bytes, number, 0);
    }

    /// Blocked state reads.
    #[inline(never)]
    pub fn blocked_reads(&mut self, mut blocked: u32) {
        while blocked != 0 {
            let lane = crate::bus::lowest(blocked);
            blocked &= blocked - 1;
            self.blocked_read(lane as u8);
        }
    }
}
