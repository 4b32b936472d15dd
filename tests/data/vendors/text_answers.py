"""What a module ``NAME_texts.py`` in this folder says of the text source NAME, as ``VENDOR``.

It is written from a recorded payload or from the vendor's documentation, never from our parser: it knows no
code of ours. Each says in its first lines which of the two it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from misbehaving_site import Asked, Reply

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR, DAY = 60 * MINUTE, 1_440 * MINUTE
NOW = int(datetime(2024, 3, 20, 15, tzinfo=UTC).timestamp()) * SECOND
WRITER = "Jane Q. Writer"
"""Whoever wrote it: a name that must not be kept."""


@dataclass(frozen=True)
class Told:
    """One text that the vendor has; ``day`` in place of its date where that is another."""

    number: int
    published_ns: int
    title: str
    body: str = "Some words about it."
    date: str = ""

    @property
    def url(self) -> str:
        return f"https://example.com/story/{self.number}"


def stories(count: int, step_ns: int, newest_ns: int = NOW - HOUR) -> tuple[Told, ...]:
    """Texts in whole minutes, newest first, each with a title of its own."""
    return tuple(
        Told(n, newest_ns - newest_ns % MINUTE - n * step_ns, f"Story number {n} of the company")
        for n in range(count)
    )


@dataclass(frozen=True)
class Press:
    """How the vendor behaves.

    ``symbol``: what it says its texts are about, where that is not what was asked for. ``endless``: its last
    page points on to itself. ``shuffled``: pages hold their texts in another order, and each page those of
    the one before as well. ``hostile`` are texts that stand on the first page besides its own.
    """

    symbol: str = ""
    endless: bool = False
    shuffled: bool = False
    hostile: tuple[Told, ...] = ()

    def page(self, held: tuple[Told, ...], at: int, size: int) -> tuple[list[Told], bool]:
        """The texts of the page that begins at place ``at``, and whether it says that there are more."""
        last = at + size >= len(held)
        if self.endless and at >= len(held):
            at = max(0, len(held) - size)
        page = list(held[at : at + size])
        if self.shuffled:
            page = list(reversed(page)) + list(held[max(0, at - size) : at])
        return [*(self.hostile if at == 0 else ()), *page], self.endless or not last


@dataclass(frozen=True)
class TextVendor:
    """What is asked of it and what it should give.

    ``start_ns`` and ``end_ns`` hold more than one page where it pages. ``keys`` are the keywords of keys that
    it cannot do without. ``answer`` is what it says to a request.
    """

    held: tuple[Told, ...]
    start_ns: int
    end_ns: int
    answer: Callable[[Asked, Press], Reply]
    limited: Reply
    """Its own words for *too many calls*."""
    wrong_key: Reply
    """Its own words for a key that is wrong; KEY stands where it repeats the key."""
    keys: tuple[str, ...] = ("api_key",)
    symbol: str = "ACME"
    kind: str = "news"
    names_symbol: bool = True
    """Whether its answers say which symbols they are about."""
    pages: bool = True
    """Whether it says where the next page is; one that is asked for spans of time cannot point on for
    ever.
    """
    has_body: bool = True
    has_title: bool = True
    markup: bool = True
    """Whether its texts are HTML: then tags are taken out, else only parted."""
    least_calls: int = 2
    arguments: Mapping[str, str] = field(default_factory=dict)
    is_data: Callable[[Asked], bool] = lambda asked: True


def iso(ts_ns: int, form: str = "%Y-%m-%dT%H:%M:%SZ", zone: object = UTC) -> str:
    """The moment as the vendor writes it."""
    return datetime.fromtimestamp(ts_ns // SECOND, zone).strftime(form)  # type: ignore[arg-type]


def nasty(number: int, published_ns: int, **changes: str) -> Told:
    """A text that somebody wrote to do harm."""
    told = Told(
        number,
        published_ns,
        "\x1b[31mACME\x07 <script>alert(1)</script><b>up</b> \u202egnp.exe\u200b half \ud83d",
        "<p>x &lt;img src=y onerror=z&gt;</p>\x9b2J" + "word " * 20,
    )
    return replace(told, **changes)
