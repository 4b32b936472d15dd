"""One coin on quarter-hours, hours and days in one session, on real bars; a kill changes no byte."""

import csv
import gzip
import math
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tradewind.app.compute.mappers import SerialMapper
from tradewind.app.config import DateWindow, SessionConfig, TradewindConfig
from tradewind.app.research.training import train_for_session
from tradewind.app.session.plan import PromotionWord, SessionPlan, plan_session
from tradewind.app.session.running import replay_journal, run_paper
from tradewind.app.session.settings import StrategyConfig
from tradewind.core.decisions import DecisionMade, OrderRequested
from tradewind.core.errors import JournalError, NoTimeframeError
from tradewind.core.events import Record, encode_event
from tradewind.core.market import Bar
from tradewind.core.panel import BarColumns, Predictions, Samples
from tradewind.core.ports import BarRequest
from tradewind.core.registry import Entry
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, parse_ns
from tradewind.core.vocabulary import PromotionOutcome, SessionMode
from tradewind.data.raw import RawBars, bars_from_raw
from tradewind.data.registry import PROVIDERS
from tradewind.journal.audit import verify_file
from tradewind.journal.opening import open_reader

pytestmark = pytest.mark.slow

COIN = "BTC/USD.KRAKEN"
MODELS = ("moving_average_momentum", "bollinger_reversion")
LENGTHS = {"15m": 15 * NS_PER_MINUTE, "1h": NS_PER_HOUR, "1d": NS_PER_DAY}
A_YEAR = {"15m": 35_064.0, "1h": 8_766.0, "1d": 365.25}
"""Bars of 365.25 days around the clock."""
DAYS = 23
"""Of the session: a strategy knows the volatility of its bars after 20 of them."""
KILLED_AT = (900, 14_000)


class Recorded:
    """A perpetual of bitcoin on OKX by the quarter of an hour, and by nothing longer."""

    name = "okx"
    folder: Path

    def symbols(self) -> list[str]:
        return ["BTC/USD"]

    def raw_bars(self, request: BarRequest) -> RawBars:
        if request.timeframe != "15m":
            raise NoTimeframeError("There are quarter-hours alone.", offers=("15m",))
        return quarters(self.folder).between(request.start_ns, request.end_ns)

    def bars(self, request: BarRequest) -> BarColumns:
        return bars_from_raw(self.raw_bars(request))


@cache
def quarters(folder: Path) -> RawBars:
    with gzip.open(folder / "crypto_bars" / "OKX_BTC-USDT-SWAP_15min_2020-2021.csv.gz", "rt") as file:
        rows = list(csv.reader(file))[1:]
    stamps = np.array([parse_ns(row[0]) + LENGTHS["15m"] for row in rows])
    columns = [np.array([float(row[at]) for row in rows]) for at in range(1, 6)]
    return RawBars("BTC/USD", "15m", stamps, *columns, "okx")


class Leaning:
    """Expects a rise, a larger one where the price has fallen: enough for its cost at every timeframe."""

    name, version, lookback = MODELS[1], "1", 1

    def predict(self, rows: Samples) -> Predictions:
        lean = np.clip(80.0 - rows.features()[:, rows.names.index("rsi")], 5.0, 60.0)
        return Predictions(0.5 + lean / 200.0, 6.0 * lean, lean / 60.0, 6.0 * lean - 90.0, 6.0 * lean + 90.0)


@pytest.fixture(scope="module")
def plan(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SessionPlan]:
    Recorded.folder = shared_data
    PROVIDERS.names()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PROVIDERS._entries, "okx", Entry("okx", Recorded, __name__))
        named = {"quarter": ("15m", 4), "hour": ("1h", 4), "day": ("1d", 3)}
        session = SessionConfig(
            symbols=("BTC/USD",),
            strategies=tuple(
                StrategyConfig(
                    name=name, symbols=("BTC/USD",), timeframe=timeframe, horizon_bars=horizon,
                    capital_share=0.3, models=MODELS,
                )
                for name, (timeframe, horizon) in named.items()
            ),
            window=DateWindow(start="2021-02-06", end="2021-03-01"),
            warmup_bars=150,
            train_years=1,
            cash=1_000_000.0,
            override_gate=True,
        )  # fmt: skip
        config = TradewindConfig(
            home=tmp_path_factory.mktemp("three"),
            compute="serial",
            provider="okx",
            session=session,
            decision={"score_quantile": 0.2, "least_scores": 2, "filters": {"needed": 2}},
            risk={
                "vix": {"when_missing": "note"},
                "index_drop": {"when_missing": "note"},
                "crypto_volatility": {"limit": 100.0},
                "position_loss": {"limit": 0.9},
            },
        )
        fitted = train_for_session(config, SerialMapper())
        groups = tuple(replace(group, models=(Leaning(), group.models[0])) for group in fitted.groups)
        words = [PromotionWord(model, PromotionOutcome.REFUSED, ("for the test",)) for model in MODELS]
        yield plan_session(config, replace(fitted, groups=groups), words, "three", SessionMode.PAPER)


