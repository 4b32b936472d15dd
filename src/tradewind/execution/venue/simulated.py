"""A venue inside the process: takes orders, fills them from market data, and reports like a broker.

Orders fill only on data later than their decision, never on the bar that produced it. The venue reads no
clock and draws no random stream: what it does is a pure function of what it was given, in order, so it is
rebuilt after a crash by giving it the same again.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tradewind.core.accounts import CorporateAction, PositionAdopted
from tradewind.core.book import PositionKey, key_of
from tradewind.core.errors import TradewindError
from tradewind.core.events import AnyEvent, Record
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar, Quote
from tradewind.core.orders import BrokerReport, Order, OrderRejected, TimeInForce
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.trading_calendar import TradingCalendar, calendar_for
from tradewind.execution.venue.actions import carry_out
from tradewind.execution.venue.admission import IMMEDIATE, draw, order_refusal, position_refusal
from tradewind.execution.venue.book import VenueBook, accepted
from tradewind.execution.venue.groups import after_fill, cancel, expire, must_wait, parent_refusal
from tradewind.execution.venue.lengths import LENGTHS_NS, length_of
from tradewind.execution.venue.matching import (
    Moment,
    fill,
    in_turn,
    meet,
    moment_of_bar,
    moment_of_quote,
)
from tradewind.execution.venue.rebuilding import Rebuilding
from tradewind.execution.venue.resting import Resting, Terms, VenueState, reducible_lots, rest, terms_of
from tradewind.execution.venue.settings import VenueSettings

NOTHING: tuple[BrokerReport, ...] = ()


class SimulatedVenue:
    """A :class:`~tradewind.core.ports.Broker` whose fills are simulated from bars and quotes.

    An order that cannot be carried out (its value does not fit 64 bits) is rejected or canceled alone, with
    the reason in words; a bar that cannot be used fills nothing, and the loop says what is wrong with it.

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
    fill_timeframes
        By instrument, the timeframe whose bars fill orders: the finest that the session trades on. Where it
        is not named, the finest that came by so far. The same volume is never had twice.

    Raises
    ------
    ConfigError
        There is no table for the calendar of an instrument, or a timeframe is none.
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
        self._instruments = dict(instruments)
        self._terms = {
            instrument_id: terms_of(instrument, self.settings.half_spread_bps)
            for instrument_id, instrument in instruments.items()
        }
        self._calendars = {
            instrument_id: calendar_for(instrument.calendar, calendars or {})
            for instrument_id, instrument in instruments.items()
        }
        self._timeframes = dict(fill_timeframes or {})
        for instrument_id, timeframe in self._timeframes.items():
            length_of(timeframe, instrument_id)
        self._seed = seed
        self._book = VenueBook(positions or {})
        self._unheard: tuple[BrokerReport, ...] = NOTHING
        self._only_finest = not self.settings.fill_timeframe and not self._timeframes
        self._bars = self.settings.fill_on != "quote"
        self._quotes = self.settings.fill_on != "bar"

    # Orders ------------------------------------------------------------------------------

    def submit(self, order: Order) -> Sequence[BrokerReport]:
        """Accept or reject an order; one whose ``client_order_id`` is known changes nothing."""
        client_id = order.client_order_id
        state = self._book.state
        if client_id in state.seen:
            return NOTHING
        state.seen[client_id] = 0
        arrived = max(order.ts_decided, state.now_ns) + self.settings.latency_ns
        reason = self._refusal(order, arrived)
        if reason:
            return (
                OrderRejected(
                    ts_event=arrived,
                    ts_recv=arrived,
                    client_order_id=client_id,
                    instrument_id=order.instrument_id,
                    account=order.account,
                    reason=reason,
                ),
            )
        resting = rest(order, self._terms[order.instrument_id], arrived)
        resting.waits = must_wait(order, resting.reduces, self._book)
        self._book.enter(resting)
        return (accepted(order, arrived),)

    def cancel(self, client_order_id: str) -> Sequence[BrokerReport]:
        """Take an order off the book; one that is not there (filled, unknown) changes nothing."""
        resting = self._book.find(client_order_id)
        if resting is None:
            return NOTHING
        reports: list[BrokerReport] = []
        now = self._book.state.now_ns
        cancel(self._book, resting, now, "canceled by request", reports)
        self._drop_idle(resting.order.instrument_id, now, reports)
        return reports

    def _refusal(self, order: Order, ts_ns: int) -> str:
        """Why the venue does not take the order now; empty when it does."""
        terms = self._terms.get(order.instrument_id)
        reason = order_refusal(order, terms) or parent_refusal(order, self._book)
        if reason or terms is None:
            return reason
        if self.settings.reject_when_closed and not self._calendars[order.instrument_id].is_open(ts_ns):
            return f"the market of {order.instrument_id} is closed"
        rate = self.settings.reject_rate
        if rate > 0.0 and draw(self._seed, order.client_order_id) < rate:
            return "rejected at random, as configured"
        own = key_of(order)
        resting = self._book.orders(order.instrument_id).values()
        same = (other for other in resting if key_of(other.order) == own)
        return position_refusal(order, terms, self._book.state.positions.get(own, 0), same)

    # Market data and corporate actions ---------------------------------------------------

    def on_market(self, event: AnyEvent) -> Sequence[BrokerReport]:
        """Fills, expiries, cancels and changes that an event brings; most events, and warm-up, bring none."""
        if type(event) is not Bar and type(event) is not Quote:
            return self._on_change(event)
        state = self._book.state
        if event.ts_event > state.now_ns:
            state.now_ns = event.ts_event
        orders = state.resting.get(event.instrument_id)
        if isinstance(event, Quote):
            return self._on_quote(event, orders) if orders else NOTHING
        if not orders and state.finest.get(event.instrument_id) == event.timeframe:
            return NOTHING
        # Whether its bars fill is asked of a quiet instrument too: its finest timeframe is remembered.
        return self._on_bar(event, orders) if self._fills_by(event) and orders else NOTHING

    def _fills_by(self, bar: Bar) -> bool:
        """Whether bars of this timeframe fill orders of the instrument."""
        name, timeframe = bar.instrument_id, bar.timeframe
        if self._only_finest and self._book.state.finest.get(name) == timeframe:
            return self._bars and not bar.warmup
        chosen = self.settings.fill_timeframe or self._timeframes.get(name)
        if chosen is None:
            finest = self._book.state.finest
            chosen = finest.get(name)
            if timeframe != chosen:
                length = length_of(timeframe, name)
                finer = chosen is None or length < LENGTHS_NS[chosen]
                if finer and name in self._terms and self._traded(name, bar.ts_event - length, bar.ts_event):
                    chosen = finest[name] = timeframe
        return timeframe == chosen and not bar.warmup and self._bars

    def _on_change(self, event: AnyEvent) -> Sequence[BrokerReport]:
        if isinstance(event, CorporateAction):
            return self._on_action(event)
        if isinstance(event, PositionAdopted):
            positions = self._book.state.positions
            own = PositionKey(event.account, event.strategy, event.instrument_id)
            if not positions.get(own, 0):
                positions[own] = event.quantity_lots
        return NOTHING

    def _on_action(self, action: CorporateAction) -> Sequence[BrokerReport]:
        state = self._book.state
        state.now_ns = max(state.now_ns, action.ts_event)
        terms = self._terms.get(action.instrument_id)
        if terms is None:
            return NOTHING
        reports = carry_out(self._book, action, self._instruments, signed_prices=terms.signed_prices)
        for name in (action.instrument_id, action.into):
            self._drop_idle(name, action.ts_event, reports)
        return reports

    def _on_bar(self, bar: Bar, orders: dict[str, Resting]) -> Sequence[BrokerReport]:
        length = length_of(bar.timeframe, bar.instrument_id)
        ts = bar.ts_event
        if self._halted(bar.instrument_id, ts) or not self._traded(bar.instrument_id, ts - length, ts):
            return NOTHING
        terms = self._terms[bar.instrument_id]
        try:
            moment = moment_of_bar(bar, terms, self.settings)
        except TradewindError:
            return NOTHING  # the loop hears the same bar and says what is wrong with it
        intraday = length < NS_PER_DAY
        # The nominal start is exact for intraday bars only; a daily bar covers its session, whose open
        # follows every decision made after the session before. A bar that says when it opened is believed.
        latest = bar.ts_open or (ts - length if intraday else ts - 1)
        reports: list[BrokerReport] = []
        ready = self._ready(bar.instrument_id, orders, ts, latest, reports)
        if ready:
            self._trade(ready, moment, terms, reports)
            self._settle(ready, ts, not intraday, reports)
        if reports:
            self._drop_idle(bar.instrument_id, ts, reports)
        return reports

    def _on_quote(self, quote: Quote, orders: dict[str, Resting]) -> Sequence[BrokerReport]:
        ts = quote.ts_event
        if (
            not self._quotes
            or self._halted(quote.instrument_id, ts)
            or not self._calendars[quote.instrument_id].is_open(ts)
        ):
            return NOTHING
        terms = self._terms[quote.instrument_id]
        reports: list[BrokerReport] = []
        ready = self._ready(quote.instrument_id, orders, ts, ts - 1, reports)
        for side in (1, -1):
            of_side = [resting for resting in ready if resting.side == side]
            try:
                moment = moment_of_quote(quote, terms, side) if of_side else None
            except TradewindError:
                continue  # the loop hears the same quote and says what is wrong with it
            if moment is not None:
                self._trade(of_side, moment, terms, reports)
                self._settle(of_side, ts, False, reports)
        if reports:
            self._drop_idle(quote.instrument_id, ts, reports)
        return reports

    def _ready(
        self,
        instrument_id: str,
        orders: dict[str, Resting],
        ts: int,
        latest: int,
        reports: list[BrokerReport],
    ) -> list[Resting]:
        """Orders that may fill now, after those whose day is over have expired."""
        ready = []
        day = self._calendars[instrument_id].trading_day(ts)
        for resting in list(orders.values()):
            if resting.active_ns > latest:
                continue
            if resting.day < 0:
                resting.day = day
            elif resting.day < day and resting.order.time_in_force is TimeInForce.DAY:
                if self._rests(resting):
                    expire(self._book, resting, ts, reports)
                continue
            ready.append(resting)
        return [resting for resting in ready if self._rests(resting)] if reports else ready

    def _trade(self, ready: list[Resting], moment: Moment, terms: Terms, reports: list[BrokerReport]) -> None:
        through = self.settings.through_ticks
        for met in in_turn([meet(resting, moment, through) for resting in ready]):
            resting = met[0]
            if reports and not self._rests(resting):
                continue
            try:
                filled = fill(met, moment, terms, self.settings, self._book.held(resting))
            except TradewindError as error:  # this order alone: the others and the session go on
                reason = f"it could not be filled: {error.message}"
                cancel(self._book, resting, moment.ts_event, reason, reports)
                continue
            if filled is not None:
                self._book.move(resting, resting.side * filled.quantity_lots)
                reports.append(filled)
                after_fill(self._book, resting, filled.quantity_lots, moment.ts_event, reports)

    def _settle(self, ready: list[Resting], ts: int, day_is_over: bool, reports: list[BrokerReport]) -> None:
        """Take off the book what is filled, what could not wait, and what lives only this day."""
        for resting in ready:
            if not self._rests(resting):
                continue
            time_in_force = resting.order.time_in_force
            if resting.remaining_lots == 0:
                self._book.remove(resting)
            elif resting.waits:
                resting.arrival_ticks = None  # it arrives when its parent has filled
                if day_is_over and time_in_force is TimeInForce.DAY:
                    expire(self._book, resting, ts, reports)
            elif time_in_force in IMMEDIATE:
                cancel(self._book, resting, ts, f"{time_in_force}: not enough to fill it at once", reports)
            elif day_is_over and time_in_force is TimeInForce.DAY:
                expire(self._book, resting, ts, reports)

    def _rests(self, resting: Resting) -> bool:
        return self._book.find(resting.order.client_order_id) is resting

    def _drop_idle(self, instrument_id: str, ts: int, reports: list[BrokerReport]) -> None:
        """Cancel what only reduces when nothing is left to reduce and no order on the book will bring it.

        This is what makes a stop and a target on one position an OCO pair.
        """
        orders = self._book.orders(instrument_id)
        if not orders:
            return
        opening = {(key_of(r.order), r.side) for r in orders.values() if not r.reduces}
        idle = [
            resting
            for resting in orders.values()
            if resting.reduces
            and not reducible_lots(resting, self._book.held(resting))
            and (key_of(resting.order), -resting.side) not in opening
        ]
        for resting in idle:
            if self._rests(resting):
                cancel(self._book, resting, ts, "nothing left to reduce", reports)

    def _halted(self, instrument_id: str, ts: int) -> bool:
        return any(
            halt.instrument_id == instrument_id and halt.start_ns < ts <= halt.end_ns
            for halt in self.settings.halts
        )

    def _traded(self, instrument_id: str, start_ns: int, end_ns: int) -> bool:
        """Whether there was any trading after ``start_ns`` and up to ``end_ns``."""
        return self._calendars[instrument_id].trading_span(end_ns - 1)[1] > start_ns

    # Standing up again -------------------------------------------------------------------

    def positions(self) -> dict[PositionKey, int]:
        """Signed lots that the venue holds for us, by holder, only what is not zero."""
        return {own: lots for own, lots in self._book.state.positions.items() if lots}

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        return _encoder.encode(self._book.taken())

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        self._book.become(_decoder.decode(state))

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
