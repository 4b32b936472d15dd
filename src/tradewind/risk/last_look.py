"""The second gate, beside the broker: it shares no code and no state with the first.

It knows only what passes its own door: cash that it was told of, prices it was shown, fills that came back,
orders that went out. So a fault in the book, in the first gate, or between the two meets a second pair of
eyes. It asks little: is the order sane in size, price and rate, and is it new. What only closes at the market
it always lets through.
"""

import math
from collections import deque
from collections.abc import Mapping

import msgspec

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdopted
from tradewind.core.book import PositionKey, key_of
from tradewind.core.coins import lots_of_coins
from tradewind.core.decisions import Approved, Refused
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar, Event, Quote
from tradewind.core.orders import (
    BrokerReport,
    Order,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    Side,
)
from tradewind.core.settings import Age, Amount, Count, Limit, Settings
from tradewind.core.vocabulary import CashReason, Contingency
from tradewind.risk.own_account import OwnAccount

_PARENT = "parent"
"""Rule of a refusal: an order that waits for an entry which is not out."""

_MINUTE_NS = 60_000_000_000
_REMEMBERED_IDS = 100_000
_OF_ACTIONS = (CashReason.DIVIDEND, CashReason.CASH_IN_LIEU, CashReason.REORGANISATION)
"""Cash that follows from a corporate action, which the gate carries out itself."""


class LastLookSettings(Settings, frozen=True, kw_only=True):
    """Bounds of the second gate; ConfigError names one that is not positive.

    ``order_share`` and ``instrument_share`` are parts of the equity as the gate itself reckons it. A bound in
    money, where there is one, counts instead: in whole units of the base currency (of each instrument's own
    where the gate was told of none). ``by_id`` sets one instrument's order bound in money.
    """

    order_share: Limit = 1.0
    """Most that one order may be worth, as a part of the equity."""
    instrument_share: Limit = 2.0
    """Most that all held and waiting of one instrument may be worth, as a part of the equity."""
    max_order_notional: Amount | None = None
    max_instrument_notional: Amount | None = None
    by_id: dict[str, Amount] = msgspec.field(default_factory=dict)
    per_minute: Count = 600
    collar: Limit = 0.10
    """How far a limit price may give money away against the last price seen, as a fraction."""
    max_age_ns: Age = 5 * 86_400_000_000_000
    """How old that price may be."""

    def __post_init__(self) -> None:
        for name in (
            "order_share",
            "instrument_share",
            "max_order_notional",
            "max_instrument_notional",
            "collar",
        ):
            bound = getattr(self, name)
            if bound is not None and not bound > 0.0:
                message = f"The last look's {name} is {bound}."
                raise ConfigError(message, "Every bound must be positive.")


