//! Generates the Verilog of the lane, its port, the core of the card and a board, has Verilator translate it, and compiles the result.
//!
//! Without Verilator, or with `GASLANE_NO_VERILATOR` set, the crate has no engine and says so; with
//! `GASLANE_REQUIRE_TOOLS=1` its absence is an error.

use gaslane_abi::regs::CardKind;
use gaslane_hdl::CardConfig;
use gaslane_hdl::blocks::verilog;
use gaslane_hdl::board::SmallBoard;
use gaslane_hdl::board::ecp5::SIMULATED_CYCLES_PER_BIT;
use gaslane_hdl::board::ports::{BOARD_INPUTS, BOARD_OUTPUTS};
use gaslane_hdl::bus::register_map::Identity;
use gaslane_hdl::card::ports::{CORE_INPUTS, CORE_OUTPUTS, LANE_PORT_INPUTS, LANE_PORT_OUTPUTS};
use gaslane_hdl::card::{LanePort, LargeCore, SmallCore, core_words};
use gaslane_hdl::lane::ports::{INPUTS, OUTPUTS};
use gaslane_hdl::lane::{LaneLayout, LargeLane, SmallLane};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo::rustc-check-cfg=cfg(verilated)");
    println!("cargo::rerun-if-changed=build.rs");
    for variable in ["GASLANE_NO_VERILATOR", "GASLANE_REQUIRE_TOOLS", "VERILATOR_ROOT", "PATH"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    if env::var_os("GASLANE_NO_VERILATOR").is_some() {
        return;
    }
    let Some(root) = verilator_root() else {
        let cure = "on Debian or Ubuntu: apt-get install verilator g++";
        assert!(
            env::var("GASLANE_REQUIRE_TOOLS").map_or(true, |value| value != "1"),
            "verilator is missing and tools are required; {cure}"
        );
        println!("cargo::warning=verilator is missing: there will be no engine `verilator`; {cure}");
        return;
    };
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    let layout = |config: &CardConfig| LaneLayout::new(config);
    let lane = |name, verilog| Model { name, verilog, inputs: INPUTS, outputs: OUTPUTS, kind: Kind::Lane };
    let core = |name, verilog| Model { name, verilog, inputs: CORE_INPUTS, outputs: CORE_OUTPUTS, kind: Kind::Settles };
    let (small, large) = (CardConfig::small(), CardConfig::large());
    let models = [
        lane("small", verilog(SmallLane::new(&layout(&small)))),
        lane("large", verilog(LargeLane::new(&layout(&large)))),
        core("core_small", verilog(SmallCore::new(&core_words(&small, &Identity::of(CardKind::Simulation))))),
        core("core_large", verilog(LargeCore::new(&core_words(&large, &Identity::of(CardKind::Simulation))))),
        Model {
            name: "port",
            verilog: verilog(LanePort::default()),
            inputs: LANE_PORT_INPUTS,
            outputs: LANE_PORT_OUTPUTS,
            kind: Kind::Settles,
        },
        Model {
            name: "board",
            verilog: verilog(SmallBoard::new(&small, SIMULATED_CYCLES_PER_BIT)),
            inputs: BOARD_INPUTS,
            outputs: BOARD_OUTPUTS,
            kind: Kind::Settles,
        },
    ];
    let mut build = cc::Build::new();
    build.cpp(true).std("c++17").opt_level(2).warnings(false).debug(false);
    build.include(root.join("include")).include(root.join("include/vltstd"));
    for define in ["VM_COVERAGE", "VM_SC", "VM_TRACE"] {
        build.define(define, "0");
    }
    for model in models {
        let folder = out.join(model.name);
        translate(&folder, &model);
        build.include(&folder);
        for entry in fs::read_dir(&folder).expect("the folder was just written") {
            let path = entry.expect("a folder entry").path();
            if path.extension().is_some_and(|extension| extension == "cpp") {
                build.file(path);
            }
        }
    }
    for runtime in ["verilated.cpp", "verilated_threads.cpp"].map(|name| root.join("include").join(name)) {
        if runtime.exists() {
            build.file(runtime);
        }
    }
    let shared = out.join("shared.cpp");
    fs::write(&shared, "thread_local bool gaslane_inputs_changed = true;\n").expect("OUT_DIR is writable");
    build.file(shared);
    build.compile("gaslane_verilated");
    println!("cargo::rustc-link-lib=pthread");
    println!("cargo::rustc-cfg=verilated");
}

