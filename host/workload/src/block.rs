//! Signs planned transactions and executes them in order, for gas limits, receipts and the header.

use crate::WorkloadError;
use crate::abi::explain;
use crate::chain::{self, CHAIN_ID, Database};
use crate::state::State;
use crate::user::User;
use crate::workload::Transaction;
use crate::world::Planned;
use alloy_consensus::{
    EMPTY_OMMER_ROOT_HASH, Eip658Value, Header, Receipt, ReceiptEnvelope, TxEip1559, TxEnvelope, TxType,
    constants::EMPTY_WITHDRAWALS, proofs,
};
use alloy_primitives::{Address, B256, TxKind, address, b256};
use revm::ExecuteCommitEvm;
use revm::context::result::{ExecutionResult, HaltReason};
use revm::context::{BlockEnv, TxEnv};
use std::collections::HashMap;

/// Receives the fees; nobody asks for its balance.
const BENEFICIARY: Address = address!("0xfee0000000000000000000000000000000000001");
/// The least that mainnet's rule can reach, in wei.
const BASE_FEE: u64 = 7;
const PRIORITY_FEE: u128 = 1_000_000;
const MAX_FEE: u128 = 1_000_000_000;
const TRANSFER_GAS: u64 = 21_000;
/// No block is smaller than mainnet's were at the time.
const LEAST_GAS_LIMIT: u64 = 30_000_000;
const PROBE_GAS: u64 = 1 << 32;
const PARENT: B256 = b256!("0x6761736c616e6520776f726b6c6f616420706172656e7420626c6f636b000000");
const RANDAO: B256 = b256!("0x6761736c616e6520776f726b6c6f61642072616e646f6d6e6573730000000000");

/// A complete block and what it leaves.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    pub(crate) header: Header,
    pub(crate) transactions: Vec<Transaction>,
    pub(crate) post: State,
}

/// The environment of a header's block.
pub(crate) fn block_env(header: &Header) -> BlockEnv {
    BlockEnv {
        beneficiary: header.beneficiary,
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        prevrandao: Some(header.mix_hash),
        ..chain::environment(0)
    }
}

/// A transaction as revm takes it.
pub(crate) fn tx_env(from: Address, tx: &impl alloy_consensus::Transaction) -> TxEnv {
    TxEnv {
        tx_type: TxType::Eip1559 as u8,
        caller: from,
        gas_limit: tx.gas_limit(),
        gas_price: tx.max_fee_per_gas(),
        kind: tx.kind(),
        value: tx.value(),
        data: tx.input().clone(),
        nonce: tx.nonce(),
        chain_id: tx.chain_id(),
        gas_priority_fee: tx.max_priority_fee_per_gas(),
        ..TxEnv::default()
    }
}

/// Makes the block of planned transactions.
pub(crate) fn build(
    pre: &State,
    planned: Vec<Planned>,
    users: &HashMap<Address, User>,
) -> Result<Built, WorkloadError> {
    let mut unsigned = number(pre, &planned);
    let mut header = Header {
        parent_hash: PARENT,
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        beneficiary: BENEFICIARY,
        number: chain::NUMBER,
        timestamp: chain::TIME,
        gas_limit: u64::MAX,
        mix_hash: RANDAO,
        base_fee_per_gas: Some(BASE_FEE),
        withdrawals_root: Some(EMPTY_WITHDRAWALS),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        ..Header::default()
    };

    // A first run with more gas than is ever needed says what each transaction needs before refunds.
    let (results, _) = run(pre, &header, &planned, &unsigned)?;
    for (tx, result) in unsigned.iter_mut().zip(&results) {
        let spent = result.gas().total_gas_spent();
        tx.gas_limit = if spent == TRANSFER_GAS { spent } else { (spent * 3 / 2).next_multiple_of(1000) };
    }
    header.gas_limit = unsigned.iter().map(|tx| tx.gas_limit).sum::<u64>().max(LEAST_GAS_LIMIT);

    let (results, mut database) = run(pre, &header, &planned, &unsigned)?;
    let mut receipts = Vec::with_capacity(results.len());
    let mut transactions = Vec::with_capacity(results.len());
    for ((tx, plan), result) in unsigned.into_iter().zip(planned).zip(results) {
        let gas_used = result.gas().tx_gas_used();
        header.gas_used += gas_used;
        let receipt = Receipt {
            status: Eip658Value::Eip658(true),
            cumulative_gas_used: header.gas_used,
            logs: result.into_logs(),
        };
        let receipt = receipt.with_bloom();
        header.logs_bloom |= receipt.logs_bloom;
        receipts.push(ReceiptEnvelope::Eip1559(receipt));
        let user = users.get(&plan.from).ok_or(WorkloadError::Signing(plan.from))?;
        transactions.push(Transaction { envelope: user.sign(tx)?, from: plan.from, hot: plan.hot, gas_used });
    }
    let envelopes: Vec<&TxEnvelope> = transactions.iter().map(|tx| &tx.envelope).collect();
    header.transactions_root = proofs::calculate_transaction_root(&envelopes);
    header.receipts_root = proofs::calculate_receipt_root(&receipts);
    // revm keeps accounts that were touched and are empty; state does not.
    database.cache.logs.clear();
    let post = State::of(&database);
    header.state_root = post.root();
    Ok(Built { header, transactions, post })
}

/// Transactions with the next nonce of their senders.
fn number(pre: &State, planned: &[Planned]) -> Vec<TxEip1559> {
    let mut nonces: HashMap<Address, u64> = HashMap::new();
    let mut number = |plan: &Planned| {
        let before = || pre.accounts.get(&plan.from).map_or(0, |account| account.nonce);
        let next = nonces.entry(plan.from).or_insert_with(before);
        let nonce = *next;
        *next += 1;
        TxEip1559 {
            chain_id: CHAIN_ID,
            nonce,
            gas_limit: PROBE_GAS,
            max_fee_per_gas: MAX_FEE,
            max_priority_fee_per_gas: PRIORITY_FEE,
            to: TxKind::Call(plan.to),
            value: plan.value,
            input: plan.input.clone(),
            access_list: Default::default(),
        }
    };
    planned.iter().map(&mut number).collect()
}

type Results = Vec<ExecutionResult<HaltReason>>;

/// Executes transactions in order; all must succeed.
fn run(
    pre: &State,
    header: &Header,
    planned: &[Planned],
    unsigned: &[TxEip1559],
) -> Result<(Results, Database), WorkloadError> {
    let mut evm = chain::evm(chain::rules(), block_env(header), pre.database());
    let mut results = Vec::with_capacity(planned.len());
    for (index, (plan, tx)) in planned.iter().zip(unsigned).enumerate() {
        let error = |reason| WorkloadError::Transaction { index, label: plan.label.to_owned(), reason };
        let result = evm.transact_commit(tx_env(plan.from, tx)).map_err(|e| error(e.to_string()))?;
        if !result.is_success() {
            return Err(error(explain(&result)));
        }
        results.push(result);
    }
    Ok((results, evm.ctx.journaled_state.database))
}
