"""Why an order exists, or why there is none: in words and numbers, from the journal alone.

Records are tied together by ``client_order_id`` (order and reports), ``decision_id`` (order and decision) and
``cause`` (a decision and the input that led to it).
"""

from tradewind.core.decisions import BreakerTripped, OrderRefused, OrderRequested
from tradewind.core.errors import JournalError
from tradewind.core.events import Command, Record
from tradewind.core.instruments import Instrument, class_group
from tradewind.core.orders import Order
from tradewind.views.explanation import story_before
from tradewind.views.explanation.context import context_of, find_decision
from tradewind.views.explanation.look_back import KindReader, last_of_kind
from tradewind.views.explanation.steps import Explanation, Step
from tradewind.views.explanation.story_after import what_happened
from tradewind.views.operators import NameOf, by_key

__all__ = ["Explanation", "explain_order"]


def explain_order(reader: KindReader, client_order_id: str, name_of: NameOf = by_key) -> Explanation:
    """Everything that led to an order, and what then happened to it.

    Works for an order that left and for one that a limit refused. ``name_of`` tells who is behind a sealed
    field.

    Raises
    ------
    JournalError
        The journal holds no order of that id.
    """
    end = reader.last_seq() + 1
    found = _find_order(reader, client_order_id, end)
    if found is None:
        message = f"The journal holds no order {client_order_id!r}."
        raise JournalError(message, "List the orders there are with: tradewind orders.")
    record, order = found
    # Orders that close a position by command or breaker are their own decision.
    own = order.decision_id == client_order_id
    decision = None if own else find_decision(reader, order.decision_id, record.seq)
    context = context_of(reader, order.instrument_id, decision, record.seq)
    steps = story_before.steps_before(context)
    if decision is None:
        steps.append(_set_off_by(reader, record, order, context.instrument, name_of))
    if isinstance(record.event, OrderRefused):
        steps.append(story_before.refused(record.seq, record.event, context.instrument))
        outcome = f"It was refused by {record.event.refusal.rule} and never left."
    else:
        story = what_happened(reader, record, order, context.instrument, end)
        steps += story.steps
        outcome = story.outcome
    return Explanation(
        title=f"Why order {client_order_id} exists",
        summary=f"{story_before.order_words(order, context.instrument)}. {outcome}",
        instrument_id=order.instrument_id,
        client_order_id=client_order_id,
        decision_id=order.decision_id,
        steps=tuple(steps),
    )


def _find_order(reader: KindReader, client_order_id: str, end: int) -> tuple[Record, Order] | None:
    for record in reader.read_key(client_order_id, OrderRequested, OrderRefused, stop=end, newest_first=True):
        event = record.event
        if (
            isinstance(event, OrderRequested | OrderRefused)
            and event.order.client_order_id == client_order_id
        ):
            return record, event.order
    return None


def _set_off_by(
    reader: KindReader, record: Record, order: Order, instrument: Instrument, name_of: NameOf
) -> Step:
    """The command or breaker behind an order that no decision asked for."""
    group = class_group(instrument.asset_class)
    covered = ("", order.instrument_id, order.strategy, group)
    cause = next(iter(reader.read(record.cause, record.cause + 1)), None) if record.cause else None

    def closes(candidate: Record) -> bool:
        event = candidate.event
        return (
            isinstance(event, BreakerTripped)
            and event.action in ("close", "liquidate")
            and event.scope_key in covered
        )

    if cause is not None and isinstance(cause.event, Command):
        return story_before.commanded(cause.seq, cause.event, name_of)
    return story_before.without_decision(last_of_kind(reader, record.seq, closes, BreakerTripped))
