"""Alpha Vantage: days of stocks in the documented shape (minutes and currencies are recorded, and read in
``test_recorded_alpha_vantage.py``), newest first and figures as text; its refusals are sentences with status
200, as its users quote them."""

from datetime import date

from misbehaving_site import Asked, Reply
from vendor_answers import DAY, NEW_YORK, Shop, Vendor, at_new_york, js, new_york_days, utc, wave

_HOLIDAYS = frozenset({date(2024, 2, 19), date(2024, 3, 29), date(2024, 5, 27), date(2024, 6, 19)})
_DAYS = list(new_york_days(date(2024, 1, 16), date(2024, 6, 28), _HOLIDAYS))
HELD = tuple(wave(at_new_york(day, 9, 30), at_new_york(day, 16), n) for n, day in enumerate(_DAYS))
NOW = at_new_york(date(2024, 6, 20), 12)
_LIMITED = (
    "We have detected your API key as KEY and our standard API rate limit is 25 requests per day. Please"
    " subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to lift all limits."
)
_WRONG_KEY = (
    "the parameter apikey KEY is invalid or missing. Please claim your free API key on"
    " (https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds."
)


def answer(asked: Asked, shop: Shop) -> Reply:
    assert asked.path == "/query"
    assert (asked.query["function"], asked.query["symbol"]) == ("TIME_SERIES_DAILY", "ACME")
    assert asked.query["apikey"]
    rows = shop.bars(HELD, 0, shop.now_ns, end_inside=True)
    if asked.query["outputsize"] == "compact":
        rows = rows[-100:]
    series = {
        f"{utc(bar.opened).astimezone(NEW_YORK):%Y-%m-%d}": {
            "1. open": f"{bar.open:.4f}",
            "2. high": f"{bar.high:.4f}",
            "3. low": f"{bar.low:.4f}",
            "4. close": f"{bar.close:.4f}",
            "5. volume": f"{bar.volume:.0f}",
        }
        for bar in reversed(rows)
    }
    meta = {
        "1. Information": "Daily Prices (open, high, low, close) and Volumes",
        "2. Symbol": shop.symbol or "ACME",
        "3. Last Refreshed": next(iter(series)),
        "4. Output Size": "Compact",
        "5. Time Zone": "US/Eastern",
    }
    return js({"Meta Data": meta, "Time Series (Daily)": series})


VENDOR = Vendor(
    instrument_id="ACME",
    timeframe="1d",
    offers=("1m", "5m", "15m", "30m", "1d"),
    now_ns=NOW,
    start_ns=at_new_york(date(2024, 3, 1), 0),
    end_ns=NOW + 3 * DAY,
    held=HELD,
    answer=answer,
    unknown=(
        "NOPE",
        js(
            {
                "Error Message": "Invalid API call. Please retry or visit the documentation "
                "(https://www.alphavantage.co/documentation/) for TIME_SERIES_DAILY."
            }
        ),
    ),
    limited=js({"Information": _LIMITED}),
    wrong_key=js({"Error Message": _WRONG_KEY}),
    keys=("api_key",),
    settles_s=1_200.0,
    stale_by_ns=5 * DAY,
)
