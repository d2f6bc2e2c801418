//! A reduced case as text.

use super::Reduced;
use crate::world::Case;
use alloy_primitives::{TxKind, hex};
use gaslane_abi::evm;
use std::fmt::{self, Write};

impl fmt::Display for Reduced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.failure)?;
        if let Some(difference) = &self.failure.difference {
            writeln!(f, "  at     {}: {}", difference.place, difference.field)?;
            writeln!(f, "  card   {}", difference.actual)?;
            writeln!(f, "  revm   {}", difference.expected)?;
        }
        if let Some(seed) = self.seed {
            writeln!(f, "seed     {seed}")?;
        }
        writeln!(f, "{:?}\n{:?}", self.setup.card, self.setup.sim)?;
        if !self.before.is_empty() {
            writeln!(f, "only after {} other blocks on the same card", self.before.len())?;
        }
        case(f, &self.case)
    }
}

fn case(f: &mut impl Write, case: &Case) -> fmt::Result {
    let block = &case.block;
    writeln!(f, "{:?}, beneficiary {}, base fee {}", block.spec, block.env.beneficiary, block.env.basefee)?;
    for (index, tx) in block.transactions.iter().enumerate() {
        let to = match tx.kind {
            TxKind::Call(to) => to.to_string(),
            TxKind::Create => "create".to_owned(),
        };
        let (caller, gas, value, nonce) = (tx.caller, tx.gas_limit, tx.value, tx.nonce);
        write!(f, "transaction {index}: type {}, {caller} -> {to}, nonce {nonce}, ", tx.tx_type)?;
        writeln!(f, "gas {gas} at {}, value {value}, data {}", tx.gas_price, hex::encode(&tx.data))?;
        for item in &tx.access_list.0 {
            writeln!(f, "    access {} {:?}", item.address, item.storage_keys)?;
        }
        for authorization in &tx.authorization_list {
            writeln!(f, "    authorization {authorization:?}")?;
        }
    }
    let mut accounts: Vec<_> = case.state.accounts.iter().collect();
    accounts.sort_by_key(|(address, _)| **address);
    for (address, account) in accounts {
        writeln!(f, "account {address}: balance {}, nonce {}", account.info.balance, account.info.nonce)?;
        let mut slots: Vec<_> = account.storage.iter().collect();
        slots.sort();
        for (slot, value) in slots {
            writeln!(f, "    slot {slot:#x} = {value:#x}")?;
        }
        let code = account.info.code.as_ref().map(|code| code.original_bytes()).unwrap_or_default();
        if !code.is_empty() {
            writeln!(f, "    code {}", hex::encode(&code))?;
            write!(f, "{}", disassemble(&code))?;
        }
    }
    Ok(())
}

/// Bytecode as text, an instruction a line.
pub fn disassemble(code: &[u8]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while at < code.len() {
        let len = evm::push_len(code[at]);
        let end = (at + 1 + len).min(code.len());
        let name =
            evm::TABLE[usize::from(code[at])].map_or_else(|| format!("{:#04x}", code[at]), |op| op.name.to_owned());
        let data = if len > 0 { format!(" 0x{}", hex::encode(&code[at + 1..end])) } else { String::new() };
        text += &format!("    {at:5} {name}{data}\n");
        at = end;
    }
    text
}
