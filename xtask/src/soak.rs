//! Soak: random worlds on all cores, then the fuzz targets.

use anyhow::{Context, bail};
use std::path::Path;
use std::process::Command;

/// Fuzz targets of `fuzz/`.
const TARGETS: [&str; 3] = ["bytecode", "block", "completions"];
/// Seconds that one input may take before the fuzzer calls it a hang.
const INPUT_SECONDS: u32 = 60;

#[derive(clap::Args)]
pub struct Soak {
    /// Transactions of random worlds; 0 for none.
    #[arg(long, default_value_t = 1_000_000)]
    transactions: u64,
    /// Minutes of each fuzz target; 0 for none. They need cargo-fuzz.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// Seed of the first world, and of the fuzzers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub fn run(args: &Soak) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if args.transactions > 0 {
        let mut command = Command::new(env!("CARGO"));
        command.args(["run", "--quiet", "--release", "--package", "gaslane-tests", "--bin", "soak", "--"]);
        command.args(["--transactions", &args.transactions.to_string(), "--seed", &args.seed.to_string()]);
        finish(command.current_dir(&root), "random worlds")?;
    }
    if args.minutes == 0 {
        return Ok(());
    }
    let found = Command::new(env!("CARGO")).args(["fuzz", "--version"]).output()?;
    if !found.status.success() {
        bail!("the fuzz targets need cargo-fuzz: `cargo install cargo-fuzz --locked`; `--minutes 0` leaves them out");
    }
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    for target in TARGETS {
        println!("fuzz target {target}: seed {}, {jobs} jobs, {} minutes", args.seed, args.minutes);
        let (grown, seeds) = (format!("fuzz/corpus/{target}"), format!("fuzz/seeds/{target}"));
        std::fs::create_dir_all(root.join(&grown)).with_context(|| grown.clone())?;
        let mut command = Command::new(env!("CARGO"));
        // libFuzzer's instrumentation is an unstable option of the compiler; its sanitizers are not used.
        command.env("RUSTC_BOOTSTRAP", "1").args(["fuzz", "run", "--sanitizer", "none", target, &grown, &seeds, "--"]);
        command.arg(format!("-max_total_time={}", 60 * args.minutes));
        // libFuzzer takes 0 for a random seed, and 32 bits.
        command.arg(format!("-seed={}", (args.seed as u32).max(1)));
        command.args([format!("-fork={jobs}"), format!("-timeout={INPUT_SECONDS}"), "-rss_limit_mb=4096".to_owned()]);
        let replay = format!("fuzz target {target}; replay: RUSTC_BOOTSTRAP=1 cargo fuzz run -s none {target} FILE");
        finish(command.current_dir(&root), &replay)?;
    }
    Ok(())
}

fn finish(command: &mut Command, what: &str) -> anyhow::Result<()> {
    let status = command.status().with_context(|| what.to_owned())?;
    if !status.success() {
        bail!("{what}: {status}");
    }
    Ok(())
}
