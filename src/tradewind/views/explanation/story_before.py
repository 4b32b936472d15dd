"""The part of an explanation before the order leaves: market, forecasts, blend, filters, size, limits."""

from tradewind.core.decisions import BreakerTripped, DecisionMade, OrderRefused
from tradewind.core.events import Command, Record, StrategyTerms
from tradewind.core.forecasts import Forecast, ForecastFailed
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar
from tradewind.core.money import round_to_grid
from tradewind.core.orders import Order, OrderType, Side
from tradewind.core.timestamps import iso
from tradewind.core.vocabulary import Contingency
from tradewind.views.amounts import price_text, quantity_text
from tradewind.views.explanation.context import Context
from tradewind.views.explanation.steps import Figure, Step
from tradewind.views.operators import NameOf, by_whom


def steps_before(context: Context) -> list[Step]:
    """What the decision saw and how it came to its target, in order."""
    steps = []
    if context.bar is not None:
        steps.append(_market(*context.bar, context.instrument))
    if context.decision is None:
        return steps
    seq, decision = context.decision
    if context.own is not None:
        steps.append(_own_strategy(*context.own))
    else:
        steps.append(_forecasts(context, decision))
        steps.append(_blend(seq, decision))
    if decision.verdicts:
        steps.append(_filters(seq, decision))
    steps.append(_size(seq, decision, context.instrument))
    return steps


_ROLES = {
    "stop": "as the stop of its position",
    "target": "as the target of its position",
    "time_stop": "because its position was held for its longest time",
}


def order_words(order: Order, instrument: Instrument) -> str:
    """``Buy 120 AAPL at the market`` and the like."""
    verb = "Buy" if order.side is Side.BUY else "Sell"
    text = f"{verb} {quantity_text(order.quantity_lots, instrument)} {order.instrument_id}"
    if order.limit_price_ticks is not None:
        text += f" at {price_text(order.limit_price_ticks, instrument)} or better"
    elif order.order_type is OrderType.MARKET:
        text += " at the market"
    if order.stop_price_ticks is not None:
        text += f" once {price_text(order.stop_price_ticks, instrument)} is touched"
    if order.reduce_only:
        text += ", to reduce the position only"
    if order.tag in _ROLES:
        text += f", {_ROLES[order.tag]}"
    if order.contingency is Contingency.OTO:
        text += f"; it waits until {order.parent_id} has filled"
    return text + ("; of its group the first that fills cancels the others" if order.group_id else "")


def commanded(seq: int, command: Command, name_of: NameOf) -> Step:
    """An order that no forecast asked for, since a person closed the position."""
    words = f"A person commanded {command.verb} {command.argument}".rstrip()
    sentence = by_whom(f"{words} at {iso(command.ts_event)}.", command.operator, name_of)
    return Step(heading="A person's command", sentences=(sentence,), seq=seq)


def without_decision(trip: Record | None) -> Step:
    """An order that no forecast asked for: a breaker closed the position."""
    if trip is not None and isinstance(trip.event, BreakerTripped):
        event = trip.event
        sentences = (
            f"Breaker {event.breaker} tripped at {iso(event.ts_event)} and its action is to {event.action}.",
            event.reason,
            f"It read {event.value:zg} against a threshold of {event.threshold:zg}.",
        )
        return Step(heading="A breaker closed the position", sentences=sentences, seq=trip.seq)
    nothing = "The journal holds no decision, breaker or command that asked for this order."
    return Step(heading="No decision is recorded", sentences=(nothing,))


def refused(seq: int, event: OrderRefused, instrument: Instrument) -> Step:
    """The limit that stood against the order."""
    refusal = event.refusal
    sentences = (
        f"{order_words(event.order, instrument)} was refused by the rule {refusal.rule}.",
        refusal.reason,
    )
    figures: dict[str, Figure] = dict(refusal.figures)
    return Step(
        heading="A limit refused it", sentences=sentences, seq=seq, figures=(figures,) if figures else ()
    )


def _market(seq: int, bar: Bar, instrument: Instrument) -> Step:
    change = f" ({10_000 * (bar.close / bar.open - 1):+z.1f} bps within it)" if bar.open else ""
    close = price_text(round_to_grid(bar.close, instrument.tick_float), instrument)
    name = f"The {bar.timeframe} bar of {bar.instrument_id}"
    sentence = f"{name} that closed at {iso(bar.ts_event)} ended at {close}{change}."
    figures: dict[str, Figure] = {
        "open": bar.open,
        "high": bar.high,
        "low": bar.low,
        "close": bar.close,
        "volume": bar.volume,
    }
    return Step(heading="What the market did", sentences=(sentence,), seq=seq, figures=(figures,))


