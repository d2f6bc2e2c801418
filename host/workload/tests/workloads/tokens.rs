//! Plain transfers of tokens.

use crate::case::Case;
use crate::model::Model;
use gaslane_workload::abi::Token;

pub fn apply(case: &mut Case, model: &mut Model) {
    for tx in case.of("token") {
        if let Some(call) = tx.call::<Token::transferCall>() {
            model.moves(tx.to, tx.from, call.to, call.amount);
        } else {
            let call: Token::transferFromCall = tx.call().unwrap();
            model.takes(tx.to, call.from, tx.from, call.to, call.amount);
        }
        model.covered += 1;
    }
}
