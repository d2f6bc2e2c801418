//! The model card: registers, control and the loop that advances the simulation.
//!
//! # Time
//! The clock counts card cycles and moves only in [`gaslane_abi::Device::wait`]. Doorbells and register accesses are free. The
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

use crate::ask::Asks;
use crate::attempt::Attempt;
use crate::code::CodeRequests;
use crate::commands::InOrder;
use crate::commit::Change;
use crate::counters::{Counters, LaneCounters, TimelineEvent, TimelineKind};
use crate::dispatch::LaneUnit;
use crate::events::{Events, Moderation, Requests, What};
use crate::image::CodeStore;
use crate::lane::{BlockContext, Lane};
use crate::memory::{DmaFault, HostMemory};
use crate::notes::CommitNote;
use crate::records::FillValue;
use crate::rings::{CompletionRing, SubmissionRing};
use crate::slots::{Phase, Slot};
use crate::state::{EntryId, StateTable};
use alloy_primitives::U256;
use gaslane_abi::codes::CardError;
use gaslane_abi::env::BLOCK_WORDS;
use gaslane_abi::ring::{Completion, CompletionKind};
use gaslane_hdl::CardConfig;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::Arc;

/// Cycles that lanes compute in a step of the simulation, about: some 20 ms of computing.
pub(crate) const STEP_CYCLES: u64 = 1 << 20;

/// A configuration that no card can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("card configuration: {0}")]
pub struct ConfigError(pub String);

/// How the card is simulated.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// Cycles from a request (assist or escape) in the completion ring to the effect of the host's answer.
    pub host_latency_cycles: u64,
    /// Record a timeline and notes of commits (see [`Card::take_timeline`], [`Card::take_commits`]).
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
    pub(crate) error: Option<Fault>,
    pub(crate) error_unsignalled: bool,
    pub(crate) irq_enable: u32,
    pub(crate) irq_moderation_cycles: u32,
    pub(crate) lane_select: u32,
    pub(crate) moderation: Moderation,
    /// Completions written since `wait` last returned.
    pub(crate) posted: u32,
    /// Cycles that lanes have computed since [`Card::advance`] was called.
    pub(crate) computed_cycles: u64,
    /// `wait` has told the host that the card has room for more commands.
    pub(crate) told_dry: bool,

    /// The clock.
    pub(crate) now: u64,
    pub(crate) events: Events,
    pub(crate) requests: Requests,
    /// Requests for pending entries: number, and the answer once it is there.
    pub(crate) assists: FxHashMap<EntryId, (u64, Option<FillValue>)>,
    pub(crate) code_requests: CodeRequests,
    pub(crate) asks: Asks,
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
    pub(crate) commits: Vec<CommitNote>,
}

/// The lowest `count` bits.
fn ones(count: u32) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

/// A lane of a card that is simulated so.
fn lane<L: Attempt>(config: &CardConfig, sim: &SimOptions) -> L {
    let mut lane = L::create(config);
    lane.count_op_cycles(sim.timeline);
    lane
}

impl<L: Attempt> Card<L> {
    /// A card after power-up.
    pub fn new(config: CardConfig, sim: SimOptions) -> Result<Self, ConfigError> {
        config.check().and_then(|()| L::check(&config)).map_err(ConfigError)?;
        Ok(Self::fresh(config, sim, HostMemory::default()))
    }

    pub(crate) fn fresh(config: CardConfig, sim: SimOptions, memory: HostMemory) -> Self {
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
            computed_cycles: 0,
            told_dry: false,
            now: 0,
            events: Events::default(),
            requests: Requests::default(),
            assists: FxHashMap::default(),
            code_requests: CodeRequests::default(),
            asks: Asks::default(),
            in_order: InOrder::default(),
            block: Arc::new(BlockContext { words: [U256::ZERO; BLOCK_WORDS] }),
            code: CodeStore::default(),
            state: StateTable::new(config.state_entries as usize),
            slots: (0..config.slots).map(|_| Slot::new()).collect(),
            free_slots: ones(config.slots),
            ready: 0,
            window: VecDeque::with_capacity(config.slots as usize),
            lanes: (0..config.lanes).map(|_| LaneUnit::new(lane(&config, &sim))).collect(),
            free_lanes: ones(config.lanes),
            next_order: 0,
            admitted: 0,
            finished: 0,
            commit_seq: 0,
            counters: Counters::default(),
            changes: Vec::new(),
            buffer: Vec::new(),
            timeline: Vec::new(),
            commits: Vec::new(),
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

    /// Where the cycles of all attempts went, if the lanes know.
    #[cfg(feature = "rtl")]
    pub fn cycle_profile(&self) -> Option<crate::rtl::CycleProfile> {
        let mut profiles = self.lanes.iter().filter_map(|unit| unit.attempt.cycle_profile());
        let mut sum = profiles.next()?.clone();
        profiles.for_each(|profile| sum.merge(profile));
        Some(sum)
    }

    /// Records what the lanes do for one transaction; whether they can.
    #[cfg(feature = "rtl")]
    pub fn record(&mut self, recording: &crate::rtl::SharedRecording) -> bool {
        self.lanes.iter_mut().all(|unit| unit.attempt.record(recording))
    }

    /// The state table.
    pub fn state_table(&self) -> &StateTable {
        &self.state
    }

    /// Takes the timeline recorded so far.
    pub fn take_timeline(&mut self) -> Vec<TimelineEvent> {
        std::mem::take(&mut self.timeline)
    }

    /// Takes the notes of committed transactions recorded so far, in order of their commits.
    pub fn take_commits(&mut self) -> Vec<CommitNote> {
        std::mem::take(&mut self.commits)
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

    /// Nothing is in flight.
    pub(crate) fn idle(&self) -> bool {
        self.error.is_some()
            || self.window.is_empty()
                && self.in_order.is_empty()
                && self.submissions.is_empty()
                && self.state.pending() == 0
                && self.code_requests.is_empty()
                && self.asks.is_empty()
                && !self.completions.stalled()
    }

    /// Fetches what was submitted and starts what can start, at the current cycle.
    pub(crate) fn take_commands(&mut self) -> Result<(), Fault> {
        if self.running {
            self.flush()?;
            self.fetch()?;
            self.flush()?;
        }
        Ok(())
    }

    /// Lanes have computed for a while: whoever takes steps gets his turn.
    pub(crate) fn paused(&self) -> bool {
        self.computed_cycles >= STEP_CYCLES
    }

    /// Runs as far as the host allows, or until lanes have computed for a while ([`Self::paused`]).
    pub(crate) fn advance(&mut self) -> Result<(), Fault> {
        self.computed_cycles = 0;
        while self.running && !self.paused() {
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

    /// Stops the card with an error.
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

    /// Does something that a fault ends.
    pub(crate) fn guard(&mut self, work: impl FnOnce(&mut Self) -> Result<(), Fault>) {
        if let Err(fault) = work(self) {
            self.stop(fault);
        }
    }
}
