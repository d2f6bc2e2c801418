//! Whole blocks through driver, rings and model card against sequential revm: status, gas, output, logs and every
//! write. `GASLANE_SEED=n` replays a random case.

use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use gaslane::block::BlockInput;
use gaslane::source::samples::SAMPLES;
use gaslane::source::{MemoryState, bundle};
use gaslane_tests::blocks::further_blocks;
use gaslane_tests::engine::{Setup, Totals, check, spoil, without_times};
use gaslane_tests::random::{Random, seeds};
use gaslane_tests::world::{Shape, world};
use revm::context::transaction::{Authorization, RecoveredAuthority, RecoveredAuthorization};
use revm::context::{TransactionType, TxEnv};
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};

/// Blocks of one seed, for one driver.
const BLOCKS: u64 = 4;

fn shape(random: &mut Random) -> Shape {
    // Few contracts and senders conflict more; many overflow small tables.
    let (contracts, senders) = *random.pick(&[(2, 2), (4, 8), (8, 12), (24, 24)]);
    Shape { contracts, senders, transactions: 1 + random.below(40), statements: 10 + random.below(50) }
}

fn random_block(random: &mut Random) -> (BlockInput, MemoryState) {
    let shape = shape(random);
    let (mut block, state) = world(random.bits(), shape);
    if random.chance(15) {
        spoil(&mut block, random);
    }
    (block, state)
}

#[test]
fn random_blocks_agree_with_revm() {
    let mut totals = Totals::default();
    let mut failures = Vec::new();
    for seed in seeds(1, 600) {
        let mut random = Random::new(seed);
        let setup = Setup::random(&mut random);
        let mut driver = setup.open();
        for index in 0..BLOCKS {
            let (block, state) = random_block(&mut random);
            if let Err(text) = check(&mut driver, &block, &state, &mut totals) {
                failures.push(format!("GASLANE_SEED={seed}, block {index} ({:?}): {text}\n{setup:?}", block.spec));
                break;
            }
        }
    }
    println!("{totals:#?}");
    assert!(failures.is_empty(), "{} cases fail:\n{}", failures.len(), failures.join("\n"));
    if std::env::var("GASLANE_SEED").is_err() {
        let variety = totals.aborts > 1000
            && totals.assists > 1000
            && totals.evictions > 100
            && totals.rejected > 50
            && totals.executed > totals.rejected
            && totals.escapes.len() > 8
            && (0..=4).all(|tx_type| totals.on_card.get(&tx_type).is_some_and(|count| *count > 50));
        assert!(variety, "the generator makes too little variety: {totals:#?}");
    }
}

/// A lane gives a new account a delegation, then the host executes it because it needs much memory.
#[test]
fn the_host_follows_a_delegation_that_a_lane_has_set() {
    let (sender, authority, contract) = (Address::repeat_byte(1), Address::repeat_byte(2), Address::repeat_byte(3));
    // MSTORE at 512 KiB, then SSTORE.
    let code = Bytes::from_static(&[0x5f, 0x62, 0x08, 0x00, 0x00, 0x52, 0x60, 0x01, 0x5f, 0x55]);
    let (mut block, _) = world(1, Shape { contracts: 1, senders: 1, transactions: 0, statements: 1 });
    let mut state = MemoryState::default();
    state.insert_account(sender, AccountInfo::from_balance(U256::from(10).pow(U256::from(18))), Default::default());
    state.insert_account(contract, AccountInfo::from_bytecode(Bytecode::new_raw(code)), Default::default());
    block.spec = SpecId::PRAGUE;
    block.env.basefee = 7;
    block.env.prevrandao = Some(B256::ZERO);
    block.env.set_blob_excess_gas_and_price(0, 5_007_716);
    let tx = |nonce, to| TxEnv {
        tx_type: TransactionType::Eip1559 as u8,
        caller: sender,
        nonce,
        kind: TxKind::Call(to),
        gas_limit: 1_000_000,
        gas_price: 10,
        gas_priority_fee: Some(1),
        chain_id: Some(1),
        ..TxEnv::default()
    };
    let mut set = TxEnv { tx_type: TransactionType::Eip7702 as u8, ..tx(0, sender) };
    let authorization = Authorization { chain_id: U256::from(1), address: contract, nonce: 0 };
    let signer = RecoveredAuthority::Valid(authority);
    set.set_recovered_authorization(vec![RecoveredAuthorization::new_unchecked(authorization, signer)]);
    block.transactions = vec![set, tx(1, authority)];
    let mut totals = Totals::default();
    check(&mut Setup::lanes(1).open(), &block, &state, &mut totals).unwrap_or_else(|text| panic!("{text}"));
    assert_eq!(totals.escapes, [("memory-capacity", 1)].into());
}

#[test]
fn the_same_block_takes_the_same_cycles() {
    for seed in seeds(1000, 20) {
        let runs: Vec<_> = (0..2)
            .map(|_| {
                let mut random = Random::new(seed);
                let setup = Setup::random(&mut random);
                let mut driver = setup.open();
                let mut runs = Vec::new();
                for _ in 0..2 {
                    let (block, state) = random_block(&mut random);
                    let metrics = check(&mut driver, &block, &state, &mut Totals::default());
                    runs.push(metrics.unwrap_or_else(|text| panic!("GASLANE_SEED={seed}: {text}\n{setup:?}")));
                }
                runs.iter().flatten().map(without_times).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(runs[0], runs[1], "GASLANE_SEED={seed}");
    }
}

#[test]
fn sample_blocks_agree_with_revm_and_their_headers() {
    for lanes in [1, 4, 16] {
        let mut driver = Setup::lanes(lanes).open();
        let mut totals = Totals::default();
        for (name, bytes) in SAMPLES {
            let (block, state) = bundle::parse(name, bytes).unwrap();
            check(&mut driver, &block, &state, &mut totals)
                .unwrap_or_else(|text| panic!("{name} at {lanes} lanes: {text}"));
        }
        let on_card: u64 = totals.on_card.values().sum();
        let escaped: u64 = totals.escapes.values().sum();
        println!("{lanes} lanes: {totals:?}");
        assert!(on_card > 9 * escaped, "{lanes} lanes: {totals:?}");
        assert_eq!(totals.aborts > 0, lanes > 1, "{lanes} lanes: {totals:?}");
    }
}

/// See [`further_blocks`].
#[test]
fn further_blocks_agree_with_revm_and_their_headers() {
    let paths = further_blocks();
    let mut driver = Setup::lanes(4).open();
    let mut totals = Totals::default();
    for path in &paths {
        let (block, state) = bundle::read(path).unwrap();
        check(&mut driver, &block, &state, &mut totals).unwrap_or_else(|text| panic!("{}: {text}", path.display()));
    }
    println!("{} blocks: {totals:?}", paths.len());
}
