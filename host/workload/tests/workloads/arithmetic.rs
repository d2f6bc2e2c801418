//! The same numbers by other means: products of 512 bits, divided.

use crate::case::Case;
use crate::model::Model;
use alloy_primitives::{Address, U256, U512};
use gaslane_workload::abi::Arithmetic as A;
use std::collections::BTreeMap;

fn modulo(wide: U512, modulus: U256) -> U256 {
    U256::from(wide % U512::from(modulus))
}

fn product(a: U256, b: U256, modulus: U256) -> U256 {
    modulo(U512::from(a) * U512::from(b), modulus)
}

/// From the highest bit down, unlike the contract.
fn power(base: U256, exponent: U256, modulus: U256) -> U256 {
    let mut r = modulo(U512::from(1), modulus);
    for bit in (0..exponent.bit_len()).rev() {
        r = product(r, r, modulus);
        if exponent.bit(bit) {
            r = product(r, base, modulus);
        }
    }
    r
}

/// The sum of coefficients times powers, unlike the contract.
fn polynomial(coefficients: &[U256], x: U256, modulus: U256) -> U256 {
    let mut sum = U256::ZERO;
    let mut power = U256::from(1);
    for coefficient in coefficients.iter().rev() {
        let term = product(*coefficient, power, modulus);
        sum = modulo(U512::from(sum) + U512::from(term), modulus);
        power = product(power, x, modulus);
    }
    sum
}

pub fn apply(case: &mut Case, model: &mut Model) {
    let mut results: BTreeMap<(Address, Address), U256> = BTreeMap::new();
    let mut totals: BTreeMap<Address, U256> = BTreeMap::new();
    for tx in case.of("arithmetic") {
        let (result, shared) = if let Some(c) = tx.call::<A::powerCall>() {
            (power(c.base, c.exponent, c.modulus), c.shared)
        } else if let Some(c) = tx.call::<A::polynomialCall>() {
            let places = 0..c.places.to::<u64>();
            let values = places.map(|k| polynomial(&c.coefficients, c.x.wrapping_add(U256::from(k)), c.modulus));
            (values.fold(U256::ZERO, |a, b| modulo(U512::from(a) + U512::from(b), c.modulus)), c.shared)
        } else if let Some(c) = tx.call::<A::fractionsCall>() {
            let (mut r, mut x) = (U256::ZERO, c.x);
            for _ in 0..c.rounds.to::<usize>() {
                let quotient = U512::from(x) * U512::from(c.y) / U512::from(c.d);
                r = r.wrapping_add(U256::from(quotient));
                x = x.wrapping_mul(U256::from(3)).wrapping_add(U256::from(1));
            }
            (r, c.shared)
        } else {
            let c: A::exponentsCall = tx.call().unwrap();
            let (mut r, mut x) = (U256::ZERO, c.x);
            for round in 0..c.rounds.to::<usize>() {
                r = r.wrapping_add(x.wrapping_pow(c.e >> round));
                x = x.wrapping_mul(U256::from(3)).wrapping_add(r);
            }
            (r, c.shared)
        };
        let total = totals.entry(tx.to).or_insert_with(|| case.before.get(tx.to, A::totalCall {}));
        if shared {
            *total = total.wrapping_mul(U256::from(31)).wrapping_add(result);
        } else {
            results.insert((tx.to, tx.from), result);
        }
        model.covered += 1;
    }
    for (contract, total) in totals {
        assert_eq!(case.after.get(contract, A::totalCall {}), total);
        model.stores.insert(contract);
    }
    for ((contract, who), result) in results {
        assert_eq!(case.after.get(contract, A::resultsCall { who }), result);
    }
}
