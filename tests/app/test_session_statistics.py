"""Statistics of a session: a small journal worked by hand, plain formulas on a longer one, and short ones."""

import math
import statistics as plain
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest

import tradewind as tw
from tradewind.app.session.benchmarks import Benchmark
from tradewind.app.session.closed_trades import closed_trades
from tradewind.app.session.daily_equity import daily_account, daily_equity
from tradewind.app.session.session_record import read_session
from tradewind.app.session.statistics import session_statistics, statistics_of
from tradewind.core.accounts import CashMoved
from tradewind.core.book import MAIN_ACCOUNT, PositionKey, held_lots
from tradewind.core.decisions import AccountMarked
from tradewind.core.errors import JournalError
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.vocabulary import CashReason, Outcome
from tradewind.engine.rebuilt_book import rebuild
from tradewind.journal.memory import MemoryJournal
from tradewind.views.report.measures import SessionStatistics

DAY_0 = 1_577_836_800_000_000_000  # 2020-01-01
ONE = tw.Instrument(
    symbol="ONE",
    asset_class=tw.AssetClass.EQUITY,
    venue="OWN",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="24/7",
    fees=tw.FeeSchedule(taker_rate_e8=100_000),
    half_spread_bps=0.0,
)
CALM = {
    name: {"limit": 1.0}
    for name in ("drawdown", "daily_loss", "rapid_loss", "position_loss", "strategy_drawdown")
} | {"vix": {"when_missing": "note"}, "index_drop": {"when_missing": "note"}}
# open, high, low, close of each day, and what is wanted after it
DAYS = (
    (100.0, 101.0, 99.0, 100.0, 10),
    (101.0, 110.0, 99.0, 104.0, 10),  # bought 10 at 101
    (105.0, 106.0, 90.0, 95.0, 0),
    (96.0, 97.0, 80.0, 97.0, 5),  # sold 10 at 96
    (98.0, 99.0, 97.0, 99.0, -5),  # bought 5 at 98
    (102.0, 103.0, 101.0, 101.0, -5),  # sold 5 and 5 at 102, across zero
    (100.0, 100.0, 98.0, 99.0, 0),
    (98.0, 120.0, 97.0, 98.0, 0),  # bought 5 at 98
)


