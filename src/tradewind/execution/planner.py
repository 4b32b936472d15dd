"""From a decided target to orders: what is already on its way counts, what no longer fits is canceled.

Pure: the same book, decision and settings give the same events, with the same client order ids.
"""

import hashlib
import re
from collections.abc import Sequence

import msgspec

from tradewind.core.book import Book, PositionKey, held_lots, orders_of
from tradewind.core.decisions import CancelRequested, DecisionMade, OrderRefused, OrderRequested, Refused
from tradewind.core.errors import ConfigError, OrderError
from tradewind.core.instruments import Instrument
from tradewind.core.minimum_notional import MOST_QUANTITY, below_minimum
from tradewind.core.money import notional_e8
from tradewind.core.orders import Order, OrderState, OrderType, Side, TimeInForce
from tradewind.core.protection import ProtectionSettings
from tradewind.core.settings import AmountE8, Bps, Percent, Settings
from tradewind.core.trading_calendar import ALWAYS_OPEN, TradingCalendar
from tradewind.core.vocabulary import Contingency, Outcome
from tradewind.execution.capabilities import capabilities_of, fitted
from tradewind.execution.protection import Position as ToProtect
from tradewind.execution.protection import average_ticks, protect, protects
from tradewind.execution.small_orders import Planned, sent_or_refused, without_small
from tradewind.kernels.costs import slippage_ticks
from tradewind.kernels.fills import fill_price

ID_LENGTH = 36
"""Longest client order id that all known brokers take."""

_SAFE_ID = re.compile(r"^[A-Za-z0-9_.:-]+$")
_OFFSET_MOST_BPS = 5_000.0


class PlannerSettings(Settings, frozen=True, kw_only=True):
    """How targets become orders. ConfigError names a value out of range."""

    order_type: OrderType = OrderType.MARKET
    """Of orders that open; ``market`` or ``limit``. What closes goes to the market."""
    limit_offset_bps: Bps = 0.0
    """How far a limit lies from the mark on the patient side: below it to buy, above it to sell."""
    time_in_force: TimeInForce = TimeInForce.GTC
    no_trade_band_pct: Percent = 0.0
    """A change of a position smaller than this part of it (old or new, whichever is larger) is not traded."""
    minimum_notional_e8: AmountE8 = 0
    """Orders below this value in quote currency are not sent, but for those that close to zero."""
    split_reversals: bool = True
    """Cross zero in two orders: one that may only close, one that opens."""
    wait_for_cancels: str = "opening"
    """What waits until the venue has confirmed that stale orders are gone: ``never`` nothing (a venue in the
    process cancels at once), ``opening`` orders that open, ``always`` also those that close (brokers that
    hold the shares of resting orders). What waits is planned again with the next decision."""
    protection: ProtectionSettings = ProtectionSettings()
    """Stops, targets, trailing and longest time of every position; all off unless configured."""
    broker: str = "simulated"
    """Whose orders they must be: a row of ``execution.capabilities``, also for a venue that is simulated."""

    def __post_init__(self) -> None:
        capabilities_of(self.broker)
        problem = ""
        if self.order_type not in (OrderType.MARKET, OrderType.LIMIT):
            problem = f"order_type is {self.order_type}; use market or limit"
        elif not 0.0 <= self.limit_offset_bps <= _OFFSET_MOST_BPS:
            problem = f"limit_offset_bps is {self.limit_offset_bps}; use 0 to {_OFFSET_MOST_BPS:g}"
        elif not 0.0 <= self.no_trade_band_pct < 100.0:
            problem = f"no_trade_band_pct is {self.no_trade_band_pct}; use 0 to below 100"
        elif self.minimum_notional_e8 < 0:
            problem = f"minimum_notional_e8 is {self.minimum_notional_e8}; use 0 or more"
        elif self.wait_for_cancels not in ("never", "opening", "always"):
            problem = f"wait_for_cancels is {self.wait_for_cancels!r}; use never, opening or always"
        if problem:
            message = f"The planner's {problem}."
            raise ConfigError(message, "Correct the planner's settings.")


DEFAULT_SETTINGS = PlannerSettings()


