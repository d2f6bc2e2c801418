//! Every opcode in every fork of the card, at its edges, on the model card against revm: status, gas, output, logs, every
//! account and slot. `tests/data/opcodes.toml` says which edges; `GASLANE_WRITE=1` writes it anew.

use gaslane_abi::evm;
use gaslane_tests::directed::{Edges, PARTS, Scene, forks};
use gaslane_tests::engine::{Setup, Totals};
use std::sync::Mutex;

const COVERED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/opcodes.toml");

/// Runs all parts in all forks, on as many threads as there are processors, until one differs.
fn sweep() -> (Totals, Edges) {
    let mut jobs: Vec<_> = forks().flat_map(|fork| PARTS.iter().map(move |part| (fork, part))).collect();
    jobs.sort_by_key(|(_, (name, _))| *name == "words");
    let (jobs, sums) = (Mutex::new(jobs), Mutex::new((Totals::default(), Edges::new(), Vec::new())));
    let work = || {
        while let Some((fork, (name, part))) = jobs.lock().map(|mut jobs| jobs.pop()).ok().flatten() {
            let mut scene = Scene::new(fork);
            part(&mut scene);
            let mut totals = Totals::default();
            let result = scene.run(&mut Setup::lanes(2).open(), &mut totals);
            let mut sums = sums.lock().expect("no thread has panicked");
            sums.0.merge(&totals);
            for (name, edges) in scene.edges() {
                sums.1.entry(name).or_default().extend(edges);
            }
            if let Err(text) = result {
                sums.2.push(format!("{name}, {text}"));
                return;
            }
            if !sums.2.is_empty() {
                return;
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let (totals, edges, failures) = sums.into_inner().expect("no thread has panicked");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    (totals, edges)
}

#[test]
fn every_opcode_in_every_fork_at_its_edges() {
    let (totals, edges) = sweep();
    println!("{} transactions\n{totals:#?}", totals.transactions());
    // Init code beyond EIP-3860's limit, which no lane runs, is the only thing that leaves the card.
    let escapes: Vec<_> = totals.escapes.keys().filter(|reason| **reason != "image").collect();
    let escaped: u64 = totals.escapes.values().sum();
    assert!(escapes.is_empty() && escaped < 500, "transactions left the card: {:?}", totals.escapes);
    for opcode in evm::TABLE.iter().flatten() {
        assert!(edges.get(opcode.name).is_some_and(|edges| edges.len() >= 5), "{} has few probes", opcode.name);
    }
    let mut text =
        String::from("# Edges at which tests/tests/opcodes.rs executes each opcode. Written by it; do not edit.\n\n");
    for (name, edges) in &edges {
        text.push_str(&format!("{name} = [\n"));
        edges.iter().for_each(|edge| text.push_str(&format!("    \"{edge}\",\n")));
        text.push_str("]\n");
    }
    if std::env::var_os("GASLANE_WRITE").is_some() {
        std::fs::write(COVERED, &text).expect("the file can be written");
    }
    let covered = std::fs::read_to_string(COVERED).unwrap_or_default();
    assert!(covered == text, "{COVERED} is not what was executed; GASLANE_WRITE=1 writes it anew");
}
