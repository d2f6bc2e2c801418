//! QEMU, a kernel and busybox for the guest, as packages of Debian 13, unpacked into target/vm: nothing is installed, and no privileges are needed.

use super::only;
use anyhow::{Context, bail, ensure};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the packages come from. QEMU is that of the backports: it needs `vfio-user-pci`, which is there since 10.1.
const RELEASES: [&str; 2] = ["trixie", "trixie-backports"];
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
const PREFERENCES: &str = "Package: qemu-system-x86 qemu-system-common qemu-system-data seabios ipxe-qemu\n\
                           Pin: release n=trixie-backports\nPin-Priority: 990\n";
const WANTED: [&str; 2] = ["qemu-system-x86", "busybox-static"];
/// The package that names the current kernel for virtual machines.
const KERNEL: &str = "linux-image-cloud-amd64";

/// The unpacked packages.
pub struct Packages {
    root: PathBuf,
}

impl Packages {
    /// Fetches and unpacks them, unless that was done. `None` if the system has no apt, where that may be skipped.
    pub fn fetch(folder: &Path) -> anyhow::Result<Option<Self>> {
        let packages = Self { root: folder.join("root") };
        let recipe = format!("{RELEASES:?} {PREFERENCES} {WANTED:?} {KERNEL}");
        let done = folder.join("fetched");
        if fs::read_to_string(&done).is_ok_and(|text| text == recipe) {
            return Ok(Some(packages));
        }
        let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
        if !has("apt-get") || !has("dpkg-deb") || !Path::new(KEYRING).exists() {
            let message = format!("vm-test fetches packages of Debian: it needs apt-get, dpkg-deb and {KEYRING}");
            let required = |name: &str, value: &str| std::env::var(name).is_ok_and(|set| set == value);
            if required("CI", "true") || required("GASLANE_REQUIRE_TOOLS", "1") {
                bail!("{message}");
            }
            println!("SKIPPED: {message}");
            return Ok(None);
        }
        let _ = fs::remove_dir_all(folder);
        let apt = Apt::new(folder)?;
        apt.run("apt-get", ["-qq", "update"])?;
        apt.run("apt-get", ["-qq", "-y", "--download-only", "install"].into_iter().chain(WANTED))?;
        let depends = apt.run("apt-cache", ["depends", &format!("{KERNEL}/{}", RELEASES[0])])?;
        let kernel = depends.lines().find_map(|line| line.trim().strip_prefix("Depends: "));
        let kernel = kernel.filter(|name| name.starts_with("linux-image-")).context("the kernel's package")?;
        apt.run("apt-get", ["-qq", "-y", "--download-only", "install", kernel])?;
        fs::create_dir_all(&packages.root)?;
        for entry in fs::read_dir(folder.join("apt/cache/archives"))? {
            let path = entry?.path();
            if path.extension() == Some(OsStr::new("deb")) {
                let status = Command::new("dpkg-deb").arg("-x").arg(&path).arg(&packages.root).status()?;
                ensure!(status.success(), "{} cannot be unpacked", path.display());
            }
        }
        let version = packages.qemu().arg("--version").output()?;
        println!("{}", String::from_utf8_lossy(&version.stdout).lines().next().unwrap_or("QEMU does not run"));
        println!("kernel: {kernel}");
        fs::write(done, recipe)?;
        Ok(Some(packages))
    }

    /// QEMU with its own libraries: those of the system may be older.
    pub fn qemu(&self) -> Command {
        let libraries = self.root.join("usr/lib/x86_64-linux-gnu");
        let mut command = Command::new(libraries.join("ld-linux-x86-64.so.2"));
        command
            .arg("--library-path")
            .arg(&libraries)
            .arg(self.root.join("usr/bin/qemu-system-x86_64"))
            .arg("-L")
            .arg(self.root.join("usr/share/qemu"))
            .arg("-L")
            .arg(self.root.join("usr/share/seabios"))
            .env("QEMU_MODULE_DIR", libraries.join("qemu"));
        command
    }

