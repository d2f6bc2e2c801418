//! Which transactions read what earlier ones of their block wrote.

use crate::case::{Case, evm};
use crate::recorder::{Place, Recorder};
use gaslane_workload::{Kind, Options, generate};
use revm::ExecuteCommitEvm;
use std::collections::BTreeMap;

const TXS: usize = 60;

struct Conflicts {
    /// For each transaction how many come before it in the longest chain.
    depths: Vec<usize>,
    hot: Vec<bool>,
}

impl Conflicts {
    fn of(kind: Kind, conflict: f64) -> Self {
        let options = Options { txs: TXS, conflict, seed: 5 };
        let hot = generate(kind, &options).unwrap().transactions().iter().map(|tx| tx.hot).collect();
        let mut case = Case::new(kind, &options);
        let beneficiary = case.block.beneficiary;
        let mut evm = evm(case.block.clone(), Recorder::new(case.before.state().clone()));
        let mut last: BTreeMap<Place, usize> = BTreeMap::new();
        let mut depths: Vec<usize> = Vec::new();
        for tx in &case.done {
            evm.transact_commit(tx.env.clone()).unwrap();
            let recorder = &mut evm.ctx.journaled_state.database;
            let reads = std::mem::take(&mut recorder.reads);
            let earlier = reads.iter().filter(|place| place.0 != beneficiary).filter_map(|place| last.get(place));
            let depth = earlier.map(|writer| depths[*writer] + 1).max().unwrap_or(0);
            for place in std::mem::take(&mut recorder.writes) {
                last.insert(place, depths.len());
            }
            depths.push(depth);
        }
        Self { depths, hot }
    }

    fn longest(&self) -> usize {
        self.depths.iter().max().map_or(0, |depth| depth + 1)
    }

    fn dependent(&self) -> usize {
        self.depths.iter().filter(|depth| **depth > 0).count()
    }
}

/// Without conflicts no transaction depends on another, in any workload.
#[test]
fn none() {
    for kind in Kind::ALL {
        let found = Conflicts::of(*kind, 0.0);
        assert_eq!(found.dependent(), 0, "{kind}");
        assert!(!found.hot.contains(&true));
    }
}

/// With nothing else, nearly all are one chain.
#[test]
fn all() {
    for kind in Kind::ALL {
        let found = Conflicts::of(*kind, 1.0);
        let least = match kind {
            // In favour, against and abstained are counted apart.
            Kind::Dao => TXS * 2 / 5,
            // Births and sales are counted apart; on the board a walk may end before another begins.
            Kind::Nft | Kind::Storage => TXS * 2 / 5,
            // Applications do not share their hot objects.
            Kind::Mix | Kind::MixDefi => TXS / 5,
            _ => TXS,
        };
        assert!(found.longest() >= least, "{kind}: {}", found.longest());
        assert!(found.dependent() >= TXS * 3 / 4, "{kind}: {}", found.dependent());
        assert!(!found.hot.contains(&false));
    }
}

/// In between, the share is as asked, and only those that were asked for depend on others.
#[test]
fn some() {
    for kind in Kind::ALL {
        let found = Conflicts::of(*kind, 0.25);
        let hot = found.hot.iter().filter(|hot| **hot).count();
        match kind {
            // Rounded for each application.
            Kind::Mix | Kind::MixDefi => assert!((TXS / 10..=TXS * 2 / 5).contains(&hot), "{kind}: {hot}"),
            // The count is of the hot proposal.
            Kind::Dao => assert!((TXS / 4..=TXS / 4 + 1).contains(&hot), "{kind}: {hot}"),
            _ => assert_eq!(hot, TXS / 4, "{kind}"),
        }
        for (depth, hot) in found.depths.iter().zip(&found.hot) {
            assert!(*depth == 0 || *hot, "{kind}");
        }
        assert!(found.dependent() > hot / 3, "{kind}: {}", found.dependent());
    }
}
