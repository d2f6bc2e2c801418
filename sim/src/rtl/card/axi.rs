//! Memory behind an AXI4 manager of the card: latency, bandwidth, and bad behaviour on request.
//!
//! Reads and writes are answered in order (the card uses one ID for each). What `valid` offers stays until it is taken. Writes take effect when their
//! data arrive; their responses follow later.

use std::collections::VecDeque;

/// What a memory holds.
pub trait Backing {
    /// Reads 32 bytes; `false` if there is nothing.
    fn read(&mut self, address: u64, data: &mut [u8; 32]) -> bool;
    /// Writes those of 32 bytes that `strobes` names; `false` if there is nothing.
    fn write(&mut self, address: u64, data: &[u8; 32], strobes: u32) -> bool;
}

/// How a memory behaves. All numbers are simulated cycles of the card's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AxiTiming {
    /// From the address of a read to its first data.
    pub read_latency_cycles: u64,
    /// From the last data of a write to its response.
    pub write_latency_cycles: u64,
    /// A beat takes so many 256ths of a cycle of the link, at least.
    pub beat_256ths: u64,
    /// Of 256 cycles, in so many each channel pauses, at random.
    pub stalls: u8,
    /// Of 65,536 bursts, so many get an error response.
    pub errors: u16,
    /// Takes nothing and answers nothing from this cycle on.
    pub dead_from: u64,
    /// Seed of what is random.
    pub seed: u64,
}

impl AxiTiming {
    /// Memory beside the card: DDR4 behind a controller, at 64 cycles.
    pub const CARD_MEMORY: Self = Self {
        read_latency_cycles: 64,
        write_latency_cycles: 16,
        beat_256ths: 256,
        stalls: 0,
        errors: 0,
        dead_from: u64::MAX,
        seed: 1,
    };

    /// A link of PCI Express: round trip of a read in nanoseconds, bytes a second, at a clock of the card.
    pub fn pcie(read_ns: u64, bytes_per_second: u64, clock_khz: u32) -> Self {
        let cycles = |ns: u64| ns * u64::from(clock_khz) / 1_000_000;
        let beat_256ths = 256 * 32 * u64::from(clock_khz) * 1000 / bytes_per_second;
        Self {
            read_latency_cycles: cycles(read_ns),
            write_latency_cycles: cycles(read_ns / 4),
            beat_256ths: beat_256ths.max(256),
            ..Self::CARD_MEMORY
        }
    }
}

/// What the manager drives in a cycle.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct ManagerSide {
    pub arvalid: bool,
    pub araddr: u64,
    pub arlen: u32,
    pub rready: bool,
    pub awvalid: bool,
    pub awaddr: u64,
    pub awlen: u32,
    pub wvalid: bool,
    pub wdata: [u64; 4],
    pub wstrb: u32,
    pub wlast: bool,
    pub bready: bool,
}

/// What the memory drives.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct MemorySide {
    pub arready: bool,
    pub rvalid: bool,
    pub rdata: [u64; 4],
    pub rresp: u32,
    pub rlast: bool,
    pub awready: bool,
    pub wready: bool,
    pub bvalid: bool,
    pub bresp: u32,
}

#[derive(Clone, Copy, Debug)]
struct Burst {
    address: u64,
    beats: u32,
    ready_at: u64,
    error: bool,
}

/// The memory's side of the bus.
#[derive(Debug)]
pub struct AxiMemory<B> {
    /// What it holds.
    pub backing: B,
    /// How it behaves.
    pub timing: AxiTiming,
    /// What it drives in this cycle.
    pub drives: MemorySide,
    reads: VecDeque<Burst>,
    writes: VecDeque<Burst>,
    responses: VecDeque<Burst>,
    /// When the link is free again, in 256ths of a cycle: reads, writes.
    free_at: [u64; 2],
    random: u64,
    /// Beats so far: read, written.
    pub beats: [u64; 2],
}

/// Bursts that are taken before the first is answered.
const QUEUE: usize = 32;

impl<B: Backing> AxiMemory<B> {
    /// A memory with nothing under way.
    pub fn new(backing: B, timing: AxiTiming) -> Self {
        Self {
            backing,
            timing,
            drives: MemorySide::default(),
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            responses: VecDeque::new(),
            free_at: [0; 2],
            random: timing.seed | 1,
            beats: [0; 2],
        }
    }

    fn chance(&mut self, of: u32, parts: u32) -> bool {
        if parts == 0 {
            return false;
        }
        // xorshift64.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 32) as u32 % of < parts
    }

    /// Nothing is under way.
    pub fn is_quiet(&self) -> bool {
        self.reads.is_empty() && self.writes.is_empty() && self.responses.is_empty()
    }

