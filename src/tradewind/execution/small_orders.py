"""Planned orders that the venue would refuse as too small never leave; where it matters, the plan says so.

What a venue asks of an order at least, it asks of stops and targets too. So an entry whose stop or target
would be too small is refused as a whole: the position would stand unprotected. What would protect a position
that has itself become too small is left out; that is said where the decision trades, not with each bar.
"""

from collections.abc import Sequence

from tradewind.core.decisions import CancelRequested, DecisionMade, OrderRefused, OrderRequested, Refused
from tradewind.core.instruments import Instrument
from tradewind.core.minimum_notional import order_below_minimum
from tradewind.core.vocabulary import Outcome

Planned = OrderRequested | CancelRequested | OrderRefused


def sent_or_refused(
    made: OrderRequested, instrument: Instrument, mark_ticks: int | None, *, says: bool
) -> list[Planned]:
    """The order, or its refusal where it is too small; nothing at all where that need not be said."""
    small = order_below_minimum(instrument, made.order, mark_ticks)
    if small is None:
        return [made]
    return [_refused(made, small)] if says else []


def without_small(
    leaving: Sequence[Planned],
    protecting: Sequence[Planned],
    decision: DecisionMade,
    instrument: Instrument,
    mark_ticks: int | None,
) -> list[Planned]:
    """Both parts of a plan, one after the other, without what is too small and what hangs on that."""
    found: dict[str, Refused] = {}
    for event in protecting:
        if isinstance(event, OrderRequested):
            small = order_below_minimum(instrument, event.order, mark_ticks)
            if small is not None:
                found.setdefault(_hangs_on(event), small)
    if not found:
        return [*leaving, *protecting]
    says = decision.outcome in (Outcome.TRADE, Outcome.CLOSE)
    kept: list[Planned] = []
    for event in leaving:
        small = found.get(event.order.client_order_id) if isinstance(event, OrderRequested) else None
        kept.append(event if small is None else _refused(event, _of_exit(small)))  # type: ignore[arg-type]
    for event in protecting:
        small = found.get(_hangs_on(event)) if isinstance(event, OrderRequested) else None
        if small is None:
            kept.append(event)
        elif says and isinstance(event, OrderRequested) and not event.order.parent_id:
            kept.append(_refused(event, small))
    return kept


def _hangs_on(event: OrderRequested) -> str:
    """The entry that the order protects, else the group that it is sent with, else itself."""
    order = event.order
    return order.parent_id or order.group_id or order.client_order_id


def _of_exit(small: Refused) -> Refused:
    reason = f"Its stop or target could not be sent. {small.reason}"
    return Refused(rule=small.rule, reason=reason, figures=small.figures)


def _refused(made: OrderRequested, refusal: Refused) -> OrderRefused:
    return OrderRefused(ts_event=made.ts_event, order=made.order, refusal=refusal)
