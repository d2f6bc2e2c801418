//! The model card: registers, control and the loop that advances the simulation.
//!
//! # Time
//! The clock counts card cycles and moves only in [`Device::wait`]. Doorbells and register accesses are free. The
//! host has no speed: a request that the card posts at cycle *t* (assist or escape) is answered as of exactly
//! *t* + [`SimOptions::host_latency_cycles`], whenever the host really answers, and the clock never passes that
//! cycle before it has. (With interrupt moderation *t* is the cycle of the interrupt.) Command fetch takes no
//! time. So the same calls give the same cycles on any machine.
//!
//! # When `wait` returns
//! It runs as far as it can: until the clock stands at an answer that the host owes, all work is done, half
//! the completion ring has been filled since the last call, or the last submitted command has found a slot (so that the
//! host can submit more before lanes run dry). It returns `Interrupt` if completions were posted and the interrupt is
//! enabled, else `Idle` if nothing is in flight, else `Interrupt` again while completions are unconsumed, else the
//! error `Timeout`, at once: the host has to act first. The time-out that the caller gives is not used.
//!
//! # Errors
//! A malformed submission stops the card: STATUS, ERROR and ERROR_INFO say why (the tag, or the low word of the
//! address of a DMA fault), and an error completion follows. Only a reset helps.

use crate::attempt::Attempt;
use crate::commands::InOrder;
use crate::commit::Change;
use crate::counters::{Counters, LaneCounters, TimelineEvent, TimelineKind};
use crate::dispatch::LaneUnit;
use crate::events::{Events, Moderation, Requests, What};
use crate::image::CodeStore;
use crate::lane::{BlockContext, Lane};
use crate::memory::{DmaFault, HostMemory};
use crate::records::FillValue;
use crate::rings::{CompletionRing, SubmissionRing};
use crate::slots::{Phase, Slot};
use crate::state::{EntryId, StateTable};
use alloy_primitives::U256;
use gaslane_abi::codes::CardError;
use gaslane_abi::env::BLOCK_WORDS;
use gaslane_abi::regs;
use gaslane_abi::ring::{Completion, CompletionKind};
use gaslane_abi::{ABI_VERSION, CARD_ID, Device, DeviceError, Wake};
use gaslane_hdl::CardConfig;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::Duration;

/// A configuration that no card can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("card configuration: {0}")]
pub struct ConfigError(pub String);

/// How the card is simulated.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// Cycles from a request (assist or escape) in the completion ring to the effect of the host's answer.
    pub host_latency_cycles: u64,
    /// Record a timeline (see [`Card::take_timeline`]).
    pub timeline: bool,
    /// Check all invariants after every event (slow; for tests).
    pub check: bool,
}

impl Default for SimOptions {
    /// 500 cycles: two microseconds of PCIe and driver at 250 MHz.
    fn default() -> Self {
        Self { host_latency_cycles: 500, timeline: false, check: false }
    }
}

/// What stops the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub error: CardError,
    pub info: u32,
}

impl Fault {
    pub(crate) fn new(error: CardError, info: u32) -> Self {
        Self { error, info }
    }
}

impl From<DmaFault> for Fault {
    fn from(fault: DmaFault) -> Self {
        Self::new(CardError::DmaFault, fault.iova as u32)
    }
}

/// The model card with real lanes.
pub type ModelCard = Card<Lane>;

/// A simulated card with lanes of kind `L`.
#[derive(Debug)]
pub struct Card<L> {
    pub(crate) config: CardConfig,
    pub(crate) sim: SimOptions,
    pub(crate) memory: HostMemory,
    pub(crate) submissions: SubmissionRing,
    pub(crate) completions: CompletionRing,
    pub(crate) running: bool,
    error: Option<Fault>,
    error_unsignalled: bool,
    irq_enable: u32,
    irq_moderation_cycles: u32,
    lane_select: u32,
    pub(crate) moderation: Moderation,
    /// Completions written since `wait` last returned.
    posted: u32,
    /// `wait` has told the host that the card has room for more commands.
    pub(crate) told_dry: bool,

    /// The clock.
    pub(crate) now: u64,
    pub(crate) events: Events,
    pub(crate) requests: Requests,
    /// Requests for pending entries: number, and the answer once it is there.
    pub(crate) assists: FxHashMap<EntryId, (u64, Option<FillValue>)>,
    pub(crate) in_order: InOrder,
    pub(crate) block: Arc<BlockContext>,
    pub(crate) code: CodeStore,
    pub(crate) state: StateTable,
    pub(crate) slots: Vec<Slot>,
    pub(crate) free_slots: u64,
    /// Slots that need a lane.
    pub(crate) ready: u64,
    /// Occupied slots, oldest first; the first is the head.
    pub(crate) window: VecDeque<u8>,
    pub(crate) lanes: Vec<LaneUnit<L>>,
    pub(crate) free_lanes: u64,
    /// Places in the order given so far.
    pub(crate) next_order: u64,
    /// Transactions admitted so far.
    pub(crate) admitted: u64,
    /// Transactions committed so far.
    pub(crate) finished: u64,
    /// Committed completions posted so far: the commit sequence number.
    pub(crate) commit_seq: u64,
    pub(crate) counters: Counters,
    pub(crate) changes: Vec<Change>,
    pub(crate) buffer: Vec<u8>,
    timeline: Vec<TimelineEvent>,
}

