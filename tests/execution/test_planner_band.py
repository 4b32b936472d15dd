"""An order on its way counts as held: a target that wobbles within the band does not take it off the book."""

import pytest

from tradewind.core.book import Book, Ledger
from tradewind.core.decisions import CancelRequested, DecisionMade, OrderRequested
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.orders import Order, Side, Working
from tradewind.execution.planner import PlannerSettings, orders_for_target

STOCK = Instrument(
    symbol="AAPL",
    asset_class=AssetClass.EQUITY,
    venue="SIM",
    quote_currency="USD",
    tick_size="0.01",
    lot_size="1",
    calendar="24/7",
)


def planned(on_its_way: int, target: int, band_pct: float = 20.0) -> list[object]:
    order = Order(
        client_order_id="old-0",
        decision_id="d-1",
        strategy="trend",
        instrument_id=STOCK.id,
        side=Side.BUY,
        quantity_lots=on_its_way,
        ts_decided=1,
    )
    book = Book(
        base_currency="USD", instruments={STOCK.id: STOCK}, accounts={"main": {"USD": Ledger(cash_e8=10**15)}}
    )
    book.open_orders["old-0"] = Working(order=order, filled_lots=0)
    book.mark_ticks[STOCK.id] = 10_000
    decision = DecisionMade(
        ts_event=2,
        decision_id="d-2",
        strategy="trend",
        instrument_id=STOCK.id,
        outcome="trade",  # type: ignore[arg-type]
        reason="test",
        target_lots=target,
    )
    return list(orders_for_target(book, decision, STOCK, PlannerSettings(no_trade_band_pct=band_pct)))


@pytest.mark.parametrize("target", [95, 100, 110])
def test_within_the_band_it_stays_and_nothing_is_added(target: int) -> None:
    assert planned(100, target) == []


def test_beyond_the_band_it_goes_or_is_added_to() -> None:
    fewer = planned(100, 70)
    assert isinstance(fewer[0], CancelRequested)
    more = planned(100, 150)
    assert [type(one) for one in more] == [OrderRequested]
    assert more[0].order.quantity_lots == 50  # type: ignore[attr-defined]


def test_without_a_band_every_lot_past_the_target_takes_it_off() -> None:
    assert isinstance(planned(100, 99, 0.0)[0], CancelRequested)