    /// Ends a cycle: what was driven on both sides is taken, then the next cycle's signals are made.
    pub fn edge(&mut self, now: u64, manager: &ManagerSide) {
        let timing = self.timing;
        if now >= timing.dead_from {
            self.drives = MemorySide::default();
            return;
        }
        if manager.arvalid && self.drives.arready {
            let error = self.chance(65536, timing.errors.into());
            let ready_at = now + timing.read_latency_cycles;
            self.reads.push_back(Burst { address: manager.araddr, beats: manager.arlen + 1, ready_at, error });
        }
        if self.drives.rvalid && manager.rready {
            self.drives.rvalid = false;
        }
        if manager.awvalid && self.drives.awready {
            let error = self.chance(65536, timing.errors.into());
            self.writes.push_back(Burst { address: manager.awaddr, beats: manager.awlen + 1, ready_at: 0, error });
        }
        if manager.wvalid && self.drives.wready {
            self.write_beat(now, manager);
        }
        if self.drives.bvalid && manager.bready {
            self.drives.bvalid = false;
        }
        self.drive(now + 1);
    }

    fn write_beat(&mut self, now: u64, manager: &ManagerSide) {
        let Some(burst) = self.writes.front_mut() else { return };
        let mut data = [0; 32];
        for (bytes, limb) in data.chunks_exact_mut(8).zip(manager.wdata) {
            bytes.copy_from_slice(&limb.to_le_bytes());
        }
        self.beats[1] += 1;
        self.free_at[1] = self.free_at[1].max(now << 8) + self.timing.beat_256ths;
        burst.error |= !self.backing.write(burst.address, &data, manager.wstrb);
        burst.address += 32;
        burst.beats -= 1;
        if burst.beats == 0
            && let Some(burst) = self.writes.pop_front()
        {
            let ready_at = now + self.timing.write_latency_cycles;
            self.responses.push_back(Burst { ready_at, ..burst });
        }
    }

    fn drive(&mut self, now: u64) {
        let stalls = u32::from(self.timing.stalls);
        if !self.drives.rvalid
            && self.reads.front().is_some_and(|burst| burst.ready_at <= now)
            && self.free_at[0] >> 8 <= now
            && !self.chance(256, stalls)
        {
            self.read_beat(now);
        }
        if !self.drives.bvalid
            && self.responses.front().is_some_and(|burst| burst.ready_at <= now)
            && !self.chance(256, stalls)
            && let Some(burst) = self.responses.pop_front()
        {
            self.drives.bvalid = true;
            self.drives.bresp = if burst.error { 2 } else { 0 };
        }
        self.drives.arready = self.reads.len() < QUEUE && !self.chance(256, stalls);
        self.drives.awready = self.writes.len() < QUEUE && !self.chance(256, stalls);
        self.drives.wready = !self.writes.is_empty() && self.free_at[1] >> 8 <= now && !self.chance(256, stalls);
    }

    fn read_beat(&mut self, now: u64) {
        let Some(burst) = self.reads.front_mut() else { return };
        let mut data = [0; 32];
        let found = self.backing.read(burst.address, &mut data);
        self.beats[0] += 1;
        self.free_at[0] = self.free_at[0].max(now << 8) + self.timing.beat_256ths;
        self.drives.rvalid = true;
        self.drives.rresp = if found && !burst.error { 0 } else { 2 };
        for (limb, bytes) in self.drives.rdata.iter_mut().zip(data.chunks_exact(8)) {
            *limb = u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        }
        burst.address += 32;
        burst.beats -= 1;
        self.drives.rlast = burst.beats == 0;
        if burst.beats == 0 {
            self.reads.pop_front();
        }
    }
}

/// Card memory: any address, zero until it is written.
#[derive(Debug, Default)]
pub struct CardMemory {
    pages: rustc_hash::FxHashMap<u64, Box<[u8; 4096]>>,
}

impl Backing for CardMemory {
    fn read(&mut self, address: u64, data: &mut [u8; 32]) -> bool {
        match self.pages.get(&(address >> 12)) {
            Some(page) => {
                let at = (address & 0xfe0) as usize;
                data.copy_from_slice(&page[at..at + 32]);
            }
            None => *data = [0; 32],
        }
        true
    }

    fn write(&mut self, address: u64, data: &[u8; 32], strobes: u32) -> bool {
        let page = self.pages.entry(address >> 12).or_insert_with(|| Box::new([0; 4096]));
        let at = (address & 0xfe0) as usize;
        for (index, byte) in data.iter().enumerate() {
            if strobes >> index & 1 == 1 {
                page[at + index] = *byte;
            }
        }
        true
    }
}