class _Out(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An order that left: whose, and what of it may still fill."""

    key: PositionKey
    side: Side
    lots: int
    reduces: bool = False
    """It may only shrink a position, so no other order can wait for what it would bring."""
    parent_id: str = ""
    """The entry that it waits for; empty for an order of its own."""
    group_id: str = ""


class _State(msgspec.Struct, kw_only=True):
    now_ns: int
    account: bytes
    out: dict[str, _Out]
    sent_at: list[int]
    sent: list[str]


class LastLook:
    """A :class:`~tradewind.core.ports.SecondGate`: each order against bounds of its own.

    Parameters
    ----------
    cash
        Whole units of money at the start, by currency. Left out, nothing is held against the equity.
    base_currency
        What bounds in money are in; empty for each instrument's own quote currency.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        settings: LastLookSettings | None = None,
        *,
        cash: Mapping[str, float] | None = None,
        base_currency: str = "",
    ) -> None:
        self._instruments = dict(instruments)
        self._settings = settings or LastLookSettings()
        self._account = OwnAccount(self._instruments, cash or {}, base_currency)
        self._knows_cash = bool(cash)
        self._now_ns = 0
        self._latest: dict[str, Bar] = {}
        self._out: dict[str, _Out] = {}
        self._sent_at: deque[int] = deque()
        self._sent: dict[str, None] = {}

    # What it is shown ----------------------------------------------------------------------------

    def saw_market(self, event: Event) -> None:
        """Take prices, corporate actions and cash from what comes in; anything else changes nothing."""
        if event.ts_event > self._now_ns:
            self._now_ns = event.ts_event
        if type(event) is Bar:
            self._latest[event.instrument_id] = event  # looked at when a price is wanted
            return
        self._look()
        match event:
            # One side says nothing of the middle, and a bid above the ask is a fault of the feed.
            case Quote() if event.bid and event.ask and event.bid <= event.ask:
                self.saw_price(event.instrument_id, (event.bid + event.ask) / 2.0, event.ts_event)
            case CorporateAction():
                self._account.take_action(event)
            case CashMoved() if event.reason not in _OF_ACTIONS:
                self._account.take_cash(event.currency, event.amount_e8 / 1e8)
                if event.reason is CashReason.COINS and event.instrument_id in self._instruments:
                    key = PositionKey(event.account, event.strategy, event.instrument_id)
                    lots = lots_of_coins(self._instruments[event.instrument_id], event.amount_e8)
                    self._account.add(key, -lots)
            case PositionAdopted():
                self._account.add(
                    PositionKey(event.account, event.strategy, event.instrument_id), event.quantity_lots
                )
            case _:
                pass

    def _look(self) -> None:
        """Take the prices of the bars that came since the last time."""
        for bar in self._latest.values():
            self.saw_price(bar.instrument_id, bar.close, bar.ts_event)
        self._latest.clear()

    def saw_report(self, report: BrokerReport) -> None:
        """Follow what became of an order that left."""
        out = self._out.get(report.client_order_id)
        match report:
            case OrderFilled():
                key = out.key if out is not None else PositionKey(report.account, "", report.instrument_id)
                self._account.fill(key, report)
                if out is not None:
                    self._shrink(report.client_order_id, out, out.lots - report.quantity_lots)
            case OrderCanceled() | OrderExpired() | OrderRejected():
                self._out.pop(report.client_order_id, None)
            case OrderReplaced() if out is not None:
                self._shrink(report.client_order_id, out, report.quantity_lots - report.filled_lots)
            case _:
                pass

    def saw_price(self, instrument_id: str, price: float, ts_ns: int) -> None:
        """Remember a price from the feed, unless it is none that the instrument can have."""
        self._account.price(instrument_id, price, ts_ns)

    def saw_position(self, instrument_id: str, signed_lots: int) -> None:
        """Take the broker's own word on a position, at the start and after a reconciliation."""
        self._account.set_position(instrument_id, signed_lots)

    def _shrink(self, client_order_id: str, out: _Out, lots: int) -> None:
        if lots > 0:
            out.lots = lots
        else:
            del self._out[client_order_id]

    # What it is asked ----------------------------------------------------------------------------

    def check(self, order: Order, now_ns: int) -> Approved | Refused:
        """Approved, or why not. An approved order counts as sent; the same id is not approved twice."""
        self._look()
        now_ns = max(now_ns, self._now_ns)
        problem = self._problem(order, now_ns)
        if problem is not None:
            return problem
        self._sent[order.client_order_id] = None
        if len(self._sent) > _REMEMBERED_IDS:
            del self._sent[next(iter(self._sent))]
        self._sent_at.append(now_ns)
        waits = order.contingency is Contingency.OTO
        self._out[order.client_order_id] = _Out(
            key=key_of(order),
            side=order.side,
            lots=order.quantity_lots,
            reduces=order.reduce_only,
            parent_id=order.parent_id if waits else "",
            group_id=order.group_id if waits else "",
        )
        return Approved()

    def _problem(self, order: Order, now_ns: int) -> Refused | None:
        if order.instrument_id not in self._instruments:
            return _refused("instrument", f"{order.instrument_id} is not known here.")
        if order.client_order_id in self._sent:
            return _refused("duplicate", f"{order.client_order_id} was sent already.")
        if order.quantity_lots <= 0:
            return _refused("quantity", f"A quantity of {order.quantity_lots} lots is none.")
        held, net = self._account.held(key_of(order)), self._account.net(order.instrument_id)
        signed = order.signed_lots
        closing = any(lots * signed < 0 and abs(signed) <= abs(lots) for lots in (held, net))
        if order.reduce_only and not closing:
            # One that protects what waits to be bought can only reduce as well.
            if (beyond := self._beyond_entry(order, held, net)) is not None:
                return beyond
            closing = True
        if closing and order.limit_price_ticks is None:
            return None  # closing at the market is always let through
        while self._sent_at and self._sent_at[0] <= now_ns - _MINUTE_NS:
            self._sent_at.popleft()
        if not closing and len(self._sent_at) >= self._settings.per_minute:
            return _refused("rate", f"{len(self._sent_at)} orders left within a minute.")
        waiting = sum(
            out.lots
            for out in self._out.values()
            if out.side is order.side and out.key.instrument_id == order.instrument_id
        )
        after = net + signed + (waiting if order.side is Side.BUY else -waiting)
        return self._price_problem(order, after, closing, now_ns)

    def _beyond_entry(self, order: Order, held: int, net: int) -> Refused | None:
        """Why a reduce-only order could end on the other side of zero; None where it cannot.

        One that waits for an entry is held against what that entry and the position come to, less what the
        entry's other children may take of it; children of one group cancel one another and count once.
        """
        sign = order.side.sign
        reducible = max(0, -sign * held, -sign * net)
        if order.contingency is not Contingency.OTO:
            return _beyond(order, reducible)
        parent = self._out.get(order.parent_id)
        if parent is not None and (parent.reduces or parent.key != key_of(order)):
            parent = None
        if parent is None and not reducible:
            return _refused(_PARENT, f"Its entry {order.parent_id} is not out, and nothing is held.")
        entry = parent.lots if parent is not None and parent.side is not order.side else 0
        taken: dict[str, int] = {}
        for client_order_id, out in self._out.items():
            if out.parent_id == order.parent_id and not (out.group_id and out.group_id == order.group_id):
                group = out.group_id or client_order_id
                taken[group] = max(taken.get(group, 0), out.lots)
        return _beyond(order, reducible + entry - sum(taken.values()))

    def _price_problem(self, order: Order, after: int, closing: bool, now_ns: int) -> Refused | None:
        instrument = self._instruments[order.instrument_id]
        settings = self._settings
        seen = self._account.seen_price(order.instrument_id)
        if seen is None or (not closing and now_ns - seen[1] > settings.max_age_ns):
            return _refused(
                "price", f"There is no fresh price of {order.instrument_id} to hold the order against."
            )
        price = worst = seen[0]
        if order.limit_price_ticks is not None:
            limit = order.limit_price_ticks * float(instrument.tick_size)
            anchor = price
            if order.stop_price_ticks is not None:
                anchor = order.stop_price_ticks * float(instrument.tick_size)
            given_away = limit - anchor if order.side is Side.BUY else anchor - limit
            if given_away > settings.collar * abs(anchor):
                return _refused("collar", f"The limit {limit:g} gives away too much against {anchor:g}.")
            worst = max(price, limit)
        return None if closing else self._size_problem(order, instrument, after, worst)

    def _size_problem(self, order: Order, instrument: Instrument, after: int, worst: float) -> Refused | None:
        settings, account = self._settings, self._account
        rate = account.rate(instrument.quote_currency)
        if rate is None:
            currency = instrument.quote_currency
            return _refused("currency", f"There is no rate to say what an amount of {currency} is worth.")
        each = float(instrument.lot_size) * abs(worst) * rate
        equity = account.equity() if self._knows_cash else math.inf
        most = settings.by_id.get(order.instrument_id, settings.max_order_notional)
        most = settings.order_share * equity if most is None else most
        if not order.quantity_lots * each <= most:
            return _refused("size", f"The order is worth {order.quantity_lots * each:.2f} of {most:.2f}.")
        most = settings.max_instrument_notional
        most = settings.instrument_share * equity if most is None else most
        if not abs(after) * each <= most:
            return _refused("position", f"The position would be worth {abs(after) * each:.2f} of {most:.2f}.")
        return None

    # Standing up again ---------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """All that it has seen; equal states give equal bytes."""
        self._look()
        return _encoder.encode(
            _State(
                now_ns=self._now_ns,
                account=self._account.snapshot(),
                out=dict(sorted(self._out.items())),
                sent_at=list(self._sent_at),
                sent=list(self._sent),
            )
        )

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        kept = _decoder.decode(state)
        self._now_ns, self._out = kept.now_ns, kept.out
        self._account.restore(kept.account)
        self._sent_at, self._sent = deque(kept.sent_at), dict.fromkeys(kept.sent)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_State)


def _beyond(order: Order, reducible: int) -> Refused | None:
    if order.quantity_lots <= reducible:
        return None
    reason = f"A reduce-only {order.side} of {order.quantity_lots} lots has {max(0, reducible)} to reduce."
    return _refused("reduce_only", reason)


def _refused(rule: str, reason: str) -> Refused:
    return Refused(rule=f"last_look_{rule}", reason=reason)
