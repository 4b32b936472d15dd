"""Alpaca's market data API: bars and corporate actions in the shape of its own client's test mocks
(alpaca_py_mocks), pages and errors as documented. The mocks are read in ``test_recorded_alpaca.py``."""

from datetime import UTC, date, datetime

from misbehaving_site import Asked, Reply
from vendor_answers import (
    DAY,
    Describes,
    Lists,
    SaidTerms,
    Shop,
    Vendor,
    at_new_york,
    js,
    new_york_days,
    ns,
    present,
    utc,
    wave,
)

_HOLIDAYS = frozenset({date(2024, 3, 29), date(2024, 5, 27), date(2024, 6, 19)})
_DAYS = list(new_york_days(date(2024, 1, 16), date(2024, 6, 28), _HOLIDAYS | {date(2024, 2, 19)}))
HELD = tuple(wave(at_new_york(day, 0), at_new_york(day, 16), n) for n, day in enumerate(_DAYS))
NOW = at_new_york(date(2024, 6, 20), 12)
_PAGE = 40


def answer(asked: Asked, shop: Shop) -> Reply:
    assert asked.headers["apca-api-key-id"]
    assert asked.headers["apca-api-secret-key"]
    assert asked.query["symbols"] == "ACME"
    if asked.path == "/v1/corporate-actions":
        return js({"corporate_actions": {}, "next_page_token": None})
    assert asked.path == "/v2/stocks/bars"
    said = {name: asked.query[name] for name in ("timeframe", "adjustment", "feed")}
    assert said == {"timeframe": "1Day", "adjustment": "raw", "feed": "iex"}
    begin, end = (ns(datetime.fromisoformat(asked.query[word]).astimezone(UTC)) for word in ("start", "end"))
    rows = shop.bars(HELD, begin, end, end_inside=True)
    page = rows if shop.stale else rows[:_PAGE]
    bars = [
        {
            "t": utc(bar.opened).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "o": bar.open,
            "h": bar.high,
            "l": bar.low,
            "c": bar.close,
            "v": bar.volume,
            "n": 732412,
            "vw": bar.close,
        }
        for bar in page
    ]
    more = "QUFQTHxEfDIwMjItMDItMDI=" if len(page) < len(rows) else None
    return js({"bars": {shop.symbol or "ACME": bars} if bars else {}, "next_page_token": more})


VENDOR = Vendor(
    instrument_id="ACME",
    timeframe="1d",
    offers=("1m", "5m", "15m", "30m", "1d"),
    now_ns=NOW,
    start_ns=at_new_york(date(2024, 3, 1), 0),
    end_ns=NOW + 3 * DAY,
    held=HELD,
    answer=answer,
    unknown=("NOPE", js({"message": "invalid symbol: NOPE"}, 400)),
    limited=js({"message": "too many requests."}, 429),
    wrong_key=js({"message": "forbidden. KEY"}, 403),
    keys=("api_key", "api_secret"),
    least_calls=3,
    settles_s=1_200.0,
    stale_by_ns=5 * DAY,
    is_data=lambda asked: asked.path.endswith("/bars"),
)


def _asset(said: SaidTerms) -> dict[str, object]:
    """A coin as documented ("Assets"): sizes are in coins, and there is no least value."""
    return present(
        {
            "id": "276e2673-764b-4ab6-a611-caf665ca6340",
            "class": "crypto",
            "exchange": "CRYPTO",
            "symbol": f"{said.base}/{said.quote}",
            "name": "Bitcoin",
            "status": "active",
            "tradable": said.trading,
            "marginable": False,
            "shortable": False,
            "easy_to_borrow": False,
            "fractionable": True,
            "min_order_size": said.minimum,
            "min_trade_increment": said.lot,
            "price_increment": said.tick,
        }
    )


DESCRIBES = Describes(
    venue="ALPACA",
    path="/v2/assets/BTC/USD",
    says=lambda pairs: _asset(pairs[-1]),
    unknown=js({"code": 40410000, "message": "asset not found for NOPE"}, 404),
    lists=False,
    least="minimum_quantity",
    most="",
)

LISTS = Lists(path="/v2/assets", row=_asset, whole=lambda rows: rows, symbol_field="symbol", calls=2)
"""As documented ("Get Assets"); rows of stocks as recorded are read in ``test_alpaca_assets.py``."""
