//! Chains of valid blocks: one for each fork, and for transitions between forks.

use super::programs::{self, BEACON_READER, HISTORY_READER, RECORDER, SELF_DESTROYER, random};
use super::transactions::{Call, Sender, Signed};
use super::{Chain, Draft, rules};
use alloy_consensus::Header;
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip4895::Withdrawal;
use alloy_eips::{eip6110, eip7002, eip7251};
use alloy_primitives::{Address, B256, U256};
use gaslane::source::schedule::Rules;
use revm::primitives::hardfork::SpecId;

/// Forks with a chain of their own.
const FORKS: [&str; 16] = [
    "Frontier",
    "Homestead",
    "EIP150",
    "EIP158",
    "Byzantium",
    "ConstantinopleFix",
    "Istanbul",
    "Berlin",
    "London",
    "Paris",
    "Shanghai",
    "Cancun",
    "Prague",
    "Osaka",
    "BPO1",
    "BPO2",
];

/// Forks that follow each other at a time.
const TRANSITIONS: [(&str, &str); 6] = [
    ("Paris", "Shanghai"),
    ("Shanghai", "Cancun"),
    ("Cancun", "Prague"),
    ("Prague", "Osaka"),
    ("Osaka", "BPO1"),
    ("BPO1", "BPO2"),
];

/// Price that pays any base fee of these chains, in wei.
pub(super) const PRICE: u128 = 3_000_000_000;

/// The senders of a chain.
pub(super) fn senders() -> Vec<Sender> {
    (1..=4).map(|number| Sender::new(0x40 + number)).collect()
}

/// A chain that knows its senders.
struct Scenario {
    chain: Chain,
    senders: Vec<Sender>,
    blocks: u64,
}

pub(super) fn all() -> Vec<(String, Vec<Chain>)> {
    let mut files = Vec::new();
    for fork in FORKS {
        let spec = rules(fork).spec;
        let chain = Chain::new("test_fork", fork, programs::genesis(spec, &senders()));
        // A pace that keeps the difficulty: in Frontier it falls to its least value; a parent with an ommer takes longer.
        let seconds = if spec == SpecId::FRONTIER { [13, 14, 15, 20] } else { [10, 11, 12, 18] };
        files.push((format!("forks/{}", fork.to_lowercase()), vec![Scenario::run(chain, &seconds)]));
    }
    let transition = |from: &str, to: &str| {
        let genesis = programs::genesis(rules(to).spec, &senders());
        // Two blocks before, one exactly at the time, one after.
        Scenario::run(Chain::transition("test_transition", from, to, genesis), &[7_000, 7_999, 1, 12])
    };
    let at_5 =
        Chain::transition_at_5("test_transition", "Berlin", "London", programs::genesis(SpecId::LONDON, &senders()));
    let mut chains = vec![Scenario::run(at_5, &[10, 10, 10, 18, 10, 10])];
    chains.extend(TRANSITIONS.map(|(from, to)| transition(from, to)));
    files.push(("transitions".into(), chains));
    files
}

impl Scenario {
    /// Blocks with that many seconds between them.
    fn run(chain: Chain, seconds: &[u64]) -> Chain {
        let mut scenario = Self { chain, senders: senders(), blocks: 0 };
        for seconds in seconds {
            let draft = scenario.draft(*seconds);
            scenario.chain.push(&draft);
        }
        scenario.chain
    }

    fn draft(&mut self, seconds: u64) -> Draft {
        let rules = self.chain.rules(seconds);
        let has = |spec| rules.spec.is_enabled_in(spec);
        self.blocks += 1;
        let mut draft = Draft { seconds, ..Draft::default() };
        if self.blocks == 2 {
            // A block without transactions.
        } else {
            draft.transactions = self.transactions(&rules);
        }
        if has(SpecId::SHANGHAI) {
            let withdrawal = |index: u64, address, amount| Withdrawal {
                index: self.blocks * 10 + index,
                validator_index: index,
                address,
                amount,
            };
            draft.withdrawals = vec![
                withdrawal(0, Address::repeat_byte(0xd0), 5),
                withdrawal(1, RECORDER, 1_000_000_000),
                withdrawal(2, Address::repeat_byte(0xd0), 7),
                withdrawal(3, Address::repeat_byte(0xd1), 0),
            ];
        }
        if !has(SpecId::MERGE) && self.blocks == 3 {
            // One that was a block of its own first, and one that nobody has seen.
            let side =
                Draft { seconds: self.chain.parent.timestamp - self.chain.before_timestamp(), ..Draft::default() };
            draft.ommers = vec![self.chain.side_block(&Draft { marker: 1, ..side }), self.ommer()];
        }
        draft
    }

