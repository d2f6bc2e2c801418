//! The list of compiled contracts.

use alloy_primitives::hex;
use serde_json::Value;

fn list() -> Value {
    serde_json::from_str(include_str!("../../contracts/compiled.json")).unwrap()
}

/// Code that creates a contract.
pub fn creation(name: &str) -> Vec<u8> {
    hex::decode(list()[name]["creation"].as_str().unwrap()).unwrap()
}

/// One contract a line, so that changes can be read, and none too long for the rules.
#[test]
fn is_well_formed() {
    let text = include_str!("../../contracts/compiled.json");
    let list = list();
    let contracts = list.as_object().unwrap();
    assert_eq!(text.lines().count(), contracts.len() + 2);
    for (name, contract) in contracts {
        assert!(contract["runtime"].as_u64().unwrap() <= 24_576, "{name}");
        assert_eq!(contract["source"].as_str().unwrap().len(), 64);
        assert!(creation(name).len() <= 49_152);
    }
}
