//! The ECP5 netlist of a block against its Verilog: every output in every cycle, in Verilator, on random inputs; for the lane, on those of a
//! recorded session.
//!
//! Yosys maps the block to cells, then models take the place of these cells, its own and those of `cells.v`: what is simulated is the mapped
//! logic, not the source. This finds faults of mapping and optimisation, and Verilog that Yosys and Verilator read
//! differently.

use super::blocks::{Block, CLOCK, Port, folder};
use crate::{root, tools};
use anyhow::Context;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

const SYNTHESIS: &str = "read_verilog block.v; synth_ecp5 -noabc9 -top top; rename top netlist; setundef -zero; write_verilog -noattr mapped.v";
const MODELS: &str = "read_verilog mapped.v; read_verilog cells.v; read_verilog -ignore_redef +/lattice/cells_sim_ecp5.v; \
    hierarchy -check -top netlist; proc; flatten; clean; \
    write_verilog -noattr netlist.v";

/// Blocks that do nothing on random inputs, and the programs that record what they see.
const SESSIONS: [(&str, &str); 1] = [("lane_small", "lane_session")];

/// What a block saw while it worked.
struct Session {
    /// Its cycles: words of 32 bits, of each port one after the other.
    inputs: PathBuf,
    /// Ports and the words of each.
    ports: Vec<(String, usize)>,
    cycles: u64,
}

impl Session {
    /// Has a session recorded, if it is a block that needs one.
    fn record(block: &Block) -> anyhow::Result<Option<Self>> {
        let Some((_, program)) = SESSIONS.iter().find(|(name, _)| *name == block.name) else { return Ok(None) };
        let folder = folder(&format!("synth/work/{}-session", block.name))?;
        let mut command = Command::new(env!("CARGO"));
        command.args(["run", "--quiet", "--bin", program, "--"]);
        tools::run(command.arg(&folder).current_dir(root()))?;
        #[derive(serde::Deserialize)]
        struct Header {
            ports: Vec<(String, usize)>,
            cycles: u64,
        }
        let path = folder.join("inputs.json");
        let header = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let Header { ports, cycles } = serde_json::from_str(&header).with_context(|| path.display().to_string())?;
        Ok(Some(Self { inputs: folder.join("inputs.bin"), ports, cycles }))
    }

    /// Words of a cycle.
    fn words(&self) -> usize {
        self.ports.iter().map(|(_, words)| words).sum()
    }

    /// Where the words of a port begin.
    fn place(&self, port: &Port) -> anyhow::Result<usize> {
        let index = self.ports.iter().position(|(name, words)| *name == port.name && 32 * words >= port.bits);
        let index = index.with_context(|| format!("the session has no input {} of {} bits", port.name, port.bits))?;
        Ok(self.ports[..index].iter().map(|(_, words)| words).sum())
    }
}

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
fn driver(block: &Block, session: Option<&Session>) -> anyhow::Result<String> {
    let mut drive = String::new();
    if let Some(session) = session {
        let words = session.words();
        let _ = writeln!(drive, "        static uint32_t row[{words}];");
        let _ = writeln!(drive, "        if (fread(row, 4, {words}, session) != {words}) return 2;");
    }
    for (index, port) in block.inputs().enumerate() {
        let words = port.bits.div_ceil(32);
        let (name, bits) = (&port.name, port.bits);
        match session {
            Some(session) => {
                let place = session.place(port)?;
                let _ = writeln!(drive, "        memcpy(held[{index}], row + {place}, {});", 4 * words);
                if bits % 32 != 0 {
                    let mask = (1_u32 << (bits % 32)) - 1;
                    let _ = writeln!(drive, "        held[{index}][{}] &= {mask}u;", words - 1);
                }
            }
            None => {
                let _ = writeln!(drive, "        draw(held[{index}], {bits});");
            }
        }
        let _ = match words {
            1 => writeln!(drive, "        top.{name} = held[{index}][0];"),
            2 => writeln!(drive, "        top.{name} = held[{index}][0] | (uint64_t)held[{index}][1] << 32;"),
            _ => writeln!(drive, "        for (int i = 0; i < {words}; i++) top.{name}[i] = held[{index}][i];"),
        };
    }
    let names: Vec<_> = block.outputs().map(|port| format!("\"{}\"", port.name)).collect();
    let most = block.inputs().map(|port| port.bits.div_ceil(32)).max().unwrap_or(1);
    let differs = if names.len() > 64 { "top.differs[i / 32] >> (i % 32) & 1" } else { "top.differs >> i & 1" };
    Ok(format!(
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
    FILE* session = argc > 3 ? fopen(argv[3], "rb") : nullptr;
    if (argc > 3 && !session) return 2;
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
    ))
}

/// Compares a block with its netlist.
pub fn check(block: &Block, cycles: u64, seed: u64) -> anyhow::Result<()> {
    let work = folder(&format!("synth/work/{}-netlist", block.name))?;
    let session = Session::record(block).with_context(|| format!("{}: session", block.name))?;
    let driver = driver(block, session.as_ref()).with_context(|| block.name.clone())?;
    for (name, text) in [
        ("block.v", block.verilog.as_str()),
        ("cells.v", include_str!("cells.v")),
        ("compare.v", &compare(block)),
        ("main.cpp", &driver),
    ] {
        std::fs::write(work.join(name), text)?;
    }
    let yosys = |script: &str| tools::run(tools::command(tools::YOSYS).args(["-q", "-p", script]).current_dir(&work));
    yosys(SYNTHESIS).with_context(|| format!("{}: synthesis", block.name))?;
    yosys(MODELS).with_context(|| format!("{}: models of its cells", block.name))?;
    let mut command = tools::command(tools::VERILATOR);
    command.args(["--cc", "--exe", "--build", "-O3", "-Wno-fatal", "-Wno-lint", "--top-module", "compare"]);
    // Compiling takes longer than running.
    command.args(["-MAKEFLAGS", "OPT_FAST=-O0 OPT_SLOW=-O0"]);
    command.args(["--Mdir", "verilated", "compare.v", "block.v", "netlist.v", "main.cpp"]);
    tools::run(command.current_dir(&work)).with_context(|| format!("{}: Verilator", block.name))?;
    let mut replay = Command::new(work.join("verilated/Vcompare"));
    let Some(Session { inputs, cycles, .. }) = session else {
        tools::run(replay.args([cycles.to_string(), seed.to_string()])).with_context(|| {
            format!("{0}: replay: cargo xtask synth --netlist {0} --cycles {cycles} --seed {seed}", block.name)
        })?;
        println!("{}: netlist and Verilog agree in {cycles} cycles, seed {seed}", block.name);
        return Ok(());
    };
    let replay = replay.args([cycles.to_string(), seed.to_string()]).arg(inputs);
    tools::run(replay).with_context(|| format!("{0}: replay: cargo xtask synth --netlist {0}", block.name))?;
    println!("{}: netlist and Verilog agree in the {cycles} cycles of a recorded session", block.name);
    Ok(())
}