    /// A sibling of the parent.
    fn ommer(&self) -> Header {
        let parent = &self.chain.parent;
        Header {
            beneficiary: Address::repeat_byte(0xc0),
            extra_data: b"ommer".as_slice().into(),
            gas_used: 0,
            ..parent.clone()
        }
    }

    fn legacy(&mut self, sender: usize, rules: &Rules, call: Call) -> Signed {
        let chain_id = rules.spec.is_enabled_in(SpecId::SPURIOUS_DRAGON).then_some(1);
        self.senders[sender].legacy(chain_id, PRICE, call)
    }

    fn transactions(&mut self, rules: &Rules) -> Vec<Signed> {
        let has = |spec| rules.spec.is_enabled_in(spec);
        let input = B256::repeat_byte(self.blocks as u8).to_vec();
        let mut list = vec![
            self.legacy(0, rules, Call::new(RECORDER, input.clone())),
            self.legacy(1, rules, Call::new(RECORDER, Vec::new())),
            self.legacy(0, rules, Call::new(Address::repeat_byte(0xee), Vec::new()).value(12_345).gas(21_000)),
            self.legacy(2, rules, Call::create(programs::INIT_CODE)),
            self.legacy(1, rules, Call::new(SELF_DESTROYER, Vec::new()).value(3)),
            // Runs out of gas.
            self.legacy(3, rules, Call::new(RECORDER, Vec::new()).gas(30_000)),
        ];
        if has(SpecId::BERLIN) {
            let item = |address, slots: u64| AccessListItem {
                address,
                storage_keys: (0..slots).map(|slot| U256::from(slot).into()).collect(),
            };
            let access = AccessList(vec![item(RECORDER, 3), item(random(0), 1)]);
            list.push(self.senders[2].with_access_list(PRICE, Call::new(random(0), input.clone()), access));
            for index in 0..programs::RANDOM {
                let sender = usize::from(index) % 3;
                list.push(self.legacy(sender, rules, Call::new(random(index), input.clone())));
            }
        }
        if has(SpecId::LONDON) {
            list.push(self.senders[3].dynamic(PRICE, Call::new(random(1), input.clone()).value(1)));
        }
        if has(SpecId::CANCUN) {
            let call = Call::new(BEACON_READER, Vec::new());
            list.push(self.senders[0].blobs(PRICE, &call, 6));
            list.push(self.legacy(1, rules, call));
        }
        if has(SpecId::PRAGUE) {
            list.extend(self.prague(rules));
        }
        list
    }

    /// History, requests of all three types, a delegation.
    fn prague(&mut self, rules: &Rules) -> Vec<Signed> {
        let withdrawal = [&[0x44; 48][..], &5u64.to_be_bytes()].concat();
        let mut authority = Sender::new(0x60).at(self.blocks / 2);
        let authorization = authority.authorize(RECORDER);
        let delegated = Call::new(authority.address, Vec::new());
        vec![
            self.legacy(0, rules, Call::new(HISTORY_READER, Vec::new())),
            self.legacy(0, rules, Call::new(eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, withdrawal).value(1)),
            self.legacy(1, rules, Call::new(eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS, vec![0x55; 96]).value(1)),
            self.legacy(
                2,
                rules,
                Call::new(eip6110::MAINNET_DEPOSIT_CONTRACT_ADDRESS, programs::deposit_event(32_000_000_000)),
            ),
            self.senders[3].set_code(PRICE, &delegated, vec![authorization]),
        ]
    }
}
