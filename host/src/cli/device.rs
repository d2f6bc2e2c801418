//! The one place where the command line meets the driver and its cards.

use super::config::Config;
use anyhow::{Context, anyhow};
use gaslane::block::BlockInput;
use gaslane::driver::Driver;
use gaslane::link::LinkCard;
use gaslane::outcome::BlockOutcome;
#[cfg(target_os = "linux")]
use gaslane::pci::sysfs::Address;
#[cfg(target_os = "linux")]
use gaslane::pci::{PciCard, Transport, Vfio, VfioUser};
use gaslane::source::MemoryState;
use gaslane_abi::Device;
use gaslane_hdl::lane::LaneSimulator;
use gaslane_sim::Card;
use gaslane_sim::attempt::Attempt;
use gaslane_sim::lane::Lane;
use gaslane_sim::rtl::card::{ASSUMED_CLOCK_KHZ, Committed, Engine as CardEngine, Generation, Sink, Timeline};
use gaslane_sim::rtl::{
    KernelEngine, KernelLane, LinkOptions, LockstepLane, RtlCard, RtlLane, SharedRecording, VERILATOR_AVAILABLE,
    VerilatedLane, VerilatorEngine,
};
use serialport::SerialPort;
use std::io;
use std::ops::Range;
#[cfg(target_os = "linux")]
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Kinds of card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DeviceKind {
    /// The golden model: a card simulated in process.
    Model,
    /// The hardware design, simulated: lanes and all that is around them.
    Rtl,
    /// Lanes that are the hardware design, in the model's card.
    RtlLane,
    /// The same, every word compared with the model's as it retires.
    RtlLockstep,
    /// A PCI device of this machine.
    #[cfg(target_os = "linux")]
    Vfio(Address),
    /// A PCI device that another process serves.
    #[cfg(target_os = "linux")]
    VfioUser(PathBuf),
    /// A board with a UART. Not yet run on hardware.
    Serial {
        /// Device of the serial port.
        path: String,
        /// Bits a second.
        baud: u32,
    },
}

impl DeviceKind {
    /// Whether the card is not simulated by this process.
    pub(crate) fn is_apart(&self) -> bool {
        !matches!(self, Self::Model | Self::Rtl | Self::RtlLane | Self::RtlLockstep)
    }
}

/// Bits a second of a serial port for which none are given.
const BAUD: u32 = 3_000_000;
/// How long a read of a serial port waits for its first byte.
const PORT_WAIT: Duration = Duration::from_millis(5);

impl FromStr for DeviceKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(port) = text.strip_prefix("serial:") {
            let (path, baud) = match port.rsplit_once(',') {
                None => (port, BAUD),
                Some((path, baud)) => {
                    let baud = baud.parse().ok().filter(|baud| *baud > 0);
                    (path, baud.ok_or_else(|| format!("the baud rate of {text:?} is no number from 1 on"))?)
                }
            };
            return match path.is_empty() {
                true => Err(format!("{text:?} names no port, as in serial:/dev/ttyUSB0,{BAUD}")),
                false => Ok(Self::Serial { path: path.to_owned(), baud }),
            };
        }
        #[cfg(target_os = "linux")]
        if let Some(address) = text.strip_prefix("vfio:") {
            return Ok(Self::Vfio(address.parse()?));
        }
        #[cfg(target_os = "linux")]
        if let Some(socket) = text.strip_prefix("vfio-user:") {
            return match socket.is_empty() {
                true => Err(format!("{text:?} names no socket, as in vfio-user:/tmp/card.sock")),
                false => Ok(Self::VfioUser(socket.into())),
            };
        }
        Ok(match text {
            "model" => Self::Model,
            "rtl" => Self::Rtl,
            "rtl-lane" => Self::RtlLane,
            "rtl-lockstep" => Self::RtlLockstep,
            _ => return Err(
                "possible are model, rtl, rtl-lane, rtl-lockstep, vfio:ADDRESS, vfio-user:SOCKET, serial:PATH[,BAUD]"
                    .to_owned(),
            ),
        })
    }
}

/// Links between host and a simulated card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Pcie {
    /// PCI Express 2.0, one lane: 0.4 GB/s.
    Gen2x1,
    /// PCI Express 3.0, four lanes: 3.2 GB/s.
    Gen3x4,
    /// PCI Express 3.0, eight lanes: 6.4 GB/s.
    Gen3x8,
    /// PCI Express 3.0, sixteen lanes: 12.8 GB/s.
    #[default]
    Gen3x16,
    /// PCI Express 4.0, sixteen lanes: 25.6 GB/s.
    Gen4x16,
}

