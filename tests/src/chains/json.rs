//! JSON of the test format: field names and notation.

use super::{Account, Envelope, Sealed};
use alloy_consensus::{Block, Header, Transaction, Typed2718};
use alloy_primitives::{Address, Bytes, U256};
use gaslane::source::MemoryState;
use gaslane::source::schedule::Rules;
use revm::DatabaseRef;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// An even number of digits, at least two.
pub(super) fn number(value: impl TryInto<U256>) -> String {
    let value = value.try_into().unwrap_or_default();
    let digits = format!("{value:x}");
    format!("0x{}{digits}", if digits.len() % 2 == 1 { "0" } else { "" })
}

pub(super) fn header(header: &Header) -> Value {
    let mut value = json!({
        "parentHash": header.parent_hash,
        "uncleHash": header.ommers_hash,
        "coinbase": lower(header.beneficiary),
        "stateRoot": header.state_root,
        "transactionsTrie": header.transactions_root,
        "receiptTrie": header.receipts_root,
        "bloom": header.logs_bloom,
        "difficulty": number(header.difficulty),
        "number": number(header.number),
        "gasLimit": number(header.gas_limit),
        "gasUsed": number(header.gas_used),
        "timestamp": number(header.timestamp),
        "extraData": header.extra_data,
        "mixHash": header.mix_hash,
        "nonce": header.nonce,
        "hash": header.hash_slow(),
    });
    let optional = [
        ("baseFeePerGas", header.base_fee_per_gas.map(|v| json!(number(v)))),
        ("withdrawalsRoot", header.withdrawals_root.map(|v| json!(v))),
        ("blobGasUsed", header.blob_gas_used.map(|v| json!(number(v)))),
        ("excessBlobGas", header.excess_blob_gas.map(|v| json!(number(v)))),
        ("parentBeaconBlockRoot", header.parent_beacon_block_root.map(|v| json!(v))),
        ("requestsHash", header.requests_hash.map(|v| json!(v))),
    ];
    for (name, field) in optional {
        if let Some(field) = field {
            value[name] = field;
        }
    }
    value
}

fn lower(address: Address) -> String {
    format!("{address:#x}")
}

fn transaction(tx: &Envelope, sender: Address) -> Value {
    let signature = tx.signature();
    let parity = u64::from(signature.v());
    let v = match (tx.ty(), tx.chain_id()) {
        (0, None) => 27 + parity,
        (0, Some(id)) => 35 + 2 * id + parity,
        _ => parity,
    };
    let mut value = json!({
        "type": number(u64::from(tx.ty())),
        "nonce": number(tx.nonce()),
        "gasLimit": number(tx.gas_limit()),
        "to": tx.to().map(lower).unwrap_or_default(),
        "value": number(tx.value()),
        "data": tx.input(),
        "v": number(v),
        "r": number(signature.r()),
        "s": number(signature.s()),
        "sender": lower(sender),
    });
    let mut set = |name: &str, field: Value| value[name] = field;
    if let Some(id) = tx.chain_id() {
        set("chainId", json!(number(id)));
    }
    match tx.max_priority_fee_per_gas() {
        None => set("gasPrice", json!(number(tx.max_fee_per_gas()))),
        Some(tip) => {
            set("maxPriorityFeePerGas", json!(number(tip)));
            set("maxFeePerGas", json!(number(tx.max_fee_per_gas())));
        }
    }
    if let Some(list) = tx.access_list() {
        let item = |item: &alloy_eips::eip2930::AccessListItem| json!({"address": lower(item.address), "storageKeys": item.storage_keys});
        set("accessList", list.0.iter().map(item).collect());
    }
    if let Some(hashes) = tx.blob_versioned_hashes() {
        set("blobVersionedHashes", json!(hashes));
        set("maxFeePerBlobGas", json!(number(tx.max_fee_per_blob_gas().unwrap_or_default())));
    }
    if let Some(list) = tx.authorization_list() {
        let item = |signed: &alloy_eips::eip7702::SignedAuthorization| {
            json!({
                "chainId": number(*signed.chain_id()), "address": lower(signed.address), "nonce": number(signed.nonce),
                "v": number(u64::from(signed.y_parity())), "r": number(signed.r()), "s": number(signed.s()),
            })
        };
        set("authorizationList", list.iter().map(item).collect());
    }
    value
}

