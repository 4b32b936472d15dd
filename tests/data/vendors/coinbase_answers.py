"""Coinbase's Advanced Trade API: candles and a product as recorded (nautilus_adapter_payloads), candles
newest first and figures as text; errors in the documented shape. The recordings are read in
``test_recorded_coinbase.py``."""

from misbehaving_site import Asked, Reply
from vendor_answers import HOUR, Describes, Lists, SaidTerms, Shop, Vendor, around_the_clock, js, present

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


def _product(said: SaidTerms) -> dict[str, object]:
    return present(
        {
            "product_id": f"{said.base}-{said.quote}",
            "price": "68923.67",
            "base_increment": said.lot,
            "quote_increment": "0.01",
            "base_min_size": "0.00000001",
            "base_max_size": "3400",
            "quote_min_size": said.minimum,
            "quote_max_size": "150000000",
            "status": "online",
            "trading_disabled": not said.trading,
            "product_type": "SPOT",
            "quote_currency_id": said.quote,
            "base_currency_id": said.base,
            "view_only": False,
            "price_increment": said.tick,
        }
    )


DESCRIBES = Describes(
    venue="COINBASE",
    path="/api/v3/brokerage/market/products/BTC-USD",
    says=lambda pairs: _product(pairs[-1]),
    unknown=VENDOR.unknown[1],
    lists=False,
)

LISTS = Lists(
    path="/api/v3/brokerage/market/products",
    row=_product,
    whole=lambda rows: {"products": rows, "num_products": len(rows)},
    symbol_field="product_id",
)
"""As documented ("List Public Products"): rows are those of a single product, which is recorded."""
