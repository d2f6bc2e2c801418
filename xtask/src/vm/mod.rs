//! `cargo xtask vm-test`: the driver on a real kernel's VFIO, in a virtual machine with an IOMMU. QEMU shows the guest the card that `gaslane-card`
//! simulates; the guest runs the self-test and prints its result.

mod packages;

use crate::root;
use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use packages::Packages;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const INIT: &str = include_str!("init.sh");
/// Modules of the guest's kernel, where it has them as modules.
const MODULES: [&str; 7] =
    ["virtio-iommu", "irqbypass", "iommufd", "vfio", "vfio_iommu_type1", "vfio-pci-core", "vfio-pci"];
/// Target of the guest's program, which is static.
const GUEST_TARGET: &str = "x86_64-unknown-linux-gnu";
/// What the guest prints last.
const RESULT: &str = "GUEST-RESULT: ";

/// Tests the driver in a virtual machine.
#[derive(Args)]
pub struct VmTest {
    /// IOMMU of the machine.
    #[arg(long, value_enum, default_value_t)]
    iommu: Iommus,
    /// How often.
    #[arg(long, default_value_t = 1)]
    runs: u32,
    /// Sample blocks that the guest executes.
    #[arg(long, default_value_t = 3)]
    blocks: u32,
    /// What simulates the card.
    #[arg(long, value_parser = ["model", "rtl"], default_value = "model")]
    card: String,
    /// Lanes of the card.
    #[arg(long, default_value_t = 2)]
    lanes: u32,
    /// Keeps all processors busy meanwhile.
    #[arg(long)]
    busy: bool,
    /// Seconds that a run may take.
    #[arg(long, default_value_t = 180)]
    limit: u64,
    /// Prints what the guest prints.
    #[arg(long)]
    verbose: bool,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Iommus {
    /// Intel's, then virtio's.
    #[default]
    Both,
    /// Intel's.
    Intel,
    /// virtio-iommu.
    Virtio,
}

#[derive(Clone, Copy)]
enum Iommu {
    Intel,
    Virtio,
}

impl Iommu {
    const fn name(self) -> &'static str {
        match self {
            Self::Intel => "intel-iommu",
            Self::Virtio => "virtio-iommu",
        }
    }

    const fn device(self) -> &'static str {
        match self {
            Self::Intel => "intel-iommu,intremap=on,caching-mode=on",
            Self::Virtio => "virtio-iommu-pci",
        }
    }

    const fn kernel_arguments(self) -> &'static str {
        match self {
            // Small pages under the other one.
            Self::Intel => "intel_iommu=on gaslane_huge_pages",
            Self::Virtio => "iommu=virtio",
        }
    }
}

/// Runs the command.
pub fn run(test: &VmTest) -> anyhow::Result<()> {
    let folder = root().canonicalize()?.join("target/vm");
    let Some(packages) = Packages::fetch(&folder)? else { return Ok(()) };
    cargo(&["test", "--workspace", "--locked", "--no-run", "--test", "faults"], None)?;
    cargo(
        &["build", "--locked", "-p", "gaslane-guest", "--target", GUEST_TARGET],
        Some("-C target-feature=+crt-static"),
    )?;
    let initramfs = folder.join("initramfs.cpio");
    initial_files(&packages, &initramfs).context("initial file system of the guest")?;
    let iommus: &[Iommu] = match test.iommu {
        Iommus::Both => &[Iommu::Intel, Iommu::Virtio],
        Iommus::Intel => &[Iommu::Intel],
        Iommus::Virtio => &[Iommu::Virtio],
    };
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let busy = if test.busy { std::thread::available_parallelism()?.get() } else { 0 };
        for _ in 0..busy {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let result = runs(test, &packages, &initramfs, &folder, iommus);
        over.store(true, Ordering::Relaxed);
        result
    })
}

fn runs(test: &VmTest, packages: &Packages, initramfs: &Path, folder: &Path, iommus: &[Iommu]) -> anyhow::Result<()> {
    for number in 1..=test.runs {
        for &iommu in iommus {
            let start = Instant::now();
            let output = boot(test, packages, initramfs, folder, iommu)?;
            let result = output.lines().find_map(|line| line.trim().strip_prefix(RESULT)).unwrap_or("none");
            let seconds = start.elapsed().as_secs_f64();
            println!("run {number} of {}, {}: {result} ({seconds:.1} s)", test.runs, iommu.name());
            if test.verbose || result != "pass" {
                output.lines().for_each(|line| println!("  | {}", line.trim_end()));
            }
            ensure!(result == "pass", "run {number} under {} fails: {result}", iommu.name());
        }
    }
    Ok(())
}

