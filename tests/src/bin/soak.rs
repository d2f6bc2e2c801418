//! Runs random worlds on the model card and on revm on all cores, until enough transactions agree or one does not.
//! `cargo xtask soak` starts it.

use clap::Parser;
use gaslane_tests::engine::Totals;
use gaslane_tests::reduce::reduce;
use gaslane_tests::session::{Finding, Plan, run};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Time between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(10);

#[derive(Parser)]
#[command(about = "Random worlds on the model card against sequential revm")]
struct Args {
    /// Transactions to run.
    #[arg(long, default_value_t = 1_000_000)]
    transactions: u64,
    /// Seed of the first case; the others count up from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads; 0 for all cores.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

#[derive(Default)]
struct Shared {
    next: AtomicU64,
    done: AtomicBool,
    totals: Mutex<Totals>,
    finding: Mutex<Option<Box<Finding>>>,
}

impl Shared {
    fn work(&self, transactions: u64) {
        while !self.done.load(Ordering::Relaxed) {
            let mut totals = Totals::default();
            let result = run(self.next.fetch_add(1, Ordering::Relaxed), &Plan::SOAK, &mut totals);
            let mut sum = self.totals.lock().expect("no thread panics");
            sum.merge(&totals);
            if let Err(finding) = result {
                self.finding.lock().expect("no thread panics").get_or_insert(finding);
                self.done.store(true, Ordering::Relaxed);
            } else if sum.transactions() >= transactions {
                self.done.store(true, Ordering::Relaxed);
            }
        }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let threads = match args.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    println!("seed {}, {} transactions, {threads} threads", args.seed, args.transactions);
    let shared = Shared { next: AtomicU64::new(args.seed), ..Shared::default() };
    let start = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| shared.work(args.transactions))).collect();
        let mut next = PROGRESS;
        while workers.iter().any(|worker| !worker.is_finished()) {
            std::thread::sleep(Duration::from_millis(50));
            if start.elapsed() >= next {
                next += PROGRESS;
                progress(&shared, start.elapsed(), threads);
            }
        }
    });
    progress(&shared, start.elapsed(), threads);
    println!("{:#?}", shared.totals.lock().expect("no thread panics"));
    match shared.finding.lock().expect("no thread panics").take() {
        None => {
            println!("no divergence");
            ExitCode::SUCCESS
        }
        Some(finding) => {
            println!("\nDIVERGENCE\n{}", reduce(&finding));
            if let Some(seed) = finding.seed {
                println!("replay: cargo xtask soak --transactions 1 --minutes 0 --seed {seed}");
            }
            ExitCode::FAILURE
        }
    }
}

fn progress(shared: &Shared, time: Duration, threads: usize) {
    let totals = shared.totals.lock().expect("no thread panics");
    let transactions = totals.transactions();
    let rate = transactions as f64 / time.as_secs_f64();
    println!(
        "{:6.0} s: {transactions} transactions, {} blocks, {rate:.0} transactions/s, {:.0} per thread",
        time.as_secs_f64(),
        totals.executed + totals.rejected,
        rate / threads as f64
    );
}
