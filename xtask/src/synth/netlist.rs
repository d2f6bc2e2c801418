//! The ECP5 netlist of a block against its Verilog: every output in every cycle, in Verilator, on random inputs.
//!
//! Yosys maps the block to cells, then puts its own models of these cells in their place: what is simulated is the mapped
//! logic, not the source. This finds faults of mapping and optimisation, and Verilog that Yosys and Verilator read
//! differently.

use super::blocks::{Block, CLOCK, Port, folder};
use crate::tools;
use anyhow::{Context, bail};
use std::fmt::Write;
use std::process::Command;

const SYNTHESIS: &str = "read_verilog block.v; synth_ecp5 -noabc9 -top top; rename top netlist; \
    tee -q -o bare.txt select -list t:DP16KD t:PDPW16KD t:MULT18X18D t:ALU54B; write_verilog -noattr cells.v";
const MODELS: &str = "read_verilog cells.v; read_verilog -ignore_redef +/lattice/cells_sim_ecp5.v; hierarchy -check -top netlist; proc; flatten; \
    clean; write_verilog -noattr netlist.v";

fn declaration(direction: &str, port: &Port) -> String {
    format!("    {direction} [{}:0] {}", port.bits - 1, port.name)
}

/// A module with both, that says for each output whether they differ.
fn compare(block: &Block) -> String {
    let mut ports = vec![format!("    input {CLOCK}")];
    ports.extend(block.inputs().map(|port| declaration("input", port)));
    ports.push(format!("    output [{}:0] differs", block.outputs().count().max(1) - 1));
    let mut body = String::new();
    for (index, port) in block.outputs().enumerate() {
        let (high, name) = (port.bits - 1, &port.name);
        let _ = writeln!(body, "    wire [{high}:0] source_{name};\n    wire [{high}:0] mapped_{name};");
        let _ = writeln!(body, "    assign differs[{index}] = source_{name} != mapped_{name};");
    }
    for (module, instance) in [("top", "source"), ("netlist", "mapped")] {
        let connection = |port: &Port| match port.output {
            true => format!(".{0}({instance}_{0})", port.name),
            false => format!(".{0}({0})", port.name),
        };
        let connections: Vec<_> = block.ports.iter().map(connection).collect();
        let _ = writeln!(body, "    {module} {instance}({});", connections.join(", "));
    }
    format!("module compare(\n{}\n);\n{body}endmodule\n", ports.join(",\n"))
}

/// The program that drives the inputs.
fn driver(block: &Block) -> String {
    let mut drive = String::new();
    for (index, port) in block.inputs().enumerate() {
        let words = port.bits.div_ceil(32);
        let (name, bits) = (&port.name, port.bits);
        let _ = writeln!(drive, "        draw(held[{index}], {bits});");
        let _ = match words {
            1 => writeln!(drive, "        top.{name} = held[{index}][0];"),
            2 => writeln!(drive, "        top.{name} = held[{index}][0] | (uint64_t)held[{index}][1] << 32;"),
            _ => writeln!(drive, "        for (int i = 0; i < {words}; i++) top.{name}[i] = held[{index}][i];"),
        };
    }
    let names: Vec<_> = block.outputs().map(|port| format!("\"{}\"", port.name)).collect();
    let most = block.inputs().map(|port| port.bits.div_ceil(32)).max().unwrap_or(1);
    let differs = if names.len() > 64 { "top.differs[i / 32] >> (i % 32) & 1" } else { "top.differs >> i & 1" };
    format!(
        r#"#include "Vcompare.h"
#include "verilated.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
static const char* const names[] = {{{names}}};
static const int inputs = {inputs}, most = {most};
static uint32_t held[inputs][most];
static int widths[inputs];
static uint64_t state;
static uint64_t random64() {{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}}
// A new value of one of the kinds that reach corners: any, short, few bits, many bits, all alike, another input's, the old one.
static void draw(uint32_t* word, int bits) {{
    int words = (bits + 31) / 32, kind = random64() % 10;
    if (kind == 9) return;
    if (kind == 8) {{
        int other = random64() % inputs;
        if (widths[other] == bits) memcpy(word, held[other], 4 * words);
        return;
    }}
    int length = kind == 3 || kind == 4 ? 1 + random64() % bits : bits;
    for (int i = 0; i < words; i++) {{
        uint32_t value = random64();
        if (kind == 5) value &= random64() & random64() & random64();
        if (kind == 6) value |= random64() | random64() | random64();
        if (kind == 7) value = 0;
        if (32 * i + 32 > length) value &= 32 * i >= length ? 0 : 0xffffffffu >> (32 * i + 32 - length);
        word[i] = value;
    }}
    if (kind == 4 || (kind == 7 && random64() % 2)) {{
        for (int i = 0; i < words; i++) word[i] = ~word[i];
        if (bits % 32) word[words - 1] &= 0xffffffffu >> (32 - bits % 32);
    }}
}}
int main(int argc, char** argv) {{
    unsigned long cycles = strtoul(argv[1], nullptr, 10);
    state = strtoull(argv[2], nullptr, 10);
    {widths}
    Verilated::randReset(0);
    Vcompare top;
    top.{CLOCK} = 0;
    for (unsigned long cycle = 0; cycle < cycles; cycle++) {{
{drive}        top.eval();
        for (int i = 0; i < {outputs}; i++)
            if ({differs}) {{
                printf("cycle %lu: output %s of the netlist differs\n", cycle, names[i]);
                return 1;
            }}
        top.{CLOCK} = 1;
        top.eval();
        top.{CLOCK} = 0;
    }}
    return 0;
}}
"#,
        names = names.join(", "),
        inputs = block.inputs().count(),
        outputs = names.len(),
        widths =
            block.inputs().enumerate().map(|(i, port)| format!("widths[{i}] = {};", port.bits)).collect::<String>(),
    )
}

/// Compares a block with its netlist.
pub fn check(block: &Block, cycles: u64, seed: u64) -> anyhow::Result<()> {
    let work = folder(&format!("synth/work/{}-netlist", block.name))?;
    for (name, text) in [("block.v", &block.verilog), ("compare.v", &compare(block)), ("main.cpp", &driver(block))] {
        std::fs::write(work.join(name), text)?;
    }
    let yosys = |script: &str| tools::run(tools::command(tools::YOSYS).args(["-q", "-p", script]).current_dir(&work));
    yosys(SYNTHESIS).with_context(|| format!("{}: synthesis", block.name))?;
    let bare = std::fs::read_to_string(work.join("bare.txt"))?;
    if bare.contains('/') {
        bail!("{}: its netlist holds memory or DSP cells, of which Yosys has no model", block.name);
    }
    yosys(MODELS).with_context(|| format!("{}: models of its cells", block.name))?;
    let mut command = tools::command(tools::VERILATOR);
    command.args(["--cc", "--exe", "--build", "-O3", "-Wno-fatal", "-Wno-lint", "--top-module", "compare"]);
    command.args(["--Mdir", "verilated", "compare.v", "block.v", "netlist.v", "main.cpp"]);
    tools::run(command.current_dir(&work)).with_context(|| format!("{}: Verilator", block.name))?;
    let mut replay = Command::new(work.join("verilated/Vcompare"));
    tools::run(replay.args([cycles.to_string(), seed.to_string()])).with_context(|| {
        format!("{0}: replay: cargo xtask synth --netlist {0} --cycles {cycles} --seed {seed}", block.name)
    })?;
    println!("{}: netlist and Verilog agree in {cycles} cycles, seed {seed}", block.name);
    Ok(())
}
