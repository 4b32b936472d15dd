"""What a shape says of a table: which column is what, and by which habits its source writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tradewind.core.errors import BarFileError
from tradewind.core.registry import Registry
from tradewind.data.importing.options import FileBasis, Stamped
from tradewind.data.importing.table import Table


@dataclass(frozen=True)
class SeriesColumns:
    """The columns of one instrument: role (``open`` ... ``split``) to place. ``symbol`` is empty where the
    name of the file or another column has it.
    """

    symbol: str
    places: Mapping[str, int]


@dataclass(frozen=True)
class Layout:
    """A reading of a table.

    ``rank`` decides between shapes that both know a table: the more special one has the higher. ``symbol``
    is a column of symbols, ``name_symbol`` what the name of the file says. ``zone`` belongs to times without
    an offset, ``calendar`` to a source that has but one. Prices are multiplied by ``price_scale``.
    """

    shape: str
    rank: int
    date: int
    series: tuple[SeriesColumns, ...]
    time: int | None = None
    symbol: int | None = None
    name_symbol: str = ""
    stamped: Stamped = Stamped.OPEN
    zone: str = ""
    calendar: str = ""
    timeframe: str = ""
    basis: FileBasis | None = None
    price_scale: float = 1.0
    symbol_pattern: str = ""
    """Whose first group is the symbol in what the file calls it; empty: all of it."""
    notes: tuple[str, ...] = field(default=())


Shape = Callable[[Table], Layout | None]
"""Says how to read a table, or None where it is of another shape. Looks at names and first rows alone."""

SHAPES: Registry[Shape] = Registry("shape of file", "tradewind.data.importing.shapes")


def layout_of(table: Table, asked: str = "") -> Layout:
    """The reading by the most special shape that knows the table, or by the one that is asked for.

    Raises
    ------
    BarFileError
        No shape knows it.
    RegistryError
        There is no shape of the name that is asked for.
    """
    if asked:
        found = SHAPES.get(asked)(table)
        if found is None:
            message = f"{table.file} is not of the shape {asked!r}: its columns are {_columns(table)}."
            raise BarFileError(message, "Leave the shape out, and it is looked for.", file=table.file)
        return found
    known = [layout for entry in SHAPES.entries() if (layout := entry.plugin(table)) is not None]
    if not known:
        message = f"{table.file} is of no known shape: its columns are {_columns(table)}."
        step = "Name them date, open, high, low, close and volume; or dates and one column a symbol."
        raise BarFileError(message, step, file=table.file)
    return max(known, key=lambda layout: layout.rank)


def _columns(table: Table) -> str:
    names = table.names or tuple(f"{cell[:12]!r}" for cell in table.first_row)
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
