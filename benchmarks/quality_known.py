"""Faults that the list of the shared data names, looked for one by one in the files that are there."""

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from tradewind.core.panel import Floats
from tradewind.core.timestamps import to_ns
from tradewind.data.quality.finding import RULES, Finding
from tradewind.data.quality.inspection import prepare
from tradewind.data.raw import RawBars


@dataclass(frozen=True)
class Known:
    """A fault, what the list says of it, and what was found; ``found`` is None where the file lacks it."""

    what: str
    listed: int
    found: int | None
    said: str = ""


def known_faults(folder: Path) -> list[Known]:
    """All faults of the list that a quality rule has to find."""
    lean = folder / "lean"
    spreads = _findings("negative_spread", _quotes(lean / "forex" / "fxcm" / "hour" / "eurusd.zip"))
    equity = lean / "equity" / "usa" / "daily"
    known = [Known("FXCM EUR/USD: asks below their bids", 2_613, len(spreads))]
    for name, days in (("qqq", 2_304), ("bno", 0), ("uso", 0), ("fb", 0), ("aaa", 0)):
        holes = _findings("long_hole", _shares(equity / f"{name}.zip"))
        said = "; ".join(finding.what for finding in holes)
        what = f"LEAN {name.upper()}: a ticker used again" + (f", after {days} days" if days else "")
        known.append(Known(what, 1, len([f for f in holes if f.value > 365.0]), said))
    coin = _findings("long_hole", _shares(lean / "crypto" / "coinbase" / "daily" / "btcusd_trade.zip", 1.0))
    known.append(
        Known("LEAN Coinbase BTC/USD: 21 days missing", 1, len(coin), "; ".join(f.what for f in coin))
    )
    table = folder / "stocks_daily_av" / "sp500_daily.parquet"
    known += [_split_of(symbol, table) for symbol in ("TRMB", "ANTM", "GNRC")]
    return known


def _split_of(symbol: str, file: Path) -> Known:
    import polars as pl

    there = symbol in set(pl.read_parquet(file, columns=["symbol"])["symbol"].unique().to_list())
    return Known(f"Alpha Vantage {symbol}: wrong split adjustment", 1, 0 if there else None)


def _findings(rule: str, raw: RawBars) -> list[Finding]:
    return list(RULES.get(rule)(prepare(raw, "")))


def _quotes(file: Path) -> RawBars:
    """LEAN's hourly quotes: bid open to close, size, ask open to close, size; the bars are of the middle."""
    rows = _rows(file)
    figures = np.array([[float(cell) for cell in row[1:]] for row in rows])
    bid, ask = figures[:, :4], figures[:, 5:9]
    return _bars(file.stem, rows, (bid + ask) / 2.0, np.zeros(len(rows)), ask[:, 3] - bid[:, 3], "1h")


def _shares(file: Path, scale: float = 1e-4) -> RawBars:
    rows = _rows(file)
    figures = np.array([[float(cell) for cell in row[1:6]] for row in rows])
    return _bars(file.stem, rows, figures[:, :4] * scale, figures[:, 4], None)


def _rows(file: Path) -> list[list[str]]:
    with zipfile.ZipFile(file) as packed:
        text = packed.read(packed.namelist()[0]).decode()
    return list(csv.reader(io.StringIO(text)))


def _bars(
    name: str,
    rows: list[list[str]],
    prices: Floats,
    volume: Floats,
    spread: Floats | None,
    timeframe: str = "1d",
) -> RawBars:
    starts = [datetime.strptime(row[0], "%Y%m%d %H:%M").replace(tzinfo=UTC) for row in rows]
    return RawBars(
        instrument_id=name,
        timeframe=timeframe,
        ts_event=np.array([to_ns(start + timedelta(hours=22)) for start in starts], dtype=np.int64),
        open=prices[:, 0],
        high=prices[:, 1],
        low=prices[:, 2],
        close=prices[:, 3],
        volume=volume,
        source="lean",
        spread=spread,
    )
