"""Counts of mentions as Finnhub and Financial Modeling Prep document them, asked for over loopback."""

from random import Random

import pytest
from misbehaving_site import StandingClock, open_site
from text_answers import DAY, HOUR, NOW, SECOND, iso
from vendor_answers import js

from tradewind.core.errors import MissingKeyError
from tradewind.core.texts import TextKind, TextRequest
from tradewind.data.policy.redaction import Secret
from tradewind.data.registry import TEXTS

pytestmark = pytest.mark.services


def fetched(name, url, folder, start_ns, end_ns):
    clock = StandingClock(NOW)
    source = TEXTS.get(name)(
        folder, api_key=Secret("k3y"), base_url=url, clock=clock, sleep=clock.sleep, random=Random(1)
    )
    try:
        request = TextRequest(start_ns, end_ns, symbol="GME", kind=TextKind.TALLY)
        return [item for page in source.texts(request) for item in page.items]
    finally:
        source.close()


def test_finnhubs_hours_of_three_weeks_come_once_each(tmp_path):
    hours = [NOW - NOW % HOUR - n * 6 * HOUR for n in range(1, 80)]

    def answer(asked):
        assert (asked.path, asked.query["symbol"]) == ("/api/v1/stock/social-sentiment", "GME")
        inside = [h for h in hours if asked.query["from"] <= iso(h, "%Y-%m-%d") <= asked.query["to"]]
        rows = [
            {"atTime": iso(h, "%Y-%m-%d %H:%M:%S"), "mention": h // HOUR % 50, "score": 0.5} for h in inside
        ]
        return js({"symbol": "GME", "reddit": rows, "twitter": rows})

    with open_site(answer) as site:
        items = fetched("finnhub", site.url, tmp_path, NOW - 19 * DAY, NOW)
    assert len(site.asked) == 3
    inside = [h for h in hours if h >= NOW - 19 * DAY]
    assert sorted(item.ts_published for item in items) == sorted(inside * 2)
    assert {item.outlet for item in items} == {"reddit", "twitter"}
    assert all(item.engagement["mentions"] == item.ts_published // HOUR % 50 for item in items)
    assert all(item.kind is TextKind.TALLY and not item.title + item.body for item in items)


def test_a_plan_without_them_is_said_in_finnhubs_words(tmp_path):
    said = js({"error": "You don't have access to this resource."}, 403)
    with (
        open_site(lambda asked: said) as site,
        pytest.raises(MissingKeyError, match="access to this resource"),
    ):
        fetched("finnhub", site.url, tmp_path, NOW - DAY, NOW)


def test_fmps_pages_are_asked_for_until_they_lie_before_the_span(tmp_path):
    def answer(asked):
        assert (asked.path, asked.query["symbol"]) == ("/api/v4/historical/social-sentiment", "GME")
        first = int(asked.query["page"]) * 100
        hours = [NOW - NOW % HOUR - n * HOUR for n in range(first, first + 100)]
        counts = {"symbol": "GME", "twitterSentiment": 0.4, "stocktwitsPosts": 1}
        rows = [(iso(h - 4 * HOUR, "%Y-%m-%d %H:%M:%S"), h // HOUR % 9) for h in hours]
        return js([counts | {"date": date, "twitterPosts": posts} for date, posts in rows])

    start_ns = NOW - 150 * HOUR
    with open_site(answer) as site:
        items = fetched("fmp", site.url, tmp_path, start_ns, NOW)
    assert len(site.asked) == 2
    tweets = [item for item in items if item.outlet == "twitter"]
    assert len(tweets) == len(items) / 2 == 150
    assert all(item.engagement["posts"] == item.ts_published // HOUR % 9 for item in tweets)
    assert {item.scores[0].score for item in tweets} == {0.4}
    assert min(item.ts_published for item in items) // SECOND >= start_ns // SECOND
