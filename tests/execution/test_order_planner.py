"""From targets to orders: by hand for each rule, by property for where it must end."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.book import Book, Ledger, Position
from tradewind.core.decisions import CancelRequested, DecisionMade, OrderRefused, OrderRequested
from tradewind.core.errors import ConfigError, OrderError
from tradewind.core.orders import OrderType, Side, Working
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.execution.planner import PlannerSettings, client_order_id, orders_for_target

NOW = 5 * NS_PER_DAY


def decide(target, instrument_id="AAPL.SIM", outcome="trade", decision_id="d-7"):
    return DecisionMade(
        ts_event=NOW,
        decision_id=decision_id,
        strategy="trend",
        instrument_id=instrument_id,
        outcome=outcome,
        reason="test",
        target_lots=target,
    )


@pytest.fixture(scope="module")
def book_with(instruments, make_order):
    def make(held=0, orders=(), instrument_id="AAPL.SIM", mark=10_000):
        book = Book(base_currency="USD", instruments=instruments, accounts={"main": {"USD": Ledger()}})
        position = Position(instrument_id=instrument_id, strategy="trend", quantity_lots=held)
        book.positions[position.key] = position
        if mark:
            book.mark_ticks[instrument_id] = mark
        for number, changes in enumerate(orders):
            filled = changes.pop("filled", 0)
            order = make_order(
                f"old-{number}", strategy="trend", **({"instrument_id": instrument_id} | changes)
            )
            book.open_orders[order.client_order_id] = Working(order=order, filled_lots=filled)
        return book

    return make


def told(planned):
    """Planned events in short: cancels by id, orders as signed lots with an r where they only reduce."""
    short = []
    for event in planned:
        if isinstance(event, CancelRequested):
            short.append(f"cancel {event.client_order_id}")
        else:
            order = event.order
            refused = "refused " if isinstance(event, OrderRefused) else ""
            short.append(f"{refused}{order.signed_lots:+d}{'r' if order.reduce_only else ''}")
    return short


BUY, SELL = Side.BUY, Side.SELL


@pytest.mark.parametrize(
    ("held", "orders", "target", "expected"),
    [
        (0, [], 100, ["+100"]),
        (100, [], 100, []),
        (100, [], 250, ["+150"]),
        (100, [], 40, ["-60r"]),
        (100, [], 0, ["-100r"]),
        (-100, [], 0, ["+100r"]),
        (100, [], -50, ["-100r", "-50"]),
        (-100, [], 50, ["+100r", "+50"]),
        # What is on its way counts, partly filled orders with what is left of them.
        (0, [{"side": BUY, "quantity_lots": 60}], 100, ["+40"]),
        (20, [{"side": BUY, "quantity_lots": 100, "filled": 20}], 100, []),
        (100, [{"side": SELL, "quantity_lots": 100, "reduce_only": True}], -50, ["-50"]),
        # Stale orders go; what would open waits until they are gone, what closes does not.
        (0, [{"side": BUY, "quantity_lots": 60}], 30, ["cancel old-0"]),
        (100, [{"side": BUY, "quantity_lots": 60}], 0, ["cancel old-0", "-100r"]),
        (100, [{"side": BUY, "quantity_lots": 60}], -50, ["cancel old-0", "-100r"]),
        (50, [{"side": BUY, "quantity_lots": 60}], 50, ["cancel old-0"]),
        (0, [{"side": BUY, "order_type": OrderType.LIMIT, "limit_price_ticks": 9}], 100, ["cancel old-0"]),
    ],
)
def test_orders_for_a_target(book_with, instruments, held, orders, target, expected):
    book = book_with(held, [dict(order) for order in orders])
    assert told(orders_for_target(book, decide(target), instruments["AAPL.SIM"])) == expected


STOP = {"side": SELL, "order_type": OrderType.STOP, "stop_price_ticks": 9_000, "reduce_only": True}


@pytest.mark.parametrize(
    ("target", "expected"),
    [(150, ["+50"]), (60, ["-40r"]), (0, ["cancel old-0", "-100r"]), (-5, ["cancel old-0", "-100r", "-5"])],
)
def test_a_protective_stop_stays_until_its_position_is_left(book_with, instruments, target, expected):
    book = book_with(100, [dict(STOP)])
    assert told(orders_for_target(book, decide(target), instruments["AAPL.SIM"])) == expected


def test_a_short_takes_its_stop_along_when_it_is_closed(book_with, instruments):
    book = book_with(-100, [dict(STOP) | {"side": BUY}])
    assert told(orders_for_target(book, decide(0), instruments["AAPL.SIM"])) == ["cancel old-0", "+100r"]


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        ("never", ["cancel old-0", "-100r", "-50"]),
        ("opening", ["cancel old-0", "-100r"]),
        ("always", ["cancel old-0"]),
    ],
)
def test_what_waits_for_cancels(book_with, instruments, waits, expected):
    book = book_with(100, [{"side": BUY, "quantity_lots": 60}])
    settings = PlannerSettings(wait_for_cancels=waits)
    assert told(orders_for_target(book, decide(-50), instruments["AAPL.SIM"], settings)) == expected


def test_a_broker_that_holds_shares_frees_them_before_the_close(book_with, instruments):
    book = book_with(100, [dict(STOP)])
    settings = PlannerSettings(wait_for_cancels="always")
    assert told(orders_for_target(book, decide(0), instruments["AAPL.SIM"], settings)) == ["cancel old-0"]


def test_spot_is_closed_and_the_short_refused(book_with, instruments):
    book = book_with(100, instrument_id="BTC/USDT.SIM")
    planned = orders_for_target(book, decide(-50, "BTC/USDT.SIM"), instruments["BTC/USDT.SIM"])
    assert told(planned) == ["-100r", "refused -50"]
    assert planned[1].refusal.rule == "shorting"
    assert planned[0].order.client_order_id != planned[1].order.client_order_id


def test_what_is_only_watched_is_refused(book_with, instruments):
    index = msgspec.structs.replace(instruments["AAPL.SIM"], tradable=False)
    (refused,) = orders_for_target(book_with(), decide(10), index)
    assert refused.refusal.rule == "tradable"


@pytest.mark.parametrize(
    ("held", "target", "expected"),
    [
        (100, 109, []),
        (100, 112, ["+12"]),
        (100, 91, []),
        (5, 0, ["-5r"]),
        (0, 3, ["+3"]),
        (100, 89, ["-11r"]),
    ],
)
def test_the_no_trade_band_holds_back_small_changes_only(book_with, instruments, held, target, expected):
    settings = PlannerSettings(no_trade_band_pct=10.0)
    planned = orders_for_target(book_with(held), decide(target), instruments["AAPL.SIM"], settings)
    assert told(planned) == expected


@pytest.mark.parametrize(("held", "target", "expected"), [(0, 9, []), (0, 10, ["+10"]), (9, 0, ["-9r"])])
def test_small_orders_are_not_sent_but_to_close(book_with, instruments, held, target, expected):
    settings = PlannerSettings(minimum_notional_e8=1_000 * 10**8)
    planned = orders_for_target(book_with(held), decide(target), instruments["AAPL.SIM"], settings)
    assert told(planned) == expected


def test_a_reversal_in_one_order_where_configured(book_with, instruments):
    settings = PlannerSettings(split_reversals=False)
    assert told(orders_for_target(book_with(100), decide(-50), instruments["AAPL.SIM"], settings)) == ["-150"]


def test_patient_orders_open_at_a_limit_and_are_kept_while_the_price_stands(book_with, instruments):
    settings = PlannerSettings(order_type=OrderType.LIMIT, limit_offset_bps=10.0)
    (event,) = orders_for_target(book_with(), decide(100), instruments["AAPL.SIM"], settings)
    assert (event.order.order_type, event.order.limit_price_ticks) == (OrderType.LIMIT, 9_990)
    (short,) = orders_for_target(book_with(), decide(-100), instruments["AAPL.SIM"], settings)
    assert short.order.limit_price_ticks == 10_010
    (close,) = orders_for_target(book_with(100), decide(0), instruments["AAPL.SIM"], settings)
    assert close.order.order_type is OrderType.MARKET
    resting = {"side": BUY, "order_type": OrderType.LIMIT, "limit_price_ticks": 9_990}
    for mark, expected in ((10_000, []), (10_100, ["cancel old-0"])):
        book = book_with(0, [dict(resting)], mark=mark)
        assert told(orders_for_target(book, decide(100), instruments["AAPL.SIM"], settings)) == expected


def test_a_limit_without_a_price_to_set_it_by_is_an_error(book_with, instruments):
    settings = PlannerSettings(order_type=OrderType.LIMIT)
    with pytest.raises(OrderError, match="no price yet"):
        orders_for_target(book_with(mark=0), decide(100), instruments["AAPL.SIM"], settings)


@pytest.mark.parametrize("outcome", ["hold", "blocked"])
def test_other_outcomes_plan_nothing(book_with, instruments, outcome):
    book = book_with(100, [{"side": BUY}])
    assert orders_for_target(book, decide(0, outcome=outcome), instruments["AAPL.SIM"]) == ()


def test_an_order_carries_its_decision(book_with, instruments):
    (event,) = orders_for_target(book_with(), decide(100), instruments["AAPL.SIM"], counter=3)
    assert isinstance(event, OrderRequested)
    assert event.ts_event == event.order.ts_decided == NOW
    assert (event.order.decision_id, event.order.strategy) == ("d-7", "trend")
    assert event.order.client_order_id == "d-7-3"


@given(st.text(max_size=80), st.text(max_size=80), st.integers(0, 99), st.integers(0, 99))
def test_ids_are_short_safe_and_one_to_one(first, second, one, two):
    ids = client_order_id(first, one), client_order_id(second, two)
    assert all(len(i) <= 36 and i.isascii() and " " not in i for i in ids)
    assert client_order_id(first, one) == ids[0]
    if first == second:
        assert (ids[0] == ids[1]) == (one == two)


@given(
    st.integers(-300, 300),
    st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 200)), max_size=4),
    st.integers(-300, 300),
)
def test_when_all_fills_the_target_is_held(instruments, book_with, held, orders, target):
    book = book_with(held, [{"side": side, "quantity_lots": lots} for side, lots in orders])
    settings = PlannerSettings(wait_for_cancels="never")
    planned = orders_for_target(book, decide(target), instruments["AAPL.SIM"], settings)
    gone = {event.client_order_id for event in planned if isinstance(event, CancelRequested)}
    position = held + sum(state.order.signed_lots for i, state in book.open_orders.items() if i not in gone)
    for event in planned:
        if isinstance(event, OrderRequested):
            if event.order.reduce_only:
                assert abs(position + event.order.signed_lots) < abs(position)
                assert (position + event.order.signed_lots) * position >= 0
            position += event.order.signed_lots
    assert position == target
    assert orders_for_target(book, decide(target), instruments["AAPL.SIM"], settings) == planned


@pytest.mark.parametrize(
    "wrong",
    [
        {"order_type": OrderType.STOP},
        {"limit_offset_bps": -1.0},
        {"no_trade_band_pct": 100.0},
        {"minimum_notional_e8": -1},
        {"wait_for_cancels": "maybe"},
    ],
)
def test_planner_settings_out_of_range_are_refused_by_name(wrong):
    (name,) = wrong
    with pytest.raises(ConfigError, match=name):
        PlannerSettings(**wrong)
