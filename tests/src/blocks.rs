//! Blocks from elsewhere, and plain ones of given transactions.

use alloy_primitives::{Address, U256};
use gaslane::block::BlockInput;
use revm::context::{BlockEnv, TxEnv};
use revm::primitives::hardfork::SpecId;
use std::path::{Path, PathBuf};

/// A block with nothing but transactions, under Shanghai, with a base fee of nothing and gas without limit.
pub fn shanghai(transactions: Vec<TxEnv>) -> BlockInput {
    let env = BlockEnv {
        number: U256::from(20),
        beneficiary: Address::repeat_byte(0xcb),
        gas_limit: 1 << 50,
        prevrandao: Some(Default::default()),
        blob_excess_gas_and_price: None,
        ..BlockEnv::default()
    };
    BlockInput::plain(SpecId::SHANGHAI, env, transactions)
}

/// Bundles of the folder in `GASLANE_BLOCKS`, or of `../shared/data/blocks` beside the repository, by name. None is fine; says so.
pub fn further_blocks() -> Vec<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/blocks");
    let folder = std::env::var_os("GASLANE_BLOCKS").map_or(beside, PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("no folder {}: nothing to do", folder.display());
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
