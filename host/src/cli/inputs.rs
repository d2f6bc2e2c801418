//! Which blocks a run executes.

use anyhow::{Context, bail};
use clap::Args;
use gaslane::block::BlockInput;
use gaslane::source::{MemoryState, bundle, samples::SAMPLES, t8n};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(crate) struct InputArguments {
    /// Block bundles (JSON, plain or gzip-compressed), or directories with alloc.json, env.json and txs.json (or
    /// txs.rlp) of geth's t8n. Without any, the sample blocks that come with the program.
    #[arg(value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,
    /// Pre-state of a t8n input.
    #[arg(long, value_name = "FILE", requires = "t8n_env", requires = "t8n_txs")]
    t8n_alloc: Option<PathBuf>,
    /// Block values of a t8n input.
    #[arg(long, value_name = "FILE", requires = "t8n_alloc")]
    t8n_env: Option<PathBuf>,
    /// Transactions of a t8n input, as JSON or RLP.
    #[arg(long, value_name = "FILE", requires = "t8n_alloc")]
    t8n_txs: Option<PathBuf>,
    /// Rules of the t8n inputs, as in Cancun.
    #[arg(long, value_name = "NAME")]
    fork: Option<String>,
    /// EIP-155 chain id of the t8n inputs [default: 1].
    #[arg(long, value_name = "ID")]
    chain_id: Option<u64>,
}

/// One block to execute.
#[derive(Debug)]
pub(crate) enum Input {
    Sample(&'static str, &'static [u8]),
    Bundle(PathBuf),
    T8n { name: String, files: t8n::Files, fork: String, chain_id: u64 },
}

impl InputArguments {
    /// Whether any blocks are given.
    pub(crate) fn any(&self) -> bool {
        !self.bundles.is_empty() || self.t8n_alloc.is_some()
    }

    /// The blocks to execute, in order.
    pub(crate) fn inputs(&self) -> anyhow::Result<Vec<Input>> {
        let mut inputs = Vec::new();
        let t8n = |name: String, files| {
            let fork = self.fork.clone().with_context(|| format!("{name}: a t8n input needs --fork"))?;
            anyhow::Ok(Input::T8n { name, files, fork, chain_id: self.chain_id.unwrap_or(1) })
        };
        for path in &self.bundles {
            inputs.push(match path.is_dir() {
                true => t8n(path.display().to_string(), t8n::Files::in_directory(path))?,
                false => Input::Bundle(path.clone()),
            });
        }
        if let (Some(alloc), Some(env), Some(txs)) = (&self.t8n_alloc, &self.t8n_env, &self.t8n_txs) {
            let files = t8n::Files { alloc: alloc.clone(), env: env.clone(), txs: txs.clone() };
            inputs.push(t8n(env.display().to_string(), files)?);
        }
        let any_t8n = inputs.iter().any(|input| matches!(input, Input::T8n { .. }));
        if !any_t8n && (self.fork.is_some() || self.chain_id.is_some()) {
            bail!(
                "--fork and --chain-id are for t8n inputs; a bundle names its rules in the keys `fork` and `chain_id`"
            );
        }
        if inputs.is_empty() {
            inputs.extend(SAMPLES.iter().map(|(name, bytes)| Input::Sample(name, bytes)));
        }
        Ok(inputs)
    }
}

impl Input {
    /// Name for reports.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Sample(name, _) => (*name).to_owned(),
            Self::Bundle(path) => path.display().to_string(),
            Self::T8n { name, .. } => name.clone(),
        }
    }

    /// Reads block and state.
    pub(crate) fn load(&self) -> anyhow::Result<(BlockInput, MemoryState)> {
        Ok(match self {
            Self::Sample(name, bytes) => bundle::parse(name, bytes)?,
            Self::Bundle(path) => bundle::read(path)?,
            Self::T8n { files, fork, chain_id, .. } => t8n::read(files, fork, *chain_id)?,
        })
    }
}
