//! Model and hardware in lockstep: the same attempt on both, compared word by word.
//!
//! The model runs to its next stop first. The hardware's words are compared with the model's as they retire (program, index, gas),
//! its operand writes as they reach operand RAM. At a stop, what the two ask for must be the same; at the end, the outcome.
//! State and memory are compared through that: every value read reaches a slot. The first difference prints both
//! sides and stops the card with an error.

use super::lane::{RtlLane, Watch};
use super::profile::CycleProfile;
use super::waves::{Frame, LastFrames, SharedRecording};
use crate::attempt::Attempt;
use crate::image::CodeStore;
use crate::lane::{HostAnswer, HostRequest, Job, Lane, Outcome, Retired, StateValue, Yield};
use alloy_primitives::U256;
use gaslane_abi::codes::CardError;
use gaslane_hdl::CardConfig;
use gaslane_hdl::lane::{LaneInputs, LaneOutputs, LaneSimulator};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::fmt::Write as _;

/// Words shown before a difference.
const SHOWN: usize = 20;
/// Operand addresses from here on are environment words.
const ENV_FIRST: u32 = 3968;

/// Compares what the hardware does with what the model did.
#[derive(Debug, Default)]
pub struct Comparison {
    expected: VecDeque<Retired>,
    recent: VecDeque<Retired>,
    /// Writes of either side that the other has not made yet, by slot.
    by_model: FxHashMap<u32, VecDeque<U256>>,
    by_hardware: FxHashMap<u32, VecDeque<U256>>,
    /// The model gives the attempt up; the hardware may retire a few words more, as it goes on while a posted operation ends.
    given_up: bool,
    difference: Option<String>,
    last: LastFrames,
    words: u64,
}

impl Comparison {
    fn fail(&mut self, what: String) {
        self.difference.get_or_insert(what);
    }

    fn match_writes(&mut self, place: u32) {
        let (Some(model), Some(hardware)) = (self.by_model.get_mut(&place), self.by_hardware.get_mut(&place)) else {
            return;
        };
        while let (Some(&expected), Some(&found)) = (model.front(), hardware.front()) {
            if expected != found {
                self.difference.get_or_insert(format!("slot {place}: model {expected:#x}, hardware {found:#x}"));
                return;
            }
            model.pop_front();
            hardware.pop_front();
        }
    }

    fn retire(&mut self, outputs: &LaneOutputs) {
        let gas = outputs.retire_gas as i64;
        let Some(word) = self.expected.pop_front() else {
            if self.given_up {
                return;
            }
            return self.fail(format!(
                "the hardware retires word {} of {}, the model has stopped",
                outputs.retire_pc,
                program(outputs.retire_firmware)
            ));
        };
        self.words += 1;
        self.recent.push_back(word);
        if self.recent.len() > SHOWN {
            self.recent.pop_front();
        }
        if (word.firmware, word.pc, word.gas) != (outputs.retire_firmware, outputs.retire_pc, gas) {
            return self.fail(format!(
                "model: word {} of {}, gas {}; hardware: word {} of {}, gas {gas}",
                word.pc,
                program(word.firmware),
                word.gas,
                outputs.retire_pc,
                program(outputs.retire_firmware),
            ));
        }
        if let Some((place, value)) = word.write {
            self.by_model.entry(place).or_default().push_back(value);
            self.match_writes(place);
        }
    }
}

fn program(firmware: bool) -> &'static str {
    if firmware { "the firmware" } else { "the program" }
}

impl Watch for Comparison {
    fn cycle(&mut self, cycle: u64, inputs: &LaneInputs, outputs: &LaneOutputs) {
        self.last.push(Frame { cycle, inputs: *inputs, outputs: *outputs });
        if outputs.write && outputs.write_address < ENV_FIRST {
            self.by_hardware.entry(outputs.write_address).or_default().push_back(U256::from_limbs(outputs.write_data));
            self.match_writes(outputs.write_address);
        }
        if outputs.retire {
            self.retire(outputs);
        }
    }

    fn failed(&self) -> bool {
        self.difference.is_some()
    }
}

/// A lane that is both.
#[derive(Debug)]
pub struct LockstepLane<S> {
    model: Lane,
    hardware: RtlLane<S, Comparison>,
    start_cycle: u64,
    start_model: u64,
    outcome: Option<Outcome>,
}

impl<S: LaneSimulator> LockstepLane<S> {
    fn differ(&mut self, what: &str, code: &CodeStore) -> Yield {
        let mut text = String::new();
        let watch = &self.hardware.watch;
        // What came before, and what the model did next.
        let next = watch.expected.iter().take(3);
        for word in watch.recent.iter().chain(next) {
            let decoded = code.get(word.image).and_then(|image| image.program.get(word.pc as usize));
            let _ = writeln!(
                text,
                "  {} {:>6}  gas {:>10}  {:?}{}",
                if word.firmware { "firmware" } else { "program " },
                word.pc,
                word.gas,
                decoded.map(|decoded| decoded.instr),
                word.write.map(|(place, value)| format!("  slot {place} = {value:#x}")).unwrap_or_default(),
            );
        }
        eprintln!("lockstep: {what}\nlast words, as the model retired them:\n{text}");
        let path = std::env::temp_dir().join(format!("gaslane-lockstep-{}.vcd", std::process::id()));
        let written = std::fs::File::create(&path).and_then(|file| watch.last.write_vcd(std::io::BufWriter::new(file)));
        match written {
            Ok(()) => eprintln!("waveform of the hardware's last {} cycles: {}", LastFrames::KEPT, path.display()),
            Err(error) => eprintln!("no waveform: {}: {error}", path.display()),
        }
        Yield::Error(CardError::BadInstruction)
    }
}

