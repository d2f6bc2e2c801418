//! Builds the firmware of the card's management processor: `hdl/manager` for riscv32i, as the two files that become its memories.

use crate::root;
use anyhow::{Context, ensure};
use object::{Object, ObjectSymbol, SymbolKind};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

const TARGET: &str = "riscv32i-unknown-none-elf";

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Functions of a program, by address. The names lose their hash.
fn functions(program: &Path) -> anyhow::Result<String> {
    let file = fs::read(program)?;
    let file = object::File::parse(&*file)?;
    let mut functions: Vec<_> = file
        .symbols()
        .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0)
        .map(|symbol| Ok((symbol.address(), format!("{:#}", rustc_demangle::demangle(symbol.name()?)))))
        .collect::<anyhow::Result<_>>()?;
    functions.sort();
    Ok(functions.iter().map(|(address, name)| format!("{address:x} {name}\n")).collect())
}

/// Builds, and writes the files; or compares them if the compiler is the one that made them.
pub fn run(check: bool) -> anyhow::Result<()> {
    let folder = root().join("hdl/manager");
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let version = output(Command::new("rustc").arg("--version"))?;
    let libraries = format!("{sysroot}/lib/rustlib");
    ensure!(fs::exists(format!("{libraries}/{TARGET}"))?, "the target is missing: rustup target add {TARGET}");
    let target = env::var("CARGO_TARGET_DIR").map_or_else(|_| root().join("target"), Into::into);
    let target = std::path::absolute(target)?;
    let status = Command::new("cargo")
        .args(["build", "--release", "--locked", "--quiet"])
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("RUSTFLAGS")
        .current_dir(folder.join("image"))
        .status()?;
    ensure!(status.success(), "the firmware does not build");
    let program = target.join(TARGET).join("release/gaslane-manager-image");
    let host = output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let recorded = fs::read_to_string(folder.join("rustc.txt")).unwrap_or_default();
    for (section, name) in [(".text", "program.bin"), (".data", "data.bin")] {
        let made = target.join(name);
        let mut copy = Command::new(format!("{libraries}/{host}/bin/rust-objcopy"));
        copy.env("LD_LIBRARY_PATH", format!("{sysroot}/lib"));
        output(copy.args(["-O", "binary", "-j", section]).arg(&program).arg(&made))?;
        let bytes = fs::read(&made)?;
        if !check {
            fs::write(folder.join(name), &bytes)?;
            println!("{name}: {} bytes", bytes.len());
        } else if recorded.trim() == version {
            ensure!(fs::read(folder.join(name))? == bytes, "{name} is not what hdl/manager gives: cargo xtask manager");
        }
    }
    let functions = functions(&program)?;
    if !check {
        fs::write(folder.join("functions.txt"), functions)?;
        fs::write(folder.join("rustc.txt"), version + "\n")?;
    } else if recorded.trim() != version {
        println!(
            "the firmware builds; it is not compared, as the files come from {}, and this is {version}",
            recorded.trim()
        );
    } else {
        let same = fs::read_to_string(folder.join("functions.txt"))? == functions;
        ensure!(same, "functions.txt is not what hdl/manager gives: cargo xtask manager");
    }
    Ok(())
}
