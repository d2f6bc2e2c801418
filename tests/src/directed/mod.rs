//! Directed probes: every opcode in every fork of the card, at the edges of its operands, gas, stack and state.
//!
//! A probe is one transaction to a contract of its own. Operands reach the opcode as constants, which the translator
//! folds, and as words of the calldata, which it cannot.

mod accounts;
mod calls;
mod creates;
mod every;
mod flow;
mod memory;
mod scene;
mod storage;
mod words;

pub use scene::{Edges, Probe, Scene};

use alloy_primitives::U256;
use gaslane_abi::fork::Fork;

/// A part of the sweep: adds its probes to a scene.
pub type Part = fn(&mut Scene);

/// All parts, with their names.
pub const PARTS: &[(&str, Part)] = &[
    ("every", every::probes),
    ("words", words::probes),
    ("memory", memory::probes),
    ("flow", flow::probes),
    ("storage", storage::probes),
    ("accounts", accounts::probes),
    ("calls", calls::probes),
    ("creates", creates::probes),
];

/// Forks of the card.
pub fn forks() -> impl Iterator<Item = Fork> {
    Fork::ALL.iter().copied().filter(|fork| fork.on_card())
}

/// 2 to the power of `exponent`.
fn power(exponent: usize) -> U256 {
    U256::ONE << exponent
}

fn words(values: &[u64]) -> Vec<U256> {
    values.iter().copied().map(U256::from).collect()
}
