"""QuantConnect LEAN's shares by day and hour: no header, prices in ten-thousandths of a dollar.

Source: LEAN, "Data/equity/readme.md": ``20130102 00:00,5488000,...``, times in New York at the bar's open,
"prices are deci-cents (10000 = $1)", raw as traded.
"""

import re

from tradewind.data.importing.layout import SHAPES, Layout, SeriesColumns
from tradewind.data.importing.options import FileBasis
from tradewind.data.importing.table import Table

_STAMP = re.compile(r"\d{8} \d{2}:\d{2}")
_SCALE = 1e-4


@SHAPES.register("lean")
def lean(table: Table) -> Layout | None:
    """A stamp and five whole numbers."""
    row = table.first_row
    if table.header or len(row) != 6 or not _STAMP.fullmatch(row[0]):
        return None
    if not all(cell.isdigit() for cell in row[1:]) or min(map(int, row[1:5])) < 100:
        return None
    places = {"open": 1, "high": 2, "low": 3, "close": 4, "volume": 5}
    return Layout(
        shape="lean",
        rank=40,
        date=0,
        series=(SeriesColumns("", places),),
        zone="America/New_York",
        basis=FileBasis.TRADED,
        price_scale=_SCALE,
        notes=("prices are ten-thousandths of a dollar and were divided by 10,000",),
    )
