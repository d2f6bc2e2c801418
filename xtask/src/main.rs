//! Project automation: `cargo xtask <command>`.

mod generate;

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
}

fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Command::Gen { check } => generate::run(check),
    }
}
