//! Fork rules as tables: dynamic costs reach the lane as environment words, static costs are baked
//! into lane programs by the translator (see [`crate::evm`]).

/// Forks that the card distinguishes. Older ones run on the host. In order of activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Fork {
    /// Up to Muir Glacier: never on the card.
    PreBerlin = 0,
    /// EIP-2929, 2930.
    Berlin = 1,
    /// EIP-1559, 3198, 3529, 3541 (and Arrow Glacier, Gray Glacier).
    London = 2,
    /// The merge: PREVRANDAO.
    Paris = 3,
    /// EIP-3651, 3855, 3860, 4895.
    Shanghai = 4,
    /// EIP-1153, 4788, 4844, 5656, 6780, 7516.
    Cancun = 5,
    /// EIP-2537, 2935, 7623, 7685, 7702.
    Prague = 6,
    /// EIP-7825, 7883, 7918, 7939, 7951.
    Osaka = 7,
}

impl Fork {
    /// Every fork, oldest first.
    pub const ALL: &'static [Self] = &[
        Self::PreBerlin,
        Self::Berlin,
        Self::London,
        Self::Paris,
        Self::Shanghai,
        Self::Cancun,
        Self::Prague,
        Self::Osaka,
    ];

    /// Decodes a wire value.
    pub const fn from_u8(value: u8) -> Option<Self> {
        if (value as usize) < Self::ALL.len() { Some(Self::ALL[value as usize]) } else { None }
    }

    /// Name as in the execution specifications.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreBerlin => "pre-Berlin",
            Self::Berlin => "Berlin",
            Self::London => "London",
            Self::Paris => "Paris",
            Self::Shanghai => "Shanghai",
            Self::Cancun => "Cancun",
            Self::Prague => "Prague",
            Self::Osaka => "Osaka",
        }
    }

    /// Whether lanes execute this fork.
    pub const fn on_card(self) -> bool {
        self as u8 >= Self::Berlin as u8
    }

    /// Dynamic costs and switches of the fork.
    pub const fn rules(self) -> ForkRules {
        let n = self as u8;
        ForkRules {
            warm_access_gas: 100,
            cold_sload_gas: 2_100,
            cold_account_gas: 2_600,
            sstore_set_gas: 20_000,
            sstore_reset_gas: 2_900,
            sstore_clear_refund: if n >= Self::London as u8 { 4_800 } else { 15_000 },
            max_refund_quotient: if n >= Self::London as u8 { 5 } else { 2 },
            call_value_gas: 9_000,
            call_stipend_gas: 2_300,
            new_account_gas: 25_000,
            sstore_sentry_gas: 2_300,
            auth_existing_refund: 12_500,
            exp_byte_gas: 50,
            precompile_last: if n >= Self::Prague as u8 {
                0x11
            } else if n >= Self::Cancun as u8 {
                0x0a
            } else {
                0x09
            },
            precompile_extra: if n >= Self::Osaka as u8 { 0x100 } else { 0 },
            warm_coinbase: n >= Self::Shanghai as u8,
            delegation: n >= Self::Prague as u8,
            create_gas: opcode_gas(crate::evm::CREATE),
            initcode_word_gas: if n >= Self::Shanghai as u8 { 2 } else { 0 },
            initcode_bytes_max: if n >= Self::Shanghai as u8 { 49_152 } else { u64::MAX },
            code_byte_gas: 200,
            code_bytes_max: 24_576,
            rejected_code: if n >= Self::London as u8 { 0xef } else { 0x100 },
            selfdestruct_gas: opcode_gas(crate::evm::SELFDESTRUCT),
            selfdestruct_refund: if n >= Self::London as u8 { 0 } else { 24_000 },
            keep_destroyed: n >= Self::Cancun as u8,
        }
    }
}

/// Static gas of an opcode that every fork on the card has.
const fn opcode_gas(byte: u8) -> u64 {
    match crate::evm::TABLE[byte as usize] {
        Some(opcode) => opcode.gas as u64,
        None => panic!("not an opcode"),
    }
}

