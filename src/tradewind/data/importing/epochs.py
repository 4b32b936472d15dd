"""Times that count from 1970: the unit is told by the size of the largest, and a second unit is refused.

In seconds the years 1973 to 2286 have 9 or 10 digits, in milliseconds 12 or 13, and so on, so that no largest
stamp can be of two units. Smaller ones, down to before 1970, are of the same unit, unless they are times of
this century in another.
"""

from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.errors import BarFileError
from tradewind.core.panel import Ints
from tradewind.core.timestamps import NS_PER_S
from tradewind.data.importing.moment_columns import Moments
from tradewind.data.stamps import UNITS

if TYPE_CHECKING:
    import polars as pl

_LEAST_S, _CENTURY_S, _END_S = 10**8, 10**9, 10**10


def epochs_of(word: "pl.Series", lines: Ints, file: str) -> Moments:
    """Moments of cells such as 1583020800, -86400000 or 1583020800.0.

    Raises
    ------
    BarFileError
        They are of no unit, or of two.
    """
    import polars as pl

    steps = word.str.extract(r"^(-?\d{1,19})(?:\.0*)?$", 1).cast(pl.Int64, strict=False)
    bad = steps.is_null().to_numpy()
    values = steps.fill_null(0).to_numpy().astype(np.int64)
    sizes = np.abs(values[~bad])
    largest = int(sizes.max()) if len(sizes) else 0
    unit = next((name for name, step_ns in UNITS.items() if _is_of(largest, NS_PER_S // step_ns)), "")
    if not unit:
        message = f"{file}: {largest} is no time of the years 1973 to 2286, in s, ms, us or ns since 1970."
        raise BarFileError(message, "Say the date_format of its times.", file=file)
    _require_one_unit(np.where(bad, 0, values), unit, lines, file)
    note = f"times count {unit} since 1970, told by their size"
    utc = values * UNITS[unit]
    return Moments(utc, utc.copy(), bad, notes=(note,))


def _is_of(largest: int, per_s: int) -> bool:
    return _LEAST_S * per_s <= largest < min(_END_S * per_s, 2**63 - 1)


def _require_one_unit(values: Ints, unit: str, lines: Ints, file: str) -> None:
    for other, step_ns in UNITS.items():
        if other == unit:
            return
        per_s = NS_PER_S // step_ns
        rows = np.flatnonzero((values >= _CENTURY_S * per_s) & (values < _END_S * per_s))
        if len(rows):
            line = int(lines[rows[0]])
            message = (
                f"{file} line {line}: the time {int(values[rows[0]])} is in {other}, others are in {unit}."
            )
            raise BarFileError(message, "Write all times in one unit.", file=file, line=line)
