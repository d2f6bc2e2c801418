//! Reports of executed blocks: one screen for people, one object for programs.

use crate::block::BlockInput;
use crate::outcome::{BlockOutcome, Metrics};
use crate::verify::{self, Difference};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// What is reported about one block.
#[derive(Clone, Debug)]
pub struct BlockReport {
    /// Where the block came from.
    pub source: String,
    /// Number of the block.
    pub number: u64,
    /// Name of the rules.
    pub fork: String,
    /// Gas used.
    pub gas_used: u64,
    /// Differences to the header; `None` without a header.
    pub header: Option<Vec<Difference>>,
    /// Differences to the oracle; `None` if not asked for.
    pub verification: Option<Vec<Difference>>,
    /// Time of the oracle in nanoseconds, receipts and state difference included; 0 if it did not run.
    pub oracle_ns: u64,
    /// Counters of the run.
    pub metrics: Metrics,
}

impl BlockReport {
    /// Checks an outcome against the header and, if given, the oracle's outcome.
    pub fn new(source: &str, block: &BlockInput, outcome: &BlockOutcome, oracle: Option<&BlockOutcome>) -> Self {
        Self {
            source: source.to_owned(),
            number: block.number(),
            fork: block.spec.to_string(),
            gas_used: outcome.gas_used,
            header: block.expected.as_ref().map(|claims| verify::check_claims(outcome, claims)),
            verification: oracle.map(|oracle| verify::compare(outcome, oracle)),
            oracle_ns: oracle.map_or(0, |oracle| oracle.metrics.total_ns),
            metrics: outcome.metrics.clone(),
        }
    }

    /// Whether nothing differs, as far as it was checked.
    pub fn is_ok(&self) -> bool {
        self.differences().next().is_none()
    }

    /// All differences, those to the oracle first.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.verification.iter().chain(&self.header).flatten()
    }

    fn row(&self) -> Row {
        let m = &self.metrics;
        Row {
            number: Some(self.number),
            fork: Some(self.fork.clone()),
            blocks: None,
            txs: m.txs,
            gas_used: self.gas_used,
            header_ok: self.header.as_ref().map(Vec::is_empty),
            verified: self.verification.as_ref().map(Vec::is_empty),
            contract_txs: m.contract_txs,
            on_card_txs: m.on_card_txs,
            on_card_contract_txs: m.on_card_contract_txs,
            on_card_gas: m.on_card_gas,
            escapes: m.escapes.clone(),
            aborts: m.aborts,
            assists: m.assists,
            host_calls: m.host_calls.clone(),
            cycles: m.cycles,
            lanes: m.lanes,
            lane_busy_cycles: m.lane_busy_cycles,
            lane_state_wait_cycles: m.lane_state_wait_cycles,
            lane_commit_wait_cycles: m.lane_commit_wait_cycles,
            lane_aborted_cycles: m.lane_aborted_cycles,
            lane_idle_cycles: m.lane_idle_cycles,
            evm_instructions: m.evm_instructions,
            lane_instructions: m.lane_instructions,
            firmware_instructions: m.firmware_instructions,
            translations: m.translations,
            plan_ns: m.plan_ns,
            translate_ns: m.translate_ns,
            card_ns: m.card_ns,
            commit_ns: m.commit_ns,
            host_calls_ns: m.host_calls_ns,
            fallback_ns: m.fallback_ns,
            lost_interrupts: m.lost_interrupts,
            outcome_ns: m.outcome_ns,
            total_ns: m.total_ns,
            oracle_ns: self.oracle_ns,
        }
    }
}

/// A row of the JSON report. In the total, counters are sums, `lanes` is the greatest, and the two checks say whether
/// all blocks that were checked passed.
#[derive(Clone, Debug, Default, Serialize)]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fork: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocks: Option<u64>,
    txs: u64,
    gas_used: u64,
    header_ok: Option<bool>,
    verified: Option<bool>,
    contract_txs: u64,
    on_card_txs: u64,
    on_card_contract_txs: u64,
    on_card_gas: u64,
    escapes: BTreeMap<&'static str, u64>,
    aborts: u64,
    assists: u64,
    host_calls: BTreeMap<&'static str, u64>,
    cycles: u64,
    lanes: u64,
    lane_busy_cycles: u64,
    lane_state_wait_cycles: u64,
    lane_commit_wait_cycles: u64,
    lane_aborted_cycles: u64,
    lane_idle_cycles: u64,
    evm_instructions: u64,
    lane_instructions: u64,
    firmware_instructions: u64,
    translations: u64,
    plan_ns: u64,
    translate_ns: u64,
    card_ns: u64,
    commit_ns: u64,
    host_calls_ns: u64,
    fallback_ns: u64,
    lost_interrupts: u64,
    outcome_ns: u64,
    total_ns: u64,
    oracle_ns: u64,
}

