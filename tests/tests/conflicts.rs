//! Blocks made to conflict, or not to: every shape at several numbers of lanes, on the model card and on the whole card as hardware, against sequential
//! revm. Prints the cycles: with `--nocapture` a table of what more lanes give.

use alloy_primitives::{Address, Bytes, TxKind, U256, hex, keccak256};
use gaslane::block::BlockInput;
use gaslane::driver::{Driver, DriverOptions};
use gaslane::source::MemoryState;
use gaslane_abi::Device;
use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::{LinkOptions, RtlCard, VERILATOR_AVAILABLE, VerilatorEngine};
use gaslane_tests::blocks::shanghai;
use gaslane_tests::engine::{Setup, Totals, check};
use revm::context::TxEnv;
use revm::state::AccountInfo;

const TRANSACTIONS: u64 = 24;
const LANES: [u32; 5] = [1, 2, 3, 4, 8];
const TOKEN: Address = Address::repeat_byte(0x70);
const OTHER: Address = Address::repeat_byte(0x71);

/// `transfer` of an ERC-20 token without its dispatcher: calldata are receiver and amount; balances stand at the hash of their owner.
fn token() -> Vec<u8> {
    let mut code = hex!("33 5f 52 6020 5f 20 80 54 6020 35 80 82 10 610000 57 90 81 90 03 82 55").to_vec();
    code.extend(hex!("5f 35 5f 52 6020 5f 20 80 54 82 01 90 55 5f 52 5f 35 33 7f"));
    code.extend(keccak256("Transfer(address,address,uint256)"));
    code.extend(hex!("6020 5f a3 00"));
    let fail = (code.len() as u16).to_be_bytes();
    code[16..18].copy_from_slice(&fail);
    code.extend(hex!("5b 5f 5f fd"));
    code
}

/// storage[0] += 1.
const COUNT: &[u8] = &hex!("5f54 6001 01 5f55 00");
/// storage[0] = storage[0].
const SILENT: &[u8] = &hex!("5f54 5f55 00");
/// storage[caller] = balance of the coinbase.
const COINBASE: &[u8] = &hex!("41 31 33 55 00");
/// With 0 or 1 in the calldata: storage[1 - it] = storage[it] + 1.
const PING_PONG: &[u8] = &hex!("5f35 54 6001 01 5f35 6001 03 55 00");
/// A word far behind the memory of a lane.
const FAR: &[u8] = &hex!("6001 62400000 52 00");

fn sender(number: u64) -> Address {
    Address::with_last_byte(number as u8 + 1)
}

fn receiver(number: u64) -> Address {
    Address::repeat_byte(number as u8 + 0x80)
}

fn call(from: u64, nonce: u64, to: Address, words: &[U256]) -> TxEnv {
    TxEnv {
        caller: sender(from),
        nonce,
        kind: TxKind::Call(to),
        data: words.iter().flat_map(|word| word.to_be_bytes::<32>()).collect::<Vec<u8>>().into(),
        gas_limit: 40_000_000,
        gas_price: 1,
        chain_id: Some(1),
        ..TxEnv::default()
    }
}

fn transfer(from: u64, nonce: u64, to: Address) -> TxEnv {
    call(from, nonce, TOKEN, &[U256::from_be_slice(to.as_slice()), U256::from(100)])
}

/// Name, code beside the token, transactions.
fn shapes() -> Vec<(&'static str, &'static [u8], Vec<TxEnv>)> {
    let all = || 0..TRANSACTIONS;
    let each = |words: fn(u64) -> Vec<U256>| all().map(move |n| call(n, 0, OTHER, &words(n))).collect::<Vec<_>>();
    let mut fallback: Vec<TxEnv> = all().map(|n| transfer(n, 0, receiver(n))).collect();
    fallback[TRANSACTIONS as usize / 2] = call(TRANSACTIONS / 2, 0, OTHER, &[]);
    vec![
        ("independent", COUNT, all().map(|n| transfer(n, 0, receiver(n))).collect()),
        ("one hot slot", COUNT, each(|_| vec![])),
        ("chain", COUNT, all().map(|n| transfer(n, 0, sender(n + 1))).collect()),
        ("same sender", COUNT, all().map(|n| transfer(0, n, receiver(n))).collect()),
        ("coinbase readers", COINBASE, each(|_| vec![])),
        ("silent stores", SILENT, each(|_| vec![])),
        ("ping-pong", PING_PONG, each(|n| vec![U256::from(n % 2)])),
        ("fallback in the middle", FAR, fallback),
    ]
}

