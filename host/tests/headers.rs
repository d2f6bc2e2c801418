//! Real blocks, executed sequentially, must give what their headers claim.

use gaslane::block::BlockInput;
use gaslane::oracle::{execute_sequential, time_sequential};
use gaslane::source::bundle;
use revm::primitives::hardfork::SpecId;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn bundles(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut files: Vec<_> =
        entries.map(|e| e.unwrap().path()).filter(|p| p.to_string_lossy().contains(".json")).collect();
    files.sort();
    files
}

/// More blocks than the committed ones: `GASLANE_BLOCKS`, or beside the repository, or none.
fn shared() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/blocks");
    std::env::var_os("GASLANE_BLOCKS").map_or(beside, PathBuf::from)
}

fn check(path: &Path) -> BlockInput {
    let (block, state) = bundle::read(path).unwrap_or_else(|e| panic!("{e}"));
    let outcome = execute_sequential(&block, &state).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let claims = block.expected.as_ref().expect("bundles have headers");
    assert_eq!(outcome.gas_used, claims.gas_used, "{}", path.display());
    assert_eq!(outcome.logs_bloom, claims.logs_bloom, "{}", path.display());
    if let Some(root) = claims.receipts_root {
        assert_eq!(outcome.receipts_root, root, "{}", path.display());
    }
    block
}

#[test]
fn samples_match_their_headers() {
    let samples = bundles(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"));
    assert!(samples.len() >= 8);
    samples.iter().for_each(|path| drop(check(path)));
}

#[test]
fn shared_blocks_match_their_headers() {
    bundles(&shared()).iter().for_each(|path| drop(check(path)));
}

/// Prints how long plain revm takes. Run with `--release -- --ignored --nocapture`.
#[test]
#[ignore = "prints times"]
fn time_of_plain_revm() {
    let (mut total, mut txs, mut gas) = (Duration::ZERO, 0, 0);
    for path in bundles(&shared()) {
        let (block, state) = bundle::read(&path).unwrap();
        if block.spec.is_enabled_in(SpecId::BERLIN) {
            let best = (0..5).map(|_| time_sequential(&block, &state).unwrap()).min().unwrap();
            total += best;
            txs += block.transactions.len();
            gas += block.expected.unwrap().gas_used;
            println!(
                "{:>9} {:>5} txs {:>8.3} ms",
                block.env.number,
                block.transactions.len(),
                best.as_secs_f64() * 1e3
            );
        }
    }
    let s = total.as_secs_f64();
    println!("total {:.1} ms, {:.0} tx/s, {:.1} Mgas/s", s * 1e3, txs as f64 / s, gas as f64 / s / 1e6);
}
