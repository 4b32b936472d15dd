"""Hard conditions, score thresholds, timeframes and regimes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import ConfigError, RegistryError
from tradewind.core.market import Bar, Timeframe
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, parse_ns
from tradewind.ensemble.conditions import (
    ConditionSettings,
    ScoreThreshold,
    all_hold,
    first_failure,
    hard_conditions,
)
from tradewind.ensemble.regime import PROFILES, RegimeSettings, RegimeTracker
from tradewind.ensemble.timeframes import ContextTrend, TimeframeSettings, aligned_confidence

# Conditions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "edge", "holds"), [(1, 11.0, False), (1, 11.1, True), (-1, 11.1, False), (-1, -11.1, True)]
)
def test_the_edge_must_beat_its_cost_by_the_margin(side: int, edge: float, holds: bool) -> None:
    verdicts = hard_conditions(side=side, edge_bps=edge, cost_bps=10.0, score=0.6, threshold=0.55)
    assert all_hold(verdicts) is holds
    assert all(v.hard for v in verdicts)


def test_blocks_and_nan_stand_against_it() -> None:
    good = {"side": 1, "edge_bps": 30.0, "cost_bps": 5.0, "score": 0.6, "threshold": 0.5}
    blocked = hard_conditions(**good, blocks=["drawdown stands", "earnings today"])  # type: ignore[arg-type]
    assert first_failure(blocked) == "no_block: 1 against 0 (drawdown stands)"
    assert [v.note for v in blocked[2:]] == ["drawdown stands", "earnings today"]
    assert first_failure(hard_conditions(**good)) == ""  # type: ignore[arg-type]
    for name in ("edge_bps", "cost_bps", "score", "threshold"):
        failing = hard_conditions(**(good | {name: math.nan}))  # type: ignore[arg-type]
        assert not all_hold(failing), name
        assert "NaN" in first_failure(failing)
    assert not all_hold(hard_conditions(**good, settings=ConditionSettings(margin_bps=25.0)))  # type: ignore[arg-type]


@given(st.lists(st.floats(0, 1), min_size=60, max_size=200), st.floats(0.05, 0.95))
def test_score_threshold_is_numpys_quantile_of_the_latest(scores: list[float], q: float) -> None:
    threshold = ScoreThreshold(scores, quantile=q, lookback=100, least=50)
    assert threshold.value == pytest.approx(float(np.quantile(scores[-100:], q)), abs=1e-12)
    assert threshold.scores() == scores[-100:]


def test_too_few_scores_pass_nothing() -> None:
    threshold = ScoreThreshold([0.5] * 49)
    assert math.isnan(threshold.value)
    threshold.add(math.nan)
    assert math.isnan(threshold.value)
    threshold.add(0.5)
    assert threshold.value == 0.5
    with pytest.raises(ConfigError, match=r"1\.5"):
        ScoreThreshold(quantile=1.5)


# Timeframes ----------------------------------------------------------------------------------


def hourly(closes: list[float], start: str = "2024-03-04T01:00:00+00:00") -> list[Bar]:
    first = parse_ns(start)
    return [
        Bar(
            ts_event=first + i * NS_PER_HOUR,
            instrument_id="BTC/USD",
            open=c,
            high=c,
            low=c,
            close=c,
            timeframe="1h",
        )
        for i, c in enumerate(closes)
    ]


def test_only_closed_context_bars_count() -> None:
    trend = ContextTrend(Timeframe.D1)
    rng = np.random.default_rng(3)
    closes = (100 * np.exp(np.cumsum(rng.normal(0.002, 0.004, 24 * 12)))).tolist()
    bars = hourly(closes)
    for i, bar in enumerate(bars):
        trend.on_bar(bar)
        daily = closes[23 : i + 1 : 24]  # the close at each midnight so far
        returns = np.diff(daily) / daily[:-1]
        expected = 0.0
        if len(returns) >= 6:
            t = returns.mean() / (returns.std(ddof=1) / math.sqrt(len(returns)))
            expected = math.tanh(t / 2)
        assert trend.trend == pytest.approx(expected, abs=1e-9), i
    assert trend.trend > 0.5
    assert trend.alignment(-1) == -trend.alignment(1)
    other = ContextTrend(Timeframe.D1)
    other.restore(trend.snapshot())
    assert other.trend == trend.trend
    assert other.snapshot() == trend.snapshot()


def test_weeks_end_on_sunday_midnight_and_a_gap_closes_the_bar() -> None:
    trend = ContextTrend(Timeframe.W1, TimeframeSettings(least=3, window=5))
    start = parse_ns("2024-01-05T21:00:00+00:00")  # Friday's close
    for week in range(6):
        for day in range(-4, 1):
            ts = start + (7 * week + day) * NS_PER_DAY
            c = 100.0 + week + 0.1 * day + 0.3 * (week % 2)
            trend.on_bar(Bar(ts_event=ts, instrument_id="A", open=c, high=c, low=c, close=c))
    # Five weeks have ended (the sixth Friday is not followed by anything yet): four returns.
    fridays = [100.0 + w + 0.3 * (w % 2) for w in range(5)]
    returns = np.diff(fridays) / fridays[:-1]
    t = returns.mean() / (returns.std(ddof=1) / 2)
    assert trend.trend == pytest.approx(math.tanh(t / 2))


@given(st.floats(0, 1), st.floats(-1, 1))
def test_agreement_raises_confidence_by_a_fifth_at_most(confidence: float, alignment: float) -> None:
    found = aligned_confidence(confidence, alignment, TimeframeSettings())
    assert 0.0 <= found <= min(1.0, confidence + 0.2 + 1e-12)
    assert (found <= confidence) if alignment <= 0 else (found >= confidence)


def test_timeframe_settings_are_checked() -> None:
    with pytest.raises(ConfigError, match=r"0\.3"):
        ContextTrend(Timeframe.H1, TimeframeSettings(most_raise=0.3))
    with pytest.raises(ConfigError, match="at least 9"):
        ContextTrend(Timeframe.H1, TimeframeSettings(window=5, least=9))


# Regimes -------------------------------------------------------------------------------------


def alternating(size: float, drift: float, count: int) -> list[float]:
    return [drift + (size if i % 2 else -size) for i in range(count)]


@pytest.mark.parametrize(
    ("annual", "state"), [(0.09, "low"), (0.15, "normal"), (0.25, "high"), (0.35, "extreme")]
)
def test_classic_volatility_cuts(annual: float, state: str) -> None:
    daily = annual / math.sqrt(252) * math.sqrt(19 / 20)  # +-x over 20 bars has deviation x sqrt(20/19)
    tracker = RegimeTracker(RegimeSettings(profile="classic"), alternating(daily, 0.0, 20))
    regime = tracker.current()
    assert regime is not None
    assert regime.volatility_annual == pytest.approx(annual)
    assert regime.volatility == state


@pytest.mark.parametrize(
    ("drift", "trend", "momentum", "composite"),
    [
        (0.0, "sideways", "neutral", "range"),
        (0.0002, "sideways", "bull", "bull"),  # 0.4 %; 5 % a year and a little
        (-0.0015, "weak", "bear", "bear"),
        (0.0030, "strong", "bull", "trend_up"),
        (-0.0030, "strong", "bear", "trend_down"),
    ],
)
def test_classic_trend_and_momentum(drift: float, trend: str, momentum: str, composite: str) -> None:
    tracker = RegimeTracker(RegimeSettings(profile="classic"), [drift] * 20)
    regime = tracker.current()
    assert regime is not None
    assert (regime.trend, regime.momentum, regime.composite) == (trend, momentum, composite)


def test_default_profile_follows_the_series_own_past() -> None:
    # Crypto-like swings of 70 % a year are normal to themselves; the classic profile calls them extreme.
    rng = np.random.default_rng(11)
    calm = rng.normal(0, 0.7 / math.sqrt(365), 600)
    settings = RegimeSettings(bars_per_year=365.0)
    tracker = RegimeTracker(settings)
    states = [r.volatility for x in calm if (r := tracker.update(float(x))) is not None]
    assert states.count("extreme") / len(states) < 0.12  # type: ignore[arg-type]
    storm = [tracker.update(float(x)) for x in rng.normal(0, 0.12, 20)][-1]
    assert storm is not None
    assert (storm.volatility, storm.composite) == ("extreme", "extreme_volatility")
    classic = RegimeTracker(RegimeSettings(profile="classic", bars_per_year=365.0), calm[:100])
    assert classic.current().volatility == "extreme"  # type: ignore[union-attr]


@pytest.mark.parametrize("profile", PROFILES.names())
def test_regimes_do_not_look_ahead_and_survive_a_restart(profile: str) -> None:
    rng = np.random.default_rng(5)
    returns = [float(x) for x in rng.normal(0.0005, 0.012, 300)]
    settings = RegimeSettings(profile=profile)
    one = RegimeTracker(settings)
    seen = [one.update(r) for r in returns[:200]]
    two = RegimeTracker(settings)
    two.restore(one.snapshot())
    assert two.snapshot() == one.snapshot()
    assert [one.update(r) for r in returns[200:]] == [two.update(r) for r in returns[200:]]
    changed = RegimeTracker(settings)
    assert [changed.update(r) for r in returns[:200]] == seen
    assert RegimeTracker(settings, returns[:200]).current() == seen[-1]
    assert changed.update(math.nan) == seen[-1]  # left out


def test_too_little_history_is_no_regime() -> None:
    tracker = RegimeTracker(RegimeSettings(profile="classic"))
    found = [tracker.update(r) for r in alternating(0.01, 0.0, 20)]
    assert found[:19] == [None] * 19
    assert found[19] is not None
    assert RegimeTracker(history=alternating(0.01, 0.0, 60)).current() is None
    with pytest.raises(RegistryError, match="astrology"):
        RegimeTracker(RegimeSettings(profile="astrology"))
    with pytest.raises(ConfigError, match="2 bars"):
        RegimeTracker(RegimeSettings(momentum_window=1))
