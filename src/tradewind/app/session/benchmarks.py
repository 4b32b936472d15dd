"""What a session is held against: its own instruments bought and held, or the history of another one."""

from dataclasses import dataclass

import numpy as np

from tradewind.app.config import DateWindow, TradewindConfig
from tradewind.app.market.history import load_series
from tradewind.app.market.workspace import Workspace, open_workspace
from tradewind.app.session.price_lines import held_worth
from tradewind.app.session.session_record import SessionRecord
from tradewind.core.errors import ConfigError, DataError, NoDataError, UnknownSymbolError
from tradewind.core.instruments import find_instrument
from tradewind.core.panel import BarColumns, Floats, Ints
from tradewind.core.timestamps import NS_PER_DAY, from_ns
from tradewind.core.trading_calendar import account_day

_MOST_DAYS_OFF = 7
"""A history may begin so late or end so early; beyond it the benchmark would stand still unseen."""


@dataclass(frozen=True)
class Benchmark:
    """Daily returns (D,) on the account's own days; 0 on the first, at whose close it is bought."""

    name: str
    returns: Floats


def bought_and_held(record: SessionRecord) -> Benchmark | None:
    """The instruments that were traded (else all that showed a price), bought once at equal weight and kept.

    Each at the close of its first bar, without costs, dividends put in again. None where no price was seen.
    """
    lines = record.prices.lines
    traded = [name for name in lines if name in record.costs.by_instrument] or list(lines)
    if not traded or not len(record.daily):
        return None
    days = np.array([account_day(int(ts)) for ts in record.daily.ts_ns], np.int64)
    base = record.started.base_currency
    worth = np.mean(
        [held_worth(record.prices, record.book.instruments[name], base, days) for name in sorted(traded)],
        axis=0,
    )
    shown = ", ".join(sorted(traded)) if len(traded) <= 5 else f"{len(traded)} instruments"
    return Benchmark(f"Bought and held: {shown}", _returns(worth))


def chosen_benchmark(config: TradewindConfig, record: SessionRecord, symbol: str) -> Benchmark:
    """One instrument bought and held: from the session's own bars, else from stored history.

    Raises
    ------
    UnknownSymbolError
        Nobody knows the symbol.
    NoDataError
        There is no history of it over the session.
    ConfigError
        It is quoted in another currency than the account's, and no rate of the two is known.
    """
    own = {name: one for name, one in record.book.instruments.items() if name in record.prices.lines}
    days = np.array([account_day(int(ts)) for ts in record.daily.ts_ns], np.int64)
    base = record.started.base_currency
    if any(symbol.strip().upper() in (name, one.symbol) for name, one in own.items()):
        found = find_instrument(own, symbol)
        return Benchmark(found.id, _returns(held_worth(record.prices, found, base, days)))
    return _stored(config, record, symbol, days)


def _stored(config: TradewindConfig, record: SessionRecord, symbol: str, days: Ints) -> Benchmark:
    """From stored history: closes adjusted for splits, dividends put in again where they are known."""
    if not len(days):
        message = "The session has not valued its account yet."
        raise NoDataError(message, "Let it go on before it is held against a benchmark.")
    window = DateWindow(
        start=from_ns(record.started.ts_event).date().isoformat(),
        end=from_ns(int(record.daily.ts_ns[-1]) + NS_PER_DAY).date().isoformat(),
    )
    workspace = open_workspace(config)
    ((name, series),) = load_series(workspace, [symbol], window).items()
    close = series.bars.close
    grown = np.cumprod(np.concatenate([[1.0], (close[1:] + series.income[1:]) / close[:-1]]))
    by_day = _by_day(series.bars, grown)
    for missing, edge in ((min(by_day) - days[0], "begins"), (days[-1] - max(by_day), "ends")):
        if missing > _MOST_DAYS_OFF:
            message = f"The history of {name} {edge} {missing} days inside the session."
            raise NoDataError(message, "Choose a benchmark that covers it, or fetch its history.")
    currency = workspace.instruments.find([name])[name].quote_currency
    rates = _rates(workspace, record, currency, name, window)
    worth, now, rate = [], 0.0, 0.0
    for day in days.tolist():
        now, rate = by_day.get(day, now), rates.get(day, rate)
        worth.append(now * rate)
    first = next(value for value in worth if value)
    said = "" if series.total_return else " (prices alone)"
    return Benchmark(f"{name}{said}", _returns(np.array([value or first for value in worth], np.float64)))


def _rates(
    workspace: Workspace, record: SessionRecord, currency: str, name: str, window: DateWindow
) -> dict[int, float]:
    """What one unit of the benchmark's currency was worth in the account's, by day.

    From the session's own rates, else from stored history of the pair.

    Raises
    ------
    ConfigError
        Neither has it: returns in two currencies are not held against each other.
    """
    base = record.started.base_currency
    days = [account_day(int(ts)) for ts in record.daily.ts_ns]
    if currency == base:
        return dict.fromkeys(days, 1.0)
    own = {day: rates[currency] for day, rates in record.prices.rates.items() if currency in rates}
    if own:
        return own
    for pair, way in ((f"{currency}/{base}", 1.0), (f"{base}/{currency}", -1.0)):
        try:
            ((_, series),) = load_series(workspace, [pair], window).items()
        except (UnknownSymbolError, DataError):
            continue
        return _by_day(series.bars, series.bars.close**way)
    message = (
        f"{name} is quoted in {currency} and the account is kept in {base}; there is no rate of the two."
    )
    raise ConfigError(message, f"Fetch or import {currency}/{base}, or choose another --benchmark.")


def _by_day(bars: BarColumns, values: Floats) -> dict[int, float]:
    """The last value of each of the account's days."""
    return {account_day(int(ts)): float(one) for ts, one in zip(bars.ts_event, values, strict=True)}


def _returns(worth: Floats) -> Floats:
    """Simple returns of a worth by day (D,), the first 0."""
    made: Floats = np.concatenate([[0.0], worth[1:] / worth[:-1] - 1.0])
    return made
