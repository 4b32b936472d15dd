"""NewsAPI's answers, decoded to types and checked.

Source: NewsAPI, "Everything" and "Errors": an object with ``status``, ``totalResults`` and ``articles``, or
with ``code`` and ``message``. Articles that a publisher took back are called ``[Removed]``.
"""

import re

import msgspec

from tradewind.core.errors import MissingKeyError, NoDataError, RateLimitedError, UnusableTextError
from tradewind.data.policy.redaction import Secret, redact
from tradewind.data.texts.asking import each, second_of
from tradewind.data.texts.drafts import Draft, hash_id, moment_ns
from tradewind.data.texts.paging import Answered

REMOVED = "[Removed]"
_REST = re.compile(r"\s*\[\+\d+ chars\]\s*$")
_KEY_CODES = ("apiKeyDisabled", "apiKeyInvalid", "apiKeyMissing")
_LIMIT_CODES = ("apiKeyExhausted", "rateLimited")


class _Outlet(msgspec.Struct, frozen=True):
    name: str | None = None


class _Article(msgspec.Struct, frozen=True, rename="camel"):
    source: _Outlet
    published_at: str
    title: str | None = None
    description: str | None = None
    content: str | None = None
    url: str | None = None


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    status: str
    total_results: int = 0
    articles: tuple[_Article, ...] = ()
    code: str = ""
    message: str = ""


_decoder = msgspec.json.Decoder(_Answer)


def decode_articles(body: bytes, key: Secret) -> Answered:
    """Articles, newest first; ``next`` is the moment of the oldest while there are older ones.

    Raises
    ------
    MissingKeyError, RateLimitedError, NoDataError
        It says no with status 200.
    """
    said = _decoder.decode(body)
    if said.status != "ok":
        _refuse(said, key)
    drafts = each(said.articles, _draft)
    oldest = min((one.ts_published for one in drafts if isinstance(one, Draft)), default=0)
    return Answered(drafts, second_of(oldest) if oldest and said.total_results > len(drafts) else "")


def _draft(article: _Article) -> Draft:
    title, url = article.title or "", article.url or ""
    if title == REMOVED:
        raise UnusableTextError("An article was taken back by its publisher.", "It is left out.")
    parts = (article.description or "", _REST.sub("", article.content or ""))
    return Draft(
        id=hash_id(url) if url else hash_id(title, article.published_at),
        ts_published=moment_ns(article.published_at),
        title=title,
        body="\n".join(dict.fromkeys(part for part in parts if part)),
        url=url,
        outlet=article.source.name or "",
    )


def _refuse(said: _Answer, key: Secret) -> None:
    message = redact(f"NewsAPI says: {said.code or said.status}: {said.message}", (key,))
    if said.code in _KEY_CODES:
        raise MissingKeyError(message, "Check TRADEWIND_NEWSAPI_API_KEY.")
    if said.code in _LIMIT_CODES:
        raise RateLimitedError(message, "Try again tomorrow, or tell of a paid plan under providers.")
    raise NoDataError(message, "Ask for something else.")
