"""What becomes of what a source says of a text: dates, ids, figures and names that are none."""

import os
from dataclasses import replace

import pytest

from tradewind.core.errors import StoreError, UnusableTextError
from tradewind.core.texts import SourceScore, TextItem, TextKind
from tradewind.core.timestamps import NS_PER_MINUTE, parse_ns
from tradewind.data.texts.drafts import Draft, epoch_ns, finished, moment_ns, recleaned
from tradewind.data.texts.pseudonyms import Pseudonyms

NOW = parse_ns("2024-03-01")
GOOD = Draft(id="1", ts_published=NOW - 1, title="Apple rises")


@pytest.fixture
def finish(tmp_path):
    return lambda kind=TextKind.NEWS, **said: finished(
        replace(GOOD, **said), "press", kind, NOW, Pseudonyms(tmp_path)
    )


@pytest.mark.parametrize("seconds", [10**400, -(10**400), 1e300, float("inf"), float("nan")])
def test_seconds_that_are_no_moment(seconds):
    with pytest.raises(UnusableTextError, match="no moment"):
        epoch_ns(seconds)


@pytest.mark.parametrize(
    "said", ["", "yesterday", "2024-03-01T10:00:00", "2024-13-01T00:00:00Z", "\x1b[31m" * 50]
)
def test_times_that_are_no_moment(said):
    with pytest.raises(UnusableTextError, match="no moment") as refused:
        moment_ns(said)
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"ts_published": -1}, "before 1990"),
        ({"ts_published": NOW + 6 * NS_PER_MINUTE}, "in the future"),
        ({"ts_published": 10**30}, "in the future"),
        ({"ts_changed": NOW + 6 * NS_PER_MINUTE}, "changed"),
        ({"title": "", "body": " \u200b\x00 "}, "holds nothing"),
    ],
)
def test_a_text_that_cannot_be_kept_says_why(finish, said, why):
    with pytest.raises(UnusableTextError, match=why):
        finish(**said)


def test_a_clock_a_little_ahead_of_ours_is_none_of_the_future(finish):
    item = finish(ts_published=NOW + 4 * NS_PER_MINUTE)
    assert (item.ts_seen, item.ts_published) == (NOW, NOW + 4 * NS_PER_MINUTE)


def test_what_is_no_id_symbol_language_count_or_score_is_left_out(finish):
    item = finish(
        id="../../etc\x00",
        symbols=["aapl", "AAPL", "BRK.B", "CRYPTO:BTC", "; DROP", "\u202eX", "X" * 99],
        language="en<b>",
        engagement={"votes": 3, "VOTES": 4, "likes": 10**400},
        scores=[
            SourceScore(subject="AAPL", score=float("nan")),
            SourceScore(score=0.2, relevance=float("inf")),
        ],
        url="javascript:alert(1)",
    )
    assert len(item.id) == 32
    assert item.symbols == ("AAPL", "BRK.B", "CRYPTO:BTC")
    assert (item.language, item.url, item.engagement) == ("", "", {"votes": 3})
    assert item.scores == (SourceScore(score=0.2),)


def test_a_count_of_posts_needs_no_words_but_counts(finish):
    assert finish(TextKind.TALLY, title="", engagement={"mentions": 0}).engagement == {"mentions": 0}
    with pytest.raises(UnusableTextError):
        finish(TextKind.TALLY, title="")


def test_a_name_becomes_one_word_a_home_and_another_elsewhere(finish, tmp_path):
    ann, bob = finish(author="Ann").author, finish(author="Bob").author
    assert ann == finish(author="Ann").author != bob
    assert len(ann) == 16
    assert finish(author="[deleted]").author == finish().author == ""
    assert Pseudonyms(tmp_path).of("forum", "Ann") != ann
    assert Pseudonyms(tmp_path / "elsewhere").of("press", "Ann") != ann
    key = tmp_path / "pseudonyms.key"
    if os.name == "posix":
        assert key.stat().st_mode & 0o077 == 0
    key.write_bytes(b"short")
    with pytest.raises(StoreError, match="5 bytes"):
        Pseudonyms(tmp_path).of("press", "Ann")


def test_a_text_from_outside_is_cleaned_seen_now_and_of_its_own_source(tmp_path):
    wild = TextItem(
        source="press", id="\x1b", kind=TextKind.POST, ts_published=NOW - 9, ts_changed=0, ts_seen=1,
        title="<b>up</b>\x1b[31m", author="Ann", symbols=("aapl",),
    )  # fmt: skip
    item = recleaned(wild, "mine", NOW, Pseudonyms(tmp_path))
    assert (item.source, item.ts_seen, item.ts_changed, item.symbols) == ("mine", NOW, NOW - 9, ("AAPL",))
    assert "\x1b" not in item.title + item.id
    assert item.author == Pseudonyms(tmp_path).of("mine", "Ann")
    assert recleaned(item, "mine", NOW, Pseudonyms(tmp_path)) == item
