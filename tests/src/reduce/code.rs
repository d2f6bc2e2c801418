//! Shortening of bytecode: first what is not needed becomes JUMPDESTs, which leaves every other byte in its place; then
//! they go, and references to what lies behind them move.

use gaslane_abi::evm;
use std::ops::Range;

/// Offers shorter and shorter codes; `accept` says which still do.
pub(super) fn shorten(code: &[u8], accept: &mut impl FnMut(&[u8]) -> bool) {
    if accept(&[]) {
        return;
    }
    let mut best = code.to_vec();
    // The end.
    let mut cut = best.len() / 2;
    while cut > 0 {
        if cut < best.len() && accept(&best[..best.len() - cut]) {
            best.truncate(best.len() - cut);
        } else {
            cut /= 2;
        }
    }
    let mut size = instructions(&best).len().next_power_of_two() / 2;
    while size > 0 {
        let list = instructions(&best);
        for chunk in list.chunks(size) {
            let range = chunk[0].start..chunk[chunk.len() - 1].end;
            if best[range.clone()].iter().all(|byte| *byte == evm::JUMPDEST) {
                continue;
            }
            let mut next = best.clone();
            next[range].fill(evm::JUMPDEST);
            if accept(&next) {
                best = next;
            }
        }
        size /= 2;
    }
    let mut at = 0;
    while at < best.len() {
        let run = best[at..].iter().take_while(|byte| **byte == evm::JUMPDEST).count();
        let list = instructions(&best);
        let Some(index) = list.iter().position(|range| range.start == at) else {
            at += 1;
            continue;
        };
        let mut len = run;
        let mut gone = false;
        while len > 0 && !gone {
            let next = without(&best, at..at + len);
            gone = accept(&next);
            if gone {
                best = next;
            } else {
                len /= 2;
            }
        }
        if !gone {
            at = list[index].end;
        }
    }
}

fn instructions(code: &[u8]) -> Vec<Range<usize>> {
    let mut list = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let end = (at + 1 + evm::push_len(code[at])).min(code.len());
        list.push(at..end);
        at = end;
    }
    list
}

/// The code without those bytes; two-byte constants that may be references to what lies behind them move.
fn without(code: &[u8], gap: Range<usize>) -> Vec<u8> {
    let mut out = Vec::new();
    for range in instructions(code) {
        if gap.contains(&range.start) {
            continue;
        }
        let mut bytes = code[range].to_vec();
        if let [0x61, high, low] = bytes[..] {
            let target = usize::from(high) << 8 | usize::from(low);
            if target >= gap.end && target <= code.len() {
                bytes[1..].copy_from_slice(&((target - gap.len()) as u16).to_be_bytes());
            }
        }
        out.extend(bytes);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_needed_goes_and_jumps_follow() {
        // PUSH1 1, POP, PUSH2 target, JUMP, INVALID, target: JUMPDEST, ADDRESS, SELFDESTRUCT, STOP
        let code = [0x60, 1, 0x50, 0x61, 0, 8, 0x56, 0xfe, 0x5b, 0x30, 0xff, 0x00];
        let mut shortest = code.to_vec();
        shorten(&code, &mut |next| {
            // Whether it jumps to the first JUMPDEST after it and destroys itself there.
            let found = next.windows(6).enumerate().any(|(at, w)| {
                w[0] == 0x61 && w[3] == 0x56 && next.get(usize::from(w[2])) == Some(&0x5b) && usize::from(w[2]) > at
            }) && next.windows(2).any(|w| w == [0x30, 0xff]);
            if found {
                shortest = next.to_vec();
            }
            found
        });
        assert_eq!(shortest, [0x61, 0, 4, 0x56, 0x5b, 0x30, 0xff]);
    }
}
