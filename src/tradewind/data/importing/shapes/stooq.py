"""Stooq's ASCII files: ``<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>``.

Source: stooq.com, "Historical data (ASCII)". ``<PER>`` is D, W or minutes. A download of one share has
``Date,Open,High,Low,Close,Volume`` and the name ``aapl_us_d.csv``.
"""

import re
from dataclasses import replace

from tradewind.core.market import Timeframe
from tradewind.data.importing.column_names import layout_by_names, plain
from tradewind.data.importing.layout import SHAPES, Layout
from tradewind.data.importing.table import Table

_PERIODS = {
    "D": Timeframe.D1,
    "W": Timeframe.W1,
    "1": Timeframe.M1,
    "5": Timeframe.M5,
    "15": Timeframe.M15,
    "30": Timeframe.M30,
    "60": Timeframe.H1,
    "240": Timeframe.H4,
}

_TICKER = r"(.+?)(?:\.(?:US|UK|JP|DE|PL|HU|HK))?"
"""Stooq writes a share's country behind its symbol."""

_TITLE = re.compile(r"([a-z0-9^-]+)_([a-z]{2})_[dw]", re.IGNORECASE)


@SHAPES.register("stooq")
def stooq(table: Table) -> Layout | None:
    """A ticker and a period in every row; days have the time 000000."""
    names = [plain(name) for name in table.names]
    if table.levels != 1 or not {"ticker", "per", "date", "close"} <= set(names):
        return None
    layout = layout_by_names(table, "stooq", rank=30)
    if layout is None:
        return None
    period = table.first_row[names.index("per")].upper()
    frame = _PERIODS.get(period)
    daily = frame in (Timeframe.D1, Timeframe.W1)
    time = None if daily or "time" not in names else names.index("time")
    return replace(
        layout,
        date=names.index("date"),
        time=time,
        timeframe=frame.value if frame else "",
        symbol_pattern=_TICKER,
    )


@SHAPES.register("stooq-download")
def stooq_download(table: Table) -> Layout | None:
    """Days or weeks of one share, whose symbol and country the name has."""
    named = _TITLE.fullmatch(table.title)
    if named is None or [plain(name) for name in table.names[:5]] != ["date", "open", "high", "low", "close"]:
        return None
    layout = layout_by_names(table, "stooq-download", rank=30)
    return layout and replace(layout, name_symbol=named[1])
