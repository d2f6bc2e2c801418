//! Tokens for all applications that need some.

use crate::world::World;
use crate::{WorkloadError, abi};
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolValue;

/// A new token.
pub(super) fn deploy(world: &mut World, number: usize) -> Result<Address, WorkloadError> {
    let arguments = (format!("Token {number}"), format!("T{number}")).abi_encode_params();
    world.deploy("Token", arguments)
}

/// Gives someone some.
pub(super) fn mint(world: &mut World, token: Address, to: Address, amount: U256) -> Result<(), WorkloadError> {
    world.own(token, &abi::Token::mintCall { to, amount })?;
    Ok(())
}

/// Lets a contract take an amount from someone.
pub(super) fn approve(
    world: &mut World,
    token: Address,
    owner: Address,
    spender: Address,
    amount: U256,
) -> Result<(), WorkloadError> {
    world.call(owner, token, &abi::Token::approveCall { spender, amount })?;
    Ok(())
}

/// Gives someone an amount that a contract may take: half of all users approve just that, half any amount.
pub(super) fn provide(
    world: &mut World,
    token: Address,
    owner: Address,
    spender: Address,
    amount: U256,
) -> Result<(), WorkloadError> {
    let extra = amount / U256::from(world.rng.between(1, 10));
    mint(world, token, owner, amount + extra)?;
    let allowed = if world.rng.percent(50) { U256::MAX } else { amount };
    approve(world, token, owner, spender, allowed)
}
