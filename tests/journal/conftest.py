"""A small journal with events of several kinds, on disk."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tradewind.core.events import Command, SessionEnded, Timer
from tradewind.core.market import Bar, Event
from tradewind.core.orders import OrderAccepted, OrderCanceled
from tradewind.journal.sqlite import SqliteJournal


def _event(i: int) -> Event:
    if i % 5 == 3:
        return Timer(ts_event=1_000 + i, name="cycle")
    if i % 7 == 6:
        return Command(ts_event=1_000 + i, verb="set", argument="bar", value=float(i))
    return Bar(
        ts_event=1_000 + i,
        instrument_id="BTC/USD",
        open=100.5,
        high=101.0,
        low=99.5 - i,
        close=100.25,
        volume=1e6 + i,
    )


@pytest.fixture(scope="session")
def make_event() -> Callable[[int], Event]:
    """Event number ``i``: bars, timers and commands in turn."""
    return _event


def _order_story(number: int) -> list[Event]:
    """Records of ``number`` orders, ``o-0`` onwards: each accepted and canceled."""
    told: list[Event] = []
    for i in range(number):
        about = {"client_order_id": f"o-{i}", "instrument_id": "BTC/USD.KRAKEN"}
        told.append(OrderAccepted(ts_event=i, venue_order_id=f"v-{i}", **about))
        told.append(OrderCanceled(ts_event=i, reason="it was asked for", **about))
    return told


@pytest.fixture(scope="session")
def order_story() -> Callable[[int], list[Event]]:
    """Reports about so many orders, two of each."""
    return _order_story


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A closed journal of 20 records; every fourth is caused by the one before it."""
    path = tmp_path / "session.journal"
    with SqliteJournal(path) as journal:
        for i in range(19):
            journal.append(_event(i), cause=i if i % 4 == 3 else 0)
            if i % 6 == 5:
                journal.commit()
        journal.append(SessionEnded(ts_event=5_000, reason="feed at its end"))
    return path


@pytest.fixture
def keep() -> Iterator[Callable[[Any], Any]]:
    """Hands on what is given to it, and closes all of it at the test's end."""
    with contextlib.ExitStack() as opened:
        yield lambda thing: opened.enter_context(contextlib.closing(thing))
