"""Splits and dividends: raw prices are kept, and the adjusted view of them is made for a stated moment.

A price adjusted *as of* a moment knows only the actions that had taken effect by then, so the same raw
series gives a different level, but the same returns, for every such moment.

A split of ``n`` new shares for ``m`` old has the price factor ``m / n`` and multiplies volume by ``n / m``.
For a dividend ``D`` Yahoo (and CRSP) use ``1 - D / C`` with the close before the ex-date, and Quandl WIKI
uses ``C / (C + D)`` with the close on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tradewind.core.errors import DataError
from tradewind.core.panel import BarColumns, Floats, Ints

SPLIT, DIVIDEND = "split", "dividend"
DOUBTFUL = "doubtful_dividend"
"""A dividend as it was stated that cannot have been paid (it is more than the price): it changes nothing
until a person has put it right, and stays on record."""
_SMALL_RATIOS = sorted({n / m for n in range(1, 51) for m in (1, 2, 3, 4, 5) if n / m >= 1.2})


@dataclass(frozen=True)
class CorporateAction:
    """One split or dividend. Bars with ``ts_event < ex_ns`` are multiplied by ``price_factor``.

    ``value`` is the split's new shares per old one, or the dividend in the quote currency.
    """

    instrument_id: str
    ex_ns: int
    kind: str
    price_factor: float
    value: float
    source: str = ""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.price_factor) and self.price_factor > 0):
            message = f"The {self.kind} of {self.instrument_id} has the price factor {self.price_factor}."
            raise DataError(message, "A factor is positive; check the provider's actions.")


def split(instrument_id: str, ex_ns: int, new_per_old: float, source: str = "") -> CorporateAction:
    """A split of ``new_per_old`` shares for one."""
    return CorporateAction(instrument_id, ex_ns, SPLIT, 1.0 / new_per_old, new_per_old, source)


def one_a_day(actions: Sequence[CorporateAction]) -> tuple[CorporateAction, ...]:
    """Actions of one kind and ex-date as one, oldest first: a special dividend comes on top of the usual one.

    Amounts add up, ratios of splits multiply. What is told twice with the same value counts once: that is a
    source repeating itself. Dividends that come to the whole price or more are ``DOUBTFUL``.
    """
    by_day: dict[tuple[int, str], dict[float, CorporateAction]] = {}
    for action in actions:
        by_day.setdefault((action.ex_ns, action.kind), {}).setdefault(action.value, action)
    joined = [_joined(tuple(told.values())) for told in by_day.values()]
    return tuple(sorted(joined, key=lambda action: (action.ex_ns, action.kind != SPLIT)))


def _joined(told: Sequence[CorporateAction]) -> CorporateAction:
    first = told[0]
    if len(told) == 1:
        return first
    if first.kind == SPLIT:
        ratio = float(np.prod([action.value for action in told]))
        return split(first.instrument_id, first.ex_ns, ratio, first.source)
    amount = sum(action.value for action in told)
    factor = 1.0 - sum(1.0 - action.price_factor for action in told)
    if factor <= 0.0:
        return replace(first, kind=DOUBTFUL, price_factor=1.0, value=amount)
    return replace(first, price_factor=factor, value=amount)


def price_factors(actions: Sequence[CorporateAction], ts_event: Ints, as_of_ns: int) -> Floats:
    """What to multiply each bar's prices by, (T,): all actions with ``ts_event < ex_ns <= as_of_ns``."""
    known = sorted((a for a in actions if a.ex_ns <= as_of_ns), key=lambda a: a.ex_ns)
    ex_ns = np.array([a.ex_ns for a in known], dtype=np.int64)
    steps = np.array([a.price_factor for a in known], dtype=np.float64)
    tail = np.append(np.cumprod(steps[::-1])[::-1], 1.0)
    factors: Floats = tail[np.searchsorted(ex_ns, ts_event, side="right")]
    return factors


def split_factors(actions: Sequence[CorporateAction], ts_event: Ints, as_of_ns: int) -> Floats:
    """As :func:`price_factors`, from splits alone: volume is divided by it."""
    return price_factors([a for a in actions if a.kind == SPLIT], ts_event, as_of_ns)


