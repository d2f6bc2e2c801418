//! Block sources: what they read, and how they refuse.

use alloy_consensus::crypto::secp256k1;
use alloy_consensus::{EthereumTxEnvelope, SignableTransaction, TxEip1559, TxEip4844, TxLegacy};
use alloy_primitives::{Address, B256, TxKind, U256, address, b256, hex};
use flate2::{Compression, write::GzEncoder};
use gaslane::oracle::execute_sequential;
use gaslane::source::{SourceError, SourceErrorKind as Kind, bundle, samples::SAMPLES, t8n};
use revm::DatabaseRef;
use revm::primitives::hardfork::SpecId;
use serde_json::{Value, json};
use std::io::{Read, Write};

const KEY: B256 = b256!("45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8");
const SENDER: Address = address!("a94f5374fce5edbc8e2a8697c15331677e6ebf0b");

/// A bundle with one call that reads the hash of the parent.
fn small() -> Value {
    json!({
        "block": {
            "number": "0xe4e1c0", "timestamp": "0x62ff0000", "miner": format!("{:#x}", Address::repeat_byte(0xcb)),
            "gasLimit": "0x1c9c380", "baseFeePerGas": "0x7", "difficulty": "0x1", "gasUsed": "0x5208",
            "logsBloom": format!("0x{}", "00".repeat(256)), "receiptsRoot": B256::ZERO,
            "mixHash": B256::ZERO, "parentHash": B256::repeat_byte(0x11),
            "transactions": [{
                "type": "0x2", "nonce": "0x1", "gas": "0xf4240", "maxFeePerGas": "0xff", "chainId": "0x1",
                "maxPriorityFeePerGas": "0x1", "to": Address::repeat_byte(0xaa), "value": "0x0", "input": "0x1234",
                "accessList": [{"address": Address::repeat_byte(0xaa), "storageKeys": [B256::ZERO]}],
                "from": Address::repeat_byte(0x01), "v": "0x0", "r": "0x1", "s": "0x1"
            }]
        },
        "pre": {
            "0x0101010101010101010101010101010101010101": {"balance": "0xde0b6b3a7640000", "nonce": 1},
            "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": {
                "balance": "0x0", "nonce": 1, "storage": {"0x0": "0x5"},
                "code_hash": "0x5e7a0e3ac7a86ba0d6f9b9bc1b08eb2aa6dc19b2b42e4d4a7de62d5c2e0a8c2f"
            }
        },
        "codes": {},
        "hashes": {"14999999": B256::repeat_byte(0x22)}
    })
}

