//! Keccak-256 of a range of lane memory: [`HashEngine`] is the unit of the lane, [`Sponge`] its data path, and
//! [`keccak`] what both compute.

pub mod engine;
pub mod keccak;
pub mod sponge;

pub use engine::HashEngine;
pub use sponge::Sponge;
