"""The timeframe of rows, from how far they lie apart; a file of several is refused."""

import numpy as np

from tradewind.core.errors import BarFileError, UnsettledFileError
from tradewind.core.market import Timeframe
from tradewind.core.panel import Ints
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE
from tradewind.data.importing.options import Stamped

_RUN = 10
"""So many rows in turn at the distance of a longer timeframe are one."""
_WEEKS = 5
_INTRADAY = [frame for frame in Timeframe if frame.length_ns < NS_PER_DAY]


def spacing_of(rising_ns: Ints, has_time: bool, file: str) -> tuple[Timeframe, str]:
    """The timeframe by the median distance of rows in rising order, and how it was told.

    Raises
    ------
    UnsettledFileError
        There are fewer than two rows, with times.
    BarFileError
        The distance is that of no timeframe.
    """
    steps = np.diff(rising_ns)
    if not len(steps):
        if not has_time:
            return Timeframe.D1, "a date without a time"
        message = f"{file} has too few rows to tell their timeframe."
        raise UnsettledFileError(
            message, "Say the timeframe (--timeframe), such as 1h.", file=file, option="timeframe"
        )
    middle = int(np.median(steps))
    found = _frame(middle)
    if found is not None:
        return found, f"median distance of {len(steps) + 1:,} rows"
    common = _frame(int(np.gcd.reduce(steps)))
    if middle < NS_PER_DAY and common is not None:
        return common, f"all rows lie on its grid; the median distance is {_words(middle)}"
    message = f"{file}: rows lie {_words(middle)} apart, which is no timeframe."
    raise BarFileError(message, f"Import bars of {', '.join(Timeframe)}.", file=file)


def require_one_spacing(rising_ns: Ints, lines: Ints, frame: Timeframe, stamped: Stamped, file: str) -> None:
    """Refuse rows that lie closer than ``frame``, or in a long run at the distance of another.

    Raises
    ------
    BarFileError
        Names the first such row.
    """
    steps = np.diff(rising_ns)
    if frame.length_ns >= NS_PER_DAY:
        least = NS_PER_DAY if frame is Timeframe.D1 else 4 * NS_PER_DAY
        close, other = steps < least, _runs(steps, 7 * NS_PER_DAY, _WEEKS)
        other &= frame is Timeframe.D1
    else:
        close = steps < frame.length_ns
        if stamped is Stamped.CLOSE:  # a session's last bar may be shorter
            close &= np.append(steps[1:] <= frame.length_ns, [False])
        other = np.zeros(len(steps), dtype=np.bool_)
        for longer in _INTRADAY:
            if longer.length_ns > frame.length_ns:
                other |= _runs(steps, longer.length_ns, _RUN)
    wrong = np.flatnonzero(close | other)
    if len(wrong):
        line = int(lines[wrong[0] + 1])
        message = (
            f"{file} line {line}: rows lie {_words(int(steps[wrong[0]]))} apart there, and {frame} elsewhere."
        )
        raise BarFileError(
            message, "Cut the file into one for each timeframe, or say the shorter one.", file=file, line=line
        )


def _frame(step_ns: int) -> Timeframe | None:
    for frame in _INTRADAY:
        if step_ns == frame.length_ns:
            return frame
    days = step_ns / NS_PER_DAY
    if 0.8 <= days <= 4.0:
        return Timeframe.D1
    return Timeframe.W1 if 5.0 <= days <= 9.0 else None


def _runs(steps: Ints, length_ns: int, least: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Steps that begin ``least`` equal ones in turn."""
    same = (steps == length_ns).astype(np.int64)
    total = np.concatenate([[0], np.cumsum(same)])
    found = np.zeros(len(steps), dtype=np.bool_)
    if len(steps) >= least:
        found[: len(steps) - least + 1] = total[least:] - total[:-least] == least
    return found


def _words(step_ns: int) -> str:
    if step_ns >= NS_PER_DAY:
        return f"{step_ns / NS_PER_DAY:g} days"
    return f"{step_ns / NS_PER_MINUTE:g} minutes"
