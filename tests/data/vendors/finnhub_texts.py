"""Finnhub's company news and errors in the documented shape; nothing of them is recorded."""

from misbehaving_site import Asked, Reply
from text_answers import DAY, HOUR, NOW, SECOND, Press, TextVendor, Told, iso, stories
from vendor_answers import js

HELD = stories(60, 7 * HOUR)


def answer(asked: Asked, press: Press) -> Reply:
    assert asked.path == "/api/v1/company-news"
    assert asked.query["symbol"] == "ACME"
    assert asked.headers["x-finnhub-token"]
    inside = [t for t in HELD if asked.query["from"] <= iso(t.published_ns, "%Y-%m-%d") <= asked.query["to"]]
    page, _ = press.page(tuple(inside), 0, 10_000)
    return js([_article(told, press.symbol or "ACME") for told in page])


def _article(told: Told, symbol: str) -> dict[str, object]:
    ahead = 40 * DAY if told.date else 0
    return {
        "category": "company news",
        "datetime": (told.published_ns + ahead) // SECOND,
        "headline": told.title,
        "id": told.number,
        "image": "",
        "related": symbol,
        "source": "The Daily",
        "summary": told.body,
        "url": told.url,
    }


VENDOR = TextVendor(
    held=HELD,
    start_ns=NOW - 20 * DAY,
    end_ns=NOW + HOUR,
    answer=answer,
    limited=js({"error": "API limit reached. Please try again later. Remaining Limit: 0"}, 429),
    wrong_key=js({"error": "Invalid API key KEY"}, 401),
    pages=False,
    least_calls=3,
)
