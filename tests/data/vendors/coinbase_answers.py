"""Coinbase's Advanced Trade API: candles as recorded (nautilus_adapter_payloads), newest first and figures as
text; errors in the documented shape. The recordings themselves are read in ``test_recorded_coinbase.py``."""

from misbehaving_site import Asked, Reply
from vendor_answers import HOUR, Shop, Vendor, around_the_clock, js

START = 1_709_251_200_000_000_000  # 2024-03-01
HELD = around_the_clock(START, 800, HOUR)
NOW = START + 700 * HOUR + HOUR // 2

_SECOND = 1_000_000_000
_UNKNOWN = {
    "error": "NOT_FOUND",
    "error_details": "valid product_id is required",
    "message": "valid product_id is required",
}


def answer(asked: Asked, shop: Shop) -> Reply:
    assert asked.path == "/api/v3/brokerage/market/products/BTC-USD/candles"
    assert asked.query["granularity"] == "ONE_HOUR"
    begin, end = int(asked.query["start"]) * _SECOND, int(asked.query["end"]) * _SECOND
    if (end - begin) // HOUR > 350:
        return js({"error": "INVALID_ARGUMENT", "message": "number of candles requested exceeds 350"}, 400)
    rows = shop.bars(HELD, begin, end, end_inside=True)
    candles = [
        {
            "start": str(bar.opened // _SECOND),
            "low": f"{bar.low:.2f}",
            "high": f"{bar.high:.2f}",
            "open": f"{bar.open:.2f}",
            "close": f"{bar.close:.2f}",
            "volume": f"{bar.volume:.8f}",
        }
        for bar in reversed(rows)
    ]
    return js({"candles": candles})


VENDOR = Vendor(
    instrument_id="BTC/USD",
    timeframe="1h",
    offers=("1m", "5m", "15m", "30m", "1h", "1d"),
    now_ns=NOW,
    start_ns=START + 5 * HOUR,
    end_ns=NOW + 3 * HOUR,
    held=HELD,
    answer=answer,
    unknown=("NOPE/USD", js(_UNKNOWN, 404)),
    limited=js({"error": "RESOURCE_EXHAUSTED", "message": "rate limit exceeded"}, 429),
    names_symbol=False,
    least_calls=3,
    settles_s=2.0,
)
