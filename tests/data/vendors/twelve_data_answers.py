"""Twelve Data's ``/time_series`` and its errors in the documented shape; nothing of it is recorded."""

from datetime import UTC, datetime

from misbehaving_site import Asked, Reply
from vendor_answers import MINUTE, Shop, Vendor, around_the_clock, js, ns, utc

START = 1_709_251_200_000_000_000  # 2024-03-01
HELD = around_the_clock(START, 5_600, MINUTE)
NOW = START + 5_500 * MINUTE + MINUTE // 2


def refusal(code: int, message: str) -> Reply:
    return js({"code": code, "message": message, "status": "error", "meta": {}})


def answer(asked: Asked, shop: Shop) -> Reply:
    assert asked.path == "/time_series"
    said = {name: asked.query[name] for name in ("symbol", "interval", "timezone", "order")}
    assert said == {"symbol": "BTC/USD", "interval": "1min", "timezone": "UTC", "order": "ASC"}
    assert asked.query["apikey"]
    words = (asked.query["start_date"], asked.query["end_date"])
    begin, end = (ns(datetime.fromisoformat(word).replace(tzinfo=UTC)) for word in words)
    rows = shop.bars(HELD, begin, end, end_inside=True)
    if not rows:
        return refusal(
            400, "No data is available on the specified dates. Try setting different start/end dates."
        )
    values = [
        {
            "datetime": f"{utc(bar.opened):%Y-%m-%d %H:%M:%S}",
            "open": f"{bar.open:.5f}",
            "high": f"{bar.high:.5f}",
            "low": f"{bar.low:.5f}",
            "close": f"{bar.close:.5f}",
        }
        for bar in rows[-int(asked.query["outputsize"]) :]
    ]
    meta = {
        "symbol": shop.symbol or "BTC/USD",
        "interval": "1min",
        "currency_base": "Bitcoin",
        "currency_quote": "US Dollar",
        "exchange": "Coinbase Pro",
        "type": "Digital Currency",
    }
    return js({"meta": meta, "values": values, "status": "ok"})


VENDOR = Vendor(
    instrument_id="BTC/USD",
    timeframe="1m",
    offers=("1m", "5m", "15m", "30m", "1d"),
    now_ns=NOW,
    start_ns=START + 5 * MINUTE,
    end_ns=NOW + 3 * MINUTE,
    held=HELD,
    answer=answer,
    unknown=(
        "NOPE/USD",
        refusal(
            404, "**symbol** or **figi** parameter is missing or invalid. Please provide a valid symbol."
        ),
    ),
    limited=refusal(429, "You have run out of API credits for the current minute. 9 API credits were used."),
    wrong_key=refusal(
        401, "**apikey** parameter is incorrect or not specified: KEY. You can get your free API key."
    ),
    keys=("api_key",),
    least_calls=2,
    has_volume=False,
    settles_s=2.0,
)
