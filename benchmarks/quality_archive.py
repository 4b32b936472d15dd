"""The price-repair archive of yfinance's tests: series with real faults, and their corrected partners.

Apache-2.0, read from the folder that ``TRADEWIND_TEST_DATA`` names. What is at fault is told by the partner
alone: whatever differs between the two files.
"""

import csv
import io
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from tradewind.core.panel import Bools, Floats, Ints
from tradewind.core.timestamps import to_ns
from tradewind.data.adjustment import DIVIDEND, DOUBTFUL, CorporateAction, split
from tradewind.data.raw import RawBars

ARCHIVE = Path("stocks_small") / "yfinance_tests_data_price_repair.tar.xz"
_LENGTHS = {"1d": timedelta(hours=16), "1wk": timedelta(days=4, hours=16), "1h": timedelta(hours=1)}
_LENGTHS["15m"] = timedelta(minutes=15)
_TIMEFRAMES = {"1wk": "1w"}


@dataclass(frozen=True)
class Series:
    """One file: its rows as Yahoo gave them (today's share count), oldest first, and as raw bars.

    ``told`` is the column Adj Close, ``dividend`` and ``split`` the amounts by row (0.0: none).
    """

    name: str
    raw: RawBars
    close: Floats
    told: Floats
    dividend: Floats
    split: Floats


@dataclass(frozen=True)
class Pair:
    """A series and what its partner says it should have been; None for a series that is clean."""

    bad: Series
    fixed: Series | None


def read_archive(folder: Path) -> list[Pair]:
    """All series of the archive, by name."""
    texts: dict[str, str] = {}
    with tarfile.open(folder / ARCHIVE) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(".csv") else None
            if file is not None:
                texts[Path(member.name).stem] = file.read().decode()
    fixed = {name.removesuffix("-fixed"): name for name in texts if name.endswith("-fixed")}
    pairs = []
    for name in sorted(set(texts) - set(fixed.values())):
        partner = read_series(fixed[name], texts[fixed[name]]) if name in fixed else None
        pairs.append(Pair(read_series(name, texts[name]), partner))
    return pairs


def read_series(name: str, text: str) -> Series:
    """One file, sorted by time, with prices put back on the share count of their day."""
    rows = sorted(csv.DictReader(io.StringIO(text)), key=_start)
    frame = next(length for length in _LENGTHS if f"-{length}-" in name)
    starts = [_start(row) for row in rows]
    columns = {key: _floats(rows, key) for key in ("Open", "High", "Low", "Close", "Adj Close", "Volume")}
    dividend, ratio = np.nan_to_num(_floats(rows, "Dividends")), np.nan_to_num(_floats(rows, "Stock Splits"))
    ts_event = np.array([to_ns(start + _LENGTHS[frame]) for start in starts], dtype=np.int64)
    day_ns = np.array([to_ns(start.replace(hour=0, minute=0)) for start in starts], dtype=np.int64)
    later = _later(ratio)
    raw = RawBars(
        instrument_id=name,
        timeframe=_TIMEFRAMES.get(frame, frame),
        ts_event=ts_event,
        open=columns["Open"] * later,
        high=columns["High"] * later,
        low=columns["Low"] * later,
        close=columns["Close"] * later,
        volume=columns["Volume"] / later,
        source="archive",
        actions=_actions(name, day_ns, columns["Close"], dividend, ratio, later),
        adjusted_close=columns["Adj Close"] * later,
    )
    return Series(name, raw, columns["Close"], columns["Adj Close"], dividend, ratio)


def differs(one: Floats, other: Floats, tolerance: float = 5e-3) -> Bools:
    """Where two columns differ by more than a part ``tolerance``; NaN in both is alike."""
    with np.errstate(invalid="ignore"):
        unlike: Bools = ~np.isclose(one, other, rtol=tolerance, atol=1e-9, equal_nan=True)
    return unlike


def taken_out(series: Series) -> Floats:
    """Which part of the close before a row its adjusted close takes out, (R,); NaN where it has no price."""
    told = series.told / series.close
    known = np.flatnonzero(np.isfinite(series.close))
    taken = np.full(len(told), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        taken[known[1:]] = 1.0 - told[known[:-1]] / told[known[1:]]
    return taken


def _start(row: dict[str, str]) -> datetime:
    return datetime.fromisoformat(row.get("Datetime") or row["Date"])


def _floats(rows: Sequence[dict[str, str]], key: str) -> Floats:
    return np.array([float(row[key]) if row[key] else np.nan for row in rows])


def _later(ratio: Floats) -> Floats:
    """New shares for one old by all splits after each row."""
    steps = np.where(ratio > 0.0, ratio, 1.0)
    tail: Floats = np.append(np.cumprod(steps[::-1])[::-1][1:], 1.0)
    return tail


def _actions(
    name: str, day_ns: Ints, close: Floats, dividend: Floats, ratio: Floats, later: Floats
) -> tuple[CorporateAction, ...]:
    found = [split(name, int(day_ns[row]), float(ratio[row])) for row in np.flatnonzero(ratio > 0.0)]
    known = np.flatnonzero(np.isfinite(close))
    for row in np.flatnonzero(dividend > 0.0).tolist():
        before = known[known < row]
        if not len(before):
            continue
        factor = 1.0 - float(dividend[row] / close[before[-1]])
        kind = DIVIDEND if factor > 0.0 else DOUBTFUL
        paid = float(dividend[row] * later[row])
        found.append(CorporateAction(name, int(day_ns[row]), kind, max(factor, 0.0) or 1.0, paid))
    return tuple(sorted(found, key=lambda action: action.ex_ns))