/// A valid block with its contents.
pub(super) fn valid_block(sealed: &Sealed) -> Value {
    let Sealed { header: sealed_header, body, senders, .. } = sealed;
    let block = Block { header: sealed_header.clone(), body: body.clone() };
    let transactions = body.transactions.iter().zip(senders).map(|(tx, sender)| transaction(tx, *sender));
    let mut value = json!({
        "blockHeader": header(sealed_header),
        "transactions": transactions.collect::<Vec<_>>(),
        "uncleHeaders": body.ommers.iter().map(header).collect::<Vec<_>>(),
        "rlp": Bytes::from(alloy_rlp::encode(&block)),
        "blocknumber": sealed_header.number.to_string(),
    });
    if let Some(withdrawals) = &body.withdrawals {
        let item = |w: &alloy_eips::eip4895::Withdrawal| {
            json!({
                "index": number(w.index), "validatorIndex": number(w.validator_index), "address": lower(w.address),
                "amount": number(w.amount),
            })
        };
        value["withdrawals"] = withdrawals.iter().map(item).collect();
    }
    value
}

/// A block that must be rejected; with its header if it decodes.
pub(super) fn invalid_block(exception: &str, rlp: &Bytes, decoded: Option<&Header>) -> Value {
    let mut value = json!({"rlp": rlp, "expectException": exception});
    if let Some(decoded) = decoded {
        value["rlp_decoded"] = json!({"blockHeader": header(decoded)});
    }
    value
}

fn account(account: &Account) -> Value {
    let storage: Map<_, _> =
        account.storage.iter().map(|(slot, value)| (number(*slot), json!(number(*value)))).collect();
    json!({
        "nonce": number(account.nonce), "balance": number(account.balance), "code": account.code, "storage": storage,
    })
}

/// A genesis state.
pub(super) fn alloc(accounts: &BTreeMap<Address, Account>) -> Value {
    accounts.iter().map(|(address, entry)| (lower(*address), account(entry))).collect::<Map<_, _>>().into()
}

/// A state after blocks.
pub(super) fn state(state: &MemoryState) -> Value {
    let entry =
        |(address, info, storage): (&Address, &revm::state::AccountInfo, &revm::primitives::StorageKeyMap<U256>)| {
            let code = state.code_by_hash_ref(info.code_hash).expect("code of an account").original_bytes();
            let storage = storage.iter().map(|(slot, value)| (*slot, *value)).collect();
            (*address, Account { balance: info.balance, nonce: info.nonce, code, storage })
        };
    alloc(&state.accounts().map(entry).collect())
}

/// `config`: chain id and blob schedule.
pub(super) fn config(network: &str, stages: &[Option<Rules>; 2]) -> Value {
    let mut schedule = Map::new();
    let forks = network.split_once("At").map_or(network, |(forks, _)| forks);
    let names = forks.split_once("To").map_or([forks, ""], |(from, to)| [from, to]);
    for (name, rules) in names.into_iter().zip(stages) {
        if let Some(blobs) = rules.as_ref().and_then(|rules| rules.blobs) {
            let entry = json!({
                "target": number(blobs.target_blob_count), "max": number(blobs.max_blob_count),
                "baseFeeUpdateFraction": number(blobs.update_fraction),
            });
            schedule.insert(name.into(), entry);
        }
    }
    let mut config = json!({"network": network, "chainid": "0x01"});
    if !schedule.is_empty() {
        config["blobSchedule"] = Value::Object(schedule);
    }
    config
}
