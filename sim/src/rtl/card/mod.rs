//! The whole card as hardware: its core and its lanes, simulated, behind [`Device`].
//!
//! The core (`gaslane_hdl::card::Core`) and each lane with its port are simulated as blocks of their own and joined by the lane bus, whose both
//! ends are registers. So a card may have any number of lanes. Host memory stands behind a model of a PCI Express link, card memory behind one
//! of a memory controller ([`axi`]).
//!
//! # Time
//! The clock runs while the host waits, and while it reads or writes registers. The host's own time counts as nothing. A write of a
//! register arrives after the link's latency, a read takes its round trip, an interrupt is heard after [`LinkOptions::interrupt_cycles`].
//! When nothing has moved for [`LinkOptions::silent_cycles_max`] cycles the card is taken for dead: `wait` gives `Timeout` then.
//! The time-out that the caller gives is not used.
//!
//! # Checks
//! A [`Monitor`] at the link watches every run: what the card writes where, and in which order.

pub mod axi;
pub mod engine;
pub mod firmware;
mod monitor;
mod parts;
mod profile;
mod reads;
mod timeline;
mod waves;

pub use firmware::words as boot_words;
pub use monitor::{Committed, Monitor};
pub use parts::CardParts;
pub use profile::FirmwareProfile;
pub use timeline::{Stretch, Timeline, WaitKind};
pub use waves::Sink;

use crate::card::ConfigError;
use crate::memory::{HostMemory, PAGE_BYTES};
use crate::step::{Step, Stepped};
use axi::{AxiMemory, AxiTiming, CardMemory, ManagerSide, MemorySide};
use gaslane_abi::{Device, DeviceError, DmaMemory, Wake, regs};
use gaslane_hdl::CardConfig;
use gaslane_hdl::card::ports::{CoreInputs, CoreOutputs, LanePortInputs, LanePortOutputs, Simulated};
use gaslane_hdl::card::{core_size, slots};
use gaslane_hdl::lane::{LaneInputs, LaneOutputs, LaneSimulator, LaneSize};
use monitor::Watched;
use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::time::Duration;
use waves::CardWaves;

/// What [`LinkOptions::silent_cycles_max`] is if nobody asks for less. A commit that deletes accounts with storage walks the state table for each of them,
/// without a sign of life; a hash of all of lane memory is under 300,000 cycles.
const SILENT_CYCLES_MAX: u64 = 1 << 25;

/// Longer than anything is on the way to host memory that answers.
const UNMAP_CYCLES_MAX: u64 = 1 << 14;
/// A register access that takes longer never ends: the core hangs, as a dead device on a bus does.
const REGISTER_CYCLES_MAX: u64 = 1 << 12;

/// The blocks that an engine simulates.
pub trait Engine {
    /// The core.
    type Core: Simulated<CoreInputs, CoreOutputs>;
    /// A lane's port.
    type Port: Simulated<LanePortInputs, LanePortOutputs>;
    /// A lane.
    type Lane: LaneSimulator;
    /// The core of a configuration that passed the lane's check, or why there is none.
    fn core(config: &CardConfig) -> Result<Self::Core, String>;
    /// A lane's port.
    fn port() -> Self::Port;
}

/// Clock in kHz by which a simulated link's time is counted in cycles where nobody says another one. Assumed: no board has run.
pub const ASSUMED_CLOCK_KHZ: u32 = 100_000;

/// The link to the host and the memory beside the card.
#[derive(Clone, Copy, Debug)]
pub struct LinkOptions {
    /// Host memory through the link.
    pub host: AxiTiming,
    /// Card memory.
    pub memory: AxiTiming,
    /// Until a write of a register arrives.
    pub register_cycles: u64,
    /// From an interrupt to the host's next look at the completion ring.
    pub interrupt_cycles: u64,
    /// A card on which nothing has moved for so long, though somebody waits for it, is dead.
    pub silent_cycles_max: u64,
}

