//! A server in a thread of this process, and drivers for it.

// Not every test needs all of it.
#![allow(dead_code)]

use gaslane::block::BlockInput;
use gaslane::driver::{Driver, DriverOptions};
use gaslane::pci::{PciCard, VfioUser};
use gaslane::source::samples::SAMPLES;
use gaslane::source::{MemoryState, bundle};
use gaslane_card::{Fault, Left, Server};
use gaslane_hdl::CardConfig;
use gaslane_sim::{ModelCard, SimOptions, Stepped};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

/// A card that is served.
pub struct Served {
    _folder: TempDir,
    /// Where.
    pub socket: PathBuf,
    /// What each connection had left mapped.
    ends: Receiver<Left>,
}

impl Served {
    /// Serves a card until the process ends.
    pub fn new<C: Stepped>(fault: Option<&str>, card: impl FnOnce() -> Result<C, String> + Send + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("card.sock");
        let fault = fault.map(|fault| fault.parse::<Fault>().unwrap());
        let server = Server::new(&socket, fault, card).unwrap();
        let (told, ends) = channel();
        std::thread::spawn(move || {
            while let Ok(left) = server.serve()
                && told.send(left).is_ok()
            {}
        });
        Self { _folder: folder, socket, ends }
    }

    /// The model.
    pub fn model(lanes: u32, fault: Option<&str>) -> Self {
        let config = CardConfig::large().with_lanes(lanes);
        Self::new(fault, move || ModelCard::new(config, SimOptions::default()).map_err(|error| error.to_string()))
    }

    /// A card for the driver.
    pub fn card(&self) -> PciCard<VfioUser> {
        PciCard::open(VfioUser::connect(&self.socket).unwrap()).unwrap()
    }

    /// A driver.
    pub fn driver(&self, options: DriverOptions) -> Driver<PciCard<VfioUser>> {
        Driver::open(self.card(), options).unwrap()
    }

    /// What the last connection has left, once it has ended.
    pub fn left(&self) -> Left {
        self.ends.recv_timeout(Duration::from_secs(20)).expect("the server notices the end of a connection")
    }
}

/// Sample blocks: those with these numbers.
pub fn samples(numbers: &[&str]) -> Vec<(BlockInput, MemoryState)> {
    let wanted = SAMPLES.iter().filter(|(name, _)| numbers.iter().any(|number| name.contains(number)));
    let blocks: Vec<_> = wanted.map(|(name, bytes)| bundle::parse(name, bytes).unwrap()).collect();
    assert_eq!(blocks.len(), numbers.len());
    blocks
}
