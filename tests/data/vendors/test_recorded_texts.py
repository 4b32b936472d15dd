"""Texts out of recorded answers of NewsAPI, Reddit and X, and the documented counts of Finnhub and FMP."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from recorded import archived, cassette_bodies

from tradewind.core.errors import MalformedPayloadError, UnusableTextError
from tradewind.core.texts import RefusedText, TextKind
from tradewind.core.timestamps import NS_PER_DAY, iso, parse_ns
from tradewind.data.policy.redaction import Secret
from tradewind.data.texts.cleaning import mend_json
from tradewind.data.texts.drafts import finished
from tradewind.data.texts.pseudonyms import Pseudonyms
from tradewind.data.texts.stories import story_numbers
from tradewind.data.vendors.finnhub.text_wire import decode_tally as finnhub_tally
from tradewind.data.vendors.fmp.wire import decode_tally as fmp_tally
from tradewind.data.vendors.newsapi.wire import decode_articles
from tradewind.data.vendors.reddit.wire import decode_listing, decode_token
from tradewind.data.vendors.x.wire import decode_posts, posted_ns
from tradewind.store.parquet import ParquetTables
from tradewind.store.texts import Kept, add_texts, texts_as_of

KEY = Secret("key")
NOW = parse_ns("2024-01-01")


def cassette(shared, ending):
    """Bodies of a cassette of praw's own tests."""
    said = json.loads(archived(shared, "praw_reddit_cassettes.tar.xz", ending))
    calls = said.get("http_interactions") or said["interactions"]
    return [mend_json(one["response"]["body"]["string"].encode()) for one in calls]


@pytest.fixture
def shared(shared_data: Path) -> Path:
    return shared_data


def items_of(answered, source, kind, folder):
    made = [one for one in answered.drafts if not isinstance(one, RefusedText)]
    assert len(made) == len(answered.drafts)
    return [finished(one, source, kind, NOW, Pseudonyms(folder)) for one in made]


def test_newsapi_articles_in_many_languages(shared, tmp_path):
    body = (shared / "api_payloads" / "newsapi_everything_bitcoin_2020-08-09.json").read_bytes()
    answered = decode_articles(mend_json(body), KEY)
    items = items_of(answered, "newsapi", TextKind.NEWS, tmp_path)
    said = json.loads(body)["articles"]
    assert len({item.id for item in items}) == len(said) == 20
    assert answered.next == min(article["publishedAt"] for article in said)  # there are 7,724 in all
    for item, article in zip(items, said, strict=True):
        assert iso(item.ts_published) == article["publishedAt"]
        assert item.title == " ".join(article["title"].split())
        assert (item.outlet, unquote(item.url)) == (article["source"]["name"], unquote(article["url"]))
        assert item.url.isascii()
        assert "chars]" not in item.body
        assert item.author == ""
    assert "Đạo đức của người có tiền" in [item.title.strip("'") for item in items]


def test_recorded_articles_are_kept_once_and_are_twenty_stories(shared, tmp_path):
    body = (shared / "api_payloads" / "newsapi_everything_bitcoin_2020-08-09.json").read_bytes()
    items = items_of(decode_articles(body, KEY), "newsapi", TextKind.NEWS, tmp_path)
    store = ParquetTables(tmp_path / "store")
    assert add_texts(store, items) == Kept(new=20)
    assert add_texts(store, items) == Kept(same=20)
    assert texts_as_of(store, NOW - 1) == []  # the articles of 2020 were first seen in 2024
    read = texts_as_of(store, NOW)
    assert sorted(one.item.id for one in read) == sorted(item.id for item in items)
    assert sorted(set(story_numbers(read))) == list(range(20))


def test_reddit_search_and_new_posts(shared, tmp_path):
    token, found = cassette(shared, "TestSubreddit.test_search.json")
    assert decode_token(token).expires_in == 3600
    answered = decode_listing(found, 0)
    posts = [child["data"] for child in json.loads(found)["data"]["children"]]
    assert len(answered.drafts) + len(answered.deleted) == len(posts) > 5
    items = {item.id: item for item in items_of(answered, "reddit", TextKind.POST, tmp_path)}
    for post in posts:
        if post["id"] not in items:
            assert post["id"] in answered.deleted
            continue
        item = items[post["id"]]
        assert item.ts_published == int(post["created_utc"]) * 1_000_000_000
        assert item.ts_changed == int(post["edited"] or post["created_utc"]) * 1_000_000_000
        assert item.engagement == {"votes": post["score"], "comments": post["num_comments"]}
        url = f"https://www.reddit.com{post['permalink']}"
        assert (item.outlet, unquote(item.url)) == (post["subreddit"], url)
        assert item.author == "" or re.fullmatch("[0-9a-f]{16}", item.author)
        words = re.findall(r"\w+", post["title"])
        assert re.findall(r"\w+", item.title) == words
    assert any(post["edited"] for post in posts)
    _, *pages = cassette(shared, "TestSubredditListings.test_new.json")
    listing = decode_listing(pages[0], 0)
    assert len(listing.drafts) + len(listing.deleted) == 100
    assert listing.next == json.loads(pages[0])["data"]["after"]
    newest = max(draft.ts_published for draft in listing.drafts)
    assert decode_listing(pages[0], newest + 1).next == ""  # all older ones lie before the span


