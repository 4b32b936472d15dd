"""What one listener of a stream is still to be sent: filled by the venue, emptied by its connection."""

import asyncio
from collections.abc import Sequence

MOST_UNSENT = 10_000
"""A listener that lags further behind is cut off, as brokers do."""


class Outbox:
    """Messages of one connection, in order; used in the server's loop alone."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[bytes | float | None] = asyncio.Queue()

    def put(self, messages: Sequence[bytes]) -> None:
        """Leave messages to be sent; one too many ends the connection."""
        for message in messages:
            if self._waiting.qsize() >= MOST_UNSENT:
                self.end()
                return
            self._waiting.put_nowait(message)

    def pause(self, seconds: float) -> None:
        """Send nothing for a while, after all before is sent."""
        self._waiting.put_nowait(seconds)

    def end(self) -> None:
        """End the connection once all before is sent."""
        self._waiting.put_nowait(None)

    async def next(self) -> bytes | None:
        """The next message, when its time has come; None when the connection is to end."""
        while isinstance(item := await self._waiting.get(), float):
            await asyncio.sleep(item)
        return item
