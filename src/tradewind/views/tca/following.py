"""A session's orders followed through its journal, with the market as it stood at each of their moments."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from tradewind.core.accounts import CorporateAction
from tradewind.core.decisions import DecisionMade, OrderRequested
from tradewind.core.events import Record, SessionStarted
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar, Quote, Timeframe, middle_of
from tradewind.core.money import round_to_grid
from tradewind.core.orders import (
    BrokerReport,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderType,
    Side,
    SubmissionUnknown,
)
from tradewind.core.vocabulary import Contingency, Liquidity
from tradewind.kernels.costs import impact_bps, range_volatility
from tradewind.views.session.currencies import Money
from tradewind.views.tca.prices import PriceLine

KINDS = (
    SessionStarted,
    Bar,
    Quote,
    CorporateAction,
    DecisionMade,
    OrderRequested,
    OrderAccepted,
    OrderRejected,
    OrderFilled,
    OrderCanceled,
    OrderExpired,
    OrderReplaced,
    SubmissionUnknown,
)
"""What of a journal the analysis reads."""

_UNTOLD = 2**63 - 1
"""Length of no bar: the market at the fill's own moment has not been told."""

_ENDS = {OrderRejected: "rejected", OrderCanceled: "canceled", OrderExpired: "expired"}


@dataclass
class FillFollowed:
    """One fill, with the middle of the market when it happened and half of its spread, in ticks."""

    report: OrderFilled
    middle_ticks: int
    half_spread_ticks: Fraction
    impact_unit_bps: float
    """The square-root law's impact for a coefficient of 1; 0 where there is no volume."""
    length_ns: int = _UNTOLD
    """Of the bar at whose moment it happened; 0 for a quote."""


@dataclass
class OrderFollowed:
    """One order from its decision to its end. Prices are in ticks; None where none was known."""

    order: Order
    instrument: Instrument
    decision_ticks: int | None
    accepted_ticks: int | None = None
    fills: list[FillFollowed] = field(default_factory=list)
    state: str = "open"
    ended_ns: int = 0
    end_ticks: int | None = None
    rates: dict[str, Fraction | None] = field(default_factory=dict)
    """What one unit of a currency was worth in the base currency at the order's last moment."""
    changed: bool = False
    """Whether a split or an amendment changed its quantity while it worked."""

    @property
    def filled_lots(self) -> int:
        """Lots of all fills."""
        return sum(fill.report.quantity_lots for fill in self.fills)

    @property
    def waits_for_price(self) -> bool:
        """Whether it is bound to a price (a stop, a target): measured from there, and no trade is missed
        where that price never came.
        """
        order = self.order
        bound = order.reduce_only and order.order_type is OrderType.LIMIT
        return order.stop_price_ticks is not None or order.contingency is not Contingency.NONE or bound


@dataclass
class _Market:
    """What is known of an instrument now."""

    instrument: Instrument
    line: PriceLine = field(default_factory=PriceLine)
    mark: int | None = None
    last: Bar | Quote | None = None
    volume_bar: Bar | None = None
    waiting: list[tuple[OrderFollowed, FillFollowed]] = field(default_factory=list)
    """Fills of the newest moment: a simulated venue reports them before the bar or quote that filled them."""


