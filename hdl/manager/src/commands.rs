//! Command fetch: what a submission does at once, and what waits for its place in order.
//!
//! Execute, system CommitHost, SetBlock, Drain and the resets wait for their place. The others overtake them, because a lane or the head may
//! be waiting for them while the queue waits for a slot; behind a queued reset, LoadImage and Fill wait too, except as answers to what
//! runs before it. One command is at hand at a time; while its data come from host memory, the lanes are served.

use crate::Row;
use crate::bus::{self, Move, Place, fresh, get, is, offset, set};
use crate::far::Then;
use crate::manager::{Manager, todo};
use crate::slots::{Phase, Wait};
use gaslane_abi::codes::{CardError, Escape, KeyKind};
use gaslane_abi::env::{BLOCK_WORDS, S3};
use gaslane_abi::manage::lane::LaneOp;
use gaslane_abi::manage::map::{event, read, write};
use gaslane_abi::manage::table::{TableOp, TableOutcome};
use gaslane_abi::record::{EXISTS, HAS_BALANCE, HAS_CODE, HAS_NONCE, UNAVAILABLE};
use gaslane_abi::ring::{Command, CompletionKind, FLAG_DEPENDS, FLAG_ESCAPE, FLAG_SYSTEM};

/// Records that are fetched together.
const CHUNK: u32 = 32;
/// Rows of the buffer for a command's data.
pub const BUFFER_ROWS: usize = 4 * CHUNK as usize;

/// A submission entry, as words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(32))]
pub struct Entry(pub [u32; 16]);

impl Entry {
    /// Words with a meaning. The others are zero: what has been looked at.
    const USED: usize = 12;

    /// Takes another's words.
    #[inline(always)]
    pub fn take(&mut self, from: &Self) {
        bus::words(&mut self.0[..Self::USED], |index| fresh(&from.0[index]));
    }

    /// Flags besides those that the command may have, addresses that are not aligned, or words where there are none.
    #[inline(always)]
    fn is_malformed(&self, flags: u8) -> bool {
        let rest = self.0[Self::USED..].iter().fold(0, |all, word| all | word);
        u32::from(self.flags() & !flags) | (self.0[2] | self.0[6]) & 31 | rest != 0
    }

    /// Number of the command.
    pub fn command(&self) -> u8 {
        self.0[0] as u8
    }

    fn flags(&self) -> u8 {
        (self.0[0] >> 8) as u8
    }

    fn depends(&self) -> u32 {
        self.0[0] >> 16
    }

    /// Tag.
    pub fn tag(&self) -> u32 {
        self.0[1]
    }

    /// Address of the payload.
    pub fn addr(&self) -> u64 {
        u64::from(self.0[3]) << 32 | u64::from(self.0[2])
    }

    /// Its length in bytes.
    pub fn len_bytes(&self) -> u32 {
        self.0[4]
    }

    fn number(&self) -> u32 {
        self.0[5]
    }

    fn record_addr(&self) -> u64 {
        u64::from(self.0[7]) << 32 | u64::from(self.0[6])
    }

    fn record_bytes(&self) -> u32 {
        self.0[8]
    }

    /// Handle.
    pub fn handle(&self) -> u32 {
        self.0[9]
    }

    fn seq(&self) -> u64 {
        u64::from(self.0[11]) << 32 | u64::from(self.0[10])
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// No command is at hand.
    Idle,
    /// Records of a fill are on their way.
    Fill,
    /// The block context is.
    Block,
    /// The header of an image is.
    ImageHeader,
    /// Its sections are.
    ImageSections,
    /// The first lines of a patch are.
    Patch,
    /// The head of an answer is.
    AnswerHead,
    /// Its output is, for a slot.
    AnswerOutput(u8),
}

/// The command at hand.
pub struct CommandUnit {
    step: Step,
    /// The command.
    pub entry: Entry,
    /// Its turn in order has come: nothing before it is left.
    in_turn: bool,
    /// Once done, it waits for its turn and is done again.
    twice: bool,
    /// Records done, or moves that have to end.
    at: u32,
    /// What has come.
    pub buffer: [Row; BUFFER_ROWS],
}

impl CommandUnit {
    /// None.
    pub const fn new() -> Self {
        Self {
            step: Step::Idle,
            entry: Entry([0; 16]),
            in_turn: false,
            twice: false,
            at: 0,
            buffer: [Row::ZERO; BUFFER_ROWS],
        }
    }