def test_x_posts_are_dated_by_their_ids(shared, tmp_path):
    ending = "test_client_search_recent_tweets.yaml"
    body = cassette_bodies(shared, "tweepy_twitter_cassettes.tar.xz", ending)[0]
    said = json.loads(body)
    answered = decode_posts(mend_json(body), KEY)
    items = items_of(answered, "x", TextKind.POST, tmp_path)
    assert [item.id for item in items] == [post["id"] for post in said["data"]]
    assert answered.next == said["meta"].get("next_token", "")
    call = yaml.load(archived(shared, "tweepy_twitter_cassettes.tar.xz", ending), Loader=yaml.CSafeLoader)
    asked = call["interactions"][0]["response"]["headers"]["date"][0]
    asked_ns = (
        int(datetime.strptime(asked, "%a, %d %b %Y %H:%M:%S UTC").replace(tzinfo=UTC).timestamp()) * 10**9
    )
    for item in items:  # it gives posts of the last seven days alone
        assert asked_ns - 7 * NS_PER_DAY < item.ts_published < asked_ns
    assert [item.ts_published for item in items] == sorted((i.ts_published for i in items), reverse=True)


def test_the_moment_in_an_id_is_the_one_that_x_publishes():
    # X, "Twitter IDs" / snowflake announcements: this post was made at 2022-10-07T22:41:02.
    assert iso(posted_ns("1212092628029698048"))[:10] == "2019-12-31"
    for bad in ("20", "-5", "x", "9" * 30, "٣" * 19):
        with pytest.raises(UnusableTextError):
            posted_ns(bad)


def test_a_login_that_gives_no_token_does_not_repeat_what_it_said():
    with pytest.raises(MalformedPayloadError) as refused:
        decode_token(b'{"access_token": "s3cret", "expires_in": "soon"}')
    assert "s3cret" not in f"{refused.value!s}{refused.value.__cause__}"


def test_counts_of_mentions_in_the_documented_shape(tmp_path):
    hour = {"atTime": "2023-05-26 14:00:00", "mention": 12, "score": 0.4, "positiveMention": 9,
            "negativeMention": 3, "positiveScore": 0.9, "negativeScore": -0.8}  # fmt: skip
    new = json.dumps({"data": [hour], "symbol": "GME"}).encode()
    old = json.dumps({"reddit": [hour], "twitter": [hour], "symbol": "GME"}).encode()
    (item,) = [
        finished(one, "finnhub", TextKind.TALLY, NOW, Pseudonyms(tmp_path))
        for one in finnhub_tally(new, "GME")
    ]
    assert (iso(item.ts_published), item.symbols, item.scores[0].score) == (
        "2023-05-26T14:00:00Z",
        ("GME",),
        0.4,
    )
    assert item.engagement == {"mentions": 12, "negative": 3, "positive": 9}
    assert len({one.id for one in finnhub_tally(old, "GME")}) == 2
    row = {"date": "2023-05-26 14:00:00", "symbol": "GME", "stocktwitsPosts": 5, "stocktwitsLikes": 3,
           "stocktwitsSentiment": 0.61, "twitterPosts": 7, "twitterSentiment": 0.5}  # fmt: skip
    drafts, rows = fmp_tally(json.dumps([row]).encode(), "GME", KEY)
    stocktwits, twitter = [finished(one, "fmp", TextKind.TALLY, NOW, Pseudonyms(tmp_path)) for one in drafts]
    assert rows == 1
    assert iso(stocktwits.ts_published) == "2023-05-26T18:00:00Z"
    assert (stocktwits.engagement["posts"], stocktwits.scores[0].score) == (5, 0.61)
    assert (twitter.outlet, twitter.engagement["posts"]) == ("twitter", 7)
