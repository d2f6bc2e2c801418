//! Opcodes that look at accounts, and the kinds of accounts that there are.

use super::power;
use super::scene::{BOTH, COINBASE, Scene, operands};
use crate::program::Code;
use alloy_primitives::{Address, U256};
use gaslane_abi::evm;
use gaslane_abi::fork::Fork;
use revm::context::TransactionType;
use revm::context_interface::transaction::{AccessList, AccessListItem};

/// Kinds of accounts, each made anew: one that nothing else touches. `None` is the contract itself.
pub(super) fn kinds(scene: &mut Scene) -> Vec<(&'static str, Option<Address>)> {
    let code = [evm::PUSH1, 7, evm::PUSH1, 0, evm::MSTORE, evm::PUSH1, 32, evm::PUSH1, 0, evm::RETURN];
    let with_code = scene.account(11, 1, &code);
    let mut kinds = vec![
        ("absent", Some(scene.fresh())),
        ("with a balance", Some(scene.account(1, 0, &[]))),
        ("with a nonce", Some(scene.account(0, 1, &[]))),
        ("with code", Some(with_code)),
        ("itself", None),
        ("precompile", Some(Address::with_last_byte(4))),
        ("last precompile", Some(Address::with_last_byte(scene.fork.rules().precompile_last as u8))),
        ("behind the last precompile", Some(Address::with_last_byte(scene.fork.rules().precompile_last as u8 + 1))),
        ("precompile 256", Some(Address::from_word(U256::from(0x100).into()))),
        ("zero", Some(Address::ZERO)),
        ("beneficiary", Some(COINBASE)),
    ];
    // Since the merge no state has empty accounts (EIP-7523).
    if scene.fork < Fork::Paris {
        kinds.push(("empty", Some(scene.account(0, 0, &[]))));
    }
    if scene.fork >= Fork::Prague {
        let nothing = scene.fresh();
        for target in [with_code, nothing, Address::with_last_byte(4)] {
            kinds.push(("delegated", Some(scene.delegated(target))));
        }
        let delegated = scene.delegated(with_code);
        kinds.push(("delegated", Some(scene.delegated(delegated))));
    }
    kinds
}

/// The word of an account that `None` stands for the contract itself.
pub(super) fn word(address: Option<Address>) -> U256 {
    U256::from_be_slice(address.unwrap_or_default().as_slice())
}

fn look(scene: &mut Scene, op: u8) {
    for (kind, _) in kinds(scene) {
        for from in BOTH {
            for listed in [false, true] {
                let address = kinds(scene).into_iter().find(|(name, _)| *name == kind).and_then(|(_, address)| address);
                let mut code = Code::default();
                // Twice, cold and warm; the second time with bits above the address.
                for index in 0..2 {
                    code.op(evm::GAS);
                    match address {
                        None => code.op(evm::ADDRESS),
                        Some(_) => {
                            operands(&mut code, from, &[word(address)]);
                            &mut code
                        }
                    };
                    if index == 1 {
                        code.push(power(160) + power(255)).op(evm::OR);
                    }
                    code.op(op).number(64 * index).op(evm::MSTORE);
                    code.op(evm::GAS).op(evm::SWAP1).op(evm::SUB).number(64 * index + 32).op(evm::MSTORE);
                }
                code.number(128).number(0).op(evm::RETURN);
                let edge = match kind {
                    "absent" => "absent account",
                    "with code" => "account with code",
                    "itself" => "the contract itself",
                    "beneficiary" => "beneficiary",
                    "delegated" => "delegated account",
                    "precompile" | "last precompile" | "precompile 256" => "precompile",
                    _ => "other accounts",
                };
                let probe = scene.probe(op, edge, &code.finish(), &[word(address)]);
                probe.around = !listed;
                if let (true, Some(address)) = (listed, address) {
                    probe.tx.tx_type = TransactionType::Eip2930 as u8;
                    probe.tx.access_list = AccessList(vec![AccessListItem { address, storage_keys: Vec::new() }]);
                }
            }
        }
    }
}

pub(super) fn probes(scene: &mut Scene) {
    for op in [evm::BALANCE, evm::EXTCODESIZE, evm::EXTCODEHASH] {
        look(scene, op);
    }
    // Balances before and after value is sent.
    for op in [evm::SELFBALANCE, evm::BALANCE] {
        let mut code = Code::default();
        let own = |code: &mut Code, place| {
            if op == evm::BALANCE {
                code.op(evm::ADDRESS);
            }
            code.op(op).number(place).op(evm::MSTORE);
        };
        own(&mut code, 0);
        code.number(0).number(0).number(0).number(0).number(3).number(0xfeed).op(evm::GAS).op(evm::CALL).op(evm::POP);
        own(&mut code, 32);
        code.number(64).number(0).op(evm::RETURN);
        let probe = scene.probe(op, "before and after a payment", &code.finish(), &[]);
        probe.tx.value = U256::from(17);
        probe.around = true;
    }
}
