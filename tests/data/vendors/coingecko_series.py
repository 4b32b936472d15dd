"""CoinGecko's figures of the whole market in the documented shape ("Crypto Global Market Data")."""

from misbehaving_site import Asked, Reply
from series_answers import Desk, SeriesVendor, Value
from vendor_answers import DAY, HOUR, MINUTE, js

NOW = 1_712_512_855_000_000_000  # 2024-04-07
MADE = NOW - 6 * MINUTE


def answer(asked: Asked, desk: Desk) -> Reply:
    assert asked.path == "/api/v3/global"
    made = desk.now_ns - (DAY if desk.stale else 6 * MINUTE)
    return js(
        {
            "data": {
                "active_cryptocurrencies": 13690,
                "upcoming_icos": 0,
                "ongoing_icos": 49,
                "ended_icos": 3376,
                "markets": 1046,
                "total_market_cap": {"btc": 39003738.08, "usd": 2721226850772.63},
                "total_volume": {"btc": 993675.225, "usd": 69327021.5},
                "market_cap_percentage": {"btc": 50.4465263233584, "eth": 14.9228066918211},
                "market_cap_change_percentage_24h_usd": 1.72179506060272,
                "updated_at": made // 1_000_000_000,
            }
        }
    )


VENDOR = SeriesVendor(
    series_id="dominance/btc",
    now_ns=NOW,
    start_ns=NOW - DAY,
    end_ns=NOW + DAY,
    held=(Value(MADE, None, 50.4465263233584, "percent"),),
    answer=answer,
    unknown=("dominance/nope", answer(Asked("/api/v3/global", {}, {}), Desk(NOW))),
    limited=js({"status": {"error_code": 429, "error_message": "You've exceeded the Rate Limit."}}, 429),
    wrong_key=js({"status": {"error_code": 10002, "error_message": "API Key KEY is not valid"}}, 401),
    names_series=False,
    fresh_ns=HOUR,
)
