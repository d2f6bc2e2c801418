//! Simulated Gaslane cards.

pub mod image;
pub mod lane;
