//! What lanes have the host compute while they wait: precompiles, addresses and code of creations.
//!
//! A request is bounded by the transaction's record buffer in size and by its gas in time, and its answer depends on
//! nothing but the request. So an answer to an attempt that has been aborted meanwhile does no harm.

use alloy_primitives::{Address, B256, U256};
use gaslane_abi::record::{AssistAnswer, AssistRequest};
use gaslane_abi::word::Word;
use revm::handler::EthPrecompiles;
use revm::precompile::PrecompileStatus;
use revm::primitives::hardfork::SpecId;
use zerocopy::{FromBytes, IntoBytes};

/// `value` of the answer when a precompile fails.
const FAILED: Word = Word([u64::MAX; 4]);
/// Bit of a created address that says that the account has storage.
pub const OCCUPIED_BIT: usize = 160;

/// A request as the host has copied it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Arguments.
    pub args: [U256; 3],
    /// Input.
    pub input: &'a [u8],
}

impl<'a> Request<'a> {
    /// Reads request `number` from a copy of the record buffer. `None` if a later attempt has overwritten it; an error
    /// names the field that no card writes.
    pub fn parse(words: &'a [u64], number: u64) -> Result<Option<Self>, &'static str> {
        let (head, rest) = AssistRequest::ref_from_prefix(words.as_bytes()).map_err(|_| "length")?;
        if head.request != number {
            return Ok(None);
        }
        if head.reserved != [0; 5] {
            return Err("reserved field");
        }
        let input = rest.get(..head.input_bytes as usize).ok_or("input length")?;
        Ok(Some(Self { args: head.args.map(|word| U256::from_limbs(word.0)), input }))
    }

    /// Whether the record buffer, or its head, still holds request `number`.
    pub fn is_there(words: &[u64], number: u64) -> bool {
        AssistRequest::ref_from_prefix(words.as_bytes()).is_ok_and(|(head, _)| head.request == number)
    }

    /// An argument that is an address.
    pub fn address(&self, index: usize) -> Result<Address, &'static str> {
        let word = self.args[index];
        if word >> 160usize != U256::ZERO { Err("address") } else { Ok(Address::from_word(B256::from(word))) }
    }

    /// Runs a precompile. Input, gas and outcome as in a call of it; a failure has no output.
    pub fn precompile(&self, spec: SpecId, gas_limit: u64) -> Result<(AssistAnswer, Vec<u8>), &'static str> {
        let address = self.address(0)?;
        // No frame has more gas than the transaction and a stipend.
        let gas = u64::try_from(self.args[1]).ok().filter(|gas| *gas <= gas_limit.saturating_add(STIPEND_MAX));
        let gas = gas.ok_or("gas")?;
        let precompile = EthPrecompiles::new(spec).precompiles.get(&address).ok_or("address")?;
        let failed = (AssistAnswer { value: FAILED, ..Default::default() }, Vec::new());
        let Ok(output) = precompile.execute(self.input, gas, 0) else { return Ok(failed) };
        if output.gas_used > gas || !matches!(output.status, PrecompileStatus::Success) {
            return Ok(failed);
        }
        let value = Word::from_u64(output.gas_used);
        let output_bytes = output.bytes.len() as u32;
        Ok((AssistAnswer { value, output_bytes, ..Default::default() }, output.bytes.to_vec()))
    }

    /// Address of a creation; the input is its init code, with that hash.
    pub fn created_address(&self, init_code_hash: B256) -> Result<Address, &'static str> {
        let creator = self.address(0)?;
        if self.args[2].is_zero() {
            u64::try_from(self.args[1]).map(|nonce| creator.create(nonce)).map_err(|_| "nonce")
        } else {
            Ok(creator.create2(B256::from(self.args[1]), init_code_hash))
        }
    }
}

/// Greatest call stipend of any fork, in gas.
const STIPEND_MAX: u64 = gaslane_abi::Fork::Osaka.rules().call_stipend_gas;

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::address;

    fn words(request: u64, args: [U256; 3], input: &[u8]) -> Vec<u64> {
        let args = args.map(|arg| Word(arg.into_limbs()));
        let head = AssistRequest { args, request, input_bytes: input.len() as u32, ..Default::default() };
        let mut bytes = head.as_bytes().to_vec();
        bytes.extend(input);
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect()
    }

    #[test]
    fn stale_and_malformed_requests_are_told_apart() {
        let good = words(7, [U256::ZERO; 3], &[1, 2, 3]);
        assert_eq!(Request::parse(&good, 7).unwrap().unwrap().input, [1, 2, 3]);
        assert_eq!(Request::parse(&good, 8), Ok(None));
        assert!(Request::is_there(&good[..16], 7) && !Request::is_there(&good[..16], 8));
        assert!(!Request::is_there(&good[..15], 7));
        assert_eq!(Request::parse(&good, 6), Ok(None));
        assert_eq!(Request::parse(&good[..8], 7), Err("length"));
        let mut long = good.clone();
        long[13] = 33;
        assert_eq!(Request::parse(&long, 7), Err("input length"));
        let mut reserved = good;
        reserved[15] = 1;
        assert_eq!(Request::parse(&reserved, 7), Err("reserved field"));
    }

    #[test]
    fn precompiles_succeed_fail_and_are_bounded() {
        let run = |address: u64, gas: U256, input: &[u8], spec| {
            let words = words(1, [U256::from(address), gas, U256::ZERO], input);
            Request::parse(&words, 1).unwrap().unwrap().precompile(spec, 100_000)
        };
        let (answer, output) = run(2, U256::from(1_000), b"abc", SpecId::CANCUN).unwrap();
        // FIPS 180-2, appendix B.1; gas 60 + 12 a word.
        assert_eq!((answer.value, output[..4].to_vec()), (Word::from_u64(72), vec![0xba, 0x78, 0x16, 0xbf]));
        assert_eq!(answer.output_bytes, 32);
        assert_eq!(run(2, U256::from(71), b"abc", SpecId::CANCUN).unwrap().0.value, FAILED);
        assert_eq!(run(6, U256::from(1_000), &[1; 64], SpecId::CANCUN).unwrap().0.value, FAILED);
        assert_eq!(run(0x0b, U256::from(1_000), b"", SpecId::CANCUN), Err("address"));
        assert_eq!(run(2, U256::from(200_000), b"", SpecId::CANCUN), Err("gas"));
        assert_eq!(run(2, U256::MAX, b"", SpecId::CANCUN), Err("gas"));
    }

    #[test]
    fn created_addresses() {
        let request = |kind: u64| Request {
            // EIP-1014, example 1: zero creator, zero salt, init code 0x00.
            args: [U256::ZERO, U256::ZERO, U256::from(kind)],
            input: &[0],
        };
        let hash = alloy_primitives::keccak256([0]);
        let create2 = address!("4D1A2e2bB4F88F0250f26Ffff098B0b30B26BF38");
        assert_eq!(request(1).created_address(hash), Ok(create2));
        assert_eq!(request(0).created_address(hash), Ok(Address::ZERO.create(0)));
        let nonce = Request { args: [U256::ZERO, U256::MAX, U256::ZERO], input: &[] };
        assert_eq!(nonce.created_address(hash), Err("nonce"));
        let creator = Request { args: [U256::MAX, U256::ZERO, U256::ZERO], input: &[] };
        assert_eq!(creator.created_address(hash), Err("address"));
    }
}
