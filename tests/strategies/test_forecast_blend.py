"""The forecast blend: targets that fit together, a split without a jump, and the slower timeframe's word."""

import math
from decimal import Decimal

import msgspec
import pytest

from tradewind.core.accounts import CorporateAction
from tradewind.core.book import Book, Ledger, PositionKey
from tradewind.core.decisions import DecisionMade, InstrumentFailed
from tradewind.core.errors import ConfigError
from tradewind.core.events import ModelStatus, Timer
from tradewind.core.forecasts import FactorRow, Forecast
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar
from tradewind.core.vocabulary import ActionKind, PromotionOutcome, TimerName
from tradewind.ensemble.conditions import ConditionSettings
from tradewind.ensemble.filter_registry import FilterSettings
from tradewind.ensemble.timeframes import TimeframeSettings
from tradewind.portfolio.sizing import SizingInputs, SizingSettings
from tradewind.strategies.fitting import fitted_targets
from tradewind.strategies.forecast_blend import ForecastStrategy
from tradewind.strategies.settings import Pace, StrategySettings

HOUR = 3_600_000_000_000


def share(symbol: str, currency: str = "USD") -> Instrument:
    return Instrument(
        symbol=symbol,
        asset_class=AssetClass.EQUITY,
        venue="SIM",
        quote_currency=currency,
        tick_size="0.01",
        lot_size="1",
        calendar="24/7",
    )


SHARES = (share("A"), share("B"), share("C", "SEK"))


def book_of(price: float = 100.0) -> Book:
    cash = round(100_000 * 1e8)
    return Book(
        base_currency="USD",
        instruments={one.id: one for one in SHARES},
        accounts={"main": {"USD": Ledger(cash_e8=cash, paid_in_e8=cash)}},
        mark_ticks={one.id: round(price / float(Decimal(one.tick_size))) for one in SHARES},
        equity_e8=cash,
    )


EASY = StrategySettings(
    horizon_bars=1,
    conditions=ConditionSettings(),
    filters=FilterSettings(needed=1, filters=("probability",)),
    score_quantile=0.5,
    least_scores=1,
)


def strategy(settings: StrategySettings = EASY, **options: object) -> ForecastStrategy:
    fields: dict[str, object] = {
        "paces": {one.id: Pace(24 * 365.25, 24.0) for one in SHARES},
        "timeframe": "1h",
        "sources": [("m", 1)],
    }
    return ForecastStrategy(SHARES, ("x",), {}, lambda *_: "", settings, **(fields | options))  # type: ignore[arg-type]


def bar(instrument_id: str, n: int, close: float) -> Bar:
    return Bar(
        ts_event=n * HOUR,
        instrument_id=instrument_id,
        open=close,
        high=close,
        low=close,
        close=close,
        volume=1e6,
        timeframe="1h",
    )


def warmed(made: ForecastStrategy, book: Book, bars: int = 40, drift: float = 0.0) -> int:
    """Closes that swing by 1 % an hour around a drift."""
    made.on_event(
        ModelStatus(ts_event=0, model="m", model_version="1", verdict=PromotionOutcome.ACCEPTED, weight=1.0),
        book,
    )
    made._scores.add(0.5)
    for n in range(1, bars + 1):
        for one in SHARES:
            made.on_event(bar(one.id, n, 100.0 * (1.0 + 0.01 * (n % 2)) * (1.0 + drift) ** n), book)
    return bars


def decided(made: ForecastStrategy, book: Book, n: int, *, horizon: int = 1, edge: float = 80.0) -> list:
    for one in SHARES:
        made.on_event(FactorRow(ts_event=n * HOUR, instrument_id=one.id, values=(1.0,), timeframe="1h"), book)
        forecast = Forecast(
            ts_event=n * HOUR,
            instrument_id=one.id,
            model="m",
            model_version="1",
            horizon_bars=horizon,
            expected_return_bps=edge,
            probability_up=0.7,
            confidence=0.5,
            lower_bps=-10.0,
            upper_bps=90.0,
            timeframe="1h",
        )
        made.on_event(forecast, book)
    return list(made.on_event(Timer(ts_event=n * HOUR, name=TimerName.DECIDE), book))


def test_one_that_cannot_be_sized_does_not_stop_the_rest() -> None:
    made, book = strategy(), book_of()
    said = decided(made, book, warmed(made, book))
    by_id = {one.instrument_id: one for one in said}
    assert isinstance(by_id["C.SIM"], InstrumentFailed)  # no rate from SEK
    assert "SEK" in by_id["C.SIM"].error
    for instrument_id in ("A.SIM", "B.SIM"):
        one = by_id[instrument_id]
        assert isinstance(one, DecisionMade)
        assert (one.outcome, one.timeframe) == ("trade", "1h")
        assert one.target_lots > 0


def test_targets_of_a_cycle_fit_under_the_gross_limit_together() -> None:
    settings = msgspec.structs.replace(
        EASY, sizing=SizingSettings(use_confidence=False, gross_limit=0.3, cash_reserve=0.0)
    )
    made, book = strategy(settings), book_of()
    said = [d for d in decided(made, book, warmed(made, book)) if isinstance(d, DecisionMade)]
    assert len(said) == 2
    assert sum(abs(d.target_lots) * 100.0 for d in said) <= 0.3 * 100_000
    assert all("scaled_together" in d.sizing for d in said)


