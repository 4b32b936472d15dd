"""One question under the whole policy, over a real HTTP server on loopback."""

import json
import logging
from random import Random

import msgspec
import pytest
from loopback_http import SteppedClock, serve

from tradewind.core.errors import (
    ConfigError,
    MalformedPayloadError,
    MissingKeyError,
    NetworkError,
    NoDataError,
    RateLimitedError,
    UnknownSymbolError,
)
from tradewind.core.redaction import redact_url
from tradewind.core.timestamps import parse_ns
from tradewind.data.policy.addresses import check_address
from tradewind.data.policy.answers import retry_after_s
from tradewind.data.policy.call_budget import PER_DAY, CallLimit
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.quarantine import Quarantine
from tradewind.data.policy.redaction import Secret, redact, require_key
from tradewind.data.policy.response_cache import ResponseCache
from tradewind.data.policy.retrying import RetrySettings, with_retries

pytestmark = pytest.mark.services

START = parse_ns("2024-03-01")
GOOD = (200, {}, b'{"price": 12.5}')


class Price(msgspec.Struct):
    price: float
    name: str = ""


decode = msgspec.json.Decoder(Price).decode


@pytest.fixture
def clock():
    return SteppedClock(START)


def policy(folder, clock, **changes):
    settings = PolicySettings("vendor", changes.pop("limits", (CallLimit(100, PER_DAY),)), **changes)
    return ProviderPolicy(settings, folder, clock=clock, sleep=clock.sleep, random=Random(1))


def ask(folder, clock, answers, *, path="/v1/price", keys=None, **changes):
    """Ask once; ``answers`` are given out one by one."""
    left = list(answers)
    with (
        serve(lambda path, query: left.pop(0)) as site,
        PolicedClient(policy(folder, clock, **changes), site.url, secret_params=keys or {}) as client,
    ):
        clock.asked = site.asked
        return client.get(path, {"symbol": "A B"}, decode).price


def test_a_good_answer_is_decoded_and_then_cached(tmp_path, clock):
    assert ask(tmp_path, clock, [GOOD]) == 12.5
    assert clock.asked == [("/v1/price", {"symbol": "A B"})]


def test_the_cache_serves_until_its_time_is_over(tmp_path, clock):
    with (
        serve(lambda path, query: GOOD) as site,
        PolicedClient(policy(tmp_path, clock, cache_ttl_s=60.0), site.url) as client,
    ):
        for pause in (0.0, 59.0, 2.0, 1.0):
            clock.sleep(pause)
            client.get("/v1/price", {"symbol": "A"}, decode)
        assert len(site.asked) == 2
        client.get("/v1/price", {"symbol": "C"}, decode, ttl_s=0.0)
        client.get("/v1/price", {"symbol": "C"}, decode)  # what was not to be kept was not kept
        client.get("/v1/price", {"symbol": "B"}, decode)
        assert len(site.asked) == 5


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, MissingKeyError),
        (403, MissingKeyError),
        (404, UnknownSymbolError),
        (400, NoDataError),
        (451, NoDataError),
        (418, RateLimitedError),
        (429, RateLimitedError),
        (301, NetworkError),
        (500, NetworkError),
        (503, NetworkError),
    ],
)
def test_every_status_has_its_error(tmp_path, clock, status, error):
    with pytest.raises(error) as caught:
        ask(tmp_path, clock, [(status, {"Location": "http://example.com"}, b"said so")] * 4)
    assert "said so" in caught.value.message
    assert caught.value.next_step
    assert len(clock.asked) == (4 if error in (NetworkError, RateLimitedError) else 1)


def test_failures_are_tried_again_with_growing_jittered_waits(tmp_path, clock):
    assert ask(tmp_path, clock, [(503, {}, b""), (500, {}, b""), GOOD]) == 12.5
    assert len(clock.slept) == 2
    assert 0 <= clock.slept[0] <= 0.5
    assert 0 <= clock.slept[1] <= 1.0


def test_retry_after_is_honoured_to_the_second(tmp_path, clock):
    assert ask(tmp_path, clock, [(429, {"Retry-After": "7"}, b""), GOOD]) == 12.5
    assert 7.0 <= sum(clock.slept) <= 8.0


def test_the_wait_between_tries_holds_without_a_budget_too():
    slept, errors = [], [RateLimitedError("wait", retry_after_s=5.0), NetworkError("down")]

    def call():
        if errors:
            raise errors.pop(0)
        return "done"

    assert with_retries(call, RetrySettings(), slept.append, Random(1)) == "done"
    assert 5.0 <= slept[0] <= 5.5
    assert 0.0 <= slept[1] <= 1.0


def test_a_long_retry_after_is_handed_on_and_remembered(tmp_path, clock):
    with pytest.raises(RateLimitedError) as caught:
        ask(tmp_path, clock, [(429, {"Retry-After": "3600"}, b"")])
    assert caught.value.retry_after_s == 3600.0
    assert clock.slept == []
    with pytest.raises(RateLimitedError) as caught:  # a fresh process asks nobody
        ask(tmp_path, clock, [])
    assert caught.value.retry_after_s == pytest.approx(3600.0)
    assert clock.asked == []


