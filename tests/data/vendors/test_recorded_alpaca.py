"""Alpaca's answers in its own client's mocks, and what days, hours, splits and dividends become."""

from datetime import date
from random import Random

import numpy as np
import pytest
from misbehaving_site import StandingClock, open_site
from recorded import alpaca_mocks
from vendor_answers import HOUR, MINUTE, at_new_york, js

from tradewind.core.errors import ConfigError, MalformedPayloadError, NetworkError, NoTimeframeError
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import parse_ns
from tradewind.data.candles import as_traded
from tradewind.data.policy.redaction import Secret
from tradewind.data.vendors.alpaca.history import AlpacaProvider

pytestmark = pytest.mark.services


@pytest.fixture
def ask(tmp_path):
    """What a provider makes of a site that answers ``bars`` and, in turn, each of ``actions``."""

    def call(request, bars, *actions, feed="iex", now="2024-09-01"):
        clock = StandingClock(parse_ns(now))
        pages = list(actions) or [{"corporate_actions": {}}]

        def answer(asked):
            body = pages.pop(0) if asked.path == "/v1/corporate-actions" else bars
            return js(body(asked) if callable(body) else body)

        with open_site(answer) as site:
            call.site = site
            provider = AlpacaProvider(
                tmp_path / feed,
                api_key=Secret("a"),
                api_secret=Secret("b"),
                feed=feed,
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


def mock(shared_data, test):
    return next(
        one["body"] for one in alpaca_mocks(shared_data) if one["test"].endswith(f"_stock_data.py::{test}")
    )


def test_mocked_days_close_with_new_yorks_session(ask, shared_data):
    body = mock(shared_data, "test_get_bars") | {}
    body["next_page_token"] = None
    rows = body["bars"]["AAPL"]
    request = BarRequest("AAPL.XNAS", "1d", parse_ns("2022-02-01"), parse_ns("2022-02-04"))
    raw = ask(request, body)
    days = [date.fromisoformat(row["t"][:10]) for row in rows]
    np.testing.assert_array_equal(raw.ts_event, [at_new_york(day, 16) for day in days])
    assert raw.close.tolist() == [row["c"] for row in rows]
    assert (raw.source, raw.actions, raw.adjusted) == ("alpaca-iex", (), False)


def test_mocked_bars_of_two_symbols_are_no_answer_about_one(ask, shared_data):
    body = mock(shared_data, "test_multisymbol_get_bars")
    request = BarRequest("AAPL", "1d", parse_ns("2022-03-01"), parse_ns("2022-03-12"))
    with pytest.raises(MalformedPayloadError, match="TSLA"):
        ask(request, body)


def days_of(*days, price=100.0):
    rows = [
        {"t": f"{day}T04:00:00Z", "o": price, "h": price + 1, "l": price - 1, "c": price, "v": 1000}
        for day in days
    ]
    return {"bars": {"ACME": rows}, "next_page_token": None}


SPLIT = {"symbol": "ACME", "ex_date": "2024-07-10", "new_rate": 4, "old_rate": 1}
REVERSE = {"symbol": "ACME", "ex_date": "2024-07-12", "new_rate": 1, "old_rate": 50}
CASH = {"symbol": "ACME", "ex_date": "2024-07-11", "rate": 0.5, "foreign": False, "special": False}
STOCK = {"symbol": "ACME", "ex_date": "2024-07-15", "rate": 0.05}
DAYS = days_of("2024-07-08", "2024-07-09", "2024-07-10", "2024-07-11", "2024-07-12", "2024-07-15")
REQUEST = BarRequest("ACME.XNAS", "1d", parse_ns("2024-07-08"), parse_ns("2024-07-16"))


def test_splits_and_dividends_come_beside_the_prices_from_all_pages(ask):
    first = {
        "corporate_actions": {"forward_splits": [SPLIT], "cash_dividends": [CASH]},
        "next_page_token": "x",
    }
    second = {
        "corporate_actions": {"reverse_splits": [REVERSE], "stock_dividends": [STOCK], "name_changes": []},
        "next_page_token": None,
    }
    raw = ask(REQUEST, DAYS, first, second)
    assert raw.close.tolist() == [100.0] * 6
    assert [(action.kind, action.value) for action in raw.actions] == [
        ("split", 4.0),
        ("dividend", 0.5),
        ("split", 0.02),
        ("split", 1.05),
    ]
    assert [a.ex_ns for a in raw.actions] == [at_new_york(date(2024, 7, d), 0) for d in (10, 11, 12, 15)]
    assert raw.actions[1].price_factor == pytest.approx(1.0 - 0.5 / 100.0)
    assert [one.query.get("page_token") for one in ask.site.asked[1:]] == [None, "x"]


def test_actions_that_cannot_be_are_refused(ask):
    loop = {"corporate_actions": {}, "next_page_token": "x"}
    with pytest.raises(MalformedPayloadError, match="back to themselves"):
        ask(REQUEST, DAYS, loop, loop, loop)
    for kind, change, said in (
        ("forward_splits", SPLIT | {"new_rate": 0}, "not positive"),
        ("cash_dividends", CASH | {"symbol": "OTHER"}, "OTHER"),
    ):
        with pytest.raises(MalformedPayloadError, match=said):
            ask(REQUEST, DAYS, {"corporate_actions": {kind: [change]}})


def test_a_special_dividend_of_the_same_day_is_paid_too(ask):
    told = {"cash_dividends": [CASH, CASH | {"rate": 3.0, "special": True}, CASH]}
    raw = ask(REQUEST, DAYS, {"corporate_actions": told})
    assert [(one.kind, one.value) for one in raw.actions] == [("dividend", CASH["rate"] + 3.0)]
    assert raw.actions[0].price_factor == pytest.approx(1.0 - (CASH["rate"] + 3.0) / 100.0)


def test_minutes_outside_of_the_session_are_left_out_and_the_last_bar_ends_with_a_half_day(ask):
    half = date(2024, 7, 3)  # closed at 13:00

    def bars(asked):
        if asked.query["timeframe"] == "1Day":
            return days_of("2024-07-02", "2024-07-03")
        opens = [
            at_new_york(half, 9),
            at_new_york(half, 9, 30),
            at_new_york(half, 12, 30),
            at_new_york(half, 13),
        ]
        rows = [
            {
                "t": np.datetime_as_string(np.datetime64(o, "ns"), "s") + "Z",
                "o": 5,
                "h": 6,
                "l": 4,
                "c": 5,
                "v": 1,
            }
            for o in opens
        ]
        return {"bars": {"ACME": rows}, "next_page_token": None}

    request = BarRequest("ACME", "30m", at_new_york(half, 9, 20), at_new_york(half, 20))
    raw = ask(request, bars)
    assert raw.ts_event.tolist() == [at_new_york(half, 10), at_new_york(half, 13)]


def test_coins_have_hours_and_their_days_are_made_of_them(ask):
    start = parse_ns("2024-07-01")
    times = [np.datetime_as_string(np.datetime64(start + n * HOUR, "ns"), "s") + "Z" for n in range(30)]
    rows = [
        {"t": t, "o": 100.5, "h": 101, "l": 100, "c": 100.75, "v": 0.5, "n": 4, "vw": 100.6} for t in times
    ]
    request = BarRequest("BTC/USD", "1h", start + HOUR, start + 31 * HOUR)
    raw = ask(request, {"bars": {"BTC/USD": rows}, "next_page_token": None})
    assert ((raw.ts_event - start) // HOUR).tolist() == list(range(1, 31))
    assert (raw.source, raw.calendar, raw.actions) == ("alpaca-crypto", "24/7", None)
    assert ask.site.asked[0].path == "/v1beta3/crypto/us/bars"
    with pytest.raises(NoTimeframeError) as lacking:
        ask(BarRequest("BTC/USD", "1d", start, start + 31 * HOUR), {})
    assert "1h" in lacking.value.offers


def test_feeds_are_series_of_their_own(ask):
    raw = ask(REQUEST, DAYS, feed="sip")
    assert raw.source == "alpaca-sip"
    assert ask.site.asked[0].query["feed"] == "sip"
    with pytest.raises(ConfigError, match="no feed 'otc2'"):
        ask(REQUEST, DAYS, feed="otc2")


def test_a_day_that_has_just_ended_waits_for_its_auction(ask):
    close = at_new_york(date(2024, 7, 15), 16)
    request = BarRequest("ACME", "1d", parse_ns("2024-07-08"), close + HOUR)
    for minutes, known in ((1, 5), (21, 6)):
        now = np.datetime_as_string(np.datetime64(close + minutes * MINUTE, "ns"), "s")
        assert len(ask(request, DAYS, now=f"{now}+00:00")) == known


def test_bars_as_traded_come_in_one_request_while_the_actions_are_away(tmp_path):
    asked, clock = [], StandingClock(parse_ns("2024-09-01"))

    def answer(request):
        asked.append(request.path)
        return js({}, 503) if request.path == "/v1/corporate-actions" else js(DAYS)

    with open_site(answer) as site:
        provider = AlpacaProvider(
            tmp_path, api_key=Secret("a"), api_secret=Secret("b"), base_url=site.url, clock=clock,
            sleep=clock.sleep, random=Random(1),
        )  # fmt: skip
        try:
            bars = as_traded(provider)(REQUEST)
            with pytest.raises(NetworkError):
                provider.raw_bars(REQUEST)
        finally:
            provider.close()
    assert bars.close.tolist() == [100.0] * 6
    assert asked.index("/v1/corporate-actions") == 2, "the first question alone was for bars as traded"
