"""Series: numbers over time that are no bars (macro, on-chain, fundamentals), point in time.

An observation has two times: the period that it is about, and the moment at which it could first be known. A
value of January that is published in February is known in February, and what it is revised to in March is an
observation of its own. Reading is always *as of* a moment: of each period the newest that was known by then.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isinf, isnan
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

import numpy as np

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.panel import Bools, Floats, Ints
from tradewind.core.timestamps import iso

_LEAST, _MOST = -(2**63), 2**63 - 1


class Observation(NamedTuple):
    """One value. Times are UTC ns; a value of NaN says that its source took back what it had said before.

    ``ts_period`` is the first moment of the period that it is about (of a day its midnight, of a quarter its
    first day's), ``ts_known`` when it could first be known.
    """

    series_id: str
    ts_period: int
    ts_known: int
    value: float
    unit: str


@dataclass(frozen=True)
class SeriesRequest:
    """All that is known of the periods that begin in ``start_ns <= ts_period < end_ns``, every revision."""

    series_id: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True)
class Observations:
    """Observations of one series by period and moment, columns of one length; each is one row a revision.

    ``seen`` says that its source does not tell when a value was published, so ``ts_known`` is the moment at
    which we asked. Made by :func:`observations_of`, which checks.
    """

    series_id: str
    source: str
    ts_period: Ints
    ts_known: Ints
    value: Floats
    unit: tuple[str, ...]
    seen: bool = False

    def __len__(self) -> int:
        return len(self.ts_period)

    def rows(self) -> Iterator[Observation]:
        """One after the other, by period and moment."""
        columns = (self.ts_period.tolist(), self.ts_known.tolist(), self.value.tolist(), self.unit)
        for period, known, value, unit in zip(*columns, strict=True):
            yield Observation(self.series_id, period, known, value, unit)

    def as_of(self, moment_ns: int) -> "Observations":
        """Of each period the newest that was known at ``moment_ns``; none of one that was taken back."""
        known = self.take(self.ts_known <= moment_ns)
        last = np.ones(len(known), dtype=np.bool_)
        last[:-1] = known.ts_period[1:] != known.ts_period[:-1]
        return known.take(last & ~np.isnan(known.value))

    def steps(self, until_ns: int) -> "Observations":
        """What one would have read as the newest period's value, by the moments at which that changed.

        Its rows are in the order of ``ts_known``, each the value of the newest period that was known then.
        """
        order = np.lexsort((self.ts_period, self.ts_known))
        value, period, moment = self.value.tolist(), self.ts_period.tolist(), self.ts_known.tolist()
        held: dict[int, int] = {}
        steps: dict[int, int] = {}
        newest = said = -1
        for row in order.tolist():
            if moment[row] > until_ns:
                break
            if isnan(value[row]):
                held.pop(period[row], None)
                newest = held[max(held)] if held else -1
            else:
                held[period[row]] = row
                newest = row if newest < 0 or period[row] >= period[newest] else newest
            if newest >= 0 and newest != said:
                steps[moment[row]] = said = newest
        chosen = np.array(list(steps.values()), dtype=np.int64)
        found = self.take(chosen)
        return replace(found, ts_known=np.array(list(steps), dtype=np.int64))

    def between(self, start_ns: int, end_ns: int) -> "Observations":
        """Those of the periods that begin in ``start_ns <= ts_period < end_ns``."""
        return self.take((self.ts_period >= start_ns) & (self.ts_period < end_ns))

    def take(self, chosen: Bools | Ints) -> "Observations":
        """The rows that are chosen, by whether or by number."""
        rows = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return replace(
            self,
            ts_period=self.ts_period[rows],
            ts_known=self.ts_known[rows],
            value=self.value[rows],
            unit=tuple(self.unit[row] for row in rows.tolist()),
        )


class SeriesProvider(Protocol):
    """A source of series. ``known`` are ids that it is known to have, each with what it is; often not all."""

    name: str
    known: ClassVar[Mapping[str, str]]

    def observations(self, request: SeriesRequest) -> Observations:
        """Every revision that is asked for; a typed DataError, or UnknownSymbolError, otherwise."""
        ...


@runtime_checkable
class SearchesSeries(Protocol):
    """A source that can be asked which of its series are about something."""

    def search(self, text: str) -> Mapping[str, str]:
        """Ids, each with what it is, the likeliest first; none where nothing fits."""
        ...


def observations_of(
    series_id: str, source: str, rows: Iterable[Observation], *, seen: bool = False
) -> Observations:
    """Rows in any order as observations: by period and moment, each revision once.

    A later row that says what the one before it said is no revision and is left out, and so is a value that
    is taken back before there was one.

    Raises
    ------
    MalformedPayloadError
        A value is infinite, a time is beyond 64 bits, or one period has two values of one moment.
    """
    ordered = sorted(rows, key=lambda row: (row.ts_period, row.ts_known))
    kept: list[Observation] = []
    for row in ordered:
        if isinf(row.value):
            message = f"{series_id} of {iso(row.ts_period)} is {row.value}."
            raise MalformedPayloadError(message, "A value is a finite number.")
        if not (_LEAST <= row.ts_period <= _MOST and _LEAST <= row.ts_known <= _MOST):
            message = (
                f"{series_id} has a time beyond the years 1678 to 2262: {row.ts_period}, {row.ts_known}."
            )
            raise MalformedPayloadError(message, "Times are nanoseconds since 1970, of 64 bits.")
        before = kept[-1] if kept and kept[-1].ts_period == row.ts_period else None
        if before is None:
            if not isnan(row.value):
                kept.append(row)
        elif not same_value(before, row):
            if before.ts_known == row.ts_known:
                message = (
                    f"{series_id} of {iso(row.ts_period)} is {before.value:g} and {row.value:g} at once."
                )
                raise MalformedPayloadError(message, "A period has one value at a moment.")
            kept.append(row)
    return Observations(
        series_id,
        source,
        np.array([row.ts_period for row in kept], dtype=np.int64),
        np.array([row.ts_known for row in kept], dtype=np.int64),
        np.array([row.value for row in kept], dtype=np.float64),
        tuple(row.unit for row in kept),
        seen,
    )


def same_value(one: Observation, other: Observation) -> bool:
    """Whether two say the same: value and unit, or that there is none."""
    if isnan(one.value) or isnan(other.value):
        return isnan(one.value) and isnan(other.value)
    return one.value == other.value and one.unit == other.unit