    /// No command is at hand.
    pub fn is_idle(&self) -> bool {
        self.step == Step::Idle
    }
}

impl Default for CommandUnit {
    fn default() -> Self {
        Self::new()
    }
}

impl Manager {
    /// Takes commands.
    #[inline(never)]
    pub fn command_turn(&mut self) {
        self.wanted |= event::ENTRY;
        while self.command.is_idle() && !self.stopped {
            if self.todo & todo::PUMP != 0 {
                if self.pump() {
                    continue;
                }
                self.todo &= !todo::PUMP;
            }
            self.enable_fills();
            let events = get(read::EVENTS);
            if events & event::ENTRY == 0 || events & event::RUNNING == 0 || self.in_order.is_full() {
                return;
            }
            if get(read::ENTRY) as u8 == Command::Execute as u8 {
                if self.in_order.is_empty() && self.window.is_full() && self.nothing_is_waited_for() {
                    self.wanted &= !event::ENTRY;
                    return;
                }
                if self.in_order.has_place_at_hand() {
                    self.take_transaction();
                    continue;
                }
            }
            bus::words(&mut self.command.entry.0, |index| get(read::ENTRY + index as u32));
            self.pop();
            self.accept();
        }
    }

    /// Whether a transaction that would wait for a slot can stay the next submission: the host is not asked for anything that may stand behind it. Most
    /// transactions come this way, one that is queued is copied and looked at once more. What begins to wait for the host asks again ([`todo::PUMP`]).
    #[inline(always)]
    fn nothing_is_waited_for(&self) -> bool {
        self.requests.answered() && get(read::PENDING) == 0 && self.slots[self.window.first()].phase != Phase::WithHost
    }

    /// The next submission has been left where it is.
    #[inline(always)]
    pub fn has_left_entry(&self) -> bool {
        self.wanted & event::ENTRY == 0
    }

    /// Something is waited for that the host sends: it may stand behind a submission that has been left where it is.
    #[inline(always)]
    pub fn host_is_waited_for(&mut self) {
        if self.has_left_entry() {
            self.todo |= todo::PUMP;
        }
    }

    /// Has the fill unit carry out the next fills, if nothing that was taken before them has to come first: a reset.
    #[inline(always)]
    fn enable_fills(&mut self) {
        if self.in_order.state_resets + self.in_order.code_resets == 0 {
            set(write::FILL_ENABLE, 1);
        }
    }

    fn bad(&mut self, error: CardError) {
        self.fault(error, self.command.entry.tag());
    }

    #[inline(never)]
    fn accept(&mut self) {
        self.command.in_turn = false;
        self.command.twice = false;
        let entry = &self.command.entry;
        let handle = entry.handle();
        let Some(command) = Command::from_u8(entry.command()) else { return self.bad(CardError::BadCommand) };
        let flags = match command {
            Command::Execute => FLAG_ESCAPE | FLAG_DEPENDS,
            Command::CommitHost => FLAG_SYSTEM,
            _ => 0,
        };
        if entry.is_malformed(flags) {
            return self.bad(CardError::BadCommand);
        }
        let resets = self.in_order.state_resets + self.in_order.code_resets;
        match command {
            Command::LoadImage if handle == 0 => self.bad(CardError::BadCommand),
            Command::LoadImage if self.in_order.code_resets > 0 => {
                // It may answer a transaction that runs before the reset.
                self.command.twice = true;
                if self.is_loaded(handle) { self.done() } else { self.load_image() }
            }
            Command::LoadImage => self.load_image(),
            Command::PatchImage => self.patch_image(),
            Command::Answer => self.take_answer(),
            Command::Fill => {
                self.command.in_turn = resets == 0;
                self.fill();
            }
            Command::CommitHost if self.command.entry.flags() & FLAG_SYSTEM == 0 => self.host_writes(),
            _ => self.queue(),
        }
    }

