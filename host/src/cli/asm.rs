//! `gaslane asm`.

use super::{Failure, run::print};
use alloy_primitives::{Address, Bytes, hex};
use anyhow::{Context, anyhow, bail};
use clap::Args;
use gaslane::block::card_fork;
use gaslane::source::{bundle, schedule::Rules};
use gaslane_abi::Fork;
use gaslane_translate::{Options, listing};
use revm::DatabaseRef;
use std::path::PathBuf;

/// Print the lane program that the translator makes of a contract.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Bytecode as hex, or with --bundle the address of a contract in it.
    code: String,
    /// Block bundle that holds the contract.
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Rules to translate for [default: those of the bundle, or Cancun].
    #[arg(long, value_name = "NAME")]
    fork: Option<String>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (code, fork) = code(arguments).map_err(Failure::Usage)?;
    let mut text = listing(&code, fork, &Options::default()).to_string();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(print(&text)?)
}

fn code(arguments: &Arguments) -> anyhow::Result<(Bytes, Fork)> {
    let (code, fork) = match &arguments.bundle {
        None => {
            let code = hex::decode(&arguments.code).map_err(|e| anyhow!("bytecode is not hex: {e}"))?;
            (Bytes::from(code), Fork::Cancun)
        }
        Some(path) => {
            let address: Address =
                arguments.code.parse().map_err(|e| anyhow!("{} is not an address: {e}", arguments.code))?;
            let (block, state) = bundle::read(path)?;
            let info = state.basic_ref(address)?;
            let code = info.and_then(|info| info.code).filter(|code| !code.is_empty());
            let code = code.with_context(|| format!("{}: no code at {address}", path.display()))?;
            (code.original_bytes(), block.fork())
        }
    };
    let fork = match &arguments.fork {
        None => fork,
        Some(name) => card_fork(Rules::named(name).with_context(|| format!("--fork: unknown fork {name:?}"))?.spec),
    };
    if !fork.on_card() {
        bail!("lanes execute Berlin and later; choose with --fork");
    }
    Ok((code, fork))
}
