//! Recordings of a lane's ports, and waveforms of ports.

use alloy_primitives::U256;
use gaslane_abi::isa::Instr;
use gaslane_hdl::card::ports::{
    CORE_INPUTS, CORE_OUTPUTS, CoreInputs, CoreOutputs, LANE_PORT_INPUTS, LANE_PORT_OUTPUTS, LanePortInputs,
    LanePortOutputs,
};
use gaslane_hdl::lane::ports::{INPUTS, OUTPUTS};
use gaslane_hdl::lane::{LaneInputs, LaneOutputs};
use gaslane_hdl::{core_inputs, core_outputs, lane_inputs, lane_outputs, lane_port_inputs, lane_port_outputs};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex};
use vcd::{IdCode, TimescaleUnit, VarType, Writer};

/// Ports in one cycle.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Card cycle.
    pub cycle: u64,
    /// Inputs of the lane.
    pub inputs: LaneInputs,
    /// Its outputs.
    pub outputs: LaneOutputs,
}

/// A word that retired.
#[derive(Clone, Debug)]
pub struct TracedWord {
    /// Card cycle.
    pub cycle: u64,
    /// Handle of its image.
    pub image: u32,
    /// It belongs to the firmware.
    pub firmware: bool,
    /// Its index.
    pub pc: u32,
    /// Gas counter after it.
    pub gas: i64,
    /// The word; `None` if the image does not have it.
    pub instr: Option<Instr>,
}

/// What a lane did in the last attempt of one transaction.
#[derive(Debug, Default)]
pub struct Recording {
    /// Tag of the transaction: its place in the block.
    pub tag: u32,
    /// Cycles that are kept at most: the last ones.
    pub frames_max: usize,
    /// Cycles of the lane, transfers and waits excluded.
    pub frames: VecDeque<Frame>,
    /// How many there were.
    pub cycles: u64,
    /// Card cycle of the first.
    pub first_cycle: u64,
    /// Every word.
    pub words: Vec<TracedWord>,
    /// Constants of the images that the words belong to.
    pub pools: BTreeMap<u32, Vec<U256>>,
}

impl Recording {
    /// Notes a cycle, and forgets the oldest if there are too many.
    pub fn push(&mut self, frame: Frame) {
        if self.cycles == 0 {
            self.first_cycle = frame.cycle;
        }
        self.cycles += 1;
        if self.frames.len() >= self.frames_max {
            self.frames.pop_front();
        }
        if self.frames_max > 0 {
            self.frames.push_back(frame);
        }
    }

    /// Forgets an attempt.
    pub fn clear(&mut self) {
        self.frames.clear();
        self.words.clear();
        self.cycles = 0;
    }
}

/// A recording that lanes write to and others read.
pub type SharedRecording = Arc<Mutex<Recording>>;

/// The last cycles of a lane.
#[derive(Debug, Default)]
pub struct LastFrames(VecDeque<Frame>);

impl LastFrames {
    /// How many are kept.
    pub const KEPT: usize = 200;

    /// Keeps one more, and forgets the oldest.
    pub fn push(&mut self, frame: Frame) {
        if self.0.len() == Self::KEPT {
            self.0.pop_front();
        }
        self.0.push_back(frame);
    }

    /// Writes their waveform.
    pub fn write_vcd(&self, out: impl io::Write) -> io::Result<()> {
        write_vcd(self.0.iter(), out)
    }
}

const fn bits(kind: &str) -> u32 {
    match kind.as_bytes() {
        b"word" => 256,
        b"address" => 160,
        b"half" => 64,
        b"number" => 32,
        _ => 1,
    }
}

/// A port's value in limbs.
trait Limbs {
    fn limbs(&self) -> [u64; 4];
}

impl Limbs for [u64; 4] {
    fn limbs(&self) -> [u64; 4] {
        *self
    }
}

impl Limbs for [u64; 3] {
    fn limbs(&self) -> [u64; 4] {
        [self[0], self[1], self[2], 0]
    }
}

impl Limbs for u64 {
    fn limbs(&self) -> [u64; 4] {
        [*self, 0, 0, 0]
    }
}

impl Limbs for u32 {
    fn limbs(&self) -> [u64; 4] {
        [u64::from(*self), 0, 0, 0]
    }
}

impl Limbs for bool {
    fn limbs(&self) -> [u64; 4] {
        [u64::from(*self), 0, 0, 0]
    }
}

/// Ports of a block as plain data.
pub(super) trait Ports {
    /// Name and kind of each.
    const LIST: &'static [(&'static str, &'static str)];
    /// Adds the value of each.
    fn values(&self, values: &mut Vec<[u64; 4]>);
}

macro_rules! ports {
    ([$name:ident $list:ident] $($field:ident: $kind:ident,)*) => {
        impl Ports for $name {
            const LIST: &'static [(&'static str, &'static str)] = $list;

            fn values(&self, values: &mut Vec<[u64; 4]>) {
                $(values.push(self.$field.limbs());)*
            }
        }
    };
}
lane_inputs!(ports LaneInputs INPUTS);
lane_outputs!(ports LaneOutputs OUTPUTS);
core_inputs!(ports CoreInputs CORE_INPUTS);
core_outputs!(ports CoreOutputs CORE_OUTPUTS);
lane_port_inputs!(ports LanePortInputs LANE_PORT_INPUTS);
lane_port_outputs!(ports LanePortOutputs LANE_PORT_OUTPUTS);

