//! What the benchmarks share: the sample blocks that come with the driver, and a driver with a model card.
//!
//! `cargo bench -p gaslane-benches` runs them all, `--bench translate` (`model`, `end_to_end`, `host`, `device`) one of them,
//! and `-- --test` each of them once, as a check.

use alloy_primitives::{B256, Bytes};
use criterion::Criterion;
use gaslane::block::BlockInput;
use gaslane::driver::{Driver, DriverOptions};
use gaslane::outcome::Metrics;
use gaslane::source::samples::SAMPLES;
use gaslane::source::{MemoryState, bundle};
use gaslane_abi::{Device, Fork};
use gaslane_hdl::CardConfig;
use gaslane_sim::{ModelCard, SimOptions};
use revm::DatabaseRef;
use revm::primitives::KECCAK_EMPTY;
use std::collections::BTreeMap;
use std::time::Duration;

/// Lanes of the card in all benchmarks.
pub const LANES: u32 = 4;

/// A sample block with the state before it.
pub struct Sample {
    /// Its number.
    pub name: String,
    /// The block.
    pub block: BlockInput,
    /// Its pre-state.
    pub state: MemoryState,
}

/// All sample blocks.
pub fn samples() -> Vec<Sample> {
    let read = |(name, bytes): &(&str, &[u8])| {
        let (block, state) = bundle::parse(name, bytes).expect("samples are valid");
        Sample { name: block.number().to_string(), block, state }
    };
    SAMPLES.iter().map(read).collect()
}

/// Every code of the samples once, with its hash and the rules of its block.
pub fn codes() -> Vec<(B256, Fork, Bytes)> {
    let mut codes = BTreeMap::new();
    for Sample { block, state, .. } in samples() {
        for (_, info, _) in state.accounts() {
            if info.code_hash != KECCAK_EMPTY
                && let Ok(code) = state.code_by_hash_ref(info.code_hash)
            {
                codes.insert(info.code_hash, (block.fork(), code.original_bytes()));
            }
        }
    }
    codes.into_iter().map(|(hash, (fork, code))| (hash, fork, code)).collect()
}

/// A driver with a fresh model card.
pub fn driver() -> Driver<ModelCard> {
    let card = ModelCard::new(CardConfig::large().with_lanes(LANES), SimOptions::default());
    Driver::open(card.expect("a valid configuration"), DriverOptions::default()).expect("the model card opens")
}

/// Executes a sample.
pub fn execute<D: Device>(driver: &mut Driver<D>, sample: &Sample) -> Metrics {
    driver.execute_block(&sample.block, &sample.state).expect("samples are valid").metrics
}

/// Executes a sample `count` times and adds up one of its times.
pub fn sum<D: Device>(driver: &mut Driver<D>, sample: &Sample, count: u64, ns: impl Fn(&Metrics) -> u64) -> Duration {
    Duration::from_nanos((0..count).map(|_| ns(&execute(driver, sample))).sum())
}

/// Few samples of short runs: blocks take milliseconds.
pub fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args()
}
