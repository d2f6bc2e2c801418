//! What `gaslane statetest` and `gaslane blocktest` share: arguments, workers, report.

use super::device::{self, DeviceKind, EngineKind, SimulatedCard, Use};
use super::{Failure, config::Config, run::print};
use anyhow::anyhow;
use clap::Args;
use gaslane::driver::Driver;
use gaslane::fixtures::{Case, Ran, Totals, Verdict, files};
use gaslane::report::by_reason;
use gaslane::source::schedule::Rules;
use gaslane_abi::Device;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, sync_channel};

/// Which tests, and the card.
#[derive(Args, Debug)]
#[group(skip)] // commands flatten it into arguments of the same name
pub(crate) struct Arguments {
    /// JSON files, folders of them, or .tar.gz archives.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Only cases of this fork, as in Cancun.
    #[arg(long, value_name = "NAME")]
    fork: Option<String>,
    /// Only cases whose name contains this.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Card to use: model, rtl, rtl-lane, rtl-lockstep, vfio:ADDRESS for a PCI device, vfio-user:SOCKET for one that gaslane-card serves, or
    /// serial:PATH[,BAUD] for a board with a UART (boards: not yet run on hardware).
    #[arg(long, default_value = "model")]
    device: DeviceKind,
    /// What simulates the hardware of the rtl devices; verilator if this build has it.
    #[arg(long, value_enum)]
    engine: Option<EngineKind>,
    /// Lanes of the card, 1 to 64, instead of the configuration's.
    #[arg(long)]
    lanes: Option<u32>,
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
    /// Configuration of card and driver: TOML with `base`, `[card]`, `[driver]` and `[sim]`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What a worker gets: a file's name and its text.
type Work = (String, Vec<u8>);

/// What a worker found out: sums, and a line for each case that failed or file that was skipped.
#[derive(Default)]
struct Findings {
    totals: Totals,
    failures: Vec<String>,
    skipped: Vec<(String, String)>,
    reasons: BTreeMap<String, u64>,
}

impl Findings {
    /// Notes tests of a file, or the file, that are skipped.
    fn skip(&mut self, file: String, reason: &impl Display, count: u64) {
        self.totals.skipped += count;
        let reason = reason.to_string();
        *self.reasons.entry(reason.clone()).or_default() += count;
        self.skipped.push((file, if count == 1 { reason } else { format!("{count} tests: {reason}") }));
    }

    fn merge(&mut self, other: Self) {
        self.totals.merge(&other.totals);
        self.failures.extend(other.failures);
        self.skipped.extend(other.skipped);
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
    }
}

/// How a format's files are read: the cases of a file, or why it has none.
pub(crate) type Parser<C, E> = fn(&[u8]) -> Result<Vec<C>, E>;

impl Arguments {
    fn wants(&self, case: &impl Case, fork: Option<&Rules>) -> bool {
        fork.is_none_or(|rules| case.uses(rules)) && self.filter.as_ref().is_none_or(|text| case.name().contains(text))
    }
}

/// Runs a command; `format` names its tests.
pub(crate) fn run<C: Case, E: Display>(
    arguments: &Arguments,
    format: &'static str,
    parse: Parser<C, E>,
) -> Result<(), Failure> {
    let unknown = |name: &String| Failure::Usage(anyhow!("--fork: unknown fork {name:?}"));
    let fork = arguments.fork.as_ref().map(|name| Rules::named(name).ok_or_else(|| unknown(name))).transpose()?;
    let config = Config::load(arguments.config.as_deref(), arguments.lanes).map_err(Failure::Usage)?;
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get());
    let (sender, receiver) = sync_channel::<Work>(4 * workers);
    let receiver = Mutex::new(receiver);
    let mut all = Findings::default();
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let work = || worker(arguments, parse, fork.as_ref(), &config, &receiver);
        let threads: Vec<_> = (0..workers)
            .map(|index| std::thread::Builder::new().name(format!("tests-{index}")).spawn_scoped(scope, work))
            .collect::<Result<_, _>>()?;
        for path in &arguments.paths {
            files::visit(path, &mut |(name, text)| match text {
                Err(error) => all.skip(name, &error, 1),
                // A worker that is gone reports its own error below.
                Ok(text) => drop(sender.send((name, text))),
            });
        }
        drop(sender);
        for thread in threads {
            all.merge(thread.join().map_err(|_| anyhow!("a worker panicked"))??);
        }
        Ok(())
    })
    .map_err(Failure::Usage)?;
    all.failures.sort();
    all.skipped.sort();
    for line in &all.failures {
        eprintln!("FAILED {line}");
    }
    for (name, reason) in &all.skipped {
        eprintln!("skipped {name}: {reason}");
    }
    report(arguments.json, &all.totals, &all.reasons)?;
    match all.totals {
        Totals { failed: 0, passed: 0, .. } => Err(Failure::Usage(anyhow!("no {format} test was found"))),
        Totals { failed: 0, .. } => Ok(()),
        _ => Err(Failure::Block(None)),
    }
}

