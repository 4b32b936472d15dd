"""The order state machine against any sequence of reports: what a broker says late, twice and out of turn.

An independent account of the order is kept beside it in plain numbers; the two may never differ.
"""

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tradewind.core.errors import OrderError
from tradewind.core.orders import (
    AnyOrderState,
    BrokerReport,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    Pending,
    Side,
    SubmissionUnknown,
    advance_order,
)

ENDS = {"Filled", "Canceled", "Expired", "Rejected"}


class AnyReports(RuleBasedStateMachine):
    """An order of some lots; ``name``, ``ordered`` and ``filled`` say what it must be now."""

    @initialize(lots=st.integers(1, 20))
    def sent(self, lots: int) -> None:
        """An order leaves."""
        order = Order(
            client_order_id="o", decision_id="d", strategy="s", instrument_id="A.SIM",
            side=Side.BUY, quantity_lots=lots,
        )  # fmt: skip
        self.state: AnyOrderState = Pending(order=order)
        self.name, self.ordered, self.filled = "Pending", lots, 0
        self.booked = 0
        """Lots of all fills that were taken: what a book would hold."""
        self.corrected = 0
        """Lots by which replacements have changed what counts as filled."""

    def hear(self, kind: type[BrokerReport], becomes: str, **fields: object) -> bool:
        """Take a report that leads to ``becomes``; empty where it must be refused and change nothing."""
        report = kind(ts_event=1, client_order_id="o", instrument_id="A.SIM", **fields)  # type: ignore[arg-type]
        before = msgspec.msgpack.encode(self.state)
        if not becomes:
            with pytest.raises(OrderError, match="cannot follow"):
                advance_order(self.state, report)
            assert msgspec.msgpack.encode(self.state) == before
            return False
        self.state, self.name = advance_order(self.state, report), becomes
        return True

    @rule()
    def accepted(self) -> None:
        """The venue has it; said twice, it is no news."""
        self.hear(OrderAccepted, "" if self.name in ENDS else "Working")

    @rule(lots=st.integers(-1, 25))
    def fill(self, lots: int) -> None:
        """A fill, perhaps before the acknowledgement, after a cancel was asked for, or of too much."""
        fits = self.name not in ENDS and 0 < lots <= self.ordered - self.filled
        becomes = "" if not fits else "Filled" if self.filled + lots == self.ordered else "Working"
        fields = {"trade_id": "t", "side": Side.BUY, "quantity_lots": lots, "price_ticks": 100}
        if self.hear(OrderFilled, becomes, **fields):
            self.filled += lots
            self.booked += lots

    @rule(kind=st.sampled_from([OrderCanceled, OrderExpired]))
    def ended(self, kind: type[BrokerReport]) -> None:
        """A cancel, or the end of its time: it may have lost the race against the last fill."""
        self.hear(kind, "" if self.name in ENDS else kind.__name__.removeprefix("Order"))

    @rule()
    def rejected(self) -> None:
        """Only what nobody has answered and nothing has filled can be rejected."""
        open_to_it = self.name in ("Pending", "Unknown") and self.filled == 0
        self.hear(OrderRejected, "Rejected" if open_to_it else "", reason="no")

    @rule()
    def unanswered(self) -> None:
        """Nobody knows whether the venue has it: said only of what is on its way."""
        self.hear(SubmissionUnknown, "Unknown" if self.name == "Pending" else "", reason="timeout")

    @rule(lots=st.integers(0, 25), filled=st.integers(-1, 25))
    def replaced(self, lots: int, filled: int) -> None:
        """A replacement or a correction: the whole order's quantity, and what counts as filled of it."""
        fits = self.name not in ENDS and 0 <= filled < lots
        if self.hear(OrderReplaced, "Working" if fits else "", quantity_lots=lots, filled_lots=filled):
            self.corrected += filled - self.filled
            self.ordered, self.filled = lots, filled

    @invariant()
    def quantities_are_conserved(self) -> None:
        """Ordered is filled and remaining; filled is what was booked, but for what replacements say."""
        state = self.state
        assert type(state).__name__ == self.name
        assert (state.order.quantity_lots, state.filled_lots) == (self.ordered, self.filled)
        assert state.filled_lots + state.remaining_lots == state.order.quantity_lots
        assert state.filled_lots == self.booked + self.corrected
        assert 0 <= state.filled_lots <= state.order.quantity_lots
        assert (self.name == "Filled") == (state.remaining_lots == 0)
        assert self.name != "Rejected" or self.filled == 0


TestAnyReports = AnyReports.TestCase
TestAnyReports.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
