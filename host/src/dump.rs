//! The registers of a card, by name and with what they mean.

use gaslane_abi::codes::CardError;
use gaslane_abi::regs::{self, Register};
use gaslane_abi::{Device, DeviceError};
use std::fmt::Write;

/// A register, or several that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Name.
    pub name: &'static str,
    /// Byte offset in BAR0.
    pub offset: u32,
    /// Its words, low ones first.
    pub words: Vec<u32>,
    /// What the value means, where it is no plain number.
    pub meaning: Option<String>,
}

impl Reading {
    /// The value as one number, if it has no more than two words.
    pub fn value(&self) -> Option<u64> {
        match self.words[..] {
            [low] => Some(low.into()),
            [low, high] => Some(u64::from(high) << 32 | u64::from(low)),
            _ => None,
        }
    }

    /// The value as text.
    pub fn text(&self) -> String {
        match self.value() {
            Some(value) => format!("{value:#x}"),
            None => self.words.iter().fold(String::new(), |mut text, word| {
                let _ = write!(text, "{:08x}", word.swap_bytes());
                text
            }),
        }
    }
}

/// Counters of a lane.
pub const LANE_COUNTERS: [u32; 5] = [
    regs::LANE_BUSY_CYCLES,
    regs::LANE_STATE_WAIT_CYCLES,
    regs::LANE_COMMIT_WAIT_CYCLES,
    regs::LANE_ABORTED_CYCLES,
    regs::LANE_IDLE_CYCLES,
];

/// Readings of a lane's counters, at most.
const LANE_READINGS: usize = 8;
/// What the registers of a lane are called.
const LANE_PREFIX: &str = "LANE_";

fn meaning(name: &str, value: u64) -> Option<String> {
    let bits = |names: &[&str]| {
        let set: Vec<&str> =
            names.iter().enumerate().filter(|(bit, _)| value >> bit & 1 == 1).map(|(_, &n)| n).collect();
        Some(if set.is_empty() { "none".to_owned() } else { set.join(", ") })
    };
    match name {
        "ID" if value == u64::from(gaslane_abi::CARD_ID) => Some("a Gaslane card".to_owned()),
        "ID" => Some("not a Gaslane card".to_owned()),
        "ABI" => Some(format!("version {}.{}", value >> 16, value & 0xffff)),
        "CARD_KIND" => match value {
            1 => Some("model".to_owned()),
            2 => Some("hardware design, simulated".to_owned()),
            3 => Some("board".to_owned()),
            _ => Some("unknown".to_owned()),
        },
        "CONTROL" => bits(&["run"]),
        "STATUS" => bits(&["running", "idle", "stopped by an error"]),
        "IRQ_ENABLE" => bits(&["completions", "errors"]),
        "FEATURES" => bits(&["counts EVM instructions"]),
        "ERROR" if value == 0 => Some("none".to_owned()),
        "ERROR" => {
            let error = u8::try_from(value).ok().and_then(CardError::from_u8);
            Some(error.map_or("unknown".to_owned(), |error| format!("{}: {}", error.name(), error.doc())))
        }
        _ => None,
    }
}

fn read_row<D: Device>(device: &mut D, row: &Register) -> Result<Reading, DeviceError> {
    let words = (0..row.count).map(|index| device.read(row.offset + 4 * index)).collect::<Result<Vec<_>, _>>()?;
    let mut reading = Reading { name: row.name, offset: row.offset, words, meaning: None };
    reading.meaning = reading.value().and_then(|value| meaning(row.name, value));
    Ok(reading)
}

/// Reads all registers but those of single lanes.
pub fn registers<D: Device>(device: &mut D) -> Result<Vec<Reading>, DeviceError> {
    let rows = regs::MAP.iter().filter(|row| !row.name.starts_with(LANE_PREFIX));
    rows.map(|row| read_row(device, row)).collect()
}

/// Reads [`LANE_COUNTERS`] of a lane. A card may take a while to show another one, and it counts meanwhile: they are read until they stay.
pub fn lane<D: Device>(device: &mut D, lane: u32) -> Result<[u64; LANE_COUNTERS.len()], DeviceError> {
    device.write(regs::LANE_SELECT, lane)?;
    let mut read = || -> Result<_, DeviceError> {
        let mut counters = [0; LANE_COUNTERS.len()];
        for (counter, register) in counters.iter_mut().zip(LANE_COUNTERS) {
            *counter = u64::from(device.read(register)?) | u64::from(device.read(register + 4)?) << 32;
        }
        Ok(counters)
    };
    let mut last = read()?;
    for _ in 0..LANE_READINGS {
        let next = read()?;
        if next == last {
            break;
        }
        last = next;
    }
    Ok(last)
}

/// Registers on one line, for a log: those that say what state a card is in.
pub fn line<D: Device>(device: &mut D) -> String {
    const SHOWN: [&str; 8] = ["CONTROL", "STATUS", "ERROR", "ERROR_INFO", "SQ_TAIL", "SQ_HEAD", "CQ_HEAD", "CQ_TAIL"];
    let rows = regs::MAP.iter().filter(|row| SHOWN.contains(&row.name));
    let mut text = String::new();
    for row in rows {
        let separator = if text.is_empty() { "" } else { ", " };
        let _ = match read_row(device, row) {
            Ok(reading) => {
                let meaning = reading.meaning.as_deref().map(|meaning| format!(" ({meaning})")).unwrap_or_default();
                write!(text, "{separator}{} {}{meaning}", row.name, reading.text())
            }
            Err(error) => return format!("{text}{separator}no more can be read: {error}"),
        };
    }
    text
}
