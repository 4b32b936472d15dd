"""Yahoo's chart answer (``/v8/finance/chart``) in the shape of its recordings (yahoo_finance2_http), with the
cookie page and crumb that its client asks for first."""

from datetime import date

from misbehaving_site import Asked, Reply
from vendor_answers import DAY, Shop, Vendor, at_new_york, js, new_york_days, wave

_SECOND = 1_000_000_000
_DAYS = list(
    new_york_days(
        date(2024, 2, 20),
        date(2024, 6, 28),
        frozenset({date(2024, 3, 29), date(2024, 5, 27), date(2024, 6, 19)}),
    )
)
HELD = tuple(wave(at_new_york(day, 9, 30), at_new_york(day, 16), n) for n, day in enumerate(_DAYS))
NOW = at_new_york(date(2024, 6, 20), 12)


def answer(asked: Asked, shop: Shop) -> Reply:
    if asked.path == "/v1/test/getcrumb":
        return 200, {}, b"crumb0"
    if not asked.path.startswith("/v8/finance/chart/"):
        return 404, {}, b""
    assert asked.path == "/v8/finance/chart/ACME"
    assert asked.query["interval"] == "1d"
    begin, end = int(asked.query["period1"]) * _SECOND, int(asked.query["period2"]) * _SECOND
    rows = shop.bars(HELD, begin, end, end_inside=False)
    quote = {
        name: [getattr(bar, name) for bar in rows] for name in ("open", "high", "low", "close", "volume")
    }
    meta = {
        "symbol": shop.symbol or "ACME",
        "currency": "USD",
        "exchangeName": "NMS",
        "instrumentType": "EQUITY",
        "exchangeTimezoneName": "America/New_York",
        "dataGranularity": "1d",
    }
    result = {
        "meta": meta,
        "timestamp": [bar.opened // _SECOND for bar in rows],
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": quote["close"]}]},
    }
    return js({"chart": {"result": [result], "error": None}})


_UNKNOWN = {"code": "Not Found", "description": "No data found, symbol may be delisted"}

VENDOR = Vendor(
    instrument_id="ACME",
    timeframe="1d",
    offers=("1m", "5m", "15m", "30m", "1h", "1d"),
    now_ns=NOW,
    start_ns=at_new_york(date(2024, 3, 1), 0),
    end_ns=NOW + 3 * DAY,
    held=HELD,
    answer=answer,
    unknown=("NOPE", js({"chart": {"result": None, "error": _UNKNOWN}}, 404)),
    limited=(429, {}, b"Too Many Requests"),
    stale_by_ns=5 * DAY,
    is_data=lambda asked: asked.path.startswith("/v8/finance/chart/"),
)
