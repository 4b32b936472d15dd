"""One contract for all sources of calendars: what is due when, since when that is known, and what they say
when vendors fail.

It runs over the registry. A source is tested by a module ``NAME_calendar.py`` in this folder (see
``calendar_answers.py``), served by a real HTTP server on loopback.
"""

import importlib.util
import logging
import math
from dataclasses import replace
from inspect import signature
from pathlib import Path
from random import Random

import pytest
from calendar_answers import Desk
from misbehaving_site import StandingClock, open_site

from tradewind.core.errors import (
    DataError,
    MalformedPayloadError,
    MissingKeyError,
    NetworkError,
    NoDataError,
    RateLimitedError,
    UnknownSymbolError,
)
from tradewind.core.releases import CalendarRequest, ReleaseStatus, known_releases
from tradewind.data.policy.redaction import Secret
from tradewind.data.policy.retrying import RetrySettings
from tradewind.data.registry import CALENDARS
from tradewind.store.parquet import ParquetTables
from tradewind.store.releases import append_releases, read_releases

pytestmark = pytest.mark.services

KEY = "k3y-that-must-not-show"
DAY_NS = 86_400 * 10**9
NAMES = [entry.name for entry in CALENDARS.entries() if not entry.outside]


def vendor_of(name):
    path = Path(__file__).parent / f"{name}_calendar.py"
    if not path.exists():
        pytest.fail(
            f"The calendar source {name!r} is not tested: write tests/data/vendors/{path.name} with VENDOR,"
            " what the vendor answers in its recorded or documented shape (calendar_answers.py says how)."
        )
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.VENDOR


@pytest.fixture(params=NAMES)
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
            self.clock = StandingClock(vendor.now_ns)
            self.desk = Desk(vendor.now_ns)
            self.say = None
            self.calls = 0

        def reply(self, asked):
            self.calls += 1
            said = self.say(asked) if self.say is not None else None
            return said if said is not None else vendor.answer(asked, self.desk)

        def make(self, url, timeout_s=10.0, **keys):
            factory = CALENDARS.get(name)
            takes = signature(factory).parameters
            retry = RetrySettings(attempts=2, first_s=0.1, cap_s=0.1, longest_s=90.0)
            keys = keys or {word: Secret(KEY) for word in vendor.keys}
            return factory(
                tmp_path,
                base_url=url,
                settings=replace(takes["settings"].default, timeout_s=timeout_s, retry=retry),
                clock=self.clock,
                sleep=self.clock.sleep,
                random=Random(1),
                **{word: key for word, key in keys.items() if key},
                **vendor.arguments,
            )

        def ask(self, start=None, end=None, calendar=""):
            first, last = start or vendor.start_ns, end or vendor.end_ns
            return self.provider.releases(CalendarRequest(calendar or vendor.calendar, first, last))

        def forget(self):
            """What was told to wait and what was answered is no more."""
            self.provider.close()
            for path in (*tmp_path.glob("answers.sqlite*"), *tmp_path.glob("limits.sqlite*")):
                path.unlink()
            self.provider = self.make(self.site.url)
            return self

    made = Trial()
    with open_site(made.reply) as site:
        made.site = site
        made.provider = made.make(site.url)
        yield made
        made.provider.close()


def always(reply):
    return lambda asked: reply


def once(reply):
    left = [reply]
    return lambda asked: left.pop() if left else None


def figure(value):
    return None if math.isnan(value) else value


def read(rows):
    return [
        (r.event, r.ts_known, r.ts_begin, r.ts_end, r.status.value, figure(r.estimate), figure(r.actual))
        for r in rows
    ]


def wanted(vendor, now):
    return sorted((one[0], now if one.known is None else one.known, *one[2:]) for one in vendor.held)


def test_every_release_comes_with_its_span_and_the_moment_since_which_it_is_known(trial, name, vendor):
    found = trial.ask()
    assert (found.calendar, found.source) == (vendor.calendar, name)
    assert read(found.rows) == wanted(vendor, trial.clock.now)
    assert all(row.ts_known <= trial.clock.now for row in found.rows)


