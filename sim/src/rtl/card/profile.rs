//! Where the cycles of the card's management processor go.

use gaslane_manager::{FUNCTIONS, PROGRAM};
use std::collections::BTreeMap;
use std::fmt::{self, Display};

/// Cycles by place in the program: where the processor's fetch stood.
#[derive(Clone, Debug)]
pub struct FirmwareProfile {
    words: Vec<u64>,
}

impl Default for FirmwareProfile {
    fn default() -> Self {
        Self { words: vec![0; PROGRAM.len() / 4 + 1] }
    }
}

impl FirmwareProfile {
    pub(super) fn count(&mut self, pc: u32) {
        if let Some(cycles) = self.words.get_mut(pc as usize / 4) {
            *cycles += 1;
        }
    }

    /// Cycles of each function, and of each of its words.
    fn functions(&self) -> BTreeMap<&'static str, u64> {
        let mut starts: Vec<(usize, &str)> = FUNCTIONS
            .lines()
            .filter_map(|line| {
                let (address, name) = line.split_once(' ')?;
                Some((usize::from_str_radix(address, 16).ok()?, name))
            })
            .collect();
        starts.sort_unstable();
        let mut sums = BTreeMap::new();
        for (word, &cycles) in self.words.iter().enumerate() {
            let after = starts.partition_point(|&(address, _)| address <= 4 * word);
            let name = after.checked_sub(1).map_or("start", |at| starts[at].1);
            *sums.entry(name).or_default() += cycles;
        }
        sums
    }
}

impl Display for FirmwareProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.words.iter().sum::<u64>().max(1) as f64;
        writeln!(f, "Cycles of the management processor by function, what is inlined counted where it stands")?;
        let mut functions: Vec<_> = self.functions().into_iter().filter(|&(_, cycles)| cycles > 0).collect();
        functions.sort_by_key(|&(_, cycles)| std::cmp::Reverse(cycles));
        for (name, cycles) in functions {
            writeln!(f, "  {cycles:>12}  {:>5.1} %  {name}", 100.0 * cycles as f64 / all)?;
        }
        Ok(())
    }
}
