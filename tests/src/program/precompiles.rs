//! Inputs of precompiles: plausible ones, and broken ones.

use crate::random::Random;
use alloy_primitives::{U256, hex};
use revm::precompile::{Precompiles, u64_to_address};
use std::cell::RefCell;
use std::collections::HashMap;

/// How often each precompile comes up: its number, and a weight that is low for those that take revm long.
const NUMBERS: [(u64, u64); 21] = [
    (0x01, 10),
    (0x02, 10),
    (0x03, 10),
    (0x04, 14),
    (0x05, 10),
    (0x06, 8),
    (0x07, 6),
    (0x08, 2),
    (0x09, 8),
    (0x0a, 2),
    (0x0b, 4),
    (0x0c, 2),
    (0x0d, 2),
    (0x0e, 2),
    (0x0f, 1),
    (0x10, 2),
    (0x11, 2),
    (0x100, 4),
    // Just beside them.
    (0x00, 2),
    (0x12, 2),
    (0x101, 1),
];

/// The number of a precompile, or one just beside them.
pub fn number(random: &mut Random) -> u64 {
    NUMBERS[random.weighted(&NUMBERS.map(|(_, weight)| weight))].0
}

/// Input for the precompile with that number: plausible most of the time.
pub fn input(random: &mut Random, number: u64) -> Vec<u8> {
    let mut input = plausible(random, number);
    match random.below(12) {
        0 => input.truncate(random.below(input.len() as u64 + 1) as usize),
        1 => input.extend([0; 5]),
        2 => input.clear(),
        3 | 4 if !input.is_empty() => {
            let at = random.below(input.len() as u64) as usize;
            input[at] ^= 1 << random.below(8);
        }
        _ => {}
    }
    input
}

/// What a call of it with that input costs, or a little more or less.
pub fn gas(random: &mut Random, number: u64, input: &[u8]) -> u64 {
    thread_local! {
        static COSTS: RefCell<HashMap<(u64, Vec<u8>), u64>> = RefCell::default();
    }
    let cost = || {
        let precompile = Precompiles::osaka().get(&u64_to_address(number))?;
        Some(precompile.execute(input, 10_000_000, 0).ok()?.gas_used)
    };
    let cost = COSTS.with_borrow_mut(|costs| {
        if costs.len() > 10_000 {
            costs.clear();
        }
        *costs.entry((number, input.to_vec())).or_insert_with(|| cost().unwrap_or_default())
    });
    match random.below(4) {
        0 => cost,
        1 => cost.saturating_sub(1),
        2 => cost + random.below(2000),
        _ => random.below(cost.max(1)),
    }
}

/// Coordinates of BLS12-381's first generator, each padded to 64 bytes (EIP-2537).
const BLS_G1: [u8; 128] = hex!(
    "0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
    "0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1"
);
/// Coordinates of BN254's second generator (EIP-197).
const BN_G2: [u8; 128] = hex!(
    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
    "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"
);
/// BN254's first generator, and its negative.
const BN_G1: [[u8; 64]; 2] = [
    hex!(
        "00000000000000000000000000000000000000000000000000000000000000010000000000000000000000000000000000000000000000000000000000000002"
    ),
    hex!(
        "000000000000000000000000000000000000000000000000000000000000000130644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd45"
    ),
];
/// The x coordinate of secp256k1's generator: an `r` from which a key can be recovered.
const K1_X: [u8; 32] = hex!("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
/// Versioned hash of a KZG commitment that is the point at infinity.
const POINT_AT_INFINITY_HASH: [u8; 32] = hex!("010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014");
/// Hash, signature and key (RIP-7212).
const R1: [u8; 160] = hex!(
    "4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4d"
    "a73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d60"
    "4aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff37618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e"
);

fn plausible(random: &mut Random, number: u64) -> Vec<u8> {
    let scalar = U256::from(random.below(4)).to_be_bytes::<32>();
    match number {
        0x01 => {
            let v = U256::from(27 + random.below(2)).to_be_bytes::<32>();
            let s = U256::from(1 + random.below(3)).to_be_bytes::<32>();
            [scalar, v, K1_X, s].concat()
        }
        0x05 => modexp(random),
        0x06 => [BN_G1[random.below(2) as usize], *random.pick(&BN_G1)].concat(),
        0x07 => [BN_G1[random.below(2) as usize].as_slice(), &scalar].concat(),
        0x08 => match random.below(3) {
            0 => Vec::new(),
            1 => [BN_G1[0].as_slice(), &BN_G2].concat(),
            _ => [BN_G1[0].as_slice(), &BN_G2, &BN_G1[1], &BN_G2].concat(),
        },
        0x09 => {
            let mut input = vec![0; 213];
            input[3] = random.below(13) as u8;
            input[4..36].copy_from_slice(&random.word().to_be_bytes::<32>());
            input[68..100].copy_from_slice(&random.word().to_be_bytes::<32>());
            input[212] = random.below(2) as u8;
            input
        }
        // The polynomial 0: commitment and proof are the point at infinity.
        0x0a => {
            let mut infinity = [0; 48];
            infinity[0] = 0xc0;
            [POINT_AT_INFINITY_HASH.as_slice(), &scalar, &[0; 32], &infinity, &infinity].concat()
        }
        0x0b => [BLS_G1, if random.chance(50) { BLS_G1 } else { [0; 128] }].concat(),
        0x0c => [BLS_G1.as_slice(), &scalar].concat(),
        0x0d => vec![0; 512],
        0x0e => [[0; 256].as_slice(), &scalar].concat(),
        0x0f => [BLS_G1.as_slice(), &[0; 256]].concat(),
        0x10 => [[0; 32], scalar].concat(),
        0x11 => [[0; 32], scalar, [0; 32], scalar].concat(),
        0x100 => R1.to_vec(),
        _ => (0..random.below(140)).map(|_| random.below(256) as u8).collect(),
    }
}

/// Lengths of base, exponent and modulus (EIP-198), then those.
fn modexp(random: &mut Random) -> Vec<u8> {
    let lens: [u64; 3] = std::array::from_fn(|_| *random.pick(&[1, 1, 32, 0, 8, 33, 40]));
    let mut input: Vec<u8> = lens.iter().flat_map(|len| U256::from(*len).to_be_bytes::<32>()).collect();
    if random.chance(8) {
        // A length that nobody can pay.
        let at = 32 * random.below(3) as usize;
        input[at..at + 32].copy_from_slice(&random.word().to_be_bytes::<32>());
    }
    let bytes = lens.iter().sum::<u64>();
    input.extend((0..bytes).map(|_| random.below(256) as u8));
    input
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plausible_inputs_succeed() {
        let mut random = Random::new(1);
        for (number, _) in NUMBERS {
            let Some(precompile) = Precompiles::osaka().get(&u64_to_address(number)) else { continue };
            let good = (0..20).filter(|_| {
                let output = precompile.execute(&plausible(&mut random, number), 10_000_000, 0).unwrap();
                // ECRECOVER and P256VERIFY give back nothing where they fail.
                output.status.is_success() && (!matches!(number, 1 | 0x100) || !output.bytes.is_empty())
            });
            assert!(good.count() >= 15, "precompile {number:#x}");
        }
    }
}
