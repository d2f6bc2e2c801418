//! The workloads' blocks, executed by sequential revm from their bundles and compared with plain models of what the
//! applications promise. The models know calldata and what views say before the block, not how contracts store things.

mod arithmetic;
mod bundles;
mod case;
mod compiled;
mod conflicts;
mod dao;
mod fixed;
mod hashing;
mod lending;
mod model;
mod nft;
mod provenance;
mod recorder;
mod storage;
mod swap_v2;
mod swap_v3;
mod ticks;
mod tokens;

use case::Case;
use gaslane_workload::{Kind, Options};
use model::Model;

/// Executes a block and compares everything that it changed with the models.
fn check(kind: Kind, txs: usize, conflict: f64, seed: u64) {
    let mut case = Case::new(kind, &Options { txs, conflict, seed });
    let mut model = Model::new(&case);
    tokens::apply(&mut case, &mut model);
    swap_v2::apply(&mut case, &mut model);
    swap_v3::apply(&mut case, &mut model);
    lending::apply(&mut case, &mut model);
    nft::apply(&mut case, &mut model);
    provenance::apply(&mut case, &mut model);
    dao::apply(&mut case, &mut model);
    arithmetic::apply(&mut case, &mut model);
    hashing::apply(&mut case, &mut model);
    storage::apply(&mut case, &mut model);
    model.compare(&mut case);
}

/// Each kind with several sizes, shares of conflicts and seeds.
fn check_all(kind: Kind) {
    for seed in [1, u64::MAX] {
        for conflict in [0.0, 0.37, 1.0] {
            check(kind, 70, conflict, seed);
        }
    }
    for txs in [1, 2, 3] {
        for conflict in [0.0, 1.0] {
            check(kind, txs, conflict, 7);
        }
    }
}

macro_rules! effects {
    ($($name:ident: $kind:ident,)*) => {
        mod effects {
            $(
                #[test]
                fn $name() {
                    super::check_all(super::Kind::$kind);
                }
            )*

            /// Queues, checkpoints and lists that are longer than in small blocks.
            #[test]
            fn of_a_large_block() {
                super::check(super::Kind::Mix, 1500, 0.2, 3);
            }

            #[test]
            fn of_all_kinds() {
                let tested = [$(super::Kind::$kind),*];
                assert_eq!(tested.as_slice(), super::Kind::ALL);
            }
        }
    };
}

effects! {
    transfers: Transfers,
    erc20: Erc20,
    erc20_many: Erc20Many,
    swap_v2: SwapV2,
    swap_v2_many: SwapV2Many,
    swap_v3: SwapV3,
    swap_v3_many: SwapV3Many,
    lending: Lending,
    nft: Nft,
    provenance: Provenance,
    dao: Dao,
    arithmetic: Arithmetic,
    keccak: Keccak,
    storage: Storage,
    mix: Mix,
    mix_defi: MixDefi,
}
