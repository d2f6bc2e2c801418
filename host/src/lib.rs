//! Host driver of Gaslane, an accelerator that executes blocks of EVM transactions on an FPGA card.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod assist;
#[cfg(feature = "simulate")]
pub mod bench;
pub mod block;
pub mod blocktest;
pub mod dma;
pub mod driver;
pub mod dump;
#[cfg(test)]
mod fake_card;
pub mod fallback;
pub mod fixtures;
pub mod host_calls;
pub mod images;
#[cfg(feature = "simulate")]
pub mod link;
pub mod oracle;
pub mod outcome;
pub mod overlay;
#[cfg(target_os = "linux")]
pub mod pci;
pub mod pipeline;
pub mod plan;
pub mod queue;
pub mod receipts;
pub mod records;
pub mod report;
pub mod requests;
pub mod rules;
pub mod source;
pub mod statetest;
pub mod verify;
