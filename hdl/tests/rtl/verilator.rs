//! Verilator: builds a block's Verilog into a program that replays a trace, and lints it.

use std::{
    fmt::Write as _,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::harness::Port;

const CURE: &str = "install it (on Debian or Ubuntu: apt-get install verilator g++)";

/// Include directory of Verilator. Without Verilator `None`: the test says so and skips the cross-check, or fails where tools are required.
pub fn root() -> Option<&'static Path> {
    static ROOT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = ROOT.get_or_init(|| {
        let output = Command::new("verilator").args(["--getenv", "VERILATOR_ROOT"]).output().ok()?;
        output.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    });
    if found.is_none() {
        let required = |name: &str, value: &str| std::env::var(name).is_ok_and(|v| v == value);
        assert!(
            !required("CI", "true") && !required("GASLANE_REQUIRE_TOOLS", "1"),
            "verilator is missing and tools are required: {CURE}"
        );
        eprintln!("SKIPPED: the cross-check needs verilator, which is missing: {CURE}");
    }
    found.as_deref()
}

/// Runs a command; its output is part of the failure.
fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}: {CURE}"));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed:\n{text}{}", String::from_utf8_lossy(&output.stdout));
}

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verilator").join(name);
    fs::create_dir_all(&path).unwrap();
    path
}

fn compiler(root: &Path) -> Command {
    let mut command = Command::new("g++");
    command.args(["-std=c++17", "-O1", "-w", "-DVM_COVERAGE=0", "-DVM_SC=0", "-DVM_TRACE=0", "-I"]);
    command.arg(root.join("include")).arg("-I").arg(root.join("include/vltstd"));
    command
}

/// Verilator's runtime, compiled once.
fn runtime(root: &Path) -> &'static [PathBuf] {
    static OBJECTS: OnceLock<Vec<PathBuf>> = OnceLock::new();
    OBJECTS.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        fs::read_to_string(root.join("include/verilated_config.h")).unwrap_or_default().hash(&mut hasher);
        let folder = folder(&format!("runtime-{:016x}", hasher.finish()));
        let sources = ["verilated.cpp", "verilated_threads.cpp"].map(|name| root.join("include").join(name));
        let compile = |source: &PathBuf| {
            let object = folder.join(source.file_name().unwrap()).with_extension("o");
            if !object.exists() {
                let partial = object.with_extension(format!("{}.o", std::process::id()));
                run(compiler(root).arg("-c").arg(source).arg("-o").arg(&partial));
                fs::rename(partial, &object).unwrap();
            }
            object
        };
        sources.iter().filter(|source| source.exists()).map(compile).collect()
    })
}

/// C++ that replays a trace from its standard input and stops at the first output that differs.
fn driver(inputs: &[Port], outputs: &[Port], clocked: bool) -> String {
    let words = |port: &Port| port.bits.div_ceil(32);
    let total: usize = inputs.iter().chain(outputs).map(words).sum();
    let mut position = 0;
    let (mut set, mut compare) = (String::new(), String::new());
    for port in inputs {
        let (name, count) = (&port.name, words(port));
        match count {
            1 => writeln!(set, "        top.{name} = w[{position}];"),
            2 => writeln!(set, "        top.{name} = w[{position}] | (uint64_t)w[{}] << 32;", position + 1),
            _ => writeln!(set, "        for (int i = 0; i < {count}; i++) top.{name}[i] = w[{position} + i];"),
        }
        .unwrap();
        position += count;
    }
    for port in outputs {
        let (name, count) = (&port.name, words(port));
        for i in 0..count {
            let value = match count {
                1 => format!("(uint32_t)top.{name}"),
                2 => format!("(uint32_t)(top.{name} >> {})", 32 * i),
                _ => format!("(uint32_t)top.{name}[{i}]"),
            };
            writeln!(compare, "            check(\"{name}\", {i}, {value}, w[{}]);", position + i).unwrap();
        }
        position += count;
    }
    let clock = if clocked { "top.clock = 1; top.eval(); top.clock = 0; top.eval();" } else { "" };
    format!(
        r#"#include "Vtop.h"
#include "verilated.h"
#include <cstdio>
#include <cstdlib>
static unsigned long cycle;
static void check(const char* port, int word, uint32_t found, uint32_t expected) {{
    if (found == expected) return;
    printf("cycle %lu, %s, bits from %d: Verilog %08x, RustHDL %08x\n", cycle, port, 32 * word, found, expected);
    exit(1);
}}
int main() {{
    VerilatedContext context;
    Vtop top(&context);
    uint32_t count, w[{total}];
    while (fread(&count, 4, 1, stdin) == 1) {{
        if (fread(w, 4, {total}, stdin) != {total}) {{ printf("the trace is truncated\n"); return 1; }}
{set}        for (; count; count--, cycle++) {{
            top.eval();
{compare}            {clock}
        }}
    }}
    printf("%lu cycles\n", cycle);
    return 0;
}}
"#
    )
}

/// The replay program of a block, built anew only if the block has changed.
pub fn build(name: &str, verilog: &str, inputs: &[Port], outputs: &[Port], clocked: bool) -> Option<PathBuf> {
    let root = root()?;
    let shim = driver(inputs, outputs, clocked);
    let mut hasher = DefaultHasher::new();
    (verilog, &shim, root).hash(&mut hasher);
    let program = folder("").join(format!("{name}-{:016x}", hasher.finish()));
    if program.exists() {
        return Some(program);
    }
    let work = folder(&format!("{name}-{:016x}.{}", hasher.finish(), std::process::id()));
    fs::write(work.join("top.v"), verilog).unwrap();
    fs::write(work.join("driver.cpp"), shim).unwrap();
    run(Command::new("verilator")
        .args(["--cc", "-O3", "-Wno-fatal", "-Wno-lint", "--top-module", "top", "--Mdir"])
        .arg(&work)
        .arg(work.join("top.v")));
    let sources = fs::read_dir(&work).unwrap().map(|entry| entry.unwrap().path());
    let sources = sources.filter(|path| path.extension().is_some_and(|e| e == "cpp"));
    let partial = work.join("replay");
    run(compiler(root).arg("-I").arg(&work).args(sources).args(runtime(root)).arg("-pthread").arg("-o").arg(&partial));
    fs::rename(partial, &program).unwrap();
    fs::remove_dir_all(work).unwrap();
    Some(program)
}

/// Warnings that generated Verilog may give, a line each: its name and why. `cargo xtask synth` reads them too.
const WAIVED: &str = include_str!("lint-waivers.txt");

/// Fails if `verilator --lint-only -Wall` objects to the Verilog.
pub fn lint(name: &str, verilog: &str) {
    if root().is_none() {
        return;
    }
    let path = folder(&format!("lint.{}", std::process::id())).join(format!("{name}.v"));
    fs::write(&path, verilog).unwrap();
    let waivers = WAIVED.lines().filter_map(|line| line.split_once(' ')).map(|(warning, _)| format!("-Wno-{warning}"));
    run(Command::new("verilator").args(["--lint-only", "-Wall", "--top-module", "top"]).args(waivers).arg(&path));
}
