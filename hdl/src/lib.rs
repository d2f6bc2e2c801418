//! The Gaslane card: its named configurations ([`config`]), its cycle table ([`timing`]) and, with the
//! feature `rtl`, hardware blocks in RustHDL.
//!
//! Simulated cards of every kind take their sizes and cycle counts from here.

pub mod access;
#[cfg(feature = "rtl")]
pub mod alu;
#[cfg(feature = "rtl")]
pub mod blocks;
#[cfg(feature = "rtl")]
pub mod board;
#[cfg(feature = "rtl")]
pub mod bus;
pub mod card;
#[cfg(feature = "rtl")]
pub mod code;
pub mod config;
#[cfg(feature = "rtl")]
pub mod hash;
#[cfg(feature = "rtl")]
pub mod lane;
#[cfg(feature = "rtl")]
pub mod leaf;
pub mod manage;
#[cfg(feature = "rtl")]
pub mod memory;
#[cfg(feature = "rtl")]
mod port_struct;
#[cfg(feature = "rtl")]
pub mod queue;
pub mod table;
pub mod timing;
#[cfg(feature = "rtl")]
pub mod word;

pub use config::CardConfig;