/// The small bundle with its code under the right hash.
fn complete() -> Value {
    let code = hex!("5f355f5560016001435f03405f5500");
    let hash = alloy_primitives::keccak256(code);
    let mut value = small();
    value["codes"][hash.to_string()] = hex::encode_prefixed(code).into();
    value["pre"]["0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]["code_hash"] = hash.to_string().into();
    value
}

fn parse(value: &Value) -> Result<gaslane::block::BlockInput, SourceError> {
    bundle::parse("b.json", value.to_string().as_bytes()).map(|(block, _)| block)
}

fn refuse(change: impl FnOnce(&mut Value)) -> SourceError {
    let mut value = complete();
    change(&mut value);
    let error = parse(&value).unwrap_err();
    assert!(error.to_string().starts_with("b.json: ") && error.to_string().ends_with(')'), "{error}");
    error
}

fn sample(number: &str) -> Value {
    let (_, bytes) = SAMPLES.iter().find(|(name, _)| name.contains(number)).unwrap();
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(*bytes).read_to_end(&mut json).unwrap();
    serde_json::from_slice(&json).unwrap()
}

#[test]
fn small_bundle_is_read() {
    let bytes = complete().to_string();
    let (block, state) = bundle::parse("b.json", bytes.as_bytes()).unwrap();
    assert_eq!((block.spec, block.chain_id, block.number()), (SpecId::LONDON, 1, 15_000_000));
    assert_eq!(block.transactions[0].access_list.0[0].storage_keys, [B256::ZERO]);
    assert_eq!(state.block_hash_ref(14_999_999).unwrap(), B256::repeat_byte(0x22));
    assert!(state.block_hash_ref(14_999_998).unwrap_err().to_string().contains("14999998"));
    assert_eq!(state.storage_ref(Address::repeat_byte(0xaa), U256::ZERO).unwrap(), U256::from(5));
    assert_eq!(state.basic_ref(Address::repeat_byte(0x77)).unwrap(), None);

    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    assert_eq!(bundle::parse("b.json.gz", &gzip).unwrap().0.transactions, block.transactions);
    let cut = bundle::parse("b.json.gz", &gzip[..gzip.len() / 2]).unwrap_err();
    assert!(matches!(cut.kind(), Kind::Gzip(_)), "{cut}");
}

#[test]
fn errors_name_file_field_and_cure() {
    let missing = tempdir().join("none.json");
    assert!(matches!(bundle::read(&missing).unwrap_err().kind(), Kind::Read(_)));
    assert!(matches!(bundle::parse("x", b"{\"block\":").unwrap_err().kind(), Kind::Json(_)));
    assert!(matches!(bundle::parse("x", b"[]").unwrap_err().kind(), Kind::WrongType { .. }));

    let e = refuse(|v| drop(v["block"].as_object_mut().unwrap().remove("gasLimit")));
    assert!(matches!(e.kind(), Kind::Missing) && e.at() == "block.gasLimit", "{e}");
    let e = refuse(|v| v["block"]["transactions"][0]["gas"] = json!({}));
    assert!(matches!(e.kind(), Kind::WrongType { .. }) && e.at() == "block.transactions[0].gas", "{e}");
    let e = refuse(|v| v["block"]["transactions"][0]["input"] = json!("0x123"));
    assert_eq!(e.at(), "block.transactions[0].input");
    let e = refuse(|v| v["block"]["transactions"][0]["gas"] = json!("0x10000000000000000"));
    assert!(matches!(e.kind(), Kind::Range { .. }), "{e}");
    let e = refuse(|v| v["block"]["transactions"][0]["type"] = json!("0x7"));
    assert!(matches!(e.kind(), Kind::TransactionType(7)), "{e}");
    let e = refuse(|v| v["fork"] = json!("Verkle"));
    assert!(matches!(e.kind(), Kind::Fork(_)) && e.at() == "fork", "{e}");
    let e = refuse(|v| v["fork"] = json!("Amsterdam"));
    assert!(e.to_string().contains("fork: unknown fork \"Amsterdam\" (use a name from Frontier to Osaka"), "{e}");
    for (field, since) in [
        ("withdrawalsRoot", SpecId::SHANGHAI),
        ("blobGasUsed", SpecId::CANCUN),
        ("requestsHash", SpecId::PRAGUE),
        ("blockAccessListHash", SpecId::AMSTERDAM),
        ("slotNumber", SpecId::AMSTERDAM),
    ] {
        let e = refuse(|v| v["block"][field] = json!("0x1"));
        assert!(
            matches!(e.kind(), Kind::LaterFork { since: s, spec: SpecId::LONDON } if *s == since)
                && e.at() == format!("block.{field}"),
            "{e}"
        );
    }
    let e = refuse(|v| v["fork"] = json!("Berlin"));
    assert!(
        matches!(e.kind(), Kind::LaterFork { since: SpecId::LONDON, .. }) && e.at() == "block.baseFeePerGas",
        "{e}"
    );
    let e = refuse(|v| v["chain_id"] = json!(10));
    assert!(matches!(e.kind(), Kind::Chain(10)), "{e}");
    let e = refuse(|v| {
        // EIP-2: s in the upper half.
        v["block"]["transactions"][0]["s"] = json!(format!("0x{}", "f".repeat(64)));
        v["block"]["transactions"][0].as_object_mut().unwrap().remove("from");
    });
    assert!(matches!(e.kind(), Kind::Signature), "{e}");
    let e = refuse(|v| {
        let tx = v["block"]["transactions"][0].as_object_mut().unwrap();
        tx.remove("from");
        tx.remove("r");
    });
    assert!(matches!(e.kind(), Kind::NoSender), "{e}");
    let e = refuse(|v| v["codes"] = json!({}));
    assert!(matches!(e.kind(), Kind::MissingCode { address, .. } if *address == Address::repeat_byte(0xaa)), "{e}");
    let e = refuse(|v| v["codes"][B256::ZERO.to_string()] = json!("0x00"));
    assert!(matches!(e.kind(), Kind::CodeHash { .. }), "{e}");
    let e = refuse(|v| v["pre"]["0x12"] = json!({}));
    assert_eq!(e.at(), "pre.0x12");
    let e = refuse(|v| v["pre"]["0x0101010101010101010101010101010101010101"]["storage"] = json!({"zz": "0x0"}));
    assert_eq!(e.at(), "pre.0x0101010101010101010101010101010101010101.storage.zz");
}

#[test]
fn rules_can_be_overridden() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value = complete();
        change(&mut value);
        parse(&value).unwrap()
    };
    let block = with(&|v| v["fork"] = json!("Paris"));
    assert_eq!((block.spec, block.env.prevrandao), (SpecId::MERGE, Some(B256::ZERO)));
    let block = with(&|v| {
        v["config"] = json!({"network": "Cancun", "chainid": "0x7", "blobSchedule":
            {"Cancun": {"target": "0x3", "max": "0x6", "baseFeeUpdateFraction": "0x1000"}}});
        v["block"]["excessBlobGas"] = json!("0x2000");
    });
    assert_eq!((block.spec, block.chain_id), (SpecId::CANCUN, 7));
    assert_eq!(block.env.blob_excess_gas_and_price.unwrap().blob_gasprice, 7);
}