def adjust_for_splits(raw: BarColumns, actions: Sequence[CorporateAction], as_of_ns: int) -> BarColumns:
    """The bars on the share count of ``as_of_ns``; a dividend leaves its gap, as it does in a session.

    Raises
    ------
    DataError
        The bars are adjusted already.
    """
    return adjust(raw, [action for action in actions if action.kind == SPLIT], as_of_ns)


def dividends_by_bar(actions: Sequence[CorporateAction], ts_event: Ints, as_of_ns: int) -> Floats:
    """What one unit on the share count of ``as_of_ns`` was paid going into each bar, (T,); 0.0 where nothing.

    A dividend belongs to the first bar on its new basis (``ts_event >= ex_ns``): who held through the bar
    before is entitled, who bought on the bar itself is not.
    """
    paid = [a for a in actions if a.kind == DIVIDEND and a.ex_ns <= as_of_ns]
    ex_ns = np.array([a.ex_ns for a in paid], dtype=np.int64)
    amounts = np.array([a.value for a in paid]) * split_factors(actions, ex_ns, as_of_ns)
    bar = np.searchsorted(ts_event, ex_ns)
    inside = (bar > 0) & (bar < len(ts_event))
    income = np.zeros(len(ts_event))
    np.add.at(income, bar[inside], amounts[inside])
    return income


def adjust(raw: BarColumns, actions: Sequence[CorporateAction], as_of_ns: int) -> BarColumns:
    """The bars as somebody who looked at ``as_of_ns`` would have adjusted them, flagged ``adjusted``.

    Raises
    ------
    DataError
        The bars are adjusted already.
    """
    if raw.adjusted:
        message = f"The bars of {raw.instrument_id} from {raw.source!r} are adjusted already."
        raise DataError(message, "Adjust raw bars, once.")
    factor = price_factors(actions, raw.ts_event, as_of_ns)
    return replace(
        raw,
        open=raw.open * factor,
        high=raw.high * factor,
        low=raw.low * factor,
        close=raw.close * factor,
        volume=raw.volume / split_factors(actions, raw.ts_event, as_of_ns),
        adjusted=True,
    )


def actions_from_adjusted_close(
    instrument_id: str,
    days_ns: Ints,
    close: Floats,
    adjusted_close: Floats,
    source: str,
    *,
    dividend_on_ex_close: bool = False,
    noise: float = 2e-5,
) -> tuple[CorporateAction, ...]:
    """The actions that lie between a vendor's raw and adjusted close, both (T,), oldest first, no NaN.

    Only *steps* of the ratio count: a vendor's constant factor (an action after the last row) is knowledge
    of the future and falls away. ``days_ns`` is the start of each row's date, from which an action that
    shows in that row is in force. A step below ``noise`` (relative) is rounding. A step is a split where it
    is a small ratio such as 2:1 or 3:2 to four digits, else a dividend; ``dividend_on_ex_close`` tells which
    of the two rules above the vendor follows, and only the amount depends on it.
    """
    ratio = adjusted_close / close
    step = ratio[:-1] / ratio[1:]
    found: list[CorporateAction] = []
    for row in np.flatnonzero(np.abs(step - 1.0) > noise):
        factor, ex_ns = float(step[row]), int(days_ns[row + 1])
        new_per_old = nearest_split(1.0 / factor, 1e-4)
        if new_per_old is not None:
            found.append(split(instrument_id, ex_ns, new_per_old, source))
        else:
            amount = (1.0 - factor) * float(close[row])
            if dividend_on_ex_close:
                amount = (1.0 / factor - 1.0) * float(close[row + 1])
            found.append(CorporateAction(instrument_id, ex_ns, DIVIDEND, factor, amount, source))
    return tuple(found)


def nearest_split(ratio: float, tolerance: float) -> float | None:
    """The usual split (or reverse split) within a relative ``tolerance`` of ``ratio``, None without one."""
    usual = np.array(_SMALL_RATIOS)
    size = ratio if ratio >= 1.0 else 1.0 / ratio
    best = float(usual[np.argmin(np.abs(usual - size))])
    if abs(size / best - 1.0) > tolerance:
        return None
    return best if ratio >= 1.0 else 1.0 / best
