"""People write symbols; what is loaded, computed and recorded bears ids, and gauges their plain names."""

import subprocess
import sys
import warnings
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest

from tradewind.app.config import DateWindow, TradewindConfig
from tradewind.app.config_check import check_config
from tradewind.app.market.history import load_series, references
from tradewind.app.market.names import InstrumentNames
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.factor_desk import check, compute_factors
from tradewind.app.session.gauges import gauge_readings
from tradewind.app.session.own_strategy import run_strategy
from tradewind.core.book import Book
from tradewind.core.decisions import DecisionMade, OrderRefused
from tradewind.core.errors import ConfigError, UnknownSymbolError
from tradewind.core.events import AnyEvent
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, Event
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.risk.breakers.index_drop import IndexDrop
from tradewind.risk.breakers.vix import Vix

DEMO = Instrument(
    symbol="DEMO",
    asset_class=AssetClass.EQUITY,
    venue="SIM",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="24/7",
)
START_NS = 1_577_836_800_000_000_000  # 2020-01-01
YEARS = DateWindow(start="2009-01-01", end="2013-03-01")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> TradewindConfig:
    return TradewindConfig(home=tmp_path_factory.mktemp("names"), compute="serial")


def test_all_spellings_of_an_instrument_load_one_series(config: TradewindConfig) -> None:
    wanted = InstrumentNames().find(("aapl", "AAPL.XNAS", "btc-usd", "BTCUSD.KRAKEN", "EURUSD"))
    assert list(wanted) == ["AAPL.XNAS", "BTC/USD.KRAKEN", "EUR/USD.IDEALPRO"]
    loaded = load_series(open_workspace(config), ["AAPL", "aapl.xnas"], YEARS)
    assert [(name, one.bars.instrument_id) for name, one in loaded.items()] == [("AAPL.XNAS", "AAPL.XNAS")]
    assert {action.instrument_id for action in loaded["AAPL.XNAS"].actions or ()} == {"AAPL.XNAS"}


def test_the_index_stands_in_for_spy_under_its_id(config: TradewindConfig) -> None:
    assert references(open_workspace(config)) == {"spy": "SPX.CBOE"}
    assert (
        references(open_workspace(config.model_copy(update={"provider": "yahoo"}))) == {}
    )  # it cannot list what it has


def test_a_factor_across_assets_finds_its_reference(config: TradewindConfig) -> None:
    found = compute_factors(open_workspace(config), "msft", ["beta_spy_60"], YEARS)
    assert (found.instrument_id, found.absent) == ("MSFT.XNAS", ())
    index = load_series(open_workspace(config), ["SPX"], YEARS)["SPX.CBOE"].bars
    own = load_series(open_workspace(config), ["MSFT"], YEARS)["MSFT.XNAS"].bars
    both, mine, its = np.intersect1d(own.ts_event, index.ts_event, return_indices=True)
    assert len(both) > 1_000
    assert np.array_equal(mine, np.arange(len(mine)))
    x, y = (np.diff(close)[-60:] / close[-61:-1] for close in (index.close[its], own.close[mine]))
    expected = np.cov(x, y)[0, 1] / np.var(x, ddof=1)
    assert found.cube.column("beta_spy_60")[-1, 0] == pytest.approx(expected, rel=1e-6)


def test_a_check_names_the_instruments_that_it_tried(config: TradewindConfig) -> None:
    assert check(open_workspace(config), ["rsi_14"], ["AAPL", "msft"], YEARS, 200).instrument_ids == (
        "AAPL.XNAS",
        "MSFT.XNAS",
    )


def test_gauges_keep_the_names_that_breakers_watch(config: TradewindConfig) -> None:
    window = DateWindow(start="2018-01-01", end="2018-03-01")
    for written, watched in (("VIX", Vix().gauge), ("SPX.CBOE", IndexDrop().gauge)):
        (loaded,) = load_series(open_workspace(config), [written], window).values()
        readings = gauge_readings(loaded.as_stored)
        assert {reading.gauge for reading in readings} == {watched}
        assert len(readings) > 30


def test_bars_of_no_instrument_are_refused_by_name() -> None:
    bar = Bar(ts_event=1, instrument_id="DEMO", open=1.0, high=1.0, low=1.0, close=1.0)
    with pytest.raises(UnknownSymbolError, match=r"Bars of DEMO belong to no instrument.*DEMO\.SIM"):
        run_strategy(Buyer(), [DEMO], [bar], cash=Decimal(1))


class Buyer:
    """Wants ten lots of everything that it sees."""

    name = "buyer"

    def on_event(self, event: AnyEvent, book: Book) -> Sequence[Event]:
        if not isinstance(event, Bar):
            return ()
        return (
            DecisionMade(
                ts_event=event.ts_event,
                decision_id=f"d{event.ts_event}",
                strategy=self.name,
                instrument_id=event.instrument_id,
                outcome="trade",
                reason="for the test",
                target_lots=10,
            ),
        )

    def snapshot(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        return


def test_what_is_blocked_by_its_symbol_is_blocked() -> None:
    """A blocked symbol that equals no id would block nothing, in silence."""
    blind = {"vix": {"when_missing": "note"}, "index_drop": {"when_missing": "note"}}
    bars = [
        Bar(
            ts_event=START_NS + minute * NS_PER_MINUTE,
            instrument_id=DEMO.id,
            open=9.0,
            high=9.0,
            low=9.0,
            close=9.0,
            timeframe="1m",
        )
        for minute in range(1, 9)
    ]
    for blocked, wanted in (["demo"], {"tradable"}), (["NVDA"], set()):
        risk = blind | {"tradable": {"blocked": blocked}}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one of the two runs sends no order, and says so
            ran = run_strategy(Buyer(), [DEMO], bars, cash=Decimal(100_000), risk=risk)
        assert {r.event.refusal.rule for r in ran.journal.read_kind(OrderRefused)} == wanted  # type: ignore[attr-defined]
        assert (ran.book.orders_sent == 0) is bool(wanted)


def test_a_blocked_name_that_is_none_is_refused(config: TradewindConfig) -> None:
    with pytest.raises(UnknownSymbolError, match="'TSLA'"):
        check_config(config.model_copy(update={"risk": {"tradable": {"blocked": ["TSLA"]}}}))
    with pytest.raises(ConfigError, match="tradable"):
        check_config(config.model_copy(update={"risk": {"tradable": {"blocked": 3}}}))


def test_names_that_are_known_are_found_without_importing_every_vendor() -> None:
    """Each command looks names up, and importing all vendors takes longer than most commands."""
    program = (
        "import sys\n"
        "from tradewind.app.config import TradewindConfig\n"
        "from tradewind.app.market.workspace import open_workspace\n"
        "open_workspace(TradewindConfig()).instruments.find(['AAPL', 'IBM.XNYS', 'BTCUSD'])\n"
        "print('tradewind.data.vendors.binance.history' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
