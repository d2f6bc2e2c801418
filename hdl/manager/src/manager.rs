//! The processor's state and its loop.

use crate::Row;
use crate::bus::{Move, cycles, get, is, set};
use crate::code::Code;
use crate::commands::CommandUnit;
use crate::commit::Commit;
use crate::far::{Far, Then};
use crate::host::Requests;
use crate::in_order::InOrder;
use crate::slots::{Phase, SLOTS};
use crate::slots::{Slot, Window};
use gaslane_abi::codes::CardError;
use gaslane_abi::env::BLOCK_WORDS;
use gaslane_abi::manage::map::{Config, counter, event, read, write};
use gaslane_abi::ring::CompletionKind;

/// Most lanes.
pub const LANES: usize = 32;

/// What the processor keeps of a lane. Its size is a power of two: the processor has no multiplier.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct LaneState {
    /// Its slot.
    pub slot: u8,
    /// Block context that its environment holds.
    pub block: u32,
    /// Cycles of attempts that committed, waits excluded.
    pub busy: u64,
    /// Cycles that it waited for state.
    pub state_wait: u64,
    /// Cycles that it waited for its turn.
    pub commit_wait: u64,
    /// Cycles of attempts that were aborted or escaped.
    pub aborted: u64,
}

impl LaneState {
    const FREE: Self = Self { slot: 0, block: 0, busy: 0, state_wait: 0, commit_wait: 0, aborted: 0 };
}

/// Everything.
pub struct Manager {
    /// Sizes and places.
    pub config: Config,
    /// Slots.
    pub slots: [Slot; SLOTS],
    /// Occupied ones.
    pub window: Window,
    /// The same, as bits.
    pub occupied: u32,
    /// Slots that need a lane.
    pub ready: u32,
    /// Occupied ones that start only when more transactions have committed.
    pub early: u32,
    /// Occupied ones whose last attempt was aborted.
    pub aborted: u32,
    /// Lanes.
    pub lanes: [LaneState; LANES],
    /// All of them.
    pub all_lanes: u32,
    /// Lanes with an attempt.
    pub running: u32,
    /// Lanes whose stop has been dealt with.
    pub quiet: u32,
    /// Lanes whose state reads are served.
    pub doors: u32,
    /// Moves between host memory and the card.
    pub far: Far,
    /// Commands that wait for their place.
    pub in_order: InOrder,
    /// The command at hand.
    pub command: CommandUnit,
    /// The commit at hand.
    pub commit: Commit,
    /// Requests to the host.
    pub requests: Requests,
    /// Code store.
    pub code: Code,
    /// Block context.
    pub block: [Row; BLOCK_WORDS],
    /// Its version.
    pub block_version: u32,
    /// What near moves fetch.
    pub scratch: [Row; 2],
    /// Transactions admitted.
    pub admitted: u32,
    /// Transactions committed.
    pub finished: u32,
    /// Commits so far.
    pub seq: u64,
    /// Counters that the host sees, except those of the selected lane: low and high words.
    pub counters: [[u32; 2]; 10],
    /// Lane whose counters the host sees.
    pub shown: u32,
    /// The card has stopped with an error.
    pub stopped: bool,
    /// What may have something to do: bits of [`mod@todo`].
    pub todo: u32,
    /// Events that there is something to do for; those of `ENDINGS` when they go down.
    pub wanted: u32,
    /// A transaction waits until its payload finds room among the far moves.
    pub wants_room: bool,
    told_idle: bool,
    quiet_turns: u32,
}

/// Turns without work after which everything is looked at once more: some hundred thousand cycles.
const QUIET_TURNS_MAX: u32 = 1 << 12;

/// What may have something to do without an event.
pub mod todo {
    /// The head, or the commit at hand.
    pub const COMMIT: u32 = 2;
    /// The command whose turn in order has come.
    pub const PUMP: u32 = 4;
    /// Transactions that need a lane.
    pub const SCHEDULE: u32 = 8;
    /// Nothing any more: the card has stopped with an error.
    pub const STOPPED: u32 = 16;
}

/// Events after which the card stops.
const FAILURES: u32 = event::FAR_FAILED
    | event::SERVER_FAILED
    | event::FILL_FAILED
    | event::FILL_BAD
    | event::LAUNCH_FAILED
    | event::LAUNCH_BAD;

/// Events that are waited for to go down.
const ENDINGS: u32 = event::RECORD_BUSY;

impl Manager {
    /// The state after reset, without configuration.
    pub const fn new() -> Self {
        Self {
            config: Config {
                lanes: 0,
                slots: 0,
                payload_bytes: 0,
                payload_start: 0,
                return_start: 0,
                return_bytes: 0,
                log_start: 0,
                log_bytes: 0,
                access_entries: 0,
                code_bytes: 0,
                directory_base: 0,
                directory_handles: 0,
                images_base: 0,
                queue_base: 0,
                slots_base: 0,
                slot_shift: 0,
            },
            slots: [Slot::FREE; SLOTS],
            window: Window::new(),
            occupied: 0,
            ready: 0,
            early: 0,
            aborted: 0,
            lanes: [LaneState::FREE; LANES],
            all_lanes: 0,
            running: 0,
            quiet: 0,
            doors: 0,
            far: Far::new(),
            in_order: InOrder::new(),
            command: CommandUnit::new(),
            commit: Commit::new(),
            requests: Requests::new(),
            code: Code::new(),
            block: [Row::ZERO; BLOCK_WORDS],
            block_version: 1,
            scratch: [Row::ZERO; 2],
            admitted: 0,
            finished: 0,
            seq: 0,
            counters: [[0; 2]; 10],
            shown: 0,
            stopped: false,
            todo: 0,
            wanted: FAILURES | event::ENTRY | event::FAR_ENDED,
            wants_room: false,
            told_idle: false,
            quiet_turns: 0,
        }
    }

