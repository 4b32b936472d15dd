"""Figures of universe filters at random dates, worked out with pandas from the packages' own files."""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tradewind.app.config import SessionConfig, TradewindConfig
from tradewind.app.market.candidates import candidate_of
from tradewind.app.market.universe_desk import universe_as_of
from tradewind.app.market.workspace import open_workspace
from tradewind.app.session.universe_config import AT, UniverseConfig, screened_days
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.data.calendars import expected_closes
from tradewind.data.catalogue import sample_instruments
from tradewind.data.history import load_history
from tradewind.data.raw import bars_from_raw
from tradewind.data.reference.facts import Fact, FactKind, known_facts
from tradewind.data.resample import resample
from tradewind.data.universe.registry import FILTERS, Candidate
from tradewind.data.universe.screening import filter_settings, screen
from tradewind.data.vendors.sample.bokeh_stocks import load
from tradewind.data.vendors.sample.history import SampleProvider
from tradewind.store.bars import save_bars

# As the companies announced them: shares for one old, from that day on.
SPLITS = {"AAPL": {"2000-06-21": 2.0, "2005-02-28": 2.0}, "MSFT": {"2003-02-18": 2.0}, "IBM": {}}
INSTRUMENTS = {instrument.symbol: instrument for instrument in sample_instruments().values()}


def file_of(package: str, *parts: str) -> Path:
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0]).joinpath(*parts)


def ask(name: str, candidate: Candidate, **given: object) -> tuple[bool, float]:
    said = FILTERS.get(name)(candidate, filter_settings({name: given}, AT)[name])
    return said.passes, said.figure


def as_of(symbol: str, day: pd.Timestamp) -> Candidate:
    raw = load(symbol)
    bars = bars_from_raw(raw)
    return candidate_of(INSTRUMENTS[symbol], bars, "XNYS", raw.actions or (), (), day.value)


def by_pandas(symbol: str, day: pd.Timestamp) -> pd.DataFrame:
    """Closes before the midnight that begins ``day``, on the share count of then, and dollars traded."""
    rows = pd.read_csv(file_of("bokeh_sampledata", "_data", "stocks.csv.gz"), parse_dates=["Date"])
    rows = rows[(rows["Ticker"] == symbol) & (rows["Date"] < day)].set_index("Date")
    rows["dollars"] = rows["Close"] * rows["Volume"]
    for split_day, ratio in SPLITS[symbol].items():
        if pd.Timestamp(split_day) < day:
            rows.loc[rows.index < split_day, "Close"] /= ratio
    return rows


@pytest.mark.parametrize("symbol", sorted(SPLITS))
def test_figures_at_random_dates_are_those_of_pandas(symbol: str) -> None:
    for offset in np.random.default_rng(5).integers(200, 4_600, 20):
        day = pd.Timestamp("2000-03-01") + pd.Timedelta(days=int(offset))
        rows, seen = by_pandas(symbol, day), as_of(symbol, day)
        recent = rows[rows.index >= day - pd.Timedelta(days=90)]
        assert ask("price", seen)[1] == pytest.approx(rows["Close"].iloc[-1])
        assert ask("liquidity", seen)[1] == pytest.approx(recent["dollars"].median())
        returns = np.log(rows["Close"]).diff().iloc[-60:]
        assert ask("volatility", seen)[1] == pytest.approx(returns.std() * math.sqrt(252))
        assert ask("age", seen)[1] == pytest.approx((day - rows.index[0]).days - 21 / 24, abs=0.05)


def test_bars_of_a_week_give_the_figures_of_days() -> None:
    """The value of a day and the volatility of a year do not depend on how long a bar is."""
    day = pd.Timestamp("2005-02-01")
    raw = load("IBM")
    daily = bars_from_raw(raw)
    weekly = resample(daily, "1w", "XNYS")
    days, weeks = (
        candidate_of(INSTRUMENTS["IBM"], bars, "XNYS", (), (), day.value) for bars in (daily, weekly)
    )
    rows = by_pandas("IBM", day)["Close"].resample("W-SUN").last().dropna()
    rows = rows[rows.index < day]  # the week that has begun is no bar yet
    returns = np.log(rows).diff().iloc[-52:]
    assert ask("volatility", weeks, days=52)[1] == pytest.approx(returns.std() * math.sqrt(365.25 / 7))
    assert ask("volatility", weeks, days=52)[1] == pytest.approx(
        ask("volatility", days, days=252)[1], rel=0.2
    )
    assert ask("liquidity", weeks)[1] == pytest.approx(ask("liquidity", days)[1], rel=0.1)


