"""A table before anyone knows what its columns mean."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING

from tradewind.core.panel import Ints

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Table:
    """Columns in their order, as text (from a text) or typed (from Parquet, Feather and frames).

    ``header`` has the names of each column, one a header row; empty tuples where the file has no header.
    ``line`` int64 (R,) is each row's line in the file, counted in ``unit``. ``faults`` are lines that were
    left out of the rows because they have more fields than there are columns.
    """

    file: str
    name: str
    kind: str
    header: tuple[tuple[str, ...], ...]
    frame: "pl.DataFrame"
    line: Ints
    unit: str = "line"
    packed: str = ""
    encoding: str = ""
    delimiter: str = ""
    faults: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()

    def column(self, place: int) -> "pl.Series":
        """The cells of one column."""
        return self.frame.to_series(place)

    @property
    def levels(self) -> int:
        """How many header rows there are."""
        return len(self.header[0]) if self.header else 0

    @cached_property
    def names(self) -> tuple[str, ...]:
        """One name a column: that of its last header row that has one; by number where there is none."""
        said = [next((name for name in reversed(names) if name), "") for names in self.header]
        return tuple(name or f"column {place + 1}" for place, name in enumerate(said))

    @cached_property
    def first_row(self) -> tuple[str, ...]:
        """The first row as text."""
        row = self.frame.row(0) if self.frame.height else ()
        return tuple("" if value is None else str(value).strip() for value in row)

    @property
    def title(self) -> str:
        """The table's name without its ending."""
        return PurePath(self.name).stem if self.name else ""