impl Row {
    fn total(reports: &[BlockReport]) -> Self {
        let mut total = Row { blocks: Some(reports.len() as u64), ..Row::default() };
        for report in reports {
            total.add(&report.row());
        }
        total
    }

    fn add(&mut self, row: &Row) {
        macro_rules! sum {
            // Some are a card's word, and a card may lie.
            ($($field:ident)*) => { $(self.$field = self.$field.saturating_add(row.$field);)* };
        }
        sum!(txs gas_used contract_txs on_card_txs on_card_contract_txs on_card_gas aborts assists cycles);
        sum!(lane_busy_cycles lane_state_wait_cycles lane_commit_wait_cycles lane_aborted_cycles lane_idle_cycles);
        sum!(evm_instructions lane_instructions firmware_instructions translations lost_interrupts);
        sum!(plan_ns translate_ns card_ns commit_ns host_calls_ns fallback_ns outcome_ns total_ns oracle_ns);
        self.lanes = self.lanes.max(row.lanes);
        let all = |a: Option<bool>, b: Option<bool>| a.map_or(b, |a| Some(a && b.unwrap_or(true)));
        self.header_ok = all(self.header_ok, row.header_ok);
        self.verified = all(self.verified, row.verified);
        for (sums, counts) in [(&mut self.escapes, &row.escapes), (&mut self.host_calls, &row.host_calls)] {
            for (reason, count) in counts {
                *sums.entry(reason).or_default() += count;
            }
        }
    }

    fn render(&self, out: &mut String) -> fmt::Result {
        let contract = match self.contract_txs {
            0 => String::new(),
            all => format!(", of those that run code {}", share(self.on_card_contract_txs, all)),
        };
        line(out, "transactions", &format!("{}, {} gas", count(self.txs), count(self.gas_used)))?;
        line(out, "on the card", &format!("{}{contract}", share(self.on_card_txs, self.txs)))?;
        line(out, "", &format!("{} of the gas", share(self.on_card_gas, self.gas_used)))?;
        line(out, "fallbacks", &by_reason(&self.escapes))?;
        line(out, "host calls", &by_reason(&self.host_calls))?;
        line(
            out,
            "conflicts",
            &format!("{} attempts aborted, {} requests to the host", count(self.aborts), count(self.assists)),
        )?;
        if self.lost_interrupts > 0 {
            line(out, "lost interrupts", &count(self.lost_interrupts))?;
        }
        let lane_cycles = [
            ("busy", self.lane_busy_cycles),
            ("state wait", self.lane_state_wait_cycles),
            ("commit wait", self.lane_commit_wait_cycles),
            ("aborted", self.lane_aborted_cycles),
            ("idle", self.lane_idle_cycles),
        ];
        let all = lane_cycles.iter().fold(0u64, |sum, (_, n)| sum.saturating_add(*n));
        let per_tx = self.cycles.checked_div(self.on_card_txs).unwrap_or(0);
        line(
            out,
            "simulated cycles",
            &format!("{}, {} per transaction on the card", count(self.cycles), count(per_tx)),
        )?;
        line(out, "lanes", &format!("{}, their cycles:", self.lanes))?;
        for (name, cycles) in lane_cycles {
            let percent = ratio(cycles, all) * 100.0;
            line(out, &format!("  {name}"), &format!("{} {percent:5.1} %", bar(percent)))?;
        }
        line(
            out,
            "EVM instructions",
            &match (self.evm_instructions, self.lane_instructions) {
                // Every program word stands for some, so the card does not count them.
                (0, words) if words > 0 => "not counted by this card".to_owned(),
                (evm, words) => format!(
                    "{}, {:.2} per lane word, {:.2} per busy cycle",
                    count(evm),
                    ratio(evm, words),
                    ratio(evm, self.lane_busy_cycles),
                ),
            },
        )?;
        line(
            out,
            "lane words",
            &format!(
                "{} of programs, {} of firmware",
                count(self.lane_instructions),
                count(self.firmware_instructions)
            ),
        )?;
        let overhead = ratio(self.plan_ns + self.commit_ns, self.txs) / 1e3;
        line(out, "host overhead", &format!("{overhead:.2} µs per transaction (plan and commit)"))?;
        line(out, "time", &ms(self.total_ns))?;
        for (name, ns) in [
            ("plan", self.plan_ns),
            ("translate", self.translate_ns),
            ("card simulation", self.card_ns),
            ("commit", self.commit_ns),
            ("host calls", self.host_calls_ns),
            ("fallback", self.fallback_ns),
            ("outcome", self.outcome_ns),
        ] {
            let note =
                if name == "translate" { format!("  {} contracts", count(self.translations)) } else { String::new() };
            line(out, &format!("  {name}"), &format!("{}{note}", ms(ns)))?;
        }
        if self.oracle_ns > 0 {
            line(out, "sequential revm", &ms(self.oracle_ns))?;
        }
        Ok(())
    }
}

