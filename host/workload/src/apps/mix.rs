//! Several applications in one block.

use crate::world::{Planned, World};
use crate::{Kind, WorkloadError};

/// About what mainnet's blocks hold: half of it moves value and tokens.
pub(super) const ALL: &[(u64, Kind)] = &[
    (25, Kind::Transfers),
    (27, Kind::Erc20Many),
    (11, Kind::SwapV2Many),
    (12, Kind::SwapV3Many),
    (5, Kind::Lending),
    (6, Kind::Nft),
    (3, Kind::Provenance),
    (2, Kind::Dao),
    (3, Kind::Arithmetic),
    (3, Kind::Keccak),
    (3, Kind::Storage),
];

/// Finance alone.
pub(super) const DEFI: &[(u64, Kind)] =
    &[(30, Kind::SwapV2Many), (30, Kind::SwapV3Many), (20, Kind::Lending), (20, Kind::Erc20Many)];

/// Draws an application for each transaction; those of one application keep their order.
pub(super) fn plan(world: &mut World, count: usize, weights: &[(u64, Kind)]) -> Result<Vec<Planned>, WorkloadError> {
    let drawn: Vec<Kind> = (0..count).map(|_| world.rng.weighted(weights, Kind::Transfers)).collect();
    let mut queues = Vec::new();
    for (_, kind) in weights {
        let share = drawn.iter().filter(|k| *k == kind).count();
        if share > 0 {
            queues.push((*kind, super::plan(*kind, world, share)?.into_iter()));
        }
    }
    let next = |kind: &Kind| queues.iter_mut().find(|(k, _)| k == kind).and_then(|(_, queue)| queue.next());
    Ok(drawn.iter().filter_map(next).collect())
}
