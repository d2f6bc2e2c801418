//! State that the provider cannot read: only a block that needs it in order may fail, whatever attempts ask for.

use alloy_primitives::{Address, B256, TxKind, U256};
use gaslane::block::BlockInput;
use gaslane::driver::{Driver, DriverOptions};
use gaslane::oracle::execute_sequential;
use gaslane::source::MemoryState;
use gaslane::verify::compare;
use gaslane_abi::Device;
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::{LinkOptions, RtlCard, VERILATOR_AVAILABLE, VerilatorEngine};
use gaslane_sim::{ModelCard, SimOptions};
use revm::DatabaseRef;
use revm::context::{BlockEnv, TxEnv};
use revm::database_interface::DBErrorMarker;
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};

const SENDERS: [Address; 2] = [Address::repeat_byte(0x11), Address::repeat_byte(0x12)];
const CONTRACT: Address = Address::repeat_byte(0xc0);
const LOST: Address = Address::repeat_byte(0xdd);

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("archive node: {0} is pruned")]
    Pruned(Address),
    #[error(transparent)]
    State(#[from] gaslane::source::StateError),
}

impl DBErrorMarker for Error {}

/// A provider that has lost one account.
struct Pruned(MemoryState);

impl DatabaseRef for Pruned {
    type Error = Error;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Error> {
        if address == LOST { Err(Error::Pruned(address)) } else { Ok(self.0.basic_ref(address)?) }
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, Error> {
        Ok(self.0.code_by_hash_ref(hash)?)
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Error> {
        Ok(self.0.storage_ref(address, slot)?)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Error> {
        Ok(self.0.block_hash_ref(number)?)
    }
}

/// Slot 0 is 0: with calldata, it becomes 1; without, the lost account's balance is read if slot 0 is `needs`.
fn block(needs: u8) -> (BlockInput, Pruned) {
    let mut code = vec![0x36, 0x60, 0x00, 0x57]; // CALLDATASIZE PUSH1 set JUMPI
    code.extend([0x60, needs, 0x60, 0x00, 0x54, 0x14, 0x60, 0x00, 0x57, 0x00]); // needs SLOAD(0) EQ PUSH1 read JUMPI STOP
    code[2] = code.len() as u8;
    code.extend([0x5b, 0x60, 0x01, 0x60, 0x00, 0x55, 0x00]); // set: SSTORE(0, 1) STOP
    code[11] = code.len() as u8;
    code.push(0x5b); // read: BALANCE(lost) STOP
    code.push(0x73);
    code.extend(LOST);
    code.extend([0x31, 0x00]);

    let mut state = MemoryState::default();
    state.insert_account(CONTRACT, AccountInfo::from_bytecode(Bytecode::new_raw(code.into())), Default::default());
    for sender in SENDERS {
        state.insert_account(sender, AccountInfo::from_balance(U256::from(10).pow(U256::from(18))), Default::default());
    }
    let tx = |caller, data: &'static [u8]| TxEnv {
        caller,
        gas_limit: 200_000,
        gas_price: 10,
        kind: TxKind::Call(CONTRACT),
        data: data.into(),
        chain_id: Some(1),
        ..TxEnv::default()
    };
    let env = BlockEnv {
        number: U256::from(1),
        prevrandao: Some(B256::ZERO),
        gas_limit: 30_000_000,
        basefee: 7,
        ..BlockEnv::default()
    };
    let block = BlockInput {
        spec: SpecId::SHANGHAI,
        chain_id: 1,
        env,
        transactions: vec![tx(SENDERS[0], b"set"), tx(SENDERS[1], b"")],
        withdrawals: Vec::new(),
        parent_hash: None,
        parent_beacon_block_root: None,
        expected: None,
        occupied: vec![],
    };
    (block, Pruned(state))
}

fn config() -> CardConfig {
    CardConfig::large().with_lanes(2)
}

fn model() -> Driver<ModelCard> {
    let card = ModelCard::new(config(), SimOptions { check: true, ..Default::default() }).unwrap();
    Driver::open(card, DriverOptions::default()).unwrap()
}

/// The hardware, if it was built with Verilator.
fn hardware() -> Option<Driver<RtlCard<VerilatorEngine>>> {
    if !VERILATOR_AVAILABLE {
        println!(
            "skipped: the tests were built without Verilator (on Debian or Ubuntu: apt-get install verilator g++)"
        );
        return None;
    }
    let card = RtlCard::new(config(), LinkOptions::gen3x16(100_000)).unwrap();
    Some(Driver::open(card, DriverOptions::default()).unwrap())
}

fn speculates<D: Device>(mut driver: Driver<D>) {
    // The second transaction starts before the first commits, sees slot 0 = 0 and asks for the lost account.
    let (block, state) = block(0);
    let outcome = driver.execute_block(&block, &state).unwrap();
    assert!(outcome.metrics.aborts > 0, "the attempt that asked was not aborted: {:?}", outcome.metrics);
    assert_eq!(outcome.metrics.on_card_txs, 2, "{:?}", outcome.metrics.escapes);
    assert_eq!(compare(&outcome, &execute_sequential(&block, &state).unwrap()), []);
}

#[test]
fn speculation_may_ask_for_what_is_lost() {
    speculates(model());
}

#[test]
fn speculation_of_the_hardware_may_ask_for_what_is_lost() {
    if let Some(driver) = hardware() {
        speculates(driver);
    }
}

fn names_what_is_needed<D: Device>(mut driver: Driver<D>) {
    let (block, state) = block(1);
    let error = driver.execute_block(&block, &state).unwrap_err();
    assert!(!error.is_invalid_block());
    let text = format!("{:#}", anyhow::Error::from(error));
    assert!(text.contains(&LOST.to_string()) && text.contains("pruned"), "{text}");
    // The card is usable afterwards.
    let (block, state) = self::block(0);
    assert_eq!(driver.execute_block(&block, &state).unwrap().metrics.on_card_txs, 2);
}

#[test]
fn what_a_block_needs_is_named() {
    names_what_is_needed(model());
}

#[test]
fn what_a_block_needs_is_named_with_the_hardware() {
    if let Some(driver) = hardware() {
        names_what_is_needed(driver);
    }
}