    /// Takes the configuration.
    pub fn begin(&mut self, config: Config) {
        self.config = config;
        self.all_lanes = u32::MAX >> (32 - config.lanes);
        self.window.set_slots(config.slots.clamp(1, SLOTS as u32) as usize);
        set(write::DIRECTORY_BASE, config.directory_base);
        set(write::DIRECTORY_HANDLES, config.directory_handles);
        self.show_sequence();
        // What has no reset keeps what it had, if this is not the first time.
        for number in 0..self.counters.len() as u32 {
            show(number, 0);
        }
        self.show_hardware();
        self.show_lane();
        self.clear_code();
        set(write::IDLE, 1);
        self.told_idle = true;
        set(write::FILL_ENABLE, 1);
    }

    /// Does what there is to do.
    #[inline(always)]
    pub fn turn(&mut self) {
        // Most turns have nothing to do for most of these: what finds that out stands here, what does it elsewhere.
        let events = (get(read::EVENTS) ^ ENDINGS) & self.wanted;
        let stopped = get(read::STOPPED) & self.running & !self.quiet;
        let blocked = get(read::BLOCKED) & self.doors;
        if events | stopped | blocked | self.todo == 0 {
            return self.nothing();
        }
        if self.stopped {
            return;
        }
        if events & FAILURES != 0 {
            return self.failure(events);
        }
        if stopped != 0 {
            self.lane_stops(stopped);
        }
        if blocked != 0 {
            self.blocked_reads(blocked);
        }
        let commit = event::ASKED | event::COMMIT_DONE | event::COUNTED | event::RECORD_BUSY | event::WOKEN;
        if self.todo & todo::COMMIT | events & commit != 0 {
            self.todo &= !todo::COMMIT;
            self.commit_turn();
            self.wanted = self.wanted & !commit | self.commit_wants();
        }
        if events & event::FAR_ENDED != 0 {
            self.far_turn();
        }
        if self.command.is_idle() && events & event::ENTRY | self.todo & todo::PUMP != 0 {
            self.command_turn();
        }
        if self.todo & todo::SCHEDULE != 0 {
            self.todo &= !todo::SCHEDULE;
            let head_waits = self.ready >> self.window.first() & 1 == 1;
            if self.ready != 0 && (self.all_lanes & !self.running != 0 || head_waits) {
                self.schedule();
            }
        }
    }

    /// What is done when nothing else is.
    #[inline(always)]
    fn nothing(&mut self) {
        self.quiet_turns += 1;
        if self.quiet_turns == QUIET_TURNS_MAX {
            // Whoever makes work says so in `todo`. Should somebody have forgotten, the card is slow, but not dead.
            self.quiet_turns = 0;
            self.todo |= todo::COMMIT | todo::PUMP | todo::SCHEDULE;
        }
        let selected = get(read::LANE_SELECT);
        if selected != self.shown {
            self.shown = selected;
            self.show_lane();
        }
        if self.wants_room && self.far.has_room(1) {
            self.wants_room = false;
            self.todo |= todo::PUMP;
        }
        if self.has_left_entry() && get(read::PENDING) != 0 {
            self.host_is_waited_for();
        }
        if self.window.is_empty() {
            // What waits for the table's requests has no other sign of their end.
            if !self.in_order.is_empty() {
                self.todo |= todo::PUMP;
            }
            self.show_idle();
        }
    }

    #[cold]
    fn failure(&mut self, events: u32) {
        if events & event::LAUNCH_BAD != 0 {
            let lane = self.lanes[get(read::LAUNCH) as usize % LANES];
            self.fault(CardError::BadPayload, self.slots[usize::from(lane.slot)].tag);
        } else if events & event::FILL_BAD != 0 {
            self.fault(CardError::BadPayload, get(read::FILL_TAG));
        } else {
            let info = match events {
                _ if events & event::FAR_FAILED != 0 => get(read::FAR_ADDRESS),
                _ if events & event::FILL_FAILED != 0 => get(read::FILL_ADDRESS),
                _ => 0,
            };
            self.fault(CardError::DmaFault, info);
        }
    }

    /// Stops the card. The error's completion is the bus side's, so that a full ring does not keep the error from the registers. The first error counts.
    #[cold]
    pub fn fault(&mut self, error: CardError, info: u32) {
        if self.stopped {
            return;
        }
        self.stopped = true;
        self.todo = todo::STOPPED;
        set(write::DOOR_ENABLE, 0);
        set(write::FILL_ENABLE, 0);
        set(write::FAULT_INFO, info);
        set(write::FAULT, error as u32);
    }

