//! Blockchain tests of the execution specifications' format through the model card: those of our own in `data/`, one of
//! the specifications, and changed ones that must fail.

use alloy_consensus::{Block, EthereumTxEnvelope, Header, TxEip4844};
use alloy_primitives::{B256, Bytes, U256};
use alloy_rlp::Decodable;
use gaslane::blocktest::parse;
use gaslane::driver::Driver;
use gaslane::fixtures::{Case, Totals, Verdict, files};
use gaslane_sim::ModelCard;
use gaslane_tests::chains;
use gaslane_tests::engine::Setup;
use revm_statetest_types::blockchain::BlockchainTest;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

/// Runs the tests of a file's text; the first failure, if any.
fn run(driver: &mut Driver<ModelCard>, text: &[u8], totals: &mut Totals) -> Result<(), String> {
    for case in parse(text).map_err(|error| error.to_string())? {
        let verdict = case.run(driver);
        totals.add(&verdict);
        match verdict {
            Verdict::Failed(reason) => return Err(format!("{}: {reason}", case.name())),
            Verdict::Skipped(reason) => return Err(format!("{}: skipped: {reason}", case.name())),
            Verdict::Passed(_) => {}
        }
    }
    Ok(())
}

#[test]
fn committed_tests_pass() {
    for lanes in [1, 4] {
        let mut driver = Setup::lanes(lanes).open();
        let mut totals = Totals::default();
        for archive in ["block_tests.tar.gz", "block_tests_eest.tar.gz"] {
            files::visit(&data(archive), &mut |(name, text)| {
                run(&mut driver, &text.unwrap(), &mut totals).unwrap_or_else(|reason| panic!("{name} {reason}"));
            });
        }
        println!("{lanes} lanes: {totals:?}");
        assert!(totals.passed == 34 && totals.skipped == 0 && totals.failed == 0, "{totals:?}");
        assert!(totals.ran.on_card > 700 && totals.ran.rejected > 170, "{totals:?}");
    }
}

/// The committed files are what the programs make, and of the public format.
#[test]
fn committed_tests_are_current() {
    let mut made = chains::generate();
    files::visit(&data("block_tests.tar.gz"), &mut |(name, text)| {
        let text = text.unwrap();
        let (_, inner) = name.rsplit_once(':').unwrap();
        let committed: Value = serde_json::from_slice(&text).unwrap();
        assert!(
            made.remove(inner).as_ref() == Some(&committed),
            "{inner} is stale; cargo run --release -p gaslane-tests --bin blocktests"
        );
        // revm's own types know most of the networks.
        if !["bpo", "transitions", "byzantium"].iter().any(|other| inner.contains(other)) {
            let read: BlockchainTest = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{inner}: {error}"));
            assert!(!read.0.is_empty());
        }
    });
    assert!(made.is_empty(), "not committed: {:?}", made.keys());
}

type Tests = BTreeMap<String, Value>;

fn tests(file: &str) -> Tests {
    let files = chains::generate();
    files[file].as_object().unwrap().iter().map(|(name, test)| (name.clone(), test.clone())).collect()
}

fn verdict(driver: &mut Driver<ModelCard>, test: &Value) -> Verdict {
    let text = json!({ "t": test }).to_string();
    parse(text.as_bytes()).unwrap()[0].run(driver)
}

/// Changes the header of a block and everything that follows from it, but for what the change is about.
fn with_header(test: &mut Value, index: usize, change: impl FnOnce(&mut Header)) {
    let block = &mut test["blocks"][index];
    let rlp: Bytes = serde_json::from_value(block["rlp"].clone()).unwrap();
    let mut decoded = Block::<EthereumTxEnvelope<TxEip4844>>::decode(&mut &rlp[..]).unwrap();
    change(&mut decoded.header);
    let hash = decoded.header.hash_slow();
    block["rlp"] = json!(Bytes::from(alloy_rlp::encode(&decoded)));
    let json = &mut block["blockHeader"];
    json["stateRoot"] = json!(decoded.header.state_root);
    json["receiptTrie"] = json!(decoded.header.receipts_root);
    json["bloom"] = json!(decoded.header.logs_bloom);
    json["gasUsed"] = json!(format!("{:#x}", decoded.header.gas_used));
    json["hash"] = json!(hash);
    test["lastblockhash"] = json!(hash);
}

