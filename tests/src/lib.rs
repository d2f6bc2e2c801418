//! What the tests of all engines share: random programs and blocks, and the comparison with sequential revm.

pub mod blocks;
pub mod census;
pub mod chains;
pub mod directed;
pub mod edges;
pub mod engine;
pub mod fuzz;
pub mod program;
pub mod random;
pub mod recorded;
pub mod reduce;
pub mod session;
pub mod setup;
pub mod state;
pub mod tampered;
pub mod world;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
