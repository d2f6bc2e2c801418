//! The self-test of the driver on the card of a virtual machine. `cargo xtask vm-test` builds it statically, puts it into the initial file system, and
//! judges by the line that it prints last.

use anyhow::{Context, anyhow, bail};
use gaslane_driver::pci::selftest::Selftest;
use gaslane_driver::pci::{KERNEL_DRIVER, PciCard, Vfio, sysfs};

fn run() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (blocks, huge_pages) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [blocks] => (blocks.parse()?, false),
        [blocks, "huge-pages"] => (blocks.parse()?, true),
        _ => bail!("usage: gaslane-guest BLOCKS [huge-pages]"),
    };
    let function = sysfs::functions()?.into_iter().find(|function| function.known().is_some());
    let address = function.ok_or_else(|| anyhow!("no function has the numbers of a card"))?.address;
    sysfs::bind(address, Some(KERNEL_DRIVER)).with_context(|| format!("cannot bind {address} to {KERNEL_DRIVER}"))?;
    let group = sysfs::Function::read(address)?.iommu_group.context("the card is in no IOMMU group")?;
    println!(
        "{address} in IOMMU group {group}, bound to {KERNEL_DRIVER}{}",
        if huge_pages { "; huge pages" } else { "" }
    );
    let test = Selftest { blocks, latencies: 200, huge_pages };
    let open = || {
        let card = Vfio::open(address).map_err(|error| error.to_string())?;
        PciCard::open(card).map_err(|error| error.to_string())
    };
    test.run(open, |(name, found)| println!("{name}: {found}"))?;
    Ok(())
}

fn main() {
    match run() {
        Ok(()) => println!("GUEST-RESULT: pass"),
        Err(error) => println!("GUEST-RESULT: fail: {error:#}"),
    }
}
