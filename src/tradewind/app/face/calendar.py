"""``tw.calendar``: a stored calendar of releases as a frame, as of a moment."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.app.config import TradewindConfig
from tradewind.app.home import DEFAULT_HOME
from tradewind.app.market.calendars import calendar_rows
from tradewind.core.clock import WallClock
from tradewind.core.releases import hours_to_next, known_releases
from tradewind.core.timestamps import parse_ns

if TYPE_CHECKING:
    import pandas as pd

_HOURS_A_DAY = 24.0


def calendar(
    name: str,
    *,
    as_of: str | date | datetime | None = None,
    revisions: bool = False,
    home: str | Path = DEFAULT_HOME,
) -> "pd.DataFrame":
    """A stored calendar (``tradewind data calendar NAME --fetch`` stores it) as it was known at a moment.

    Parameters
    ----------
    name
        ``SOURCE:ID``, such as ``"fred:10"`` or ``"finnhub:AAPL"``.
    as_of
        A day (its begin in UTC) or a time with its zone; now where it is left out.
    revisions
        All that was known by then, moved and withdrawn days too, not the newest alone.
    home
        Folder in which it is kept.

    Returns
    -------
    pandas.DataFrame
        By ``event``: ``begin`` and ``end`` of the span in which it is due or came, ``timing``, ``status``,
        ``known``, ``what``, ``estimate``, ``actual`` (NaN where not given) and ``unit``. Times are in UTC;
        nothing in it was known after ``as_of``.

    Raises
    ------
    UnknownSymbolError, ConfigError
        The name is none, or the time has no zone.
    StoreError
        Nothing of it is stored.
    """
    import pandas as pd

    moment_ns = _moment(as_of)
    stored = calendar_rows(TradewindConfig(home=Path(home)), name)
    rows = (
        tuple(row for row in stored if row.ts_known <= moment_ns)
        if revisions
        else known_releases(stored, moment_ns)
    )
    times = {"begin": "ts_begin", "end": "ts_end", "known": "ts_known"}
    columns = {
        word: pd.to_datetime([getattr(row, field) for row in rows], unit="ns", utc=True)
        for word, field in times.items()
    }
    words = ("timing", "status", "what", "estimate", "actual", "unit")
    told = {word: [getattr(row, word) for row in rows] for word in words}
    told |= {word: [str(value) for value in told[word]] for word in ("timing", "status")}
    return pd.DataFrame({**columns, **told}, index=pd.Index([row.event for row in rows], name="event"))


def days_to_release(
    name: str, *, as_of: str | date | datetime | None = None, home: str | Path = DEFAULT_HOME
) -> float:
    """Days until the next release of a calendar, by what was known at a moment; NaN where none was.

    0 on the day itself, while it is not out. Errors are those of :func:`calendar`.
    """
    moment_ns = _moment(as_of)
    known = known_releases(calendar_rows(TradewindConfig(home=Path(home)), name), moment_ns)
    return hours_to_next(known, moment_ns) / _HOURS_A_DAY


def _moment(as_of: str | date | datetime | None) -> int:
    if as_of is None:
        return WallClock().now_ns()
    return parse_ns(as_of if isinstance(as_of, str) else as_of.isoformat())
