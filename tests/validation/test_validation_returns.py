import numpy as np
import pytest

from tradewind.core.errors import ConfigError, DataError
from tradewind.core.panel import Predictions, Samples
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.validation.baselines import (
    known_up_share,
    previous_direction,
    random_entries,
    standard_baselines,
)
from tradewind.validation.returns import (
    Held,
    PositionRule,
    TradingCosts,
    held_from_labels,
    held_from_prices,
    portfolio_returns,
    target_weights,
    trading_grid,
    untouched_returns,
)
from tradewind.validation.walk_forward import OutOfSample

START = parse_ns("2021-01-04T21:00:00+00:00")


def made(days=40, instruments=2, seed=0, absent=()):
    """Bars with opens and closes; the label runs from one close to the next."""
    rng = np.random.default_rng(seed)
    opens = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, (days, instruments)), axis=0))
    close = opens * np.exp(rng.normal(0, 0.005, (days, instruments)))
    for t, k in absent:
        opens[t, k] = close[t, k] = np.nan
    rows = np.argwhere(np.isfinite(close))
    t, i = rows[:, 0], rows[:, 1]
    label, ends = np.full(len(t), np.nan), np.zeros(len(t), np.int64)
    for k in range(instruments):
        mine = np.flatnonzero(i == k)
        price = close[t[mine], k]
        label[mine[:-1]] = price[1:] / price[:-1] - 1
        ends[mine[:-1]] = START + t[mine[1:]] * NS_PER_DAY
        ends[mine[-1]] = START + (t[mine[-1]] + 1) * NS_PER_DAY
    samples = Samples(
        cube=np.zeros((days, instruments, 1)),
        t=t,
        i=i,
        ts_event=START + t * NS_PER_DAY,
        label_return=label,
        label_end=ends,
        weight=np.ones(len(t)),
        names=("f",),
        instrument_ids=("AAPL", "EURUSD")[:instruments],
        horizon_bars=1,
    )
    return samples, opens, close


def forecasts(samples, expected, first=0):
    rows = np.flatnonzero(samples.t >= first)
    e = np.broadcast_to(np.asarray(expected, float), (len(rows),)).copy()
    p = Predictions(0.5 + 0.1 * np.sign(e), e, np.full(len(e), 0.5), e - 50, e + 50)
    return OutOfSample(
        "m", "1", "id", rows, p, np.zeros(len(rows), int), np.ones(1), np.ones(1), samples.label_return[rows]
    )


def test_a_position_earns_from_the_next_bar_on():
    samples, opens, close = made()
    row = {(t, k): r for r, (t, k) in enumerate(zip(samples.t, samples.i, strict=True))}
    by_open = held_from_prices(samples, opens).earned
    assert by_open[row[5, 1]] == pytest.approx(opens[7, 1] / opens[6, 1] - 1)
    by_close = held_from_labels(samples).earned
    assert by_close[row[5, 1]] == pytest.approx(close[7, 1] / close[6, 1] - 1)
    assert held_from_labels(samples, 0).earned[row[5, 1]] == pytest.approx(close[6, 1] / close[5, 1] - 1)
    assert held_from_prices(samples, close, 2).earned[row[5, 0]] == pytest.approx(
        close[8, 0] / close[7, 0] - 1
    )
    assert np.isnan(by_open[row[38, 0]])
    assert np.isnan(by_open[row[39, 0]])


def test_a_position_held_into_a_bar_receives_what_is_paid_going_into_it():
    samples, opens, _ = made(absent=[(9, 1)])
    income = np.zeros_like(opens)
    income[7, 1], income[9, 0], income[0, 0] = 2.0, 1.5, 9.0
    row = {(t, k): r for r, (t, k) in enumerate(zip(samples.t, samples.i, strict=True))}
    held = held_from_prices(samples, opens, income=income).earned
    bare = held_from_prices(samples, opens).earned
    # Decided on 5, filled at the open of 6, held into 7: entitled. Filled on 7 itself: not.
    assert held[row[5, 1]] == pytest.approx((opens[7, 1] + 2.0) / opens[6, 1] - 1)
    assert held[row[6, 1]] == bare[row[6, 1]]
    assert held[row[7, 0]] == pytest.approx((opens[9, 0] + 1.5) / opens[8, 0] - 1)
    changed = np.flatnonzero((held != bare) & np.isfinite(held))
    np.testing.assert_array_equal(changed, sorted([row[5, 1], row[7, 0]]))
    # What a long receives, a short pays, and buy and hold receives as well.
    out = forecasts(samples, -10.0)
    grids = [
        trading_grid(
            out, samples, Held(one, held_from_prices(samples, opens).end_ns), TradingCosts(0), PositionRule()
        )
        for one in (held, bare)
    ]
    share = grids[1].share
    short = [portfolio_returns(-share, grid).net.sum() for grid in grids]
    long = [portfolio_returns(share, grid).net.sum() for grid in grids]
    kept = [untouched_returns(share[0], grid).net.sum() for grid in grids]
    assert short[0] < short[1]
    assert long[0] - long[1] == pytest.approx(short[1] - short[0], rel=1e-2)
    assert kept[0] > kept[1]
    with pytest.raises(DataError, match="Income of shape"):
        held_from_prices(samples, opens, income=income[:-1])


