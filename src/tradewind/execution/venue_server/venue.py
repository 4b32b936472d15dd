"""A running rehearsal: the desk, its inputs on disk, the clock that plays the tape, and who listens."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from tradewind.core.errors import ConfigError
from tradewind.core.timestamps import NS_PER_S
from tradewind.execution.venue_server.desk import Desk
from tradewind.execution.venue_server.faults.script import Fault, FaultScript
from tradewind.execution.venue_server.inputs import Advanced, AnyInput
from tradewind.execution.venue_server.kept import KeptInputs, Rehearsal
from tradewind.execution.venue_server.listing import Listing
from tradewind.execution.venue_server.orders import Change
from tradewind.execution.venue_server.tape import Step, Tape

Listener = Callable[[list[Change], list[Step]], None]
Made = TypeVar("Made", bound=AnyInput)

LONGEST_WAIT_S = 5.0
"""Nights and weekends are not waited for any longer than this."""


class LocalVenue:
    """The rehearsal that a server serves; used by one thread.

    Parameters
    ----------
    state
        File of the inputs. Where it holds some, the rehearsal goes on from them.
    speed
        Seconds of the tape in one second; 0: it moves only when it is told to.
    seed
        Decides which faults with a chance strike.

    Raises
    ------
    ConfigError
        The state belongs to another rehearsal, another process has it, or the speed is none.
    """

    def __init__(
        self,
        listings: Mapping[str, Listing],
        tape: Tape,
        cash_e8: Mapping[str, int],
        state: Path,
        protocol: str,
        *,
        speed: float = 1.0,
        seed: int = 0,
        names_once: bool = True,
    ) -> None:
        if not 0.0 <= speed < float("inf"):
            message = f"The speed is {speed}."
            raise ConfigError(message, "Give 0 (stepped) or more with --speed.")
        rehearsal = Rehearsal(
            name=uuid4().hex,
            protocol=protocol,
            symbols=tuple(listings),
            cash_e8=dict(cash_e8),
            tape=tape.digest,
        )
        self.speed, self.protocol = speed, protocol
        self.faults = FaultScript(seed=seed)
        self.skew_ns = 0
        """A fault: how far the clock that clients are told is off."""
        self._kept = KeptInputs(state, rehearsal)
        self.desk = Desk(listings, tape, cash_e8, self._kept.rehearsal.name, names_once=names_once)
        for given in self._kept.inputs:
            self.desk.apply(given)
        self.resumed = len(self._kept.inputs)
        self._listeners: list[Listener] = []
        self._anchor = (time.monotonic_ns(), self.desk.now_ns)

    def add_faults(self, faults: Sequence[Fault]) -> None:
        """More faults for the script; ConfigError where one halts what is not traded here."""
        for fault in faults:
            if fault.symbol:
                self.listed(fault.symbol)
        self.faults.add(faults)

    def close(self) -> None:
        """Let go of the state's file."""
        self._kept.close()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have every change told, after it is on disk; what is given back ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def listed(self, symbol: str) -> Listing:
        """The listing of a symbol; ConfigError where there is none."""
        for listing in self.desk.listings.values():
            if symbol in (listing.instrument.symbol, listing.id):
                return listing
        known = ", ".join(one.instrument.symbol for one in self.desk.listings.values())
        message = f"{symbol!r} is not traded in this rehearsal."
        raise ConfigError(message, f"Name one of {known}.")

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def do(self, make: Callable[[int], Made]) -> list[Change]:
        """Carry out an input made for this moment; it is on disk when this returns.

        Raises
        ------
        RefusedError
            It cannot be taken; nothing has changed.
        StoreError
            The disk refuses; nothing has changed.
        """
        given = make(self.now_ns())
        self.desk.check(given)
        before = self.desk.position
        self._kept.append(given)
        changes = self.desk.apply(given)
        steps = list(self.desk.tape.steps[before : self.desk.position])
        for listener in list(self._listeners):
            listener(changes, steps)
        return changes

    # Time ------------------------------------------------------------------------------------

    def now_ns(self) -> int:
        """The rehearsal's time: it runs with the speed, and never past the next price."""
        desk, (real, played) = self.desk, self._anchor
        now = played + int((time.monotonic_ns() - real) * self.speed)
        if desk.position < len(desk.tape.steps):
            now = min(now, desk.tape.steps[desk.position].ts_ns)
        else:
            now = desk.now_ns
        return max(now, desk.now_ns)

    def told_ns(self) -> int:
        """The time as clients are told it."""
        return self.now_ns() + self.skew_ns

    def advance(self, steps: int) -> list[Change]:
        """Move on by so many steps of the tape; at its end nothing happens."""
        to = min(self.desk.position + steps, len(self.desk.tape.steps))
        if to == self.desk.position:
            return []
        changes = self.do(lambda now: Advanced(ts_ns=now, to=to))
        self._anchor = (time.monotonic_ns(), self.desk.now_ns)
        return changes

    def advance_to(self, ts_ns: int) -> list[Change]:
        """Move on past every step up to ``ts_ns``."""
        steps, at = self.desk.tape.steps, self.desk.position
        while at < len(steps) and steps[at].ts_ns <= ts_ns:
            at += 1
        return self.advance(at - self.desk.position)

    @property
    def ended(self) -> bool:
        """Whether the tape has come to its end; orders are still taken, prices stay."""
        return self.desk.position >= len(self.desk.tape.steps)

    async def play(self) -> None:
        """Play the tape at the speed until it ends; at speed 0 nothing is played."""
        self._anchor = (time.monotonic_ns(), self.desk.now_ns)
        while self.speed > 0.0 and not self.ended:
            step = self.desk.tape.steps[self.desk.position]
            wait_s = (step.ts_ns - self.now_ns()) / NS_PER_S / self.speed
            await asyncio.sleep(min(max(wait_s, 0.0), LONGEST_WAIT_S))
            at = step.ts_ns if wait_s > LONGEST_WAIT_S else self.now_ns()
            self.advance_to(max(at, step.ts_ns))
