"""X's search of recent posts, decoded to types and checked.

Source: X, "API v2, Search recent posts" and "Snowflake": ids hold the moment of posting in their upper bits,
in milliseconds since 2010-11-04T01:42:54.657Z. An edited post has an id of its own.
"""

import msgspec

from tradewind.core.errors import NoDataError, UnusableTextError
from tradewind.core.timestamps import NS_PER_S
from tradewind.data.policy.redaction import Secret, redact
from tradewind.data.texts.asking import each
from tradewind.data.texts.drafts import Draft, moment_ns
from tradewind.data.texts.paging import Answered

_SNOWFLAKE_MS = 1_288_834_974_657
_LEAST_SNOWFLAKE = 1 << 40
"""Older ids were counted one by one and say nothing of time."""

_UNKNOWN_LANGUAGES = ("und", "qme", "qht", "qam", "qct", "qst", "zxx", "art")


class _Tag(msgspec.Struct, frozen=True):
    tag: str


class _Entities(msgspec.Struct, frozen=True):
    cashtags: tuple[_Tag, ...] = ()


class _Counts(msgspec.Struct, frozen=True):
    retweet_count: int = 0
    reply_count: int = 0
    like_count: int = 0
    quote_count: int = 0


class _Post(msgspec.Struct, frozen=True):
    id: str
    text: str
    created_at: str = ""
    author_id: str = ""
    lang: str = ""
    public_metrics: _Counts | None = None
    entities: _Entities | None = None


class _Meta(msgspec.Struct, frozen=True):
    result_count: int
    next_token: str = ""


class _Answer(msgspec.Struct, frozen=True):
    meta: _Meta | None = None
    data: tuple[_Post, ...] = ()
    title: str = ""
    detail: str = ""


_decoder = msgspec.json.Decoder(_Answer)


def decode_posts(body: bytes, key: Secret) -> Answered:
    """Posts, newest first, and the token of the next page.

    Raises
    ------
    NoDataError
        It says no with status 200.
    """
    said = _decoder.decode(body)
    if said.meta is None:
        message = redact(f"X says: {said.title}: {said.detail}", (key,))
        raise NoDataError(message, "Ask for something else.")
    return Answered(each(said.data, _draft), said.meta.next_token)


def posted_ns(post_id: str) -> int:
    """The moment of posting that an id holds, UTC ns; UnusableTextError for one that holds none."""
    plain = post_id.isascii() and post_id.isdecimal() and len(post_id) <= 20
    if not plain or int(post_id) < _LEAST_SNOWFLAKE:
        message = f"The post {post_id[:24]!r} has no moment in its id."
        raise UnusableTextError(message, "It is left out.")
    return ((int(post_id) >> 22) + _SNOWFLAKE_MS) * (NS_PER_S // 1_000)


def _draft(post: _Post) -> Draft:
    counts = post.public_metrics
    said: dict[str, int] = {}
    if counts is not None:
        said = {
            "shares": counts.retweet_count,
            "replies": counts.reply_count,
            "likes": counts.like_count,
            "quotes": counts.quote_count,
        }
    return Draft(
        id=post.id,
        ts_published=moment_ns(post.created_at) if post.created_at else posted_ns(post.id),
        body=post.text,
        url=f"https://x.com/i/status/{post.id}",
        author=post.author_id,
        language="" if post.lang in _UNKNOWN_LANGUAGES else post.lang,
        symbols=tuple(one.tag for one in post.entities.cashtags) if post.entities else (),
        engagement=said,
    )
