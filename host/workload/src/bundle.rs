//! A workload as a bundle: one JSON object with the block and all state before it.

use crate::Workload;
use crate::chain::CHAIN_ID;
use crate::state::State;
use alloy_consensus::Transaction as _;
use alloy_primitives::{Bytes, U256};
use serde_json::{Map, Value, json};

impl Workload {
    /// The block and the state before it, in the format of block bundles: `fork`, `chain_id`, `block` as
    /// `eth_getBlockByNumber` gives it with full transactions, `pre`, `codes`.
    pub fn bundle(&self) -> Value {
        let mut bundle = json!({
            "fork": "Cancun",
            "chain_id": quantity(CHAIN_ID),
            "block": self.block(),
            "pre": accounts(&self.pre),
            "codes": codes(&self.pre),
        });
        // Whether maps keep the order of insertion depends on how serde_json was built; bytes shall not.
        bundle.sort_all_objects();
        bundle
    }

    fn block(&self) -> Value {
        let header = self.header();
        let hash = self.hash();
        let transaction = |(index, tx): (usize, &crate::Transaction)| {
            let mut value = object(serde_json::to_value(&tx.envelope));
            // The price that is paid, as nodes give it for transactions in a block.
            let price = tx.envelope.effective_gas_price(header.base_fee_per_gas);
            value.insert("gasPrice".to_owned(), json!(U256::from(price)));
            value.insert("from".to_owned(), json!(tx.from));
            value.insert("blockHash".to_owned(), json!(hash));
            value.insert("blockNumber".to_owned(), quantity(header.number));
            value.insert("transactionIndex".to_owned(), quantity(index as u64));
            Value::Object(value)
        };
        let mut block = object(serde_json::to_value(header));
        block.insert("hash".to_owned(), json!(hash));
        block.insert("uncles".to_owned(), json!([]));
        block.insert("withdrawals".to_owned(), json!([]));
        let transactions = self.transactions().iter().enumerate().map(transaction).collect();
        block.insert("transactions".to_owned(), Value::Array(transactions));
        Value::Object(block)
    }
}

/// The members of what serializes as an object, as alloy's structures do.
fn object(value: serde_json::Result<Value>) -> Map<String, Value> {
    match value {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn accounts(state: &State) -> Value {
    let mut accounts = Map::new();
    for (address, account) in &state.accounts {
        let mut entry = Map::new();
        entry.insert("balance".to_owned(), json!(account.balance));
        entry.insert("nonce".to_owned(), quantity(account.nonce));
        if let Some(hash) = account.code_hash {
            entry.insert("code_hash".to_owned(), json!(hash));
        }
        if !account.storage.is_empty() {
            let slots = account.storage.iter().map(|(slot, value)| (format!("{slot:#x}"), json!(value)));
            entry.insert("storage".to_owned(), Value::Object(slots.collect()));
        }
        accounts.insert(format!("{address:#x}"), Value::Object(entry));
    }
    Value::Object(accounts)
}

fn codes(state: &State) -> Value {
    let code = |code: &Bytes| Value::String(code.to_string());
    Value::Object(state.codes.iter().map(|(hash, bytes)| (hash.to_string(), code(bytes))).collect())
}

fn quantity(number: u64) -> Value {
    Value::String(format!("{number:#x}"))
}
