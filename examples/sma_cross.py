"""A strategy of one's own: trade on a cross of two moving averages, bar by bar, through the event engine.

Run it: ``python examples/sma_cross.py``. It makes its own bars, so its result is synthetic.
"""

import sys
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import numpy as np

import tradewind as tw
from tradewind.core.money import cash_to_decimal
from tradewind.core.timestamps import NS_PER_MINUTE


class _State(msgspec.Struct):
    """What the strategy must remember to go on after a restart."""

    closes: list[float] = msgspec.field(default_factory=list)
    fast_sum: float = 0.0
    slow_sum: float = 0.0
    at: int = 0
    was_above: bool | None = None
    decisions: int = 0


class SmaCross:
    """Long ``lots`` while the fast average is above the slow one, else flat (or short, if asked)."""

    name = "sma_cross"

    def __init__(self, instrument_id: str, fast: int, slow: int, lots: int, *, short: bool = False) -> None:
        self._instrument_id, self._fast, self._slow = instrument_id, fast, slow
        self._lots, self._short = lots, short
        self._state = _State(closes=[0.0] * slow)

    def on_event(self, event: tw.AnyEvent, book: tw.Book) -> Sequence[tw.Event]:
        """Decide on a cross; running sums keep a bar's cost the same for any length of average."""
        if type(event) is not tw.Bar or event.instrument_id != self._instrument_id:
            return ()
        state, close = self._state, event.close
        slot, closes = state.at % self._slow, state.closes
        state.slow_sum += close - closes[slot]
        state.fast_sum += close - (
            closes[(state.at - self._fast) % self._slow] if state.at >= self._fast else 0.0
        )
        closes[slot] = close
        state.at += 1
        if state.at < self._slow:
            return ()
        above = state.fast_sum / self._fast > state.slow_sum / self._slow
        if above is state.was_above:
            return ()
        state.was_above = above
        return (self._decide(event, above, book),)

    def snapshot(self) -> bytes:
        """The state as bytes."""
        return msgspec.msgpack.encode(self._state)

    def restore(self, state: bytes) -> None:
        """The state back."""
        self._state = msgspec.msgpack.decode(state, type=_State)

    def _decide(self, bar: tw.Bar, above: bool, book: tw.Book) -> tw.DecisionMade:
        self._state.decisions += 1
        return tw.DecisionMade(
            ts_event=bar.ts_event,
            decision_id=f"sma-{self._state.decisions}",
            strategy=self.name,
            instrument_id=self._instrument_id,
            outcome="trade" if above else "close",
            reason=f"The {self._fast}-bar mean is {'above' if above else 'below'} the {self._slow}-bar mean.",
            current_lots=book.net_lots.get(self._instrument_id, 0),
            target_lots=self._lots if above else (-self._lots if self._short else 0),
        )


def synthetic_bars(length: int, instrument_id: str, seed: int = 1) -> list[tw.Bar]:
    """Seeded random-walk minute bars. They are made up, and whatever trades on them is too."""
    rng = np.random.default_rng(seed)
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0, 0.0006, length))), 2)
    open_ = np.concatenate([[100.0], close[:-1]])
    high = np.round(np.maximum(open_, close) * 1.0004, 2)
    low = np.round(np.minimum(open_, close) * 0.9996, 2)
    rows = zip(open_.tolist(), high.tolist(), low.tolist(), close.tolist(), strict=True)
    start = 1_600_000_000_000_000_000 // NS_PER_MINUTE * NS_PER_MINUTE
    return [
        tw.Bar(
            ts_event=start + (i + 1) * NS_PER_MINUTE,
            instrument_id=instrument_id,
            open=o,
            high=h,
            low=low_,
            close=c,
            volume=1_000.0,
            timeframe="1m",
        )
        for i, (o, h, low_, c) in enumerate(rows)
    ]


# This run has no VIX and no index to watch: that is noted in the journal instead of blocking entries. And
# a strategy that flips all day loses more often than three times in a row.
RISK = {
    "vix": {"when_missing": "note"},
    "index_drop": {"when_missing": "note"},
    "losing_trades": {"limit": 1_000_000},
    "turnover": {"limit": 1_000.0},
}


def main(length: int = 20_000) -> None:
    """Run it and print what came of it."""
    instrument = tw.Instrument(
        symbol="DEMO",
        asset_class=tw.AssetClass.EQUITY,
        venue="SIM",
        quote_currency="USD",
        tick_size="0.01",
        lot_size="1",
        calendar="24/7",
    )
    strategy = SmaCross(instrument.id, fast=10, slow=50, lots=100, short=True)
    bars = synthetic_bars(length, instrument.id)
    outcome = tw.run_strategy(strategy, [instrument], bars, cash=Decimal(100_000), risk=RISK)
    book = outcome.book
    print(f"{outcome.records} records, {book.orders_sent} orders, {book.fills_seen} fills (synthetic data)")
    print(
        f"equity {cash_to_decimal(book.equity_e8):.2f} USD from {cash_to_decimal(book.start_equity_e8):.2f}"
    )
    for warning in outcome.warnings:  # what kept it from trading; shown as Python warnings too
        print(f"beware: {warning}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