#[test]
fn changed_tests_fail() {
    let mut driver = Setup::lanes(4).open();
    for (file, fork) in [("forks/frontier.json", "Frontier"), ("forks/osaka.json", "Osaka")] {
        let name = format!("test_fork[{fork}]");
        let good = tests(file).remove(&name).unwrap();
        let last = good["blocks"].as_array().unwrap().len() - 1;
        let mut fails = |part: &str, change: &dyn Fn(&mut Value)| {
            let mut test = good.clone();
            change(&mut test);
            match verdict(&mut driver, &test) {
                Verdict::Failed(reason) => assert!(reason.contains(part), "{fork}: {reason}"),
                other => panic!("{fork}: {other:?}, expected a failure: {part}"),
            }
            assert!(matches!(verdict(&mut driver, &good), Verdict::Passed(_)), "{fork} after {part}");
        };
        let at = format!("block {last}: rejected: header: ");
        let wrong = |field: &str| format!("{at}{field} is ");
        fails(&wrong("state root"), &|t| with_header(t, last, |h| h.state_root.0[5] ^= 1));
        fails(&wrong("receipts root"), &|t| with_header(t, last, |h| h.receipts_root.0[5] ^= 1));
        fails(&wrong("gas used"), &|t| with_header(t, last, |h| h.gas_used -= 1));
        fails(&wrong("logs bloom"), &|t| with_header(t, last, |h| h.logs_bloom.0[9] ^= 1));
        fails("block 1: accepted, expected exception Any", &|t| t["blocks"][1]["expectException"] = json!("Any"));
        fails("block 2: hash is ", &|t| t["blocks"][2]["blockHeader"]["hash"] = json!(B256::ZERO));
        fails("block 2: hash is ", &|t| t["blocks"][2]["blockHeader"]["gasUsed"] = json!("0x01"));
        fails("expected lastblockhash", &|t| t["lastblockhash"] = json!(B256::ZERO));
        fails("block 0: rejected: parent ", &|t| drop(t["blocks"].as_array_mut().unwrap().remove(0)));
        fails("genesis: state root is ", &|t| {
            let (_, account) = t["pre"].as_object_mut().unwrap().iter_mut().next().unwrap();
            account["balance"] = json!("0x1234");
        });
        fails("genesis: genesisBlockHeader and genesisRLP differ", &|t| {
            t["genesisBlockHeader"]["timestamp"] = json!("0x01")
        });
        fails("post-state: root is ", &|t| t["postStateHash"] = json!(B256::ZERO));
        let recorder = format!("0x{}", "a1".repeat(20));
        for (part, field, value) in [
            ("balance is ", "balance", json!("0x77")),
            ("nonce is 1, expected 2", "nonce", json!("0x02")),
            ("code is 0x43", "code", json!("0x00")),
            ("slot 0x", "storage", json!({})),
        ] {
            fails(part, &|t| t["postState"][&recorder][field] = value.clone());
        }
        fails("slot 0x1234 is 0x0, expected 0x1", &|t| t["postState"][&recorder]["storage"]["0x1234"] = json!("0x01"));
        fails("it is present, expected absent", &|t| t["postState"][&recorder] = Value::Null);
        fails(" exists, expected none", &|t| drop(t["postState"].as_object_mut().unwrap().remove(&recorder)));
        fails("it is absent, expected present", &|t| {
            let account = t["postState"][&recorder].clone();
            t["postState"][format!("0x{}", "99".repeat(20))] = account;
        });
    }
}

#[test]
fn invalid_blocks_called_valid_fail() {
    let mut driver = Setup::lanes(2).open();
    let mut kinds = std::collections::BTreeSet::new();
    for file in ["invalid/berlin.json", "invalid/osaka.json"] {
        for (name, test) in tests(file) {
            for index in 0..test["blocks"].as_array().unwrap().len() {
                let Some(exception) = test["blocks"][index]["expectException"].as_str() else { continue };
                let mut changed = test.clone();
                changed["blocks"][index].as_object_mut().unwrap().remove("expectException");
                match verdict(&mut driver, &changed) {
                    Verdict::Failed(reason) => {
                        assert!(reason.starts_with(&format!("block {index}: rejected: ")), "{name}: {reason}")
                    }
                    other => panic!("{file} {name} block {index} ({exception}): {other:?}"),
                }
                kinds.insert(exception.to_owned());
            }
        }
    }
    assert!(kinds.len() > 30, "{kinds:?}");
}

