//! Bundles as such: names, options, hashes, signatures, sameness.

use crate::case::get;
use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{Header, TxEnvelope, proofs::calculate_transaction_root};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use gaslane_workload::{Kind, MAX_TXS, Options, WorkloadError, generate, names};

#[test]
fn names_read_as_they_are_written() {
    assert_eq!(names().len(), Kind::ALL.len());
    for (kind, name) in Kind::ALL.iter().zip(names()) {
        assert_eq!(kind.to_string(), *name);
        assert_eq!(name.parse(), Ok(*kind));
        assert!(kind.about().len() > 20 && (0.0..=1.0).contains(&kind.default_conflict()));
    }
    assert_eq!("swap".parse::<Kind>(), Err(WorkloadError::Name("swap".to_owned())));
}

#[test]
fn options_out_of_range_are_told() {
    let good = Options::for_kind(Kind::Transfers);
    for txs in [0, MAX_TXS + 1, usize::MAX] {
        let error = generate(Kind::Transfers, &Options { txs, ..good }).unwrap_err();
        assert_eq!(error, WorkloadError::Txs(txs));
    }
    for conflict in [-0.1, 1.1, f64::INFINITY, f64::NAN] {
        let error = generate(Kind::Transfers, &Options { conflict, ..good }).unwrap_err();
        assert!(matches!(error, WorkloadError::Conflict(_)));
    }
}

#[test]
fn equal_options_give_equal_bytes() {
    for kind in Kind::ALL {
        let options = Options { txs: 40, ..Options::for_kind(*kind) };
        let text = |options: &Options| generate(*kind, options).unwrap().bundle().to_string();
        assert_eq!(text(&options), text(&options), "{kind}");
        assert_ne!(text(&options), text(&Options { seed: 2, ..options }), "{kind}");
    }
}

/// The same on every machine and with every version, or the change is meant.
#[test]
fn bytes_are_known() {
    let options = Options { txs: 40, conflict: 0.5, seed: 42 };
    let digest = |kind: &Kind| keccak256(generate(*kind, &options).unwrap().bundle().to_string());
    let digests: Vec<B256> = Kind::ALL.iter().map(digest).collect();
    let known: B256 = "0xe0b2989e76526419f594eefbbdda8776e12875886f2815102ec081569c5c9d82".parse().unwrap();
    assert_eq!(keccak256(digests.iter().flat_map(|digest| digest.0).collect::<Vec<u8>>()), known);
}

#[test]
fn hashes_and_signatures_are_right() {
    for kind in Kind::ALL {
        let options = Options { txs: 30, conflict: 0.5, seed: 9 };
        let workload = generate(*kind, &options).unwrap();
        let bundle = workload.bundle();
        let block = &bundle["block"];
        let header: Header = serde_json::from_value(block.clone()).unwrap();
        assert_eq!(header.hash_slow(), get::<B256>(block, "hash"));
        assert_eq!(header.state_root, workload.post().root());
        assert!(header.gas_used <= header.gas_limit && header.base_fee_per_gas == Some(7));
        assert!(!bundle["pre"].as_object().unwrap().contains_key(&format!("{:#x}", header.beneficiary)));
        let mut transactions = Vec::new();
        for (index, value) in block["transactions"].as_array().unwrap().iter().enumerate() {
            let tx: TxEnvelope = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(tx.recover_signer().unwrap(), get::<Address>(value, "from"));
            assert_eq!(tx.hash(), &get::<B256>(value, "hash"));
            assert_eq!(get::<U256>(value, "transactionIndex"), U256::from(index));
            assert_eq!(get::<B256>(value, "blockHash"), header.hash_slow());
            assert_eq!(get::<U256>(value, "type"), U256::from(2));
            for key in ["r", "s", "yParity"] {
                get::<U256>(value, key);
            }
            get::<Bytes>(value, "input");
            transactions.push(tx);
        }
        assert_eq!(transactions.len(), options.txs);
        assert_eq!(workload.labels.len(), options.txs);
        assert_eq!(header.transactions_root, calculate_transaction_root(&transactions));
    }
}
