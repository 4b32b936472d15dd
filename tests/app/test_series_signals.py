"""A series as signals of one's own: what was published decides from its publication on, its period never."""

from pathlib import Path

import numpy as np
import pandas as pd

import tradewind as tw
from tradewind.app.config import TradewindConfig
from tradewind.app.market.series import series_as_of
from tradewind.core.series import Observation, observations_of
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, parse_ns
from tradewind.data.calendars import trading_days
from tradewind.store.observations import append_observations
from tradewind.store.parquet import ParquetTables

FELL = parse_ns("2020-04-10") + 13 * NS_PER_HOUR
"""When March was first told: on Good Friday, and put right thirty days later, on a Sunday."""


def told() -> list[Observation]:
    calm = [
        Observation("UNRATE", parse_ns(f"2020-0{month}-01"), parse_ns(f"2020-0{month + 1}-10"), 4.0, "%")
        for month in (1, 2)
    ]
    march = Observation("UNRATE", parse_ns("2020-03-01"), FELL, 9.0, "%")
    return [*calm, march, march._replace(ts_known=FELL + 30 * NS_PER_DAY, value=4.5)]


def bars() -> pd.DataFrame:
    days = pd.to_datetime(
        np.asarray(trading_days("XNYS", parse_ns("2020-01-02"), parse_ns("2020-08-01")).day), unit="D"
    )
    close = np.round(50.0 + np.sin(np.arange(len(days))), 2)
    open_ = np.append(close[:1], close[:-1])
    prices = {
        "open": open_,
        "high": np.maximum(open_, close),
        "low": np.minimum(open_, close),
        "close": close,
    }
    return pd.DataFrame({**prices, "volume": 1e6}, index=pd.Index(days, name="date"))


def test_a_position_follows_what_was_published_and_when(tmp_path: Path) -> None:
    config = TradewindConfig(home=tmp_path / "home")
    rows = observations_of("UNRATE", "fred", told())
    append_observations(ParquetTables(config.home / "store"), rows, parse_ns("2021-06-01"))
    assert series_as_of(config, "fred:UNRATE", FELL - 1).value.tolist() == [4.0, 4.0]

    steps = tw.series("fred:UNRATE", steps=True, home=config.home)
    weights = np.where(steps["value"] < 6.0, 0.5, 0.0)
    signals = tw.Signals({"AAA": (steps.index.asi8, weights)})
    result = tw.backtest(signals, tw.load({"AAA": bars()}, home=config.home), cash=10_000.0)

    asked = [(row["side"], row["requested"][:10]) for _, row in result.orders.iterrows()]
    assert asked[:3] == [("buy", "2020-02-10"), ("sell", "2020-04-13"), ("buy", "2020-05-11")]
