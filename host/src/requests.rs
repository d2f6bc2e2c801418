//! Deposit requests (EIP-6110): what the events of the deposit contract say.

use crate::outcome::TxOutcome;
use alloy_eips::eip6110::MAINNET_DEPOSIT_CONTRACT_ADDRESS;
use alloy_primitives::{B256, Bytes, b256};

/// Topic of `DepositEvent(bytes,bytes,bytes,bytes,bytes)`.
const DEPOSIT_EVENT: B256 = b256!("649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5");
/// Fields of the event, ABI-encoded: offset of the length word, and length, in bytes.
const FIELDS: [(usize, usize); 5] = [(160, 48), (256, 32), (320, 8), (384, 96), (512, 8)];
/// Length of the event's data in bytes.
const EVENT_BYTES: usize = 576;

/// An event of the deposit contract without the layout of a deposit: the block is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("transaction {transaction}, log {log}: deposit event with a malformed layout (EIP-6110)")]
pub struct DepositError {
    /// Index of the transaction.
    pub transaction: usize,
    /// Index of the log in the transaction.
    pub log: usize,
}

/// Data of all deposit requests of a block, in order of their events. Mainnet's deposit contract counts on every chain.
pub fn deposits(transactions: &[TxOutcome]) -> Result<Bytes, DepositError> {
    let mut requests = Vec::new();
    for (transaction, outcome) in transactions.iter().enumerate() {
        for (index, log) in outcome.logs.iter().enumerate() {
            if log.address == MAINNET_DEPOSIT_CONTRACT_ADDRESS && log.topics().first() == Some(&DEPOSIT_EVENT) {
                deposit(&log.data.data, &mut requests).ok_or(DepositError { transaction, log: index })?;
            }
        }
    }
    Ok(requests.into())
}

fn deposit(data: &[u8], requests: &mut Vec<u8>) -> Option<()> {
    if data.len() != EVENT_BYTES {
        return None;
    }
    let word_is = |at: usize, value: usize| {
        data[at..at + 24] == [0; 24] && data[at + 24..at + 32] == (value as u64).to_be_bytes()
    };
    for (field, (offset, length)) in FIELDS.into_iter().enumerate() {
        if !word_is(field * 32, offset) || !word_is(offset, length) {
            return None;
        }
        requests.extend_from_slice(&data[offset + 32..][..length]);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::ExecutedOn;
    use alloy_primitives::{Address, Log, keccak256};
    use gaslane_abi::codes::Status;

    fn event() -> Vec<u8> {
        let mut data = vec![0; EVENT_BYTES];
        for (field, (offset, length)) in FIELDS.into_iter().enumerate() {
            data[field * 32 + 24..][..8].copy_from_slice(&(offset as u64).to_be_bytes());
            data[offset + 31] = length as u8;
            data[offset + 32..][..length].fill(field as u8 + 1);
        }
        data
    }

    fn outcome(address: Address, topic: B256, data: Vec<u8>) -> TxOutcome {
        TxOutcome {
            tx_type: 0,
            status: Status::Success,
            gas_used: 0,
            output: Bytes::new(),
            logs: vec![Log::new_unchecked(address, vec![topic], data.into())],
            executed_on: ExecutedOn::Sequential,
        }
    }

    #[test]
    fn events_become_requests() {
        assert_eq!(DEPOSIT_EVENT, keccak256("DepositEvent(bytes,bytes,bytes,bytes,bytes)"));
        let good = outcome(MAINNET_DEPOSIT_CONTRACT_ADDRESS, DEPOSIT_EVENT, event());
        let expected: Vec<u8> =
            [(1, 48), (2, 32), (3, 8), (4, 96), (5, 8)].iter().flat_map(|(v, n)| vec![*v; *n]).collect();
        assert_eq!(deposits(&[good.clone(), good.clone()]).unwrap(), [&expected[..], &expected].concat());
        // Neither another contract's event nor another event is a deposit.
        let others = [
            outcome(Address::ZERO, DEPOSIT_EVENT, Vec::new()),
            outcome(MAINNET_DEPOSIT_CONTRACT_ADDRESS, B256::ZERO, Vec::new()),
        ];
        assert!(deposits(&others).unwrap().is_empty());
        for (at, value) in [(31, 161), (160 + 31, 49), (160 + 24, 1), (288 + 63, 9)] {
            let mut data = event();
            data[at] = value;
            let bad = outcome(MAINNET_DEPOSIT_CONTRACT_ADDRESS, DEPOSIT_EVENT, data);
            assert_eq!(deposits(&[good.clone(), bad]), Err(DepositError { transaction: 1, log: 0 }), "{at}");
        }
        let short = outcome(MAINNET_DEPOSIT_CONTRACT_ADDRESS, DEPOSIT_EVENT, event()[1..].to_vec());
        assert!(deposits(&[short]).is_err());
    }
}
