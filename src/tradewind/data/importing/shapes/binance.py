"""Binance's public dumps of klines: twelve columns, with a header or (until 2022 or so) without.

Source: github.com/binance/binance-public-data, "Klines": open time, open, high, low, close, volume, close
time, quote volume, trades, taker's base and quote volume, ignore. Times are UTC, in milliseconds, and in
microseconds in spot dumps from 2025-01-01 on: the size of the figure tells.
"""

import re

from tradewind.core.market import Timeframe
from tradewind.data.importing.cells import EPOCH, is_number
from tradewind.data.importing.column_names import plain
from tradewind.data.importing.layout import SHAPES, Layout, SeriesColumns
from tradewind.data.importing.table import Table

_COLUMNS = 12
_TITLE = re.compile(r"([A-Z0-9]+)-(\d+[mhdw])-\d{4}-\d{2}(?:-\d{2})?")
_PLACES = {"open": 1, "high": 2, "low": 3, "close": 4, "volume": 5}


@SHAPES.register("binance")
def binance(table: Table) -> Layout | None:
    """Open time, prices, volume, close time and five columns that are ignored."""
    row = table.first_row
    if len(row) != _COLUMNS or not (EPOCH.fullmatch(row[0]) and EPOCH.fullmatch(row[6])):
        return None
    if table.header and [plain(name) for name in table.names[:2]] != ["opentime", "open"]:
        return None
    if not all(map(is_number, row)):
        return None
    named = _TITLE.fullmatch(table.title)
    known = named and named[2] in {frame.value for frame in Timeframe}
    return Layout(
        shape="binance",
        rank=40,
        date=0,
        series=(SeriesColumns("", _PLACES),),
        name_symbol=named[1] if named else "",
        timeframe=named[2] if named and known else "",
        zone="UTC",
        calendar="24/7",
    )
