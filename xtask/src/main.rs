//! Project automation: `cargo xtask <command>`.

mod board;
mod card;
mod cocotb;
mod conformance;
mod formal;
mod generate;
mod manager;
mod mutants;
mod node;
mod soak;
mod synth;
mod tools;
mod vm;

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};

#[derive(Parser)]
#[command(about = "Project automation of Gaslane")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the tests.
    Test {
        /// Those that take minutes instead: every block at hand on the whole card, at `GASLANE_LANES` lanes (2).
        #[arg(long)]
        long: bool,
    },
    /// Writes the pages in docs/ that are generated from the contract.
    Gen {
        /// Writes nothing; fails if a page differs from what would be written.
        #[arg(long)]
        check: bool,
    },
    /// Builds the firmware of the card's management processor into hdl/manager.
    Manager {
        /// Writes nothing; fails if the files are not what the sources give (with the compiler that made them).
        #[arg(long)]
        check: bool,
    },
    /// Applies the deliberate faults of xtask/mutants.toml one by one and notes in xtask/mutants-caught.toml which tests
    /// catch them. Takes long, and changes files meanwhile: run it on a clean checkout.
    Mutants {
        /// Only faults whose name contains this.
        filter: Option<String>,
        /// Leaves out those that xtask/mutants-caught.toml says were caught.
        #[arg(long)]
        rest: bool,
    },
    /// Random worlds on the model card against revm on all cores, then the fuzz targets. Stops at the first divergence.
    Soak(soak::Soak),
    /// Synthesises the hardware blocks, writes docs/area-and-timing.md.
    Synth(synth::Synth),
    /// Proves the properties of hdl/formal.
    Formal(formal::Formal),
    /// Drives the whole card's Verilog with AXI models that are not ours: cocotb and cocotbext-axi, tests in hdl/cocotb.
    Cocotb(cocotb::Cocotb),
    /// Tests the driver on the kernel's VFIO: in a virtual machine with an IOMMU, on a simulated card. Fetches QEMU and a kernel.
    VmTest(vm::VmTest),
    /// Compiles the contracts of the made workloads with the pinned Solidity compiler.
    Contracts {
        /// Writes nothing; fails if the committed bytecode is not what the sources give.
        #[arg(long)]
        check: bool,
    },
    /// Opens pages of `gaslane report` in a browser without a window and checks what they show and how.
    Report,
    /// Writes the project of a PCI Express board: Verilog, constraints, vendor scripts. Not yet run on hardware.
    Board(board::Args),
}

/// Folder of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Those that take minutes are ignored otherwise.
fn test(long: bool) -> anyhow::Result<()> {
    let blocks = ["--release", "--test", "rtl_blocks", "--", "--ignored", "--nocapture"];
    let more: &[&str] = if long { &blocks } else { &[] };
    let mut cargo = std::process::Command::new("cargo");
    let status = cargo.args(["test", "--workspace", "--locked"]).args(more).current_dir(root()).status()?;
    anyhow::ensure!(status.success(), "tests fail");
    Ok(())
}

fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Command::Test { long } => test(long),
        Command::Gen { check } => generate::run(check),
        Command::Contracts { check } => node::contracts(check),
        Command::Report => node::report(),
        Command::Manager { check } => manager::run(check),
        Command::Mutants { filter, rest } => mutants::run(filter.as_deref(), rest),
        Command::Soak(args) => soak::run(&args),
        Command::Synth(args) => synth::run(&args),
        Command::Formal(args) => formal::run(&args),
        Command::Cocotb(args) => cocotb::run(&args),
        Command::VmTest(args) => vm::run(&args),
        Command::Board(args) => board::run(&args),
    }
}
