//! Benchmark blocks for parallel execution of the EVM, generated: no node and no recorded chain is needed.
//!
//! A workload is a block of signed transactions together with all state before it. The contracts are ordinary ones of
//! the kinds that fill blocks on mainnet (tokens, pools, lending, collectibles, votes, …), written for this crate in
//! `contracts/` and deployed and set up in process by revm, so that no storage layout is guessed. [`Options::conflict`]
//! says which share of transactions touches one hot object; all others are as independent of each other as the
//! application permits. Equal options give equal bytes on any machine.
//!
//! ```
//! use gaslane_workload::{Kind, Options, generate};
//!
//! let options = Options { txs: 5, ..Options::for_kind(Kind::Erc20) };
//! let bundle = generate(Kind::Erc20, &options)?.bundle();
//! assert_eq!(bundle["block"]["transactions"].as_array().map(Vec::len), Some(5));
//! # Ok::<(), gaslane_workload::WorkloadError>(())
//! ```

pub mod abi;
mod apps;
mod block;
mod bundle;
mod chain;
mod contracts;
mod error;
mod kind;
mod merkle;
mod options;
mod rng;
mod state;
mod user;
mod workload;
mod world;

pub use error::WorkloadError;
pub use kind::{Kind, names};
pub use options::{MAX_TXS, Options};
pub use state::{Account, State};
pub use workload::{Transaction, Workload, generate};
