//! The state before the first block.

use super::Style;
use super::cast::{Cast, other};
use crate::program::{micro, program};
use crate::random::Random;
use crate::state::State;
use alloy_primitives::{Address, Bytes, U256};
use revm::precompile::u64_to_address;
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};

/// What senders own, in wei.
fn wealth() -> U256 {
    U256::from(10).pow(U256::from(18))
}

impl Cast {
    /// A random state, with contracts of about `statements` statements.
    pub fn state(&self, random: &mut Random, statements: u64) -> State {
        let mut state = State::default();
        for address in &self.contracts {
            let environment = self.environment(random);
            let code = match self.style {
                Style::Everything if random.chance(35) => micro(random, &environment),
                _ => program(random, &environment, statements),
            };
            let mut info = AccountInfo::from_bytecode(Bytecode::new_raw(Bytes::from(code)));
            info.balance = U256::from(random.below(1000));
            info.nonce = if self.style == Style::Everything && random.chance(3) { u64::MAX } else { 1 };
            let slots = random.below(4);
            let storage =
                (0..slots).map(|slot| (U256::from(slot), random.word())).filter(|(_, value)| !value.is_zero());
            state.insert(*address, info, storage.collect());
        }
        for address in &self.senders {
            state.insert(*address, AccountInfo::from_balance(wealth()), Default::default());
        }
        if random.chance(50) && !state.accounts.contains_key(&self.coinbase) {
            state.insert(self.coinbase, AccountInfo::from_balance(wealth()), Default::default());
        }
        if self.spec >= SpecId::PRAGUE {
            let target = *random.pick(&self.contracts);
            delegate(random, &mut state, other(1), target);
        }
        if self.style == Style::Everything {
            self.others(random, &mut state);
            self.occupy_future_contracts(random, &mut state);
        }
        state
    }

    fn others(&self, random: &mut Random, state: &mut State) {
        state.insert(other(2), AccountInfo::from_balance(U256::from(1)), Default::default());
        // Empty, and yet there: since the merge no state has such accounts (EIP-7523).
        if self.spec < SpecId::MERGE {
            state.insert(other(3), AccountInfo::default(), Default::default());
        }
        if self.spec >= SpecId::PRAGUE {
            // To a precompile, to itself, to an account that delegates, to what does not exist.
            let targets = [u64_to_address(1 + random.below(0x11)), other(5), other(1), *random.pick(&self.addresses)];
            for (index, target) in targets.into_iter().enumerate() {
                delegate(random, state, other(4 + index as u64), target);
            }
        }
        for number in [1, 2, 4] {
            if random.chance(30) {
                state.insert(u64_to_address(number), AccountInfo::from_balance(U256::from(3)), Default::default());
            }
        }
    }

    /// Some of the addresses that creations are going to have are taken: by a balance, which does no harm, or by a nonce
    /// or code, which does. Not by storage alone: the oracle does not apply EIP-7610.
    fn occupy_future_contracts(&self, random: &mut Random, state: &mut State) {
        for address in &self.addresses {
            if state.accounts.contains_key(address) || address.is_zero() || !random.chance(20) {
                continue;
            }
            let mut info = match random.below(4) {
                0..=1 => AccountInfo::from_balance(U256::from(1 + random.below(50))),
                2 => AccountInfo { nonce: 1, ..AccountInfo::default() },
                _ => AccountInfo::from_bytecode(Bytecode::new_raw(Bytes::from_static(&[0x33, 0xff]))),
            };
            // A precompile has no code.
            if address.0.starts_with(&[0; 18]) {
                info = AccountInfo::from_balance(U256::from(9));
            }
            state.insert(*address, info, Default::default());
        }
    }
}

/// An account that delegates (EIP-7702).
fn delegate(random: &mut Random, state: &mut State, address: Address, target: Address) {
    let mut info = AccountInfo::from_bytecode(Bytecode::new_eip7702(target));
    (info.balance, info.nonce) = (U256::from(77), 3);
    let storage =
        if random.chance(50) { [(U256::ZERO, U256::from(5))].into_iter().collect() } else { Default::default() };
    state.insert(address, info, storage);
}
