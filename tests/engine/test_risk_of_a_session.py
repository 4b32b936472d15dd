"""The risk report from a journal alone, against numpy and the session's own last mark."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from engine_parts import CASH_E8, COIN, STOCK, make_reducer, make_venue, run_whole, whole_feed
from typer.testing import CliRunner

from tradewind.app.session.risk_desk import RiskReport, risk_of
from tradewind.cli.main import app
from tradewind.core.decisions import AccountMarked
from tradewind.core.errors import JournalError
from tradewind.core.market import Bar
from tradewind.engine.driver.snapshots import SessionParts
from tradewind.journal.opening import open_reader, open_writer


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("home") / "s1.journal"
    with open_writer(path) as opened:
        run_whole(opened, whole_feed(150), SessionParts(make_reducer(lots=200), make_venue()))
    return path


@pytest.fixture(scope="module")
def found(journal: Path) -> RiskReport:
    with open_reader(journal) as reader:
        return risk_of(reader)


def marks(journal: Path) -> list[AccountMarked]:
    with open_reader(journal) as reader:
        return [r.event for r in reader.read_kind(AccountMarked) if isinstance(r.event, AccountMarked)]


def units(text: str) -> int:
    whole, _, places = text.partition(".")
    return int(whole + places.ljust(8, "0"))


def test_profit_is_the_session_s_own_and_each_table_adds_up_to_it(journal: Path, found: RiskReport) -> None:
    last = marks(journal)[-1]
    assert units(found.equity) == last.equity_e8
    assert units(found.profit) == last.equity_e8 - CASH_E8
    assert units(found.commission) > 0
    for by in ("strategy", "model", "instrument"):
        assert sum(units(row.profit) for row in found.attribution if row.by == by) == units(found.profit)


def test_exposure_and_value_at_risk_are_those_of_what_is_held(journal: Path, found: RiskReport) -> None:
    last = marks(journal)[-1]
    assert last.positions
    gross = {row.by: 0 for row in found.exposures}
    for row in found.exposures:
        gross[row.by] += units(row.gross)
    assert gross == dict.fromkeys(("class", "venue", "strategy"), last.gross_e8)
    concentrated = {row.by: row for row in found.concentration}
    assert concentrated["venue"].herfindahl == pytest.approx(
        sum((units(row.gross) / last.gross_e8) ** 2 for row in found.exposures if row.by == "venue")
    )
    assert concentrated["instrument"].effective >= 1.0
    closes: dict[str, list[float]] = {STOCK.id: [], COIN.id: []}
    with open_reader(journal) as reader:
        for record in reader.read_kind(Bar):
            assert isinstance(record.event, Bar)
            closes[record.event.instrument_id].append(record.event.close)
    daily = np.zeros(len(closes[STOCK.id]) - 1)
    for instrument in (STOCK, COIN):
        prices = np.asarray(closes[instrument.id])
        value = last.positions.get(instrument.id, 0) * float(instrument.lot) * prices[-1]
        daily += value / (last.equity_e8 / 1e8) * np.diff(prices) / prices[:-1]
    figures = {(row.method, row.level): row for row in found.var}
    for level in (0.95, 0.99):
        assert figures["historical", level].var_pct == pytest.approx(
            100 * np.quantile(-daily, level), rel=1e-6
        )
        drawn = figures["joint_bootstrap", level]
        assert drawn.var_pct == pytest.approx(figures["historical", level].var_pct, rel=0.2)
        assert drawn.shortfall_pct >= drawn.var_pct
    normal = figures["normal", 0.99]
    assert normal.shortfall_pct == pytest.approx(
        100 * (2.665214220345808 * np.std(daily, ddof=1) - daily.mean()), rel=1e-6
    )
    assert found.tail is None
    assert any("tail cannot be fitted" in note for note in found.notes)
    whole = 100 * 2.3263478740408408 * np.std(daily, ddof=1)
    assert sum(row.component_pct for row in found.components) == pytest.approx(whole, rel=1e-6)


def test_the_backtest_counts_the_account_s_own_days(journal: Path, found: RiskReport) -> None:
    ends = {mark.ts_event: mark.equity_e8 for mark in marks(journal)}
    equity = np.asarray(list(ends.values()), dtype=float)
    returns = np.diff(equity) / equity[:-1]
    hits = [-returns[t] > np.quantile(-returns[max(t - 60, 0) : t], 0.95) for t in range(30, len(returns))]
    row = next(row for row in found.backtest if row.level == 0.95)
    assert (row.days, row.exceptions) == (len(hits), sum(hits))
    assert len(found.stress) >= 9


def test_the_verb_prints_the_same_and_says_what_is_missing(journal: Path, tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["risk", "--journal", str(journal), "--json"])
    assert told.exit_code == 0, told.output
    assert msgspec.convert(json.loads(told.stdout), RiskReport).session_id == "s1"
    words = CliRunner().invoke(app, ["risk", "--journal", str(journal)])
    assert "financial_crisis_2008" in words.stdout
    path = tmp_path / "short.journal"
    with open_writer(path) as opened:
        run_whole(opened, whole_feed(10))
    with open_reader(path) as reader:
        notes = risk_of(reader).notes
    assert any("too few" in note for note in notes)
    with open_writer(tmp_path / "empty.journal"):
        pass
    with (
        open_reader(tmp_path / "empty.journal") as reader,
        pytest.raises(JournalError, match="no session"),
    ):
        risk_of(reader)
