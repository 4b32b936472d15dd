"""Text from strangers made plain: bounded, without markup, control, direction or invisible characters.

What comes out can be written to a terminal or a page as it is: no escape sequence and no tag can begin in it.
All passes are linear in the length, which is bounded first, so that ten megabytes cost no more than a page.

Source: Unicode Standard Annex 9 (directional formatting) and Technical Report 36 (security considerations);
HTML Standard, "Tokenization".
"""

import html
import re
import unicodedata
from urllib.parse import quote, urlsplit

LONGEST_TITLE = 500
LONGEST_BODY = 20_000
LONGEST_URL = 2_000
CUT = "…"
"""Stands at the end of what was cut."""

_RAW_TIMES = 4
"""Markup may take up so many times the room of the text in it."""
_ROUNDS = 8

_TAG = re.compile(r"<(?:/?[A-Za-z]|[!?])[^<>]*>")
_BLOCK = re.compile(r"</?(?:p|div|br|li|ul|ol|h[1-6]|tr|table|blockquote)\b[^<>]*>", re.IGNORECASE)
_HIDDEN = (
    *(
        (re.compile(f"<{name}\\b", re.IGNORECASE), re.compile(f"</{name}[^<>]*>", re.IGNORECASE))
        for name in ("script", "style", "template", "noscript", "iframe", "svg")
    ),
    (re.compile("<!--"), re.compile("-->")),
)
"""What begins and ends that of which nothing is text."""

_COMMAND = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?", re.DOTALL
)
"""A terminal's command (ECMA-48, sections 5.3 to 5.5)."""

_OPENING = re.compile(r"<(?=[/!?A-Za-z])")
_REFERENCE = re.compile(r"&+(?=#?\w)")
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_UNSAFE_IN_URL = re.compile(r"[\x00-\x20\x7f\"'<>\\`{}|^]")
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
"""An escape of JSON; the group is half a character without its other half."""


def _characters() -> dict[int, str | None]:
    """What becomes of single characters: None takes it away."""
    table: dict[int, str | None] = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)])
    table |= {
        0x09: " ",
        0x0A: "\n",
        0x0B: "\n",
        0x0C: "\n",
        0x0D: "\n",
        0x85: "\n",
        0x2028: "\n",
        0x2029: "\n",
    }
    directions = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x2070)]
    unseen = [0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, *range(0x2060, 0x2066), 0x3164]
    marks = [0xFEFF, *range(0xFFF9, 0xFFFC), 0xFFA0, *range(0xE0000, 0xE0080), *range(0xFDD0, 0xFDF0)]
    ends = [plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF)]
    table |= dict.fromkeys([*directions, *unseen, *marks, *ends])
    return table | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


_PLAIN = _characters()


def clean_text(raw: str, longest: int, *, markup: bool = True) -> str:
    """``raw`` as plain text of at most ``longest`` characters, in Unicode form NFC.

    Cleaning it again changes nothing. Tags are taken out (with what scripts and styles hold) and character
    references resolved; ``markup`` False is for what is known to be no HTML: nothing is taken out but what
    could still begin a tag is parted.
    """
    bound = longest * (_RAW_TIMES if markup else 1)
    text = _COMMAND.sub("", raw[: bound + 1]).translate(_PLAIN)
    if markup:
        text = _without_markup(text)
    text = unicodedata.normalize("NFC", text.translate(_PLAIN))
    text = _OPENING.sub("< ", text)
    text = _LINES.sub("\n", _BLANKS.sub(" ", text)).strip()
    if len(text) > longest or len(raw) > bound:
        text = text[: longest - 1].rstrip() + CUT
    return text


def one_line(raw: str, longest: int = LONGEST_TITLE, *, markup: bool = True) -> str:
    """The same on one line: for titles, names of publishers, and whatever is shown in a table."""
    return clean_text(raw, longest, markup=markup).replace("\n", " ")


def clean_url(raw: str) -> str:
    """An address of the web, or nothing: no other scheme, no user name, no blank, no quote in it.

    Letters beyond ASCII are written as ``%XX`` (RFC 3987); a host with such letters may pass for another,
    and is none.
    """
    if not raw or len(raw) > LONGEST_URL or _UNSAFE_IN_URL.search(raw):
        return ""
    try:
        parts = urlsplit(raw)
        named = bool(parts.hostname) and parts.netloc.isascii()
    except ValueError:
        return ""
    good = parts.scheme in ("http", "https") and named and "@" not in parts.netloc
    return quote(raw, safe=_ASCII, errors="replace") if good else ""


def mend_json(body: bytes) -> bytes:
    r"""JSON whose halves of characters (``\\ud800`` without its partner, bytes that are no UTF-8) are
    replaced.

    One post of a hundred with half an emoji in it makes the whole answer unreadable otherwise. What is no
    JSON for another reason stays so.
    """
    text = body.decode("utf-8", "replace").encode()
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], text)


def _without_markup(text: str) -> str:
    for _ in range(_ROUNDS):
        before = text
        text = html.unescape(_without_tags(text)).translate(_PLAIN)
        if text == before:
            return text
    return _REFERENCE.sub("", _without_tags(text))


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    for begin, end in _HIDDEN:
        text = _without_spans(text, begin, end)
    return _TAG.sub("", _BLOCK.sub("\n", text))


def _without_spans(text: str, begin: re.Pattern[str], end: re.Pattern[str]) -> str:
    """``text`` without what stands between a beginning and its end; without all after one that has no end."""
    kept: list[str] = []
    at = 0
    while opened := begin.search(text, at):
        kept.append(text[at : opened.start()])
        closed = end.search(text, opened.end())
        if closed is None:
            return "".join(kept)
        at = closed.end()
    return "".join(kept) + text[at:]
