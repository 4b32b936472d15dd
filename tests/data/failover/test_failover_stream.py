"""Two or three sources behind one another: who serves, when it is left, and what a session gets of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import msgspec
import pytest
from scripted_sources import BTC, FIRST_NS, MINUTE_NS, Archive, Scripted, bar, quote, status

from tradewind.core.errors import ConfigError, DataError, MissingKeyError, NetworkError
from tradewind.core.events import FeedStatus
from tradewind.core.market import Bar, PriceBasis, Quote
from tradewind.data.failover.probation import ProbationSettings
from tradewind.data.failover.sources import FailoverSettings, Source
from tradewind.data.failover.stream import FailoverStream

QUICK = FailoverSettings(
    grace_s=0.05, quiet_s=0.2, restart_s=0.02, probation=ProbationSettings(proofs=2, first_out_s=0.02)
)


class Row:
    """A running failover over scripted sources, and what came out of it."""

    def __init__(self, names: tuple[str, ...], settings: FailoverSettings = QUICK) -> None:
        self.sources = {name: Scripted(name) for name in names}
        self.archive = Archive()
        self.stream = FailoverStream(
            [Source(name, source, self.archive) for name, source in self.sources.items()], settings=settings
        )
        self.out: list[Bar | Quote | FeedStatus] = []

    async def run(self) -> None:
        async for event in self.stream.stream([BTC], "1m"):
            self.out.append(event)  # type: ignore[arg-type]

    def say(self, name: str, *events: object) -> None:
        for event in events:
            self.sources[name].put.put_nowait(event)  # type: ignore[arg-type]

    @property
    def bars(self) -> list[int]:
        return [(e.ts_event - FIRST_NS) // MINUTE_NS for e in self.out if isinstance(e, Bar)]

    def said(self, word: str) -> list[str]:
        said = [event for event in self.out if isinstance(event, FeedStatus) and event.feed == "failover"]
        return [event.detail for event in said if event.status == word]

    @property
    def serving(self) -> str:
        return self.stream.active.name if self.stream.active else ""


@asynccontextmanager
async def running(*names: str, settings: FailoverSettings = QUICK) -> AsyncIterator[Row]:
    row = Row(names, settings)
    task = asyncio.create_task(row.run())
    try:
        yield row
    finally:
        task.cancel()
        await asyncio.wait([task])


async def settle(seconds: float = 0.01) -> None:
    await asyncio.sleep(seconds)


async def test_both_are_heard_and_each_bar_comes_once_from_the_first_of_the_row() -> None:
    async with running("a", "b") as row:
        for number in range(5):
            row.say("b", bar(number))
            row.say("a", bar(number), quote(number))
            await settle()
        assert row.bars == [0, 1, 2, 3, 4]
        assert row.serving == "a" or row.said("switched")


async def test_a_lost_source_is_replaced_at_once_and_the_next_bar_follows() -> None:
    async with running("a", "b") as row:
        for number in range(3):
            row.say("a", bar(number))
            row.say("b", bar(number))
            await settle()
        row.say("b", bar(3))  # the second one has a bar already that the first was about to bring
        row.say("a", status("a", "lost"))
        await settle()
        row.say("b", bar(4))
        await settle()
        assert row.bars == [0, 1, 2, 3, 4]
        assert row.serving == "b"
        (switched,) = row.said("switched")
        assert "a to b" in switched
        assert "a lost" in switched


async def test_a_source_that_is_late_with_a_bar_is_left() -> None:
    async with running("a", "b") as row:
        row.say("a", bar(0))
        row.say("b", bar(0))
        await settle()
        row.say("b", bar(1))
        await settle(0.03)
        assert row.bars == [0]  # it still has its time
        await settle(0.05)
        assert row.bars == [0, 1]
        assert "late" in row.said("switched")[0]


async def test_a_silent_source_is_left_though_no_bar_is_due() -> None:
    async with running("a", "b", settings=replace(QUICK, quiet_s=0.1)) as row:
        row.say("a", bar(0))
        row.say("b", bar(0))
        for number in range(80):
            row.say("b", quote(number))
            if number < 50:
                row.say("a", quote(number))
            await settle(0.02)
        assert row.serving == "b"
        assert "nothing came" in row.said("switched")[0]


async def test_the_pause_between_two_bars_is_no_silence() -> None:
    """Of a source of bars alone nothing is heard between them, whatever another one says meanwhile."""
    async with running("a", "b", settings=replace(QUICK, quiet_s=0.05)) as row:
        for number in range(6):
            row.say("a", bar(number))
            row.say("b", bar(number))
            for _ in range(12):
                row.say("b", quote(number))
                await settle(0.02)
        assert row.serving == "a"
        assert not row.said("switched")


async def test_silence_of_all_is_no_reason_to_change() -> None:
    async with running("a", "b") as row:
        row.say("a", bar(0))
        row.say("b", bar(0))
        await settle(0.5)
        assert row.serving == "a"
        assert not row.said("switched")


async def test_one_that_joined_late_goes_on_after_what_it_missed_was_fetched() -> None:
    async with running("a", "b") as row:
        for number in range(3):
            row.say("a", bar(number))
        await settle()
        row.archive.made = 6
        row.say("b", bar(5))
        await settle(0.1)
        row.say("b", bar(6))
        await settle(0.1)
        assert row.bars == [0, 1, 2, 3, 4, 5, 6]
        assert row.archive.asked


async def test_what_cannot_be_fetched_is_waited_for_and_never_left_out() -> None:
    async with running("a", "b") as row:
        row.say("a", bar(0))
        await settle()
        row.archive.error = NetworkError("Nothing answers.", "Wait.")
        row.say("b", bar(3))
        await settle(0.15)
        assert row.bars == [0]
        assert row.said("waiting")
        row.archive.error, row.archive.made = None, 4
        await settle(0.1)
        assert row.bars == [0, 1, 2, 3]


async def test_a_source_is_taken_back_only_after_it_proved_itself() -> None:
    async with running("a", "b") as row:
        row.say("a", bar(0))
        row.say("b", bar(0))
        await settle()
        row.say("a", status("a", "lost"))
        row.say("b", bar(1))
        await settle(0.05)
        row.say("a", status("a", "connected"))
        for number in range(1, 4):
            row.say("b", bar(number))
            row.say("a", bar(number))
            await settle(0.02)
            if number == 1:
                assert row.serving == "b"
        row.say("b", bar(4))
        row.say("a", bar(4))
        await settle()
        assert row.serving == "a"
        assert "proved itself" in row.said("switched")[-1]
        assert row.bars == [0, 1, 2, 3, 4]


async def test_one_whose_prices_are_others_never_takes_over() -> None:
    async with running("a", "b", settings=replace(QUICK, grace_s=5.0)) as row:
        for number in range(12):
            row.say("a", bar(number))
            row.say("b", bar(number, close=300.0))
            await settle()
        assert row.said("disagrees")
        row.say("b", bar(12, close=300.0))
        row.say("a", status("a", "lost"))
        await settle(0.05)
        assert row.bars == list(range(12))
        assert "No other source" in row.said("lost")[0]


async def test_a_bar_on_another_basis_is_refused() -> None:
    async with running("a", "b") as row:
        row.say("a", bar(0))
        await settle()
        other = next(basis for basis in PriceBasis if basis is not bar(0).basis)
        row.say("a", msgspec.structs.replace(bar(1), basis=other))
        row.say("b", bar(1))
        await settle(0.1)
        assert row.said("refused")
        assert row.serving == "b"


async def test_all_lost_is_said_and_the_first_that_returns_serves() -> None:
    async with running("a", "b") as row:
        row.say("a", bar(0))
        row.say("b", bar(0))
        await settle()
        row.say("a", NetworkError("gone", "Wait."))
        row.say("b", NetworkError("gone", "Wait."))
        await settle(0.1)
        assert row.said("lost")
        row.archive.made = 5
        row.say("b", bar(4))
        await settle(0.1)
        assert row.serving == "b"
        assert row.bars == [0, 1, 2, 3, 4]


async def test_it_ends_when_every_source_ended_for_good_and_not_before() -> None:
    row = Row(("a", "b"))
    task = asyncio.create_task(row.run())
    row.say("a", MissingKeyError("No such pair at a.", "Look."))
    row.say("b", bar(0))
    await settle()
    assert not task.done()
    row.say("b", MissingKeyError("No such pair at b.", "Look."))
    with pytest.raises(DataError, match="No such pair at b"):
        await asyncio.wait_for(task, 1.0)
    assert row.bars == [0]


async def test_a_fault_in_one_source_does_not_break_the_others() -> None:
    async with running("a", "b") as row:
        row.say("a", bar(0))
        row.say("b", bar(0))
        await settle()
        row.say("a", ValueError("a fault of the parser"))
        row.say("b", bar(1))
        await settle()
        assert row.serving == "b"
        assert row.bars == [0, 1]


def test_names_of_a_row_are_distinct() -> None:
    with pytest.raises(ConfigError, match="names of their own"):
        Row(()).stream  # noqa: B018 - made in the constructor
