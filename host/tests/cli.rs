//! The command line: exit codes, messages, output.

use std::process::{Command, Output, Stdio};

fn gaslane(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gaslane")).args(arguments).env_remove("GASLANE_LOG").output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn sample(number: &str) -> String {
    format!("{}/samples/{number}.json.gz", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn usage_and_input_errors_exit_with_2() {
    let missing = "/nonexistent/block.json";
    for (arguments, part) in [
        (&["run", "--lanes", "99"][..], "lanes"),
        (&["run", "--lanes", "x"], "--lanes"),
        (&["run", "--fork", "Cancun"], "--fork"),
        (&["run", env!("CARGO_MANIFEST_DIR")], "--fork"),
        (&["run", "--t8n-env", "x"], "--t8n-alloc"),
        (&["run", "--config", missing], missing),
        (&["run", missing], "error: "),
        (&["run", "--device", "nonsense"], "nonsense"),
        (&["run", "--device", "serial:"], "/dev/ttyUSB0"),
        (&["run", "--device", "serial:/dev/ttyUSB0,fast"], "baud rate"),
        (&["run", "--device", "serial:/nonexistent/port"], "/nonexistent/port"),
        (&["run", "--device", "serial:/nonexistent/port", "--engine", "kernel"], "--engine"),
        (&["run", "--device", "serial:/nonexistent/port", "--cycles"], "--cycles"),
        (&["run", "--device", "vfio:"], "PCI address"),
        (&["run", "--device", "vfio:0000:ff:1f.7"], "no PCI device"),
        (&["run", "--device", "vfio-user:"], "/tmp/card.sock"),
        (&["run", "--device", "vfio-user:/nonexistent/card.sock"], "/nonexistent/card.sock"),
        (&["run", "--device", "vfio-user:/nonexistent/card.sock", "--engine", "kernel"], "--engine"),
        (&["device", "info", "model"], "vfio-user:SOCKET"),
        (&["device", "bind", "0000:ff:1f.7"], "no PCI device"),
        (&["device", "bind", "nowhere"], "PCI address"),
        (&["asm", "0x6"], "hex"),
        (&["asm", "00", "--fork", "Byzantium"], "Berlin"),
        (&["asm", "00", "--fork", "Nowhere"], "Nowhere"),
        (&["asm", "0x0000000000000000000000000000000000000000", "--bundle", missing], missing),
        (&["asm", "0x0000000000000000000000000000000000000000", "--bundle", &sample("19923400")], "no code"),
        (&["workload", "nothing"], "erc20"),
        (&["workload", "erc20", "--txs", "0"], "100000"),
        (&["workload", "erc20", "--conflict", "1.5"], "1.5"),
        (&["workload", "erc20", "--txs", "1", "-o", "/nonexistent/block.json"], "/nonexistent/block.json"),
        (&["bench", "--project", "u50"], "vu47p"),
        (&["bench", "--clock", "100"], "--project"),
        (&["bench", "--project", "vu47p", "--clock", "0"], "MHz"),
        (&["bench", "--workload", "nothing"], "nothing"),
        (&["bench", "--rtl-lanes", "99", "--workload", "dao"], "--rtl-lanes"),
        (&["bench", missing, "--rtl-txs", "0"], missing),
        (&["report", missing], missing),
        (&["report", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/report/package.json")], "gaslane bench --json"),
        (&["nonsense"], "nonsense"),
        (&[], "Usage"),
    ] {
        let output = gaslane(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(part), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty() && !stderr(&output).contains("panicked"), "{arguments:?}");
    }
}

/// A made block is one for `run`, and what `bench` says of it becomes a page.
#[test]
fn a_made_block_runs_and_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).into_os_string().into_string().unwrap();
    let (block, page) = (path("block.json.gz"), path("page.html"));
    let made = ["workload", "swap-v2", "--txs", "6", "--conflict", "0.5", "--seed", "4"];
    let output = gaslane(&[&made[..], &["-o", &block]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let to_stdout = gaslane(&made);
    assert_eq!(to_stdout.stdout, gaslane(&made).stdout);
    assert!(gaslane(&["run", &block, "--verify"]).status.success());
    let bench = ["bench", &block, "--workload", "dao", "--txs", "5", "--rtl-txs", "0", "--project", "ecp5-85k"];
    let output = gaslane(&[&bench[..], &["--report", &page]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["dao ", "not corrected", "does not route yet", "no board has run"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 400), "{text}");
    // Every board's own number of lanes can be simulated, or is left out.
    for board in ["ecp5-85k", "vu47p"] {
        let made = ["bench", "--workload", "transfers", "--txs", "4", "--rtl-txs", "2", "--project", board];
        let output = gaslane(&made);
        assert!(output.status.success(), "{board}: {}", stderr(&output));
    }
    let output = gaslane(&[&bench[..], &["--json"]].concat());
    let results: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results["runs"].as_array().unwrap().len(), 2);
    assert_eq!(results["runs"][0]["transactions"][0]["label"], "dao.vote");
    assert!(std::fs::read_to_string(&page).unwrap().contains("dao.vote"));
}

#[test]
fn cut_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let plain = write("block.json", br#"{"block": {"number": "0x1", "tim"#);
    let sample = std::fs::read(sample("19923400")).unwrap();
    let packed = write("block.json.gz", &sample[..sample.len() / 2]);
    let archive = std::fs::read(block_tests()).unwrap();
    let archive = write("tests.tar.gz", &archive[..1000]);
    for (command, path) in
        [("run", &plain), ("run", &packed), ("blocktest", &plain), ("statetest", &plain), ("blocktest", &archive)]
    {
        let output = gaslane(&[command, path]);
        assert_eq!(output.status.code(), Some(2), "{command} {path}: {}", stderr(&output));
        assert!(
            stderr(&output).contains(path.as_str()) && !stderr(&output).contains("panicked"),
            "{}",
            stderr(&output)
        );
    }
}

fn block_tests() -> String {
    format!("{}/../tests/data/block_tests_eest.tar.gz", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn blocktest_counts_and_exits() {
    let json = |output: &Output| -> serde_json::Value { serde_json::from_slice(&output.stdout).unwrap() };
    let output = gaslane(&["blocktest", &block_tests(), "--json", "--lanes", "2"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let total = json(&output);
    for (key, count) in [("passed", 1), ("failed", 0), ("skipped", 0), ("on_card", 1), ("rejected", 1)] {
        assert_eq!(total[key], count, "{key}: {total}");
    }
    assert!(total["escaped"].as_object().unwrap().is_empty());
    // A transition counts for both of its forks.
    for (fork, code) in [("Prague", 0), ("Osaka", 0), ("BPO1", 2), ("Cancun", 2)] {
        assert_eq!(gaslane(&["blocktest", &block_tests(), "--fork", fork]).status.code(), Some(code), "{fork}");
    }
    assert_eq!(gaslane(&["blocktest", &block_tests(), "--fork", "Amsterdam"]).status.code(), Some(2));

    // A changed test fails, and the line says where.
    let folder = tempfile::tempdir().unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(block_tests()).unwrap()));
    archive.unpack(folder.path()).unwrap();
    let file =
        folder.path().join("osaka/eip7825_transaction_gas_limit_cap/test_transaction_gas_limit_cap_at_transition.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"expectException\"", "\"ignored\"")).unwrap();
    // The index of a release is no test.
    std::fs::create_dir(folder.path().join(".meta")).unwrap();
    std::fs::write(folder.path().join(".meta/index.json"), r#"{"root_hash": "0x00"}"#).unwrap();
    std::fs::write(folder.path().join("other.json"), r#"{"t": {"engineNewPayloads": []}}"#).unwrap();
    let output = gaslane(&["blocktest", &folder.path().display().to_string(), "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let total = json(&output);
    assert_eq!((&total["failed"], &total["skipped"]), (&1.into(), &1.into()), "{total}");
    assert!(total["skipped_reasons"].as_object().unwrap().keys().next().unwrap().contains("engine"), "{total}");
    for part in ["FAILED ", &file.display().to_string(), "test_tx_gas_limit.py::", "block 1: rejected: "] {
        assert!(stderr(&output).contains(part), "{part}: {}", stderr(&output));
    }
}

#[test]
fn help_and_version_exit_with_0() {
    for arguments in [&["--help"][..], &["--version"], &["run", "--help"], &["asm", "--help"], &["blocktest", "--help"]]
    {
        assert_eq!(gaslane(arguments).status.code(), Some(0));
    }
}

#[test]
fn run_verifies_and_prints_json() {
    let output = gaslane(&["run", &sample("19923400"), &sample("19933122"), "--verify", "--json", "--lanes", "2"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["blocks"][0]["number"], 19_923_400);
    assert_eq!((&json["total"]["verified"], &json["total"]["header_ok"]), (&true.into(), &true.into()));
    assert_eq!(json["blocks"][0]["lanes"], 2);
}

#[test]
fn closed_pipe_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gaslane"))
        .args(["run", &sample("19923400")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
}