def orders_for_target(
    book: Book,
    decision: DecisionMade,
    instrument: Instrument,
    settings: PlannerSettings = DEFAULT_SETTINGS,
    counter: int = 0,
    calendar: TradingCalendar = ALWAYS_OPEN,
) -> Sequence[Planned]:
    """Orders and cancels that bring the strategy's own position to ``decision.target_lots``, cancels first.

    Parameters
    ----------
    book
        As it stands after the decision's event; its positions and open orders count.
    decision
        Acted on where its outcome is ``trade`` or ``close``; with every other outcome only the orders that
        protect the position are held against it. Its own ``protection`` goes before the settings'.
    calendar
        Trading days of the instrument: how long a position has been held.
    counter
        How many orders this decision has made before; numbers the client order ids.

    Returns
    -------
    Sequence
        ``CancelRequested``, ``OrderRequested``, and ``OrderRefused`` where the target cannot be reached: a
        short of what cannot be sold short (the long is still closed), an instrument that is not traded, more
        than one order may be of (a position that large could not be closed or protected by one), or what is
        worth less than the venue takes (a reversal of too little to close is then one order).

    Raises
    ------
    OrderError
        A limit or a least notional is asked for and the instrument has no mark yet.
    """
    if decision.protection is not None:
        settings = msgspec.structs.replace(settings, protection=decision.protection)
    own = PositionKey(decision.account, decision.strategy, decision.instrument_id)
    held = held_lots(book, own)
    if decision.outcome not in (Outcome.TRADE, Outcome.CLOSE):
        if held == 0 or not settings.protection.is_on:
            return ()
        maker = _OrderMaker(book, decision, instrument, settings, counter)
        return _protected(maker, own, held, [], orders_of(book, own), calendar)
    target = decision.target_lots
    if target < 0 and not instrument.shortable:
        target = 0
    if most := instrument.most_lots:  # more could not be closed, or protected, by one order
        target = min(max(target, -most), most)
    maker = _OrderMaker(book, decision, instrument, settings, counter)
    working, protective = _sorted_orders(orders_of(book, own))
    kept, stale = _kept_orders(working, held, target, maker)
    pending = sum(state.order.side.sign * state.remaining_lots for state in kept)
    planned: list[Planned] = [_cancel(decision, state, "no longer fits the target") for state in stale]
    leaving = target == 0 or (held != 0 and (held > 0) != (target > 0))
    if leaving:
        planned += [_cancel(decision, state, "its position is being left") for state in protective]
    change = target - held - pending
    if not _inside_band(change, held + pending, target, settings):
        planned += _change_orders(maker, held + pending, change, target, bool(planned), bool(stale))
    if settings.protection.is_on:
        staying = 0 if leaving else min(abs(held), abs(target)) * (1 if held > 0 else -1)
        planned = list(_protected(maker, own, staying, planned, [*kept, *protective], calendar))
    if decision.target_lots < 0 and not instrument.shortable:
        planned.append(maker.refused(decision.target_lots, "shorting", "it cannot be sold short"))
    elif target != decision.target_lots:
        why = f"one order is of {instrument.maximum_quantity} at most, and so is a position"
        planned.append(maker.refused(decision.target_lots, MOST_QUANTITY, why))
    return planned


def client_order_id(decision_id: str, number: int) -> str:
    """Id of a decision's order, at most 36 characters of ``A-Z a-z 0-9 _ . : -``; a long one is hashed."""
    readable = f"{decision_id}-{number}"
    if len(readable) <= ID_LENGTH and _SAFE_ID.match(readable):
        return readable
    digest = hashlib.blake2b(decision_id.encode(), digest_size=14).hexdigest()
    return f"{digest}-{number}"


def _sorted_orders(states: Sequence[OrderState]) -> tuple[list[OrderState], list[OrderState]]:
    """Orders that lead to a target, and those that protect a position (stops and targets)."""
    working: list[OrderState] = []
    protective: list[OrderState] = []
    for state in states:
        (protective if protects(state.order) else working).append(state)
    return working, protective