/// The lowest `count` bits.
fn ones(count: u32) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

impl<L: Attempt> Card<L> {
    /// A card after power-up.
    pub fn new(config: CardConfig, sim: SimOptions) -> Result<Self, ConfigError> {
        config.check().map_err(ConfigError)?;
        Ok(Self::fresh(config, sim, HostMemory::default()))
    }

    fn fresh(config: CardConfig, sim: SimOptions, memory: HostMemory) -> Self {
        Self {
            memory,
            submissions: SubmissionRing::default(),
            completions: CompletionRing::default(),
            running: false,
            error: None,
            error_unsignalled: false,
            irq_enable: 0,
            irq_moderation_cycles: 0,
            lane_select: 0,
            moderation: Moderation::default(),
            posted: 0,
            told_dry: false,
            now: 0,
            events: Events::default(),
            requests: Requests::default(),
            assists: FxHashMap::default(),
            in_order: InOrder::default(),
            block: Arc::new(BlockContext { words: [U256::ZERO; BLOCK_WORDS] }),
            code: CodeStore::default(),
            state: StateTable::new(config.state_entries as usize),
            slots: (0..config.slots).map(|_| Slot::new()).collect(),
            free_slots: ones(config.slots),
            ready: 0,
            window: VecDeque::with_capacity(config.slots as usize),
            lanes: (0..config.lanes).map(|_| LaneUnit::new(L::create(&config))).collect(),
            free_lanes: ones(config.lanes),
            next_order: 0,
            admitted: 0,
            finished: 0,
            commit_seq: 0,
            counters: Counters::default(),
            changes: Vec::new(),
            buffer: Vec::new(),
            timeline: Vec::new(),
            config,
            sim,
        }
    }

    /// Counters as of now.
    pub fn counters(&self) -> Counters {
        Counters { cycles: self.now, evictions: self.state.evictions, ..self.counters }
    }

    /// Counters of a lane.
    pub fn lane_counters(&self, lane: usize) -> Option<LaneCounters> {
        self.lanes.get(lane).map(|unit| unit.counters)
    }

    /// The state table.
    pub fn state_table(&self) -> &StateTable {
        &self.state
    }

    /// Takes the timeline recorded so far.
    pub fn take_timeline(&mut self) -> Vec<TimelineEvent> {
        std::mem::take(&mut self.timeline)
    }

    pub(crate) fn note(&mut self, slot: usize, kind: TimelineKind) {
        if self.sim.timeline {
            let slot = &self.slots[slot];
            let lane = if let Phase::Running(lane) = slot.phase { Some(lane) } else { None };
            self.timeline.push(TimelineEvent { cycle: self.now, tag: slot.tag, lane, kind });
        }
    }

    pub(crate) fn post(&mut self, completion: Completion) {
        self.completions.post(completion);
    }

    /// Posts a request and returns its number.
    pub(crate) fn post_request(&mut self, completion: Completion) -> u64 {
        self.post(completion);
        let heard = self.moderation.signal(self.now, self.irq_moderation_cycles.into());
        self.requests.post(heard.saturating_add(self.sim.host_latency_cycles))
    }

    pub(crate) fn flush(&mut self) -> Result<(), Fault> {
        self.posted += self.completions.flush(&mut self.memory)?;
        Ok(())
    }

    fn idle(&self) -> bool {
        self.error.is_some()
            || self.window.is_empty()
                && self.in_order.is_empty()
                && self.submissions.is_empty()
                && self.state.pending() == 0
                && !self.completions.stalled()
    }

    /// Fetches what was submitted and starts what can start, at the current cycle.
    fn take_commands(&mut self) -> Result<(), Fault> {
        if self.running {
            self.flush()?;
            self.fetch()?;
            self.flush()?;
        }
        Ok(())
    }

