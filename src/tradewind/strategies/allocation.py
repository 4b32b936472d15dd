"""How strategies share the equity: fixed shares, or equal risk by what each has earned of late.

An allocator is asked inside the loop, at the first cycle of each new day of the account. What it says is a
``CapitalAllocated`` event with the day's shares, so a replay needs no allocator to know them.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import msgspec

from tradewind.core.book import Book, profit_e8
from tradewind.core.changes import CapitalAllocated
from tradewind.core.events import AnyEvent, Timer
from tradewind.core.market import Event
from tradewind.core.ports import Allocator
from tradewind.core.vocabulary import TimerName

PART = "allocator"
"""Name of the part that asks the allocator; no strategy can be called so."""

WINDOW_DAYS = 20
LEAST_DAYS = 10
LARGEST_PART = 0.6
"""Of what all strategies share, the most that one of several gets."""
SMALL_CHANGE = 0.01


class FixedShares:
    """Everybody keeps the share that the configuration, or a person, gave."""

    def __init__(self, shares: Mapping[str, float]) -> None:
        self._shares = dict(shares)

    def allocate(self, book: Book, strategies: Sequence[str]) -> Mapping[str, float]:
        """The shares as they stand."""
        return {name: book.shares.get(name, self._shares[name]) for name in strategies}

    def snapshot(self) -> bytes:
        """Nothing is remembered."""
        return b""

    def restore(self, state: bytes) -> None:
        """Nothing is remembered."""


class _Earnings(msgspec.Struct, kw_only=True):
    """Profit in 1e-8 of base at the end of the last day, and daily returns on the capital used."""

    last_e8: int = 0
    returns: list[float] = msgspec.field(default_factory=list)


class EqualRisk:
    """Shares inversely to the volatility of each strategy's daily profit on its capital, over 20 days.

    A strategy that has not earned or lost anything on ten days keeps the share that the configuration gave;
    the others divide what is left of the configured total. None gets over 60 % of it.
    """

    def __init__(self, shares: Mapping[str, float]) -> None:
        self._shares = dict(shares)
        self._earned: dict[str, _Earnings] = {}

    def allocate(self, book: Book, strategies: Sequence[str]) -> Mapping[str, float]:
        """Shares for the day; those of the configuration until there is enough to go by."""
        profits = _profits(book)
        for name in strategies:
            self._note(name, profits.get(name, 0), book)
        risks = {name: risk for name in strategies if (risk := self._risk(name)) > 0.0}
        if len(risks) < 2:
            return {name: self._shares[name] for name in strategies}
        total = math.fsum(self._shares[name] for name in risks)
        parts = _capped({name: 1.0 / risk for name, risk in risks.items()}, LARGEST_PART)
        return {name: total * parts[name] if name in parts else self._shares[name] for name in strategies}

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        return msgspec.msgpack.encode(self._earned)

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        self._earned = msgspec.msgpack.decode(state, type=dict[str, _Earnings])

    def _note(self, name: str, profit: int, book: Book) -> None:
        earned = self._earned.setdefault(name, _Earnings())
        capital = book.shares.get(name, self._shares[name]) * book.equity_e8
        change, earned.last_e8 = profit - earned.last_e8, profit
        if capital > 0.0 and change:
            earned.returns.append(change / capital)
            del earned.returns[:-WINDOW_DAYS]

    def _risk(self, name: str) -> float:
        """Standard deviation of its daily returns; 0 before there are enough."""
        returns = self._earned[name].returns
        if len(returns) < LEAST_DAYS:
            return 0.0
        mean = math.fsum(returns) / len(returns)
        return math.sqrt(math.fsum((r - mean) ** 2 for r in returns) / (len(returns) - 1))


ALLOCATORS: dict[str, Callable[[Mapping[str, float]], Allocator]] = {
    "fixed": FixedShares,
    "equal_risk": EqualRisk,
}
"""Allocators by name; each is made from the configured shares."""


class _PartState(msgspec.Struct, kw_only=True):
    day: int = 0
    allocator: bytes = b""


class CapitalAllocation:
    """Asks the allocator at each new day of the account. A ``core.ports.Strategy`` that trades nothing."""

    def __init__(self, allocator: Allocator, strategies: Sequence[str], why: str) -> None:
        self.name = PART
        self._allocator, self._strategies, self._why = allocator, tuple(strategies), why
        self._day = 0

    def on_event(self, event: AnyEvent, book: Book) -> Sequence[Event]:
        """A ``CapitalAllocated`` where the day is new and a share moves by 1 % of the equity or more."""
        if not isinstance(event, Timer) or event.name != TimerName.CYCLE or book.day == self._day:
            return ()
        first, self._day = self._day == 0, book.day
        if first:
            return ()
        shares = dict(self._allocator.allocate(book, self._strategies))
        moved = max(abs(share - book.shares.get(name, 1.0)) for name, share in shares.items())
        if moved < SMALL_CHANGE:
            return ()
        return (CapitalAllocated(ts_event=event.ts_event, shares=shares, reason=self._why),)

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        return msgspec.msgpack.encode(_PartState(day=self._day, allocator=self._allocator.snapshot()))

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        kept = msgspec.msgpack.decode(state, type=_PartState)
        self._day = kept.day
        self._allocator.restore(kept.allocator)


def _profits(book: Book) -> dict[str, int]:
    """What each strategy has earned over the session, in 1e-8 of the base currency."""
    profits: dict[str, int] = {}
    for position in book.positions.values():
        profits[position.strategy] = profits.get(position.strategy, 0) + profit_e8(book, position)
    return profits


def _capped(weights: Mapping[str, float], most: float) -> dict[str, float]:
    """Weights scaled to sum 1 with none over ``most``; what is cut off goes to the others in proportion."""
    total = math.fsum(weights.values())
    parts = {name: weight / total for name, weight in weights.items()}
    if most * len(parts) <= 1.0:
        return dict.fromkeys(parts, 1.0 / len(parts))
    held: dict[str, float] = {}
    while over := [name for name, part in parts.items() if part > most and name not in held]:
        held |= dict.fromkeys(over, most)
        rest = math.fsum(weight for name, weight in weights.items() if name not in held)
        free = 1.0 - math.fsum(held.values())
        parts = held | {n: free * w / rest for n, w in weights.items() if n not in held}
    return parts
