"""Ticker and field joined in one header row: ``AAPL.Open`` (R's quantmod), ``Close_AAPL``, ``BTC:close``."""

import re

from tradewind.data.importing.column_names import role_of
from tradewind.data.importing.layout import SHAPES, Layout
from tradewind.data.importing.shapes.two_headers import layout_of_levels
from tradewind.data.importing.table import Table

_MARKS = re.compile(r"[.:_| ]")


@SHAPES.register("joined-names")
def joined_names(table: Table) -> Layout | None:
    """All columns but the date are named by a ticker, a sign and a field, in one order."""
    if table.levels != 1 or len(table.names) < 2:
        return None
    names = [levels[0] for levels in table.header]
    date = next((place for place, name in enumerate(names) if role_of(name) == "date"), 0)
    for backwards in (True, False):
        pairs = [_parted(name, backwards=backwards) for name in names]
        if all(pair is not None for place, pair in enumerate(pairs) if place != date):
            header = [pair if pair and place != date else ("", "date") for place, pair in enumerate(pairs)]
            return layout_of_levels(table, "joined-names", rank=15, header=header)
    return None


def _parted(name: str, *, backwards: bool) -> tuple[str, str] | None:
    marks = list(_MARKS.finditer(name))
    for mark in marks:
        left, right = name[: mark.start()], name[mark.end() :]
        ticker, field = (left, right) if backwards else (right, left)
        if ticker and role_of(field) not in ("", "date", "symbol"):
            return ticker, field
    return None
