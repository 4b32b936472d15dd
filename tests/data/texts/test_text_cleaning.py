"""Whatever a stranger writes, what is kept is plain: short, without tags, commands or hidden characters."""

import html.parser
import json
import unicodedata

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.data.texts.cleaning import clean_text, clean_url, mend_json, one_line

NASTY = st.sampled_from(
    [
        "<",
        ">",
        "&",
        "&lt;",
        "&amp;",
        "&#60;",
        "&#x1b;",
        "<b>",
        "</b>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<img src=x onerror=alert(1)",
        "\x1b[31m",
        "\x1b]0;x\x07",
        "\x9b",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\ud800",
        "\udc00",
        "\x00",
        "\r",
        "\n",
        "\t",
        "\u2028",
        "\U000e0041",
        "a",
        "Z",
        "price",
        " ",
        "é",
        "e\u0301",
        "😀",
        "&&",
        "#",
        ";",
        "lt;",
        "İ",
    ]
)
HOSTILE = st.lists(st.one_of(NASTY, st.text(max_size=5)), max_size=60).map("".join)


class Tags(html.parser.HTMLParser):
    """What a browser would take for markup."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)

    handle_endtag = handle_decl = handle_pi = handle_comment = lambda self, tag: self.found.append(tag)


@settings(deadline=None)
@given(HOSTILE, st.integers(1, 80), st.booleans())
def test_nothing_that_commands_a_terminal_or_a_page_is_left(raw, longest, markup):
    text = clean_text(raw, longest, markup=markup)
    assert len(text) <= longest
    text.encode()  # no half characters
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]
    assert not [
        c
        for c in text
        if unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    ]
    parser = Tags()
    parser.feed(text)
    parser.close()
    assert parser.found == []
    assert unicodedata.is_normalized("NFC", text)


@settings(deadline=None)
@given(HOSTILE, st.integers(2, 80), st.booleans())
def test_cleaning_again_changes_nothing(raw, longest, markup):
    once = clean_text(raw, longest, markup=markup)
    assert clean_text(once, longest, markup=markup) == once


@settings(deadline=None)
@given(st.text(alphabet="abcdefghij ", min_size=1, max_size=50))
def test_plain_words_stay_as_they_are(words):
    assert clean_text(words, 100) == " ".join(words.split())


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("<p>Apple &amp; Co</p><p>rise</p>", "Apple & Co\nrise"),
        ("a<script>alert('x')</script>b", "ab"),
        ("a<!-- hidden > still -->b", "ab"),
        ("a<SCRIPT>never ends", "a"),
        ("EPS < 5 and > 3", "EPS < 5 and > 3"),
        ("I <3 AAPL", "I <3 AAPL"),
        ("&lt;b&gt;bold&lt;/b&gt;", "bold"),
        ("\x1b[2J\x1b[31mred\x1b]0;title\x07 \x9b1mbold", "red bold"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("half \ud83d emoji", "half \ufffd emoji"),
        ("nul\x00l", "null"),
        ("family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧"),
    ],
)
def test_examples(raw, wanted):
    assert clean_text(raw, 100) == wanted


def test_ten_megabytes_are_cut_before_they_are_read():
    for raw in (
        "<" * 10_000_000,
        "<a " * 3_000_000,
        "&amp;" * 2_000_000,
        "<!--" * 2_500_000,
        "x" * 10_000_000,
    ):
        assert len(clean_text(raw, 20_000)) <= 20_000
    assert clean_text("x" * 10_000_000, 10) == "x" * 9 + "…"
    assert one_line("two\nlines") == "two lines"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://a b",
        "https://me:secret@example.com/",
        "ftp://example.com",
        "https://[::1",
        "http://",
        "https://exämple.com",
        "https://x/" + "y" * 3_000,
        "https://x/\x1b[31m",
        'https://x/"onclick="',
    ],
)
def test_addresses_that_are_none_of_the_web_are_dropped(url):
    assert clean_url(url) == ""


def test_an_address_of_the_web_is_kept_as_it_is():
    assert clean_url("https://example.com/a?b=c%20d#e") == "https://example.com/a?b=c%20d#e"


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["\ud800", "\udc00", "\ud83d\ude00", "\\", '"', "u", "d800", "x"]),
            st.characters(),
        )
    ).map("".join)
)
def test_json_with_half_characters_is_readable_and_all_else_the_same(text):
    body = json.dumps({"a": text}).encode()
    mended = msgspec.json.decode(mend_json(body))["a"]
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert mended.replace("\ufffd", "") == joined.replace("\ufffd", "").encode("utf-8", "ignore").decode()
    assert not [c for c in mended if 0xD800 <= ord(c) < 0xE000]


def test_bytes_that_are_no_utf8_do_not_lose_the_rest():
    assert msgspec.json.decode(mend_json(b'{"a":"x\xed\xa0\x80y","b":"\xff"}'))["b"] == "\ufffd"
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(mend_json(b"\xff\xfe\x00"))
