"""QuantConnect LEAN's currencies by hour and day: bid and ask bars side by side, no header.

Source: LEAN, "Data/forex/readme.md": ``20190125 23:00``, bid open, high, low, close, last bid size, then the
same of the ask. Times are the bar's open in the zone of its market, which no file says: LEAN's market hours
(``dataTimeZone``) have UTC for OANDA and five hours behind it for FXCM.
"""

import re

from tradewind.data.importing.cells import is_number
from tradewind.data.importing.layout import SHAPES, Layout, SeriesColumns
from tradewind.data.importing.options import FileBasis
from tradewind.data.importing.table import Table

_STAMP = re.compile(r"\d{8} \d{2}:\d{2}")
_SIDES = ("open", "high", "low", "close")


@SHAPES.register("lean_quotes")
def lean_quotes(table: Table) -> Layout | None:
    """A stamp and twice four prices and a size."""
    row = table.first_row
    if table.header or len(row) != 11 or not _STAMP.fullmatch(row[0]) or not all(map(is_number, row[1:])):
        return None
    bid = {name: place for place, name in enumerate(_SIDES, 1)}
    ask = {f"ask_{name}": place for place, name in enumerate(_SIDES, 6)}
    return Layout(
        shape="lean_quotes",
        rank=40,
        date=0,
        series=(SeriesColumns("", bid | ask),),
        basis=FileBasis.TRADED,
        notes=("prices are the middle of bid and ask; where an ask lies below its bid is looked at",),
    )
