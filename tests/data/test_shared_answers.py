"""Answers shared between machines, on a real server that is killed, full of nonsense, or wants a password."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from loopback_http import SteppedClock
from redis_site import RedisSite, redis_site

from tradewind.app.config import TradewindConfig
from tradewind.app.config_check import check_config
from tradewind.app.market.workspace import make_provider
from tradewind.app.redis_config import RedisConfig
from tradewind.core.errors import ConfigError
from tradewind.core.timestamps import NS_PER_S, parse_ns
from tradewind.data.policy.answers import Answer
from tradewind.data.policy.call_budget import CallLimit
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret
from tradewind.data.policy.redis_server import RedisServer
from tradewind.data.policy.shared_answers import SharedAnswers

pytestmark = pytest.mark.services

START = parse_ns("2024-03-01")
ASKED = "https://prices.example/v1/bars?symbol=ACME"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RedisSite]:
    with redis_site(tmp_path / "server") as found:
        yield found


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(START)


def policy_of(folder: Path, site: RedisSite, clock: SteppedClock) -> ProviderPolicy:
    limits = (CallLimit(100, 60.0),)
    settings = PolicySettings("vendor", limits, shared_answers=RedisServer(site.url, timeout_s=1.0))
    return ProviderPolicy(settings, folder, clock=clock, sleep=clock.sleep)


class Vendor:
    def __init__(self, body: bytes = b"42") -> None:
        self.body, self.asked = body, 0

    def send(self) -> Answer:
        self.asked += 1
        return Answer(200, self.body, {})


def test_what_one_machine_asked_others_need_not(tmp_path: Path, site: RedisSite, clock: SteppedClock) -> None:
    vendor = Vendor()
    one, other = (policy_of(tmp_path / name, site, clock) for name in ("a", "b"))
    assert one.fetch(ASKED, vendor.send, int) == 42
    assert other.fetch(ASKED, vendor.send, int) == 42
    assert vendor.asked == 1
    clock.now += 299 * NS_PER_S
    assert other.fetch(ASKED, vendor.send, int) == 42
    clock.now += 2 * NS_PER_S
    assert (other.fetch(ASKED, vendor.send, int), vendor.asked) == (42, 2)
    assert (other.fetch(ASKED, vendor.send, int, ttl_s=0.0), vendor.asked) == (42, 3)
    with site.client() as client:
        keys = client.keys("*")
    assert len(keys) == 1
    assert b"ACME" not in keys[0]
    assert keys[0].startswith(b"tradewind:answers:vendor:")
    assert not (tmp_path / "a" / "answers.sqlite").exists()


def test_a_server_that_is_away_costs_one_answer_and_one_word(
    tmp_path: Path, site: RedisSite, clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    vendor, policy = Vendor(), policy_of(tmp_path / "a", site, clock)
    assert policy.fetch(ASKED, vendor.send, int) == 42
    site.kill()
    with caplog.at_level(logging.WARNING):
        assert [policy.fetch(ASKED, vendor.send, int) for _ in range(3)] == [42, 42, 42]
    assert vendor.asked == 4
    assert isinstance(policy.cache, SharedAnswers)
    assert policy.cache.redis.faults == 1, "it is left alone for a while"
    assert len([r for r in caplog.records if "not shared for now" in r.getMessage()]) == 1
    site.start()
    clock.now += 31 * NS_PER_S
    assert [policy.fetch(ASKED, vendor.send, int) for _ in range(2)] == [42, 42]
    assert vendor.asked == 4, "what was kept before is there again"


def test_nonsense_there_is_asked_for_anew(tmp_path: Path, site: RedisSite, clock: SteppedClock) -> None:
    vendor, policy = Vendor(), policy_of(tmp_path / "a", site, clock)
    assert policy.fetch(ASKED, vendor.send, int) == 42
    with site.client() as client:
        (key,) = client.keys("*")
        for nonsense in (b"", b"x", b"\xff" * 8 + b"9", (1 << 63).to_bytes(8, "big") + b"9"):
            client.set(key, nonsense)
            before = vendor.asked
            assert policy.fetch(ASKED, vendor.send, int) == 42
            assert vendor.asked == before + 1
        client.delete(key)
        client.lpush(key, "a list of another program")
    assert policy.fetch(ASKED, vendor.send, int) == 42
    assert isinstance(policy.cache, SharedAnswers)
    assert policy.cache.redis.faults == 1


def test_a_wrong_password_is_said_without_it(
    tmp_path: Path, clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    with redis_site(tmp_path / "server", "--requirepass", "right-word", password="right-word") as site:
        server = RedisServer(site.url, password=Secret("wrong-word-never-shown"))
        cache = SharedAnswers(server, "vendor", clock)
        with caplog.at_level(logging.WARNING):
            cache.put("x", b"1")
        assert cache.get("x", 60.0) is None
        assert "does not take the password" in caplog.text
        assert "never-shown" not in caplog.text
        right = SharedAnswers(replace(server, password=Secret("right-word")), "vendor", clock)
        right.put("x", b"1")
        assert right.get("x", 60.0) == b"1"
        right.drop("x")
        assert right.get("x", 60.0) is None
        right.put("x", bytes(17 << 20))
        assert right.get("x", 60.0) is None, "too large to be shared"


def test_the_configuration_turns_it_on_for_sources_of_history(tmp_path: Path, site: RedisSite) -> None:
    config = TradewindConfig(home=tmp_path, provider="binance", redis=RedisConfig(url=site.url, cache=True))
    check_config(config)
    provider = make_provider(config, "binance")
    assert isinstance(provider.policy.cache, SharedAnswers)  # type: ignore[attr-defined]
    provider.close()  # type: ignore[attr-defined]
    off = make_provider(config.model_copy(update={"redis": RedisConfig(url=site.url)}), "binance")
    assert not isinstance(off.policy.cache, SharedAnswers)  # type: ignore[attr-defined]
    off.close()  # type: ignore[attr-defined]
    make_provider(config, "sample")  # which has nothing to share
    with pytest.raises(ConfigError, match=r"redis\.cache is on, and redis\.url is empty"):
        check_config(TradewindConfig(home=tmp_path, redis=RedisConfig(cache=True)))
