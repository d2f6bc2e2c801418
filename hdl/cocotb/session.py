"""A recorded session of driver and model card, played to the card under test."""

from collections import Counter

from contract import COMPLETION, CONTRACT, RESULT, load, register
from host import CompletionRing, HostMemory

CYCLE_FIELDS = ("start_cycle", "finish_cycle", "commit_cycle", "state_wait_cycles")
"""Fields of a result that count cycles: cards differ."""
WAIT_CYCLES_MAX = 400_000
"""Longest time without an interrupt while completions are missing."""


class Session:
    """The driver's side of a session: what the host wrote is written again, in order, each time after the completions that it had seen.

    `expected` is host memory as the model card made it, `card.host_memory` as the card under test does.
    """

    def __init__(self, card):
        self.card = card
        self.expected = HostMemory()
        self.card_writes = []
        self.ring_registers = {}
        self.rings = None
        self.doorbells = 0

    async def play(self):
        """All of it, to the last completion."""
        for event in load("session"):
            ((kind, (where, what)),) = event.items()
            if kind == "map":
                self.expected.map(where, what)
                self.card.host_memory.map(where, what)
            elif kind == "card":
                self.expected.store(where, bytes.fromhex(what))
                self.card_writes.append((where, len(what) // 2))
            elif kind == "host":
                await self._catch_up()
                self.expected.store(where, bytes.fromhex(what))
                self.card.host_memory.store(where, bytes.fromhex(what))
            else:
                assert kind == "register", kind
                await self._catch_up()
                self._note_register(where, what)
                await self.card.write(where, what)
        await self._catch_up()

    def _note_register(self, offset, value):
        """Finds the completion ring, once the card runs."""
        self.ring_registers[offset] = value
        self.doorbells += offset == register("SQ_TAIL")
        if offset == register("CONTROL") and value & 1:
            base = register("CQ_BASE")
            place = self.ring_registers[base] | self.ring_registers[base + 4] << 32
            entries = self.ring_registers[register("CQ_ENTRIES")]
            self.rings = [CompletionRing(memory, place, entries) for memory in (self.expected, self.card.host_memory)]
            self.card.watch.ring = self.rings[1]

    async def _catch_up(self):
        """Waits until every completion that the host had seen at this point has come. Those between two steps of the host may change places."""
        if self.rings is None:
            return
        expected, found = self.rings
        wanted = Counter(expected.poll())

        def missing():
            return wanted - Counter(found.poll())

        def report():
            names = {code: name for name, code in CONTRACT["completion_kinds"].items()}
            lines = [f"{names.get(entry[0])} {entry.hex()}" for entry in missing()]
            others = [entry.hex() for entry in Counter(found.seen) - wanted]
            return f"missing completions {lines}, others {others}"

        await self.card.wait_until(lambda: not missing(), WAIT_CYCLES_MAX, report)

    def committed(self):
        """The completion of the transaction, as the model gave it."""
        kind = CONTRACT["completion_kinds"]["committed"]
        (entry,) = [entry for entry in self.rings[0].seen if COMPLETION.get(entry, "kind") == kind]
        return entry

    def record(self):
        """Address and length of the transaction's record: where the model wrote outside its completion ring."""
        places = [place for place in self.card_writes if not self.rings[0].covers(place[0])]
        start = min(where for where, _ in places)
        return start, COMPLETION.get(self.committed(), "record_bytes")

    def compare(self):
        """Host memory of both: every byte that the contract fixes."""
        start, length = self.record()
        expected, found = (memory.load(start, length) for memory in (self.expected, self.card.host_memory))
        loose = CYCLE_FIELDS
        if CONTRACT["fixed"][register("FEATURES") // 4] & 1 == 0:
            # This hardware does not count EVM instructions, and says so; the model does.
            assert RESULT.get(found, "evm_instructions") == 0
            loose += ("evm_instructions",)
        expected, found = (RESULT.without(record, *loose) for record in (expected, found))
        differ = [at for at in range(length) if expected[at] != found[at]]
        assert not differ, f"record differs at {differ[:8]}:\n{found.hex()}\n{expected.hex()}"
        assert Counter(self.rings[0].poll()) == Counter(self.rings[1].poll())
        for iova, memory in self.expected.mappings.items():
            other = self.card.host_memory.mappings[iova]
            for at in range(0, len(memory), 32):
                place = iova + at
                if not self.rings[0].covers(place) and not start <= place < start + length:
                    assert memory[at : at + 32] == other[at : at + 32], f"host memory differs at {place:#x}"