def test_the_span_is_half_open_at_both_ends(trial, vendor):
    begins = sorted({one.begin for one in vendor.held})
    first, last = begins[1], begins[-1]
    assert sorted({row.ts_begin for row in trial.ask(first, last).rows}) == begins[1:-1]
    assert sorted({row.ts_begin for row in trial.ask(first + 1, last + 1).rows}) == begins[2:]


def test_fetched_twice_the_store_is_the_same_and_a_day_later_too(trial, name, vendor, tmp_path):
    store = ParquetTables(tmp_path / "store")
    assert append_releases(store, trial.ask()).added == len(vendor.held)
    trial.clock.now += DAY_NS // 24
    assert append_releases(store, trial.ask()).added == 0
    assert read(read_releases(store, name, vendor.calendar)) == wanted(vendor, vendor.now_ns)


def test_a_date_that_moves_is_a_new_fact_and_the_old_one_is_what_was_believed(trial, name, vendor, tmp_path):
    if not vendor.moves:
        return  # it says nothing of what is to come
    store = ParquetTables(tmp_path / "store")
    append_releases(store, trial.ask())
    before = known_releases(read_releases(store, name, vendor.calendar), trial.clock.now)
    old = next(row for row in before if row.event == vendor.moves)
    trial.clock.now += DAY_NS // 24
    trial.desk = replace(trial.desk, moved_days=6)
    wrote = append_releases(store, trial.forget().ask())
    stored = read_releases(store, name, vendor.calendar)
    assert read(known_releases(stored, trial.clock.now - 1)) == read(before)
    after = {row.event: row for row in known_releases(stored, trial.clock.now)}
    if vendor.keeps_event:
        assert (wrote.added, wrote.moved, wrote.withdrawn) == (1, 1, 0)
        assert after[vendor.moves].ts_begin == old.ts_begin + 6 * DAY_NS
    else:
        assert (wrote.added, wrote.withdrawn) == (2, 1)
        assert vendor.moves not in after
        assert old.ts_begin + 6 * DAY_NS in {row.ts_begin for row in after.values()}


def test_a_date_that_is_gone_is_withdrawn_once_and_comes_back(trial, name, vendor, tmp_path):
    if not vendor.moves:
        return
    store = ParquetTables(tmp_path / "store")
    append_releases(store, trial.ask())
    for hour, withdrawn in ((1, True), (2, True), (3, False)):
        trial.clock.now = vendor.now_ns + hour * (DAY_NS // 24)
        trial.desk = replace(trial.desk, withdrawn=withdrawn)
        wrote = append_releases(store, trial.forget().ask())
        assert (wrote.added, wrote.withdrawn) == ((1, 1), (0, 0), (1, 0))[hour - 1]
        known = known_releases(read_releases(store, name, vendor.calendar), trial.clock.now)
        assert (vendor.moves in {row.event for row in known}) == (not withdrawn)
    told = [row.status for row in read_releases(store, name, vendor.calendar) if row.event == vendor.moves]
    assert told == [ReleaseStatus.SCHEDULED, ReleaseStatus.WITHDRAWN, ReleaseStatus.SCHEDULED]


def test_a_time_when_there_was_nothing_is_no_data(trial, vendor):
    with pytest.raises(NoDataError):
        trial.ask(vendor.now_ns + 4_000 * DAY_NS, vendor.now_ns + 4_001 * DAY_NS)


def test_a_calendar_that_it_does_not_have(trial, vendor):
    calendar, reply = vendor.unknown
    trial.say = always(reply)
    with pytest.raises(UnknownSymbolError):
        trial.ask(calendar=calendar)


@pytest.mark.parametrize("calendar", ["../admin", "a b?x=1", "x" * 300, "é", "/", "1/2", "\n"])
def test_what_is_no_id_is_a_typed_error(trial, vendor, calendar):
    trial.say = always(vendor.unknown[1])
    with pytest.raises((UnknownSymbolError, DataError)):
        trial.ask(calendar=calendar)


def test_the_answer_of_another_calendar_is_refused(trial):
    trial.desk = replace(trial.desk, calendar="77")
    with pytest.raises(MalformedPayloadError):
        trial.ask()


def test_a_refusal_for_now_is_waited_for_and_one_for_long_is_an_error(trial, vendor):
    trial.say = once((429, {"Retry-After": "7"}, b"slow down"))
    assert len(trial.ask()) == len(vendor.held)
    assert max(trial.clock.slept) >= 7.0
    trial.say = always((429, {"Retry-After": "1000"}, b"slow down"))
    with pytest.raises(RateLimitedError) as limited:
        trial.forget().ask()
    assert limited.value.retry_after_s == pytest.approx(1000.0)


def test_its_own_words_for_too_many_calls(trial, vendor):
    trial.say = always(vendor.limited)
    with pytest.raises(RateLimitedError):
        trial.ask()


def test_a_server_that_fails_is_asked_again_and_then_named(trial, vendor):
    trial.say = once((503, {}, b"oops"))
    assert len(trial.ask()) == len(vendor.held)
    trial.say = always((500, {}, b"oops"))
    with pytest.raises(NetworkError, match="500"):
        trial.forget().ask()


def test_an_answer_that_breaks_off_is_asked_for_again_and_then_named(trial, vendor):
    trial.site.cut = 1
    assert len(trial.ask()) == len(vendor.held)
    trial.site.cut = 99
    with pytest.raises(NetworkError):
        trial.forget().ask()


def test_an_answer_that_does_not_come_is_given_up(trial):
    trial.provider.close()
    trial.provider = trial.make(trial.site.url, timeout_s=0.2)
    trial.site.held = 99
    with pytest.raises(NetworkError):
        trial.ask()


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"", b'{"a": [1, 2', b"\xff\xfe\x00"])
def test_what_cannot_be_read_is_kept_aside_and_never_a_release(trial, name, vendor, tmp_path, body):
    trial.say = always((200, {"Content-Type": vendor.content_type}, body))
    with pytest.raises(MalformedPayloadError):
        trial.ask()
    assert len(list((tmp_path / "quarantine" / name).glob("*.payload"))) == 1
    trial.say = None
    assert len(trial.ask()) == len(vendor.held)  # a bad answer is not remembered


