"""The book's value at risk: what is held, over the days that the book itself remembers.

Returns are those of prices in their quote currencies, a day at a time, over days on which everything held has
a close. What a foreign currency does to cash and to the value of holdings in it is not in them.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from tradewind.core.book import Book, lots_value_e8
from tradewind.core.daily_closes import joint_returns
from tradewind.core.panel import Floats
from tradewind.risk.var import (
    cornish_fisher_shortfall,
    cornish_fisher_var,
    expected_shortfall,
    filtered_historical_shortfall,
    filtered_historical_var,
    historical_var,
    normal_shortfall,
    normal_var,
    student_shortfall,
    student_var,
)

LEAST_DAYS = 30
"""Common days below which nothing is measured."""


class VarMethod(StrEnum):
    """How value at risk is taken of the book's returns."""

    HISTORICAL = "historical"
    NORMAL = "normal"
    STUDENT = "student"
    CORNISH_FISHER = "cornish_fisher"
    FILTERED = "filtered_historical"


_METHODS = {
    VarMethod.HISTORICAL: historical_var,
    VarMethod.NORMAL: normal_var,
    VarMethod.STUDENT: student_var,
    VarMethod.CORNISH_FISHER: cornish_fisher_var,
    VarMethod.FILTERED: filtered_historical_var,
}
_SHORTFALLS = {
    VarMethod.HISTORICAL: expected_shortfall,
    VarMethod.NORMAL: normal_shortfall,
    VarMethod.STUDENT: student_shortfall,
    VarMethod.CORNISH_FISHER: cornish_fisher_shortfall,
    VarMethod.FILTERED: filtered_historical_shortfall,
}


class BookReturns(NamedTuple):
    """``table`` (T, N) of daily returns, ``weights`` (N,) of equity, and the instruments they belong to.

    ``problem`` says why there are none; the table is then empty.
    """

    instrument_ids: tuple[str, ...]
    table: Floats
    weights: Floats
    problem: str = ""


def book_returns(book: Book, lots: Mapping[str, int], window: int) -> BookReturns:
    """Returns and weights of what would be held: ``lots`` signed, by instrument; zeros are left out."""
    held = tuple(sorted(instrument_id for instrument_id, count in lots.items() if count))
    empty = np.empty((0, len(held)))
    if not held:
        return BookReturns(held, empty, np.empty(0))
    if book.equity_e8 <= 0:
        return BookReturns(held, empty, np.empty(0), "there is no equity to measure it by")
    missing = [i for i in held if i not in book.mark_ticks]
    if missing:
        return BookReturns(held, empty, np.empty(0), f"{missing[0]} has no price yet")
    values = [lots_value_e8(book, i, lots[i]) / book.equity_e8 for i in held]
    rows = joint_returns(book, held, window)
    if len(rows) < LEAST_DAYS:
        problem = f"what is held has {len(rows)} daily returns in common, and {LEAST_DAYS} are needed"
        return BookReturns(held, empty, np.asarray(values), problem)
    return BookReturns(held, np.asarray(rows, dtype=np.float64), np.asarray(values, dtype=np.float64))


def value_at_risk(returns: BookReturns, level: float, method: VarMethod) -> float:
    """One day's value at risk as a fraction of equity; 0 where nothing is held.

    Raises
    ------
    DataError
        The level is none, or the method cannot be used on these returns.
    """
    if not returns.instrument_ids:
        return 0.0
    return _METHODS[method](returns.table @ returns.weights, level)


def shortfall(returns: BookReturns, level: float, method: VarMethod) -> float:
    """Expected shortfall by the same method; 0 where nothing is held. Raises as ``value_at_risk`` does."""
    if not returns.instrument_ids:
        return 0.0
    return _SHORTFALLS[method](returns.table @ returns.weights, level)