    fn queue(&mut self) {
        self.command.step = Step::Idle;
        if self.in_order.is_empty() {
            self.todo |= todo::PUMP;
        }
        if !self.in_order.push(self.config.queue_base, &self.command.entry) {
            self.fault(CardError::DmaFault, 0);
        }
    }

    /// Carries out the queued command whose turn has come; whether there was one.
    #[inline(never)]
    fn pump(&mut self) -> bool {
        if self.in_order.wants_slot() {
            self.wants_room = !self.far.has_room(1);
            if self.window.is_full() || self.wants_room {
                return false;
            }
            self.admit_queued();
            return true;
        }
        let base = self.config.queue_base;
        let Some(entry) = self.in_order.front(base) else { return false };
        let Some(command) = Command::from_u8(entry.command()) else { return false };
        if command == Command::Execute {
            // It is at hand now: its turn comes again.
            return true;
        }
        let drained = self.window.is_empty();
        let possible = match command {
            Command::CommitHost => !self.window.is_full(),
            Command::SetBlock => drained,
            Command::Drain => drained && !is(event::FILL_BUSY),
            Command::ResetState | Command::ResetCode => {
                drained && self.requests.answered() && get(read::PENDING) == 0 && !is(event::FILL_BUSY)
            }
            _ => true,
        };
        if !possible {
            return false;
        }
        self.in_order.pop(&mut self.command.entry);
        self.command.in_turn = true;
        self.command.twice = false;
        match command {
            Command::CommitHost => self.admit_system(),
            Command::SetBlock => self.set_block(),
            Command::ResetState => {
                // The table counts commits made, not the next one.
                set(write::SEQ_LOW, self.seq as u32);
                set(write::SEQ_HIGH, (self.seq >> 32) as u32);
                bus::table(TableOp::Clear, 0, false);
                self.show_sequence();
                self.done();
            }
            Command::ResetCode => self.reset_code(),
            Command::LoadImage => self.load_image(),
            Command::Fill => self.fill(),
            Command::Execute | Command::Drain | Command::PatchImage | Command::Answer => self.done(),
        }
        true
    }

    /// The command at hand is done.
    pub fn done(&mut self) {
        self.command.step = Step::Idle;
        if self.window.is_empty() {
            // It may be what a reset waited for.
            self.todo |= todo::PUMP;
        }
        if self.command.twice {
            return self.queue();
        }
        self.post(CompletionKind::Done, 0, self.command.entry.tag(), 0);
        self.enable_fills();
    }

    fn fetch(&mut self, step: Step, rows: u32) {
        self.command.step = step;
        let from = Place::Host(self.command.entry.addr());
        self.push_far(Move::rows(from, Place::Data(offset(&self.command.buffer)), rows), Then::Command);
    }

    /// Data of the command at hand have come.
    #[inline(never)]
    pub fn command_data(&mut self) {
        match self.command.step {
            Step::Idle => {}
            Step::Fill => self.fill_chunk(),
            Step::Block => {
                for index in 0..BLOCK_WORDS {
                    self.block[index] = fresh(&self.command.buffer[index]);
                }
                self.block_version += 1;
                self.done();
            }
            Step::ImageHeader => {
                if let Some(moves) = self.image_header() {
                    self.command.at = moves;
                    self.command.step = Step::ImageSections;
                    if moves == 0 {
                        self.image_loaded();
                    }
                }
            }
            Step::ImageSections => {
                self.command.at -= 1;
                if self.command.at == 0 {
                    self.image_loaded();
                }
            }
            Step::Patch => self.patch_data(),
            Step::AnswerHead => self.answer_head(),
            Step::AnswerOutput(slot) => self.give_answer(slot.into()),
        }
    }

