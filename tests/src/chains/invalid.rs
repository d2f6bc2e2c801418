//! Chains with blocks that must be rejected: one kind of fault each, between blocks that are valid.

use super::programs::{self, RECORDER};
use super::scenarios::{PRICE, senders};
use super::transactions::{Call, Sender, Signed};
use super::{Chain, Draft, ETHER, rules};
use alloy_consensus::Header;
use alloy_consensus::proofs::{calculate_ommers_root, calculate_transaction_root, calculate_withdrawals_root};
use alloy_eips::eip4895::Withdrawal;
use alloy_eips::eip7002;
use alloy_primitives::{Address, B256, Bloom, U256};
use revm::primitives::hardfork::SpecId;

type Body = alloy_consensus::BlockBody<super::Envelope, Header>;

/// Forks whose rejections are tested.
const FORKS: [&str; 5] = ["Berlin", "London", "Shanghai", "Cancun", "Osaka"];

pub(super) fn all() -> Vec<(String, Vec<Chain>)> {
    FORKS
        .iter()
        .map(|fork| (format!("invalid/{}", fork.to_lowercase()), vec![headers(fork), transactions(fork)]))
        .collect()
}

fn start(name: &str, fork: &str) -> (Chain, Vec<Sender>) {
    let mut senders = senders();
    let mut chain = Chain::new(name, fork, programs::genesis(rules(fork).spec, &senders));
    let first = draft(&mut senders, 0);
    chain.push(&first);
    (chain, senders)
}

/// A valid block: two calls with logs, of one sender.
fn draft(senders: &mut [Sender], sender: usize) -> Draft {
    let mut call = || senders[sender].legacy(Some(1), PRICE, Call::new(RECORDER, Vec::new()));
    Draft { transactions: vec![call(), call()], seconds: 10, ..Draft::default() }
}

/// Faults of headers and bodies.
fn headers(fork: &str) -> Chain {
    let (mut chain, mut senders) = start("test_invalid_header", fork);
    let spec = rules(fork).spec;
    let has = |since| spec.is_enabled_in(since);
    let good = draft(&mut senders, 1);
    let mut fault = |exception: &str, change: &dyn Fn(&mut Header, &mut Body)| {
        chain.reject(&format!("BlockException.{exception}"), &good, change);
    };
    fault("INVALID_STATE_ROOT", &|h, _| h.state_root.0[0] ^= 1);
    fault("INVALID_RECEIPTS_ROOT", &|h, _| h.receipts_root.0[31] ^= 1);
    fault("INVALID_GAS_USED", &|h, _| h.gas_used += 1);
    fault("INVALID_LOG_BLOOM", &|h, _| h.logs_bloom = Bloom::ZERO);
    fault("INVALID_TRANSACTIONS_ROOT", &|h, _| h.transactions_root = B256::ZERO);
    fault("INVALID_TRANSACTIONS_ROOT", &|_, b| b.transactions.truncate(1));
    fault("INVALID_UNCLES_HASH", &|h, _| h.ommers_hash = B256::ZERO);
    fault("UNKNOWN_PARENT", &|h, _| h.parent_hash = B256::repeat_byte(1));
    fault("INVALID_BLOCK_NUMBER", &|h, _| h.number += 1);
    fault("INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT", &|h, _| h.timestamp -= 10);
    fault("INVALID_GASLIMIT", &|h, _| h.gas_limit += h.gas_limit / 1024);
    fault("INVALID_GAS_USED_ABOVE_LIMIT", &|h, _| h.gas_used = h.gas_limit + 1);
    fault("EXTRA_DATA_TOO_BIG", &|h, _| h.extra_data = vec![0; 33].into());
    fault("INVALID_DIFFICULTY", &|h, _| h.difficulty += U256::ONE);
    if has(SpecId::LONDON) {
        fault("INVALID_BASEFEE_PER_GAS", &|h, _| h.base_fee_per_gas = h.base_fee_per_gas.map(|fee| fee - 1));
        fault("INCORRECT_BLOCK_FORMAT", &|h, _| {
            h.base_fee_per_gas = None;
            h.withdrawals_root = None;
            h.blob_gas_used = None;
            h.excess_blob_gas = None;
            h.parent_beacon_block_root = None;
            h.requests_hash = None;
        });
    } else {
        fault("INCORRECT_BLOCK_FORMAT", &|h, _| h.base_fee_per_gas = Some(7));
    }
    if has(SpecId::MERGE) {
        let ommer = |h: &mut Header, b: &mut Body| {
            b.ommers = vec![h.clone()];
            h.ommers_hash = calculate_ommers_root(&b.ommers);
        };
        fault("IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS", &ommer);
    } else {
        // An ommer whose parent is no ancestor, and three of them.
        fault("UNCLE_PARENT_INCORRECT", &|h, b| {
            b.ommers = vec![Header { extra_data: b"x".as_slice().into(), ..h.clone() }];
            h.ommers_hash = calculate_ommers_root(&b.ommers);
        });
        fault("TOO_MANY_UNCLES", &|h, b| {
            b.ommers = vec![h.clone(); 3];
            h.ommers_hash = calculate_ommers_root(&b.ommers);
        });
    }
    if has(SpecId::SHANGHAI) {
        fault("INVALID_WITHDRAWALS_ROOT", &|h, _| h.withdrawals_root = Some(B256::ZERO));
        fault("INVALID_STATE_ROOT", &|h, b| {
            let list = vec![Withdrawal { address: RECORDER, amount: 1, ..Default::default() }];
            h.withdrawals_root = Some(calculate_withdrawals_root(&list));
            b.withdrawals = Some(list.into());
        });
        fault("INCORRECT_BLOCK_FORMAT", &|_, b| b.withdrawals = None);
    }
    if has(SpecId::CANCUN) {
        fault("INCORRECT_EXCESS_BLOB_GAS", &|h, _| h.excess_blob_gas = Some(131_072));
        fault("INCORRECT_BLOB_GAS_USED", &|h, _| h.blob_gas_used = Some(131_072));
        fault("INVALID_STATE_ROOT", &|h, _| h.parent_beacon_block_root = Some(B256::repeat_byte(9)));
    }
    if has(SpecId::PRAGUE) {
        fault("INVALID_REQUESTS", &|h, _| h.requests_hash = Some(B256::ZERO));
    } else if has(SpecId::CANCUN) {
        fault("INCORRECT_BLOCK_FORMAT", &|h, _| h.requests_hash = Some(B256::ZERO));
    }
    let format = "BlockException.RLP_STRUCTURES_ENCODING";
    chain.reject_rlp(format, &good, |rlp| rlp.truncate(rlp.len() - 1));
    chain.reject_rlp(format, &good, |rlp| rlp.push(0));
    chain.reject_rlp(format, &good, Vec::clear);
    // The state is as it was: the same block without a fault is valid.
    chain.push(&good);
    chain.push(&draft(&mut senders, 0));
    chain
}

