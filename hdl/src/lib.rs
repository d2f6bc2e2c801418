//! The Gaslane card: its named configurations ([`config`]) and its cycle table ([`timing`]).
//!
//! Simulated cards of every kind take their sizes and cycle counts from here.

pub mod config;
pub mod timing;

pub use config::CardConfig;
