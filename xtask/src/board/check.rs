//! What can be checked of a project without the vendor's tools: lint of its Verilog, with empty modules in place of the vendor's. The same
//! Verilog is simulated by `cargo xtask cocotb`, group `board`.

use super::project::{rtl, tops};
use super::{Board, source, write};
use crate::synth::blocks::{folder, waivers};
use crate::tools;
use anyhow::{Context, ensure};
use std::path::Path;

/// Files of a folder with this ending.
fn with_ending(place: &Path, ending: &str) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let entries = std::fs::read_dir(place).with_context(|| place.display().to_string())?;
    let mut files: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == ending));
    files.sort();
    Ok(files)
}

/// A port list from lines like `output 64 name`.
fn port_list(lines: &str) -> anyhow::Result<String> {
    let port = |line: &str| -> anyhow::Result<String> {
        let words: Vec<_> = line.split_whitespace().collect();
        let [direction, bits, name] = words[..] else { anyhow::bail!("`{line}`: a direction, bits, a name") };
        let high = bits.parse::<u32>().with_context(|| line.to_owned())?.checked_sub(1).context("no bits")?;
        let kind = if direction == "inout" { "wire" } else { "logic" };
        Ok(if high == 0 {
            format!("{direction} {kind} {name}")
        } else {
            format!("{direction} {kind} [{high}:0] {name}")
        })
    };
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(port).collect::<anyhow::Result<Vec<_>>>()?.join(",\n") + "\n")
}

/// Lints what needs nothing of the vendor's, then the board's own top module.
pub fn lint(board: Board, place: &Path) -> anyhow::Result<()> {
    let place = place.join(rtl(board));
    let verilog = with_ending(&place, "v")?;
    let (inner, top) = tops(board);
    let base = |top: &str| {
        let mut command = tools::command(tools::VERILATOR);
        command.args(["--lint-only", "-Wall", "--top-module", top]).args(waivers()).args(&verilog);
        command
    };
    tools::run(&mut base(inner))?;
    println!("{}: lint of {inner}", board.name());
    if board == Board::AwsF2 {
        let stubs = folder("board/lint-aws-f2")?;
        write(&stubs.join("cl_ports.vh"), &port_list(&source("aws-f2/lint/ports.txt")?)?)?;
        write(&stubs.join("unused_dma_pcis_template.inc"), "")?;
        let vendor = stubs.join("vendor.sv");
        write(&vendor, &source("aws-f2/lint/vendor.sv")?)?;
        let own = with_ending(&place, "sv")?;
        ensure!(own.len() == 1, "one top module of the board");
        let mut command = base(top);
        for folder in [&stubs, &place] {
            command.arg(format!("-I{}", folder.display()));
        }
        tools::run(command.arg(vendor).args(own))?;
        println!("{}: lint of {top}, with empty modules and ports of the vendor's", board.name());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::port_list;

    #[test]
    fn ports_become_a_list() {
        let text = port_list("# comment\ninput 1 clock\noutput 64 address\ninout 8 pins\n").unwrap();
        assert_eq!(text, "input logic clock,\noutput logic [63:0] address,\ninout wire [7:0] pins\n");
        assert!(port_list("input clock").is_err() && port_list("input 0 clock").is_err());
    }
}
