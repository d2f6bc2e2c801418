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
        (&["asm", "0x6"], "hex"),
        (&["asm", "00", "--fork", "Byzantium"], "Berlin"),
        (&["asm", "00", "--fork", "Nowhere"], "Nowhere"),
        (&["asm", "0x0000000000000000000000000000000000000000", "--bundle", missing], missing),
        (&["asm", "0x0000000000000000000000000000000000000000", "--bundle", &sample("19923400")], "no code"),
        (&["nonsense"], "nonsense"),
        (&[], "Usage"),
    ] {
        let output = gaslane(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(part), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty() && !stderr(&output).contains("panicked"), "{arguments:?}");
    }
}

#[test]
fn help_and_version_exit_with_0() {
    for arguments in [&["--help"][..], &["--version"], &["run", "--help"], &["asm", "--help"]] {
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