fn worker<C: Case, E: Display>(
    arguments: &Arguments,
    parse: Parser<C, E>,
    fork: Option<&Rules>,
    config: &Config,
    receiver: &Mutex<Receiver<Work>>,
) -> anyhow::Result<Findings> {
    struct Files<'a, C, E> {
        arguments: &'a Arguments,
        parse: Parser<C, E>,
        fork: Option<&'a Rules>,
        receiver: &'a Mutex<Receiver<Work>>,
    }
    impl<C: Case, E: Display> Use for Files<'_, C, E> {
        type Output = Findings;
        fn with<D: SimulatedCard + 'static>(self, driver: Driver<D>) -> anyhow::Result<Findings> {
            run_files(driver, self.arguments, self.parse, self.fork, self.receiver)
        }
    }
    let files = Files { arguments, parse, fork, receiver };
    device::with_driver(arguments.device.clone(), arguments.engine, config.clone(), files)
}

fn run_files<C: Case, E: Display, D: Device>(
    mut driver: Driver<D>,
    arguments: &Arguments,
    parse: Parser<C, E>,
    fork: Option<&Rules>,
    receiver: &Mutex<Receiver<Work>>,
) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    loop {
        let next = receiver.lock().map_err(|_| anyhow!("a worker panicked"))?.recv();
        let Ok((name, text)) = next else { return Ok(findings) };
        match parse(&text) {
            Err(error) => findings.skip(name, &error, 1),
            Ok(cases) => {
                let mut skipped = BTreeMap::<String, u64>::new();
                for case in cases.iter().filter(|case| arguments.wants(*case, fork)) {
                    match case.run(&mut driver) {
                        Verdict::Skipped(reason) => *skipped.entry(reason).or_default() += 1,
                        verdict => {
                            findings.totals.add(&verdict);
                            if let Verdict::Failed(reason) = verdict {
                                findings.failures.push(format!("{name} {}: {reason}", case.name()));
                            }
                        }
                    }
                }
                for (reason, count) in skipped {
                    findings.skip(name.clone(), &reason, count);
                }
            }
        }
    }
}

fn report(as_json: bool, totals: &Totals, skipped_reasons: &BTreeMap<String, u64>) -> std::io::Result<()> {
    let Totals { passed, failed, skipped, ran: Ran { on_card, escaped, host_calls, rejected } } = totals;
    if as_json {
        let object = json!({
            "passed": passed, "failed": failed, "skipped": skipped, "on_card": on_card, "escaped": escaped,
            "host_calls": host_calls, "rejected": rejected, "skipped_reasons": skipped_reasons,
        });
        return print(&format!("{object}\n"));
    }
    print(&format!(
        "{passed} passed, {failed} failed, {skipped} skipped\n{on_card} transactions ran on the card, on the host {}\n\
         host calls {}\n{rejected} rejections as expected\n",
        by_reason(escaped),
        by_reason(host_calls),
    ))
}
