"""``tradewind data texts`` as people use it, before a site on loopback that is Reddit and Finnhub."""

import json
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "data" / "vendors"))

from misbehaving_site import open_site

NOW_S = int(time.time())
KEYS = ("TRADEWIND_REDDIT_API_KEY", "TRADEWIND_REDDIT_API_SECRET", "TRADEWIND_FINNHUB_API_KEY")


def post(name, hours_ago, title, **more):
    said = {"id": name, "title": title, "created_utc": NOW_S - 3_600 * hours_ago, "subreddit": "stocks",
            "selftext": "", "author": "Jane Q. Writer", "edited": False, "score": 5, "num_comments": 2,
            "permalink": f"/r/stocks/comments/{name}/"}  # fmt: skip
    return said | more


class Vendors:
    """What both answer at the moment."""

    def __init__(self):
        self.posts = [
            post("p1", 5, "Apple rises as iPhone sales beat all forecasts", selftext="AAPL is up"),
            post("p2", 4, "Apple rises as iPhone sales beat all forecasts!", selftext="Same story. AAPL"),
            post(
                "p3", 3, "\x1b[31mAAPL to the \u202emoon\x07 [bold]<script>x</script>", selftext="my secret"
            ),
        ]
        article = {"datetime": NOW_S - 7_200, "headline": "Apple opens a store in Berlin today", "id": 7}
        more = {"related": "AAPL", "source": "Wire", "summary": "", "url": "https://e.com/7"}
        self.news = 200, [article | more]

    def answer(self, asked):
        if asked.path.endswith("access_token"):
            return 200, {}, b'{"access_token": "token", "expires_in": 3600}'
        if "company-news" in asked.path:
            said = self.news[1]
            return self.news[0], {}, said.encode() if isinstance(said, str) else json.dumps(said).encode()
        children = [{"kind": "t3", "data": one} for one in self.posts]
        return (
            200,
            {},
            json.dumps({"kind": "Listing", "data": {"children": children, "after": None}}).encode(),
        )


@pytest.fixture
def vendors():
    return Vendors()


@pytest.fixture
def texts(tw, vendors, tmp_path, monkeypatch):
    """Run ``tradewind data texts`` on a home of its own, with all keys set."""
    for name in KEYS:
        monkeypatch.setenv(name, "k3y-of-mine")
    with open_site(vendors.answer) as site:
        providers = {
            "reddit": {"base_url": site.url, "feed": "stocks", "cache_ttl_s": 0.0},
            "finnhub": {"base_url": site.url, "feed": "candle", "cache_ttl_s": 0.0},
        }
        config = {"home": str(tmp_path / "home"), "providers": providers}
        (tmp_path / "my.yaml").write_text(json.dumps(config))
        yield lambda *words: tw("data", "texts", *words, "--config", tmp_path / "my.yaml")


def fetched(done):
    assert done.code == 0, done.err
    return {one["source"]: one for one in done.json()}


def ids(done):
    assert done.code == 0, done.err
    return [one["id"] for one in done.json()["shown"]]


def test_the_list_says_which_keys_are_set(texts, monkeypatch):
    monkeypatch.delenv(KEYS[1])
    cards = {card["name"]: card for card in texts("--json").json()}
    assert cards["reddit"]["keys"] == {KEYS[0]: True, KEYS[1]: False}
    assert (cards["reddit"]["ready"], cards["finnhub"]["ready"], cards["finnhub"]["stored"]) == (
        False,
        True,
        False,
    )
    assert f"needs {KEYS[1]}" in texts().out


def test_fetching_twice_keeps_each_text_once_and_counts_stories(texts):
    first = fetched(texts("AAPL", "--fetch", "--json"))
    assert {name: one["new"] for name, one in first.items()} == {"finnhub": 1, "reddit": 3}
    again = fetched(texts("AAPL", "--fetch", "--json"))
    assert {name: (one["new"], one["same"]) for name, one in again.items()} == {
        "finnhub": (0, 1),
        "reddit": (0, 3),
    }
    shown = texts("AAPL", "--json").json()
    assert (shown["texts"], shown["stories"]) == (4, 3)
    story = {one["id"]: one["story"] for one in shown["shown"]}
    assert story == {"7": "7", "p1": "p1", "p2": "p1", "p3": "p3"}
    assert "Jane" not in str(shown)
    assert texts("MSFT").out.startswith("Nothing of that is known")
    assert sorted(ids(texts("--query", "apple store", "--json"))) == ["7"]


def test_what_was_known_before_the_fetch_is_nothing_unless_a_platforms_stamp_is_trusted(texts):
    fetched(texts("AAPL", "--fetch", "--json"))
    then = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(NOW_S - 3_600 * 3.5))
    assert ids(texts("AAPL", "--as-of", then, "--json")) == []
    told = texts("AAPL", "--as-of", then, "--published", "--json").json()["shown"]
    assert [one["id"] for one in told] == ["p1", "p2"]
    assert [one["engagement"] for one in told] == [{}, {}]  # today's votes were not known then


