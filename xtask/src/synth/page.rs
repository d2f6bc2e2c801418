//! docs/area-and-timing.md, and the file of results that it is written from.

use super::area::Area;
use super::place::Timing;
use crate::root;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// The page.
pub const PAGE: &str = "docs/area-and-timing.md";
/// Results of the last runs.
const RESULTS: &str = "xtask/synth-results.toml";
const TEXT: &str = include_str!("page.md");

/// Results of a block.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Row {
    pub name: String,
    /// Hash of the Verilog that the counts are of.
    pub verilog: String,
    pub yosys: String,
    pub area: Area,
    /// Of the last time that the block was placed; may be of an older Verilog.
    pub timing: Option<Timing>,
}

/// The file of results.
#[derive(Default, Debug, Serialize, Deserialize)]
pub struct Results {
    #[serde(default)]
    pub block: Vec<Row>,
}

impl Results {
    pub fn read() -> anyhow::Result<Self> {
        match std::fs::read_to_string(root().join(RESULTS)) {
            Ok(text) => toml::from_str(&text).context(RESULTS),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Results::default()),
            Err(error) => Err(error).context(RESULTS),
        }
    }

    pub fn find(&self, name: &str) -> Option<&Row> {
        self.block.iter().find(|row| row.name == name)
    }

    /// Writes the results and the page.
    pub fn write(&self) -> anyhow::Result<()> {
        std::fs::write(root().join(RESULTS), toml::to_string(self)?).context(RESULTS)?;
        std::fs::write(root().join(PAGE), page(self)?).context(PAGE)
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn row(out: &mut String, name: &str, numbers: &[u64], last: &[String]) {
    let cells = numbers.iter().map(|&number| thousands(number)).chain(last.iter().cloned());
    let _ = writeln!(out, "| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
}

/// Text of the page.
pub fn page(results: &Results) -> anyhow::Result<String> {
    let mut ecp5 = String::from(
        "| block | LUT4 | CCU2C | FF | EBR | DSP | RAM 16 × 4 | Verilog |\n|---|---|---|---|---|---|---|---|\n",
    );
    let mut ultrascale = String::from(
        "| block | LUT | LUT as memory | CARRY4 | FF | BRAM (18 Kbit) | DSP | Verilog |\n|---|---|---|---|---|---|---|---|\n",
    );
    let mut timing = String::from(
        "| block | MHz | slowest path | cells, ns | wires, ns | Verilog | nextpnr |\n|---|---|---|---|---|---|---|\n",
    );
    for block in &results.block {
        let Area { ecp5: e, ultrascale: u } = &block.area;
        let hash = [format!("`{}`", block.verilog)];
        row(&mut ecp5, &block.name, &[e.lut4, e.ccu2c, e.ff, e.ebr, e.dsp, e.ram16x4], &hash);
        row(&mut ultrascale, &block.name, &[u.lut, u.lut_memory, u.carry4, u.ff, u.bram18, u.dsp], &hash);
        match &block.timing {
            Some(t) => {
                let stale = if t.verilog == block.verilog { "" } else { " **stale: the block has changed**" };
                writeln!(
                    timing,
                    "| {} | {:.1} | `{}` → `{}` | {:.2} | {:.2} | `{}`{stale} | {} |",
                    block.name, t.mhz, t.from, t.to, t.cells_ns, t.wires_ns, t.verilog, t.nextpnr
                )?;
            }
            None => writeln!(timing, "| {} | not placed | | | | | |", block.name)?,
        }
    }
    let mut versions: Vec<_> = results.block.iter().map(|block| block.yosys.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    let mut page = TEXT.to_owned();
    for (mark, text) in
        [("{{yosys}}", versions.join(", ")), ("{{ecp5}}", ecp5), ("{{ultrascale}}", ultrascale), ("{{timing}}", timing)]
    {
        anyhow::ensure!(page.matches(mark).count() == 1, "xtask/src/synth/page.md must have {mark} once");
        page = page.replace(mark, text.trim_end());
    }
    Ok(page)
}
