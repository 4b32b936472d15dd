"""One contract for all network providers of history: what each gives, and what it says when its vendor fails.

It runs over the registry. A provider is tested by a module ``NAME_answers.py`` in this folder (see
``vendor_answers.py``), served by a real HTTP server on loopback.
"""

import importlib.util
import logging
from dataclasses import replace
from inspect import signature
from pathlib import Path
from random import Random
from typing import get_args

import numpy as np
import pytest
from misbehaving_site import StandingClock, open_site
from vendor_answers import Shop

from tradewind.core.errors import (
    DataError,
    MalformedPayloadError,
    MissingKeyError,
    NetworkError,
    NoDataError,
    NoTimeframeError,
    RateLimitedError,
    StaleDataError,
    UnknownSymbolError,
)
from tradewind.core.market import Timeframe
from tradewind.core.ports import BarRequest, HistoryProvider
from tradewind.core.timestamps import NS_PER_S
from tradewind.data.policy.redaction import Secret
from tradewind.data.policy.retrying import RetrySettings
from tradewind.data.raw import RawProvider
from tradewind.data.registry import PROVIDERS

pytestmark = pytest.mark.services

KEY = "k3y-that-must-not-show"
COLUMNS = ("open", "high", "low", "close", "volume")


def network_providers():
    """Those that take an address."""
    entries = [entry for entry in PROVIDERS.entries() if not entry.outside]
    return [entry.name for entry in entries if "base_url" in signature(entry.plugin).parameters]


def vendor_of(name):
    path = Path(__file__).parent / f"{name}_answers.py"
    if not path.exists():
        pytest.fail(
            f"The provider {name!r} is not tested: write tests/data/vendors/{path.name} with a VENDOR, what"
            " the vendor answers in its recorded or documented shape (vendor_answers.py says what it holds)."
        )
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.VENDOR


@pytest.fixture(params=network_providers())
def name(request):
    missing = PROVIDERS.entry(request.param).missing()
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    return request.param


@pytest.fixture
def vendor(name):
    return vendor_of(name)


@pytest.fixture
def trial(name, vendor, tmp_path):
    """A provider before a site of its vendor; both close with the test."""

    class Trial:
        def __init__(self):
            self.clock = StandingClock(vendor.now_ns)
            self.shop = Shop(vendor.now_ns)
            self.say = None
            self.calls = 0

        def reply(self, asked):
            if vendor.is_data(asked):
                self.calls += 1
            if self.say is not None and vendor.is_data(asked):
                said = self.say(asked)
                if said is not None:
                    return said
            return vendor.answer(asked, self.shop)

        def make(self, url, timeout_s=10.0, **keys):
            factory = PROVIDERS.get(name)
            free = signature(factory).parameters["settings"].default
            retry = RetrySettings(attempts=2, first_s=0.1, cap_s=0.1, longest_s=90.0)
            keys = keys or {word: Secret(KEY) for word in ("api_key", "api_secret") if word in takes(name)}
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

        def ask(self, start=None, end=None, **changes):
            request = BarRequest(
                changes.get("instrument_id", vendor.instrument_id),
                changes.get("timeframe", vendor.timeframe),
                vendor.start_ns if start is None else start,
                vendor.end_ns if end is None else end,
            )
            return self.provider.bars(request)

    made = Trial()
    with open_site(made.reply) as site:
        made.site = site
        made.provider = made.make(site.url)
        yield made
        made.provider.close()


def takes(name):
    return signature(PROVIDERS.get(name)).parameters


def has_keys(name):
    return not {"api_key", "api_secret"}.isdisjoint(takes(name))


def once(reply):
    """Say it to the first call alone."""
    left = [reply]
    return lambda asked: left.pop() if left else None


def always(reply):
    return lambda asked: reply


def wanted(vendor, start, end, now):
    settled = now - int(vendor.settles_s * NS_PER_S)
    return [bar for bar in vendor.held if start <= bar.closed < end and bar.closed <= settled]


# What it gives -------------------------------------------------------------------------------


def test_all_bars_of_a_span_come_once_each_stamped_by_their_close(trial, vendor):
    bars = trial.ask()
    expected = wanted(vendor, vendor.start_ns, vendor.end_ns, vendor.now_ns)
    assert len(expected) > 20
    np.testing.assert_array_equal(bars.ts_event, [bar.closed for bar in expected])
    assert (bars.has_ohlc, bars.has_volume) == (vendor.has_ohlc, vendor.has_volume)
    for column in COLUMNS if vendor.has_ohlc else ("close",):
        if column != "volume" or vendor.has_volume:
            given = [getattr(bar, column) for bar in expected]
            np.testing.assert_allclose(getattr(bars, column), given, rtol=1e-9, err_msg=column)
    assert trial.calls >= vendor.least_calls
    assert (bars.instrument_id, bars.timeframe) == (vendor.instrument_id, vendor.timeframe)
    assert not bars.synthetic


