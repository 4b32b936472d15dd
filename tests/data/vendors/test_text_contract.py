"""One contract for all sources of texts: what each gives, also when its vendor or a stranger misbehaves.

It runs over the registry. A source is tested by a module ``NAME_texts.py`` in this folder (see
``text_answers.py``), served by a real HTTP server on loopback.
"""

import importlib.util
import logging
import unicodedata
from contextlib import suppress
from dataclasses import replace
from inspect import signature
from pathlib import Path
from random import Random

import pytest
from misbehaving_site import StandingClock, open_site
from text_answers import DAY, HOUR, MINUTE, NOW, WRITER, Press, nasty

from tradewind.core.errors import (
    ConfigError,
    DataError,
    MalformedPayloadError,
    MissingKeyError,
    NetworkError,
    RateLimitedError,
    UnknownSymbolError,
)
from tradewind.core.texts import TextKind, TextRequest
from tradewind.data.policy.redaction import Secret
from tradewind.data.policy.retrying import RetrySettings
from tradewind.data.registry import TEXTS

pytestmark = pytest.mark.services

KEY = "k3y-that-must-not-show"


def vendor_of(name):
    path = Path(__file__).parent / f"{name}_texts.py"
    if not path.exists():
        pytest.fail(
            f"The text source {name!r} is not tested: write tests/data/vendors/{path.name} with a VENDOR,"
            " what the vendor answers in its recorded or documented shape (see text_answers.py)."
        )
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.VENDOR


@pytest.fixture(params=[entry.name for entry in TEXTS.entries() if not entry.outside])
def name(request):
    return request.param


@pytest.fixture
def vendor(name):
    return vendor_of(name)


@pytest.fixture
def trial(name, vendor, tmp_path):
    """A source before a site of its vendor; both close with the test."""

    class Trial:
        def __init__(self):
            self.clock = StandingClock(NOW)
            self.press = Press()
            self.say = None
            self.calls = 0
            self.made = []

        def reply(self, asked):
            if vendor.is_data(asked):
                self.calls += 1
                said = self.say(asked) if self.say is not None else None
                if said is not None:
                    return said
            return vendor.answer(asked, self.press)

        def make(self, timeout_s=10.0, ttl_s=None, **keys):
            factory = TEXTS.get(name)
            free = signature(factory).parameters["settings"].default
            retry = RetrySettings(attempts=2, first_s=0.1, cap_s=0.1, longest_s=90.0)
            settings = replace(free, timeout_s=timeout_s, retry=retry)
            source = factory(
                tmp_path,
                base_url=self.site.url,
                settings=settings if ttl_s is None else replace(settings, cache_ttl_s=ttl_s),
                clock=self.clock,
                sleep=self.clock.sleep,
                random=Random(1),
                **{
                    word: key
                    for word, key in (keys or dict.fromkeys(vendor.keys, Secret(KEY))).items()
                    if key
                },
                **vendor.arguments,
            )
            self.made.append(source)
            return source

        def pages(self, start=None, end=None, source=None, **changes):
            asked = {"symbol": vendor.symbol, "kind": TextKind(vendor.kind)} | changes
            request = TextRequest(
                vendor.start_ns if start is None else start, vendor.end_ns if end is None else end, **asked
            )
            return (source or self.source).texts(request)

        def items(self, start=None, end=None, **changes):
            return [item for page in self.pages(start, end, **changes) for item in page.items]

    made = Trial()
    with open_site(made.reply) as site:
        made.site = site
        made.source = made.make()
        yield made
        for source in made.made:
            source.close()


def once(reply):
    """Say it to the first call alone."""
    left = [reply]
    return lambda asked: left.pop() if left else None


def always(reply):
    return lambda asked: reply


def wanted(vendor, start=None, end=None):
    start, end = vendor.start_ns if start is None else start, vendor.end_ns if end is None else end
    return sorted(told.published_ns for told in vendor.held if start <= told.published_ns < end)


# What it gives -------------------------------------------------------------------------------


def test_all_texts_of_a_span_come_once_each(trial, name, vendor):
    items = trial.items()
    assert sorted(item.ts_published for item in items) == wanted(vendor)
    assert len({item.id for item in items}) == len(items) > 50
    assert trial.calls >= vendor.least_calls
    by_date = {told.published_ns: told for told in vendor.held}
    for item in items:
        told = by_date[item.ts_published]
        assert (item.source, item.kind) == (name, vendor.kind)
        assert item.title == (told.title if vendor.has_title else "")
        assert told.body in item.body
        assert vendor.has_title or told.title in item.body
        assert item.url.startswith("https://")
        assert not vendor.names_symbol or vendor.symbol in item.symbols


def test_the_span_is_half_open(trial, vendor):
    times = wanted(vendor)
    start, end = times[-9], times[-3]
    assert sorted(item.ts_published for item in trial.items(start, end)) == times[-9:-3]
    assert sorted(item.ts_published for item in trial.items(start + 1, end + 1)) == times[-8:-2]


