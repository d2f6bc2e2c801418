//! What holds for every opcode: undefined bytes halt, the stack's limits, gas, and every kind of frame.

use super::scene::{BOTH, From, Scene, give_top, operands};
use super::words;
use crate::program::Code;
use alloy_primitives::U256;
use gaslane_abi::evm::{self, Opcode};

/// Items on the EVM's stack at most (yellow paper 9.1).
const STACK_LIMIT: u64 = 1024;

/// Operands with which an opcode does something plain.
fn plain_args(scene: &mut Scene, opcode: &Opcode) -> Vec<U256> {
    let stop = [evm::STOP];
    let mut account = |code: &[u8]| U256::from_be_slice(scene.account(3, 1, code).as_slice());
    match opcode.byte {
        evm::BALANCE | evm::EXTCODESIZE | evm::EXTCODEHASH | evm::SELFDESTRUCT => vec![account(&stop)],
        evm::EXTCODECOPY => [vec![account(&stop)], words(&[0, 0, 5])].concat(),
        evm::CALL | evm::CALLCODE => [vec![U256::from(9000), account(&stop)], words(&[0, 0, 3, 0, 32])].concat(),
        evm::DELEGATECALL | evm::STATICCALL => [vec![U256::from(9000), account(&stop)], words(&[0, 3, 0, 32])].concat(),
        evm::CREATE => words(&[0, 0, 3]),
        evm::CREATE2 => words(&[0, 0, 3, 7]),
        evm::BLOCKHASH => words(&[super::scene::NUMBER - 1]),
        evm::RETURNDATACOPY => words(&[0, 0, 0]),
        evm::JUMP | evm::JUMPI => words(&[0, 1]),
        byte if byte & 0xe0 == 0x80 => (1..=17u64).map(|n| U256::from(n * 257)).take(opcode.inputs.into()).collect(),
        _ => words(&[33, 2, 3, 4, 5, 6, 7])[..opcode.inputs.into()].to_vec(),
    }
}

/// The opcode with its operands. Jumps go to the byte behind them.
fn execute(code: &mut Code, opcode: &Opcode, from: From, args: &[U256]) {
    if matches!(opcode.byte, evm::JUMP | evm::JUMPI) {
        if opcode.byte == evm::JUMPI {
            operands(code, from, &args[..2]);
            code.op(evm::POP);
        }
        let target = code.label();
        code.push_label(target).op(opcode.byte).place(target);
        return;
    }
    operands(code, from, args);
    code.op(opcode.byte);
    // PUSHn has its data behind it.
    for byte in 0..evm::push_len(opcode.byte) {
        code.op(0xc0 + byte as u8);
    }
}

/// Uses every item that the opcode leaves, so that none is lost unseen.
fn fold(code: &mut Code, opcode: &Opcode) {
    for _ in 1..opcode.outputs {
        code.number(31).op(evm::MUL).op(evm::ADD);
    }
    if opcode.outputs > 0 {
        give_top(code);
    }
}

fn undefined(scene: &mut Scene) {
    for byte in 0..=u8::MAX {
        if evm::lookup(byte, scene.fork).is_some() {
            continue;
        }
        let mut code = Code::default();
        operands(&mut code, From::Constant, &words(&[0, 0, 0, 0, 0, 0, 0]));
        code.op(byte).op(evm::STOP);
        scene.probe(byte, "halts where the fork lacks it", &code.finish(), &[]);
    }
}

/// Pushes that many zeros: as constants, or in a loop, which the translator does not unroll.
fn pile(code: &mut Code, items: u64, from: From) {
    if from == From::Constant {
        for _ in 0..items {
            code.number(0);
        }
        return;
    }
    let next = code.label();
    code.number(items).place(next).number(0).op(evm::SWAP1);
    code.number(1).op(evm::SWAP1).op(evm::SUB).op(evm::DUP1).push_label(next).op(evm::JUMPI).op(evm::POP);
}

fn stack(scene: &mut Scene, opcode: &Opcode) {
    let byte = opcode.byte;
    if opcode.inputs > 0 {
        for from in BOTH {
            let mut code = Code::default();
            operands(&mut code, from, &words(&[0; 17])[..usize::from(opcode.inputs) - 1]);
            code.op(byte).op(evm::STOP);
            scene.probe(byte, "stack one short", &code.finish(), &[]);
        }
        let mut code = Code::default();
        code.op(byte).op(evm::STOP);
        scene.probe(byte, "stack empty", &code.finish(), &[]);
    }
    for (items, edge) in
        [(STACK_LIMIT, "stack full"), (STACK_LIMIT - 1, "stack one below full"), (STACK_LIMIT + 1, "stack beyond full")]
    {
        for from in BOTH {
            let mut code = Code::default();
            pile(&mut code, items, from);
            code.op(byte);
            for _ in 0..evm::push_len(byte) {
                code.op(1);
            }
            code.op(evm::PC).op(evm::POP).op(evm::STOP);
            // The loop itself needs two items more than it leaves.
            if from == From::Constant || items < STACK_LIMIT - 1 || opcode.inputs > 0 || opcode.outputs == 0 {
                scene.probe(byte, edge, &code.finish(), &[]);
            }
        }
    }
}

pub(super) fn probes(scene: &mut Scene) {
    undefined(scene);
    for byte in 0..=u8::MAX {
        let Some(opcode) = evm::lookup(byte, scene.fork) else { continue };
        stack(scene, &opcode);
        for from in BOTH {
            let args = plain_args(scene, &opcode);
            let mut code = Code::default();
            execute(&mut code, &opcode, from, &args);
            fold(&mut code, &opcode);
            let edge = if from == From::Constant { "plain, constants" } else { "plain, run-time words" };
            scene.probe(byte, edge, &code.finish(), &args).around = true;
        }
        for (kind, edge) in [
            (evm::CALL, "in a called frame"),
            (evm::CALLCODE, "in a frame of CALLCODE"),
            (evm::DELEGATECALL, "in a frame of DELEGATECALL"),
            (evm::STATICCALL, "in a static frame"),
        ] {
            let args = plain_args(scene, &opcode);
            let mut code = Code::default();
            execute(&mut code, &opcode, From::Runtime, &args);
            fold(&mut code, &opcode);
            let callee = scene.account(5, 1, &code.finish());
            scene.framed(byte, edge, kind, callee, &args);
            let probe = scene.framed(byte, edge, kind, callee, &args);
            probe.tx.value = U256::from(9);
        }
    }
}
