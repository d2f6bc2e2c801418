//! Blocks between the code store and the issue stage: cache of its lines, constants of a word.

pub mod cache;
pub mod constant;

pub use cache::CodeCache;
pub use constant::ConstantUnit;