impl Pcie {
    pub(crate) fn options(self) -> LinkOptions {
        let (generation, lanes) = match self {
            Self::Gen2x1 => (Generation::Gen2, 1),
            Self::Gen3x4 => (Generation::Gen3, 4),
            Self::Gen3x8 => (Generation::Gen3, 8),
            Self::Gen3x16 => (Generation::Gen3, 16),
            Self::Gen4x16 => (Generation::Gen4, 16),
        };
        LinkOptions::pcie(generation, lanes, ASSUMED_CLOCK_KHZ)
    }
}

/// What simulates hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum EngineKind {
    /// The RustHDL kernel: slow, needs no tool.
    Kernel,
    /// The generated Verilog, translated by Verilator: if that was installed when this program was built.
    Verilator,
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
    /// Where the cycles of the card went so far, if it is simulated to that detail, as text.
    fn cycle_profile(&mut self) -> Option<String>;
    /// Records what the card's lanes do for one transaction; whether they can.
    fn record(&mut self, recording: &SharedRecording) -> bool;
    /// From now on notes when the card does what; whether it can.
    fn record_timeline(&mut self) -> bool;
    /// Writes a waveform of these cycles from now on; whether it can.
    fn record_waves(&mut self, out: Sink, cycles: Range<u64>) -> io::Result<bool>;
    /// Ends the waveform, if there is one: how many cycles it has.
    fn finish_waves(&mut self) -> Option<io::Result<u64>>;
    /// What was noted.
    fn timeline(&mut self) -> Option<(&Timeline, &[Committed])>;
}

/// What a simulated card tells beside what every card does.
pub(crate) trait SimulatedCard: Device {
    /// See [`Engine::cycle_profile`].
    fn cycle_profile(&self) -> Option<String>;
    /// See [`Engine::record`].
    fn record(&mut self, recording: &SharedRecording) -> bool;
    /// See [`Engine::record_timeline`].
    fn record_timeline(&mut self) -> bool {
        false
    }
    /// See [`Engine::record_waves`].
    fn record_waves(&mut self, _: Sink, _: Range<u64>) -> io::Result<bool> {
        Ok(false)
    }
    /// See [`Engine::finish_waves`].
    fn finish_waves(&mut self) -> Option<io::Result<u64>> {
        None
    }
    /// See [`Engine::timeline`].
    fn timeline(&self) -> Option<(&Timeline, &[Committed])> {
        None
    }
}

impl<L: Attempt> SimulatedCard for Card<L> {
    fn cycle_profile(&self) -> Option<String> {
        self.cycle_profile().map(|profile| profile.to_string())
    }

    fn record(&mut self, recording: &SharedRecording) -> bool {
        self.record(recording)
    }
}

impl<E: CardEngine> SimulatedCard for RtlCard<E> {
    fn cycle_profile(&self) -> Option<String> {
        Some(self.firmware.to_string())
    }

    fn record(&mut self, _: &SharedRecording) -> bool {
        false
    }

    fn record_timeline(&mut self) -> bool {
        self.record_timeline();
        true
    }

    fn record_waves(&mut self, out: Sink, cycles: Range<u64>) -> io::Result<bool> {
        self.record_waves(out, cycles).map(|()| true)
    }

    fn finish_waves(&mut self) -> Option<io::Result<u64>> {
        self.finish_waves()
    }

    fn timeline(&self) -> Option<(&Timeline, &[Committed])> {
        self.timeline()
    }
}

impl SimulatedCard for LinkCard<Box<dyn SerialPort>> {
    fn cycle_profile(&self) -> Option<String> {
        None
    }

    fn record(&mut self, _: &SharedRecording) -> bool {
        false
    }
}

#[cfg(target_os = "linux")]
impl<T: Transport> SimulatedCard for PciCard<T> {
    fn cycle_profile(&self) -> Option<String> {
        None
    }

    fn record(&mut self, _: &SharedRecording) -> bool {
        false
    }
}

/// A card that another process serves.
#[cfg(target_os = "linux")]
pub(crate) fn vfio_user(socket: &Path) -> anyhow::Result<PciCard<VfioUser>> {
    let transport = VfioUser::connect(socket).with_context(|| socket.display().to_string())?;
    PciCard::open(transport).with_context(|| socket.display().to_string())
}

/// A card of this machine.
#[cfg(target_os = "linux")]
pub(crate) fn vfio(address: Address) -> anyhow::Result<PciCard<Vfio>> {
    PciCard::open(Vfio::open(address)?).with_context(|| address.to_string())
}

/// A card at a serial port.
fn serial(path: &str, baud: u32, config: Config) -> anyhow::Result<Driver<LinkCard<Box<dyn SerialPort>>>> {
    let port = serialport::new(path, baud).timeout(PORT_WAIT).open().with_context(|| path.to_owned())?;
    let card =
        LinkCard::open(port, config.card, gaslane::link::LinkOptions::default()).with_context(|| path.to_owned())?;
    Ok(Driver::open(card, config.driver)?)
}

