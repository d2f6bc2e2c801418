//! What a block should change: balances of ether and tokens, nonces, and which contracts store something.

use crate::case::{Case, View};
use alloy_primitives::{Address, I256, U256};
use gaslane_workload::abi::Token;
use std::collections::{BTreeMap, BTreeSet};

/// Expected changes.
#[derive(Default)]
pub struct Model {
    ether: BTreeMap<Address, I256>,
    nonces: BTreeMap<Address, u64>,
    tokens: BTreeMap<Address, BTreeMap<Address, I256>>,
    allowances: BTreeMap<(Address, Address, Address), U256>,
    /// Contracts whose storage a model has compared; no other may change.
    pub stores: BTreeSet<Address>,
    /// Transactions that a model has taken account of.
    pub covered: usize,
}

impl Model {
    /// Values, fees and nonces, which need no knowledge of contracts.
    pub fn new(case: &Case) -> Self {
        let mut model = Self::default();
        for tx in &case.done {
            model.pay(tx.from, tx.to, tx.value);
            model.earn(tx.from, -signed(tx.fee));
            let tip = tx.fee - U256::from(tx.gas_used) * U256::from(case.block.basefee);
            model.earn(case.block.beneficiary, signed(tip));
            *model.nonces.entry(tx.from).or_default() += 1;
            model.covered += usize::from(tx.label == "value.transfer");
        }
        model
    }

    pub fn pay(&mut self, from: Address, to: Address, amount: U256) {
        self.earn(from, -signed(amount));
        self.earn(to, signed(amount));
    }

    fn earn(&mut self, who: Address, amount: I256) {
        *self.ether.entry(who).or_default() += amount;
    }

    /// A token changes hands.
    pub fn moves(&mut self, token: Address, from: Address, to: Address, amount: U256) {
        let balances = self.tokens.entry(token).or_default();
        *balances.entry(from).or_default() -= signed(amount);
        *balances.entry(to).or_default() += signed(amount);
    }

    /// A token changes hands because its owner allowed it.
    pub fn takes(&mut self, token: Address, owner: Address, spender: Address, to: Address, amount: U256) {
        self.moves(token, owner, to, amount);
        *self.allowances.entry((token, owner, spender)).or_default() += amount;
    }

    /// Compares with the state after the block.
    pub fn compare(mut self, case: &mut Case) {
        assert_eq!(self.covered, case.done.len(), "transactions that no model knows");
        let Case { before, after, .. } = case;
        let mut addresses: BTreeSet<Address> = before.addresses().into_iter().collect();
        addresses.extend(after.addresses());
        for address in &addresses {
            let (old, new) = (before.info(*address), after.info(*address));
            let change = self.ether.get(address).copied().unwrap_or_default();
            assert_eq!(signed(new.balance), signed(old.balance) + change, "ether of {address}");
            let sent = self.nonces.get(address).copied().unwrap_or_default();
            assert_eq!(new.nonce, old.nonce + sent, "nonce of {address}");
        }
        self.compare_tokens(before, after);
        for address in &addresses {
            let changed = before.storage(*address) != after.storage(*address);
            assert!(!changed || self.stores.contains(address), "unexpected writes in {address}");
        }
    }

    fn compare_tokens(&mut self, before: &mut View, after: &mut View) {
        let mut written: BTreeMap<Address, usize> = BTreeMap::new();
        for (token, balances) in &self.tokens {
            let mut sum = I256::ZERO;
            for (owner, change) in balances {
                let call = Token::balanceOfCall { owner: *owner };
                let (old, new) = (before.get(*token, call.clone()), after.get(*token, call));
                assert_eq!(signed(new), signed(old) + *change, "tokens {token} of {owner}");
                *written.entry(*token).or_default() += usize::from(!change.is_zero());
                sum += *change;
            }
            assert!(sum.is_zero());
            let supply = before.get(*token, Token::totalSupplyCall {});
            assert_eq!(after.get(*token, Token::totalSupplyCall {}), supply);
        }
        for ((token, owner, spender), amount) in &self.allowances {
            let call = Token::allowanceCall { owner: *owner, spender: *spender };
            let (old, new) = (before.get(*token, call.clone()), after.get(*token, call));
            let left = if old == U256::MAX { old } else { old - *amount };
            assert_eq!(new, left, "allowance of {owner}");
            *written.entry(*token).or_default() += usize::from(old != new);
        }
        // Nothing else was written in these contracts.
        for (token, count) in written {
            let (old, new) = (before.storage(token), after.storage(token));
            let slots: BTreeSet<_> = old.keys().chain(new.keys()).collect();
            let changed = slots.into_iter().filter(|slot| old.get(*slot) != new.get(*slot)).count();
            assert_eq!(changed, count, "slots written in token {token}");
            self.stores.insert(token);
        }
    }
}

pub fn signed(amount: U256) -> I256 {
    I256::try_from(amount).unwrap()
}
