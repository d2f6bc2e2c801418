//! `gaslane device` and `gaslane doctor`.

use super::device::{DeviceKind, vfio, vfio_user};
use super::run::print;
use super::{Failure, doctor};
use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use gaslane::dump::{self, LANE_COUNTERS, Reading};
use gaslane::pci::selftest::Selftest;
use gaslane::pci::sysfs::{self, Address, Function};
use gaslane::pci::{KERNEL_DRIVER, PciCard, Transport};
use gaslane_abi::{Device, regs};
use serde_json::{Value, json};
use std::fmt::Write;

/// Look at cards that are PCI devices, test them, give them to the driver.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// List the PCI devices that may be cards.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// All PCI devices.
        #[arg(long)]
        all: bool,
    },
    /// Show what a card is: identification and sizes.
    Info(One),
    /// Show all registers by name, rings, and the counters of every lane. Opening a card resets it (the kernel does): what led to an error is in the log of
    /// the run that had it, with GASLANE_LOG=warn.
    Dump(One),
    /// Test a card step by step: configuration space, registers, reset, interrupts, DMA and its limits, whole blocks.
    Selftest {
        #[command(flatten)]
        one: One,
        /// Sample blocks to execute and compare with revm, 0 to 12.
        #[arg(long, default_value_t = 3)]
        blocks: usize,
    },
    /// Reset a card.
    Reset(One),
    /// Give a PCI device to the kernel's vfio-pci (as root), so that the driver can open it.
    Bind {
        /// Address, as 0000:01:00.0.
        address: Address,
    },
    /// Give it back to whatever driver the kernel has for it (as root).
    Unbind {
        /// Address, as 0000:01:00.0.
        address: Address,
    },
}

#[derive(Args, Debug)]
struct One {
    /// vfio:ADDRESS, or vfio-user:SOCKET of a simulated card that gaslane-card serves.
    device: DeviceKind,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Looks whether the machine can use a card by VFIO, and says what to do about what is missing.
#[derive(Args, Debug)]
pub(crate) struct DoctorArguments {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Work on an opened card.
trait Work {
    fn with<T: Transport>(self, open: impl Fn() -> anyhow::Result<PciCard<T>>) -> anyhow::Result<String>;
}

impl One {
    fn work(&self, work: impl Work) -> Result<String, Failure> {
        match &self.device {
            DeviceKind::Vfio(address) => work.with(|| vfio(*address)),
            DeviceKind::VfioUser(socket) => work.with(|| vfio_user(socket)),
            // Wrong usage, unlike a card that fails.
            _ => return Err(Failure::Usage(anyhow!("a PCI device is wanted: vfio:ADDRESS or vfio-user:SOCKET"))),
        }
        .map_err(|error| Failure::Block(Some(error)))
    }
}

/// Runs `gaslane device`.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let text = match &arguments.command {
        Command::List { json, all } => list(*json, *all).map_err(Failure::Usage)?,
        Command::Info(one) => one.work(Show { json: one.json, whole: false })?,
        Command::Dump(one) => one.work(Show { json: one.json, whole: true })?,
        Command::Selftest { one, blocks } => one.work(Test { json: one.json, blocks: *blocks })?,
        Command::Reset(one) => one.work(Reset { json: one.json })?,
        Command::Bind { address } => bind(*address, Some(KERNEL_DRIVER)).map_err(Failure::Usage)?,
        Command::Unbind { address } => bind(*address, None).map_err(Failure::Usage)?,
    };
    Ok(print(&text)?)
}

/// Runs `gaslane doctor`.
pub(crate) fn doctor(arguments: &DoctorArguments) -> Result<(), Failure> {
    let checks = doctor::checks();
    let failed = checks.iter().any(|check| check.state == doctor::State::Fails);
    print(&if arguments.json { doctor::json(&checks) } else { doctor::text(&checks) })?;
    if failed { Err(Failure::Block(None)) } else { Ok(()) }
}

fn row(function: &Function) -> Value {
    json!({
        "address": function.address.to_string(),
        "vendor": format!("{:04x}", function.vendor),
        "device": format!("{:04x}", function.device),
        "name": function.known().map(|id| id.name),
        "driver": function.driver,
        "iommu_group": function.iommu_group,
    })
}

fn list(json: bool, all: bool) -> anyhow::Result<String> {
    let mut functions = sysfs::functions().context("/sys/bus/pci")?;
    functions.retain(|function| all || function.known().is_some());
    if json {
        return Ok(json!(functions.iter().map(row).collect::<Vec<_>>()).to_string() + "\n");
    }
    if functions.is_empty() {
        return Ok("no PCI device has the numbers of a card (--all shows the others)\n".to_owned());
    }
    let mut text = String::new();
    for function in &functions {
        let name = function.known().map_or("", |id| id.name);
        let driver = function.driver.as_deref().unwrap_or("no driver");
        let group = function.iommu_group.map_or("no IOMMU group".to_owned(), |group| format!("IOMMU group {group}"));
        let (vendor, device) = (function.vendor, function.device);
        let line = format!("{}  {vendor:04x}:{device:04x}  {driver}, {group}  {name}", function.address);
        writeln!(text, "{}", line.trim_end())?;
    }
    Ok(text)
}

