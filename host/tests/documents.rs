//! Examples in the documents work.

use gaslane::oracle::execute_sequential;
use gaslane::source::bundle;
use gaslane_abi::codes::Status;

#[test]
fn the_example_bundle_is_a_block() {
    let page = include_str!("../../docs/bundles.md");
    let (_, example) = page.split_once("```json\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let (block, state) = bundle::parse("docs/bundles.md", example.as_bytes()).unwrap();
    let outcome = execute_sequential(&block, &state).unwrap();
    assert_eq!(outcome.transactions[0].status, Status::Success);
    assert_eq!(outcome.gas_used, 21_000 + 3 + 3 + 22_100);
}