    fn load_image(&mut self) {
        if self.command.entry.len_bytes() < 128 {
            return self.bad(CardError::BadImage);
        }
        self.fetch(Step::ImageHeader, 4);
    }

    /// Fetches the first rows of a patch.
    pub fn fetch_patch(&mut self, rows: u32) {
        self.fetch(Step::Patch, rows);
    }

    fn set_block(&mut self) {
        if self.command.entry.len_bytes() != 32 * BLOCK_WORDS as u32 {
            return self.bad(CardError::BadPayload);
        }
        self.fetch(Step::Block, BLOCK_WORDS as u32);
    }

    fn fill(&mut self) {
        self.command.at = 0;
        self.fetch_records();
    }

    #[inline(never)]
    fn fetch_records(&mut self) {
        let left = self.command.entry.number() - self.command.at;
        if left == 0 {
            return self.done();
        }
        self.command.step = Step::Fill;
        let from = Place::Host(self.command.entry.addr() + 128 * u64::from(self.command.at));
        let to = Place::Data(offset(&self.command.buffer));
        self.push_far(Move::rows(from, to, 4 * left.min(CHUNK)), Then::Command);
    }

    /// Whether a fill's record is well-formed, as the contract says.
    #[inline(always)]
    fn record_valid(&self, row: usize) -> bool {
        const ALL: u8 = HAS_BALANCE | HAS_NONCE | HAS_CODE;
        const ACCOUNT: u32 = KeyKind::Account as u32 | ((ALL | EXISTS) as u32) << 8;
        const STORAGE: u32 = KeyKind::Storage as u32;
        const WORD_FLAGS: u32 = ((ALL | EXISTS) as u32) << 8;
        let first = fresh(&self.command.buffer[row].0[0]);
        first == ACCOUNT || first & !WORD_FLAGS == STORAGE || self.rare_record_valid(row)
    }

    /// The same for accounts that do not exist, hashes of blocks, values that the host cannot say, and what is wrong.
    #[inline(never)]
    fn rare_record_valid(&self, row: usize) -> bool {
        let head = fresh(&self.command.buffer[row]).0;
        let (kind, flags) = (head[0] & 0xff, (head[0] >> 8) as u8);
        let account = kind == KeyKind::Account as u32;
        let hash = kind == KeyKind::BlockHash as u32;
        let known = account || kind == KeyKind::Storage as u32 || hash;
        let address = head[1..6].iter().fold(0, |all, word| all | word);
        if head[0] >> 16 != 0 || !known || hash && address != 0 {
            return false;
        }
        let all = HAS_BALANCE | HAS_NONCE | HAS_CODE;
        if flags == UNAVAILABLE || !account && flags & !(all | EXISTS) == 0 {
            return true;
        }
        if flags & !(all | EXISTS) != 0 || flags & all != all {
            return false;
        }
        flags & EXISTS != 0 || {
            let (value, nonce) = (fresh(&self.command.buffer[row + 2]).0, fresh(&self.command.buffer[row + 3]).0);
            value.iter().fold(head[7] | nonce[0] | nonce[1], |all, word| all | word) == 0
        }
    }

    /// Whether the table waits for the key of the fill's first record.
    #[cold]
    fn answers(&self) -> bool {
        if get(read::PENDING) == 0 || !self.record_valid(0) {
            return false;
        }
        set(write::TABLE_FLAGS, 0);
        set(write::TABLE_ROW, offset(&self.command.buffer));
        bus::table(TableOp::Probe, 0, false) == TableOutcome::Waits as u32
    }

