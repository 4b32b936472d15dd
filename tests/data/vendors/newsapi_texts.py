"""NewsAPI's articles and errors, in the shape of its recorded answer and its documentation."""

from misbehaving_site import Asked, Reply
from text_answers import DAY, HOUR, MINUTE, NOW, WRITER, Press, TextVendor, Told, iso, stories
from vendor_answers import js

HELD = stories(230, 20 * MINUTE)
_PAGE = 100


def answer(asked: Asked, press: Press) -> Reply:
    assert asked.path == "/v2/everything"
    assert asked.query["q"] == "ACME"
    assert asked.headers["x-api-key"]
    there = tuple(told for told in HELD if asked.query["from"] <= iso(told.published_ns) <= asked.query["to"])
    page, more = press.page(there, 0, _PAGE)
    total = 9_999 if press.endless else len(there)
    assert more == (len(there) > _PAGE) or press.endless
    return js({"status": "ok", "totalResults": total, "articles": [_article(told) for told in page]})


def _article(told: Told) -> dict[str, object]:
    return {
        "source": {"id": None, "name": "The Daily"},
        "author": WRITER,
        "title": told.title,
        "description": told.body,
        "url": told.url,
        "urlToImage": None,
        "publishedAt": told.date or iso(told.published_ns),
        "content": "The beginning of it… [+1916 chars]",
    }


VENDOR = TextVendor(
    held=HELD,
    start_ns=NOW - 5 * DAY,
    end_ns=NOW + HOUR,
    answer=answer,
    limited=js(
        {"status": "error", "code": "rateLimited", "message": "You have made too many requests."}, 429
    ),
    wrong_key=js(
        {"status": "error", "code": "apiKeyInvalid", "message": "Your API key KEY is invalid."}, 401
    ),
    names_symbol=False,
    least_calls=3,
)
