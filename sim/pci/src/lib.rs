//! A simulated card as a PCI device: a server of the vfio-user protocol.
//!
//! ```text
//! socket ── Backend (connection thread) ── Worker (thread "card") ── simulated card
//!              configuration space, MSI-X       steps the card, serves its registers,
//!              table, DMA mappings by file      raises the interrupt, plays faults
//! ```
//!
//! A connection begins with a card that was just reset. The card reaches memory only while it is bus master, and only what is mapped for both reading and
//! writing with a file. A client is trusted not to shrink its files while they are mapped (the driver's are sealed, and so are QEMU's): the server would end. When the connection ends the card is reset and forgets all mappings; the next one may come.

#![deny(unsafe_op_in_unsafe_fn)]

mod backend;
pub mod config_space;
mod dma;
pub mod fault;
mod server;
mod shadow;
mod worker;

pub use fault::{Fault, FaultKind};
pub use server::{Left, ServeError, Server};
