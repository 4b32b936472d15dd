"""Alpha Vantage's news with its scores, and its refusals, in the documented shape; none is recorded."""

from dataclasses import replace

from misbehaving_site import Asked, Reply
from text_answers import DAY, HOUR, MINUTE, NOW, WRITER, Press, TextVendor, Told, iso, stories
from vendor_answers import js

HELD = tuple(reversed(stories(1_150, 5 * MINUTE)))
_PAGE = 1_000


def answer(asked: Asked, press: Press) -> Reply:
    query = asked.query
    assert (asked.path, query["function"], query["tickers"]) == ("/query", "NEWS_SENTIMENT", "ACME")
    assert query["apikey"]
    assert (query["sort"], query["limit"]) == ("EARLIEST", str(_PAGE))
    held = sorted([*HELD, *press.hostile], key=lambda told: told.published_ns)
    inside = [t for t in held if query["time_from"] <= iso(t.published_ns, "%Y%m%dT%H%M") <= query["time_to"]]
    if press.endless:
        inside = list(HELD[-_PAGE:])
    page, _ = replace(press, hostile=()).page(tuple(inside), 0, _PAGE)
    if not page:
        return js({"Information": "No articles found. Please adjust the time range or refer to the docs."})
    return js({"items": str(len(page)), "feed": [_article(told, press.symbol or "ACME") for told in page]})


def _article(told: Told, symbol: str) -> dict[str, object]:
    return {
        "title": told.title,
        "url": told.url,
        "time_published": told.date or iso(told.published_ns, "%Y%m%dT%H%M%S"),
        "authors": [WRITER],
        "summary": told.body,
        "banner_image": "",
        "source": "The Daily",
        "category_within_source": "n/a",
        "source_domain": "example.com",
        "topics": [{"topic": "Earnings", "relevance_score": "0.9"}],
        "overall_sentiment_score": 0.12,
        "overall_sentiment_label": "Neutral",
        "ticker_sentiment": [
            {
                "ticker": symbol,
                "relevance_score": "0.75",
                "ticker_sentiment_score": "-0.25",
                "ticker_sentiment_label": "Somewhat-Bearish",
            }
        ],
    }


VENDOR = TextVendor(
    held=HELD,
    start_ns=NOW - 6 * DAY,
    end_ns=NOW + HOUR,
    answer=answer,
    limited=js(
        {
            "Information": "We have detected your API key as KEY and our standard API rate limit is"
            " 25 requests per day."
        }
    ),
    wrong_key=js(
        {"Error Message": "the parameter apikey KEY is invalid or missing. Please claim your free API key."}
    ),
)
