"""Universe filters: a decorated function from one candidate to whether it may be traded, with its figure."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np

from tradewind.core.instruments import Instrument
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns, Floats
from tradewind.core.registry import Registry
from tradewind.core.releases import Release
from tradewind.core.settings import Settings
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.reference.facts import KnownFacts

S = TypeVar("S", bound=Settings)


@dataclass(frozen=True)
class Candidate:
    """One instrument as it was known at a moment: nothing in it is of later, but for what ``hindsight`` says.

    ``bars`` (oldest first, closed by ``as_of_ns``) are adjusted for the splits known by then. ``judge`` gives
    the quality score, 0 to 100, of those bars alone: it takes a while, so it is asked by who wants it.
    ``hindsight``: the source has adjusted the prices itself, also for splits and dividends of after the
    moment, so their level is not the one of then. ``calendar`` is when bars are due; empty: the instrument's.
    ``releases`` are those of the calendars that concern it, as they were known then.
    """

    instrument: Instrument
    bars: BarColumns
    facts: KnownFacts
    as_of_ns: int
    judge: Callable[[], float]
    hindsight: bool = False
    calendar: str = ""
    releases: tuple[Release, ...] = ()

    @property
    def days_a_bar(self) -> int:
        """Trading days that a bar is of: one (shorter bars are put together by day), or those of a week."""
        if Timeframe(self.bars.timeframe) is not Timeframe.W1:
            return 1
        return 7 if (self.calendar or self.instrument.calendar) == "24/7" else 5

    def last_days(self, days: int) -> BarColumns:
        """Bars of so many calendar days before the moment."""
        return self.bars.between(self.as_of_ns - days * NS_PER_DAY + 1, self.as_of_ns + 1)

    @cached_property
    def day_closes(self) -> Floats:
        """The last close of each UTC day with a bar, oldest first."""
        day = self.bars.ts_event // NS_PER_DAY
        closes: Floats = self.bars.close[np.flatnonzero(np.diff(day, append=day[-1:] + 1))]
        return closes


@dataclass(frozen=True)
class Screened:
    """What a filter says of a candidate; ``figure`` is NaN where there is none to be had."""

    passes: bool
    figure: float
    words: str


@dataclass(frozen=True)
class UniverseFilter(Generic[S]):
    """A filter with its default settings.

    ``reach_days`` tells how many calendar days of bars it looks back on, for bars of a timeframe, so that a
    session loads them; None where the newest bar is enough.
    """

    judge: Callable[[Candidate, S], Screened]
    defaults: S
    reach_days: Callable[[S, Timeframe], int] | None = None

    def __call__(self, candidate: Candidate, settings: S) -> Screened:
        """Whether the candidate passes."""
        return self.judge(candidate, settings)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return self.judge.__doc__


FILTERS: Registry[UniverseFilter[Any]] = Registry("universe filter", "tradewind.data.universe.filters")


def universe_filter(
    name: str, defaults: S, *, reach_days: Callable[[S, Timeframe], int] | None = None
) -> Callable[[Callable[[Candidate, S], Screened]], UniverseFilter[S]]:
    """Decorator that enters a filter, with its settings' defaults and how far it looks back."""

    def enter(judge: Callable[[Candidate, S], Screened]) -> UniverseFilter[S]:
        made = UniverseFilter(judge, defaults, reach_days)
        FILTERS.add(name, made)
        return made

    return enter


def within(figure: float, least: float, most: float, what: str) -> Screened:
    """Passes where ``least <= figure <= most``; a figure that is NaN never does."""
    if np.isnan(figure):
        return Screened(False, figure, f"{what} is not known")
    if figure < least:
        return Screened(False, figure, f"{what} is {figure:.6g}, under {least:.6g}")
    if figure > most:
        return Screened(False, figure, f"{what} is {figure:.6g}, over {most:.6g}")
    return Screened(True, figure, f"{what} is {figure:.6g}")


def one_of(value: str, allowed: tuple[str, ...], what: str) -> Screened:
    """Passes where the value is known and among those allowed."""
    nan = float("nan")
    if not value:
        return Screened(False, nan, f"{what} is not known")
    passes = value in allowed
    return Screened(passes, nan, f"{what} is {value}" + ("" if passes else f", not {' or '.join(allowed)}"))
