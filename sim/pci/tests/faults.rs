//! What goes wrong with a card ends in an error that names it, within two seconds on a machine that has time, and leaves a driver that works.

mod common;

use common::{Served, samples};
use gaslane::block::BlockInput;
use gaslane::driver::{BlockError, Driver, DriverError, DriverOptions};
use gaslane::oracle::execute_sequential;
use gaslane::outcome::DEVICE_ERROR;
use gaslane::pci::{PciCard, Transport, VfioUser, config};
use gaslane::queue::QueueError;
use gaslane::source::MemoryState;
use gaslane::verify::compare;
use gaslane_abi::codes::CardError;
use gaslane_abi::pci::PciError;
use gaslane_abi::ring::{Command as CardCommand, Submission};
use gaslane_abi::{Device, DeviceError, regs};
use gaslane_card::Left;
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::card::ASSUMED_CLOCK_KHZ;
use gaslane_sim::rtl::{LinkOptions, RtlCard, VERILATOR_AVAILABLE, VerilatorEngine};
use gaslane_tests::world::{Shape, world};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use zerocopy::IntoBytes;

/// How long a fault may take to be told.
const LIMIT: Duration = Duration::from_secs(2);

/// One of three runs has to be in time: a machine that has other work holds up the driver itself.
fn in_time(mut run: impl FnMut() -> Duration) {
    let mut times = Vec::new();
    for _ in 0..3 {
        times.push(run());
        if times.last().is_some_and(|time| *time < LIMIT) {
            return;
        }
    }
    panic!("told after {times:?}");
}

fn block() -> (BlockInput, MemoryState) {
    samples(&["15537394"]).remove(0)
}

/// Executes a block that fails; why, and within which time.
fn failure<T: Transport>(driver: &mut Driver<PciCard<T>>) -> (BlockError, Duration) {
    let (block, state) = block();
    let start = Instant::now();
    let error = driver.execute_block(&block, &state).expect_err("the card has a fault");
    (error, start.elapsed())
}

fn succeeds<T: Transport>(driver: &mut Driver<PciCard<T>>) {
    let (block, state) = block();
    let outcome = driver.execute_block(&block, &state).unwrap();
    assert!(outcome.metrics.on_card_txs > 0);
    assert!(compare(&outcome, &execute_sequential(&block, &state).unwrap()).is_empty());
}

/// The device's error in a block's error.
fn device(error: &BlockError) -> &DeviceError {
    match error {
        BlockError::Queue(QueueError::Device(error)) => error,
        BlockError::Driver(DriverError::Recover(QueueError::Device(error))) => error,
        other => panic!("not an error of the device: {other}"),
    }
}

/// A fault after which the same card goes on when it was reset.
fn passing(fault: &str, what: fn(&BlockError) -> bool) {
    in_time(|| passing_once(fault, what));
}

fn passing_once(fault: &str, what: fn(&BlockError) -> bool) -> Duration {
    let served = Served::model(2, Some(fault));
    let mut driver = served.driver(DriverOptions::default());
    let (error, time) = failure(&mut driver);
    println!("{fault}: `{error}` after {time:?}");
    assert!(what(&error), "{fault}: {error:?}");
    succeeds(&mut driver);
    drop(driver);
    assert_eq!(served.left(), Left::default());

    let served = Served::model(2, Some(fault));
    let mut driver = served.driver(DriverOptions { fallback_on_device_error: true, ..DriverOptions::default() });
    let (block, state) = block();
    let outcome = driver.execute_block(&block, &state).unwrap();
    assert!(compare(&outcome, &execute_sequential(&block, &state).unwrap()).is_empty());
    assert_eq!(outcome.metrics.escapes[DEVICE_ERROR], block.transactions.len() as u64);
    assert_eq!(outcome.metrics.on_card_txs, 0);
    succeeds(&mut driver);
    time
}

// The first doorbells belong to the opening.

#[test]
fn stall() {
    passing("stall@8", |error| matches!(device(error), DeviceError::Stalled(_)));
}

#[test]
fn torn_completion() {
    passing("torn-completion@3", |error| matches!(error, BlockError::Record { .. }));
}

