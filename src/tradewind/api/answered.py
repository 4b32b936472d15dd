"""Bodies of the API's answers: the rows of one section, with the record up to which they hold."""

from typing import Any

import msgspec

from tradewind.app.session.trades_so_far import SymbolProfit
from tradewind.views import rows
from tradewind.views.report.trade_rows import ClosedTradeRow
from tradewind.views.session.price_history import PriceBar, TradeMark
from tradewind.views.session.summary import SessionSummary


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """Root of all bodies; ``seq`` is the last record that is in it."""

    seq: int


class SessionBody(Body, frozen=True, kw_only=True):
    """The session, its account and its counters; null before it has started."""

    ts: str | None
    session: rows.SessionFacts | None
    account: rows.Account | None
    counters: rows.Counters


class EquityBody(Body, frozen=True, kw_only=True):
    """The equity curve, oldest first, thinned when long: ``[seq, time, equity, drawdown_pct]``."""

    points: list[rows.CurvePoint]


class MarketBody(Body, frozen=True, kw_only=True):
    """All instruments with price and latest call."""

    items: list[rows.MarketRow]


class PositionsBody(Body, frozen=True, kw_only=True):
    """All positions, open and flat."""

    items: list[rows.PositionRow]


class ModelsBody(Body, frozen=True, kw_only=True):
    """All models with their verdicts."""

    items: list[rows.ModelRow]


class BreakersBody(Body, frozen=True, kw_only=True):
    """All breakers that have tripped."""

    items: list[rows.BreakerRow]


class FeedsBody(Body, frozen=True, kw_only=True):
    """All feeds."""

    items: list[rows.FeedRow]


class ForecastsPage(Body, frozen=True, kw_only=True):
    """Latest forecasts, newest first."""

    items: list[rows.ForecastRow]
    next: int | None


class DecisionsPage(Body, frozen=True, kw_only=True):
    """Decisions, newest first."""

    items: list[rows.DecisionRow]
    next: int | None


class OrdersPage(Body, frozen=True, kw_only=True):
    """Orders, latest changed first."""

    items: list[rows.OrderRow]
    next: int | None


class RefusalsPage(Body, frozen=True, kw_only=True):
    """Refused orders, newest first."""

    items: list[rows.RefusalRow]
    next: int | None


class NoticesPage(Body, frozen=True, kw_only=True):
    """What a person should see, newest first."""

    items: list[rows.Notice]
    next: int | None


class BarsBody(Body, frozen=True, kw_only=True):
    """The latest bars of an instrument, oldest first, and the fills on them.

    ``timeframes`` are those of which bars were seen on the way.
    """

    instrument_id: str
    timeframe: str
    timeframes: tuple[str, ...]
    bars: list[PriceBar]
    marks: list[TradeMark]


class TradesBody(Body, frozen=True, kw_only=True):
    """The latest closed trades, newest first; ``by_symbol``, ``closed`` and ``open`` count all of them."""

    items: list[ClosedTradeRow]
    by_symbol: list[SymbolProfit]
    closed: int
    open: int


class RecordRow(msgspec.Struct, frozen=True, kw_only=True):
    """One journal record as it is, with its link of the hash chain in hex."""

    seq: int
    cause: int
    version: str
    hash: str
    event: dict[str, Any]


class RecordsPage(Body, frozen=True, kw_only=True):
    """Journal records in order; ``next`` goes into ``start``."""

    items: list[RecordRow]
    next: int | None


class VerifyBody(Body, frozen=True, kw_only=True):
    """What the check of the whole journal found; ``checked_ts`` is when it began."""

    checked_ts: str | None
    verified: bool
    records: int
    first_ts: str | None
    last_ts: str | None
    root_hash: str
    detail: str


class CommandBody(msgspec.Struct, frozen=True, kw_only=True):
    """A command that was left in the inbox."""

    id: int
    verb: str
    argument: str


class CommandStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The journal record that a command became; null while it waits."""

    id: int
    seq: int | None


class SessionsBody(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions of the home, newest first; ``older`` is how many more there are."""

    items: list[SessionSummary]
    older: int


TYPES: tuple[type[msgspec.Struct], ...] = (
    SessionBody,
    EquityBody,
    MarketBody,
    PositionsBody,
    ModelsBody,
    BreakersBody,
    FeedsBody,
    ForecastsPage,
    DecisionsPage,
    OrdersPage,
    RefusalsPage,
    NoticesPage,
    BarsBody,
    TradesBody,
    RecordsPage,
    VerifyBody,
    CommandBody,
    CommandStatus,
    SessionsBody,
)
