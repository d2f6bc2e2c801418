//! Probes of one fork, the state they need, and their comparison with revm.

use crate::edges::gas_limits_in;
use crate::engine::{Failure, Totals, check_against};
use crate::program::Code;
use crate::state::State;
use crate::world::{SPECS, block_env, least_gas};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use gaslane::block::{BlockInput, card_fork};
use gaslane::driver::Driver;
use gaslane::oracle::execute_sequential;
use gaslane::verify::Place;
use gaslane_abi::evm;
use gaslane_abi::fork::Fork;
use gaslane_sim::Card;
use gaslane_sim::attempt::Attempt;
use revm::context::TxEnv;
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};
use std::collections::{BTreeMap, BTreeSet};

/// Gas that no probe uses up, unless it means to.
const PLENTY_GAS: u64 = 2_000_000;
/// Number of the block that probes run in.
pub(super) const NUMBER: u64 = 1000;
/// Balance of each probe's contract in wei.
pub(super) const CONTRACT_WEI: u64 = 1000;
/// Who gets the fees.
pub(super) const COINBASE: Address = Address::repeat_byte(0xcb);

/// Edges by opcode.
pub type Edges = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// One transaction to a contract of its own.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The transaction, with plenty of gas.
    pub tx: TxEnv,
    /// Whether it also runs out of gas before, at and after each of its instructions.
    pub around: bool,
    /// Its contract.
    pub contract: Address,
    name: &'static str,
    edge: &'static str,
}

/// Probes of one fork and the state before them. They share nothing but code, so that each behaves alone as among the
/// others.
pub struct Scene {
    /// Rules.
    pub fork: Fork,
    /// Rules, as revm names them.
    pub spec: SpecId,
    /// The state.
    pub state: State,
    probes: Vec<Probe>,
    accounts: u64,
}

impl Scene {
    /// Without probes.
    pub fn new(fork: Fork) -> Self {
        let spec = *SPECS.iter().find(|spec| card_fork(**spec) == fork).expect("every fork of the card has rules");
        Self { fork, spec, state: State::default(), probes: Vec::new(), accounts: 0 }
    }

    /// An address that nothing else uses.
    pub fn fresh(&mut self) -> Address {
        self.accounts += 1;
        let mut address = [0xa5; 20];
        address[12..].copy_from_slice(&self.accounts.to_be_bytes());
        address.into()
    }

    /// A new account with a balance in wei, a nonce and code.
    pub fn account(&mut self, balance: u64, nonce: u64, code: &[u8]) -> Address {
        let address = self.fresh();
        let mut info = match code {
            [] => AccountInfo::default(),
            _ => AccountInfo::from_bytecode(Bytecode::new_raw(Bytes::copy_from_slice(code))),
        };
        (info.balance, info.nonce) = (U256::from(balance), nonce);
        self.state.insert(address, info, Default::default());
        address
    }

    /// A new account that delegates (EIP-7702).
    pub fn delegated(&mut self, target: Address) -> Address {
        let address = self.fresh();
        let mut info = AccountInfo::from_bytecode(Bytecode::new_eip7702(target));
        (info.balance, info.nonce) = (U256::from(5), 2);
        self.state.insert(address, info, Default::default());
        address
    }

    /// Gives an account slots.
    pub fn store(&mut self, address: Address, slots: &[(U256, U256)]) {
        let account = self.state.accounts.get_mut(&address).expect("an account with storage is in the state");
        account.storage.extend(slots.iter().copied().filter(|(_, value)| !value.is_zero()));
    }

    /// Adds a probe that calls a new contract with `code`, with the words as calldata.
    pub fn probe(&mut self, op: u8, edge: &'static str, code: &[u8], calldata: &[U256]) -> &mut Probe {
        let contract = self.account(CONTRACT_WEI, 1, code);
        let data: Vec<u8> = calldata.iter().flat_map(U256::to_be_bytes::<32>).collect();
        self.call(op, edge, contract, data.into())
    }

    /// Adds a probe that calls an account.
    pub fn call(&mut self, op: u8, edge: &'static str, contract: Address, data: Bytes) -> &mut Probe {
        let caller = self.account(1_000_000_000_000_000_000, 0, &[]);
        let tx = TxEnv {
            caller,
            kind: TxKind::Call(contract),
            data,
            gas_limit: PLENTY_GAS,
            gas_price: 8,
            chain_id: Some(1),
            ..TxEnv::default()
        };
        let name = evm::TABLE[usize::from(op)].map_or("undefined", |op| op.name);
        self.probes.push(Probe { tx, around: false, contract, name, edge });
        self.probes.last_mut().expect("one has been pushed")
    }

    /// Adds a probe whose contract calls `callee` with the rest of the calldata and gives back what it gives.
    pub fn framed(&mut self, op: u8, edge: &'static str, kind: u8, callee: Address, args: &[U256]) -> &mut Probe {
        let mut calldata = vec![U256::from_be_slice(callee.as_slice())];
        calldata.extend_from_slice(args);
        self.probe(op, edge, &caller(kind), &calldata)
    }

    /// Whether the fork has the opcode.
    pub fn has(&self, op: u8) -> bool {
        evm::lookup(op, self.fork).is_some()
    }

    /// Edges of the probes.
    pub fn edges(&self) -> Edges {
        let mut edges = Edges::new();
        for probe in &self.probes {
            edges.entry(probe.name).or_default().insert(probe.edge);
            if probe.around {
                edges.entry(probe.name).or_default().insert("gas around each instruction");
            }
        }
        edges
    }

    fn block(&self, transactions: Vec<TxEnv>) -> BlockInput {
        let mut env = block_env(self.spec, NUMBER, COINBASE);
        env.gas_limit = 1 << 50;
        BlockInput::plain(self.spec, env, transactions)
    }