/// A block that is rejected only because its outcome differs does not count for an invalid transaction.
#[test]
fn exceptions_of_transactions_need_invalid_transactions() {
    let mut driver = Setup::lanes(1).open();
    let mut test = tests("invalid/cancun.json").remove("test_invalid_header[Cancun]").unwrap();
    assert_eq!(test["blocks"][1]["expectException"], "BlockException.INVALID_STATE_ROOT");
    test["blocks"][1]["expectException"] = json!("TransactionException.NONCE_MISMATCH_TOO_LOW");
    assert!(
        matches!(verdict(&mut driver, &test), Verdict::Failed(reason) if reason.contains("NONCE_MISMATCH_TOO_LOW"))
    );
}

#[test]
fn what_is_no_blockchain_test_is_skipped_with_its_reason() {
    let mut driver = Setup::lanes(1).open();
    let good = tests("forks/cancun.json").remove("test_fork[Cancun]").unwrap();
    let mut skipped = |part: &str, test: &Value| match verdict(&mut driver, test) {
        Verdict::Skipped(reason) => assert!(reason.contains(part), "{reason}"),
        other => panic!("{other:?}, expected to be skipped: {part}"),
    };
    skipped("blockchain engine test", &json!({"engineNewPayloads": [], "pre": {}}));
    skipped("state test", &json!({"post": {}, "transaction": {}}));
    skipped("transaction test", &json!({"txbytes": "0x", "result": {}}));
    skipped("unknown format", &json!(7));
    let mut changed = |part: &str, change: &dyn Fn(&mut Value)| {
        let mut test = good.clone();
        change(&mut test);
        skipped(part, &test);
    };
    changed("fork Amsterdam is not supported", &|t| t["network"] = json!("Amsterdam"));
    changed("network CancunToPragueAtNoon is not supported", &|t| t["network"] = json!("CancunToPragueAtNoon"));
    changed("DAO fork", &|t| t["network"] = json!("HomesteadToDaoAt5"));
    changed("blobSchedule has no valid entry for fork BPO7", &|t| t["network"] = json!("BPO7"));
    changed("blobSchedule has no valid entry for fork Cancun", &|t| {
        t["config"]["blobSchedule"]["Cancun"]["baseFeeUpdateFraction"] = json!("0x0")
    });
    changed("missing field `lastblockhash`", &|t| drop(t.as_object_mut().unwrap().remove("lastblockhash")));
    changed("genesisRLP", &|t| t["genesisRLP"] = json!("0x1234"));
    changed("gasLimit is out of range", &|t| t["genesisBlockHeader"]["gasLimit"] = json!(U256::MAX));
    changed("proofs of work", &|t| {
        t["sealEngine"] = json!("Ethash");
        t["blocks"][0]["expectException"] = json!("InvalidMixHash");
    });
    assert!(parse(b"[]").is_err() && parse(b"").is_err());
}

/// Whatever is done to a file, the answer is a verdict.
#[test]
fn damaged_tests_never_panic() {
    let seed = std::env::var("GASLANE_SEED").map_or(0xb10c, |seed| seed.parse().unwrap());
    println!("GASLANE_SEED={seed}");
    let mut random = gaslane_tests::random::Random::new(seed);
    let mut driver = Setup::lanes(2).open();
    let text = json!({ "t": tests("forks/osaka.json")["test_fork[Osaka]"] }).to_string().into_bytes();
    for end in (0..text.len()).step_by(997) {
        assert!(parse(&text[..end]).is_err());
    }
    let mut ran = 0;
    for _ in 0..300 {
        let mut damaged = text.clone();
        for _ in 0..1 + random.below(3) {
            let at = random.below(damaged.len() as u64) as usize;
            damaged[at] = b"0123456789abcdef\"{}[]:,x"[random.below(24) as usize];
        }
        for case in parse(&damaged).into_iter().flatten() {
            ran += 1;
            case.run(&mut driver);
        }
    }
    assert!(ran > 100, "{ran}");
}
