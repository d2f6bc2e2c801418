//! The card's Verilog in parts (core, lane, a lane's port) and what its processor's memories hold at power-up: for what puts the card
//! together outside of Rust, such as the check of the bus and boards.

use super::firmware;
use crate::card::ConfigError;
use gaslane_abi::regs::CardKind;
use gaslane_hdl::CardConfig;
use gaslane_hdl::blocks::verilog;
use gaslane_hdl::bus::register_map::Identity;
use gaslane_hdl::card::{LanePort, LargeCore, SmallCore, core_size, core_words, slots};
use gaslane_hdl::lane::{LaneLayout, LaneSize, LargeLane, SmallLane};
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

/// The parts of a card.
#[derive(Clone, Debug)]
pub struct CardParts {
    /// What it was made for: slots are as many as the hardware holds.
    pub config: CardConfig,
    /// Verilog of the core.
    pub core: String,
    /// Verilog of a lane's port.
    pub lane_port: String,
    /// Verilog of a lane.
    pub lane: String,
}

impl CardParts {
    /// The parts that the simulated card is made of too: the registers say so.
    pub fn simulated(config: CardConfig) -> Result<Self, ConfigError> {
        Self::new(config, &Identity::of(CardKind::Simulation))
    }

    /// The parts for a board: the registers give its kind and the git hash that it was made from (zeros if there is none).
    pub fn board(config: CardConfig, git_hash: &[u8; 20]) -> Result<Self, ConfigError> {
        Self::new(config, &Identity { git_hash: *git_hash, ..Identity::of(CardKind::Board) })
    }

    fn new(mut config: CardConfig, identity: &Identity) -> Result<Self, ConfigError> {
        config.check().map_err(ConfigError)?;
        let size = core_size(&config).map_err(ConfigError)?;
        config.slots = config.slots.min(slots(size));
        let words = core_words(&config, identity);
        let layout = LaneLayout::new(&config);
        let (core, lane) = match size {
            LaneSize::Small => (verilog(SmallCore::new(&words)), verilog(SmallLane::new(&layout))),
            LaneSize::Large => (verilog(LargeCore::new(&words)), verilog(LargeLane::new(&layout))),
        };
        Ok(Self { config, core, lane_port: verilog(LanePort::default()), lane })
    }

    /// Bytes of card memory that the firmware uses: all places up to the answer behind the slots' areas.
    pub fn memory_bytes(&self) -> u64 {
        let places = firmware::places(&self.config);
        u64::from(places.slots_base) + (u64::from(places.slots + 1) << places.slot_shift)
    }

    /// Straps, bytes of card memory, and every word to load as `[program, byte address, word]`, as JSON.
    pub fn boot(&self) -> String {
        let CardConfig { lanes, slots, .. } = self.config;
        let mut text = format!(
            "{{\"straps\":{{\"lanes\":{lanes},\"slots\":{slots}}},\"memory_bytes\":{},\"words\":[",
            self.memory_bytes()
        );
        for (index, (program, address, word)) in firmware::words(&self.config).enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(text, "{comma}[{program},{address},{word}]").expect("a string takes everything");
        }
        text + "]}"
    }

    /// Writes `core.v`, `lane_port.v`, `lane.v` and `boot.json`.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let boot = self.boot();
        let files =
            [("core.v", &self.core), ("lane_port.v", &self.lane_port), ("lane.v", &self.lane), ("boot.json", &boot)];
        files.into_iter().try_for_each(|(name, text)| fs::write(folder.join(name), text))
    }
}
