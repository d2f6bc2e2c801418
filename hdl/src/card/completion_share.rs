//! Completion share: completions of the processor and requests for keys of the state door take turns at the writer of completions.
//!
//! Algorithm: the processor's come first. A key becomes the completion of kind AssistRequest that asks the host for it; while `hold` is up none
//! is begun, so that the processor can have a commit reported before keys that it may have driven out of the table.
//!
//! Handshake: `post`, `ask` and `completion` are ready/valid; what has been offered stays until it is taken, also when `hold` comes.
//! Latency: none, combinational. Reset: none; starts with nothing offered.

use gaslane_abi::{codes::Assist, ring::CompletionKind};
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::word::{W160, W256, W512, bits_w512};

/// The block.
#[derive(LogicBlock)]
pub struct CompletionShare {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The processor posts a completion.
    pub post_valid: Signal<In, Bit>,
    /// It is taken.
    pub post_ready: Signal<Out, Bit>,
    /// Its 64 bytes.
    pub post: Signal<In, W512>,
    /// No key is asked for from now on.
    pub hold: Signal<In, Bit>,
    /// A key is to be asked for.
    pub ask_valid: Signal<In, Bit>,
    /// It is asked for.
    pub ask_ready: Signal<Out, Bit>,
    /// Tag of the transaction that reads it.
    pub ask_tag: Signal<In, Bits<32>>,
    /// Its kind.
    pub ask_kind: Signal<In, Bits<2>>,
    /// Its account.
    pub ask_address: Signal<In, W160>,
    /// Its slot.
    pub ask_slot: Signal<In, W256>,
    /// A completion.
    pub completion_valid: Signal<Out, Bit>,
    /// It is taken.
    pub completion_ready: Signal<In, Bit>,
    /// Its 64 bytes, the first one least significant.
    pub completion: Signal<Out, W512>,

    /// First word of a request for a key, without the key's kind.
    head: Constant<Bits<32>>,
    /// A key has been offered and not been taken.
    asking: DFF<Bit>,
    asks: Signal<Local, Bit>,
    first: Signal<Local, Bits<32>>,
    question: Signal<Local, W512>,
}

impl Default for CompletionShare {
    fn default() -> Self {
        let head = CompletionKind::AssistRequest as u64 | (Assist::State as u64) << 8;
        Self {
            clock: Default::default(),
            post_valid: Default::default(),
            post_ready: Default::default(),
            post: Default::default(),
            hold: Default::default(),
            ask_valid: Default::default(),
            ask_ready: Default::default(),
            ask_tag: Default::default(),
            ask_kind: Default::default(),
            ask_address: Default::default(),
            ask_slot: Default::default(),
            completion_valid: Default::default(),
            completion_ready: Default::default(),
            completion: Default::default(),
            head: Constant::new(head.into()),
            asking: Default::default(),
            asks: Default::default(),
            first: Default::default(),
            question: Default::default(),
        }
    }
}

impl Logic for CompletionShare {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, asking);
        self.asks.next = self.asking.q.val() | ((self.ask_valid.val() & (!self.hold.val())) & (!self.post_valid.val()));
        self.asking.d.next = self.asks.val() & (!self.completion_ready.val());
        self.first.next = self.head.val() | (bit_cast::<32, 2>(self.ask_kind.val()) << bits::<32>(16));
        self.question.next = (bits_w512(self.first.val()) | (bits_w512(self.ask_tag.val()) << 32_u64))
            | ((bits_w512(self.ask_address.val()) << 96_u64) | (bits_w512(self.ask_slot.val()) << 256_u64));
        self.completion_valid.next = self.post_valid.val() | self.asks.val();
        self.completion.next = self.post.val();
        self.post_ready.next = self.completion_ready.val();
        self.ask_ready.next = false;
        if self.asks.val() {
            self.completion.next = self.question.val();
            self.post_ready.next = false;
            self.ask_ready.next = self.completion_ready.val();
        }
    }
}
