"""Random pauses on every channel, from a seed that replays them."""

import os
import random


def seed(default):
    """The seed of this run: that of `GASLANE_SEED`, else the test's own. It is printed."""
    value = int(os.environ.get("GASLANE_SEED", default))
    print(f"seed {value}; GASLANE_SEED={value} replays it", flush=True)
    return value


def generator(source):
    """Pauses and free stretches of random lengths; some channels pause most of the time, others rarely."""
    longest = [source.choice([1, 4, 12]), source.choice([1, 4, 24])]
    while True:
        for paused in (True, False):
            for _ in range(source.randint(1, longest[paused])):
                yield paused


def apply(source, *agents):
    """Gives every channel of these AXI agents its own pauses."""
    for agent in agents:
        sides = [(agent.write_if, ("aw", "w", "b")), (agent.read_if, ("ar", "r"))]
        for side, names in sides:
            for name in names:
                channel = getattr(side, f"{name}_channel")
                channel.set_pause_generator(generator(random.Random(source.random())))
