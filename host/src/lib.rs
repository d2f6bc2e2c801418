//! Host driver of Gaslane, an accelerator that executes blocks of EVM transactions on an FPGA card.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod block;
pub mod oracle;
pub mod outcome;
pub mod receipts;
pub mod report;
pub mod rules;
pub mod source;
pub mod verify;
