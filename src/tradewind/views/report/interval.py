"""A measured figure and how far chance alone could have moved it."""

import msgspec


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A measured figure with its confidence interval; NaN bounds where there is none."""

    value: float
    low: float = float("nan")
    high: float = float("nan")
