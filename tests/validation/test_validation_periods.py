"""One period is one day of one clock: the same bet on two clocks is one bet, not two."""

import numpy as np
import pytest

from tradewind.core.panel import Predictions, Samples
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, parse_ns
from tradewind.validation.deflation import aligned
from tradewind.validation.ledger import Trial
from tradewind.validation.performance import performance
from tradewind.validation.periods import common_days, summed_by_period, up_to_ruin
from tradewind.validation.returns import (
    PositionRule,
    TradingCosts,
    held_from_prices,
    portfolio_returns,
    target_weights,
    trading_grid,
)
from tradewind.validation.track_record import track_record
from tradewind.validation.walk_forward import OutOfSample

MONDAY = parse_ns("2001-01-01T00:00:00+00:00")
DAYS = 2_800
WEEKDAY = np.arange(DAYS) % 7 < 5


def world(seed=3):
    """The log price of one thing at the end of each calendar day."""
    return np.cumsum(np.random.default_rng(seed).normal(0.0008, 0.011, DAYS))


def samples_of(*series):
    """Samples and fill prices of instruments, each ``(times, prices)`` on a calendar of its own."""
    length = [len(times) for times, _ in series]
    top = np.cumsum([0, *length])
    ts = np.concatenate([times for times, _ in series])
    t = np.arange(top[-1])
    i = np.repeat(np.arange(len(series)), length)
    prices = np.full((top[-1], len(series)), np.nan)
    for k, (_, values) in enumerate(series):
        prices[top[k] : top[k + 1], k] = values
    order = np.lexsort((i, ts))
    samples = Samples(
        cube=np.zeros((top[-1], len(series), 1)),
        t=t[order],
        i=i[order],
        ts_event=ts[order],
        label_return=np.full(len(t), np.nan),
        label_end=ts[order] + NS_PER_DAY,
        weight=np.ones(len(t)),
        names=("f",),
        instrument_ids=tuple(f"S{k}" for k in range(len(series))),
        horizon_bars=1,
    )
    return samples, prices


def long_only(samples, prices, cost=0.0):
    """Net returns of holding every instrument at its equal-risk share."""
    edge = np.ones(len(samples))
    p = Predictions(edge, edge, edge, edge, edge)
    rows = np.arange(len(samples))
    oos = OutOfSample(
        "m", "1", "id", rows, p, np.zeros(len(rows), int), np.ones(1), np.ones(1), samples.label_return
    )
    grid = trading_grid(oos, samples, held_from_prices(samples, prices), TradingCosts(cost), PositionRule())
    return portfolio_returns(target_weights(edge, grid, PositionRule()), grid), oos


def daily_sharpe(prices):
    """By hand: mean over deviation of the simple returns of weekdays, a year of 365.25 * 5 / 7 of them."""
    steps = np.diff(prices) / prices[:-1]
    return steps.mean() / steps.std(ddof=1) * np.sqrt(365.25 * 5 / 7)


def test_two_clocks_an_hour_apart_are_one_day():
    price = np.exp(world()[WEEKDAY])
    close = MONDAY + np.flatnonzero(WEEKDAY) * NS_PER_DAY
    both, _ = long_only(*samples_of((close + 20 * NS_PER_HOUR, price), (close + 21 * NS_PER_HOUR, price)))
    one, _ = long_only(*samples_of((close + 20 * NS_PER_HOUR, price)))
    got, alone = performance(both)["sharpe"], performance(one)["sharpe"]
    assert alone == pytest.approx(daily_sharpe(price), rel=0.02)
    # Taken as two periods a day it was the root of two too good.
    assert got == pytest.approx(alone, rel=0.005)
    assert len(both) == len(one)
    assert both.period == "1 day"
    assert both.periods_per_year == pytest.approx(365.25 * 5 / 7, rel=0.003)


def test_a_coin_beside_a_stock_is_counted_on_the_days_of_both():
    level = world()
    stock, coin = np.exp(level[WEEKDAY]), np.exp(level)
    day = MONDAY + np.arange(DAYS) * NS_PER_DAY
    mixed, _ = long_only(*samples_of((day[WEEKDAY] + 21 * NS_PER_HOUR, stock), (day + NS_PER_DAY, coin)))
    # A coin that is the stock: on common days it is the same bet, whatever it does on Sundays.
    assert performance(mixed)["sharpe"] == pytest.approx(daily_sharpe(stock), rel=0.03)
    assert mixed.periods_per_year == pytest.approx(365.25 * 5 / 7, rel=0.003)


