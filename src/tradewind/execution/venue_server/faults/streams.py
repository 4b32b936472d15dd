"""Faults of streams: messages late, twice, in another order, or lost with their connection."""

import asyncio
from collections.abc import Sequence

from tradewind.execution.venue_server.faults.script import STREAM, FaultScript, Kind
from tradewind.execution.venue_server.outbox import Outbox

HELD_S = 1.0
"""How long a message waits at most for one that overtakes it."""


class FaultyOutbox(Outbox):
    """An outbox whose messages the script strikes; answers to the client's own words are spared."""

    def __init__(self, script: FaultScript) -> None:
        super().__init__()
        self._script = script
        self._held: list[bytes] = []

    def tell(self, messages: Sequence[bytes]) -> None:
        """Leave what happened to be sent, as the script lets it."""
        for message in messages:
            taken = self._script.take(STREAM)
            if Kind.DISCONNECT in taken:
                self.end()
                return
            if Kind.DELAY in taken:
                self.pause(taken[Kind.DELAY].seconds)
            if Kind.REORDER in taken:
                self._held.append(message)
                asyncio.get_running_loop().call_later(HELD_S, self._let_go)
                continue
            self.put([message] * (2 if Kind.DUPLICATE in taken else 1))
            self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, []
        self.put(held)
