"""Faults put into 200 stocks of the S&P 500 on purpose: series that no threshold was chosen on.

Read from ``stocks_daily_av`` (Alpha Vantage, 1999 to 2021), each stock with its dividends, splits and
adjusted close. As it is, the data says how often a rule speaks without a fault put in; most of those are
real. Then one fault of a kind is put into each stock, at random by a fixed seed, and looked for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tradewind.core.panel import Floats, Ints
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR
from tradewind.data.adjustment import DIVIDEND, DOUBTFUL, SPLIT, CorporateAction, split
from tradewind.data.quality.finding import RULES, Finding
from tradewind.data.quality.inspection import prepare
from tradewind.data.raw import PRICES, RawBars

FILE = Path("stocks_daily_av") / "sp500_daily.parquet"
_SEED = 20_211
_STRETCH = 15


@dataclass
class Tally:
    """Stocks with the fault, those in which its row was named, and further rows named by the same rule."""

    put_in: int = 0
    found: int = 0
    beside: int = 0


Put = Callable[[RawBars, np.random.Generator], tuple[RawBars, int] | None]
"""Gives the series with one fault and the row at which it must be named; None where there is no place."""


def read_stocks(folder: Path) -> Iterator[RawBars]:
    """All stocks as they were traded, with their actions and adjusted close."""
    import polars as pl

    table = pl.read_parquet(folder / FILE).sort("symbol", "date")
    for (symbol,), rows in table.group_by(["symbol"], maintain_order=True):
        days = rows["date"].cast(pl.Date).to_physical().cast(pl.Int64).to_numpy() * NS_PER_DAY
        columns: dict[str, Any] = {
            name: rows[name].cast(pl.Float64).to_numpy() for name in (*PRICES, "volume")
        }
        ratio, paid = rows["split_coefficient"].to_numpy(), rows["dividend_amount"].to_numpy()
        later = np.append(np.cumprod(ratio[::-1])[::-1][1:], 1.0)
        actions = [split(str(symbol), int(days[n]), float(ratio[n])) for n in np.flatnonzero(ratio != 1.0)]
        actions += [
            _dividend(str(symbol), days, columns["close"], n, float(paid[n]), float(ratio[n]))
            for n in (np.flatnonzero(paid[1:] > 0.0) + 1).tolist()
        ]
        yield RawBars(
            instrument_id=str(symbol),
            timeframe="1d",
            ts_event=days + 21 * NS_PER_HOUR,
            source="av",
            actions=tuple(sorted(actions, key=lambda action: action.ex_ns)),
            adjusted_close=rows["adjusted_close"].to_numpy() * later,
            **columns,
        )


def measure_injected(folder: Path) -> tuple[dict[str, int], dict[str, Tally], int]:
    """Findings in the data as it is by rule, the tally of each fault, and the number of dividends."""
    plain = dict.fromkeys(sorted({rule for rule, _ in FAULTS.values()}), 0)
    tallies = {name: Tally() for name in FAULTS}
    random, dividends = np.random.default_rng(_SEED), 0
    for raw in read_stocks(folder):
        dividends += sum(action.kind != SPLIT for action in raw.actions or ())
        before = {rule: _rows(rule, raw) for rule in plain}
        for rule, rows in before.items():
            plain[rule] += len(rows)
        for name, (rule, put) in FAULTS.items():
            changed = put(raw, random)
            if changed is None:
                continue
            broken, row = changed
            rows, tally = _rows(rule, broken), tallies[name]
            tally.put_in += 1
            tally.found += row in rows
            if "unit" in name or "twice" in name:
                tally.beside += len(rows - before[rule] - {row})
    return plain, tallies, dividends


def _rows(rule: str, raw: RawBars) -> set[int]:
    found: list[Finding] = list(RULES.get(rule)(prepare(raw, "")))
    return {finding.row for finding in found}


def _dividend(
    symbol: str, days: Ints, close: Floats, row: int, paid: float, ratio: float = 1.0
) -> CorporateAction:
    factor = 1.0 - paid * ratio / float(close[row - 1])
    kind = DIVIDEND if factor > 0.0 else DOUBTFUL
    return CorporateAction(symbol, int(days[row]), kind, factor if factor > 0.0 else 1.0, paid)


def _scaled_dividend(times: float, *, told: bool) -> Put:
    def put(raw: RawBars, random: np.random.Generator) -> tuple[RawBars, int] | None:
        places = _ordinary(raw)
        if not places:
            return None
        n, row = places[int(random.integers(len(places)))]
        actions = list(raw.actions or ())
        days = raw.ts_event - 21 * NS_PER_HOUR
        actions[n] = _dividend(raw.instrument_id, days, raw.close, row, actions[n].value * times)
        return replace(raw, actions=tuple(actions), adjusted_close=raw.adjusted_close if told else None), row

    return put


def _twice_untold(raw: RawBars, random: np.random.Generator) -> tuple[RawBars, int] | None:
    put = _twice(raw, random)
    return None if put is None else (replace(put[0], adjusted_close=None), put[1])


def _twice(raw: RawBars, random: np.random.Generator) -> tuple[RawBars, int] | None:
    places = _ordinary(raw)
    if not places:
        return None
    n, row = places[int(random.integers(len(places)))]
    again, days = row + int(random.integers(1, 4)), raw.ts_event - 21 * NS_PER_HOUR
    if again >= len(raw):
        return None
    actions = list(raw.actions or ())
    actions.insert(n + 1, _dividend(raw.instrument_id, days, raw.close, again, actions[n].value))
    return replace(raw, actions=tuple(sorted(actions, key=lambda action: action.ex_ns))), again


def _ordinary(raw: RawBars) -> list[tuple[int, int]]:
    """Dividends without a split within 20 days or another dividend within 30, with their rows."""
    actions = list(raw.actions or ())
    found = []
    for n, action in enumerate(actions):
        row = int(np.searchsorted(raw.ts_event, action.ex_ns))
        others = [a for a in actions if a is not action and abs(a.ex_ns - action.ex_ns) < 30 * NS_PER_DAY]
        if action.kind == DIVIDEND and 0 < row < len(raw) and not others:
            found.append((n, row))
    return found


def _hundredfold(bars: int) -> Put:
    def put(raw: RawBars, random: np.random.Generator) -> tuple[RawBars, int] | None:
        first = int(random.integers(1, len(raw) - bars - 1))
        return _times(raw, slice(first, first + bars), 100.0 ** random.choice([-1.0, 1.0])), first

    return put


def _split_left_out(raw: RawBars, random: np.random.Generator) -> tuple[RawBars, int] | None:
    """Rows just before a split that are on the new share count already."""
    splits = [
        action for action in raw.actions or () if action.kind == SPLIT and abs(np.log(action.value)) > 0.1
    ]
    rows = [(int(np.searchsorted(raw.ts_event, action.ex_ns)), action.value) for action in splits]
    rows = [(row, ratio) for row, ratio in rows if row > 4 * _STRETCH]
    if not rows:
        return None
    row, ratio = rows[int(random.integers(len(rows)))]
    bars = int(random.integers(1, _STRETCH))
    part = _times(raw, slice(row - bars, row), 1.0 / ratio)
    volume = part.volume.copy()
    volume[row - bars : row] *= ratio
    return replace(part, volume=volume), row - bars


def _times(raw: RawBars, part: slice, ratio: float) -> RawBars:
    columns: dict[str, Any] = {name: getattr(raw, name).copy() for name in PRICES}
    for values in columns.values():
        values[part] *= ratio
    return replace(raw, **columns, adjusted_close=None)


FAULTS: dict[str, tuple[str, Put]] = {
    "dividend in a unit 100 times too high": ("dividend_unit", _scaled_dividend(100.0, told=True)),
    "the same, without an adjusted close": ("dividend_unit", _scaled_dividend(100.0, told=False)),
    "dividend in a unit 100 times too low": ("dividend_unit", _scaled_dividend(0.01, told=True)),
    "the same low, without an adjusted close": ("dividend_unit", _scaled_dividend(0.01, told=False)),
    "dividend stated twice": ("dividend_twice", _twice),
    "the same twice, without an adjusted close": ("dividend_twice", _twice_untold),
    "one bar 100 times off": ("price_unit", _hundredfold(1)),
    "15 bars 100 times off": ("price_unit", _hundredfold(_STRETCH)),
    "rows that a split was applied to before": ("split_basis", _split_left_out),
}
"""Each fault with the rule that has to name it."""