def _kept_orders(
    working: Sequence[OrderState], held: int, target: int, maker: "_OrderMaker"
) -> tuple[list[OrderState], list[OrderState]]:
    """Orders that still serve the needed change, oldest first, and those that do not.

    One that goes past the target by less than the band is kept: the position would not be traded back either.
    """
    kept: list[OrderState] = []
    stale: list[OrderState] = []
    pending, needed = 0, target - held
    for state in working:
        order = state.order
        reached = held + order.side.sign * (pending + state.remaining_lots)
        past = (reached - target) * order.side.sign
        fits = order.side.sign * needed > 0 and (
            past <= 0 or _inside_band(target - reached, reached, target, maker.settings)
        )
        if fits and maker.is_as_planned(order):
            pending += state.remaining_lots
            kept.append(state)
        else:
            stale.append(state)
    return kept, stale


def _protected(
    maker: "_OrderMaker",
    own: PositionKey,
    staying: int,
    planned: Sequence[Planned],
    resting: Sequence[OrderState],
    calendar: TradingCalendar,
) -> Sequence[Planned]:
    """The plan with what protects its position; an order that cannot be protected does not leave."""
    book, instrument = maker.book, maker.instrument
    openings = [e.order for e in planned if isinstance(e, OrderRequested) and not e.order.reduce_only]
    position = book.positions.get(own)
    entry = average_ticks(position.cost_e8, position.quantity_lots, instrument) if position and staying else 0
    held = ToProtect(
        lots=staying,
        entry_ticks=entry,
        opened_ns=position.opened_ts if position else 0,
        mark_ticks=book.mark_ticks.get(instrument.id),
    )
    rules = maker.settings.protection
    if any(isinstance(event, OrderRequested) for event in planned):
        rules = msgspec.structs.replace(rules, longest_bars=0)  # the decision itself trades
    added = protect(
        held,
        openings,
        resting,
        maker.decision,
        instrument,
        rules,
        maker.protective,
        grouped=maker.capabilities.brackets,
        calendar=calendar,
    )
    refused = {event.order.client_order_id for event in added if isinstance(event, OrderRefused)}
    left = [e for e in planned if not (isinstance(e, OrderRequested) and e.order.client_order_id in refused)]
    return without_small(left, added, maker.decision, instrument, held.mark_ticks)


def _inside_band(change: int, held: int, target: int, settings: PlannerSettings) -> bool:
    """Whether the change is nothing, or too small a part of a position that stays on its side."""
    if change == 0:
        return True
    if held * target <= 0:
        return False
    return abs(change) * 100.0 < settings.no_trade_band_pct * max(abs(held), abs(target))


def _change_orders(
    maker: "_OrderMaker", base: int, change: int, target: int, canceling: bool, stale: bool
) -> list[Planned]:
    """Orders for ``change`` lots from ``base``, which is what is held with what is on its way."""
    instrument = maker.instrument
    if not instrument.tradable:
        return [maker.refused(change, "tradable", "it cannot be traded")]
    closing = min(abs(change), max(0, -base if change > 0 else base))
    opening = abs(change) - closing
    side = Side.BUY if change > 0 else Side.SELL
    waits = maker.settings.wait_for_cancels
    if canceling and waits == "always":
        return []
    if stale and waits == "opening":
        opening = 0
    most = instrument.most_lots or closing + opening
    splits = maker.settings.split_reversals and maker.venue_takes(closing)
    if closing and opening and not splits and closing + opening <= most:
        closing, opening = 0, closing + opening
    closing, opening = min(closing, most), min(opening, most)
    orders: list[Planned] = []
    says = base * target <= 0  # a small change of a position that stays on its side is not worth a word
    if closing and (target == 0 or maker.is_large_enough(closing)):
        orders += maker.sent(side, closing, reduces=True, says=says)
    if opening and maker.is_large_enough(opening):
        orders += maker.sent(side, opening, reduces=False, says=says)
    return orders


