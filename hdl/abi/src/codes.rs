//! Assist, escape, halt and error codes, and the macro that keeps each list in one place.

/// Declares a `u8` code enum together with its table of names and explanations.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $value:literal, $text:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name { $($(#[doc = $doc])+ $variant = $value,)* }

        impl $name {
            /// Every code, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Decodes a wire value; `None` for a value that this version does not define.
            pub const fn from_u8(value: u8) -> Option<Self> {
                match value { $($value => Some(Self::$variant),)* _ => None }
            }

            /// Name used in reports and JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// One-line explanation, as in the generated pages.
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii_start(),)* }
            }
        }
    };
}
pub(crate) use codes;

codes! {
    /// Why the card gave a transaction back. The host runs it at its place in order.
    Escape {
        /// Operand stack full.
        StackCapacity = 4, "stack-capacity";
        /// Memory arena full.
        MemoryCapacity = 5, "memory-capacity";
        /// Frame stack full.
        FrameCapacity = 6, "frame-capacity";
        /// Access table full.
        AccessCapacity = 7, "access-capacity";
        /// Undo log full.
        UndoCapacity = 8, "undo-capacity";
        /// Log buffer full.
        LogCapacity = 9, "log-capacity";
        /// Return buffer full.
        ReturnCapacity = 10, "return-capacity";
        /// Calldata or payload lists exceed the payload buffer.
        PayloadCapacity = 11, "payload-capacity";
        /// Result record, or the request of an assist, exceeds the buffer that the host gave.
        RecordCapacity = 12, "record-capacity";
        /// State table has no evictable entry in the set.
        StateCapacity = 13, "state-capacity";
        /// Ran longer than the watchdog allows, waiting not counted.
        Watchdog = 14, "watchdog";
        /// Prologue found the transaction invalid (nonce, balance or sender code); the host names the reason.
        Invalid = 15, "invalid";
        /// A balance addition overflowed 256 bits.
        BalanceOverflow = 16, "balance-overflow";
        /// The host planned the transaction for itself (a fork that the card does not run).
        HostOnly = 17, "host-only";
        /// Code that cannot become a lane program within the image format's limits, or that the code store has no room for.
        Image = 18, "image";
        /// The host could not read state that the attempt asked for; it may not need it in its turn.
        State = 19, "state";
    }
}

codes! {
    /// What the card asks of the host while a transaction runs. The last three are requests by ASK: the card has
    /// written a [`crate::record::AssistRequest`] and the input behind it into the transaction's record buffer, and the
    /// host answers with ANSWER. They depend on nothing but the request, so a stale attempt's does no harm.
    Assist {
        /// Value of a state-table key that the card does not hold (see [`KeyKind`]).
        State = 1, "state";
        /// Words of the code with a handle (limb 0 of the key), answered by PATCH_IMAGE. Limb 1 is the request number of a MISS, or the EVM program counter that JMPD met without words.
        Code = 2, "code";
        /// Runs a precompile on the input: `args[0]` its address, `args[1]` the gas that it may use. Answer: `value` the gas used, or all ones if it failed; the output.
        Precompile = 3, "precompile";
        /// Address and code of a creation; the input is its init code. `args[0]` the creator, `args[1]` its nonce (CREATE) or the salt (CREATE2), `args[2]` 1 for CREATE2. Answer: `value` the new address, with bit 160 set if that account has storage (EIP-7610); `second` the init code, packed.
        Create = 4, "create";
        /// Code to be given to an account: the input. Answer: `value` its hash, `second` the code, packed.
        Deploy = 5, "deploy";
    }
}

codes! {
    /// Kind of a state-table key.
    KeyKind {
        /// Account: balance, nonce, code.
        Account = 1, "account";
        /// Storage slot of an account.
        Storage = 2, "storage";
        /// Hash of an ancestor block (the key word is its number); read-only.
        BlockHash = 3, "block-hash";
    }
}

codes! {
    /// How a transaction ended (receipt status is 1 only for `Success`).
    Status {
        /// Exceptional halt: all gas used, state changes reverted.
        Halt = 0, "halt";
        /// Success.
        Success = 1, "success";
        /// REVERT: state changes reverted, remaining gas returned.
        Revert = 2, "revert";
    }
}

codes! {
    /// Reason of an exceptional halt (yellow paper 9.4.2, function Z, and later EIPs). For traces only:
    /// gas is checked once per segment, so a halting frame may report another reason than an interpreter.
    Halt {
        /// No halt.
        None = 0, "none";
        /// Out of gas.
        OutOfGas = 1, "out-of-gas";
        /// Stack underflow or overflow.
        Stack = 2, "stack";
        /// Jump to something else than a JUMPDEST.
        BadJump = 3, "bad-jump";
        /// INVALID or an opcode that the fork does not define.
        BadOpcode = 4, "bad-opcode";
        /// State change in a static frame (EIP-214).
        Static = 5, "static";
        /// RETURNDATACOPY out of bounds (EIP-211).
        ReturnData = 6, "return-data";
        /// A creation's code is too long or begins with a rejected byte (EIP-170, EIP-3541).
        CodeRejected = 7, "code-rejected";
        /// A contract-creating transaction's address is taken (EIP-684, EIP-7610).
        Collision = 8, "collision";
    }
}

codes! {
    /// Error that stops the card: the error register and an error completion carry it.
    CardError {
        /// No error.
        None = 0, "none";
        /// Submission entry with an unknown opcode or field.
        BadCommand = 1, "bad-command";
        /// DMA address outside mapped memory.
        DmaFault = 2, "dma-fault";
        /// Malformed payload, fill or write set.
        BadPayload = 3, "bad-payload";
        /// Malformed code image, or no room in the code store.
        BadImage = 4, "bad-image";
        /// Host write set for a transaction that is not the head.
        OutOfOrder = 5, "out-of-order";
        /// Ring registers out of range.
        BadRing = 6, "bad-ring";
        /// An instruction word that the set does not define.
        BadInstruction = 7, "bad-instruction";
        /// Completion ring full: the host left no room.
        CompletionOverrun = 8, "completion-overrun";
    }
}
