//! Parallel moves: brings values into the slots of an exit, whatever the slots held before.

use crate::operand::Operand;
use gaslane_abi::isa::SLOT_MIN;

fn index(slot: i8) -> usize {
    (i32::from(slot) - i32::from(SLOT_MIN)) as usize
}

/// Orders moves so that none overwrites what another still reads. `temp` is a slot that no move names; it
/// breaks cycles. Destinations are distinct.
pub fn resolve(moves: &[(i8, Operand)], temp: i8) -> Vec<(i8, Operand)> {
    // By slot: how many pending moves read it, and the source of the pending move to it.
    let mut readers = [0u32; 128];
    let mut source = [None; 128];
    let mut pending = Vec::new();
    for &(to, operand) in moves {
        if let Operand::Slot(from) = operand
            && from != to
        {
            readers[index(from)] += 1;
            source[index(to)] = Some(from);
            pending.push(to);
        }
    }
    let mut ordered = Vec::with_capacity(moves.len() + 1);
    let mut ready: Vec<i8> = pending.iter().copied().filter(|&to| readers[index(to)] == 0).collect();
    loop {
        while let Some(to) = ready.pop() {
            let Some(from) = source[index(to)].take() else { continue };
            ordered.push((to, Operand::Slot(from)));
            readers[index(from)] -= 1;
            if readers[index(from)] == 0 && source[index(from)].is_some() {
                ready.push(from);
            }
        }
        // Only cycles remain: each slot in one is read by exactly one move.
        pending.retain(|&to| source[index(to)].is_some());
        let Some(&to) = pending.first() else { break };
        ordered.push((temp, Operand::Slot(to)));
        for &reader in &pending {
            if source[index(reader)] == Some(to) {
                source[index(reader)] = Some(temp);
                readers[index(temp)] += 1;
                readers[index(to)] -= 1;
            }
        }
        ready.push(to);
    }
    ordered.extend(moves.iter().filter(|(_, operand)| !matches!(operand, Operand::Slot(_))));
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    /// xorshift64*.
    fn next(seed: &mut u64) -> u64 {
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        seed.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    #[test]
    fn random_mappings_arrive() {
        for seed in 1..=20_000u64 {
            let mut state = seed;
            let slots = 1 + next(&mut state) % 12;
            let mut moves = Vec::new();
            for to in 0..slots as i8 {
                match next(&mut state) % 8 {
                    0 => {}
                    1 => moves.push((to, Operand::Const(next(&mut state) as u32))),
                    _ => moves.push((to, Operand::Slot((next(&mut state) % slots) as i8))),
                }
            }
            let before: Vec<u64> = (0..13).collect();
            let mut after = before.clone();
            for (to, operand) in resolve(&moves, 12) {
                after[to as usize] = match operand {
                    Operand::Slot(from) => after[from as usize],
                    Operand::Const(index) => 1_000 + u64::from(index),
                    Operand::Env(_) => unreachable!(),
                };
            }
            let mut expected = before.clone();
            for &(to, operand) in &moves {
                expected[to as usize] = match operand {
                    Operand::Slot(from) => before[from as usize],
                    Operand::Const(index) => 1_000 + u64::from(index),
                    Operand::Env(_) => unreachable!(),
                };
            }
            assert_eq!(after[..12], expected[..12], "seed {seed}: {moves:?}");
        }
    }

    #[test]
    fn a_permutation_costs_one_word_more_per_cycle() {
        let slot = Operand::Slot;
        assert_eq!(resolve(&[(0, slot(1)), (1, slot(0))], 9).len(), 3);
        assert_eq!(resolve(&[(0, slot(1)), (1, slot(2)), (2, slot(0)), (3, slot(3))], 9).len(), 4);
        assert_eq!(resolve(&[(0, slot(1)), (1, slot(2))], 9).len(), 2);
    }
}
