//! The body of a block: from RLP to the driver's input, and what it must satisfy beside its execution.

use super::network::BlockRules;
use crate::block::{BlockInput, HeaderClaims};
use crate::source::bundle::blob_price;
use crate::source::tx::recover;
use alloy_consensus::proofs::{calculate_ommers_root, calculate_transaction_root};
use alloy_consensus::{Block, BlockBody, EthereumTxEnvelope, Header, Transaction, TxEip4844, Typed2718};
use alloy_eips::eip4844::DATA_GAS_PER_BLOB;
use alloy_primitives::{B256, U256};
use revm::context::{BlockEnv, TransactionType, TxEnv};
use revm::primitives::hardfork::SpecId;
use std::fmt::Display;

type Envelope = EthereumTxEnvelope<TxEip4844>;
type Body = BlockBody<Envelope, Header>;

/// Longest RLP of a block in bytes from Osaka on (EIP-7934): 10 MiB less a margin of 2 MiB.
const MAX_RLP_BYTES: usize = 8_388_608;

/// A body that does not go with its header, or that no block may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// EIP-7934.
    #[error("RLP of {0} bytes, at most 8388608 are allowed")]
    Size(usize),
    /// A header field that the body contradicts.
    #[error("header: {field} is {actual}, expected {expected} from the body")]
    Header {
        /// The field.
        field: &'static str,
        /// As the header has it.
        actual: String,
        /// As the body has it.
        expected: String,
    },
    /// Withdrawals before Shanghai, or none since.
    #[error("withdrawals are {}", if *.0 { "present before Shanghai" } else { "missing" })]
    Withdrawals(bool),
    /// A signature that gives no sender.
    #[error("transaction {0}: signature does not recover to a sender")]
    Signature(usize),
    /// EIP-155 before Spurious Dragon.
    #[error("transaction {0}: signature with a chain id before Spurious Dragon")]
    ChainId(usize),
    /// A type that comes with a later fork (EIP-2718).
    #[error("transaction {index}: type {tx_type} before its fork")]
    Type {
        /// Index of the transaction.
        index: usize,
        /// Its type.
        tx_type: u8,
    },
}

/// Decodes a block; gives the hash of its header as well.
pub(super) fn decode(rlp: &[u8]) -> alloy_rlp::Result<(Block<Envelope>, B256)> {
    let mut rest = rlp;
    let block = Block::<Envelope>::decode_sealed(&mut rest)?;
    if !rest.is_empty() {
        return Err(alloy_rlp::Error::UnexpectedLength);
    }
    let hash = block.hash();
    Ok((block.into_inner(), hash))
}

/// Checks the body against the header.
pub(super) fn check(header: &Header, body: &Body, rlp_bytes: usize, rules: &BlockRules) -> Result<(), BodyFault> {
    if rules.has(SpecId::OSAKA) && rlp_bytes > MAX_RLP_BYTES {
        return Err(BodyFault::Size(rlp_bytes));
    }
    let has_withdrawals = body.withdrawals.is_some();
    if has_withdrawals != rules.has(SpecId::SHANGHAI) {
        return Err(BodyFault::Withdrawals(has_withdrawals));
    }
    let blobs: u64 = body.transactions.iter().map(|tx| tx.blob_versioned_hashes().map_or(0, |b| b.len() as u64)).sum();
    equal("transactions root", header.transactions_root, calculate_transaction_root(&body.transactions))?;
    equal("ommers hash", header.ommers_hash, calculate_ommers_root(&body.ommers))?;
    if let (Some(actual), Some(expected)) = (header.withdrawals_root, body.calculate_withdrawals_root()) {
        equal("withdrawals root", actual, expected)?;
    }
    equal("blob gas used", header.blob_gas_used.unwrap_or_default(), blobs * DATA_GAS_PER_BLOB)
}

fn equal<T: PartialEq + Display>(field: &'static str, actual: T, expected: T) -> Result<(), BodyFault> {
    match actual == expected {
        true => Ok(()),
        false => Err(BodyFault::Header { field, actual: actual.to_string(), expected: expected.to_string() }),
    }
}

/// The driver's input. Header and body have been checked.
pub(super) fn input(header: &Header, body: &Body, rules: &BlockRules, chain_id: u64) -> Result<BlockInput, BodyFault> {
    let spec = rules.rules.spec;
    let transactions = body.transactions.iter().enumerate().map(|(index, tx)| transaction(index, tx, rules));
    let env = BlockEnv {
        number: U256::from(header.number),
        beneficiary: header.beneficiary,
        timestamp: U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        difficulty: header.difficulty,
        prevrandao: rules.has(SpecId::MERGE).then_some(header.mix_hash),
        blob_excess_gas_and_price: rules
            .rules
            .blobs
            .map(|blobs| blob_price(header.excess_blob_gas.unwrap_or_default(), &blobs)),
        slot_num: 0,
    };
    let claims = HeaderClaims {
        gas_used: header.gas_used,
        logs_bloom: header.logs_bloom,
        receipts_root: rules.has(SpecId::BYZANTIUM).then_some(header.receipts_root),
    };
    Ok(BlockInput {
        spec,
        chain_id,
        env,
        transactions: transactions.collect::<Result<_, _>>()?,
        withdrawals: body.withdrawals.clone().unwrap_or_default().into_inner(),
        parent_hash: Some(header.parent_hash),
        parent_beacon_block_root: header.parent_beacon_block_root,
        expected: Some(claims),
        occupied: Vec::new(),
    })
}

fn transaction(index: usize, tx: &Envelope, rules: &BlockRules) -> Result<TxEnv, BodyFault> {
    let tx_type = tx.ty();
    let since = match TransactionType::from(tx_type) {
        TransactionType::Legacy => SpecId::FRONTIER,
        TransactionType::Eip2930 => SpecId::BERLIN,
        TransactionType::Eip1559 => SpecId::LONDON,
        TransactionType::Eip4844 => SpecId::CANCUN,
        _ => SpecId::PRAGUE,
    };
    if !rules.has(since) {
        return Err(BodyFault::Type { index, tx_type });
    }
    if tx_type == 0 && tx.chain_id().is_some() && !rules.has(SpecId::SPURIOUS_DRAGON) {
        return Err(BodyFault::ChainId(index));
    }
    recover(tx, rules.rules.spec).ok_or(BodyFault::Signature(index))
}
