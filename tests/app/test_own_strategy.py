"""A run of a strategy of one's own: what it pays, what it says, and which input it refuses by name."""

import hashlib
import math
import warnings
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import tradewind as tw
from tradewind.core.decisions import OrderRequested, Refused
from tradewind.core.errors import ConfigError, DataError, NoDataError, UnknownSymbolError
from tradewind.core.events import SessionStarted
from tradewind.core.orders import OrderFilled
from tradewind.core.plugin_files import digest
from tradewind.core.registry import Entry
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.data.catalogue import sample_instruments
from tradewind.risk.registry import BREAKERS, RULES, RiskRule
from tradewind.risk.rules.reduce_only import ReduceOnly
from tradewind.views.explanation.explain import explain_order

MINE = tw.Instrument(
    symbol="MINE",
    asset_class=tw.AssetClass.EQUITY,
    venue="OWN",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="24/7",
)
BLIND = {name: {"when_missing": "note"} for name in ("vix", "index_drop", "crypto_volatility")}
START_NS = 1_577_836_800_000_000_000  # 2020-01-01
changed = msgspec.structs.replace


class Once:
    """Buys ``lots`` at one bar, the first if not told otherwise, and holds them."""

    name = "once"

    def __init__(self, lots: Any = 300, bar: int = 1, **fields: Any) -> None:
        self.lots, self.bar, self.fields, self.bars = lots, bar, fields, 0

    def on_event(self, event: tw.AnyEvent, book: tw.Book) -> Sequence[tw.Event]:
        if type(event) is not tw.Bar:
            return ()
        self.bars += 1
        if self.bars != self.bar:
            return ()
        fields = {"instrument_id": event.instrument_id, "outcome": "trade"} | self.fields
        decision = tw.DecisionMade(
            ts_event=event.ts_event,
            decision_id="d1",
            strategy=self.name,
            reason="for the test",
            target_lots=self.lots,
            **fields,
        )
        return (decision,)

    def snapshot(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        return


def quarter_hours(instrument: tw.Instrument = MINE, closes: Sequence[float] = (9.0,) * 8) -> list[tw.Bar]:
    return [
        tw.Bar(
            ts_event=START_NS + 15 * (i + 1) * NS_PER_MINUTE,
            instrument_id=instrument.id,
            open=close,
            high=close,
            low=close,
            close=close,
            volume=100_000.0,
            timeframe="15m",
        )
        for i, close in enumerate(closes)
    ]


def run(bars: Sequence[tw.Bar] | None = None, instrument: tw.Instrument = MINE, **changes: Any) -> tw.Outcome:
    given: dict[str, Any] = {"cash": Decimal(100_000), "risk": BLIND} | changes
    strategy = given.pop("strategy", None) or Once()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tw.run_strategy(
            strategy, [instrument], quarter_hours(instrument) if bars is None else bars, **given
        )


def commission(outcome: tw.Outcome) -> Decimal:
    fills = [record.event for record in outcome.journal.read_kind(OrderFilled)]  # type: ignore[attr-defined]
    assert fills
    return Decimal(sum(fill.commission_e8 for fill in fills)) / 10**8


# What it pays --------------------------------------------------------------------------------


def test_an_instrument_without_fees_pays_what_a_stock_of_the_sample_pays() -> None:
    """0.005 USD a share, at least 1 USD an order: 1.50 for 300 shares; it was nothing before."""
    assert commission(run()) == Decimal("1.5")
    assert commission(run(strategy=Once(lots=10))) == 1
    configured = changed(sample_instruments()["MSFT.XNAS"], calendar="24/7")
    assert commission(run(instrument=configured)) == Decimal("1.5")


def test_fees_that_are_given_are_taken_also_when_they_are_none() -> None:
    assert commission(run(instrument=changed(MINE, fees=tw.FeeSchedule()))) == 0
    own = tw.FeeSchedule(taker_rate_e8=100_000)  # 10 bps of about 2,700 USD
    assert commission(run(instrument=changed(MINE, fees=own))) == pytest.approx(
        Decimal("2.7"), rel=Decimal("0.01")
    )


@pytest.mark.parametrize(
    ("asset_class", "currency", "twin"),
    [
        ("crypto", "USD", "BTC/USD.KRAKEN"),
        ("fx", "USD", "EUR/USD.IDEALPRO"),
        ("fx", "JPY", "USD/JPY.IDEALPRO"),
    ],
)
def test_every_class_pays_what_its_twin_in_the_sample_pays(
    asset_class: str, currency: str, twin: str
) -> None:
    mine = changed(MINE, asset_class=tw.AssetClass(asset_class), quote_currency=currency)
    fees = sample_instruments()[twin].fees
    assert commission(run(instrument=mine)) == commission(run(instrument=changed(mine, fees=fees))) > 0


def test_a_stock_in_yen_is_not_charged_cents_a_share() -> None:
    """300 shares at 9,000 yen: 10 bps are 2,700 yen, not one and a half."""
    mine = changed(MINE, quote_currency="JPY", tick_size="1")
    ran = run(quarter_hours(mine, (9_000.0,) * 8), mine, cash=Decimal(100_000_000))
    assert commission(ran) == pytest.approx(Decimal(2_700), rel=Decimal("0.01"))


# What it says --------------------------------------------------------------------------------


def test_what_kept_a_strategy_from_trading_is_shown() -> None:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        outcome = tw.run_strategy(Once(bar=6), [MINE], quarter_hours(), cash=Decimal(100_000))
    assert tuple(str(one.message) for one in shown) == outcome.warnings
    assert any("vix" in line for line in outcome.warnings)
    assert any("Not one order was sent" in line for line in outcome.warnings)


def test_the_planner_can_be_told_to_protect_a_position() -> None:
    """4 % under 10.00 is a stop at 9.60; the fall to 9.50 takes it."""
    closes = (10.0, 10.0, 10.0, 9.5, 9.5, 9.5)
    ran = run(quarter_hours(closes=closes), planner={"protection": {"stop_pct": 4.0}})
    assert ran.book.fills_seen == 2
    assert not ran.book.net_lots
    kinds = [r.event.order.order_type for r in ran.journal.read_kind(OrderRequested)]  # type: ignore[attr-defined]
    assert [str(kind) for kind in kinds] == ["market", "stop"]


# What it records -----------------------------------------------------------------------------


def test_the_start_records_what_is_active_and_the_file_that_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse_all(order: object, instrument: object, view: object, settings: object) -> Refused:
        return Refused(rule="refuse_all", reason="for the test")

    rule = RiskRule("refuse_all", refuse_all, ReduceOnly(), 0, needs_exposure=False)
    assert RULES.names()
    monkeypatch.setitem(RULES._entries, "refuse_all", Entry("refuse_all", rule, __name__, outside=True))
    for risk, active in ((BLIND, False), (BLIND | {"refuse_all": {}}, True)):
        ran = run(risk=risk)
        (begun,) = (r.event for r in ran.journal.read_kind(SessionStarted))  # type: ignore[attr-defined]
        (terms,) = begun.strategies
        here = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
        assert (terms.parameters["sha256"], terms.parameters["use"]) == (here, f"{__name__}.Once")
        usual = {entry.name for entry in RULES.entries() if not entry.outside}
        assert set(begun.plugins["rules"]) == usual | ({"refuse_all"} if active else set())
        assert set(begun.plugins["breakers"]) == {e.name for e in BREAKERS.entries() if not e.outside}
        file = f"{Path(__file__).name}@{digest(Path(__file__))}"
        outside = (f"rules/refuse_all/{file}",) if active else ()
        assert begun.plugins["outside"] == outside
        assert ran.book.orders_sent == (0 if active else 1)


# What it refuses -----------------------------------------------------------------------------

Spoil = Callable[[list[tw.Bar]], object]


def at(index: int, **fields: Any) -> Spoil:
    return lambda bars: [*bars[:index], changed(bars[index], **fields), *bars[index + 1 :]]


@pytest.mark.parametrize(
    ("spoil", "error", "words"),
    [
        (lambda bars: [], NoDataError, "There is no bar"),
        (at(3, close=math.nan), DataError, r"15m bar of MINE\.OWN at 2020-01-01T01:00:00Z has close nan"),
        (at(3, high=math.inf), DataError, "has high inf"),
        (at(3, volume=math.nan), DataError, "has volume nan"),
        (at(3, volume=-5.0), DataError, r"has volume -5\.0\. Give the volume, or 0\.0"),
        (at(3, low=-3.0), DataError, r"has low -3\.0.*negative_prices"),
        (at(3, low=0.0), DataError, r"has low 0\.0"),
        (at(3, close=9.5), DataError, r"has close 9\.5 outside 9\.0 to 9\.0"),
        (at(3, close="9.0"), DataError, "has close '9.0', a str"),
        (at(3, close=np.float32(9.0)), DataError, "a float32"),
        (at(3, ts_event=1.5), DataError, r"has the time 1\.5, a float"),
        (at(3, ts_event=np.int64(1)), DataError, r"int\(time\.value\)"),
        (at(3, ts_event=-1), DataError, "has the time -1"),
        (lambda bars: [*bars[:3], bars[2], *bars[3:]], DataError, "at 2020-01-01T00:45:00Z is there twice"),
        (lambda bars: bars[::-1], DataError, "01:45:00Z comes after one of 2020-01-01T02:00:00Z. Sort"),
        (
            lambda bars: [changed(b, timeframe="1d") for b in bars],
            DataError,
            "1d bars of MINE.OWN are usually 900",
        ),
        (lambda bars: [changed(b, timeframe="15min") for b in bars], DataError, "the timeframe '15min'"),
        (
            lambda bars: [changed(b, ts_event=b.ts_event // 10**9) for b in bars],
            DataError,
            "usually 900 ns apart",
        ),
        (
            lambda bars: [changed(b, instrument_id="MINE") for b in bars],
            UnknownSymbolError,
            "Bars of MINE belong",
        ),
        (lambda bars: dict(enumerate(bars)), DataError, "The bars are a dict"),
        (lambda bars: [*bars, None], DataError, "None is no bar"),
    ],
)
def test_bars_that_cannot_be_are_refused_by_name(spoil: Spoil, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        run(spoil(quarter_hours()))  # type: ignore[arg-type]


def test_noise_of_an_adjustment_is_none() -> None:
    bars = quarter_hours()
    bars[3] = changed(bars[3], close=math.nextafter(9.0, 10.0))
    assert run(bars).book.fills_seen == 1


def test_two_timeframes_of_one_instrument_are_two_series() -> None:
    hours = [changed(bar, timeframe="1h") for bar in quarter_hours()[3::4]]
    bars = sorted([*quarter_hours(), *hours], key=lambda bar: bar.ts_event)
    assert run(bars).book.fills_seen == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tick_size": "0"}, r"tick_size of MINE\.OWN is '0'"),
        ({"tick_size": 0.01}, r"tick_size of MINE\.OWN is 0\.01"),
        ({"lot_size": "abc"}, "lot_size of MINE.OWN is 'abc'"),
        ({"minimum_notional": "-5"}, "minimum_notional of MINE.OWN is '-5'"),
        ({"minimum_notional": 5}, "minimum_notional of MINE.OWN is 5"),
        ({"minimum_notional": "NaN"}, "minimum_notional of MINE.OWN is 'NaN'"),
        ({"symbol": ""}, "The symbol of ''"),
        ({"asset_class": "stock"}, "asset class 'stock'. Use one of equity"),
        ({"half_spread_bps": math.nan}, "half_spread_bps of MINE.OWN is nan"),
        ({"fees": tw.FeeSchedule(taker_rate_e8=-5)}, "taker_rate_e8 -5"),
        ({"calendar": "XNYSE"}, "No calendar is called 'XNYSE'"),
    ],
)
def test_an_instrument_that_cannot_be_is_refused_by_name(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        run(quarter_hours(), changed(MINE, **fields))


def test_a_strategy_asks_for_a_trailing_stop_itself() -> None:
    closes = [100.0, 100.0, 104.0, 103.0, 101.0, 101.0]
    asks = Once(lots=50, protection=tw.ProtectionSettings(stop_pct=2.0, trail=True))
    ran = run(quarter_hours(closes=closes), strategy=asks, venue={"half_spread_bps": 0.0})
    requested = [r.event.order for r in ran.journal.read_kind(OrderRequested)]  # type: ignore[attr-defined]
    assert [order.stop_price_ticks for order in requested] == [None, 9_800, 10_192]  # 104 less 2 %
    assert [position.quantity_lots for position in ran.book.positions.values()] == [0]
    fill = [r.event for r in ran.journal.read_kind(OrderFilled)][-1]  # type: ignore[attr-defined]
    assert fill.client_order_id == requested[-1].client_order_id
    story = explain_order(ran.journal, fill.client_order_id)  # type: ignore[arg-type]
    assert story.decision_id == "d1"
    with pytest.raises(ConfigError, match=r"decides on the protection \{'trail': True\}"):
        run(strategy=Once(protection={"trail": True}))


@pytest.mark.parametrize("cash", [100_000.0, "100000", Decimal(0), Decimal(-5), Decimal("NaN"), True])
def test_cash_is_exact_and_more_than_nothing(cash: object) -> None:
    with pytest.raises(ConfigError, match="cash is"):
        run(cash=cash)


@pytest.mark.parametrize(
    ("strategy", "error", "words"),
    [
        (Once, ConfigError, "is a class"),
        (object(), ConfigError, "lacks on_event, snapshot, restore"),
        (Once(lots=1.5), ConfigError, r"target_lots 1\.5, a float"),
        (Once(lots=np.int64(5)), ConfigError, r"give int\(\.\.\.\)"),
        (Once(instrument_id="MINE"), UnknownSymbolError, r"decides on 'MINE'.*MINE\.OWN"),
        (Once(outcome="buy"), ConfigError, "the outcome 'buy'. Use one of trade"),
    ],
)
def test_a_strategy_that_says_what_cannot_be_is_refused(
    strategy: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        run(strategy=strategy)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"risk": ["position_loss"]}, r"risk is \['position_loss'\], which is no table"),
        ({"risk": "position_loss"}, "risk is 'position_loss', which is no table"),
        ({"risk": {"position_loss": ["limit"]}}, "breaker 'position_loss' are a list"),
        ({"risk": {"position_loss": {"limit": [0.1]}}}, r"risk\.position_loss\.limit is \[0\.1\]"),
        ({"risk": {"last_look": [1]}}, r"risk\.last_look is \[1\], which is no table"),
        ({"venue": ["halts"]}, r"venue is \['halts'\], which is no table"),
        ({"venue": 3}, "venue is 3, which is no table"),
        ({"planner": ["protection"]}, r"planner is \['protection'\], which is no table"),
        ({"planner": 3}, "planner is 3, which is no table"),
        ({"planner": {"protection": ["trail"]}}, r"planner\.protection is \['trail'\]"),
        ({"planner": {"protection": {"stop_pct": "4"}}}, r"planner\.protection\.stop_pct is '4'"),
        ({"commit_every": "often"}, "commit_every is 'often'"),
        ({"commit_every": -1}, "commit_every is -1"),
    ],
)
def test_settings_of_another_shape_are_refused_by_name(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        run(**settings)


def test_instruments_are_given_and_once_each() -> None:
    for given, words in (
        ([], "No instrument is given"),
        (MINE, "instruments is Instrument"),
        ([MINE, MINE], "MINE.OWN is given twice"),
    ):
        with pytest.raises(ConfigError, match=words):
            tw.run_strategy(Once(), given, quarter_hours(), cash=Decimal(1_000))
