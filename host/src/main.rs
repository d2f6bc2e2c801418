//! Command line of Gaslane.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