def test_prices_that_a_source_adjusted_are_not_prices_of_then() -> None:
    """Apple on 2003-06-02 cost 17.45 dollars; files made today say 0.31."""
    day = pd.Timestamp("2003-06-03")
    true = as_of("AAPL", day)
    assert ask("price", true, least=5.0) == (True, pytest.approx(17.45, abs=0.01))
    bars = bars_from_raw(load("AAPL"))
    late = BarColumns(
        bars.instrument_id,
        "1d",
        bars.ts_event,
        *(getattr(bars, name) / 56.0 for name in ("open", "high", "low", "close")),
        bars.volume * 56.0,
        adjusted=True,
    )
    seen = candidate_of(INSTRUMENTS["AAPL"], late, "XNYS", (), (), day.value)
    passes, figure = ask("price", seen, least=5.0)
    assert (passes, math.isnan(figure)) == (False, True)
    (stood,) = screen([seen], filter_settings({"price": {}}, AT))
    assert "adjusted the prices for what came later" in stood.why


def test_a_market_at_rest_for_more_than_a_week_has_not_ended() -> None:
    """Shanghai closed on 2020-01-23 and opened on 2020-02-03."""
    ts = expected_closes("XSHG", "1d", parse_ns("2019-12-01"), parse_ns("2020-01-25"))
    price = np.full(len(ts), 10.0)
    bars = BarColumns("600000.XSHG", "1d", ts, price, price, price, price, price)
    stock = Instrument(
        symbol="600000",
        asset_class=AssetClass.EQUITY,
        venue="XSHG",
        quote_currency="CNY",
        tick_size="0.01",
        lot_size="1",
        calendar="XSHG",
    )
    seen = candidate_of(stock, bars, "XSHG", (), (), parse_ns("2020-02-01"))
    assert ask("trading", seen) == (True, 0.0)
    assert ask("trading", candidate_of(stock, bars, "XSHG", (), (), parse_ns("2020-02-10")))[0] is False


def test_filters_see_as_much_history_as_they_ask_for_whatever_warms_factors() -> None:
    asked = {
        "age": {"least_days": 1_000},
        "volatility": {"days": 250},
        "liquidity": {"days": 30},
    }
    assert screened_days(None, "1d") == 0
    assert screened_days(UniverseConfig(), "1d") >= 90
    assert screened_days(UniverseConfig(filters={"age": asked["age"]}), "1d") >= 1_000
    need = screened_days(UniverseConfig(filters={"volatility": asked["volatility"]}), "1d")
    closes = expected_closes("XNYS", "1d", parse_ns("2001-06-01"), parse_ns("2001-06-01") + need * NS_PER_DAY)
    assert len(closes) > 250, "even in the months in which it was closed for days"
    assert screened_days(UniverseConfig(filters={"volatility": asked["volatility"]}), "1w") > 7 * 250


def test_a_delisting_that_was_put_off_has_not_happened() -> None:
    def end(effective: int, known: int) -> Fact:
        return Fact("A", FactKind.DELISTED, "last", effective * NS_PER_DAY, known * NS_PER_DAY)

    def ended(day: int, *told: Fact) -> bool:
        return known_facts(told, day * NS_PER_DAY).delisted_ns is not None

    first, later = end(100, 80), end(130, 95)
    assert [ended(day, first, later) for day in (99, 101, 129, 130, 140)] == [False, False, False, True, True]
    assert ended(101, first, end(130, 120)), "the other day was not known yet"
    again = Fact("A", FactKind.LISTED, "", 200 * NS_PER_DAY, 200 * NS_PER_DAY)
    second = end(300, 280)
    assert [ended(day, first, again, second) for day in (150, 210, 290, 300)] == [True, False, False, True]


def test_stored_bars_are_seen_as_a_session_sees_them_and_by_what_was_stored_of_then(tmp_path: Path) -> None:
    config = TradewindConfig(home=tmp_path, session=SessionConfig(symbols=("AAPL",)))
    workspace = open_workspace(config)
    workspace.bars.make()
    tables = workspace.tables
    request = BarRequest("AAPL", "1d", parse_ns("2004-01-01"), parse_ns("2006-01-01"))
    load_history(SampleProvider(), [request], sample_instruments(), tables)
    late_closes = expected_closes("XNYS", "1d", parse_ns("2007-01-01"), parse_ns("2013-01-01"))
    late = BarColumns(
        "AAPL.XNAS",
        "1d",
        late_closes,
        *(np.full(len(late_closes), 1.0) for _ in range(5)),
        source="another",
    )
    save_bars(tables, late)
    (seen,) = universe_as_of(config, (), parse_ns("2005-02-26"))
    (price,) = [said.figure for name, said in seen.said if name == "trading"]
    assert seen.inside
    assert price < 1.0