/// Variables of a waveform, and what they were last.
#[derive(Debug, Default)]
pub(super) struct Variables {
    wires: Vec<(IdCode, u32)>,
    before: Vec<Option<[u64; 4]>>,
    values: Vec<[u64; 4]>,
}

impl Variables {
    /// Adds a scope with the ports of a block.
    pub fn add<P: Ports>(&mut self, writer: &mut Writer<impl io::Write>, scope: &str) -> io::Result<()> {
        writer.add_module(scope)?;
        for (name, kind) in P::LIST {
            self.wires.push((writer.add_wire(bits(kind), name)?, bits(kind)));
            self.before.push(None);
        }
        writer.upscope()
    }

    /// Values of ports, in the order in which their scopes were added.
    pub fn push(&mut self, ports: &impl Ports) {
        ports.values(&mut self.values);
    }

    /// Writes what has changed.
    pub fn write(&mut self, writer: &mut Writer<impl io::Write>) -> io::Result<()> {
        for ((value, before), (id, bits)) in self.values.iter().zip(&mut self.before).zip(&self.wires) {
            if *before != Some(*value) {
                change(writer, *id, *bits, *value)?;
                *before = Some(*value);
            }
        }
        self.values.clear();
        Ok(())
    }
}

/// Writes a waveform (VCD, IEEE 1364): scopes `in` and `out` of the lane, the clock, and the card cycle; 10 ns a cycle.
pub fn write_vcd<'a>(frames: impl Iterator<Item = &'a Frame>, mut out: impl io::Write) -> io::Result<()> {
    let mut writer = Writer::new(&mut out);
    writer.timescale(1, TimescaleUnit::NS)?;
    writer.add_module("lane")?;
    let clock = writer.add_wire(1, "clock")?;
    let cycle = writer.add_var(VarType::Integer, 64, "cycle", None)?;
    let mut ports = Variables::default();
    ports.add::<LaneInputs>(&mut writer, "in")?;
    ports.add::<LaneOutputs>(&mut writer, "out")?;
    writer.upscope()?;
    writer.enddefinitions()?;
    for (number, frame) in frames.enumerate() {
        writer.timestamp(10 * number as u64)?;
        writer.change_scalar(clock, vcd::Value::V1)?;
        change(&mut writer, cycle, 64, [frame.cycle, 0, 0, 0])?;
        ports.push(&frame.inputs);
        ports.push(&frame.outputs);
        ports.write(&mut writer)?;
        writer.timestamp(10 * number as u64 + 5)?;
        writer.change_scalar(clock, vcd::Value::V0)?;
    }
    out.flush()
}

pub(super) fn change(writer: &mut Writer<impl io::Write>, id: IdCode, bits: u32, value: [u64; 4]) -> io::Result<()> {
    if bits == 1 {
        return writer.change_scalar(id, value[0] & 1 == 1);
    }
    let bit = |n: u32| vcd::Value::from((value[(n / 64) as usize] >> (n % 64)) & 1 == 1);
    writer.change_vector(id, &(0..bits).rev().map(bit).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waveform_reads_back() {
        let mut last = LastFrames::default();
        for cycle in 0..300 {
            let inputs = LaneInputs { start: cycle == 299, ..Default::default() };
            let outputs = LaneOutputs { retire_pc: cycle as u32, retire_gas: u64::MAX, ..Default::default() };
            last.push(Frame { cycle, inputs, outputs });
        }
        let mut text = Vec::new();
        last.write_vcd(&mut text).unwrap();
        let mut parser = vcd::Parser::new(&text[..]);
        let header = parser.parse_header().unwrap();
        let find = |path: &[&str]| header.find_var(path).unwrap().code;
        let (pc, start) = (find(&["lane", "out", "retire_pc"]), find(&["lane", "in", "start"]));
        let (mut pcs, mut starts, mut time) = (Vec::new(), Vec::new(), 0);
        for command in parser {
            match command.unwrap() {
                vcd::Command::Timestamp(t) => time = t,
                vcd::Command::ChangeVector(id, value) if id == pc => {
                    pcs.push(value.iter().map(ToString::to_string).collect::<String>());
                }
                vcd::Command::ChangeScalar(id, value) if id == start => starts.push((time, value)),
                _ => {}
            }
        }
        assert_eq!(pcs.len(), LastFrames::KEPT);
        assert!(pcs[0].ends_with("001100100") && pcs[199].ends_with("100101011"), "100 to 299: {pcs:?}");
        assert_eq!(starts, [(0, vcd::Value::V0), (1990, vcd::Value::V1)]);
    }
    #[test]
    fn a_recording_keeps_the_last_cycles() {
        let frame = |cycle| Frame { cycle, inputs: LaneInputs::default(), outputs: LaneOutputs::default() };
        for (frames_max, kept) in [(0, 0), (3, 3), (100, 10)] {
            let mut recording = Recording { frames_max, ..Recording::default() };
            (5..15).for_each(|cycle| recording.push(frame(cycle)));
            assert_eq!((recording.frames.len(), recording.cycles, recording.first_cycle), (kept, 10, 5));
            assert!(recording.frames.back().is_none_or(|frame| frame.cycle == 14));
            recording.clear();
            assert_eq!((recording.frames.len(), recording.cycles), (0, 0));
        }
    }
}
