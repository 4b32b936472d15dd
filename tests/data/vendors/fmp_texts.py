"""Financial Modeling Prep's news of stocks and errors in the documented shape; none is recorded."""

from zoneinfo import ZoneInfo

from misbehaving_site import Asked, Reply
from text_answers import DAY, HOUR, MINUTE, NOW, Press, TextVendor, Told, iso, stories
from vendor_answers import js

HELD = stories(300, 20 * MINUTE)
_PAGE = 100


def answer(asked: Asked, press: Press) -> Reply:
    assert asked.path == "/stable/news/stock"
    assert (asked.query["symbols"], asked.query["limit"]) == ("ACME", str(_PAGE))
    assert asked.query["apikey"]
    page, _ = press.page(HELD, int(asked.query["page"]) * _PAGE, _PAGE)
    return js([_article(told, press.symbol or "ACME") for told in page])


def _article(told: Told, symbol: str) -> dict[str, object]:
    return {
        "symbol": symbol,
        "publishedDate": told.date
        or iso(told.published_ns, "%Y-%m-%d %H:%M:%S", ZoneInfo("America/New_York")),
        "publisher": "The Daily",
        "title": told.title,
        "image": "",
        "site": "example.com",
        "text": told.body,
        "url": told.url,
    }


VENDOR = TextVendor(
    held=HELD,
    start_ns=NOW - 5 * DAY,
    end_ns=NOW + HOUR,
    answer=answer,
    limited=js({"Error Message": "Limit Reach . Please upgrade your plan or visit our documentation"}, 429),
    wrong_key=js({"Error Message": "Invalid API key KEY. Please retry or visit our documentation"}),
    least_calls=4,
)
