"""One transaction through the whole card: firmware of the lane, block, state, code, record, completion, as the driver drove the model card."""

import os

import cocotb

import pauses
from card import Card
from contract import COMPLETION, CONTRACT, RESULT, register
from session import Session

PAUSED = os.environ.get("GASLANE_PAUSED") == "1"
"""Random pauses on all channels, or none."""


@cocotb.test()
async def transaction(dut):
    """Every byte that the contract fixes is what the model card wrote, in the order that the contract asks for."""
    card = Card(dut)
    await card.reset()
    await card.boot()
    if PAUSED:
        card.pause(pauses.seed(21))
    session = Session(card)
    await session.play()
    await card.cycles(2000)
    session.compare()
    order(card, session)
    await counters(card, session)
    stalls = {name: channel.stalls for name, channel in card.watch.channels.items()}
    taken = {name: channel.taken for name, channel in card.watch.channels.items()}
    print(f"interrupts {card.watch.interrupts}, transfers {taken}, cycles of back-pressure {stalls}", flush=True)
    assert all(taken.values()), "a channel was not used"
    assert card.watch.interrupts > 0
    for bus in ("host", "memory"):
        held_back = sum(count for name, count in stalls.items() if name.startswith(bus))
        assert held_back > 0 or not PAUSED, f"nothing on the bus {bus} was held back"


def order(card, session):
    """The record stands before its completion, whose phase bit comes last; nothing else is written."""
    start, length = session.record()
    ring = session.rings[1]
    index = ring.seen.index(session.committed())
    place, half = ring.address(index), COMPLETION.bytes // 2
    writes = card.host_memory.writes
    phase = max(number for number, (at, _) in enumerate(writes) if at == place)
    rest = max(number for number, (at, _) in enumerate(writes) if at == place + half)
    record = [number for number, (at, data) in enumerate(writes) if start <= at < start + length]
    covered = {byte for number in record for byte in range(writes[number][0], writes[number][0] + len(writes[number][1]))}
    assert covered == set(range(start, start + length)), "a byte of the record was not written"
    assert max(record) < rest < phase, f"record until {max(record)}, completion {rest}, phase {phase}"
    for at, data in writes:
        inside = start <= at and at + len(data) <= start + length
        assert inside or ring.covers(at), f"the card wrote to {at:#x}"


async def counters(card, session):
    """Registers after the transaction."""
    record = card.host_memory.load(*session.record())
    assert RESULT.get(record, "status") == CONTRACT["tx_status"]["success"]
    assert await card.get("COMMITTED") == 1
    assert await card.get("ABORTS") == 0
    assert await card.get("ESCAPES") == 0
    assists = [entry for entry in session.rings[1].seen if COMPLETION.get(entry, "kind") == CONTRACT["completion_kinds"]["assist"]]
    assert assists, "the transaction asked for nothing"
    assert await card.get("ASSISTS") == len(assists)
    assert await card.get("SQ_HEAD") == await card.get("SQ_TAIL")
    assert await card.get("CQ_TAIL") == len(session.rings[1].seen) % session.ring_registers[register("CQ_ENTRIES")]
    status = await card.get("STATUS")
    assert status == CONTRACT["status"]["running"] | CONTRACT["status"]["idle"], f"STATUS {status:#x}"
