//! The input of geth's state transition tool (`evm t8n`): `alloc.json`, `env.json` and `txs.json` or `txs.rlp`.
//!
//! Transactions are a JSON array, signed or with a `secretKey`, or a JSON string with the hex of their RLP list.
//! Unlike that tool, an invalid transaction makes the whole block invalid, and there is no mining reward.

use super::bundle::{blob_price, read_withdrawals};
use super::json::{Document, Node};
use super::schedule::Rules;
use super::{MemoryState, SourceError, SourceErrorKind, tx};
use crate::block::BlockInput;
use alloy_eips::eip1559::{BaseFeeParams, calc_next_block_base_fee};
use alloy_eips::eip7840::BlobParams;
use alloy_primitives::U256;
use revm::context::BlockEnv;
use revm::primitives::hardfork::SpecId;
use std::path::{Path, PathBuf};

/// The three files.
#[derive(Clone, Debug)]
pub struct Files {
    /// Pre-state: address → balance, nonce, code, storage.
    pub alloc: PathBuf,
    /// Block values.
    pub env: PathBuf,
    /// Transactions.
    pub txs: PathBuf,
}

impl Files {
    /// The files of a directory, under their usual names.
    pub fn in_directory(directory: &Path) -> Self {
        let txs = directory.join("txs.json");
        let rlp = directory.join("txs.rlp");
        Self {
            alloc: directory.join("alloc.json"),
            env: directory.join("env.json"),
            txs: if !txs.exists() && rlp.exists() { rlp } else { txs },
        }
    }
}

/// Reads the files. `fork` is a name that [`Rules::named`] knows.
pub fn read(files: &Files, fork: &str, chain_id: u64) -> Result<(BlockInput, MemoryState), SourceError> {
    let rules = rules(fork)?;
    let alloc = Document::read(&files.alloc)?;
    let env = Document::read(&files.env)?;
    let txs = Document::read(&files.txs)?;
    from_documents(&alloc, &env, &txs, rules, chain_id)
}

/// Reads the contents of the three files from memory, in the order alloc, env, txs.
pub fn parse(inputs: [&[u8]; 3], fork: &str, chain_id: u64) -> Result<(BlockInput, MemoryState), SourceError> {
    let [alloc, env, txs] = inputs;
    let alloc = Document::parse("alloc.json", alloc)?;
    let env = Document::parse("env.json", env)?;
    let txs = Document::parse("txs.json", txs)?;
    from_documents(&alloc, &env, &txs, rules(fork)?, chain_id)
}

fn rules(fork: &str) -> Result<Rules, SourceError> {
    Rules::named(fork).ok_or_else(|| SourceError::new("--fork", "", SourceErrorKind::Fork(fork.to_owned())))
}

fn from_documents(
    alloc: &Document,
    env: &Document,
    txs: &Document,
    rules: Rules,
    chain_id: u64,
) -> Result<(BlockInput, MemoryState), SourceError> {
    let mut state = MemoryState::default();
    let alloc = alloc.root();
    // The tool's own output nests the accounts.
    match alloc.optional("alloc")? {
        Some(nested) => state.read_accounts(&nested)?,
        None => state.read_accounts(&alloc)?,
    }
    let root = env.root();
    let txs = txs.root();
    let mut parent_hash = root.optional("parentHash")?.map(|h| h.b256()).transpose()?;
    let block_env = read_env(&root, &rules)?;
    if let Some(hashes) = root.optional("blockHashes")? {
        state.read_hashes(&hashes)?;
        let parent = block_env.number.saturating_to::<u64>().checked_sub(1);
        for (_, node) in hashes.entries()? {
            if Some(node.name_u64()?) == parent {
                parent_hash = Some(node.b256()?);
            }
        }
    }
    let block = BlockInput {
        spec: rules.spec,
        chain_id,
        env: block_env,
        transactions: match txs.as_str() {
            Some(_) => tx::decode_all(&txs, rules.spec)?,
            None => tx::read_all(&txs, rules.spec, chain_id)?,
        },
        withdrawals: read_withdrawals(&root)?,
        parent_hash,
        parent_beacon_block_root: root.optional("parentBeaconBlockRoot")?.map(|h| h.word()).transpose()?,
        expected: None,
        occupied: state.occupied(),
    };
    if let Some(hash) = parent_hash {
        state.parent_hash(block.number(), hash);
    }
    Ok((block, state))
}

fn read_env(root: &Node<'_>, rules: &Rules) -> Result<BlockEnv, SourceError> {
    let spec = rules.spec;
    let mut env = BlockEnv {
        number: U256::from(root.field("currentNumber")?.u64()?),
        beneficiary: root.field("currentCoinbase")?.address()?,
        timestamp: U256::from(root.field("currentTimestamp")?.u64()?),
        gas_limit: root.field("currentGasLimit")?.u64()?,
        basefee: 0,
        difficulty: U256::ZERO,
        prevrandao: None,
        blob_excess_gas_and_price: None,
        slot_num: 0,
    };
    if spec.is_enabled_in(SpecId::LONDON) {
        env.basefee = base_fee(root)?;
    }
    if spec.is_enabled_in(SpecId::MERGE) {
        env.prevrandao = Some(root.field("currentRandom")?.word()?);
    } else {
        env.difficulty = root.field("currentDifficulty")?.u256()?;
    }
    if let Some(blobs) = &rules.blobs {
        env.blob_excess_gas_and_price = Some(blob_price(excess_blob_gas(root, blobs)?, blobs));
    }
    Ok(env)
}

/// As given, or from the parent (EIP-1559).
fn base_fee(root: &Node<'_>) -> Result<u64, SourceError> {
    let (Some(fee), None) = (root.optional("parentBaseFee")?, root.optional("currentBaseFee")?) else {
        return root.field("currentBaseFee")?.u64();
    };
    let limit = root.field("parentGasLimit")?.u64()?;
    let used = root.field("parentGasUsed")?;
    // The bounds keep the sum within 64 bits.
    if used.u64()? > limit {
        return Err(used.out_of_range("the parent's gas limit"));
    }
    if fee.u64()? > 1 << 62 {
        return Err(fee.out_of_range("62 bits"));
    }
    Ok(calc_next_block_base_fee(used.u64()?, limit, fee.u64()?, BaseFeeParams::ethereum()))
}

/// As given, or from the parent (EIP-4844, EIP-7918).
fn excess_blob_gas(root: &Node<'_>, blobs: &BlobParams) -> Result<u64, SourceError> {
    let (Some(excess), None) = (root.optional("parentExcessBlobGas")?, root.optional("currentExcessBlobGas")?) else {
        return root.field("currentExcessBlobGas")?.u64();
    };
    let used = root.field("parentBlobGasUsed")?;
    // The bounds keep sum and product within 64 bits.
    for node in [&excess, &used] {
        if node.u64()? > 1 << 48 {
            return Err(node.out_of_range("48 bits"));
        }
    }
    let fee = root.optional("parentBaseFee")?.map_or(Ok(0), |f| f.u64())?;
    Ok(blobs.next_block_excess_blob_gas_osaka(excess.u64()?, used.u64()?, fee))
}
