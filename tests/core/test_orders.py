"""The order state machine: every legal path, and a typed refusal of everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import OrderError
from tradewind.core.orders import (
    OPEN_STATES,
    BrokerReport,
    Canceled,
    Filled,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderType,
    Pending,
    Rejected,
    Side,
    Working,
    advance_order,
    validate_order,
)


def order(**changes: object) -> Order:
    fields: dict[str, object] = {
        "client_order_id": "s-1",
        "decision_id": "d-1",
        "strategy": "test",
        "instrument_id": "AAPL.XNAS",
        "side": Side.BUY,
        "quantity_lots": 10,
    }
    return Order(**(fields | changes))  # type: ignore[arg-type]


def fill(lots: int) -> OrderFilled:
    return OrderFilled(
        ts_event=1, client_order_id="s-1", instrument_id="AAPL", trade_id=f"t{lots}", side=Side.BUY,
        quantity_lots=lots, price_ticks=100,
    )  # fmt: skip


def report(kind: type[BrokerReport], **changes: object) -> BrokerReport:
    return kind(ts_event=1, client_order_id="s-1", instrument_id="AAPL", **changes)  # type: ignore[arg-type]


def test_an_order_is_filled_in_parts() -> None:
    state = advance_order(Pending(order=order()), report(OrderAccepted, venue_order_id="v"))
    state = advance_order(state, fill(4))
    assert isinstance(state, Working)
    assert (state.filled_lots, state.remaining_lots, state.venue_order_id) == (4, 6, "v")
    assert isinstance(advance_order(state, fill(6)), Filled)


def test_a_cancel_that_races_a_fill_keeps_what_was_filled() -> None:
    state = advance_order(Pending(order=order()), fill(3))
    state = advance_order(state, report(OrderCanceled, reason="asked"))
    assert isinstance(state, Canceled)
    assert state.filled_lots == 3


@pytest.mark.parametrize("lots", [0, -1, 11])
def test_a_fill_that_does_not_fit_is_refused(lots: int) -> None:
    with pytest.raises(OrderError, match="s-1"):
        advance_order(Pending(order=order()), fill(lots))


def test_an_order_that_was_partly_filled_cannot_be_rejected() -> None:
    state = advance_order(Pending(order=order()), fill(3))
    with pytest.raises(OrderError, match="OrderRejected"):
        advance_order(state, report(OrderRejected, reason="late"))


reports = st.one_of(
    st.just(report(OrderAccepted)),
    st.integers(1, 12).map(fill),
    st.just(report(OrderCanceled)),
    st.just(report(OrderExpired)),
    st.just(report(OrderRejected, reason="no")),
)


@given(st.lists(reports, max_size=12))
def test_no_path_fills_more_than_ordered_or_leaves_an_end_state(path: list[BrokerReport]) -> None:
    state = Pending(order=order())
    for step in path:
        try:
            following = advance_order(state, step)
        except OrderError:
            continue
        assert isinstance(state, OPEN_STATES)
        assert state.filled_lots <= following.filled_lots <= 10
        assert not isinstance(following, Rejected) or following.filled_lots == 0
        state = following


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"quantity_lots": 0}, "quantity_lots is 0"),
        ({"order_type": OrderType.LIMIT}, "limit_price_ticks"),
        ({"order_type": OrderType.STOP}, "stop_price_ticks"),
        ({"order_type": OrderType.LIMIT, "limit_price_ticks": -5}, "positive"),
    ],
)
def test_an_impossible_order_names_its_field(changes: dict[str, object], named: str) -> None:
    with pytest.raises(OrderError, match=named):
        validate_order(order(**changes))
