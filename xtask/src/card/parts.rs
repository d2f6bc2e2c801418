//! The parts of a card in a folder, as `gaslane_sim::rtl::card::CardParts` writes them: Verilog, straps, words to boot with.

use super::memories::for_fpga;
use super::module::{Boot, board};
use super::wrapper::{Card, card};
use anyhow::{Context, ensure};
use std::path::Path;

/// What a card is made of, read from its folder.
pub struct Parts {
    pub core: String,
    pub lane_port: String,
    pub lane: String,
    pub lanes: u64,
    pub slots: u64,
    /// Bytes of card memory that its firmware uses.
    pub memory_bytes: u64,
    pub boot: Boot,
}

impl Parts {
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read_to_string(&path).with_context(|| path.display().to_string())
        };
        let boot: serde_json::Value = serde_json::from_str(&read("boot.json")?)?;
        let number = |place: &str| {
            boot.pointer(place).and_then(|value| value.as_u64()).with_context(|| format!("boot.json has no {place}"))
        };
        let words: Vec<(bool, u32, u32)> =
            serde_json::from_value(boot["words"].clone()).context("words of boot.json")?;
        Ok(Self {
            core: read("core.v")?,
            lane_port: read("lane_port.v")?,
            lane: read("lane.v")?,
            lanes: number("/straps/lanes")?,
            slots: number("/straps/slots")?,
            memory_bytes: number("/memory_bytes")?,
            boot: Boot::new(&words)?,
        })
    }

    /// The module `card`. Ports that are `visible` can be driven and read through Verilator's VPI.
    pub fn card(&self, visible: bool) -> anyhow::Result<Card> {
        card(&self.core, &self.lane_port, &self.lane, usize::try_from(self.lanes)?, visible)
    }

    /// The modules `gaslane_board` and `card`, for the vendor's tools. The board's memory reads its words from `file`.
    pub fn board(&self, file: &str) -> anyhow::Result<String> {
        ensure!(!file.contains(['"', '\\']), "{file}: a name without quotes and backslashes");
        let card = self.card(false)?;
        Ok(board(&card.ports, self.lanes, self.slots, &self.boot, file) + &for_fpga(&card.verilog))
    }
}