impl LinkOptions {
    /// PCI Express at a clock of the card in kHz: a read's round trip of 900 ns, 450 ns for a register and an interrupt, and 13/16 of the
    /// link's bytes, for what headers leave (see `docs/rtl.md` for where the numbers come from).
    pub fn pcie(generation: Generation, lanes: u32, clock_khz: u32) -> Self {
        let cycles = |ns: u64| ns * u64::from(clock_khz) / 1_000_000;
        let bytes_per_second = Self::payload_bytes_per_second(generation, lanes);
        Self {
            host: AxiTiming::pcie(900, bytes_per_second, clock_khz),
            memory: AxiTiming::CARD_MEMORY,
            register_cycles: cycles(450),
            interrupt_cycles: cycles(450),
            silent_cycles_max: SILENT_CYCLES_MAX,
        }
    }

    /// Bytes a second that a link carries in one direction, without headers.
    pub const fn payload_bytes_per_second(generation: Generation, lanes: u32) -> u64 {
        generation.bytes_per_second() * lanes as u64 * 13 / 16
    }

    /// PCI Express 3.0 with 16 lanes: 12.8 GB/s.
    pub fn gen3x16(clock_khz: u32) -> Self {
        Self::pcie(Generation::Gen3, 16, clock_khz)
    }
}

/// Generations of PCI Express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// 5 GT/s, 8b/10b.
    Gen2,
    /// 8 GT/s, 128b/130b.
    Gen3,
    /// 16 GT/s.
    Gen4,
}

impl Generation {
    /// Of one lane in one direction, after line coding.
    pub const fn bytes_per_second(self) -> u64 {
        match self {
            Self::Gen2 => 500_000_000,
            Self::Gen3 => 984_600_000,
            Self::Gen4 => 1_969_200_000,
        }
    }
}

struct LaneUnit<E: Engine> {
    port: E::Port,
    lane: E::Lane,
}

/// Where the cycles of a card's lanes and of its processor went.
#[derive(Clone, Copy, Debug, Default)]
pub struct CardCycles {
    /// All.
    pub cycles: u64,
    /// Words that retired.
    pub words: u64,
}

/// The card.
pub struct RtlCard<E: Engine> {
    config: CardConfig,
    link: LinkOptions,
    core: E::Core,
    lanes: Vec<LaneUnit<E>>,
    host: AxiMemory<Watched>,
    memory: AxiMemory<CardMemory>,
    /// Register writes under way: when they arrive, register, value.
    writes: VecDeque<(u64, u32, u32)>,
    now: u64,
    /// Last cycle in which something moved.
    moved: u64,
    /// Beats to and from both memories so far.
    beats: u64,
    interrupt_at: Option<u64>,
    /// What the lanes did.
    pub counted: CardCycles,
    /// What the management processor did.
    pub firmware: FirmwareProfile,
    /// What the lanes did when, if that was asked for.
    timeline: Option<Timeline>,
    /// Waveform, if that was asked for.
    waves: Option<CardWaves>,
}

impl<E: Engine> std::fmt::Debug for RtlCard<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RtlCard").field("config", &self.config).field("now", &self.now).finish_non_exhaustive()
    }
}

impl<E: Engine> RtlCard<E> {
    /// Whether there is hardware of that configuration, and of which size.
    pub fn check(config: &CardConfig) -> Result<LaneSize, ConfigError> {
        config.check().and_then(|()| core_size(config)).map_err(ConfigError)
    }

    /// A card after power-up: its processor has its firmware. Of the configuration's slots it has as many as the hardware of that size holds.
    pub fn new(mut config: CardConfig, link: LinkOptions) -> Result<Self, ConfigError> {
        config.slots = config.slots.min(slots(Self::check(&config)?));
        Self::fresh(config, link, HostMemory::default()).map_err(ConfigError)
    }

