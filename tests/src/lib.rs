//! What the tests of all engines share: random programs and blocks, and the comparison with sequential revm.

pub mod chains;
pub mod engine;
pub mod program;
pub mod random;
pub mod world;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
