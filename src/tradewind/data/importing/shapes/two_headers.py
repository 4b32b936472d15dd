"""One header row of tickers and one of fields, in either order, as terminals and pandas give them."""

from collections.abc import Sequence

from tradewind.data.importing.column_names import role_of
from tradewind.data.importing.layout import SHAPES, Layout, SeriesColumns
from tradewind.data.importing.table import Table


@SHAPES.register("two-headers")
def two_headers(table: Table) -> Layout | None:
    """Dates down, tickers and fields across; a name that is left empty goes on from the cell before."""
    return None if table.levels < 2 else layout_of_levels(table, "two-headers", rank=20, header=table.header)


def layout_of_levels(table: Table, shape: str, rank: int, header: Sequence[Sequence[str]]) -> Layout | None:
    """A reading of columns that are named by ticker and field, ``header`` (columns, levels)."""
    levels = list(zip(*header, strict=True))
    fields = max(levels, key=_known)
    tickers = next((level for level in levels if level is not fields and sum(map(bool, level)) > 1), None)
    if tickers is None or not _known(fields):
        return None
    date = _date_place(header)
    named = _carried_on(tickers)
    series: dict[str, dict[str, int]] = {}
    for place, (ticker, field) in enumerate(zip(named, fields, strict=True)):
        role = role_of(field)
        if place != date and ticker and role not in ("", "date", "symbol"):
            series.setdefault(_bare(ticker), {}).setdefault(role, place)
    whole = {t: places for t, places in series.items() if {"close", "adjusted_close"} & set(places)}
    if not whole:
        return None
    columns = tuple(SeriesColumns(ticker, places) for ticker, places in whole.items())
    return Layout(shape=shape, rank=rank, date=date, series=columns)


def _known(level: Sequence[str]) -> int:
    return sum(bool(role_of(name)) for name in level)


def _date_place(header: Sequence[Sequence[str]]) -> int:
    named = [place for place, names in enumerate(header) if any(role_of(name) == "date" for name in names)]
    return named[0] if named else 0


def _carried_on(level: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in level:
        found.append(name or (found[-1] if found else ""))
    return found


def _bare(ticker: str) -> str:
    """``AAPL US Equity`` is ``AAPL``: what stands behind it is the terminal's market and kind."""
    words = ticker.split()
    return (
        words[0]
        if len(words) == 3 and words[2].lower() in ("equity", "index", "curncy", "comdty")
        else ticker
    )
