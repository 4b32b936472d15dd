"""The costs of a whole backtest, reckoned again from its raw records by other means."""

import textwrap
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tradewind.app.config import TradewindConfig
from tradewind.app.session.prepare import prepare_session
from tradewind.app.session.running import run_backtest
from tradewind.app.session.transaction_costs import calibrate_costs, transaction_costs
from tradewind.core.decisions import DecisionMade, OrderRequested
from tradewind.core.errors import ConfigError, UnknownSymbolError
from tradewind.core.events import SessionStarted
from tradewind.core.market import Bar
from tradewind.core.orders import OrderFilled
from tradewind.core.vocabulary import SessionMode
from tradewind.journal.opening import open_reader

CROSS = """
    import tradewind as tw

    class SmaCross(tw.Strategy):
        def on_bar(self, bar, now):
            closes = now.closes(20)
            if len(closes) < 20:
                return None
            return 0.3 if closes[-5:].mean() > closes.mean() else 0.0
"""


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "sma.py").write_text(textwrap.dedent(CROSS), "utf-8")
    symbols = ["MSFT", "NVDA"]
    session = {
        "symbols": symbols,
        "window": {"start": "2019-01-01", "end": "2019-12-31"},
        "strategies": [{"use": str(home / "sma.py"), "symbols": symbols}],
        "gauges": [],
        "cash": 2e8,  # so much that its orders move the market
    }
    config = TradewindConfig.model_validate(
        {"home": home, "session": session, "venue": {"volume_share": 0.1}}
    )
    plan = prepare_session(config, "traded", SessionMode.BACKTEST, lambda *_: None)
    return run_backtest(plan).journal


def test_every_order_costs_what_the_raw_records_say(journal: Path) -> None:
    """Prices as decimals of the records, one loop an order, no part of the analysis."""
    with open_reader(journal) as reader:
        costs = transaction_costs(reader)
        records = [record.event for record in reader.read(1)]
    started = records[0]
    assert isinstance(started, SessionStarted)
    known = {one.id: one for one in started.instruments}
    decided: dict[str, Decimal] = {}
    close: dict[str, Decimal] = {}
    opens: dict[tuple[str, int], Decimal] = {}
    fills: dict[str, list[OrderFilled]] = defaultdict(list)
    wanted: dict[str, OrderRequested] = {}
    for event in records:
        if isinstance(event, Bar):
            close[event.instrument_id] = Decimal(str(event.close)).quantize(Decimal("0.01"))
            opens[event.instrument_id, event.ts_event] = Decimal(str(event.open)).quantize(Decimal("0.01"))
        elif isinstance(event, DecisionMade) and event.instrument_id in close:
            decided[event.decision_id] = close[event.instrument_id]
        elif isinstance(event, OrderRequested):
            wanted[event.order.client_order_id] = event
            # Where a breaker closes, nobody decided before: its order is the decision.
            decided.setdefault(event.order.decision_id, close[event.order.instrument_id])
        elif isinstance(event, OrderFilled):
            fills[event.client_order_id].append(event)
    assert len(costs.orders) == len(wanted) > 10
    for row in costs.orders:
        order = wanted[row.client_order_id].order
        assert row.filled == row.quantity  # of this journal every order is filled whole
        lot, tick = known[order.instrument_id].lot, known[order.instrument_id].tick
        decision, sign = decided[order.decision_id], order.side.sign
        lost, off = Fraction(0), Fraction(0)
        for fill in fills[row.client_order_id]:
            lost += Fraction(sign * fill.quantity_lots * lot * (fill.price_ticks * tick - decision))
            lost += Fraction(fill.commission_e8, 10**8)
            middle = opens[fill.instrument_id, fill.ts_event]
            off += Fraction(sign * fill.quantity_lots * lot * (fill.price_ticks * tick - middle))
        assert row.shortfall_e8 == round(lost * 10**8)
        assert row.parts.total_e8 == row.shortfall_e8
        assert row.parts.opportunity_e8 == 0
        assert row.parts.spread_e8 + row.parts.impact_e8 == round(off * 10**8)
    assert costs.total.shortfall_e8 == sum(row.shortfall_e8 for row in costs.orders)
    for by in ("symbol", "venue", "algorithm", "strategy", "hour"):
        groups = [group for group in costs.groups if group.by == by]
        assert sum(group.shortfall_e8 for group in groups) == costs.total.shortfall_e8
        assert sum(group.orders for group in groups) == len(costs.orders)


def test_a_symbol_alone_and_what_is_not_known(journal: Path) -> None:
    with open_reader(journal) as reader:
        some = transaction_costs(reader, "MSFT")
        assert {row.instrument_id for row in some.orders} == {"MSFT.XNAS"}
        with pytest.raises(UnknownSymbolError):
            transaction_costs(reader, "TSLA")
        with pytest.raises(ConfigError, match="0 prices"):
            transaction_costs(reader, after=(1, 0))


def test_calibrated_costs_are_used_by_the_session_that_names_them_alone(journal: Path) -> None:
    home = journal.parents[1]
    with open_reader(journal) as reader:
        costs = transaction_costs(reader)
        made = calibrate_costs(reader, costs, "of-2019", home)
        with pytest.raises(ConfigError, match="already"):
            calibrate_costs(reader, costs, "of-2019", home)
    assert made.simulated
    # The simulated venue's own model is found again, up to its rounding to whole ticks.
    assert made.costs.impact_coefficient == pytest.approx(1.0, abs=0.1)
    assert made.expected_bps == pytest.approx(made.costs.realized_bps, abs=0.5)

    def begun(name: str, **session: object) -> SessionStarted:
        symbols = ["MSFT", "NVDA"]
        given = {
            "symbols": symbols,
            "window": {"start": "2019-11-01", "end": "2019-12-31"},
            "strategies": [{"use": str(home / "sma.py"), "symbols": symbols}],
            "gauges": [],
        }
        config = TradewindConfig.model_validate({"home": home, "session": given | session})
        plan = prepare_session(config, name, SessionMode.BACKTEST, lambda *_: None)
        with open_reader(run_backtest(plan).journal) as reader:
            first = next(iter(reader.read(1))).event
        assert isinstance(first, SessionStarted)
        return first

    with_it, without = begun("with-it", calibration="of-2019"), begun("without")
    spreads = {one.id: one.half_spread_bps for one in with_it.instruments}
    assert spreads == made.costs.half_spread_bps
    assert f'"impact_coefficient":{made.costs.impact_coefficient}' in with_it.configuration.replace(" ", "")
    assert any("calibration of-2019" in note and "simulated" in note for note in with_it.notes)
    assert not any("calibration" in note for note in without.notes)
    assert {one.id: one.half_spread_bps for one in without.instruments} != spreads
    with pytest.raises(ConfigError, match="nowhere"):
        begun("lost", calibration="nowhere")
