"""Wide tables: dates down, one column a ticker, all of one field."""

from tradewind.data.importing.column_names import date_and_time, places_of, role_of
from tradewind.data.importing.layout import SHAPES, Layout, SeriesColumns
from tradewind.data.importing.table import Table


@SHAPES.register("wide")
def wide(table: Table) -> Layout | None:
    """A column of dates and columns whose names are no fields of a bar, each an instrument.

    What field they hold is ``ImportOptions.field``: closes, unless another is named.
    """
    if table.levels != 1 or len(table.names) < 2:
        return None
    when = date_and_time(table)
    date = when[0] if when is not None else 0
    if when is None and table.header[0][0]:
        return None
    tickers = [(place, names[0]) for place, names in enumerate(table.header) if place != date and names[0]]
    if all(role_of(name) for _, name in tickers):
        return None
    # A field called like a ticker (LOW is Lowe's) does not make bars without a close.
    if not tickers or {"close", "adjusted_close"} & set(places_of(table.names)):
        return None
    if when is not None and when[1] is not None:
        tickers = [(place, name) for place, name in tickers if place != when[1]]
    series = tuple(SeriesColumns(name, {"field": place}) for place, name in tickers)
    return Layout(shape="wide", rank=5, date=date, time=when[1] if when else None, series=series)
