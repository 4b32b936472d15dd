"""A venue inside the process: takes orders, fills them from market data, and reports like a broker.

Orders fill only on data later than their decision, never on the bar that produced it. The venue reads no
clock and draws no random stream: what it does is a pure function of what it was given, in order, so it is
rebuilt after a crash by giving it the same again.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tradewind.core.book import PositionKey, key_of
from tradewind.core.errors import ConfigError
from tradewind.core.events import AnyEvent, Record
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar, Quote, Timeframe
from tradewind.core.orders import (
    BrokerReport,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderRejected,
    TimeInForce,
)
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.trading_calendar import TradingCalendar, calendar_for
from tradewind.execution.venue.admission import IMMEDIATE, draw, order_refusal, position_refusal
from tradewind.execution.venue.matching import (
    Moment,
    fill,
    in_turn,
    meet,
    moment_of_bar,
    moment_of_quote,
)
from tradewind.execution.venue.rebuilding import Rebuilding
from tradewind.execution.venue.resting import Resting, VenueState, reducible_lots, rest, terms_of
from tradewind.execution.venue.settings import VenueSettings

NOTHING: tuple[BrokerReport, ...] = ()

_LENGTHS_NS = {timeframe.value: timeframe.length_ns for timeframe in Timeframe}


class SimulatedVenue:
    """A :class:`~tradewind.core.ports.Broker` whose fills are simulated from bars and quotes.

    Parameters
    ----------
    instruments
        What can be traded, by instrument.
    settings
        Costs, liquidity, faults.
    seed
        Keys random rejects together with each ``client_order_id``.
    calendars
        Trading days by calendar name, ``24/7`` needs none: how long an order of the day lives, and when a
        market is closed. Bars of a time in which nothing traded fill nothing.
    positions
        Signed lots held at the start, by holder.

    Raises
    ------
    ConfigError
        There is no table for the calendar of an instrument.
    """

    name = "simulated"
    external = False

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        settings: VenueSettings | None = None,
        seed: int = 0,
        *,
        calendars: Mapping[str, TradingCalendar] | None = None,
        positions: Mapping[PositionKey, int] | None = None,
        fill_timeframes: Mapping[str, str] | None = None,
    ) -> None:
        self.settings = settings or VenueSettings()
        self._terms = {
            instrument_id: terms_of(instrument, self.settings.half_spread_bps)
            for instrument_id, instrument in instruments.items()
        }
        self._calendars = {
            instrument_id: calendar_for(instrument.calendar, calendars or {})
            for instrument_id, instrument in instruments.items()
        }
        # Several timeframes of one instrument tell of the same trades: its orders fill on one of them.
        self._fill_timeframes = dict(fill_timeframes or {})
        self._seed = seed
        self._seen: set[str] = set()
        self._instrument_of: dict[str, str] = {}
        self._resting: dict[str, dict[str, Resting]] = {}
        self._positions: dict[PositionKey, int] = dict(positions or {})
        self._now_ns = 0
        self._unheard: tuple[BrokerReport, ...] = NOTHING
        self._bars = self.settings.fill_on != "quote"
        self._quotes = self.settings.fill_on != "bar"

    # Orders ------------------------------------------------------------------------------

    def submit(self, order: Order) -> Sequence[BrokerReport]:
        """Accept or reject an order; one whose ``client_order_id`` is known changes nothing."""
        client_id = order.client_order_id
        if client_id in self._seen:
            return NOTHING
        self._seen.add(client_id)
        decided = max(order.ts_decided, self._now_ns)
        arrived = decided + self.settings.latency_ns
        reason = self._refusal(order, arrived)
        if reason:
            return (
                OrderRejected(
                    ts_event=arrived,
                    ts_recv=arrived,
                    client_order_id=client_id,
                    instrument_id=order.instrument_id,
                    reason=reason,
                ),
            )
        self._instrument_of[client_id] = order.instrument_id
        book = self._resting.setdefault(order.instrument_id, {})
        book[client_id] = rest(order, self._terms[order.instrument_id], arrived)
        return (
            OrderAccepted(
                ts_event=arrived,
                ts_recv=arrived,
                client_order_id=client_id,
                instrument_id=order.instrument_id,
                venue_order_id=f"sim-{client_id}",
            ),
        )

    def cancel(self, client_order_id: str) -> Sequence[BrokerReport]:
        """Take an order off the book; one that is not there (filled, unknown) changes nothing."""
        instrument_id = self._instrument_of.get(client_order_id)
        if instrument_id is None:
            return NOTHING
        resting = self._resting[instrument_id][client_order_id]
        reports: list[BrokerReport] = [self._cancel(resting, self._now_ns, "canceled by request")]
        self._drop_idle(instrument_id, self._now_ns, reports)
        return reports

    def _refusal(self, order: Order, ts_ns: int) -> str:
        """Why the venue does not take the order now; empty when it does."""
        terms = self._terms.get(order.instrument_id)
        reason = order_refusal(order, terms)
        if reason or terms is None:
            return reason
        if self.settings.reject_when_closed and not self._calendars[order.instrument_id].is_open(ts_ns):
            return f"the market of {order.instrument_id} is closed"
        rate = self.settings.reject_rate
        if rate > 0.0 and draw(self._seed, order.client_order_id) < rate:
            return "rejected at random, as configured"
        book = self._resting.get(order.instrument_id, {})
        own = key_of(order)
        same = [resting for resting in book.values() if key_of(resting.order) == own]
        return position_refusal(order, terms, self._positions.get(own, 0), same)

    # Market data -------------------------------------------------------------------------

    def on_market(self, event: AnyEvent) -> Sequence[BrokerReport]:
        """Fills, expiries and cancels that a bar or quote brings; other events and warm-up bring none."""
        if not isinstance(event, Bar | Quote):
            return NOTHING
        if event.ts_event > self._now_ns:
            self._now_ns = event.ts_event
        book = self._resting.get(event.instrument_id)
        if not book:
            return NOTHING
        return self._on_bar(event, book) if isinstance(event, Bar) else self._on_quote(event, book)

    def _on_bar(self, bar: Bar, book: dict[str, Resting]) -> Sequence[BrokerReport]:
        wanted = self.settings.fill_timeframe or self._fill_timeframes.get(bar.instrument_id, "")
        if bar.warmup or not self._bars or (wanted and bar.timeframe != wanted):
            return NOTHING
        length = _LENGTHS_NS.get(bar.timeframe)
        if length is None:
            message = f"A bar of {bar.instrument_id} has the timeframe {bar.timeframe!r}."
            raise ConfigError(message, f"Use one of {', '.join(_LENGTHS_NS)}.")
        ts = bar.ts_event
        if self._halted(bar.instrument_id, ts) or not self._traded(bar.instrument_id, ts - length, ts):
            return NOTHING
        intraday = length < NS_PER_DAY
        # The nominal start is exact for intraday bars only; a daily bar covers its session, whose open
        # follows every decision made after the session before. A bar that says when it opened is believed.
        latest = bar.ts_open or (ts - length if intraday else ts - 1)
        reports: list[BrokerReport] = []
        ready = self._ready(bar.instrument_id, book, ts, latest, reports)
        if ready:
            terms = self._terms[bar.instrument_id]
            moment = moment_of_bar(bar, terms, self.settings)
            self._trade(bar.instrument_id, ready, moment, reports)
            self._settle(ready, ts, not intraday, reports)
        if reports:
            self._drop_idle(bar.instrument_id, ts, reports)
        return reports

    def _on_quote(self, quote: Quote, book: dict[str, Resting]) -> Sequence[BrokerReport]:
        ts = quote.ts_event
        if (
            not self._quotes
            or self._halted(quote.instrument_id, ts)
            or not self._calendars[quote.instrument_id].is_open(ts)
        ):
            return NOTHING
        reports: list[BrokerReport] = []
        ready = self._ready(quote.instrument_id, book, quote.ts_event, quote.ts_event - 1, reports)
        for side in (1, -1):
            of_side = [resting for resting in ready if resting.side == side]
            moment = moment_of_quote(quote, self._terms[quote.instrument_id], side) if of_side else None
            if moment is not None:
                self._trade(quote.instrument_id, of_side, moment, reports)
                self._settle(of_side, quote.ts_event, False, reports)
        if reports:
            self._drop_idle(quote.instrument_id, quote.ts_event, reports)
        return reports

    def _ready(
        self, instrument_id: str, book: dict[str, Resting], ts: int, latest: int, reports: list[BrokerReport]
    ) -> list[Resting]:
        """Orders that may fill now, after those whose day is over have expired."""
        ready = []
        day = self._calendars[instrument_id].trading_day(ts)
        for resting in list(book.values()):
            if resting.active_ns > latest:
                continue
            if resting.day < 0:
                resting.day = day
            elif resting.day < day and resting.order.time_in_force is TimeInForce.DAY:
                reports.append(self._expire(resting, ts))
                continue
            ready.append(resting)
        return ready

    def _trade(
        self, instrument_id: str, ready: list[Resting], moment: Moment, reports: list[BrokerReport]
    ) -> None:
        terms = self._terms[instrument_id]
        through = self.settings.through_ticks
        for met in in_turn([meet(resting, moment, through) for resting in ready]):
            own = key_of(met[0].order)
            position = self._positions.get(own, 0)
            filled = fill(met, moment, terms, self.settings, position)
            if filled is not None:
                self._positions[own] = position + met[0].side * filled.quantity_lots
                reports.append(filled)

    def _settle(self, ready: list[Resting], ts: int, day_is_over: bool, reports: list[BrokerReport]) -> None:
        """Take off the book what is filled, what could not wait, and what lives only this day."""
        for resting in ready:
            if resting.remaining_lots == 0:
                self._remove(resting)
            elif resting.order.time_in_force in IMMEDIATE:
                reason = f"{resting.order.time_in_force}: not enough to fill it at once"
                reports.append(self._cancel(resting, ts, reason))
            elif day_is_over and resting.order.time_in_force is TimeInForce.DAY:
                reports.append(self._expire(resting, ts))

    def _drop_idle(self, instrument_id: str, ts: int, reports: list[BrokerReport]) -> None:
        """Cancel what only reduces when nothing is left to reduce and no order on the book will bring it.

        This is what makes a stop and a target on one position an OCO pair.
        """
        book = self._resting.get(instrument_id)
        if not book:
            return
        opening = {(key_of(r.order), r.side) for r in book.values() if not r.reduces}
        idle = [
            resting
            for resting in book.values()
            if resting.reduces
            and not reducible_lots(resting, self._positions.get(key_of(resting.order), 0))
            and (key_of(resting.order), -resting.side) not in opening
        ]
        reports.extend([self._cancel(resting, ts, "nothing left to reduce") for resting in idle])

    def _halted(self, instrument_id: str, ts: int) -> bool:
        return any(
            halt.instrument_id == instrument_id and halt.start_ns < ts <= halt.end_ns
            for halt in self.settings.halts
        )

    def _traded(self, instrument_id: str, start_ns: int, end_ns: int) -> bool:
        """Whether there was any trading after ``start_ns`` and up to ``end_ns``."""
        return self._calendars[instrument_id].trading_span(end_ns - 1)[1] > start_ns

    def _remove(self, resting: Resting) -> None:
        client_id = resting.order.client_order_id
        del self._resting[self._instrument_of.pop(client_id)][client_id]

    def _cancel(self, resting: Resting, ts: int, reason: str) -> OrderCanceled:
        self._remove(resting)
        order = resting.order
        return OrderCanceled(
            ts_event=ts,
            ts_recv=ts,
            client_order_id=order.client_order_id,
            instrument_id=order.instrument_id,
            venue_order_id=f"sim-{order.client_order_id}",
            reason=reason,
        )

    def _expire(self, resting: Resting, ts: int) -> OrderExpired:
        self._remove(resting)
        order = resting.order
        return OrderExpired(
            ts_event=ts,
            ts_recv=ts,
            client_order_id=order.client_order_id,
            instrument_id=order.instrument_id,
            venue_order_id=f"sim-{order.client_order_id}",
        )

    # Standing up again -------------------------------------------------------------------

    def positions(self) -> dict[PositionKey, int]:
        """Signed lots that the venue holds for us, by holder, only what is not zero."""
        return {own: lots for own, lots in self._positions.items() if lots}

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        return _encoder.encode(
            VenueState(
                now_ns=self._now_ns,
                seen=sorted(self._seen),
                resting={
                    instrument_id: book for instrument_id, book in sorted(self._resting.items()) if book
                },
                positions=dict(sorted(self.positions().items())),
            )
        )

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        kept = _decoder.decode(state)
        self._now_ns = kept.now_ns
        self._seen = set(kept.seen)
        self._resting = kept.resting
        self._positions = kept.positions
        self._instrument_of = {i: instrument_id for instrument_id, book in kept.resting.items() for i in book}

    def rebuild(self, records: Iterable[Record | AnyEvent]) -> None:
        """Live through the journal again, in order, from a new venue or a restored snapshot's next record.

        Market data and the orders and cancels that the loop asked for are acted on; recorded reports are
        held against what the venue says now. What it says and the journal lacks, because the crash came
        in between, is kept for :meth:`reconcile`: an order that was recorded but not sent is so sent, once.

        Raises
        ------
        ReplayDivergedError
            The venue reports otherwise than recorded.
        """
        self._unheard = tuple(Rebuilding(self.submit, self.cancel, self.on_market).run(records))

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        """Reports that :meth:`rebuild` found missing in the journal, once; otherwise nothing."""
        unheard, self._unheard = self._unheard, NOTHING
        return unheard


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(VenueState)
