"""A web socket that comes back: one venue's stream, followed in the calling thread.

A line that breaks is opened again, with a wait that doubles up to half a minute. One that is silent is found
by the socket's own pings, which a venue answers also when nothing happens.
"""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from tradewind.core.errors import BrokerError, BrokerRefusedError

FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 30.0
TICK_S = 0.25
"""How long a quiet line is waited on before the clock is looked at."""


class Line:
    """Where a stream is, how it is greeted, and how long its silence may last.

    Parameters
    ----------
    address
        Called for each connection; what it raises counts as a connection that failed.
    greet
        Speaks first: authorises and subscribes. BrokerRefusedError ends the listening.
    silent_s
        Seconds without an answer to a ping after which the line counts as broken.
    """

    def __init__(
        self, address: Callable[[], str], greet: Callable[[ClientConnection], None], silent_s: float
    ) -> None:
        self._address, self._greet, self._silent_s = address, greet, silent_s
        self._closing = threading.Event()
        self._open: ClientConnection | None = None

    def follow(
        self,
        take: Callable[[str | bytes], None],
        stands: Callable[[str], None],
        tick: Callable[[], None],
    ) -> None:
        """Follow until :meth:`close`.

        ``stands`` is called each time that the line stands: with nothing the first time, then with why it
        broke. ``tick`` is called about four times a second, between messages.
        """
        reason, wait_s = "", FIRST_WAIT_S
        while not self._closing.is_set():
            try:
                with self._connecting() as connection:
                    self._open = connection
                    self._greet(connection)
                    stands(reason)
                    wait_s = FIRST_WAIT_S
                    self._read(connection, take, tick)
            except BrokerRefusedError:
                raise
            except (WebSocketException, BrokerError, OSError) as error:
                reason = f"the stream broke: {type(error).__name__}: {error}"
                self._rest(wait_s, tick)
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def close(self) -> None:
        """End :meth:`follow`, which may be waiting for a message in another thread."""
        self._closing.set()
        if self._open is not None:
            self._open.close()

    @property
    def is_closing(self) -> bool:
        """Whether somebody has closed it."""
        return self._closing.is_set()

    def _connecting(self) -> AbstractContextManager[ClientConnection]:
        made: AbstractContextManager[ClientConnection] = connect(
            self._address(),
            open_timeout=self._silent_s,
            ping_interval=self._silent_s / 2,
            ping_timeout=self._silent_s / 2,
            close_timeout=1.0,
            max_size=8 * 1024 * 1024,
        )
        return made

    def _read(
        self, connection: ClientConnection, take: Callable[[str | bytes], None], tick: Callable[[], None]
    ) -> None:
        due_s = time.monotonic() + TICK_S
        while not self._closing.is_set():
            try:
                message = connection.recv(timeout=max(due_s - time.monotonic(), 0.0))
            except TimeoutError:
                message = None  # quiet: only the clock moves
            if message is not None:
                take(message)
            if time.monotonic() >= due_s:
                tick()
                due_s = time.monotonic() + TICK_S

    def _rest(self, wait_s: float, tick: Callable[[], None]) -> None:
        """Wait before the next attempt; what has to be done by the clock is done meanwhile."""
        until_s = time.monotonic() + wait_s
        while not self._closing.is_set() and (left_s := until_s - time.monotonic()) > 0:
            self._closing.wait(min(left_s, TICK_S))
            tick()
