"""Everything that changes the venue server's state, as records: state is what they lead to, in order."""

import msgspec

from tradewind.core.errors import TradewindError
from tradewind.execution.venue_server.orders import Asked


class Input(msgspec.Struct, frozen=True, kw_only=True, tag_field="input"):
    """Root of the inputs; ``ts_ns`` is the rehearsal's time at which it came."""

    ts_ns: int


class Advanced(Input, frozen=True, kw_only=True, tag="advanced"):
    """The tape has moved on to step ``to``."""

    to: int


class Placed(Input, frozen=True, kw_only=True, tag="placed"):
    """A request of one order, or of several that hang together, the parent first.

    ``part`` below 1 is a fault: no more than this part of the first order can be had at once.
    """

    orders: tuple[Asked, ...]
    part: float = 1.0


class CancelAsked(Input, frozen=True, kw_only=True, tag="cancel_asked"):
    """Orders to cancel, by number. With ``races`` (a fault) the market trades at their prices first."""

    numbers: tuple[int, ...]
    races: bool = False


class ReplaceAsked(Input, frozen=True, kw_only=True, tag="replace_asked"):
    """An open order becomes another one."""

    number: int
    asked: Asked


class HaltSet(Input, frozen=True, kw_only=True, tag="halt_set"):
    """Trading in an instrument is halted until a moment, or goes on if that has passed; None: without end."""

    instrument_id: str
    until_ns: int | None = None


AnyInput = Advanced | Placed | CancelAsked | ReplaceAsked | HaltSet


class RefusedError(TradewindError):
    """A request that the venue does not take; ``kind`` is what the protocols have codes for.

    ``duplicate``, ``funds``, ``quantity`` (more than is available), ``unknown`` (no such order), ``ended``
    (it is no longer open), ``invalid``.
    """

    def __init__(self, kind: str, message: str, **facts: str) -> None:
        super().__init__(message, "Correct the request.")
        self.kind = kind
        self.facts = facts
