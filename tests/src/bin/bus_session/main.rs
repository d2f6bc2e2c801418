//! Writes what the check of the bus (`cargo xtask cocotb`) needs into a folder: the Verilog of core, lane and port, the words that the card
//! boots with, the numbers of the contract, and a session of the driver with the model card: one transaction, whose outcome was
//! compared with revm.

mod contract;
mod recorder;

use alloy_primitives::{Address, Bytes, TxKind, U256, hex};
use anyhow::{Context, anyhow, ensure};
use gaslane::driver::{Driver, DriverOptions};
use gaslane::source::MemoryState;
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::card::CardParts;
use gaslane_sim::{ModelCard, SimOptions};
use gaslane_tests::blocks::shanghai;
use gaslane_tests::engine::{Totals, check};
use recorder::Recorder;
use revm::context::TxEnv;
use revm::state::AccountInfo;
use serde_json::Value;
use std::path::{Path, PathBuf};

const SENDER: Address = Address::repeat_byte(0x51);
const CONTRACT: Address = Address::repeat_byte(0xc0);

/// Adds calldata to slot 1, logs the sum under its hash, jumps, and returns it: state, code, log and output.
const CODE: &[u8] = &hex!(
    // sum = calldata[0] + slot[1]; slot[1] = sum; memory[0] = sum
    "6000356001540180600155600052"
    // log1(memory[0..32], keccak(memory[0..32]))
    "602060002060206000a1"
    // over INVALID unless calldata[0] is zero; return memory[0..32]
    "600035601f57fe5b60206000f3"
);

/// The card that is checked: the smallest that there is as hardware.
fn config() -> CardConfig {
    CardConfig::small().with_lanes(1)
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}

/// The driver executes the transaction on the model card; what passed between them.
fn session() -> anyhow::Result<Value> {
    let mut state = MemoryState::default();
    let balance = U256::from(10).pow(U256::from(18));
    state.insert_account(SENDER, AccountInfo { balance, nonce: 3, ..Default::default() }, Default::default());
    let slot = (U256::from(1), U256::from(0x1234_5678_9abc_def0_u64));
    state.insert_contract(CONTRACT, U256::ZERO, 1, &Bytes::from_static(CODE), [slot].into_iter().collect());
    let block = shanghai(vec![TxEnv {
        caller: SENDER,
        nonce: 3,
        kind: TxKind::Call(CONTRACT),
        data: U256::MAX.wrapping_sub(U256::from(41)).to_be_bytes::<32>().into(),
        gas_limit: 200_000,
        gas_price: 7,
        value: U256::from(1),
        chain_id: Some(1),
        ..TxEnv::default()
    }]);
    let (recorder, recording) = Recorder::new(ModelCard::new(config(), SimOptions::default())?);
    let options =
        DriverOptions { sq_entries: 64, cq_entries: 128, staging_bytes: 1 << 16, inflight: 1, ..Default::default() };
    let mut driver = Driver::open(recorder, options)?;
    let mut totals = Totals::default();
    let metrics = check(&mut driver, &block, &state, &mut totals).map_err(|text| anyhow!("against revm: {text}"))?;
    ensure!(metrics.is_some() && totals.escapes.is_empty(), "the transaction does not finish on the card: {totals:?}");
    // What the driver does when it is dropped is no part of the session.
    recording.stop().context("memory of the session")
}

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("usage: bus_session FOLDER")?);
    let config = config();
    CardParts::simulated(config.clone())?.write(&folder).with_context(|| folder.display().to_string())?;
    write(&folder, "contract.json", &contract::numbers(&config).to_string())?;
    write(&folder, "session.json", &session()?.to_string())
}
