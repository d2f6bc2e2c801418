//! What runs on Node.js: the Solidity compiler, and the test of report pages in a browser. Packages are those of the lock files, taken from npm.

use crate::{root, tools};
use anyhow::{Context, ensure};
use std::path::Path;
use std::process::Command;

const CURE: &str = "Node.js 18 or later and npm; on Debian or Ubuntu `apt-get install nodejs npm`";
/// A browser that can be driven.
const BROWSER: &str = "chromium";

/// Compiles the contracts, or checks that they are compiled.
pub fn contracts(check: bool) -> anyhow::Result<()> {
    if !tools::available_by(&["node", "npm"], "compiling contracts", CURE)? {
        return Ok(());
    }
    let folder = root().join("host/workload/contracts");
    install(&folder)?;
    let mut command = tools::command("node");
    command.arg("compile.mjs").current_dir(&folder);
    if check {
        command.arg("--check");
    }
    run(&mut command)
}

/// Makes pages of made-up results and of measured ones, and has a browser check them.
pub fn report() -> anyhow::Result<()> {
    let cure = format!("{CURE}, and Chromium (`apt-get install chromium`)");
    if !tools::available_by(&["node", "npm", BROWSER], "checking report pages", &cure)? {
        return Ok(());
    }
    let folder = root().join("host/tests/report");
    install(&folder)?;
    let out = root().join("target/report");
    std::fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    run(tools::command("node").arg(folder.join("sample.mjs")).arg(&out))?;
    let gaslane = gaslane()?;
    let measured = Command::new(&gaslane)
        .args([
            "bench",
            "--workload",
            "mix",
            "--workload",
            "swap-v2",
            "--txs",
            "24",
            "--rtl-txs",
            "4",
            "--rtl-lanes",
            "2",
        ])
        .args(["--project", "vu47p", "--json"])
        .output()
        .context("gaslane bench")?;
    ensure!(measured.status.success(), "gaslane bench: {}", String::from_utf8_lossy(&measured.stderr));
    std::fs::write(out.join("measured.json"), measured.stdout)?;
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(&out)? {
        let results = entry?.path();
        if results.extension().is_some_and(|extension| extension == "json") {
            let page = results.with_extension("html");
            run(Command::new(&gaslane).arg("report").arg(&results).arg("--output").arg(&page))?;
            pages.push(page);
        }
    }
    pages.sort();
    ensure!(pages.len() > 1, "no pages in {}", out.display());
    let browser = tools::find(BROWSER).unwrap_or_else(|| BROWSER.into());
    let screenshots = out.join("screenshots");
    run(tools::command("node").arg(folder.join("browser.mjs")).arg(&screenshots).args(&pages).env("CHROMIUM", browser))
}

/// Builds the command line and says where it is: with its tests, so that what `cargo test` has built serves.
fn gaslane() -> anyhow::Result<std::path::PathBuf> {
    let build = ["test", "--workspace", "--locked", "--no-run", "--test", "cli"];
    run(Command::new("cargo").args(build).current_dir(root()))?;
    Ok(root().join("target/debug/gaslane"))
}

/// Installs the packages of a folder's lock file.
fn install(folder: &Path) -> anyhow::Result<()> {
    run(tools::command("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder))
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?} fails");
    Ok(())
}
