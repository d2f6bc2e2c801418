//! The card in Verilog: the core and lanes behind their ports, tied by the lane bus, as one module `card`.
//!
//! Nothing is named twice: a lane's input is its port's output of the same name and the other way round; what neither a lane nor the lane bus
//! has is a port of the card.

use crate::synth::blocks::{CLOCK, Port, ports};
use anyhow::{Context, ensure};
use std::collections::BTreeSet;
use std::fmt::Write;

/// What lanes give to the core: a bit of each.
const LEVELS: [&str; 3] = ["stopped", "asks_state", "wants_line"];
/// What lanes give to the core: one at a time, the others zero.
const SHARED: [&str; 3] = ["up_valid", "up_tag", "up_data"];
/// Identifications that AXI4 memories return. The card has one transaction of each direction in order and does not look at them.
const IGNORED: [&str; 4] = ["host_rid", "host_bid", "memory_rid", "memory_bid"];

/// Another name for the module `top` and its parts.
fn rename(verilog: &str, name: &str) -> String {
    verilog.replace("module top(", &format!("module {name}(")).replace("top$", &format!("{name}$"))
}

/// `output wire [7:0] name`.
pub fn declaration(port: &Port) -> String {
    format!("{} wire {}", if port.output { "output" } else { "input" }, wide(port, &port.name))
}

/// `name` or `[7:0] name`.
fn wide(port: &Port, name: &str) -> String {
    if port.bits == 1 { name.to_owned() } else { format!("[{}:0] {name}", port.bits - 1) }
}

/// An instance of a module, each port on what `net` says.
pub fn instance(module: &str, name: &str, ports: &[Port], net: impl Fn(&Port) -> String) -> String {
    let connections: Vec<_> = ports.iter().map(|port| format!(".{}({})", port.name, net(port))).collect();
    format!("    {module} {name}({});\n", connections.join(", "))
}

/// The module `card` with its parts.
pub struct Card {
    pub verilog: String,
    pub ports: Vec<Port>,
}

/// Puts a card together. Ports that are `visible` can be driven and read through Verilator's VPI.
pub fn card(core: &str, port: &str, lane: &str, lanes: usize, visible: bool) -> anyhow::Result<Card> {
    let core_ports = ports(core).context("core")?;
    let port_ports = ports(port).context("lane_port")?;
    let lane_ports = ports(lane).context("lane")?;
    let down: BTreeSet<_> =
        port_ports.iter().filter(|port| port.name.starts_with("down_")).map(|port| &*port.name).collect();
    let bus = |name: &str| LEVELS.contains(&name) || SHARED.contains(&name) || down.contains(name);
    ensure!(
        core_ports.iter().filter(|port| bus(&port.name)).count() == LEVELS.len() + SHARED.len() + down.len(),
        "the lane bus"
    );
    let width = |name: &str| core_ports.iter().find(|port| port.name == name).map(|port| port.bits);
    let levels = width(LEVELS[0]).context("no levels")?;
    ensure!((1..=levels).contains(&lanes), "{lanes} lanes");

    let ignored = IGNORED.iter().map(|name| Port { name: (*name).to_owned(), bits: 4, output: false });
    let outside: Vec<_> = core_ports.iter().filter(|port| !bus(&port.name)).cloned().chain(ignored).collect();
    let public = if visible { " /*verilator public_flat_rw*/" } else { "" };
    let header: Vec<_> = outside.iter().map(|port| format!("    {}{public}", declaration(port))).collect();
    let mut text = format!("module card(\n{}\n);\n", header.join(",\n"));
    for port in core_ports.iter().filter(|port| bus(&port.name)) {
        writeln!(text, "    wire {};", wide(port, &port.name))?;
    }
    text += &instance("core", "the_core", &core_ports, |port| port.name.clone());
    let between: BTreeSet<_> = lane_ports.iter().map(|port| &*port.name).collect();
    for number in 0..lanes {
        let net = |port: &Port| match &*port.name {
            CLOCK => CLOCK.to_owned(),
            "number" => format!("{}'d{number}", port.bits),
            name if name.starts_with("down_") => name.to_owned(),
            name => format!("lane{number}_{name}"),
        };
        for port in port_ports.iter().filter(|port| port.output || between.contains(&*port.name) && port.name != CLOCK)
        {
            writeln!(text, "    wire {};", wide(port, &net(port)))?;
        }
        text += &instance("lane_port", &format!("port{number}"), &port_ports, net);
        let known = |port: &Port| port_ports.iter().any(|other| other.name == port.name);
        // What is left of the lane's outputs is for waveforms and comparisons.
        ensure!(lane_ports.iter().all(|port| port.output || known(port)), "an input of the lane has no source");
        text += &instance("lane", &format!("lane{number}"), &lane_ports, |port| {
            if known(port) { net(port) } else { String::new() }
        });
    }
    for name in SHARED {
        let all: Vec<_> = (0..lanes).map(|number| format!("lane{number}_{name}")).collect();
        writeln!(text, "    assign {name} = {};", all.join(" | "))?;
    }
    for name in LEVELS {
        let all: Vec<_> = (0..lanes).rev().map(|number| format!("lane{number}_{name}")).collect();
        let none = if levels > lanes { format!("{}'d0, ", levels - lanes) } else { String::new() };
        writeln!(text, "    assign {name} = {{{none}{}}};", all.join(", "))?;
    }
    text += "endmodule\n";
    for (verilog, name) in [(core, "core"), (port, "lane_port"), (lane, "lane")] {
        text += &rename(verilog, name);
    }
    Ok(Card { verilog: text, ports: outside })
}

#[cfg(test)]
mod tests {
    use super::card;

    fn module(name: &str, ports: &[(&str, &str)]) -> String {
        let body: String = ports.iter().map(|(kind, name)| format!("    {kind} {name};\n")).collect();
        format!("module top(a);\n{body}endmodule // {name}\nmodule top$part(a);\nendmodule\n")
    }

    #[test]
    fn lanes_are_tied_to_the_core() {
        let core = module(
            "core",
            &[
                ("input wire", "clock"),
                ("input wire", "reset"),
                ("output reg ", "[7:0] data"),
                ("input wire", "up_valid"),
                ("input wire [1:0]", "up_tag"),
                ("input wire [255:0]", "up_data"),
                ("input wire [31:0]", "stopped"),
                ("input wire [31:0]", "asks_state"),
                ("input wire [31:0]", "wants_line"),
                ("output reg ", "down_valid"),
            ],
        );
        let port = module(
            "port",
            &[
                ("input wire", "clock"),
                ("input wire [5:0]", "number"),
                ("input wire", "down_valid"),
                ("output reg ", "reset"),
                ("input wire", "status"),
            ],
        );
        let lane = module(
            "lane",
            &[("input wire", "clock"), ("input wire", "reset"), ("output reg ", "status"), ("output reg ", "retire")],
        );
        let text = card(&core, &port, &lane, 2, false).unwrap().verilog;
        assert!(text.contains("output wire [7:0] data"));
        assert!(text.contains("lane_port port1(.clock(clock), .number(6'd1), .down_valid(down_valid), .reset(lane1_reset), .status(lane1_status));"));
        assert!(text.contains("lane lane0(.clock(clock), .reset(lane0_reset), .status(lane0_status), .retire());"));
        assert!(text.contains("assign stopped = {30'd0, lane1_stopped, lane0_stopped};"));
        assert!(text.contains("assign up_tag = lane0_up_tag | lane1_up_tag;"));
        assert!(text.contains("module lane$part(a);"));
        assert!(card(&core, &port, &lane, 33, false).is_err());
    }
}