fn bind(address: Address, driver: Option<&str>) -> anyhow::Result<String> {
    Function::read(address).with_context(|| format!("there is no PCI device {address}"))?;
    let what = "this has to be done as root";
    sysfs::bind(address, driver).with_context(|| format!("{address}: {what}"))?;
    let bound = Function::read(address)?.driver;
    let bound_to = bound.as_deref().unwrap_or("no driver");
    if driver.is_some_and(|driver| driver != bound_to) {
        anyhow::bail!("{address} is bound to {bound_to} afterwards: {what}");
    }
    Ok(format!("{address} is bound to {bound_to}\n"))
}

struct Show {
    json: bool,
    whole: bool,
}

/// Registers that say what a card is, not what it does.
const FIXED_END: u32 = regs::CONTROL;

impl Work for Show {
    fn with<T: Transport>(self, open: impl Fn() -> anyhow::Result<PciCard<T>>) -> anyhow::Result<String> {
        let mut card = open()?;
        let mut readings = dump::registers(&mut card)?;
        let found = readings.first().and_then(Reading::value);
        if found != Some(gaslane_abi::CARD_ID.into()) {
            anyhow::bail!("the identification register reads {:#010x}: not a Gaslane card", found.unwrap_or(0));
        }
        readings.retain(|reading| self.whole || reading.offset < FIXED_END);
        let count = if self.whole { card.read(regs::LANES)?.min(1 << 10) } else { 0 };
        let lanes = (0..count).map(|lane| dump::lane(&mut card, lane)).collect::<Result<Vec<_>, _>>()?;
        Ok(if self.json { show_json(&readings, &lanes) } else { show_text(&readings, &lanes) })
    }
}

/// What a counter of a lane is called.
fn counter_name(register: u32) -> &'static str {
    regs::MAP.iter().find(|row| row.offset == register).map_or("", |row| row.name)
}

fn show_json(readings: &[Reading], lanes: &[[u64; LANE_COUNTERS.len()]]) -> String {
    let registers: serde_json::Map<String, Value> = readings
        .iter()
        .map(|reading| {
            let value = reading.value().map_or_else(|| json!(reading.text()), |value| json!(value));
            let row = json!({ "offset": reading.offset, "value": value, "meaning": reading.meaning });
            (reading.name.to_owned(), row)
        })
        .collect();
    let lane = |counters: &[u64; LANE_COUNTERS.len()]| {
        let named = LANE_COUNTERS.iter().zip(counters);
        Value::Object(named.map(|(&register, value)| (counter_name(register).to_owned(), json!(value))).collect())
    };
    let lanes: Vec<Value> = lanes.iter().map(lane).collect();
    json!({ "registers": registers, "lanes": lanes }).to_string() + "\n"
}

fn show_text(readings: &[Reading], lanes: &[[u64; LANE_COUNTERS.len()]]) -> String {
    let mut text = String::new();
    for reading in readings {
        let value = reading.text();
        let number = reading.value().filter(|&value| value > 9 && reading.meaning.is_none());
        let more = reading.meaning.clone().or(number.map(|value| value.to_string())).unwrap_or_default();
        let line = format!("{:03x}  {:<22}{value:<20}{more}", reading.offset, reading.name);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for (lane, counters) in lanes.iter().enumerate() {
        let counters: Vec<String> = LANE_COUNTERS
            .iter()
            .zip(counters)
            .map(|(&register, value)| {
                let name = counter_name(register).trim_start_matches("LANE_").trim_end_matches("_CYCLES");
                format!("{} {value}", name.to_lowercase().replace('_', " "))
            })
            .collect();
        let _ = writeln!(text, "lane {lane:<2} cycles: {}", counters.join(", "));
    }
    text
}

struct Test {
    json: bool,
    blocks: usize,
}

impl Work for Test {
    fn with<T: Transport>(self, open: impl Fn() -> anyhow::Result<PciCard<T>>) -> anyhow::Result<String> {
        let mut steps = Vec::new();
        let test = Selftest { blocks: self.blocks, ..Selftest::default() };
        let result = test.run(
            || open().map_err(|error| format!("{error:#}")),
            |(step, found)| {
                if !self.json {
                    // A step may take long: whoever waits sees the last one.
                    let _ = print(&format!("ok    {step}: {found}\n"));
                }
                steps.push(json!({ "step": step, "found": found }));
            },
        );
        match (self.json, result) {
            (true, Ok(())) => Ok(json!({ "passed": true, "steps": steps }).to_string() + "\n"),
            (false, Ok(())) => Ok("passed\n".to_owned()),
            (true, Err(error)) => {
                print(&(json!({ "passed": false, "steps": steps, "error": error.to_string() }).to_string() + "\n"))?;
                Err(error.into())
            }
            (false, Err(error)) => Err(error.into()),
        }
    }
}

struct Reset {
    json: bool,
}

impl Work for Reset {
    fn with<T: Transport>(self, open: impl Fn() -> anyhow::Result<PciCard<T>>) -> anyhow::Result<String> {
        open()?.reset()?;
        Ok(if self.json { json!({ "reset": true }).to_string() + "\n" } else { "the card is reset\n".to_owned() })
    }
}