#[test]
fn senders_are_recovered_for_every_type() {
    for number in ["13217637", "19923400"] {
        let mut value = sample(number);
        let given = parse(&value).unwrap();
        for tx in value["block"]["transactions"].as_array_mut().unwrap() {
            tx.as_object_mut().unwrap().remove("from");
        }
        let recovered = parse(&value).unwrap();
        assert!(given.transactions == recovered.transactions, "{number}");
    }
}

#[test]
fn damaged_bundles_never_panic() {
    let text = complete().to_string().into_bytes();
    for end in 0..text.len() {
        bundle::parse("cut", &text[..end]).unwrap_err();
    }
    // xorshift64*, so that a failure repeats.
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    };
    for _ in 0..20_000 {
        let mut damaged = text.clone();
        for _ in 0..1 + random() % 4 {
            let at = random() as usize % damaged.len();
            damaged[at] = *b"0123456789abcdefxzF\"{}[]:,-.e \\\xff".get(random() as usize % 33).unwrap_or(&0);
        }
        if let Ok((block, state)) = bundle::parse("damaged", &damaged) {
            let _ = execute_sequential(&block, &state);
        }
    }
}

fn alloc() -> Value {
    json!({
        SENDER.to_string(): {"balance": "0x5ffd4878be161d74", "nonce": "0xac"},
        "0x00000000000000000000000000000000000000aa": {"balance": "0x0", "code": "0x60015f5500", "nonce": "0x1"}
    })
}

fn env() -> Value {
    json!({
        "currentCoinbase": "0xaa00000000000000000000000000000000000000", "currentDifficulty": "0x20000",
        "currentGasLimit": "0x750a163df65e8a", "currentNumber": "2", "currentTimestamp": "1000",
        "parentBaseFee": "0x500", "parentGasUsed": "0x0", "parentGasLimit": "0x1000000",
        "currentRandom": "0xdeadc0de", "parentExcessBlobGas": "0x80000", "parentBlobGasUsed": "0x20000",
        "parentBeaconBlockRoot": B256::ZERO, "blockHashes": {"1": B256::repeat_byte(5), "0x0": B256::repeat_byte(4)},
        "withdrawals": [{"index": "0x0", "validatorIndex": "0x0", "address": SENDER, "amount": "0x2a"}]
    })
}

fn t8n(txs: &Value, fork: &str) -> Result<(gaslane::block::BlockInput, gaslane::source::MemoryState), SourceError> {
    let [alloc, env, txs] = [alloc(), env(), txs.clone()].map(|v| v.to_string().into_bytes());
    t8n::parse([&alloc, &env, &txs], fork, 1)
}

