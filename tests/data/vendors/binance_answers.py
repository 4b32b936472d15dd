"""Binance's spot API: klines in the documented shape ("Kline/Candlestick data"), "Exchange information" as
recorded (nautilus_adapter_payloads) with the filter that took its place since; errors as documented."""

from misbehaving_site import Asked, Reply
from vendor_answers import HOUR, Describes, Lists, SaidTerms, Shop, Vendor, around_the_clock, js, present

START = 1_709_251_200_000_000_000  # 2024-03-01
HELD = around_the_clock(START, 2_300, HOUR)
NOW = START + 2_200 * HOUR + HOUR // 2
_MS = 1_000_000


def answer(asked: Asked, shop: Shop) -> Reply:
    assert asked.path == "/api/v3/klines"
    assert (asked.query["symbol"], asked.query["interval"]) == ("BTCUSDT", "1h")
    begin, end = int(asked.query["startTime"]) * _MS, int(asked.query["endTime"]) * _MS
    rows = shop.bars(HELD, begin, end, end_inside=True)[: int(asked.query["limit"])]
    return js(
        [
            [
                bar.opened // _MS,
                f"{bar.open:.2f}",
                f"{bar.high:.2f}",
                f"{bar.low:.2f}",
                f"{bar.close:.2f}",
                f"{bar.volume:.5f}",
                bar.closed // _MS - 1,
                "1.0",
                7,
                "6",
                "0.5",
                "0",
            ]
            for bar in rows
        ]
    )


VENDOR = Vendor(
    instrument_id="BTC/USDT",
    timeframe="1h",
    offers=("1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"),
    now_ns=NOW,
    start_ns=START + 5 * HOUR,
    end_ns=NOW + 3 * HOUR,
    held=HELD,
    answer=answer,
    unknown=("NOPE/USDT", js({"code": -1121, "msg": "Invalid symbol."}, 400)),
    limited=js({"code": -1003, "msg": "Too much request weight used."}, 418),
    names_symbol=False,
    least_calls=3,
    settles_s=2.0,
)


def _symbol(said: SaidTerms) -> dict[str, object]:
    step = {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": said.lot}
    market = {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "3400.00000000"}
    price = {"filterType": "PRICE_FILTER", "minPrice": "0.01000000", "tickSize": said.tick}
    least = {"filterType": "NOTIONAL", "minNotional": said.minimum, "applyMinToMarket": True}
    return {
        "symbol": said.base + said.quote,
        "status": "TRADING" if said.trading else "BREAK",
        "baseAsset": said.base,
        "quoteAsset": said.quote,
        "orderTypes": ["LIMIT", "MARKET"],
        "filters": [
            present(price),
            present(step),
            market | {"stepSize": "0.00000000"},
            {"filterType": "ICEBERG_PARTS", "limit": 10},
            present(least),
        ],
    }


DESCRIBES = Describes(
    venue="BINANCE",
    path="/api/v3/exchangeInfo",
    says=lambda pairs: {"timezone": "UTC", "rateLimits": [], "symbols": [_symbol(one) for one in pairs]},
    unknown=VENDOR.unknown[1],
    lists=True,
)

LISTS = Lists(
    path="/api/v3/exchangeInfo",
    row=_symbol,
    whole=lambda rows: {"timezone": "UTC", "rateLimits": [], "symbols": rows},
    symbol_field="symbol",
)
