"""Why there is no order: what came nearest to one, and what stood against it, from the journal alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from tradewind.core.decisions import (
    DecisionMade,
    FilterVerdict,
    InstrumentFailed,
    OrderRefused,
    OrderRequested,
)
from tradewind.core.events import Record, SessionStarted
from tradewind.core.forecasts import Forecast, ForecastFailed
from tradewind.core.market import Bar
from tradewind.views.explanation import story_before
from tradewind.views.explanation.context import context_of, find_decision
from tradewind.views.explanation.look_back import KindReader
from tradewind.views.explanation.steps import Explanation, Step


@dataclass
class _Seen:
    orders: int = 0
    decisions: int = 0
    refused: int = 0
    nearest: tuple[int, OrderRefused | DecisionMade] | None = None
    nearness: tuple[float, ...] = ()


def explain_refusal(reader: KindReader, instrument_id: str = "") -> Explanation:
    """The refusal that came nearest to becoming an order, of the last session, for one instrument or for all.

    An order that only a limit stood against is nearer than a decision that did not trade; of those the one
    with the largest share of filters passed, then the one that missed by least, then the latest.
    """
    end = reader.last_seq() + 1
    seen = _Seen()
    for record in _of_last_session(reader, instrument_id, end):
        event = record.event
        if isinstance(event, OrderRequested):
            seen.orders += 1
        elif isinstance(event, OrderRefused):
            seen.refused += 1
            _keep(seen, record.seq, event, (2.0, 0.0, 0.0))
        elif isinstance(event, DecisionMade):
            seen.decisions += 1
            if event.outcome in ("hold", "blocked"):
                _keep(seen, record.seq, event, (1.0, *_nearness(event.verdicts)))
    about = f" for {instrument_id}" if instrument_id else ""
    counted = f"{seen.decisions} decisions, {seen.orders} orders sent and {seen.refused} refused{about}."
    if seen.nearest is None:
        return _nothing(reader, instrument_id, end, counted)
    return _nearest(reader, *seen.nearest, counted)


def _of_last_session(reader: KindReader, instrument_id: str, end: int) -> Iterator[Record]:
    began = next(reader.read_kind(SessionStarted, stop=end, newest_first=True), None)
    first = 1 if began is None else began.seq
    kinds = (DecisionMade, OrderRequested, OrderRefused)
    for record in reader.read_kind(*kinds, start=first, stop=end):
        event = record.event
        about = event.instrument_id if isinstance(event, DecisionMade) else event.order.instrument_id  # type: ignore[union-attr]
        if not instrument_id or about == instrument_id:
            yield record


def _keep(seen: _Seen, seq: int, event: OrderRefused | DecisionMade, nearness: tuple[float, ...]) -> None:
    if seen.nearest is None or nearness >= seen.nearness:
        seen.nearest, seen.nearness = (seq, event), nearness


def _nearness(verdicts: tuple[FilterVerdict, ...]) -> tuple[float, float]:
    """Share of filters passed, and minus the widest miss relative to its threshold."""
    if not verdicts:
        return 0.0, 0.0
    passed = sum(verdict.passed for verdict in verdicts) / len(verdicts)
    misses = [
        abs(verdict.value - verdict.threshold) / max(abs(verdict.threshold), 1e-12)
        for verdict in verdicts
        if not verdict.passed and verdict.value == verdict.value
    ]
    return passed, -max(misses, default=0.0)


def _nearest(reader: KindReader, seq: int, event: OrderRefused | DecisionMade, counted: str) -> Explanation:
    if isinstance(event, OrderRefused):
        order = event.order
        decision = find_decision(reader, order.decision_id, seq)
        context = context_of(reader, order.instrument_id, decision, seq)
        steps = [
            *story_before.steps_before(context),
            story_before.refused(seq, event, context.instrument),
        ]
        return Explanation(
            title=f"The refusal nearest to an order: {order.instrument_id}, by {order.strategy}",
            summary=f"{_ended(event.refusal.reason)} {counted}",
            instrument_id=order.instrument_id,
            client_order_id=order.client_order_id,
            decision_id=order.decision_id,
            steps=tuple(steps),
        )
    context = context_of(reader, event.instrument_id, (seq, event), seq)
    return Explanation(
        title=f"The decision nearest to an order: {event.instrument_id}, by {event.strategy}",
        summary=f"{_ended(event.reason)} {counted}",
        instrument_id=event.instrument_id,
        client_order_id="",
        decision_id=event.decision_id,
        steps=tuple(story_before.steps_before(context)),
    )


def _ended(reason: str) -> str:
    """``reason`` as a whole sentence."""
    return reason if not reason or reason.endswith((".", "!", "?")) else f"{reason}."


def _nothing(reader: KindReader, instrument_id: str, end: int, counted: str) -> Explanation:
    """No refusal, and no decision that came to nothing: how far the session came."""
    bars = forecasts = failed = 0
    errors: dict[str, int] = {}
    for record in reader.read_kind(Bar, Forecast, ForecastFailed, InstrumentFailed, stop=end):
        event = record.event
        if isinstance(event, Bar | Forecast | ForecastFailed | InstrumentFailed) and (
            not instrument_id or event.instrument_id == instrument_id
        ):
            bars += isinstance(event, Bar) and not event.warmup
            forecasts += isinstance(event, Forecast)
            failed += isinstance(event, ForecastFailed)
            if isinstance(event, InstrumentFailed):
                errors[event.error] = errors.get(event.error, 0) + 1
    sentences = [f"{bars} bars to trade on, {forecasts} forecasts and {failed} that did not come."]
    sentences += [f"Deciding failed {count} times: {error}" for error, count in errors.items()]
    return Explanation(
        title=f"Nothing was refused{f' of {instrument_id}' if instrument_id else ''}",
        summary=f"No order was refused, and no decision came to nothing. {counted}",
        instrument_id=instrument_id,
        client_order_id="",
        decision_id="",
        steps=(Step(heading="What the journal holds", sentences=tuple(sentences)),),
    )
