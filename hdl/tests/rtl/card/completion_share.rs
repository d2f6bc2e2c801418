//! The completion share between a processor that posts, a state door that asks, and a writer that is not always ready.

use gaslane_abi::{codes::Assist, ring::CompletionKind};
use gaslane_hdl::{
    card::CompletionShare,
    word::{W160, W256, W512},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    axi::Stable,
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(CompletionShare, clocked,
    [post_valid, post, hold, ask_valid, ask_tag, ask_kind, ask_address, ask_slot, completion_ready]
    => [post_ready, ask_ready, completion_valid, completion]);

/// A key with its tag.
#[derive(Clone, Copy)]
struct Key {
    tag: u32,
    kind: u8,
    address: W160,
    slot: W256,
}

impl Key {
    fn any(rng: &mut SmallRng) -> Self {
        let [low, middle, high, _] = *word(rng).limbs();
        Self {
            tag: rng.random(),
            kind: rng.random_range(0..4),
            address: W160::from_limbs([low, middle, high & 0xffff_ffff]),
            slot: word(rng),
        }
    }

    /// The completion that asks for it.
    fn completion(&self) -> W512 {
        let mut bytes = [0_u8; 64];
        (bytes[0], bytes[1], bytes[2]) = (CompletionKind::AssistRequest as u8, Assist::State as u8, self.kind);
        bytes[4..8].copy_from_slice(&self.tag.to_le_bytes());
        for (index, limb) in self.address.limbs().iter().enumerate() {
            let at = 12 + 8 * index;
            bytes[at..(at + 8).min(32)].copy_from_slice(&limb.to_le_bytes()[..(32 - at).min(8)]);
        }
        for (index, limb) in self.slot.limbs().iter().enumerate() {
            bytes[32 + 8 * index..][..8].copy_from_slice(&limb.to_le_bytes());
        }
        W512::from_limbs(std::array::from_fn(|index| {
            u64::from_le_bytes(std::array::from_fn(|byte| bytes[8 * index + byte]))
        }))
    }
}

#[test]
fn completion_share() {
    let mut bench = Bench::<CompletionShare>::new("completion_share");
    let mut rng = rng();
    let mut taken = Stable::new("completion");
    let (mut post, mut key) = (None::<W512>, None::<Key>);
    let (mut posts, mut keys, mut held) = (0, 0, 0);
    // The writer is offered a key.
    let mut asking = false;
    for _ in 0..20_000 {
        if post.is_none() && rng.random_bool(0.2) {
            post = Some(W512::from_limbs(rng.random()));
        }
        if key.is_none() && rng.random_bool(0.3) {
            key = Some(Key::any(&mut rng));
        }
        let (hold, ready) = (rng.random_bool(0.4), rng.random_bool(0.3));
        let shown = key.unwrap_or_else(|| Key::any(&mut rng));
        bench.post_valid.next = post.is_some();
        bench.post.next = post.unwrap_or_else(|| W512::from_limbs(rng.random()));
        bench.hold.next = hold;
        bench.ask_valid.next = key.is_some();
        bench.ask_tag.next = u64::from(shown.tag).into();
        bench.ask_kind.next = u64::from(shown.kind).into();
        bench.ask_address.next = shown.address;
        bench.ask_slot.next = shown.slot;
        bench.completion_ready.next = ready;
        bench.settle();

        // The processor's come first; a key that has been offered stays.
        let asks = asking || key.is_some() && post.is_none() && !hold;
        held += u32::from(key.is_some() && post.is_none() && !asks);
        let expected = if asks { key.map(|key| key.completion()) } else { post };
        assert_eq!(bench.completion_valid.val(), expected.is_some());
        assert_eq!(bench.post_ready.val() && post.is_some(), ready && !asks && post.is_some());
        assert_eq!(bench.ask_ready.val(), ready && asks);
        if let Some(got) = taken.cycle(bench.completion_valid.val(), ready, bench.completion.val()) {
            assert_eq!(Some(got), expected);
            if asks {
                (key, keys) = (None, keys + 1);
            } else {
                (post, posts) = (None, posts + 1);
            }
        }
        asking = asks && !ready;
        bench.tick();
    }
    println!("{posts} of the processor, {keys} keys, held {held} cycles");
    assert!(posts > 500 && keys > 500 && held > 500);
    bench.cross_check();
}
