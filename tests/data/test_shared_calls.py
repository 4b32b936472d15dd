"""One limit kept by several machines through a real server that is killed, emptied, or full of nonsense."""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback_http import SteppedClock
from redis_site import RedisSite, redis_site

from tradewind.app.config import TradewindConfig
from tradewind.app.config_check import check_config
from tradewind.app.market.series import make_series
from tradewind.app.market.texts import make_text_source
from tradewind.app.market.workspace import make_provider
from tradewind.app.redis_config import RedisConfig
from tradewind.core.clock import WallClock
from tradewind.core.errors import ConfigError, RateLimitedError
from tradewind.core.timestamps import NS_PER_S, parse_ns
from tradewind.data.policy.answers import Answer
from tradewind.data.policy.call_budget import PER_DAY, PER_MINUTE, CallBudget, CallLimit
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redis_server import RedisServer
from tradewind.data.policy.retrying import RetrySettings
from tradewind.data.policy.shared_calls import SharedCalls

pytestmark = pytest.mark.services

START = parse_ns("2024-03-01")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisSite]:
    with redis_site(tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture
def site(server: RedisSite) -> RedisSite:
    with server.client() as client:
        client.flushall()
    return server


def machine(
    folder: Path, site: RedisSite, *limits: CallLimit, clock: SteppedClock | None = None
) -> SharedCalls:
    by = clock or WallClock()
    here = CallBudget(folder / "limits.sqlite", "vendor", limits, by)
    return SharedCalls(RedisServer(site.url, timeout_s=1.0), here, by)


def test_two_machines_take_from_one_bucket(tmp_path: Path, site: RedisSite) -> None:
    limits = (CallLimit(10, PER_MINUTE), CallLimit(12, PER_DAY))
    machines = [machine(tmp_path / name, site, *limits) for name in ("a", "b")]
    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(lambda nth: machines[nth % 2].take(), range(30)))
    assert sum(wait == 0.0 for wait in waits) == 10
    assert all(50.0 < wait <= 60.0 for wait in waits if wait)
    assert sum(10 - one.here.left()[0] for one in machines) == 10, "nothing is held for calls that waited"
    with site.client() as client:
        assert 86_400 < client.ttl("tradewind:calls:vendor:taken") <= 86_401


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(costs=st.lists(st.integers(1, 4), min_size=2, max_size=6), turns=st.lists(st.booleans(), min_size=6))
def test_a_token_is_back_after_the_stated_wait_and_not_before(
    tmp_path_factory: pytest.TempPathFactory, site: RedisSite, costs: list[int], turns: list[bool]
) -> None:
    with site.client() as client:
        client.flushall()
    folder = tmp_path_factory.mktemp("machines")
    machines = [machine(folder / name, site, CallLimit(4, 0.06)) for name in ("a", "b")]
    taken: list[tuple[float, int]] = []
    for cost, turn in zip(costs, turns, strict=False):
        one = machines[turn]
        while wait := one.take(cost):
            assert wait <= 0.06
            time.sleep(wait)
        taken.append((time.monotonic(), cost))
    # Each moment is read a little after its call was counted, so a window that is a little shorter must hold.
    for at, _ in taken:
        assert sum(cost for other, cost in taken if at - 0.04 < other <= at) <= 4


def test_a_word_of_the_provider_shuts_it_on_every_machine(tmp_path: Path, site: RedisSite) -> None:
    one, other = (machine(tmp_path / name, site, CallLimit(10, PER_MINUTE)) for name in ("a", "b"))
    one.shut(30.0)
    one.shut(5.0)
    assert 25.0 < other.take() <= 30.0
    assert other.here.left() == (10,)


def test_while_the_server_is_away_each_counts_alone_and_says_so_once(
    tmp_path: Path, site: RedisSite, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SteppedClock(START)
    one, other = (
        machine(tmp_path / name, site, CallLimit(3, PER_MINUTE), clock=clock) for name in ("a", "b")
    )
    assert [one.take(), one.take(), other.take()] == [0.0] * 3
    assert other.take() > 50.0
    site.kill()
    try:
        with caplog.at_level(logging.WARNING):
            assert [one.take(), other.take(), other.take()] == [0.0] * 3
            assert one.take() == other.take() == 60.0, "each keeps to the limit by itself"
        said = [record.getMessage() for record in caplog.records]
        assert len([text for text in said if "counted on this machine alone" in text]) == 2
        assert (one.redis.faults, other.redis.faults) == (1, 1)
    finally:
        site.start()
    clock.now += 31 * NS_PER_S
    assert one.take() == 29.0
    clock.now += 30 * NS_PER_S
    assert one.take() > 0.0, "the server was killed with its data kept: it knows the three calls"


def test_a_server_that_forgot_gives_this_machine_nothing_back(tmp_path: Path, site: RedisSite) -> None:
    one = machine(tmp_path / "a", site, CallLimit(2, PER_MINUTE))
    assert [one.take(), one.take()] == [0.0, 0.0]
    with site.client() as client:
        client.flushall()
    assert one.take() > 50.0


def test_nonsense_under_the_key_leaves_this_machines_count(tmp_path: Path, site: RedisSite) -> None:
    for nonsense in ("text", "list", "member"):
        one = machine(tmp_path / nonsense, site, CallLimit(2, PER_MINUTE))
        with site.client() as client:
            client.flushall()
            key = "tradewind:calls:vendor:taken"
            if nonsense == "text":
                client.set(key, "x")
            elif nonsense == "list":
                client.lpush(key, "x")
            else:
                client.zadd(key, {"no cost": time.time() * 1e6})
        assert [one.take(), one.take()] == [0.0, 0.0]
        assert one.take() > 50.0
        assert one.redis.faults == 1


def test_calls_that_lie_ahead_of_the_servers_clock_count_as_taken_now(
    tmp_path: Path, site: RedisSite
) -> None:
    one = machine(tmp_path / "a", site, CallLimit(1, PER_MINUTE))
    with site.client() as client:
        client.zadd("tradewind:calls:vendor:taken", {"a:1": (time.time() + 86_400) * 1e6})
    assert 55.0 < one.take() <= 60.0


def test_a_used_up_limit_is_said_by_the_machine_that_did_not_use_it(tmp_path: Path, site: RedisSite) -> None:
    server = RedisServer(site.url)
    given = PolicySettings(
        "vendor", (CallLimit(1, PER_DAY),), shared_calls=server, retry=RetrySettings(longest_s=1.0)
    )
    one, other = (ProviderPolicy(given, tmp_path / name) for name in ("a", "b"))
    assert one.fetch("https://prices.example/a", lambda: Answer(200, b"4", {}), int) == 4
    asked: list[int] = []
    with pytest.raises(RateLimitedError, match="is used up"):
        other.fetch("https://prices.example/b", lambda: asked.append(1) or Answer(200, b"4", {}), int)
    assert not asked


def test_the_configuration_turns_it_on_for_every_kind_of_source(tmp_path: Path, site: RedisSite) -> None:
    config = TradewindConfig(home=tmp_path, redis=RedisConfig(url=site.url, limits=True))
    check_config(config)
    sources = [
        make_provider(config, "binance"),
        make_series(config, "fred"),
        make_text_source(config, "finnhub"),
    ]
    for source in sources:
        assert isinstance(source.policy.budget, SharedCalls)  # type: ignore[union-attr]
        source.close()  # type: ignore[union-attr]
    with pytest.raises(ConfigError, match=r"redis\.limits is on, and redis\.url is empty"):
        check_config(TradewindConfig(home=tmp_path, redis=RedisConfig(limits=True)))
