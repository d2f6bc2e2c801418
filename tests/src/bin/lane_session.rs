//! Writes what a lane of configuration `small` sees, cycle by cycle, while it executes random blocks whose outcome is compared with revm, for
//! the check of the lane's netlist (`cargo xtask synth --netlist lane_small`): `inputs.json` names the ports and the words of each, `inputs.bin` has
//! these words for every cycle, little-endian, from power-up on.

use anyhow::{Context, anyhow, ensure};
use gaslane_hdl::CardConfig;
use gaslane_hdl::lane::ports::LaneSimulator;
use gaslane_hdl::lane::{LaneInputs, LaneOutputs, LaneSize};
use gaslane_hdl::lane_inputs;
use gaslane_sim::rtl::{RtlLane, VERILATOR_AVAILABLE, VerilatedLane};
use gaslane_tests::engine::{Setup, Totals, check};
use gaslane_tests::world::{Shape, world};
use serde_json::json;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Mutex;

/// Inputs of every cycle so far. The driver makes the lane, which has no way to hand them over.
static CYCLES: Mutex<Vec<LaneInputs>> = Mutex::new(Vec::new());

/// A lane that notes its inputs.
struct Recorded(VerilatedLane);

impl LaneSimulator for Recorded {
    fn create(config: &CardConfig, size: LaneSize) -> Self {
        Self(VerilatedLane::create(config, size))
    }

    fn inputs(&mut self) -> &mut LaneInputs {
        self.0.inputs()
    }

    fn tick(&mut self) -> &LaneOutputs {
        if let Ok(mut cycles) = CYCLES.lock() {
            cycles.push(*self.0.inputs());
        }
        self.0.tick()
    }

    fn outputs(&self) -> &LaneOutputs {
        self.0.outputs()
    }
}

/// A port's value in words of 32 bits.
trait Words {
    const COUNT: usize;
    fn words(&self) -> Vec<u32>;
}

impl Words for [u64; 4] {
    const COUNT: usize = 8;
    fn words(&self) -> Vec<u32> {
        self.iter().flat_map(Words::words).collect()
    }
}

impl Words for u64 {
    const COUNT: usize = 2;
    fn words(&self) -> Vec<u32> {
        vec![*self as u32, (*self >> 32) as u32]
    }
}

impl Words for u32 {
    const COUNT: usize = 1;
    fn words(&self) -> Vec<u32> {
        vec![*self]
    }
}

impl Words for bool {
    const COUNT: usize = 1;
    fn words(&self) -> Vec<u32> {
        vec![(*self).into()]
    }
}

fn count<T: Words>(_: fn(&LaneInputs) -> &T) -> usize {
    T::COUNT
}

macro_rules! recorded {
    ([] $($field:ident: $kind:ident,)*) => {
        fn ports() -> Vec<(&'static str, usize)> {
            vec![$((stringify!($field), count(|inputs| &inputs.$field)),)*]
        }

        fn write(inputs: &LaneInputs, out: &mut impl Write) -> std::io::Result<()> {
            $(for word in inputs.$field.words() {
                out.write_all(&word.to_le_bytes())?;
            })*
            Ok(())
        }
    };
}
lane_inputs!(recorded);

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("usage: lane_session FOLDER")?);
    ensure!(VERILATOR_AVAILABLE, "built without Verilator");
    let setup = Setup { card: CardConfig::small().with_lanes(1), sim: Default::default(), driver: Default::default() };
    let mut driver = setup.open_with::<RtlLane<Recorded>>();
    let mut totals = Totals::default();
    for seed in 1..=2 {
        let (block, state) = world(seed, Shape { contracts: 4, senders: 4, transactions: 8, statements: 30 });
        check(&mut driver, &block, &state, &mut totals).map_err(|text| anyhow!("seed {seed}, against revm: {text}"))?;
    }
    let on_card: u64 = totals.on_card.values().sum();
    ensure!(on_card > 0, "nothing finished on the lane: {totals:?}");
    let cycles = CYCLES.lock().map_err(|error| anyhow!("{error}"))?;
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut out = BufWriter::new(File::create(folder.join("inputs.bin"))?);
    for inputs in cycles.iter() {
        write(inputs, &mut out)?;
    }
    out.flush()?;
    let header = json!({"ports": ports(), "cycles": cycles.len(), "transactions": on_card});
    std::fs::write(folder.join("inputs.json"), header.to_string())?;
    Ok(())
}
