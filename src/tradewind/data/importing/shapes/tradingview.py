"""TradingView's "Export chart data": ``time,open,high,low,close``, then what else is on the chart.

Source: TradingView help, "How to export chart data". ``time`` is the bar's open, in seconds since 1970 or in
ISO 8601 with an offset. Columns of indicators are ignored. The name is ``EXCHANGE_SYMBOL, 1D.csv``.
"""

import re
from dataclasses import replace

from tradewind.data.importing.cells import EPOCH
from tradewind.data.importing.column_names import layout_by_names
from tradewind.data.importing.layout import SHAPES, Layout
from tradewind.data.importing.table import Table

_TITLE = re.compile(r"([A-Z][A-Z0-9]*)_([A-Z0-9.!]+), [0-9A-Z]+(?:_\w+)?(?: \(\d+\))?")
_FIRST = ("time", "open", "high", "low", "close")


@SHAPES.register("tradingview")
def tradingview(table: Table) -> Layout | None:
    """The first five columns are time, open, high, low, close, in small letters; time has its offset."""
    if table.levels != 1 or table.names[:5] != _FIRST:
        return None
    stamp = table.first_row[0] if table.first_row else ""
    if not (EPOCH.fullmatch(stamp) or re.fullmatch(r"\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?", stamp)):
        return None
    layout = layout_by_names(table, "tradingview", rank=30)
    named = _TITLE.fullmatch(table.title)
    return layout and replace(layout, time=None, date=0, symbol=None, name_symbol=named[2] if named else "")