def _own_strategy(seq: int, terms: StrategyTerms) -> Step:
    """Whose idea it was: the code that decided, and every parameter, the defaults too."""
    use, sha256 = str(terms.parameters.get("use", "")), str(terms.parameters.get("sha256", ""))
    given = ", ".join(f"{name} {value}" for name, value in terms.own_parameters.items())
    sentences = [f"{terms.strategy} is {use}; its source has the SHA-256 {sha256[:16]}."]
    if given:
        sentences.append(f"Its parameters: {given}.")
    figures: dict[str, Figure] = {"use": use, "sha256": sha256, **terms.own_parameters}
    return Step(heading="The strategy that decided", sentences=tuple(sentences), seq=seq, figures=(figures,))


def _forecasts(context: Context, decision: DecisionMade) -> Step:
    sentences: list[str] = []
    figures: list[dict[str, Figure]] = []
    for vote in decision.votes:
        seq, event = context.forecasts.get(vote.model, (0, None))
        sentences.append(_forecast_sentence(vote.model, event))
        if isinstance(event, Forecast):
            figures.append(
                {
                    "model": event.model,
                    "version": event.model_version,
                    "record": seq,
                    "horizon_bars": event.horizon_bars,
                    "expected_return_bps": event.expected_return_bps,
                    "lower_bps": event.lower_bps,
                    "upper_bps": event.upper_bps,
                    "probability_up": event.probability_up,
                    "confidence": event.confidence,
                    "data_hash": event.data_hash,
                }
            )
    if not decision.votes:
        sentences.append("No model voted.")
    return Step(heading="What the models said", sentences=tuple(sentences), figures=tuple(figures))


def _forecast_sentence(model: str, event: Forecast | ForecastFailed | None) -> str:
    if event is None:
        return f"{model}: its forecast is not in the journal."
    if isinstance(event, ForecastFailed):
        return f"{model} did not answer: {event.reason}"
    return (
        f"{model} {event.model_version} expected {event.expected_return_bps:+z.1f} bps "
        f"over {event.horizon_bars} bars (interval {event.lower_bps:+z.1f} to {event.upper_bps:+z.1f}), "
        f"up with probability {event.probability_up:z.3f}, confidence {event.confidence:z.2f}."
    )


def _blend(seq: int, decision: DecisionMade) -> Step:
    sentences = [
        f"{vote.model} carried a weight of {vote.weight:z.3f} for an edge of {vote.edge_bps:+z.1f} bps."
        if vote.weight > 0.0
        else f"{vote.model} had no view and carried no weight."
        for vote in decision.votes
    ]
    sentences.append(
        f"Together: {decision.edge_bps:+z.1f} bps before costs of {decision.cost_bps:z.1f} bps, "
        f"up with probability {decision.probability_up:z.3f}, confidence {decision.confidence:z.2f}."
    )
    if decision.regime:
        sentences.append(f"The market's regime was {decision.regime}.")
    figures: tuple[dict[str, Figure], ...] = tuple(
        {"model": vote.model, "version": vote.version, "weight": vote.weight, "edge_bps": vote.edge_bps}
        for vote in decision.votes
    )
    return Step(heading="How they were weighed", sentences=tuple(sentences), seq=seq, figures=figures)


def _filters(seq: int, decision: DecisionMade) -> Step:
    passed = sum(verdict.passed for verdict in decision.verdicts)
    sentences = [f"{passed} of {len(decision.verdicts)} filters passed."]
    for verdict in decision.verdicts:
        word = (
            "passed" if verdict.passed else "failed, which stops a trade alone" if verdict.hard else "failed"
        )
        note = f" ({verdict.note})" if verdict.note else ""
        sentences.append(f"{verdict.name} {word}: {verdict.value:.4g} against {verdict.threshold:.4g}{note}.")
    figures: tuple[dict[str, Figure], ...] = tuple(
        {
            "name": verdict.name,
            "passed": verdict.passed,
            "value": verdict.value,
            "threshold": verdict.threshold,
            "hard": verdict.hard,
        }
        for verdict in decision.verdicts
    )
    return Step(heading="Which filters it went through", sentences=tuple(sentences), seq=seq, figures=figures)


def _size(seq: int, decision: DecisionMade, instrument: Instrument) -> Step:
    sentences = [
        f"After {name}: {100 * weight:+z.2f} % of equity." for name, weight in decision.sizing.items()
    ]
    current, target = decision.current_lots, decision.target_lots
    sentences.append(
        f"The position was {quantity_text(current, instrument)} and "
        f"is to be {quantity_text(target, instrument)}."
    )
    sentences.append(f"Outcome: {decision.outcome}. {decision.reason}")
    figures: tuple[dict[str, Figure], ...] = tuple(
        {"step": name, "weight": weight} for name, weight in decision.sizing.items()
    )
    return Step(heading="How large", sentences=tuple(sentences), seq=seq, figures=figures)
