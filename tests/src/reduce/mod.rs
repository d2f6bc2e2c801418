//! Makes a diverging case small: drops transactions, accounts and code as long as it still diverges.

mod code;
mod report;

use crate::engine::{Failure, Totals};
use crate::session::{Finding, attempt};
use crate::setup::Setup;
use crate::world::Case;
use alloy_primitives::Bytes;
use gaslane::driver::DriverOptions;
use gaslane::oracle::{OracleError, execute_sequential};
use gaslane_sim::SimOptions;
pub use report::disassemble;
use revm::state::{AccountInfo, Bytecode};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Longest time that reduction takes.
const TIME: Duration = Duration::from_secs(60);

/// A case that diverges on a fresh card, made small.
#[derive(Clone, Debug)]
pub struct Reduced {
    /// The seed it comes from, if a seed led to it.
    pub seed: Option<u64>,
    /// The card.
    pub setup: Setup,
    /// The block and its state.
    pub case: Case,
    /// Blocks that the card must have seen before; almost always none.
    pub before: Vec<Case>,
    /// How it diverges.
    pub failure: Failure,
}

/// Whether the case diverges on a fresh card, and how.
pub fn diverges(setup: &Setup, before: &[Case], case: &Case) -> Option<Failure> {
    let mut driver = setup.open();
    let mut totals = Totals::default();
    for case in before {
        let expected = execute_sequential(&case.block, &case.state);
        attempt(&mut driver, setup, case, &expected, &mut totals).err().is_none().then_some(())?;
    }
    let expected = execute_sequential(&case.block, &case.state);
    attempt(&mut driver, setup, case, &expected, &mut totals).err()
}

/// Reduces a finding.
pub fn reduce(finding: &Finding) -> Reduced {
    eprintln!("seed {:?}: {}; reducing it", finding.seed, finding.failure);
    let (case, before) = finding.cases.split_last().expect("a finding has the case that diverges");
    let alone = diverges(&finding.setup, &[], case);
    let before = if alone.is_some() { Vec::new() } else { before.to_vec() };
    let failure = alone.unwrap_or_else(|| finding.failure.clone());
    let (setup, case) = (finding.setup.clone(), case.clone());
    reduce_by(Reduced { seed: finding.seed, setup, case, before, failure }, &diverges)
}

/// Reduces a case that is known to diverge.
pub fn reduce_case(setup: &Setup, case: &Case, failure: Failure) -> Reduced {
    let (setup, case) = (setup.clone(), case.clone());
    reduce_by(Reduced { seed: None, setup, case, before: Vec::new(), failure }, &diverges)
}

/// Whether a case, after others, still shows what a reduction is about.
type Judge<'a> = &'a dyn Fn(&Setup, &[Case], &Case) -> Option<Failure>;

fn reduce_by(best: Reduced, judge: Judge<'_>) -> Reduced {
    let mut reducer = Reducer { best, judge, end: Instant::now() + TIME };
    reducer.run();
    reducer.best
}

struct Reducer<'a> {
    best: Reduced,
    judge: Judge<'a>,
    end: Instant,
}

