//! What measured and simulated figures would mean on a board: projected, never measured.

use super::machine::Rapl;
use super::measure::Subject;
use super::profile::Board;
use super::result::{Energy, Projected, Run, Scale};
use crate::oracle::{OracleError, time_sequential};
use gaslane_abi::record::StateRecord;
use gaslane_abi::ring::{Completion, Submission};
use serde::Serialize;
use std::path::Path;
use std::time::{Duration, Instant};

/// Shortest stretch over which energy is measured: the counters are updated every millisecond.
const ENERGY_TIME: Duration = Duration::from_millis(300);

/// Cycles of a run on so many lanes of the board, and what they were made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Cycles {
    /// Cycles.
    pub cycles: u64,
    /// In words.
    pub from: String,
    /// The hardware design ran the block's beginning alone.
    pub estimated: bool,
}

/// Cycles that the hardware design takes longer for a plain transfer more: work of its management processor (transfers at 16 lanes, `docs/performance.md`).
const TRANSACTION_CYCLES: u64 = 1770;
/// And for each key more that is asked for (storage and lending at 16 lanes).
const REQUEST_CYCLES: u64 = 55;
/// Percent of the model's cycles for the rest of a block that come on top: lanes, and transactions that wait for each other. Fitted to six mainnet blocks that were run whole
/// at 16 lanes, which it gives with errors of -12 to +8 percent.
const REST_PERCENT: u64 = 140;

/// Cycles of the hardware design for the whole block: what it took for the beginning, on the greatest number of lanes up to the board's that was
/// simulated, with what the rest gives its management processor to do and what the model takes for the rest; and no less than
/// the model's. Lanes beyond those that were simulated are not assumed to help. Without the hardware design: the model's cycles.
pub fn cycles(run: &Run, lanes: u32) -> Option<Cycles> {
    let greatest = |engine: &str, whole: bool, lanes: u32| {
        let fits =
            |scale: &&Scale| scale.engine == engine && scale.first_txs.is_none() == whole && scale.lanes <= lanes;
        run.scaling.iter().filter(fits).max_by_key(|scale| scale.lanes)
    };
    let Some(rtl) = greatest("rtl", false, lanes) else {
        let model = greatest("model", true, lanes)?;
        let from = format!("model at {} lanes, not corrected: the hardware design was not simulated", model.lanes);
        return Some(Cycles { cycles: model.cycles, from, estimated: false });
    };
    let first = rtl.first_txs.unwrap_or_default();
    let more = if rtl.lanes < lanes { ", more were not simulated and none are assumed to help" } else { "" };
    if first == run.txs {
        let from = format!("hardware design at {} lanes{more}", rtl.lanes);
        return Some(Cycles { cycles: rtl.cycles, from, estimated: false });
    }
    let model = greatest("model", true, rtl.lanes)?;
    let begins =
        |scale: &&Scale| scale.engine == "model" && scale.first_txs == rtl.first_txs && scale.lanes == rtl.lanes;
    let begun_cycles = run.scaling.iter().find(begins).map_or(0, |scale| scale.cycles);
    let processor = TRANSACTION_CYCLES * run.txs.saturating_sub(first)
        + REQUEST_CYCLES * model.requests.saturating_sub(rtl.requests);
    let rest = model.cycles.saturating_sub(begun_cycles) * REST_PERCENT / 100;
    let from = format!(
        "hardware design at {} lanes{more}: its {} cycles for the first {first} transactions, and for the rest {processor} of its management processor \
         and {rest}, {REST_PERCENT} % of the model's; no less than the model's",
        rtl.lanes, rtl.cycles
    );
    Some(Cycles { cycles: (rtl.cycles + processor + rest).max(model.cycles), from, estimated: true })
}

/// Bytes that a run moves over the link at least, to the card and from it: payloads, records, ring entries, and a fill for every request. What is sent
/// ahead, write sets of the host, code and what the host computes for lanes come on top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LinkBytes {
    /// To the card.
    pub to_card: u64,
    /// From it.
    pub from_card: u64,
}

impl LinkBytes {
    /// Of a run with so many bytes of payloads and records, and so many requests of the card.
    pub fn new(payload_bytes: u64, record_bytes: u64, txs: u64, assists: u64) -> Self {
        let (submission, fill) = (size_of::<Submission>() as u64, size_of::<StateRecord>() as u64);
        let completion = size_of::<Completion>() as u64;
        Self {
            to_card: payload_bytes + submission * (txs + assists) + fill * assists,
            from_card: record_bytes + completion * (txs + assists),
        }
    }

