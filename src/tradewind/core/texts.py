"""Texts (news, posts, counts of mentions): what one is, when it may be used, and what a source of them does.

A text is known from the moment at which it was first fetched (``ts_seen``). The publisher's word is taken
for an earlier moment only where the source's own clock stamps it (``publication_delay_s``), and then only
for what cannot have changed since: :func:`known_ns` and :func:`as_published` say for which.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import msgspec

from tradewind.core.timestamps import NS_PER_S


class TextKind(StrEnum):
    """What a text is: a publisher's article, a person's post, or a source's count of posts in a while."""

    NEWS = "news"
    POST = "post"
    TALLY = "tally"


class SourceScore(msgspec.Struct, frozen=True, kw_only=True):
    """The source's own judgement of one subject, or of the whole text where ``subject`` is empty.

    ``score`` is in the source's own unit, ``relevance`` from 0 to 1; None where it says neither.
    """

    subject: str = ""
    score: float | None = None
    relevance: float | None = None
    label: str = ""


class TextItem(msgspec.Struct, frozen=True, kw_only=True):
    """One text as it was at ``ts_seen``, UTC ns, cleaned: no markup, no control or direction characters.

    ``ts_published`` is the source's word, ``ts_changed`` when it says that the text was last changed (the
    same where it does not say). ``outlet`` is a publisher or a forum. ``author`` is a pseudonym that only
    this home can make, or empty: no name of a person is kept. ``symbols`` are those that the source names.
    """

    source: str
    id: str
    kind: TextKind
    ts_published: int
    ts_changed: int
    ts_seen: int
    title: str = ""
    body: str = ""
    url: str = ""
    outlet: str = ""
    author: str = ""
    language: str = ""
    symbols: tuple[str, ...] = ()
    scores: tuple[SourceScore, ...] = ()
    engagement: dict[str, int] = {}
    """Votes, comments, shares, likes, mentions: whatever the source counts, at ``ts_seen``."""


@dataclass(frozen=True)
class TextRequest:
    """Texts published with ``start_ns <= ts_published < end_ns`` that are about a symbol or match a query.

    ``symbol`` is as people write it (``AAPL``, ``BTC/USD``); ``query`` is in the source's own words.
    """

    start_ns: int
    end_ns: int
    symbol: str = ""
    query: str = ""
    kind: TextKind | None = None
    """None is the source's usual one."""


@dataclass(frozen=True)
class RefusedText:
    """A text that was left out, and why."""

    id: str
    reason: str


@dataclass(frozen=True)
class TextPage:
    """What one call gave: texts, those that were refused, and ids that the source says are deleted.

    ``more`` says in words that the source has more than it gives, on the last page alone.
    """

    items: tuple[TextItem, ...] = ()
    refused: tuple[RefusedText, ...] = ()
    deleted: tuple[str, ...] = ()
    more: str = ""


class TextSource(Protocol):
    """A source of texts."""

    name: str

    @property
    def kinds(self) -> Sequence[TextKind]:
        """What it can be asked for, the usual one first."""
        ...

    @property
    def publication_delay_s(self) -> float | None:
        """How long after ``ts_published`` a text is known to all, where the platform's own clock stamps it.

        None where that time is somebody's claim, so that nothing counts before it was seen.
        """
        ...

    def texts(self, request: TextRequest) -> Iterator[TextPage]:
        """The texts asked for, page by page in the source's order; a typed DataError otherwise."""
        ...


def known_ns(item: TextItem, delay_s: float | None, *, first: bool) -> int:
    """When this state of a text could be known, UTC ns: when it was seen, or what a trusted source says.

    ``first`` says that no earlier state of it was seen: a later one counts from ``ts_seen`` whatever it says
    of its publication, because the change happened since.
    """
    if delay_s is None or not first:
        return item.ts_seen
    told_ns = max(item.ts_published, item.ts_changed) + int(delay_s * NS_PER_S)
    return min(item.ts_seen, told_ns)


def as_published(item: TextItem) -> TextItem:
    """The text without what was counted or scored later: votes and scores are those of ``ts_seen``."""
    return msgspec.structs.replace(item, scores=(), engagement={})
