//! The workloads' names.

use crate::WorkloadError;
use std::fmt;
use std::str::FromStr;

macro_rules! kinds {
    ($($variant:ident, $name:literal, $conflict:literal, $about:literal;)*) => {
        /// A workload. The doc of each says what its transactions do and what the hot object is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = $about] $variant,)*
        }

        impl Kind {
            /// All workloads.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name, as [`Display`](fmt::Display) writes and [`FromStr`] reads it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// One line on what the transactions do and what the hot object is.
            pub const fn about(self) -> &'static str {
                match self {
                    $(Self::$variant => $about,)*
                }
            }

            /// The usual share of transactions that touch the hot object.
            pub const fn default_conflict(self) -> f64 {
                match self {
                    $(Self::$variant => $conflict,)*
                }
            }
        }

        /// The names of all workloads, in the order of [`Kind::ALL`].
        pub fn names() -> &'static [&'static str] {
            &[$($name),*]
        }
    };
}

kinds! {
    Transfers, "transfers", 0.0, "plain transfers of value; hot: a sender that others also pay";
    Erc20, "erc20", 0.0, "transfers of one token, some on behalf of its holder; hot: one recipient";
    Erc20Many, "erc20-many", 0.0, "transfers of many tokens; hot: one recipient of token 0";
    SwapV2, "swap-v2", 1.0, "swaps in pools with a constant product; hot: one pool, others each have a pool of their own";
    SwapV2Many, "swap-v2-many", 0.0, "swaps in many pools with a constant product, some through two; hot: one pool";
    SwapV3, "swap-v3", 1.0, "swaps in pools with liquidity by price range; hot: one pool, others each have a pool of their own";
    SwapV3Many, "swap-v3-many", 0.0, "swaps in many pools with liquidity by price range; hot: one pool";
    Lending, "lending", 0.0, "deposits, loans, repayments and liquidations over many reserves; hot: one reserve";
    Nft, "nft", 0.0, "collectibles that breed and are auctioned, in many collections; hot: one collection and seller";
    Provenance, "provenance", 0.0, "batches of traced goods registered, moved and inspected; hot: one batch inspected by all";
    Dao, "dao", 1.0, "weighted votes, and a count at the end; hot: one proposal, other votes each have their own";
    Arithmetic, "arithmetic", 0.0, "powers and polynomials modulo a number, long products divided; hot: a total that results are folded into";
    Keccak, "keccak", 0.0, "Merkle proofs and hashes of many lengths; hot: a digest that results are folded into";
    Storage, "storage", 0.0, "lists in storage that grow, change and shrink; hot: a board of 16 numbers";
    Mix, "mix", 0.2, "all of the above, about half of it transfers of value and tokens; hot: each one's hot object";
    MixDefi, "mix-defi", 0.3, "swaps, loans and tokens; hot: each one's hot object";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Kind {
    type Err = WorkloadError;

    fn from_str(name: &str) -> Result<Self, WorkloadError> {
        let found = Self::ALL.iter().find(|kind| kind.name() == name);
        found.copied().ok_or_else(|| WorkloadError::Name(name.to_owned()))
    }
}
