//! What a driver and a server have at the end is what they had before.

mod common;

use common::Served;
use gaslane::driver::DriverOptions;
use gaslane_card::Left;
use gaslane_tests::world::{Shape, world};

/// A hundred openings and a thousand blocks leave no file, mapping or memory behind.
#[test]
fn nothing_leaks() {
    let count = |path: &str| std::fs::read_dir(path).unwrap().count();
    let mappings = || std::fs::read_to_string("/proc/self/maps").unwrap().matches("memfd:gaslane").count();
    let resident_kib = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let served = Served::model(2, None);
    let (block, state) = world(7, Shape { contracts: 3, senders: 4, transactions: 6, statements: 12 });
    let run = |blocks: usize| {
        let mut driver = served.driver(DriverOptions::default());
        for _ in 0..blocks {
            driver.execute_block(&block, &state).unwrap();
        }
        drop(driver);
        assert_eq!(served.left(), Left::default());
    };
    run(100);
    let (files, memory) = (count("/proc/self/fd"), resident_kib());
    for _ in 0..50 {
        run(1);
    }
    run(1000);
    assert_eq!(mappings(), 0);
    assert_eq!(count("/proc/self/fd"), files);
    let grown = resident_kib().saturating_sub(memory);
    println!("{memory} KiB, {grown} KiB more after 1,050 blocks");
    assert!(grown < 8 << 10, "{grown} KiB more");
}
