//! JSON values that know where they stand, so that every error names its field.

use super::{SourceError, SourceErrorKind};
use alloy_primitives::{Address, B256, Bloom, Bytes, FixedBytes, U256, hex};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// More than any block with its state: guards against decompression bombs.
const LONGEST_FILE: u64 = 1 << 30;

/// A parsed file.
pub(crate) struct Document {
    pub(crate) file: String,
    pub(crate) value: Value,
}

impl Document {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, SourceError> {
        let file = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|e| SourceError::new(&file, "", SourceErrorKind::Read(e)))?;
        Self::parse(&file, &bytes)
    }

    /// Parses JSON, plain or gzip-compressed (told apart by the first bytes).
    pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<Self, SourceError> {
        let error = |kind| SourceError::new(file, "", kind);
        let plain;
        let json = if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut out = Vec::with_capacity(bytes.len().saturating_mul(4));
            let read = MultiGzDecoder::new(bytes).take(LONGEST_FILE + 1).read_to_end(&mut out);
            if read.map_err(|e| error(SourceErrorKind::Gzip(e)))? as u64 > LONGEST_FILE {
                return Err(error(SourceErrorKind::TooLong(LONGEST_FILE)));
            }
            plain = out;
            &plain[..]
        } else {
            bytes
        };
        let value = serde_json::from_slice(json).map_err(|e| error(SourceErrorKind::Json(e)))?;
        Ok(Self { file: file.to_owned(), value })
    }

    /// The outermost value.
    pub(crate) fn root(&self) -> Node<'_> {
        Node { value: &self.value, parent: None, key: Key::Root, file: &self.file }
    }
}

#[derive(Clone, Copy)]
enum Key<'a> {
    Root,
    Field(&'a str),
    Index(usize),
}

/// A value and its place in the file.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    value: &'a Value,
    parent: Option<&'a Node<'a>>,
    key: Key<'a>,
    file: &'a str,
}

impl<'a> Node<'a> {
    fn child(&'a self, key: Key<'a>, value: &'a Value) -> Self {
        Node { value, parent: Some(self), key, file: self.file }
    }

    fn path(&self) -> String {
        let mut path = self.parent.map(Node::path).unwrap_or_default();
        match self.key {
            Key::Root => {}
            Key::Field(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
            Key::Index(i) => path.push_str(&format!("[{i}]")),
        }
        path
    }

    pub(crate) fn error(&self, kind: SourceErrorKind) -> SourceError {
        SourceError::new(self.file, self.path(), kind)
    }

    /// An error at an element that has no node of its own.
    pub(crate) fn at_index(&self, index: usize, kind: SourceErrorKind) -> SourceError {
        SourceError::new(self.file, format!("{}[{index}]", self.path()), kind)
    }

    fn wrong_type(&self, expected: &'static str) -> SourceError {
        let found = match self.value {
            Value::Object(_) => "an object".to_owned(),
            Value::Array(_) => "an array".to_owned(),
            other => shorten(&other.to_string()),
        };
        self.error(SourceErrorKind::WrongType { expected, found })
    }

    pub(crate) fn out_of_range(&self, expected: &'static str) -> SourceError {
        let value = shorten(self.value.to_string().trim_matches('"'));
        self.error(SourceErrorKind::Range { value, expected })
    }

    /// The object's member; an error names the missing field.
    pub(crate) fn field(&'a self, name: &'a str) -> Result<Node<'a>, SourceError> {
        self.optional(name)?.ok_or_else(|| self.child(Key::Field(name), &Value::Null).error(SourceErrorKind::Missing))
    }