    /// Runs as far as the host allows.
    fn advance(&mut self) -> Result<(), Fault> {
        while self.running {
            self.take_commands()?;
            let dry = self.posted > 0 && !self.told_dry && self.in_order.is_empty() && self.submissions.is_empty();
            if self.completions.stalled() || self.posted * 2 >= self.completions.entries || dry {
                self.told_dry |= dry;
                return Ok(());
            }
            let lanes = &self.lanes;
            while self.events.pop_if(|what| match *what {
                What::Lane { lane, generation, .. } => lanes[lane as usize].generation != generation,
                _ => false,
            }) {}
            match (self.events.next_cycle(), self.requests.limit()) {
                (Some(cycle), limit) if limit.is_none_or(|limit| cycle < limit) => {
                    if let Some((cycle, what)) = self.events.pop() {
                        self.now = self.now.max(cycle);
                        self.process(what)?;
                        if self.sim.check {
                            self.check_invariants();
                        }
                    }
                }
                (_, Some(limit)) => {
                    self.now = self.now.max(limit);
                    return Ok(());
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    fn stop(&mut self, fault: Fault) {
        tracing::debug!(error = fault.error.name(), info = fault.info, cycle = self.now, "card stopped");
        self.running = false;
        self.error = Some(fault);
        self.error_unsignalled = true;
        let (kind, code) = (CompletionKind::Error as u8, fault.error as u8);
        self.post(Completion { kind, code, tag: fault.info, ..Default::default() });
        // If the ring cannot be written either, the registers still tell.
        let _ = self.flush();
    }

    fn guard(&mut self, work: impl FnOnce(&mut Self) -> Result<(), Fault>) {
        if let Err(fault) = work(self) {
            self.stop(fault);
        }
    }

    fn check_rings(&self) -> Result<(), Fault> {
        match (self.submissions.valid(&self.memory), self.completions.valid(&self.memory)) {
            (true, true) => Ok(()),
            (false, _) => Err(Fault::new(CardError::BadRing, regs::SQ_BASE)),
            (true, false) => Err(Fault::new(CardError::BadRing, regs::CQ_BASE)),
        }
    }

    fn control(&mut self, run: bool) {
        if !run || self.error.is_some() {
            self.running = false;
        } else if !self.running {
            self.guard(|card| {
                card.check_rings()?;
                card.running = true;
                card.take_commands()
            });
        }
    }

    fn doorbell(&mut self, offset: u32, value: u32) {
        self.guard(|card| {
            if offset == regs::SQ_TAIL {
                if card.running && value >= card.submissions.entries {
                    return Err(Fault::new(CardError::BadRing, offset));
                }
                card.submissions.tail = value;
            } else if !card.running {
                card.completions.head = value;
            } else if value >= card.completions.entries {
                return Err(Fault::new(CardError::BadRing, offset));
            } else if !card.completions.consume(value) {
                return Err(Fault::new(CardError::CompletionOverrun, offset));
            }
            card.take_commands()
        });
    }

    /// The 64-bit counter whose low word is at `offset`.
    fn counter(&self, offset: u32) -> Option<u64> {
        let counters = self.counters();
        let lane = self.lanes.get(self.lane_select as usize).map(|unit| unit.counters);
        let of_lane = |pick: fn(&LaneCounters) -> u64| lane.as_ref().map_or(0, pick);
        Some(match offset {
            regs::SQ_BASE => self.submissions.base,
            regs::CQ_BASE => self.completions.base,
            regs::WATCHDOG_CYCLES => self.config.watchdog_cycles,
            regs::CYCLES => counters.cycles,
            regs::COMMITTED => counters.committed,
            regs::COMMITTED_HOST => counters.committed_host,
            regs::ABORTS => counters.aborts,
            regs::ESCAPES => counters.escapes,
            regs::ASSISTS => counters.assists,
            regs::STATE_READS => counters.state_reads,
            regs::PROGRAM_WORDS => counters.program_words,
            regs::FIRMWARE_WORDS => counters.firmware_words,
            regs::EVM_INSTRUCTIONS => counters.evm_instructions,
            regs::EVICTIONS => counters.evictions,
            regs::LANE_BUSY_CYCLES => of_lane(|lane| lane.busy),
            regs::LANE_STATE_WAIT_CYCLES => of_lane(|lane| lane.state_wait),
            regs::LANE_COMMIT_WAIT_CYCLES => of_lane(|lane| lane.commit_wait),
            regs::LANE_ABORTED_CYCLES => of_lane(|lane| lane.aborted),
            regs::LANE_IDLE_CYCLES => lane.map_or(0, |lane| self.now.saturating_sub(lane.occupied())),
            _ => return None,
        })
    }

    fn register(&self, offset: u32) -> u32 {
        match offset {
            regs::ID => CARD_ID,
            regs::ABI => ABI_VERSION,
            regs::CARD_KIND | regs::FEATURES => 1,
            regs::LANES => self.config.lanes,
            regs::SLOTS => self.config.slots,
            regs::CLOCK_KHZ => self.config.clock_khz,
            regs::STATE_ENTRIES => self.config.state_entries,
            regs::STACK_WORDS => self.config.stack_words,
            regs::MEMORY_BYTES => self.config.memory_bytes,
            regs::FRAMES => self.config.frames,
            regs::ACCESS_ENTRIES => self.config.access_entries,
            regs::UNDO_ENTRIES => self.config.undo_entries,
            regs::LOG_BYTES => self.config.log_bytes,
            regs::RETURN_BYTES => self.config.return_bytes,
            regs::PAYLOAD_BYTES => self.config.payload_bytes,
            regs::CODE_BYTES => self.config.code_bytes,
            regs::CONTROL => self.running as u32,
            regs::STATUS => {
                let bit = |set: bool, bit: u32| if set { bit } else { 0 };
                bit(self.running, regs::STATUS_RUNNING)
                    | bit(self.idle(), regs::STATUS_IDLE)
                    | bit(self.error.is_some(), regs::STATUS_ERROR)
            }
            regs::ERROR => self.error.map_or(0, |fault| fault.error as u32),
            regs::ERROR_INFO => self.error.map_or(0, |fault| fault.info),
            regs::SQ_ENTRIES => self.submissions.entries,
            regs::SQ_TAIL => self.submissions.tail,
            regs::SQ_HEAD => self.submissions.head,
            regs::CQ_ENTRIES => self.completions.entries,
            regs::CQ_HEAD => self.completions.head,
            regs::CQ_TAIL => self.completions.tail,
            regs::IRQ_ENABLE => self.irq_enable,
            regs::IRQ_MODERATION_CYCLES => self.irq_moderation_cycles,
            regs::LANE_SELECT => self.lane_select,
            _ => 0,
        }
    }
}

/// The row of the register map that holds an offset.
fn row(offset: u32) -> Result<&'static regs::Register, DeviceError> {
    let at = regs::MAP.partition_point(|row| row.offset <= offset);
    match at.checked_sub(1).map(|at| &regs::MAP[at]) {
        Some(row) if offset % 4 == 0 && offset < row.offset + 4 * row.count => Ok(row),
        _ => Err(DeviceError::BadRegister { offset }),
    }
}

fn set_half(value: &mut u64, high: bool, half: u32) {
    let shift = if high { 32 } else { 0 };
    *value = *value & !(0xffff_ffff << shift) | u64::from(half) << shift;
}

impl<L: Attempt> Device for Card<L> {
    fn read(&mut self, offset: u32) -> Result<u32, DeviceError> {
        let row = row(offset)?;
        Ok(match self.counter(row.offset) {
            Some(value) => (value >> (8 * (offset - row.offset))) as u32,
            None => self.register(row.offset),
        })
    }

    /// Writes to read-only registers, and to ring bases and sizes while the card runs, are ignored.
    fn write(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        let row = row(offset)?;
        let high = offset != row.offset;
        match row.offset {
            regs::CONTROL => self.control(value & 1 == 1),
            regs::SQ_BASE if !self.running => set_half(&mut self.submissions.base, high, value),
            regs::CQ_BASE if !self.running => set_half(&mut self.completions.base, high, value),
            regs::SQ_ENTRIES if !self.running => self.submissions.entries = value,
            regs::CQ_ENTRIES if !self.running => self.completions.entries = value,
            regs::SQ_TAIL | regs::CQ_HEAD if self.error.is_none() => self.doorbell(row.offset, value),
            regs::IRQ_ENABLE => self.irq_enable = value & 3,
            regs::IRQ_MODERATION_CYCLES => self.irq_moderation_cycles = value,
            regs::LANE_SELECT => self.lane_select = value,
            _ => {}
        }
        Ok(())
    }

    unsafe fn dma_map(&mut self, iova: u64, memory: NonNull<u8>, len_bytes: usize) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise is the same.
        unsafe { self.memory.map(iova, memory, len_bytes) }
    }

    fn dma_unmap(&mut self, iova: u64) -> Result<(), DeviceError> {
        self.memory.unmap(iova)
    }

    fn wait(&mut self, timeout: Duration) -> Result<Wake, DeviceError> {
        self.guard(Self::advance);
        let posted = std::mem::take(&mut self.posted) > 0;
        let stopped = std::mem::take(&mut self.error_unsignalled);
        let enabled = self.irq_enable & 1 != 0;
        if posted && enabled || stopped && self.irq_enable & 2 != 0 {
            Ok(Wake::Interrupt)
        } else if self.idle() {
            Ok(Wake::Idle)
        } else if enabled && self.completions.used() > 0 {
            Ok(Wake::Interrupt)
        } else {
            Err(DeviceError::Timeout(timeout))
        }
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        let memory = std::mem::take(&mut self.memory);
        *self = Self::fresh(self.config.clone(), self.sim.clone(), memory);
        Ok(())
    }
}
