"""Finnhub's quotes as the newest day, in the documented shape, and its minutes."""

import json
from datetime import date
from random import Random

import pytest
from misbehaving_site import StandingClock, open_site
from vendor_answers import DAY, HOUR, MINUTE, at_new_york

from tradewind.core.errors import (
    ConfigError,
    MissingKeyError,
    NoDataError,
    NoTimeframeError,
    StaleDataError,
    UnknownSymbolError,
)
from tradewind.core.ports import BarRequest
from tradewind.data.policy.redaction import Secret
from tradewind.data.vendors.finnhub.history import FinnhubProvider

pytestmark = pytest.mark.services

TODAY = date(2024, 7, 9)
CLOSE = at_new_york(TODAY, 16)


@pytest.fixture
def ask(tmp_path):
    def call(said, *, now=CLOSE + HOUR, timeframe="1d", feed="quote", status=200, start=CLOSE - 2 * DAY):
        clock = StandingClock(now)
        with open_site(lambda asked: (status, {}, json.dumps(said).encode())) as site:
            call.site = site
            provider = FinnhubProvider(
                tmp_path,
                api_key=Secret("a-secret-key"),
                feed=feed,
                base_url=site.url,
                clock=clock,
                sleep=clock.sleep,
                random=Random(1),
            )
            try:
                return provider.raw_bars(BarRequest("ACME.XNAS", timeframe, start, CLOSE + DAY))
            finally:
                provider.close()

    return call


def quote(traded_ns, **change):
    said = {"c": 5.5, "d": 0.5, "dp": 10.0, "h": 6.0, "l": 4.0, "o": 5.0, "pc": 5.0}
    return said | {"t": traded_ns // 1_000_000_000} | change


def test_a_quote_of_the_close_is_the_day(ask):
    for traded in (CLOSE, CLOSE - MINUTE, CLOSE + 2 * MINUTE):
        raw = ask(quote(traded), now=CLOSE + 4 * HOUR)
        assert raw.ts_event.tolist() == [CLOSE]
        row = [float(getattr(raw, name)[0]) for name in ("open", "high", "low", "close")]
        assert row == [5.0, 6.0, 4.0, 5.5]
        assert (raw.has_volume, raw.adjusted, raw.source) == (False, False, "finnhub-quote")


def test_a_day_that_goes_on_is_no_bar(ask):
    with pytest.raises(NoDataError):
        ask(quote(CLOSE - 2 * HOUR), now=CLOSE - 2 * HOUR)
    with pytest.raises(NoDataError):
        ask(quote(CLOSE), now=CLOSE + 10 * MINUTE)  # the auction may not be in


def test_a_quote_that_stopped_before_the_close_is_stale(ask):
    with pytest.raises(StaleDataError, match="2024-07-09T16:00:00Z"):
        ask(quote(CLOSE - 4 * HOUR))


def test_a_price_after_hours_is_not_the_close(ask):
    with pytest.raises(NoDataError, match="after its day closed"):
        ask(quote(CLOSE + 3 * HOUR), now=CLOSE + 4 * HOUR)
    with pytest.raises(NoDataError, match="after its day closed"):
        ask(quote(CLOSE + 15 * HOUR), now=CLOSE + 15 * HOUR)  # before the next open


def test_yesterdays_quote_is_not_todays(ask):
    with pytest.raises(NoDataError):
        ask(quote(CLOSE - DAY), start=CLOSE)


def test_zeros_are_an_unknown_symbol(ask):
    with pytest.raises(UnknownSymbolError, match="ACME"):
        ask(quote(0, c=0, h=0, l=0, o=0, pc=0, d=None, dp=None))


def test_what_a_free_key_does_not_have(ask):
    with pytest.raises(NoTimeframeError) as lacking:
        ask({}, timeframe="5m")
    assert lacking.value.offers == ("1d",)
    with pytest.raises(MissingKeyError, match="access to this resource"):
        ask({"error": "You don't have access to this resource."}, status=403, feed="candle")
    with pytest.raises(ConfigError, match="no feed 'news'"):
        ask({}, feed="news")


def test_paid_minutes_are_as_traded_and_in_the_session_and_days_are_marked_adjusted(ask):
    opens = [at_new_york(TODAY, *at) for at in ((9, 0), (9, 30), (15, 30), (16, 0))]
    said = {"s": "ok", "t": [ns // 1_000_000_000 for ns in opens]} | {n: [5.0] * 4 for n in "ohlcv"}
    raw = ask(said, timeframe="30m", feed="candle", start=at_new_york(TODAY, 8))
    assert raw.ts_event.tolist() == [at_new_york(TODAY, 10), CLOSE]
    assert (raw.adjusted, raw.source) == (False, "finnhub-candle")
    midnight = CLOSE - CLOSE % DAY
    days = {"s": "ok", "t": [midnight // 1_000_000_000]} | {name: [5.0] for name in "ohlcv"}
    raw = ask(days, feed="candle")
    assert (raw.ts_event.tolist(), raw.adjusted) == ([CLOSE], True)
