use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::{KernelLane, LaneSimulator};
fn main() {
    let mut lane = KernelLane::create(&CardConfig::small());
    lane.inputs().start = true;
    lane.tick();
    lane.inputs().start = false;
    let begin = std::time::Instant::now();
    let count = 100_000;
    for _ in 0..count {
        lane.tick();
    }
    println!("{:.0} cycles/s", count as f64 / begin.elapsed().as_secs_f64());
}
