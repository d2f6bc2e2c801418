//! Generates workloads and prints what they use: `report [TXS [CONFLICT [SEED [KIND [FOLDER]]]]]`. Conflict `-` is each
//! kind's usual one, kind `-` is all; into a folder, if one is given, the bundles are written.

use gaslane_workload::{Kind, Options, generate};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |i: usize| arguments.get(i).map(String::as_str);
    let txs = argument(0).map_or(Ok(200), str::parse)?;
    let seed = argument(2).map_or(Ok(1), str::parse)?;
    let only: Option<Kind> = argument(3).filter(|kind| *kind != "-").map(str::parse).transpose()?;
    for kind in Kind::ALL.iter().copied().filter(|kind| only.is_none_or(|o| o == *kind)) {
        let conflict = match argument(1) {
            None | Some("-") => kind.default_conflict(),
            Some(share) => share.parse()?,
        };
        let start = Instant::now();
        let workload = generate(kind, &Options { txs, conflict, seed })?;
        let took = start.elapsed();
        let text = workload.bundle().to_string();
        writeln!(
            out,
            "{kind}: {} gas a transaction, {} accounts, {} bytes, {took:.1?}",
            workload.gas_used() / txs as u64,
            workload.pre().accounts.len(),
            text.len(),
        )?;
        let mut by_label: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for (label, tx) in workload.labels.iter().zip(workload.transactions()) {
            let entry = by_label.entry(label).or_default();
            *entry = (entry.0 + 1, entry.1 + tx.gas_used);
        }
        for (label, (count, gas)) in by_label {
            writeln!(out, "  {label}: {count} of {} gas", gas / count)?;
        }
        if let Some(folder) = argument(4) {
            std::fs::write(format!("{folder}/{kind}.json"), text)?;
        }
    }
    Ok(())
}
