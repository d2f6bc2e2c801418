//! Results as a table of text.

use super::measure::SCALING_LANES;
use super::result::{Bench, Run};
use std::collections::BTreeSet;
use std::fmt::Write;

/// All runs, and what the columns are.
pub fn text(bench: &Bench) -> String {
    let mut out = String::new();
    let machine = &bench.machine;
    let _ = writeln!(
        out,
        "{}, {} cores, {}, gaslane {} ({} build)",
        machine.cpu, machine.cores, machine.os, machine.gaslane, machine.build
    );
    let _ = writeln!(out, "Cycles of the card are simulated; no board has run.\n");
    let lanes = SCALING_LANES.map(|lanes| format!("{:>6}", format!("x{lanes}"))).join("");
    let projected = if bench.projection.is_some() { "  card µs  board µs   speed  as model" } else { "" };
    let _ = writeln!(
        out,
        "{:<16}{:>6}{:>8}{:>8}  {lanes}{:>7}{:>9}{:>9}{projected}",
        "", "txs", "card %", "EVM/cyc", "bound", "host µs", "revm µs"
    );
    for run in &bench.runs {
        let _ = writeln!(out, "{}", row(run));
    }
    let _ = write!(
        out,
        "
card %   gas of transactions that finished on the card
EVM/cyc  EVM instructions for each busy cycle of a lane
xN       speed of the model card with N lanes, one lane that never waits = 1
bound    the same for unlimited lanes that know every conflict beforehand
host µs  measured host time a transaction, without translation, receipts and state difference
revm µs  measured time of sequential revm a transaction, without the same
"
    );
    if let Some(projection) = &bench.projection {
        let _ = write!(
            out,
            "card µs  projected for {}, a transaction
board µs card and host, one after the other
speed    how many times as fast as sequential revm that is; below 1 the board loses
as model the same, if the hardware took no more cycles than the model
",
            projection.profile
        );
        for text in &projection.assumptions {
            let _ = writeln!(out, "- {text}");
        }
        let projected = || bench.runs.iter().filter_map(|run| run.projected.as_ref());
        let whole: BTreeSet<&str> = projected().filter(|p| !p.estimated).map(|p| p.cycles_from.as_str()).collect();
        whole.iter().for_each(|source| {
            let _ = writeln!(out, "- Cycles: {source}.");
        });
        if projected().any(|projected| projected.estimated) {
            let _ = writeln!(
                out,
                "- Cycles: of the hardware design for the beginning of each block, and an estimate for the rest from the work of its management processor and the model's cycles."
            );
        }
    }
    out
}

fn row(run: &Run) -> String {
    let mut out = String::new();
    let on_card = run.on_card_gas as f64 * 100.0 / run.gas.max(1) as f64;
    let _ = write!(out, "{:<16}{:>6}{on_card:>8.1}{:>8.2}  ", run.name, run.txs, run.evm_per_lane_cycle);
    for lanes in SCALING_LANES {
        let whole = run.scaling.iter().find(|s| s.engine == "model" && s.first_txs.is_none() && s.lanes == lanes);
        let _ = match whole {
            Some(scale) => write!(out, "{:>6.2}", scale.speedup),
            None => write!(out, "{:>6}", "-"),
        };
    }
    let host = run.host_us_per_tx.execution();
    let _ = write!(out, "{:>7.1}{host:>9.2}{:>9.2}", run.oracle.speedup_bound, run.revm.us_per_tx);
    if let Some(projected) = &run.projected {
        let txs = run.txs.max(1) as f64;
        let (card, board) = (projected.card_us / txs, projected.latency_us / txs);
        let _ = write!(out, "{card:>9.2}{board:>10.2}{:>8.2}{:>10.2}", projected.speedup, projected.model_speedup);
    }
    out
}