    /// The guest's kernel.
    pub fn kernel(&self) -> anyhow::Result<PathBuf> {
        only(&self.root.join("boot"), "vmlinuz-")
    }

    /// Static busybox.
    pub fn busybox(&self) -> anyhow::Result<PathBuf> {
        let places = ["usr/bin/busybox", "bin/busybox"].map(|place| self.root.join(place));
        places.into_iter().find(|path| path.exists()).context("busybox is not in its package")
    }

    /// Files of these modules; what the kernel has built in is left out.
    pub fn modules(&self, names: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
        let folders = ["usr/lib/modules", "lib/modules"].map(|place| self.root.join(place));
        let start = folders.into_iter().find(|path| path.exists()).context("the kernel's package has no modules")?;
        let mut found = Vec::new();
        let mut folders = vec![start];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if entry.file_type()?.is_dir() {
                    folders.push(entry.path());
                } else if name.split_once(".ko").is_some_and(|(module, _)| names.contains(&module)) {
                    found.push(entry.path());
                }
            }
        }
        Ok(found)
    }
}

/// apt with folders of its own, as if nothing were installed.
struct Apt {
    options: Vec<String>,
}

impl Apt {
    fn new(folder: &Path) -> anyhow::Result<Self> {
        let own = folder.join("apt");
        for part in ["state/lists/partial", "cache/archives/partial", "etc"] {
            fs::create_dir_all(own.join(part))?;
        }
        let mirror = mirror()?;
        let line = |release| format!("deb [signed-by={KEYRING}] {mirror} {release} main\n");
        fs::write(own.join("etc/sources.list"), RELEASES.map(line).concat())?;
        fs::write(own.join("etc/preferences"), PREFERENCES)?;
        fs::write(own.join("state/status"), "")?;
        let own = own.display();
        let options = [
            format!("Dir::State={own}/state"),
            format!("Dir::State::status={own}/state/status"),
            format!("Dir::Cache={own}/cache"),
            format!("Dir::Etc::sourcelist={own}/etc/sources.list"),
            "Dir::Etc::sourceparts=/dev/null".to_owned(),
            format!("Dir::Etc::preferences={own}/etc/preferences"),
            "Dir::Etc::preferencesparts=/dev/null".to_owned(),
            "APT::Architecture=amd64".to_owned(),
            "APT::Install-Recommends=false".to_owned(),
            // Files belong to whoever calls.
            "APT::Sandbox::User=".to_owned(),
            "Debug::NoLocking=true".to_owned(),
            "Acquire::Languages=none".to_owned(),
        ];
        Ok(Self { options: options.into_iter().flat_map(|option| ["-o".to_owned(), option]).collect() })
    }

    fn run<'a>(&self, program: &str, arguments: impl IntoIterator<Item = &'a str>) -> anyhow::Result<String> {
        let arguments: Vec<&str> = arguments.into_iter().collect();
        let output = Command::new(program).args(&self.options).args(&arguments).output().context(program.to_owned())?;
        ensure!(
            output.status.success(),
            "{program} {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The mirror of Debian that the system is set to.
fn mirror() -> anyhow::Result<String> {
    let format = ["indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)"];
    let output = Command::new("apt-get").args(format).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let known = text.lines().find_map(|line| line.strip_prefix("Debian Debian "));
    if let Some(uri) = known {
        return Ok(uri.trim_end_matches('/').to_owned());
    }
    // Lists that were never fetched have no origin.
    let output = Command::new("apt-get").args(["indextargets", "--format", "$(REPO_URI)"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let uri = text.lines().find(|uri| uri.trim_end_matches('/').ends_with("/debian"));
    Ok(uri.context("apt is set to no mirror of Debian")?.trim_end_matches('/').to_owned())
}