def test_the_span_is_half_open_at_both_ends(trial, vendor):
    closes = [bar.closed for bar in wanted(vendor, vendor.start_ns, vendor.end_ns, vendor.now_ns)]
    start, end = closes[-9], closes[-3]
    np.testing.assert_array_equal(trial.ask(start, end).ts_event, closes[-9:-3])
    np.testing.assert_array_equal(trial.ask(start + 1, end + 1).ts_event, closes[-8:-2])


def test_a_bar_is_there_once_it_has_closed_and_not_before(trial, vendor):
    still_open = next(bar for bar in vendor.held if bar.closed > vendor.now_ns)
    assert still_open.opened <= vendor.now_ns, "the vendor should have a bar that is being made"
    assert trial.ask().ts_event[-1] < still_open.closed
    trial.clock.now = still_open.closed - 1
    trial.shop = Shop(trial.clock.now)
    start = wanted(vendor, vendor.start_ns, vendor.end_ns, vendor.now_ns)[-6].closed
    assert trial.ask(start).ts_event[-1] < still_open.closed


def test_what_it_says_it_has_no_bars_of_can_be_made_of_what_it_offers(trial, vendor):
    lacking = [frame.value for frame in Timeframe if frame.value not in vendor.offers]
    for timeframe in lacking:
        with pytest.raises(NoTimeframeError) as refused:
            trial.ask(timeframe=timeframe)
        assert refused.value.offers == vendor.offers
    assert trial.site.asked == []


def test_it_lists_nothing_over_the_network_and_shows_its_rows_as_they_came(trial):
    assert isinstance(trial.provider, RawProvider)
    provider: HistoryProvider = trial.provider
    provider.symbols()
    assert trial.site.asked == []


def test_a_time_when_there_was_nothing_is_no_data(trial, vendor):
    with pytest.raises(NoDataError):
        trial.ask(vendor.now_ns + 10 * vendor.stale_by_ns, vendor.now_ns + 11 * vendor.stale_by_ns)


# When the vendor misbehaves ------------------------------------------------------------------


def test_a_symbol_that_it_does_not_have(trial, vendor):
    symbol, reply = vendor.unknown
    trial.say = always(reply)
    with pytest.raises(UnknownSymbolError, match=symbol.partition("/")[0]):
        trial.ask(instrument_id=symbol)


def test_a_refusal_for_now_is_waited_for_as_long_as_it_says(trial, vendor):
    trial.say = once((429, {"Retry-After": "7"}, b"slow down"))
    assert len(trial.ask()) > 20
    assert max(trial.clock.slept) >= 7.0


def test_a_refusal_for_long_is_an_error_that_says_how_long(trial, vendor):
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


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_that_fails_is_asked_again_and_then_named(trial, status):
    trial.say = once((status, {}, b"oops"))
    assert len(trial.ask()) > 20
    trial.say = always((status, {}, b"oops"))
    with pytest.raises(NetworkError, match=str(status)):
        fresh(trial).ask()


def test_an_answer_that_breaks_off_is_asked_for_again_and_then_named(trial):
    trial.site.cut = 1
    assert len(trial.ask()) > 20
    trial.site.cut = 99
    with pytest.raises(NetworkError):
        fresh(trial).ask()


def test_an_answer_that_does_not_come_is_given_up(trial):
    trial.provider.close()
    trial.provider = trial.make(trial.site.url, timeout_s=0.2)
    trial.site.held = 99
    with pytest.raises(NetworkError):
        trial.ask()


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"", b'{"a": [1, 2', b"\xff\xfe\x00"])
def test_what_is_no_json_is_kept_aside_and_never_a_bar(trial, name, tmp_path, body):
    trial.say = always((200, {"Content-Type": "application/json"}, body))
    with pytest.raises(MalformedPayloadError):
        trial.ask()
    assert len(list((tmp_path / "quarantine" / name).glob("*.payload"))) == 1


@pytest.mark.parametrize("body", [b"null", b"{}", b"[]", b'"x"', b"7", b'{"data": 1}', b"[[1]]"])
def test_json_of_another_shape_is_a_typed_error(trial, body):
    trial.say = always((200, {"Content-Type": "application/json"}, body))
    with pytest.raises((DataError, UnknownSymbolError)):
        trial.ask()


