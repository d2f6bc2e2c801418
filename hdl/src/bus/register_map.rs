//! What the registers of BAR0 say and do, in plain Rust: the parts of [`gaslane_abi::regs`] that the block is made of, and its
//! model.

use gaslane_abi::{
    ABI_VERSION, CARD_ID,
    regs::{self, Access, CardKind},
};

use crate::config::CardConfig;

/// 32-bit registers of the map that never change, from offset 0 on.
pub const FIXED_WORDS: usize = (regs::FEATURES / 4 + 1) as usize;
/// The other rows of the map, by offset.
pub const ROWS: [u32; 31] = [
    regs::CONTROL,
    regs::STATUS,
    regs::ERROR,
    regs::ERROR_INFO,
    regs::SQ_BASE,
    regs::SQ_ENTRIES,
    regs::SQ_TAIL,
    regs::SQ_HEAD,
    regs::CQ_BASE,
    regs::CQ_ENTRIES,
    regs::CQ_HEAD,
    regs::CQ_TAIL,
    regs::IRQ_ENABLE,
    regs::IRQ_MODERATION_CYCLES,
    regs::LANE_SELECT,
    regs::CYCLES,
    regs::COMMITTED,
    regs::COMMITTED_HOST,
    regs::ABORTS,
    regs::ESCAPES,
    regs::ASSISTS,
    regs::STATE_READS,
    regs::PROGRAM_WORDS,
    regs::FIRMWARE_WORDS,
    regs::EVM_INSTRUCTIONS,
    regs::EVICTIONS,
    regs::LANE_BUSY_CYCLES,
    regs::LANE_STATE_WAIT_CYCLES,
    regs::LANE_COMMIT_WAIT_CYCLES,
    regs::LANE_ABORTED_CYCLES,
    regs::LANE_IDLE_CYCLES,
];

/// What a card says of itself beside its configuration.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// Git hash of the RTL.
    pub git_hash: [u8; 20],
    /// CARD_KIND.
    pub kind: CardKind,
    /// FEATURES.
    pub features: u32,
}

impl Identity {
    /// A card of a kind, without hash and features.
    pub const fn of(kind: CardKind) -> Self {
        Self { git_hash: [0; 20], kind, features: 0 }
    }
}

/// The registers that never change.
pub fn fixed_words(config: &CardConfig, identity: &Identity) -> [u32; FIXED_WORDS] {
    let mut words = [0; FIXED_WORDS];
    let mut set = |offset: u32, value: u32| words[offset as usize / 4] = value;
    for (chunk, offset) in identity.git_hash.chunks_exact(4).zip((regs::GIT_HASH..).step_by(4)) {
        set(offset, u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]));
    }
    for (offset, value) in [
        (regs::ID, CARD_ID),
        (regs::ABI, ABI_VERSION),
        (regs::CARD_KIND, identity.kind as u32),
        (regs::LANES, config.lanes),
        (regs::SLOTS, config.slots),
        (regs::CLOCK_KHZ, config.clock_khz),
        (regs::STATE_ENTRIES, config.state_entries),
        (regs::STACK_WORDS, config.stack_words),
        (regs::MEMORY_BYTES, config.memory_bytes),
        (regs::FRAMES, config.frames),
        (regs::ACCESS_ENTRIES, config.access_entries),
        (regs::UNDO_ENTRIES, config.undo_entries),
        (regs::LOG_BYTES, config.log_bytes),
        (regs::RETURN_BYTES, config.return_bytes),
        (regs::PAYLOAD_BYTES, config.payload_bytes),
        (regs::CODE_BYTES, config.code_bytes),
        (regs::WATCHDOG_CYCLES, config.watchdog_cycles as u32),
        (regs::WATCHDOG_CYCLES + 4, (config.watchdog_cycles >> 32) as u32),
        (regs::FEATURES, identity.features),
    ] {
        set(offset, value);
    }
    words
}

/// What the registers show of the rest of the card.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shown {
    /// The card runs.
    pub running: bool,
    /// Nothing is in flight.
    pub idle: bool,
    /// Error that stopped it.
    pub error: u8,
    /// What it refers to.
    pub error_info: u32,
    /// SQ_TAIL and SQ_HEAD.
    pub sq: (u32, u16),
    /// CQ_HEAD and CQ_TAIL.
    pub cq: (u32, u16),
    /// Counters, from CYCLES to EVICTIONS and from LANE_BUSY_CYCLES to LANE_IDLE_CYCLES.
    pub counters: [u64; 16],
}

