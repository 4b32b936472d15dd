"""The latest bars of one instrument with what was bought and sold on them, read backwards and bounded."""

from collections.abc import Iterator

from tradewind.core.accounts import PositionAdjusted, PositionAdopted
from tradewind.core.events import Record, SessionStarted
from tradewind.core.instruments import Instrument
from tradewind.core.journal_ports import KindReader
from tradewind.core.market import Bar
from tradewind.core.orders import OrderFilled
from tradewind.core.timestamps import iso
from tradewind.views.amounts import price_text, quantity_text
from tradewind.views.rows import Row

MOST_READ = 50_000
"""Records of bars, and of fills, that one answer reads at most."""


class PriceBar(Row, frozen=True, kw_only=True, array_like=True):
    """One closed bar: ``[time, open, high, low, close, volume]``; floats, on the basis of its own time."""

    ts: str
    open: float
    high: float
    low: float
    close: float
    volume: float


class TradeMark(Row, frozen=True, kw_only=True):
    """One fill. ``effect`` is ``entry``, ``exit``, or ``reversal`` across zero, of all that is held of it."""

    seq: int
    ts: str
    client_order_id: str
    side: str
    effect: str
    price: str
    quantity: str


class PriceHistory(Row, frozen=True, kw_only=True):
    """Bars of one timeframe, oldest first, and the fills on them; ``timeframes`` are those that were seen."""

    timeframe: str
    timeframes: tuple[str, ...]
    bars: list[PriceBar]
    marks: list[TradeMark]


def price_history(
    reader: KindReader, instrument: Instrument, timeframe: str, limit: int, stop: int, held_lots: int
) -> PriceHistory:
    """The latest ``limit`` bars before record ``stop``, where ``held_lots`` (signed) are held.

    Without a ``timeframe`` it is that of a strategy which trades the instrument, or else the one with the
    most bars. Fewer bars come where more than :data:`MOST_READ` would have to be read.
    """
    found = next(reader.read_kind(SessionStarted, stop=stop, newest_first=True), None)
    if found is None or not isinstance(found.event, SessionStarted):
        return PriceHistory(timeframe=timeframe, timeframes=(), bars=[], marks=[])
    traded = [
        terms.timeframe
        for terms in found.event.strategies
        if not terms.instrument_ids or instrument.id in terms.instrument_ids
    ]
    wanted = timeframe or (traded[0] if traded else "")
    seen = _bars(
        reader.read_kind(Bar, start=found.seq, stop=stop, newest_first=True), instrument.id, wanted, limit
    )
    chosen = timeframe or (
        wanted if wanted in seen else max(seen, key=lambda one: len(seen[one]), default="")
    )
    bars = seen.get(chosen, [])[:limit]
    kinds = (OrderFilled, PositionAdjusted, PositionAdopted)
    changes = reader.read_kind(*kinds, start=found.seq, stop=stop, newest_first=True)
    since_ns = bars[-1].ts_event if bars else 0
    marks = list(_marks(changes, instrument, held_lots, since_ns)) if bars else []
    return PriceHistory(
        timeframe=chosen,
        timeframes=tuple(sorted(seen)),
        bars=[_price_bar(bar) for bar in reversed(bars)],
        marks=marks[::-1],
    )


def _bars(records: Iterator[Record], instrument_id: str, wanted: str, limit: int) -> dict[str, list[Bar]]:
    """Bars by timeframe, newest first, until there are enough of the wanted one."""
    seen: dict[str, list[Bar]] = {}
    kept = 0
    for count, record in enumerate(records):
        if count >= MOST_READ or kept >= 4 * limit or len(seen.get(wanted, ())) >= limit:
            break
        bar = record.event
        if isinstance(bar, Bar) and bar.instrument_id == instrument_id:
            seen.setdefault(bar.timeframe, []).append(bar)
            kept += 1
    return seen


def _marks(
    records: Iterator[Record], instrument: Instrument, held_lots: int, since_ns: int
) -> Iterator[TradeMark]:
    """Fills after ``since_ns``, newest first; what was held before each is told from what was held after."""
    after, known = held_lots, set[str]()
    for count, record in enumerate(records):
        event = record.event
        if count >= MOST_READ or event.ts_event < since_ns:
            return
        if isinstance(event, PositionAdjusted) and event.instrument_id == instrument.id:
            after -= event.new_lots - event.old_lots
        elif isinstance(event, PositionAdopted) and event.instrument_id == instrument.id:
            after -= event.quantity_lots
        elif (
            isinstance(event, OrderFilled)
            and event.instrument_id == instrument.id
            and event.trade_id not in known  # a repeated report counts once
        ):
            known.add(event.trade_id)
            before = after - event.side.sign * event.quantity_lots
            yield _mark(record.seq, event, instrument, before, after)
            after = before


def _mark(seq: int, fill: OrderFilled, instrument: Instrument, before: int, after: int) -> TradeMark:
    effect = "reversal" if before * after < 0 else "entry" if abs(after) > abs(before) else "exit"
    return TradeMark(
        seq=seq,
        ts=iso(fill.ts_event),
        client_order_id=fill.client_order_id,
        side=str(fill.side),
        effect=effect,
        price=price_text(fill.price_ticks, instrument),
        quantity=quantity_text(fill.quantity_lots, instrument),
    )


def _price_bar(bar: Bar) -> PriceBar:
    return PriceBar(
        ts=iso(bar.ts_event), open=bar.open, high=bar.high, low=bar.low, close=bar.close, volume=bar.volume
    )