#[test]
fn t8n_with_secret_keys_runs() {
    let authority = SENDER;
    let txs = json!([
        {"type": "0x0", "nonce": "0xac", "gas": "0x30d40", "gasPrice": "0x500", "value": "0x1", "input": "0x",
         "to": "0x00000000000000000000000000000000000000aa", "v": "0x0", "r": "0x0", "s": "0x0", "secretKey": KEY},
        {"type": "0x4", "chainId": "0x1", "nonce": "0xad", "gas": "0x30d40", "maxFeePerGas": "0x500", "value": "0x0",
         "maxPriorityFeePerGas": "0x0", "to": authority, "input": "0x", "secretKey": KEY, "accessList": [],
         "authorizationList": [{"chainId": "0x0", "address": Address::ZERO, "nonce": "0x0", "v": "0x0", "r": "0x1", "s": "0x1"}]}
    ]);
    let (block, state) = t8n(&txs, "Prague").unwrap();
    assert_eq!(block.transactions[0].caller, SENDER);
    assert_eq!(block.transactions[1].caller, SENDER);
    assert_eq!(block.transactions[0].chain_id, Some(1));
    assert_eq!(block.parent_hash, Some(B256::repeat_byte(5)));
    assert_eq!(block.env.basefee, 0x500 - 0x500 / 8);
    assert_eq!(block.env.prevrandao, Some(B256::from(U256::from(0xdeadc0de_u64))));
    let outcome = execute_sequential(&block, &state).unwrap();
    assert!(outcome.gas_used > 2 * 21_000);
    assert_eq!(outcome.transactions.len(), 2);

    let missing = t8n(&json!([{"type": "0x0", "gas": "0x1", "gasPrice": "0x1"}]), "Berlin").unwrap_err();
    assert_eq!((missing.file(), missing.at()), ("txs.json", "[0].nonce"));
    assert!(matches!(t8n(&json!([]), "Nowhere").unwrap_err().kind(), Kind::Fork(_)));
}

#[test]
fn t8n_with_rlp_gives_the_same_transactions() {
    let legacy = TxLegacy {
        chain_id: Some(1),
        nonce: 0xac,
        gas_price: 0x500,
        gas_limit: 50_000,
        to: TxKind::Call(Address::ZERO),
        value: U256::ONE,
        input: Default::default(),
    };
    let dynamic = TxEip1559 {
        chain_id: 1,
        nonce: 0xad,
        gas_limit: 60_000,
        max_fee_per_gas: 0x500,
        max_priority_fee_per_gas: 1,
        to: TxKind::Create,
        ..Default::default()
    };
    let (a, b) = (legacy.signature_hash(), dynamic.signature_hash());
    let txs: Vec<EthereumTxEnvelope<TxEip4844>> = vec![
        legacy.into_signed(secp256k1::sign_message(KEY, a).unwrap()).into(),
        dynamic.into_signed(secp256k1::sign_message(KEY, b).unwrap()).into(),
    ];
    let rlp = json!(hex::encode_prefixed(alloy_rlp::encode(&txs)));
    let (block, _) = t8n(&rlp, "London").unwrap();
    assert!(block.transactions.iter().all(|tx| tx.caller == SENDER));
    // The same transactions as JSON, recovered from the signature.
    let (json, _) = t8n(&serde_json::to_value(&txs).unwrap(), "London").unwrap();
    assert_eq!(json.transactions, block.transactions);
    let cut = json!(rlp.as_str().unwrap()[..rlp.as_str().unwrap().len() - 2]);
    assert!(matches!(t8n(&cut, "London").unwrap_err().kind(), Kind::Rlp(_)));
}

#[test]
fn t8n_directory() {
    let directory = tempdir();
    for (name, value) in [("alloc.json", alloc()), ("env.json", env()), ("txs.json", json!([]))] {
        std::fs::write(directory.join(name), value.to_string()).unwrap();
    }
    let (block, _) = t8n::read(&t8n::Files::in_directory(&directory), "Shanghai", 5).unwrap();
    assert_eq!((block.spec, block.chain_id, block.withdrawals.len()), (SpecId::SHANGHAI, 5, 1));
    std::fs::remove_dir_all(&directory).unwrap();
}

fn tempdir() -> std::path::PathBuf {
    let directory = std::env::temp_dir().join(format!("gaslane-sources-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory
}
