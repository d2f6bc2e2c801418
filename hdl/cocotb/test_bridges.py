"""Parts of a board by themselves: the wide bridge against the AXI models of cocotbext-axi, the interrupt bridge between two clocks."""

import logging
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout
from cocotbext.axi import AxiBus, AxiMaster, AxiResp, AxiSlave
from cocotbext.axi.address_space import Region

import pauses

CLOCK_PS = 10_000
IO_CLOCK_PS = 4_002
BEAT = 32
WIDE_BEAT = 64
BURST_BEATS = 16
MEMORY_BYTES = 4096


class Memory(Region):
    """Bytes, and an error where there are none. Notes what was written where."""

    def __init__(self, source):
        super().__init__(2**64)
        self.data = bytearray(source.randbytes(MEMORY_BYTES))
        self.writes = []

    async def _read(self, address, length, **kwargs):
        if address >= MEMORY_BYTES:
            raise LookupError(f"nothing at {address:#x}")
        return bytes(self.data[address : address + length])

    async def _write(self, address, data, **kwargs):
        if address >= MEMORY_BYTES:
            raise LookupError(f"nothing at {address:#x}")
        self.data[address : address + len(data)] = data
        self.writes.append((address, bytes(data)))


def start(dut, default):
    """Clocks and quiet inputs; the source of randomness."""
    source = random.Random(pauses.seed(default))
    for name in ("hold", "io_reset", "irq_reset", "valid", "ack"):
        getattr(dut, name).value = 0
    dut.reset.value = 1
    cocotb.start_soon(Clock(dut.clock, CLOCK_PS, unit="ps").start())
    cocotb.start_soon(Clock(dut.io_clock, IO_CLOCK_PS, unit="ps").start())
    return source


async def rules(dut, seen):
    """What the shell of AWS F2 asks of every address, and of reads: one at a time."""
    reading = False
    while True:
        await RisingEdge(dut.clock)
        if dut.reset.value:
            continue
        if dut.m_arvalid.value and dut.m_arready.value:
            assert not reading, "two reads at a time"
            reading = True
            assert int(dut.m_arsize.value) == 6 and int(dut.m_arburst.value) == 1
        if dut.m_rvalid.value:
            assert dut.m_rready.value, "a read's data is kept waiting"
            if dut.m_rlast.value:
                reading = False
        if dut.m_awvalid.value and dut.m_awready.value:
            address, beats = int(dut.m_awaddr.value), int(dut.m_awlen.value) + 1
            assert int(dut.m_awsize.value) == 6 and int(dut.m_awburst.value) == 1
            assert address // 4096 == (address // WIDE_BEAT * WIDE_BEAT + beats * WIDE_BEAT - 1) // 4096
            seen["address"] = address
            seen["due"] = True
        elif seen.get("due") and not dut.m_wvalid.value:
            raise AssertionError("a write's data is kept waiting")
        if dut.m_wvalid.value and dut.m_wready.value:
            strobes = int(dut.m_wstrb.value)
            if "address" in seen and strobes:
                first = (strobes & -strobes).bit_length() - 1
                assert seen["address"] % WIDE_BEAT == first // 4 * 4, f"address {seen['address']:#x}, first byte {first}"
            seen.pop("address", None)
            if dut.m_wlast.value:
                seen["due"] = False


