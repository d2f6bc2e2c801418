//! Boards with PCI Express: writes a project for the vendor's tools, and checks of it what can be checked without them.
//!
//! The sources stand in `hdl/board`: what every board shares as plain Verilog, and a folder for each board with its top module, constraints and
//! scripts. Generated are the card, its boot memory and what depends on the configuration.

mod area;
mod check;
mod project;

use crate::card::parts::Parts;
use crate::synth::blocks::{folder, hash};
use crate::{root, tools};
use anyhow::{Context, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Boards that there are projects for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Board {
    AwsF2,
    AlveoU50,
}

impl Board {
    const ALL: [Self; 2] = [Self::AwsF2, Self::AlveoU50];

    /// Its folder in `hdl/board` and `target/board`.
    fn name(self) -> &'static str {
        match self {
            Self::AwsF2 => "aws-f2",
            Self::AlveoU50 => "alveo-u50",
        }
    }

    fn part(self) -> &'static str {
        match self {
            Self::AwsF2 => "xcvu47p-fsvh2892-2-e",
            Self::AlveoU50 => "xcu50-fsvh2104-2-e",
        }
    }

    /// Bytes of card memory: one DIMM of 64 GiB; one stack of HBM.
    fn memory_bytes(self) -> u64 {
        match self {
            Self::AwsF2 => 64 << 30,
            Self::AlveoU50 => 4 << 30,
        }
    }
}

#[derive(clap::Args)]
pub struct Args {
    /// Which; with --check all of them if none is named.
    #[arg(required_unless_present_any = ["check", "area"])]
    board: Vec<Board>,
    /// Lanes; those of the configuration if not given.
    #[arg(long)]
    lanes: Option<u32>,
    /// Configuration of the card: small or large.
    #[arg(long, default_value = "large")]
    config: String,
    /// Clock of the card in MHz that the project asks for. No board has shown which one it reaches.
    #[arg(long, default_value_t = 100)]
    clock_mhz: u32,
    /// Folder for the project of one board; target/board/NAME if not given.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Lints what the project consists of; the vendor's modules are replaced by empty ones.
    #[arg(long)]
    check: bool,
    /// Prints instead how many cells of UltraScale+ the card takes with up to so many lanes, by Yosys, unplaced. Takes long.
    #[arg(long, conflicts_with_all = ["check", "out"])]
    area: bool,
}

/// What a project is made for.
struct Request {
    config: String,
    clock_mhz: u32,
    /// Of the sources, if nothing in them has changed since.
    git_hash: Option<String>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let boards = if args.board.is_empty() { Board::ALL.to_vec() } else { args.board.clone() };
    ensure!(args.out.is_none() || boards.len() == 1, "--out is the folder of one board");
    if args.check && !tools::available(&[tools::VERILATOR], "the check of boards")? {
        return Ok(());
    }
    let request = Request { config: args.config.clone(), clock_mhz: args.clock_mhz, git_hash: git_hash() };
    let parts = parts(args, &request)?;
    if args.area {
        return area::print(&parts, &args.config);
    }
    for board in boards {
        ensure!(
            parts.memory_bytes <= board.memory_bytes(),
            "{}: the card uses {} bytes of card memory, the board has {}; choose fewer lanes or another configuration",
            board.name(),
            parts.memory_bytes,
            board.memory_bytes()
        );
        let place = match &args.out {
            Some(place) => place.clone(),
            None => folder("board")?.join(board.name()),
        };
        project::write_project(board, &request, &parts, &place).with_context(|| place.display().to_string())?;
        println!("{}: {} lanes, {}, in {}", board.name(), parts.lanes, request.config, place.display());
        if args.check {
            check::lint(board, &place)?;
        }
    }
    Ok(())
}

/// The configuration of that name.
fn config(args: &Args) -> anyhow::Result<gaslane_hdl::CardConfig> {
    gaslane_hdl::CardConfig::named(&args.config)
        .with_context(|| format!("there is no configuration {}: small, large", args.config))
}

/// The card's parts, in target/board/parts.
fn parts(args: &Args, request: &Request) -> anyhow::Result<Parts> {
    let lanes = args.lanes.unwrap_or(config(args)?.lanes);
    let place = folder("board/parts")?;
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--package", "gaslane-sim", "--example", "card_parts", "--"]).arg(&place);
    command.args([&args.config, &lanes.to_string(), &(1000 * args.clock_mhz).to_string()]).args(&request.git_hash);
    tools::run(command.current_dir(root()))?;
    Parts::read(&place)
}

/// Hash of the commit, if the checkout is that commit.
fn git_hash() -> Option<String> {
    let git = |arguments: &[&str]| -> Option<String> {
        let output = Command::new("git").args(arguments).current_dir(root()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    (git(&["status", "--porcelain"])?.is_empty()).then(|| git(&["rev-parse", "HEAD"])).flatten()
}

/// A source in `hdl/board`.
fn source(name: &str) -> anyhow::Result<String> {
    let path = root().join("hdl/board").join(name);
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// Writes a file and the folders that it stands in.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    std::fs::write(path, text).with_context(|| path.display().to_string())
}