#[test]
fn forged_completion() {
    passing("forged-completion@3", |error| matches!(error, BlockError::OutOfOrder { .. }));
}

/// On the hardware's card, as the model has completed everything before the driver begins to wait.
#[test]
fn lost_interrupts_are_found_and_counted() {
    if !VERILATOR_AVAILABLE {
        println!("skipped: built without Verilator (on Debian or Ubuntu: apt-get install verilator g++)");
        return;
    }
    let (block, state) = world(91, Shape { contracts: 2, senders: 2, transactions: 6, statements: 8 });
    let expected = execute_sequential(&block, &state).unwrap();
    for at in [9, 12] {
        let served = Served::new(Some(&format!("lost-interrupt@{at}")), || {
            let config = CardConfig::large().with_lanes(1);
            RtlCard::<VerilatorEngine>::new(config, LinkOptions::gen3x16(ASSUMED_CLOCK_KHZ))
                .map_err(|error| error.to_string())
        });
        let mut driver = served.driver(DriverOptions { spin: Duration::ZERO, ..DriverOptions::default() });
        let start = Instant::now();
        let outcome = driver.execute_block(&block, &state).unwrap();
        assert!(start.elapsed() < 3 * LIMIT, "{:?}", start.elapsed());
        assert!(compare(&outcome, &expected).is_empty());
        println!("from interrupt {at} on: {} found", outcome.metrics.lost_interrupts);
        assert!(outcome.metrics.lost_interrupts > 0);
    }
}

/// A fault that lasts as long as the connection.
fn lasting(fault: &str, what: fn(&DeviceError) -> bool) {
    in_time(|| lasting_once(fault, what));
}

fn lasting_once(fault: &str, what: fn(&DeviceError) -> bool) -> Duration {
    let served = Served::model(2, Some(fault));
    let mut driver = served.driver(DriverOptions::default());
    let (error, time) = failure(&mut driver);
    println!("{fault}: `{error}` after {time:?}");
    assert!(what(device(&error)), "{fault}: {error:?}");
    let (again, time_again) = failure(&mut driver);
    println!("{fault}, again: `{again}` after {time_again:?}");
    device(&again);
    drop(driver);
    // The next driver finds a card.
    served.left();
    succeeds(&mut served.driver(DriverOptions::default()));
    time.max(time_again)
}

#[test]
fn all_ones() {
    lasting("all-ones@8", |error| *error == DeviceError::Gone);
}

#[test]
fn hang() {
    lasting("hang@8", |error| matches!(error, DeviceError::Pci(PciError::NoReply { .. })));
}

/// `gaslane-card` as a process.
struct Process {
    folder: tempfile::TempDir,
    child: Child,
}

impl Process {
    fn new(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let child = Self::start(&folder, arguments);
        Self { folder, child }
    }

