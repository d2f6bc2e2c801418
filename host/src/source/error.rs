//! Errors of block sources.

use alloy_primitives::{Address, B256};
use revm::primitives::hardfork::SpecId;
use std::fmt;

/// What is wrong with a file, and where.
#[derive(Debug)]
pub struct SourceError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    file: String,
    at: String,
    kind: SourceErrorKind,
}

/// The ways in which a file can be wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceErrorKind {
    /// The file cannot be read at all.
    #[error("cannot be read")]
    Read(#[source] std::io::Error),
    /// Starts like gzip but does not decompress.
    #[error("gzip data is truncated or damaged")]
    Gzip(#[source] std::io::Error),
    /// Larger than any block.
    #[error("holds more than {0} bytes")]
    TooLong(u64),
    /// Not JSON, or cut off.
    #[error("is not complete JSON")]
    Json(#[source] serde_json::Error),
    /// A required field is absent.
    #[error("field is missing")]
    Missing,
    /// A field has another JSON type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What belongs there.
        expected: &'static str,
        /// What is there, shortened.
        found: String,
    },
    /// A number outside its range.
    #[error("{value} is outside the range of {expected}")]
    Range {
        /// What is there, shortened.
        value: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// A transaction type that no fork defines.
    #[error("unknown transaction type {0:#x}")]
    TransactionType(u64),
    /// A fork name that is not known.
    #[error("unknown fork {0:?}")]
    Fork(String),
    /// A header field of a fork that has not come yet.
    #[error("field belongs to {since:?}, the block's rules are those of {spec:?}")]
    LaterFork {
        /// Fork that brought the field.
        since: SpecId,
        /// The block's rules.
        spec: SpecId,
    },
    /// The fork schedule of that chain is not known.
    #[error("no fork schedule for chain {0}")]
    Chain(u64),
    /// Signature does not recover to an address.
    #[error("signature does not recover to a sender")]
    Signature,
    /// A secret key outside 1..n.
    #[error("secret key is not a scalar of secp256k1")]
    SecretKey,
    /// Neither a sender nor anything to derive it from.
    #[error("no sender, signature or secret key")]
    NoSender,
    /// RLP does not decode.
    #[error("transactions do not decode from RLP")]
    Rlp(#[source] alloy_rlp::Error),
    /// An account names code that the file lacks.
    #[error("account {address} has code hash {hash}, which the file does not carry")]
    MissingCode {
        /// The account.
        address: Address,
        /// Its code hash.
        hash: B256,
    },
    /// Code stands under another hash than its own.
    #[error("code hashes to {actual}, not to its key")]
    CodeHash {
        /// Keccak-256 of the code.
        actual: B256,
    },
}

impl SourceErrorKind {
    /// What to do about it.
    pub fn cure(&self) -> &'static str {
        match self {
            Self::Read(_) => "check the path and its permissions",
            Self::Gzip(_) => "fetch or compress the file again",
            Self::TooLong(_) => "give one block per file",
            Self::Json(_) => "the file must hold one JSON value, plain or gzip-compressed",
            Self::Missing => "add the field; a bundle has `block`, `pre`, `codes` and `hashes`",
            Self::WrongType { .. } => "write quantities as 0x-prefixed hex or integers, data as 0x-prefixed hex",
            Self::Range { .. } => "correct the value",
            Self::TransactionType(_) => "types 0x0 to 0x4 are supported",
            Self::Fork(_) => "use a name from Frontier to Osaka, BPO1 or BPO2",
            Self::LaterFork { .. } => {
                "name the block's fork in `fork` if it is one from Frontier to BPO2; later forks need a later version of \
                 this program"
            }
            Self::Chain(_) => "name the rules in the top-level key `fork`",
            Self::Signature => "check v (or yParity), r and s, or give the sender as `from`",
            Self::SecretKey => "give the key as 32 bytes of hex",
            Self::NoSender => "add `from`, or v (or yParity), r and s, or `secretKey`",
            Self::Rlp(_) => "the file must hold a 0x-prefixed hex string of the RLP list of transactions",
            Self::MissingCode { .. } => "add the bytecode to `codes` under that hash",
            Self::CodeHash { .. } => "use the Keccak-256 hash of the bytecode as its key",
        }
    }
}

impl SourceError {
    pub(crate) fn new(file: impl Into<String>, at: impl Into<String>, kind: SourceErrorKind) -> Self {
        Self(Box::new(Inner { file: file.into(), at: at.into(), kind }))
    }

    /// Name of the file.
    pub fn file(&self) -> &str {
        &self.0.file
    }

    /// Path of the JSON field, as in `block.transactions[3].gas`; empty if the file as a whole is wrong.
    pub fn at(&self) -> &str {
        &self.0.at
    }

    /// What is wrong.
    pub fn kind(&self) -> &SourceErrorKind {
        &self.0.kind
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { file, at, kind } = &*self.0;
        write!(f, "{file}: ")?;
        if !at.is_empty() {
            write!(f, "{at}: ")?;
        }
        write!(f, "{kind} ({})", kind.cure())
    }
}

impl std::error::Error for SourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0.kind)
    }
}
