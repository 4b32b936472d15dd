"""NautilusTrader on the bars of a file: the 10/50 cross with market orders. Prints one JSON line.

Its own Cython averages, bars and matching engine; logging and end analysis off. Timed is the run alone.
"""

import json
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig  # type: ignore[import-not-found]
from nautilus_trader.config import LoggingConfig  # type: ignore[import-not-found]
from nautilus_trader.indicators import SimpleMovingAverage  # type: ignore[import-not-found]
from nautilus_trader.model.currencies import USD  # type: ignore[import-not-found]
from nautilus_trader.model.data import BarType  # type: ignore[import-not-found]
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide  # type: ignore[import-not-found]
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue  # type: ignore[import-not-found]
from nautilus_trader.model.instruments import Equity  # type: ignore[import-not-found]
from nautilus_trader.model.objects import Money, Price, Quantity  # type: ignore[import-not-found]
from nautilus_trader.persistence.wranglers import BarDataWrangler  # type: ignore[import-not-found]
from nautilus_trader.trading.strategy import Strategy  # type: ignore[import-not-found]

FAST, SLOW, QUANTITY, CASH = 10, 50, 100, 10_000_000
VENUE = Venue("SIM")
BARS = BarType.from_str("DEMO.SIM-1-MINUTE-LAST-EXTERNAL")


class Cross(Strategy):  # type: ignore[misc]
    """Long while the fast average is above the slow one, else flat."""

    def __init__(self, instrument: Any) -> None:
        super().__init__()
        self.instrument = instrument
        self.fast, self.slow = SimpleMovingAverage(FAST), SimpleMovingAverage(SLOW)
        self.was_above: bool | None = None

    def on_start(self) -> None:
        """Hear of bars, averages first."""
        self.register_indicator_for_bars(BARS, self.fast)
        self.register_indicator_for_bars(BARS, self.slow)
        self.subscribe_bars(BARS)

    def on_bar(self, bar: Any) -> None:
        """Trade on a cross."""
        if not self.slow.initialized:
            return
        above = self.fast.value > self.slow.value
        if above is self.was_above:
            return
        held, self.was_above = self.was_above is True, above
        if above or held:
            side = OrderSide.BUY if above else OrderSide.SELL
            quantity = self.instrument.make_qty(QUANTITY)
            self.submit_order(self.order_factory.market(self.instrument.id, side, quantity))


def make_engine(path: str) -> tuple[Any, int]:
    """The engine with everything loaded, and the number of bars."""
    columns = dict(np.load(path))
    instrument = Equity(
        instrument_id=InstrumentId(Symbol("DEMO"), VENUE),
        raw_symbol=Symbol("DEMO"),
        currency=USD,
        price_precision=2,
        price_increment=Price.from_str("0.01"),
        lot_size=Quantity.from_int(1),
        ts_event=0,
        ts_init=0,
    )
    table = pd.DataFrame(
        {name: columns[name] for name in ("open", "high", "low", "close", "volume")},
        index=pd.to_datetime(columns["ts_event"], utc=True),
    )
    quiet = LoggingConfig(bypass_logging=True)
    engine = BacktestEngine(BacktestEngineConfig(trader_id="BENCH-001", logging=quiet, run_analysis=False))
    engine.add_venue(
        venue=VENUE,
        oms_type=OmsType.NETTING,
        account_type=AccountType.CASH,
        base_currency=USD,
        starting_balances=[Money(CASH, USD)],
    )
    engine.add_instrument(instrument)
    engine.add_data(BarDataWrangler(BARS, instrument).process(table))
    engine.add_strategy(Cross(instrument))
    return engine, len(table)


def main(path: str) -> None:
    """Run and print."""
    engine, bars = make_engine(path)
    start = time.perf_counter()
    engine.run()
    seconds = time.perf_counter() - start
    cash = engine.portfolio.account(VENUE).balance_total(USD).as_double()
    print(
        json.dumps(
            {"work": bars, "seconds": seconds, "orders": engine.cache.orders_total_count(), "cash": cash}
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
