//! Random blocks: contracts that call and create each other, senders that share nonces and balances, transactions of
//! all types, edges of gas.

mod accounts;
mod authorizations;
mod cast;
mod transactions;

use crate::random::Random;
use crate::state::State;
use alloy_primitives::Address;
pub use cast::{Cast, Style, block_env};
use gaslane::block::BlockInput;
use gaslane::source::MemoryState;
use revm::primitives::hardfork::SpecId;
pub use transactions::least_gas;

/// What a random block looks like.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Contracts.
    pub contracts: u64,
    /// Senders.
    pub senders: u64,
    /// Transactions.
    pub transactions: u64,
    /// Statements of a contract, at most.
    pub statements: u64,
}

/// Rules that random blocks use.
pub const SPECS: &[SpecId] =
    &[SpecId::BERLIN, SpecId::LONDON, SpecId::MERGE, SpecId::SHANGHAI, SpecId::CANCUN, SpecId::PRAGUE, SpecId::OSAKA];

/// A block and the state before it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The block.
    pub block: BlockInput,
    /// The state before it.
    pub state: State,
}

fn account(kind: u8, index: u64) -> Address {
    let mut address = [kind; 20];
    address[12..].copy_from_slice(&index.to_be_bytes());
    Address::from(address)
}

/// The contract with that number.
pub fn contract(index: u64) -> Address {
    account(0xc0, index)
}

/// The sender with that number.
pub fn sender(index: u64) -> Address {
    account(0x5e, index)
}

/// A random block with its state, of contracts such as compilers write: few creations, self-destructions, precompiles.
pub fn world(seed: u64, shape: Shape) -> (BlockInput, MemoryState) {
    let case = case(&mut Random::new(seed), shape, Style::Plain);
    let number = case.block.number();
    (case.block, case.state.to_memory(number))
}

/// A random block with its state.
pub fn case(random: &mut Random, shape: Shape, style: Style) -> Case {
    let cast = Cast::new(random, shape, style);
    let state = cast.state(random, shape.statements);
    let block = cast.block(random, shape.transactions, &state);
    Case { block, state }
}
