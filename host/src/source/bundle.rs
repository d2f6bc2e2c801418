//! Block bundles: one JSON file, plain or gzip-compressed, with a block and the state that it reads.
//!
//! | key | value |
//! |---|---|
//! | `block` | the block as `eth_getBlockByNumber` gives it with full transactions; `from` may be absent and is then recovered from the signature, and is taken as given where present |
//! | `pre` | address → `balance`, `nonce`, `code_hash`, `storage` (slot → value); every account and slot that the block reads, absent ones are empty |
//! | `codes` | code hash → bytecode |
//! | `hashes` | block number → hash, for BLOCKHASH; that of the parent is known from the header |
//! | `fork` | optional: name of the rules, instead of mainnet's schedule |
//! | `chain_id` | optional: EIP-155 chain id, 1 if absent; other chains need `fork` |
//! | `config` | optional: object that may hold `fork` (or `network`), `chain_id` (or `chainId`, `chainid`) and `blobSchedule` (fork → `target`, `max`, `baseFeeUpdateFraction`), as test fixtures have it |

use super::json::{Document, Node};
use super::schedule::Rules;
use super::{MemoryState, SourceError, SourceErrorKind, tx};
use crate::block::{BlockInput, HeaderClaims};
use alloy_eips::eip4895::Withdrawal;
use alloy_eips::eip7840::BlobParams;
use alloy_primitives::U256;
use revm::context::BlockEnv;
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::primitives::hardfork::SpecId;
use std::path::Path;

/// Header fields and the forks that brought them. One that is ignored would be one whose rules are ignored.
const FIELDS_BY_FORK: [(&str, SpecId); 8] = [
    ("baseFeePerGas", SpecId::LONDON),
    ("withdrawalsRoot", SpecId::SHANGHAI),
    ("blobGasUsed", SpecId::CANCUN),
    ("excessBlobGas", SpecId::CANCUN),
    ("parentBeaconBlockRoot", SpecId::CANCUN),
    ("requestsHash", SpecId::PRAGUE),
    ("blockAccessListHash", SpecId::AMSTERDAM),
    ("slotNumber", SpecId::AMSTERDAM),
];

/// Reads a bundle from a file.
pub fn read(path: &Path) -> Result<(BlockInput, MemoryState), SourceError> {
    from_document(&Document::read(path)?)
}

/// Reads a bundle from memory; `name` stands for the file in errors.
pub fn parse(name: &str, bytes: &[u8]) -> Result<(BlockInput, MemoryState), SourceError> {
    from_document(&Document::parse(name, bytes)?)
}

fn from_document(document: &Document) -> Result<(BlockInput, MemoryState), SourceError> {
    let root = document.root();
    let mut state = MemoryState::default();
    if let Some(codes) = root.optional("codes")? {
        state.read_codes(&codes)?;
    }
    if let Some(hashes) = root.optional("hashes")? {
        state.read_hashes(&hashes)?;
    }
    state.read_accounts(&root.field("pre")?)?;
    let mut block = read_block(&root)?;
    block.occupied = state.occupied();
    if let Some(hash) = block.parent_hash {
        state.parent_hash(block.number(), hash);
    }
    Ok((block, state))
}

fn read_block(root: &Node<'_>) -> Result<BlockInput, SourceError> {
    let header = root.field("block")?;
    let number = header.field("number")?.u64()?;
    let timestamp = header.field("timestamp")?.u64()?;
    let (rules, chain_id) = read_rules(root, number, timestamp)?;
    let spec = rules.spec;
    for (name, since) in FIELDS_BY_FORK {
        if let Some(field) = header.optional(name)?
            && !spec.is_enabled_in(since)
        {
            return Err(field.error(SourceErrorKind::LaterFork { since, spec }));
        }
    }
    let mut env = BlockEnv {
        number: U256::from(number),
        beneficiary: header.any_of(&["miner", "author"])?.map_or_else(|| header.field("miner"), Ok)?.address()?,
        timestamp: U256::from(timestamp),
        gas_limit: header.field("gasLimit")?.u64()?,
        basefee: 0,
        difficulty: header.optional("difficulty")?.map_or(Ok(U256::ZERO), |d| d.u256())?,
        prevrandao: None,
        blob_excess_gas_and_price: None,
        slot_num: 0,
    };
    if spec.is_enabled_in(SpecId::LONDON) {
        env.basefee = header.field("baseFeePerGas")?.u64()?;
    }
    if spec.is_enabled_in(SpecId::MERGE) {
        env.prevrandao = Some(header.field("mixHash")?.b256()?);
    }
    if let Some(blobs) = &rules.blobs {
        env.blob_excess_gas_and_price = Some(blob_price(header.field("excessBlobGas")?.u64()?, blobs));
    }
    let expected = match header.optional("gasUsed")? {
        None => None,
        Some(gas_used) => Some(HeaderClaims {
            gas_used: gas_used.u64()?,
            logs_bloom: header.field("logsBloom")?.bloom()?,
            receipts_root: match spec.is_enabled_in(SpecId::BYZANTIUM) {
                true => Some(header.field("receiptsRoot")?.b256()?),
                false => None,
            },
        }),
    };
    Ok(BlockInput {
        spec,
        chain_id,
        env,
        transactions: tx::read_all(&header.field("transactions")?, spec, chain_id)?,
        withdrawals: read_withdrawals(&header)?,
        parent_hash: header.optional("parentHash")?.map(|h| h.b256()).transpose()?,
        parent_beacon_block_root: header.optional("parentBeaconBlockRoot")?.map(|h| h.b256()).transpose()?,
        expected,
        occupied: Vec::new(),
    })
}

