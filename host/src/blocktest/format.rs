//! The JSON of a blockchain test.

use super::network::{BlobEntry, Network, Unsupported};
use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rlp::Decodable;
use revm_statetest_types::blockchain::{Account, BlockHeader, State};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unit {
    network: String,
    genesis_block_header: BlockHeader,
    #[serde(rename = "genesisRLP")]
    genesis_rlp: Option<Bytes>,
    pre: State,
    post_state: Option<BTreeMap<Address, Option<Account>>>,
    post_state_hash: Option<B256>,
    lastblockhash: B256,
    blocks: Vec<BlockUnit>,
    #[serde(default)]
    config: Config,
    seal_engine: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockUnit {
    rlp: Bytes,
    #[serde(alias = "expectExceptionALL")]
    expect_exception: Option<String>,
    block_header: Option<BlockHeader>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    #[serde(alias = "chainId", alias = "chain_id")]
    chainid: Option<U256>,
    blob_schedule: Option<BTreeMap<String, BlobEntry>>,
}

/// Why a file has no tests.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an object of tests: {0}")]
pub struct Malformed(String);

/// Why an entry of a file is no test that could run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Another format.
    #[error("a fixture of the {0} format, not a blockchain test")]
    Format(&'static str),
    /// Fields are missing or have other types.
    #[error("malformed: {0}")]
    Json(String),
    /// A number beyond its type.
    #[error("malformed: {0} is out of range")]
    Range(&'static str),
    /// The genesis block does not decode.
    #[error("malformed: genesisRLP: {0}")]
    Genesis(alloy_rlp::Error),
    /// Rules that do not exist here.
    #[error(transparent)]
    Network(#[from] Unsupported),
}

/// A test, read.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub network: Network,
    pub chain_id: u64,
    /// The genesis block's header, as its RLP says.
    pub genesis: Header,
    /// The same, as the JSON says.
    pub genesis_json: (Header, B256),
    pub pre: BTreeMap<Address, Account>,
    pub blocks: Vec<BlockCase>,
    pub last_block_hash: B256,
    pub post_state: Option<BTreeMap<Address, Option<Account>>>,
    pub post_state_hash: Option<B256>,
    /// Whether blocks must carry valid proofs of work, which nothing here checks.
    pub sealed: bool,
}

/// A block of a test.
#[derive(Clone, Debug)]
pub(super) struct BlockCase {
    pub rlp: Bytes,
    pub exception: Option<String>,
    /// The header of a valid block and its hash, as the JSON says.
    pub header: Option<(Header, B256)>,
}

/// An entry of a file: name, and test or the reason why it is none.
pub(super) type Entry = (String, Result<Content, Unusable>);

/// The entries of a file.
pub(super) fn read(text: &[u8]) -> Result<Vec<Entry>, Malformed> {
    let entries: BTreeMap<String, Value> =
        serde_json::from_slice(text).map_err(|error| Malformed(error.to_string()))?;
    Ok(entries.into_iter().map(|(name, value)| (name, content(value))).collect())
}

fn content(value: Value) -> Result<Content, Unusable> {
    if let Some(format) = other_format(&value) {
        return Err(Unusable::Format(format));
    }
    let unit: Unit = serde_json::from_value(value).map_err(|error| Unusable::Json(error.to_string()))?;
    let schedule = unit.config.blob_schedule.unwrap_or_default();
    let genesis_json = header(&unit.genesis_block_header)?;
    let block = |block: BlockUnit| {
        // Nothing is said about the header of an invalid block.
        let valid = block.block_header.filter(|_| block.expect_exception.is_none());
        let header = valid.map(|h| header(&h)).transpose()?;
        Ok(BlockCase { rlp: block.rlp, exception: block.expect_exception, header })
    };
    Ok(Content {
        network: Network::parse(&unit.network, &schedule)?,
        chain_id: narrow("config.chainid", unit.config.chainid.unwrap_or(U256::ONE))?,
        genesis: match &unit.genesis_rlp {
            Some(rlp) => genesis_header(rlp).map_err(Unusable::Genesis)?,
            None => genesis_json.0.clone(),
        },
        genesis_json,
        pre: unit.pre.0,
        blocks: unit.blocks.into_iter().map(block).collect::<Result<_, Unusable>>()?,
        last_block_hash: unit.lastblockhash,
        post_state: unit.post_state,
        post_state_hash: unit.post_state_hash,
        sealed: unit.seal_engine.is_some_and(|engine| engine == "Ethash"),
    })
}

/// Which other format of the execution specifications this is, if any.
fn other_format(value: &Value) -> Option<&'static str> {
    let has = |key: &str| value.get(key).is_some();
    match () {
        () if has("engineNewPayloads") || has("payloads") => Some("blockchain engine test"),
        () if has("blocks") => None,
        () if has("txbytes") => Some("transaction test"),
        () if has("post") && has("transaction") => Some("state test"),
        () => Some("unknown"),
    }
}

/// The header of a block with transactions, ommers and maybe withdrawals, whatever those are.
fn genesis_header(mut rlp: &[u8]) -> alloy_rlp::Result<Header> {
    let mut payload = alloy_rlp::Header::decode_bytes(&mut rlp, true)?;
    if !rlp.is_empty() {
        return Err(alloy_rlp::Error::UnexpectedLength);
    }
    Header::decode(&mut payload)
}

fn narrow(field: &'static str, value: U256) -> Result<u64, Unusable> {
    u64::try_from(value).map_err(|_| Unusable::Range(field))
}

/// A header in alloy's form, and the hash that stands with it.
fn header(json: &BlockHeader) -> Result<(Header, B256), Unusable> {
    let optional = |field, value: Option<U256>| value.map(|value| narrow(field, value)).transpose();
    let header = Header {
        parent_hash: json.parent_hash,
        ommers_hash: json.uncle_hash,
        beneficiary: json.coinbase,
        state_root: json.state_root,
        transactions_root: json.transactions_trie,
        receipts_root: json.receipt_trie,
        logs_bloom: json.bloom.as_ref().try_into().map_err(|_| Unusable::Range("bloom"))?,
        difficulty: json.difficulty,
        number: narrow("number", json.number)?,
        gas_limit: narrow("gasLimit", json.gas_limit)?,
        gas_used: narrow("gasUsed", json.gas_used)?,
        timestamp: narrow("timestamp", json.timestamp)?,
        extra_data: json.extra_data.clone(),
        mix_hash: json.mix_hash,
        nonce: json.nonce,
        base_fee_per_gas: optional("baseFeePerGas", json.base_fee_per_gas)?,
        withdrawals_root: json.withdrawals_root,
        blob_gas_used: optional("blobGasUsed", json.blob_gas_used)?,
        excess_blob_gas: optional("excessBlobGas", json.excess_blob_gas)?,
        parent_beacon_block_root: json.parent_beacon_block_root,
        requests_hash: json.requests_hash,
        block_access_list_hash: None,
        slot_number: optional("slotNumber", json.slot_number)?,
    };
    Ok((header, json.hash))
}
