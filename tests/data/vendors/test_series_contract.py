"""One contract for all sources of series: what they give, since when, and what they say when vendors fail.

It runs over the registry. A source is tested by a module ``NAME_series.py`` in this folder (see
``series_answers.py``), served by a real HTTP server on loopback.
"""

import importlib.util
import logging
from dataclasses import replace
from inspect import signature
from pathlib import Path
from random import Random

import numpy as np
import pytest
from misbehaving_site import StandingClock, open_site
from series_answers import Desk

from tradewind.core.errors import (
    DataError,
    MalformedPayloadError,
    MissingKeyError,
    NetworkError,
    NoDataError,
    RateLimitedError,
    StaleDataError,
    UnknownSymbolError,
)
from tradewind.core.series import SeriesRequest
from tradewind.data.policy.redaction import Secret
from tradewind.data.policy.retrying import RetrySettings
from tradewind.data.registry import SERIES
from tradewind.store.observations import append_observations, read_observations
from tradewind.store.parquet import ParquetTables

pytestmark = pytest.mark.services

KEY = "k3y-that-must-not-show"
DAY_NS = 86_400 * 10**9
NAMES = [entry.name for entry in SERIES.entries() if not entry.outside]


def vendor_of(name):
    path = Path(__file__).parent / f"{name}_series.py"
    if not path.exists():
        pytest.fail(
            f"The series source {name!r} is not tested: write tests/data/vendors/{path.name} with VENDOR,"
            " what the vendor answers in its recorded or documented shape (series_answers.py says how)."
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


def takes(name):
    return signature(SERIES.get(name)).parameters


def secrets_of(name):
    return [word for word in ("api_key", "api_secret") if word in takes(name)]


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
            if vendor.is_data(asked):
                self.calls += 1
                said = self.say(asked) if self.say is not None else None
                if said is not None:
                    return said
            return vendor.answer(asked, self.desk)

        def make(self, url, timeout_s=10.0, **keys):
            factory = SERIES.get(name)
            free = signature(factory).parameters["settings"].default
            retry = RetrySettings(attempts=2, first_s=0.1, cap_s=0.1, longest_s=90.0)
            keys = keys or {word: Secret(KEY) for word in secrets_of(name)}
            return factory(
                tmp_path,
                base_url=url,
                settings=replace(free, timeout_s=timeout_s, retry=retry),
                clock=self.clock,
                sleep=self.clock.sleep,
                random=Random(1),
                **{word: key for word, key in keys.items() if key},
                **vendor.arguments,
            )

        def ask(self, start=None, end=None, series_id=""):
            request = SeriesRequest(
                series_id or vendor.series_id,
                vendor.start_ns if start is None else start,
                vendor.end_ns if end is None else end,
            )
            return self.provider.observations(request)

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


def once(reply):
    left = [reply]
    return lambda asked: left.pop() if left else None


def always(reply):
    return lambda asked: reply


def read(found):
    return [row[1:] for row in found.rows()]


def wanted(vendor, now, start=None, end=None):
    first, last = start or vendor.start_ns, end or vendor.end_ns
    made = [(one.period, now if one.known is None else one.known, *one[2:]) for one in vendor.held]
    return [one for one in made if first <= one[0] < last]


# What it gives -------------------------------------------------------------------------------


def test_every_revision_comes_with_the_moment_since_which_it_is_known(trial, name, vendor):
    found = trial.ask()
    assert (found.series_id, found.source) == (vendor.series_id, name)
    assert read(found) == wanted(vendor, trial.clock.now)
    assert found.seen == any(one.known is None for one in vendor.held)


def test_nothing_is_known_before_its_time(trial, vendor):
    """As of a moment there is what the vendor itself would have given then, and nothing else."""
    found = trial.ask()
    for moment in sorted({one.known for one in vendor.held if one.known})[::3]:
        for at in (moment - 1, moment):
            known = [one for one in wanted(vendor, trial.clock.now) if one[1] <= at]
            newest = {one[0]: one for one in sorted(known, key=lambda one: one[1])}
            assert read(found.as_of(at)) == sorted(newest.values())
    assert (found.ts_known <= trial.clock.now).all()


def test_the_span_is_half_open_at_both_ends(trial, vendor):
    periods = sorted({one.period for one in vendor.held})
    start, end = periods[len(periods) // 3], periods[-1]
    if start == end:
        with pytest.raises(NoDataError):
            trial.ask(start + 1, vendor.end_ns)
        assert len(trial.ask(start, start + 1)) == 1
        return
    assert read(trial.ask(start, end)) == wanted(vendor, trial.clock.now, start, end)
    assert read(trial.ask(start + 1, end + 1)) == wanted(vendor, trial.clock.now, start + 1, end + 1)


def test_fetched_twice_the_store_is_the_same(trial, vendor, tmp_path):
    store = ParquetTables(tmp_path / "store")
    first = append_observations(store, trial.ask(), trial.clock.now)
    trial.clock.now += DAY_NS // 100
    again = append_observations(store, trial.ask(), trial.clock.now)
    assert first.added == len(vendor.held)
    assert (again.added, again.differing, again.changed) == (0, 0, False)
    assert read(read_observations(store, trial.provider.name, vendor.series_id)) == wanted(
        vendor, vendor.now_ns
    )


def test_a_time_when_there_was_nothing_is_no_data(trial, vendor):
    with pytest.raises(NoDataError):
        trial.ask(vendor.now_ns + 400 * DAY_NS, vendor.now_ns + 401 * DAY_NS)


def test_ids_that_it_names_are_listed_without_asking_anybody(trial, name):
    known = SERIES.get(name).known
    assert known
    assert all(series_id and what for series_id, what in known.items())
    assert trial.site.asked == []


# When the vendor misbehaves ------------------------------------------------------------------


def test_a_series_that_it_does_not_have(trial, vendor):
    series_id, reply = vendor.unknown
    trial.say = always(reply)
    with pytest.raises(UnknownSymbolError):
        trial.ask(series_id=series_id)


@pytest.mark.parametrize("series_id", ["../admin", "a b?x=1", "x" * 300, "é", "/", "1/2/3/4/5", "\n"])
def test_what_is_no_id_is_a_typed_error(trial, vendor, series_id):
    trial.say = always(vendor.unknown[1])
    with pytest.raises((UnknownSymbolError, DataError)):
        trial.ask(series_id=series_id)


def test_a_refusal_for_now_is_waited_for_as_long_as_it_says(trial, vendor):
    trial.say = once((429, {"Retry-After": "7"}, b"slow down"))
    assert len(trial.ask()) == len(vendor.held)
    assert max(trial.clock.slept) >= 7.0


def test_a_refusal_for_long_is_an_error_that_says_how_long(trial):
    trial.say = always((429, {"Retry-After": "1000"}, b"slow down"))
    with pytest.raises(RateLimitedError) as limited:
        trial.ask()
    assert limited.value.retry_after_s == pytest.approx(1000.0)
    assert trial.calls == 1
    with pytest.raises(RateLimitedError):
        trial.ask()  # asked again at once it does not even call
    assert trial.calls == 1


def test_its_own_words_for_too_many_calls(trial, vendor):
    trial.say = always(vendor.limited)
    with pytest.raises(RateLimitedError):
        trial.ask()


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_fails_is_asked_again_and_then_named(trial, vendor, status):
    trial.say = once((status, {}, b"oops"))
    assert len(trial.ask()) == len(vendor.held)
    trial.say = always((status, {}, b"oops"))
    with pytest.raises(NetworkError, match=str(status)):
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


@pytest.mark.parametrize(
    "body", [b"<html>maintenance</html>", b"", b'{"a": [1, 2', b"\xff\xfe\x00", b"PK\x03\x04"]
)
def test_what_cannot_be_read_is_kept_aside_and_never_a_value(trial, name, vendor, tmp_path, body):
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


@pytest.mark.parametrize(
    "number", [b"NaN", b"Infinity", b"1e999", b'"1_000"', b'"nan"', b"null", b"true", b"[1]"]
)
def test_a_value_that_is_no_number_is_never_stored(trial, vendor, number):
    """The last value of an answer is put out of place, as text and as a number."""

    def spoil(asked):
        status, headers, body = vendor.answer(asked, trial.desk)
        for digits in dict.fromkeys(f"{one.value:g}" for one in reversed(vendor.held)):
            for told in (f'"{digits}"', digits):
                if (found := body.rfind(told.encode())) >= 0:
                    return status, headers, body[:found] + number + body[found + len(told) :]
        return None

    trial.say = spoil
    if vendor.content_type != "application/json":
        return
    with pytest.raises(MalformedPayloadError):
        trial.ask()


def test_the_answer_of_another_series_is_refused(trial, vendor):
    if not vendor.names_series:
        return  # its answers do not say what they are of: nobody could tell
    trial.desk = replace(trial.desk, series="OTHER")
    with pytest.raises((MalformedPayloadError, UnknownSymbolError)):
        trial.ask()


def test_yesterdays_answer_is_none_to_todays_question(trial, vendor):
    trial.desk = replace(trial.desk, stale=True)
    with pytest.raises((StaleDataError, MalformedPayloadError, NoDataError)):
        trial.ask(vendor.now_ns - vendor.fresh_ns, vendor.now_ns)


# Keys ----------------------------------------------------------------------------------------


def test_without_a_key_it_says_which_and_asks_nobody(trial, name, vendor):
    for word in vendor.keys:
        provider = trial.make(trial.site.url, **{word: None})
        with pytest.raises(MissingKeyError, match=f"TRADEWIND_{name.upper()}_{word.upper()}"):
            provider.observations(SeriesRequest(vendor.series_id, vendor.start_ns, vendor.end_ns))
        provider.close()
    assert trial.site.asked == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_wrong_is_said_and_not_shown(trial, tmp_path, caplog, status):
    caplog.set_level(logging.DEBUG)
    trial.say = always((status, {}, f"the key {KEY} is not valid".encode()))
    with pytest.raises(MissingKeyError) as refused:
        trial.ask()
    check_nothing_shows(
        refused.value, caplog.text, tmp_path, [KEY] if secrets_of(trial.provider.name) else []
    )


def test_its_own_words_for_a_wrong_key(trial, vendor, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    if vendor.wrong_key is None:
        assert not vendor.keys, "a vendor with keys says what it answers to a wrong one"
        return
    status, headers, body = vendor.wrong_key
    trial.say = always((status, headers, body.replace(b"KEY", KEY.encode())))
    with pytest.raises(MissingKeyError) as refused:
        trial.ask()
    check_nothing_shows(refused.value, caplog.text, tmp_path, [KEY])


def test_keys_and_who_asks_show_in_no_error_log_or_file(trial, name, vendor, tmp_path, caplog):
    words = [KEY] * bool(secrets_of(name)) + [
        vendor.arguments[one] for one in vendor.arguments if one == "contact"
    ]
    caplog.set_level(logging.DEBUG)
    trial.ask()
    for word in words:
        for reply in (
            (500, {}, word.encode()),
            (400, {}, word.encode()),
            (404, {}, word.encode()),
            (200, {}, b"{" + word.encode()),
        ):
            trial.say = always(reply)
            with pytest.raises((DataError, UnknownSymbolError)) as refused:
                trial.forget().ask()
            check_nothing_shows(refused.value, caplog.text, tmp_path, words)


def check_nothing_shows(error, log, folder, words):
    chain = []
    while error is not None:
        chain.append(f"{error!s} {error!r} {error.args}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    for word in words:
        assert word not in " ".join(chain)
        assert word not in log
        held = [path for path in folder.rglob("*") if path.is_file()]
        assert [path.name for path in held if word.encode() in path.read_bytes()] == []


def test_its_page_says_what_it_has_and_which_keys_it_takes(name, vendor):
    folder = Path(__file__).parents[3] / "docs" / "vendors"
    assert f"({name}.md)" in (folder / "README.md").read_text("utf-8")
    page = (folder / f"{name}.md").read_text("utf-8")
    assert f"{name}:{next(iter(SERIES.get(name).known))}" in page
    assert "| known |" in page, "a page says since when a value is known"
    for word in ("api_key", "api_secret"):
        assert (f"`TRADEWIND_{name.upper()}_{word.upper()}`" in page) == (word in takes(name))


def test_the_values_of_the_vendors_are_worth_asking_for():
    for name in NAMES:
        vendor = vendor_of(name)
        assert len(vendor.held) > 15 or vendor.held[0].known is None
        assert np.isfinite([one.value for one in vendor.held]).all()
