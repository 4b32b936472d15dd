"""MetaTrader's exports: version 4 without a header, version 5 with one, both in the broker's own time.

Source: MetaTrader 5 help, "Export of bars": tab-separated ``<DATE> <TIME> <OPEN> <HIGH> <LOW> <CLOSE>
<TICKVOL> <VOL> <SPREAD>``, ``<TIME>`` only for bars within a day. MetaTrader 4's history centre writes
``2020.01.02,00:00,o,h,l,c,v``. Times are the bar's open on the broker's server, whose zone no file says.
"""

import re
from dataclasses import replace

from tradewind.data.importing.cells import is_number
from tradewind.data.importing.column_names import layout_by_names, plain
from tradewind.data.importing.layout import SHAPES, Layout, SeriesColumns
from tradewind.data.importing.table import Table

_DATE = re.compile(r"\d{4}\.\d{2}\.\d{2}")
_CLOCK = re.compile(r"\d{2}:\d{2}")
_MT4_TITLE = re.compile(r"([A-Z]{3,10})(\d{1,5})")
_MT5_TITLE = re.compile(r"(.+?)_(M\d+|H\d+|Daily|Weekly)(?:_\d+)*")
_TICKS = "volume is the number of ticks (the file's real volume is 0)"


@SHAPES.register("metatrader5")
def metatrader5(table: Table) -> Layout | None:
    """Real volume where there is any in the first rows, else the number of ticks."""
    names = [plain(name) for name in table.names]
    if table.levels != 1 or not {"date", "tickvol", "close", "spread"} <= set(names):
        return None
    layout = layout_by_names(table, "metatrader5", rank=40)
    if layout is None:
        return None
    places = dict(layout.series[0].places)
    notes: tuple[str, ...] = (_TICKS,)
    places["volume"] = names.index("tickvol")
    if "vol" in names and _any_above_zero(table, names.index("vol")):
        places["volume"], notes = names.index("vol"), ()
    named = _MT5_TITLE.fullmatch(table.title)
    return replace(
        layout, series=(SeriesColumns("", places),), name_symbol=named[1] if named else "", notes=notes
    )


@SHAPES.register("metatrader4")
def metatrader4(table: Table) -> Layout | None:
    """No header: date, time, open, high, low, close, ticks."""
    row = table.first_row
    if table.header or len(row) != 7 or not (_DATE.fullmatch(row[0]) and _CLOCK.fullmatch(row[1])):
        return None
    if not all(map(is_number, row[2:])):
        return None
    named = _MT4_TITLE.fullmatch(table.title)
    places = {"open": 2, "high": 3, "low": 4, "close": 5, "volume": 6}
    return Layout(
        shape="metatrader4",
        rank=40,
        date=0,
        time=1,
        series=(SeriesColumns("", places),),
        name_symbol=named[1] if named else "",
        notes=("volume is the number of ticks",),
    )


def _any_above_zero(table: Table, place: int) -> bool:
    cells = table.column(place).head(1_000).to_list()
    return any(str(cell).strip("0. \t") for cell in cells if cell is not None)
