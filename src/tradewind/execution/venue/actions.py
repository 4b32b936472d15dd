"""Corporate actions at the venue: what they do to positions and resting orders.

A split turns the quantity of an order like a holding and its prices the other way, rounded as exchanges round
open orders (after FINRA Rule 5330: to the next lower price for buys, the next higher for sells), so that no
order trades at a price that its owner did not give. An order that is left with less than a lot, or with a
price that the market cannot have, is canceled. (Exchanges cancel all open orders at a *reverse* split; here
they are adjusted too, and a reader of the journal sees each.) A cash dividend leaves orders as they are, as
orders marked *do not reduce*, and so does a spin-off. A delisting and a merger take all orders off the book.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction

from tradewind.core.accounts import CorporateAction, split_lots, split_ticks
from tradewind.core.book import PositionKey
from tradewind.core.errors import DataError
from tradewind.core.exchanges import EXCHANGES, exchanged_lots, require_exchange
from tradewind.core.instruments import Instrument
from tradewind.core.orders import BrokerReport
from tradewind.core.vocabulary import ActionKind
from tradewind.execution.venue.book import VenueBook, replaced
from tradewind.execution.venue.groups import cancel
from tradewind.execution.venue.resting import Resting


def carry_out(
    book: VenueBook, action: CorporateAction, instruments: Mapping[str, Instrument], *, signed_prices: bool
) -> list[BrokerReport]:
    """Adjust the venue's positions and orders; reports of every order that is changed or gone.

    Terms that make no sense change nothing: the loop hears the same action and says what is wrong with it.
    """
    reports: list[BrokerReport] = []
    if action.kind is ActionKind.DELISTING:
        _set_positions(book, action.instrument_id, lambda lots: 0)
        _cancel_all(book, action, f"{action.instrument_id} was delisted", reports)
    elif action.kind in EXCHANGES:
        if _exchange(book, action, instruments) and action.kind is ActionKind.MERGER:
            into = f" into {action.into}" if action.into else ""
            _cancel_all(book, action, f"{action.instrument_id} was merged{into}", reports)
    elif action.kind is ActionKind.SPLIT and action.numerator > 0 and action.denominator > 0:
        _set_positions(book, action.instrument_id, lambda lots: split_lots(lots, action)[0])
        for resting in list(book.orders(action.instrument_id).values()):
            if book.find(resting.order.client_order_id) is resting:
                _split_order(book, resting, action, signed_prices, reports)
    return reports


def split_order_ticks(ticks: int, side: int, action: CorporateAction) -> int:
    """A resting order's price after a split: the next lower tick to buy, the next higher to sell."""
    exact = Fraction(ticks * action.denominator, action.numerator)
    return exact.__floor__() if side > 0 else exact.__ceil__()


def _exchange(book: VenueBook, action: CorporateAction, instruments: Mapping[str, Instrument]) -> bool:
    """New shares for the old ones, or beside them; False where the terms make no sense."""
    old, new = instruments[action.instrument_id], instruments.get(action.into)
    if action.into and new is None:
        return False
    try:
        require_exchange(action, old, new)
    except DataError:
        return False
    positions = book.state.positions
    for own, lots in list(positions.items()):
        if own.instrument_id != old.id or not lots:
            continue
        if action.kind is ActionKind.MERGER:
            positions[own] = 0
        if new is not None:
            joined = PositionKey(own.account, own.strategy, new.id)
            positions[joined] = positions.get(joined, 0) + exchanged_lots(lots, action, old, new)[0]
    return True


def _cancel_all(book: VenueBook, action: CorporateAction, reason: str, reports: list[BrokerReport]) -> None:
    for resting in list(book.orders(action.instrument_id).values()):
        if book.find(resting.order.client_order_id) is resting:
            cancel(book, resting, action.ts_event, reason, reports)


def _set_positions(book: VenueBook, instrument_id: str, changed: Callable[[int], int]) -> None:
    positions = book.state.positions
    for own, lots in list(positions.items()):
        if own.instrument_id == instrument_id:
            positions[own] = changed(lots)


def _split_order(
    book: VenueBook,
    resting: Resting,
    action: CorporateAction,
    signed_prices: bool,
    reports: list[BrokerReport],
) -> None:
    reason = f"{action.instrument_id} was split {action.numerator}:{action.denominator}"
    lots = split_lots(resting.remaining_lots, action)[0]
    limit, stop = (
        None if ticks is None else split_order_ticks(ticks, resting.side, action)
        for ticks in (resting.limit_ticks, resting.stop_ticks)
    )
    resting.filled_lots = split_lots(resting.filled_lots, action)[0]
    resting.yielded_lots = split_lots(resting.yielded_lots, action)[0]
    impossible = [ticks for ticks in (limit, stop) if ticks is not None and ticks < 1 and not signed_prices]
    if lots == 0 or impossible:
        left = f"a price of {impossible[0]} ticks" if impossible else "less than a lot"
        cancel(book, resting, action.ts_event, f"{reason}, which leaves {left}", reports)
        return
    resting.remaining_lots, resting.limit_ticks, resting.stop_ticks = lots, limit, stop
    if resting.arrival_ticks is not None:
        resting.arrival_ticks = split_ticks(resting.arrival_ticks, action)
    reports.append(replaced(resting, action.ts_event, reason))
