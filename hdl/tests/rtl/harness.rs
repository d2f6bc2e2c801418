//! Cross-check of a block in two simulations.
//!
//! A test drives the block in RustHDL through a [`Bench`], as it likes, and checks it against the block's model. The
//! bench records inputs and outputs of every clock cycle; [`Bench::cross_check`] then replays the inputs in
//! Verilator on the generated Verilog, where every output must be the same in every cycle.

use std::{
    io::Write as _,
    ops::{Deref, DerefMut},
    process::{Command, Stdio},
};

use gaslane_hdl::{blocks, word::Word};
use rust_hdl_core::prelude::*;

use crate::verilator;

/// A value on a port.
pub trait PortValue: Synth {
    /// Limb `index` of the value.
    fn limb(&self, index: usize) -> u64;
}

impl<const BITS: usize, const LIMBS: usize> PortValue for Word<BITS, LIMBS> {
    fn limb(&self, index: usize) -> u64 {
        self.limbs()[index]
    }
}

impl<const N: usize> PortValue for Bits<N> {
    fn limb(&self, _: usize) -> u64 {
        const { assert!(N <= 64) };
        self.to_u64()
    }
}

impl PortValue for Bit {
    fn limb(&self, _: usize) -> u64 {
        u64::from(*self)
    }
}

/// Appends a value in 32-bit words, least significant first.
pub fn push<T: PortValue>(words: &mut Vec<u32>, value: T) {
    words.extend((0..T::BITS.div_ceil(32)).map(|i| (value.limb(i / 2) >> (32 * (i % 2))) as u32));
}

/// A block under test; [`dut!`](crate::dut) implements it.
pub trait Dut: Block + Default {
    /// Names of its inputs without the clock, and of its outputs, in the order of `sample`.
    const PORTS: (&'static [&'static str], &'static [&'static str]);
    /// Appends the values of all ports.
    fn sample(&self, words: &mut Vec<u32>);
    /// Its clock input; a combinational block has none.
    fn clock(&mut self) -> Option<&mut Signal<In, Clock>>;
}

/// Implements [`Dut`] from the names of the ports.
#[macro_export]
macro_rules! dut {
    (@clock clocked $block:ident) => { Some(&mut $block.clock) };
    (@clock combinational $block:ident) => {{ let _ = $block; None }};
    ($type:ty, $kind:ident, [$($input:ident),*] => [$($output:ident),*]) => {
        impl $crate::harness::Dut for $type {
            const PORTS: (&'static [&'static str], &'static [&'static str]) =
                (&[$(stringify!($input)),*], &[$(stringify!($output)),*]);

            fn sample(&self, words: &mut Vec<u32>) {
                $($crate::harness::push(words, self.$input.val());)*
                $($crate::harness::push(words, self.$output.val());)*
            }

            fn clock(&mut self) -> Option<&mut Signal<In, Clock>> {
                let block = self;
                dut!(@clock $kind block)
            }
        }
    };
}

/// Widths of the ports of the top module.
#[derive(Default)]
struct Ports {
    depth: usize,
    found: Vec<(String, usize, AtomKind)>,
}

impl Probe for Ports {
    fn visit_start_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth += 1;
    }

    fn visit_end_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth -= 1;
    }

    fn visit_atom(&mut self, name: &str, signal: &dyn Atom) {
        if self.depth == 1 && signal.kind().is_parameter() {
            self.found.push((name.to_owned(), signal.bits(), signal.kind()));
        }
    }
}

/// A port as the Verilator driver sees it.
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its width.
    pub bits: usize,
}

/// A block in the RustHDL simulation, with a record of every cycle.
pub struct Bench<D: Dut> {
    name: &'static str,
    block: Box<D>,
    /// Per distinct cycle: how often it repeats, then inputs and outputs.
    trace: Vec<u32>,
    last: Vec<u32>,
    cycles: u64,
    finished: bool,
}

impl<D: Dut> Deref for Bench<D> {
    type Target = D;
    fn deref(&self) -> &D {
        &self.block
    }
}

impl<D: Dut> DerefMut for Bench<D> {
    fn deref_mut(&mut self) -> &mut D {
        &mut self.block
    }
}

impl<D: Dut> Bench<D> {
    /// A block in its initial state.
    pub fn new(name: &'static str) -> Self {
        let mut block = Box::<D>::default();
        block.connect_all();
        let mut bench = Bench { name, block, trace: vec![], last: vec![], cycles: 0, finished: false };
        bench.settle();
        bench
    }

    /// Lets the inputs take effect.
    pub fn settle(&mut self) {
        assert!(simulate(self.block.as_mut(), 100), "{}: the logic does not settle", self.name);
    }

    /// Records this cycle and passes on to the next. Outputs then follow the old inputs.
    pub fn tick(&mut self) {
        self.settle();
        let mut words = Vec::with_capacity(self.last.len());
        self.block.sample(&mut words);
        if words == self.last {
            let count = self.trace.len() - 1 - words.len();
            self.trace[count] += 1;
        } else {
            self.trace.push(1);
            self.trace.extend(&words);
            self.last = words;
        }
        self.cycles += 1;
        for level in [true, false] {
            if let Some(clock) = self.block.clock() {
                clock.next = Clock { clk: level };
            }
            self.settle();
        }
    }

    /// Replays what was recorded on the generated Verilog.
    pub fn cross_check(mut self) {
        self.finished = true;
        let mut ports = Ports::default();
        self.block.accept("top", &mut ports);
        let clocked = ports.found.iter().any(|(name, ..)| name == "clock");
        let select = |names: &[&str], kind| {
            let found = ports.found.iter().filter(|(name, _, k)| *k == kind && name != "clock").count();
            assert_eq!(found, names.len(), "{}: dut! does not name every port", self.name);
            let port = |name: &&str| {
                let (_, bits, _) = ports.found.iter().find(|(n, ..)| n == name).expect("dut! names a port");
                Port { name: (*name).to_owned(), bits: *bits }
            };
            names.iter().map(port).collect::<Vec<_>>()
        };
        let inputs = select(D::PORTS.0, AtomKind::InputParameter);
        let outputs = select(D::PORTS.1, AtomKind::OutputParameter);
        let verilog = blocks::verilog(D::default());
        let Some(program) = verilator::build(self.name, &verilog, &inputs, &outputs, clocked) else { return };
        let mut child = Command::new(&program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let bytes: Vec<u8> = self.trace.iter().flat_map(|word| word.to_le_bytes()).collect();
        // A replay that finds a difference stops reading; its output says why.
        let written = child.stdin.take().unwrap().write_all(&bytes);
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}: Verilog and RustHDL differ: {text}", self.name);
        written.unwrap();
        assert_eq!(text.trim(), format!("{} cycles", self.cycles), "{}", self.name);
        println!("{}: {} cycles, the same in both simulations", self.name, self.cycles);
    }
}

impl<D: Dut> Drop for Bench<D> {
    fn drop(&mut self) {
        assert!(self.finished || std::thread::panicking(), "{}: the test lacks cross_check()", self.name);
    }
}
