"""Financial Modeling Prep's stock news and social sentiment, decoded to types and checked.

Source: Financial Modeling Prep, "Stock News" (``/stable/news/stock``) and "Historical Social Sentiment"
(``/api/v4/historical/social-sentiment``). Times have no zone: they are taken as New York's, which is later
than UTC, so that nothing is dated too early. Documented shape: neither is recorded.
"""

from zoneinfo import ZoneInfo

import msgspec

from tradewind.core.errors import MissingKeyError, NoDataError, RateLimitedError
from tradewind.core.texts import SourceScore
from tradewind.data.policy.redaction import Secret, redact
from tradewind.data.texts.asking import Drafts, about, each
from tradewind.data.texts.drafts import Draft, hash_id, moment_ns

NEW_YORK = ZoneInfo("America/New_York")


class _Article(msgspec.Struct, frozen=True, rename="camel"):
    published_date: str
    title: str | None
    symbol: str | None = None
    publisher: str | None = None
    site: str | None = None
    text: str | None = None
    url: str | None = None


class _Hour(msgspec.Struct, frozen=True, rename="camel"):
    date: str
    symbol: str
    stocktwits_posts: int = 0
    stocktwits_likes: int = 0
    stocktwits_comments: int = 0
    stocktwits_impressions: int = 0
    stocktwits_sentiment: float | None = None
    twitter_posts: int = 0
    twitter_likes: int = 0
    twitter_comments: int = 0
    twitter_impressions: int = 0
    twitter_sentiment: float | None = None


_articles = msgspec.json.Decoder(tuple[_Article, ...])
_hours = msgspec.json.Decoder(tuple[_Hour, ...])
_sentence = msgspec.json.Decoder(dict[str, msgspec.Raw])
_WORDS = "Error Message"


def decode_news(body: bytes, symbol: str, key: Secret) -> tuple[Drafts, int]:
    """The articles of a page, those that name ``symbol``, and how many rows it had."""
    refuse(body, key)
    rows = _articles.decode(body)

    def draft(article: _Article) -> Draft:
        title, url = article.title or "", article.url or ""
        made = Draft(
            id=hash_id(url) if url else hash_id(title, article.published_date),
            ts_published=moment_ns(article.published_date, NEW_YORK),
            title=title,
            body=article.text or "",
            url=url,
            outlet=article.publisher or article.site or "",
            symbols=(article.symbol or "",),
        )
        return about(symbol, made)

    return each(rows, draft), len(rows)


def decode_tally(body: bytes, symbol: str, key: Secret) -> tuple[Drafts, int]:
    """Counts of posts by hour and platform, and how many rows the page had."""
    refuse(body, key)
    rows = _hours.decode(body)

    def draft(one: tuple[str, _Hour]) -> Draft:
        outlet, hour = one
        names = ("posts", "likes", "comments", "impressions")
        counts: dict[str, int] = {name: getattr(hour, f"{outlet}_{name}") for name in names}
        score: float | None = getattr(hour, f"{outlet}_sentiment")
        made = Draft(
            id=hash_id(hour.symbol, outlet, hour.date),
            ts_published=moment_ns(hour.date, NEW_YORK),
            outlet=outlet,
            symbols=(hour.symbol,),
            scores=(SourceScore(subject=hour.symbol, score=score),),
            engagement=counts,
        )
        return about(symbol, made)

    return each([(outlet, hour) for hour in rows for outlet in ("stocktwits", "twitter")], draft), len(rows)


def refuse(body: bytes, key: Secret) -> None:
    """A typed error for the sentence in which it says no with status 200."""
    if not body.lstrip().startswith(b"{"):
        return
    said = _sentence.decode(body).get(_WORDS)
    if said is None:
        return
    text = str(msgspec.json.decode(said))
    message = redact(f"Financial Modeling Prep says: {text}", (key,))
    if "limit" in text.lower():
        raise RateLimitedError(message, "Try again tomorrow, or tell of a paid plan under providers.")
    if any(word in text.lower() for word in ("api key", "subscription", "premium", "exclusive")):
        raise MissingKeyError(message, "Check TRADEWIND_FMP_API_KEY and what it is entitled to.")
    raise NoDataError(message, "Ask for something else.")
