"""One period is one day of one clock: which day each return belongs to when instruments keep other hours.

Returns of instruments that close at other times, or on other days, overlap. Taken one after the other they
would look like independent bets and every ratio by period too good. They are put together here on **common
days**: a period ends on the first UTC day by which nine tenths of the instruments that trade at all have been
marked since the last one. Stocks that close an hour apart share each day; beside a stock, a coin's Saturday
and Sunday belong to Monday; of weekly bars a period is a week; bars of an hour or a minute make up days.
"""

import numpy as np

from tradewind.core.panel import Bools, Floats, Ints
from tradewind.core.timestamps import NS_PER_DAY

QUORUM = 0.9
"""Share of the instruments then trading whose marks end a period; one missing bar of many does not."""
_SUSPENDED_DAYS = 10
"""A longer silence (and thrice the usual one) is a suspension; nobody waits for the instrument."""


def utc_day(ts_ns: Ints) -> Ints:
    """UTC day of each moment; midnight belongs to the day that ends."""
    days: Ints = (ts_ns - 1) // NS_PER_DAY
    return days


def common_days(ts_ns: Ints, column: Ints) -> Ints:
    """Days (P,), rising, on which a period ends; ``ts_ns`` (R,) are marks of instrument ``column`` (R,)."""
    days: Ints
    days, at = np.unique(utc_day(ts_ns), return_inverse=True)
    instruments, of = np.unique(column, return_inverse=True)
    marked = np.zeros((len(days), len(instruments)), dtype=bool)
    marked[at, of] = True
    trading = np.column_stack([_trading(days, marked[:, k]) for k in range(len(instruments))])
    needed = QUORUM * trading.sum(axis=1)
    if ((marked & trading).sum(axis=1) >= needed).all():
        return days
    ends, seen = [], np.zeros(len(instruments), dtype=bool)
    for place in range(len(days)):
        seen |= marked[place]
        if (seen & trading[place]).sum() >= needed[place]:
            ends.append(place)
            seen[:] = False
    if not ends or ends[-1] != len(days) - 1:
        ends.append(len(days) - 1)
    last: Ints = days[np.array(ends)]
    return last


def period_of(ts_ns: Ints, ends: Ints) -> Ints:
    """Number of the period (R,) that each moment belongs to; what lies after the last end joins it."""
    number: Ints = np.searchsorted(ends, utc_day(ts_ns), side="left")
    last: Ints = np.minimum(number, len(ends) - 1)
    return last


def day_stamps(ts_ns: Ints, column: Ints) -> Ints:
    """For each row (R,) the newest moment of its period: rows of one period share it."""
    number = period_of(ts_ns, common_days(ts_ns, column))
    newest = np.zeros(int(number.max(initial=0)) + 1, dtype=np.int64)
    np.maximum.at(newest, number, ts_ns)
    return newest[number]


def summed_by_period(parts: Floats, starts: Ints) -> Floats:
    """What rows (D, N) of returns on equity come to by period (P,).

    Rows of one instrument follow each other and compound; instruments run beside each other and add up.
    """
    if len(starts) == len(parts):
        together: Floats = parts.sum(axis=1)
        return together
    grown: Floats = (np.multiply.reduceat(1.0 + parts, starts, axis=0) - 1.0).sum(axis=1)
    return grown


def up_to_ruin(net: Floats) -> Floats:
    """Returns (D,) of an account that can lose all it has, once: -1 where it is lost, and 0 from then on."""
    lost = np.flatnonzero(net <= -1.0)
    if not len(lost):
        return net
    ended = net.copy()
    ended[lost[0]] = -1.0
    ended[lost[0] + 1 :] = 0.0
    return ended


def _trading(days: Ints, marked: Bools) -> Bools:
    """Days from an instrument's first to its last mark, without suspensions, (D,)."""
    places = np.flatnonzero(marked)
    trading = np.zeros(len(days), dtype=bool)
    trading[places[0] : places[-1] + 1] = True
    gaps = np.diff(days[places])
    usual = float(np.median(gaps)) if len(gaps) else 1.0
    for k in np.flatnonzero(gaps > max(_SUSPENDED_DAYS, 3.0 * usual)):
        trading[places[k] + 1 : places[k + 1]] = False
    return trading