/// Where Verilator keeps its runtime.
fn verilator_root() -> Option<PathBuf> {
    let output = Command::new("verilator").args(["--getenv", "VERILATOR_ROOT"]).output().ok()?;
    output.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// What a model's glue offers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `tick`: outputs do not depend on inputs of their own cycle.
    Lane,
    /// `settle` and `edge`.
    Settles,
}

/// A block to translate.
struct Model {
    name: &'static str,
    verilog: String,
    inputs: &'static [(&'static str, &'static str)],
    outputs: &'static [(&'static str, &'static str)],
    kind: Kind,
}

/// Verilator's C++ of a model and the glue around it.
fn translate(folder: &Path, model: &Model) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).expect("OUT_DIR is writable");
    let source = folder.join("top.v");
    // A cycle at either edge: one evaluation simulates it, instead of two.
    fs::write(&source, model.verilog.replace("posedge", "edge")).expect("OUT_DIR is writable");
    let status = Command::new("verilator")
        .args(["--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert", "-Wno-fatal", "-Wno-lint"])
        .args(["--top-module", "top", "--prefix", &format!("lane_{}", model.name), "--Mdir"])
        .arg(folder)
        .arg(&source)
        .status()
        .expect("verilator ran a moment ago");
    assert!(status.success(), "verilator refuses the Verilog of {}", model.name);
    skip_unchanged_inputs(folder);
    fs::write(folder.join("glue.cpp"), glue(model)).expect("OUT_DIR is writable");
}

/// Has what follows inputs evaluated only when they have changed: Verilator's C++ does it in every evaluation, which takes a third of the
/// time. With a version of Verilator whose C++ looks otherwise nothing changes but the speed.
fn skip_unchanged_inputs(folder: &Path) {
    for entry in fs::read_dir(folder).expect("the folder was just written") {
        let path = entry.expect("a folder entry").path();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let is_trigger = |line: &str| line.contains("__VicoTriggered") && line.contains('=');
        if path.extension().is_none_or(|extension| extension != "cpp") || !text.lines().any(is_trigger) {
            continue;
        }
        let mut changed = String::from("extern thread_local bool gaslane_inputs_changed;\n");
        for line in text.lines() {
            let first = [
                "(0U == vlSelf->__VicoIterCount)",
                "(IData)(vlSelf->__VicoFirstIteration)",
                "(IData)(vlSelfRef.__VicoFirstIteration)",
            ];
            let first = first.into_iter().find(|first| line.contains("__VicoTriggered") && line.contains(first));
            match first {
                Some(first) => changed += &line.replace(first, &format!("({first} & gaslane_inputs_changed)")),
                None => changed += line,
            }
            changed.push('\n');
        }
        fs::write(&path, changed).expect("OUT_DIR is writable");
    }
}

/// A lane that waits for others stands still: all that it consists of, memories included, is after two edges what it was before them (the clock is
/// up again after two), and inputs and outputs have not changed. What it does is a function of these alone, so it is not evaluated until an input
/// changes; then an edge is made up for if their number was odd. Comparing takes as long as some ten cycles, so it is tried seldom.
const REST: &str = r#"    static constexpr uint64_t first_try = 24;
    std::vector<char> before;
    Outputs out;
    bool rests = false, odd = false;
    uint64_t same = 0, next = first_try;
    /// Before an edge; `now` is what the lane drives.
    void look_for_rest(const Outputs& now, bool changed) {
        if (changed) {
            same = 0;
            next = first_try;
            return;
        }
        same += 1;
        const char* state = reinterpret_cast<const char*>(block.rootp);
        if (same == next) {
            before.assign(state, state + sizeof *block.rootp);
            std::memcpy(&out, &now, sizeof now);
        } else if (same == next + 1 && std::memcmp(&out, &now, sizeof now) != 0) {
            next = same + 4 * next;
        } else if (same == next + 2) {
            // From here on: this edge and those after it change nothing that two of them do not change back.
            rests = std::memcmp(&out, &now, sizeof now) == 0 && std::memcmp(state, before.data(), before.size()) == 0;
            odd = false;
            next = same + 4 * next;
            if (rests) { same = 0; next = first_try; }
        }
    }
"#;

