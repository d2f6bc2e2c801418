//! Lane memory: a load of 32 bytes and a store of up to 32 bytes, at any two addresses, every cycle.
//!
//! Algorithm: rows of 32 bytes alternate between two banks ([`MemoryBank`]), so 32 bytes at any address touch each bank once.
//! Bytes rotate by the offset in the row; byte enables say which bytes of a store belong to which row, a choice between
//! the banks does so for a load. A store begins to rotate while a load of the same cycle already reads, so it reaches the banks
//! together with the load of the cycle after it. That load takes its bytes from a register beside the banks: what block RAM
//! returns for bytes that are being written is not defined.
//!
//! Handshake: none, both ports take an access every cycle. A load sees every store of an earlier cycle and none of its own or
//! a later one. Addresses wrap at the size of the memory. Latency: [`LOAD_CYCLES`] to the data of a load: banks; choice and
//! rotation by 0 or 1; rotation by multiples of 2. Stores: rotation by 0 to 3; rotation by multiples of 4 on the way into the banks.
//! Addresses of loads reach the block RAM with one adder between, and stored data pass two levels of their rotation before the first
//! register: both should come from registers. Reset: none; the contents start at zero.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    leaf::{ByteChoice, ByteRotator, MemoryBank},
    word::{W64, W256},
};

/// Cycles from a load to its data.
pub const LOAD_CYCLES: u64 = 3;

/// Memory of 32 << `ROW_BITS` bytes.
#[derive(LogicBlock)]
pub struct LaneMemory<const ROW_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Address of the first byte to load.
    pub load_address: Signal<In, Bits<20>>,
    /// The 32 bytes of the load of [`LOAD_CYCLES`] ago, first byte most significant.
    pub load_data: Signal<Out, W256>,
    /// Address of the byte that the first one of `store_data` belongs to.
    pub store_address: Signal<In, Bits<20>>,
    /// What to store, first byte most significant.
    pub store_data: Signal<In, W256>,
    /// First byte of `store_data` that is stored.
    pub store_skip: Signal<In, Bits<5>>,
    /// First byte of `store_data` that is not stored any more, at most 32; 0 stores nothing.
    pub store_end: Signal<In, Bits<6>>,
    all_places: Constant<W64>,
    all_bytes: Constant<Bits<32>>,
    /// The bits of a row number that the banks look at.
    row_mask: Constant<Bits<14>>,
    even: MemoryBank<ROW_BITS>,
    odd: MemoryBank<ROW_BITS>,
    // Store, first stage: rows, enables, first part of the rotation to the right.
    store_is_odd: Signal<Local, Bit>,
    store_row: Signal<Local, Bits<14>>,
    store_carry: Signal<Local, Bits<1>>,
    store_offset: Signal<Local, Bits<7>>,
    first_place: Signal<Local, Bits<7>>,
    end_place: Signal<Local, Bits<7>>,
    /// The 64 bytes of two rows, those that are stored set, the first byte most significant.
    places: Signal<Local, W64>,
    aligner: ByteRotator<0, 2>,
    last_aligner: ByteRotator<2, 3>,
    align_offset: Signal<Local, Bits<5>>,
    align_count: Signal<Local, Bits<5>>,
    last_align_count: DFF<Bits<3>>,
    even_write_row: DFF<Bits<14>>,
    odd_write_row: DFF<Bits<14>>,
    even_enable: DFF<Bits<32>>,
    odd_enable: DFF<Bits<32>>,
    half_aligned: DFF<W256>,
    // Load, first stage: the banks.
    load_is_odd: Signal<Local, Bit>,
    load_row: Signal<Local, Bits<14>>,
    load_carry: Signal<Local, Bits<1>>,
    even_row: DFF<Bits<14>>,
    odd_row: DFF<Bits<14>>,
    offset: DFF<Bits<5>>,
    is_odd: DFF<Bit>,
    // What the banks were writing meanwhile.
    even_written_row: DFF<Bits<14>>,
    odd_written_row: DFF<Bits<14>>,
    even_written: DFF<Bits<32>>,
    odd_written: DFF<Bits<32>>,
    /// The rotated bytes that they were writing.
    written: DFF<W256>,
    // Load, second stage.
    from_odd: Signal<Local, Bits<32>>,
    even_late: Signal<Local, Bits<32>>,
    odd_late: Signal<Local, Bits<32>>,
    choice: ByteChoice,
    turner: ByteRotator<0, 1>,
    half_turned: DFF<W256>,
    turn: DFF<Bits<4>>,
    // Load, third stage.
    last_turner: ByteRotator<1, 4>,
    loaded: DFF<W256>,
}

