//! State tests of the execution specifications through the model card: those in `data/`, and all of
//! `../shared/data/state_tests` where that exists.

use gaslane::driver::{Driver, DriverOptions};
use gaslane::fixtures::{Case, Totals, Verdict, files};
use gaslane::statetest::parse;
use gaslane_hdl::CardConfig;
use gaslane_sim::{ModelCard, SimOptions};
use std::path::Path;

fn run(path: &Path, lanes: u32) -> Totals {
    let card = ModelCard::new(CardConfig::large().with_lanes(lanes), SimOptions::default()).unwrap();
    let mut driver = Driver::open(card, DriverOptions::default()).unwrap();
    let mut totals = Totals::default();
    let mut failures = Vec::new();
    files::visit(path, &mut |(name, text)| {
        for case in parse(&text.unwrap_or_else(|error| panic!("{name}: {error}"))).unwrap() {
            let verdict = case.run(&mut driver);
            match &verdict {
                Verdict::Failed(reason) => failures.push(format!("{}: {reason}", case.name)),
                _ => totals.add(&verdict),
            }
        }
    });
    println!("{} at {lanes} lanes: {totals:?}", path.display());
    assert!(
        failures.is_empty(),
        "{} failures, among them\n{}",
        failures.len(),
        failures[..failures.len().min(5)].join("\n")
    );
    totals
}

#[test]
fn committed_state_tests_pass() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/state_tests.tar.gz");
    for lanes in [1, 4] {
        let totals = run(&path, lanes);
        assert!(totals.passed > 1_500 && totals.ran.on_card > 500 && totals.ran.rejected > 400, "{totals:?}");
    }
}

#[test]
fn shared_state_tests_pass() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/state_tests");
    if path.exists() {
        std::thread::scope(|scope| {
            for lanes in [1, 4] {
                let path = &path;
                scope.spawn(move || run(path, lanes));
            }
        });
    }
}
