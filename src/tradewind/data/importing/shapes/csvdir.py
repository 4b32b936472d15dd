"""Prices as traded with splits and dividends in columns: zipline's csvdir, Alpha Vantage's daily adjusted.

Source: zipline, "data/bundles/csvdir.py": ``date,open,high,low,close,volume,dividend,split``, where split is
new shares for one old (1.0: none) and dividend is per share, both in force from their row's date on. Alpha
Vantage, "TIME_SERIES_DAILY_ADJUSTED": ``dividend_amount`` and ``split_coefficient`` mean the same.
"""

from dataclasses import replace

from tradewind.data.importing.column_names import PRICES, has_roles, layout_by_names, places_of, plain
from tradewind.data.importing.layout import SHAPES, Layout
from tradewind.data.importing.options import FileBasis
from tradewind.data.importing.table import Table


@SHAPES.register("csvdir")
def csvdir(table: Table) -> Layout | None:
    """Prices with a dividend and a split in each row, other than yfinance's ``Stock Splits``."""
    places = places_of(table.names)
    if table.levels != 1 or not has_roles(places, *PRICES, "dividend", "split"):
        return None
    if plain(table.names[places["split"]]) == "stocksplits":
        return None
    layout = layout_by_names(table, "csvdir", rank=30)
    return layout and replace(layout, basis=FileBasis.TRADED)
