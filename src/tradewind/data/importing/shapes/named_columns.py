"""Any table whose header names a date and prices, with or without a column of symbols."""

from tradewind.data.importing.column_names import layout_by_names
from tradewind.data.importing.layout import SHAPES, Layout
from tradewind.data.importing.table import Table


@SHAPES.register("named-columns")
def named_columns(table: Table) -> Layout | None:
    """Date, open, high, low, close, volume in any order and under their usual names; or closes alone."""
    return layout_by_names(table, "named-columns", rank=10)