    fn fresh(config: CardConfig, link: LinkOptions, host: HostMemory) -> Result<Self, String> {
        let size = <E::Lane as LaneSimulator>::check(&config)?;
        let core = E::core(&config)?;
        let lanes = (0..config.lanes)
            .map(|number| {
                let mut port = E::port();
                port.inputs().number = number;
                LaneUnit { port, lane: E::Lane::create(&config, size) }
            })
            .collect();
        let mut card = Self {
            link,
            core,
            lanes,
            host: AxiMemory::new(Watched { memory: host, ..Watched::default() }, link.host),
            memory: AxiMemory::new(CardMemory::default(), link.memory),
            writes: VecDeque::new(),
            now: 0,
            moved: 0,
            beats: 0,
            interrupt_at: None,
            counted: CardCycles::default(),
            firmware: FirmwareProfile::default(),
            timeline: None,
            waves: None,
            config,
        };
        card.host.backing.monitor.reads = reads::ReadCheck::new(card.config.lanes);
        card.boot();
        Ok(card)
    }

    /// Loads the processor's memories, and lets it go.
    fn boot(&mut self) {
        let inputs = self.core.inputs();
        (inputs.strap_lanes, inputs.strap_slots) = (self.config.lanes, self.config.slots);
        inputs.interrupt_ready = true;
        (inputs.reset, inputs.processor_reset) = (true, true);
        self.tick();
        self.core.inputs().reset = false;
        for (program, address, word) in firmware::words(&self.config) {
            let inputs = self.core.inputs();
            (inputs.boot_valid, inputs.boot_program) = (true, program);
            (inputs.boot_address, inputs.boot_word) = (address, word);
            // Nobody else uses the memories: a word is taken in the second cycle at the latest.
            for _ in 0..REGISTER_CYCLES_MAX {
                self.tick();
                if self.core.outputs().boot_ready {
                    break;
                }
            }
        }
        self.core.inputs().boot_valid = false;
        self.tick();
        self.core.inputs().processor_reset = false;
        // It takes its configuration.
        for _ in 0..4096 {
            self.tick();
        }
    }