/// The report of one block, at most 40 lines.
pub fn block_text(report: &BlockReport) -> String {
    let mut out = format!("Block {} ({}), {}\n", report.number, report.fork, report.source);
    render(&mut out, &report.row());
    let checked = |differences: &Option<Vec<Difference>>, absent: &str| match differences {
        None => absent.to_owned(),
        Some(list) if list.is_empty() => "ok".to_owned(),
        Some(list) => format!("FAILED, {} differences", list.len()),
    };
    let header = checked(&report.header, "no header to compare with");
    let verified = checked(&report.verification, "not asked for (--verify)");
    finish(&mut out, &header, &verified);
    const SHOWN: usize = 5;
    let differences: Vec<_> = report.differences().collect();
    for difference in differences.iter().take(SHOWN) {
        let _ = writeln!(out, "    {difference}");
    }
    if differences.len() > SHOWN {
        let _ = writeln!(out, "    … and {} more", differences.len() - SHOWN);
    }
    out
}

/// The sum of several blocks.
pub fn total_text(reports: &[BlockReport]) -> String {
    let mut out = format!("Total of {} blocks\n", reports.len());
    render(&mut out, &Row::total(reports));
    let passed = |list: &dyn Fn(&BlockReport) -> &Option<Vec<Difference>>| {
        let checked: Vec<_> = reports.iter().filter_map(|r| list(r).as_ref()).collect();
        let ok = checked.iter().filter(|differences| differences.is_empty()).count();
        format!("{ok} of {} ok", checked.len())
    };
    finish(&mut out, &passed(&|r| &r.header), &passed(&|r| &r.verification));
    out
}

/// The JSON report: `{"blocks": […], "total": {…}}`.
pub fn json(reports: &[BlockReport]) -> String {
    #[derive(Serialize)]
    struct Json {
        blocks: Vec<Row>,
        total: Row,
    }
    let json = Json { blocks: reports.iter().map(BlockReport::row).collect(), total: Row::total(reports) };
    serde_json::to_string(&json).expect("rows have string keys and finite numbers")
}

fn render(out: &mut String, row: &Row) {
    row.render(out).expect("strings take everything");
}

fn finish(out: &mut String, header: &str, verified: &str) {
    let _ = line(out, "header", header).and_then(|()| line(out, "verification", verified));
}

fn line(out: &mut String, name: &str, text: &str) -> fmt::Result {
    writeln!(out, "  {name:<18}{text}")
}