    fn ns(self, board: &Board) -> f64 {
        self.to_card.max(self.from_card) as f64 * 1e9 / board.link.bytes_per_second() as f64
    }
}

/// The projection of a run, or `None` without cycles.
pub fn project(run: &Run, board: &Board) -> Option<Projected> {
    if run.txs == 0 {
        return None;
    }
    let Cycles { cycles, from, estimated } = cycles(run, board.config.lanes)?;
    let txs = run.txs as f64;
    let card_us = |cycles| board.ns(cycles).max(run.link_bytes.ns(board)) / 1000.0;
    let whole_model = |scale: &&Scale| scale.engine == "model" && scale.first_txs.is_none();
    let fits = run.scaling.iter().filter(whole_model).filter(|scale| scale.lanes <= board.config.lanes);
    let model_us = card_us(fits.max_by_key(|scale| scale.lanes).map_or(cycles, |scale| scale.cycles));
    let card_us = card_us(cycles);
    let host_us = run.host_us_per_tx.execution() * txs;
    let latency_us = card_us + host_us;
    let whole_us = run.host_us_per_tx.whole * txs;
    Some(Projected {
        cycles_from: from,
        estimated,
        cycles,
        card_us,
        host_us,
        latency_us,
        mgas_per_s: run.gas as f64 / latency_us,
        txs_per_s: txs * 1e6 / latency_us,
        speedup: run.revm.us_per_tx * txs / latency_us,
        speedup_with_outcome: run.revm.with_outcome_us_per_tx * txs / (card_us + whole_us),
        model_speedup: run.revm.us_per_tx * txs / (model_us + host_us),
    })
}

