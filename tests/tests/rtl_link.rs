//! A board with a UART, simulated pin by pin, behind the driver's transport for serial links: blocks against sequential revm, resets, noise on the cable.

use gaslane::driver::{Driver, DriverOptions};
use gaslane::link::{LinkCard, LinkOptions};
use gaslane_abi::link::LinkError;
use gaslane_abi::{Device, DeviceError, regs};
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::{BoardStream, VERILATOR_AVAILABLE, VerilatedBoard};
use gaslane_tests::engine::{Totals, check};
use gaslane_tests::world::{Shape, world};
use std::io::{self, Read, Write};
use std::time::Duration;

const SHAPE: Shape = Shape { contracts: 2, senders: 3, transactions: 4, statements: 8 };

type Board = BoardStream<VerilatedBoard>;

/// A cable that garbles one byte to the board, and one from it.
#[derive(Debug)]
struct Cable {
    board: Board,
    /// Number of the byte to the board, less those that have passed.
    garbles_sent: Option<u64>,
    garbles_received: Option<u64>,
    /// Cycle of the last byte from it.
    heard: u64,
}

/// The board is lost when it says nothing for so long: twice what a boot takes. The clock on the wall says nothing about a simulation.
const SILENT_CYCLES_MAX: u64 = 6_000_000;

impl Cable {
    fn new() -> Self {
        Self::to(Board::verilated())
    }

    fn to(board: Board) -> Self {
        let heard = board.cycles();
        Self { board, garbles_sent: None, garbles_received: None, heard }
    }
}

fn garble(bytes: &mut [u8], at: &mut Option<u64>) {
    let Some(left) = at else { return };
    match bytes.get_mut(*left as usize) {
        Some(byte) => {
            *byte ^= 0x10;
            *at = None;
        }
        None => *left -= bytes.len() as u64,
    }
}

impl Read for Cable {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let result = self.board.read(bytes);
        let silent = self.board.cycles() - self.heard;
        let count = match result {
            Err(_) if silent > SILENT_CYCLES_MAX => {
                return Err(io::Error::other(format!("the board says nothing for {silent} cycles")));
            }
            result => result?,
        };
        self.heard = self.board.cycles();
        garble(&mut bytes[..count], &mut self.garbles_received);
        Ok(count)
    }
}

impl Write for Cable {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut bytes = bytes.to_vec();
        garble(&mut bytes, &mut self.garbles_sent);
        self.board.write_all(&bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Longer than any test: see [`SILENT_CYCLES_MAX`].
const FOREVER: Duration = Duration::from_secs(24 * 3600);
const OPTIONS: LinkOptions = LinkOptions { answer: FOREVER };

fn card(cable: Cable) -> LinkCard<Cable> {
    LinkCard::open(cable, CardConfig::small(), OPTIONS).unwrap_or_else(|error| panic!("{error}"))
}

fn open() -> Driver<LinkCard<Cable>> {
    let options = DriverOptions { timeout: FOREVER, ..DriverOptions::default() };
    Driver::open(card(Cable::new()), options).unwrap_or_else(|error| panic!("{error}"))
}

/// What the processor counts.
const COUNTERS: [u32; 7] = [
    regs::COMMITTED,
    regs::COMMITTED_HOST,
    regs::ABORTS,
    regs::ESCAPES,
    regs::ASSISTS,
    regs::PROGRAM_WORDS,
    regs::FIRMWARE_WORDS,
];

/// Whether there is Verilator; says so if not.
fn verilator() -> bool {
    if !VERILATOR_AVAILABLE {
        println!(
            "skipped: the tests were built without Verilator (on Debian or Ubuntu: apt-get install verilator g++)"
        );
    }
    VERILATOR_AVAILABLE
}

/// Blocks, and between them a reset of the card at rest. The blocks have the same accounts, other values of them and other code: what the card kept
/// from before would show.
#[test]
fn blocks_over_the_link() {
    if !verilator() {
        return;
    }
    let mut driver = open();
    let mut totals = Totals::default();
    for seed in [7, 8] {
        let (block, state) = world(seed, SHAPE);
        let (cycles, before) = (driver.device().stream().board.cycles(), driver.device().traffic());
        check(&mut driver, &block, &state, &mut totals).unwrap_or_else(|text| panic!("seed {seed}: {text}"));
        let (after, count) = (driver.device().traffic(), block.transactions.len() as u64);
        println!(
            "seed {seed}: begun at cycle {cycles}; {count} transactions, each {} cycles, {} bytes to the card, {} from it; {after:?}",
            (driver.device().stream().board.cycles() - cycles) / count,
            (after.sent_bytes - before.sent_bytes) / count,
            (after.received_bytes - before.received_bytes) / count,
        );
        assert_eq!(driver.device().read(regs::LANES), Ok(1));
        if seed == 7 {
            assert!(COUNTERS.iter().any(|counter| driver.device().read(*counter) != Ok(0)));
            driver.recover().unwrap_or_else(|error| panic!("{error}"));
            let left: Vec<_> = COUNTERS.iter().map(|counter| driver.device().read(*counter)).collect();
            assert_eq!(left, COUNTERS.map(|_| Ok(0)));
        }
    }
    println!("{totals:?}");
    assert!(totals.executed >= 1 && !totals.on_card.is_empty(), "{totals:?}");
    let board = &driver.device().stream().board;
    assert_eq!((board.leds(), board.bad_bytes), ((true, false), 0));
}

/// A garbled byte is a typed error, whichever way it went, and the card is not used again without its bitstream.
#[test]
fn noise_is_an_error() {
    if !verilator() {
        return;
    }
    let (block, state) = world(7, SHAPE);
    let mut driver = open();
    driver.device().stream().garbles_sent = Some(5_000);
    let error = whole(&driver.execute_block(&block, &state).map(drop).unwrap_err());
    assert!(error.contains("the card has stopped listening"), "{error}");
    assert_eq!(driver.device().reset(), Err(DeviceError::Link(LinkError::Used)));
    // The next program finds out too.
    let Cable { board, .. } = std::mem::replace(driver.device().stream(), Cable::new());
    let refused = LinkCard::open(Cable::to(board), CardConfig::small(), OPTIONS).map(drop);
    assert_eq!(refused, Err(DeviceError::Link(LinkError::Used)));
}

/// From the card, before anything runs: registers are read for the comparison with the configuration.
#[test]
fn noise_from_the_card_is_an_error() {
    if !verilator() {
        return;
    }
    let mut card = card(Cable::new());
    card.stream().garbles_received = Some(6);
    let error = card.read(regs::ID).unwrap_err();
    assert!(matches!(error, DeviceError::Link(LinkError::Check { .. })), "{error}");
    assert_eq!(card.read(regs::ID), Err(DeviceError::Link(LinkError::Broken)));
    // Nothing ran: a reset is enough.
    card.reset().unwrap();
    assert_eq!(card.read(regs::ID), Ok(gaslane_abi::CARD_ID));
    // A configuration that is not the card's.
    let cable = std::mem::replace(card.stream(), Cable::new());
    let error = LinkCard::open(cable, CardConfig::large().with_lanes(1), OPTIONS).map(drop).unwrap_err();
    assert!(matches!(error, DeviceError::Link(LinkError::Configuration { .. })), "{error}");
}

fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