impl<const ROW_BITS: usize> Default for LaneMemory<ROW_BITS> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            load_address: Default::default(),
            load_data: Default::default(),
            store_address: Default::default(),
            store_data: Default::default(),
            store_skip: Default::default(),
            store_end: Default::default(),
            all_places: Constant::new(W64::MAX),
            all_bytes: Constant::new(0xffff_ffff_u64.into()),
            row_mask: Constant::new(((1_u64 << (ROW_BITS - 1)) - 1).into()),
            even: Default::default(),
            odd: Default::default(),
            store_is_odd: Default::default(),
            store_row: Default::default(),
            store_carry: Default::default(),
            store_offset: Default::default(),
            first_place: Default::default(),
            end_place: Default::default(),
            places: Default::default(),
            aligner: Default::default(),
            last_aligner: Default::default(),
            align_offset: Default::default(),
            align_count: Default::default(),
            last_align_count: Default::default(),
            even_write_row: Default::default(),
            odd_write_row: Default::default(),
            even_enable: Default::default(),
            odd_enable: Default::default(),
            half_aligned: Default::default(),
            load_is_odd: Default::default(),
            load_row: Default::default(),
            load_carry: Default::default(),
            even_row: Default::default(),
            odd_row: Default::default(),
            offset: Default::default(),
            is_odd: Default::default(),
            even_written_row: Default::default(),
            odd_written_row: Default::default(),
            even_written: Default::default(),
            odd_written: Default::default(),
            written: Default::default(),
            from_odd: Default::default(),
            even_late: Default::default(),
            odd_late: Default::default(),
            choice: Default::default(),
            turner: Default::default(),
            last_turner: Default::default(),
            half_turned: Default::default(),
            turn: Default::default(),
            loaded: Default::default(),
        }
    }
}

