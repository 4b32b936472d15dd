"""A table of signals from a file or frame: rows of time, symbol and weight, or a column for each symbol."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tradewind.core.errors import ConfigError, DataError
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.strategies.own.signals import SignalSeries

if TYPE_CHECKING:
    import polars as pl

TABLES = (".csv", ".parquet", ".feather")
_TIMES = ("time", "date", "datetime", "timestamp")


def read_signals(path: Path) -> dict[str, SignalSeries]:
    """Signals by symbol, from CSV, Parquet or Feather.

    Raises
    ------
    ConfigError
        The file cannot be read as a table.
    DataError
        It lacks a column of times, a time is naive and no plain date, or a weight is no number.
    """
    import polars as pl

    readers: dict[str, Any] = {".csv": pl.read_csv, ".parquet": pl.read_parquet, ".feather": pl.read_ipc}
    try:
        frame = readers[path.suffix.lower()](path)
    except (OSError, pl.exceptions.PolarsError) as error:
        message = f"{path} cannot be read as a table: {str(error).splitlines()[0]}."
        raise ConfigError(message, "Give a CSV, Parquet or Feather file with a header.") from error
    return signals_from(frame, str(path))


def signals_from(frame: "pl.DataFrame", where: str) -> dict[str, SignalSeries]:
    """Signals by symbol of a table with ``time, symbol, weight``, or ``time`` and a column a symbol."""
    by_name = {name.strip().lower(): name for name in frame.columns}
    time = next((by_name[name] for name in _TIMES if name in by_name), None)
    if time is None:
        message = f"{where} has no column of times; it has {', '.join(frame.columns)}."
        raise DataError(message, f"Call one {' or '.join(_TIMES)}.")
    moments = [_moment(value, where, row) for row, value in enumerate(frame[time], 1)]
    ts_ns = np.array([at for at, _ in moments], dtype=np.int64)
    by_day = bool(moments) and all(is_day for _, is_day in moments)
    if not by_day and any(is_day for _, is_day in moments):
        message = f"{where} has days and moments mixed."
        raise DataError(message, "Write all times as days, or all with their time and zone.")
    if {"symbol", "weight"} <= set(by_name):
        weights = _numbers(frame, by_name["weight"], where)
        symbols = np.array([str(one) for one in frame[by_name["symbol"]]], dtype=object)
        parts = {name: symbols == name for name in dict.fromkeys(symbols.tolist())}
        return {name: SignalSeries(ts_ns[rows], weights[rows], by_day) for name, rows in parts.items()}
    columns = [name for name in frame.columns if name != time]
    if not columns:
        message = f"{where} has times and nothing else."
        raise DataError(message, "Add symbol and weight, or a column of weights for each symbol.")
    found = {}
    for name in columns:
        weights = _numbers(frame, name, where, holes=True)
        said = ~np.isnan(weights)
        found[name] = SignalSeries(ts_ns[said], weights[said], by_day)
    return found


def _moment(value: object, where: str, row: int) -> tuple[int, bool]:
    """UTC ns of a time with its zone, or the end of a plain date in UTC; and whether it is a date."""
    from datetime import date, datetime

    text = value.isoformat() if isinstance(value, date | datetime) else str(value).strip()
    try:
        if len(text) > 10 and isinstance(value, datetime) and value.tzinfo is None:
            message = f"{text} has no zone"
            raise ConfigError(message)
        is_day = len(text) == len("2020-01-31")
        return parse_ns(text) + NS_PER_DAY * is_day, is_day
    except ConfigError as error:
        message = f"{where}, row {row}: the time {text!r} cannot be read: {error}"
        step = "Write 2024-03-01, or with a zone 2024-03-01T15:30:00+00:00."
        raise DataError(message, step) from error


def _numbers(frame: "pl.DataFrame", name: str, where: str, *, holes: bool = False) -> "np.ndarray[Any, Any]":
    values = []
    for row, value in enumerate(frame[name], 1):
        if value is None and holes:
            values.append(float("nan"))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            values.append(float(value))
        else:
            message = f"{where}, row {row}: the weight in {name!r} is {value!r}."
            raise DataError(message, "Give a number: a part of the capital, such as 0.5.")
    return np.array(values, dtype=np.float64)