@pytest.mark.parametrize("body", [b"null", b"{}", b"[]", b'"x"', b"7", b'{"data": 1}', b"[[1]]"])
def test_json_of_another_shape_is_a_typed_error(trial, body):
    trial.say = always((200, {"Content-Type": "application/json"}, body))
    with pytest.raises((DataError, UnknownSymbolError)):
        trial.ask()


@pytest.mark.parametrize("day", [b"2024-02-30", b"9999-01-01", b"tomorrow!!", b"02/01/2024"])
def test_a_day_that_is_none_is_never_stored(trial, vendor, day):
    def spoil(asked):
        status, headers, body = vendor.answer(asked, trial.desk)
        said = next((w for w in (b"2024-10-31", b"2024-10-23", b"2024-05-03") if w in body), b"2024-02-13")
        return status, headers, body.replace(said, day)

    trial.say = spoil
    with pytest.raises(MalformedPayloadError):
        trial.ask()


def test_without_a_key_it_says_which_and_asks_nobody(trial, name, vendor):
    for word in vendor.keys:
        provider = trial.make(trial.site.url, **{word: None})
        with pytest.raises(MissingKeyError, match=f"TRADEWIND_{name.upper()}_{word.upper()}"):
            provider.releases(CalendarRequest(vendor.calendar, vendor.start_ns, vendor.end_ns))
        provider.close()
    assert trial.site.asked == []


def test_its_own_words_for_a_wrong_key_and_the_key_shows_nowhere(trial, vendor, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    told = vendor.wrong_key or (403, {}, b"who asks?")
    for status, headers, body in (told, (401, {}, b"the key KEY is not valid")):
        trial.say = always((status, headers, body.replace(b"KEY", KEY.encode()) if vendor.keys else body))
        with pytest.raises(MissingKeyError) as refused:
            trial.forget().ask()
        held = [path for path in tmp_path.rglob("*") if path.is_file()]
        for word in (KEY, *vendor.arguments.values()):
            assert word not in f"{refused.value!s} {refused.value!r} {caplog.text}"
            assert [path.name for path in held if word.encode() in path.read_bytes()] == []


def test_its_page_says_what_it_has(name):
    page = (Path(__file__).parents[3] / "docs" / "vendors" / f"{name}.md").read_text("utf-8")
    assert f"{name}:{next(iter(CALENDARS.get(name).known))}" in page
    assert "**Calendar.**" in page
