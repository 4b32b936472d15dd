"""Twelve Data's days and minutes of stocks and currencies, in the documented shape."""

import json
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from misbehaving_site import StandingClock, open_site
from vendor_answers import DAY, at_new_york

from tradewind.core.errors import (
    ConfigError,
    MalformedPayloadError,
    MissingKeyError,
    NetworkError,
    NoDataError,
    UnknownSymbolError,
)
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import parse_ns
from tradewind.data.policy.call_budget import PER_MINUTE, CallLimit
from tradewind.data.policy.redaction import Secret
from tradewind.data.vendors.twelve_data.history import FREE, TwelveDataProvider

pytestmark = pytest.mark.services


@pytest.fixture
def ask(tmp_path):
    def call(request, body, *, now="2024-07-20"):
        clock = StandingClock(parse_ns(now))
        with open_site(lambda asked: (200, {}, json.dumps(body).encode())) as site:
            call.site = site
            provider = TwelveDataProvider(
                tmp_path,
                api_key=Secret("a-secret-key"),
                base_url=site.url,
                clock=clock,
                sleep=clock.sleep,
                random=Random(1),
            )
            try:
                return provider.raw_bars(request)
            finally:
                provider.close()

    return call


def series(symbol, interval, *labels, **meta):
    figures = {"open": "5.0", "high": "6.0", "low": "4.0", "close": "5.5", "volume": "1200"}
    values = [{"datetime": label, **figures} for label in labels]
    return {"meta": {"symbol": symbol, "interval": interval, **meta}, "values": values, "status": "ok"}


US = {"currency": "USD", "exchange": "NASDAQ", "mic_code": "XNGS", "type": "Common Stock"}


def test_days_of_a_stock_as_traded_close_with_the_session(ask):
    body = series("ACME", "1day", "2024-07-02", "2024-07-03", "2024-07-05", **US)
    raw = ask(BarRequest("ACME.XNAS", "1d", parse_ns("2024-07-01"), parse_ns("2024-07-08")), body)
    closes = [
        at_new_york(date(2024, 7, 2), 16),
        at_new_york(date(2024, 7, 3), 13),
        at_new_york(date(2024, 7, 5), 16),
    ]
    assert raw.ts_event.tolist() == closes
    assert (raw.has_volume, raw.volume.tolist(), raw.adjusted, raw.actions) == (
        True,
        [1200.0] * 3,
        False,
        None,
    )
    assert ask.site.asked[0].query["adjust"] == "none"


def test_half_hours_of_a_stock_stay_in_the_session(ask):
    labels = [f"2024-07-09 {time}:00" for time in ("13:00", "13:30", "19:30", "20:00")]  # UTC
    day = date(2024, 7, 9)
    request = BarRequest("ACME", "30m", at_new_york(day, 9), at_new_york(day, 23))
    raw = ask(request, series("ACME", "30min", *labels, **US))
    assert raw.ts_event.tolist() == [at_new_york(day, 10), at_new_york(day, 16)]


def test_days_of_a_currency_end_with_utcs(ask):
    body = series("EUR/USD", "1day", "2024-07-08", "2024-07-09", type="Physical Currency")
    raw = ask(BarRequest("EUR/USD", "1d", parse_ns("2024-07-08"), parse_ns("2024-07-12")), body)
    assert raw.ts_event.tolist() == [parse_ns("2024-07-09"), parse_ns("2024-07-10")]
    assert (raw.has_volume, raw.calendar) == (False, "UTC/5")
    assert "adjust" not in ask.site.asked[0].query


def test_a_namesake_abroad_is_refused(ask):
    body = series("VOD", "1day", "2024-07-08", currency="GBp", exchange="LSE", mic_code="XLON")
    with pytest.raises(UnknownSymbolError, match="VOD on LSE"):
        ask(BarRequest("VOD", "1d", parse_ns("2024-07-08"), parse_ns("2024-07-12")), body)
    with pytest.raises(UnknownSymbolError, match=r"VOD\.XLON"):
        ask(BarRequest("VOD.XLON", "1d", parse_ns("2024-07-08"), parse_ns("2024-07-12")), body)


@pytest.mark.parametrize(
    ("code", "words", "error"),
    [
        (500, "Internal server error", NetworkError),
        (400, "No data is available on the specified dates.", NoDataError),
        (414, "The parameter array is too long", NoDataError),
        (400, "The symbol is not there", UnknownSymbolError),
    ],
)
def test_refusals_with_status_200_are_typed(ask, code, words, error):
    body = {"code": code, "message": words, "status": "error"}
    with pytest.raises(error):
        ask(BarRequest("EUR/USD", "1d", parse_ns("2024-07-08"), parse_ns("2024-07-12")), body)


def test_a_long_span_is_asked_for_in_parts_that_an_answer_can_hold(ask):
    body = {"code": 400, "message": "No data is available on the specified dates.", "status": "error"}
    start, end = parse_ns("2000-01-01"), parse_ns("2024-07-01")
    with pytest.raises(NoDataError):
        ask(BarRequest("EUR/USD", "1d", start, end), body)
    spans = [(one.query["start_date"], one.query["end_date"]) for one in ask.site.asked]
    assert len(spans) == 2
    first_end, second_start = parse_ns(spans[0][1].replace(" ", "T") + "+00:00"), spans[1][0]
    assert first_end + 1_000_000_000 == parse_ns(second_start.replace(" ", "T") + "+00:00")
    assert (first_end - start) // DAY <= 5_000


