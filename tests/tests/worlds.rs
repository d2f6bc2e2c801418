//! Random worlds through driver, rings and model card against sequential revm: creations, self-destructions,
//! precompiles and delegations in every combination, block after block. `GASLANE_SEED=n` replays a case.

use gaslane_tests::engine::Totals;
use gaslane_tests::random::seeds;
use gaslane_tests::reduce::reduce;
use gaslane_tests::session::{Plan, run};

#[test]
fn random_worlds_agree_with_revm() {
    let mut totals = Totals::default();
    for seed in seeds(1, 400) {
        if let Err(finding) = run(seed, &Plan::TEST, &mut totals) {
            panic!("{}", reduce(&finding));
        }
    }
    println!("{totals:#?}");
}
