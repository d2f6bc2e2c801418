//! `gaslane workload`.

use super::Failure;
use anyhow::{Context, anyhow};
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use gaslane::bench::Subject;
use gaslane::bench::result::RunKind;
use gaslane::source::bundle;
use gaslane_workload::{Kind, Options, Workload, generate};
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

/// How blocks are made.
#[derive(Args, Clone, Debug)]
pub(crate) struct WorkloadArguments {
    /// Transactions of a made block.
    #[arg(long, value_name = "N", default_value_t = 256)]
    txs: usize,
    /// Share of them that touch the one hot object, 0 to 1, instead of the workload's own.
    #[arg(long, value_name = "SHARE")]
    conflict: Option<f64>,
    /// Seed: the same one makes the same block.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl WorkloadArguments {
    fn options(&self, kind: Kind) -> Options {
        Options { txs: self.txs, conflict: self.conflict.unwrap_or(kind.default_conflict()), seed: self.seed }
    }
}

/// Make a block of a kind for which parallel execution is meant, with its state, as a bundle.
///
/// Contracts are our own; their sources are in host/workload/contracts. Run it with `gaslane run`, measure it with `gaslane bench`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// What its transactions do.
    #[arg(value_name = "NAME", long_help = kinds())]
    kind: Kind,
    #[command(flatten)]
    made: WorkloadArguments,
    /// The bundle; compressed if its name ends in .gz. Standard output if absent.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The workloads and what they are, for the help.
fn kinds() -> String {
    let line = |kind: &Kind| format!("  {:<16}{}", kind.to_string(), kind.about());
    let lines: Vec<String> = Kind::ALL.iter().map(line).collect();
    format!("What its transactions do:\n{}", lines.join("\n"))
}

fn make(kind: Kind, arguments: &WorkloadArguments) -> anyhow::Result<Workload> {
    generate(kind, &arguments.options(kind)).with_context(|| format!("workload {kind}"))
}

/// A workload to be measured.
pub(crate) fn subject(kind: Kind, arguments: &WorkloadArguments) -> anyhow::Result<Subject> {
    let workload = make(kind, arguments)?;
    let text = serde_json::to_vec(&workload.bundle())?;
    let (block, state) = bundle::parse(&kind.to_string(), &text)?;
    Ok(Subject {
        name: kind.to_string(),
        kind: RunKind::Workload,
        block,
        state,
        labels: workload.labels.clone(),
        conflict: Some(arguments.options(kind).conflict),
        seed: Some(arguments.seed),
    })
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let workload = make(arguments.kind, &arguments.made).map_err(Failure::Usage)?;
    let text = serde_json::to_vec(&workload.bundle()).map_err(|error| Failure::Usage(anyhow!(error)))?;
    match &arguments.output {
        None => {
            let mut out = io::stdout().lock();
            out.write_all(&text)?;
            out.write_all(b"\n")?;
            out.flush()?;
        }
        Some(path) => {
            let write = || -> io::Result<()> {
                if path.extension().is_none_or(|extension| extension != "gz") {
                    return fs::write(path, &text);
                }
                let mut file = GzEncoder::new(fs::File::create(path)?, Compression::best());
                file.write_all(&text)?;
                file.finish()?.sync_all()
            };
            write().with_context(|| format!("cannot write {}", path.display())).map_err(Failure::Usage)?;
            eprintln!("{}: {} transactions", path.display(), workload.labels.len());
        }
    }
    Ok(())
}
