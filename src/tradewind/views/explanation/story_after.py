"""The part of an explanation after the order left: what the venue did, what it cost, what it is worth now."""

from dataclasses import dataclass, field
from fractions import Fraction

from tradewind.core.decisions import AccountMarked, CancelRequested
from tradewind.core.events import Record, SessionStarted
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar, Quote, middle_of
from tradewind.core.money import divide_half_even, notional_e8, round_to_grid
from tradewind.core.orders import (
    OPEN_STATES,
    BrokerReport,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    Pending,
    SubmissionUnknown,
    Unknown,
)
from tradewind.core.timestamps import iso
from tradewind.views.amounts import cash_text, price_text, quantity_text
from tradewind.views.explanation.costs import cost_of, rates_before
from tradewind.views.explanation.fill_moment import fill_moment
from tradewind.views.explanation.holding import brought, split_ratio, trade_closed, while_held
from tradewind.views.explanation.look_back import KindReader, backwards_kind, last_of_kind
from tradewind.views.explanation.steps import Figure, Step
from tradewind.views.explanation.story_before import order_words
from tradewind.views.session.lifecycles import Lifecycles, average_price

_REPORTS = (
    OrderAccepted,
    OrderRejected,
    OrderFilled,
    OrderCanceled,
    OrderExpired,
    OrderReplaced,
    SubmissionUnknown,
)


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
    whose = f"The strategy {order.strategy} asked for it, in the account {order.account}."
    story.steps.append(Step(heading="The order", sentences=(words, whose), seq=requested.seq))
    fills: list[OrderFilled] = []
    seqs: list[int] = []
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
                seqs.append(record.seq)
        moment = fill_moment(reader, record.seq, event, order) if isinstance(event, OrderFilled) else ""
        story.steps.append(_report(record.seq, event, instrument, moment))
        if not isinstance(lives.state_of(order.client_order_id), OPEN_STATES):
            break
    if fills:
        story.steps.append(_costs(reader, fills, seqs, instrument))
        closed = trade_closed(reader, order, seqs, end)
        if closed is not None:
            story.steps.append(brought(*closed, instrument))
        else:
            story.steps += while_held(reader, order, instrument, seqs[-1] + 1, end)
        story.steps += _worth(reader, fills, seqs[-1], instrument, end)
    story.outcome = _outcome(lives, order, fills, instrument)
    return story


def _report(seq: int, event: BrokerReport | CancelRequested, instrument: Instrument, moment: str) -> Step:
    at = iso(event.ts_event)
    match event:
        case OrderAccepted():
            name = f" as {event.venue_order_id}" if event.venue_order_id else ""
            return Step(heading="The venue has it", sentences=(f"Accepted{name} at {at}.",), seq=seq)
        case OrderFilled():
            fee = f"{cash_text(event.commission_e8)} {event.fee_currency or instrument.quote_currency}"
            words = (
                f"{quantity_text(event.quantity_lots, instrument)} "
                f"at {price_text(event.price_ticks, instrument)}, {moment}, "
                f"commission {fee}, "
                f"slippage {event.slippage_bps:+z.2f} bps."
            )
            return Step(heading="A fill", sentences=(words,), seq=seq)
        case OrderRejected():
            return Step(heading="The venue rejected it", sentences=(f"At {at}: {event.reason}",), seq=seq)
        case OrderCanceled():
            return Step(heading="Canceled", sentences=(f"At {at}. {event.reason}".rstrip(),), seq=seq)
        case OrderReplaced():
            words = (
                f"Now for {quantity_text(event.quantity_lots, instrument)} at {at}. {event.reason}".rstrip()
            )
            return Step(heading="The venue changed it", sentences=(words,), seq=seq)
        case SubmissionUnknown():
            return Step(heading="No answer came", sentences=(f"At {at}: {event.reason}",), seq=seq)
        case CancelRequested():
            return Step(heading="A cancel was asked for", sentences=(f"At {at}: {event.reason}",), seq=seq)
        case _:
            return Step(heading="Expired", sentences=(f"Its time in force ran out at {at}.",), seq=seq)