def test_a_text_is_first_known_when_it_was_fetched(trial):
    trial.clock.now += 5 * MINUTE
    assert {item.ts_seen for item in trial.items()} == {trial.clock.now}
    delay_s = trial.source.publication_delay_s
    assert delay_s is None or delay_s > 0.0


def test_nobodys_name_is_kept(trial, tmp_path):
    items = trial.items()
    assert WRITER not in repr(items)
    assert len({item.author for item in items}) == 1  # of one person one pseudonym, or none of anybody
    again = trial.make()
    assert {item.author for item in trial.items(source=again)} == {items[0].author}


def test_pages_that_overlap_and_are_shuffled_give_each_text_once(trial, vendor):
    trial.press = Press(shuffled=True)
    assert sorted(item.ts_published for item in trial.items()) == wanted(vendor)


def test_pages_that_never_end_are_given_up_and_what_came_is_given(trial, vendor):
    trial.press = Press(endless=True)
    came = []

    def take():
        for page in trial.pages():
            came.extend(page.items)

    if vendor.pages:
        with pytest.raises(MalformedPayloadError, match="nothing new"):
            take()
    else:
        take()
    assert len(came) > 50
    assert len({item.id for item in came}) == len(came)
    assert trial.calls <= vendor.least_calls + 5


def test_what_it_is_not_made_for_is_refused_before_anybody_is_asked(trial, vendor):
    other = next(kind for kind in TextKind if kind not in trial.source.kinds)
    with pytest.raises(ConfigError, match=other.value):
        list(trial.pages(kind=other))
    with pytest.raises(ConfigError):
        list(trial.pages(symbol="", query="x\x1b[31m"))
    assert trial.site.asked == []


# What strangers write ------------------------------------------------------------------------


def test_texts_that_would_do_harm_come_plain_and_the_others_as_they_are(trial, vendor):
    at_ns = NOW - HOUR - 7 * MINUTE
    trial.press = Press(hostile=(nasty(9_001, at_ns), nasty(9_002, at_ns + MINUTE, body="B" * 10_000_000)))
    items = trial.items()
    assert sorted(item.ts_published for item in items) == sorted([*wanted(vendor), at_ns, at_ns + MINUTE])
    for item in items:
        text = f"{item.title}{item.body}{item.outlet}{item.url}"
        assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]
        assert not {"\u202e", "\u200b"} & set(text)
        assert "<script" not in text
        assert "<img" not in text
        assert len(item.title) <= 500
        assert len(item.body) <= 20_000
    worst = next(item for item in items if item.ts_published == at_ns)
    assert ("alert" in f"{worst.title}{worst.body}") == (not vendor.markup)
    assert "ACME" in f"{worst.title}{worst.body}"


def test_a_text_from_the_future_or_of_no_date_is_left_out_and_told_of(trial, vendor):
    late = nasty(9_003, NOW - HOUR, date="2024-05-01T10:00:00Z")
    none = nasty(9_004, NOW - HOUR, date="yesterday")
    trial.press = Press(hostile=(late, none))
    pages = list(trial.pages(NOW - 5 * DAY, NOW + 90 * DAY))
    refused = [one for page in pages for one in page.refused]
    assert len({one.reason for one in refused}) == 2
    assert any("future" in one.reason or "moment" in one.reason for one in refused)
    assert not [item for page in pages for item in page.items if item.ts_published > NOW]


def test_texts_about_another_symbol_are_refused(trial, vendor):
    if not vendor.names_symbol:
        return  # its answers do not say what they are about
    trial.press = Press(symbol="ZZZ")
    pages = []
    with suppress(MalformedPayloadError):  # of page after page of it nothing more is asked for
        for page in trial.pages():
            pages.append(page)
    assert [item for page in pages for item in page.items] == []
    assert "ZZZ" in next(one.reason for page in pages for one in page.refused)


# When the vendor misbehaves ------------------------------------------------------------------


def test_a_refusal_for_now_is_waited_for_as_long_as_it_says(trial, vendor):
    trial.say = once((429, {"Retry-After": "7"}, b"slow down"))
    assert len(trial.items()) == len(wanted(vendor))
    assert max(trial.clock.slept) >= 7.0


def test_a_refusal_for_long_is_an_error_that_says_how_long(trial):
    trial.say = always((429, {"Retry-After": "1000"}, b"slow down"))
    for _ in range(2):  # asked again at once it does not even call
        with pytest.raises(RateLimitedError) as limited:
            trial.items()
    assert limited.value.retry_after_s == pytest.approx(1000.0, abs=1.0)
    assert trial.calls == 1


def test_its_own_words_for_too_many_calls(trial, vendor):
    trial.say = always(vendor.limited)
    with pytest.raises(RateLimitedError):
        trial.items()


