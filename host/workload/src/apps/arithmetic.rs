//! Computation with hardly any state.

use crate::WorkloadError;
use crate::abi::Arithmetic;
use crate::world::{Planned, World};
use alloy_primitives::{U256, uint};

/// The prime of the curve BN254's field, as a common modulus.
const PRIME: U256 = uint!(0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47_U256);

#[derive(Clone, Copy)]
enum Action {
    Power,
    Polynomial,
    Exponents,
    Fractions,
}

/// Each result is kept for its sender; the hot ones are folded into one total.
pub(super) fn plan(world: &mut World, count: usize) -> Result<Vec<Planned>, WorkloadError> {
    let hot = world.hot(count);
    let contract = world.deploy("Arithmetic", Vec::new())?;
    let choices = [(35, Action::Power), (30, Action::Polynomial), (20, Action::Exponents), (15, Action::Fractions)];
    let mut planned = Vec::with_capacity(count);
    for shared in hot {
        let user = world.user()?;
        let modulus = if world.rng.percent(50) { PRIME } else { world.rng.u256() | U256::from(1) };
        planned.push(match world.rng.weighted(&choices, Action::Power) {
            Action::Power => {
                let (base, exponent) = (world.rng.u256(), world.rng.u256());
                let call = Arithmetic::powerCall { base, exponent, modulus, shared };
                Planned::call("arithmetic.power", shared, user, contract, &call)
            }
            Action::Polynomial => {
                let coefficients = (0..world.rng.between(4, 24)).map(|_| world.rng.u256()).collect();
                let (x, places) = (world.rng.u256(), U256::from(world.rng.between(4, 24)));
                let call = Arithmetic::polynomialCall { coefficients, x, places, modulus, shared };
                Planned::call("arithmetic.polynomial", shared, user, contract, &call)
            }
            Action::Exponents => {
                let (x, e, rounds) = (world.rng.u256(), world.rng.u256(), U256::from(world.rng.between(16, 96)));
                let call = Arithmetic::exponentsCall { x, e, rounds, shared };
                Planned::call("arithmetic.exponents", shared, user, contract, &call)
            }
            Action::Fractions => {
                let (x, a, b) = (world.rng.u256(), world.rng.u256(), world.rng.u256());
                let (y, d) = if a < b { (a, b) } else { (b, a | U256::from(1)) };
                let rounds = U256::from(world.rng.between(20, 120));
                let call = Arithmetic::fractionsCall { x, y, d, rounds, shared };
                Planned::call("arithmetic.fractions", shared, user, contract, &call)
            }
        });
    }
    Ok(planned)
}