    /// The object's member, unless absent or null.
    pub(crate) fn optional(&'a self, name: &'a str) -> Result<Option<Node<'a>>, SourceError> {
        let object = self.value.as_object().ok_or_else(|| self.wrong_type("an object"))?;
        Ok(object.get(name).filter(|v| !v.is_null()).map(|v| self.child(Key::Field(name), v)))
    }

    /// The first of these members that is present.
    pub(crate) fn any_of(&'a self, names: &[&'a str]) -> Result<Option<Node<'a>>, SourceError> {
        for name in names {
            if let Some(node) = self.optional(name)? {
                return Ok(Some(node));
            }
        }
        Ok(None)
    }

    /// Members of an object.
    pub(crate) fn entries(&'a self) -> Result<impl ExactSizeIterator<Item = (&'a str, Node<'a>)>, SourceError> {
        let object = self.value.as_object().ok_or_else(|| self.wrong_type("an object"))?;
        Ok(object.iter().map(|(name, v)| (name.as_str(), self.child(Key::Field(name), v))))
    }

    /// Elements of an array.
    pub(crate) fn items(&'a self) -> Result<impl ExactSizeIterator<Item = Node<'a>>, SourceError> {
        let array = self.value.as_array().ok_or_else(|| self.wrong_type("an array"))?;
        Ok(array.iter().enumerate().map(|(i, v)| self.child(Key::Index(i), v)))
    }

    pub(crate) fn as_str(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    pub(crate) fn text(&self) -> Result<&'a str, SourceError> {
        self.as_str().ok_or_else(|| self.wrong_type("a string"))
    }

    pub(crate) fn is_true(&self) -> Result<bool, SourceError> {
        self.value.as_bool().ok_or_else(|| self.wrong_type("a boolean"))
    }

    /// Quantity: JSON integer, hex string or decimal string.
    pub(crate) fn u256(&self) -> Result<U256, SourceError> {
        const EXPECTED: &str = "a quantity of at most 256 bits";
        match self.value {
            Value::Number(n) => n.as_u64().map(U256::from).ok_or_else(|| self.wrong_type(EXPECTED)),
            Value::String(s) => match quantity(s) {
                Some(Some(n)) => Ok(n),
                Some(None) => Err(self.out_of_range("256 bits")),
                None => Err(self.wrong_type(EXPECTED)),
            },
            _ => Err(self.wrong_type(EXPECTED)),
        }
    }

    pub(crate) fn u64(&self) -> Result<u64, SourceError> {
        self.u256()?.try_into().map_err(|_| self.out_of_range("64 bits"))
    }

    pub(crate) fn u128(&self) -> Result<u128, SourceError> {
        self.u256()?.try_into().map_err(|_| self.out_of_range("128 bits"))
    }

    /// Hash or key written as a quantity, without regard to leading zeros.
    pub(crate) fn word(&self) -> Result<B256, SourceError> {
        self.u256().map(B256::from)
    }

    fn fixed<const N: usize>(&self, expected: &'static str) -> Result<FixedBytes<N>, SourceError> {
        self.as_str().and_then(fixed).ok_or_else(|| self.wrong_type(expected))
    }

    pub(crate) fn b256(&self) -> Result<B256, SourceError> {
        self.fixed("32 bytes of hex")
    }

    pub(crate) fn address(&self) -> Result<Address, SourceError> {
        self.fixed("20 bytes of hex").map(Address)
    }

    pub(crate) fn bloom(&self) -> Result<Bloom, SourceError> {
        self.fixed("256 bytes of hex").map(Bloom)
    }

    pub(crate) fn bytes(&self) -> Result<Bytes, SourceError> {
        let text = self.as_str().and_then(|s| hex::decode(s).ok());
        text.map(Bytes::from).ok_or_else(|| self.wrong_type("hex bytes"))
    }

    /// The member's name, as an address.
    pub(crate) fn name_address(&self) -> Result<Address, SourceError> {
        self.name_as("an address as the key", |s| fixed(s).map(Address))
    }

    /// The member's name, as a hash.
    pub(crate) fn name_b256(&self) -> Result<B256, SourceError> {
        self.name_as("a hash as the key", fixed)
    }

    /// The member's name, as a 256-bit quantity.
    pub(crate) fn name_u256(&self) -> Result<U256, SourceError> {
        self.name_as("a quantity as the key", |s| quantity(s).flatten())
    }

    /// The member's name, as a 64-bit quantity.
    pub(crate) fn name_u64(&self) -> Result<u64, SourceError> {
        self.name_as("a 64-bit quantity as the key", |s| quantity(s).flatten()?.try_into().ok())
    }

    fn name_as<T>(&self, expected: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<T, SourceError> {
        let name = if let Key::Field(name) = self.key { name } else { "" };
        parse(name).ok_or_else(|| self.error(SourceErrorKind::WrongType { expected, found: shorten(name) }))
    }
}

/// Exactly N bytes of hex, with or without prefix.
fn fixed<const N: usize>(text: &str) -> Option<FixedBytes<N>> {
    let mut out = [0; N];
    hex::decode_to_slice(text, &mut out).ok()?;
    Some(FixedBytes(out))
}

/// Hex or decimal quantity: `None` if malformed, `Some(None)` if too large.
fn quantity(text: &str) -> Option<Option<U256>> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    if digits.is_empty() || !digits.bytes().all(|b| (b as char).is_digit(radix)) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    if digits.len() > 78 || (radix == 16 && digits.len() > 64) {
        return Some(None);
    }
    if radix == 10 {
        return Some(if digits.is_empty() { Some(U256::ZERO) } else { U256::from_str_radix(digits, 10).ok() });
    }
    let mut limbs = [0u64; 4];
    for (i, digit) in digits.bytes().rev().enumerate() {
        limbs[i / 16] |= u64::from((digit as char).to_digit(16)?) << (i % 16 * 4);
    }
    Some(Some(U256::from_limbs(limbs)))
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(48) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities() {
        assert_eq!(quantity("0x0"), Some(Some(U256::ZERO)));
        assert_eq!(quantity("0"), Some(Some(U256::ZERO)));
        assert_eq!(quantity("0x00ff"), Some(Some(U256::from(255))));
        assert_eq!(quantity("1000"), Some(Some(U256::from(1000))));
        assert_eq!(quantity(&format!("0x{}", "f".repeat(64))), Some(Some(U256::MAX)));
        assert_eq!(quantity(&U256::MAX.to_string()), Some(Some(U256::MAX)));
        assert_eq!(quantity(&format!("0x1{}", "0".repeat(64))), Some(None));
        assert_eq!(quantity(&format!("9{}", "0".repeat(77))), Some(None));
        for bad in ["", "0x", "0xg", "-1", "1_000", "1.5", "ff"] {
            assert_eq!(quantity(bad), None, "{bad}");
        }
    }

    #[test]
    fn paths_name_fields() {
        let document = Document::parse("f", br#"{"a":[{"b":"zz"}]}"#).unwrap();
        let root = document.root();
        let a = root.field("a").unwrap();
        let item = a.items().unwrap().next().unwrap();
        assert_eq!(item.field("b").unwrap().u64().unwrap_err().at(), "a[0].b");
        assert_eq!(item.field("c").err().unwrap().at(), "a[0].c");
    }
}
