"""Twelve Data's indicators and errors in the documented shape; nothing of it is recorded."""

from datetime import UTC, date, datetime, timedelta

from misbehaving_site import Asked, Reply
from series_answers import Desk, SeriesVendor, Value
from twelve_data_answers import VENDOR as BARS
from twelve_data_answers import refusal
from vendor_answers import DAY, js, ns

NOW = ns(datetime(2024, 6, 20, 22, tzinfo=UTC))
DAYS = [date(2024, 3, 1) + timedelta(days=n) for n in range(112)]
DAYS = [day for day in DAYS if day.weekday() < 5]


def level(nth: int) -> str:
    return f"{40 + nth % 19}.{nth % 10}37{nth % 7}5"


def answer(asked: Asked, desk: Desk) -> Reply:
    assert asked.path == "/rsi"
    assert asked.query["apikey"]
    wanted = {"symbol": "MSFT", "interval": "1day", "time_period": "14", "timezone": "Exchange"}
    assert wanted.items() <= asked.query.items()
    first, last = (datetime.fromisoformat(asked.query[name]) for name in ("start_date", "end_date"))
    days = [day for day in DAYS if first <= datetime(day.year, day.month, day.day) <= last]  # noqa: DTZ001
    if desk.stale:
        days = DAYS[:-30]
    if not days:
        return refusal(400, "No data is available on the specified dates. Try setting different dates.")
    values = [{"datetime": day.isoformat(), "rsi": level(DAYS.index(day))} for day in reversed(days)]
    meta = {
        "symbol": desk.series or "MSFT",
        "interval": "1day",
        "currency": "USD",
        "exchange_timezone": "America/New_York",
        "exchange": "NASDAQ",
        "mic_code": "XNGS",
        "type": "Common Stock",
        "indicator": {"name": "RSI - Relative Strength Index", "series_type": "close", "time_period": 14},
    }
    return js({"meta": meta, "values": values, "status": "ok"})


VENDOR = SeriesVendor(
    series_id="MSFT/rsi/1day/14",
    now_ns=NOW,
    start_ns=ns(datetime(2024, 1, 1, tzinfo=UTC)),
    end_ns=ns(datetime(2025, 1, 1, tzinfo=UTC)),
    held=tuple(
        Value(ns(datetime(day.year, day.month, day.day, tzinfo=UTC)), None, float(level(n)), "")
        for n, day in enumerate(DAYS)
    ),
    answer=answer,
    unknown=("NOPE/rsi/1day/14", BARS.unknown[1]),
    limited=BARS.limited,
    wrong_key=BARS.wrong_key,
    keys=("api_key",),
    fresh_ns=20 * DAY,
)