def test_missing_bars_are_skipped_and_positions_kept_over_them():
    samples, opens, _ = made(absent=[(6, 1), (7, 1)])
    row = {(t, k): r for r, (t, k) in enumerate(zip(samples.t, samples.i, strict=True))}
    held = held_from_prices(samples, opens)
    assert held.earned[row[5, 1]] == pytest.approx(opens[9, 1] / opens[8, 1] - 1)
    grid = trading_grid(forecasts(samples, 10.0), samples, held, TradingCosts(0), PositionRule())
    weights = target_weights(np.full(len(samples), 10.0), grid, PositionRule())
    # Steps are marks, from day 2 on. What was decided on day 4 is marked on day 8.
    assert weights[4, 1] == weights[5, 1] == weights[3, 1] > 0
    assert grid.earned[4, 1] == grid.earned[5, 1] == 0
    assert grid.earned[7, 1] == held.earned[row[5, 1]]


def test_costs_are_turnover_times_bps_of_each_instrument():
    samples, opens, _ = made(days=60)
    held = held_from_prices(samples, opens)
    costs = TradingCosts(10.0, {"EURUSD": 1.0})
    sign = np.where(samples.t % 2 == 0, 1.0, -1.0)
    grid = trading_grid(forecasts(samples, sign), samples, held, costs, PositionRule())
    weights = target_weights(sign, grid, PositionRule())
    result = portfolio_returns(weights, grid)
    # By hand, one period after the other.
    drifted, net = np.zeros(2), []
    for day in range(len(weights)):
        traded = np.abs(weights[day] - drifted)
        gross = weights[day] @ grid.earned[day]
        net.append(gross - traded @ np.array([10e-4, 1e-4]))
        drifted = weights[day] * (1 + grid.earned[day]) / (1 + gross)
    assert result.net == pytest.approx(np.array(net))
    assert result.exposure == pytest.approx(np.ones(60))
    assert result.turnover[5] == pytest.approx(2.0, abs=0.1)
    assert portfolio_returns(weights, grid).gross == pytest.approx((weights * grid.earned).sum(axis=1))


