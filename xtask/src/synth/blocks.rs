//! The Verilog of the hardware blocks: generated, with its ports and its hash.

use crate::{root, tools};
use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::process::Command;

/// Name of the clock port of every block that has one.
pub const CLOCK: &str = "clock";

/// Port of a block.
#[derive(Clone)]
pub struct Port {
    pub name: String,
    pub bits: usize,
    pub output: bool,
}

/// A block.
pub struct Block {
    pub name: String,
    pub verilog: String,
    pub ports: Vec<Port>,
}

impl Block {
    /// Hash of its Verilog.
    pub fn hash(&self) -> String {
        hash(&self.verilog)
    }

    /// Whether it has a clock.
    pub fn clocked(&self) -> bool {
        self.ports.iter().any(|port| port.name == CLOCK)
    }

    /// Inputs without the clock.
    pub fn inputs(&self) -> impl Iterator<Item = &Port> + Clone {
        self.ports.iter().filter(|port| !port.output && port.name != CLOCK)
    }

    /// Outputs.
    pub fn outputs(&self) -> impl Iterator<Item = &Port> + Clone {
        self.ports.iter().filter(|port| port.output)
    }
}

/// Sixteen hexadecimal digits that change with the text.
pub fn hash(text: &str) -> String {
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A folder of target/, made if it is missing.
pub fn folder(path: &str) -> anyhow::Result<PathBuf> {
    let path = root().join("target").join(path);
    std::fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
    Ok(path.canonicalize()?)
}

/// Ports of the module `top`.
pub fn ports(verilog: &str) -> anyhow::Result<Vec<Port>> {
    let body = verilog.lines().skip_while(|line| !line.starts_with("module top(")).skip(1);
    let mut ports = Vec::new();
    for line in body.take_while(|line| !line.starts_with("endmodule")).map(str::trim) {
        let Some((direction, rest)) = line.split_once(' ') else { continue };
        // Ports name their net type; inputs of functions do not.
        if !matches!(direction, "input" | "output") || !(rest.starts_with("wire ") || rest.starts_with("reg ")) {
            continue;
        }
        let rest = rest.trim_start_matches("wire").trim_start_matches("reg").trim().trim_end_matches(';');
        let (bits, name) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(":0]")) {
            Some((high, name)) => (high.parse::<usize>().with_context(|| line.to_owned())? + 1, name.trim()),
            None => (1, rest),
        };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            bail!("cannot read the port `{line}`");
        }
        ports.push(Port { name: name.to_owned(), bits, output: direction == "output" });
    }
    Ok(ports)
}

/// Generates the Verilog of all blocks.
pub fn generate() -> anyhow::Result<Vec<Block>> {
    let folder = folder("synth/verilog")?;
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--package", "gaslane-hdl", "--example", "verilog", "--"]);
    let output = command.arg(&folder).current_dir(root()).output().context("cargo")?;
    if !output.status.success() {
        bail!("the blocks' Verilog: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    let names = String::from_utf8(output.stdout)?;
    let block = |name: &str| {
        let verilog = std::fs::read_to_string(folder.join(format!("{name}.v"))).with_context(|| name.to_owned())?;
        let ports = ports(&verilog).with_context(|| name.to_owned())?;
        if ports.is_empty() {
            bail!("{name}: no ports found");
        }
        Ok(Block { name: name.to_owned(), verilog, ports })
    };
    names.lines().map(block).collect()
}

/// Options for what Verilator may say of generated Verilog.
pub fn waivers() -> impl Iterator<Item = String> {
    let waivers = include_str!("../../../hdl/tests/rtl/lint-waivers.txt").lines();
    waivers.filter_map(|line| line.split_once(' ')).map(|(name, _)| format!("-Wno-{name}"))
}

/// Fails if Verilator objects to the Verilog of a block.
pub fn lint(block: &Block) -> anyhow::Result<()> {
    let mut command = tools::command(tools::VERILATOR);
    command.args(["--lint-only", "-Wall", "--top-module", "top"]).args(waivers());
    tools::run(command.arg(folder("synth/verilog")?.join(format!("{}.v", block.name))))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::ports;

    #[test]
    fn ports_are_those_of_the_top_module() {
        let text = "module top(clock,a,r);\n    input wire  clock;\n    input wire  [255:0] a;\n    output reg  [0:0] r;\n\
                    endmodule\nmodule top$x(d);\n    input wire d;\nendmodule\n";
        let found: Vec<_> = ports(text).unwrap().into_iter().map(|port| (port.name, port.bits, port.output)).collect();
        assert_eq!(found, [("clock".into(), 1, false), ("a".into(), 256, false), ("r".to_owned(), 1, true)]);
        assert!(ports("module top(a);\n    input wire [3:1] a;\nendmodule\n").is_err());
        assert!(ports("module top();\nfunction f;\n    input [3:0] a;\nendfunction\nendmodule\n").unwrap().is_empty());
    }
}
