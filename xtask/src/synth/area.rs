//! Counts of cells that Yosys makes of a block, for ECP5 and UltraScale+.

use super::blocks::{Block, folder, hash};
use crate::tools;
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::path::Path;

/// Yosys commands of each family; also what a cached result depends on.
const ECP5: &str = "synth_ecp5 -noabc9 -nowidelut -top top";
const XCUP: &str = "synth_xilinx -family xcup -flatten -noiopad -noclkbuf -top top";
/// The same with UltraRAM for what asks for it.
const XCUP_ULTRA: &str = "synth_xilinx -family xcup -uram -flatten -noiopad -noclkbuf -top top";
/// Changes when the sense of the counts does.
const COUNTING: &str = "2";

/// Cells of an ECP5.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ecp5 {
    pub lut4: u64,
    pub ccu2c: u64,
    pub ff: u64,
    /// DP16KD.
    pub ebr: u64,
    /// MULT18X18D.
    pub dsp: u64,
    /// TRELLIS_DPR16X4: distributed RAM of 16 × 4 bits.
    pub ram16x4: u64,
}

/// Cells of an UltraScale+.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UltraScale {
    /// LUT1 to LUT6.
    pub lut: u64,
    /// LUTs that are memory: distributed RAM and shift registers.
    pub lut_memory: u64,
    /// CARRY4; two take the place of a CARRY8.
    pub carry4: u64,
    pub ff: u64,
    /// RAMB18E2; a RAMB36E2 counts as two.
    pub bram18: u64,
    /// DSP48E2.
    pub dsp: u64,
    /// URAM288E.
    #[serde(default, skip_serializing_if = "none")]
    pub uram: u64,
}

/// No block alone asks for UltraRAM.
fn none(count: &u64) -> bool {
    *count == 0
}

/// Counts of a block.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Area {
    pub ecp5: Ecp5,
    pub ultrascale: UltraScale,
}

fn count_ecp5(cells: &BTreeMap<String, u64>) -> anyhow::Result<Ecp5> {
    let mut area = Ecp5::default();
    for (kind, count) in cells {
        match kind.as_str() {
            "LUT4" => area.lut4 += count,
            "CCU2C" => area.ccu2c += count,
            "TRELLIS_FF" => area.ff += count,
            "DP16KD" | "PDPW16KD" => area.ebr += count,
            "MULT18X18D" => area.dsp += count,
            "TRELLIS_DPR16X4" => area.ram16x4 += count,
            // Multiplexers beside the LUTs of a slice; a note of Yosys.
            "PFUMX" | "L6MUX21" | "$scopeinfo" => {}
            _ => bail!("ECP5 cell {kind} has no column yet"),
        }
    }
    Ok(area)
}

fn count_ultrascale(cells: &BTreeMap<String, u64>) -> anyhow::Result<UltraScale> {
    let mut area = UltraScale::default();
    for (kind, count) in cells {
        match kind.as_str() {
            "LUT1" | "LUT2" | "LUT3" | "LUT4" | "LUT5" | "LUT6" => area.lut += count,
            "CARRY4" => area.carry4 += count,
            "FDRE" | "FDSE" | "FDCE" | "FDPE" => area.ff += count,
            "RAMB18E2" => area.bram18 += count,
            "RAMB36E2" => area.bram18 += 2 * count,
            "DSP48E2" => area.dsp += count,
            "URAM288" | "URAM288_BASE" => area.uram += count,
            "SRL16E" | "SRLC32E" => area.lut_memory += count,
            "RAM32X1D" | "RAM64X1D" => area.lut_memory += 2 * count,
            "RAM32M" | "RAM64M" | "RAM128X1D" => area.lut_memory += 4 * count,
            "RAM32M16" | "RAM64M8" | "RAM256X1D" | "RAM512X1S" | "RAM64X8SW" => area.lut_memory += 8 * count,
            // Multiplexers beside the LUTs of a slice; inverters that vanish in what they drive; a note of Yosys.
            "MUXF7" | "MUXF8" | "MUXF9" | "INV" | "$scopeinfo" => {}
            _ => bail!("UltraScale+ cell {kind} has no column yet"),
        }
    }
    Ok(area)
}

