//! Whole blocks: a fresh driver (which translates what the block runs), a warm one, and sequential revm on the same
//! input beside them. The card's share is the time of its simulation, not of a card.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gaslane::oracle::time_sequential;
use gaslane_benches::{driver, execute, samples};
use std::hint::black_box;
use std::time::{Duration, Instant};

fn end_to_end(c: &mut Criterion) {
    for sample in samples() {
        let mut group = c.benchmark_group(format!("block {}", sample.name));
        let mut warm = driver();
        execute(&mut warm, &sample);
        let gas = sample.block.expected.as_ref().map_or(0, |claims| claims.gas_used);
        group.throughput(Throughput::Elements(gas));
        group.bench_function("fresh driver", |b| {
            b.iter_custom(|count| {
                let mut time = Duration::ZERO;
                for _ in 0..count {
                    let mut driver = driver();
                    let start = Instant::now();
                    black_box(execute(&mut driver, &sample));
                    time += start.elapsed();
                }
                time
            })
        });
        group.bench_function("warm driver", |b| b.iter(|| black_box(execute(&mut warm, &sample))));
        group.bench_function("sequential revm", |b| {
            b.iter_custom(|count| {
                (0..count).map(|_| time_sequential(&sample.block, &sample.state).expect("samples are valid")).sum()
            })
        });
    }
}

criterion_group! { name = benches; config = gaslane_benches::criterion(); targets = end_to_end }
criterion_main!(benches);
