//! Simulation of the card alone: what `Driver` spends in `Device::wait`, translations warm.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gaslane_benches::{driver, execute, samples, sum};

fn model(c: &mut Criterion) {
    let mut group = c.benchmark_group("model");
    for sample in samples() {
        let mut driver = driver();
        let metrics = execute(&mut driver, &sample);
        // Simulated cycles per second.
        group.throughput(Throughput::Elements(metrics.cycles));
        group.bench_function(&sample.name, |b| {
            b.iter_custom(|count| sum(&mut driver, &sample, count, |metrics| metrics.card_ns))
        });
    }
}

criterion_group! { name = benches; config = gaslane_benches::criterion(); targets = model }
criterion_main!(benches);
