//! Accounts that sign.

use crate::WorkloadError;
use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_primitives::{Address, Signature, keccak256};
use k256::ecdsa::SigningKey;

/// Whoever can send transactions.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) address: Address,
    key: SigningKey,
}

impl User {
    /// The user of a seed and a number; the same everywhere, and no secret.
    pub(crate) fn new(seed: u64, number: u64) -> Result<Self, WorkloadError> {
        let text = format!("gaslane workload user {seed} {number}");
        let key =
            SigningKey::from_slice(keccak256(text).as_slice()).map_err(|_| WorkloadError::Signing(Address::ZERO))?;
        Ok(Self { address: Address::from_public_key(key.verifying_key()), key })
    }

    /// Signs a transaction, the same way each time.
    pub(crate) fn sign(&self, tx: TxEip1559) -> Result<TxEnvelope, WorkloadError> {
        let hash = tx.signature_hash();
        let signed = self.key.sign_prehash_recoverable(hash.as_slice());
        let signature = Signature::from(signed.map_err(|_| WorkloadError::Signing(self.address))?);
        Ok(tx.into_signed(signature).into())
    }
}