def test_one_that_raises_is_told_apart_and_the_risk_level_is_the_last_step() -> None:
    view = SizingInputs(
        edge_bps=80.0,
        cost_bps=1.0,
        confidence=0.5,
        horizon_bars=1,
        bars_per_year=365.25,
        volatility_annual=0.2,
    )
    book = book_of()
    holders = [PositionKey("main", "s", one.id) for one in SHARES[:2]]
    targets, failed = fitted_targets(
        dict.fromkeys(holders, view), book, SizingSettings(use_confidence=False), 0.5
    )
    assert not failed
    strange = PositionKey("main", "s", "Z.SIM")
    some, failed = fitted_targets(
        {strange: view} | dict.fromkeys(holders, view), book, SizingSettings(use_confidence=False), 0.5
    )
    assert some == targets
    assert list(failed) == [strange]
    assert "Z.SIM" in failed[strange]
    for target in targets.values():
        full = target.steps["rounding"] if "rounding" in target.steps else list(target.steps.values())[-2]
        assert target.steps["risk_level"] == pytest.approx(0.5 * full, rel=0.02)


def test_an_entry_below_the_venues_minimum_is_not_made_and_said_so() -> None:
    made, book = strategy(), book_of()
    free = {
        d.instrument_id: d for d in decided(made, book, warmed(made, book)) if isinstance(d, DecisionMade)
    }
    worth = {name: one.target_lots * 100 for name, one in free.items()}
    assert worth["A.SIM"] == worth["B.SIM"] > 0
    made, book = strategy(), book_of()
    for name, least in (("A.SIM", worth["A.SIM"]), ("B.SIM", worth["B.SIM"] + 1)):
        book.instruments[name] = msgspec.structs.replace(book.instruments[name], minimum_notional=str(least))
    one, other = (d for d in decided(made, book, warmed(made, book)) if isinstance(d, DecisionMade))
    assert (one.outcome, one.target_lots) == ("trade", free["A.SIM"].target_lots)
    assert (other.outcome, other.target_lots) == ("blocked", 0)
    assert "less than the venue's minimum notional" in other.reason


def test_forecasts_of_other_models_and_horizons_are_not_its_own() -> None:
    made, book = strategy(), book_of()
    n = warmed(made, book)
    assert decided(made, book, n, horizon=5) == []
    other = strategy(sources=[("other", 1)])
    assert decided(other, book, warmed(other, book)) == []


def test_a_split_moves_no_volatility_and_judges_no_forecast_by_the_jump() -> None:
    made, plain, book = strategy(), strategy(), book_of()
    for one in (made, plain):
        decided(one, book, warmed(one, book))
    split = CorporateAction(
        ts_event=41 * HOUR - 1, instrument_id="A.SIM", kind=ActionKind.SPLIT, numerator=4, denominator=1
    )
    made.on_event(split, book)
    made.on_event(bar("A.SIM", 41, 25.25), book)
    plain.on_event(bar("A.SIM", 41, 101.0), book)
    one, other = (s._memory.instruments["A.SIM"] for s in (made, plain))
    assert one.returns == pytest.approx(other.returns)
    assert one.volatility_annual(8766.0) == pytest.approx(other.volatility_annual(8766.0))
    assert made._weights.records()["m"].skill == plain._weights.records()["m"].skill
    assert made._weights.records()["m"].judged == 1


def test_volatility_and_a_days_value_go_by_the_strategys_own_bars() -> None:
    made, book = strategy(), book_of()
    warmed(made, book)
    memory = made._memory.instruments["A.SIM"]
    swing = [0.01 if n % 2 else 1 / 1.01 - 1 for n in range(20)]
    mean = sum(swing) / 20
    deviation = math.sqrt(sum((r - mean) ** 2 for r in swing) / 19)
    assert memory.volatility_annual(24 * 365.25) == pytest.approx(deviation * math.sqrt(24 * 365.25))
    assert memory.daily_value(24.0) == pytest.approx(24 * 1e6 * 100.5, rel=1e-6)


def test_the_slower_timeframe_raises_or_lowers_confidence() -> None:
    context = msgspec.structs.replace(EASY, context=TimeframeSettings(window=5, least=3))
    for drift, edge, lower, upper in ((0.002, 80.0, 0.5, 0.7), (-0.002, 80.0, 0.1, 0.5)):
        made, book = strategy(context), book_of()
        n = warmed(made, book, 24 * 7, drift)
        one = next(d for d in decided(made, book, n, edge=edge) if isinstance(d, DecisionMade))
        (said,) = [v for v in one.verdicts if v.name == "context"]
        assert (said.passed, said.hard) == (drift > 0, False)
        assert lower - 1e-9 <= one.confidence <= upper + 1e-9
        assert one.confidence != 0.5
        again = strategy(context)
        again.restore(made.snapshot())
        assert again.snapshot() == made.snapshot()
    with pytest.raises(ConfigError, match="4h have no context"):
        strategy(context, timeframe="4h")
