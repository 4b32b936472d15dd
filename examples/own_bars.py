"""Bars of one's own, from a CSV by pandas, on two timeframes: quarters of an hour trade, hours say the trend.

Run it: ``python examples/own_bars.py [FILE]``. Without a file it writes one of made-up prices. A file has
the columns time (with its zone), open, high, low, close and volume; a row is stamped by the *end* of its bar.
"""

import sys
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

import tradewind as tw
from tradewind.core.book import MAIN_ACCOUNT, PositionKey, held_lots
from tradewind.core.errors import DataError
from tradewind.core.money import cash_to_decimal

MINE = tw.Instrument(
    symbol="MINE",
    asset_class=tw.AssetClass.EQUITY,
    venue="OWN",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="24/7",
)
"""It names no fees and pays the usual ones of a stock in dollars; ``fees=tw.FeeSchedule()`` takes none."""

NO_GAUGES = {"vix": {"when_missing": "note"}, "index_drop": {"when_missing": "note"}}
"""This run has no VIX and no index to watch: noted in the journal instead of blocking every entry."""


class WithTheHour:
    """Long while the quarter's close is above the mean of the latest hours, else flat."""

    name = "with_the_hour"

    def __init__(self, lots: int) -> None:
        self._lots = lots
        self._hours: list[float] = []

    def on_event(self, event: tw.AnyEvent, book: tw.Book) -> Sequence[tw.Event]:
        """Learn from hours, decide on quarters."""
        if type(event) is not tw.Bar:
            return ()
        if event.timeframe == "1h":
            self._hours = [*self._hours[-47:], event.close]
            return ()
        if len(self._hours) < 48:
            return ()
        mean = sum(self._hours) / len(self._hours)
        held = held_lots(book, PositionKey(MAIN_ACCOUNT, self.name, event.instrument_id))
        wanted = self._lots if event.close > mean else 0
        if held == wanted:
            return ()
        side = "above" if wanted else "not above"
        decision = tw.DecisionMade(
            ts_event=event.ts_event,
            decision_id=f"hour-{event.ts_event}",
            strategy=self.name,
            instrument_id=event.instrument_id,
            timeframe=event.timeframe,
            outcome="trade" if wanted else "close",
            reason=f"{event.close:.2f} is {side} {mean:.2f}, the mean of two days' hours.",
            current_lots=held,
            target_lots=wanted,
        )
        return (decision,)

    def snapshot(self) -> bytes:
        """The hours as bytes."""
        return np.array(self._hours).tobytes()

    def restore(self, state: bytes) -> None:
        """The hours back."""
        self._hours = np.frombuffer(state).tolist()


def bars_of(frame: pd.DataFrame, timeframe: str) -> list[tw.Bar]:
    """A frame with an aware index of closing times as bars."""
    if not isinstance(frame.index, pd.DatetimeIndex) or frame.index.tz is None:
        message = f"The times of {MINE.id} name no zone, or are none."
        raise DataError(
            message, 'Read them as times, and say the zone: frame.tz_localize("America/New_York").'
        )
    stamps = frame.index.tz_convert("UTC").as_unit("ns").asi8.tolist()
    columns = (frame[name].astype(float).tolist() for name in ("open", "high", "low", "close", "volume"))
    return [
        tw.Bar(
            ts_event=ts,
            instrument_id=MINE.id,
            timeframe=timeframe,
            open=o,
            high=h,
            low=low,
            close=c,
            volume=v,
        )
        for ts, o, h, low, c, v in zip(stamps, *columns, strict=True)
    ]


def write_made_up(path: Path, length: int = 4_000) -> None:
    """Seeded random-walk quarters of an hour; whatever trades on them is made up too."""
    close = 100.0 * np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.001, length)))
    frame = pd.DataFrame({"open": np.r_[100.0, close[:-1]], "close": close, "volume": 1_000.0})
    frame["low"] = frame[["open", "close"]].min(axis=1)
    frame["high"] = frame[["open", "close"]].max(axis=1)
    frame.index = pd.date_range("2023-01-02T00:15", periods=length, freq="15min", tz="UTC", name="time")
    frame.to_csv(path)


def main(file: str = "") -> None:
    """Read, run, and print what came of it with what there is to be warned of."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(file) if file else Path(folder) / "bars.csv"
        if not file:
            write_made_up(path)
        quarters = pd.read_csv(path, parse_dates=["time"], index_col="time")
    rules = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    hours = quarters.resample("1h", closed="right", label="right").agg(rules).dropna()
    bars = sorted(bars_of(quarters, "15m") + bars_of(hours, "1h"), key=lambda bar: bar.ts_event)
    outcome = tw.run_strategy(WithTheHour(lots=100), [MINE], bars, cash=Decimal(100_000), risk=NO_GAUGES)
    book = outcome.book
    fees = cash_to_decimal(sum(position.commission_e8 for position in book.positions.values()))
    print(
        f"{len(bars)} bars, {book.orders_sent} orders, {book.fills_seen} fills, {fees:.2f} USD of commission"
    )
    print(
        f"equity {cash_to_decimal(book.equity_e8):.2f} USD from {cash_to_decimal(book.start_equity_e8):.2f}"
    )
    for warning in outcome.warnings:  # they are shown as Python warnings too
        print(f"beware: {warning}")


if __name__ == "__main__":
    main(*sys.argv[1:])
