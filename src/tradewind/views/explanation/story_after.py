"""The part of an explanation after the order left: what the venue did, what it cost, what it is worth now."""

from dataclasses import dataclass, field

from tradewind.core.decisions import AccountMarked, CancelRequested
from tradewind.core.events import Record
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar, Quote
from tradewind.core.money import notional_e8, round_to_grid
from tradewind.core.orders import (
    OPEN_STATES,
    BrokerReport,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    Pending,
)
from tradewind.core.timestamps import iso
from tradewind.views.amounts import cash_text, price_text, quantity_text
from tradewind.views.explanation.look_back import KindReader, backwards_kind
from tradewind.views.explanation.steps import Figure, Step
from tradewind.views.explanation.story_before import order_words
from tradewind.views.session.lifecycles import Lifecycles, average_price

_REPORTS = (OrderAccepted, OrderRejected, OrderFilled, OrderCanceled, OrderExpired)


@dataclass
class Afterwards:
    """What happened to an order: ``outcome`` in one sentence, and the steps."""

    outcome: str = "Nothing has been heard of it yet."
    steps: list[Step] = field(default_factory=list)


def what_happened(
    reader: KindReader, requested: Record, order: Order, instrument: Instrument, end: int
) -> Afterwards:
    """Reports of the venue up to the order's end, its costs, and its profit at the last price known."""
    lives = Lifecycles(closed=1)
    lives.requested(requested.seq, requested.event.ts_event, order)
    story = Afterwards()
    words = f"{order_words(order, instrument)} left at {iso(requested.event.ts_event)}: all limits approved."
    story.steps.append(Step(heading="The order", sentences=(words,), seq=requested.seq))
    fills: list[OrderFilled] = []
    kinds = (*_REPORTS, CancelRequested)
    for record in reader.read_key(order.client_order_id, *kinds, start=requested.seq + 1, stop=end):
        event = record.event
        if not isinstance(event, BrokerReport | CancelRequested):
            continue
        if isinstance(event, BrokerReport):
            counted = lives.reported(record.seq, event)
            if isinstance(event, OrderFilled):
                if counted is None:
                    continue
                fills.append(event)
        story.steps.append(_report(record.seq, event, instrument))
        if not isinstance(lives.state_of(order.client_order_id), OPEN_STATES):
            break
    if fills:
        story.steps.append(_costs(fills, instrument))
        story.steps += _worth(reader, fills, instrument, end)
    story.outcome = _outcome(lives, order, fills, instrument)
    return story


def _report(seq: int, event: BrokerReport | CancelRequested, instrument: Instrument) -> Step:
    at = iso(event.ts_event)
    match event:
        case OrderAccepted():
            name = f" as {event.venue_order_id}" if event.venue_order_id else ""
            return Step(heading="The venue has it", sentences=(f"Accepted{name} at {at}.",), seq=seq)
        case OrderFilled():
            words = (
                f"{quantity_text(event.quantity_lots, instrument)} "
                f"at {price_text(event.price_ticks, instrument)} at {at}, "
                f"commission {cash_text(event.commission_e8)} {instrument.quote_currency}, "
                f"slippage {event.slippage_bps:+.2f} bps."
            )
            return Step(heading="A fill", sentences=(words,), seq=seq)
        case OrderRejected():
            return Step(heading="The venue rejected it", sentences=(f"At {at}: {event.reason}",), seq=seq)
        case OrderCanceled():
            return Step(heading="Canceled", sentences=(f"At {at}. {event.reason}".rstrip(),), seq=seq)
        case CancelRequested():
            return Step(heading="A cancel was asked for", sentences=(f"At {at}: {event.reason}",), seq=seq)
        case _:
            return Step(heading="Expired", sentences=(f"Its time in force ran out at {at}.",), seq=seq)


def _costs(fills: list[OrderFilled], instrument: Instrument) -> Step:
    lots = sum(fill.quantity_lots for fill in fills)
    value = sum(fill.price_ticks * fill.quantity_lots for fill in fills)
    commission = sum(fill.commission_e8 for fill in fills)
    slippage = sum(fill.slippage_bps * fill.quantity_lots for fill in fills) / lots
    price = average_price(value, lots, instrument)
    currency = instrument.quote_currency
    sentence = (
        f"{quantity_text(lots, instrument)} in {len(fills)} fill{'s' if len(fills) > 1 else ''} "
        f"at {price} on average, commission {cash_text(commission)} {currency}, slippage {slippage:+.2f} bps."
    )
    figures: dict[str, Figure] = {
        "filled": quantity_text(lots, instrument),
        "average_price": price,
        "commission": cash_text(commission),
        "currency": currency,
        "slippage_bps": slippage,
    }
    return Step(heading="What it cost", sentences=(sentence,), figures=(figures,))


def _worth(reader: KindReader, fills: list[OrderFilled], instrument: Instrument, end: int) -> list[Step]:
    """The order's own fills against the last price, and the position that the account holds now."""
    found = _last_price(reader, instrument.id, end)
    if found is None:
        return []
    seq, ts_ns, price = found
    ticks = round_to_grid(price, instrument.tick_float)
    profit = 0
    for fill in fills:
        lots = fill.side.sign * fill.quantity_lots
        profit += notional_e8(ticks, lots, instrument.ratio)
        profit -= notional_e8(fill.price_ticks, lots, instrument.ratio)
    commission = sum(fill.commission_e8 for fill in fills)
    currency = instrument.quote_currency
    sentences = [
        f"At the last price, {price_text(ticks, instrument)} at {iso(ts_ns)}, its fills stand at "
        f"{cash_text(profit)} {currency} before and {cash_text(profit - commission)} after commission."
    ]
    account = next(backwards_kind(reader, end, AccountMarked), None)
    held = _held(account, instrument)
    if held:
        sentences.append(held)
    figures: dict[str, Figure] = {
        "last_price": price_text(ticks, instrument),
        "profit_before_commission": cash_text(profit),
        "profit": cash_text(profit - commission),
        "currency": currency,
    }
    return [Step(heading="What it is worth now", sentences=tuple(sentences), seq=seq, figures=(figures,))]


def _last_price(reader: KindReader, instrument_id: str, end: int) -> tuple[int, int, float] | None:
    """``(seq, time, price)`` of the newest bar's close or quote's middle."""
    for record in backwards_kind(reader, end, Bar, Quote):
        event = record.event
        if isinstance(event, Bar) and event.instrument_id == instrument_id:
            return record.seq, event.ts_event, event.close
        if isinstance(event, Quote) and event.instrument_id == instrument_id:
            return record.seq, event.ts_event, (event.bid + event.ask) / 2.0
    return None


def _held(account: Record | None, instrument: Instrument) -> str:
    if account is None or not isinstance(account.event, AccountMarked):
        return ""
    lots = account.event.positions.get(instrument.id, 0)
    at = iso(account.event.ts_event)
    return f"The account held {quantity_text(lots, instrument)} {instrument.id} at {at}."


def _outcome(lives: Lifecycles, order: Order, fills: list[OrderFilled], instrument: Instrument) -> str:
    state = lives.state_of(order.client_order_id)
    filled = quantity_text(sum(fill.quantity_lots for fill in fills), instrument)
    whole = quantity_text(order.quantity_lots, instrument)
    if isinstance(state, Pending) and not fills:
        return "Nothing has been heard of it yet."
    name = type(state).__name__.lower()
    if isinstance(state, OPEN_STATES):
        return f"It is on the venue's book, {filled} of {whole} filled."
    return f"It was {name}, {filled} of {whole} filled."
