//! CREATE, CREATE2 and SELFDESTRUCT: init codes and their endings, values, collisions, receivers.

use super::accounts::{kinds, word};
use super::scene::{BOTH, CONTRACT_WEI, From, Scene, caller, operands};
use super::{power, words};
use crate::program::Code;
use alloy_primitives::{B256, Bytes, TxKind, U256, keccak256};
use gaslane_abi::evm;
use revm::state::{AccountInfo, Bytecode};

/// Gas that deploying the largest code needs, and more.
const DEPLOY_GAS: u64 = 10_000_000;

/// Init code that returns that many bytes, the first of which is given.
fn returns(len: u64, first: u8) -> Vec<u8> {
    let mut code = Code::default();
    code.number(first.into()).number(0).op(evm::MSTORE8).number(len).number(0).op(evm::RETURN);
    code.finish()
}

/// Init codes, by what they do.
fn inits(scene: &Scene) -> Vec<(&'static str, Vec<u8>)> {
    let largest = scene.fork.rules().code_bytes_max;
    let mut reverts = Code::default();
    reverts.number(0xabcd).number(0).op(evm::MSTORE).number(40).number(5).op(evm::REVERT);
    let mut stores = Code::default();
    stores.number(1).number(1).op(evm::SSTORE).number(0).number(1).op(evm::SSTORE).number(2).number(3).op(evm::SSTORE);
    stores.op(evm::CALLVALUE).op(evm::SELFBALANCE).op(evm::ADDRESS).op(evm::CODESIZE).op(evm::CALLDATASIZE);
    stores.number(0).op(evm::LOG3).op(evm::STOP);
    let mut destroys = Code::default();
    destroys.number(1).number(1).op(evm::SSTORE).op(evm::CALLER).op(evm::SELFDESTRUCT);
    // Its code destroys itself when called.
    let mut late = Code::default();
    late.number(0x33ff).number(0).op(evm::MSTORE).number(2).number(30).op(evm::RETURN);
    vec![
        ("empty init code", vec![]),
        ("init code that stops", vec![evm::STOP]),
        ("deployed code", returns(1, 0)),
        ("deployed code", returns(33, 0x60)),
        ("code of 0xef", returns(1, 0xef)),
        ("code of 0xef", returns(40, 0xef)),
        ("largest code", returns(largest, 0)),
        ("code one byte too long", returns(largest + 1, 0)),
        ("init code that reverts", reverts.finish()),
        ("init code that halts", vec![evm::INVALID]),
        ("init code that uses all gas", vec![evm::JUMPDEST, evm::PUSH1, 0, evm::JUMP]),
        ("init code with storage and logs", stores.finish()),
        ("init code that destroys itself", destroys.finish()),
        ("deployed code that destroys itself", late.finish()),
    ]
}

/// Creates from the init code, calls what was created twice, and returns what all gave.
fn creator(op: u8, from: From, value: U256, init: &[u8]) -> (Vec<u8>, Vec<U256>) {
    let mut args = vec![value, U256::ZERO, U256::from(init.len())];
    if op == evm::CREATE2 {
        args.push(U256::from(9));
    }
    let mut code = Code::default();
    code.number(init.len() as u64).push_data(init).number(0).op(evm::CODECOPY).op(evm::GAS);
    operands(&mut code, from, &args);
    code.op(op).op(evm::DUP1).number(0).op(evm::MSTORE);
    code.op(evm::SWAP1).op(evm::GAS).op(evm::SWAP1).op(evm::SUB).number(32).op(evm::MSTORE);
    code.op(evm::RETURNDATASIZE).number(64).op(evm::MSTORE);
    for place in [96, 128] {
        code.number(0).number(0).number(0).number(0).number(1).op(evm::DUP1 + 5).number(50_000).op(evm::CALL);
        code.number(place).op(evm::MSTORE);
    }
    for (look, place) in [(evm::EXTCODESIZE, 160), (evm::EXTCODEHASH, 192), (evm::BALANCE, 224)] {
        code.op(evm::DUP1).op(look).number(place).op(evm::MSTORE);
    }
    code.number(256).number(0).op(evm::RETURN);
    (code.finish(), args)
}