def test_rows_of_another_symbol_are_refused(trial, vendor):
    if not vendor.names_symbol:
        return  # its answers do not say what they are of: nobody could tell
    trial.shop = replace(trial.shop, symbol="ZZZ")
    with pytest.raises((MalformedPayloadError, UnknownSymbolError)):
        trial.ask()


def test_yesterdays_rows_are_no_answer_to_todays_question(trial, vendor):
    trial.shop = Shop(vendor.now_ns - 3 * vendor.stale_by_ns, stale=True)
    with pytest.raises((StaleDataError, MalformedPayloadError, NoDataError)):
        trial.ask(vendor.now_ns - vendor.stale_by_ns, vendor.now_ns)


def test_a_bad_answer_is_not_remembered(trial, vendor):
    trial.say = always((200, {}, b"<html>"))
    with pytest.raises(MalformedPayloadError):
        trial.ask()
    trial.say = None
    assert len(trial.ask()) > 20


# Keys ----------------------------------------------------------------------------------------


def fresh(trial):
    """The same trial with a provider that remembers nothing of what it was told to wait."""
    trial.provider.policy.cache.limit_bytes = 0
    trial.provider.policy.settings = replace(trial.provider.policy.settings, cache_ttl_s=0.0)
    return trial


def test_without_a_key_it_says_which_and_asks_nobody(trial, name, vendor):
    for word in vendor.keys:
        given = {other: Secret(KEY) for other in vendor.keys if other != word} or {word: None}
        provider = trial.make(trial.site.url, **given)
        with pytest.raises(MissingKeyError, match=f"TRADEWIND_{name.upper()}_{word.upper()}"):
            provider.bars(BarRequest(vendor.instrument_id, vendor.timeframe, vendor.start_ns, vendor.end_ns))
        provider.close()
    assert trial.site.asked == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_wrong_is_said_and_not_shown(trial, name, vendor, tmp_path, caplog, status):
    caplog.set_level(logging.DEBUG)
    trial.say = always((status, {}, f"the key {KEY} is not valid".encode()))
    with pytest.raises(MissingKeyError) as refused:
        trial.ask()
    if has_keys(name):
        check_nothing_shows(refused.value, caplog.text, tmp_path)


def test_its_own_words_for_a_wrong_key(trial, vendor, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    if vendor.wrong_key is None:
        assert not vendor.keys, "a vendor with keys says what it answers to a wrong one"
        return
    status, headers, body = vendor.wrong_key
    trial.say = always((status, headers, body.replace(b"KEY", KEY.encode())))
    with pytest.raises(MissingKeyError) as refused:
        trial.ask()
    check_nothing_shows(refused.value, caplog.text, tmp_path)


def test_keys_show_in_no_error_log_or_file(trial, name, tmp_path, caplog):
    if not has_keys(name):
        return
    caplog.set_level(logging.DEBUG)
    trial.ask()
    for reply in (
        (500, {}, KEY.encode()),
        (400, {}, KEY.encode()),
        (404, {}, KEY.encode()),
        (200, {}, b"{" + KEY.encode()),
        (200, {}, b'{"Information": "' + KEY.encode() + b'"}'),
    ):
        trial.say = always(reply)
        with pytest.raises((DataError, UnknownSymbolError)) as refused:
            fresh(trial).ask()
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


@pytest.mark.parametrize("provider", [entry.name for entry in PROVIDERS.entries() if not entry.outside])
def test_its_page_says_what_it_has_and_which_keys_it_takes(provider):
    folder = Path(__file__).parents[3] / "docs" / "vendors"
    assert f"({provider}.md)" in (folder / "README.md").read_text("utf-8")
    page = (folder / f"{provider}.md").read_text("utf-8")
    assert f"`provider: {provider}`" in page
    said = takes(provider) if not PROVIDERS.entry(provider).missing() else {}
    for word in ("api_key", "api_secret"):
        assert (f"`TRADEWIND_{provider.upper()}_{word.upper()}`" in page) == (word in said)


def test_every_key_that_it_takes_is_one_that_can_be_set():
    from tradewind.app.environment import KEYS

    for provider in network_providers():
        said = (
            signature(PROVIDERS.get(provider)).parameters if not PROVIDERS.entry(provider).missing() else {}
        )
        secrets = [word for word, one in said.items() if Secret in get_args(one.annotation)]
        assert set(secrets) <= set(KEYS)
