//! Boards: the card with what joins it to a host.
//!
//! - `uart`: bytes over two wires;
//! - `crc`, `payload`, `receiver`, `sender`, `read_queue`: parts of the link;
//! - `link`: registers, memories and boot over a stream of bytes ([`gaslane_abi::link`]);
//! - `ecp5`: a board with nothing but a UART;
//! - `ports`: its ports as plain data.

pub mod crc;
pub mod ecp5;
pub mod link;
pub mod payload;
pub mod ports;
pub mod read_queue;
pub mod receiver;
pub mod sender;
pub mod uart;

pub use crc::Crc32;
pub use ecp5::{Board, SmallBoard};
pub use link::Link;
pub use read_queue::ReadQueue;
pub use receiver::Receiver;
pub use sender::Sender;
pub use uart::Uart;
