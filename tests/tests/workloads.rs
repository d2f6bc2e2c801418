//! Every made workload on the model card and on the whole card as hardware design, against sequential revm and its header; the bound of
//! what conflicts permit stands above both.

use gaslane::bench::bound::Bound;
use gaslane::bench::measure::Settings;
use gaslane::bench::result::{Run, RunKind, Scale};
use gaslane::bench::{Profile, Subject, measure, page, project, table};
use gaslane::block::BlockInput;
use gaslane::driver::{Driver, DriverOptions};
use gaslane::oracle::execute_sequential;
use gaslane::source::{MemoryState, bundle, samples::SAMPLES};
use gaslane::verify::{check_claims, compare};
use gaslane_abi::Fork;
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::VERILATOR_AVAILABLE;
use gaslane_sim::{ModelCard, SimOptions};
use gaslane_tests::blocks::further_blocks;
use gaslane_workload::{Kind, Options, generate};

/// What rounding of ratios may do.
const SLACK: f64 = 1.0 + 1e-9;

fn made(kind: Kind, txs: usize, conflict: f64, seed: u64) -> Subject {
    let options = Options { txs, conflict, seed };
    let workload = generate(kind, &options).unwrap();
    let text = serde_json::to_vec(&workload.bundle()).unwrap();
    let (block, state) = bundle::parse(kind.name(), &text).unwrap();
    let labels = workload.labels.clone();
    let kind = RunKind::Workload;
    Subject { name: options_name(&options), kind, block, state, labels, conflict: Some(conflict), seed: Some(seed) }
}

fn options_name(options: &Options) -> String {
    format!("{} transactions, conflict {}, seed {}", options.txs, options.conflict, options.seed)
}

/// No run is faster than its bound, more than so many lanes, or, on the hardware design, than on the model.
fn check_order(run: &Run) {
    for scale in &run.scaling {
        assert!(scale.speedup <= scale.bound * SLACK, "{}: {scale:?}", run.name);
        assert!(scale.bound <= f64::from(scale.lanes) * SLACK, "{}: {scale:?}", run.name);
    }
    for rtl in run.scaling.iter().filter(|scale| scale.engine == "rtl") {
        let same = |scale: &&Scale| scale.engine == "model" && scale.first_txs.is_some() && scale.lanes == rtl.lanes;
        let model = run.scaling.iter().find(same).expect("the model runs the same beginning");
        assert!(rtl.cycles >= model.cycles, "{}: {rtl:?}, {model:?}", run.name);
    }
}

#[test]
fn every_workload_is_exact_on_every_engine_and_below_its_bound() {
    for kind in Kind::ALL {
        for conflict in [0.0, 1.0] {
            let subject = made(*kind, 10, conflict, 3);
            let mut settings = Settings::new(CardConfig::large());
            // Half of them do: the other half would show the same.
            if VERILATOR_AVAILABLE && conflict == kind.default_conflict().round() {
                (settings.rtl_txs, settings.rtl_lanes) = (10, vec![2]);
            }
            let run = measure(&subject, &settings).unwrap_or_else(|error| panic!("{kind}, {}: {error}", subject.name));
            check_order(&run);
            assert_eq!(run.txs, 10);
            assert!(run.on_card_txs + run.escapes.values().sum::<u64>() == run.txs, "{kind}: {run:?}");
            let engines = run.scaling.iter().filter(|scale| scale.engine == "rtl").count();
            assert_eq!(engines, settings.rtl_lanes.len(), "{kind}");
        }
    }
    if !VERILATOR_AVAILABLE {
        println!("SKIPPED: the hardware design, as Verilator is not installed");
    }
}

/// Blocks of other sizes, seeds, conflicts and lanes on the model: equal to revm.
#[test]
fn made_blocks_are_exact_at_odd_lanes() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for kind in Kind::ALL {
        for lanes in [1, 3, 7, 64] {
            seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            let (txs, conflict) = (1 + (seed >> 33) as usize % 70, (seed >> 20 & 3) as f64 / 3.0);
            let Subject { block, state, name, .. } = made(*kind, txs, conflict, seed >> 48);
            let card = ModelCard::new(CardConfig::large().with_lanes(lanes), SimOptions::default()).unwrap();
            let mut driver = Driver::open(card, DriverOptions::default()).unwrap();
            let outcome = driver.execute_block(&block, &state).unwrap();
            let expected = execute_sequential(&block, &state).unwrap();
            let what = format!("{kind} of {name} at {lanes} lanes");
            assert_eq!(compare(&outcome, &expected), [], "{what}");
            assert_eq!(check_claims(&outcome, block.expected.as_ref().unwrap()), [], "{what}");
        }
    }
}

