"""Sizes by hand, and that no step ever passes a ceiling, counted again without the package."""

import math
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.book import Book, Ledger, Position, PositionKey
from tradewind.core.errors import ConfigError, UnknownSymbolError
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.orders import Order, Pending, Side
from tradewind.portfolio.kelly import KellySettings, TradeRecord
from tradewind.portfolio.leverage import AGGRESSIVE, LeverageSettings, leverage_ceiling
from tradewind.portfolio.sizing import SizingInputs, SizingSettings, size_target
from tradewind.portfolio.targets import forecasts_to_targets
from tradewind.portfolio.volatility_target import RunningVolatility, volatility_target

E8 = 100_000_000


def inst(symbol: str, kind: AssetClass, tick: str, lot: str, **changes: object) -> Instrument:
    fields: dict[str, object] = {
        "symbol": symbol,
        "asset_class": kind,
        "venue": "SIM",
        "quote_currency": "USD",
        "tick_size": tick,
        "lot_size": lot,
        "calendar": "24/7",
    }
    return Instrument(**(fields | changes))  # type: ignore[arg-type]


ALL = {
    i.id: i
    for i in (
        inst("AAPL", AssetClass.EQUITY, "0.01", "1"),
        inst("MSFT", AssetClass.EQUITY, "0.01", "1", shortable=False),
        inst("BTC/USD", AssetClass.CRYPTO, "0.01", "0.00000001"),
        inst("USD/JPY", AssetClass.FX, "0.001", "1000", quote_currency="JPY"),
    )
}
MARKS = {"AAPL.SIM": 17_000, "MSFT.SIM": 41_000, "BTC/USD.SIM": 7_000_000, "USD/JPY.SIM": 148_000}


def own(instrument_id: str, strategy: str = "s") -> PositionKey:
    return PositionKey("main", strategy, instrument_id)


def make_book(equity: int = 100_000, held: dict[str, int] | None = None) -> Book:
    return Book(
        base_currency="USD",
        instruments=dict(ALL),
        accounts={"main": {"USD": Ledger(cash_e8=equity * E8)}},
        rates={"JPY": (1, 148)},
        mark_ticks=dict(MARKS),
        positions={
            own(i): Position(instrument_id=i, strategy="s", quantity_lots=q) for i, q in (held or {}).items()
        },
        net_lots={i: q for i, q in (held or {}).items() if q},
        equity_e8=equity * E8,
    )


def view(edge: float = 60.0, **changes: object) -> SizingInputs:
    fields: dict[str, object] = {
        "edge_bps": edge,
        "cost_bps": 10.0,
        "confidence": 0.5,
        "horizon_bars": 5,
        "bars_per_year": 252.0,
        "volatility_annual": 0.3,
    }
    return SizingInputs(**(fields | changes))  # type: ignore[arg-type]


def dollars(instrument_id: str, lots: int) -> Decimal:
    i = ALL[instrument_id]
    amount = MARKS[instrument_id] * Decimal(i.tick_size) * lots * Decimal(i.lot_size)
    return amount if i.quote_currency == "USD" else amount / 148


def test_every_step_by_hand() -> None:
    sized = size_target(view(20.0), own("AAPL.SIM"), make_book(), SizingSettings())
    kelly = 0.25 * 10e-4 / (0.09 * 5 / 252)
    assert sized.steps["kelly"] == pytest.approx(kelly)
    assert sized.steps["confidence"] == pytest.approx(kelly / 2)
    assert list(sized.steps) == [
        "kelly",
        "confidence",
        "regime",
        "volatility_target",
        "position_limit",
        "leverage",
        "class_headroom",
        "gross_headroom",
        "rounding",
    ]
    assert sized.target_lots == math.floor(kelly / 2 * 100_000 / 170)
    assert sized.steps["rounding"] == pytest.approx(sized.target_lots * 170 / 100_000)


