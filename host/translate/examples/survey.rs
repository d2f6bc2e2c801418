//! Translates every contract in a file of `hash code` lines (hex) and sums up.

use alloy_primitives::{B256, hex};
use gaslane_abi::fork::Fork;
use gaslane_translate::{Options, translate};
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: survey FILE [longest superblock; 0: basic blocks]")?;
    let mut options = Options::default();
    if let Some(longest) = std::env::args().nth(2) {
        options.max_instructions = longest.parse()?;
        options.superblocks = options.max_instructions > 0;
    }
    let text = std::fs::read_to_string(path)?;
    let (mut contracts, mut slowest) = (0usize, (Duration::ZERO, 0));
    let mut sum = gaslane_translate::Stats::default();
    let mut elapsed = Duration::ZERO;
    let mut no_program = 0;
    let mut largest_ratio: f64 = 0.0;
    for line in text.lines() {
        let code = hex::decode(line.split_whitespace().nth(1).ok_or("no code in line")?)?;
        let start = Instant::now();
        let stats = translate(&code, B256::ZERO, Fork::Osaka, &options).stats;
        let took = start.elapsed();
        elapsed += took;
        slowest = slowest.max((took, code.len()));
        contracts += 1;
        no_program += usize::from(stats.heads == 0);
        largest_ratio = largest_ratio.max(stats.image_bytes as f64 / code.len().max(100) as f64);
        sum.evm_bytes += stats.evm_bytes;
        sum.image_bytes += stats.image_bytes;
        sum.program_words += stats.program_words;
        sum.pool_entries += stats.pool_entries;
        sum.heads += stats.heads;
        sum.superblocks += stats.superblocks;
        sum.heads_beyond_budget += stats.heads_beyond_budget;
        sum.careful_versions += stats.careful_versions;
        sum.path_instructions += stats.path_instructions;
        sum.path_words += stats.path_words;
        sum.path_moves += stats.path_moves;
        sum.path_bubbles += stats.path_bubbles;
    }
    println!("{contracts} contracts ({no_program} without program) in {elapsed:?}, slowest {slowest:?}");
    println!("{sum:#?}");
    println!(
        "image / code {:.2} (largest {largest_ratio:.1}), EVM instructions a word {:.2}, moves {:.1} %, bubbles {:.1} %",
        sum.image_bytes as f64 / sum.evm_bytes as f64,
        sum.path_instructions as f64 / sum.path_words as f64,
        100.0 * sum.path_moves as f64 / sum.path_words as f64,
        100.0 * sum.path_bubbles as f64 / sum.path_words as f64,
    );
    Ok(())
}
