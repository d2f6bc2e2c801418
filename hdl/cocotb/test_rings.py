"""Rings: many passes with their phase bits; error responses of the bus. Where commands are carried out, with the processor's firmware."""

import random

import cocotb

import pauses
from card import Card
from contract import COMPLETION, CONTRACT, register
from rings import CQ_BASE, SQ_BASE, Rings

NOWHERE = 0x7_1234_5000
"""Host memory that is not mapped: cocotbext-axi answers with SLVERR."""


async def start(dut, default, boot=True, sq_entries=4, cq_entries=8):
    """A card with its firmware, or with a processor that stands still, paused at random."""
    seed = pauses.seed(default)
    card = Card(dut)
    await card.reset()
    if boot:
        await card.boot()
    card.pause(seed)
    return card, Rings(card, sq_entries, cq_entries), random.Random(seed)


@cocotb.test()
async def passes(dut):
    """Four passes over the completion ring: tags in order, phase of the pass, half with the phase bit last, no write beyond."""
    card, rings, source = await start(dut, 11)
    await rings.open()
    tags = []
    while len(tags) < 4 * rings.cq_entries + 3:
        tags += [rings.put_drain() for _ in range(source.randint(1, rings.sq_entries - 1))]
        await rings.ring()
        await rings.wait(len(tags))
        await rings.credit()
    done = CONTRACT["completion_kinds"]["done"]
    for index, (entry, tag) in enumerate(zip(rings.completions.seen, tags, strict=True)):
        expected = COMPLETION.pack(kind=done, phase=rings.completions.phase(index), tag=tag)
        assert entry == expected, f"completion {index}: {entry.hex()}, not {expected.hex()}"
    assert await card.get("SQ_HEAD") == rings.tail
    assert await card.get("CQ_TAIL") == len(tags) % rings.cq_entries
    halves = COMPLETION.bytes // 2
    for index in range(len(tags)):
        place = rings.completions.address(index)
        pair = card.host_memory.writes[2 * index : 2 * index + 2]
        assert [(at, len(data)) for at, data in pair] == [(place + halves, halves), (place, halves)], f"{index}: {pair}"
    assert len(card.host_memory.writes) == 2 * len(tags)


@cocotb.test()
async def locked_while_running(dut):
    """Places and sizes of rings do not change while the card runs; CONTROL stops it, and then they do."""
    card, rings, _ = await start(dut, 12, boot=False)
    await rings.open()
    offsets = [register(name) + high for name in ("SQ_BASE", "CQ_BASE") for high in (0, 4)]
    offsets += [register("SQ_ENTRIES"), register("CQ_ENTRIES")]
    before = [await card.read(offset) for offset in offsets]
    for offset in offsets:
        await card.write(offset, 0x5A5A_5A40)
    assert [await card.read(offset) for offset in offsets] == before
    await card.put("CONTROL", 0)
    for _ in range(100):
        if not await card.get("STATUS") & CONTRACT["status"]["running"]:
            break
    for offset in offsets:
        await card.write(offset, 0x5A5A_5A40)
        assert await card.read(offset) == 0x5A5A_5A40


async def fails(card, error, info):
    """The card stops with an error, and says so."""
    status = CONTRACT["status"]
    await card.wait_until(lambda: card.watch.interrupts > 0, 100_000, lambda: "no error interrupt")
    found = await card.get("STATUS")
    assert found & (status["error"] | status["running"]) == status["error"], f"STATUS {found:#x}"
    assert await card.get("ERROR") == CONTRACT["errors"][error]
    assert await card.get("ERROR_INFO") == info


@cocotb.test()
async def read_error(dut):
    """SLVERR for the submission ring: error with its address, and an error completion."""
    card, rings, _ = await start(dut, 13, boot=False)
    await rings.open(sq_base=NOWHERE, mapped=(CQ_BASE,))
    await card.put("SQ_TAIL", 1)
    card.watch.ring = None  # The interrupt is the error's; its completion may follow.
    await fails(card, "dma-fault", NOWHERE & 0xFFFF_FFFF)
    for _ in range(1000):
        if rings.completions.poll():
            break
        await card.cycles(1)
    entry = rings.completions.seen[0]
    assert COMPLETION.get(entry, "kind") == CONTRACT["completion_kinds"]["error"]
    assert COMPLETION.get(entry, "code") == CONTRACT["errors"]["dma-fault"]


@cocotb.test()
async def write_error(dut):
    """SLVERR for the completion ring: error with its address, nothing is written, a reset brings the card back."""
    card, rings, _ = await start(dut, 14)
    await rings.open(cq_base=NOWHERE, mapped=(SQ_BASE,))
    card.watch.ring = None
    rings.put_drain()
    await rings.ring()
    half = NOWHERE + COMPLETION.bytes // 2
    await fails(card, "dma-fault", half & 0xFFFF_FFFF)
    assert not card.host_memory.writes
    await card.reset()
    assert await card.get("ERROR") == 0
    await card.boot()
    card.watch.interrupts = 0
    again = Rings(card, 4, 8)
    await again.open()
    again.put_drain()
    await again.ring()
    await again.wait(1)
    assert COMPLETION.get(again.completions.seen[0], "kind") == CONTRACT["completion_kinds"]["done"]