impl<D: SimulatedCard> Engine for Driver<D> {
    fn execute(&mut self, block: &BlockInput, state: &MemoryState) -> Result<BlockOutcome, EngineError> {
        self.execute_block(block, state).map_err(|error| match error.is_invalid_block() {
            true => EngineError::InvalidBlock(anyhow!(error)),
            false => EngineError::Failed(anyhow!(error)),
        })
    }

    fn cycle_profile(&mut self) -> Option<String> {
        self.device().cycle_profile()
    }

    fn record(&mut self, recording: &SharedRecording) -> bool {
        self.device().record(recording)
    }

    fn record_timeline(&mut self) -> bool {
        SimulatedCard::record_timeline(self.device())
    }

    fn record_waves(&mut self, out: Sink, cycles: Range<u64>) -> io::Result<bool> {
        SimulatedCard::record_waves(self.device(), out, cycles)
    }

    fn finish_waves(&mut self) -> Option<io::Result<u64>> {
        SimulatedCard::finish_waves(self.device())
    }

    fn timeline(&mut self) -> Option<(&Timeline, &[Committed])> {
        SimulatedCard::timeline(self.device())
    }
}

/// Opens a card.
pub(crate) fn open(kind: DeviceKind, engine: Option<EngineKind>, config: Config) -> anyhow::Result<Box<dyn Engine>> {
    struct Boxed;
    impl Use for Boxed {
        type Output = Box<dyn Engine>;
        fn with<D: SimulatedCard + 'static>(self, driver: Driver<D>) -> anyhow::Result<Self::Output> {
            Ok(Box::new(driver))
        }
    }
    with_driver(kind, engine, config, Boxed)
}

/// Work on a driver whatever its card.
pub(crate) trait Use {
    /// What it gives.
    type Output;
    /// Does it.
    fn with<D: SimulatedCard + 'static>(self, driver: Driver<D>) -> anyhow::Result<Self::Output>;
}

/// Opens a card and works on it.
pub(crate) fn with_driver<U: Use>(
    kind: DeviceKind,
    engine: Option<EngineKind>,
    config: Config,
    work: U,
) -> anyhow::Result<U::Output> {
    let engine = match (&kind, engine) {
        (DeviceKind::Model, Some(_)) => anyhow::bail!("--engine: the model has none, it goes with --device rtl"),
        (DeviceKind::Rtl | DeviceKind::RtlLane | DeviceKind::RtlLockstep, Some(engine)) => engine,
        (_, Some(_)) => anyhow::bail!("--engine simulates hardware, it goes with --device rtl"),
        (_, None) if VERILATOR_AVAILABLE && VerilatedLane::check(&config.card).is_ok() => EngineKind::Verilator,
        (_, None) => EngineKind::Kernel,
    };
    fn driver<L: Attempt>(config: Config) -> anyhow::Result<Driver<Card<L>>> {
        let card = Card::<L>::new(config.card, config.sim)?;
        Ok(Driver::open(card, config.driver)?)
    }
    fn whole<E: CardEngine>(config: Config) -> anyhow::Result<Driver<RtlCard<E>>> {
        let link = config.pcie.options();
        let card = RtlCard::<E>::new(config.card, link)?;
        Ok(Driver::open(card, config.driver)?)
    }
    match (kind, engine) {
        (DeviceKind::Serial { path, baud }, _) => work.with(serial(&path, baud, config)?),
        #[cfg(target_os = "linux")]
        (DeviceKind::Vfio(address), _) => work.with(Driver::open(vfio(address)?, config.driver)?),
        #[cfg(target_os = "linux")]
        (DeviceKind::VfioUser(socket), _) => work.with(Driver::open(vfio_user(&socket)?, config.driver)?),
        (DeviceKind::Model, _) => work.with(driver::<Lane>(config)?),
        (DeviceKind::Rtl, EngineKind::Kernel) => work.with(whole::<KernelEngine>(config)?),
        (DeviceKind::Rtl, EngineKind::Verilator) => work.with(whole::<VerilatorEngine>(config)?),
        (DeviceKind::RtlLane, EngineKind::Kernel) => work.with(driver::<RtlLane<KernelLane>>(config)?),
        (DeviceKind::RtlLane, EngineKind::Verilator) => work.with(driver::<RtlLane<VerilatedLane>>(config)?),
        (DeviceKind::RtlLockstep, EngineKind::Kernel) => work.with(driver::<LockstepLane<KernelLane>>(config)?),
        (DeviceKind::RtlLockstep, EngineKind::Verilator) => work.with(driver::<LockstepLane<VerilatedLane>>(config)?),
    }
}