@pytest.mark.parametrize(
    ("changes", "lots", "step"),
    [
        ({}, 147, "position_limit"),  # 25 % of 100,000 at 170
        ({"volatility_annual": 1.2, "edge_bps": 2_000.0}, 73, "volatility_target"),  # 12.5 %
        ({"regime_scale": 0.0}, 0, "regime"),
        ({"daily_value": 1_000_000.0}, 58, "liquidity"),  # 1 % of it, in whole lots to the nearest: 59
        ({"edge_bps": 10.0}, 0, "kelly"),
        ({"edge_bps": -60.0}, -147, "position_limit"),
        ({"confidence": 0.0}, 0, "confidence"),
    ],
)
def test_one_ceiling_at_a_time(changes: dict[str, object], lots: int, step: str) -> None:
    inputs = view(**changes) if "edge_bps" not in changes else view()._replace(**changes)
    sized = size_target(inputs, own("AAPL.SIM"), make_book(), SizingSettings())
    assert abs(sized.target_lots - lots) <= (1 if step == "liquidity" else 0)
    assert step in sized.steps


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"volatility_annual": math.nan}, "volatility"),
        ({"volatility_annual": 0.0}, "volatility"),
        ({"edge_bps": math.nan}, "not finite"),
        ({"cost_bps": math.inf}, "not finite"),
        ({"confidence": math.nan}, "not finite"),
    ],
)
def test_what_is_unknown_is_not_traded(changes: dict[str, float], note: str) -> None:
    sized = size_target(view()._replace(**changes), own("AAPL.SIM"), make_book(), SizingSettings())
    assert sized.target_lots == 0
    assert note in sized.note


def test_no_price_no_rate_no_equity_no_shorting() -> None:
    book = make_book()
    del book.mark_ticks["AAPL.SIM"]
    assert "no price" in size_target(view(), own("AAPL.SIM"), book, SizingSettings()).note
    book = make_book()
    book.rates.clear()
    assert "no rate" in size_target(view(), own("USD/JPY.SIM"), book, SizingSettings()).note
    assert "equity" in size_target(view(), own("AAPL.SIM"), make_book(0), SizingSettings()).note
    short = size_target(view(-60.0), own("MSFT.SIM"), make_book(), SizingSettings())
    assert (short.target_lots, short.steps["shorting"]) == (0, 0.0)
    book = make_book(held={"USD/JPY.SIM": 5})
    book.rates.clear()
    assert "exposure is unknown" in size_target(view(), own("AAPL.SIM"), book, SizingSettings()).note


def test_headroom_counts_the_open_orders_of_others() -> None:
    book = make_book(held={"MSFT.SIM": 150})  # 61.5 %
    room = size_target(view(), own("AAPL.SIM"), book, SizingSettings())
    assert room.steps["gross_headroom"] == pytest.approx(0.25)
    order = Order(
        client_order_id="o",
        decision_id="d",
        strategy="s",
        instrument_id="MSFT.SIM",
        side=Side.BUY,
        quantity_lots=60,
    )
    book.open_orders["o"] = Pending(order=order, filled_lots=10)
    room = size_target(view(), own("AAPL.SIM"), book, SizingSettings())
    assert room.steps["gross_headroom"] == pytest.approx(0.98 - 200 * 410 / 100_000)
    assert room.target_lots == math.floor(16_000 / 170)


def test_kelly_by_trades() -> None:
    record = TradeRecord([0.04, -0.02] * 20)
    sized = size_target(view(trades=record), own("AAPL.SIM"), make_book(), SizingSettings())
    assert sized.steps["kelly"] == pytest.approx(0.25 * 12.5)
    few = size_target(view(-60.0, trades=TradeRecord()), own("AAPL.SIM"), make_book(), SizingSettings())
    assert few.steps["kelly"] == -0.01
    with pytest.raises(ConfigError, match="shrinkage"):
        SizingSettings(kelly=KellySettings(prior_trades=10))
    SizingSettings(kelly=KellySettings(prior_trades=10), use_confidence=False)


def test_leverage_is_one_unless_asked_for() -> None:
    assert leverage_ceiling(LeverageSettings(), "equity", 1.0, 0.05) == 1.0
    assert leverage_ceiling(AGGRESSIVE, "fx", 1.0, 0.10) == 10.0  # the class is lower than 12.5
    assert leverage_ceiling(AGGRESSIVE, "fx", 0.5, 0.10) == 5.0
    assert leverage_ceiling(AGGRESSIVE, "crypto", 1.0, 0.10) == 3.0
    assert leverage_ceiling(AGGRESSIVE, "equity", 1.0, 0.80) == pytest.approx(12.5 / 4)
    assert leverage_ceiling(AGGRESSIVE, "equity", 0.0, 9.0) == 1.0
    with pytest.raises(ConfigError, match="makes no sense"):
        LeverageSettings(base=2.0, ceiling=1.0)


