//! A simulated card that works in short steps, for whoever has to do something else in between.

use gaslane_abi::Device;

/// What a step has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The card raises its interrupt.
    Interrupt,
    /// It has more to do.
    Works,
    /// Nothing happens before the host writes a register.
    Rests,
}

/// A card that can be simulated for a short time.
pub trait Stepped: Device {
    /// Simulates some milliseconds of computing, or less.
    fn step(&mut self) -> Step;
}
