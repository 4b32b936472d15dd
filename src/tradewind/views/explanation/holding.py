"""What became of the position that an order opened, added to or closed: dividends, splits, round trips."""

from collections.abc import Sequence
from fractions import Fraction

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted, TradeClosed
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.core.timestamps import iso
from tradewind.core.vocabulary import ActionKind, CashReason
from tradewind.views.amounts import cash_text, quantity_text
from tradewind.views.explanation.look_back import KindReader
from tradewind.views.explanation.steps import Figure, Step

_TOLD = 20
_REASONS = {
    CashReason.DIVIDEND: "A dividend",
    CashReason.CASH_IN_LIEU: "Cash for a fraction of a share",
    CashReason.REORGANISATION: "Cash",
}


def trade_closed(
    reader: KindReader, order: Order, fill_seqs: Sequence[int], end: int
) -> tuple[int, TradeClosed] | None:
    """The round trip that one of the order's fills brought to its end; None where none did."""
    if not fill_seqs:
        return None
    wanted = set(fill_seqs)
    for record in reader.read_kind(TradeClosed, start=fill_seqs[0] + 1, stop=end):
        event = record.event
        if isinstance(event, TradeClosed) and record.cause in wanted and _is_of(order, event):
            return record.seq, event
        if record.cause > fill_seqs[-1]:
            break
    return None


def brought(seq: int, event: TradeClosed, instrument: Instrument) -> Step:
    """A closed round trip and its profit."""
    side = "long" if event.lots > 0 else "short"
    currency = instrument.quote_currency
    sentence = (
        f"It closed a {side} trade of {quantity_text(abs(event.lots), instrument)} {instrument.id} by "
        f"{event.strategy or 'nobody'}, open since {iso(event.opened_ts)}: {cash_text(event.profit_e8)} "
        f"{currency} of profit, dividends in and all fees off."
    )
    figures: dict[str, Figure] = {"trade_profit": cash_text(event.profit_e8), "currency": currency}
    return Step(heading="What the trade brought", sentences=(sentence,), seq=seq, figures=(figures,))


def while_held(reader: KindReader, order: Order, instrument: Instrument, start: int, end: int) -> list[Step]:
    """Dividends and corporate actions of the order's holder, until the round trip's end or the record's."""
    sentences: list[str] = []
    seq = 0
    kinds = (CashMoved, PositionAdjusted, TradeClosed)
    for record in reader.read_kind(*kinds, start=start, stop=end):
        event = record.event
        if not _is_of(order, event):
            continue
        seq = seq or record.seq
        if isinstance(event, TradeClosed):
            ended = f"{cash_text(event.profit_e8)} {instrument.quote_currency}"
            words = f"The trade ended at {iso(event.ts_event)}: {ended} of profit, all fees off."
            return [Step(heading="While it was held", sentences=(*_shortened(sentences), words), seq=seq)]
        if isinstance(event, CashMoved):
            what = _REASONS.get(event.reason, str(event.reason).capitalize())
            note = f" ({event.note})" if event.note else ""
            amount = f"{cash_text(event.amount_e8)} {event.currency}"
            sentences.append(f"{what} of {amount} at {iso(event.ts_event)}{note}.")
        elif isinstance(event, PositionAdjusted):
            old, new = (quantity_text(lots, instrument) for lots in (event.old_lots, event.new_lots))
            sentences.append(f"{event.reason} {old} became {new} at {iso(event.ts_event)}.")
    if not sentences:
        return []
    return [Step(heading="While it was held", sentences=_shortened(sentences), seq=seq)]


def _shortened(sentences: list[str]) -> tuple[str, ...]:
    if len(sentences) <= _TOLD:
        return tuple(sentences)
    return (*sentences[:_TOLD], f"And {len(sentences) - _TOLD} more.")


def split_ratio(reader: KindReader, instrument_id: str, start: int, end: int) -> Fraction:
    """How many of today's shares one share of record ``start`` is."""
    ratio = Fraction(1)
    for record in reader.read_kind(CorporateAction, start=start, stop=end):
        event = record.event
        if (
            isinstance(event, CorporateAction)
            and event.instrument_id == instrument_id
            and event.kind is ActionKind.SPLIT
        ):
            ratio *= Fraction(event.numerator, event.denominator)
    return ratio


def _is_of(order: Order, event: object) -> bool:
    return (
        isinstance(event, CashMoved | PositionAdjusted | TradeClosed)
        and event.account == order.account
        and event.strategy == order.strategy
        and event.instrument_id == order.instrument_id
    )
