//! EIP-7702 authorizations.

use super::Style;
use super::cast::{OTHERS, other};
use super::transactions::Draft;
use alloy_primitives::{Address, U256};
use revm::context::transaction::{Authorization, RecoveredAuthority, RecoveredAuthorization};

impl Draft<'_> {
    /// Sets, replaces or removes a delegation of a sender or of another account; invalid now and then.
    pub(super) fn authorization(&mut self) -> RecoveredAuthorization {
        let random = &mut *self.random;
        let everything = self.cast.style == Style::Everything;
        let authority = match random.below(10) {
            0..=3 => *random.pick(&self.cast.senders),
            4 => *random.pick(&self.cast.contracts),
            _ => other(random.below(if everything { OTHERS } else { 3 })),
        };
        // Delegations of senders to contracts that create move nonces that later transactions rely on; that makes a few
        // blocks invalid, which is a case of its own.
        let target = match random.below(10) {
            0..=2 => Address::ZERO,
            3..=4 => *random.pick(&self.cast.addresses),
            5 if everything => authority,
            _ => *random.pick(&self.cast.contracts),
        };
        let nonce = self.nonces.entry(authority).or_insert_with(|| self.state.nonce(authority));
        let mut authorization = Authorization { chain_id: U256::from(random.below(2)), address: target, nonce: *nonce };
        let mut signer = RecoveredAuthority::Valid(authority);
        match random.below(12) {
            1 => authorization.nonce = authorization.nonce.wrapping_add(1),
            2 => authorization.nonce = u64::MAX,
            3 => authorization.chain_id = U256::from(5),
            4 => authorization.chain_id = U256::MAX,
            5 => signer = RecoveredAuthority::Invalid,
            _ if self.cast.contracts.contains(&authority) => {}
            _ => *nonce += 1,
        }
        RecoveredAuthorization::new_unchecked(authorization, signer)
    }
}