def test_sizes_bands_and_long_only():
    samples, opens, _ = made()
    held = held_from_prices(samples, opens)
    edge = np.tile([5.0, -40.0], len(samples) // 2)
    rule = PositionRule(size="edge", full_edge_bps=20.0)
    grid = trading_grid(forecasts(samples, edge), samples, held, TradingCosts(), rule)
    weights = target_weights(edge, grid, rule)
    assert weights[:, 0] == pytest.approx(0.25 * grid.share[:, 0])
    assert weights[:, 1] == pytest.approx(-grid.share[:, 1])
    assert (target_weights(edge, grid, PositionRule(band_bps=10.0))[:, 0] == 0).all()
    assert (target_weights(edge, grid, PositionRule(allow_short=False))[:, 1] == 0).all()
    edge[0] = np.nan
    assert target_weights(edge, grid, rule)[0, 0] == 0
    averaged = target_weights(np.nan_to_num(edge), grid, rule, horizon_bars=4)
    assert averaged[10, 1] == pytest.approx(-grid.share[7:11, 1].mean())


def test_risk_shares_look_only_at_what_is_settled():
    samples, opens, _ = made(days=120)
    wild = opens.copy()
    wild[60:, 0] *= np.where(np.arange(60) % 2, 1.2, 1.0)
    oos = forecasts(samples, 1.0)
    calm, shaken = (
        trading_grid(oos, samples, held_from_prices(samples, p), TradingCosts(), PositionRule()).share
        for p in (opens, wild)
    )
    assert np.array_equal(calm[:61], shaken[:61])
    assert shaken[-1, 0] < 0.5 * calm[-1, 0]
    assert calm.sum(axis=1) == pytest.approx(np.ones(120))


def test_buy_and_hold_trades_once():
    samples, opens, _ = made(days=80)
    held = held_from_prices(samples, opens)
    grid = trading_grid(forecasts(samples, 1.0), samples, held, TradingCosts(5.0), PositionRule())
    result = untouched_returns(np.array([0.6, 0.4]), grid)
    value = np.cumprod(1 + result.net + np.where(np.arange(80) == 0, 5e-4, 0))
    bought = [np.prod(1 + grid.earned[:, k]) for k in range(2)]
    assert value[-1] == pytest.approx(0.6 * bought[0] + 0.4 * bought[1])
    assert result.turnover.sum() == pytest.approx(1.0)


def test_a_leveraged_book_is_lost_once_and_trades_no_more():
    samples, opens, _ = made(days=60)
    opens[30:] *= 0.3
    held = held_from_prices(samples, opens)
    rule = PositionRule(gross=3.0)
    grid = trading_grid(forecasts(samples, 1.0), samples, held, TradingCosts(5.0), rule)
    result = portfolio_returns(target_weights(np.ones(len(samples)), grid, rule), grid)
    ruin = int(np.flatnonzero(result.net == -1.0)[0])
    assert (result.net[ruin + 1 :] == 0.0).all()
    assert result.turnover.max() < 10.0
    assert (1.0 + result.net > 0.0)[:ruin].all()


def test_what_baselines_know_is_past():
    samples, _, _ = made(days=30)
    previous, share = previous_direction(samples), known_up_share(samples)
    for r in range(len(samples)):
        known = samples.label_end <= samples.ts_event[r]
        mine = np.flatnonzero(known & (samples.i == samples.i[r]) & np.isfinite(samples.label_return))
        want = np.sign(samples.label_return[mine[-1]]) if len(mine) else np.nan
        assert previous[r] == pytest.approx(want, nan_ok=True)
        ups = samples.label_return[known] > 0
        assert share[r] == pytest.approx(ups.mean() if known.any() else np.nan, nan_ok=True)


def test_random_entries_trade_as_much_as_the_candidate():
    samples, opens, _ = made(days=300)
    held = held_from_prices(samples, opens)
    score = np.random.default_rng(1).standard_normal(len(samples))
    grid = trading_grid(forecasts(samples, score), samples, held, TradingCosts(3.0), PositionRule())
    weights = target_weights(score, grid, PositionRule())
    mine = portfolio_returns(weights, grid)
    for run in random_entries(weights, grid, 20, 5):
        assert run.turnover.sum() == pytest.approx(mine.turnover.sum(), rel=0.02)
        assert run.exposure.mean() == pytest.approx(mine.exposure.mean())
    baselines, sharpes = standard_baselines(
        forecasts(samples, score), samples, grid, weights, PositionRule(), random_runs=30
    )
    assert set(baselines) == {"buy and hold", "always up", "previous direction", "random entry"}
    assert sharpes.shape == (30,)
    assert all(len(baseline.returns) == len(mine) for baseline in baselines.values())


def test_bad_settings_are_named():
    samples, opens, _ = made()
    with pytest.raises(ConfigError, match="A trading cost is -1"):
        TradingCosts(-1.0).for_instruments(("AAPL",))
    with pytest.raises(ConfigError, match="no position size 'kelly'"):
        PositionRule(size="kelly")
    with pytest.raises(ConfigError, match="0 bars late"):
        held_from_prices(samples, opens, 0)
    with pytest.raises(DataError, match="do not fit"):
        held_from_prices(samples, opens[:-1])
    with pytest.raises(DataError, match="do not fit"):
        trading_grid(
            forecasts(samples, 1.0),
            samples,
            Held(np.zeros(3), np.zeros(3, np.int64)),
            TradingCosts(),
            PositionRule(),
        )
    empty = forecasts(samples, 1.0, first=99)
    with pytest.raises(DataError, match="no out-of-sample rows"):
        trading_grid(empty, samples, held_from_labels(samples), TradingCosts(), PositionRule())
