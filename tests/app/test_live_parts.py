"""The parts of a live session alone: its feed's thread, its history, its gauge, and what is refused."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import numpy as np
import pytest
from live_exchange import Exchange, exchange
from live_market import MINUTE_NS, FastClock

from tradewind.app.config import DateWindow, SessionConfig, TradewindConfig
from tradewind.app.config_check import check_config
from tradewind.app.live_config import LiveConfig
from tradewind.app.market.live_streams import session_stream
from tradewind.app.market.market_data import load_each, stored
from tradewind.app.market.names import InstrumentNames
from tradewind.app.market.workspace import instrument_names, open_workspace
from tradewind.app.research.training import SessionModels
from tradewind.app.session import prepare
from tradewind.app.session.feed_thread import AT_ITS_END, FeedThread
from tradewind.app.session.gauges import CRYPTO_GAUGE, CoinVolatility, crypto_volatility_readings
from tradewind.app.session.live_plan import from_now_on, load_warmup, plan_live
from tradewind.app.session.strategies import strategies_of
from tradewind.core.errors import (
    ConfigError,
    DataError,
    NetworkError,
    StaleDataError,
    TradewindError,
    UnknownSymbolError,
)
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, Event
from tradewind.core.panel import BarColumns
from tradewind.core.registry import Entry
from tradewind.core.timestamps import iso
from tradewind.core.vocabulary import FeedKind, SessionMode
from tradewind.data.alignment import merged_bars
from tradewind.data.registry import STREAMS
from tradewind.engine.driver.mailbox import Came, Closed, Item, Mailbox

BTC = "BTC/USDT.BINANCE"
NO_MODELS = SessionModels((), (), (), 0.0)


def bar(minute: int, close: float = 100.0, name: str = BTC) -> Bar:
    return Bar(
        ts_event=minute * MINUTE_NS,
        instrument_id=name,
        open=close,
        high=close,
        low=close,
        close=close,
        timeframe="1m",
    )


# The feed's thread ---------------------------------------------------------------------------


def taken(mailbox: Mailbox, count: int) -> list[Item]:
    found = [mailbox.get(5.0) for _ in range(count)]
    assert None not in found
    return [item for item in found if item is not None]


def run_through(*plays: Event | Exception) -> list[Item]:
    mailbox = Mailbox()

    async def events() -> AsyncGenerator[Event, None]:
        for one in plays:
            if isinstance(one, Exception):
                raise one
            yield one

    feed = FeedThread(events, mailbox)
    feed.start()
    try:
        return taken(mailbox, sum(not isinstance(one, Exception) for one in plays) + 1)
    finally:
        feed.stop()


def test_what_comes_goes_into_the_mailbox_and_so_does_the_end() -> None:
    assert run_through(bar(1), bar(2)) == [Came(bar(1)), Came(bar(2)), Closed(AT_ITS_END)]


def test_an_error_closes_it_with_its_own_words_and_a_fault_is_never_hidden() -> None:
    lost = NetworkError("No line.")
    assert run_through(bar(1), lost)[-1] == Closed(AT_ITS_END, lost)
    broken = run_through(ZeroDivisionError("by nothing"))[-1]
    assert isinstance(broken, Closed)
    assert isinstance(broken.error, DataError)
    assert "ZeroDivisionError: by nothing" in broken.error.message
    assert isinstance(broken.error.__cause__, ZeroDivisionError)


def test_a_full_mailbox_makes_the_feed_wait_and_stopping_it_then_does_not_hang() -> None:
    mailbox, closed = Mailbox(2), threading.Event()

    async def events() -> AsyncGenerator[Event, None]:
        try:
            for minute in range(1, 100):
                yield bar(minute)
                await asyncio.sleep(0)
        finally:
            closed.set()

    feed = FeedThread(events, mailbox)
    feed.start()
    assert taken(mailbox, 1) == [Came(bar(1))]
    time.sleep(0.05)
    feed.stop()
    assert closed.is_set(), "the stream was closed in good order"
    left = taken(mailbox, 2)
    assert left == [Came(bar(2)), Came(bar(3))]
    assert mailbox.empty(), "whoever stops it is told nothing more"
    feed.stop()  # once more changes nothing


# The gauge -----------------------------------------------------------------------------------


def test_the_live_reading_of_a_coin_is_that_of_a_recorded_session() -> None:
    coin = Instrument(
        symbol="BTC/USDT", asset_class=AssetClass.CRYPTO, venue="BINANCE", quote_currency="USDT",
        tick_size="0.01", lot_size="0.00001", calendar="24/7",
    )  # fmt: skip
    close = 100.0 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.001, 60)))
    series = BarColumns(
        instrument_id=BTC, timeframe="1m", ts_event=MINUTE_NS * np.arange(1, 61), open=close, high=close,
        low=close, close=close, volume=close, source="test",
    )  # fmt: skip
    expected = crypto_volatility_readings([series], {BTC: coin}, {(BTC, "1m"): 525_960.0})
    live = CoinVolatility(BTC, 525_960.0, close[:30].tolist())
    said = [live.on_bar(one) for one in list(merged_bars([series]))[30:]]
    assert [one.ts_event for one in said if one] == [one.ts_event for one in expected][-30:]
    np.testing.assert_allclose(
        [one.value for one in said if one], [one.value for one in expected][-30:], rtol=1e-12
    )
    assert {one.gauge for one in said if one} == {CRYPTO_GAUGE}
    fresh = CoinVolatility(BTC, 1.0)
    assert all(fresh.on_bar(bar(minute)) is None for minute in range(1, 21)), "20 returns need 21 closes"
    assert fresh.on_bar(bar(99, name="ETH/USDT.BINANCE")) is None
    assert fresh.on_bar(bar(21)) is not None


# History and instruments ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def site() -> "Exchange":  # type: ignore[misc]
    with exchange(FastClock(time.time_ns(), 1.0)) as found:
        yield found  # type: ignore[misc]


def live_config(home: Path, site: Exchange | None = None, **session: object) -> TradewindConfig:
    live = LiveConfig(rest_url=site.rest_url if site else "")
    fields: dict[str, object] = {
        "symbols": (BTC, "ETH/USDT.BINANCE"), "base_currency": "USDT", "feed": FeedKind.LIVE, "live": live,
        "warmup_bars": 60,
    }  # fmt: skip
    return TradewindConfig(home=home, session=SessionConfig(**(fields | session)))  # type: ignore[arg-type]


@pytest.mark.services
def test_a_plan_ends_where_the_session_begins_on_the_exchanges_own_grids(
    tmp_path: Path, site: Exchange
) -> None:
    config = from_now_on(live_config(tmp_path, site))
    plan = plan_live(config, NO_MODELS, (), "desk", load_warmup(config))
    assert [len(bars) for bars in plan.bars] == [60, 60]
    now_ns = config.session.window.start_ns
    assert all(0 <= now_ns - int(bars.ts_event[-1]) < 2 * MINUTE_NS for bars in plan.bars)
    assert plan.instruments[BTC].tick_size == "0.01"
    assert {timeframe for _, timeframe in plan.series} == {"1m"}
    (strategy,) = strategies_of(config)
    assert (strategy.timeframe, plan.traded(strategy)) == ("1m", (BTC, "ETH/USDT.BINANCE"))


@pytest.mark.services
def test_history_that_ends_too_early_is_refused_by_name(
    tmp_path: Path, site: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    lag = site.minute() - 10
    monkeypatch.setattr(type(site), "minute", lambda self: lag)
    with pytest.raises(StaleDataError, match=r"newest 1m bar of BTC/USDT\.BINANCE"):
        load_warmup(from_now_on(live_config(tmp_path, site)))


@pytest.mark.services
def test_what_keeps_a_session_from_beginning_is_said_before_anything_is_fitted(
    tmp_path: Path, site: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    lag, fitted = site.minute() - 10, []
    monkeypatch.setattr(type(site), "minute", lambda self: lag)
    monkeypatch.setattr(prepare, "train_for_session", lambda *_, **__: fitted.append(1))
    config = live_config(tmp_path, site, models=("time_series_momentum",))
    with pytest.raises(StaleDataError, match=r"newest 1m bar of BTC/USDT\.BINANCE"):
        prepare.prepare_session(config, "desk", SessionMode.PAPER, lambda *_: None)
    assert not fitted


@pytest.mark.services
def test_what_a_stream_refuses_is_said_before_anything_is_fitted(
    tmp_path: Path, site: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_address(fetch_bars: object, folder: Path) -> None:
        pass

    assert "binance" in STREAMS.names()
    monkeypatch.setitem(STREAMS._entries, "binance", Entry("binance", without_address, "mine", outside=True))
    fitted: list[int] = []
    monkeypatch.setattr(prepare, "train_for_session", lambda *_, **__: fitted.append(1))
    live = LiveConfig(rest_url=site.rest_url, url=site.url)
    config = live_config(tmp_path, site, models=("time_series_momentum",), live=live)
    with pytest.raises(ConfigError, match="The stream 'binance' has no other address than its own"):
        prepare.prepare_session(config, "desk", SessionMode.PAPER, lambda *_: None)
    assert not fitted


@pytest.mark.services
def test_any_pair_that_the_exchange_describes_is_an_instrument(tmp_path: Path, site: Exchange) -> None:
    config = live_config(tmp_path, site)
    found = instrument_names(config).find(["ethusdt.binance", "AAPL"])
    assert list(found) == ["ETH/USDT.BINANCE", "AAPL.XNAS"]
    with pytest.raises(UnknownSymbolError, match=r"BTC/USDT\.BINANCE"):
        InstrumentNames().find([BTC])  # nobody may be asked


@pytest.mark.services
def test_pairs_are_loaded_as_people_write_them_where_the_exchange_is_the_source(
    tmp_path: Path, site: Exchange
) -> None:
    now_ns = site.clock.now_ns()
    window = DateWindow(start=iso(now_ns - 30 * MINUTE_NS), end=iso(now_ns))
    config = live_config(tmp_path, site, feed=FeedKind.RECORDED, symbols=("BTCUSDT",))
    config = config.model_copy(update={"provider": "binance"})
    loaded, failed = load_each(open_workspace(config), ["BTCUSDT", "eth-usdt.binance"], window, "1m")
    assert failed == []
    assert [one.instrument_id for one in loaded] == [BTC, "ETH/USDT.BINANCE"]
    assert stored(open_workspace(config), "BTCUSDT", "1m").bars.instrument_id == BTC
    sample = config.model_copy(update={"provider": "sample"})
    with pytest.raises(UnknownSymbolError, match="BTCUSDT"):
        load_each(open_workspace(sample), ["BTCUSDT"], window)


# What is refused before any work -------------------------------------------------------------


def test_a_live_session_of_coins_in_usdt_passes_the_check_without_asking_anybody(tmp_path: Path) -> None:
    check_config(live_config(tmp_path))
    check_config(live_config(tmp_path, None, symbols=("BTCUSDT", "eth-usdt")))


@pytest.mark.parametrize(
    ("session", "words"),
    [
        ({"symbols": ("AAPL",), "base_currency": "USD"}, "AAPL.XNAS, and binance streams BINANCE alone"),
        ({"live": LiveConfig(stream="carrier-pigeon")}, "carrier-pigeon"),
        ({"live": LiveConfig(url="ws://stream.binance.com")}, "not encrypted"),
        ({"symbols": ("AAPL.BINANCE",)}, "not a pair of coins"),
        ({"base_currency": "USD"}, "paid in USDT"),
    ],
)
def test_what_cannot_be_live_is_refused_by_name(
    tmp_path: Path, session: dict[str, object], words: str
) -> None:
    with pytest.raises(TradewindError, match=words) as refused:
        check_config(live_config(tmp_path, None, **session))
    assert "session." in refused.value.message


@pytest.mark.parametrize("timeframe", ["2m", "", "1D"])
def test_a_timeframe_that_is_none(timeframe: str) -> None:
    with pytest.raises(ValueError, match="bars are 1m"):
        LiveConfig(timeframe=timeframe)


def test_a_stream_and_what_mends_it_are_one_feed_of_a_vendor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IEX and all exchanges together are two series of prices."""
    for word in ("KEY", "SECRET"):
        monkeypatch.setenv(f"TRADEWIND_ALPACA_API_{word}", "made-up")
    for feed in ("iex", "sip"):
        config = TradewindConfig.model_validate(
            {
                "home": tmp_path,
                "providers": {"alpaca": {"feed": feed}},
                "session": {"live": {"stream": "alpaca"}},
            }
        )
        with session_stream(config, {"AAPL.XNAS": "XNYS"}, {}, FastClock(time.time_ns(), 1.0)) as stream:
            assert getattr(stream, "feed", "") == feed
