//! What all applications share while a workload is set up.

use crate::chain::Chain;
use crate::rng::Rng;
use crate::user::User;
use crate::{Options, WorkloadError};
use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use std::collections::HashMap;

/// One ether, or one token of 18 decimals.
pub(crate) const UNIT: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

/// A transaction before it is signed.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) label: &'static str,
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) value: U256,
    pub(crate) input: Bytes,
    pub(crate) hot: bool,
}

impl Planned {
    /// A call of a contract without value.
    pub(crate) fn call<C: SolCall>(label: &'static str, hot: bool, from: Address, to: Address, call: &C) -> Self {
        Self { label, from, to, value: U256::ZERO, input: call.abi_encode().into(), hot }
    }
}

/// The chain so far, its users, and chance.
pub(crate) struct World {
    pub(crate) chain: Chain,
    pub(crate) rng: Rng,
    /// Owner of all contracts; sends no transaction of the block.
    pub(crate) deployer: Address,
    users: HashMap<Address, User>,
    strangers: u64,
    seed: u64,
    conflict: f64,
}

impl World {
    pub(crate) fn new(options: &Options) -> Self {
        let mut world = Self {
            chain: Chain::new(),
            rng: Rng::new(options.seed),
            deployer: Address::ZERO,
            users: HashMap::new(),
            strangers: 0,
            seed: options.seed,
            conflict: options.conflict,
        };
        world.deployer = world.stranger();
        world
    }

    /// A new user with 1000 ether.
    pub(crate) fn user(&mut self) -> Result<Address, WorkloadError> {
        let user = User::new(self.seed, self.users.len() as u64)?;
        let address = user.address;
        self.users.insert(address, user);
        self.chain.fund(address, UNIT * U256::from(1000));
        Ok(address)
    }

    /// A new address that sends no transaction of the block.
    pub(crate) fn stranger(&mut self) -> Address {
        self.strangers += 1;
        let hash = keccak256(format!("gaslane workload address {} {}", self.seed, self.strangers));
        Address::from_slice(&hash[12..])
    }

    /// For each of `count` transactions, whether it touches the hot object.
    pub(crate) fn hot(&mut self, count: usize) -> Vec<bool> {
        let share = (self.conflict * count as f64).round() as usize;
        let mut hot: Vec<bool> = (0..count).map(|i| i < share).collect();
        self.rng.shuffle(&mut hot);
        hot
    }

    /// Deploys a contract of `contracts/`.
    pub(crate) fn deploy(&mut self, name: &str, arguments: Vec<u8>) -> Result<Address, WorkloadError> {
        self.chain.deploy(name, self.deployer, arguments.into())
    }

    /// Calls a contract during the set-up.
    pub(crate) fn call<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
    ) -> Result<C::Return, WorkloadError> {
        self.chain.call(from, to, call)
    }

    /// Calls a contract during the set-up as its owner.
    pub(crate) fn own<C: SolCall>(&mut self, to: Address, call: &C) -> Result<C::Return, WorkloadError> {
        self.chain.call(self.deployer, to, call)
    }

    /// The chain, and those who can sign.
    pub(crate) fn into_parts(self) -> (Chain, HashMap<Address, User>) {
        (self.chain, self.users)
    }
}
