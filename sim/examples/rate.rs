//! Cycles a second of the lane in the RustHDL kernel: a lane without images, which asks for the firmware all the time.

use gaslane_hdl::CardConfig;
use gaslane_hdl::lane::{LaneSimulator, LaneSize};
use gaslane_sim::rtl::KernelLane;

const CYCLES: u32 = 50_000;

fn main() {
    let mut lane = KernelLane::create(&CardConfig::small(), LaneSize::Small);
    lane.inputs().start = true;
    lane.tick();
    lane.inputs().start = false;
    let begin = std::time::Instant::now();
    for _ in 0..CYCLES {
        lane.tick();
    }
    println!("{:.0} cycles/s", f64::from(CYCLES) / begin.elapsed().as_secs_f64());
}
