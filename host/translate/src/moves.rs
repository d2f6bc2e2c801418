//! Parallel moves: brings values into the slots of an exit, whatever the slots held before.

use crate::value::Value;
use gaslane_abi::isa::SLOT_MIN;

/// A move: the slot that it writes, and what: a slot is an `Entry`, whatever it holds by now.
pub type Move = (i8, Value);

const NONE: i8 = i8::MIN;

fn index(slot: i8) -> usize {
    (i32::from(slot) - i32::from(SLOT_MIN)) as usize
}

/// Slots as bits, the lowest slot first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slots(pub u128);

impl Slots {
    /// One slot.
    #[inline]
    pub fn one(slot: i8) -> Self {
        Self(1 << index(slot))
    }

    /// Slots from one up.
    #[inline]
    pub fn up_from(lowest: i32) -> Self {
        Self(u128::MAX << (lowest - i32::from(SLOT_MIN)))
    }

    /// The highest slot; below every slot if there is none.
    pub fn highest(self) -> i32 {
        i32::from(SLOT_MIN) + 127 - self.0.leading_zeros() as i32
    }

    /// Whether it holds a slot.
    #[inline]
    pub fn contains(self, slot: i8) -> bool {
        self.0 >> index(slot) & 1 == 1
    }

    /// The lowest slot.
    #[inline]
    pub fn lowest(self) -> Option<i8> {
        (self.0 != 0).then(|| (self.0.trailing_zeros() as i32 + i32::from(SLOT_MIN)) as i8)
    }
}

impl Iterator for Slots {
    type Item = i8;

    fn next(&mut self) -> Option<i8> {
        let slot = self.lowest()?;
        self.0 &= self.0 - 1;
        Some(slot)
    }
}

/// Slots that moves write, and those that they read.
pub fn extent(moves: &[Move]) -> (Slots, Slots) {
    let (mut written, mut read) = (Slots::default(), Slots::default());
    for &(to, operand) in moves {
        written.0 |= Slots::one(to).0;
        if let Value::Entry(from) = operand {
            read.0 |= Slots::one(from as i8).0;
        }
    }
    (written, read)
}

/// Orders moves so that none overwrites what another still reads. `temp` is a slot that no move names; it
/// breaks cycles. Destinations are distinct.
pub fn resolve(moves: &[Move], temp: i8, ordered: &mut Vec<Move>) {
    ordered.clear();
    let (written, read) = extent(moves);
    if written.0 & read.0 == 0 {
        ordered.extend_from_slice(moves);
        return;
    }
    // By slot: how many pending moves read it, and the source of the pending move to it.
    let mut readers = [0u8; 128];
    let mut source = [NONE; 128];
    let mut pending = Slots::default();
    for &(to, operand) in moves {
        if let Value::Entry(from) = operand
            && from != i32::from(to)
        {
            let from = from as i8;
            readers[index(from)] += 1;
            source[index(to)] = from;
            pending.0 |= Slots::one(to).0;
        }
    }
    let mut ready = Slots(pending.filter(|&to| readers[index(to)] == 0).fold(0, |all, to| all | Slots::one(to).0));
    loop {
        while let Some(to) = ready.next() {
            let from = std::mem::replace(&mut source[index(to)], NONE);
            pending.0 &= !Slots::one(to).0;
            ordered.push((to, Value::Entry(from.into())));
            readers[index(from)] -= 1;
            if readers[index(from)] == 0 && source[index(from)] != NONE {
                ready.0 |= Slots::one(from).0;
            }
        }
        // Only cycles remain: each slot in one is read by exactly one move.
        let Some(to) = pending.lowest() else { break };
        ordered.push((temp, Value::Entry(to.into())));
        for reader in pending {
            if source[index(reader)] == to {
                source[index(reader)] = temp;
                readers[index(temp)] += 1;
                readers[index(to)] -= 1;
            }
        }
        ready = Slots::one(to);
    }
    ordered.extend(moves.iter().filter(|(_, operand)| !matches!(operand, Value::Entry(_))));
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
    fn sets_of_slots() {
        assert_eq!(Slots::up_from(60).collect::<Vec<_>>(), [60, 61, 62, 63]);
        assert_eq!((Slots::up_from(-64).0, Slots::one(-3).highest()), (u128::MAX, -3));
        assert!(Slots::one(63).contains(63) && !Slots::one(63).contains(62));
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
                    1 => moves.push((to, Value::Small(next(&mut state) as u32))),
                    _ => moves.push((to, Value::Entry((next(&mut state) % slots) as i32))),
                }
            }
            let before: Vec<u64> = (0..13).collect();
            let mut after = before.clone();
            let mut ordered = Vec::new();
            resolve(&moves, 12, &mut ordered);
            for (to, operand) in ordered {
                after[to as usize] = match operand {
                    Value::Entry(from) => after[from as usize],
                    Value::Small(constant) => 1_000 + u64::from(constant),
                    _ => unreachable!(),
                };
            }
            let mut expected = before.clone();
            for &(to, operand) in &moves {
                expected[to as usize] = match operand {
                    Value::Entry(from) => before[from as usize],
                    Value::Small(constant) => 1_000 + u64::from(constant),
                    _ => unreachable!(),
                };
            }
            assert_eq!(after[..12], expected[..12], "seed {seed}: {moves:?}");
        }
    }

    #[test]
    fn a_permutation_costs_one_word_more_per_cycle() {
        let slot = Value::Entry;
        let words = |moves: &[Move]| {
            let mut ordered = Vec::new();
            resolve(moves, 9, &mut ordered);
            ordered.len()
        };
        assert_eq!(words(&[(0, slot(1)), (1, slot(0))]), 3);
        assert_eq!(words(&[(0, slot(1)), (1, slot(2)), (2, slot(0)), (3, slot(3))]), 4);
        assert_eq!(words(&[(0, slot(1)), (1, slot(2))]), 2);
    }
}