    #[inline(never)]
    fn fill_chunk(&mut self) {
        let (number, seq) = (self.command.entry.number(), self.command.entry.seq());
        // Behind a reset, unless it answers what runs before it.
        if !self.command.in_turn && self.command.at == 0 && !self.answers() {
            return self.queue();
        }
        self.command.in_turn = true;
        let chunk = (number - self.command.at).min(CHUNK);
        set(write::TABLE_FLAGS, 0);
        set(write::SEQ_LOW, seq as u32);
        set(write::SEQ_HIGH, (seq >> 32) as u32);
        for record in 0..chunk as usize {
            if !self.record_valid(4 * record) {
                self.show_sequence();
                return self.bad(CardError::BadPayload);
            }
            set(write::TABLE_ROW, offset(&self.command.buffer[4 * record]));
            bus::table(TableOp::Fill, 0, false);
            let waiting = get(read::WAITING);
            if waiting != 0 {
                self.wake(waiting);
            }
        }
        self.show_sequence();
        self.command.at += chunk;
        self.fetch_records();
    }

    /// The write set of the escaped head.
    fn host_writes(&mut self) {
        let entry = &self.command.entry;
        let head = self.window.head().filter(|&slot| {
            let state = &self.slots[slot];
            state.phase == Phase::WithHost && state.tag == entry.tag()
        });
        let Some(slot) = head else { return self.bad(CardError::OutOfOrder) };
        let entry = &self.command.entry;
        self.slots[slot].addr = entry.addr();
        self.slots[slot].len = entry.number();
        self.set_phase(slot, Phase::Writes);
    }

    #[inline(always)]
    fn occupy(&mut self, tag: u32) -> usize {
        let slot = self.window.push();
        let bit = 1 << slot;
        self.occupied |= bit;
        self.aborted &= !bit;
        self.early &= !bit;
        let state = &mut self.slots[slot];
        state.tag = tag;
        state.wait = Wait::None;
        state.aborts = 0;
        state.after = 0;
        state.system = false;
        slot
    }

    fn admit_system(&mut self) {
        let (tag, addr, number) = (self.command.entry.tag(), self.command.entry.addr(), self.command.entry.number());
        let slot = self.occupy(tag);
        let state = &mut self.slots[slot];
        (state.system, state.addr, state.len) = (true, addr, number);
        self.set_phase(slot, Phase::Writes);
    }

    /// Gives a transaction a slot. There is one, and room for its payload's move.
    #[inline(always)]
    fn admit(&mut self, entry: &Entry) {
        let mut after = 0;
        if entry.flags() & FLAG_DEPENDS != 0 {
            if entry.depends() == 0 || entry.depends() > self.admitted {
                return self.fault(CardError::BadCommand, entry.tag());
            }
            after = self.admitted - entry.depends() + 1;
        }
        let mut reason = None;
        if entry.flags() & FLAG_ESCAPE != 0 {
            reason = u8::try_from(entry.number()).ok().and_then(Escape::from_u8);
            if reason.is_none() {
                return self.fault(CardError::BadCommand, entry.tag());
            }
        } else if entry.len_bytes() > self.config.payload_bytes {
            reason = Some(Escape::PayloadCapacity);
        } else if entry.len_bytes() < 512 {
            return self.fault(CardError::BadPayload, entry.tag());
        }
        let number = self.admitted;
        self.admitted += 1;
        let slot = self.occupy(entry.tag());
        let state = &mut self.slots[slot];
        state.number = number;
        state.after = after;
        state.len = entry.len_bytes();
        state.record_addr = entry.record_addr();
        state.record_bytes = entry.record_bytes();
        if after > self.finished {
            self.early |= 1 << slot;
        }
        if let Some(reason) = reason {
            self.slots[slot].reason = reason as u8;
            return self.set_phase(slot, Phase::Escaped);
        }
        let area = Place::Card(self.area(slot));
        let payload = Move::rows(Place::Host(entry.addr()), area, entry.len_bytes().div_ceil(32));
        self.slots[slot].payload_move = self.push_far(payload, Then::Nothing);
        self.set_phase(slot, Phase::Ready);
    }

