"""Which texts tell the same story, so that it is counted once: near-duplicates by their headlines.

Two headlines are near where they share enough of their word pairs: resemblance of shingles of two words at
least 0.6, after A. Broder, "On the resemblance and containment of documents" (1997). Headlines are compared
without case, punctuation, a publisher's name at the end (``... - Reuters``) and marks of updates. Three
things keep apart what only sounds alike: other numbers in them, instruments of which none is shared, and
more than three days between them. Headlines of fewer than four words are near where they are equal.

A story is made of what came before: taking later texts away changes no earlier answer.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from tradewind.core.texts import TextItem, TextKind
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.store.texts import KnownText

RESEMBLANCE = 0.6
WINDOW_NS = 3 * NS_PER_DAY
FEWEST_WORDS = 4
_MOST_WORDS = 60

_WORD = re.compile(r"\w+")
_MARK = re.compile(
    r"^(update \d+|breaking|exclusive|rpt|refile|correction|corrected|live|rt @\w+)\s*[-:|]\s*|^rt\s+@\w+:?"
)
_OUTLET = re.compile(r"\s[-|–—]\s[^-|–—]{2,40}$")

Shingles = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Headline:
    """What of a text is compared."""

    words: tuple[str, ...]
    shingles: Shingles
    numbers: frozenset[str]
    symbols: frozenset[str]


@dataclass
class _Stories:
    """The first text of each story, and where its shingles lead."""

    leads: list[tuple[int, int, Headline]] = field(default_factory=list)
    by_shingle: dict[tuple[str, ...], list[int]] = field(default_factory=dict)


def headline_of(item: TextItem) -> Headline:
    """The headline of a text, or the beginning of what has none."""
    text = unicodedata.normalize("NFKC", item.title or item.body).casefold()
    text = _MARK.sub("", text.strip())
    if item.kind is TextKind.NEWS and len(_WORD.findall(_OUTLET.sub("", text))) >= FEWEST_WORDS:
        text = _OUTLET.sub("", text)
    words = tuple(_WORD.findall(text))[:_MOST_WORDS]
    size = 2 if len(words) >= FEWEST_WORDS else max(len(words), 1)
    shingles = (
        frozenset(words[at : at + size] for at in range(len(words) - size + 1)) if words else frozenset()
    )
    numbers = frozenset(word for word in words if any(c.isdigit() for c in word))
    return Headline(words, shingles, numbers, frozenset(item.symbols))


def are_near(one: Headline, other: Headline) -> bool:
    """Whether two headlines tell the same story, but for the time between them."""
    if not one.shingles or one.numbers != other.numbers:
        return False
    if one.symbols and other.symbols and not one.symbols & other.symbols:
        return False
    shared = len(one.shingles & other.shingles)
    return shared >= RESEMBLANCE * len(one.shingles | other.shingles)


def story_numbers(texts: Iterable[KnownText]) -> list[int]:
    """For each text, in the order of ``known_ns`` in which it is given, the place of its story's first text.

    A text whose own place is given begins a story. Tallies, and texts without a word, stand for themselves.
    """
    stories = _Stories()
    return [_place(stories, place, known) for place, known in enumerate(texts)]


def _place(stories: _Stories, place: int, known: KnownText) -> int:
    headline = headline_of(known.item)
    if known.item.kind is TextKind.TALLY or not headline.shingles:
        return place
    near: set[int] = set()
    for shingle in headline.shingles:
        near.update(_recent(stories, shingle, known.known_ns))
    for number in sorted(near):
        first, _, lead = stories.leads[number]
        if are_near(headline, lead):
            return first
    for shingle in headline.shingles:
        stories.by_shingle.setdefault(shingle, []).append(len(stories.leads))
    stories.leads.append((place, known.known_ns, headline))
    return place


def _recent(stories: _Stories, shingle: tuple[str, ...], now_ns: int) -> list[int]:
    """Stories with that shingle begun within the window, and no others any more."""
    numbers = stories.by_shingle.get(shingle, [])
    fresh = [number for number in numbers if stories.leads[number][1] >= now_ns - WINDOW_NS]
    if len(fresh) < len(numbers):
        stories.by_shingle[shingle] = fresh
    return fresh
