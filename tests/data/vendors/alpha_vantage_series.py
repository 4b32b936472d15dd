"""Alpha Vantage's indicators by day in the documented shape; those of minutes are recorded, and read in
``test_recorded_indicators.py``. Its refusals are sentences with status 200, as its users quote them."""

from datetime import UTC, date, datetime, timedelta

from alpha_vantage_answers import VENDOR as STOCKS
from misbehaving_site import Asked, Reply
from series_answers import Desk, SeriesVendor, Value
from vendor_answers import DAY, js, ns

NOW = ns(datetime(2024, 6, 20, 22, tzinfo=UTC))
DAYS = [date(2024, 3, 1) + timedelta(days=n) for n in range(112)]
DAYS = [day for day in DAYS if day.weekday() < 5]


def level(nth: int) -> str:
    return f"{400 + nth % 17}.{nth % 10}3{nth % 7}5"


def answer(asked: Asked, desk: Desk) -> Reply:
    assert asked.path == "/query"
    assert asked.query["apikey"]
    wanted = {
        "function": "SMA",
        "symbol": "MSFT",
        "interval": "daily",
        "time_period": "50",
        "series_type": "close",
    }
    assert wanted.items() <= asked.query.items()
    days = DAYS[:-30] if desk.stale else DAYS
    rows = {day.isoformat(): {"SMA": level(DAYS.index(day))} for day in reversed(days)}
    meta = {
        "1: Symbol": desk.series or "MSFT",
        "2: Indicator": "Simple Moving Average (SMA)",
        "3: Last Refreshed": days[-1].isoformat(),
        "4: Interval": "daily",
        "5: Time Period": 50,
        "6: Series Type": "close",
        "7: Time Zone": "US/Eastern",
    }
    return js({"Meta Data": meta, "Technical Analysis: SMA": rows})


VENDOR = SeriesVendor(
    series_id="MSFT/SMA/daily/50/close",
    now_ns=NOW,
    start_ns=ns(datetime(2024, 1, 1, tzinfo=UTC)),
    end_ns=ns(datetime(2025, 1, 1, tzinfo=UTC)),
    held=tuple(
        Value(ns(datetime(day.year, day.month, day.day, tzinfo=UTC)), None, float(level(n)), "")
        for n, day in enumerate(DAYS)
    ),
    answer=answer,
    unknown=("NOPE/SMA/daily/50/close", STOCKS.unknown[1]),
    limited=STOCKS.limited,
    wrong_key=STOCKS.wrong_key,
    keys=("api_key",),
    fresh_ns=20 * DAY,
)
