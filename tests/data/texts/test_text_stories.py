"""One story from several outlets counts once; stories that only sound alike stay apart."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.texts import TextItem, TextKind
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR
from tradewind.data.texts.stories import are_near, headline_of, story_numbers
from tradewind.store.texts import KnownText

NUMBERS = count()
DAY0 = 1_700_000_000_000_000_000


def known(title, hours=0.0, symbols=(), kind=TextKind.NEWS, body=""):
    ts = DAY0 + int(hours * NS_PER_HOUR)
    item = TextItem(
        source="press",
        id=str(next(NUMBERS)),
        kind=kind,
        ts_published=ts,
        ts_changed=ts,
        ts_seen=ts,
        title=title,
        body=body,
        symbols=symbols,
    )
    return KnownText(item, ts)


SAME = [
    (
        "Apple beats estimates as iPhone sales rise in China",
        "Apple Beats Estimates as iPhone Sales Rise in China!",
    ),
    ("Apple beats estimates as iPhone sales rise", "Apple beats estimates as iPhone sales rise - Reuters"),
    ("Apple beats estimates as iPhone sales rise", "UPDATE 2-Apple beats estimates as iPhone sales rise"),
    (
        "Fed raises rates by 25 basis points, signals pause",
        "Fed raises rates by 25 basis points and signals pause",
    ),
    ("Bitcoin soars", "BITCOIN SOARS"),
]
APART = [
    ("Apple shares rise after earnings beat", "Apple shares fall after earnings miss"),
    ("Fed raises rates by 25 basis points", "Fed raises rates by 50 basis points"),
    (
        "Fed raises interest rates by 25 basis points and signals that a pause may come",
        "Fed raises interest rates by 50 basis points and signals that a pause may come",
    ),
    ("Bitcoin soars", "Bitcoin falls"),
    ("Tesla to report earnings on Wednesday", "Apple opens a store in Berlin today"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_story_told_by_two_is_one(one, other):
    assert story_numbers([known(one), known(other, 5)]) == [0, 0]


@pytest.mark.parametrize(("one", "other"), APART)
def test_two_stories_that_sound_alike_are_two(one, other):
    assert story_numbers([known(one), known(other, 5)]) == [0, 1]


def test_a_template_about_two_companies_is_two_stories():
    one = known("Acme Inc to report first quarter results on May 5", symbols=("ACME",))
    other = known("Bolt Inc to report first quarter results on May 5", 1, symbols=("BOLT",))
    assert story_numbers([one, other]) == [0, 1]
    assert story_numbers([one, known("Acme Inc to report first quarter results on May 5", 1)]) == [0, 0]


def test_the_same_words_a_week_later_are_news_again():
    assert story_numbers(
        [known("Bitcoin falls below its average"), known("Bitcoin falls below its average", 80)]
    ) == [
        0,
        1,
    ]


def test_posts_are_compared_by_what_they_say():
    spam = "GME to the moon, buy the dip before it is too late"
    posts = [
        known("", kind=TextKind.POST, body=spam),
        known("", 1, kind=TextKind.POST, body=f"RT @someone: {spam}"),
    ]
    assert story_numbers(posts) == [0, 0]


def test_counts_and_wordless_texts_stand_for_themselves():
    tally = [known("", kind=TextKind.TALLY), known("", 1, kind=TextKind.TALLY)]
    assert story_numbers([*tally, known("!!!"), known("!!!", 1)]) == [0, 1, 2, 3]


WORDS = st.lists(
    st.sampled_from(["apple", "fed", "rates", "rise", "fall", "25", "50", "bank", "in"]), max_size=7
).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(WORDS, st.integers(0, 40)), max_size=14), st.integers(0, 14))
def test_stories_are_those_of_comparing_all_with_all_and_never_look_ahead(given_texts, upto):
    at, texts = 0, []
    for title, hours in given_texts:
        at += hours
        texts.append(known(title, at))
    found = story_numbers(texts)
    assert found[:upto] == story_numbers(texts[:upto])
    leads = []
    for place, one in enumerate(texts):
        headline = headline_of(one.item)
        near = [
            lead
            for lead in leads
            if one.known_ns - texts[lead].known_ns <= 3 * NS_PER_DAY
            and are_near(headline, headline_of(texts[lead].item))
        ]
        assert found[place] == (near[0] if near else place)
        leads += [] if near else [place]
