"""A strategy in ten lines, over real history. Run it: ``python examples/sma_cross_ten_lines.py``.

The same file runs as ``tradewind backtest --strategy sma_cross_ten_lines.py --symbols MSFT,NVDA``, and with
``paper`` instead on paper.
"""

from tempfile import TemporaryDirectory

import tradewind as tw


class SmaCross(tw.Strategy):
    """Long while the fast average is above the slow one."""

    fast: int = 10
    slow: int = 50

    def on_bar(self, bar: tw.Bar, now: tw.Moment) -> float | None:
        """A quarter of the capital, or nothing."""
        closes = now.closes(self.slow)
        if len(closes) < self.slow:
            return None
        return 0.25 if closes[-self.fast :].mean() > closes.mean() else 0.0


if __name__ == "__main__":
    with TemporaryDirectory() as home:  # leave it out, and journals are kept in .tradewind
        data = tw.load(["MSFT", "NVDA", "NFLX"], home=home, start="2017-01-01", end="2021-01-01")
        result = tw.backtest(SmaCross(fast=20), data)
        print(result)
