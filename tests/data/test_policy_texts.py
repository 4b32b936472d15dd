"""What sources of texts need of the policy: waits in platforms' headers, bounded answers, tokens, erasure."""

import gzip
from random import Random

import msgspec
import pytest
from loopback_http import SteppedClock, serve

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.timestamps import NS_PER_S, parse_ns
from tradewind.data.policy import http_client
from tradewind.data.policy.answers import wait_said_s
from tradewind.data.policy.call_budget import PER_DAY, CallLimit
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.quarantine import Quarantine
from tradewind.data.policy.redaction import Secret
from tradewind.data.policy.response_cache import ResponseCache

pytestmark = pytest.mark.services

START = parse_ns("2024-03-01")
NOW_S = START // NS_PER_S


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, None),
        ({"retry-after": "7", "x-rate-limit-reset": str(NOW_S + 60)}, 7.0),
        ({"x-rate-limit-reset": str(NOW_S + 60)}, 60.0),
        ({"x-rate-limit-reset": str(NOW_S - 60)}, 0.0),
        ({"x-ratelimit-reset": "42"}, 42.0),
        ({"x-rate-limit-reset": "soon"}, None),
        ({"x-rate-limit-reset": "9" * 400}, 366 * 86_400.0),
        ({"retry-after": "9" * 400}, 366 * 86_400.0),
    ],
)
def test_a_wait_is_read_from_whichever_header_says_it(headers, wanted):
    assert wait_said_s(headers, START) == wanted


def client(folder, url, clock):
    settings = PolicySettings("vendor", (CallLimit(100, PER_DAY),))
    policy = ProviderPolicy(settings, folder, clock=clock, sleep=clock.sleep, random=Random(1))
    return PolicedClient(policy, url)


def test_an_answer_that_unpacks_to_more_than_there_may_be_is_not_read_on(tmp_path, monkeypatch):
    monkeypatch.setattr(http_client, "MOST_BYTES", 1 << 20)
    bomb = gzip.compress(bytes(30 << 20))
    with (
        serve(lambda path, query: (200, {"Content-Encoding": "gzip"}, bomb)) as site,
        client(tmp_path, site.url, SteppedClock(START)) as vendor,
        pytest.raises(MalformedPayloadError, match="more than 1 MiB"),
    ):
        vendor.get("x", {}, bytes)
    assert len(site.asked) == 1


def test_an_answer_that_is_nested_without_end_is_kept_aside(tmp_path):
    decode = msgspec.json.Decoder(dict[str, int | list[object]]).decode
    for deep in (b'{"a":' + b"[" * 300_000, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"):
        with (
            serve(lambda path, query, body=deep: (200, {}, body)) as site,
            client(tmp_path, site.url, SteppedClock(START)) as vendor,
            pytest.raises(MalformedPayloadError, match="documented shape"),
        ):
            vendor.get("x", {}, decode)
    assert len(list((tmp_path / "quarantine" / "vendor").glob("*.payload"))) == 2


def test_a_token_goes_with_its_call_and_is_masked_once_it_is_known(tmp_path):
    clock = SteppedClock(START)
    with (
        serve(lambda path, query: (200, {}, b"tok3n in what is no JSON")) as site,
        client(tmp_path, site.url, clock) as vendor,
    ):
        vendor.policy.keep_secret(Secret("tok3n"))

        def refuse(body):
            raise MalformedPayloadError("It is no JSON.")

        with pytest.raises(MalformedPayloadError):
            vendor.get("x", {}, refuse, bearer=Secret("tok3n"))
    kept = next((tmp_path / "quarantine").rglob("*.payload"))
    assert b"tok3n" not in kept.read_bytes()


def test_clearing_leaves_nothing_of_one_provider_and_all_of_another(tmp_path):
    clock = SteppedClock(START)
    one, other = (ResponseCache(tmp_path / "answers.sqlite", name, clock) for name in ("one", "other"))
    one.put("q", b"a secret of somebody" * 50)
    other.put("q", b"prices")
    clock.now += 100 * NS_PER_S
    one.put("new", b"a newer secret")
    one.clear(older_than_s=50.0)
    assert one.get("q", 1e6) is None
    assert one.get("new", 1e6) == b"a newer secret"
    assert b"a secret of somebody" not in (tmp_path / "answers.sqlite").read_bytes()
    one.clear()
    assert one.get("new", 1e6) is None
    assert b"newer secret" not in (tmp_path / "answers.sqlite").read_bytes()
    assert other.get("q", 1e6) == b"prices"
    aside = Quarantine(tmp_path / "aside", "one", clock)
    aside.put("q", b"broken", "why")
    assert aside.clear() == 1
    assert list((tmp_path / "aside").rglob("*.*")) == []