/// Cells by type in the output of `stat -json`.
fn cells(text: &str) -> anyhow::Result<BTreeMap<String, u64>> {
    let stat: serde_json::Value = serde_json::from_str(text)?;
    let cells = stat.pointer("/design/num_cells_by_type").context("no cells by type")?;
    Ok(BTreeMap::deserialize(cells)?)
}

/// What `make` gives, kept in `target/synth/cache` under a key.
pub fn cached<T: Serialize + DeserializeOwned>(
    key: &[&str],
    make: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let path = folder("synth/cache")?.join(format!("{}.json", hash(&key.join("\0"))));
    if let Ok(text) = std::fs::read_to_string(&path)
        && let Ok(value) = serde_json::from_str(&text)
    {
        return Ok(value);
    }
    let value = make()?;
    std::fs::write(&path, serde_json::to_string(&value)?)?;
    Ok(value)
}

fn synthesise(work: &Path, commands: &str) -> anyhow::Result<BTreeMap<String, u64>> {
    let script = format!("read_verilog block.v; {commands}; tee -q -o stat.json stat -json");
    tools::run(tools::command(tools::YOSYS).args(["-q", "-p", &script]).current_dir(work))?;
    cells(&std::fs::read_to_string(work.join("stat.json"))?)
}

/// Cells of Verilog whose module is called `top`, unless they are known.
fn run(name: &str, verilog: &str, yosys: &str, family: &str, commands: &str) -> anyhow::Result<BTreeMap<String, u64>> {
    cached(&["area", COUNTING, yosys, commands, verilog], || {
        let work = folder(&format!("synth/work/{name}-{family}"))?;
        std::fs::write(work.join("block.v"), verilog)?;
        synthesise(&work, commands)
    })
}

/// Counts for UltraScale+ alone, with UltraRAM.
pub fn ultrascale(name: &str, verilog: &str, yosys: &str) -> anyhow::Result<UltraScale> {
    count_ultrascale(&run(name, verilog, yosys, "ultrascale", XCUP_ULTRA)?)
        .with_context(|| format!("{name}: synthesis"))
}

/// Synthesises a block for both families, unless the result is known.
pub fn measure(block: &Block, yosys: &str) -> anyhow::Result<Area> {
    let run = |family: &str, commands: &str| run(&block.name, &block.verilog, yosys, family, commands);
    let measure = || -> anyhow::Result<Area> {
        let (ecp5, ultrascale) = (run("ecp5", ECP5)?, run("ultrascale", XCUP)?);
        Ok(Area { ecp5: count_ecp5(&ecp5)?, ultrascale: count_ultrascale(&ultrascale)? })
    };
    measure().with_context(|| format!("{}: synthesis", block.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(kind: &str, count: u64) -> BTreeMap<String, u64> {
        BTreeMap::from([(kind.to_owned(), count), ("$scopeinfo".to_owned(), 3)])
    }

    #[test]
    fn cells_are_counted_or_refused() {
        let text =
            r#"{"modules": {"\\top": {"num_cells": 2}}, "design": {"num_cells_by_type": {"LUT4": 7, "DP16KD": 2}}}"#;
        let area = count_ecp5(&cells(text).unwrap()).unwrap();
        assert_eq!(area, Ecp5 { lut4: 7, ebr: 2, ..Ecp5::default() });
        assert_eq!(count_ultrascale(&example("RAMB36E2", 4)).unwrap().bram18, 8);
        assert_eq!(count_ultrascale(&example("RAM32M16", 4)).unwrap().lut_memory, 32);
        assert!(count_ecp5(&example("$mul", 1)).is_err());
        assert!(count_ultrascale(&example("DP16KD", 1)).is_err());
        assert!(cells("{}").is_err());
    }
}
