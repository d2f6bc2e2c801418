//! One transaction with one gas limit after another: it runs out of gas at every place where it can, on card and revm
//! alike. `GASLANE_SEED=n` replays a case.

use gaslane::oracle::execute_sequential;
use gaslane_tests::edges::gas_limits;
use gaslane_tests::engine::{Setup, Totals};
use gaslane_tests::random::{Random, seeds};
use gaslane_tests::reduce::reduce;
use gaslane_tests::session::{Finding, attempt};
use gaslane_tests::world::{Shape, Style, case, least_gas};

/// Most gas limits of one transaction.
const LIMITS: usize = 300;

#[test]
fn every_gas_limit_agrees_with_revm() {
    let mut totals = Totals::default();
    for seed in seeds(1, 120) {
        let mut random = Random::new(seed);
        let setup = if random.chance(70) { Setup::lanes(1) } else { Setup::random(&mut random) };
        let mut driver = setup.open();
        let shape = Shape { contracts: 4, senders: 2, transactions: 1, statements: 30 };
        let mut case = case(&mut random, shape, Style::Everything);
        case.block.transactions.truncate(1);
        let least = least_gas(&case.block.transactions[0], case.block.spec);
        case.block.transactions[0].gas_limit = least + 400_000;
        for limit in gas_limits(&case, least, LIMITS) {
            case.block.transactions[0].gas_limit = limit;
            let expected = execute_sequential(&case.block, &case.state);
            if let Err(failure) = attempt(&mut driver, &setup, &case, &expected, &mut totals) {
                panic!("{}", reduce(&Finding { seed: Some(seed), setup, cases: vec![case], failure }));
            }
        }
    }
    println!("{totals:#?}");
    if std::env::var("GASLANE_SEED").is_err() {
        let count = |name| totals.statuses.get(name).copied().unwrap_or_default();
        let variety = count("halt") > 1000 && count("success") > 400 && totals.rejected < totals.executed / 10;
        assert!(variety, "the generator makes too little variety: {totals:#?}");
    }
}
