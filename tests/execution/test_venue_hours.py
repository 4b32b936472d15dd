"""The venue on exchange hours: holidays, half days, lunch, and orders that live a trading day."""

import msgspec
import pytest

from tradewind.core.errors import ConfigError
from tradewind.core.market import Quote
from tradewind.core.orders import (
    OrderAccepted,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderType,
    TimeInForce,
)
from tradewind.core.timestamps import NS_PER_HOUR, parse_ns
from tradewind.data.calendars import trading_calendars
from tradewind.execution.venue.settings import VenueSettings
from tradewind.execution.venue.simulated import SimulatedVenue

CALM = (100.0, 101.0, 99.0, 100.0)
START, END = parse_ns("2020-01-01"), parse_ns("2021-12-31")


def at(text: str) -> int:
    return parse_ns(f"{text}:00+00:00")


@pytest.fixture
def venue_on(instruments):
    """A venue on which AAPL trades by the given calendar."""

    def make(calendar: str = "XNYS", **settings: object) -> SimulatedVenue:
        stock = msgspec.structs.replace(instruments["AAPL.SIM"], calendar=calendar)
        tables = trading_calendars([calendar], START, END)
        return SimulatedVenue({"AAPL.SIM": stock}, VenueSettings(**settings), calendars=tables)

    return make


def kinds(reports: object) -> list[type]:
    return [type(report) for report in reports]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("calendar", "moment", "taken"),
    [
        ("XNYS", "2020-12-24T17:30", True),
        ("XNYS", "2020-12-24T18:30", False),  # closes at 13:00 in New York
        ("XNYS", "2020-12-25T16:00", False),
        ("XNYS", "2020-12-26T16:00", False),
        ("XNYS", "2020-12-28T16:00", True),
        ("XTKS", "2020-12-28T03:00", False),  # noon in Tokyo
        ("XTKS", "2020-12-28T04:00", True),
        ("24/5", "2020-12-25T16:00", False),
        ("24/5", "2020-12-27T22:00", True),
        ("24/7", "2020-12-25T16:00", True),
    ],
)
def test_a_closed_market_rejects_where_configured(venue_on, make_order, calendar, moment, taken):
    venue = venue_on(calendar, reject_when_closed=True)
    reports = venue.submit(make_order(ts_decided=at(moment)))
    assert kinds(reports) == [OrderAccepted if taken else OrderRejected]


def test_nothing_fills_at_christmas_and_the_order_waits_for_the_next_trading_day(
    venue_on, make_order, make_bar
):
    venue = venue_on()
    venue.submit(make_order(ts_decided=at("2020-12-24T18:00")))
    assert venue.on_market(make_bar(0, CALM, ts_event=at("2020-12-25T21:00"))) == ()
    assert venue.on_market(make_bar(0, CALM, ts_event=at("2020-12-25T16:00"), timeframe="1h")) == ()
    assert (
        venue.on_market(Quote(ts_event=at("2020-12-25T16:00"), instrument_id="AAPL.SIM", bid=99.0, ask=100.0))
        == ()
    )
    assert kinds(venue.on_market(make_bar(0, CALM, ts_event=at("2020-12-28T21:00")))) == [OrderFilled]


def test_nothing_fills_in_the_lunch_break(venue_on, make_order, make_bar):
    venue = venue_on("XTKS")
    venue.submit(make_order(ts_decided=at("2020-12-28T02:30")))
    filled = {}
    for minute in ("02:45", "03:00", "03:30", "03:45"):
        bar = make_bar(0, CALM, ts_event=at(f"2020-12-28T{minute}"), timeframe="15m")
        filled[minute] = kinds(venue.on_market(bar))
    assert {minute: found for minute, found in filled.items() if found} == {"03:45": [OrderFilled]}


def test_an_hourly_bar_that_the_lunch_break_cuts_short_fills(venue_on, make_order, make_bar):
    venue = venue_on("XTKS")
    venue.submit(make_order(ts_decided=at("2020-12-28T02:00")))
    bar = make_bar(0, CALM, ts_event=at("2020-12-28T03:00"), timeframe="1h")  # 11:00 to 11:30, then lunch
    assert kinds(venue.on_market(bar)) == [OrderFilled]


@pytest.mark.parametrize(
    ("calendar", "decided", "bars", "dies_at"),
    [
        # Decided after Friday's close: it lives through the next trading day, Monday, and dies on Tuesday.
        ("XNYS", "2021-03-12T21:00", ("03-15T14:30", "03-15T20:00", "03-16T14:30"), "03-16T14:30"),
        # A currency's day ends at 17:00 in New York: 22:00 UTC before the clocks change, 21:00 after.
        ("24/5", "2021-03-11T20:00", ("03-11T21:00", "03-11T22:00", "03-11T23:00"), "03-11T23:00"),
        ("24/5", "2021-03-15T19:00", ("03-15T20:00", "03-15T21:00", "03-15T22:00"), "03-15T22:00"),
    ],
)
def test_an_order_of_the_day_lives_for_one_trading_day(
    venue_on, make_order, make_bar, calendar, decided, bars, dies_at
):
    venue = venue_on(calendar)
    away = {"order_type": OrderType.LIMIT, "limit_price_ticks": 5_000, "time_in_force": TimeInForce.DAY}
    venue.submit(make_order(ts_decided=at(decided), **away))
    for moment in bars:
        ts = at(f"2021-{moment}")
        reports = venue.on_market(make_bar(0, CALM, ts_event=ts, ts_open=ts - NS_PER_HOUR, timeframe="1h"))
        assert kinds(reports) == ([OrderExpired] if moment == dies_at else [])


def test_a_market_without_a_table_is_refused_at_the_start(instruments):
    stock = msgspec.structs.replace(instruments["AAPL.SIM"], calendar="XNYS")
    with pytest.raises(ConfigError, match="no table of the calendar 'XNYS'"):
        SimulatedVenue({"AAPL.SIM": stock})
