//! Whole blocks through the production driver's path, a card in another thread behind a socket, against sequential revm.

mod common;

use alloy_primitives::{Address, TxKind, U256};
use common::{Served, samples};
use gaslane::driver::DriverOptions;
use gaslane::pci::selftest::Selftest;
use gaslane::pci::{PciCard, VfioUser};
use gaslane_abi::{Device, DeviceError, DmaMemory, Wake, evm};
use gaslane_card::Left;
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::card::ASSUMED_CLOCK_KHZ;
use gaslane_sim::rtl::{LinkOptions, RtlCard, VERILATOR_AVAILABLE, VerilatorEngine};
use gaslane_sim::{ModelCard, SimOptions, Step, Stepped};
use gaslane_tests::engine::{Totals, check};
use gaslane_tests::random::seeds;
use gaslane_tests::world::{Shape, world};
use revm::context::TxEnv;
use revm::database::CacheDB;
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[test]
fn samples_and_random_blocks_on_the_model() {
    for lanes in [1, 4] {
        let served = Served::model(lanes, None);
        let mut driver = served.driver(DriverOptions::default());
        let mut totals = Totals::default();
        for (block, state) in samples(&["12244000", "14396881", "15537394", "19426587"]) {
            check(&mut driver, &block, &state, &mut totals).unwrap();
        }
        for seed in seeds(71, 30) {
            let (block, state) = world(seed, Shape { contracts: 4, senders: 8, transactions: 20, statements: 20 });
            check(&mut driver, &block, &state, &mut totals)
                .unwrap_or_else(|text| panic!("GASLANE_SEED={seed}: {text}"));
        }
        println!("{lanes} lanes: {totals:?}");
        assert!(totals.assists > 0 && totals.on_card.len() > 2, "{totals:?}");
        assert_eq!(totals.executed + totals.rejected, 34);
        drop(driver);
        assert_eq!(served.left(), Left::default(), "the driver unmaps what it has mapped");
    }
}

#[test]
fn blocks_on_the_hardware() {
    if !VERILATOR_AVAILABLE {
        println!("skipped: built without Verilator (on Debian or Ubuntu: apt-get install verilator g++)");
        return;
    }
    let served = Served::new(None, || {
        let config = CardConfig::large().with_lanes(2);
        RtlCard::<VerilatorEngine>::new(config, LinkOptions::gen3x16(ASSUMED_CLOCK_KHZ))
            .map_err(|error| error.to_string())
    });
    let mut driver = served.driver(DriverOptions::default());
    let mut totals = Totals::default();
    for seed in seeds(81, 3) {
        let (block, state) = world(seed, Shape { contracts: 3, senders: 4, transactions: 8, statements: 12 });
        check(&mut driver, &block, &state, &mut totals).unwrap_or_else(|text| panic!("GASLANE_SEED={seed}: {text}"));
    }
    assert_eq!(totals.executed + totals.rejected, 3);
    assert!(totals.on_card.values().sum::<u64>() > 0, "{totals:?}");
    drop(driver);
    assert_eq!(served.left(), Left::default());
}

/// The self-test, which is what boards and virtual machines run too.
#[test]
fn selftest() {
    let served = Served::model(3, None);
    let mut steps = Vec::new();
    let test = Selftest { blocks: 4, latencies: 2000, ..Selftest::default() };
    let open = || PciCard::open(VfioUser::connect(&served.socket).unwrap()).map_err(|error| error.to_string());
    let result = test.run(open, |(name, found)| {
        println!("{name}: {found}");
        steps.push(name);
    });
    result.unwrap();
    assert_eq!(steps.len(), 6 + 4);
    assert_eq!((served.left(), served.left()), (Left::default(), Left::default()));
}

/// A card that notes its longest step.
struct Noted {
    card: ModelCard,
    longest_cycles: Arc<AtomicU64>,
}

impl Device for Noted {
    fn read(&mut self, offset: u32) -> Result<u32, DeviceError> {
        self.card.read(offset)
    }

    fn write(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.card.write(offset, value)
    }

    unsafe fn dma_map(&mut self, iova: u64, memory: DmaMemory) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise is the same.
        unsafe { self.card.dma_map(iova, memory) }
    }

    fn dma_unmap(&mut self, iova: u64) -> Result<(), DeviceError> {
        self.card.dma_unmap(iova)
    }

    fn wait(&mut self, timeout: Duration) -> Result<Wake, DeviceError> {
        self.card.wait(timeout)
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        self.card.reset()
    }
}

impl Stepped for Noted {
    fn step(&mut self) -> Step {
        let before = self.card.counters().cycles;
        let step = self.card.step();
        self.longest_cycles.fetch_max(self.card.counters().cycles - before, Ordering::Relaxed);
        step
    }
}

/// Transactions that ask for nothing, a few long or many short ones: the connection is served all the time, so that the driver does not take the card for dead.
#[test]
fn long_computing_keeps_nobody_waiting() {
    for (transactions, gas_limit) in [(2, 50_000_000), (40, 1_500_000)] {
        let longest_cycles = Arc::new(AtomicU64::new(0));
        let noted = longest_cycles.clone();
        let served = Served::new(None, move || {
            let card = ModelCard::new(CardConfig::large().with_lanes(2), SimOptions::default());
            card.map(|card| Noted { card, longest_cycles: noted }).map_err(|error| error.to_string())
        });
        let mut driver = served.driver(DriverOptions::default());
        let (mut block, state) = world(5, Shape { contracts: 1, senders: 2, transactions: 2, statements: 1 });
        let mut state = CacheDB::new(state);
        block.spec = SpecId::CANCUN;
        block.env.gas_limit = 1 << 40;
        let senders = (0..transactions).map(|index| Address::left_padding_from(&[0x11, index]));
        let endless = Address::repeat_byte(0x77);
        let tx = |caller| TxEnv {
            caller,
            kind: TxKind::Call(endless),
            gas_limit,
            gas_price: block.env.basefee.into(),
            chain_id: Some(1),
            ..Default::default()
        };
        block.transactions = senders.clone().map(tx).collect();
        for sender in senders {
            state.insert_account_info(sender, AccountInfo::from_balance(U256::MAX >> 16));
        }
        let code = Bytecode::new_raw(vec![evm::JUMPDEST, evm::PUSH0, evm::JUMP].into());
        state.insert_account_info(endless, AccountInfo::from_bytecode(code));
        let metrics = check(&mut driver, &block, &state, &mut Totals::default()).unwrap().expect("the block is valid");
        let longest_cycles = longest_cycles.load(Ordering::Relaxed);
        println!("{transactions} transactions: {} cycles, {longest_cycles} in a step at most", metrics.cycles);
        assert_eq!(metrics.on_card_txs, u64::from(transactions));
        assert!(metrics.cycles > 8_000_000, "the test is too easy");
        assert!(longest_cycles < 1_500_000);
    }
}
