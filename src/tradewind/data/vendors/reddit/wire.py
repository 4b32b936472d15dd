"""Reddit's listings of posts and its tokens, decoded to types and checked.

Source: Reddit, "API documentation" (``/r/subreddit/search``, ``/r/subreddit/new``) and "OAuth2". A post that
its author deleted, or that was taken down, is still listed without its words.
"""

import msgspec

from tradewind.core.errors import MalformedPayloadError
from tradewind.data.texts.asking import each
from tradewind.data.texts.drafts import Draft, epoch_ns
from tradewind.data.texts.paging import Answered

GONE = ("[deleted]", "[removed]")
_POST = "t3"


class _Post(msgspec.Struct, frozen=True):
    id: str
    title: str
    created_utc: float
    subreddit: str = ""
    selftext: str | None = None
    author: str | None = None
    edited: bool | float | None = None
    permalink: str = ""
    score: int = 0
    num_comments: int = 0
    removed_by_category: str | None = None


class _Child(msgspec.Struct, frozen=True):
    kind: str
    data: _Post


class _Listing(msgspec.Struct, frozen=True):
    children: tuple[_Child, ...]
    after: str | None = None


class _Answer(msgspec.Struct, frozen=True):
    kind: str
    data: _Listing


class Token(msgspec.Struct, frozen=True):
    """A token that was given for ``expires_in`` seconds."""

    access_token: str
    expires_in: int


_listing = msgspec.json.Decoder(_Answer)
_token = msgspec.json.Decoder(Token)


def decode_listing(body: bytes, start_ns: int) -> Answered:
    """Posts, newest first; ``next`` is where older ones begin, until they are older than the span."""
    said = _listing.decode(body)
    if said.kind != "Listing":
        message = f"A {said.kind!r} came where a listing was asked for."
        raise MalformedPayloadError(message)
    posts = [child.data for child in said.data.children if child.kind == _POST]
    there = [post for post in posts if not _is_gone(post)]
    drafts = each(there, _draft)
    dates = [one.ts_published for one in drafts if isinstance(one, Draft)]
    past = bool(dates) and max(dates) < start_ns
    deleted = tuple(post.id for post in posts if _is_gone(post))
    return Answered(drafts, "" if past else said.data.after or "", deleted)


def decode_token(body: bytes) -> Token:
    """The token; MalformedPayloadError, which does not repeat the answer, where there is none."""
    try:
        return _token.decode(body)
    except msgspec.DecodeError:
        message = "Reddit answered a login with what is no token."
        raise MalformedPayloadError(message, "Check the kind of application: script or web.") from None


def _is_gone(post: _Post) -> bool:
    return post.removed_by_category is not None or post.selftext in GONE or post.title in GONE


def _draft(post: _Post) -> Draft:
    edited = 0 if post.edited is None or isinstance(post.edited, bool) else epoch_ns(post.edited)
    return Draft(
        id=post.id,
        ts_published=epoch_ns(post.created_utc),
        ts_changed=edited,
        title=post.title,
        body=post.selftext or "",
        url=f"https://www.reddit.com{post.permalink}" if post.permalink.startswith("/") else "",
        outlet=post.subreddit,
        author=post.author or "",
        engagement={"votes": post.score, "comments": post.num_comments},
        markup=False,
    )
