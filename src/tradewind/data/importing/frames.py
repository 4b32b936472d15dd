"""Frames of pandas and Polars through the same recognition as files.

pandas is never imported here: where a frame of it is given, it is there already.
"""

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from tradewind.core.errors import BarFileError, ConfigError
from tradewind.core.panel import BarColumns
from tradewind.data.importing.options import ImportOptions
from tradewind.data.importing.reading import SOURCE, CalendarOf, read_table
from tradewind.data.importing.table import Table
from tradewind.data.importing.typed_table import table_of_frame
from tradewind.data.importing.understood import ReadFile

if TYPE_CHECKING:
    import polars as pl

_NAME = "the frame"


def read_frame(
    frame: Any,
    options: ImportOptions | None = None,
    calendar_of: CalendarOf | None = None,
    *,
    source: str = SOURCE,
) -> ReadFile:
    """Series of a pandas or Polars frame; dates may be pandas' index, columns may have two header rows.

    Raises
    ------
    ConfigError
        It is no frame.
    UnsettledFileError, BarFileError
        As for a file; lines are rows of the frame, counted from 1.
    """
    return read_table(_table(frame), options or ImportOptions(), calendar_of, source)


def bars_of_frame(
    frame: Any, calendar: str = "", *, source: str = SOURCE, **said: Any
) -> tuple[BarColumns, ...]:
    """The bars of a frame, one series an instrument: ``bars_of_frame(frame, "XNYS", symbol="AAPL")``.

    ``calendar`` says when days end; bars within a day do without. ``said`` are fields of
    :class:`~tradewind.data.importing.options.ImportOptions`, such as ``symbol``, ``zone`` or ``stamped``.
    :func:`read_frame` also tells what was understood.

    Raises
    ------
    ConfigError
        It is no frame, or there is no such field.
    UnsettledFileError, BarFileError
        As for a file; lines are rows of the frame, counted from 1.
    """
    known = [one.name for one in fields(ImportOptions)]
    unknown = sorted(set(said) - set(known))
    if unknown:
        message = f"{unknown[0]!r} is nothing that can be said of a frame."
        raise ConfigError(message, f"Known are: {', '.join(known)}.")
    return read_frame(frame, ImportOptions(**said), lambda _: calendar, source=source).bars


def _table(frame: Any) -> Table:
    library = type(frame).__module__.partition(".")[0]
    if library == "polars" and hasattr(frame, "collect"):
        frame = frame.collect()
    if library == "polars" and hasattr(frame, "height"):
        return table_of_frame(frame, [(name,) for name in frame.columns], _NAME, "polars")
    if library == "pandas" and hasattr(frame, "columns"):
        return _pandas_table(frame)
    message = f"{type(frame).__name__} is no frame."
    raise ConfigError(message, "Give a DataFrame of pandas or Polars.")


def _pandas_table(frame: Any) -> Table:
    names = [_levels(name) for name in frame.columns]
    columns = [frame.iloc[:, place] for place in range(frame.shape[1])]
    index = frame.index
    if not _counts_rows(index):
        for nth in reversed(range(index.nlevels)):
            values = index.get_level_values(nth)
            dated = hasattr(values, "tz") or nth == 0
            names.insert(0, (str(index.names[nth] or ("date" if dated else "symbol")),))
            columns.insert(0, values.to_series(index=range(len(values))))
    return table_of_frame(_as_polars(columns), names, _NAME, "pandas")


def _counts_rows(index: Any) -> bool:
    return index.nlevels == 1 and (
        type(index).__name__ == "RangeIndex" or (index.dtype.kind in "iu" and not index.name)
    )


def _as_polars(columns: list[Any]) -> "pl.DataFrame":
    import polars as pl

    made = []
    for place, column in enumerate(columns):
        plain = column.reset_index(drop=True)
        zone = getattr(plain.dtype, "tz", None)
        if zone is not None and not _is_named(zone):
            plain = plain.map(lambda moment: moment.isoformat(), na_action="ignore")
        try:
            made.append(pl.Series(str(place), pl.from_pandas(plain)))
        except (TypeError, ValueError, pl.exceptions.PolarsError, OverflowError) as error:
            message = f"Column {place + 1} of the frame cannot be read: {str(error).partition(chr(10))[0]}"
            raise BarFileError(message, "Give it one type: numbers, text or dates.", file=_NAME) from error
    return pl.DataFrame(made)


def _is_named(zone: Any) -> bool:
    """Whether a zone has a name of the IANA table; a bare offset has none."""
    name = str(zone)
    return "/" in name or name in ("UTC", "GMT")


def _levels(name: Any) -> tuple[str, ...]:
    return tuple(str(part) for part in name) if isinstance(name, tuple) else (str(name),)
