//! Work of the host per transaction: plan, rings and commits, as `Metrics` has it. Card time, translation and
//! fallbacks are excluded.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gaslane_benches::{driver, execute, samples, sum};

fn host(c: &mut Criterion) {
    let mut group = c.benchmark_group("host");
    for sample in samples() {
        let mut driver = driver();
        let metrics = execute(&mut driver, &sample);
        group.throughput(Throughput::Elements(metrics.txs));
        group.bench_function(&sample.name, |b| {
            b.iter_custom(|count| sum(&mut driver, &sample, count, |metrics| metrics.plan_ns + metrics.commit_ns))
        });
    }
}

criterion_group! { name = benches; config = gaslane_benches::criterion(); targets = host }
criterion_main!(benches);
