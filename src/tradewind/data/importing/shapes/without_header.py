"""Tables without a header whose cells can be but one thing: a date, perhaps a time, then prices."""

import re

from tradewind.data.importing.cells import is_moment, is_number
from tradewind.data.importing.layout import SHAPES, Layout, SeriesColumns
from tradewind.data.importing.table import Table

_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?|\d{6}")


@SHAPES.register("without-header")
def without_header(table: Table) -> Layout | None:
    """Date, perhaps time, open, high, low, close, perhaps volume; or date and close."""
    row = table.first_row
    if table.header or len(row) < 2 or not is_moment(row[0]):
        return None
    has_time = len(row) > 2 and _CLOCK.fullmatch(row[1]) is not None
    figures = row[1 + has_time :]
    if not all(map(is_number, figures)) or len(figures) not in (1, 4, 5):
        return None
    names = ("close",) if len(figures) == 1 else ("open", "high", "low", "close", "volume")[: len(figures)]
    places = {name: nth for nth, name in enumerate(names, start=1 + has_time)}
    return Layout(
        shape="without-header",
        rank=10,
        date=0,
        time=1 if has_time else None,
        series=(SeriesColumns("", places),),
        notes=("no header: columns taken as " + ", ".join(names),),
    )
