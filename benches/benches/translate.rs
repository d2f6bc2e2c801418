//! Translation of contracts: all codes of the samples, and code made to hurt.

use alloy_primitives::B256;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gaslane_abi::Fork;
use gaslane_translate::{Options, translate};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Longest code of a contract (EIP-170).
const CODE_BYTES: usize = 24_576;

fn sample_codes(c: &mut Criterion) {
    let codes = gaslane_benches::codes();
    let bytes: usize = codes.iter().map(|(_, _, code)| code.len()).sum();
    let mut worst = (Duration::ZERO, B256::ZERO, 0);
    for (hash, fork, code) in &codes {
        let start = Instant::now();
        black_box(translate(code, *hash, *fork, &Options::default()));
        worst = worst.max((start.elapsed(), *hash, code.len()));
    }
    let (time, hash, len) = worst;
    println!("{} codes, {bytes} bytes; the slowest is {hash} with {len} bytes: {time:?}", codes.len());
    let mut group = c.benchmark_group("translate");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("all samples", |b| {
        b.iter(|| {
            for (hash, fork, code) in &codes {
                black_box(translate(code, *hash, *fork, &Options::default()));
            }
        })
    });
}

fn hostile_codes(c: &mut Criterion) {
    let mut group = c.benchmark_group("translate hostile");
    group.throughput(Throughput::Bytes(CODE_BYTES as u64));
    for (name, pattern) in [
        ("JUMPDEST", &[0x5b][..]),
        ("PUSH32", &[0x7f]),
        ("DUP1", &[0x80]),
        ("SWAP1", &[0x90]),
        ("JUMPDEST PUSH2 JUMPI", &[0x5b, 0x61, 0x00, 0x00, 0x57]),
    ] {
        let code: Vec<u8> = pattern.iter().copied().cycle().take(CODE_BYTES).collect();
        group.bench_function(name, |b| {
            b.iter(|| black_box(translate(&code, B256::ZERO, Fork::Osaka, &Options::default())))
        });
    }
}

criterion_group! { name = benches; config = gaslane_benches::criterion(); targets = sample_codes, hostile_codes }
criterion_main!(benches);
