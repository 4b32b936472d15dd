"""What moves money and holdings besides orders: cash, corporate actions, and what brokers say of accounts.

Events that come from outside are inputs; those that the loop makes while it carries one out (the dividend of
a corporate action on each position) are decisions with that input as their cause.
"""

from fractions import Fraction

import msgspec

from tradewind.core.market import Event
from tradewind.core.money import divide_half_even
from tradewind.core.vocabulary import ActionKind, CashReason


class CashMoved(Event, frozen=True, kw_only=True, gc=False, tag="cash_moved"):
    """Cash came (positive) or went (negative), in 1e-8 of ``currency``.

    ``strategy`` and ``instrument_id`` name the position that it belongs to, where there is one.
    ``reference`` is the broker's own id: a repeated one is ignored.
    """

    account: str
    currency: str
    amount_e8: int
    reason: CashReason
    strategy: str = ""
    instrument_id: str = ""
    reference: str = ""
    note: str = ""


class CorporateAction(Event, frozen=True, kw_only=True, gc=False, tag="corporate_action"):
    """What a company does to its shares, known at ``ts_event``, before the first trade on the new basis.

    A split turns ``denominator`` old shares into ``numerator`` new ones (4:1 is 4 and 1). A dividend pays
    ``amount`` (an exact decimal) of ``currency`` on each unit held at that moment; who is short pays it.
    A delisting pays ``amount`` for each unit and ends the position.

    A merger takes ``denominator`` old shares and gives ``numerator`` shares of the instrument ``into`` for
    them, and ``amount`` in cash for each old one; without ``into`` it gives cash alone. A spin-off gives such
    shares and takes nothing. ``into_price`` (an exact decimal in the quote currency of ``into``) is what one
    of them is worth where no price of it is known yet.
    """

    instrument_id: str
    kind: ActionKind
    numerator: int = 1
    denominator: int = 1
    amount: str = "0"
    currency: str = ""
    """Empty for the instrument's quote currency."""
    into: str = ""
    into_price: str = ""
    source: str = ""
    ts_recv: int = 0


class PositionAdjusted(Event, frozen=True, kw_only=True, gc=False, tag="position_adjusted"):
    """A corporate action changed what is held: lots before and after, and what they cost.

    ``realized_e8`` is what a merger or a spin-off realised on it, in 1e-8 of the quote currency.
    """

    account: str
    strategy: str
    instrument_id: str
    old_lots: int
    new_lots: int
    cost_e8: int
    reason: str
    realized_e8: int = 0


class TradeClosed(Event, frozen=True, kw_only=True, gc=False, tag="trade_closed"):
    """A round trip came to its end: from flat to flat, or across zero.

    ``profit_e8`` is realised profit and dividends less all its fees, in 1e-8 of the quote currency.
    ``lots`` are the most that it held, signed by its side.
    """

    account: str
    strategy: str
    instrument_id: str
    lots: int
    opened_ts: int
    profit_e8: int


class AccountSnapshot(Event, frozen=True, kw_only=True, gc=False, tag="account_snapshot"):
    """What a broker says an account holds: cash in 1e-8 by currency, signed lots by instrument.

    What differs from the book halts new entries and says where; nothing is changed by it.
    """

    account: str
    cash_e8: dict[str, int] = msgspec.field(default_factory=dict)
    positions: dict[str, int] = msgspec.field(default_factory=dict)
    cash_tolerance_e8: int = 0
    """How far cash may differ, where the broker rounds it more coarsely than the book."""
    told_ns: int = 0
    """Everything that the broker did before this moment has been told: a restart asks from there on."""
    ts_recv: int = 0


class PositionAdopted(Event, frozen=True, kw_only=True, gc=False, tag="position_adopted"):
    """A holding that came from elsewhere is given to a strategy, or fenced off with none.

    ``cost_e8`` is its signed cost in the quote currency. The holding is paid in, not bought: cash stays.
    """

    account: str
    instrument_id: str
    quantity_lots: int
    cost_e8: int
    strategy: str = ""
    """Empty: fenced off. It counts in equity and exposure, and nobody trades it."""
    reason: str = ""


def split_lots(lots: int, action: CorporateAction) -> tuple[int, Fraction]:
    """Lots after a split, rounded towards zero, and the fraction of a lot that is left for cash."""
    exact = Fraction(lots * action.numerator, action.denominator)
    whole = int(exact)
    return whole, exact - whole


def price_factor(action: CorporateAction) -> float:
    """What prices of before a split are multiplied by to stand beside those after it; volumes divided."""
    return action.denominator / action.numerator


def split_ticks(ticks: int, action: CorporateAction) -> int:
    """A price in ticks on the basis after a split, to the nearest tick, ties to even."""
    return divide_half_even(ticks * action.denominator, action.numerator)
