"""Why there is no order: what came nearest to one, and what stood against it, from the journal alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from tradewind.core.decisions import DecisionMade, InstrumentFailed, OrderRefused, OrderRequested, Verdict
from tradewind.core.events import Record, SessionStarted
from tradewind.core.forecasts import Forecast, ForecastFailed
from tradewind.core.market import Bar
from tradewind.views import story_before
from tradewind.views.context import context_of, find_decision
from tradewind.views.explanation import Explanation, Step
from tradewind.views.look_back import KindReader


@dataclass
class _Seen:
    orders: int = 0
    decisions: int = 0
    refused: int = 0
    nearest: tuple[int, OrderRefused | DecisionMade] | None = None
    nearness: tuple[float, ...] = ()


def explain_refusal(reader: KindReader, symbol: str = "") -> Explanation:
    """The refusal that came nearest to becoming an order, of the last session, for one symbol or for all.

    An order that only a limit stood against is nearer than a decision that did not trade; of those the one
    with the largest share of filters passed, then the one that missed by least, then the latest.
    """
    end = reader.last_seq() + 1
    seen = _Seen()
    for record in _of_last_session(reader, symbol, end):
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
    about = f" for {symbol}" if symbol else ""
    counted = f"{seen.decisions} decisions, {seen.orders} orders sent and {seen.refused} refused{about}."
    if seen.nearest is None:
        return _nothing(reader, symbol, end, counted)
    return _nearest(reader, *seen.nearest, counted)


def _of_last_session(reader: KindReader, symbol: str, end: int) -> Iterator[Record]:
    began = next(reader.read_kind(SessionStarted, stop=end, newest_first=True), None)
    first = 1 if began is None else began.seq
    kinds = (DecisionMade, OrderRequested, OrderRefused)
    for record in reader.read_kind(*kinds, start=first, stop=end):
        event = record.event
        about = event.symbol if isinstance(event, DecisionMade) else event.order.symbol  # type: ignore[union-attr]
        if not symbol or about == symbol:
            yield record


def _keep(seen: _Seen, seq: int, event: OrderRefused | DecisionMade, nearness: tuple[float, ...]) -> None:
    if seen.nearest is None or nearness >= seen.nearness:
        seen.nearest, seen.nearness = (seq, event), nearness


def _nearness(verdicts: tuple[Verdict, ...]) -> tuple[float, float]:
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
        context = context_of(reader, order.symbol, decision, seq)
        steps = [
            *story_before.steps_before(context),
            story_before.refused(seq, event, context.instrument),
        ]
        return Explanation(
            title=f"The refusal nearest to an order: {order.symbol}",
            summary=f"{event.refusal.reason} {counted}",
            symbol=order.symbol,
            client_order_id=order.client_order_id,
            decision_id=order.decision_id,
            steps=tuple(steps),
        )
    context = context_of(reader, event.symbol, (seq, event), seq)
    return Explanation(
        title=f"The decision nearest to an order: {event.symbol}",
        summary=f"{event.reason} {counted}",
        symbol=event.symbol,
        client_order_id="",
        decision_id=event.decision_id,
        steps=tuple(story_before.steps_before(context)),
    )


def _nothing(reader: KindReader, symbol: str, end: int, counted: str) -> Explanation:
    """No decision was made at all: how far the session came."""
    bars = forecasts = failed = 0
    errors: dict[str, int] = {}
    for record in reader.read_kind(Bar, Forecast, ForecastFailed, InstrumentFailed, stop=end):
        event = record.event
        if isinstance(event, Bar | Forecast | ForecastFailed | InstrumentFailed) and (
            not symbol or event.symbol == symbol
        ):
            bars += isinstance(event, Bar) and not event.warmup
            forecasts += isinstance(event, Forecast)
            failed += isinstance(event, ForecastFailed)
            if isinstance(event, InstrumentFailed):
                errors[event.error] = errors.get(event.error, 0) + 1
    sentences = [f"{bars} bars to trade on, {forecasts} forecasts and {failed} that did not come."]
    sentences += [f"Deciding failed {count} times: {error}" for error, count in errors.items()]
    return Explanation(
        title=f"No decision was made{f' for {symbol}' if symbol else ''}",
        summary=f"Nothing came near to an order. {counted}",
        symbol=symbol,
        client_order_id="",
        decision_id="",
        steps=(Step(heading="What the journal holds", sentences=tuple(sentences)),),
    )
