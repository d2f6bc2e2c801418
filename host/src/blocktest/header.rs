//! What a header must satisfy beside what execution gives: against its parent, and by the rules of its fork.

use super::difficulty;
use super::network::BlockRules;
use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, Header};
use alloy_eips::calc_next_block_base_fee;
use alloy_eips::eip1559::{BaseFeeParams, INITIAL_BASE_FEE};
use revm::primitives::hardfork::SpecId;
use std::fmt::Display;

/// Least gas limit of a block (yellow paper 4.4.4).
const MIN_GAS_LIMIT: u64 = 5_000;
/// Part of the parent's gas limit by which a block may differ.
const GAS_LIMIT_DIVISOR: u64 = 1024;
/// Most bytes of extra data.
const MAX_EXTRA_DATA_BYTES: usize = 32;
/// Bounds beyond which no header is followed, so that sums and products keep within their types: base fee in wei.
const MAX_BASE_FEE: u64 = 1 << 62;
/// Likewise excess blob gas.
const MAX_EXCESS_BLOB_GAS: u64 = 1 << 48;

/// A header that cannot follow its parent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    /// A field with another value than the rules give it.
    #[error("header field {field} is {actual}, expected {expected}")]
    Field {
        /// Its name in the test format.
        field: &'static str,
        /// As it is.
        actual: String,
        /// As it must be.
        expected: String,
    },
    /// A field that the rules demand, or do not know.
    #[error("header field {field} {}, fork {spec}", if *present { "is present before its fork" } else { "is missing" })]
    Presence {
        /// Its name in the test format.
        field: &'static str,
        /// Whether it is present.
        present: bool,
        /// The block's fork.
        spec: SpecId,
    },
}

fn check(field: &'static str, valid: bool, actual: impl Display, expected: impl Display) -> Result<(), HeaderFault> {
    match valid {
        true => Ok(()),
        false => Err(HeaderFault::Field { field, actual: actual.to_string(), expected: expected.to_string() }),
    }
}

fn equal<T: PartialEq + Display>(field: &'static str, actual: T, expected: T) -> Result<(), HeaderFault> {
    check(field, actual == expected, &actual, &expected)
}

/// Checks a genesis header as far as its children's rules need it.
pub(super) fn check_genesis(header: &Header) -> Result<(), HeaderFault> {
    let (fee, excess) = (header.base_fee_per_gas.unwrap_or_default(), header.excess_blob_gas.unwrap_or_default());
    check("baseFeePerGas", fee <= MAX_BASE_FEE, fee, "at most 2^62")?;
    check("excessBlobGas", excess <= MAX_EXCESS_BLOB_GAS, excess, "at most 2^48")?;
    check(
        "blobGasUsed",
        header.blob_gas_used.unwrap_or_default() <= MAX_EXCESS_BLOB_GAS,
        header.blob_gas_used.unwrap_or_default(),
        "at most 2^48",
    )?;
    check("gasUsed", header.gas_used <= header.gas_limit, header.gas_used, header.gas_limit)
}

/// Checks a header against its parent.
pub(super) fn check_header(header: &Header, parent: &Header, rules: &BlockRules) -> Result<(), HeaderFault> {
    check_presence(header, rules)?;
    equal("number", header.number, parent.number.saturating_add(1))?;
    check("timestamp", header.timestamp > parent.timestamp, header.timestamp, format!("above {}", parent.timestamp))?;
    let extra = header.extra_data.len();
    check("extraData", extra <= MAX_EXTRA_DATA_BYTES, format!("{extra} bytes"), "at most 32")?;
    check_gas(header, parent, rules)?;
    if rules.has(SpecId::MERGE) {
        equal("difficulty", header.difficulty, Default::default())?;
        equal("nonce", header.nonce, Default::default())?;
        equal("uncleHash", header.ommers_hash, EMPTY_OMMER_ROOT_HASH)?;
    } else {
        let expected = difficulty::expected(parent, header.number, header.timestamp, rules);
        equal("difficulty", header.difficulty, expected)?;
    }
    if let Some(blobs) = &rules.rules.blobs {
        let parent_excess = parent.excess_blob_gas.unwrap_or_default();
        let parent_used = parent.blob_gas_used.unwrap_or_default();
        let parent_fee = parent.base_fee_per_gas.unwrap_or_default();
        let expected = blobs.next_block_excess_blob_gas_osaka(parent_excess, parent_used, parent_fee);
        equal("excessBlobGas", header.excess_blob_gas.unwrap_or_default(), expected)?;
        check("excessBlobGas", expected <= MAX_EXCESS_BLOB_GAS, expected, "at most 2^48")?;
        let used = header.blob_gas_used.unwrap_or_default();
        check("blobGasUsed", used <= blobs.max_blob_gas_per_block(), used, blobs.max_blob_gas_per_block())?;
    }
    Ok(())
}

fn check_presence(header: &Header, rules: &BlockRules) -> Result<(), HeaderFault> {
    let spec = rules.rules.spec;
    for (field, since, present) in [
        ("baseFeePerGas", SpecId::LONDON, header.base_fee_per_gas.is_some()),
        ("withdrawalsRoot", SpecId::SHANGHAI, header.withdrawals_root.is_some()),
        ("blobGasUsed", SpecId::CANCUN, header.blob_gas_used.is_some()),
        ("excessBlobGas", SpecId::CANCUN, header.excess_blob_gas.is_some()),
        ("parentBeaconBlockRoot", SpecId::CANCUN, header.parent_beacon_block_root.is_some()),
        ("requestsHash", SpecId::PRAGUE, header.requests_hash.is_some()),
        ("blockAccessListHash", SpecId::AMSTERDAM, header.block_access_list_hash.is_some()),
        ("slotNumber", SpecId::AMSTERDAM, header.slot_number.is_some()),
    ] {
        if present != rules.has(since) {
            return Err(HeaderFault::Presence { field, present, spec });
        }
    }
    Ok(())
}

fn check_gas(header: &Header, parent: &Header, rules: &BlockRules) -> Result<(), HeaderFault> {
    let first_of_london = rules.has(SpecId::LONDON) && parent.base_fee_per_gas.is_none();
    // EIP-1559: the limit doubles with the fork, so that the target stays.
    let base = if first_of_london { parent.gas_limit.saturating_mul(2) } else { parent.gas_limit };
    let distance = header.gas_limit.abs_diff(base);
    let bound = base / GAS_LIMIT_DIVISOR;
    check("gasLimit", distance < bound, header.gas_limit, format!("less than {bound} from {base}"))?;
    check("gasLimit", header.gas_limit >= MIN_GAS_LIMIT, header.gas_limit, "at least 5000")?;
    check("gasUsed", header.gas_used <= header.gas_limit, header.gas_used, format!("at most {}", header.gas_limit))?;
    if rules.has(SpecId::LONDON) {
        let expected = match parent.base_fee_per_gas {
            Some(fee) => calc_next_block_base_fee(parent.gas_used, parent.gas_limit, fee, BaseFeeParams::ethereum()),
            None => INITIAL_BASE_FEE,
        };
        equal("baseFeePerGas", header.base_fee_per_gas.unwrap_or_default(), expected)?;
        check("baseFeePerGas", expected <= MAX_BASE_FEE, expected, "at most 2^62")?;
    }
    Ok(())
}
