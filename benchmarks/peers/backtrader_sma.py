"""Backtrader on the bars of a file: the 10/50 cross with market orders. Prints one JSON line.

Its own averages in their vectorised mode, no observers. Timed is the run, which takes bars from memory.
"""

import json
import sys
import time
from typing import Any

import backtrader as bt  # type: ignore[import-not-found]
import numpy as np

FAST, SLOW, QUANTITY, CASH = 10, 50, 100, 10_000_000.0
NS_PER_DAY = 86_400e9
DAY_OF_1970 = 719_163.0
COLUMNS = ("open", "high", "low", "close", "volume")


class Bars(bt.feed.DataBase):  # type: ignore[misc]
    """Bars from memory."""

    params = (("rows", ()),)

    def start(self) -> None:
        """Begin."""
        super().start()
        self._left = iter(self.p.rows)

    def _load(self) -> bool:
        row = next(self._left, None)
        if row is None:
            return False
        lines = self.lines
        lines.datetime[0], lines.open[0], lines.high[0], lines.low[0], lines.close[0], lines.volume[0] = row
        lines.openinterest[0] = 0.0
        return True


class Cross(bt.Strategy):  # type: ignore[misc]
    """Long while the fast average is above the slow one, else flat."""

    def __init__(self) -> None:
        self.fast = bt.indicators.SMA(self.data.close, period=FAST)
        self.slow = bt.indicators.SMA(self.data.close, period=SLOW)
        self.was_above: bool | None = None
        self.orders = 0

    def next(self) -> None:
        """Trade on a cross."""
        above = self.fast[0] > self.slow[0]
        if above is self.was_above:
            return
        held, self.was_above = self.was_above is True, above
        if above:
            self.buy(size=QUANTITY)
        elif held:
            self.sell(size=QUANTITY)
        self.orders += above or held


def main(path: str) -> None:
    """Run and print."""
    columns: dict[str, Any] = dict(np.load(path))
    days = columns["ts_event"] / NS_PER_DAY + DAY_OF_1970
    rows = list(zip(days.tolist(), *(columns[name].tolist() for name in COLUMNS), strict=True))
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker.setcash(CASH)
    cerebro.adddata(Bars(rows=rows, timeframe=bt.TimeFrame.Minutes))
    cerebro.addstrategy(Cross)
    start = time.perf_counter()
    (strategy,) = cerebro.run()
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {
                "work": len(rows),
                "seconds": seconds,
                "orders": strategy.orders,
                "cash": cerebro.broker.getcash(),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