    /// A cycle of everything.
    fn tick(&mut self) {
        let inputs = self.core.inputs();
        let MemorySide { arready, rvalid, rdata, rresp, rlast, awready, wready, bvalid, bresp } = self.host.drives;
        (inputs.host_arready, inputs.host_rvalid, inputs.host_rdata) = (arready, rvalid, rdata);
        (inputs.host_rresp, inputs.host_rlast) = (rresp, rlast);
        (inputs.host_awready, inputs.host_wready) = (awready, wready);
        (inputs.host_bvalid, inputs.host_bresp) = (bvalid, bresp);
        let MemorySide { arready, rvalid, rdata, rresp, rlast, awready, wready, bvalid, bresp } = self.memory.drives;
        (inputs.memory_arready, inputs.memory_rvalid, inputs.memory_rdata) = (arready, rvalid, rdata);
        (inputs.memory_rresp, inputs.memory_rlast) = (rresp, rlast);
        (inputs.memory_awready, inputs.memory_wready) = (awready, wready);
        (inputs.memory_bvalid, inputs.memory_bresp) = (bvalid, bresp);
        (inputs.up_valid, inputs.up_tag, inputs.up_data) = (false, 0, [0; 4]);
        (inputs.stopped, inputs.asks_state, inputs.wants_line) = (0, 0, 0);
        let mut moves = false;
        for (number, unit) in self.lanes.iter_mut().enumerate() {
            // Registers: they are what they were after the last edge.
            let port = *unit.port.outputs();
            if port.up_valid {
                inputs.up_valid = true;
                inputs.up_tag |= port.up_tag;
                for (limb, more) in inputs.up_data.iter_mut().zip(port.up_data) {
                    *limb |= more;
                }
            }
            inputs.stopped |= u32::from(port.stopped) << number;
            inputs.asks_state |= u32::from(port.asks_state) << number;
            inputs.wants_line |= u32::from(port.wants_line) << number;
            let reads = &mut self.host.backing.monitor.reads;
            if port.state_valid {
                reads.told(number, unit.lane.outputs(), &port);
            }
            if port.start {
                reads.started(number, self.now);
            }
            drive_lane(unit.lane.inputs(), &port);
            let lane = *unit.lane.tick();
            if let Some(timeline) = &mut self.timeline {
                timeline.cycle(self.now, number, &lane, port.start, port.reset);
            }
            moves |= lane.retire;
            self.counted.words += u64::from(lane.retire);
            drive_port(unit.port.inputs(), &lane);
        }
        self.core.settle();
        let outputs = *self.core.outputs();
        self.firmware.count(outputs.pc);
        for unit in &mut self.lanes {
            let port = unit.port.inputs();
            (port.down_valid, port.down_all) = (outputs.down_valid, outputs.down_all);
            (port.down_lane, port.down_op, port.down_tag) = (outputs.down_lane, outputs.down_op, outputs.down_tag);
            (port.down_address, port.down_data) = (outputs.down_address, outputs.down_data);
            port.down_code = outputs.down_code;
        }
        if let Some(waves) = &mut self.waves
            && waves.wants()
        {
            waves.push(self.core.inputs());
            waves.push(&outputs);
            for unit in &mut self.lanes {
                waves.push(unit.port.inputs());
                waves.push(unit.port.outputs());
            }
            waves.write(self.now);
        }
        for unit in &mut self.lanes {
            unit.port.edge();
            unit.port.settle();
        }
        self.core.edge();
        self.host.backing.monitor.now = self.now;
        self.host.edge(
            self.now,
            &ManagerSide {
                arvalid: outputs.host_arvalid,
                araddr: outputs.host_araddr,
                arlen: outputs.host_arlen,
                rready: outputs.host_rready,
                awvalid: outputs.host_awvalid,
                awaddr: outputs.host_awaddr,
                awlen: outputs.host_awlen,
                wvalid: outputs.host_wvalid,
                wdata: outputs.host_wdata,
                wstrb: outputs.host_wstrb,
                wlast: outputs.host_wlast,
                bready: outputs.host_bready,
            },
        );
        self.memory.edge(
            self.now,
            &ManagerSide {
                arvalid: outputs.memory_arvalid,
                araddr: outputs.memory_araddr,
                arlen: outputs.memory_arlen,
                rready: outputs.memory_rready,
                awvalid: outputs.memory_awvalid,
                awaddr: outputs.memory_awaddr,
                awlen: outputs.memory_awlen,
                wvalid: outputs.memory_wvalid,
                wdata: outputs.memory_wdata,
                wstrb: outputs.memory_wstrb,
                wlast: outputs.memory_wlast,
                bready: outputs.memory_bready,
            },
        );
        if outputs.interrupt_valid {
            self.interrupt_at.get_or_insert(self.now + self.link.interrupt_cycles);
        }
        // What was asked for and never comes is no movement.
        let beats = self.host.beats.iter().chain(&self.memory.beats).sum();
        moves |= outputs.down_valid || beats != self.beats;
        self.beats = beats;
        self.now += 1;
        self.counted.cycles = self.now;
        if moves {
            self.moved = self.now;
        }
    }

    /// Ticks until the register writes under way that are due have been taken.
    fn deliver_writes(&mut self) {
        while let Some(&(due, register, value)) = self.writes.front()
            && due <= self.now
        {
            self.writes.pop_front();
            let Watched { memory, monitor } = &mut self.host.backing;
            monitor.register(register, value, memory);
            let inputs = self.core.inputs();
            (inputs.bar_awvalid, inputs.bar_awaddr) = (true, register);
            (inputs.bar_wvalid, inputs.bar_wdata, inputs.bar_wstrb) = (true, value, 0xf);
            inputs.bar_bready = true;
            for _ in 0..REGISTER_CYCLES_MAX {
                self.tick();
                let outputs = *self.core.outputs();
                let inputs = self.core.inputs();
                inputs.bar_awvalid &= !outputs.bar_awready;
                inputs.bar_wvalid &= !outputs.bar_wready;
                if outputs.bar_bvalid {
                    break;
                }
            }
            let inputs = self.core.inputs();
            (inputs.bar_awvalid, inputs.bar_wvalid, inputs.bar_bready) = (false, false, false);
        }
    }