# Splits and dividends, in the documented shape -----------------------------------------------

ABOUT = {"symbol": "ACME", "name": "Acme", **{k: v for k, v in US.items() if k != "type"}}
SPLIT = {
    "date": "2024-07-09",
    "description": "4-for-1 split",
    "ratio": 0.25,
    "from_factor": 4,
    "to_factor": 1,
}
PAID = {"ex_date": "2024-07-03", "amount": 0.11}
PAID_PLAN = replace(FREE, limits=(CallLimit(377, PER_MINUTE),), timeout_s=10.0)


@pytest.fixture
def told(tmp_path):
    """Bars of a stock from a site that tells of these splits and dividends."""

    def call(
        splits=(SPLIT,), dividends=(PAID,), *, feed="actions", settings=PAID_PLAN, about=ABOUT, say=None
    ):
        days = [f"2024-07-{day:02d}" for day in (1, 2, 3, 5, 8, 9, 10)]
        answers = {
            "/time_series": series("ACME", "1day", *days, **US),
            "/splits": {"meta": about, "splits": list(splits)},
            "/dividends": {"meta": about, "dividends": list(dividends)},
        }
        answers |= say or {}
        clock = StandingClock(parse_ns("2024-07-20"))
        with open_site(lambda asked: (200, {}, json.dumps(answers[asked.path]).encode())) as site:
            call.site = site
            provider = TwelveDataProvider(
                tmp_path,
                api_key=Secret("a-secret-key"),
                feed=feed,
                base_url=site.url,
                settings=settings,
                clock=clock,
                sleep=clock.sleep,
                random=Random(1),
            )
            request = BarRequest("ACME.XNAS", "1d", parse_ns("2024-07-02"), parse_ns("2024-07-11"))
            try:
                return provider.raw_bars(request), provider.bars(request)
            finally:
                provider.close()

    return call


def test_actions_are_told_where_they_are_asked_for(told):
    raw, bars = told()
    assert [(a.kind, a.value, a.source) for a in raw.actions] == [
        ("dividend", 0.11, "twelve_data"),
        ("split", 4.0, "twelve_data"),
    ]
    assert [a.ex_ns for a in raw.actions] == [at_new_york(date(2024, 7, day), 0) for day in (3, 9)]
    assert raw.actions[0].price_factor == pytest.approx(1 - 0.11 / 5.5)
    assert (raw.adjusted, set(raw.close.tolist())) == (False, {5.5})
    before = 5.5 / 4
    wanted = [before * (1 - 0.11 / 5.5), before, before, before, 5.5, 5.5]
    assert bars.close.tolist() == pytest.approx(wanted)
    dated = [one.query for one in told.site.asked if one.path == "/splits"]
    assert [(one["start_date"], one["end_date"], one["country"]) for one in dated] == [
        ("2024-07-01", "2024-07-10", "United States")
    ]


def test_a_free_feed_asks_for_none_and_none_are_no_actions_at_all(told):
    assert told(feed="prices")[0].actions is None
    assert {one.path for one in told.site.asked} == {"/time_series"}
    assert told((), ())[0].actions == ()


def test_a_plan_that_is_too_small_for_actions_is_said(told):
    with pytest.raises(ConfigError, match="costs 20, more than the limit of 8"):
        told(settings=FREE)
    with pytest.raises(ConfigError, match="no feed 'dear'"):
        told(feed="dear")


@pytest.mark.parametrize(
    "wrong",
    [
        {"from_factor": 1, "to_factor": 4},
        {"ratio": 4.0},
        {"description": "1-for-4 split"},
        {"from_factor": 1, "to_factor": 4, "ratio": 4.0},
        {"from_factor": 0},
        {"to_factor": -1},
        {"ratio": 0},
        {"date": "2024-02-30"},
        {"from_factor": None},
        {"from_factor": "4"},
    ],
)
def test_a_split_that_says_two_things_is_no_split(told, wrong):
    with pytest.raises(MalformedPayloadError):
        told([SPLIT | wrong])


def test_a_reverse_split_is_fewer_shares(told):
    reverse = SPLIT | {"description": "1-for-10 split", "ratio": 10.0, "from_factor": 1, "to_factor": 10}
    assert told([reverse], ())[0].actions[0].value == 0.1


@pytest.mark.parametrize("amount", [0, -1, None, "0.11", 1e400])
def test_a_dividend_of_nothing_is_none(told, amount):
    with pytest.raises(MalformedPayloadError):
        told((), [PAID | {"amount": amount}])


def test_actions_of_another_or_in_another_currency_are_refused(told):
    with pytest.raises(MalformedPayloadError, match="'OTHER' came"):
        told(about=ABOUT | {"symbol": "OTHER"})
    with pytest.raises(MalformedPayloadError, match="are in 'GBp'"):
        told(about=ABOUT | {"currency": "GBp"})
    with pytest.raises(UnknownSymbolError, match="on LSE"):
        told(about=ABOUT | {"exchange": "LSE", "mic_code": "XLON"})
    with pytest.raises(MalformedPayloadError, match="no list of splits"):
        told(say={"/splits": {"meta": ABOUT}})
    refused = {
        "code": 403,
        "message": "/dividends is available from the Grow plan: a-secret-key",
        "status": "error",
    }
    with pytest.raises(MissingKeyError) as said:
        told(say={"/dividends": refused})
    assert "a-secret-key" not in str(said.value)
