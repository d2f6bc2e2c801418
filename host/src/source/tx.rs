//! Transactions from JSON and RLP to revm's form, senders recovered.

use super::json::Node;
use super::{SourceError, SourceErrorKind};
use alloy_consensus::crypto::secp256k1;
use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{
    EthereumTxEnvelope, SignableTransaction, Transaction, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy,
    Typed2718,
};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::{Authorization, SignedAuthorization};
use alloy_primitives::{Address, B256, Signature, TxKind, U256};
use alloy_rlp::Decodable;
use revm::context::TxEnv;
use revm::context_interface::either::Either;
use revm::primitives::hardfork::SpecId;

/// Reads the elements of a JSON array of transactions.
pub(super) fn read_all(list: &Node<'_>, spec: SpecId, chain_id: u64) -> Result<Vec<TxEnv>, SourceError> {
    list.items()?.map(|node| read(&node, spec, chain_id)).collect()
}

/// Decodes the hex string of an RLP list of transactions.
pub(super) fn decode_all(list: &Node<'_>, spec: SpecId) -> Result<Vec<TxEnv>, SourceError> {
    let bytes = list.bytes()?;
    let rlp = |e| list.error(SourceErrorKind::Rlp(e));
    let mut rest = &bytes[..];
    let envelopes = Vec::<EthereumTxEnvelope<TxEip4844>>::decode(&mut rest).map_err(rlp)?;
    if !rest.is_empty() {
        return Err(rlp(alloy_rlp::Error::UnexpectedLength));
    }
    let decode = |(i, tx): (usize, EthereumTxEnvelope<TxEip4844>)| {
        recover(&tx, spec).ok_or_else(|| list.at_index(i, SourceErrorKind::Signature))
    };
    envelopes.into_iter().enumerate().map(decode).collect()
}

/// A signed transaction in revm's form; `None` if its signature gives no sender.
pub(crate) fn recover(tx: &EthereumTxEnvelope<TxEip4844>, spec: SpecId) -> Option<TxEnv> {
    // EIP-2: only the lower half of s from Homestead on.
    let caller = match spec {
        SpecId::FRONTIER => tx.recover_signer_unchecked(),
        _ => tx.recover_signer(),
    };
    let caller = caller.ok()?;
    Some(TxEnv {
        tx_type: tx.ty(),
        caller,
        gas_limit: tx.gas_limit(),
        gas_price: tx.max_fee_per_gas(),
        kind: tx.kind(),
        value: tx.value(),
        data: tx.input().clone(),
        nonce: tx.nonce(),
        chain_id: tx.chain_id(),
        access_list: tx.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: tx.max_priority_fee_per_gas(),
        blob_hashes: tx.blob_versioned_hashes().unwrap_or_default().to_vec(),
        max_fee_per_blob_gas: tx.max_fee_per_blob_gas().unwrap_or_default(),
        authorization_list: tx.authorization_list().unwrap_or_default().iter().cloned().map(recovered).collect(),
    })
}

/// Recovers the authority now, so that no engine spends time on it.
fn recovered<L>(signed: SignedAuthorization) -> Either<L, alloy_eips::eip7702::RecoveredAuthorization> {
    Either::Right(signed.into_recovered())
}

fn read(node: &Node<'_>, spec: SpecId, chain_id: u64) -> Result<TxEnv, SourceError> {
    let tx_type = match node.optional("type")? {
        Some(field) => match field.u64()? {
            known @ 0..=4 => known as u8,
            other => return Err(field.error(SourceErrorKind::TransactionType(other))),
        },
        None if node.optional("authorizationList")?.is_some() => 4,
        None if node.any_of(&["maxFeePerBlobGas", "blobVersionedHashes"])?.is_some() => 3,
        None if node.any_of(&["maxFeePerGas", "maxPriorityFeePerGas"])?.is_some() => 2,
        None if node.optional("accessList")?.is_some() => 1,
        None => 0,
    };
    let kind = match node.optional("to")? {
        Some(to) if to.as_str() != Some("") => TxKind::Call(to.address()?),
        _ => TxKind::Create,
    };
    let gas = node.any_of(&["gas", "gasLimit"])?;
    let mut tx = TxEnv {
        tx_type,
        caller: Address::ZERO,
        gas_limit: gas.map_or_else(|| node.field("gas"), Ok)?.u64()?,
        gas_price: node.field(if tx_type < 2 { "gasPrice" } else { "maxFeePerGas" })?.u128()?,
        kind,
        value: node.optional("value")?.map_or(Ok(U256::ZERO), |v| v.u256())?,
        data: node.any_of(&["input", "data"])?.map_or(Ok(Default::default()), |d| d.bytes())?,
        nonce: node.field("nonce")?.u64()?,
        chain_id: None,
        access_list: AccessList::default(),
        gas_priority_fee: None,
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: Vec::new(),
    };
    if tx_type == 0 {
        tx.chain_id = legacy_chain_id(node, chain_id)?;
    } else {
        tx.chain_id = Some(node.optional("chainId")?.map_or(Ok(chain_id), |c| c.u64())?);
        if let Some(list) = node.optional("accessList")? {
            tx.access_list = access_list(&list)?;
        }
    }
    if tx_type >= 2 {
        tx.gas_priority_fee = Some(node.field("maxPriorityFeePerGas")?.u128()?);
    }
    if tx_type == 3 {
        tx.max_fee_per_blob_gas = node.field("maxFeePerBlobGas")?.u128()?;
        tx.blob_hashes =
            node.field("blobVersionedHashes")?.items()?.map(|hash| hash.b256()).collect::<Result<_, _>>()?;
    }
    let mut signed = Vec::new();
    if tx_type == 4 {
        signed = node.field("authorizationList")?.items()?.map(|a| authorization(&a)).collect::<Result<_, _>>()?;
        tx.authorization_list = signed.iter().cloned().map(recovered).collect();
    }
    if tx_type >= 3 && kind.is_create() {
        return Err(node.field("to").err().unwrap_or_else(|| node.error(SourceErrorKind::Missing)));
    }
    tx.caller = sender(node, &tx, signed, spec)?;
    Ok(tx)
}