/// Cycles of a block on a warm model card, and the bound that its notes give.
fn cycles_and_bound(block: &BlockInput, state: &MemoryState, lanes: u32, latency: u64) -> (u64, Bound) {
    let sim = SimOptions { timeline: true, host_latency_cycles: latency, ..SimOptions::default() };
    let card = ModelCard::new(CardConfig::large().with_lanes(lanes), sim).unwrap();
    let mut driver = Driver::open(card, DriverOptions::default()).unwrap();
    let outcome = driver.execute_block(block, state).unwrap();
    (outcome.metrics.cycles, Bound::new(&driver.device().take_commits()))
}

/// The bound is one whatever the lanes, and whatever run it was taken from.
#[test]
fn no_card_beats_the_bound_of_a_real_block() {
    let samples = SAMPLES.iter().map(|(name, bytes)| ((*name).to_owned(), bundle::parse(name, bytes).unwrap()));
    let further = further_blocks().into_iter().map(|path| (path.display().to_string(), bundle::read(&path).unwrap()));
    let on_card = |(_, (block, _)): &(String, (BlockInput, MemoryState))| block.fork() != Fork::PreBerlin;
    for (name, (block, state)) in samples.chain(further).filter(on_card) {
        let (_, bound) = cycles_and_bound(&block, &state, 1, 500);
        for (lanes, latency) in [(2, 0), (5, 0), (16, 0), (64, 0), (64, 500)] {
            let (cycles, own) = cycles_and_bound(&block, &state, lanes, latency);
            assert!(cycles >= own.cycles(lanes), "{name} at {lanes} lanes: {cycles} < {}", own.cycles(lanes));
            assert!(cycles >= bound.cycles(lanes), "{name} at {lanes} lanes: {cycles} < {}", bound.cycles(lanes));
        }
    }
}

/// A chain of transactions that each need the last one's result has a bound near 1, independent ones have one near their number.
#[test]
fn the_bound_tells_hot_from_independent() {
    let bound = |conflict| {
        let subject = made(Kind::SwapV2Many, 32, conflict, 1);
        cycles_and_bound(&subject.block, &subject.state, 4, 500).1
    };
    let (hot, independent) = (bound(1.0), bound(0.0));
    assert!(hot.speedup_unlimited() < 4.0, "{}", hot.speedup_unlimited());
    assert!(independent.speedup_unlimited() > 16.0, "{}", independent.speedup_unlimited());
    assert!(hot.edges.len() >= 31, "{} edges", hot.edges.len());
}

/// A run with all its parts becomes a page, a table and a projection; what is no run, does not.
#[test]
fn results_become_a_page() {
    let subject = made(Kind::Mix, 20, 0.5, 9);
    let board = Profile::Vu47p.board(None, Some(4));
    let mut run = measure(&subject, &Settings::for_board(&board)).unwrap();
    run.projected = project::project(&run, &board);
    run.energy = project::energy(&subject, &run, &board).unwrap();
    let projected = run.projected.as_ref().unwrap();
    assert_eq!(projected.cycles, run.scaling.iter().find(|scale| scale.lanes == 4).unwrap().cycles);
    assert!((projected.latency_us - projected.card_us - projected.host_us).abs() < 1e-6);
    assert!(projected.card_us >= board.ns(projected.cycles) / 1000.0);
    assert!(run.energy.as_ref().unwrap().card_j_per_tx > 0.0);
    assert!(run.transactions.iter().any(|tx| tx.label.contains('.')), "{:?}", run.transactions);
    assert_eq!(
        run.timeline.attempts.iter().filter(|attempt| attempt.outcome == "committed").count() as u64,
        run.on_card_txs
    );
    assert_eq!(run.timeline.attempts.len() as u64, run.on_card_txs + run.aborts + run.escapes.values().sum::<u64>());
    assert_eq!(run.classes.iter().map(|class| class.cycles).sum::<u64>(), run.lane_cycles.busy);
    let bench = gaslane::bench::Bench {
        format: gaslane::bench::result::FORMAT,
        version: gaslane::bench::result::VERSION,
        command: "</script>".into(),
        machine: gaslane::bench::machine::Machine::this(),
        projection: None,
        runs: vec![run],
    };
    assert_eq!(table::text(&bench).lines().filter(|line| line.starts_with("20 tran")).count(), 1);
    let text = serde_json::to_string(&bench).unwrap();
    let page = page::page(&text).unwrap();
    assert_eq!(page.matches("</script>").count(), page.matches("<script").count());
    assert!(!page.contains("/*RUN*/") && page.contains("\\u003c/script"));
    for (wrong, part) in [("{", "JSON"), ("{}", "format"), (r#"{"format":"gaslane-bench","version":9}"#, "version")] {
        assert!(page::page(wrong).unwrap_err().to_string().contains(part), "{wrong}");
    }
}
