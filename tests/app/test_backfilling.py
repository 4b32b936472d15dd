"""Backfills broken off anywhere come to the same store; nothing is asked for twice; holes are told."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live_exchange import exchange
from live_market import FastClock

from tradewind.app.config import DateWindow, TradewindConfig
from tradewind.app.market.backfilling import Filled, backfill, plan_backfill
from tradewind.app.market.missing_bars import ASKED_AND_EMPTY, NEVER_ASKED, find_holes
from tradewind.app.market.workspace import Workspace, open_workspace
from tradewind.core.errors import (
    ConfigError,
    MalformedPayloadError,
    NoDataError,
    NoTimeframeError,
    RateLimitedError,
    TradewindError,
)
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_HOUR, parse_ns
from tradewind.data.calendars import expected_closes
from tradewind.data.history import read_history

DECADE = DateWindow(start="2003-05-05", end="2019-03-01")
LISTED = parse_ns("2006-02-01")
HALT = (parse_ns("2010-03-01"), parse_ns("2010-03-20"))


class Clock:
    """Stands still."""

    def __init__(self, now: str = "2020-01-01") -> None:
        self.now = parse_ns(now)

    def now_ns(self) -> int:
        return self.now


class Source:
    """Daily bars of any stock since its listing, with a halt; it breaks where a test says so."""

    name = "scripted"

    def __init__(self, clock: Clock, breaks: Callable[[int], TradewindError | None] = lambda call: None):
        self.clock, self.breaks, self.asked, self.adjusted = clock, breaks, list[BarRequest](), False

    def symbols(self) -> tuple[str, ...]:
        return ()

    def bars(self, request: BarRequest) -> BarColumns:
        self.asked.append(request)
        if error := self.breaks(len(self.asked)):
            raise error
        if request.timeframe != "1d":
            raise NoTimeframeError("There are days alone.", offers=())
        ts = expected_closes("XNYS", "1d", request.start_ns, min(request.end_ns, self.clock.now))
        ts = ts[(ts >= LISTED) & ~((ts >= HALT[0]) & (ts < HALT[1]))]
        if not len(ts):
            raise NoDataError("There is nothing in that span.")
        price = 50 + 10 * np.sin(ts / 3e16) + (ts // NS_PER_HOUR % 7) / 10
        return BarColumns(
            request.instrument_id,
            "1d",
            ts,
            price,
            price + 1,
            price - 1,
            price + 0.5,
            np.full(len(ts), 1e6),
            source=self.name,
            adjusted=self.adjusted,
        )


def workspace_of(home: Path, source: Source) -> Workspace:
    made = open_workspace(TradewindConfig(home=home))
    return Workspace(made.home, made.bars, lambda: source, made.instruments, made.tables)


def run(workspace: Workspace, clock: Clock, *symbols: str, **how: bool) -> list[Filled]:
    return backfill(
        workspace, plan_backfill(workspace, symbols, DECADE, "1d", clock=clock, **how), clock=clock
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.parquet")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The store after a backfill in one run."""
    clock, home = Clock(), tmp_path_factory.mktemp("whole")
    assert all(not one.error for one in run(workspace_of(home, Source(clock)), clock, "MSFT", "IBM"))
    return contents(home / "store")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    broken=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    kind=st.sampled_from([RateLimitedError, MalformedPayloadError, KeyboardInterrupt]),
)
def test_a_backfill_broken_off_anywhere_comes_to_the_same_store(
    whole: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory, broken: list[int], kind: type
) -> None:
    clock, home, calls = Clock(), tmp_path_factory.mktemp("broken"), 0
    for last in broken:
        source = Source(clock, lambda call, last=last: kind("enough") if call == last else None)
        try:
            filled = run(workspace_of(home, source), clock, "MSFT", "IBM")
        except KeyboardInterrupt:
            filled = []
        calls += len(source.asked) - 1
        assert all(one.error or not one.left for one in filled)
    source = Source(clock)
    assert all(not one.error for one in run(workspace_of(home, source), clock, "MSFT", "IBM"))
    assert contents(home / "store") == whole
    nobody = Source(clock)
    assert all(not one.fetched for one in run(workspace_of(home, nobody), clock, "MSFT", "IBM"))
    assert nobody.asked == []