class Scripted:
    """Wants so many lots after each bar as it was told."""

    name = "scripted"

    def __init__(self, wanted: Sequence[int]) -> None:
        self._wanted = {DAY_0 + (day + 1) * NS_PER_DAY: lots for day, lots in enumerate(wanted)}

    def on_event(self, event: tw.AnyEvent, book: tw.Book) -> Sequence[tw.Event]:
        if type(event) is not tw.Bar:
            return ()
        held = held_lots(book, PositionKey(MAIN_ACCOUNT, self.name, event.instrument_id))
        wanted = self._wanted.get(event.ts_event, held)
        if held == wanted:
            return ()
        decision = tw.DecisionMade(
            ts_event=event.ts_event, decision_id=f"d{event.ts_event}", strategy=self.name, reason="told to",
            instrument_id=event.instrument_id, outcome=Outcome.TRADE, current_lots=held, target_lots=wanted,
        )  # fmt: skip
        return (decision,)

    def snapshot(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        """Nothing to remember."""


def bars_of(days: Sequence[tuple[float, float, float, float]]) -> list[tw.Bar]:
    return [
        tw.Bar(
            ts_event=DAY_0 + (day + 1) * NS_PER_DAY, instrument_id=ONE.id, timeframe="1d",
            open=opened, high=high, low=low, close=close, volume=1e9,
        )
        for day, (opened, high, low, close) in enumerate(days)
    ]  # fmt: skip


def run(days: Sequence[tuple[float, float, float, float, int]], cash: int = 10_000) -> MemoryJournal:
    journal = MemoryJournal()
    tw.run_strategy(
        Scripted([day[4] for day in days]),
        [ONE],
        bars_of([day[:4] for day in days]),
        cash=Decimal(cash),
        risk=CALM,
        venue={"impact_coefficient": 0.0},
        journal=journal,
    )
    return journal


@pytest.fixture(scope="module")
def worked() -> MemoryJournal:
    return run(DAYS)


def test_trades_worked_by_hand(worked: MemoryJournal) -> None:
    first, second, third = closed_trades(worked)
    assert (first.side, first.quantity, first.entry_price, first.exit_price) == ("long", "10", 101.0, 96.0)
    assert first.profit == "-51.97"  # 10 x (96 - 101), fees 0.1 % of 1010 and of 960
    assert (first.commission, first.cost, first.income) == ("1.97", "1.97", "0.00")
    assert first.profit_pct == pytest.approx(-100 * 51.97 / 1010)
    assert (first.bars, first.days, first.fills) == (2, 2.0, 2)
    assert (first.entered, first.exited) == ("2020-01-03T00:00:00Z", "2020-01-05T00:00:00Z")
    # The low of 80 and the high of 97 on the day of the exit came after it: only its price counts.
    assert first.worst_pct == pytest.approx(100 * (90 / 101 - 1))
    assert first.best_pct == pytest.approx(100 * (110 / 101 - 1))
    # Across zero: what closes the long and what opens the short are two trades.
    assert (second.side, second.quantity, second.profit) == ("long", "5", "19.00")
    assert (third.side, third.quantity, third.profit) == ("short", "5", "19.00")
    assert (second.exit_price, third.entry_price, third.exit_price) == (102.0, 102.0, 98.0)
    assert third.worst_pct == pytest.approx(-100 * (103 / 102 - 1))
    assert third.best_pct == pytest.approx(-100 * (98 / 102 - 1))


def test_the_account_by_day_worked_by_hand(worked: MemoryJournal) -> None:
    ts, equity = daily_equity(worked)
    wanted = [
        10_000.0,
        10_000.0,
        10_000 + 10 * (104 - 101) - 1.01,
        10_000 + 10 * (95 - 101) - 1.01,
        10_000 - 51.97,
        10_000 - 51.97 + 5 * (99 - 98) - 0.49,
        10_000 - 51.97 + 19.0 + 5 * (102 - 101) - 0.51,
        10_000 - 51.97 + 19.0 + 5 * (102 - 99) - 0.51,
        10_000 - 51.97 + 38.0,
    ]
    assert equity == pytest.approx(wanted, abs=1e-8)
    assert ts[1:].tolist() == [DAY_0 + day * NS_PER_DAY for day in range(1, 9)]


def test_figures_worked_by_hand(worked: MemoryJournal) -> None:
    found = session_statistics(worked)
    assert (found.days, found.start_equity, found.end_equity) == (8, "10000.00", "9986.03")
    assert found.returns.total_return_pct == pytest.approx(-0.1397)
    trades = found.trades
    assert (trades.trades, trades.open_trades, trades.long_trades, trades.short_trades) == (3, 0, 2, 1)
    assert trades.profit == "-13.97"
    assert trades.win_rate_pct == pytest.approx(200 / 3)
    assert (trades.mean_win, trades.mean_loss, trades.expectancy) == (
        pytest.approx(19.0),
        pytest.approx(-51.97),
        pytest.approx(-13.97 / 3),
    )
    assert trades.payoff == pytest.approx(19.0 / 51.97)
    assert trades.profit_factor == pytest.approx(38.0 / 51.97)
    assert (trades.longest_wins, trades.longest_losses, trades.median_bars) == (2, 1, 2)
    costs = found.costs
    assert (costs.fills, costs.traded, costs.commission) == (6, "3970.00", "3.97")
    assert (costs.spread, costs.slippage, costs.cost) == ("0.00", "0.00", "3.97")
    assert costs.commission_bps == pytest.approx(10.0)
    # Five of the eight days end with a position; the largest is 1040 of 10028.99.
    assert found.exposure.time_in_market_pct == pytest.approx(100 * 5 / 8)
    assert found.exposure.max_gross_pct == pytest.approx(100 * 1040 / 10_028.99)
    assert found.benchmark is not None
    assert found.benchmark.benchmark_return_pct == pytest.approx(-2.0)  # bought at 100, now 98


def test_few_days_are_not_made_a_year(worked: MemoryJournal) -> None:
    found = session_statistics(worked)
    for field in ("cagr_pct", "volatility_pct", "sharpe", "sortino", "calmar"):
        assert math.isnan(getattr(found.returns, field)), field
        assert field not in found.intervals
    assert math.isnan(found.exposure.turnover_annual)
    assert math.isnan(found.days_per_year)
    assert any("8 days" in note and "20" in note for note in found.notes)


def test_one_day_says_so_and_an_empty_journal_is_refused() -> None:
    found = session_statistics(run(DAYS[:1]))
    assert found.days == 1
    assert math.isnan(found.returns.total_return_pct)
    assert any("1 day:" in note for note in found.notes)
    with pytest.raises(JournalError, match="no session"):
        session_statistics(MemoryJournal())


def random_days(count: int, seed: int = 3) -> list[tuple[float, float, float, float, int]]:
    rng = np.random.default_rng(seed)
    made, price = [], 100.0
    for _ in range(count):
        opened, close = price, round(price * float(np.exp(rng.normal(0.0005, 0.02))), 2)
        high, low = round(max(opened, close) * 1.01, 2), round(min(opened, close) * 0.99, 2)
        made.append((opened, high, low, close, int(rng.integers(-30, 50))))
        price = close
    return made


@pytest.fixture(scope="module")
def long() -> tuple[MemoryJournal, SessionStatistics]:
    journal = run(random_days(500))
    return journal, session_statistics(journal)


def test_returns_against_plain_formulas(long: tuple[MemoryJournal, SessionStatistics]) -> None:
    journal, found = long
    ends: dict[str, int] = {}
    for record in journal.read_kind(AccountMarked):
        assert isinstance(record.event, AccountMarked)
        day = datetime.fromtimestamp((record.event.ts_event - 1) // 10**9, UTC).date().isoformat()
        ends[day] = record.event.equity_e8
    equity = [10_000.0, *(value / 1e8 for value in ends.values())]
    r = [after / before - 1.0 for before, after in pairwise(equity)]
    n, returns, falls = len(r), found.returns, found.drawdowns
    years = n / found.days_per_year
    assert n == found.days == 500
    assert found.days_per_year == pytest.approx(365.25)
    mean, deviation = plain.fmean(r), plain.stdev(r)
    assert returns.total_return_pct == pytest.approx(100 * (equity[-1] / equity[0] - 1))
    assert returns.cagr_pct == pytest.approx(100 * ((equity[-1] / equity[0]) ** (1 / years) - 1))
    assert returns.volatility_pct == pytest.approx(100 * deviation * math.sqrt(found.days_per_year))
    assert returns.sharpe == pytest.approx(mean / deviation * math.sqrt(found.days_per_year))
    down = math.sqrt(sum(min(x, 0.0) ** 2 for x in r) / n)
    assert returns.sortino == pytest.approx(mean / down * math.sqrt(found.days_per_year))
    assert returns.profit_factor_days == pytest.approx(
        sum(x for x in r if x > 0) / -sum(x for x in r if x < 0)
    )
    m2, m3, m4 = (sum((x - mean) ** power for x in r) / n for power in (2, 3, 4))
    assert returns.skewness == pytest.approx(m3 / m2**1.5)
    assert returns.excess_kurtosis == pytest.approx(m4 / m2**2 - 3)
    per_day = mean / deviation
    spread = 1 - returns.skewness * per_day + (returns.excess_kurtosis + 2) / 4 * per_day**2
    chance = plain.NormalDist().cdf(per_day * math.sqrt(n - 1) / math.sqrt(spread))
    assert returns.sharpe_above_zero_pct == pytest.approx(100 * chance)
    low, high = (plain.quantiles(r, n=20, method="inclusive")[place] for place in (0, 18))
    assert returns.value_at_risk_pct == pytest.approx(100 * low)
    assert returns.tail_ratio == pytest.approx(abs(high / low))
    assert returns.up_days_pct == pytest.approx(100 * sum(x > 0 for x in r) / sum(x != 0 for x in r))
    peak, below, worst = equity[0], [], 0.0
    for value in equity[1:]:
        peak = max(peak, value)
        below.append(value / peak - 1)
        worst = min(worst, below[-1])
    assert falls.max_drawdown_pct == pytest.approx(100 * worst)
    assert falls.ulcer_index_pct == pytest.approx(100 * math.sqrt(sum(x * x for x in below) / n))
    assert falls.recovery_factor == pytest.approx((equity[-1] / equity[0] - 1) / -worst)
    assert returns.calmar == pytest.approx(returns.cagr_pct / -falls.max_drawdown_pct)
    assert falls.now_below_peak_pct == pytest.approx(100 * below[-1])
    interval = found.intervals["sharpe"]
    assert interval.low < returns.sharpe < interval.high
    assert interval.high - interval.low > 1.0  # two years do not say more than that


def test_the_benchmark_against_plain_formulas(long: tuple[MemoryJournal, SessionStatistics]) -> None:
    journal, found = long
    closes = [bar.close for bar in bars_of([day[:4] for day in random_days(500)])]
    b = [0.0, *(after / before - 1 for before, after in pairwise(closes))]
    r = daily_account(journal).returns.tolist()
    against = found.benchmark
    assert against is not None
    assert against.name == "Bought and held: ONE.OWN"
    year = found.days_per_year
    beta = plain.covariance(r, b) / plain.variance(b)
    assert against.beta == pytest.approx(beta)
    assert against.alpha_pct == pytest.approx(100 * year * (plain.fmean(r) - beta * plain.fmean(b)))
    assert against.correlation == pytest.approx(plain.correlation(r, b))
    assert against.r_squared == pytest.approx(plain.correlation(r, b) ** 2)
    active = [x - y for x, y in zip(r, b, strict=True)]
    assert against.tracking_error_pct == pytest.approx(100 * plain.stdev(active) * math.sqrt(year))
    assert against.information_ratio == pytest.approx(
        plain.fmean(active) / plain.stdev(active) * math.sqrt(year)
    )
    assert against.treynor == pytest.approx(plain.fmean(r) * year / beta)
    rose = [(x, y) for x, y in zip(r, b, strict=True) if y > 0]
    assert against.up_capture_pct == pytest.approx(100 * sum(x for x, _ in rose) / sum(y for _, y in rose))
    assert against.benchmark_return_pct == pytest.approx(100 * (closes[-1] / closes[0] - 1))


def test_held_against_itself_an_account_has_a_beta_of_one(
    long: tuple[MemoryJournal, SessionStatistics],
) -> None:
    record = read_session(long[0])
    found = statistics_of(record, Benchmark("itself", record.daily.returns)).benchmark
    assert found is not None
    assert (found.beta, found.correlation) == (pytest.approx(1.0), pytest.approx(1.0))
    assert found.alpha_pct == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(found.information_ratio)  # they never differ
    assert found.up_capture_pct == pytest.approx(100.0)


def test_a_deposit_is_no_return_and_no_profit() -> None:
    journal = MemoryJournal()
    deposit = CashMoved(
        ts_event=DAY_0 + 4 * NS_PER_DAY - 5, account=MAIN_ACCOUNT, currency="USD",
        amount_e8=5_000 * 10**8, reason=CashReason.DEPOSIT,
    )  # fmt: skip
    for record in run(DAYS).read():
        event = record.event
        if isinstance(event, tw.Bar) and event.ts_event == DAY_0 + 4 * NS_PER_DAY:
            journal.append(deposit)
        if isinstance(event, AccountMarked):  # as the loop would have valued it
            journal.commit()
            *_, (_, book) = rebuild(journal.read())
            event = type(event)(
                ts_event=event.ts_event, equity_e8=book.equity_e8, cash_e8=0, gross_e8=0, net_e8=0,
                drawdown_pct=0.0,
            )  # fmt: skip
        journal.append(event, cause=record.cause)
    journal.commit()
    plain_run, paid = daily_account(run(DAYS)), daily_account(journal)
    assert paid.profit == pytest.approx(plain_run.profit)
    assert paid.equity[-1] == pytest.approx(plain_run.equity[-1] + 5_000)
    assert paid.returns[3] == pytest.approx(plain_run.returns[3])  # taken off the day's end
    assert paid.returns[5] == pytest.approx(plain_run.profit[5] / (plain_run.equity[4] + 5_000))
