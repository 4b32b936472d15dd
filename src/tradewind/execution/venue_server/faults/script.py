"""A script of faults: which strike when, counted by what clients do, so that a rehearsal can be repeated."""

import random
from collections.abc import Iterable
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec

from tradewind.core.errors import ConfigError

STREAM = "stream"
"""What a message of a stream is called in ``where``; a request is called ``POST /v2/orders`` and the like."""

MOST_SECONDS = 3_600.0


class Kind(StrEnum):
    """What goes wrong."""

    DELAY = "delay"
    """The request waits ``seconds`` before it is carried out; the message of a stream before it is sent."""
    DISCONNECT = "disconnect"
    """The connection is cut: a request is not carried out, a message is lost."""
    NO_ANSWER = "no_answer"
    """The request is carried out; after ``seconds`` its connection is cut without an answer."""
    TOO_MANY = "too_many"
    """429 with ``Retry-After: seconds``; the request is not carried out."""
    ERROR = "error"
    """``status`` (500 to 599); the request is carried out first with ``carried_out``."""
    DUPLICATE = "duplicate"
    """The message of a stream is sent twice."""
    REORDER = "reorder"
    """The message of a stream is sent after the next one, or a second later where none comes."""
    PARTIAL = "partial"
    """An order finds no more than ``part`` of its quantity at once."""
    CANCEL_RACES = "cancel_races"
    """The market trades at the order's price just before its cancel, which then comes too late."""
    HALT = "halt"
    """Trading in ``symbol`` is halted for ``seconds`` of the rehearsal; 0: until it is resumed."""
    CLOCK_SKEW = "clock_skew"
    """The clock that clients are told is off by ``seconds`` from then on; negative: behind."""


ON_STREAMS = (Kind.DELAY, Kind.DISCONNECT, Kind.DUPLICATE, Kind.REORDER)
STREAMS_ALONE = (Kind.DUPLICATE, Kind.REORDER)


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a script.

    ``where`` is a pattern with ``*``; of what it matches the first ``skip`` are spared and ``times`` are
    struck (0: all), each with ``chance``.
    """

    fault: Kind
    where: str = "*"
    skip: int = 0
    times: int = 1
    chance: float = 1.0
    seconds: float = 0.0
    status: int = 503
    carried_out: bool = False
    part: float = 0.5
    symbol: str = ""

    def __post_init__(self) -> None:
        if self.where == STREAM and self.fault not in ON_STREAMS:
            raise _wrong(self, "where", "a request: a stream has no such fault")
        if self.fault in STREAMS_ALONE and self.where != STREAM:
            raise _wrong(self, "where", f"{STREAM!r}")
        if self.skip < 0 or self.times < 0:
            raise _wrong(self, "skip" if self.skip < 0 else "times", "0 or more")
        if not 0.0 < self.chance <= 1.0:
            raise _wrong(self, "chance", "above 0 and at most 1")
        least = -MOST_SECONDS if self.fault is Kind.CLOCK_SKEW else 0.0
        if not least <= self.seconds <= MOST_SECONDS:
            raise _wrong(self, "seconds", f"from {least:g} to {MOST_SECONDS:g}")
        if not 500 <= self.status <= 599:
            raise _wrong(self, "status", "from 500 to 599")
        if not 0.0 < self.part < 1.0:
            raise _wrong(self, "part", "between 0 and 1")
        if (self.fault is Kind.HALT) != bool(self.symbol):
            raise _wrong(self, "symbol", "given for a halt, and for nothing else")


def _wrong(fault: Fault, name: str, wanted: str) -> ConfigError:
    message = f"The fault {fault.fault} has {name} {getattr(fault, name)!r}."
    return ConfigError(message, f"It has to be {wanted}.")


def read_faults(given: object) -> list[Fault]:
    """Faults of a file or a request, one or a list of them; ConfigError names what is wrong."""
    rows = given if isinstance(given, list) else [given]
    try:
        return [msgspec.convert(row, Fault) for row in rows]
    except msgspec.ValidationError as error:
        known = ", ".join(Kind)
        message = f"A fault cannot be read: {error}."
        raise ConfigError(
            message, f"Each is an object with fault (one of {known}) and what it takes."
        ) from error


class _Line(msgspec.Struct):
    fault: Fault
    matched: int = 0
    struck: int = 0


class FaultScript:
    """The faults that are still to strike; ``seed`` decides those with a chance."""

    def __init__(self, faults: Iterable[Fault] = (), seed: int = 0) -> None:
        self._lines = [_Line(fault) for fault in faults]
        self._random = random.Random(seed)

    def add(self, faults: Iterable[Fault]) -> None:
        """More of them, after those that are there."""
        self._lines += [_Line(fault) for fault in faults]

    def clear(self) -> None:
        """None any more."""
        self._lines.clear()

    def told(self) -> list[dict[str, object]]:
        """Every fault with how often it matched and struck."""
        return [
            {**msgspec.to_builtins(line.fault), "matched": line.matched, "struck": line.struck}
            for line in self._lines
        ]

    def take(self, what: str) -> dict[Kind, Fault]:
        """The faults that strike this request or message; one of each kind, the first in the script."""
        taken: dict[Kind, Fault] = {}
        for line in self._lines:
            fault = line.fault
            if (what == STREAM) != (fault.where == STREAM) or not fnmatchcase(what, fault.where):
                continue
            line.matched += 1
            spared = line.matched <= fault.skip or (fault.times and line.struck >= fault.times)
            if spared or fault.fault in taken:
                continue
            if fault.chance < 1.0 and self._random.random() >= fault.chance:
                continue
            line.struck += 1
            taken[fault.fault] = fault
        return taken
