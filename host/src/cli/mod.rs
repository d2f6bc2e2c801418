//! Commands, their arguments and exit codes.

mod asm;
mod bench;
mod blocktest;
mod config;
mod device;
#[cfg(target_os = "linux")]
mod doctor;
mod fixtures;
mod inputs;
#[cfg(target_os = "linux")]
mod pci;
mod run;
mod statetest;
mod timeline;
mod trace;
mod workload;

use clap::{Parser, Subcommand};
use std::io::{self, Write};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Executes Ethereum blocks on an FPGA card, or on a simulated one.
///
/// Exit code 0: all is well; 1: a block is invalid, differs from its header or from sequential execution, or a card fails; 2: wrong
/// usage or input. GASLANE_LOG sets the log filter, as in GASLANE_LOG=gaslane=debug.
#[derive(Parser)]
#[command(name = "gaslane", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Arguments),
    Asm(asm::Arguments),
    Statetest(statetest::Arguments),
    Blocktest(blocktest::Arguments),
    Trace(trace::Arguments),
    Workload(workload::Arguments),
    Bench(bench::Arguments),
    Report(bench::ReportArguments),
    #[cfg(target_os = "linux")]
    Device(pci::Arguments),
    #[cfg(target_os = "linux")]
    Doctor(pci::DoctorArguments),
}

/// How a command failed. What went wrong is printed by then, or is in the error.
enum Failure {
    /// Exit code 1.
    Block(Option<anyhow::Error>),
    /// Exit code 2.
    Usage(anyhow::Error),
    /// Whoever read our output has gone: nothing to say and nobody to say it to.
    Pipe,
}

impl From<io::Error> for Failure {
    /// Of writing to standard output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Pipe,
            _ => Self::Usage(anyhow::Error::new(error).context("cannot write to standard output")),
        }
    }
}

/// Runs the command line.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::builder().with_env_var("GASLANE_LOG").from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let result = match cli.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Asm(arguments) => asm::run(&arguments),
        Command::Statetest(arguments) => statetest::run(&arguments),
        Command::Blocktest(arguments) => blocktest::run(&arguments),
        Command::Trace(arguments) => trace::run(&arguments),
        Command::Workload(arguments) => workload::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Report(arguments) => bench::report(&arguments),
        #[cfg(target_os = "linux")]
        Command::Device(arguments) => pci::run(&arguments),
        #[cfg(target_os = "linux")]
        Command::Doctor(arguments) => pci::doctor(&arguments),
    };
    match result {
        Ok(()) | Err(Failure::Pipe) => ExitCode::SUCCESS,
        Err(Failure::Block(error)) => {
            error.iter().for_each(print_error);
            ExitCode::from(1)
        }
        Err(Failure::Usage(error)) => {
            print_error(&error);
            ExitCode::from(2)
        }
    }
}

/// Prints an error and its causes on one line.
fn print_error(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "error: {error:#}");
}
