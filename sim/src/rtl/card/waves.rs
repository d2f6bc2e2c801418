//! Waveform of a whole card: the ports of its core, and of each lane's port, which are those of the lane and of the lane bus.

use crate::rtl::waves::{Ports, Variables, change};
use gaslane_hdl::card::ports::{CoreInputs, CoreOutputs, LanePortInputs, LanePortOutputs};
use std::io;
use std::ops::Range;
use vcd::{IdCode, TimescaleUnit, Value, VarType, Writer};

/// Where a waveform goes.
pub type Sink = Box<dyn io::Write + Send>;

/// A waveform (VCD, IEEE 1364) that is written while the card runs, 10 ns a cycle.
pub(super) struct CardWaves {
    out: Sink,
    clock: IdCode,
    cycle: IdCode,
    ports: Variables,
    /// Cycles since the beginning that are written.
    wanted: Range<u64>,
    seen: u64,
    written: u64,
    /// The first failure; nothing is written after it.
    failed: Option<io::Error>,
}

impl CardWaves {
    /// A waveform of these cycles, counted from the next one on.
    pub fn new(mut out: Sink, lanes: u32, wanted: Range<u64>) -> io::Result<Self> {
        let mut writer = Writer::new(&mut out);
        let mut ports = Variables::default();
        writer.timescale(1, TimescaleUnit::NS)?;
        writer.add_module("card")?;
        let clock = writer.add_wire(1, "clock")?;
        let cycle = writer.add_var(VarType::Integer, 64, "cycle", None)?;
        writer.add_module("core")?;
        ports.add::<CoreInputs>(&mut writer, "in")?;
        ports.add::<CoreOutputs>(&mut writer, "out")?;
        writer.upscope()?;
        for lane in 0..lanes {
            writer.add_module(&format!("lane{lane}_port"))?;
            ports.add::<LanePortInputs>(&mut writer, "in")?;
            ports.add::<LanePortOutputs>(&mut writer, "out")?;
            writer.upscope()?;
        }
        writer.upscope()?;
        writer.enddefinitions()?;
        Ok(Self { out, clock, cycle, ports, wanted, seen: 0, written: 0, failed: None })
    }

    /// Whether the next cycle is to be written: then its ports are wanted, core first. Counts it.
    pub fn wants(&mut self) -> bool {
        self.seen += 1;
        self.failed.is_none() && self.wanted.contains(&(self.seen - 1))
    }

    /// Ports of that cycle.
    pub fn push(&mut self, ports: &impl Ports) {
        self.ports.push(ports);
    }

    /// All of them are there; `now` is the card's cycle.
    pub fn write(&mut self, now: u64) {
        if let Err(error) = self.try_write(now) {
            self.failed = Some(error);
        }
    }

    fn try_write(&mut self, now: u64) -> io::Result<()> {
        // It keeps nothing between changes, and gives back what it writes to.
        let mut writer = Writer::new(&mut self.out);
        writer.timestamp(10 * self.written)?;
        writer.change_scalar(self.clock, Value::V1)?;
        change(&mut writer, self.cycle, 64, [now, 0, 0, 0])?;
        self.ports.write(&mut writer)?;
        writer.timestamp(10 * self.written + 5)?;
        writer.change_scalar(self.clock, Value::V0)?;
        self.written += 1;
        Ok(())
    }

    /// Ends the waveform: how many cycles it has, or what went wrong.
    pub fn finish(mut self) -> io::Result<u64> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.out.flush().map(|()| self.written),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// A sink that others can look into; it has room for so many bytes.
    #[derive(Clone)]
    struct Shared(Arc<Mutex<Vec<u8>>>, usize);

    impl io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut text = self.0.lock().map_err(|_| io::ErrorKind::Other)?;
            if text.len() + bytes.len() > self.1 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            text.extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Ten cycles of a card with two lanes, of which those from 3 to 5 are wanted.
    fn record(out: Shared) -> io::Result<u64> {
        let mut waves = CardWaves::new(Box::new(out), 2, 3..6)?;
        for now in 100..110 {
            if waves.wants() {
                waves.push(&CoreInputs { bar_araddr: now as u32, ..CoreInputs::default() });
                waves.push(&CoreOutputs { host_wdata: [0, 0, 0, now << 60], ..CoreOutputs::default() });
                for lane in 0..2 {
                    waves.push(&LanePortInputs { number: lane, ..LanePortInputs::default() });
                    waves.push(&LanePortOutputs { start: lane == 1 && now == 105, ..LanePortOutputs::default() });
                }
                waves.write(now);
            }
        }
        waves.finish()
    }

    #[test]
    fn the_cycles_that_are_wanted_read_back() {
        let out = Shared(Arc::default(), usize::MAX);
        assert_eq!(record(out.clone()).unwrap(), 3);
        let text = out.0.lock().unwrap().clone();
        let mut parser = vcd::Parser::new(&text[..]);
        let header = parser.parse_header().unwrap();
        let find = |path: &[&str]| header.find_var(path).unwrap().code;
        let address = find(&["card", "core", "in", "bar_araddr"]);
        let data = find(&["card", "core", "out", "host_wdata"]);
        let starts = ["lane0_port", "lane1_port"].map(|lane| find(&["card", lane, "out", "start"]));
        let (mut addresses, mut tops, mut starting, mut time) = (vec![], vec![], vec![], 0);
        for command in parser {
            match command.unwrap() {
                vcd::Command::Timestamp(t) => time = t,
                vcd::Command::ChangeVector(id, value) => {
                    let bits: String = value.iter().map(|bit| bit.to_string()).collect();
                    if id == address {
                        addresses.push((time, u64::from_str_radix(&bits, 2).unwrap()));
                    } else if id == data {
                        tops.push(bits[..4].to_owned());
                    }
                }
                vcd::Command::ChangeScalar(id, value) if starts.contains(&id) => {
                    starting.push((time, id == starts[1], value));
                }
                _ => {}
            }
        }
        assert_eq!(addresses, [(0, 103), (10, 104), (20, 105)]);
        assert_eq!(tops, ["0111", "1000", "1001"]);
        assert_eq!(starting, [(0, false, Value::V0), (0, true, Value::V0), (20, true, Value::V1)]);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let out = Shared(Arc::default(), usize::MAX);
        record(out.clone()).unwrap();
        let whole = out.0.lock().unwrap().len();
        for room in [100, whole - 10] {
            assert_eq!(record(Shared(Arc::default(), room)).unwrap_err().kind(), io::ErrorKind::StorageFull);
        }
    }
}