@cocotb.test()
async def wide(dut):
    """Bursts of every length at every place of 512 bytes: memory is as it should be, errors come back."""
    source = start(dut, 31)
    for agent in ("s", "m"):
        logging.getLogger(f"cocotb.{dut._name}.{agent}").setLevel(logging.CRITICAL)
    memory = Memory(source)
    narrow = AxiMaster(AxiBus.from_prefix(dut, "s"), dut.clock, dut.reset, max_burst_len=BURST_BEATS)
    other = AxiSlave(AxiBus.from_prefix(dut, "m"), dut.clock, dut.reset, target=memory)
    await ClockCycles(dut.clock, 4)
    dut.reset.value = 0
    cocotb.start_soon(rules(dut, {}))
    for channel in (narrow.read_if.r_channel, narrow.write_if.b_channel, other.read_if.ar_channel, other.write_if.aw_channel):
        channel.set_pause_generator(pauses.generator(random.Random(source.random())))
    shadow = bytearray(memory.data)
    places = [(first, beats) for first in range(BURST_BEATS) for beats in range(1, BURST_BEATS - first + 1)]
    source.shuffle(places)
    for first, beats in places:
        base = source.randrange(MEMORY_BYTES // 512) * 512 + first * BEAT
        # Whole beats, or some words inside: completions are half a beat.
        cut = source.choice([0, 0, 4, 16])
        data = source.randbytes(beats * BEAT - cut)
        at = base + source.choice([0, cut])
        answer = await with_timeout(narrow.write(at, data), 100, "us")
        assert answer.resp == AxiResp.OKAY
        shadow[at : at + len(data)] = data
        assert memory.data == shadow, f"after a write of {len(data)} bytes to {at:#x}"
        base = source.randrange(MEMORY_BYTES // 512) * 512 + first * BEAT
        answer = await with_timeout(narrow.read(base, beats * BEAT), 100, "us")
        assert answer.resp == AxiResp.OKAY
        assert bytes(answer.data) == bytes(shadow[base : base + beats * BEAT]), f"read of {beats} beats from {base:#x}"
    answer = await with_timeout(narrow.read(MEMORY_BYTES, 2 * BEAT), 100, "us")
    assert answer.resp == AxiResp.SLVERR
    answer = await with_timeout(narrow.write(MEMORY_BYTES, bytes(BEAT)), 100, "us")
    assert answer.resp == AxiResp.SLVERR


@cocotb.test()
async def held(dut):
    """While the bridge is held no address is taken; what is under way ends, then it is quiet."""
    source = start(dut, 32)
    memory = Memory(source)
    narrow = AxiMaster(AxiBus.from_prefix(dut, "s"), dut.clock, dut.reset, max_burst_len=BURST_BEATS)
    AxiSlave(AxiBus.from_prefix(dut, "m"), dut.clock, dut.reset, target=memory)
    await ClockCycles(dut.clock, 4)
    dut.reset.value = 0
    for _ in range(40):
        reads = [cocotb.start_soon(narrow.read(512 * number, 512)) for number in range(3)]
        writes = [cocotb.start_soon(narrow.write(512 * number, bytes(512))) for number in range(3)]
        await ClockCycles(dut.clock, source.randint(1, 60))
        dut.hold.value = 1
        await RisingEdge(dut.clock)
        for _ in range(200):
            await RisingEdge(dut.clock)
            if dut.quiet.value:
                break
        assert dut.quiet.value, "it never gets quiet"
        for _ in range(20):
            await RisingEdge(dut.clock)
            assert dut.quiet.value and not dut.m_arvalid.value and not dut.m_awvalid.value
        dut.hold.value = 0
        for task in reads + writes:
            await with_timeout(task, 100, "us")


async def block(dut, source, seen):
    """The PCI Express block: answers requests after a while, and checks how they are made."""
    waiting = [None, None]
    ack = 0
    while True:
        await RisingEdge(dut.io_clock)
        request = int(dut.request.value)
        last, ack = ack, 0
        for bit in (0, 1):
            up = request >> bit & 1
            if waiting[bit] is None:
                # The answer of the cycle before may not have been seen yet.
                if up and not last >> bit & 1:
                    waiting[bit] = source.randint(1, 12)
            else:
                if bit == 0:
                    assert not up, "a second pulse before the answer"
                else:
                    assert up, "a level that falls before the answer"
                waiting[bit] -= 1
                if waiting[bit] == 0:
                    ack |= 1 << bit
                    seen[bit] += 1
                    waiting[bit] = None
        dut.ack.value = ack


@cocotb.test()
async def interrupts(dut):
    """Every interrupt asks the block once, and is taken after the answer; a reset of the card's side loses at most the one under way."""
    source = start(dut, 33)
    seen = [0, 0]
    cocotb.start_soon(block(dut, source, seen))
    await ClockCycles(dut.clock, 4)
    for count in range(1, 301):
        dut.valid.value = 3
        left = 3
        for _ in range(200):
            await RisingEdge(dut.clock)
            left &= ~int(dut.ready.value)
            dut.valid.value = left
            if not left:
                break
        assert not left, "an interrupt is not taken"
        assert seen == [count, count]
        await ClockCycles(dut.clock, source.randint(1, 4))
    asked = list(seen)
    for count in range(1, 51):
        dut.valid.value = 3
        await ClockCycles(dut.clock, source.randint(1, 6))
        dut.irq_reset.value = 1
        dut.valid.value = 0
        await ClockCycles(dut.clock, 20)
        dut.irq_reset.value = 0
        await ClockCycles(dut.clock, 20)
        assert all(asked[bit] <= seen[bit] <= asked[bit] + count for bit in (0, 1))