/// C++ that mirrors the port structs.
fn glue(model: &Model) -> String {
    let declare = |ports: &[(&str, &str)]| {
        let mut text = String::new();
        for (name, kind) in ports {
            let line = match *kind {
                "word" => format!("uint64_t {name}[4];"),
                "address" => format!("uint64_t {name}[3];"),
                "half" => format!("uint64_t {name};"),
                "number" => format!("uint32_t {name};"),
                _ => format!("bool {name};"),
            };
            let _ = writeln!(text, "    {line}");
        }
        text
    };
    let set = |(name, kind): &(&str, &str)| match *kind {
        "word" => format!("    std::memcpy(&block.{name}, in.{name}, 32);\n"),
        "address" => format!("    std::memcpy(&block.{name}, in.{name}, 20);\n"),
        _ => format!("    block.{name} = in.{name};\n"),
    };
    let get = |(name, kind): &(&str, &str)| match *kind {
        "word" => format!("    std::memcpy(out.{name}, &block.{name}, 32);\n"),
        "address" => format!("    out.{name}[2] = 0; std::memcpy(out.{name}, &block.{name}, 20);\n"),
        _ => format!("    out.{name} = block.{name};\n"),
    };
    let name = model.name;
    let sets = model.inputs.iter().map(|port| set(port).replacen("    ", "        ", 1)).collect::<String>();
    let gets = model.outputs.iter().map(get).collect::<String>();
    let functions = match model.kind {
        Kind::Lane => format!(
            r#"extern "C" void gaslane_{name}_tick(void* instance, const void* inputs, void* outputs) {{
    Instance& self = *static_cast<Instance*>(instance);
    lane_{name}& block = self.block;
    const Inputs& in = *static_cast<const Inputs*>(inputs);
    Outputs& out = *static_cast<Outputs*>(outputs);
    if (self.rests) {{
        if (std::memcmp(&in, &self.last, sizeof in) == 0) {{
            self.odd = !self.odd;
            std::memcpy(&out, &self.out, sizeof out);
            return;
        }}
        self.rests = false;
        gaslane_inputs_changed = false;
        if (self.odd) self.edge();
    }}
    gaslane_inputs_changed = self.take(in);
    // Outputs do not depend on inputs of their own cycle: they are those since the last edge.
{gets}    self.look_for_rest(out, gaslane_inputs_changed);
    self.edge();
}}
"#
        ),
        Kind::Settles => format!(
            r#"extern "C" void gaslane_{name}_settle(void* instance, const void* inputs, void* outputs) {{
    lane_{name}& block = static_cast<Instance*>(instance)->block;
    Outputs& out = *static_cast<Outputs*>(outputs);
    gaslane_inputs_changed = static_cast<Instance*>(instance)->take(*static_cast<const Inputs*>(inputs));
    if (gaslane_inputs_changed) block.eval();
{gets}}}
extern "C" void gaslane_{name}_edge(void* instance, const void* inputs) {{
    lane_{name}& block = static_cast<Instance*>(instance)->block;
    gaslane_inputs_changed = static_cast<Instance*>(instance)->take(*static_cast<const Inputs*>(inputs));
    block.clock = !block.clock;
    block.eval();
}}
"#
        ),
    };
    format!(
        r#"#include "lane_{name}.h"
#include "lane_{name}___024root.h"
#include "verilated.h"
#include <cstdint>
#include <cstring>
#include <vector>
namespace {{
struct Inputs {{
{inputs}}};
struct Outputs {{
{outputs}}};
struct Instance {{
    VerilatedContext context;
    lane_{name} block;
    Inputs last;
    bool fresh = true;
    Instance() : block(&context) {{}}
    /// Takes inputs; whether they have changed.
    bool take(const Inputs& in) {{
        if (!fresh && std::memcmp(&in, &last, sizeof in) == 0) return false;
        fresh = false;
        std::memcpy(&last, &in, sizeof in);
{sets}        return true;
    }}
    void edge() {{
        block.clock = !block.clock;
        block.eval();
    }}
{rest}}};
}}
extern thread_local bool gaslane_inputs_changed;
extern "C" void* gaslane_{name}_new() {{ return new Instance; }}
extern "C" void gaslane_{name}_free(void* instance) {{ delete static_cast<Instance*>(instance); }}
extern "C" size_t gaslane_{name}_bytes(int outputs) {{ return outputs ? sizeof(Outputs) : sizeof(Inputs); }}
{functions}"#,
        inputs = declare(model.inputs),
        outputs = declare(model.outputs),
        rest = if model.kind == Kind::Lane { REST } else { "" },
    )
}
