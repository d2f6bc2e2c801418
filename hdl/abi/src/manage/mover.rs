//! Numbers of the management part that firmware, blocks and tests share.

/// Sources and destinations of a mover (`gaslane_hdl::manage::Mover`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MoverPort {
    /// Host memory.
    Host = 0,
    /// Card memory.
    Card = 1,
    /// The processor's data memory.
    Data = 2,
    /// Lanes: the address is that of `LaneRows`.
    Lane = 3,
    /// Destination only: the access table of the commit unit, row by row.
    Commit = 4,
    /// Source only: rows of zeros.
    Zeros = 7,
}

/// Moves of the far mover that may be queued or under way.
pub const FAR_MOVES_MAX: u32 = 16;

impl MoverPort {
    /// All sources.
    pub const SOURCES: [Self; 5] = [Self::Host, Self::Card, Self::Data, Self::Lane, Self::Zeros];
    /// All destinations.
    pub const DESTINATIONS: [Self; 5] = [Self::Host, Self::Card, Self::Data, Self::Lane, Self::Commit];
}
