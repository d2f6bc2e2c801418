//! The applications: each sets up its contracts and plans transactions.

mod arithmetic;
mod dao;
mod erc20;
mod hashing;
mod lending;
mod mix;
mod nft;
mod provenance;
mod storage;
mod swap_v2;
mod swap_v3;
mod token;
mod transfers;

use crate::world::{Planned, World};
use crate::{Kind, WorkloadError};

/// Sets a kind up and plans so many transactions, in order.
pub(crate) fn plan(kind: Kind, world: &mut World, count: usize) -> Result<Vec<Planned>, WorkloadError> {
    match kind {
        Kind::Transfers => transfers::plan(world, count),
        Kind::Erc20 => erc20::plan(world, count, 1),
        Kind::Erc20Many => erc20::plan(world, count, (count / 8).clamp(2, 64)),
        Kind::SwapV2 => swap_v2::plan(world, count, 0),
        Kind::SwapV2Many => swap_v2::plan(world, count, 25),
        Kind::SwapV3 | Kind::SwapV3Many => swap_v3::plan(world, count),
        Kind::Lending => lending::plan(world, count),
        Kind::Nft => nft::plan(world, count),
        Kind::Provenance => provenance::plan(world, count),
        Kind::Dao => dao::plan(world, count),
        Kind::Arithmetic => arithmetic::plan(world, count),
        Kind::Keccak => hashing::plan(world, count),
        Kind::Storage => storage::plan(world, count),
        Kind::Mix => mix::plan(world, count, mix::ALL),
        Kind::MixDefi => mix::plan(world, count, mix::DEFI),
    }
}
