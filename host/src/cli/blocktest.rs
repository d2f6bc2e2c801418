//! `gaslane blocktest`.

use super::{Failure, fixtures};
use clap::Args;
use gaslane::blocktest::parse;

/// Run blockchain tests of the execution specifications through the card.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    common: fixtures::Arguments,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    fixtures::run(&arguments.common, "blockchain", parse)
}
