//! The one place where the command line meets the driver and its cards.

use super::config::Config;
use anyhow::anyhow;
use gaslane::block::BlockInput;
use gaslane::driver::Driver;
use gaslane::outcome::BlockOutcome;
use gaslane::source::MemoryState;
use gaslane_abi::Device;
use gaslane_sim::{LockstepCard, ModelCard, RtlCard};

/// Kinds of card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DeviceKind {
    /// The golden model: a card simulated in process.
    Model,
    /// The hardware design of the lanes in the RustHDL kernel, in the model's card: slow.
    Rtl,
    /// The same, every word compared with the model's as it retires.
    RtlLockstep,
}

/// Why a block has no outcome.
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

impl<D: Device> Engine for Driver<D> {
    fn execute(&mut self, block: &BlockInput, state: &MemoryState) -> Result<BlockOutcome, EngineError> {
        self.execute_block(block, state).map_err(|error| match error.is_invalid_block() {
            true => EngineError::InvalidBlock(anyhow!(error)),
            false => EngineError::Failed(anyhow!(error)),
        })
    }
}

/// Opens a card.
pub(crate) fn open(kind: DeviceKind, config: Config) -> anyhow::Result<Box<dyn Engine>> {
    match kind {
        DeviceKind::Model => Ok(Box::new(open_model(config)?)),
        DeviceKind::Rtl => Ok(Box::new(open_rtl(config)?)),
        DeviceKind::RtlLockstep => Ok(Box::new(open_lockstep(config)?)),
    }
}

/// Opens a model card.
pub(crate) fn open_model(config: Config) -> anyhow::Result<Driver<ModelCard>> {
    let card = ModelCard::new(config.card, config.sim)?;
    Ok(Driver::open(card, config.driver)?)
}

/// Opens a card whose lanes are the simulated hardware.
pub(crate) fn open_rtl(config: Config) -> anyhow::Result<Driver<RtlCard>> {
    let card = RtlCard::new(config.card, config.sim)?;
    Ok(Driver::open(card, config.driver)?)
}

/// Opens a card whose lanes run model and simulated hardware in lockstep.
pub(crate) fn open_lockstep(config: Config) -> anyhow::Result<Driver<LockstepCard>> {
    let card = LockstepCard::new(config.card, config.sim)?;
    Ok(Driver::open(card, config.driver)?)
}
