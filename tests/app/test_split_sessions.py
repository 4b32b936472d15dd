"""Whole sessions over a split and over dividends of the sample: NVDA, four for one on 2021-07-20."""

from pathlib import Path

import numpy as np
import pytest
from session_parts import small_config

from tradewind.app.compute.mappers import SerialMapper
from tradewind.app.config import Window
from tradewind.app.research.training import SessionModels, train_for_session
from tradewind.app.session.plan import GateWord, SessionPlan, make_feed, plan_session
from tradewind.app.session.prepared_forecasts import batch_forecasts
from tradewind.app.session.running import run_backtest, run_paper
from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted
from tradewind.core.decisions import AccountMarked, BreakerTripped
from tradewind.core.events import AnyEvent, Record, SessionOpened
from tradewind.core.forecasts import FactorRow
from tradewind.core.market import Bar
from tradewind.core.timestamps import iso, parse_ns
from tradewind.core.vocabulary import ActionKind
from tradewind.journal.opening import open_reader

RULES = ("moving_average_momentum", "bollinger_reversion")
SPLIT = "2021-07-20T13:30:00Z"


@pytest.fixture(scope="module")
def models(shared_home: Path) -> SessionModels:
    return train_for_session(config(shared_home), SerialMapper())


def config(home: Path, start: str = "2021-05-03") -> object:
    window = Window(start=start, end="2021-10-01")
    return small_config(home, symbols=("NVDA", "BTC/USD"), window=window, models=RULES)


def plan(
    home: Path, models: SessionModels, folder: Path, mode: str = "paper", start: str = "2021-05-03"
) -> SessionPlan:
    words = [GateWord(name, "refused", ("for the test",)) for name in RULES]  # type: ignore[arg-type]
    made = plan_session(config(home, start), models, words, "s", mode)  # type: ignore[arg-type]
    fields = {f: getattr(made, f) for f in made.__dataclass_fields__}
    return SessionPlan(**(fields | {"config": made.config.model_copy(update={"home": folder})}))


def records(path: Path) -> list[Record]:
    with open_reader(path) as reader:
        return list(reader.read())


@pytest.mark.parametrize("mode", ["paper", "backtest"])
def test_a_split_inside_a_session_is_carried_out_and_earns_nothing(
    shared_home: Path, models: SessionModels, tmp_path: Path, mode: str
) -> None:
    run = run_paper if mode == "paper" else run_backtest
    found = records(run(plan(shared_home, models, tmp_path, mode)).journal)
    actions = [r.event for r in found if isinstance(r.event, CorporateAction)]
    (split,) = [a for a in actions if a.kind is ActionKind.SPLIT]
    assert (iso(split.ts_event), split.numerator, split.denominator) == (SPLIT, 4, 1)
    # A bar of the old basis stands before it, one of the new after it, each at the price that was paid.
    bars = [r for r in found if isinstance(r.event, Bar) and r.event.instrument_id == split.instrument_id]
    at = next(r.seq for r in found if r.event is split)
    before, after = ([r.event.close for r in bars if (r.seq < at) is old] for old in (True, False))  # type: ignore[union-attr]
    assert before[-1] == pytest.approx(751.19)
    assert after[0] == pytest.approx(186.12)
    marks = [r.event for r in found if isinstance(r.event, AccountMarked)]
    moves = np.diff([mark.equity_e8 for mark in marks]) / marks[0].equity_e8
    assert np.abs(moves).max() < 0.05
    trips = {r.event.breaker for r in found if isinstance(r.event, BreakerTripped)}
    assert not trips & {"drawdown", "daily_loss", "rapid_loss", "reconciliation"}
    held = [r.event for r in found if isinstance(r.event, PositionAdjusted)]
    assert all(one.new_lots == 4 * one.old_lots for one in held)
    paid = [r.event for r in found if isinstance(r.event, CashMoved)]
    assert {iso(one.ts_event)[:10] for one in paid} <= {"2021-06-09", "2021-08-31"}


def test_a_split_inside_the_warm_up_comes_with_it_each_bar_on_its_own_basis(
    shared_home: Path, models: SessionModels, tmp_path: Path
) -> None:
    feed: list[AnyEvent] = list(make_feed(plan(shared_home, models, tmp_path, start="2021-08-02")))
    opened = next(n for n, event in enumerate(feed) if isinstance(event, SessionOpened))
    at = next(n for n, e in enumerate(feed) if isinstance(e, CorporateAction) and e.kind is ActionKind.SPLIT)
    assert at < opened
    closes = [
        (n, e.close) for n, e in enumerate(feed) if isinstance(e, Bar) and e.instrument_id == "NVDA.XNAS"
    ]
    assert all(close > 300 for n, close in closes if n < at and n > at - 20)
    assert all(close < 300 for n, close in closes if n > at)


def test_prepared_rows_have_no_jump_at_a_split_and_know_none_that_is_to_come(
    shared_home: Path, models: SessionModels, tmp_path: Path
) -> None:
    made = plan(shared_home, models, tmp_path, "backtest")
    rows = [e for e in batch_forecasts(made) if isinstance(e, FactorRow) and e.instrument_id == "NVDA.XNAS"]
    assert [row.ts_event for row in rows] == sorted({row.ts_event for row in rows})
    stored = made.series["NVDA.XNAS"].as_stored
    at = {int(ts): n for n, ts in enumerate(stored.ts_event)}
    split_row = int(np.searchsorted(stored.ts_event, parse_ns("2021-07-20")))
    names = made.models.names
    close, middle, moved = (names.index(name) for name in ("close", "bb_mid", "ret_1"))
    for row in rows:
        n = at[row.ts_event]
        shares = np.where((np.arange(n - 19, n + 1) < split_row) & (n >= split_row), 4.0, 1.0)
        own = stored.close[n - 19 : n + 1] / shares  # the last twenty closes on the share count of the day
        assert row.values[close] == stored.close[n], "at the price of its own day"
        assert row.values[middle] == pytest.approx(own.mean(), rel=1e-9)
        assert row.values[moved] == pytest.approx(own[-1] / own[-2] - 1.0, abs=1e-9)
