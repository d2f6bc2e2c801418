//! `gaslane-card`: serves a simulated card as a PCI device, for `gaslane --device vfio-user:SOCKET` or for a virtual machine.

use anyhow::Context;
use clap::{Parser, ValueEnum};
use gaslane_card::{Fault, Server};
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::card::ASSUMED_CLOCK_KHZ;
use gaslane_sim::rtl::{KernelEngine, LinkOptions, RtlCard, VERILATOR_AVAILABLE, VerilatorEngine};
use gaslane_sim::{ModelCard, SimOptions};
use std::io;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

/// Serves a simulated card as a PCI device over vfio-user.
///
/// A driver reaches it with `gaslane run --device vfio-user:SOCKET`; QEMU 10.1 and later shows it to a virtual machine with
/// -device '{"driver":"vfio-user-pci","socket":{"type":"unix","path":"SOCKET"}}'. GASLANE_LOG sets the log filter.
#[derive(Parser)]
#[command(name = "gaslane-card", version, max_term_width = 100)]
struct Arguments {
    /// Unix socket to listen on.
    socket: PathBuf,
    /// What simulates the card.
    #[arg(long, value_enum, default_value_t)]
    card: Kind,
    /// Sizes of the card.
    #[arg(long, value_enum, default_value_t)]
    size: Size,
    /// Lanes, 1 to 64 (the hardware's card: 1 to 32), instead of the size's.
    #[arg(long)]
    lanes: Option<u32>,
    /// A fault that the card has once: crash, stall, hang, all-ones, lost-interrupt, torn-completion or forged-completion, with @N at the N-th
    /// doorbell, interrupt or commit.
    #[arg(long, value_name = "KIND[@N]")]
    fault: Option<Fault>,
    /// Ends after the first connection.
    #[arg(long)]
    once: bool,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Kind {
    /// The golden model.
    #[default]
    Model,
    /// The hardware design, simulated (by Verilator if this build has it).
    Rtl,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Size {
    /// For ECP5-85k.
    Small,
    /// For VU47P-class devices.
    #[default]
    Large,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::builder().with_env_var("GASLANE_LOG").from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let mut config = match arguments.size {
        Size::Small => CardConfig::small(),
        Size::Large => CardConfig::large(),
    };
    if let Some(lanes) = arguments.lanes {
        config = config.with_lanes(lanes);
    }
    let lanes = config.lanes;
    let (socket, fault) = (&arguments.socket, arguments.fault);
    let link = LinkOptions::gen3x16(ASSUMED_CLOCK_KHZ);
    let server = match arguments.card {
        Kind::Model => Server::new(socket, fault, move || {
            ModelCard::new(config, SimOptions::default()).map_err(|error| error.to_string())
        }),
        Kind::Rtl if VERILATOR_AVAILABLE => Server::new(socket, fault, move || {
            RtlCard::<VerilatorEngine>::new(config, link).map_err(|error| error.to_string())
        }),
        Kind::Rtl => Server::new(socket, fault, move || {
            RtlCard::<KernelEngine>::new(config, link).map_err(|error| error.to_string())
        }),
    };
    let server = server.with_context(|| socket.display().to_string())?;
    eprintln!("a simulated card with {lanes} lanes listens on {}", socket.display());
    loop {
        let left = server.serve()?;
        eprintln!("connection ended; left mapped: {} ranges of {} files", left.mappings, left.files);
        if arguments.once {
            return Ok(());
        }
    }
}