    /// Runs every probe with plenty of gas, with exactly what it used then, with one less, and, where it says so, with
    /// gas that ends around each instruction. The error names the first probe that differs.
    pub fn run<L: Attempt>(&self, driver: &mut Driver<Card<L>>, totals: &mut Totals) -> Result<(), String> {
        let plenty: Vec<_> = self.probes.iter().map(|probe| vec![probe.tx.gas_limit]).collect();
        let used = self.run_limits(driver, &plenty, 0, totals)?;
        let limits: Vec<Vec<u64>> =
            self.probes.iter().zip(used).map(|(probe, used)| self.limits(probe, used)).collect();
        for index in 0..limits.iter().map(Vec::len).max().unwrap_or_default() {
            self.run_limits(driver, &limits, index, totals)?;
        }
        Ok(())
    }

    /// Runs every probe with plenty of gas only: for slow cards.
    pub fn run_once<L: Attempt>(&self, driver: &mut Driver<Card<L>>, totals: &mut Totals) -> Result<(), String> {
        let plenty: Vec<_> = self.probes.iter().map(|probe| vec![probe.tx.gas_limit]).collect();
        self.run_limits(driver, &plenty, 0, totals).map(drop)
    }

    fn limits(&self, probe: &Probe, used: u64) -> Vec<u64> {
        let least = least_gas(&probe.tx, self.spec);
        let mut limits: BTreeSet<u64> = [used, used - 1].into_iter().filter(|limit| *limit >= least).collect();
        if probe.around {
            limits.extend(gas_limits_in(&self.block(vec![probe.tx.clone()]), &self.state, least, usize::MAX));
        }
        limits.into_iter().collect()
    }

    /// One block of every probe that has a limit with that index. Gives the gas that each used.
    fn run_limits<L: Attempt>(
        &self,
        driver: &mut Driver<Card<L>>,
        limits: &[Vec<u64>],
        index: usize,
        totals: &mut Totals,
    ) -> Result<Vec<u64>, String> {
        let with_limit = |(probe, limits): (_, &Vec<u64>)| limits.get(index).map(|limit: &u64| (probe, *limit));
        let probes: Vec<(&Probe, u64)> = self.probes.iter().zip(limits).filter_map(with_limit).collect();
        let transactions = probes.iter().map(|(probe, limit)| TxEnv { gas_limit: *limit, ..probe.tx.clone() });
        let block = self.block(transactions.collect());
        let expected = execute_sequential(&block, &self.state);
        match check_against(driver, &block, &self.state, &expected, totals) {
            Ok(Some(outcome)) => Ok(outcome.transactions.iter().map(|tx| tx.gas_used).collect()),
            Ok(None) => Err(format!("{:?}: a probe is no valid transaction: {:?}", self.fork, expected.err())),
            Err(failure) => Err(format!("{:?}: {failure}\n{}", self.fork, self.culprit(&failure, &probes))),
        }
    }

    fn culprit(&self, failure: &Failure, probes: &[(&Probe, u64)]) -> String {
        let place = failure.difference.as_ref().map(|difference| difference.place.clone());
        let found = match place {
            Some(Place::Transaction(index)) => probes.get(index),
            Some(Place::Account(address) | Place::Slot(address, _)) => {
                probes.iter().find(|(probe, _)| probe.contract == address || probe.tx.caller == address)
            }
            _ => None,
        };
        let Some((probe, limit)) = found else { return "of no single probe".to_owned() };
        let code = self.state.accounts.get(&probe.contract).and_then(|account| account.info.code.clone());
        let code = code.map(|code| code.original_bytes()).unwrap_or_default();
        let (name, edge, data) = (probe.name, probe.edge, &probe.tx.data);
        format!("probe {name}, {edge}, gas limit {limit}\ncode {code}\ncalldata {data}")
    }
}

/// Calls the account in the calldata's first word with the rest of it, with all gas and the value of the call, and
/// returns its success and what it returned.
pub(super) fn caller(kind: u8) -> Vec<u8> {
    let mut code = Code::default();
    code.number(32).op(evm::CALLDATASIZE).op(evm::SUB).number(32).number(0).op(evm::CALLDATACOPY);
    code.number(0).number(0).number(32).op(evm::CALLDATASIZE).op(evm::SUB).number(0);
    if matches!(kind, evm::CALL | evm::CALLCODE) {
        code.op(evm::CALLVALUE);
    }
    code.number(0).op(evm::CALLDATALOAD).op(evm::GAS).op(kind);
    code.number(0).op(evm::MSTORE);
    code.op(evm::RETURNDATASIZE).number(0).number(32).op(evm::RETURNDATACOPY);
    code.number(32).op(evm::RETURNDATASIZE).op(evm::ADD).number(0).op(evm::RETURN);
    code.finish()
}

/// Where an operand comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// A PUSH.
    Constant,
    /// The calldata.
    Runtime,
}

/// Both.
pub(super) const BOTH: [From; 2] = [From::Constant, From::Runtime];

/// Pushes operands (the first will be on top) as constants, or from the first words of the calldata.
pub(super) fn operands(code: &mut Code, from: From, args: &[U256]) {
    for (index, arg) in args.iter().enumerate().rev() {
        match from {
            From::Constant => code.push(*arg),
            From::Runtime => code.number(32 * index as u64).op(evm::CALLDATALOAD),
        };
    }
}

/// Returns the item on top of the stack.
pub(super) fn give_top(code: &mut Code) {
    code.number(0).op(evm::MSTORE).number(32).number(0).op(evm::RETURN);
}
