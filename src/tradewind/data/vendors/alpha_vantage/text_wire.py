"""Alpha Vantage's news with its own scores, decoded to types and checked.

Source: Alpha Vantage, "API Documentation", ``NEWS_SENTIMENT``: an object with ``feed``, articles whose
``time_published`` is ``20240131T143000`` without a zone, taken as UTC. Documented shape: it is not recorded.
"""

from datetime import UTC

import msgspec

from tradewind.core.errors import NoDataError
from tradewind.core.texts import SourceScore
from tradewind.core.timestamps import from_ns
from tradewind.data.policy.redaction import Secret
from tradewind.data.texts.asking import about, each
from tradewind.data.texts.drafts import Draft, hash_id, moment_ns
from tradewind.data.texts.paging import Answered
from tradewind.data.vendors.alpha_vantage.refusals import refuse


class _Judged(msgspec.Struct, frozen=True):
    ticker: str
    relevance_score: str | float = ""
    ticker_sentiment_score: str | float = ""
    ticker_sentiment_label: str = ""


class _Article(msgspec.Struct, frozen=True):
    title: str
    time_published: str
    url: str = ""
    summary: str = ""
    source: str = ""
    overall_sentiment_score: str | float | None = None
    overall_sentiment_label: str = ""
    ticker_sentiment: tuple[_Judged, ...] = ()


class _Answer(msgspec.Struct, frozen=True):
    feed: tuple[_Article, ...]


_decoder = msgspec.json.Decoder(_Answer)
_sentences = msgspec.json.Decoder(dict[str, msgspec.Raw])


def decode_feed(body: bytes, ticker: str, limit: int, key: Secret) -> Answered:
    """Articles that name ``ticker`` (any, where it is empty), oldest first; ``next`` is the last one's
    minute.

    Raises
    ------
    MissingKeyError, RateLimitedError, UnknownSymbolError, NoDataError
        It says no with status 200; that there is no article is an empty answer.
    """
    said = _sentences.decode(body)
    if "feed" not in said:
        try:
            refuse({name: msgspec.json.decode(raw) for name, raw in said.items()}, f"news of {ticker}", key)
        except NoDataError as error:
            if "no articles" in error.message.lower():
                return Answered()
            raise
    feed = _decoder.decode(body).feed
    drafts = each(feed, lambda article: about(ticker, _draft(article)) if ticker else _draft(article))
    newest = max((one.ts_published for one in drafts if isinstance(one, Draft)), default=0)
    return Answered(drafts, minute_of(newest) if newest and len(feed) >= limit else "")


def minute_of(ts_ns: int) -> str:
    """The minute in UTC that it lies in, as ``20240131T1430``."""
    return f"{from_ns(ts_ns):%Y%m%dT%H%M}"


def _draft(article: _Article) -> Draft:
    overall = SourceScore(
        score=_figure(article.overall_sentiment_score), label=article.overall_sentiment_label
    )
    each_one = tuple(
        SourceScore(
            subject=one.ticker,
            score=_figure(one.ticker_sentiment_score),
            relevance=_figure(one.relevance_score),
            label=one.ticker_sentiment_label,
        )
        for one in article.ticker_sentiment
    )
    return Draft(
        id=hash_id(article.url) if article.url else hash_id(article.title, article.time_published),
        ts_published=moment_ns(article.time_published, UTC),
        title=article.title,
        body=article.summary,
        url=article.url,
        outlet=article.source,
        symbols=tuple(one.ticker for one in article.ticker_sentiment),
        scores=(overall, *each_one),
    )


def _figure(said: str | float | None) -> float | None:
    """A number that it writes as a number or as text; None for anything else."""
    try:
        return None if said is None else float(said)
    except ValueError:
        return None