impl<const ROW_BITS: usize> Logic for LaneMemory<ROW_BITS> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            even_write_row,
            odd_write_row,
            even_enable,
            odd_enable,
            half_aligned,
            last_align_count,
            even_row,
            odd_row,
            offset,
            is_odd,
            even_written_row,
            odd_written_row,
            even_written,
            odd_written,
            written,
            half_turned,
            turn,
            loaded
        );
        clock!(self, clock, even, odd);

        // Store, first stage. The row after an odd one is the even one of the next pair.
        self.store_is_odd.next = self.store_address.val().get_bit(5);
        self.store_carry.next = self.store_address.val().get_bits::<1>(5);
        self.store_row.next = self.store_address.val().get_bits::<14>(6);
        self.even_write_row.d.next =
            (self.store_row.val() + bit_cast::<14, 1>(self.store_carry.val())) & self.row_mask.val();
        self.odd_write_row.d.next = self.store_row.val() & self.row_mask.val();
        self.store_offset.next = bit_cast::<7, 20>(self.store_address.val()) & bits::<7>(31);
        self.first_place.next = self.store_offset.val() + bit_cast::<7, 5>(self.store_skip.val());
        self.end_place.next = self.store_offset.val() + bit_cast::<7, 6>(self.store_end.val());
        self.places.next =
            (self.all_places.val() >> self.first_place.val()) & (!(self.all_places.val() >> self.end_place.val()));
        self.even_enable.d.next = self.places.val().get_bits::<32>(32);
        self.odd_enable.d.next = self.places.val().get_bits::<32>(0);
        if self.store_is_odd.val() {
            self.even_enable.d.next = self.places.val().get_bits::<32>(0);
            self.odd_enable.d.next = self.places.val().get_bits::<32>(32);
        }
        // To the right by the offset.
        self.align_offset.next = self.store_address.val().get_bits::<5>(0);
        self.align_count.next = bits::<5>(0) - self.align_offset.val();
        self.aligner.value.next = self.store_data.val();
        self.aligner.count.next = self.align_count.val().get_bits::<2>(0);
        self.half_aligned.d.next = self.aligner.rotated.val();
        self.last_align_count.d.next = self.align_count.val().get_bits::<3>(2);

        // Store, second stage: the rest of the rotation, and the banks.
        self.last_aligner.value.next = self.half_aligned.q.val();
        self.last_aligner.count.next = self.last_align_count.q.val();
        self.even.write_row.next = self.even_write_row.q.val();
        self.even.write_data.next = self.last_aligner.rotated.val();
        self.even.enable.next = self.even_enable.q.val();
        self.odd.write_row.next = self.odd_write_row.q.val();
        self.odd.write_data.next = self.last_aligner.rotated.val();
        self.odd.enable.next = self.odd_enable.q.val();
        self.even_written_row.d.next = self.even_write_row.q.val();
        self.odd_written_row.d.next = self.odd_write_row.q.val();
        self.even_written.d.next = self.even_enable.q.val();
        self.odd_written.d.next = self.odd_enable.q.val();
        self.written.d.next = self.last_aligner.rotated.val();

        // Load, first stage: the banks.
        self.load_is_odd.next = self.load_address.val().get_bit(5);
        self.load_carry.next = self.load_address.val().get_bits::<1>(5);
        self.load_row.next = self.load_address.val().get_bits::<14>(6);
        self.even_row.d.next = (self.load_row.val() + bit_cast::<14, 1>(self.load_carry.val())) & self.row_mask.val();
        self.odd_row.d.next = self.load_row.val() & self.row_mask.val();
        self.even.row.next = self.load_row.val() + bit_cast::<14, 1>(self.load_carry.val());
        self.odd.row.next = self.load_row.val();
        self.offset.d.next = self.load_address.val().get_bits::<5>(0);
        self.is_odd.d.next = self.load_is_odd.val();

        // Load, second stage: which bytes come from which bank, or from the store that it has just taken.
        self.from_odd.next = self.all_bytes.val() >> self.offset.q.val();
        if !self.is_odd.q.val() {
            self.from_odd.next = !(self.all_bytes.val() >> self.offset.q.val());
        }
        self.even_late.next = bits::<32>(0);
        if self.even_row.q.val() == self.even_written_row.q.val() {
            self.even_late.next = self.even_written.q.val();
        }
        self.odd_late.next = bits::<32>(0);
        if self.odd_row.q.val() == self.odd_written_row.q.val() {
            self.odd_late.next = self.odd_written.q.val();
        }
        self.choice.first.next = self.even.data.val();
        self.choice.second.next = self.odd.data.val();
        self.choice.third.next = self.written.q.val();
        self.choice.take_second.next = self.from_odd.val();
        self.choice.take_third.next =
            (self.from_odd.val() & self.odd_late.val()) | ((!self.from_odd.val()) & self.even_late.val());
        self.turner.value.next = self.choice.chosen.val();
        self.turner.count.next = self.offset.q.val().get_bits::<1>(0);
        self.half_turned.d.next = self.turner.rotated.val();
        self.turn.d.next = self.offset.q.val().get_bits::<4>(1);

        // Load, third stage.
        self.last_turner.value.next = self.half_turned.q.val();
        self.last_turner.count.next = self.turn.q.val();
        self.loaded.d.next = self.last_turner.rotated.val();
        self.load_data.next = self.loaded.q.val();
    }
}

/// Plain-Rust model: the bytes, and accesses in order; of one cycle the load comes first.
pub struct Model(Vec<u8>);

impl Model {
    /// A memory of 32 << `row_bits` zeros.
    pub fn new(row_bits: usize) -> Self {
        Model(vec![0; 32 << row_bits])
    }

    /// Its bytes.
    pub fn bytes(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// The 32 bytes at an address.
    pub fn load(&self, address: usize) -> [u8; 32] {
        std::array::from_fn(|i| self.0[(address + i) % self.0.len()])
    }

    /// Stores bytes `skip..end` of `data`.
    pub fn store(&mut self, address: usize, data: [u8; 32], skip: usize, end: usize) {
        let size = self.0.len();
        (skip..end).for_each(|i| self.0[(address + i) % size] = data[i]);
    }
}
