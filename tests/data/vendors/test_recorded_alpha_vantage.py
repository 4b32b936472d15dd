"""Alpha Vantage's recorded answers and sentences, and its two ways of labelling minutes."""

import json
from datetime import date
from random import Random

import numpy as np
import pytest
from misbehaving_site import StandingClock, open_site
from recorded import archived, cassette_bodies
from vendor_answers import DAY, MINUTE, at_new_york

from tradewind.core.errors import (
    MalformedPayloadError,
    MissingKeyError,
    NoDataError,
    NoTimeframeError,
    RateLimitedError,
    UnknownSymbolError,
)
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import parse_ns
from tradewind.data.policy.redaction import Secret
from tradewind.data.vendors.alpha_vantage.history import AlphaVantageProvider

pytestmark = pytest.mark.services


@pytest.fixture
def ask(tmp_path):
    def call(request, body, *, now, feed="daily"):
        clock = StandingClock(parse_ns(now))
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        with open_site(lambda asked: (200, {}, raw)) as site:
            call.site = site
            provider = AlphaVantageProvider(
                tmp_path,
                api_key=Secret("a-secret-key"),
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


def test_recorded_days_of_a_currency_end_with_utcs(ask, shared_data):
    body = cassette_bodies(
        shared_data, "gamestonk_vcr_cassettes.tar.xz", "test_get_historical[CHF-USD].yaml"
    )[0]
    rows = json.loads(body)["Time Series FX (Daily)"]
    request = BarRequest("CHF/USD", "1d", parse_ns("2014-11-01"), parse_ns("2022-04-01"))
    raw = ask(request, body, now="2022-03-21T11:25:00+00:00")
    whole = sorted(day for day in rows if day < "2022-03-21")  # the last was still being made
    np.testing.assert_array_equal(raw.ts_event, [parse_ns(day) + DAY for day in whole])
    for name, column in (("open", "1. open"), ("high", "2. high"), ("low", "3. low"), ("close", "4. close")):
        assert getattr(raw, name).tolist() == [float(rows[day][column]) for day in whole]
    assert (raw.has_volume, raw.calendar, raw.actions) == (False, "UTC/5", None)
    assert ask.site.asked[0].query["outputsize"] == "full"


def test_another_pair_than_was_asked_for(ask, shared_data):
    body = cassette_bodies(
        shared_data, "gamestonk_vcr_cassettes.tar.xz", "test_get_historical[CHF-USD].yaml"
    )[0]
    with pytest.raises(MalformedPayloadError, match="CHF"):
        ask(
            BarRequest("EUR/USD", "1d", parse_ns("2020-01-01"), parse_ns("2021-01-01")),
            body,
            now="2022-03-22",
        )


def test_recorded_minutes_of_a_stock(ask, shared_data):
    body = archived(shared_data, "alpha_vantage_mocks.tar.xz", "test_data/mock_time_series")
    rows = json.loads(body)["Time Series (1min)"]
    request = BarRequest("MSFT", "1m", parse_ns("2017-12-18"), parse_ns("2017-12-19"))
    raw = ask(request, body, now="2017-12-20")
    first = parse_ns(min(rows).replace(" ", "T") + "-05:00")
    assert raw.ts_event[0] == first + MINUTE  # neither edge of the session is there: taken as opens
    assert len(raw) == len(rows)
    assert ask.site.asked[0].query["month"] == "2017-12"
    assert ask.site.asked[0].query["adjusted"] == "false"


def minutes(*labels):
    row = {"1. open": "5", "2. high": "6", "3. low": "4", "4. close": "5", "5. volume": "7"}
    meta = {"2. Symbol": "ACME", "4. Interval": "30min", "6. Time Zone": "US/Eastern"}
    return {"Meta Data": meta, "Time Series (30min)": dict.fromkeys(labels, row)}


@pytest.mark.parametrize(
    ("labels", "closes"),
    [
        (("09:30", "15:30"), ((10, 0), (16, 0))),  # by their opens
        (("10:00", "16:00"), ((10, 0), (16, 0))),  # by their closes
        (("11:00", "12:00"), ((11, 30), (12, 30))),  # nobody knows: late, never early
        (("04:00", "09:30", "19:30"), ((10, 0),)),  # outside of hours is left out
    ],
)
def test_labels_of_minutes_are_read_off_the_edges_of_the_session(ask, labels, closes):
    day = date(2024, 7, 9)
    body = minutes(*(f"2024-07-09 {label}:00" for label in labels))
    request = BarRequest("ACME", "30m", at_new_york(day, 0), at_new_york(day, 23))
    assert ask(request, body, now="2024-07-20").ts_event.tolist() == [at_new_york(day, *c) for c in closes]


def adjusted(day, close, dividend="0.0000", ratio="1.0"):
    row = {"1. open": close, "2. high": close, "3. low": close, "4. close": close, "5. adjusted close": "1.0"}
    return day, row | {"6. volume": "9", "7. dividend amount": dividend, "8. split coefficient": ratio}


def test_the_paid_feed_tells_of_splits_and_dividends(ask):
    rows = dict(
        [
            adjusted("2014-06-09", "92.7", ratio="7.000007"),
            adjusted("2014-05-08", "588.0", dividend="3.2900"),
            adjusted("2014-05-07", "592.3"),
        ]
    )
    meta = {"2. Symbol": "AAPL", "5. Time Zone": "US/Eastern"}
    body = {"Meta Data": meta, "Time Series (Daily)": rows}
    request = BarRequest("AAPL", "1d", parse_ns("2014-05-01"), parse_ns("2014-06-30"))
    raw = ask(request, body, now="2022-01-01", feed="daily_adjusted")
    assert raw.close.tolist() == [592.3, 588.0, 92.7]  # as traded
    assert [(action.kind, action.value) for action in raw.actions] == [("dividend", 3.29), ("split", 7.0)]
    assert raw.actions[0].price_factor == pytest.approx(1 - 3.29 / 592.3)
    assert [a.ex_ns for a in raw.actions] == [at_new_york(date(2014, *day), 0) for day in ((5, 8), (6, 9))]
    assert ask.site.asked[0].query["function"] == "TIME_SERIES_DAILY_ADJUSTED"


@pytest.mark.parametrize(
    ("word", "sentence", "error"),
    [
        (
            "Note",
            "Our standard API call frequency is 5 calls per minute and 500 calls per day. Please visit"
            " https://www.alphavantage.co/premium/ if you would like to target a higher one.",
            RateLimitedError,
        ),
        (
            "Information",
            "Please consider spreading out your free API requests more sparingly (1 request per"
            " second). You may subscribe to any of the premium plans.",
            RateLimitedError,
        ),
        (
            "Information",
            "Thank you for using Alpha Vantage! This is a premium endpoint. You may subscribe to any"
            " of the premium plans at https://www.alphavantage.co/premium/",
            MissingKeyError,
        ),
        (
            "Information",
            "The **demo** API key is for demo purposes only. Please claim your free API key at"
            " (https://www.alphavantage.co/support/#api-key)",
            MissingKeyError,
        ),
        ("Error Message", "Invalid API call. Please retry or visit the documentation", UnknownSymbolError),
        ("Information", "We are closed today.", NoDataError),
    ],
)
def test_sentences_are_typed_errors_that_repeat_them(ask, word, sentence, error):
    request = BarRequest("ACME", "1d", parse_ns("2024-01-01"), parse_ns("2024-02-01"))
    with pytest.raises(error, match="Alpha Vantage says of TIME_SERIES_DAILY of ACME"):
        ask(request, {word: sentence}, now="2024-03-01")


COIN = {"2. Digital Currency Code": "BTC", "4. Market Code": "EUR", "7. Time Zone": "UTC"}
WORDS = ("open", "high", "low", "close")


@pytest.mark.parametrize(
    "row",
    [
        {f"{n}. {word}": f"{n}.5" for n, word in enumerate((*WORDS, "volume"), 1)},
        {f"{n}a. {word} (EUR)": f"{n}.5" for n, word in enumerate(WORDS, 1)}
        | {f"{n}b. {word} (USD)": "9.0" for n, word in enumerate(WORDS, 1)}
        | {"5. volume": "5.5", "6. market cap (USD)": "1.0"},
    ],
)
def test_days_of_a_coin_in_its_newer_and_its_older_columns(ask, row):
    rows = {"2024-07-02": row, "2024-07-01": row}
    body = {"Meta Data": COIN, "Time Series (Digital Currency Daily)": rows}
    raw = ask(
        BarRequest("BTC/EUR", "1d", parse_ns("2024-07-01"), parse_ns("2024-07-09")),
        body,
        now="2024-07-02T12:00:00+00:00",
    )
    assert raw.ts_event.tolist() == [parse_ns("2024-07-02")] == [parse_ns("2024-07-01") + DAY]
    values = [float(getattr(raw, name)[0]) for name in (*WORDS, "volume")]
    assert values == [1.5, 2.5, 3.5, 4.5, 5.5]
    assert (raw.has_volume, raw.calendar) == (True, "24/7")


def test_stocks_of_other_countries_are_not_mistaken_for_those_of_new_york(ask):
    with pytest.raises(UnknownSymbolError, match=r"VOD\.XLON"):
        ask(BarRequest("VOD.XLON", "1d", 0, DAY), {}, now="2024-03-01")
    with pytest.raises(NoTimeframeError):
        ask(BarRequest("EUR/USD", "1h", 0, DAY), {}, now="2024-03-01")
    assert ask.site.asked == []
