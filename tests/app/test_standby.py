"""Sources behind a session's own: what the configuration says of them, and which may stand by."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from live_exchange import Exchange, exchange
from live_market import FastClock

from tradewind.app.config import TradewindConfig, load_config
from tradewind.app.config_check import check_config
from tradewind.app.market import live_streams
from tradewind.app.market.live_streams import session_stream
from tradewind.app.market.standby import require_standbys
from tradewind.app.market.workspace import make_history, open_workspace
from tradewind.core.clock import WallClock
from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.data.failover.history import FailoverHistory
from tradewind.data.failover.stream import FailoverStream
from tradewind.data.registry import PROVIDERS
from tradewind.data.vendors.binance.stream import BinanceStream
from tradewind.data.venues import stand_in

BTC = "BTC/USDT.BINANCE"


class Other:
    """Another source of the same pair, as good or bad as a test makes it."""

    name = "other"

    def __init__(self, **changes: Any) -> None:
        self.changes = changes

    def symbols(self) -> Sequence[str]:
        return ()

    def bars(self, request: BarRequest) -> BarColumns:
        first, last = -(-request.start_ns // 60_000_000_000), (request.end_ns - 1) // 60_000_000_000
        stamps = np.arange(first, last + 1, dtype=np.int64) * 60_000_000_000
        stamps = stamps[: len(stamps) - self.changes.get("late", 0)] + self.changes.get("shift_ns", 0)
        price = (100.0 + stamps // 60_000_000_000 % 7) * self.changes.get("factor", 1.0)
        return BarColumns(
            instrument_id=request.instrument_id, timeframe="1m", ts_event=stamps, open=price, high=price,
            low=price, close=price, volume=np.ones(len(stamps)), adjusted=self.changes.get("adjusted", False),
        )  # fmt: skip


def configured(tmp_path: Path, **live: Any) -> TradewindConfig:
    session = {"symbols": [BTC], "base_currency": "USDT", "feed": "live", "gauges": [], "live": live}
    return load_config(None, home=tmp_path / "home", session=session)


@pytest.mark.parametrize(
    ("live", "said", "place"),
    [
        ({"standby": ["binanse"]}, "names 'binanse', which is no source", "session.live.standby.0"),
        ({"standby": ["binance", "binance"]}, "'binance' stands in it twice", "session.live.standby"),
    ],
)
def test_a_standby_that_is_none_is_refused_by_name(
    tmp_path: Path, live: dict[str, Any], said: str, place: str
) -> None:
    with pytest.raises(TradewindError, match=said) as caught:
        check_config(configured(tmp_path, **live))
    assert ".".join(map(str, caught.value.location)) == place


def test_one_that_may_not_be_asked_often_enough_is_told_to_back_up_history(tmp_path: Path) -> None:
    config = configured(tmp_path, standby=["yahoo"])
    slow = config.model_copy(
        update={"providers": {"yahoo": live_streams.USUAL.model_copy(update={"calls_per_minute": 2})}}
    )
    check_config(config)
    with pytest.raises(ConfigError, match=r"yahoo is too slow for live bars: it allows 2 calls .* fallbacks"):
        check_config(slow)


def test_an_unknown_fallback_is_refused_and_known_ones_stand_behind_the_provider(tmp_path: Path) -> None:
    with pytest.raises(TradewindError, match="yahuu"):
        check_config(load_config(None, home=tmp_path, fallbacks=["yahuu"]))
    config = load_config(None, home=tmp_path, provider="sample", fallbacks=["yahoo"])
    check_config(config)
    history = make_history(config)
    assert isinstance(history, FailoverHistory)
    assert history.name == "sample"
    assert "MSFT" in open_workspace(config).provider.symbols()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"factor": 1.0005}, ""),
        ({"factor": 1.01}, "its closes lie 100 basis points"),
        ({"adjusted": True}, "its prices are adjusted, those of the session as traded"),
        ({"late": 3}, "its newest bars come too late"),
        ({"shift_ns": 1_000}, "none of its bars closes when"),
    ],
)
def test_only_a_source_of_the_same_prices_may_stand_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], said: str
) -> None:
    config = configured(tmp_path, standby=["yahoo"])
    monkeypatch.setattr("tradewind.app.market.standby.uncached_provider", lambda *_: Other(**changes))
    now_ns = time.time_ns() // 60_000_000_000 * 60_000_000_000 + 5_000_000_000
    own = Other().bars(BarRequest(BTC, "1m", now_ns - 100 * 60_000_000_000, now_ns))
    if not said:
        require_standbys(config, {BTC: own}, {BTC: stand_in(BTC)}, now_ns)
        return
    with pytest.raises(ConfigError, match=f"yahoo cannot stand by for {BTC}: {said}"):
        require_standbys(config, {BTC: own}, {BTC: stand_in(BTC)}, now_ns)


@pytest.fixture
def site() -> Iterator[Exchange]:
    with exchange(FastClock(time.time_ns(), 1.0)) as found:
        yield found


def test_a_session_without_standbys_has_its_stream_alone(tmp_path: Path, site: Exchange) -> None:
    alone = configured(tmp_path, url=site.url, rest_url=site.rest_url)
    with session_stream(alone, {BTC: "24/7"}, {}, WallClock()) as stream:
        assert isinstance(stream, BinanceStream)
        assert stream.url == site.url
    both = configured(tmp_path, url=site.url, rest_url=site.rest_url, standby=["binance"])
    with session_stream(both, {BTC: "24/7"}, {}, WallClock()) as stream:
        assert isinstance(stream, FailoverStream)
        assert [runner.name for runner in stream.runners] == ["binance", "binance-polled"]
        assert [runner.source.polled for runner in stream.runners] == [False, True]


def test_what_is_polled_is_never_answered_from_the_cache(tmp_path: Path) -> None:
    provider = live_streams.uncached_provider(configured(tmp_path), "yahoo")
    assert provider.policy.settings.cache_ttl_s == 0.0  # type: ignore[attr-defined]
    assert PROVIDERS.get("yahoo") is type(provider)