fn read_rules(root: &Node<'_>, number: u64, timestamp: u64) -> Result<(Rules, u64), SourceError> {
    let config = root.optional("config")?;
    let in_config = |names: &'static [&'static str]| match &config {
        Some(config) => Ok(config.any_of(names)?),
        None => Ok(None),
    };
    let chain = root
        .any_of(&["chain_id", "chainId"])?
        .map_or_else(|| in_config(&["chain_id", "chainId", "chainid"]), |c| Ok(Some(c)))?;
    let chain_id = chain.map_or(Ok(1), |c| c.u64())?;
    let fork = root.optional("fork")?.map_or_else(|| in_config(&["fork", "network"]), |f| Ok(Some(f)))?;
    let mut rules = match (fork, chain) {
        (Some(fork), _) => read_fork(&fork)?,
        (None, Some(chain)) if chain_id != 1 => return Err(chain.error(SourceErrorKind::Chain(chain_id))),
        _ => Rules::mainnet(number, timestamp),
    };
    if let Some(schedule) = in_config(&["blobSchedule"])? {
        for (name, entry) in schedule.entries()? {
            if let (Some(named), Some(blobs)) = (Rules::named(name), &mut rules.blobs) {
                let same =
                    fork.and_then(|f| Rules::named(f.as_str()?)).map_or(named.spec == rules.spec, |f| f == named);
                if same {
                    *blobs = read_blob_params(&entry, *blobs)?;
                }
            }
        }
    }
    Ok((rules, chain_id))
}

/// The rules that a field names.
pub(super) fn read_fork(node: &Node<'_>) -> Result<Rules, SourceError> {
    let name = node.text()?;
    Rules::named(name).ok_or_else(|| node.error(SourceErrorKind::Fork(name.to_owned())))
}

fn read_blob_params(entry: &Node<'_>, base: BlobParams) -> Result<BlobParams, SourceError> {
    let fraction = entry.field("baseFeeUpdateFraction")?;
    let max = entry.field("max")?.u64()?;
    let params = BlobParams {
        target_blob_count: entry.field("target")?.u64()?,
        max_blob_count: max,
        update_fraction: fraction.u64()?.into(),
        max_blobs_per_tx: if base.max_blobs_per_tx == base.max_blob_count { max } else { base.max_blobs_per_tx },
        ..base
    };
    if params.update_fraction == 0 {
        return Err(fraction.out_of_range("a divisor"));
    }
    Ok(params)
}

/// Blob base fee of a header's excess blob gas (EIP-4844).
pub(crate) fn blob_price(excess_blob_gas: u64, blobs: &BlobParams) -> BlobExcessGasAndPrice {
    BlobExcessGasAndPrice { excess_blob_gas, blob_gasprice: blobs.calc_blob_fee(excess_blob_gas) }
}

/// The member `withdrawals`; absent means none.
pub(super) fn read_withdrawals(node: &Node<'_>) -> Result<Vec<Withdrawal>, SourceError> {
    let Some(list) = node.optional("withdrawals")? else { return Ok(Vec::new()) };
    let read = |w: Node<'_>| {
        Ok(Withdrawal {
            index: w.field("index")?.u64()?,
            validator_index: w.field("validatorIndex")?.u64()?,
            address: w.field("address")?.address()?,
            amount: w.field("amount")?.u64()?,
        })
    };
    list.items()?.map(read).collect()
}