    /// Admits the first transaction of the queue, which is at hand.
    #[inline(never)]
    fn admit_queued(&mut self) {
        let entry = self.in_order.pop_at_hand();
        self.admit(&entry);
    }

    /// Takes the next submission, a transaction: it gets a slot at once, or a place at hand in the queue.
    #[inline(never)]
    fn take_transaction(&mut self) {
        let entry = Entry(core::array::from_fn(|index| get(read::ENTRY + index as u32)));
        self.pop();
        if entry.is_malformed(FLAG_ESCAPE | FLAG_DEPENDS) {
            return self.fault(CardError::BadCommand, entry.tag());
        }
        if self.in_order.is_empty() {
            if !self.window.is_full() && self.far.has_room(1) {
                return self.admit(&entry);
            }
            self.todo |= todo::PUMP;
        }
        self.in_order.push_at_hand(&entry);
    }

    /// ANSWER: its head first.
    fn take_answer(&mut self) {
        if self.command.entry.len_bytes() < 96 {
            return self.bad(CardError::BadPayload);
        }
        self.fetch(Step::AnswerHead, 3);
    }

    #[inline(never)]
    fn answer_head(&mut self) {
        let (seq, len_bytes, addr) =
            (self.command.entry.seq(), self.command.entry.len_bytes(), self.command.entry.addr());
        let output_bytes = fresh(&self.command.buffer[2]).0[0];
        if u64::from(output_bytes).next_multiple_of(32) + 96 > u64::from(len_bytes) {
            return self.bad(CardError::BadPayload);
        }
        let Some(slot) = self.requests.answer_ask(seq) else { return self.bad(CardError::BadCommand) };
        let state = &self.slots[slot];
        // An attempt that was aborted meanwhile does not need it any more.
        if state.phase != Phase::Running || state.wait != Wait::Ask(seq as u32) {
            return self.done();
        }
        if output_bytes == 0 || output_bytes > self.config.return_bytes {
            return self.give_answer(slot);
        }
        self.command.step = Step::AnswerOutput(slot as u8);
        let output = Move {
            from: Place::Host(addr + 96),
            to: Place::Card(self.answer_area()),
            beats: output_bytes.div_ceil(32),
            valid_bytes: output_bytes,
        };
        self.push_far(output, Then::Command);
    }

    #[inline(never)]
    fn give_answer(&mut self, slot: usize) {
        let (area, lane) = (self.answer_area(), self.slots[slot].lane);
        if self.slots[slot].phase != Phase::Running
            || self.slots[slot].wait != Wait::Ask(self.command.entry.seq() as u32)
        {
            return self.done();
        }
        let buffer = offset(&self.command.buffer);
        let output_bytes = fresh(&self.command.buffer[2]).0[0];
        let mut bytes = 0xf_ffff;
        let mut moved = true;
        if output_bytes <= self.config.return_bytes {
            bytes = output_bytes;
            // The third word of the answer becomes the length alone.
            self.command.buffer[2].0 = [output_bytes, 0, 0, 0, 0, 0, 0, 0];
            let output = Place::Lane(lane, LaneOp::Store, self.config.return_start);
            moved = Move::rows(Place::Card(area), output, output_bytes.div_ceil(32)).near()
                && Move::rows(Place::Data(buffer + 32), Place::Lane(lane, LaneOp::Env, S3.into()), 2).near();
        }
        moved &= Move::rows(Place::Data(buffer), Place::Lane(lane, LaneOp::Answer, bytes), 1).near();
        if !moved {
            return self.fault(CardError::DmaFault, 0);
        }
        self.unwait(slot);
        self.quiet &= !(1 << lane);
        self.done();
    }

    /// A queued reset makes room: the code store is empty but for the firmware.
    fn reset_code(&mut self) {
        self.clear_code();
        self.done();
    }
}