class Followed:
    """All orders of a journal's session, and its prices; made by giving it the session's records."""

    def __init__(self, start: SessionStarted) -> None:
        self.start = start
        self.orders: dict[str, OrderFollowed] = {}
        self._markets = {one.id: _Market(one) for one in start.instruments}
        self._money = Money(start)
        self._decided: dict[str, int | None] = {}
        self._trades: set[tuple[str, str]] = set()
        self._now = start.ts_event

    def follow(self, records: Iterable[Record]) -> "Followed":
        """Take the records in order; gives itself."""
        for record in records:
            event = record.event
            self._now = max(self._now, event.ts_event)
            match event:
                case Bar() | Quote():
                    self._price(event)
                case CorporateAction() if event.instrument_id in self._markets:
                    self._markets[event.instrument_id].line.break_at(event.ts_event)
                case DecisionMade():
                    self._decided[event.decision_id] = self._mark(event.instrument_id)
                case OrderRequested():
                    self._request(event.order)
                case BrokerReport():
                    self._report(event)
                case _:
                    pass
        for one in self.orders.values():
            if one.state == "open":
                self._note(one)
        return self

    def line(self, instrument_id: str) -> PriceLine:
        """The instrument's prices."""
        return self._markets[instrument_id].line

    def __iter__(self) -> Iterator[OrderFollowed]:
        return iter(self.orders.values())

    def _mark(self, instrument_id: str) -> int | None:
        market = self._markets.get(instrument_id)
        return None if market is None else market.mark

    def _price(self, event: Bar | Quote) -> None:
        market = self._markets.get(event.instrument_id)
        if market is None:
            return
        if isinstance(event, Bar):
            market.mark = market.line.take_bar(event, market.instrument.tick_float)
            market.volume_bar = event
        else:
            middle = middle_of(event)
            if middle is None:
                return
            market.mark = round_to_grid(middle, market.instrument.tick_float)
            market.line.take_middle(event.ts_event, market.mark)
        market.last = event
        self._tell(market, event)
        self._money.price(market.instrument, market.mark)

    def _tell(self, market: _Market, event: Bar | Quote) -> None:
        """Hold the fills of this very moment against it; of several bars the finest is the one that fills."""
        length = Timeframe(event.timeframe).length_ns if isinstance(event, Bar) else 0
        market.waiting = [one for one in market.waiting if one[1].report.ts_event >= event.ts_event]
        for one, fill in market.waiting:
            if fill.report.ts_event == event.ts_event and length < fill.length_ns:
                told = _fill_in(market, one.order, fill.report)
                fill.middle_ticks, fill.half_spread_ticks = told.middle_ticks, told.half_spread_ticks
                fill.impact_unit_bps, fill.length_ns = told.impact_unit_bps, length

    def _request(self, order: Order) -> None:
        market = self._markets.get(order.instrument_id)
        if market is None:
            return
        decision = self._decided.get(order.decision_id, market.mark)
        one = OrderFollowed(order, market.instrument, decision)
        if one.waits_for_price:
            bound = order.stop_price_ticks
            one.decision_ticks = order.limit_price_ticks if bound is None else bound
            if one.decision_ticks is None:
                one.decision_ticks = decision
        self.orders[order.client_order_id] = one

    def _report(self, report: BrokerReport) -> None:
        one = self.orders.get(report.client_order_id)
        if one is None:
            return
        if isinstance(report, OrderFilled):
            key = (report.instrument_id, report.trade_id)
            if key in self._trades:  # told again
                return
            self._trades.add(key)
            one.fills.append(self._filled(one, report))
            if one.filled_lots >= one.order.quantity_lots:
                one.state = "filled"
            self._note(one)
        elif isinstance(report, OrderAccepted) and one.accepted_ticks is None:
            one.accepted_ticks = self._mark(report.instrument_id)
        elif isinstance(report, OrderReplaced):
            one.changed = one.changed or report.quantity_lots != one.order.quantity_lots
        elif type(report) in _ENDS:
            one.state = _ENDS[type(report)]
            self._note(one)

    def _note(self, one: OrderFollowed) -> None:
        """The market at what may be the order's last moment."""
        one.ended_ns, one.end_ticks = self._now, self._mark(one.order.instrument_id)
        currencies = {one.instrument.quote_currency} | {f.report.fee_currency for f in one.fills} - {""}
        one.rates = {currency: self._money.rate(currency) for currency in currencies}

    def _filled(self, one: OrderFollowed, report: OrderFilled) -> FillFollowed:
        market = self._markets[report.instrument_id]
        made, last = _fill_in(market, one.order, report), market.last
        if last is not None and last.ts_event == report.ts_event:
            made.length_ns = Timeframe(last.timeframe).length_ns if isinstance(last, Bar) else 0
        market.waiting.append((one, made))
        return made


def _fill_in(market: _Market, order: Order, report: OrderFilled) -> FillFollowed:
    """A fill in the market as it is known now."""
    middle, half = _market_at(order, report, market)
    unit, bar = 0.0, market.volume_bar
    if bar is not None and report.liquidity is not Liquidity.MAKER:
        quantity = report.quantity_lots * float(market.instrument.lot)
        unit = impact_bps(1.0, range_volatility(bar.high, bar.low), quantity, bar.volume)
    return FillFollowed(report, middle, half, unit)


def _market_at(order: Order, fill: OrderFilled, market: _Market) -> tuple[int, Fraction]:
    """The middle of the market when a fill happened, and half of its spread, in ticks.

    A bar fills at its open, or where a stop stood if that is worse; a limit that it came to was at the
    market itself. A quote says its middle and its spread. Where the broker filled between two prices, the
    last one stands.
    """
    last, tick = market.last, market.instrument.tick_float
    usual = Fraction(market.instrument.half_spread_bps) / 10_000
    maker = fill.liquidity is Liquidity.MAKER
    if isinstance(last, Quote):
        middle = market.mark if market.mark is not None else fill.price_ticks
        touch = round_to_grid(last.ask if fill.side is Side.BUY else last.bid, tick)
        return middle, Fraction(fill.side.sign * (touch - middle))
    if maker:
        return fill.price_ticks, Fraction(0)
    if isinstance(last, Bar) and last.ts_event == fill.ts_event:
        middle = round_to_grid(last.open, tick)
        stop = order.stop_price_ticks
        if stop is not None and fill.side.sign * (stop - middle) > 0:
            middle = stop
    else:
        middle = market.mark if market.mark is not None else fill.price_ticks
    return middle, abs(middle) * usual