/// Faults of transactions.
fn transactions(fork: &str) -> Chain {
    let (mut chain, mut senders) = start("test_invalid_transaction", fork);
    let spec = rules(fork).spec;
    let has = |since| spec.is_enabled_in(since);
    let good = draft(&mut senders, 1);
    let call = || Call::new(RECORDER, Vec::new());
    let legacy = |sender: &Sender, price, call| sender.clone().legacy(Some(1), price, call);
    let next = senders[1].clone();
    let poor = Sender::new(0x77);
    let other_chain = next.clone().legacy(Some(2), PRICE, call());
    let mut faults: Vec<(&str, Signed)> = vec![
        ("NONCE_MISMATCH_TOO_LOW", legacy(&next.at(0), PRICE, call())),
        ("NONCE_MISMATCH_TOO_HIGH", legacy(&next.at(next.nonce + 1), PRICE, call())),
        ("INSUFFICIENT_ACCOUNT_FUNDS", legacy(&poor, PRICE, call())),
        (
            "INSUFFICIENT_ACCOUNT_FUNDS",
            legacy(&next, PRICE, Call { value: U256::from(ETHER) * U256::from(1000), ..call() }),
        ),
        ("INTRINSIC_GAS_TOO_LOW", legacy(&next, PRICE, call().gas(20_999))),
        ("INVALID_CHAINID", other_chain),
    ];
    if has(SpecId::LONDON) {
        faults.push(("INSUFFICIENT_MAX_FEE_PER_GAS", legacy(&next, 1, call())));
    } else {
        faults.push(("TYPE_2_TX_PRE_FORK", next.clone().dynamic(PRICE, call())));
    }
    if has(SpecId::CANCUN) {
        faults.push(("TYPE_3_TX_ZERO_BLOBS", next.clone().blobs(PRICE, &call(), 0)));
        faults.push(("TYPE_3_TX_BLOB_COUNT_EXCEEDED", next.clone().blobs(PRICE, &call(), 10)));
    } else {
        faults.push(("TYPE_3_TX_PRE_FORK", next.clone().blobs(PRICE, &call(), 1)));
    }
    if has(SpecId::PRAGUE) {
        faults.push(("TYPE_4_EMPTY_AUTHORIZATION_LIST", next.clone().set_code(PRICE, &call(), Vec::new())));
        faults.push(("GAS_LIMIT_EXCEEDS_MAXIMUM", legacy(&next, PRICE, call().gas(16_777_217))));
    } else {
        // All the gas of the block, of which a part is used.
        faults.push(("GAS_ALLOWANCE_EXCEEDED", legacy(&next, PRICE, call().gas(chain.parent.gas_limit))));
        let authorization = Sender::new(0x61).authorize(RECORDER);
        faults.push(("TYPE_4_TX_PRE_FORK", next.clone().set_code(PRICE, &call(), vec![authorization])));
    }
    if has(SpecId::SHANGHAI) {
        let long = Call::create(vec![0; 49_153]).gas(5_000_000);
        faults.push(("INITCODE_SIZE_EXCEEDED", legacy(&next, PRICE, long)));
    }
    for (exception, tx) in &faults {
        chain.reject_transaction(&format!("TransactionException.{exception}"), &good, tx);
    }
    // The signature of nobody: s in the upper half (EIP-2).
    chain.reject("TransactionException.INVALID_SIGNATURE_VRS", &good, |header, body| {
        use alloy_consensus::{SignableTransaction, TxLegacy};
        let signature = alloy_primitives::Signature::new(U256::ONE, U256::MAX - U256::ONE, false);
        let tx = TxLegacy { chain_id: Some(1), gas_price: PRICE, gas_limit: 21_000, ..TxLegacy::default() };
        body.transactions.push(tx.into_signed(signature).into());
        header.transactions_root = calculate_transaction_root(&body.transactions);
    });
    if has(SpecId::PRAGUE) {
        // A request that the header does not know of.
        let request = Call::new(eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, vec![0x44; 56]).value(1);
        let mut with_request = good.clone();
        with_request.transactions.push(legacy(&next, PRICE, request));
        chain.reject("BlockException.INVALID_REQUESTS", &with_request, |header, _| {
            header.requests_hash = Some(alloy_eips::eip7685::Requests::default().requests_hash());
        });
    }
    chain.push(&good);
    let mut last = draft(&mut senders, 2);
    last.transactions.push(senders[0].legacy(
        Some(1),
        PRICE,
        Call::new(Address::repeat_byte(0xee), Vec::new()).value(1),
    ));
    chain.push(&last);
    chain
}
