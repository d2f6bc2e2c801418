//! Result records of the card: parsed and checked. They are untrusted input.

use alloy_primitives::{Address, B256, Bytes, Log, LogData};
use gaslane_abi::codes::{Halt, KeyKind, Status};
use gaslane_abi::pad32;
use gaslane_abi::record::{
    CLEAR_STORAGE, DELETED, HAS_BALANCE, HAS_CODE, HAS_NONCE, LogHeader, ResultHeader, StateRecord,
};
use zerocopy::{FromBytes, IntoBytes};

/// What is wrong with a record.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordError {
    /// The record ends before a part of it.
    #[error("result record of {total_bytes} bytes ends before its {part}")]
    Truncated {
        /// Length of the record.
        total_bytes: usize,
        /// What is missing.
        part: &'static str,
    },
    /// The record goes on after its last part.
    #[error("result record has {extra_bytes} bytes after its output")]
    Trailing {
        /// Bytes too many.
        extra_bytes: usize,
    },
    /// A field with a value that the contract does not allow.
    #[error("result record: {field} is {value:#x}")]
    Field {
        /// The field.
        field: &'static str,
        /// Its value.
        value: u64,
    },
    /// A write record that the contract does not allow.
    #[error("result record: write {index} has an invalid {field}")]
    Write {
        /// Index among the writes.
        index: usize,
        /// The field.
        field: &'static str,
    },
    /// Code that the host never gave to the card.
    #[error("result record: write {index} sets code {hash}, which the host never sent")]
    UnknownCode {
        /// Index among the writes.
        index: usize,
        /// Hash of the code.
        hash: B256,
    },
}

/// A checked result record; the parts borrow the host's copy of it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Head.
    pub header: &'a ResultHeader,
    /// How the transaction ended.
    pub status: Status,
    /// Why it halted.
    pub halt: Halt,
    /// Writes in order.
    pub writes: &'a [StateRecord],
    logs: &'a [u8],
    output: &'a [u8],
}

/// Splits off `len_bytes`, padded to 32.
fn split<'a>(
    rest: &mut &'a [u8],
    len_bytes: usize,
    total_bytes: usize,
    part: &'static str,
) -> Result<&'a [u8], RecordError> {
    let error = RecordError::Truncated { total_bytes, part };
    let padded = len_bytes.checked_next_multiple_of(32).ok_or(error.clone())?;
    let (head, tail) = rest.split_at_checked(padded).ok_or(error.clone())?;
    *rest = tail;
    head.get(..len_bytes).ok_or(error)
}

fn check_write(index: usize, write: &StateRecord) -> Result<(), RecordError> {
    let bad = |field| Err(RecordError::Write { index, field });
    if write.reserved != 0 || write.reserved2 != [0; 3] {
        return bad("reserved field");
    }
    match KeyKind::from_u8(write.kind) {
        Some(KeyKind::Account) => {
            if write.flags & !(HAS_BALANCE | HAS_NONCE | HAS_CODE | DELETED | CLEAR_STORAGE) != 0 {
                return bad("flag");
            }
        }
        Some(KeyKind::Storage) => {
            if write.flags != 0 {
                return bad("flag");
            }
        }
        _ => return bad("kind"),
    }
    Ok(())
}

impl<'a> Record<'a> {
    /// Parses the host's copy of a record and checks every field of it.
    ///
    /// `tag` and `gas_limit` are those of the transaction; `knows_code` says whether the host knows code by hash.
    pub fn parse(
        words: &'a [u64],
        tag: u32,
        gas_limit: u64,
        knows_code: impl Fn(B256) -> bool,
    ) -> Result<Self, RecordError> {
        let bytes = words.as_bytes();
        let total_bytes = bytes.len();
        let truncated = |part| RecordError::Truncated { total_bytes, part };
        let (header, mut rest) = ResultHeader::ref_from_prefix(bytes).map_err(|_| truncated("header"))?;
        let field = |field, value: u64| RecordError::Field { field, value };
        let status = Status::from_u8(header.status).ok_or(field("status", header.status.into()))?;
        let halt = Halt::from_u8(header.halt).ok_or(field("halt", header.halt.into()))?;
        if header.tag != tag {
            return Err(field("tag", header.tag.into()));
        }
        if header.total_bytes as usize != total_bytes {
            return Err(field("length", header.total_bytes.into()));
        }
        if header.gas_used > gas_limit {
            return Err(field("gas used", header.gas_used));
        }
        if header.reserved != 0 {
            return Err(field("reserved", header.reserved));
        }
        if status != Status::Success && header.log_count != 0 {
            return Err(field("log count without success", header.log_count.into()));
        }
        let count = header.write_count as usize;
        let (writes, tail) = count
            .checked_mul(size_of::<StateRecord>())
            .and_then(|_| <[StateRecord]>::ref_from_prefix_with_elems(rest, count).ok())
            .ok_or(truncated("writes"))?;
        rest = tail;
        for (index, write) in writes.iter().enumerate() {
            check_write(index, write)?;
            if write.kind == KeyKind::Account as u8 && write.flags & HAS_CODE != 0 {
                let hash = B256::new(write.key.to_be_bytes());
                if !knows_code(hash) {
                    return Err(RecordError::UnknownCode { index, hash });
                }
            }
        }
        let logs = rest;
        for _ in 0..header.log_count {
            let (_, _, tail) = split_log(rest).ok_or(truncated("logs"))??;
            rest = tail;
        }
        let logs = &logs[..logs.len() - rest.len()];
        let output = split(&mut rest, header.output_bytes as usize, total_bytes, "output")?;
        if !rest.is_empty() {
            return Err(RecordError::Trailing { extra_bytes: rest.len() });
        }
        Ok(Self { header, status, halt, writes, logs, output })
    }

