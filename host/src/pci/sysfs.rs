//! PCI devices as the system shows them (`/sys/bus/pci`, documented in the kernel's `ABI/testing/sysfs-bus-pci`).

use gaslane_abi::IovaRange;
use gaslane_abi::pci::{KNOWN, PciId};
use std::fmt::{self, Display};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Address of a function: domain, bus, device, function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    domain: u32,
    bus: u8,
    device: u8,
    function: u8,
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:02x}:{:02x}.{}", self.domain, self.bus, self.device, self.function)
    }
}

impl FromStr for Address {
    type Err = String;

    /// `0000:01:00.0`, or without the domain.
    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let hex = |text: &str, digits: usize| match text.len() <= digits && !text.starts_with('+') {
                true => u32::from_str_radix(text, 16).ok(),
                false => None,
            };
            let (front, function) = text.rsplit_once('.')?;
            let (front, device) = front.rsplit_once(':')?;
            let (domain, bus) = front.rsplit_once(':').unwrap_or(("0", front));
            let function = hex(function, 1).filter(|&function| function < 8)?;
            let device = hex(device, 2).filter(|&device| device < 32)?;
            Some(Self {
                domain: hex(domain, 8)?,
                bus: hex(bus, 2)? as u8,
                device: device as u8,
                function: function as u8,
            })
        };
        parse().ok_or_else(|| format!("{text:?} is no PCI address as 0000:01:00.0"))
    }
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its address.
    pub address: Address,
    /// Vendor.
    pub vendor: u16,
    /// Device.
    pub device: u16,
    /// The driver that it is bound to.
    pub driver: Option<String>,
    /// Its group of the IOMMU.
    pub iommu_group: Option<u32>,
}

/// Where functions are shown.
fn root() -> PathBuf {
    PathBuf::from("/sys/bus/pci")
}

/// Where a function is shown.
pub fn folder(address: Address) -> PathBuf {
    root().join("devices").join(address.to_string())
}

fn number(path: &Path) -> io::Result<u16> {
    let text = fs::read_to_string(path)?;
    u16::from_str_radix(text.trim().trim_start_matches("0x"), 16).map_err(io::Error::other)
}

/// The last part of where a link leads.
fn linked(path: &Path) -> Option<String> {
    Some(fs::read_link(path).ok()?.file_name()?.to_string_lossy().into_owned())
}

impl Function {
    /// Reads what the system shows of it.
    pub fn read(address: Address) -> io::Result<Self> {
        let folder = folder(address);
        Ok(Self {
            address,
            vendor: number(&folder.join("vendor"))?,
            device: number(&folder.join("device"))?,
            driver: linked(&folder.join("driver")),
            iommu_group: linked(&folder.join("iommu_group")).and_then(|group| group.parse().ok()),
        })
    }

    /// What it is, if its numbers are those of a card.
    pub fn known(&self) -> Option<PciId> {
        KNOWN.into_iter().find(|id| id.vendor == self.vendor && id.device == self.device)
    }
}

/// All functions, ascending; none if the system has no PCI.
pub fn functions() -> io::Result<Vec<Function>> {
    let entries = match fs::read_dir(root().join("devices")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        if let Ok(address) = entry?.file_name().to_string_lossy().parse()
            && let Ok(function) = Function::read(address)
        {
            found.push(function);
        }
    }
    found.sort_by_key(|function| function.address);
    Ok(found)
}

/// The other functions of the same group: all of them have to be free, or with VFIO.
pub fn group_members(group: u32) -> Vec<Function> {
    let folder = PathBuf::from(format!("/sys/kernel/iommu_groups/{group}/devices"));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let addresses = entries.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok());
    addresses.filter_map(|address| Function::read(address).ok()).collect()
}

/// What of all addresses is left without the ranges that a group's IOMMU keeps for itself.
pub fn iova_ranges(group: u32) -> Vec<IovaRange> {
    let path = format!("/sys/kernel/iommu_groups/{group}/reserved_regions");
    allowed(&fs::read_to_string(path).unwrap_or_default())
}

/// The same from the system's text: a line a range, first and last address in hexadecimal, and its kind.
fn allowed(reserved: &str) -> Vec<IovaRange> {
    let mut ranges: Vec<(u64, u64)> = reserved
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let mut hex = || u64::from_str_radix(words.next()?.trim_start_matches("0x"), 16).ok();
            Some((hex()?, hex()?))
        })
        .collect();
    ranges.sort_unstable();
    let mut free = Vec::new();
    let mut next = Some(0_u64);
    for (first, last) in ranges {
        if let Some(start) = next
            && start < first
        {
            free.push(IovaRange { first: start, last: first - 1 });
        }
        next = next.and_then(|next| last.checked_add(1).map(|after| after.max(next)));
    }
    free.extend(next.map(|first| IovaRange { first, last: u64::MAX }));
    free
}

/// Gives a function to a driver, whatever it is bound to now; `None` gives it back to the driver that the system chooses.
pub fn bind(address: Address, driver: Option<&str>) -> io::Result<()> {
    let folder = folder(address);
    let bound = linked(&folder.join("driver"));
    if driver.is_some() && bound.as_deref() == driver {
        return Ok(());
    }
    if let Some(driver) = driver
        && !root().join("drivers").join(driver).exists()
    {
        // Before anything is taken away from whoever has it.
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("the kernel has no driver {driver}: modprobe {driver}"),
        ));
    }
    // A line end alone takes the override away.
    fs::write(folder.join("driver_override"), driver.unwrap_or("\n"))?;
    if bound.is_some() {
        fs::write(folder.join("driver/unbind"), address.to_string())?;
    }
    fs::write(root().join("drivers_probe"), address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let parse = |text: &str| text.parse::<Address>();
        assert_eq!(parse("0000:01:00.0").unwrap().to_string(), "0000:01:00.0");
        assert_eq!(parse("3f:1e.7").unwrap().to_string(), "0000:3f:1e.7");
        for wrong in ["", "01:00", "01:00.8", "01:20.0", "1:2:3:4.0", "0000:01:00.+1", "g:0.0", "100:00.0"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn reserved_ranges_are_left_out() {
        let text = "0x00000000fee00000 0x00000000feefffff msi\n0x0000000000001000 0x0000000000001fff direct\n\
                    0x00000000fef00000 0x00000000fef00fff direct\nnonsense\n0xffff000000000000 0xffffffffffffffff reserved\n";
        let ranges: Vec<(u64, u64)> = allowed(text).iter().map(|range| (range.first, range.last)).collect();
        assert_eq!(ranges, [(0, 0xfff), (0x2000, 0xfedf_ffff), (0xfef0_1000, 0xfffe_ffff_ffff_ffff)]);
        assert_eq!(allowed(""), [IovaRange { first: 0, last: u64::MAX }]);
    }
}
