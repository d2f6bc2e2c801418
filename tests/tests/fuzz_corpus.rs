//! The seeds of the fuzz targets, without a fuzzer: the same bodies on the same bytes.
//!
//! `cargo test -p gaslane-tests --test fuzz_corpus -- --ignored` writes the generated seeds anew; inputs that a fuzzer
//! has found lie beside them under other names and stay.

use gaslane::oracle::execute_sequential;
use gaslane_abi::Fork;
use gaslane_abi::codes::Status;
use gaslane_tests::fuzz;
use gaslane_tests::program::{Environment, Theme, init_code, micro, program};
use gaslane_tests::random::{Random, seeds};
use gaslane_tests::world::{SPECS, contract, sender};
use revm::precompile::u64_to_address;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Generated seeds of each target.
const GENERATED: u64 = 40;

fn folder(target: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/seeds")).join(target)
}

/// Names and contents, in order.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = folder(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut inputs: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn bytecode_seeds_agree() {
    let (mut succeeded, inputs) = (0, inputs("bytecode"));
    for (name, data) in &inputs {
        println!("{name}");
        fuzz::bytecode(data);
        let case = fuzz::bytecode_case(data).unwrap_or_else(|| panic!("{name} makes no transaction"));
        let outcome = execute_sequential(&case.block, &case.state).unwrap();
        succeeded += u64::from(outcome.transactions[0].status == Status::Success);
    }
    assert!(inputs.len() as u64 >= GENERATED && succeeded >= GENERATED / 2, "{succeeded} of {}", inputs.len());
}

#[test]
fn block_seeds_agree() {
    let inputs = inputs("block");
    for (name, data) in &inputs {
        println!("{name}");
        fuzz::block(data);
    }
    assert!(inputs.len() as u64 >= GENERATED);
}

/// Whatever a card completes.
#[test]
fn completion_seeds_end() {
    let inputs = inputs("completions");
    for (name, data) in &inputs {
        println!("{name}");
        fuzz::completions(data);
    }
    assert!(inputs.len() as u64 >= GENERATED);
    let mut kinds = BTreeMap::<String, u32>::new();
    for seed in seeds(1, 400) {
        println!("GASLANE_SEED={seed}");
        let mut random = Random::new(seed);
        let len = 16 + random.below(4000);
        for error in fuzz::completions(&(0..len).map(|_| random.below(256) as u8).collect::<Vec<_>>()) {
            // The names of the outer and the inner variant.
            let text = format!("{error:?}");
            let kind: Vec<&str> =
                text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(2).collect();
            *kinds.entry(kind.join(" ")).or_default() += 1;
        }
    }
    println!("{kinds:#?}");
    if std::env::var("GASLANE_SEED").is_err() {
        assert!(kinds.len() >= 6, "the lies are all the same: {kinds:?}");
    }
}

/// Choices of a fuzzer that zeros, ones and lengths of all kinds make.
#[test]
fn bodies_take_any_bytes() {
    for byte in [0, 1, 0x5b, 0x7f, 0xff] {
        for len in [0, 1, 2, 5, 6, 40, 1000] {
            fuzz::bytecode(&vec![byte; len]);
            fuzz::block(&vec![byte; len]);
            fuzz::completions(&vec![byte; len]);
        }
    }
}

#[test]
#[ignore = "writes the seeds"]
fn write_seeds() {
    for index in 0..GENERATED {
        let mut random = Random::new(index);
        let write = |target: &str, data: &[u8]| {
            std::fs::create_dir_all(folder(target)).unwrap();
            std::fs::write(folder(target).join(format!("generated-{index:02}")), data).unwrap();
        };
        let addresses = [contract(0), sender(0), u64_to_address(4), contract(0).create(1)];
        let plain = Environment { fork: Fork::Osaka, addresses: &addresses, inits: &[], theme: Theme::PLAIN };
        let inits: Vec<_> = (0..2).map(|_| init_code(&mut random, &plain, 1).into()).collect();
        let environment = Environment { inits: &inits, theme: Theme::random(&mut random), ..plain };
        let code =
            if index % 4 == 0 { micro(&mut random, &environment) } else { program(&mut random, &environment, 12) };
        // Fork, gas (all of it), value, length of the calldata, calldata, code: see `fuzz::bytecode_case`.
        let mut data = vec![(index % SPECS.len() as u64) as u8, 0xff, 0xff, (index % 4) as u8, 32];
        data.extend([[0; 12].as_slice(), contract(0).as_slice()].concat());
        data.extend(code);
        write("bytecode", &data);
        let len = 200 + random.below(1200);
        write("block", &(0..len).map(|_| random.below(256) as u8).collect::<Vec<_>>());
        write("completions", &(0..len).map(|_| random.below(256) as u8).collect::<Vec<_>>());
    }
}
