//! Who takes part in a world.

use super::{SPECS, Shape, account, contract, sender};
use crate::program::{Environment, Theme, init_code};
use crate::random::Random;
use alloy_primitives::{Address, Bytes, U256, keccak256};
use gaslane::block::card_fork;
use gaslane_abi::fork::Fork;
use revm::context::BlockEnv;
use revm::precompile::u64_to_address;
use revm::primitives::hardfork::SpecId;

/// What contracts and transactions of a world do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// What compilers write: few creations, self-destructions and precompiles.
    Plain,
    /// Everything, often.
    Everything,
}

/// Rules and accounts of a world.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Rules.
    pub spec: SpecId,
    /// What it does.
    pub style: Style,
    /// Receives the fees.
    pub coinbase: Address,
    /// Contracts of the state before the first block.
    pub contracts: Vec<Address>,
    /// Who sends transactions.
    pub senders: Vec<Address>,
    /// Accounts that programs and transactions name.
    pub addresses: Vec<Address>,
    /// Init codes that programs and transactions use.
    pub inits: Vec<Bytes>,
}

/// Accounts that may delegate, exist or be empty.
pub(super) const OTHERS: u64 = 8;

/// One of the accounts that may delegate, exist or be empty.
pub(super) fn other(index: u64) -> Address {
    account(0xee, index)
}

impl Cast {
    /// A random one.
    pub fn new(random: &mut Random, shape: Shape, style: Style) -> Self {
        let spec = *random.pick(SPECS);
        let contracts: Vec<_> = (0..shape.contracts).map(contract).collect();
        let senders: Vec<_> = (0..shape.senders).map(sender).collect();
        let coinbase = match (style, random.below(20)) {
            (_, 0..=3) => sender(0),
            (Style::Everything, 4..=5) => contracts[0],
            (Style::Everything, 6) => u64_to_address(4),
            (Style::Everything, 7) => other(0),
            (Style::Everything, 8) => contract(0).create(1),
            _ => account(0xcb, 0),
        };
        let mut addresses = contracts.clone();
        addresses.extend_from_slice(&senders[..senders.len().min(2)]);
        addresses.extend([coinbase, other(0), other(1)]);
        let mut cast = Self { spec, style, coinbase, contracts, senders, addresses, inits: Vec::new() };
        if style == Style::Everything {
            cast.addresses.extend((2..OTHERS).map(other));
            cast.addresses.extend((0..3).map(|_| u64_to_address(random.below(0x13))));
            for _ in 0..2 + random.below(4) {
                let environment = cast.environment(random);
                let init = init_code(random, &environment, 2);
                cast.inits.push(init.into());
            }
            cast.name_future_contracts(random);
        }
        cast
    }

    /// Addresses that creations are going to have, by contracts and senders.
    fn name_future_contracts(&mut self, random: &mut Random) {
        for _ in 0..6 {
            let creator = *random.pick(&self.contracts);
            let address = match random.below(4) {
                0..=1 => creator.create(1 + random.below(2)),
                2 => {
                    let salt = U256::from(random.below(2)).to_be_bytes();
                    creator.create2(salt, keccak256(random.pick(&self.inits)))
                }
                _ => random.pick(&self.senders).create(random.below(4)),
            };
            self.addresses.push(address);
        }
    }

    /// The card's fork.
    pub fn fork(&self) -> Fork {
        card_fork(self.spec)
    }

    /// What a contract of this world may use.
    pub(super) fn environment(&self, random: &mut Random) -> Environment<'_> {
        let theme = match self.style {
            Style::Plain => Theme::PLAIN,
            Style::Everything => Theme::random(random),
        };
        Environment { fork: self.fork(), addresses: &self.addresses, inits: &self.inits, theme }
    }
}

/// Fee per gas of every block, in wei.
pub(super) fn base_fee_wei(spec: SpecId) -> u64 {
    if spec >= SpecId::LONDON { 7 } else { 0 }
}

/// Values of a block.
pub fn block_env(spec: SpecId, number: u64, beneficiary: Address) -> BlockEnv {
    let mut env = BlockEnv {
        number: U256::from(number),
        beneficiary,
        timestamp: U256::from(1_700_000_000u64),
        gas_limit: 1_000_000_000,
        basefee: base_fee_wei(spec),
        difficulty: U256::from(12345),
        prevrandao: (spec >= SpecId::MERGE).then(|| keccak256(b"randao")),
        ..BlockEnv::default()
    };
    if spec >= SpecId::CANCUN {
        env.set_blob_excess_gas_and_price(0, 3_338_477);
    }
    env
}
