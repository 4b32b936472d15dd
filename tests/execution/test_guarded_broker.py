"""A second gate around the venue: what it refuses never arrives, and both stand up again together."""

import pytest

from tradewind.core.decisions import OrderRequested
from tradewind.core.orders import OrderAccepted, OrderRejected
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.execution.guarded import GuardedBroker
from tradewind.execution.venue.settings import VenueSettings
from tradewind.execution.venue.simulated import SimulatedVenue
from tradewind.risk.last_look import LastLook, LastLookSettings

CALM = (100.0, 101.0, 99.0, 100.0)


@pytest.fixture
def make_guarded(instruments):
    def make():
        venue = SimulatedVenue(instruments, VenueSettings(volume_share=0.1))
        gate = LastLook(instruments, LastLookSettings(), cash={"USD": 50_000.0}, base_currency="USD")
        return GuardedBroker(venue, gate)

    return make


def test_an_order_beyond_the_equity_is_rejected_before_the_venue(make_guarded, make_order, make_bar):
    broker = make_guarded()
    broker.on_market(make_bar(1, CALM))
    (report,) = broker.submit(make_order("big", quantity_lots=501))
    assert isinstance(report, OrderRejected)
    assert report.reason == "second gate: size: The order is worth 50100.00 of 50000.00."
    (report,) = broker.submit(make_order("fits", quantity_lots=500))
    assert isinstance(report, OrderAccepted)
    assert [r.client_order_id for r in broker.on_market(make_bar(2, CALM))] == ["fits"]
    assert broker.cancel("big") == ()


def test_an_id_that_was_used_is_refused_by_name(make_guarded, make_order, make_bar):
    """The engine hears a rejection instead of waiting for ever for an answer that nobody gives."""
    broker = make_guarded()
    broker.on_market(make_bar(1, CALM))
    broker.submit(make_order("one"))
    broker.on_market(make_bar(2, CALM))
    (report,) = broker.submit(make_order("one", ts_decided=2 * NS_PER_DAY))
    assert "one was sent already" in report.reason


def test_without_a_price_nothing_opens(make_guarded, make_order):
    (report,) = make_guarded().submit(make_order())
    assert report.reason.startswith("second gate: price: ")


def test_both_are_rebuilt_and_restored_together(make_guarded, make_order, make_bar):
    whole, records = make_guarded(), []
    for event in (
        make_bar(1, CALM),
        OrderRequested(ts_event=NS_PER_DAY, order=make_order("a", quantity_lots=300)),
        OrderRequested(ts_event=NS_PER_DAY, order=make_order("b", quantity_lots=900)),
        make_bar(2, CALM, volume=1_000.0),
    ):
        if isinstance(event, OrderRequested):
            records += [event, *whole.submit(event.order)]
        else:
            records += [*whole.on_market(event), event]
    again = make_guarded()
    again.rebuild(records)
    assert again.reconcile(0) == ()
    assert again.snapshot() == whole.snapshot()
    third = make_guarded()
    third.restore(whole.snapshot())
    bar = make_bar(3, CALM, volume=1_000.0)
    assert third.on_market(bar) == whole.on_market(bar) != []
    assert third.snapshot() == whole.snapshot()
