//! `gaslane statetest`.

use super::{Failure, fixtures};
use clap::Args;
use gaslane::statetest::parse;

/// Run state tests of the execution specifications through the card.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    common: fixtures::Arguments,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    fixtures::run(&arguments.common, "state", parse)
}
