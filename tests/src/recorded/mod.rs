//! One transaction as the driver and the model card execute it, with all that passes between them, for cards that are tested without the driver.

mod recorder;

use crate::blocks::shanghai;
use crate::engine::{Totals, check};
use alloy_primitives::{Address, Bytes, TxKind, U256, hex};
use anyhow::{Context, anyhow, ensure};
use gaslane::driver::{Driver, DriverOptions};
use gaslane::source::MemoryState;
use gaslane_hdl::CardConfig;
use gaslane_sim::{ModelCard, SimOptions};
pub use recorder::{Event, Recorder, Recording};
use revm::context::TxEnv;
use revm::state::AccountInfo;

/// Sender of the transaction.
pub const SENDER: Address = Address::repeat_byte(0x51);
/// The contract that it calls.
pub const CONTRACT: Address = Address::repeat_byte(0xc0);

/// Adds calldata to slot 1, logs the sum under its hash, jumps, and returns it: state, code, log and output.
const CODE: &[u8] = &hex!(
    // sum = calldata[0] + slot[1]; slot[1] = sum; memory[0] = sum
    "6000356001540180600155600052"
    // log1(memory[0..32], keccak(memory[0..32]))
    "602060002060206000a1"
    // over INVALID unless calldata[0] is zero; return memory[0..32]
    "600035601f57fe5b60206000f3"
);

/// The driver executes the transaction on the model card of that configuration, and its outcome is compared with revm; what passed between them.
pub fn session(config: CardConfig) -> anyhow::Result<Vec<Event>> {
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
    let (recorder, recording) = Recorder::new(ModelCard::new(config, SimOptions::default())?);
    let options =
        DriverOptions { sq_entries: 64, cq_entries: 128, staging_bytes: 1 << 16, inflight: 1, ..Default::default() };
    let mut driver = Driver::open(recorder, options)?;
    let mut totals = Totals::default();
    let metrics = check(&mut driver, &block, &state, &mut totals).map_err(|text| anyhow!("against revm: {text}"))?;
    ensure!(metrics.is_some() && totals.escapes.is_empty(), "the transaction does not finish on the card: {totals:?}");
    // What the driver does when it is dropped is no part of the session.
    recording.stop().context("memory of the session")
}
