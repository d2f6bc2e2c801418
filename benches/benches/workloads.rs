//! Made workloads: the driver's own share and the simulation of the model card, on a warm driver, and sequential revm on the same input
//! beside them.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gaslane::oracle::time_sequential;
use gaslane_benches::{driver, execute, sum, workload};
use gaslane_workload::Kind;

/// Transactions of each block.
const TXS: usize = 128;

fn workloads(c: &mut Criterion) {
    for kind in Kind::ALL {
        let sample = workload(*kind, TXS);
        let mut group = c.benchmark_group(format!("workload {kind}"));
        group.throughput(Throughput::Elements(TXS as u64));
        let mut driver = driver();
        let metrics = execute(&mut driver, &sample);
        println!(
            "workload {kind}: {} simulated cycles at {} lanes, {} on the card",
            metrics.cycles, metrics.lanes, metrics.on_card_txs
        );
        group.bench_function("driver", |b| {
            b.iter_custom(|count| {
                sum(&mut driver, &sample, count, |m| m.plan_ns + m.commit_ns + m.host_calls_ns + m.fallback_ns)
            })
        });
        group.bench_function("model", |b| b.iter_custom(|count| sum(&mut driver, &sample, count, |m| m.card_ns)));
        group.bench_function("sequential revm", |b| {
            b.iter_custom(|count| {
                (0..count).map(|_| time_sequential(&sample.block, &sample.state).expect("workloads are valid")).sum()
            })
        });
    }
}

criterion_group! { name = benches; config = gaslane_benches::criterion(); targets = workloads }
criterion_main!(benches);
