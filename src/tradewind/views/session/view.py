"""A session as it stands, folded from its journal record by record, in bounded memory.

:meth:`SessionView.changes` gives what records after a given one changed, so a reader who was away (for a
millisecond or a day) catches up with one answer. Whole answer, catching up in steps, and folding everything
at once all lead to the same session. How a reader applies a change: keyed rows replace those of the same key,
lists of records keep the newest, the curve goes on after ``curve_after``.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from tradewind.core.accounts import CashMoved, CorporateAction, PositionAdjusted, PositionAdopted, TradeClosed
from tradewind.core.book import key_of
from tradewind.core.decisions import (
    AccountMarked,
    BreakerRearmed,
    BreakerTripped,
    DecisionMade,
    InstrumentFailed,
    OrderRefused,
    OrderRequested,
)
from tradewind.core.events import (
    Command,
    FeedStatus,
    ModelStatus,
    OverrideRecorded,
    Record,
    Sealed,
    SessionEnded,
    SessionOpened,
    SessionStarted,
)
from tradewind.core.forecasts import Forecast, ForecastFailed
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar, Quote, middle_of
from tradewind.core.orders import (
    BrokerReport,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    SubmissionUnknown,
)
from tradewind.core.vocabulary import CAPITAL
from tradewind.views.amounts import iso_or_none
from tradewind.views.operators import NameOf, by_key, by_whom
from tradewind.views.rows import Changes, Counters, Kept, Notice
from tradewind.views.session import notices, projected
from tradewind.views.session.unfolded import Unfolded

KEPT = Kept(decisions=200, closed_orders=200, refusals=100, notices=100)
CURVE_POINTS = 2_000

_REPORTS = (
    OrderAccepted,
    OrderRejected,
    OrderFilled,
    OrderCanceled,
    OrderExpired,
    OrderReplaced,
    SubmissionUnknown,
)


class SessionView:
    """Folds records; the sequence of the last one folded is :attr:`seq`.

    A second ``SessionStarted`` begins anew: what was before it belongs to another session.

    Parameters
    ----------
    limits
        How many of the latest decisions, closed orders, refusals and notices are kept.
    curve_points
        Most points of the equity curve; beyond them it is thinned.
    name_of
        Who is behind a sealed field. Names are asked for with each answer and not kept.
    """

    def __init__(
        self, limits: Kept = KEPT, curve_points: int = CURVE_POINTS, name_of: NameOf = by_key
    ) -> None:
        self.limits = limits
        self._name_of = name_of
        self.seq = 0
        self._curve_points = curve_points
        self._began_at = 0
        self._ts_ns = 0
        self._state = Unfolded(limits)
        self._handlers: dict[type, Callable[[int, Any], None]] = {
            SessionStarted: self._on_started,
            SessionOpened: self._on_opened,
            SessionEnded: self._on_ended,
            Bar: self._on_bar,
            Quote: self._on_quote,
            Forecast: self._on_forecast,
            ForecastFailed: self._on_forecast,
            ModelStatus: self._on_model,
            OverrideRecorded: self._on_override,
            FeedStatus: self._on_feed,
            DecisionMade: self._on_decision,
            OrderRequested: self._on_requested,
            OrderRefused: self._on_refused,
            BreakerTripped: self._on_tripped,
            BreakerRearmed: self._on_rearmed,
            AccountMarked: self._on_marked,
            InstrumentFailed: self._on_instrument_failed,
            CorporateAction: self._on_action,
            PositionAdjusted: self._on_adjusted,
            PositionAdopted: self._on_adopted,
            CashMoved: self._on_cash,
            TradeClosed: self._on_trade,
            Command: self._on_command,
            **dict.fromkeys(_REPORTS, self._on_report),
        }

    def apply(self, record: Record) -> None:
        """Fold one record; those of other kinds only move :attr:`seq`."""
        event = record.event
        self.seq = record.seq
        self._ts_ns = max(self._ts_ns, event.ts_event)
        handler = self._handlers.get(type(event))
        if handler is not None:
            handler(record.seq, event)
            notice = notices.notice_of(record.seq, event)
            if notice is not None:
                operator = event.operator if isinstance(event, Command | OverrideRecorded) else None
                self._state.notices.add(record.seq, (notice, operator))

    def apply_all(self, records: Iterable[Record]) -> None:
        """Fold records in order."""
        for record in records:
            self.apply(record)

    @property
    def session_id(self) -> str:
        """The session's id, empty before it has started."""
        started = self._state.started
        return "" if started is None else started.session_id

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """The session's instruments by id, none before it has started."""
        return self._state.holdings.instruments

    def held_lots(self, instrument_id: str) -> int:
        """Signed lots of the instrument that all strategies and accounts hold together."""
        return self._state.holdings.lots_of(instrument_id)

    def changes(self, since: int = 0) -> Changes:
        """What records after ``since`` changed; the whole session for 0, or when it began after ``since``."""
        reset = since <= 0 or since < self._began_at or since > self.seq
        since = 0 if reset else since
        state = self._state
        curve_after, curve = state.curve.after(since) if state.curve is not None else (0, [])
        return Changes(
            kind="snapshot" if reset else "delta",
            since=since,
            seq=self.seq,
            reset=reset,
            ts=iso_or_none(self._ts_ns),
            limits=self.limits,
            session=projected.session_facts(state) if state.session_seq > since or reset else None,
            account=projected.account(state),
            counters=Counters(**state.counts),
            curve_after=curve_after,
            curve=curve,
            market=list(state.holdings.market_after(since)),
            models=projected.model_rows(state, since),
            positions=list(state.holdings.positions_after(since)),
            forecasts=projected.forecast_rows(state, since),
            decisions=projected.decision_rows(state, since),
            open_orders=state.orders.open_after(since, state.holdings.instruments),
            closed_orders=list(state.orders.closed_after(since, state.holdings.instruments)),
            refusals=projected.refusal_rows(state, since),
            breakers=projected.breaker_rows(state, since),
            feeds=projected.feed_rows(state, since),
            notices=[self._named(*noticed) for _, noticed in state.notices.after(since)],
        )

    def to_dict(self) -> dict[str, Any]:
        """The whole session as plain JSON types: money as decimal text, times as ISO UTC, no NaN."""
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self.changes()))
        return plain

    def _named(self, notice: Notice, operator: Sealed | None) -> Notice:
        if operator is None:
            return notice
        return msgspec.structs.replace(notice, text=by_whom(notice.text, operator, self._name_of))

    # One handler a kind of event ---------------------------------------------------------------

    def _on_started(self, seq: int, event: SessionStarted) -> None:
        self._state = Unfolded(self.limits)
        self._began_at = seq
        self._state.begin(seq, event, self._curve_points)

    def _on_opened(self, seq: int, event: SessionOpened) -> None:
        self._state.opened_ns, self._state.session_seq = event.ts_event, seq
        self._state.ended = None  # one that was stopped may go on

    def _on_ended(self, seq: int, event: SessionEnded) -> None:
        self._state.ended, self._state.session_seq = event, seq

    def _on_bar(self, seq: int, event: Bar) -> None:
        self._state.counts["bars"] += 1
        self._state.holdings.mark(seq, event.instrument_id, event.close, event.ts_event)

    def _on_quote(self, seq: int, event: Quote) -> None:
        self._state.counts["quotes"] += 1
        middle = middle_of(event)
        if middle is not None:
            self._state.holdings.mark(seq, event.instrument_id, middle, event.ts_event)

    def _on_forecast(self, seq: int, event: Forecast | ForecastFailed) -> None:
        self._state.counts["forecasts" if isinstance(event, Forecast) else "forecast_failures"] += 1
        self._state.said(seq, event)

    def _on_model(self, seq: int, event: ModelStatus) -> None:
        self._state.models[event.model, event.timeframe, event.horizon_bars] = (seq, event)

    def _on_override(self, seq: int, event: OverrideRecorded) -> None:
        self._state.overrides[event.model] = (seq, event)

    def _on_feed(self, seq: int, event: FeedStatus) -> None:
        self._state.feeds[event.feed] = (seq, event)

    def _on_decision(self, seq: int, event: DecisionMade) -> None:
        self._state.counts["decisions"] += 1
        self._state.decided(seq, event)
        self._state.holdings.decided(seq, event)

    def _on_requested(self, seq: int, event: OrderRequested) -> None:
        self._state.counts["orders"] += 1
        self._state.orders.requested(seq, event.ts_event, event.order)

    def _on_refused(self, seq: int, event: OrderRefused) -> None:
        self._state.counts["refused"] += 1
        self._state.refusals.add(seq, event)

    def _on_report(self, seq: int, event: BrokerReport) -> None:
        fee_e8 = self._state.holdings.fee_e8(event) if isinstance(event, OrderFilled) else None
        order = self._state.orders.reported(seq, event, fee_e8)
        if isinstance(event, OrderRejected):
            self._state.counts["rejected"] += 1
        if order is not None and isinstance(event, OrderFilled):
            self._state.counts["fills"] += 1
            self._state.holdings.book(seq, event, key_of(order))

    def _on_tripped(self, seq: int, event: BreakerTripped) -> None:
        self._state.trip(seq, event)

    def _on_rearmed(self, seq: int, event: BreakerRearmed) -> None:
        self._state.rearm(seq, event)

    def _on_marked(self, seq: int, event: AccountMarked) -> None:
        self._state.account = event
        if self._state.curve is not None:
            self._state.curve.mark(seq, event.ts_event, event.equity_e8, event.drawdown_pct)

    def _on_instrument_failed(self, seq: int, event: InstrumentFailed) -> None:
        self._state.counts["instrument_failures"] += 1

    def _on_action(self, seq: int, event: CorporateAction) -> None:
        self._state.holdings.act(seq, event)

    def _on_adjusted(self, seq: int, event: PositionAdjusted) -> None:
        self._state.holdings.adjust(seq, event)

    def _on_adopted(self, seq: int, event: PositionAdopted) -> None:
        self._state.holdings.adopt(seq, event)
        self._state.holdings.money.pay_in(event.cost_e8, self.instruments[event.instrument_id].quote_currency)

    def _on_cash(self, seq: int, event: CashMoved) -> None:
        holdings = self._state.holdings
        if event.reason in CAPITAL:
            holdings.money.pay_in(event.amount_e8, event.currency)
        else:
            holdings.income(seq, event)

    def _on_trade(self, seq: int, event: TradeClosed) -> None:
        self._state.counts["trades"] += 1

    def _on_command(self, seq: int, event: Command) -> None:
        self._state.counts["commands"] += 1


def fold(records: Iterable[Record]) -> SessionView:
    """A view of all ``records``."""
    view = SessionView()
    view.apply_all(records)
    return view