    fn start(folder: &tempfile::TempDir, arguments: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gaslane-card"));
        command.arg(folder.path().join("card.sock")).args(arguments).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    fn again(&mut self) {
        self.child.wait().unwrap();
        self.child = Self::start(&self.folder, &[]);
    }

    fn driver(&self, options: DriverOptions) -> Driver<PciCard<VfioUser>> {
        let socket = self.folder.path().join("card.sock");
        let start = Instant::now();
        let transport = loop {
            match VfioUser::connect(&socket) {
                Ok(transport) => break transport,
                Err(error) => assert!(start.elapsed() < Duration::from_secs(20), "{error}"),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        Driver::open(PciCard::open(transport).unwrap(), options).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_that_crashes_and_comes_again() {
    let mut process = Process::new(&["--fault", "crash@8"]);
    let mut driver = process.driver(DriverOptions { fallback_on_device_error: true, ..DriverOptions::default() });
    let (block, state) = block();
    let start = Instant::now();
    // In the middle of the first block, and gone for the second.
    for _ in 0..2 {
        let outcome = driver.execute_block(&block, &state).unwrap();
        assert_eq!(outcome.metrics.escapes[DEVICE_ERROR], block.transactions.len() as u64);
    }
    assert!(start.elapsed() < LIMIT + LIMIT);
    drop(driver);
    process.again();
    succeeds(&mut process.driver(DriverOptions::default()));
}

#[test]
fn a_server_that_is_killed_is_named() {
    let mut process = Process::new(&["--lanes", "3"]);
    let mut driver = process.driver(DriverOptions::default());
    succeeds(&mut driver);
    process.child.kill().unwrap();
    process.child.wait().unwrap();
    let (error, time) = failure(&mut driver);
    assert_eq!(*device(&error), DeviceError::Pci(PciError::Closed));
    assert!(time < LIMIT);
}

/// A driver that ends without a word, in the middle of its work: the server forgets its memory, and serves the next.
#[test]
fn a_driver_that_is_killed() {
    let served = Served::model(2, None);
    let mut driver = served.driver(DriverOptions::default());
    succeeds(&mut driver);
    // As the end of the process does: the socket is closed, and nothing else is said.
    driver.device().transport().sever();
    std::mem::forget(driver);
    let left = served.left();
    assert!(left.mappings >= 5 && left.files >= 5, "{left:?}");
    succeeds(&mut served.driver(DriverOptions::default()));
    assert_eq!(served.left(), Left::default());
}

/// Rings in memory that is not mapped, and a device that is not bus master: the card stops with an error, and touches nothing.
#[test]
fn memory_that_is_not_mapped_cannot_be_reached() {
    let served = Served::model(1, None);
    for master in [true, false] {
        let mut card = served.card();
        card.reset().unwrap();
        let buffer = gaslane::dma::DmaBuffer::new(8192, 1 << 32).unwrap();
        // SAFETY: the buffer is unmapped before it goes.
        unsafe { card.dma_map(1 << 32, buffer.memory()) }.unwrap();
        if !master {
            let off = config::read16(card.transport(), config::COMMAND).unwrap() & !config::COMMAND_BUS_MASTER;
            card.transport().write_config(config::COMMAND, &off.to_le_bytes()).unwrap();
        }
        // Rings where nothing is mapped, or where something is, and the device may not reach it.
        let base: u64 = if master { 2 << 32 } else { 1 << 32 };
        let drain = Submission { command: CardCommand::Drain as u8, ..Default::default() };
        buffer.write(0, drain.as_bytes()).unwrap();
        for (register, value) in [
            (regs::SQ_BASE, base as u32),
            (regs::SQ_BASE + 4, (base >> 32) as u32),
            (regs::SQ_ENTRIES, 4),
            (regs::CQ_BASE, 4096),
            (regs::CQ_BASE + 4, 1),
            (regs::CQ_ENTRIES, 4),
            (regs::CONTROL, 1),
            (regs::SQ_TAIL, 1),
        ] {
            card.write(register, value).unwrap();
        }
        let start = Instant::now();
        while card.read(regs::STATUS).unwrap() & regs::STATUS_ERROR == 0 {
            assert!(start.elapsed() < LIMIT, "master {master}");
        }
        let error = card.read(regs::ERROR).unwrap() as u8;
        assert!(matches!(CardError::from_u8(error), Some(CardError::DmaFault | CardError::BadRing)), "{error}");
        if !master {
            let mut completion = [1; 8];
            buffer.read(4096, &mut completion).unwrap();
            assert_eq!(completion, [0; 8], "nothing is written");
        }
        card.reset().unwrap();
        card.dma_unmap(1 << 32).unwrap();
    }
}

/// Function level reset by the register of the PCI Express capability, as the kernel does it.
#[test]
fn a_function_level_reset_clears_registers_and_bus_mastering() {
    let served = Served::model(1, None);
    let mut card = served.card();
    card.write(regs::SQ_BASE, 0x1000).unwrap();
    let express = config::capability(card.transport(), config::EXPRESS).unwrap().unwrap();
    let can = config::read32(card.transport(), express + 4).unwrap();
    assert_ne!(can & 1 << 28, 0, "the device says that it can be reset");
    assert!(config::capability(card.transport(), config::POWER_MANAGEMENT).unwrap().is_some());
    let control = config::read16(card.transport(), express + 8).unwrap();
    card.transport().write_config(express + 8, &(control | 1 << 15).to_le_bytes()).unwrap();
    assert_eq!(card.read(regs::SQ_BASE).unwrap(), 0);
    let command = config::read16(card.transport(), config::COMMAND).unwrap();
    assert_eq!(command & config::COMMAND_BUS_MASTER, 0);
}

/// Mappings that overlap, that cut others in two, or without file: refused, and the connection goes on.
#[test]
fn wrong_mappings_are_refused() {
    let served = Served::model(1, None);
    let mut card = served.card();
    let buffer = gaslane::dma::DmaBuffer::new(8192, 1 << 32).unwrap();
    let memory = buffer.memory();
    // SAFETY: the buffer is unmapped before it goes.
    unsafe {
        card.dma_map(1 << 32, memory).unwrap();
        let refused = card.dma_map((1 << 32) + 4096, memory).unwrap_err();
        assert!(matches!(refused, DeviceError::Pci(PciError::Refused { .. })), "{refused}");
        let without = card.dma_map(2 << 32, gaslane_abi::DmaMemory::private(memory.start, 8192)).unwrap_err();
        assert_eq!(without, DeviceError::Pci(PciError::NoFile { iova: 2 << 32 }));
    }
    assert!(matches!(card.transport().dma_unmap(1 << 32, 4096), Err(PciError::Refused { .. })));
    assert!(matches!(card.dma_unmap(3 << 32), Err(DeviceError::BadMapping { .. })));
    card.dma_unmap(1 << 32).unwrap();
    assert_eq!(card.read(regs::ID).unwrap(), gaslane_abi::CARD_ID);
    assert_eq!(card.mappings(), 0);
}

/// An interrupt in the middle of a block, here and with a card that stands still: the card is reset, nothing stays mapped, and the next block runs.
#[test]
fn a_block_can_be_cancelled() {
    let (block, state) = block();
    for fault in [None, Some("stall@9")] {
        let served = Served::model(2, fault);
        let cancel = Arc::new(AtomicBool::new(false));
        let mut driver = served.driver(DriverOptions { cancel: Some(cancel.clone()), ..DriverOptions::default() });
        let after = Duration::from_millis(if fault.is_some() { 300 } else { 2 });
        let cancelled = std::thread::scope(|scope| {
            let cancel = cancel.clone();
            scope.spawn(move || {
                std::thread::sleep(after);
                cancel.store(true, Ordering::Relaxed);
            });
            let start = Instant::now();
            let result = driver.execute_block(&block, &state);
            assert!(start.elapsed() < LIMIT);
            matches!(result, Err(BlockError::Queue(QueueError::Cancelled)))
        });
        assert!(cancelled);
        cancel.store(false, Ordering::Relaxed);
        succeeds(&mut driver);
        drop(driver);
        assert_eq!(served.left(), Left::default());
    }
}

#[test]
fn a_second_driver_is_told_that_the_card_is_taken() {
    let served = Served::model(1, None);
    let first = served.card();
    let error = VfioUser::connect(&served.socket).unwrap_err();
    assert!(error.to_string().contains("serves another driver"), "{error}");
    drop(first);
    assert_eq!(served.left(), Left::default());
    // The one that has given up was waiting in the queue of the socket.
    served.left();
    succeeds(&mut served.driver(DriverOptions::default()));
}

/// A range at the end of the address space, and a message that is none: neither keeps the card from being used again.
#[test]
fn a_client_that_breaks_off_in_a_strange_state() {
    let served = Served::model(1, None);
    let mut driver = served.driver(DriverOptions::default());
    succeeds(&mut driver);
    let page = gaslane::dma::DmaBuffer::new(4096, 0).unwrap();
    // SAFETY: the server alone knows the range, and nobody uses the page.
    unsafe { driver.device().transport().dma_map(u64::MAX - 4095, page.memory()) }.unwrap_err();
    driver.device().transport().sever();
    drop(driver);
    served.left();
    // A version without text: the length that it gives is less than its own.
    let mut stream = std::os::unix::net::UnixStream::connect(&served.socket).unwrap();
    let header =
        [1_u16.to_le_bytes().as_slice(), &1_u16.to_le_bytes(), &17_u32.to_le_bytes(), &[0; 8], &[0; 64]].concat();
    std::io::Write::write_all(&mut stream, &header).unwrap();
    drop(stream);
    served.left();
    succeeds(&mut served.driver(DriverOptions::default()));
}
