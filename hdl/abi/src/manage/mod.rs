//! What the card's hardware and the firmware of its management processor agree on. Nothing here concerns the host.

pub mod lane;
pub mod map;
pub mod mover;
pub mod table;