fn creations(scene: &mut Scene, op: u8) {
    for (edge, init) in inits(scene) {
        for (from, value) in BOTH.into_iter().zip([0, 3]) {
            let (code, args) = creator(op, from, U256::from(value), &init);
            let probe = scene.probe(op, edge, &code, &args);
            probe.tx.gas_limit = DEPLOY_GAS;
            let lengthy = matches!(edge, "init code that uses all gas" | "largest code" | "code one byte too long");
            probe.around = !lengthy;
        }
    }
    for value in [CONTRACT_WEI, CONTRACT_WEI + 1] {
        for from in BOTH {
            let (code, args) = creator(op, from, U256::from(value), &[evm::STOP]);
            scene.probe(op, "value up to the balance and beyond", &code, &args).around = true;
        }
    }
    ranges(scene, op);
    for nonce in [u64::MAX - 1, u64::MAX] {
        let (code, args) = creator(op, From::Runtime, U256::ZERO, &[evm::STOP]);
        let contract = scene.probe(op, "last nonces of the creator", &code, &args).contract;
        set_nonce(scene, contract, nonce);
    }
    collisions(scene, op);
}

/// An account with a balance alone, with a nonce alone, with code alone.
fn occupied_by(occupant: u64) -> AccountInfo {
    match occupant {
        0 => AccountInfo::from_balance(U256::from(4)),
        1 => AccountInfo { nonce: 1, ..AccountInfo::default() },
        _ => {
            let code = Bytecode::new_raw(Bytes::from_static(&[evm::STOP]));
            AccountInfo { nonce: 0, ..AccountInfo::from_bytecode(code) }
        }
    }
}

fn set_nonce(scene: &mut Scene, address: alloy_primitives::Address, nonce: u64) {
    scene.state.accounts.get_mut(&address).expect("the contract of a probe is there").info.nonce = nonce;
}

/// Where the init code lies in memory: only its length and place count.
fn ranges(scene: &mut Scene, op: u8) {
    let mut ranges = Vec::new();
    for len in [0, 1, 31, 32, 33, 49_151, 49_152, 49_153, 100_000] {
        ranges.push([U256::ZERO, U256::from(len)]);
    }
    for offset in [U256::from(31), power(32), power(64) - U256::ONE, power(64), U256::MAX] {
        ranges.extend([0, 1, 33].map(|len| [offset, U256::from(len)]));
    }
    ranges.extend([power(32), power(64), U256::MAX].map(|len| [U256::ZERO, len]));
    for range in ranges {
        for from in BOTH {
            let mut args = vec![U256::ZERO, range[0], range[1]];
            if op == evm::CREATE2 {
                args.push(U256::MAX);
            }
            let mut code = Code::default();
            operands(&mut code, from, &args);
            code.op(op).op(evm::MSIZE).op(evm::ADD).number(0).op(evm::MSTORE).number(32).number(0).op(evm::RETURN);
            let probe = scene.probe(op, "place and length of the init code", &code.finish(), &args);
            probe.around = range[1] <= U256::from(49_153);
        }
    }
}

/// The new address is taken: by a balance, a nonce, code, or by an earlier creation with the same salt.
fn collisions(scene: &mut Scene, op: u8) {
    let init = returns(2, 0x33);
    for occupant in 0..3u64 {
        let (code, args) = creator(op, From::Runtime, U256::ONE, &init);
        let probe = scene.probe(op, "address that is taken", &code, &args);
        probe.around = true;
        let contract = probe.contract;
        let address = match op {
            evm::CREATE => contract.create(1),
            _ => contract.create2(B256::from(U256::from(9)), keccak256(&init)),
        };
        scene.state.insert(address, occupied_by(occupant), Default::default());
    }
    let mut code = Code::default();
    for place in [0, 32] {
        for word in words(&[9, 0, 0, 0]).iter().take(if op == evm::CREATE2 { 4 } else { 3 }) {
            code.push(*word);
        }
        code.op(op).number(place).op(evm::MSTORE);
    }
    code.number(64).number(0).op(evm::RETURN);
    scene.probe(op, "the same creation twice", &code.finish(), &[]).around = true;
}

