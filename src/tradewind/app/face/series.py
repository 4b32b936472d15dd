"""``tw.series``: a stored series as a frame, as of a moment or step by step."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.app.config import TradewindConfig
from tradewind.app.home import DEFAULT_HOME
from tradewind.app.market.series import series_revisions
from tradewind.core.clock import WallClock
from tradewind.core.errors import ConfigError
from tradewind.core.series import Observations
from tradewind.core.timestamps import parse_ns

if TYPE_CHECKING:
    import pandas as pd


def series(
    name: str,
    *,
    as_of: str | date | datetime | None = None,
    steps: bool = False,
    revisions: bool = False,
    home: str | Path = DEFAULT_HOME,
) -> "pd.DataFrame":
    """A stored series (``tradewind data series NAME --fetch`` stores it) as it was known at a moment.

    Parameters
    ----------
    name
        ``SOURCE:ID``, such as ``"fred:UNRATE"``.
    as_of
        A day (its begin in UTC) or a time with its zone; now where it is left out.
    steps
        By the moments at which it changed: what one would have read there as the newest value.
    revisions
        All that was known by then, not the newest alone.
    home
        Folder in which it is kept.

    Returns
    -------
    pandas.DataFrame
        ``value``, ``unit`` and ``known`` by ``period``, oldest first; with ``steps`` ``value``, ``unit`` and
        ``period`` by ``known``. Times are in UTC; nothing in it was known after ``as_of``.

    Raises
    ------
    UnknownSymbolError, ConfigError
        The name is none, the time has no zone, or both ``steps`` and ``revisions`` are asked for.
    StoreError
        Nothing of it is stored.
    """
    if steps and revisions:
        message = "Both steps and revisions of a series are asked for."
        raise ConfigError(message, "Ask for one of them.")
    moment_ns = WallClock().now_ns() if as_of is None else parse_ns(_text(as_of))
    stored = series_revisions(TradewindConfig(home=Path(home)), name)
    if steps:
        return _frame(stored.steps(moment_ns), "known", "period")
    known = stored.take(stored.ts_known <= moment_ns) if revisions else stored.as_of(moment_ns)
    return _frame(known, "period", "known")


def _frame(found: Observations, index: str, other: str) -> "pd.DataFrame":
    import pandas as pd

    times = {
        "period": pd.to_datetime(found.ts_period, unit="ns", utc=True),
        "known": pd.to_datetime(found.ts_known, unit="ns", utc=True),
    }
    columns = {"value": found.value, "unit": list(found.unit), other: times[other]}
    return pd.DataFrame(columns, index=pd.DatetimeIndex(times[index], name=index))


def _text(moment: str | date | datetime) -> str:
    return moment if isinstance(moment, str) else moment.isoformat()
