//! The one place where the command line meets the driver and its cards.

use gaslane::block::BlockInput;
use gaslane::outcome::BlockOutcome;
use gaslane::source::MemoryState;
use gaslane_hdl::CardConfig;

/// Kinds of card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DeviceKind {
    /// The golden model: a card simulated in process.
    Model,
}

/// There is no such card.
#[derive(Debug, thiserror::Error)]
#[error("no device: this build contains no {0:?} card")]
pub(crate) struct NoDevice(DeviceKind);

/// Why a block has no outcome.
#[allow(dead_code, reason = "no engine yet")]
pub(crate) enum EngineError {
    /// The block is invalid.
    InvalidBlock(anyhow::Error),
    /// Driver or card failed.
    Failed(anyhow::Error),
}

/// What executes blocks.
pub(crate) trait Engine {
    /// Executes a block on its pre-state.
    fn execute(&mut self, block: &BlockInput, state: &MemoryState) -> Result<BlockOutcome, EngineError>;
}

/// Opens a card. `options` is the table `driver` of the configuration file.
pub(crate) fn open(kind: DeviceKind, card: CardConfig, options: &toml::Table) -> anyhow::Result<Box<dyn Engine>> {
    // Driver::open(ModelCard::new(card, SimOptions::default()), DriverOptions from `options`)
    let _ = (card, options);
    Err(NoDevice(kind).into())
}
