//! `--timeline`: what the card did, as trace events that Perfetto and Chrome's tracing page open.

use anyhow::Context;
use gaslane_sim::rtl::card::{ASSUMED_CLOCK_KHZ, Committed, Timeline};
use serde_json::{Value, json};
use std::path::Path;

/// Writes the file.
pub(crate) fn write(path: &Path, lanes: u32, timeline: &Timeline, committed: &[Committed]) -> anyhow::Result<()> {
    let text = serde_json::to_string(&trace(lanes, timeline, committed))?;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Trace events: a track for each lane, and one for commits. Times are in microseconds at the assumed clock.
fn trace(lanes: u32, timeline: &Timeline, committed: &[Committed]) -> Value {
    let microseconds = |cycle: u64| cycle as f64 * 1000.0 / f64::from(ASSUMED_CLOCK_KHZ);
    let slice = |track: u32, name: String, start: u64, end: u64, details: Value| {
        let (ts, dur) = (microseconds(start), microseconds(end.saturating_sub(start)));
        json!({ "ph": "X", "pid": 1, "tid": track, "name": name, "ts": ts, "dur": dur, "args": details })
    };
    let name = |kind: &str, track: u32, name: String| json!({ "ph": "M", "pid": 1, "tid": track, "name": kind, "args": { "name": name } });
    let mhz = ASSUMED_CLOCK_KHZ / 1000;
    let mut events = vec![name("process_name", 0, format!("Gaslane card, simulated; times at an assumed {mhz} MHz"))];
    events.extend((0..lanes).map(|lane| name("thread_name", lane + 1, format!("lane {lane}"))));
    events.push(name("thread_name", lanes + 1, "commits".into()));
    for attempt in &timeline.attempts {
        let of = committed.iter().find(|one| {
            // The card notes when it launches the attempt and when it notices the end; the lane is told to start between.
            one.lane == attempt.lane && (one.start_cycle..one.finish_cycle).contains(&attempt.start_cycle)
        });
        let (start, end) = (attempt.start_cycle, attempt.end_cycle);
        events.push(match of {
            Some(one) => {
                let details =
                    json!({ "gas": one.gas_used, "aborted attempts before": one.aborts, "cycles": end - start });
                slice(attempt.lane + 1, format!("tx {}", one.tag), start, end, details)
            }
            None => slice(attempt.lane + 1, "aborted or escaped".into(), start, end, json!({ "cycles": end - start })),
        });
    }
    for wait in &timeline.waits {
        let cycles = json!({ "cycles": wait.end_cycle - wait.start_cycle });
        events.push(slice(wait.lane + 1, wait.what.name().into(), wait.start_cycle, wait.end_cycle, cycles));
    }
    for one in committed {
        let cycles = json!({ "cycles": one.completion_cycle - one.commit_cycle, "waited for its turn": one.commit_cycle - one.finish_cycle });
        events.push(slice(lanes + 1, format!("tx {}", one.tag), one.commit_cycle, one.completion_cycle, cycles));
    }
    json!({ "displayTimeUnit": "ns", "traceEvents": events })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaslane_sim::rtl::card::{Stretch, WaitKind};

    #[test]
    fn attempts_are_named_by_what_they_committed() {
        let attempt = |start_cycle| Stretch { lane: 1, what: (), start_cycle, end_cycle: start_cycle + 500 };
        let wait = Stretch { lane: 1, what: WaitKind::State, start_cycle: 1_100, end_cycle: 1_300 };
        let mut timeline = Timeline::new(2);
        (timeline.attempts, timeline.waits) = (vec![attempt(100), attempt(1_010)], vec![wait]);
        let one = Committed {
            tag: 7,
            lane: 1,
            aborts: 1,
            gas_used: 21_000,
            start_cycle: 1_000,
            finish_cycle: 1_520,
            commit_cycle: 1_700,
            completion_cycle: 1_900,
        };
        let trace = trace(2, &timeline, &[one]);
        let events = trace["traceEvents"].as_array().unwrap();
        let slices: Vec<(&str, f64, f64)> = events
            .iter()
            .filter(|event| event["ph"] == "X")
            .map(|event| {
                (event["name"].as_str().unwrap(), event["ts"].as_f64().unwrap(), event["dur"].as_f64().unwrap())
            })
            .collect();
        assert_eq!(
            slices,
            [("aborted or escaped", 1.0, 5.0), ("tx 7", 10.1, 5.0), ("state", 11.0, 2.0), ("tx 7", 17.0, 2.0)]
        );
    }
}
