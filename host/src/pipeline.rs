//! Several blocks on their way at once, in order: while one executes, the next ones are read, and the last ones are checked.
//!
//! ```text
//! thread "source" ── 2 blocks ──► calling thread (the card) ── 2 outcomes ──► thread "check"
//! ```
//!
//! The channels are bounded: whoever is fast waits for whoever is slow.

use crossbeam_channel::bounded;
use std::io;
use std::thread::{self, Builder};

/// Blocks that wait between two stages, at most.
const DEPTH: usize = 2;

/// Takes inputs through three stages.
///
/// `load` runs in the thread "source", `execute` in the calling thread, `check` in the thread "check"; each gets the inputs in order. `check` says
/// whether to go on: if not, what is under way is dropped; so does `execute`, beside its output, which is checked all the same. The error is the system's,
/// if it gives no threads.
pub fn run<I, L, O>(
    inputs: &[I],
    load: impl Fn(&I) -> L + Send,
    mut execute: impl FnMut(&I, L) -> (O, bool),
    mut check: impl FnMut(&I, O) -> bool + Send,
) -> io::Result<()>
where
    I: Sync,
    L: Send,
    O: Send,
{
    thread::scope(|scope| {
        let (give_loaded, take_loaded) = bounded(DEPTH);
        let (give_executed, take_executed) = bounded(DEPTH);
        Builder::new().name("source".into()).spawn_scoped(scope, move || {
            // Nobody takes any more: the check has ended it.
            inputs.iter().all(|input| give_loaded.send(load(input)).is_ok())
        })?;
        Builder::new().name("check".into()).spawn_scoped(scope, move || {
            inputs.iter().zip(take_executed).all(|(input, executed)| check(input, executed))
        })?;
        for (input, loaded) in inputs.iter().zip(take_loaded) {
            let (executed, goes_on) = execute(input, loaded);
            if give_executed.send(executed).is_err() || !goes_on {
                break;
            }
        }
        Ok(())
    })
}

/// The same one after the other, in the calling thread: where the card is simulated by the same processors, so that times mean something.
pub fn run_alone<I, L, O>(
    inputs: &[I],
    load: impl Fn(&I) -> L,
    mut execute: impl FnMut(&I, L) -> (O, bool),
    mut check: impl FnMut(&I, O) -> bool,
) {
    for input in inputs {
        let (executed, goes_on) = execute(input, load(input));
        if !check(input, executed) || !goes_on {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn order_is_kept_and_nobody_runs_ahead() {
        let inputs: Vec<usize> = (0..100).collect();
        let (loaded, checked) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut seen = Vec::new();
        let load = |&input: &usize| {
            loaded.fetch_add(1, Ordering::SeqCst);
            input * 2
        };
        let check = |&input: &usize, output: usize| {
            let ahead = loaded.load(Ordering::SeqCst) - checked.fetch_add(1, Ordering::SeqCst);
            // Both channels full, and a block in each of the stages.
            assert!(ahead <= 2 * DEPTH + 3, "{ahead} blocks are on their way");
            seen.push((input, output));
            true
        };
        run(&inputs, load, |_, doubled| (doubled + 1, true), check).unwrap();
        assert_eq!(seen, inputs.iter().map(|input| (*input, 2 * input + 1)).collect::<Vec<_>>());
    }

    #[test]
    fn a_check_ends_everything() {
        let inputs: Vec<usize> = (0..1000).collect();
        let (mut executed, mut seen) = (0, 0);
        let execute = |_: &usize, input: usize| {
            executed += 1;
            (input, true)
        };
        let check = |_: &usize, input: usize| {
            seen += 1;
            input < 10
        };
        run(&inputs, |&input| input, execute, check).unwrap();
        assert_eq!(seen, 11);
        assert!(executed < 20, "{executed}");
    }

    #[test]
    fn nothing_is_executed_after_a_failure() {
        let inputs: Vec<usize> = (0..100).collect();
        for apart in [true, false] {
            let (mut executed, mut seen) = (0, 0);
            let execute = |_: &usize, input: usize| {
                executed += 1;
                (input, input < 5)
            };
            let check = |_: &usize, _: usize| {
                seen += 1;
                true
            };
            match apart {
                true => run(&inputs, |&input| input, execute, check).unwrap(),
                false => run_alone(&inputs, |&input| input, execute, check),
            }
            assert_eq!((executed, seen), (6, 6));
        }
    }
}
