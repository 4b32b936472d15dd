"""Finnhub's company news and social sentiment, decoded to types and checked.

Source: Finnhub, "API Documentation": ``GET /company-news`` is a list of articles with ``datetime`` in
seconds, ``GET /stock/social-sentiment`` an object with ``symbol`` and ``data``, counts of an hour each (once
a list for ``reddit`` and one for ``twitter``). Documented shape: neither is recorded.
"""

from datetime import UTC

import msgspec

from tradewind.core.texts import SourceScore
from tradewind.data.texts.asking import Drafts, about, each
from tradewind.data.texts.drafts import Draft, epoch_ns, hash_id, moment_ns


class _Article(msgspec.Struct, frozen=True):
    datetime: int
    headline: str
    id: int
    related: str = ""
    source: str = ""
    summary: str = ""
    url: str = ""


class _Hour(msgspec.Struct, frozen=True, rename="camel"):
    at_time: str
    mention: int
    score: float
    positive_mention: int = 0
    negative_mention: int = 0


class _Tally(msgspec.Struct, frozen=True):
    symbol: str
    data: tuple[_Hour, ...] = ()
    reddit: tuple[_Hour, ...] = ()
    twitter: tuple[_Hour, ...] = ()


_articles = msgspec.json.Decoder(tuple[_Article, ...])
_tally = msgspec.json.Decoder(_Tally)


def decode_news(body: bytes, symbol: str) -> Drafts:
    """The articles of one window, those that name ``symbol``."""

    def draft(article: _Article) -> Draft:
        made = Draft(
            id=str(article.id),
            ts_published=epoch_ns(article.datetime),
            title=article.headline,
            body=article.summary,
            url=article.url,
            outlet=article.source,
            symbols=article.related.split(","),
        )
        return about(symbol, made)

    return each(_articles.decode(body), draft)


def decode_tally(body: bytes, symbol: str) -> Drafts:
    """Counts of mentions by hour and platform."""
    said = _tally.decode(body)

    def draft(one: tuple[str, _Hour]) -> Draft:
        outlet, hour = one
        counts = {
            "mentions": hour.mention,
            "positive": hour.positive_mention,
            "negative": hour.negative_mention,
        }
        made = Draft(
            id=hash_id(said.symbol, outlet, hour.at_time),
            ts_published=moment_ns(hour.at_time, UTC),
            outlet=outlet,
            symbols=(said.symbol,),
            scores=(SourceScore(subject=said.symbol, score=hour.score),),
            engagement=counts,
        )
        return about(symbol, made)

    platforms = (("", said.data), ("reddit", said.reddit), ("twitter", said.twitter))
    return each([(outlet, hour) for outlet, hours in platforms for hour in hours], draft)