/// "5: precompile 3, create 2", most frequent first, or "none".
pub fn by_reason(counts: &BTreeMap<&'static str, u64>) -> String {
    let mut counts: Vec<_> = counts.iter().filter(|(_, n)| **n > 0).collect();
    counts.sort_by_key(|(reason, n)| (std::cmp::Reverse(**n), **reason));
    let all: u64 = counts.iter().map(|(_, n)| **n).sum();
    let reasons: Vec<_> = counts.iter().map(|(reason, n)| format!("{reason} {}", count(**n))).collect();
    if all == 0 { "none".to_owned() } else { format!("{}: {}", count(all), reasons.join(", ")) }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// "3 of 4 (75.0 %)".
fn share(part: u64, whole: u64) -> String {
    format!("{} of {} ({:.1} %)", count(part), count(whole), ratio(part, whole) * 100.0)
}

/// Twenty characters for 100 %.
fn bar(percent: f64) -> String {
    let full = ((percent / 5.0).round() as usize).min(20);
    format!("{}{}", "█".repeat(full), "·".repeat(20 - full))
}

fn ms(ns: u64) -> String {
    format!("{:>10.3} ms", ns as f64 / 1e6)
}

/// Number with thousands separators.
fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Place;

    fn report(number: u64, verification: Option<Vec<Difference>>) -> BlockReport {
        let metrics = Metrics {
            txs: 100,
            contract_txs: 80,
            on_card_txs: 95,
            on_card_contract_txs: 76,
            on_card_gas: 900,
            escapes: [("watchdog", 2), ("memory-capacity", 3)].into(),
            host_calls: [("precompile", 7)].into(),
            cycles: 1_234_567,
            lanes: 4,
            lane_busy_cycles: 600,
            lane_idle_cycles: 400,
            evm_instructions: 30,
            lane_instructions: 10,
            plan_ns: 150_000,
            commit_ns: 50_000,
            ..Metrics::default()
        };
        BlockReport {
            source: "f.json".into(),
            number,
            fork: "Cancun".into(),
            gas_used: 1000,
            header: Some(vec![]),
            verification,
            oracle_ns: 0,
            metrics,
        }
    }

    #[test]
    fn text_fits_a_screen_and_says_what_matters() {
        let text = block_text(&report(7, None));
        assert!((24..=40).contains(&text.lines().count()), "{text}");
        assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
        for part in [
            "95 of 100 (95.0 %)",
            "5: memory-capacity 3, watchdog 2",
            "7: precompile 7",
            "1,234,567",
            "60.0 %",
            "3.00 per lane word",
            "2.00 µs",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(total_text(&[report(7, None), report(8, None)]).contains("190 of 200"));
    }

    #[test]
    fn differences_are_shown() {
        let difference =
            Difference { place: Place::Transaction(4), field: "gas used", actual: "1".into(), expected: "2".into() };
        let report = report(7, Some(vec![difference; 9]));
        assert!(!report.is_ok());
        let text = block_text(&report);
        assert!(text.contains("transaction 4: gas used is 1, expected 2") && text.contains("4 more"), "{text}");
        assert!(text.lines().count() <= 40);
    }

    #[test]
    fn json_names_are_stable() {
        let reports = [report(7, Some(vec![])), report(8, None)];
        let value: serde_json::Value = serde_json::from_str(&json(&reports)).unwrap();
        let keys: Vec<_> = value.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["blocks", "total"]);
        let names = "aborts assists blocks card_ns commit_ns contract_txs cycles escapes evm_instructions fallback_ns \
            firmware_instructions fork gas_used header_ok host_calls host_calls_ns lane_aborted_cycles lane_busy_cycles \
            lane_commit_wait_cycles lane_idle_cycles lane_instructions lane_state_wait_cycles lanes lost_interrupts number \
            on_card_contract_txs on_card_gas on_card_txs oracle_ns outcome_ns plan_ns total_ns translate_ns \
            translations txs verified";
        let has = |row: &serde_json::Value, without: &[&str]| {
            let mut keys: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
            keys.sort_unstable();
            let expected: Vec<_> = names.split_whitespace().filter(|n| !without.contains(n)).collect();
            assert_eq!(keys, expected);
        };
        has(&value["blocks"][0], &["blocks"]);
        has(&value["total"], &["number", "fork"]);
        assert_eq!(value["blocks"][0]["verified"], true);
        assert!(value["blocks"][1]["verified"].is_null());
        assert_eq!(value["total"]["escapes"]["memory-capacity"], 6);
        assert_eq!((&value["total"]["txs"], &value["total"]["lanes"]), (&200.into(), &4.into()));
    }
}