def test_a_changed_text_is_a_further_state(texts, vendors):
    fetched(texts("AAPL", "--fetch", "--json"))
    between = (
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() % 10**9 // 1000:06}+00:00"
    )
    vendors.posts[0]["selftext"] = "AAPL is down after all"
    assert fetched(texts("AAPL", "--fetch", "--json"))["reddit"]["changed"] == 1

    def body(*words):
        return next(
            one["body"] for one in texts("AAPL", *words, "--json").json()["shown"] if one["id"] == "p1"
        )

    assert body("--as-of", between) == "AAPL is up"
    assert body() == "AAPL is down after all"


def test_forgetting_removes_a_text_and_all_that_was_remembered_of_it(texts, tmp_path):
    remember_answers(tmp_path, 60.0)
    fetched(texts("AAPL", "--fetch", "--json"))
    answers = tmp_path / "home" / "providers" / "reddit" / "answers.sqlite"
    assert b"my secret" in answers.read_bytes()
    assert texts("--forget", "reddit", "p3", "--json").json() == {
        "source": "reddit",
        "id": "p3",
        "removed": 1,
    }
    assert "p3" not in ids(texts("AAPL", "--json"))
    assert b"my secret" not in answers.read_bytes()
    assert fetched(texts("AAPL", "--fetch", "--json"))["reddit"]["forgotten"] == 1
    assert "p3" not in ids(texts("AAPL", "--json"))
    assert "nothing of it was stored" in texts("--forget", "reddit", "p3").out


def remember_answers(folder, seconds):
    settings = json.loads((folder / "my.yaml").read_text())
    settings["providers"]["reddit"]["cache_ttl_s"] = seconds
    (folder / "my.yaml").write_text(json.dumps(settings))


def test_what_the_platform_took_down_is_forgotten_too(texts, vendors):
    fetched(texts("AAPL", "--fetch", "--json"))
    vendors.posts[2] = post("p3", 3, "AAPL", selftext="[removed]", author="[deleted]")
    assert fetched(texts("AAPL", "--fetch", "--json"))["reddit"]["deleted"] == 1
    assert sorted(ids(texts("AAPL", "--json"))) == ["7", "p1", "p2"]


def test_nothing_that_a_stranger_wrote_commands_the_terminal(texts):
    assert texts("AAPL", "--fetch").code == 0
    for words in ((), ("--json",)):
        out = texts("AAPL", *words).out
        assert "moon [bold]" in out
        assert not {"\x1b", "\x07", "\u202e", "\\u202e"} & set(out)
        assert "<script" not in out


def test_one_source_that_fails_stops_no_other_and_is_named(texts, vendors):
    vendors.news = 404, {}
    done = texts("AAPL", "--fetch", "--json")
    assert done.code == 4
    by_source = {one["source"]: one for one in done.json()}
    assert by_source["reddit"]["new"] == 3
    assert "404" in by_source["finnhub"]["error"]
    assert "Error: finnhub" in done.err
    assert "k3y" not in done.err + done.out


def test_what_a_server_says_in_an_error_commands_no_terminal_either(texts, vendors):
    vendors.news = 404, "\x1b[2Jgone\u202e\x9b1m"
    done = texts("AAPL", "--fetch", "--source", "finnhub")
    assert done.code == 4
    assert "gone" in done.err
    assert not {"\x1b", "\u202e", "\x9b"} & set(done.err + done.out)


def test_progress_is_told_on_standard_error(texts):
    done = texts("AAPL", "--fetch")
    assert "Fetching: 200 of 200 reddit" in done.err
    assert done.out.startswith("Fetched texts")


def test_questions_that_cannot_be_are_refused_with_what_to_do(texts, monkeypatch):
    assert "after all" not in texts("AAPL", "--start", "2024-02-01", "--end", "2024-01-01").one_error()
    assert "--as-of" in texts("AAPL", "--fetch", "--as-of", "2024-01-01").one_error()
    assert "by symbol alone" in texts("--fetch", "--query", "apple", "--source", "finnhub").one_error()
    assert "news, tally" in texts("AAPL", "--fetch", "--source", "finnhub", "--kind", "post").one_error()
    for words in (("--fetch",), ("--as-of", "2024-01-01")):
        assert "nosuch" in texts("AAPL", "--source", "nosuch", *words).one_error()
    for name in KEYS:
        monkeypatch.delenv(name)
    assert KEYS[0] in texts("AAPL", "--fetch").one_error()
    done = texts("AAPL", "--fetch", "--source", "reddit")
    assert done.code == 4
    assert KEYS[0] in done.err


def test_answers_as_they_came_are_not_kept_for_longer_than_a_day(texts, tmp_path):
    remember_answers(tmp_path, 60.0)
    fetched(texts("AAPL", "--fetch", "--source", "reddit", "--json"))
    answers = tmp_path / "home" / "providers" / "reddit" / "answers.sqlite"
    assert b"Jane Q. Writer" in answers.read_bytes()
    two_days_ns = 2 * 86_400 * 10**9
    with closing(sqlite3.connect(answers)) as rows, rows:
        rows.execute("UPDATE answers SET stored_ns = stored_ns - ?", (two_days_ns,))
    remember_answers(tmp_path, 0.0)
    fetched(texts("AAPL", "--fetch", "--source", "reddit", "--json"))
    assert b"Jane Q. Writer" not in answers.read_bytes()
