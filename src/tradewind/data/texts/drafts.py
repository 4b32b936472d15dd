"""From what a source says of a text to one that can be kept: cleaned, dated, without names of people."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

import msgspec

from tradewind.core.errors import UnusableTextError
from tradewind.core.texts import SourceScore, TextItem, TextKind
from tradewind.core.timestamps import NS_PER_MINUTE, NS_PER_S, iso, to_ns
from tradewind.data.texts.cleaning import LONGEST_BODY, clean_text, clean_url, one_line
from tradewind.data.texts.pseudonyms import Pseudonyms

EARLIEST_NS = to_ns(datetime(1990, 1, 1, tzinfo=UTC))
"""No source reaches back so far: an earlier date is a fault."""
CLOCKS_DIFFER_NS = 5 * NS_PER_MINUTE
"""A text may be dated so far ahead of this machine's clock; it is known when it is seen all the same."""

_MOST_SYMBOLS, _MOST_SCORES, _MOST_COUNTS = 50, 50, 20
_LARGEST = 10**15
_PSEUDONYM = re.compile(r"([0-9a-f]{16})?")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+=/-]{0,127}")
_SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9^.:/=_-]{0,31}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Draft:
    """A text as a source tells of it. ``author`` is whoever wrote a post, as the source calls them."""

    id: str
    ts_published: int
    ts_changed: int = 0
    title: str = ""
    body: str = ""
    url: str = ""
    outlet: str = ""
    author: str = ""
    language: str = ""
    symbols: Sequence[str] = ()
    scores: Sequence[SourceScore] = ()
    engagement: Mapping[str, int] = field(default_factory=dict)
    markup: bool = True
    """Whether title and body may hold HTML."""


def finished(draft: Draft, source: str, kind: TextKind, now_ns: int, pseudonyms: Pseudonyms) -> TextItem:
    """The text as it is kept.

    Raises
    ------
    UnusableTextError
        It is dated before 1990 or after now, or holds nothing.
    """
    for what, ts_ns in (
        ("published", draft.ts_published),
        ("changed", draft.ts_changed or draft.ts_published),
    ):
        _check_date(draft, what, ts_ns, now_ns)
    title = one_line(draft.title, markup=draft.markup)
    body = clean_text(draft.body, LONGEST_BODY, markup=draft.markup)
    scores = tuple(filter(None, map(_score, draft.scores[:_MOST_SCORES])))
    counts = {name: count for name, count in draft.engagement.items() if _is_count(name, count)}
    if not (title or body or (kind is TextKind.TALLY and counts)):
        raise _unusable(draft, "holds nothing that could be read")
    return TextItem(
        source=source,
        id=clean_id(draft.id),
        kind=kind,
        ts_published=draft.ts_published,
        ts_changed=max(draft.ts_changed, draft.ts_published),
        ts_seen=now_ns,
        title=title,
        body=body,
        url=clean_url(draft.url),
        outlet=one_line(draft.outlet, 100),
        author=pseudonyms.of(source, draft.author),
        language=_matching(_LANGUAGE, draft.language.lower()),
        symbols=tuple(dict.fromkeys(filter(None, map(clean_symbol, draft.symbols[:_MOST_SYMBOLS])))),
        scores=scores,
        engagement=dict(sorted(counts.items())[:_MOST_COUNTS]),
    )


def recleaned(item: TextItem, source: str, now_ns: int, pseudonyms: Pseudonyms) -> TextItem:
    """A text of a source from outside, as one of the package's would have given it, seen now.

    Raises
    ------
    UnusableTextError
        As in :func:`finished`.
    """
    draft = Draft(
        id=item.id,
        ts_published=item.ts_published,
        ts_changed=item.ts_changed,
        title=item.title,
        body=item.body,
        url=item.url,
        outlet=item.outlet,
        author="" if _PSEUDONYM.fullmatch(item.author) else item.author,
        language=item.language,
        symbols=item.symbols,
        scores=item.scores,
        engagement=item.engagement,
        markup=False,
    )
    made = finished(draft, source, TextKind(item.kind), now_ns, pseudonyms)
    return made if draft.author else msgspec.structs.replace(made, author=item.author)


def clean_id(raw: str) -> str:
    """An id as it is where it is short and plain, else its SHA-256."""
    return raw if _ID.fullmatch(raw) else hash_id(raw)


def hash_id(*parts: str) -> str:
    """An id of what a source gives none for, such as an address: half its SHA-256 in hexadecimal."""
    text = "\n".join(parts).encode("utf-8", "replace")
    return hashlib.sha256(text).hexdigest()[:32]


def clean_symbol(raw: str) -> str:
    """A symbol in capitals, or nothing where it is none."""
    return _matching(_SYMBOL, raw.strip().upper())


def moment_ns(text: str, zone: tzinfo | None = None) -> int:
    """UTC ns of an ISO time; one without an offset stands in ``zone``.

    Raises
    ------
    UnusableTextError
        It is no time, or has no offset where no zone is known.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or (moment.tzinfo is None and zone is None):
        message = f"A text is dated {one_line(text, 60)!r}, which is no moment."
        raise UnusableTextError(message, "It is left out.")
    return to_ns(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone))


def epoch_ns(seconds: float) -> int:
    """UTC ns of seconds since 1970; UnusableTextError where that is no moment."""
    if not abs(seconds) <= _LARGEST:  # also for what is no number, or too large for one
        message = "A text is dated by what is no moment."
        raise UnusableTextError(message, "It is left out.")
    return round(seconds * 1_000) * (NS_PER_S // 1_000)


def _check_date(draft: Draft, what: str, ts_ns: int, now_ns: int) -> None:
    if ts_ns < EARLIEST_NS:
        raise _unusable(draft, f"is {what} before 1990")
    if ts_ns > now_ns + CLOCKS_DIFFER_NS:
        when = iso(ts_ns) if ts_ns < EARLIEST_NS * 10 else f"{ts_ns} ns after 1970"
        raise _unusable(draft, f"is {what} {when}, in the future")


def _unusable(draft: Draft, why: str) -> UnusableTextError:
    return UnusableTextError(f"The text {clean_id(draft.id)} {why}.", "It is left out.")


def _score(given: SourceScore) -> SourceScore | None:
    """A score with finite figures, None where none is left."""
    figures = [
        value if value is None or math.isfinite(value) else None for value in (given.score, given.relevance)
    ]
    label = one_line(given.label, 40)
    if figures[0] is None and not label:
        return None
    return SourceScore(
        subject=clean_symbol(given.subject), score=figures[0], relevance=figures[1], label=label
    )


def _is_count(name: str, count: int) -> bool:
    return bool(_WORD.fullmatch(name)) and -_LARGEST <= count <= _LARGEST


def _matching(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else ""
