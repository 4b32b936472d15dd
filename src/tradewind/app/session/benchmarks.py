"""What a session is held against: its own instruments bought and held, or the history of another one."""

from dataclasses import dataclass

import numpy as np

from tradewind.app.config import DateWindow, TradewindConfig
from tradewind.app.market.history import load_series
from tradewind.app.market.workspace import open_workspace
from tradewind.app.session.price_lines import held_worth
from tradewind.app.session.session_record import SessionRecord
from tradewind.core.errors import NoDataError
from tradewind.core.instruments import find_instrument
from tradewind.core.panel import Floats
from tradewind.core.timestamps import from_ns
from tradewind.core.trading_calendar import account_day


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
    """
    own = {name: one for name, one in record.book.instruments.items() if name in record.prices.lines}
    days = np.array([account_day(int(ts)) for ts in record.daily.ts_ns], np.int64)
    base = record.started.base_currency
    if any(symbol.strip().upper() in (name, one.symbol) for name, one in own.items()):
        found = find_instrument(own, symbol)
        return Benchmark(found.id, _returns(held_worth(record.prices, found, base, days)))
    if not len(days):
        message = "The session has not valued its account yet."
        raise NoDataError(message, "Let it go on before it is held against a benchmark.")
    window = DateWindow(
        start=from_ns(record.started.ts_event).date().isoformat(),
        end=from_ns(int(record.daily.ts_ns[-1]) + 86_400 * 10**9).date().isoformat(),
    )
    ((name, series),) = load_series(open_workspace(config), [symbol], window).items()
    bars = series.bars
    by_day = {account_day(int(ts)): float(close) for ts, close in zip(bars.ts_event, bars.close, strict=True)}
    worth, now, first = [], 0.0, 0.0
    for day in days.tolist():
        now = by_day.get(day, now)
        first = first or now
        worth.append(now / first if first else 1.0)
    if not first:
        message = f"No close of {name} lies in the session."
        raise NoDataError(message, "Choose another benchmark, or fetch its history over the session.")
    return Benchmark(name, _returns(np.array(worth, np.float64)))


def _returns(worth: Floats) -> Floats:
    """Simple returns of a worth by day (D,), the first 0."""
    made: Floats = np.concatenate([[0.0], worth[1:] / worth[:-1] - 1.0])
    return made
