"""Splits and dividends among a live feed's events: before the first price of a day, once, come what may."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.app.session.live_actions import LiveActions, PatienceSettings
from tradewind.core.accounts import CorporateAction
from tradewind.core.clock import WallClock
from tradewind.core.errors import DataError, NetworkError
from tradewind.core.events import FeedStatus
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.timestamps import parse_ns
from tradewind.core.vocabulary import ActionKind
from tradewind.data.calendars import trading_calendars

MINUTE = 60_000_000_000
FRIDAY, MONDAY, TUESDAY = (parse_ns(f"2024-06-{day}T13:30:00Z") for day in ("07", "10", "11"))
CALENDARS = trading_calendars({"XNYS", "24/7"}, parse_ns("2024-06-01"), parse_ns("2024-07-01"))
SHARE, OTHER, COIN = "NVDA.XNAS", "MSFT.XNAS", "BTC/USDT.BINANCE"
INSTRUMENTS = {
    name: Instrument(
        symbol=name.partition(".")[0],
        asset_class=kind,
        venue=name.partition(".")[2],
        quote_currency="USD",
        tick_size="0.01",
        lot_size="1",
        calendar=calendar,
    )
    for name, kind, calendar in (
        (SHARE, AssetClass.EQUITY, "XNYS"),
        (OTHER, AssetClass.EQUITY, "XNYS"),
        (COIN, AssetClass.CRYPTO, "24/7"),
    )
}
QUICK = PatienceSettings(retry_s=0.01, patience_s=0.1)


def bar(ts: int, price: float = 100.0, name: str = SHARE) -> Bar:
    return Bar(
        ts_event=ts,
        instrument_id=name,
        timeframe="1m",
        open=price,
        high=price,
        low=price,
        close=price,
        volume=1.0,
    )


def quote(ts: int, price: float, name: str = SHARE) -> Quote:
    return Quote(ts_event=ts, instrument_id=name, bid=price, ask=price, bid_size=1.0, ask_size=1.0)


def split(ts: int = MONDAY, name: str = SHARE, ratio: int = 10) -> CorporateAction:
    return CorporateAction(
        ts_event=ts, instrument_id=name, kind=ActionKind.SPLIT, numerator=ratio, source="test"
    )


def dividend(ts: int = MONDAY, name: str = SHARE) -> CorporateAction:
    return CorporateAction(
        ts_event=ts, instrument_id=name, kind=ActionKind.DIVIDEND, amount="0.5", source="test"
    )


Ask = Callable[[str, int, int], tuple[CorporateAction, ...] | None]


def told(*actions: CorporateAction) -> Ask:
    def ask(name: str, start_ns: int, end_ns: int) -> tuple[CorporateAction, ...]:
        known = [a for a in actions if a.instrument_id == name and start_ns < a.ts_event <= end_ns]
        return tuple(sorted(known, key=lambda action: action.ts_event))

    return ask


def through(
    events: Sequence[Event | float],
    ask: Ask,
    carried: Sequence[CorporateAction] = (),
    end_s: float = 0.4,
) -> list[Event]:
    """What comes out; a number among the events is a pause in seconds."""

    async def feed() -> AsyncGenerator[Event, None]:
        for event in events:
            if isinstance(event, float):
                await asyncio.sleep(event)
            else:
                yield event
        await asyncio.sleep(end_s)

    async def run() -> list[Event]:
        last = {name: bar(FRIDAY + 390 * MINUTE, 100.0, name) for name in INSTRUMENTS}
        acting = LiveActions(INSTRUMENTS, CALENDARS, last, carried, ask, WallClock(), FRIDAY, QUICK)
        return [event async for event in acting.among(feed())]

    return asyncio.run(run())


def kinds(events: Sequence[Event]) -> list[str]:
    return [
        event.kind if isinstance(event, CorporateAction) else event.status if isinstance(event, FeedStatus)
        else type(event).__name__
        for event in events
    ]  # fmt: skip


def test_a_split_comes_before_the_first_price_on_its_basis() -> None:
    given = [bar(MONDAY + MINUTE, 10.0), bar(MONDAY + 2 * MINUTE, 10.1), bar(TUESDAY + MINUTE, 10.2)]
    out = through(given, told(split(), dividend(TUESDAY)))
    assert out == [split(), *given[:2], dividend(TUESDAY), given[2]]


def test_one_that_was_carried_out_before_a_restart_is_not_carried_out_again() -> None:
    given = [bar(MONDAY + MINUTE, 10.0)]
    assert through(given, told(split()), carried=[split()]) == given


def test_others_do_not_wait_and_quotes_of_an_unknown_basis_are_left_out() -> None:
    def slow(name: str, start_ns: int, end_ns: int) -> tuple[CorporateAction, ...]:
        if name == SHARE:
            time.sleep(0.15)
        return told(split())(name, start_ns, end_ns)

    first, other, coin = (
        bar(MONDAY + MINUTE, 10.0),
        bar(MONDAY + MINUTE, 100.0, OTHER),
        bar(MONDAY, 7e4, COIN),
    )
    given = [
        quote(MONDAY - MINUTE, 10.0),
        quote(MONDAY + 1, 10.0),
        first,
        other,
        coin,
        quote(MONDAY + 2 * MINUTE, 10.0),
    ]
    late = quote(MONDAY + 3 * MINUTE, 10.0)
    out = through([*given, 0.3, late], slow)
    assert max(out.index(coin), out.index(other)) < out.index(split())
    assert [event for event in out if getattr(event, "instrument_id", "") == SHARE] == [split(), first, late]


def test_a_source_that_comes_back_is_asked_again_and_the_waiting_is_said_once() -> None:
    asked: list[int] = []

    def failing(name: str, start_ns: int, end_ns: int) -> tuple[CorporateAction, ...]:
        asked.append(end_ns)
        if len(asked) < 4:
            raise NetworkError("It is away.", "Wait.")
        return told(split())(name, start_ns, end_ns)

    out = through([bar(MONDAY + MINUTE, 10.0), bar(MONDAY + 2 * MINUTE, 10.0)], failing)
    assert kinds(out) == ["waiting", "split", "Bar", "Bar"]


def _away(name: str, start_ns: int, end_ns: int) -> tuple[CorporateAction, ...]:
    raise NetworkError("It is away.", "Wait.")


def test_where_nobody_answers_a_price_near_the_last_is_taken_in_the_end_and_one_far_off_is_not() -> None:
    near = through([bar(MONDAY + MINUTE, 97.0)], _away)
    assert kinds(near) == ["waiting", "unknown", "Bar"]
    far = through([bar(MONDAY + MINUTE, 50.0), bar(MONDAY + 2 * MINUTE, 50.0)], _away)
    assert kinds(far) == ["waiting"]


def test_a_jump_that_no_split_explains_waits_for_one_and_is_taken_and_said() -> None:
    out = through([bar(MONDAY + MINUTE, 50.0)], told())
    assert kinds(out) == ["unknown", "Bar"]
    assert "no split is told of" in str(out[0])
    answers = iter([(), (), (split(ratio=2),)])
    out = through([bar(MONDAY + MINUTE, 50.0)], lambda *_: next(answers))
    assert kinds(out) == ["split", "Bar"], "its source told of it a little later"


def test_an_action_that_is_told_of_after_its_day_is_said_and_not_booked() -> None:
    answers = iter([(), (dividend(), dividend(TUESDAY)), (dividend(), dividend(TUESDAY))])
    given = [bar(MONDAY + MINUTE), bar(TUESDAY + MINUTE), bar(TUESDAY + 24 * 60 * MINUTE)]
    out = through(given, lambda *_: next(answers))
    assert kinds(out) == ["Bar", "late", "dividend", "Bar", "Bar"]
    before_the_session = dividend(FRIDAY - MINUTE)
    assert kinds(through([given[0]], lambda *_: (before_the_session,))) == ["Bar"]


@pytest.mark.parametrize("price", [0.0, -1.0])
def test_a_first_price_of_nothing_ends_no_session(price: float) -> None:
    assert kinds(through([bar(MONDAY + MINUTE, price)], told())) == ["unknown", "Bar"]


def test_where_no_source_knows_actions_nothing_waits() -> None:
    out = through([bar(MONDAY + MINUTE, 99.0)], lambda *_: None)
    assert kinds(out) == ["Bar"]


def test_an_error_of_ours_ends_the_feed_and_is_not_swallowed() -> None:
    def broken(*_: object) -> tuple[CorporateAction, ...]:
        raise ZeroDivisionError("a mistake")

    with pytest.raises(ZeroDivisionError):
        through([bar(MONDAY + MINUTE, 99.0)], broken)

    async def lost() -> AsyncGenerator[Event, None]:
        yield bar(MONDAY, 7e4, COIN)
        raise DataError("The stream is over.", "Start again.")

    out: list[Event] = []

    async def run() -> None:
        acting = LiveActions(INSTRUMENTS, CALENDARS, {}, (), told(), WallClock(), FRIDAY)
        out.extend([event async for event in acting.among(lost())])

    with pytest.raises(DataError, match="over"):
        asyncio.run(run())


@settings(max_examples=30, deadline=None)
@given(
    plan=st.lists(
        st.tuples(st.sampled_from([SHARE, OTHER]), st.integers(0, 3), st.integers(1, 300)), max_size=14
    ),
    acts=st.sets(st.tuples(st.sampled_from([SHARE, OTHER]), st.integers(0, 3)), max_size=4),
)
def test_no_bar_is_lost_or_out_of_order_and_each_action_stands_before_its_day(
    plan: list[tuple[str, int, int]], acts: set[tuple[str, int]]
) -> None:
    opens = [MONDAY + day * 86_400_000_000_000 for day in range(4)]
    bars = {(name, opens[day] + minute * MINUTE) for name, day, minute in plan}
    given = [bar(ts, 100.0, name) for name, ts in sorted(bars, key=lambda one: (one[1], one[0]))]
    actions = [dividend(opens[day], name) for name, day in acts]
    out = through(given, told(*actions), end_s=0.05)
    for name in (SHARE, OTHER):
        own = [event for event in out if getattr(event, "instrument_id", "") == name]
        assert [event for event in own if isinstance(event, Bar)] == [
            b for b in given if b.instrument_id == name
        ]
        last = max((b.ts_event for b in own if isinstance(b, Bar)), default=0)
        due = [action for action in actions if action.instrument_id == name and action.ts_event <= last]
        assert sorted(e.ts_event for e in own if isinstance(e, CorporateAction)) == sorted(
            a.ts_event for a in due
        )
        assert [e.ts_event for e in own] == sorted(e.ts_event for e in own)


def exchange(kind: ActionKind, ts: int) -> CorporateAction:
    return CorporateAction(ts_event=ts, instrument_id=SHARE, kind=kind, into=OTHER, into_price="100")


def test_facts_of_mergers_come_before_the_first_event_that_is_not_before_them_once() -> None:
    due = exchange(ActionKind.MERGER, MONDAY - MINUTE)
    events = [bar(FRIDAY + MINUTE), bar(MONDAY, name=OTHER), bar(TUESDAY, name=OTHER)]
    for carried, expected in (((), [due]), ((due,), [])):
        acting = LiveActions(
            INSTRUMENTS, CALENDARS, {name: bar(FRIDAY, name=name) for name in (SHARE, OTHER)}, carried,
            told(), WallClock(), FRIDAY, QUICK, told=lambda: ([due], ["of NEW nobody says a price"]),
        )  # fmt: skip
        heard = asyncio.run(_all(acting, events))
        actions = [one for one in heard if isinstance(one, CorporateAction)]
        assert actions == expected
        if actions:
            first = next(i for i, one in enumerate(heard) if isinstance(one, Bar) and one.ts_event >= MONDAY)
            assert heard.index(due) < first
        said = [one.detail for one in heard if isinstance(one, FeedStatus)]
        assert said == ["of NEW nobody says a price"], "once, however often it is read"


@pytest.mark.parametrize(("kind", "booked"), [(ActionKind.MERGER, True), (ActionKind.SPIN_OFF, False)])
def test_what_facts_tell_of_late_is_booked_only_where_no_price_came_since(
    kind: ActionKind, booked: bool
) -> None:
    late, days = exchange(kind, MONDAY - MINUTE), iter([([], []), ([exchange(kind, MONDAY - MINUTE)], [])])
    acting = LiveActions(
        INSTRUMENTS, CALENDARS, {SHARE: bar(FRIDAY)}, (), told(), WallClock(), FRIDAY, QUICK,
        told=lambda: next(days),
    )  # fmt: skip
    heard = asyncio.run(_all(acting, [bar(MONDAY), bar(TUESDAY)]))
    assert (late in heard) is booked
    assert any(isinstance(one, FeedStatus) and one.status == "late" for one in heard) is not booked


async def _all(acting: LiveActions, events: Sequence[Event]) -> list[Event]:
    async def feed() -> AsyncGenerator[Event, None]:
        for event in events:
            yield event
            await asyncio.sleep(0.02)

    return [event async for event in acting.among(feed())]
