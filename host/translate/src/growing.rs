//! A translation that grows on demand: what was executed is translated, the rest is not.

use crate::decode::{self, Code};
use crate::program::Program;
use crate::{MAX_CODE_BYTES, Options, Stats, image};
use alloy_primitives::{Address, B256, Bytes};
use gaslane_abi::fork::Fork;

/// How far an image that was loaded has come; see [`Growing::patch_since`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version {
    pub(crate) words: usize,
    pub(crate) pool: usize,
    pub(crate) rewritten: usize,
    pub(crate) jumps: usize,
}

/// Translation of one contract under one fork.
#[derive(Debug)]
pub struct Growing {
    code: Bytes,
    code_hash: B256,
    options: Options,
    delegate: Option<Address>,
    /// `None` where there is nothing to execute, or where the format's limits were exceeded.
    program: Option<Program>,
}

impl Growing {
    /// Translates the start of a contract. Never fails: code beyond the format's limits gets an image without program.
    pub fn new(code: &[u8], code_hash: B256, fork: Fork, options: &Options) -> Self {
        Self::begin(Bytes::copy_from_slice(code), None, code_hash, fork, options)
    }

    /// The same for code whose valid jump destinations are known: `jumpdests` has a bit for each byte of the code, the
    /// lowest bit of each byte first. The code is shared, not copied.
    pub fn analysed(code: Bytes, jumpdests: &[u8], code_hash: B256, fork: Fork, options: &Options) -> Self {
        Self::begin(code, Some(jumpdests), code_hash, fork, options)
    }

    fn begin(code: Bytes, jumpdests: Option<&[u8]>, code_hash: B256, fork: Fork, options: &Options) -> Self {
        let delegate = decode::delegation(&code, fork);
        let program = (delegate.is_none() && code.len() <= MAX_CODE_BYTES)
            .then(|| match jumpdests {
                Some(jumpdests) => Code::analysed(code.clone(), jumpdests, fork),
                None => Code::scan(code.clone(), fork),
            })
            .and_then(|code| Program::on_demand(code, options).ok());
        Self { code, code_hash, options: *options, delegate, program }
    }

    /// The image with everything translated so far.
    pub fn image(&self) -> Vec<u8> {
        match &self.program {
            Some(program) => image::with_program(self.code_hash, program, &self.options).image,
            None => image::without_program(&self.code, self.code_hash, self.delegate).image,
        }
    }

    /// What [`Self::image`] contains now.
    pub fn version(&self) -> Version {
        self.program.as_ref().map_or_else(Version::default, |program| Version {
            words: program.emitted.words.len(),
            pool: program.emitted.pool.entries.len(),
            rewritten: program.rewritten.len(),
            jumps: program.jumps.changed.len(),
        })
    }

    /// Translates what a lane asked for: an EVM program counter as the request carries it. After this either
    /// [`Self::patch_since`] brings a loaded image up to date, or the code has no program any more and [`Self::image`] says so.
    pub fn extend(&mut self, request: u32) {
        if let Some(program) = &mut self.program
            && program.extend(request).is_err()
        {
            self.program = None;
        }
    }

    /// The patch from an earlier version to this one; `None` if the code has no program.
    pub fn patch_since(&self, version: Version) -> Option<Vec<u8>> {
        self.program.as_ref().map(|program| image::patch(program, version, &self.options))
    }

    /// An image that carries the code but no words.
    pub fn without_program(&self) -> Vec<u8> {
        image::without_program(&self.code, self.code_hash, self.delegate).image
    }

    /// Figures of what is translated.
    pub fn stats(&self) -> Stats {
        self.program.as_ref().map_or_else(Stats::default, |program| program.stats)
    }
}