    /// A register, after the round trip of the link; all ones if the core does not answer.
    fn read_register(&mut self, register: u32) -> u32 {
        // A read does not overtake a write.
        while !self.writes.is_empty() {
            self.tick();
            self.deliver_writes();
        }
        (0..self.link.register_cycles).for_each(|_| self.tick());
        let inputs = self.core.inputs();
        (inputs.bar_arvalid, inputs.bar_araddr, inputs.bar_rready) = (true, register, true);
        let mut value = u32::MAX;
        for _ in 0..REGISTER_CYCLES_MAX {
            self.tick();
            let outputs = *self.core.outputs();
            let inputs = self.core.inputs();
            inputs.bar_arvalid &= !outputs.bar_arready;
            if outputs.bar_rvalid {
                value = outputs.bar_rdata;
                break;
            }
        }
        let inputs = self.core.inputs();
        (inputs.bar_arvalid, inputs.bar_rready) = (false, false);
        (0..self.link.register_cycles).for_each(|_| self.tick());
        value
    }

    /// From now on notes what happens when; see [`Self::timeline`].
    pub fn record_timeline(&mut self) {
        self.timeline = Some(Timeline::new(self.config.lanes));
        self.host.backing.monitor.records = true;
    }

    /// What the lanes did, and what has committed, since [`Self::record_timeline`] or the last reset.
    pub fn timeline(&self) -> Option<(&Timeline, &[Committed])> {
        Some((self.timeline.as_ref()?, &self.host.backing.monitor.committed))
    }

    /// Writes a waveform (VCD) of these cycles from now on, over resets. See [`Self::finish_waves`].
    pub fn record_waves(&mut self, out: Sink, cycles: Range<u64>) -> io::Result<()> {
        self.waves = Some(CardWaves::new(out, self.config.lanes, cycles)?);
        Ok(())
    }

    /// Ends the waveform, if there is one: how many cycles it has.
    pub fn finish_waves(&mut self) -> Option<io::Result<u64>> {
        self.waves.take().map(CardWaves::finish)
    }

    /// What watches the card's writes.
    pub fn monitor(&self) -> &Monitor {
        &self.host.backing.monitor
    }

    /// Cycles so far.
    pub fn cycles(&self) -> u64 {
        self.now
    }

    /// Where the processor stands, and whether it has halted.
    pub fn processor(&self) -> (u32, bool) {
        (self.core.outputs().pc, self.core.outputs().halted)
    }
}

fn check(offset: u32) -> Result<(), DeviceError> {
    let at = regs::MAP.partition_point(|row| row.offset <= offset);
    match at.checked_sub(1).map(|at| &regs::MAP[at]) {
        Some(row) if offset.is_multiple_of(4) && offset < row.offset + 4 * row.count => Ok(()),
        _ => Err(DeviceError::BadRegister { offset }),
    }
}

impl<E: Engine> Device for RtlCard<E> {
    fn read(&mut self, offset: u32) -> Result<u32, DeviceError> {
        check(offset)?;
        Ok(self.read_register(offset))
    }

    fn write(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        check(offset)?;
        self.moved = self.now;
        self.writes.push_back((self.now + self.link.register_cycles, offset, value));
        self.deliver_writes();
        Ok(())
    }

    unsafe fn dma_map(&mut self, iova: u64, memory: DmaMemory) -> Result<(), DeviceError> {
        debug_assert!(PAGE_BYTES.is_multiple_of(32));
        // SAFETY: the caller's promise is the same.
        unsafe { self.host.backing.memory.map(iova, memory.start, memory.len_bytes) }
    }

    fn dma_unmap(&mut self, iova: u64) -> Result<(), DeviceError> {
        // What is under way may end first. Afterwards it finds no mapping, whether it ended or not.
        for _ in 0..UNMAP_CYCLES_MAX {
            if self.host.is_quiet() {
                break;
            }
            self.tick();
        }
        self.host.backing.memory.unmap(iova)
    }

