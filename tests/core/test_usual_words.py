"""Equal events have equal bytes, whichever string object says the same word."""

import msgspec
import pytest

from tradewind.core.decisions import DecisionMade, OrderRequested
from tradewind.core.events import AnyEvent, decode_event, encode_event
from tradewind.core.market import Bar
from tradewind.core.orders import Order, OrderAccepted, Side
from tradewind.core.vocabulary import Outcome


def another(word: str) -> str:
    """An equal string that is another object, as one out of a snapshot or a file is."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(word))


def order(account: str) -> Order:
    return Order(
        client_order_id="o", decision_id="d", strategy="s", instrument_id="A.X", side=Side.BUY,
        quantity_lots=1, account=account,
    )  # fmt: skip


EVENTS = {
    "bar": lambda _, frame: Bar(
        ts_event=1, instrument_id="A.X", open=1.0, high=1.0, low=1.0, close=1.0, timeframe=frame
    ),
    "report": lambda account, _: OrderAccepted(
        ts_event=1, client_order_id="o", instrument_id="A.X", account=account
    ),
    "order": lambda account, _: OrderRequested(ts_event=1, order=order(account)),
    "decision": lambda account, frame: DecisionMade(
        ts_event=1, decision_id="d", strategy="s", instrument_id="A.X", outcome=Outcome.HOLD, reason="r",
        current_lots=0, target_lots=0, account=account, timeframe=frame,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EVENTS)
def test_a_default_word_is_left_out_whichever_object_says_it(name: str) -> None:
    make = EVENTS[name]
    event: AnyEvent = make("main", "1d")
    same: AnyEvent = make(another("main"), another("1d"))
    assert same == event
    assert encode_event(same) == encode_event(event)
    assert b"main" not in encode_event(same)
    assert decode_event(encode_event(same)) == event


def test_another_word_stays() -> None:
    event = EVENTS["order"](another("second"), "")
    assert decode_event(encode_event(event)).order.account == "second"  # type: ignore[union-attr]
