//! What the benchmarks share: the sample blocks that come with the driver, and a driver with a model card.
//!
//! `cargo bench -p gaslane-benches` runs them all, `--bench translate` (`model`, `end_to_end`, `host`, `device`, `workloads`, `opcodes`) one of them,
//! and `-- --test` each of them once, as a check.

use alloy_primitives::{Address, B256, Bytes, U256};
use criterion::Criterion;
use gaslane::block::BlockInput;
use gaslane::driver::{Driver, DriverOptions};
use gaslane::outcome::Metrics;
use gaslane::source::samples::SAMPLES;
use gaslane::source::{MemoryState, bundle};
use gaslane_abi::{Device, Fork};
use gaslane_hdl::CardConfig;
use gaslane_sim::{ModelCard, SimOptions};
use gaslane_workload::{Kind, Options, generate};
use revm::DatabaseRef;
use revm::context::{BlockEnv, TxEnv};
use revm::primitives::KECCAK_EMPTY;
use revm::primitives::hardfork::SpecId;
use revm::state::AccountInfo;
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

/// A made workload with its usual share of conflicts.
pub fn workload(kind: Kind, txs: usize) -> Sample {
    let options = Options { txs, ..Options::for_kind(kind) };
    let bundle = generate(kind, &options).expect("the options are in range").bundle().to_string();
    let (block, state) = bundle::parse(kind.name(), bundle.as_bytes()).expect("made bundles are valid");
    Sample { name: kind.name().to_owned(), block, state }
}

/// A block whose only transaction calls some code, under Cancun, with gas without limit.
pub fn one_transaction(address: Address, code: Bytes, data: Bytes) -> (BlockInput, MemoryState) {
    let caller = Address::repeat_byte(0xa0);
    let mut state = MemoryState::default();
    let rich = AccountInfo { balance: U256::MAX >> 1, ..AccountInfo::default() };
    state.insert_account(caller, rich, Default::default());
    state.insert_contract(address, U256::ZERO, 1, &code, Default::default());
    let env = BlockEnv {
        number: U256::from(20),
        beneficiary: Address::repeat_byte(0xcb),
        gas_limit: 1 << 50,
        prevrandao: Some(B256::ZERO),
        ..BlockEnv::default()
    };
    let tx = TxEnv {
        caller,
        kind: address.into(),
        data,
        gas_limit: 1 << 40,
        gas_price: 1,
        chain_id: Some(1),
        ..TxEnv::default()
    };
    let block = BlockInput::plain(SpecId::CANCUN, env, vec![tx]);
    (block, state)
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