@settings(max_examples=300, deadline=None)
@given(
    instrument_id=st.sampled_from(sorted(ALL)),
    edge=st.floats(-2_000, 2_000),
    cost=st.floats(0, 200),
    confidence=st.floats(0, 1),
    volatility=st.floats(0.01, 3.0),
    horizon=st.integers(1, 60),
    held=st.dictionaries(st.sampled_from(sorted(ALL)), st.integers(-150, 150), max_size=4),
    equity=st.integers(100, 1_000_000),
    daily=st.one_of(st.just(math.nan), st.floats(0, 1e9)),
)
def test_no_size_passes_a_ceiling_and_each_has_the_sign_of_its_edge(
    instrument_id: str,
    edge: float,
    cost: float,
    confidence: float,
    volatility: float,
    horizon: int,
    held: dict[str, int],
    equity: int,
    daily: float,
) -> None:
    book = make_book(equity, held)
    inputs = view(
        edge,
        cost_bps=cost,
        confidence=confidence,
        volatility_annual=volatility,
        horizon_bars=horizon,
        daily_value=daily,
    )
    sized = size_target(inputs, own(instrument_id), book, SizingSettings())
    lots = sized.target_lots
    assert lots * edge >= 0
    if abs(edge) <= cost:
        assert lots == 0
    if lots < 0:
        assert ALL[instrument_id].shortable
    worth = abs(dollars(instrument_id, lots))
    limit = Decimal("0.20") if instrument_id == "BTC/USD.SIM" else Decimal("0.25")
    dust = Decimal("1e-7")
    assert worth <= limit * equity + dust
    others = sum((abs(dollars(s, q)) for s, q in held.items() if s != instrument_id), Decimal(0))
    if lots:
        assert worth + others <= Decimal("0.98") * equity + dust
    assert float(worth) * volatility <= 0.15 * equity * (1 + 1e-9) + 1e-6
    weights = list(sized.steps.values())
    assert all(abs(b) <= abs(a) + 1e-15 for a, b in pairwise(weights))
    if daily == daily:
        i = ALL[instrument_id]
        one = float(Decimal(i.tick_size) * Decimal(i.lot_size)) * MARKS[instrument_id]
        assert abs(lots) * one <= daily * 0.01 + one / 2 + 1e-9


def test_targets_together_fit_under_the_gross_limit() -> None:
    wide = SizingSettings(gross_limit=0.5, cash_reserve=0.0)
    views = {own(s): view() for s in ("AAPL.SIM", "MSFT.SIM", "BTC/USD.SIM")}
    targets = {t.holder.instrument_id: t for t in forecasts_to_targets(views, make_book(), wide)}
    total = sum(abs(dollars(s, t.lots)) for s, t in targets.items())
    assert Decimal("49_000") < total <= 50_000
    assert "scaled_together" in targets["AAPL.SIM"].steps
    with pytest.raises(UnknownSymbolError, match="XYZ"):
        forecasts_to_targets({own("XYZ"): view()}, make_book(), wide)


def test_small_changes_are_not_traded_but_closing_is() -> None:
    book = make_book(held={"AAPL.SIM": 140})
    banded = forecasts_to_targets({own("AAPL.SIM"): view()}, book, SizingSettings(), band=0.02)
    assert (banded[0].lots, "no_trade_band" in banded[0].steps) == (140, True)
    assert forecasts_to_targets({own("AAPL.SIM"): view()}, book, SizingSettings(), band=0.01)[0].lots == 147
    assert forecasts_to_targets({own("AAPL.SIM"): view(1.0)}, book, SizingSettings(), band=9.0)[0].lots == 0
    flipped = forecasts_to_targets({own("AAPL.SIM"): view(-60.0)}, book, SizingSettings(), band=9.0)
    assert flipped[0].lots == -147


def test_volatility_target_and_running_volatility() -> None:
    assert volatility_target(0.5, 0.6, 0.15) == pytest.approx(0.25)
    assert volatility_target(-0.5, 0.6, 0.15) == pytest.approx(-0.25)
    assert volatility_target(0.1, 0.6, 0.15) == 0.1
    assert volatility_target(0.1, math.nan, 0.15) == 0.0
    rng = np.random.default_rng(4)
    returns = rng.normal(0, 0.01, 300)
    running = RunningVolatility(252.0)
    for r in returns[:19].tolist():
        running.add(r)
    assert math.isnan(running.annual)
    for r in [*returns[19:].tolist(), math.nan]:
        running.add(r)
    weights = 0.94 ** np.arange(299, -1, -1)
    expected = math.sqrt(np.sum(weights * returns**2) / weights.sum() * 252)
    assert running.annual == pytest.approx(expected)
    other = RunningVolatility(252.0)
    other.take_state(running.state())
    assert other.annual == running.annual
