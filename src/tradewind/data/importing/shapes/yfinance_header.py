"""yfinance's ``download()``: two header rows (``Price`` and ``Ticker``), and a third that names the index.

Either may come first (``group_by``). Without an ``Adj Close`` its prices are adjusted for splits and
dividends, which is the default (``auto_adjust=True``) since version 0.2.51.
"""

from dataclasses import replace

from tradewind.data.importing.column_names import plain
from tradewind.data.importing.layout import SHAPES, Layout
from tradewind.data.importing.options import FileBasis
from tradewind.data.importing.shapes.two_headers import two_headers
from tradewind.data.importing.table import Table

_FIELDS = {"open", "high", "low", "close", "adjclose", "volume"}


@SHAPES.register("yfinance-header")
def yfinance_header(table: Table) -> Layout | None:
    """Fields and tickers in two header rows, as pandas writes them."""
    marked = (
        any(plain(name) in ("price", "ticker", "tickers") for name in table.header[0])
        if table.header
        else False
    )
    if not marked or table.levels < 2:
        return None
    found = two_headers(table)
    if found is None:
        return None
    fields = {plain(name) for names in table.header for name in names} & _FIELDS
    basis = FileBasis.SPLIT_ADJUSTED if "adjclose" in fields else FileBasis.ADJUSTED
    return replace(found, shape="yfinance-header", rank=40, basis=basis)
