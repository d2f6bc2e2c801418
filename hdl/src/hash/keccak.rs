//! Keccak-256 in plain Rust: the model of the hardware. Rotations and round constants are derived as the standard defines
//! them, where the Verilog has tables: an error in one does not hide in the other.

/// Bytes that a permutation absorbs.
pub const BLOCK_BYTES: usize = 136;
/// Rounds of a permutation.
pub const ROUNDS: usize = 24;

/// Rotation of each lane: the walk that visits all lanes but the first, with triangular numbers.
const ROTATIONS: [u32; 25] = {
    let mut rotations = [0; 25];
    let (mut x, mut y, mut t) = (1, 0, 0);
    while t < 24 {
        rotations[x + 5 * y] = ((t + 1) * (t + 2) / 2) % 64;
        (x, y) = (y, (2 * x + 3 * y) % 5);
        t += 1;
    }
    rotations
};

/// Constant of each round: bits 2^j - 1 from a linear feedback shift register.
const ROUND_CONSTANTS: [u64; ROUNDS] = {
    let mut constants = [0; ROUNDS];
    let (mut register, mut round) = (1_u8, 0);
    while round < ROUNDS {
        let mut j = 0;
        while j < 7 {
            constants[round] |= ((register & 1) as u64) << ((1 << j) - 1);
            let carry = register >> 7;
            register = (register << 1) ^ (carry * 0x71);
            j += 1;
        }
        round += 1;
    }
    constants
};

/// One round.
pub fn round(lanes: &[u64; 25], index: usize) -> [u64; 25] {
    let columns: [u64; 5] = std::array::from_fn(|x| (0..5).fold(0, |sum, y| sum ^ lanes[x + 5 * y]));
    let mut moved = [0; 25];
    for (i, &lane) in lanes.iter().enumerate() {
        let (x, y) = (i % 5, i / 5);
        let mixed = lane ^ columns[(x + 4) % 5] ^ columns[(x + 1) % 5].rotate_left(1);
        moved[y + 5 * ((2 * x + 3 * y) % 5)] = mixed.rotate_left(ROTATIONS[i]);
    }
    let mut next: [u64; 25] = std::array::from_fn(|i| {
        let row = i / 5 * 5;
        moved[i] ^ (!moved[row + (i + 1) % 5] & moved[row + (i + 2) % 5])
    });
    // An index beyond the last round has no constant: the Verilog behaves so.
    next[0] ^= ROUND_CONSTANTS.get(index).unwrap_or(&0);
    next
}

/// Keccak-256 of a message.
pub fn keccak256(message: &[u8]) -> [u8; 32] {
    let mut padded = message.to_vec();
    padded.push(1);
    padded.resize(padded.len().next_multiple_of(BLOCK_BYTES), 0);
    *padded.last_mut().expect("the padding is there") |= 0x80;
    let mut lanes = [0; 25];
    for block in padded.chunks(BLOCK_BYTES) {
        for (lane, bytes) in lanes.iter_mut().zip(block.chunks(8)) {
            *lane ^= u64::from_le_bytes(bytes.try_into().expect("a block consists of whole lanes"));
        }
        lanes = (0..ROUNDS).fold(lanes, |lanes, index| round(&lanes, index));
    }
    let mut digest = [0; 32];
    digest.chunks_mut(8).zip(lanes).for_each(|(bytes, lane)| bytes.copy_from_slice(&lane.to_le_bytes()));
    digest
}