/// Contract-creating transactions.
fn transactions(scene: &mut Scene) {
    for (edge, init) in inits(scene) {
        for value in [0u64, 3] {
            let address = scene.fresh();
            let probe = scene.call(evm::CREATE, edge, address, init.clone().into());
            probe.tx.kind = TxKind::Create;
            probe.tx.value = U256::from(value);
            probe.tx.gas_limit = DEPLOY_GAS;
            probe.around = init.len() < 24 && !edge.contains("all gas") && !edge.contains("larg");
        }
    }
    for occupant in 0..3u64 {
        let address = scene.fresh();
        let probe = scene.call(evm::CREATE, "address that is taken", address, returns(2, 0x33).into());
        probe.tx.kind = TxKind::Create;
        let address = probe.tx.caller.create(0);
        scene.state.insert(address, occupied_by(occupant), Default::default());
    }
}

fn destructions(scene: &mut Scene) {
    let count = kinds(scene).len();
    for index in 0..count {
        for from in BOTH {
            for balance in [0, 6] {
                for (frame, edge) in [
                    (evm::STOP, "receivers"),
                    (evm::CALL, "receivers, in a called frame"),
                    (evm::DELEGATECALL, "receivers, in a frame of DELEGATECALL"),
                ] {
                    let (_, address) = kinds(scene)[index];
                    let mut code = Code::default();
                    match address {
                        None => code.op(evm::ADDRESS),
                        Some(_) => {
                            operands(&mut code, from, &[word(address)]);
                            &mut code
                        }
                    };
                    code.op(evm::SELFDESTRUCT);
                    let code = code.finish();
                    let contract = scene.account(balance, 1, &code);
                    scene.store(contract, &[(U256::ONE, U256::from(8))]);
                    let args = [word(address)];
                    let probe = match frame {
                        evm::STOP => {
                            let data = args[0].to_be_bytes::<32>();
                            scene.call(evm::SELFDESTRUCT, edge, contract, data.into())
                        }
                        _ => scene.framed(evm::SELFDESTRUCT, edge, frame, contract, &args),
                    };
                    probe.around = from == From::Runtime;
                }
            }
        }
    }
    // Twice, and undone by the frame around the first.
    let victim = scene.account(7, 1, &[evm::CALLER, evm::SELFDESTRUCT]);
    let calls = scene.account(0, 1, &caller(evm::CALL));
    for ending in [evm::STOP, evm::REVERT, evm::INVALID] {
        let mut middle = Code::default();
        for _ in 0..2 {
            middle.number(0).number(0).number(0).number(0).number(0);
            middle.push(word(Some(victim))).op(evm::GAS).op(evm::CALL).op(evm::POP);
        }
        middle.number(0).number(0).op(ending);
        let middle = scene.account(3, 1, &middle.finish());
        let mut outer = Code::default();
        for (target, place) in [(middle, 64), (victim, 128)] {
            outer.push(word(Some(target))).number(0).op(evm::MSTORE);
            outer.number(64).number(place).number(32).number(0).number(0).push(word(Some(calls))).number(200_000);
            outer.op(evm::CALL).op(evm::POP);
        }
        outer.number(192).number(0).op(evm::RETURN);
        let outer = outer.finish();
        scene.probe(evm::SELFDESTRUCT, "twice, and undone", &outer, &[]).around = true;
    }
}

pub(super) fn probes(scene: &mut Scene) {
    creations(scene, evm::CREATE);
    creations(scene, evm::CREATE2);
    transactions(scene);
    destructions(scene);
}
