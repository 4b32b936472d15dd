"""Yahoo Finance: its downloads, and what yfinance saves of one ticker.

Source: finance.yahoo.com, "Historical data": "Close price adjusted for splits. Adjusted close price adjusted
for splits and dividend and/or capital gain distributions." yfinance's ``history()`` has ``Dividends`` and
``Stock Splits`` beside, and without an ``Adj Close`` its prices are adjusted for both (``auto_adjust``).
"""

from dataclasses import replace

from tradewind.data.importing.column_names import PRICES, has_roles, layout_by_names, places_of, plain
from tradewind.data.importing.layout import SHAPES, Layout
from tradewind.data.importing.options import FileBasis
from tradewind.data.importing.table import Table


@SHAPES.register("yahoo")
def yahoo(table: Table) -> Layout | None:
    """Date, Open, High, Low, Close, Adj Close, Volume; or with Dividends and Stock Splits."""
    names = [plain(name) for name in table.names]
    if table.levels != 1 or not has_roles(places_of(table.names), *PRICES):
        return None
    layout = layout_by_names(table, "yahoo", rank=30)
    if layout is None or not ("adjclose" in names or "stocksplits" in names):
        return None
    whole = "adjclose" not in names
    return replace(layout, basis=FileBasis.ADJUSTED if whole else FileBasis.SPLIT_ADJUSTED)
