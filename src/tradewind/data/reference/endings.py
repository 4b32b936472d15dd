"""Ends as events of a session: what is held is paid out or becomes other shares; orders leave the book."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

from tradewind.core import accounts
from tradewind.core.instruments import Instrument
from tradewind.core.panel import BarColumns
from tradewind.core.vocabulary import ActionKind
from tradewind.data.reference.facts import ENDS, LAST_CLOSE, Fact, FactKind
from tradewind.data.reference.share_terms import exchange_event


def ending_of(
    facts: Iterable[Fact], instrument: Instrument, as_traded: BarColumns
) -> accounts.CorporateAction | None:
    """The end of an instrument's trading as an event; None where nothing is known of one, or it goes on.

    A delisting comes when it takes effect, after the last bar before it; a merger no earlier than it is
    known. ``as_traded`` are the bars as they were paid; ``last`` is the newest close among them that is not
    after the end, on the instrument's grid.
    """
    ended = [fact for fact in facts if fact.kind in ENDS]
    if not ended or not len(as_traded):
        return None
    fact = max(ended, key=lambda f: (f.known_ns, f.effective_ns))
    if fact.kind is FactKind.MERGED:
        return exchange_event(fact)
    before = as_traded.between(0, fact.effective_ns + 1)
    if not len(before):
        return None
    amount = fact.value
    if amount == LAST_CLOSE:
        tick = Decimal(instrument.tick_size)
        close = Decimal(repr(float(before.close[-1])))
        ticks = (close / tick).to_integral_value(rounding=ROUND_HALF_EVEN)
        amount = f"{(ticks * tick).quantize(tick):f}"
    return accounts.CorporateAction(
        ts_event=fact.effective_ns,
        instrument_id=instrument.id,
        kind=ActionKind.DELISTING,
        amount=amount,
        source=fact.source,
    )
