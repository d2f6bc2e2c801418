//! The generator of random worlds reaches what it is meant to reach.

use gaslane_tests::census::Census;
use gaslane_tests::random::Random;
use gaslane_tests::session::{Plan, shape};
use gaslane_tests::world::{Style, case};

/// Events, each with how often it must come up.
const LEAST: &[(&str, u64)] = &[
    ("CREATE Return", 300),
    ("CREATE Revert", 10),
    ("CREATE OutOfGas", 20),
    ("CREATE OutOfFunds", 20),
    ("CREATE InvalidFEOpcode", 10),
    ("CREATE MemoryOOG", 10),
    ("CREATE CreateCollision", 10),
    ("CREATE CreateContractStartingWithEF", 10),
    ("CREATE2 CreateContractSizeLimit", 1),
    ("CREATE2 Return", 200),
    ("CREATE2 CreateCollision", 40),
    ("CREATE2 CreateContractStartingWithEF", 5),
    ("create transaction Return", 300),
    ("create transaction Revert", 10),
    ("create transaction OutOfGas", 50),
    ("create transaction CreateCollision", 3),
    ("create transaction CreateContractSizeLimit", 3),
    ("create transaction CreateContractStartingWithEF", 10),
    ("transaction CreateInitCodeSizeLimit", 1),
    ("Call of a new contract", 150),
    ("DelegateCall of a new contract", 40),
    ("StaticCall of a new contract", 40),
    ("Call after self-destruction", 30),
    ("Call of a delegation", 30),
    ("transaction of a delegation", 30),
    ("transaction SelfDestruct", 200),
    ("self-destruction again", 50),
    ("self-destruction of a new contract", 15),
    ("self-destruction for itself with value", 30),
    ("self-destruction for itself without value", 20),
    ("self-destruction for the beneficiary with value", 20),
    ("self-destruction for a precompile with value", 20),
    ("self-destruction for another with value", 100),
    ("DelegateCall SelfDestruct", 10),
    ("CallCode SelfDestruct", 10),
    ("static SSTORE", 100),
    ("static CREATE", 5),
    ("static CREATE2", 3),
    ("static SELFDESTRUCT", 5),
    ("static LOG1", 2),
    ("StaticCall CallNotAllowedInsideStatic", 5),
    ("Call OutOfFunds", 100),
    ("Call OutOfOffset", 10),
    ("Call PrecompileOOG", 100),
    ("Call PrecompileError", 20),
    ("transaction OutOfGas", 500),
    ("transaction StackOverflow", 3),
    ("transaction StackUnderflow", 5),
    ("transaction InvalidJump", 5),
    ("transaction ReentrancySentryOOG", 20),
];

#[test]
fn worlds_reach_everything() {
    let mut census = Census::default();
    for seed in 0..600 {
        let mut random = Random::new(seed);
        let shape = shape(&mut random, &Plan::TEST);
        census.add(&case(&mut random, shape, Style::Everything));
    }
    let count = |event: &str| census.events.get(event).copied().unwrap_or_default();
    let mut rare: Vec<_> =
        LEAST.iter().filter(|(event, least)| count(event) < *least).map(|(e, _)| e.to_string()).collect();
    for number in (1..=0x11).chain([0x100]) {
        for (result, least) in [("succeeds", 10), ("fails", 1)] {
            let event = format!("precompile {number:#x} {result}");
            if count(&event) < least {
                rare.push(event);
            }
        }
    }
    assert!(rare.is_empty(), "too rare: {rare:?} of {:#?}", census.events);
    assert!(census.depth > 200, "deepest frame: {}", census.depth);
}
