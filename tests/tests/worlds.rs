//! Random worlds through driver, rings and model card against sequential revm: creations, self-destructions,
//! precompiles and delegations in every combination, block after block. `GASLANE_SEED=n` replays a case,
//! `GASLANE_CASES=n` runs that many.

use gaslane_tests::engine::Totals;
use gaslane_tests::random::seeds;
use gaslane_tests::reduce::reduce;
use gaslane_tests::session::{Plan, run};

#[test]
fn random_worlds_agree_with_revm() {
    let mut totals = Totals::default();
    for seed in seeds(1, 700) {
        if let Err(finding) = run(seed, &Plan::TEST, &mut totals) {
            panic!("replay with GASLANE_SEED={seed}\n{}", reduce(&finding));
        }
    }
    println!("{totals:#?}");
    if std::env::var("GASLANE_SEED").is_err() && std::env::var("GASLANE_CASES").is_err() {
        let forks = totals.forks.len() == 7 && totals.forks.values().all(|count| *count > 3_000);
        let types = (0..=4).all(|tx_type| totals.on_card.get(&tx_type).is_some_and(|count| *count > 300));
        let endings = ["halt", "revert", "success"].iter().all(|name| totals.statuses[name] > 1_000);
        let capacities = ["stack", "memory", "frame", "access", "undo", "log", "return", "payload"];
        let escapes = capacities.iter().all(|name| totals.escapes.contains_key(format!("{name}-capacity").as_str()));
        let conflicts =
            totals.aborts > 1_000 && totals.evictions > 10 && totals.assists > 5_000 && totals.rejected > 50;
        assert!(
            forks && types && endings && escapes && conflicts,
            "the generator makes too little variety: {totals:#?}"
        );
    }
}
