//! Project automation: `cargo xtask <command>`.

mod generate;
mod mutants;
mod soak;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Project automation of Gaslane")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the pages in docs/ that are generated from the contract.
    Gen {
        /// Writes nothing; fails if a page differs from what would be written.
        #[arg(long)]
        check: bool,
    },
    /// Applies the deliberate faults of xtask/mutants.toml one by one and prints which tests catch them. Takes long, and
    /// changes files meanwhile: run it on a clean checkout.
    Mutants {
        /// Only faults whose name contains this.
        filter: Option<String>,
    },
    /// Random worlds on the model card against revm on all cores, then the fuzz targets. Stops at the first divergence.
    Soak(soak::Soak),
}

fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Command::Gen { check } => generate::run(check),
        Command::Mutants { filter } => mutants::run(filter.as_deref()),
        Command::Soak(args) => soak::run(&args),
    }
}