def _costs(reader: KindReader, fills: list[OrderFilled], seqs: list[int], instrument: Instrument) -> Step:
    lots = sum(fill.quantity_lots for fill in fills)
    value = sum(fill.price_ticks * fill.quantity_lots for fill in fills)
    slippage = sum(fill.slippage_bps * fill.quantity_lots for fill in fills) / lots
    price = average_price(value, lots, instrument)
    currency = instrument.quote_currency
    sentence = (
        f"{quantity_text(lots, instrument)} in {len(fills)} fill{'s' if len(fills) > 1 else ''} "
        f"at {price} on average."
    )
    sentences = [sentence]
    figures: dict[str, Figure] = {
        "filled": quantity_text(lots, instrument),
        "average_price": price,
        "currency": currency,
        "slippage_bps": slippage,
    }
    figures |= _summed(reader, fills, seqs, instrument, sentences)
    return Step(heading="What it cost", sentences=tuple(sentences), figures=(figures,))


def _summed(
    reader: KindReader,
    fills: list[OrderFilled],
    seqs: list[int],
    instrument: Instrument,
    sentences: list[str],
) -> dict[str, Figure]:
    """The one sum in the account's currency; in the quote currency where a rate is not known."""
    fee_currencies = {fill.fee_currency or instrument.quote_currency for fill in fills}
    currencies = {instrument.quote_currency, *fee_currencies}
    start = last_of_kind(reader, seqs[0], lambda record: record.seq > 0, SessionStarted)
    if start is None or not isinstance(start.event, SessionStarted):
        return {}
    base = start.event.base_currency
    rates = rates_before(reader, start.event, currencies, seqs[-1])
    missing = sorted(currencies - rates.keys())
    if missing == [instrument.quote_currency] and fee_currencies == {instrument.quote_currency}:
        base, rates, missing = instrument.quote_currency, {instrument.quote_currency: Fraction(1)}, []
    if missing:
        sentences.append(f"Its cost cannot be summed: no price says what one {missing[0]} is worth.")
        return {}
    cost = cost_of(fills, instrument, rates, base)
    sentences.append(cost.words())
    return {
        "commission": cash_text(cost.commission_e8),
        "spread": cash_text(cost.spread_e8),
        "slippage": cash_text(cost.slippage_e8),
        "total_cost": cash_text(cost.total_e8),
        "total_cost_bps": cost.bps,
        "cost_currency": cost.currency,
    }


def _worth(
    reader: KindReader, fills: list[OrderFilled], last_seq: int, instrument: Instrument, end: int
) -> list[Step]:
    """The order's own fills against the last price, on today's basis, and what is held of it now."""
    found = _last_price(reader, instrument.id, end)
    if found is None:
        return []
    seq, ts_ns, price = found
    ticks = round_to_grid(price, instrument.tick_float)
    profit = 0
    ratio = split_ratio(reader, instrument.id, last_seq + 1, end)
    for fill in fills:
        lots = fill.side.sign * fill.quantity_lots
        now = ticks * lots * ratio * Fraction(*instrument.ratio)
        profit += divide_half_even(*now.as_integer_ratio())
        profit -= notional_e8(fill.price_ticks, lots, instrument.ratio)
    in_quote = [fill for fill in fills if fill.fee_currency in ("", instrument.quote_currency)]
    commission = sum(fill.commission_e8 for fill in in_quote)
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
            middle = middle_of(event)
            if middle is not None:
                return record.seq, event.ts_event, middle
    return None


def _held(account: Record | None, instrument: Instrument) -> str:
    if account is None or not isinstance(account.event, AccountMarked):
        return ""
    lots = account.event.positions.get(instrument.id, 0)
    at = iso(account.event.ts_event)
    several = [name for name in account.event.strategies if name]
    whose = f"The strategies {', '.join(several)} together" if len(several) > 1 else "The account"
    return f"{whose} held {quantity_text(lots, instrument)} {instrument.id} at {at}."


def _outcome(lives: Lifecycles, order: Order, fills: list[OrderFilled], instrument: Instrument) -> str:
    state = lives.state_of(order.client_order_id)
    # A venue that changed the order (by a split, say) counts in its own lots from then on.
    filled_lots = sum(fill.quantity_lots for fill in fills) if state is None else state.filled_lots
    filled = quantity_text(filled_lots, instrument)
    whole = quantity_text((order if state is None else state.order).quantity_lots, instrument)
    if isinstance(state, Pending) and not fills:
        return "Nothing has been heard of it yet."
    if isinstance(state, Unknown):
        return f"No answer came: it may be on the venue's book. {filled} of {whole} filled."
    name = type(state).__name__.lower()
    if isinstance(state, OPEN_STATES):
        return f"It is on the venue's book, {filled} of {whole} filled."
    return f"It was {name}, {filled} of {whole} filled."
