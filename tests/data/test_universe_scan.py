"""Universes as of a date: figures worked out by hand, ranks, dates against pandas, and nothing of later."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.app.market.candidates import candidate_of
from tradewind.core.errors import ConfigError, RegistryError
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.data.adjustment import split
from tradewind.data.reference.facts import Fact, FactKind
from tradewind.data.universe.registry import FILTERS, Candidate
from tradewind.data.universe.schedule import choosing_times
from tradewind.data.universe.screening import filter_settings, screen

START = parse_ns("2020-01-01")
AT = ("session", "universe", "filters")


def stock(symbol: str = "A", **changes: object) -> Instrument:
    fields: dict[str, object] = {
        "symbol": symbol,
        "asset_class": AssetClass.EQUITY,
        "venue": "XNYS",
        "quote_currency": "USD",
        "tick_size": "0.01",
        "lot_size": "1",
        "calendar": "24/7",
    }
    return Instrument(**(fields | changes))  # type: ignore[arg-type]


def bars_of(closes: list[float], volume: float = 1_000.0, symbol: str = "A", **more: object) -> BarColumns:
    price = np.array(closes)
    ts = START + NS_PER_DAY * np.arange(len(price), dtype=np.int64)
    volumes = np.full(len(price), volume)
    return BarColumns(f"{symbol}.XNYS", "1d", ts, price, price, price, price, volumes, **more)  # type: ignore[arg-type]


def at(bars: BarColumns, day: int, **more: object) -> Candidate:
    instrument = more.pop("instrument", stock())
    return candidate_of(
        instrument,  # type: ignore[arg-type]
        bars,
        "24/7",
        more.pop("actions", ()),  # type: ignore[arg-type]
        more.pop("facts", ()),  # type: ignore[arg-type]
        START + day * NS_PER_DAY,
    )


def ask(name: str, candidate: Candidate, **given: object) -> tuple[bool, float]:
    (own,) = (v for k, v in filter_settings({name: given}, AT).items() if k == name)
    said = FILTERS.get(name)(candidate, own)
    assert said.words
    return said.passes, said.figure


def test_figures_by_hand() -> None:
    closes = [10.0, 11.0, 12.0, 11.0, 10.0, 9.0]
    seen = at(bars_of(closes), 4)
    assert ask("price", seen, least=10.0) == (True, 10.0)
    assert ask("price", seen, most=9.5) == (False, 10.0)
    assert ask("liquidity", seen, least=11_000.0, days=90) == (True, 11_000.0)
    assert ask("liquidity", seen, least=11_001.0, days=90)[0] is False
    assert ask("liquidity", seen, least=10_500.0, days=2) == (True, 10_500.0)  # the last two days alone
    assert ask("age", seen, least_days=5) == (False, 4.0)
    listed = Fact("A.XNYS", FactKind.LISTED, "", START - 96 * NS_PER_DAY, START - 96 * NS_PER_DAY)
    assert ask("age", at(bars_of(closes), 4, facts=[listed]), least_days=100) == (True, 100.0)
    returns = np.log(np.array(closes[1:]) / np.array(closes[:-1]))
    wanted = float(pd.Series(returns).std()) * math.sqrt(252)
    assert ask("volatility", at(bars_of(closes), 5), days=5, most=9.0) == (True, pytest.approx(wanted))
    assert ask("volatility", seen, days=5)[0] is False, "too few days to tell"
    assert ask("trading", at(bars_of(closes), 12)) == (True, 7.0)
    assert ask("trading", at(bars_of(closes), 13)) == (False, 8.0)
    assert ask("spread", seen, most_bps=1.0) == (False, 2.0)
    assert ask("asset_class", seen)[0] is True
    assert ask("asset_class", seen, allowed=["crypto"])[0] is False
    assert ask("quality", seen)[0] is True


def test_what_is_not_known_lets_nobody_in_and_markets_without_volume_are_not_asked_for_it() -> None:
    seen = at(bars_of([10.0, 11.0]), 1)
    for name in ("sector", "market_value", "index_member"):
        assert ask(name, seen)[0] is False
    rate = at(bars_of([1.1, 1.2], volume=0.0, has_volume=False), 1)
    assert ask("liquidity", rate)[0] is True
    told = [
        Fact("A.XNYS", FactKind.SECTOR, "tech", START, START),
        Fact("A.XNYS", FactKind.JOINED, "S&P 500", START, START + NS_PER_DAY),
    ]
    early, late = at(bars_of([10.0, 11.0]), 0, facts=told), at(bars_of([10.0, 11.0]), 1, facts=told)
    assert ask("sector", late, allowed=["tech"])[0] is True
    assert (ask("index_member", early)[0], ask("index_member", late)[0]) == (False, True)


def test_a_price_is_on_the_basis_of_its_day() -> None:
    bars = bars_of([100.0, 100.0, 50.0])
    actions = (split("A.XNYS", int(bars.ts_event[2]), 2.0),)
    assert at(bars, 1, actions=actions).bars.close.tolist() == [100.0, 100.0]
    assert at(bars, 2, actions=actions).bars.close.tolist() == [50.0, 50.0, 50.0]


def test_the_most_traded_are_kept_and_the_others_told() -> None:
    made = [at(bars_of([10.0] * 5, v, s), 4, instrument=stock(s)) for s, v in (("A", 1), ("B", 9), ("C", 9))]
    stood = screen(made, filter_settings({}, AT), most=2)
    assert [(one.instrument_id, one.inside, one.rank) for one in stood] == [
        ("A.XNYS", False, 3),
        ("B.XNYS", True, 1),
        ("C.XNYS", True, 2),
    ]
    assert stood[0].why == "rank 3 by traded value"
    dead = [Fact("B.XNYS", FactKind.DELISTED, "0", START, START)]
    made[1] = at(bars_of([10.0] * 5, 9, "B"), 4, instrument=stock("B"), facts=dead)
    stood = screen(made, filter_settings({"price": {"least": 1.0}}, AT), most=2)
    assert [one.inside for one in stood] == [True, False, True]
    assert stood[1].why == "trading: it was delisted on 2020-01-01"


def test_values_in_several_currencies_are_not_ranked_together() -> None:
    """A million yen is not more than a hundred thousand dollars."""
    quotes = {"A": "USD", "B": "JPY", "C": "USDT", "D": "USDC"}

    def of(*names: str, **more: object) -> list[Candidate]:
        made = {name: stock(name, quote_currency=quotes[name]) for name in names}
        return [at(bars_of([10.0] * 5, 9, name, **more), 4, instrument=one) for name, one in made.items()]

    plain = filter_settings({}, AT)
    with pytest.raises(ConfigError, match=r"B\.XNYS in JPY, A\.XNYS in USD"):
        screen(of("A", "B"), plain, most=1)
    assert [one.inside for one in screen(of("A", "B"), plain)] == [True, True]
    assert [one.rank for one in screen(of("A", "C", "D"), plain, most=3)] == [1, 2, 3]
    stood = screen(of("A", "B", has_volume=False), plain, most=1)
    assert [one.why for one in stood] == ["", "no traded value is known to rank it by"]


def test_filters_and_settings_that_there_are_not_are_named() -> None:
    with pytest.raises(RegistryError, match="no universe filter called 'lucky'"):
        filter_settings({"lucky": {}}, AT)
    with pytest.raises(ConfigError, match=r"session\.universe\.filters\.price"):
        filter_settings({"price": {"lest": 1.0}}, AT)
    with pytest.raises(ConfigError, match=r"filters\.liquidity\.days"):
        filter_settings({"liquidity": {"days": 0}}, AT)


@settings(max_examples=60, deadline=None)
@given(
    first=st.integers(0, 4_000),
    length=st.integers(1, 900),
    hour=st.integers(0, 23),
    every=st.sampled_from(["week", "month", "quarter", "year"]),
)
def test_dates_are_those_of_pandas(first: int, length: int, hour: int, every: str) -> None:
    begin = pd.Timestamp("2010-01-01", tz="UTC") + pd.Timedelta(days=first, hours=hour)
    end = begin + pd.Timedelta(days=length)
    rule = {"week": "W-MON", "month": "MS", "quarter": "QS", "year": "YS"}[every]
    dates = pd.date_range(begin.normalize(), end, freq=rule)
    theirs = [begin, *(d for d in dates if begin < d < end)]
    mine = choosing_times(every, begin.value, end.value)  # type: ignore[arg-type]
    assert mine == [d.value for d in theirs]
    assert choosing_times("once", begin.value, end.value) == [begin.value]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**32 - 1), st.floats(0.2, 5.0))
def test_a_universe_does_not_change_by_anything_that_comes_after(day: int, seed: int, shock: float) -> None:
    rng = np.random.default_rng(seed)
    closes = (20 * np.exp(np.cumsum(rng.normal(0, 0.02, 70)))).tolist()
    future = [*closes[: day + 1], *(shock * c for c in closes[day + 1 :])]
    told = [Fact("A.XNYS", FactKind.SECTOR, "tech", START, START)]
    later = Fact(
        "A.XNYS", FactKind.DELISTED, "0", START + (day + 3) * NS_PER_DAY, START + (day + 1) * NS_PER_DAY
    )
    filters: dict[str, dict[str, object]] = {
        "price": {"least": 15.0},
        "liquidity": {"least": 18_000.0},
        "volatility": {"most": 0.35, "days": 10},
        "quality": {},
        "sector": {"allowed": ["tech"]},
    }
    chosen: Callable[[list[float], list[Fact]], object] = lambda prices, facts: screen(  # noqa: E731
        [at(bars_of(prices), day, facts=facts)], filter_settings(filters, AT)
    )
    one, other = chosen(closes, told), chosen(future, [*told, later])
    assert repr(one) == repr(other)