def test_a_used_up_day_is_an_error_and_a_used_up_minute_a_wait(tmp_path, clock):
    with serve(lambda path, query: GOOD) as site:
        limits = (CallLimit(2, 60.0), CallLimit(3, PER_DAY))
        with PolicedClient(policy(tmp_path, clock, limits=limits, cache_ttl_s=0.0), site.url) as client:
            for _ in range(3):
                client.get("/v1/price", {}, decode)
            assert sum(clock.slept) == pytest.approx(60.0)
            with pytest.raises(RateLimitedError, match="used up"):
                client.get("/v1/price", {}, decode)
        assert len(site.asked) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"<html>busy</html>",
        b'{"price": "12"',
        b'{"cost": 1}',
        b'{"price": null}',
        b'{"price": 1, "name": "\xff"}',
    ],
)
def test_a_malformed_payload_is_kept_aside_and_not_cached(tmp_path, clock, body):
    with pytest.raises(MalformedPayloadError, match="kept for inspection") as caught:
        ask(tmp_path, clock, [(200, {}, body)])
    kept = list((tmp_path / "quarantine" / "vendor").glob("*.payload"))
    assert [path.read_bytes() for path in kept] == [body]
    note = json.loads(kept[0].with_suffix(".json").read_text())
    assert note["provider"] == "vendor"
    assert note["at"] == "2024-03-01T00:00:00Z"
    assert str(kept[0]) in caught.value.next_step
    assert ask(tmp_path, clock, [GOOD]) == 12.5


def test_an_unreachable_server_is_a_network_error(tmp_path, clock):
    with (
        PolicedClient(policy(tmp_path, clock), "http://127.0.0.1:9") as client,
        pytest.raises(NetworkError, match="could not be reached"),
    ):
        client.get("/v1/price", {}, decode)
    assert len(clock.slept) == 3


def test_a_silent_server_times_out(tmp_path, clock):
    import threading

    hold = threading.Event()

    def respond(path, query):
        hold.wait(10)
        return GOOD

    with serve(respond) as site, PolicedClient(policy(tmp_path, clock, timeout_s=0.1), site.url) as client:
        with pytest.raises(NetworkError, match="timed out"):
            client.get("/v1/price", {}, decode)
        hold.set()


def test_keys_are_nowhere_but_on_the_wire(tmp_path, clock, caplog):
    key = Secret("k3y-0f-m1ne")
    echo = (400, {}, b"your key k3y-0f-m1ne is on the free plan")
    odd = (200, {}, b'{"note": "key k3y-0f-m1ne"}')
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(NoDataError) as refused:
            ask(tmp_path, clock, [echo], keys={"apikey": key})
        assert clock.asked[0][1]["apikey"] == "k3y-0f-m1ne"
        with pytest.raises(MalformedPayloadError) as malformed:
            ask(tmp_path, clock, [odd], keys={"apikey": key})
        ask(tmp_path, clock, [GOOD], keys={"apikey": key})
    assert "HTTP Request" in caplog.text  # the library did log the address
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for text in (caplog.text, str(refused.value), str(malformed.value), repr(key), f"{key}"):
        assert "k3y-0f-m1ne" not in text
    assert not any(b"k3y-0f-m1ne" in body for body in written)


def test_addresses_and_texts_are_redacted():
    assert redact_url("https://u:pw@h.com/a?symbol=BTC%2FUSD&token=abc") == (
        "https://***@h.com/a?symbol=BTC%2FUSD&token=***"
    )
    assert redact_url("https://h.com/a?symbol=A&q=1") == "https://h.com/a?symbol=A&q=1"
    text = redact("asked wss://h.com/ws?apiKey=abc and failed with abc", (Secret("abc"),))
    assert text == "asked wss://h.com/ws?apiKey=*** and failed with ***"


def test_a_missing_key_names_its_setting():
    with pytest.raises(MissingKeyError, match="TRADEWIND_VENDOR_KEY"):
        require_key("vendor", "TRADEWIND_VENDOR_KEY", None)
    with pytest.raises(MissingKeyError):
        require_key("vendor", "TRADEWIND_VENDOR_KEY", Secret(""))
    assert require_key("vendor", "X", Secret("a")).reveal() == "a"


@pytest.mark.parametrize(
    "url", ["https://a.com/x", "wss://a.com", "http://127.0.0.1:80", "ws://localhost:9", "http://[::1]:8"]
)
def test_addresses_that_may_be_asked(url):
    assert check_address(url + "/") == url


@pytest.mark.parametrize(
    "url", ["http://a.com", "ws://a.com", "ftp://a.com", "https://", "a.com", "http://127.0.0.1.evil.com", ""]
)
def test_addresses_that_may_not(url):
    with pytest.raises(ConfigError, match="not encrypted"):
        check_address(url)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("Fri, 01 Mar 2024 00:01:30 GMT", 90.0),
        ("Thu, 29 Feb 2024 00:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_both_forms_of_retry_after(header, seconds):
    assert retry_after_s(header, START) == seconds


def test_the_cache_keeps_within_its_size(tmp_path, clock):
    cache = ResponseCache(tmp_path / "answers.sqlite", "vendor", clock, limit_bytes=1000)
    for i in range(10):
        clock.sleep(1.0)
        cache.put(str(i), bytes(300))
    assert [cache.get(str(i), 100.0) is not None for i in range(10)] == [False] * 7 + [True] * 3


def test_the_quarantine_keeps_the_newest(tmp_path, clock):
    quarantine = Quarantine(tmp_path, "vendor", clock, keep=3)
    for i in range(6):
        quarantine.put("x", str(i).encode(), "odd")
    assert len(list((tmp_path / "vendor").glob("*.payload"))) == 3
    assert len(list((tmp_path / "vendor").glob("*.json"))) == 3
