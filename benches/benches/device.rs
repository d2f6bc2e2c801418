//! What the way to a card costs: the same model card in process, and behind a socket as a PCI device (vfio-user, another thread of this process).
//!
//! - `commands`: empty commands (Drain) a second, the ring full of them.
//! - `latency`: one, from its doorbell to its completion.
//! - `block`: the host's own time for a block, without what the card's simulation takes.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gaslane::driver::{Driver, DriverOptions};
use gaslane::pci::{PciCard, VfioUser};
use gaslane::queue::Queue;
use gaslane_abi::Device;
use gaslane_abi::ring::{Command, Submission};
use gaslane_benches::{samples, sum};
use gaslane_card::Server;
use gaslane_hdl::CardConfig;
use gaslane_sim::{ModelCard, SimOptions};
use std::path::PathBuf;
use std::time::Instant;

/// Commands at once.
const COMMANDS: u64 = 512;

fn model() -> ModelCard {
    ModelCard::new(CardConfig::large().with_lanes(4), SimOptions::default()).expect("a named configuration")
}

/// A card that is served until the process ends.
fn served() -> PciCard<VfioUser> {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let socket: PathBuf = std::env::temp_dir().join(format!("gaslane-bench-{}-{number}.sock", std::process::id()));
    let server = Server::new(&socket, None, || Ok(model())).expect("a socket in the temporary folder");
    std::thread::spawn(move || {
        let _ = server.serve();
    });
    PciCard::open(VfioUser::connect(&socket).expect("it listens")).expect("it is a card")
}

fn drains<D: Device>(queue: &mut Queue<D>, count: u64) {
    for _ in 0..count {
        let drain = Submission { command: Command::Drain as u8, ..Default::default() };
        queue.command(drain, &[]).expect("room in the ring");
    }
    queue.ring().expect("a doorbell");
    queue.drain().expect("all complete");
}

fn rings<D: Device>(c: &mut Criterion, name: &str, device: D) {
    let mut queue = Queue::open(device, &DriverOptions::default()).expect("a card");
    let mut group = c.benchmark_group("commands");
    group.throughput(Throughput::Elements(COMMANDS));
    group.bench_function(name, |b| b.iter(|| drains(&mut queue, COMMANDS)));
    group.finish();
    c.benchmark_group("latency").bench_function(name, |b| {
        b.iter_custom(|count| {
            let start = Instant::now();
            (0..count).for_each(|_| drains(&mut queue, 1));
            start.elapsed()
        });
    });
}

fn blocks<D: Device>(c: &mut Criterion, name: &str, device: D) {
    let mut driver = Driver::open(device, DriverOptions::default()).expect("a card");
    let mut group = c.benchmark_group("block");
    for sample in samples().into_iter().take(3) {
        group.throughput(Throughput::Elements(sample.block.transactions.len() as u64));
        group.bench_function(format!("{name}/{}", sample.name), |b| {
            b.iter_custom(|count| sum(&mut driver, &sample, count, |metrics| metrics.plan_ns + metrics.commit_ns));
        });
    }
}

fn device(c: &mut Criterion) {
    rings(c, "in-process", model());
    rings(c, "vfio-user", served());
    blocks(c, "in-process", model());
    blocks(c, "vfio-user", served());
}

criterion_group! { name = benches; config = gaslane_benches::criterion(); targets = device }
criterion_main!(benches);