/// Energy of a run: of the processor by its counters where they can be read, of the board by its greatest power.
pub fn energy(subject: &Subject, run: &Run, board: &Board) -> Result<Option<Energy>, OracleError> {
    let Some(projected) = &run.projected else { return Ok(None) };
    let txs = run.txs.max(1) as f64;
    let (cpu_j_per_tx, cpu_source) = match Rapl::open(Path::new(Rapl::FOLDER)) {
        Ok(rapl) => {
            // Run by run, so that one that fails is seen.
            time_sequential(&subject.block, &subject.state)?;
            let mut count = 0u64;
            let work = || {
                let start = Instant::now();
                let mut time = Duration::ZERO;
                while time < ENERGY_TIME {
                    let _ = time_sequential(&subject.block, &subject.state);
                    count += 1;
                    time = start.elapsed();
                }
                time
            };
            match rapl.measure(work) {
                Ok((joules, time)) => {
                    let source = format!(
                        "RAPL, all packages of this machine, {count} runs of sequential revm in {} ms, setting up included",
                        time.as_millis()
                    );
                    (Some(joules / count.max(1) as f64 / txs), source)
                }
                Err(error) => (None, format!("not measured: {error}")),
            }
        }
        Err(error) => (None, format!("not measured: {error}")),
    };
    let card_j_per_tx = board.watts * projected.latency_us / 1e6 / txs;
    let card_source = format!(
        "estimate: {} W, the most that the board may take, for the whole projected time; the host's processor not counted",
        board.watts
    );
    Ok(Some(Energy { cpu_j_per_tx, cpu_source, card_j_per_tx, card_source }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::profile::Profile;
    use crate::bench::result::{Conflicts, HostTime, LaneCycles, Oracle, Revm, RunKind, Timeline};

    fn scale(engine: &'static str, first_txs: Option<u64>, lanes: u32, cycles: u64) -> Scale {
        Scale { engine, first_txs, lanes, cycles, speedup: 1.0, bound: 1.0, efficiency: 1.0, aborts: 0, requests: 0 }
    }

    fn run(scaling: Vec<Scale>) -> Run {
        Run {
            name: "made up".into(),
            kind: RunKind::Workload,
            fork: "Cancun".into(),
            txs: 100,
            contract_txs: 100,
            gas: 5_000_000,
            conflict: None,
            seed: None,
            engine: "model",
            lanes: 4,
            verified: true,
            on_card_txs: 100,
            on_card_gas: 5_000_000,
            escapes: Default::default(),
            host_calls: Default::default(),
            aborts: 0,
            evm_instructions: 0,
            evm_per_lane_cycle: 0.0,
            lane_cycles: LaneCycles::default(),
            classes: Vec::new(),
            transactions: Vec::new(),
            timeline: Timeline::default(),
            conflicts: Conflicts::default(),
            oracle: Oracle { critical_path_cycles: 1, busy_cycles: 1, speedup_bound: 1.0 },
            link_bytes: LinkBytes::default(),
            scaling,
            host_us_per_tx: HostTime {
                plan: 1.0,
                translate: 9.0,
                commit: 0.5,
                outcome: 2.0,
                whole: 4.0,
                ..HostTime::default()
            },
            revm: Revm { us_per_tx: 6.0, mgas_per_s: 1.0, txs_per_s: 1.0, with_outcome_us_per_tx: 9.0 },
            projected: None,
            energy: None,
        }
    }

    #[test]
    fn the_model_is_corrected_and_lanes_beyond_are_not_counted() {
        let model =
            || vec![scale("model", None, 1, 80_000), scale("model", None, 4, 20_000), scale("model", None, 16, 5_000)];
        let bare = cycles(&run(model()), 8).unwrap();
        assert_eq!((bare.cycles, bare.estimated), (20_000, false));
        assert!(bare.from.contains("not corrected"), "{}", bare.from);
        // Ninety transactions more than were run, and so many requests; the model takes 19,000 cycles for them.
        let requests = |scale: Scale, requests| Scale { requests, ..scale };
        let mut scaling = model();
        scaling[1].requests = 1_200;
        scaling.extend([scale("model", Some(10), 4, 1_000), requests(scale("rtl", Some(10), 4, 3_000), 40)]);
        let corrected = cycles(&run(scaling.clone()), 16).unwrap();
        let expected = 3_000 + 90 * 1_770 + 1_160 * 55 + 19_000 * 14 / 10;
        assert_eq!((corrected.cycles, corrected.estimated), (expected, true));
        assert!(
            corrected.from.contains("223100 of its management processor")
                && corrected.from.contains("none are assumed"),
            "{}",
            corrected.from
        );
        let mut late = scaling.clone();
        (late[1].cycles, late[3].cycles) = (1_000_000, 999_000);
        assert_eq!(cycles(&run(late), 16).unwrap().cycles, 1_000_000, "no less than the model's");
        assert!(!cycles(&run(scaling.clone()), 4).unwrap().from.contains("none are assumed"));
        // Below what was simulated there is no correction.
        assert!(cycles(&run(scaling), 2).unwrap().from.contains("not corrected"));
        let whole = [scale("model", Some(100), 4, 20_000), scale("rtl", Some(100), 4, 50_000)];
        assert_eq!(cycles(&run(model().into_iter().chain(whole).collect()), 4).unwrap().cycles, 50_000);
        assert_eq!(cycles(&run(Vec::new()), 4), None);
    }

    #[test]
    fn times_are_added_and_the_link_counts() {
        let board = Profile::Vu47p.board(Some(100_000), Some(4));
        let mut run = run(vec![scale("model", None, 4, 20_000)]);
        let projected = project(&run, &board).unwrap();
        // 20,000 cycles at 100 MHz, and 1.5 µs of host for each of 100 transactions.
        assert_eq!((projected.card_us, projected.host_us, projected.latency_us), (200.0, 150.0, 350.0));
        assert!((projected.speedup - 600.0 / 350.0).abs() < 1e-9);
        assert!((projected.speedup_with_outcome - 900.0 / 600.0).abs() < 1e-9);
        assert!((projected.mgas_per_s - 5_000_000.0 / 350.0).abs() < 1e-6);
        assert_eq!(projected.model_speedup, projected.speedup);
        run.scaling.extend([scale("model", Some(10), 4, 1_000), scale("rtl", Some(10), 4, 8_000)]);
        let corrected = project(&run, &board).unwrap();
        let cycles = 8_000 + 90 * 1_770 + 19_000 * 14 / 10;
        assert_eq!((corrected.card_us, corrected.model_speedup), (cycles as f64 / 100.0, projected.speedup));
        run.scaling.truncate(1);
        run.link_bytes = LinkBytes { to_card: board.link.bytes_per_second() / 1_000, from_card: 5 };
        assert!((project(&run, &board).unwrap().card_us - 1_000.0).abs() < 1e-6);
    }
}
