//! Clock rate of a block alone, placed and routed for an ECP5.
//!
//! A block has more ports than the chip has pins. So a shift register feeds its inputs and another one, behind a register,
//! takes its outputs: paths from port to register and from register to port count, the pins do not.

use super::area::cached;
use super::blocks::{Block, CLOCK, Port, folder};
use crate::tools;
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::Write;

/// Device, speed grade and package.
const DEVICE: [&str; 5] = ["--um5g-85k", "--speed", "8", "--package", "CABGA756"];
/// The rate that the tool aims at; it stops to improve beyond.
const TARGET_MHZ: &str = "150";
/// Changes when the wrapper, the options or the sense of the results do.
const METHOD: &str = "2 router1 seed 1";

/// Result of place and route.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Timing {
    /// Hash of the Verilog that was placed.
    pub verilog: String,
    pub yosys: String,
    pub nextpnr: String,
    pub mhz: f64,
    /// Start and end of the slowest path.
    pub from: String,
    pub to: String,
    /// Delay of that path in cells and in wires, in nanoseconds.
    pub cells_ns: f64,
    pub wires_ns: f64,
}

/// Connections of ports to consecutive bits of a register.
fn connections(out: &mut String, ports: impl Iterator<Item = Port>, register: &str) {
    let mut low = 0;
    for port in ports {
        let _ = write!(out, ",\n        .{}({register}[{}:{low}])", port.name, low + port.bits - 1);
        low += port.bits;
    }
}

/// The module `wrapped`: a block between two shift registers.
fn wrapper(block: &Block) -> anyhow::Result<String> {
    let bits = |ports: &mut dyn Iterator<Item = &Port>| ports.map(|port| port.bits).sum::<usize>();
    let (inputs, outputs) = (bits(&mut block.inputs()), bits(&mut block.outputs()));
    if inputs == 0 || outputs == 0 {
        bail!("a block without inputs or without outputs has no paths");
    }
    let mut ports = String::new();
    connections(&mut ports, block.inputs().cloned(), "feed");
    connections(&mut ports, block.outputs().cloned(), "results");
    if block.clocked() {
        let _ = write!(ports, ",\n        .{CLOCK}(clk)");
    }
    let ports = ports.trim_start_matches(',');
    let (high_in, high_out) = (inputs - 1, outputs - 1);
    Ok(format!(
        "module wrapped(input clk, input serial_in, input load, output reg serial_out);
    reg in_held, load_held;
    reg [{high_in}:0] feed;
    reg [{high_out}:0] captured, drain;
    wire [{high_out}:0] results;
    always @(posedge clk) begin
        in_held <= serial_in;
        load_held <= load;
        feed <= (feed << 1) | in_held;
        captured <= results;
        drain <= load_held ? captured : drain << 1;
        serial_out <= drain[{high_out}];
    end
    top dut({ports}
    );
endmodule
"
    ))
}

/// Reads nextpnr's report.
fn read_report(text: &str) -> anyhow::Result<(f64, String, String, f64, f64)> {
    let report: Value = serde_json::from_str(text)?;
    let clocks = report["fmax"].as_object().context("no rates")?;
    if clocks.len() != 1 {
        bail!("{} clocks instead of one", clocks.len());
    }
    let mhz = clocks.values().next().and_then(|clock| clock["achieved"].as_f64()).context("no rate")?;
    let paths = report["critical_paths"].as_array().context("no paths")?;
    let edge = |path: &Value, end: &str| path[end].as_str().is_some_and(|edge| edge.starts_with("posedge "));
    let path = paths.iter().find(|path| edge(path, "from") && path["from"] == path["to"]);
    let steps = path.and_then(|path| path["path"].as_array()).context("no path from clock edge to clock edge")?;
    let cell = |step: Option<&Value>, end: &str| -> anyhow::Result<String> {
        Ok(step.and_then(|step| step[end]["cell"].as_str()).context("a path without cells")?.to_owned())
    };
    let (mut cells, mut wires) = (0.0, 0.0);
    for step in steps {
        let delay = step["delay"].as_f64().context("a step without delay")?;
        if step["type"] == "routing" { wires += delay } else { cells += delay }
    }
    Ok((mhz, cell(steps.first(), "from")?, cell(steps.last(), "to")?, cells, wires))
}

