"""What was understood of one file, to be shown before anything is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tradewind.core.panel import BarColumns
from tradewind.data.raw import RawBars, bars_from_raw


@dataclass(frozen=True)
class RefusedRow:
    """A row that is no bar: its line in the file (of a frame its row, both from 1), and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Understood:
    """How one file was read.

    ``*_settled_by`` say where an answer came from. ``rows`` counts rows with anything in them; ``refused``
    holds those left out, of which there are some only with ``skip_bad_rows``. ``empty_cells`` counts places
    of a wide table at which an instrument has nothing. ``first`` and ``last`` are closes in UTC.
    """

    file: str
    kind: str
    shape: str
    timeframe: str
    timeframe_settled_by: str
    stamped: str
    basis: str
    rows: int
    first: str
    last: str
    instruments: tuple[str, ...]
    packed: str = ""
    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    date_order: str = ""
    date_order_settled_by: str = ""
    zone: str = ""
    columns_used: Mapping[str, str] = field(default_factory=dict)
    columns_ignored: tuple[str, ...] = ()
    refused: tuple[RefusedRow, ...] = ()
    empty_cells: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadFile:
    """Series of one file, by the symbols that it names, and how they were read."""

    understood: Understood
    series: tuple[RawBars, ...]

    @property
    def bars(self) -> tuple[BarColumns, ...]:
        """The series as columns; a volume that is not there is 0.0."""
        return tuple(bars_from_raw(raw) for raw in self.series)