def test_what_came_before_a_failure_was_given(trial, vendor):
    answered = []

    def say(asked):
        answered.append(asked)
        return (500, {}, b"oops") if len(answered) > 1 else None

    trial.say = say
    pages = trial.pages()
    assert len(next(pages).items) > 0
    with pytest.raises(NetworkError, match="500"):
        list(pages)


def test_a_server_that_fails_is_asked_again_and_then_named(trial, vendor):
    trial.say = once((500, {}, b"oops"))
    assert len(trial.items()) == len(wanted(vendor))
    trial.say = always((503, {}, b"oops"))
    with pytest.raises(NetworkError, match="503"):
        trial.items(source=trial.make(ttl_s=0.0))


def test_an_answer_that_breaks_off_is_asked_for_again_and_then_named(trial, vendor):
    trial.site.cut = 1
    assert len(trial.items()) == len(wanted(vendor))
    trial.site.cut = 99
    with pytest.raises(NetworkError):
        trial.items(source=trial.make(ttl_s=0.0))


def test_an_answer_that_does_not_come_is_given_up(trial):
    trial.site.held = 99
    with pytest.raises(NetworkError):
        trial.items(source=trial.make(timeout_s=0.2))


def test_what_is_no_json_is_kept_aside_and_never_a_text(trial, name, vendor, tmp_path):
    deep = b'{"status":"ok","feed":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    bodies = (b"<html>maintenance</html>", b"", b'{"a": [1, 2', b"\xff\xfe\x00", deep)
    for body in bodies:
        trial.say = always((200, {"Content-Type": "application/json"}, body))
        with pytest.raises(MalformedPayloadError):
            trial.items()
    assert len(list((tmp_path / "quarantine" / name).glob("*.payload"))) == len(bodies)
    trial.say = None  # a bad answer is not remembered
    assert len(trial.items()) == len(wanted(vendor))


def test_json_of_another_shape_is_a_typed_error_or_nothing(trial):
    for body in (
        b"null",
        b"{}",
        b"[]",
        b'"x"',
        b"7",
        b'{"data": 1}',
        b"[[1]]",
        b'[{"id": []}]',
        b'{"feed": [{}]}',
    ):
        trial.say = always((200, {"Content-Type": "application/json"}, body))
        found = []
        with suppress(DataError, UnknownSymbolError):
            found = trial.items(source=trial.make(ttl_s=0.0))
        assert found == []


# Keys ----------------------------------------------------------------------------------------


def test_without_a_key_it_says_which_and_asks_nobody(trial, name, vendor):
    for word in vendor.keys:
        given = {other: Secret(KEY) for other in vendor.keys if other != word} or {word: None}
        with pytest.raises(MissingKeyError, match=f"TRADEWIND_{name.upper()}_{word.upper()}"):
            trial.items(source=trial.make(**given))
    assert trial.site.asked == []


def test_its_own_words_for_a_wrong_key(trial, vendor, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    status, headers, body = vendor.wrong_key
    trial.say = always((status, headers, body.replace(b"KEY", KEY.encode())))
    with pytest.raises(MissingKeyError) as refused:
        trial.items()
    check_nothing_shows(refused.value, caplog.text, tmp_path)


def test_keys_show_in_no_error_log_or_file(trial, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    trial.items()
    for reply in (
        (401, {}, KEY.encode()),
        (500, {}, KEY.encode()),
        (400, {}, KEY.encode()),
        (404, {}, KEY.encode()),
        (200, {}, b"{" + KEY.encode()),
        (200, {}, b'{"Information": "' + KEY.encode() + b'"}'),
        (200, {}, b'{"Error Message": "' + KEY.encode() + b'"}'),
    ):
        trial.say = always(reply)
        with pytest.raises((DataError, UnknownSymbolError)) as refused:
            trial.items(source=trial.make(ttl_s=0.0))
        check_nothing_shows(refused.value, caplog.text, tmp_path)


def check_nothing_shows(error, log, folder):
    chain = []
    while error is not None:
        chain.append(f"{error!s} {error!r} {error.args}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert KEY not in " ".join(chain)
    assert KEY not in log
    held = [path for path in folder.rglob("*") if path.is_file()]
    assert [path.name for path in held if KEY.encode() in path.read_bytes()] == []


def test_its_page_says_how_it_is_asked_and_which_keys_it_takes(name, vendor):
    folder = Path(__file__).parents[3] / "docs" / "vendors"
    assert f"({name}.md)" in (folder / "README.md").read_text("utf-8")
    page = (folder / f"{name}.md").read_text("utf-8")
    assert f"--fetch --source {name}`" in page
    assert "erms to mind" in page
    takes = signature(TEXTS.get(name)).parameters
    assert {word for word in ("api_key", "api_secret") if word in takes} == set(vendor.keys)
    for word in ("api_key", "api_secret"):
        assert (f"`TRADEWIND_{name.upper()}_{word.upper()}`" in page) == (word in vendor.keys)