/// What differs between two outcomes; cycles do not count.
fn difference(model: &Outcome, hardware: &Outcome) -> Option<String> {
    macro_rules! compare {
        ($($field:ident),*) => {$(
            if model.$field != hardware.$field {
                return Some(format!("{}: model {:#?}, hardware {:#?}", stringify!($field), model.$field, hardware.$field));
            }
        )*};
    }
    compare!(status, halt, gas_used, gas_refunded, output, storage, logs);
    if model.accounts.len() != hardware.accounts.len() {
        return Some(format!("accounts: model {}, hardware {}", model.accounts.len(), hardware.accounts.len()));
    }
    let differing = model.accounts.iter().zip(&hardware.accounts).find(|(a, b)| a != b);
    if let Some((a, b)) = differing {
        return Some(format!("account: model {a:#?}, hardware {b:#?}"));
    }
    let words = |outcome: &Outcome| (outcome.counters.program_words, outcome.counters.firmware_words);
    if words(model) != words(hardware) {
        return Some(format!("words: model {:?}, hardware {:?}", words(model), words(hardware)));
    }
    let evm = |outcome: &Outcome| outcome.counters.evm_instructions;
    (evm(model) != evm(hardware)).then(|| format!("EVM instructions: model {}, hardware {}", evm(model), evm(hardware)))
}

impl<S: LaneSimulator> Attempt for LockstepLane<S> {
    fn check(config: &CardConfig) -> Result<(), String> {
        S::check(config).map(drop)
    }

    fn create(config: &CardConfig) -> Self {
        let mut model = Lane::create(config);
        model.trace(true);
        Self {
            model,
            hardware: RtlLane::new(config, Comparison::default()),
            start_cycle: 0,
            start_model: 0,
            outcome: None,
        }
    }

    fn cycle(&self) -> u64 {
        self.hardware.cycle()
    }

    fn start(&mut self, job: Job, cycle: u64) {
        self.model.start(job.clone(), cycle);
        self.hardware.start(job, cycle);
        let watch = &mut self.hardware.watch;
        watch.expected.clear();
        watch.recent.clear();
        watch.by_model.clear();
        watch.by_hardware.clear();
        self.model.take_trace();
        (self.start_cycle, self.start_model) = (cycle, cycle);
    }

    fn run(&mut self, code: &CodeStore, _: u64) -> Yield {
        let model = self.model.run(code);
        let trace = self.model.take_trace();
        self.hardware.watch.expected.extend(trace);
        self.hardware.watch.given_up = matches!(model, Yield::Escape(_));
        let hardware = self.hardware.run(code, u64::MAX);
        if let Some(what) = self.hardware.watch.difference.take() {
            return self.differ(&what, code);
        }
        if model != hardware {
            return self.differ(&format!("the model stops with {model:?}, the hardware with {hardware:?}"), code);
        }
        // An attempt that is given up need not have retired its last word.
        if let Some(word) = self.hardware.watch.expected.front().copied()
            && !self.hardware.watch.given_up
        {
            return self.differ(&format!("the hardware has not retired {word:?}"), code);
        }
        if model == Yield::Ask && self.model.request() != self.hardware.request() {
            let (a, b) = (self.model.request().clone(), self.hardware.request().clone());
            return self.differ(&format!("request: model {a:?}, hardware {b:?}"), code);
        }
        if model == Yield::Done {
            let (Some(a), Some(b)) = (self.model.take_outcome(), self.hardware.take_outcome()) else {
                return self.differ("an outcome is missing", code);
            };
            if let Some(what) = difference(&a, &b) {
                return self.differ(&what, code);
            }
            let model = self.model.cycle - self.start_model - a.counters.wait_cycles;
            let hardware = self.hardware.cycle() - self.start_cycle - b.counters.wait_cycles;
            self.hardware.profile.attempts.push((model, hardware));
            self.outcome = Some(b);
        }
        model
    }

    fn supply(&mut self, value: StateValue, cycle: u64) {
        self.model.supply(value, cycle);
        self.hardware.supply(value, cycle);
    }

    fn resume_as_head(&mut self, cycle: u64) {
        self.model.resume_as_head(cycle);
        self.hardware.resume_as_head(cycle);
    }

    fn resume(&mut self, cycle: u64) {
        self.model.resume(cycle);
        Attempt::resume(&mut self.hardware, cycle);
    }

    fn request(&self) -> &HostRequest {
        Attempt::request(&self.hardware)
    }

    fn answer(&mut self, answer: HostAnswer, cycle: u64) {
        self.model.answer(answer.clone(), cycle);
        self.hardware.answer(answer, cycle);
    }

    fn take_outcome(&mut self) -> Option<Outcome> {
        self.outcome.take()
    }
    fn record(&mut self, recording: &SharedRecording) -> bool {
        self.hardware.record(recording)
    }

    fn cycle_profile(&self) -> Option<&CycleProfile> {
        self.hardware.cycle_profile()
    }
}