/// What a write makes others do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strobe {
    /// CONTROL.
    Control(bool),
    /// SQ_TAIL.
    Submissions(u32),
    /// CQ_HEAD.
    Completions(u32),
}

/// The registers in plain Rust.
#[derive(Clone, Copy, Debug, Default)]
pub struct Model {
    /// SQ_BASE.
    pub sq_base: u64,
    /// SQ_ENTRIES.
    pub sq_entries: u32,
    /// CQ_BASE.
    pub cq_base: u64,
    /// CQ_ENTRIES.
    pub cq_entries: u32,
    /// IRQ_ENABLE.
    pub irq_enable: u32,
    /// IRQ_MODERATION_CYCLES.
    pub irq_moderation: u32,
    /// LANE_SELECT.
    pub lane_select: u32,
}

/// Row of the map that holds an offset, and whether it is the row's second register.
fn row(offset: u32) -> Option<(&'static regs::Register, bool)> {
    let offset = offset & !3;
    let row = regs::MAP.iter().find(|row| (row.offset..row.offset + 4 * row.count).contains(&offset))?;
    Some((row, row.offset != offset))
}

impl Model {
    /// Reads a register.
    pub fn read(&self, fixed: &[u32; FIXED_WORDS], shown: &Shown, offset: u32) -> u32 {
        let Some((row, high)) = row(offset) else { return 0 };
        if let Some(word) = fixed.get(offset as usize / 4) {
            return *word;
        }
        let value = match row.offset {
            regs::CONTROL => shown.running.into(),
            regs::STATUS => {
                let bits = [
                    (shown.running, regs::STATUS_RUNNING),
                    (shown.idle, regs::STATUS_IDLE),
                    (shown.error != 0, regs::STATUS_ERROR),
                ];
                bits.iter().filter(|(set, _)| *set).map(|(_, bit)| u64::from(*bit)).sum()
            }
            regs::ERROR => shown.error.into(),
            regs::ERROR_INFO => shown.error_info.into(),
            regs::SQ_BASE => self.sq_base,
            regs::SQ_ENTRIES => self.sq_entries.into(),
            regs::SQ_TAIL => shown.sq.0.into(),
            regs::SQ_HEAD => shown.sq.1.into(),
            regs::CQ_BASE => self.cq_base,
            regs::CQ_ENTRIES => self.cq_entries.into(),
            regs::CQ_HEAD => shown.cq.0.into(),
            regs::CQ_TAIL => shown.cq.1.into(),
            regs::IRQ_ENABLE => self.irq_enable.into(),
            regs::IRQ_MODERATION_CYCLES => self.irq_moderation.into(),
            regs::LANE_SELECT => self.lane_select.into(),
            counter @ regs::CYCLES..=regs::EVICTIONS => shown.counters[(counter - regs::CYCLES) as usize / 8],
            counter => shown.counters[11 + (counter - regs::LANE_BUSY_CYCLES) as usize / 8],
        };
        (value >> if high { 32 } else { 0 }) as u32
    }

    /// Writes a register.
    pub fn write(&mut self, shown: &Shown, offset: u32, value: u32, strobes: u8) -> Option<Strobe> {
        let (row, high) = row(offset).filter(|(row, _)| row.access != Access::Ro && strobes == 15)?;
        let half = |old: u64| match high {
            true => old & u64::from(u32::MAX) | u64::from(value) << 32,
            false => old & !u64::from(u32::MAX) | u64::from(value),
        };
        match row.offset {
            regs::CONTROL => return Some(Strobe::Control(value & 1 == 1)),
            regs::SQ_TAIL if shown.error == 0 => return Some(Strobe::Submissions(value)),
            regs::CQ_HEAD if shown.error == 0 => return Some(Strobe::Completions(value)),
            regs::SQ_BASE if !shown.running => self.sq_base = half(self.sq_base),
            regs::CQ_BASE if !shown.running => self.cq_base = half(self.cq_base),
            regs::SQ_ENTRIES if !shown.running => self.sq_entries = value,
            regs::CQ_ENTRIES if !shown.running => self.cq_entries = value,
            regs::IRQ_ENABLE => self.irq_enable = value & 3,
            regs::IRQ_MODERATION_CYCLES => self.irq_moderation = value,
            regs::LANE_SELECT => self.lane_select = value,
            _ => {}
        }
        None
    }
}
