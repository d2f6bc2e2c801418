//! Writes what the check of the bus (`cargo xtask cocotb`) needs into a folder: the Verilog of core, lane and port, the words that the card
//! boots with, the numbers of the contract, and a session of the driver with the model card: one transaction, whose outcome was
//! compared with revm.

mod contract;

use anyhow::Context;
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::card::CardParts;
use gaslane_tests::recorded::{Event, session};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The card that is checked: the smallest that there is as hardware.
fn config() -> CardConfig {
    CardConfig::small().with_lanes(1)
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("usage: bus_session FOLDER")?);
    let config = config();
    CardParts::simulated(config.clone())?.write(&folder).with_context(|| folder.display().to_string())?;
    write(&folder, "contract.json", &contract::numbers(&config).to_string())?;
    write(&folder, "session.json", &Value::Array(session(config)?.iter().map(Event::json).collect()).to_string())
}
