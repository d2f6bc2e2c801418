//! Signed transactions.

use super::{Envelope, env};
use alloy_consensus::crypto::secp256k1;
use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy};
use alloy_eips::eip2930::AccessList;
use alloy_eips::eip7702::{Authorization, SignedAuthorization};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use revm::context::TxEnv;

/// A transaction with its sender.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The transaction.
    pub envelope: Envelope,
    /// Who signed.
    pub sender: Address,
}

impl Signed {
    pub(super) fn env(&self) -> TxEnv {
        env(&self.envelope, self.sender)
    }
}

/// A sender with its next nonce.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    key: B256,
    pub address: Address,
    pub nonce: u64,
}

/// A call or create, before it is signed as a transaction of some type.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub to: TxKind,
    pub value: U256,
    pub input: Bytes,
    pub gas_limit: u64,
}

impl Call {
    pub fn new(to: Address, input: impl Into<Bytes>) -> Self {
        Self { to: TxKind::Call(to), value: U256::ZERO, input: input.into(), gas_limit: 500_000 }
    }

    pub fn create(code: impl Into<Bytes>) -> Self {
        Self { to: TxKind::Create, ..Self::new(Address::ZERO, code) }
    }

    pub fn value(self, wei: u64) -> Self {
        Self { value: U256::from(wei), ..self }
    }

    pub fn gas(self, gas_limit: u64) -> Self {
        Self { gas_limit, ..self }
    }

    fn to(&self) -> Address {
        self.to.to().copied().unwrap_or_default()
    }
}

fn sign(key: B256, hash: B256) -> Signature {
    secp256k1::sign_message(key, hash).expect("a valid key")
}

impl Sender {
    pub fn new(number: u8) -> Self {
        let key = B256::repeat_byte(number);
        let hash = B256::repeat_byte(1);
        let address = secp256k1::recover_signer(&sign(key, hash), hash).expect("a signature of our own");
        Self { key, address, nonce: 0 }
    }

    fn next(&mut self) -> u64 {
        self.nonce += 1;
        self.nonce - 1
    }

    fn finish<T: SignableTransaction<Signature>>(&self, tx: T) -> Signed
    where
        Envelope: From<alloy_consensus::Signed<T>>,
    {
        let signature = sign(self.key, tx.signature_hash());
        Signed { envelope: tx.into_signed(signature).into(), sender: self.address }
    }

    /// Type 0; with a chain id only where the fork knows it.
    pub fn legacy(&mut self, chain_id: Option<u64>, gas_price: u128, call: Call) -> Signed {
        let Call { to, value, input, gas_limit } = call;
        let nonce = self.next();
        self.finish(TxLegacy { chain_id, nonce, gas_price, gas_limit, to, value, input })
    }

    /// Type 1.
    pub fn with_access_list(&mut self, gas_price: u128, call: Call, access_list: AccessList) -> Signed {
        let Call { to, value, input, gas_limit } = call;
        let nonce = self.next();
        self.finish(TxEip2930 { chain_id: 1, nonce, gas_price, gas_limit, to, value, access_list, input })
    }

    /// Type 2.
    pub fn dynamic(&mut self, max_fee_per_gas: u128, call: Call) -> Signed {
        let Call { to, value, input, gas_limit } = call;
        let nonce = self.next();
        self.finish(TxEip1559 {
            chain_id: 1,
            nonce,
            gas_limit,
            max_fee_per_gas,
            max_priority_fee_per_gas: 2.min(max_fee_per_gas),
            to,
            value,
            access_list: AccessList::default(),
            input,
        })
    }

    /// Type 3.
    pub fn blobs(&mut self, max_fee_per_gas: u128, call: &Call, count: u8) -> Signed {
        let versioned = |index: u8| {
            let mut hash = B256::repeat_byte(index);
            hash.0[0] = 1;
            hash
        };
        let nonce = self.next();
        self.finish(TxEip4844 {
            chain_id: 1,
            nonce,
            gas_limit: call.gas_limit,
            max_fee_per_gas,
            max_priority_fee_per_gas: 1,
            to: call.to(),
            value: call.value,
            access_list: AccessList::default(),
            blob_versioned_hashes: (0..count).map(versioned).collect(),
            max_fee_per_blob_gas: 1_000_000,
            input: call.input.clone(),
        })
    }

    /// Type 4.
    pub fn set_code(
        &mut self,
        max_fee_per_gas: u128,
        call: &Call,
        authorization_list: Vec<SignedAuthorization>,
    ) -> Signed {
        let nonce = self.next();
        self.finish(TxEip7702 {
            chain_id: 1,
            nonce,
            gas_limit: call.gas_limit,
            max_fee_per_gas,
            max_priority_fee_per_gas: 1,
            to: call.to(),
            value: call.value,
            access_list: AccessList::default(),
            authorization_list,
            input: call.input.clone(),
        })
    }

    /// An authorization to run that code as this account's.
    pub fn authorize(&mut self, address: Address) -> SignedAuthorization {
        let authorization = Authorization { chain_id: U256::from(1), address, nonce: self.next() };
        let signature = sign(self.key, authorization.signature_hash());
        authorization.into_signed(signature)
    }

    /// The same sender at another nonce.
    pub fn at(&self, nonce: u64) -> Self {
        Self { nonce, ..self.clone() }
    }
}