    fn wait(&mut self, timeout: Duration) -> Result<Wake, DeviceError> {
        let begun = self.now;
        self.moved = self.now;
        loop {
            if self.interrupt_at.is_some_and(|at| at <= self.now) {
                self.interrupt_at = None;
                return Ok(Wake::Interrupt);
            }
            self.tick();
            self.deliver_writes();
            let silent = self.now - self.moved;
            if silent > self.link.silent_cycles_max {
                let (pc, halted) = self.processor();
                tracing::warn!(cycle = self.now, pc, halted, "nothing moves on the card");
                return Err(DeviceError::Timeout(timeout));
            }
            // The link is quiet: perhaps there is nothing to do.
            if silent == QUIET_CYCLES && self.interrupt_at.is_none() {
                let status = self.read_register(regs::STATUS);
                if status & regs::STATUS_IDLE != 0 && self.interrupt_at.is_none() {
                    let (pc, halted) = self.processor();
                    if status & regs::STATUS_ERROR == 0 {
                        self.host.backing.monitor.idle();
                    }
                    tracing::debug!(cycle = self.now, waited = self.now - begun, pc, halted, "idle");
                    return Ok(Wake::Idle);
                }
            }
        }
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        let host = std::mem::take(&mut self.host.backing.memory);
        // The configuration has been checked when the card was made.
        let (recorded, waves) = (self.timeline.is_some(), self.waves.take());
        *self = Self::fresh(self.config.clone(), self.link, host).map_err(|_| DeviceError::Gone)?;
        self.waves = waves;
        if recorded {
            self.record_timeline();
        }
        Ok(())
    }
}

/// Cycles of a step.
const STEP_CYCLES: u64 = 1 << 10;
/// A link that was quiet for so long may mean that the card rests.
const QUIET_CYCLES: u64 = 2048;

impl<E: Engine> Stepped for RtlCard<E> {
    fn step(&mut self) -> Step {
        for _ in 0..STEP_CYCLES {
            if self.interrupt_at.is_some_and(|at| at <= self.now) {
                self.interrupt_at = None;
                return Step::Interrupt;
            }
            self.tick();
            self.deliver_writes();
        }
        let silent = self.now - self.moved;
        if silent < QUIET_CYCLES || self.interrupt_at.is_some() || !self.writes.is_empty() {
            return Step::Works;
        }
        if silent > self.link.silent_cycles_max {
            let (pc, halted) = self.processor();
            tracing::warn!(cycle = self.now, pc, halted, "nothing moves on the card");
            return Step::Rests;
        }
        let status = self.read_register(regs::STATUS);
        match status & regs::STATUS_IDLE != 0 && self.interrupt_at.is_none() {
            true => Step::Rests,
            false => Step::Works,
        }
    }
}

/// The lane's inputs are the port's outputs of the same name.
fn drive_lane(lane: &mut LaneInputs, port: &LanePortOutputs) {
    *lane = LaneInputs {
        port_data: port.port_data,
        state_value: port.state_value,
        fill_data: port.fill_data,
        state_code: port.state_code,
        calldata_start: port.calldata_start,
        calldata_bytes: port.calldata_bytes,
        payload_bytes: port.payload_bytes,
        record_bytes: port.record_bytes,
        port_address: port.port_address,
        env_index: port.env_index,
        drain_row: port.drain_row,
        answer_bytes: port.answer_bytes,
        drop_line: port.drop_line,
        reset: port.reset,
        start: port.start,
        is_head: port.is_head,
        port_store: port.port_store,
        env_write: port.env_write,
        state_valid: port.state_valid,
        fill_ready: port.fill_ready,
        fill_valid: port.fill_valid,
        code_flush: port.code_flush,
        code_drop: port.code_drop,
        code_resume: port.code_resume,
        answer_valid: port.answer_valid,
    };
}

/// And the reverse.
fn drive_port(port: &mut LanePortInputs, lane: &LaneOutputs) {
    macro_rules! take {
        ($($name:ident)*) => { $(port.$name = lane.$name;)* };
    }
    take! {
        port_loaded env_word drain_data state_slot state_address status reason entries state_kind state_field fill_line
        missing_handle missing_number ask_kind ask_address ask_available ask_bytes end_status end_halt output_bytes
        log_count log_bytes program_words firmware_words state_request head_wait fill_request
    }
}