def test_a_store_that_refuses_in_the_middle_loses_one_piece_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tradewind.app.market import backfilling

    clock, real, calls = Clock(), backfilling.save_asked, []

    def dies(*words: object) -> None:
        calls.append(words)
        if len(calls) == 2:
            raise KeyboardInterrupt  # after the bars are stored, before it is remembered
        real(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(backfilling, "save_asked", dies)
    source = Source(clock)
    workspace = workspace_of(tmp_path, source)
    with pytest.raises(KeyboardInterrupt):
        run(workspace, clock, "MSFT")
    run(workspace, clock, "MSFT")
    spans = [(r.start_ns, r.end_ns) for r in source.asked]
    assert len(spans) - len(set(spans)) <= 1
    bars = read_history(workspace.tables, "MSFT.XNAS", "1d", 0, clock.now, source="scripted")
    due = expected_closes("XNYS", "1d", LISTED, parse_ns(DECADE.end))
    assert bars.ts_event.tolist() == [ts for ts in due.tolist() if not HALT[0] <= ts < HALT[1]]


def test_where_the_source_refuses_everybody_nobody_else_is_tried(tmp_path: Path) -> None:
    clock = Clock()
    source = Source(clock, lambda call: RateLimitedError("25 calls a day are spent.") if call == 2 else None)
    (only,) = run(workspace_of(tmp_path, source), clock, "MSFT", "IBM")
    assert (only.instrument_id, only.fetched, only.broke_off) == ("MSFT.XNAS", 1, True)
    assert "25 calls a day" in only.error
    again = Source(clock, lambda call: MalformedPayloadError("odd") if call == 1 else None)
    first, second = run(workspace_of(tmp_path, again), clock, "MSFT", "IBM")
    assert (first.broke_off, first.fetched, second.left) == (False, 0, 0), "an odd answer stops one alone"


def test_the_newest_years_may_come_first(tmp_path: Path) -> None:
    clock, source = Clock(), Source(Clock())
    run(workspace_of(tmp_path, source), clock, "MSFT", newest_first=True)
    starts = [request.start_ns for request in source.asked]
    assert starts == sorted(starts, reverse=True)


def test_today_is_asked_for_again_tomorrow(tmp_path: Path) -> None:
    window = DateWindow(start="2019-12-02", end="2030-01-01")
    clock = Clock("2019-12-31T20:00:00Z")  # an hour before the close
    source = Source(clock)
    workspace = workspace_of(tmp_path, source)
    for now, newest in (("2019-12-31T20:00:00Z", "2019-12-30"), ("2020-01-03T15:00:00Z", "2020-01-02")):
        clock.now = parse_ns(now)
        backfill(workspace, plan_backfill(workspace, ["MSFT"], window, "1d", clock=clock), clock=clock)
        bars = read_history(workspace.tables, "MSFT.XNAS", "1d", 0, clock.now)
        assert int(bars.ts_event[-1]) == parse_ns(f"{newest}T21:00:00Z")
        (left,) = plan_backfill(workspace, ["MSFT"], window, "1d", clock=clock)
        assert left.missing == 0


def test_prices_that_are_adjusted_anew_each_day_are_not_pieced_together(tmp_path: Path) -> None:
    clock, source = Clock(), Source(Clock())
    source.adjusted = True
    (only,) = run(workspace_of(tmp_path, source), clock, "MSFT")
    assert "adjusted as of the day it is asked" in only.error
    assert "data load" in only.error


def test_a_length_that_the_source_lacks_is_an_error_and_not_an_empty_market(tmp_path: Path) -> None:
    clock, source = Clock(), Source(Clock())
    workspace = workspace_of(tmp_path, source)
    plan = plan_backfill(
        workspace, ["MSFT"], DateWindow(start="2019-01-01", end="2019-03-01"), "5m", clock=clock
    )
    (only,) = backfill(workspace, plan, clock=clock)
    assert "days alone" in only.error
    assert plan_backfill(
        workspace, ["MSFT"], DateWindow(start="2019-01-01", end="2019-03-01"), "5m", clock=clock
    )


def test_imported_instruments_are_nobodys_to_fill(tmp_path: Path) -> None:
    source = Source(Clock())
    made = workspace_of(tmp_path, source)
    imported = Workspace(
        made.home, made.bars, lambda: source, made.instruments, made.tables, frozenset({"MSFT.XNAS"})
    )
    with pytest.raises(ConfigError, match="imported from files"):
        plan_backfill(imported, ["MSFT"], DECADE, "1d")


def test_holes_say_what_is_known_of_them(tmp_path: Path) -> None:
    clock, source = Clock(), Source(Clock())
    workspace = workspace_of(tmp_path, source)
    early = DateWindow(start="2009-01-01", end="2011-01-01")
    late = DateWindow(start="2012-01-01", end="2013-01-01")
    for window in (early, late):
        backfill(workspace, plan_backfill(workspace, ["MSFT"], window, "1d", clock=clock), clock=clock)
    (found,) = find_holes(workspace, ["MSFT"])
    assert (found.stored + found.missing, found.source) == (found.due, "scripted")
    halt, never = found.holes
    assert (halt.why, halt.bars) == (ASKED_AND_EMPTY, 15)  # 1 to 19 March 2010, the halt's weekdays
    assert (never.why, never.bars) == (NEVER_ASKED, 252)  # trading days of 2011
    run(workspace, clock, "MSFT")
    (filled,) = find_holes(workspace, ["MSFT"])
    assert [hole.why for hole in filled.holes] == [ASKED_AND_EMPTY]


@pytest.mark.services
@pytest.mark.slow
def test_a_backfill_that_is_killed_goes_on_and_has_every_bar(tmp_path: Path) -> None:
    """The command as people run it, against a loopback exchange, killed at moments of its work."""
    with exchange(FastClock(time.time_ns(), 1.0)) as site:
        text = f"providers: {{binance: {{base_url: '{site.rest_url}', calls_per_minute: 1000000}}}}\n"
        (tmp_path / "t.yaml").write_text(text)
        stores = {}
        for name, kills in (("whole", ()), ("killed", (2.5, 3.5))):
            words = ["data", "backfill", "BTC/USDT.BINANCE", "--start", "2024-01-01", "--end", "2024-02-12"]
            words += ["--timeframe", "1m", "--provider", "binance", "--config", str(tmp_path / "t.yaml")]
            words += ["--home", str(tmp_path / name)]
            for after_s in kills:
                running = subprocess.Popen([sys.executable, "-m", "tradewind", *words], env=os.environ)
                time.sleep(after_s)
                running.send_signal(signal.SIGKILL)
                running.wait()
            subprocess.run([sys.executable, "-m", "tradewind", *words], check=True, timeout=240)
            stores[name] = contents(tmp_path / name / "store")
    assert stores["killed"] == stores["whole"]
    config = TradewindConfig(home=tmp_path / "killed")
    bars = read_history(open_workspace(config).tables, "BTC/USDT.BINANCE", "1m", 0, 2**62)
    assert len(bars) == 42 * 1_440
