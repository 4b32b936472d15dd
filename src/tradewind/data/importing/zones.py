"""From the reading of a clock in a zone to UTC, over the hours that clocks skip and repeat."""

from collections import Counter

import numpy as np

from tradewind.core.panel import Bools, Ints


def to_utc(local_ns: Ints, zone: str) -> tuple[Ints, Bools]:
    """UTC ns of clock readings in the order in which they stand, and which could not be told (R,).

    A reading that the zone skips is none. One of an hour that it repeats is the first of the two where it
    stands first and comes again, the second where it has been before; the only one of its kind is not told.
    """
    import polars as pl

    readings = pl.from_numpy(local_ns.reshape(-1, 1)).to_series().cast(pl.Datetime("ns"))
    early, late = (
        readings.dt.replace_time_zone(zone, ambiguous=which, non_existent="null")
        for which in ("earliest", "latest")
    )
    missing = early.is_null().to_numpy()
    first, second = (_ns(column) for column in (early, late))
    twice = (first != second) & ~missing
    if not twice.any():
        return first, missing
    return _told_apart(local_ns, first, second, twice), missing | _lonely(local_ns, twice)


def _told_apart(local_ns: Ints, first: Ints, second: Ints, twice: Bools) -> Ints:
    rows = np.flatnonzero(twice)
    falling = len(local_ns) > 1 and local_ns[-1] < local_ns[0]
    seen: Counter[int] = Counter()
    found = first.copy()
    for row in rows[::-1] if falling else rows:
        reading = int(local_ns[row])
        if seen[reading]:
            found[row] = second[row]
        seen[reading] += 1
    return found


def _lonely(local_ns: Ints, twice: Bools) -> Bools:
    readings, counts = np.unique(local_ns[twice], return_counts=True)
    return twice & np.isin(local_ns, readings[counts == 1])


def _ns(column: object) -> Ints:
    values: Ints = column.to_physical().fill_null(0).to_numpy().astype(np.int64)  # type: ignore[attr-defined]
    return values
