"""Rings of a host that submits commands of its own."""

from contract import CONTRACT, SUBMISSION, register
from host import CompletionRing

SQ_BASE = 0x1_0000_0000
CQ_BASE = 0x1_0001_0000
PAGE = 4096


class Rings:
    """Small rings in host memory, and commands that have no payload."""

    def __init__(self, card, sq_entries, cq_entries):
        self.card, self.sq_entries, self.cq_entries = card, sq_entries, cq_entries
        self.tail = 0
        self.tag = 0
        self.completions = CompletionRing(card.host_memory, CQ_BASE, cq_entries)

    async def open(self, sq_base=SQ_BASE, cq_base=CQ_BASE, mapped=(SQ_BASE, CQ_BASE)):
        """Programs the rings and lets the card run."""
        card = self.card
        for base in mapped:
            card.host_memory.map(base, PAGE)
        card.watch.ring = self.completions
        for name, base in (("SQ_BASE", sq_base), ("CQ_BASE", cq_base)):
            await card.write(register(name), base & 0xFFFF_FFFF)
            await card.write(register(name) + 4, base >> 32)
        await card.put("SQ_ENTRIES", self.sq_entries)
        await card.put("CQ_ENTRIES", self.cq_entries)
        await card.put("IRQ_ENABLE", 3)
        await card.put("CONTROL", 1)
        status = await card.get("STATUS")
        assert status & CONTRACT["status"]["running"], f"the card does not run: STATUS {status:#x}"

    def put_drain(self):
        """Writes a Drain into the ring; its tag."""
        self.tag += 1
        entry = SUBMISSION.pack(command=CONTRACT["commands"]["drain"], tag=self.tag)
        self.card.host_memory.store(SQ_BASE + self.tail * SUBMISSION.bytes, entry)
        self.tail = (self.tail + 1) % self.sq_entries
        return self.tag

    async def ring(self):
        """The submission doorbell."""
        await self.card.put("SQ_TAIL", self.tail)

    async def wait(self, count, cycles=200_000):
        """Until there are so many completions."""
        seen = self.completions
        await self.card.wait_until(lambda: len(seen.poll()) >= count, cycles, lambda: f"{len(seen.seen)} of {count} completions")

    async def credit(self):
        """Tells the card that all completions have been consumed."""
        await self.card.put("CQ_HEAD", len(self.completions.seen) % self.cq_entries)