/// Name of a register in the Verilog, without what the tools append.
fn plain(cell: &str) -> String {
    let cell = cell.strip_prefix("dut.").unwrap_or(cell);
    let end = ["_TRELLIS_FF", "_LUT4", "_CCU2C", "_PFUMX", "_L6MUX21", "$"].iter().filter_map(|mark| {
        let at = cell.rfind(mark)?;
        // A `$` with digits separates an index in names of RustHDL; with letters it comes from the tools.
        (*mark != "$" || cell[at + 1..].starts_with("nextpnr")).then_some(at)
    });
    cell[..end.min().unwrap_or(cell.len())].to_owned()
}

/// Places and routes a block, unless the result is known.
pub fn measure(block: &Block, yosys: &str, nextpnr: &str) -> anyhow::Result<Timing> {
    let measure = || {
        let wrapper = wrapper(block)?;
        cached(&["place", METHOD, TARGET_MHZ, yosys, nextpnr, &wrapper, &block.verilog], || {
            let work = folder(&format!("synth/work/{}-place", block.name))?;
            std::fs::write(work.join("block.v"), &block.verilog)?;
            std::fs::write(work.join("wrapped.v"), &wrapper)?;
            let script =
                "read_verilog block.v wrapped.v; synth_ecp5 -noabc9 -nowidelut -top wrapped -json netlist.json";
            tools::run(tools::command(tools::YOSYS).args(["-q", "-p", script]).current_dir(&work))?;
            let mut command = tools::command(tools::NEXTPNR);
            command.args(DEVICE).args(["--json", "netlist.json", "--report", "report.json", "--quiet"]);
            command.args(["--router", "router1", "--seed", "1", "--freq", TARGET_MHZ]);
            command.args(["--timing-allow-fail", "--lpf-allow-unconstrained"]);
            tools::run(command.current_dir(&work))?;
            let report = std::fs::read_to_string(work.join("report.json"))?;
            let (mhz, from, to, cells_ns, wires_ns) = read_report(&report)?;
            let round = |value: f64, digits: f64| (value * digits).round() / digits;
            Ok(Timing {
                verilog: block.hash(),
                yosys: yosys.to_owned(),
                nextpnr: nextpnr.to_owned(),
                mhz: round(mhz, 10.0),
                from: plain(&from),
                to: plain(&to),
                cells_ns: round(cells_ns, 100.0),
                wires_ns: round(wires_ns, 100.0),
            })
        })
    };
    measure().with_context(|| format!("{}: place and route", block.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_gives_rate_and_path() {
        let text = r#"{"fmax": {"c": {"achieved": 123.4, "constraint": 150.0}}, "critical_paths": [
            {"from": "<async>", "to": "posedge c", "path": []},
            {"from": "posedge c", "to": "posedge c", "path": [
                {"delay": 0.5, "type": "clk-to-q", "from": {"cell": "dut.a_TRELLIS_FF_Q_1"}, "to": {"cell": "x"}},
                {"delay": 2.0, "type": "routing", "from": {"cell": "dut.a_TRELLIS_FF_Q_1"}, "to": {"cell": "x"}},
                {"delay": 0.25, "type": "setup", "from": {"cell": "x"}, "to": {"cell": "b"}}]}]}"#;
        let found = read_report(text).unwrap();
        assert_eq!(found, (123.4, "dut.a_TRELLIS_FF_Q_1".to_owned(), "b".to_owned(), 0.75, 2.0));
        assert_eq!(plain(&found.1), "a");
        assert_eq!(plain("dut.sums$3.q_TRELLIS_FF_Q_DI_CCU2C_S0"), "sums$3.q");
        assert!(read_report(r#"{"fmax": {}, "critical_paths": []}"#).is_err());
    }
}