@pytest.fixture(scope="module")
def whole(plan: SessionPlan) -> list[Record]:
    ran = run_paper(plan)
    verify_file(ran.journal)
    return records_of(ran.journal)


def records_of(journal: Path) -> list[Record]:
    with open_reader(journal) as reader:
        return list(reader.read())


def closes_of(plan: SessionPlan, timeframe: str) -> dict[int, float]:
    (bars,) = (bars for bars in plan.bars if bars.timeframe == timeframe)
    return dict(zip(bars.ts_event.tolist(), bars.close.tolist(), strict=True))


def test_the_longer_bars_are_those_that_the_quarters_make(plan: SessionPlan, whole: list[Record]) -> None:
    bars = [record.event for record in whole if isinstance(record.event, Bar)]
    quarters_known = [bar for bar in bars if bar.timeframe == "15m"]
    traded_on = [bar for bar in bars if not bar.warmup]
    by_frame = {frame: [bar for bar in traded_on if bar.timeframe == frame] for frame in LENGTHS}
    assert {frame: len(found) for frame, found in by_frame.items()} == {
        "15m": 96 * DAYS,
        "1h": 24 * DAYS,
        "1d": DAYS,
    }
    for frame in ("1h", "1d"):
        for bar in by_frame[frame]:
            opened = bar.ts_event - LENGTHS[frame]
            parts = [one for one in quarters_known if opened < one.ts_event <= bar.ts_event]
            assert len(parts) == LENGTHS[frame] // LENGTHS["15m"]
            assert (bar.open, bar.close) == (parts[0].open, parts[-1].close)
            assert (bar.high, bar.low) == (max(one.high for one in parts), min(one.low for one in parts))
            assert bar.volume == pytest.approx(sum(one.volume for one in parts), rel=1e-12)


def test_each_strategy_decides_and_trades_on_its_own_bars(whole: list[Record]) -> None:
    decisions = [record.event for record in whole if isinstance(record.event, DecisionMade)]
    frames = {"quarter": "15m", "hour": "1h", "day": "1d"}
    for name, frame in frames.items():
        own = [d for d in decisions if d.strategy == name]
        assert {d.timeframe for d in own} == {frame}
        assert len(own) == DAYS * NS_PER_DAY // LENGTHS[frame]
        assert all(d.ts_event % LENGTHS[frame] == 0 for d in own)
    sent = {r.event.order.strategy for r in whole if isinstance(r.event, OrderRequested)}
    assert sent == set(frames)


def test_volatility_is_annualised_by_the_bars_of_its_own_series(
    plan: SessionPlan, whole: list[Record]
) -> None:
    """The ceiling of a size is 15 % a year over the deviation of the last 20 returns, a year."""
    seen = dict.fromkeys(LENGTHS, 0)
    closes = {frame: closes_of(plan, frame) for frame in LENGTHS}
    for record in whole:
        event = record.event
        if not isinstance(event, DecisionMade) or "volatility_target" not in event.sizing:
            continue
        if event.sizing["volatility_target"] >= event.sizing["regime"]:
            continue  # the ceiling did not bind
        known = [close for ts, close in closes[event.timeframe].items() if ts <= event.ts_event][-21:]
        returns = [after / before - 1.0 for before, after in pairwise(known)]
        mean = sum(returns) / 20
        variance = sum((one - mean) ** 2 for one in returns) / 19
        wanted = 0.15 / math.sqrt(variance * A_YEAR[event.timeframe])
        assert event.sizing["volatility_target"] == pytest.approx(wanted, rel=1e-9)
        seen[event.timeframe] += 1
    assert all(seen.values()), seen


def test_killed_twice_it_is_the_same_session_byte_for_byte(
    plan: SessionPlan, whole: list[Record], tmp_path: Path
) -> None:
    here = replace(plan, config=plan.config.model_copy(update={"home": tmp_path}))
    journal = tmp_path / "journals" / "three.journal"
    for at in KILLED_AT:
        assert at < len(whole)
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                run_paper(here)
            os._exit(1)
        deadline = time.monotonic() + 120
        while length_of(journal) < at and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "it ended before it could be killed"
        assert at <= length_of(journal) < len(whole)
    ran = run_paper(here)
    assert ran.resumed_from >= KILLED_AT[-1]
    assert [(r.seq, r.cause, encode_event(r.event), r.hash) for r in records_of(ran.journal)] == [
        (r.seq, r.cause, encode_event(r.event), r.hash) for r in whole
    ]
    assert replay_journal(here, ran.journal).decisions > 500


def length_of(journal: Path) -> int:
    with suppress(JournalError), open_reader(journal) as reader:
        return reader.last_seq()
    return 0