fn block(code: &[u8], transactions: Vec<TxEnv>) -> (BlockInput, MemoryState) {
    let mut state = MemoryState::default();
    let slot = |owner: Address| U256::from_be_bytes(keccak256(owner.into_word()).0);
    let balances = (0..=TRANSACTIONS).map(|n| (slot(sender(n)), U256::from(1_000_000))).collect();
    state.insert_contract(TOKEN, U256::ZERO, 1, &Bytes::from(token()), balances);
    let seven = [(U256::ZERO, U256::from(7))].into_iter().collect();
    state.insert_contract(OTHER, U256::ZERO, 1, &Bytes::copy_from_slice(code), seven);
    for number in 0..=TRANSACTIONS {
        state.insert_account(sender(number), AccountInfo::from_balance(U256::from(1_u64 << 60)), Default::default());
    }
    (shanghai(transactions), state)
}

/// Every shape at every number of lanes; cycles by shape and lanes, of a block whose code the card knows already.
fn run<D: Device>(name: &str, open: impl Fn(u32) -> Driver<D>) -> Vec<[u64; LANES.len()]> {
    let mut table = Vec::new();
    println!("{name}: cycles (aborted attempts) at {LANES:?} lanes");
    for (shape, code, transactions) in shapes() {
        let (block, state) = block(code, transactions);
        let mut row = [0; LANES.len()];
        let mut text = String::new();
        for (cycles, lanes) in row.iter_mut().zip(LANES) {
            let mut driver = open(lanes);
            let mut totals = Totals::default();
            for _ in 0..2 {
                let metrics = check(&mut driver, &block, &state, &mut totals);
                let metrics = metrics.unwrap_or_else(|reason| panic!("{shape} at {lanes} lanes: {reason}"));
                let metrics = metrics.expect("the block is valid");
                *cycles = metrics.cycles;
            }
            assert_eq!(totals.executed, 2);
            assert_eq!(totals.statuses.get("success"), Some(&(2 * TRANSACTIONS)), "{shape}: {totals:?}");
            let escapes: u64 = totals.escapes.values().sum();
            assert_eq!(escapes > 0, shape.starts_with("fallback"), "{shape} at {lanes} lanes: {totals:?}");
            text += &format!("{cycles:>12} ({})", totals.aborts);
        }
        println!("  {shape:<24}{text}");
        table.push(row);
    }
    table
}

#[test]
fn conflicts_on_the_model_card() {
    let table = run("model", |lanes| Setup::lanes(lanes).open());
    let faster = |shape: usize| table[shape][0] as f64 / table[shape][3] as f64;
    println!("independent transfers at 4 lanes: {:.2} times one lane", faster(0));
    assert!(faster(0) > 1.5, "{:.2}", faster(0));
}

#[test]
fn conflicts_on_the_whole_card() {
    if !VERILATOR_AVAILABLE {
        println!(
            "skipped: the tests were built without Verilator (on Debian or Ubuntu: apt-get install verilator g++)"
        );
        return;
    }
    let table = run("rtl", |lanes| {
        let config = CardConfig::large().with_lanes(lanes);
        let card = RtlCard::<VerilatorEngine>::new(config, LinkOptions::gen3x16(100_000)).unwrap();
        Driver::open(card, DriverOptions::default()).unwrap()
    });
    let faster = table[0][0] as f64 / table[0][3] as f64;
    println!("independent transfers at 4 lanes: {faster:.2} times one lane");
    assert!(faster > 1.0, "{faster:.2}");
}