class _OrderMaker:
    """Makes the orders of one decision and numbers them."""

    def __init__(
        self,
        book: Book,
        decision: DecisionMade,
        instrument: Instrument,
        settings: PlannerSettings,
        counter: int,
    ) -> None:
        self.instrument = instrument
        self.settings = settings
        self.book = book
        self.decision = decision
        self._number = counter
        self.capabilities = capabilities_of(settings.broker)

    def sent(self, side: Side, lots: int, *, reduces: bool, says: bool) -> list[Planned]:
        order = self._order(side, lots, reduces=reduces)
        made = OrderRequested(ts_event=self.decision.ts_event, order=order)
        mark = self.book.mark_ticks.get(self.instrument.id)
        return sent_or_refused(made, self.instrument, mark, says=says)

    def refused(self, signed_lots: int, rule: str, why: str) -> OrderRefused:
        side = Side.BUY if signed_lots > 0 else Side.SELL
        order = self._order(side, abs(signed_lots), reduces=False, market=True)
        refusal = Refused(
            rule=rule,
            reason=f"{self.instrument.id} on {self.instrument.venue}: {why}",
            figures={"target_lots": float(self.decision.target_lots)},
        )
        return OrderRefused(ts_event=self.decision.ts_event, order=order, refusal=refusal)

    def protective(
        self,
        side: Side,
        lots: int,
        *,
        order_type: OrderType,
        limit_ticks: int | None = None,
        stop_ticks: int | None = None,
        trail_pct: float = 0.0,
        tag: str,
        contingency: Contingency = Contingency.NONE,
        group_id: str = "",
        parent_id: str = "",
    ) -> Order:
        """An order that only reduces the position, numbered like the decision's others."""
        plain = self._order(side, lots, reduces=True)
        order = msgspec.structs.replace(
            plain,
            order_type=order_type,
            limit_price_ticks=limit_ticks,
            stop_price_ticks=stop_ticks,
            trail_pct=trail_pct,
            time_in_force=plain.time_in_force if order_type is OrderType.MARKET else TimeInForce.GTC,
            tag=tag,
            contingency=contingency,
            group_id=group_id,
            parent_id=parent_id,
        )
        return fitted(order, self.capabilities, self.instrument)

    def is_as_planned(self, order: Order) -> bool:
        """Whether an order on the book has the type and price that it would be given now."""
        if order.reduce_only or self.settings.order_type is OrderType.MARKET:
            return order.order_type is OrderType.MARKET
        return order.order_type is OrderType.LIMIT and order.limit_price_ticks == self._limit(order.side)

    def is_large_enough(self, lots: int) -> bool:
        least = self.settings.minimum_notional_e8
        return least == 0 or notional_e8(self._mark(), lots, self.instrument.ratio) >= least

    def venue_takes(self, lots: int) -> bool:
        mark = self.book.mark_ticks.get(self.instrument.id)
        return mark is None or below_minimum(self.instrument, mark, lots) is None

    def _order(self, side: Side, lots: int, *, reduces: bool, market: bool = False) -> Order:
        patient = self.settings.order_type is OrderType.LIMIT and not (reduces or market)
        decision = self.decision
        order = Order(
            client_order_id=client_order_id(self._stem(), self._number),
            decision_id=decision.decision_id,
            account=decision.account,
            strategy=decision.strategy,
            instrument_id=decision.instrument_id,
            side=side,
            quantity_lots=lots,
            order_type=OrderType.LIMIT if patient else OrderType.MARKET,
            limit_price_ticks=self._limit(side) if patient else None,
            time_in_force=self.settings.time_in_force,
            reduce_only=reduces,
            ts_decided=decision.ts_event,
        )
        self._number += 1
        return fitted(order, self.capabilities, self.instrument)

    def _stem(self) -> str:
        """Session and decision: a broker that serves several sessions must be able to tell them apart."""
        session = self.book.session_id
        return f"{session}-{self.decision.decision_id}" if session else self.decision.decision_id

    def _limit(self, side: Side) -> int:
        mark = self._mark()
        offset = slippage_ticks(mark, self.settings.limit_offset_bps, 0.0, _OFFSET_MOST_BPS)
        return fill_price(-side.sign, mark, offset, 0, False, self.instrument.negative_prices)

    def _mark(self) -> int:
        mark = self.book.mark_ticks.get(self.instrument.id)
        if mark is None:
            name = self.decision.decision_id
            message = f"{self.instrument.id} has no price yet, so {name!r} cannot be planned."
            raise OrderError(message, "Wait for its first bar or quote.")
        return mark


def _cancel(decision: DecisionMade, state: OrderState, reason: str) -> CancelRequested:
    return CancelRequested(
        ts_event=decision.ts_event,
        client_order_id=state.order.client_order_id,
        instrument_id=decision.instrument_id,
        reason=reason,
    )
