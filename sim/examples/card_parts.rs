//! Writes the Verilog of a board's card in parts, and what it boots with, into a folder:
//! `cargo run -p gaslane-sim --example card_parts -- FOLDER small|large LANES CLOCK_KHZ [GIT_HASH]`. `cargo xtask board` puts them together.

use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::card::CardParts;
use std::{env, error::Error, path::PathBuf};

/// The twenty bytes of a hash in hexadecimal digits.
fn git_hash(text: &str) -> Result<[u8; 20], String> {
    let error = || format!("`{text}` is no git hash: it has 40 hexadecimal digits");
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect();
    let bytes: Vec<u8> = digits.ok_or_else(error)?.chunks(2).map(|pair| pair[0] << 4 | pair[pair.len() - 1]).collect();
    if text.len() == 40 { bytes.try_into().map_err(|_| error()) } else { Err(error()) }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, name, lanes, clock_khz, hash @ ..] = &arguments[..] else {
        return Err("usage: card_parts FOLDER small|large LANES CLOCK_KHZ [GIT_HASH]".into());
    };
    let named = CardConfig::named(name).ok_or_else(|| format!("there is no configuration {name}: small, large"))?;
    let config = CardConfig { clock_khz: clock_khz.parse()?, ..named.with_lanes(lanes.parse()?) };
    let hash = hash.first().map(|text| git_hash(text)).transpose()?.unwrap_or_default();
    CardParts::board(config, &hash)?.write(&PathBuf::from(folder))?;
    Ok(())
}
