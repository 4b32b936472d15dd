"""Finnhub's candles and errors in the documented shape; nothing of them is recorded."""

from datetime import UTC, date, datetime, time

from misbehaving_site import Asked, Reply
from vendor_answers import DAY, Shop, Vendor, at_new_york, js, new_york_days, ns, wave

_HOLIDAYS = frozenset({date(2024, 2, 19), date(2024, 3, 29), date(2024, 5, 27), date(2024, 6, 19)})
_DAYS = list(new_york_days(date(2024, 1, 16), date(2024, 6, 28), _HOLIDAYS))
HELD = tuple(
    wave(ns(datetime.combine(day, time(), UTC)), at_new_york(day, 16), n) for n, day in enumerate(_DAYS)
)
NOW = at_new_york(date(2024, 6, 20), 12)
_SECOND = 1_000_000_000


def answer(asked: Asked, shop: Shop) -> Reply:
    assert asked.path == "/api/v1/stock/candle"
    assert (asked.query["symbol"], asked.query["resolution"]) == ("ACME", "D")
    assert asked.headers["x-finnhub-token"]
    begin, end = int(asked.query["from"]) * _SECOND, int(asked.query["to"]) * _SECOND
    rows = shop.bars(HELD, begin, end, end_inside=True)
    if not rows:
        return js({"s": "no_data"})
    columns = {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}
    said = {name: [getattr(bar, column) for bar in rows] for name, column in columns.items()}
    return js(said | {"t": [bar.opened // _SECOND for bar in rows], "s": "ok"})


VENDOR = Vendor(
    instrument_id="ACME",
    timeframe="1d",
    offers=("1m", "5m", "15m", "30m", "1d"),
    now_ns=NOW,
    start_ns=at_new_york(date(2024, 3, 1), 0),
    end_ns=NOW + 3 * DAY,
    held=HELD,
    answer=answer,
    unknown=("NOPE", js({"error": "Symbol not found"}, 404)),
    limited=js({"error": "API limit reached. Please try again later. Remaining Limit: 0"}, 429),
    wrong_key=js({"error": "Invalid API key KEY"}, 401),
    keys=("api_key",),
    names_symbol=False,
    settles_s=1_200.0,
    stale_by_ns=5 * DAY,
    arguments={"feed": "candle"},
)
