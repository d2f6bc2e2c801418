//! What programs do often.

use crate::random::Random;

/// Kinds of statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Operations on words.
    Arithmetic,
    /// PUSH, DUP, SWAP, POP, environment.
    Stack,
    /// Memory, calldata, code, return data.
    Memory,
    /// Storage, transient storage, accounts, block values.
    State,
    /// Branches, loops, internal calls.
    Flow,
    /// Calls of accounts.
    Call,
    /// Calls of precompiles with input made for them.
    Precompile,
    /// CREATE and CREATE2.
    Create,
    /// SELFDESTRUCT.
    Destruct,
    /// LOG.
    Log,
    /// What halts.
    Rare,
}

const TOPICS: [Topic; 11] = [
    Topic::Arithmetic,
    Topic::Stack,
    Topic::Memory,
    Topic::State,
    Topic::Flow,
    Topic::Call,
    Topic::Precompile,
    Topic::Create,
    Topic::Destruct,
    Topic::Log,
    Topic::Rare,
];

/// How often each topic comes up, in the order of [`Topic`].
#[derive(Clone, Copy, Debug)]
pub struct Theme([u64; TOPICS.len()]);

impl Theme {
    /// What compilers write: few creations, self-destructions and precompiles.
    pub const PLAIN: Self = Self([33, 31, 9, 8, 7, 6, 0, 1, 0, 1, 2]);

    const THEMES: [Self; 6] = [
        Self::PLAIN,
        // Everything that reaches other accounts.
        Self([6, 8, 8, 12, 10, 20, 10, 10, 4, 4, 2]),
        Self([6, 8, 8, 8, 6, 10, 2, 30, 4, 2, 1]),
        Self([6, 8, 8, 10, 8, 30, 2, 4, 10, 2, 2]),
        Self([4, 6, 10, 6, 6, 8, 40, 2, 1, 2, 1]),
        Self([4, 8, 20, 30, 12, 12, 1, 2, 1, 8, 1]),
    ];

    /// Any of several.
    pub fn random(random: &mut Random) -> Self {
        *random.pick(&Self::THEMES)
    }

    pub(super) fn pick(&self, random: &mut Random) -> Topic {
        TOPICS[random.weighted(&self.0)]
    }
}