def test_quarter_hours_make_up_days_and_are_annualised_as_days():
    rng = np.random.default_rng(8)
    bars = 26
    day = MONDAY + np.flatnonzero(WEEKDAY)[:600] * NS_PER_DAY
    times = (day[:, None] + 14 * NS_PER_HOUR + (1 + np.arange(bars)) * NS_PER_HOUR // 4).ravel()
    price = np.exp(np.cumsum(rng.normal(2e-5, 0.002, len(times))))
    intraday, oos = long_only(*samples_of((times, price)))
    samples, prices = samples_of((times, price))
    assert len(intraday) == pytest.approx(600, abs=1)
    held = price[2:] / price[1:-1] - 1.0
    # A bar's decision is marked two bars later: the first day lacks two bars, each other day has its own 26.
    by_hand = np.prod(1.0 + held[bars - 2 : bars - 2 + bars * 500].reshape(500, bars), axis=1) - 1.0
    assert intraday.net[1:501] == pytest.approx(by_hand)
    sharpe = by_hand.mean() / by_hand.std(ddof=1) * np.sqrt(365.25 * 5 / 7)
    assert performance(intraday)["sharpe"] == pytest.approx(sharpe, abs=0.35)
    record = track_record(oos, samples, held_from_prices(samples, prices), TradingCosts(0.0), random_runs=3)
    assert record.horizon_periods == 1
    assert len(np.unique(record.forecasts.moment)) == pytest.approx(600, abs=1)


def test_weekly_bars_have_periods_of_a_week():
    price = np.exp(world()[:700])
    times = MONDAY + 7 * NS_PER_DAY * np.arange(1, 701)
    weekly, _ = long_only(*samples_of((times, price)))
    assert weekly.period == "7 days"
    steps = np.diff(price)[1:] / price[1:-1]
    assert performance(weekly)["sharpe"] == pytest.approx(
        steps.mean() / steps.std(ddof=1) * np.sqrt(365.25 / 7), rel=0.01
    )


def test_one_missing_bar_or_a_suspension_does_not_move_the_clock():
    days = np.arange(100)
    of_many = np.repeat(np.arange(20), 100)
    ts = np.tile(days, 20) * NS_PER_DAY + 1
    kept = ~((of_many == 3) & (np.tile(days, 20) == 50))
    assert len(common_days(ts[kept], of_many[kept])) == 100
    two = np.repeat([0, 1], 100)
    ts = np.tile(days, 2) * NS_PER_DAY + 1
    halted = ~((two == 1) & (np.tile(days, 2) > 30) & (np.tile(days, 2) < 60))
    assert len(common_days(ts[halted], two[halted])) == 100
    once = ~((two == 1) & (np.tile(days, 2) == 50))
    assert len(common_days(ts[once], two[once])) == 99


def test_what_overlaps_adds_up_and_what_follows_compounds():
    parts = np.array([[0.1, 0.0], [0.0, 0.2], [0.1, 0.0]])
    assert summed_by_period(parts, np.array([0])) == pytest.approx([1.1 * 1.1 - 1 + 0.2])
    assert summed_by_period(parts, np.arange(3)) == pytest.approx([0.1, 0.2, 0.1])


def test_an_account_is_lost_once():
    assert up_to_ruin(np.array([0.1, -2.1, 0.5, -3.0])).tolist() == [0.1, -1.0, 0.0, 0.0]


def test_tries_recorded_bar_by_bar_and_by_day_meet_on_their_days():
    hours = np.arange(4) * NS_PER_HOUR + 10 * NS_PER_HOUR
    fine = Trial("a", "a", np.concatenate([hours, hours + NS_PER_DAY]), np.full(8, 0.01))
    coarse = Trial("b", "b", np.array([12, 36]) * NS_PER_HOUR, np.array([0.04, 0.05]))
    table = aligned([fine, coarse])
    assert table.shape == (2, 2)
    assert table[:, 0] == pytest.approx(1.01**4 - 1)
    assert table[:, 1].tolist() == [0.04, 0.05]
