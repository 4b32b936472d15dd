"""Orders and fills of a journal's last session, from the journal alone."""

from dataclasses import dataclass
from itertools import chain

from tradewind.app.session.journals import session_instrument
from tradewind.core.decisions import OrderRefused, OrderRequested
from tradewind.core.errors import ConfigError
from tradewind.core.events import SessionStarted
from tradewind.core.journal_ports import JournalReader
from tradewind.core.orders import (
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
)
from tradewind.views.rows import Kept, OrderRow, RefusalRow
from tradewind.views.session.view import SessionView

_KINDS = (
    SessionStarted,
    OrderRequested,
    OrderRefused,
    OrderAccepted,
    OrderRejected,
    OrderFilled,
    OrderCanceled,
    OrderExpired,
)


@dataclass(frozen=True)
class OrdersShown:
    """Orders newest first, and orders that a limit stood against. The counts are of the whole session."""

    session_id: str
    orders: tuple[OrderRow, ...]
    refusals: tuple[RefusalRow, ...]
    sent: int
    filled: int
    refused: int


def orders_of(reader: JournalReader, symbol: str = "", limit: int = 50) -> OrdersShown:
    """The newest ``limit`` orders and refusals of the last session, of one symbol or of all.

    Raises
    ------
    UnknownSymbolError
        The session does not know the symbol.
    """
    if limit < 1:
        message = f"{limit} orders cannot be shown."
        raise ConfigError(message, "Give --limit 1 or more.")
    wanted = session_instrument(reader, symbol).id if symbol else ""
    kept = max(reader.last_seq(), 1)  # all of them, until the newest are chosen
    view = SessionView(Kept(decisions=1, closed_orders=kept, refusals=kept, notices=1), curve_points=2)
    view.apply_all(reader.read_kind(*_KINDS))
    seen = view.changes()
    every = sorted(chain(seen.open_orders or (), seen.closed_orders), key=lambda row: -row.requested_seq)
    return OrdersShown(
        session_id=view.session_id,
        orders=tuple(row for row in every if wanted in ("", row.instrument_id))[:limit],
        refusals=tuple(row for row in seen.refusals if wanted in ("", row.instrument_id))[:limit],
        sent=seen.counters.orders,
        filled=seen.counters.fills,
        refused=seen.counters.refused,
    )
