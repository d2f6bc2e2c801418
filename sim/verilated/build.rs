//! Generates the Verilog of the lane, has Verilator translate it, and compiles the result.
//!
//! Without Verilator, or with `GASLANE_NO_VERILATOR` set, the crate has no engine and says so; with
//! `GASLANE_REQUIRE_TOOLS=1` its absence is an error.

use gaslane_hdl::CardConfig;
use gaslane_hdl::blocks::verilog;
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
    let sizes = [
        ("small", verilog(SmallLane::new(&layout(&CardConfig::small())))),
        ("large", verilog(LargeLane::new(&layout(&CardConfig::large())))),
    ];
    let mut build = cc::Build::new();
    build.cpp(true).std("c++17").opt_level(2).warnings(false).debug(false);
    build.include(root.join("include")).include(root.join("include/vltstd"));
    for define in ["VM_COVERAGE", "VM_SC", "VM_TRACE"] {
        build.define(define, "0");
    }
    for (size, text) in sizes {
        let folder = out.join(size);
        translate(&folder, size, &text);
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
    build.compile("gaslane_verilated");
    println!("cargo::rustc-link-lib=pthread");
    println!("cargo::rustc-cfg=verilated");
}

/// Where Verilator keeps its runtime.
fn verilator_root() -> Option<PathBuf> {
    let output = Command::new("verilator").args(["--getenv", "VERILATOR_ROOT"]).output().ok()?;
    output.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// Verilator's C++ of a lane and the glue around it.
fn translate(folder: &Path, size: &str, verilog: &str) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).expect("OUT_DIR is writable");
    let source = folder.join("lane.v");
    // A cycle at either edge: one evaluation simulates it, instead of two.
    fs::write(&source, verilog.replace("posedge", "edge")).expect("OUT_DIR is writable");
    let status = Command::new("verilator")
        .args(["--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert", "-Wno-fatal", "-Wno-lint"])
        .args(["--top-module", "top", "--prefix", &format!("lane_{size}"), "--Mdir"])
        .arg(folder)
        .arg(&source)
        .status()
        .expect("verilator ran a moment ago");
    assert!(status.success(), "verilator refuses the Verilog of the {size} lane");
    fs::write(folder.join("glue.cpp"), glue(size)).expect("OUT_DIR is writable");
}

/// C++ that mirrors the port structs.
fn glue(size: &str) -> String {
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
        "word" => format!("    std::memcpy(&lane.{name}, in.{name}, 32);\n"),
        "address" => format!("    std::memcpy(&lane.{name}, in.{name}, 20);\n"),
        _ => format!("    lane.{name} = in.{name};\n"),
    };
    let get = |(name, kind): &(&str, &str)| match *kind {
        "word" => format!("    std::memcpy(out.{name}, &lane.{name}, 32);\n"),
        "address" => format!("    out.{name}[2] = 0; std::memcpy(out.{name}, &lane.{name}, 20);\n"),
        _ => format!("    out.{name} = lane.{name};\n"),
    };
    format!(
        r#"#include "lane_{size}.h"
#include "verilated.h"
#include <cstdint>
#include <cstring>
namespace {{
struct Inputs {{
{inputs}}};
struct Outputs {{
{outputs}}};
struct Instance {{
    VerilatedContext context;
    lane_{size} lane;
    Instance() : lane(&context) {{}}
}};
}}
extern "C" void* gaslane_{size}_new() {{ return new Instance; }}
extern "C" void gaslane_{size}_free(void* instance) {{ delete static_cast<Instance*>(instance); }}
extern "C" size_t gaslane_{size}_bytes(int outputs) {{ return outputs ? sizeof(Outputs) : sizeof(Inputs); }}
extern "C" void gaslane_{size}_tick(void* instance, const void* inputs, void* outputs) {{
    lane_{size}& lane = static_cast<Instance*>(instance)->lane;
    const Inputs& in = *static_cast<const Inputs*>(inputs);
    Outputs& out = *static_cast<Outputs*>(outputs);
{sets}    // Outputs do not depend on inputs of their own cycle: they are those since the last edge.
{gets}    lane.clock = !lane.clock;
    lane.eval();
}}
"#,
        inputs = declare(INPUTS),
        outputs = declare(OUTPUTS),
        sets = INPUTS.iter().map(set).collect::<String>(),
        gets = OUTPUTS.iter().map(get).collect::<String>(),
    )
}