    /// Logs in order.
    pub fn logs(&self) -> Vec<Log> {
        let mut logs = Vec::with_capacity(self.header.log_count as usize);
        let mut rest = self.logs;
        while let Some(Ok((header, topics_and_data, tail))) = split_log(rest) {
            let (topics, data) = topics_and_data;
            let topics = topics.iter().map(|topic| B256::new(*topic)).collect();
            let data = LogData::new_unchecked(topics, Bytes::copy_from_slice(data));
            logs.push(Log { address: Address::new(header.address), data });
            rest = tail;
        }
        logs
    }

    /// Output of the transaction's frame.
    pub fn output(&self) -> Bytes {
        if self.output.is_empty() { Bytes::new() } else { Bytes::copy_from_slice(self.output) }
    }
}

type SplitLog<'a> = (&'a LogHeader, (&'a [[u8; 32]], &'a [u8]), &'a [u8]);

/// Splits a log off. `None` if the bytes end before it does.
fn split_log(bytes: &[u8]) -> Option<Result<SplitLog<'_>, RecordError>> {
    let (header, rest) = LogHeader::ref_from_prefix(bytes).ok()?;
    let topics = header.topics.get();
    if topics > 4 {
        return Some(Err(RecordError::Field { field: "topics", value: topics.into() }));
    }
    let (topics, rest) = <[[u8; 32]]>::ref_from_prefix_with_elems(rest, topics as usize).ok()?;
    let data_bytes = usize::try_from(header.data_bytes.get()).ok()?;
    if data_bytes > rest.len() {
        return None;
    }
    let (data, rest) = rest.split_at_checked(pad32(data_bytes))?;
    Some(Ok((header, (topics, &data[..data_bytes]), rest)))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use gaslane_abi::word::Address20;

    /// Builds a record as a card would.
    pub(crate) fn build(header: ResultHeader, writes: &[StateRecord], logs: &[Log], output: &[u8]) -> Vec<u64> {
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend_from_slice(writes.as_bytes());
        for log in logs {
            let head = LogHeader {
                data_bytes: (log.data.data.len() as u64).into(),
                topics: (log.topics().len() as u32).into(),
                address: log.address.0.0,
            };
            bytes.extend_from_slice(head.as_bytes());
            for topic in log.topics() {
                bytes.extend_from_slice(topic.as_slice());
            }
            bytes.extend_from_slice(&log.data.data);
            bytes.resize(pad32(bytes.len()), 0);
        }
        bytes.extend_from_slice(output);
        bytes.resize(pad32(bytes.len()), 0);
        let total = bytes.len() as u32;
        let (head, _) = ResultHeader::mut_from_prefix(&mut bytes).unwrap();
        head.total_bytes = total;
        head.write_count = writes.len() as u32;
        head.log_count = logs.len() as u32;
        head.output_bytes = output.len() as u32;
        bytes.chunks_exact(8).map(|chunk| u64::from_le_bytes(chunk.try_into().unwrap())).collect()
    }

    fn sample() -> (Vec<u64>, Vec<Log>) {
        let address = Address::repeat_byte(0x11);
        let logs = vec![
            Log {
                address,
                data: LogData::new_unchecked(
                    vec![B256::repeat_byte(1), B256::repeat_byte(2)],
                    Bytes::from_static(b"hello"),
                ),
            },
            Log { address, data: LogData::new_unchecked(vec![], Bytes::new()) },
        ];
        let writes = [
            StateRecord { kind: 1, flags: HAS_BALANCE, address: Address20::from_be(address.0.0), ..Default::default() },
            StateRecord { kind: 2, address: Address20::from_be(address.0.0), ..Default::default() },
        ];
        let header = ResultHeader { status: 1, tag: 7, gas_used: 21_000, ..Default::default() };
        (build(header, &writes, &logs, b"output of more than thirty-two bytes"), logs)
    }

    #[test]
    fn record_round_trips() {
        let (words, logs) = sample();
        let record = Record::parse(&words, 7, 30_000, |_| true).unwrap();
        assert_eq!(record.logs(), logs);
        assert_eq!(record.output().as_ref(), b"output of more than thirty-two bytes");
        assert_eq!(record.writes.len(), 2);
        assert_eq!(record.status, Status::Success);
        assert!(Record::parse(&words, 8, 30_000, |_| true).is_err());
        assert!(Record::parse(&words, 7, 20_000, |_| true).is_err());
    }

    #[test]
    fn truncated_and_forged_records_are_refused_without_panic() {
        let (words, _) = sample();
        for len in 0..words.len() {
            assert!(Record::parse(&words[..len], 7, 30_000, |_| true).is_err(), "{len}");
        }
        let mut seed = 1u64;
        for _ in 0..20_000 {
            let mut forged = words.clone();
            for _ in 0..1 + seed % 3 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let bit = (seed >> 33) as usize % (forged.len() * 64);
                forged[bit / 64] ^= 1 << (bit % 64);
            }
            if let Ok(record) = Record::parse(&forged, 7, 30_000, |_| true) {
                assert!(record.logs().len() == record.header.log_count as usize);
                record.output();
            }
        }
        for field in 0..words.len() {
            let mut forged = words.clone();
            forged[field] = u64::MAX;
            let _ = Record::parse(&forged, 7, 30_000, |_| true);
        }
    }

    #[test]
    fn unknown_code_is_refused() {
        let write = StateRecord { kind: 1, flags: HAS_CODE, ..Default::default() };
        let header = ResultHeader { status: 1, ..Default::default() };
        let words = build(header, &[write], &[], &[]);
        assert!(matches!(Record::parse(&words, 0, 0, |_| false), Err(RecordError::UnknownCode { .. })));
        assert!(Record::parse(&words, 0, 0, |_| true).is_ok());
    }
}