fn cargo(arguments: &[&str], rust_flags: Option<&str>) -> anyhow::Result<()> {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(root()).stdout(Stdio::null());
    if let Some(flags) = rust_flags {
        command.env("RUSTFLAGS", flags);
    }
    ensure!(command.status()?.success(), "cargo {} fails", arguments.join(" "));
    Ok(())
}

/// Writes the archive that the kernel unpacks as its first file system.
fn initial_files(packages: &Packages, path: &Path) -> anyhow::Result<()> {
    let mut archive = BufWriter::new(File::create(path)?);
    let mut inode = 0;
    let mut entry = |name: &str, mode: u32, bytes: &[u8]| -> anyhow::Result<()> {
        inode += 1;
        let header = cpio::newc::Builder::new(name).ino(inode).nlink(1).mode(mode);
        let mut writer = header.write(&mut archive, u32::try_from(bytes.len())?);
        writer.write_all(bytes)?;
        writer.finish()?;
        Ok(())
    };
    const FOLDER: u32 = 0o040_755;
    const PROGRAM: u32 = 0o100_755;
    for name in ["bin", "proc", "sys", "dev", "modules", "tmp"] {
        entry(name, FOLDER, &[])?;
    }
    entry("init", PROGRAM, INIT.as_bytes())?;
    entry("bin/busybox", PROGRAM, &fs::read(packages.busybox()?)?)?;
    let guest = root().join("target").join(GUEST_TARGET).join("debug/gaslane-guest");
    entry("bin/gaslane-guest", PROGRAM, &fs::read(guest)?)?;
    for module in packages.modules(&MODULES)? {
        let name = module.file_name().context("a module without name")?.to_string_lossy().into_owned();
        entry(&format!("modules/{name}"), PROGRAM, &fs::read(&module)?)?;
    }
    cpio::newc::trailer(&mut archive)?;
    archive.flush()?;
    Ok(())
}

/// A process that does not outlive its owner.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Boots the guest once; what it has printed.
fn boot(test: &VmTest, packages: &Packages, initramfs: &Path, folder: &Path, iommu: Iommu) -> anyhow::Result<String> {
    let socket = folder.join("card.sock");
    let _ = fs::remove_file(&socket);
    let server = Command::new(root().join("target/debug/gaslane-card"))
        .arg(&socket)
        .args(["--once", "--card", &test.card, "--lanes", &test.lanes.to_string()])
        .stderr(File::create(folder.join("card.log"))?)
        .spawn()
        .context("gaslane-card")?;
    let mut server = Killed(server);
    let start = Instant::now();
    while !socket.exists() {
        if let Some(status) = server.0.try_wait()? {
            bail!("gaslane-card ends ({status}): {}", fs::read_to_string(folder.join("card.log"))?);
        }
        ensure!(start.elapsed() < Duration::from_secs(60), "gaslane-card does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    let log = folder.join("guest.log");
    let device = serde_json::json!({
        "driver": "vfio-user-pci", "socket": { "type": "unix", "path": socket.display().to_string() }
    });
    // A busy host makes the kernel's check of its timers fail. The processor's random numbers are taken: the guest has no other source, and would wait for one.
    let arguments = format!(
        "console=ttyS0 quiet panic=-1 no_timer_check random.trust_cpu=on {} gaslane_blocks={}",
        iommu.kernel_arguments(),
        test.blocks
    );
    let machine = packages
        .qemu()
        .args([
            "-machine",
            "q35,memory-backend=memory",
            "-accel",
            "tcg",
            "-cpu",
            "qemu64,+rdrand",
            "-smp",
            "1",
            "-m",
            "1G",
        ])
        .args(["-object", "memory-backend-memfd,id=memory,size=1G,share=on"])
        .args(["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio"])
        .args(["-device", iommu.device(), "-device", &device.to_string()])
        .arg("-kernel")
        .arg(packages.kernel()?)
        .arg("-initrd")
        .arg(initramfs)
        .args(["-append", &arguments])
        .stdin(Stdio::null())
        .stdout(File::create(&log)?)
        .stderr(File::create(folder.join("qemu.log"))?)
        .spawn()
        .context("QEMU")?;
    let mut machine = Killed(machine);
    let start = Instant::now();
    let ended = loop {
        if let Some(status) = machine.0.try_wait()? {
            break Some(status);
        }
        if start.elapsed() > Duration::from_secs(test.limit) {
            break None;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let mut output = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    // Its status says nothing: it is 0 after a panic of the guest too.
    if ended.is_none() {
        output += &format!("\nno end after {} s\n", test.limit);
    }
    output += &fs::read_to_string(folder.join("qemu.log"))?;
    output += &fs::read_to_string(folder.join("card.log"))?;
    Ok(output)
}

/// The path of the only file in a folder whose name begins so.
fn only(folder: &Path, prefix: &str) -> anyhow::Result<PathBuf> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)) {
            return Ok(path);
        }
    }
    bail!("{} has no {prefix}…", folder.display())
}
