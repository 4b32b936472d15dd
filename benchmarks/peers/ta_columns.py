"""The ``ta`` library on one instrument's bars: the columns asked for. Prints one JSON line."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from ta import momentum, trend, volatility, volume  # type: ignore[import-not-found]


def columns_of(b: Any) -> dict[str, Callable[[], Any]]:
    """How ``ta`` makes each column of the bars ``b``, by our name for it."""
    h, l, c, v = (b[name] for name in ("high", "low", "close", "volume"))  # noqa: E741
    return {
        "rsi_14": lambda: momentum.rsi(c, 14),
        "macd_12_26_9": lambda: trend.macd(c, 26, 12),
        "macd_sig_12_26_9": lambda: trend.macd_signal(c, 26, 12, 9),
        "macd_hist_12_26_9": lambda: trend.macd_diff(c, 26, 12, 9),
        "ema_20": lambda: trend.ema_indicator(c, 20),
        "ema_50": lambda: trend.ema_indicator(c, 50),
        "sma_20": lambda: trend.sma_indicator(c, 20),
        "sma_50": lambda: trend.sma_indicator(c, 50),
        "wma_10": lambda: trend.wma_indicator(c, 10),
        "bb_hi_20": lambda: volatility.bollinger_hband(c, 20),
        "bb_mid_20": lambda: volatility.bollinger_mavg(c, 20),
        "bb_lo_20": lambda: volatility.bollinger_lband(c, 20),
        "atr_14": lambda: volatility.average_true_range(h, l, c, 14),
        "adx_14": lambda: trend.adx(h, l, c, 14),
        "plus_di_14": lambda: trend.adx_pos(h, l, c, 14),
        "minus_di_14": lambda: trend.adx_neg(h, l, c, 14),
        "cci_20": lambda: trend.cci(h, l, c, 20),
        "mfi_14": lambda: volume.money_flow_index(h, l, c, v, 14),
        "roc_12": lambda: momentum.roc(c, 12),
        "trix_9": lambda: trend.trix(c, 9),
        "williams_r_14": lambda: momentum.williams_r(h, l, c, 14),
        "stoch_raw_14": lambda: momentum.stoch(h, l, c, 14),
        "ultimate_oscillator": lambda: momentum.ultimate_oscillator(h, l, c),
    }


def main(path: str, names: list[str]) -> None:
    """Compute and print, with each column's last value so that it can be held against ours."""
    bars = pd.DataFrame(dict(np.load(path)))
    recipes = columns_of(bars)
    start = time.perf_counter()
    kept = {name: recipes[name]() for name in names}
    seconds = time.perf_counter() - start
    last = {name: float(column.iloc[-1]) for name, column in kept.items()}
    print(json.dumps({"work": len(bars) * len(kept), "seconds": seconds, "last": last}))


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