impl Reducer<'_> {
    /// Keeps the change if the case diverges with it in the same manner.
    fn attempt(&mut self, change: impl FnOnce(&mut Reduced)) -> bool {
        if Instant::now() > self.end {
            return false;
        }
        let mut next = self.best.clone();
        change(&mut next);
        // A block that the oracle rejects is another matter, unless that is the failure.
        let valid =
            |r: &Reduced| !matches!(execute_sequential(&r.case.block, &r.case.state), Err(OracleError::Rules(_)));
        match (self.judge)(&next.setup, &next.before, &next.case) {
            Some(failure) if valid(&next) && same_kind(&failure, &self.best.failure) => {
                next.failure = failure;
                self.best = next;
                true
            }
            _ => false,
        }
    }

    /// Removes chunks of `len(best)` items, from large ones to single ones, as long as the case diverges.
    fn without(&mut self, len: fn(&Reduced) -> usize, mut remove: impl FnMut(&mut Reduced, std::ops::Range<usize>)) {
        let mut size = len(&self.best).next_power_of_two();
        while size > 0 {
            let mut at = 0;
            while at < len(&self.best) {
                let range = at..(at + size).min(len(&self.best));
                if !self.attempt(|reduced| remove(reduced, range)) {
                    at += size;
                }
            }
            size /= 2;
        }
    }

    fn run(&mut self) {
        self.without(|r| r.before.len(), |r, range| drop(r.before.drain(range)));
        loop {
            let size = size(&self.best);
            self.transactions();
            self.setup();
            self.accounts();
            self.codes();
            if size == self::size(&self.best) || Instant::now() > self.end {
                break;
            }
        }
    }

    fn transactions(&mut self) {
        self.without(|r| r.case.block.transactions.len(), remove_transactions);
        for index in 0..self.best.case.block.transactions.len() {
            self.attempt(|r| r.case.block.transactions[index].access_list = Default::default());
            self.attempt(|r| r.case.block.transactions[index].value = Default::default());
            let mut keep = self.best.case.block.transactions[index].data.len() / 2;
            loop {
                if keep >= self.best.case.block.transactions[index].data.len() {
                    break;
                }
                if !self.attempt(|r| {
                    let data = &mut r.case.block.transactions[index].data;
                    *data = data.slice(..keep);
                }) {
                    keep += (self.best.case.block.transactions[index].data.len() - keep).div_ceil(2).max(1);
                } else {
                    keep /= 2;
                }
            }
        }
    }

    fn setup(&mut self) {
        let lanes = self.best.setup.card.lanes;
        for setup in [Setup::lanes(1), Setup::lanes(2), Setup::lanes(lanes)] {
            self.attempt(|r| r.setup = setup);
        }
        self.attempt(|r| r.setup.driver = DriverOptions::default());
        self.attempt(|r| r.setup.sim = SimOptions::default());
        let plain = Setup::lanes(lanes).card;
        type Field = fn(&mut gaslane_hdl::CardConfig) -> &mut u32;
        let fields: [Field; 10] = [
            |c| &mut c.slots,
            |c| &mut c.state_entries,
            |c| &mut c.stack_words,
            |c| &mut c.memory_bytes,
            |c| &mut c.frames,
            |c| &mut c.access_entries,
            |c| &mut c.undo_entries,
            |c| &mut c.log_bytes,
            |c| &mut c.return_bytes,
            |c| &mut c.payload_bytes,
        ];
        for field in fields {
            let mut plain = plain.clone();
            if *field(&mut plain) != *field(&mut self.best.setup.card) {
                self.attempt(|r| *field(&mut r.setup.card) = *field(&mut plain));
            }
        }
    }

    fn accounts(&mut self) {
        let mut addresses: Vec<_> = self.best.case.state.accounts.keys().copied().collect();
        addresses.sort();
        for address in &addresses {
            if self.attempt(|r| drop(r.case.state.accounts.remove(address))) {
                continue;
            }
            self.attempt(|r| {
                if let Some(account) = r.case.state.accounts.get_mut(address) {
                    account.storage.clear();
                }
            });
        }
    }

    fn codes(&mut self) {
        let mut addresses: Vec<_> = self.best.case.state.accounts.keys().copied().collect();
        addresses.sort();
        for address in addresses {
            let info = &self.best.case.state.accounts[&address].info;
            let Some(Bytecode { .. }) = info.code.as_ref().filter(|code| !code.is_empty() && !code.is_eip7702()) else {
                continue;
            };
            let code = info.code.as_ref().map(|code| code.original_bytes()).unwrap_or_default();
            let mut with = |bytes: &[u8]| {
                let code = Bytecode::new_raw_checked(Bytes::copy_from_slice(bytes)).ok()?;
                let replace = |r: &mut Reduced| {
                    let account = &r.case.state.accounts[&address];
                    let (balance, nonce) = (account.info.balance, account.info.nonce);
                    let info = AccountInfo { balance, nonce, ..AccountInfo::from_bytecode(code) };
                    let storage = account.storage.clone();
                    r.case.state.insert(address, info, storage);
                };
                self.attempt(replace).then_some(())
            };
            code::shorten(&code, &mut |bytes| with(bytes).is_some());
        }
    }
}

/// Failures of one kind: both name the same field, or neither names one.
fn same_kind(a: &Failure, b: &Failure) -> bool {
    a.difference.as_ref().map(|d| d.field) == b.difference.as_ref().map(|d| d.field)
}

fn size(reduced: &Reduced) -> usize {
    let Case { block, state } = &reduced.case;
    let codes = state.accounts.values().map(|account| 1 + account.info.code.as_ref().map_or(0, Bytecode::len));
    let transactions = block.transactions.iter().map(|tx| 1 + tx.data.len());
    codes.chain(transactions).sum()
}

/// Removes transactions and closes the gaps in their senders' nonces.
fn remove_transactions(reduced: &mut Reduced, range: std::ops::Range<usize>) {
    let list = &mut reduced.case.block.transactions;
    let mut removed = HashMap::<_, u64>::new();
    for tx in list.drain(range.clone()) {
        *removed.entry(tx.caller).or_default() += 1;
    }
    for tx in &mut list[range.start..] {
        tx.nonce = tx.nonce.saturating_sub(removed.get(&tx.caller).copied().unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::world::{Shape, Style, case};
    use gaslane_abi::evm;

    /// Diverges, so to say, if a transaction leaves a log.
    fn logs(_: &Setup, _: &[Case], case: &Case) -> Option<Failure> {
        let outcome = execute_sequential(&case.block, &case.state).ok()?;
        outcome.transactions.iter().any(|tx| !tx.logs.is_empty()).then(|| "a log".to_owned().into())
    }

    #[test]
    fn a_case_becomes_small() {
        let shape = Shape { contracts: 8, senders: 4, transactions: 30, statements: 40 };
        let mut reduced = 0;
        for seed in 0..12 {
            let mut random = Random::new(seed);
            let case = case(&mut random, shape, Style::Everything);
            let setup = Setup::random(&mut random);
            let Some(failure) = logs(&setup, &[], &case) else { continue };
            let large = Reduced { seed: Some(seed), setup, case, before: Vec::new(), failure };
            let small = reduce_by(large, &logs);
            let (case, text) = (&small.case, small.to_string());
            assert!(logs(&small.setup, &[], case).is_some());
            assert_eq!(case.block.transactions.len(), 1, "{text}");
            let codes = case.state.accounts.values().filter_map(|account| account.info.code.as_ref());
            let bytes: usize = codes.map(Bytecode::len).sum();
            // LOG needs an offset and a length at least, on the stack; or the transaction creates what does it.
            assert!(bytes < 60 && case.state.accounts.len() <= 5, "{text}");
            assert!(text.contains("a log") && text.contains(&format!("seed     {seed}")), "{text}");
            if bytes > 0 {
                assert!((0..=4).any(|n| text.contains(evm::TABLE[usize::from(evm::LOG0 + n)].unwrap().name)), "{text}");
            }
            reduced += 1;
        }
        assert!(reduced > 5, "{reduced}");
    }
}
