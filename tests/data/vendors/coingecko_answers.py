"""CoinGecko's candles in the documented shape, labelled by their close, and its list of coins as recorded
(gamestonk_vcr_cassettes; ``test_recorded_coingecko.py`` reads the recording)."""

from misbehaving_site import Asked, Reply
from vendor_answers import DAY, MINUTE, Shop, Vendor, around_the_clock, js

START = 1_709_251_200_000_000_000  # 2024-03-01
HELD = around_the_clock(START, 200, 30 * MINUTE)
NOW = START + 145 * 30 * MINUTE + 10 * MINUTE
_MS = 1_000_000


def answer(asked: Asked, shop: Shop) -> Reply:
    if asked.path == "/api/v3/coins/markets":
        coins = [("bitcoin", "btc"), ("ethereum", "eth"), ("bitcoin-copy", "btc")]
        rows = [{"id": name, "symbol": symbol, "market_cap": 1} for name, symbol in coins]
        return js(rows if asked.query["page"] == "1" else [])
    assert asked.path == "/api/v3/coins/bitcoin/ohlc"
    assert asked.query == {"vs_currency": "usd", "days": "1"}
    rows = shop.bars(HELD, shop.now_ns - DAY, shop.now_ns, end_inside=True)
    return js([[bar.closed // _MS, bar.open, bar.high, bar.low, bar.close] for bar in rows])


VENDOR = Vendor(
    instrument_id="BTC/USD",
    timeframe="30m",
    offers=("30m", "4h", "1d"),
    now_ns=NOW,
    start_ns=NOW - 20 * 60 * MINUTE,
    end_ns=NOW + 60 * MINUTE,
    held=HELD,
    answer=answer,
    unknown=("NOPE/USD", js({"error": "coin not found"}, 404)),
    limited=js({"status": {"error_code": 429, "error_message": "You've exceeded the Rate Limit."}}, 429),
    wrong_key=js({"status": {"error_code": 10002, "error_message": "API Key KEY is not valid"}}, 401),
    names_symbol=False,
    has_volume=False,
    settles_s=60.0,
    is_data=lambda asked: asked.path != "/api/v3/coins/markets",
)