/// Dynamic costs (in gas) and switches of a fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForkRules {
    /// EIP-2929 WARM_STORAGE_READ_COST.
    pub warm_access_gas: u64,
    /// EIP-2929 COLD_SLOAD_COST.
    pub cold_sload_gas: u64,
    /// EIP-2929 COLD_ACCOUNT_ACCESS_COST.
    pub cold_account_gas: u64,
    /// EIP-2200 SSTORE_SET_GAS.
    pub sstore_set_gas: u64,
    /// EIP-2929: 5000 − COLD_SLOAD_COST.
    pub sstore_reset_gas: u64,
    /// EIP-3529 SSTORE_CLEARS_SCHEDULE (15,000 before, EIP-2200).
    pub sstore_clear_refund: u64,
    /// EIP-3529 MAX_REFUND_QUOTIENT (2 before).
    pub max_refund_quotient: u64,
    /// Yellow paper G_callvalue.
    pub call_value_gas: u64,
    /// Yellow paper G_callstipend.
    pub call_stipend_gas: u64,
    /// Yellow paper G_newaccount, EIP-161.
    pub new_account_gas: u64,
    /// EIP-2200 SSTORE_SENTRY_GAS.
    pub sstore_sentry_gas: u64,
    /// EIP-7702 PER_EMPTY_ACCOUNT_COST − PER_AUTH_BASE_COST.
    pub auth_existing_refund: u64,
    /// EIP-160.
    pub exp_byte_gas: u64,
    /// Precompiles are 1..=this.
    pub precompile_last: u64,
    /// A precompile beyond, or 0 (EIP-7951).
    pub precompile_extra: u64,
    /// EIP-3651.
    pub warm_coinbase: bool,
    /// EIP-7702.
    pub delegation: bool,
    /// Yellow paper G_create.
    pub create_gas: u64,
    /// EIP-3860 INITCODE_WORD_COST.
    pub initcode_word_gas: u64,
    /// EIP-3860 MAX_INITCODE_SIZE, in bytes.
    pub initcode_bytes_max: u64,
    /// Yellow paper G_codedeposit.
    pub code_byte_gas: u64,
    /// EIP-170 MAX_CODE_SIZE, in bytes.
    pub code_bytes_max: u64,
    /// EIP-3541: first byte that new code must not have; 256 for none.
    pub rejected_code: u64,
    /// EIP-150.
    pub selfdestruct_gas: u64,
    /// Yellow paper R_selfdestruct; none since EIP-3529.
    pub selfdestruct_refund: u64,
    /// EIP-6780.
    pub keep_destroyed: bool,
}

impl ForkRules {
    /// The environment words that carry these rules: `(index, value)`.
    pub const fn env_words(&self) -> [(u8, u64); 26] {
        use crate::env::*;
        [
            (G_WARM_ACCESS, self.warm_access_gas),
            (G_COLD_SLOAD, self.cold_sload_gas),
            (G_COLD_ACCOUNT, self.cold_account_gas),
            (G_SSTORE_SET, self.sstore_set_gas),
            (G_SSTORE_RESET, self.sstore_reset_gas),
            (R_SSTORE_CLEAR, self.sstore_clear_refund),
            (MAX_REFUND_QUOTIENT, self.max_refund_quotient),
            (G_CALL_VALUE, self.call_value_gas),
            (G_CALL_STIPEND, self.call_stipend_gas),
            (G_NEW_ACCOUNT, self.new_account_gas),
            (G_SSTORE_SENTRY, self.sstore_sentry_gas),
            (R_AUTH_EXISTING, self.auth_existing_refund),
            (G_EXP_BYTE, self.exp_byte_gas),
            (PRECOMPILE_LAST, self.precompile_last),
            (PRECOMPILE_EXTRA, self.precompile_extra),
            (WARM_COINBASE, self.warm_coinbase as u64),
            (DELEGATION, self.delegation as u64),
            (G_CREATE, self.create_gas),
            (G_INITCODE_WORD, self.initcode_word_gas),
            (MAX_INITCODE, self.initcode_bytes_max),
            (G_CODE_BYTE, self.code_byte_gas),
            (MAX_CODE, self.code_bytes_max),
            (REJECTED_CODE, self.rejected_code),
            (G_SELFDESTRUCT, self.selfdestruct_gas),
            (R_SELFDESTRUCT, self.selfdestruct_refund),
            (KEEP_DESTROYED, self.keep_destroyed as u64),
        ]
    }
}
