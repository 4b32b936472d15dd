"""Kelly against published examples, and the record of trades that feeds it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import ConfigError, DataError
from tradewind.kernels.sizing import kelly_at_risk, kelly_continuous, kelly_weight
from tradewind.portfolio.kelly import KellySettings, TradeRecord, discrete_kelly, forecast_kelly


@pytest.mark.parametrize(
    ("p", "b", "f"),
    [
        (0.51, 1.0, 0.02),  # Thorp (2006), section 2: p - q at even money
        (0.6, 1.0, 0.2),  # the coin of Haghani and Dewey (2016)
        (0.5, 2.0, 0.25),  # two to one on a fair coin
        (1 / 3, 2.0, 0.0),  # exactly fair
        (0.4, 1.0, 0.0),  # no edge, no bet
        (1.0, 1.0, 1.0),
        (0.5, 0.0, 0.0),
        (math.nan, 1.0, 0.0),
        (0.5, math.nan, 0.0),
    ],
)
def test_fraction_at_risk(p: float, b: float, f: float) -> None:
    assert kelly_at_risk(p, b) == pytest.approx(f, abs=1e-15)


def test_notional_weight_is_the_fraction_over_the_average_loss() -> None:
    # Wins of 4 % and losses of 2 %, half and half: 25 % at risk, so 12.5 times the capital.
    assert kelly_weight(0.5, 0.04, 0.02) == pytest.approx(12.5)
    assert kelly_weight(0.5, 0.04, 0.0) == 0.0


@given(st.floats(0.3, 0.9), st.floats(0.005, 0.2), st.floats(0.005, 0.2))
def test_the_weight_maximises_expected_log_growth(p: float, win: float, loss: float) -> None:
    weight = kelly_weight(p, win, loss)

    def growth(w: float) -> float:
        return p * math.log1p(w * win) + (1 - p) * math.log1p(-w * loss)

    if weight == 0.0:
        assert p * win <= (1 - p) * loss + 1e-12
        return
    best = growth(weight)
    for factor in (0.9, 0.99, 1.01, 1.1):
        if weight * factor * loss < 1.0:
            assert growth(weight * factor) <= best + 1e-12


def test_continuous_form_is_thorps() -> None:
    # Thorp (2006), section 7.1: the S&P 500 at 11 % with 15 % volatility over 6 % bills: f* = 2.22.
    assert kelly_continuous(0.11 - 0.06, 0.15**2) == pytest.approx(2.2222, abs=1e-4)
    assert kelly_continuous(-0.05, 0.0225) == pytest.approx(-2.2222, abs=1e-4)
    assert kelly_continuous(0.05, 0.0) == kelly_continuous(math.nan, 0.1) == 0.0
    assert kelly_continuous(0.05, math.nan) == 0.0
    assert forecast_kelly(0.05, 0.0225, KellySettings()) == pytest.approx(0.5556, abs=1e-4)


def test_record_counts_the_latest_trades() -> None:
    rng = np.random.default_rng(2)
    trades = rng.normal(0.001, 0.02, 400).tolist()
    record = TradeRecord(trades, lookback=252)
    latest = np.array(trades[-252:])
    assert len(record) == 252
    assert record.returns() == trades[-252:]
    assert record.win_rate == pytest.approx((latest > 0).mean())
    assert record.average_win == pytest.approx(latest[latest > 0].mean())
    assert record.average_loss == pytest.approx(-latest[latest <= 0].mean())
    with pytest.raises(DataError, match="nan"):
        record.add(math.nan)
    assert math.isnan(TradeRecord().win_rate)


def test_discrete_kelly_floor_shrinkage_and_bounds() -> None:
    settings = KellySettings()
    half = [0.04, -0.02] * 15
    assert discrete_kelly(TradeRecord(half[:29]), settings) == 0.01
    assert discrete_kelly(TradeRecord(half), settings) == pytest.approx(0.25 * 12.5)
    assert discrete_kelly(TradeRecord([0.02, -0.04] * 15), settings) == 0.0
    # 30 prior trades at the break-even rate of 1/3 take the rate from 1/2 to 5/12.
    shrunk = discrete_kelly(TradeRecord(half), KellySettings(prior_trades=30))
    assert shrunk == pytest.approx(0.25 * kelly_weight(5 / 12, 0.04, 0.02))
    # Nothing but wins: the least loss that is believed keeps the size finite.
    assert discrete_kelly(TradeRecord([0.01] * 40), settings) == pytest.approx(0.25 / 0.002)
    assert discrete_kelly(TradeRecord([-0.01] * 40), settings) == 0.0
    with pytest.raises(ConfigError, match=r"1\.5"):
        KellySettings(fraction=1.5)
    with pytest.raises(ConfigError, match="lookback 0"):
        KellySettings(lookback=0)
