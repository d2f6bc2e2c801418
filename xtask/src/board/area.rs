//! How much of an FPGA the card takes, by Yosys, unplaced: core, lane and port counted alone, and their sum by lanes.

use crate::card::memories::for_fpga;
use crate::card::parts::Parts;
use crate::synth::area::{UltraScale, ultrascale};
use crate::tools;

const LANES: [u64; 6] = [1, 2, 4, 8, 16, 32];

fn row(name: &str, area: &UltraScale) {
    let UltraScale { lut, lut_memory, carry4, ff, bram18, dsp, uram } = area;
    println!("| {name} | {lut} | {lut_memory} | {carry4} | {ff} | {} | {uram} | {dsp} |", *bram18 as f64 / 2.0);
}

/// Core, and so many lanes with their ports.
fn sum(core: &UltraScale, lane: &UltraScale, port: &UltraScale, lanes: u64) -> UltraScale {
    let add = |core: u64, lane: u64, port: u64| core + lanes * (lane + port);
    UltraScale {
        lut: add(core.lut, lane.lut, port.lut),
        lut_memory: add(core.lut_memory, lane.lut_memory, port.lut_memory),
        carry4: add(core.carry4, lane.carry4, port.carry4),
        ff: add(core.ff, lane.ff, port.ff),
        bram18: add(core.bram18, lane.bram18, port.bram18),
        dsp: add(core.dsp, lane.dsp, port.dsp),
        uram: add(core.uram, lane.uram, port.uram),
    }
}

/// Prints rows of the tables in docs/pcie-boards.md, up to the card's lanes.
pub fn print(parts: &Parts, config: &str) -> anyhow::Result<()> {
    if !tools::available(&[tools::YOSYS], "synthesis")? {
        return Ok(());
    }
    let yosys = tools::version(tools::YOSYS)?;
    println!("Yosys {yosys}, unplaced, configuration {config}");
    println!(
        "| part | LUT | LUT as memory | CARRY4 | FF | RAMB36 | UltraRAM | DSP |\n|---|---|---|---|---|---|---|---|"
    );
    let count = |name: &str, verilog: &str| ultrascale(&format!("{name}_{config}"), &for_fpga(verilog), &yosys);
    let port = count("lane_port", &parts.lane_port)?;
    row("lane port", &port);
    let lane = count("lane", &parts.lane)?;
    row("lane", &lane);
    let core = count("core", &parts.core)?;
    row("core", &core);
    for lanes in LANES.into_iter().filter(|lanes| *lanes <= parts.lanes) {
        row(&format!("core + {lanes} x (lane + port)"), &sum(&core, &lane, &port, lanes));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{UltraScale, sum};

    #[test]
    fn lanes_are_counted_with_their_ports() {
        let one = |lut| UltraScale { lut, bram18: 1, ..UltraScale::default() };
        let all = sum(&one(100), &one(10), &one(1), 4);
        assert_eq!((all.lut, all.bram18, all.ff), (144, 9, 0));
    }
}
