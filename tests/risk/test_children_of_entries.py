"""Whatever a strategy sends as children of an entry, they end no position on the other side of zero.

The venue here is the worst one: it keeps no reduce-only order from opening, and fills in any order. It does
what every venue that takes brackets does: children wait for their entry, and cancel others of their group.
"""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_books import ALL, NOON, make_book, make_order, put_open

from tradewind.core.decisions import APPROVED, Refused
from tradewind.core.orders import AnyOrderState, Order, OrderFilled, OrderType, Pending, advance_order
from tradewind.core.vocabulary import Contingency
from tradewind.risk.gate import RuleGate
from tradewind.risk.last_look import LastLook, LastLookSettings

AAPL = "AAPL.SIM"
WIDE = LastLookSettings(max_order_notional=1e9, max_instrument_notional=1e9)


def child(signed: int, name: str, group: str = "", parent: str = "entry") -> Order:
    return make_order(
        AAPL,
        signed,
        client_order_id=name,
        reduce_only=True,
        contingency=Contingency.OTO,
        parent_id=parent,
        group_id=group,
        order_type=OrderType.STOP,
        stop_price_ticks=16_000 if signed < 0 else 18_000,
    )


def second_gate() -> LastLook:
    look = LastLook(ALL, WIDE)
    look.saw_price(AAPL, 170.0, NOON)
    return look


def fill(order: Order, lots: int, number: int) -> OrderFilled:
    return OrderFilled(
        ts_event=NOON, client_order_id=order.client_order_id, instrument_id=AAPL, trade_id=f"t{number}",
        side=order.side, quantity_lots=lots, price_ticks=17_000,
    )  # fmt: skip


def rule_of(verdict: object) -> str:
    return verdict.rule if isinstance(verdict, Refused) else "approved"


def test_a_bracket_passes_both_gates_before_anything_is_held() -> None:
    gate, look, book = RuleGate(ALL), second_gate(), make_book()
    for order in (
        make_order(AAPL, 100, client_order_id="entry"),
        child(-100, "stop", "exit"),
        child(-100, "target", "exit"),
    ):
        assert gate.check(order, book) is APPROVED
        assert rule_of(look.check(order, NOON)) == "approved"
        put_open(book, order)
    for order in (child(-1, "more"), child(-101, "large", "exit"), child(1, "same side", "exit")):
        assert rule_of(gate.check(order, book)) == "reduce_only"
        assert rule_of(look.check(order, NOON)) == "last_look_reduce_only"


def test_what_only_closes_is_nobody_s_entry() -> None:
    gate, look, book = RuleGate(ALL), second_gate(), make_book(held={AAPL: 100})
    look.saw_position(AAPL, 100)
    close = make_order(AAPL, -100, client_order_id="entry", reduce_only=True)
    assert rule_of(look.check(close, NOON)) == "approved"
    put_open(book, close)
    assert rule_of(gate.check(child(100, "stop"), book)) == "reduce_only"
    assert rule_of(look.check(child(100, "stop"), NOON)) == "last_look_parent"


def test_a_reduce_only_order_without_a_position_never_passes_the_second_gate() -> None:
    look = second_gate()
    assert rule_of(look.check(make_order(AAPL, -5, reduce_only=True), NOON)) == "last_look_reduce_only"


class WorstVenue:
    """Entry and children with what is held of them; signed by the entry's side."""

    def __init__(self, look: LastLook) -> None:
        self.look, self.held, self.fills = look, 0, 0
        self.open: dict[str, AnyOrderState] = {}

    def fill(self, which: int, lots: int) -> None:
        """A fill of one of the orders that may fill now: children once their entry is gone from the book."""
        live = [
            s for s in self.open.values() if s.order.client_order_id == "entry" or "entry" not in self.open
        ]
        if not live:
            return
        state = live[which % len(live)]
        lots = min(lots, state.remaining_lots)
        self.fills += 1
        report = fill(state.order, lots, self.fills)
        self.look.saw_report(report)
        self.held += state.order.side.sign * lots
        self._enter(advance_order(state, report))
        group = state.order.group_id
        for other in [s for s in self.open.values() if group and s.order.group_id == group]:
            if other.order != state.order:
                left = max(0, other.remaining_lots - lots) + other.filled_lots
                shrunk = msgspec.structs.replace(other.order, quantity_lots=left)
                self._enter(msgspec.structs.replace(other, order=shrunk))

    def _enter(self, state: AnyOrderState) -> None:
        self.open[state.order.client_order_id] = state
        if state.remaining_lots == 0:
            del self.open[state.order.client_order_id]


wanted = st.lists(st.tuples(st.integers(1, 12), st.sampled_from(["", "a", "b"])), min_size=1, max_size=6)
steps = st.lists(st.tuples(st.integers(0, 7), st.integers(1, 12)), max_size=30)


@settings(max_examples=300, deadline=None)
@given(
    sign=st.sampled_from([1, -1]), lots=st.integers(1, 12), wanted=wanted, steps=steps, second=st.booleans()
)
def test_children_never_end_on_the_other_side(
    sign: int, lots: int, wanted: list[tuple[int, str]], steps: list[tuple[int, int]], second: bool
) -> None:
    """Each gate alone keeps it so; the second one stands up from its snapshot before each order."""
    gate, look, book = RuleGate(ALL, rules=["reduce_only"]), second_gate(), make_book()
    entry = make_order(AAPL, sign * lots, client_order_id="entry")
    orders = [entry, *(child(-sign * n, f"c{k}", group) for k, (n, group) in enumerate(wanted))]
    sent = []
    for order in orders:
        kept, look = look.snapshot(), second_gate()
        look.restore(kept)
        verdict = look.check(order, NOON) if second else gate.check(order, book)
        if rule_of(verdict) == "approved":
            sent.append(order)
            put_open(book, order)
    venue = WorstVenue(look)
    venue.open = {order.client_order_id: Pending(order=order) for order in sent}
    for which, n in steps:
        venue.fill(which, n)
        assert sign * venue.held >= 0