/// EIP-155: v is 27 or 28 without a chain id, 35 or more with one. An unsigned transaction has that of the chain,
/// unless it is marked `protected: false`.
fn legacy_chain_id(node: &Node<'_>, chain_id: u64) -> Result<Option<u64>, SourceError> {
    if let Some(v) = node.optional("v")? {
        match v.u256()? {
            v if v == U256::from(27) || v == U256::from(28) => return Ok(None),
            large if large >= U256::from(35) => {
                let id: U256 = (large - U256::from(35)) >> 1;
                return u64::try_from(id).map(Some).map_err(|_| v.out_of_range("a 64-bit chain id"));
            }
            _ => {}
        }
    }
    let given = node.optional("chainId")?.map(|c| c.u64()).transpose()?;
    let unsigned = node.optional("secretKey")?.is_some();
    let protected = node.optional("protected")?.map_or(Ok(true), |p| p.is_true())?;
    Ok(given.or((unsigned && protected).then_some(chain_id)))
}

fn access_list(list: &Node<'_>) -> Result<AccessList, SourceError> {
    let item = |node: Node<'_>| {
        let keys = node.optional("storageKeys")?;
        let storage_keys = match &keys {
            Some(keys) => keys.items()?.map(|key| key.word()).collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        Ok(AccessListItem { address: node.field("address")?.address()?, storage_keys })
    };
    list.items()?.map(item).collect::<Result<_, _>>().map(AccessList)
}

fn authorization(node: &Node<'_>) -> Result<SignedAuthorization, SourceError> {
    let inner = Authorization {
        chain_id: node.field("chainId")?.u256()?,
        address: node.field("address")?.address()?,
        nonce: node.field("nonce")?.u64()?,
    };
    let parity = node.any_of(&["yParity", "v"])?.map_or_else(|| node.field("yParity"), Ok)?;
    let y_parity = u8::try_from(parity.u64()?).map_err(|_| parity.out_of_range("8 bits"))?;
    Ok(SignedAuthorization::new_unchecked(inner, y_parity, node.field("r")?.u256()?, node.field("s")?.u256()?))
}

/// The sender: as given, or of the secret key, or recovered from the signature.
fn sender(
    node: &Node<'_>,
    tx: &TxEnv,
    authorizations: Vec<SignedAuthorization>,
    spec: SpecId,
) -> Result<Address, SourceError> {
    if let Some(from) = node.any_of(&["from", "sender"])? {
        return from.address();
    }
    let hash = signature_hash(tx, authorizations);
    if let Some(key) = node.optional("secretKey")? {
        let signature =
            secp256k1::sign_message(key.word()?, hash).map_err(|_| key.error(SourceErrorKind::SecretKey))?;
        return secp256k1::recover_signer(&signature, hash).map_err(|_| key.error(SourceErrorKind::SecretKey));
    }
    let (Some(v), Some(r), Some(s)) = (node.any_of(&["yParity", "v"])?, node.optional("r")?, node.optional("s")?)
    else {
        return Err(node.error(SourceErrorKind::NoSender));
    };
    let parity = match v.u256()? {
        v if v <= U256::from(1) => v.bit(0),
        // 27, 28, 35 + 2 × chain id and that + 1: odd is even.
        v => !v.bit(0),
    };
    let signature = Signature::new(r.u256()?, s.u256()?, parity);
    // EIP-2: only the lower half of s from Homestead on.
    match spec {
        SpecId::FRONTIER => secp256k1::recover_signer_unchecked(&signature, hash),
        _ => secp256k1::recover_signer(&signature, hash),
    }
    .map_err(|_| node.error(SourceErrorKind::Signature))
}

/// The hash that the sender signed.
fn signature_hash(tx: &TxEnv, authorization_list: Vec<SignedAuthorization>) -> B256 {
    let (nonce, gas_limit, value, input) = (tx.nonce, tx.gas_limit, tx.value, tx.data.clone());
    let chain_id = tx.chain_id.unwrap_or_default();
    let access_list = tx.access_list.clone();
    let max_fee_per_gas = tx.gas_price;
    let max_priority_fee_per_gas = tx.gas_priority_fee.unwrap_or_default();
    let to = tx.kind.to().copied().unwrap_or_default();
    match tx.tx_type {
        1 => TxEip2930 { chain_id, nonce, gas_price: tx.gas_price, gas_limit, to: tx.kind, value, access_list, input }
            .signature_hash(),
        2 => TxEip1559 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas,
            max_priority_fee_per_gas,
            to: tx.kind,
            value,
            access_list,
            input,
        }
        .signature_hash(),
        3 => TxEip4844 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas,
            max_priority_fee_per_gas,
            to,
            value,
            access_list,
            blob_versioned_hashes: tx.blob_hashes.clone(),
            max_fee_per_blob_gas: tx.max_fee_per_blob_gas,
            input,
        }
        .signature_hash(),
        4 => TxEip7702 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas,
            max_priority_fee_per_gas,
            to,
            value,
            access_list,
            authorization_list,
            input,
        }
        .signature_hash(),
        _ => TxLegacy { chain_id: tx.chain_id, nonce, gas_price: tx.gas_price, gas_limit, to: tx.kind, value, input }
            .signature_hash(),
    }
}
