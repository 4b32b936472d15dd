"""The universe of a live session: the choice of a moment, and when it is made among a feed's events."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from tradewind.app.config import TradewindConfig
from tradewind.app.market.workspace import open_workspace
from tradewind.app.session.live_universe import NEVER_NS, Choice, LiveUniverse, choose_now
from tradewind.core.changes import UniverseChosen
from tradewind.core.clock import WallClock
from tradewind.core.errors import NetworkError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Event, Quote
from tradewind.core.timestamps import parse_ns

SYMBOLS = ["AAPL", "MSFT", "IBM"]


def config_of(home: Path, **universe: object) -> TradewindConfig:
    session = {"symbols": SYMBOLS, "universe": universe, "strategies": [{"name": "own"}]}
    return TradewindConfig.model_validate({"home": home, "session": session})


def test_the_choice_of_a_moment_is_by_the_days_that_had_closed(tmp_path: Path) -> None:
    """MSFT closed at 27.97 on 29 December 2010, a Wednesday, and at 27.85 a day later (bokeh's sample)."""
    config = config_of(tmp_path, every="week", filters={"price": {"least": 27.9}})
    instruments = open_workspace(config).instruments.find(SYMBOLS)
    before = choose_now(config, instruments, parse_ns("2010-12-30T20:59:00Z"))
    after = choose_now(config, instruments, parse_ns("2010-12-30T21:00:00Z"))
    assert before.chosen[0].instrument_ids == ("AAPL.XNAS", "MSFT.XNAS", "IBM.XNYS")
    assert after.chosen[0].instrument_ids == ("AAPL.XNAS", "IBM.XNYS")
    assert "MSFT.XNAS (price: " in after.chosen[0].reason
    assert before.next_ns == parse_ns("2011-01-03"), "the next Monday"
    once = choose_now(config_of(tmp_path, every="once"), instruments, parse_ns("2010-12-31T21:00:00Z"))
    assert once.next_ns == NEVER_NS
    assert len(once.chosen[0].instrument_ids) == 3


def quote(nth: int) -> Quote:
    return Quote(ts_event=nth, instrument_id="X.XNAS", bid=1.0, ask=1.0)


def through(choose: Callable[[int], Choice], next_ns: int, count: int = 20) -> list[Event]:
    async def feed() -> AsyncGenerator[Event, None]:
        for nth in range(count):
            yield quote(nth)
            await asyncio.sleep(0.01)

    async def run() -> list[Event]:
        universe = LiveUniverse(choose, next_ns, WallClock(), retry_s=0.04)
        return [event async for event in universe.among(feed())]

    return asyncio.run(run())


def chosen(now_ns: int) -> Choice:
    return Choice(
        now_ns, (UniverseChosen(ts_event=now_ns, strategy="own", instrument_ids=("X.XNAS",)),), NEVER_NS
    )


def test_a_choice_comes_when_it_is_due_and_the_feed_does_not_wait_for_it() -> None:
    def slow(now_ns: int) -> Choice:
        time.sleep(0.05)
        return chosen(now_ns)

    out = through(slow, 0)
    assert [event for event in out if isinstance(event, Quote)] == [quote(nth) for nth in range(20)]
    (choice,) = (nth for nth, event in enumerate(out) if isinstance(event, UniverseChosen))
    assert 2 <= choice < len(out) - 1
    assert through(slow, WallClock().now_ns() + 10**12) == [quote(nth) for nth in range(20)]


def test_one_that_fails_is_said_once_and_tried_again() -> None:
    tried: list[int] = []

    def failing(now_ns: int) -> Choice:
        tried.append(now_ns)
        if len(tried) < 3:
            raise NetworkError("It is away.", "Wait.")
        return chosen(now_ns)

    own = [event for event in through(failing, 0, 40) if not isinstance(event, Quote)]
    assert [type(event) for event in own] == [FeedStatus, UniverseChosen]
    assert len(tried) == 3


def test_a_mistake_of_ours_is_not_swallowed() -> None:
    def broken(now_ns: int) -> Choice:
        raise ZeroDivisionError("a mistake")

    with pytest.raises(ZeroDivisionError):
        through(broken, 0)