    /// Posts a completion without key.
    #[inline(never)]
    pub fn post(&mut self, kind: CompletionKind, code: u32, tag: u32, record_bytes: u32) {
        while is(event::POST_BUSY) {}
        set(write::COMPLETION, kind as u32 | code << 8);
        set(write::COMPLETION + 1, tag);
        set(write::COMPLETION + 2, record_bytes);
        set(write::POST, 0);
    }

    /// Counts one more.
    #[inline(always)]
    pub fn count(&mut self, number: u32, more: u32) {
        let [low, high] = &mut self.counters[number as usize];
        let (sum, carry) = low.overflowing_add(more);
        *low = sum;
        set(write::COUNTERS + 2 * number, sum);
        if carry {
            *high = high.wrapping_add(1);
            set(write::COUNTERS + 2 * number + 1, *high);
        }
    }

    /// Tells hardware the number of the next commit.
    pub fn show_sequence(&mut self) {
        set(write::SEQ_LOW, self.seq as u32 + 1);
        set(write::SEQ_HIGH, ((self.seq + 1) >> 32) as u32);
    }

    /// Shows the counters of the selected lane.
    pub fn show_lane(&mut self) {
        let Some(lane) = self.lanes.get(self.shown as usize) else { return };
        let whole = lane.busy + lane.state_wait + lane.commit_wait + lane.aborted;
        show(counter::LANE_BUSY, lane.busy);
        show(counter::LANE_STATE_WAIT, lane.state_wait);
        show(counter::LANE_COMMIT_WAIT, lane.commit_wait);
        show(counter::LANE_ABORTED, lane.aborted);
        show(counter::LANE_IDLE, cycles().saturating_sub(whole));
    }

    /// Shows what hardware counts.
    pub fn show_hardware(&mut self) {
        let pair = |low: u32, high: u32| u64::from(get(high)) << 32 | u64::from(get(low));
        show(counter::STATE_READS, pair(read::STATE_READS_LOW, read::STATE_READS_HIGH));
        // Those of the processor and those of the state door.
        let asks = pair(read::ASKS_LOW, read::ASKS_HIGH);
        let [low, high] = self.counters[counter::ASSISTS as usize];
        show(counter::ASSISTS, asks + (u64::from(high) << 32 | u64::from(low)));
        show(counter::EVICTIONS, pair(read::EVICTIONS_LOW, read::EVICTIONS_HIGH));
    }

    /// Takes the submission away; something is in flight from now on.
    pub fn pop(&mut self) {
        set(write::POP, 0);
        self.told_idle = false;
    }

    fn show_idle(&mut self) {
        let idle = self.in_order.is_empty()
            && self.command.is_idle()
            && self.far.is_empty()
            && self.requests.answered()
            && !is(event::ENTRY | event::POST_BUSY | event::FILL_BUSY)
            && get(read::PENDING) == 0;
        if idle != self.told_idle {
            self.told_idle = idle;
            if idle {
                self.show_hardware();
                self.show_lane();
            }
            set(write::IDLE, idle as u32);
        }
    }

    /// Has a far move follow those that are queued. Room has been asked for. Returns its number.
    pub fn push_far(&mut self, what: Move, then: Then) -> u32 {
        self.far.push(what, then)
    }

    /// Continues what has waited for far moves.
    #[inline(never)]
    fn far_turn(&mut self) {
        loop {
            let events = get(read::EVENTS);
            if events & event::FAR_FAILED != 0 {
                return self.fault(CardError::DmaFault, get(read::FAR_ADDRESS));
            }
            if events & event::FAR_ENDED == 0 {
                return;
            }
            set(write::FAR_SEEN, 0);
            crate::bus::fence();
            let then = self.far.pop();
            self.continue_with(then);
        }
    }

    /// Waits until every far move is done, for what has to be done at once.
    pub fn far_drain(&mut self) {
        while !self.far.is_empty() && !self.stopped {
            self.far_turn();
        }
        crate::bus::fence();
    }

    fn continue_with(&mut self, then: Then) {
        match then {
            Then::Nothing => {}
            Then::Asked(slot, attempt) => self.asked(slot.into(), attempt),
            Then::Command => self.command_data(),
            Then::Commit => self.commit_data(),
        }
    }

    /// Changes where a transaction stands.
    pub fn set_phase(&mut self, slot: usize, phase: Phase) {
        self.slots[slot].phase = phase;
        let bit = 1 << slot;
        self.ready &= !bit;
        match phase {
            Phase::Ready => {
                self.ready |= bit;
                self.todo |= todo::SCHEDULE;
            }
            Phase::Finished | Phase::Escaped | Phase::Writes => self.todo |= todo::COMMIT,
            _ => {}
        }
    }
}

impl Default for Manager {
    fn default() -> Self {
        Self::new()
    }
}

fn show(number: u32, value: u64) {
    set(write::COUNTERS + 2 * number, value as u32);
    set(write::COUNTERS + 2 * number + 1, (value >> 32) as u32);
}
