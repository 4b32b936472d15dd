"""The shapes that pages, API and reports show. Money and quantities are exact decimal text, times ISO UTC.

A row's ``seq`` is the journal record that changed it last: a reader who has seen everything up to record
*n* needs only the rows with a larger one. A float that is not a number goes over the wire as null.
"""

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Root of all rows."""


class SessionFacts(Row, frozen=True, kw_only=True):
    """What the session is. ``phase`` is ``warming_up``, ``open`` or ``ended``."""

    session_id: str
    mode: str
    phase: str
    strategies: tuple[str, ...]
    accounts: tuple[str, ...]
    base_currency: str
    seed: int
    started: str
    opened: str | None
    ended: str | None
    end_reason: str
    notes: tuple[str, ...]
    synthetic: bool
    """A note says that the data are synthetic: every page must show it."""
    instruments: int
    factors: int
    models: tuple[str, ...]


class Account(Row, frozen=True, kw_only=True):
    """The account at its last mark, in the base currency.

    ``profit`` is equity less all capital paid in, at the start and since. ``drawdown_pct`` is how far equity
    lies below the highest that it was at any valuation (capital aside), ``max_drawdown_pct`` the largest of
    it at the end of any cycle: the one figure that commands, pages and reports call the largest drawdown.
    """

    ts: str | None
    equity: str
    start_equity: str
    profit: str
    profit_pct: float
    cash: str
    gross_exposure: str
    net_exposure: str
    gross_pct: float
    net_pct: float
    drawdown_pct: float
    max_drawdown_pct: float


class Counters(Row, frozen=True, kw_only=True):
    """How many of what the journal holds so far."""

    bars: int = 0
    quotes: int = 0
    forecasts: int = 0
    forecast_failures: int = 0
    decisions: int = 0
    orders: int = 0
    fills: int = 0
    trades: int = 0
    """Round trips that came to their end."""
    refused: int = 0
    rejected: int = 0
    instrument_failures: int = 0
    commands: int = 0


class CurvePoint(Row, frozen=True, kw_only=True, array_like=True):
    """One mark of the account: ``[seq, time, equity, drawdown_pct]``."""

    seq: int
    ts: str
    equity: str
    drawdown_pct: float


class MarketRow(Row, frozen=True, kw_only=True):
    """One instrument as it stands: price against the last one of the day before, and the latest call.

    ``call`` is ``buy``, ``sell`` or ``hold`` by the latest decision, empty before the first.
    """

    seq: int
    instrument_id: str
    asset_class: str
    venue: str
    quote_currency: str
    tradable: bool
    price: str | None
    previous: str | None
    change_pct: float | None
    ts: str | None
    call: str
    edge_bps: float
    confidence: float
    regime: str


class ModelRow(Row, frozen=True, kw_only=True):
    """One model of the session with the verdict of the promotion gate.

    It forecasts ``horizon_bars`` bars of ``timeframe``; empty in sessions that did not record it. ``weight``
    is the multiplier that it entered with; ``share`` (0 to 1) what it carries: its mean share in the latest
    blend on each of ``blends`` instruments, null before it has voted.
    """

    seq: int
    model: str
    version: str
    timeframe: str
    horizon_bars: int
    verdict: str
    weight: float
    share: float | None
    blends: int
    figures: dict[str, float]
    overridden: bool
    """A person lets it trade against the gate's verdict."""
    override_reason: str
    gate_reasons: tuple[str, ...]


class PositionRow(Row, frozen=True, kw_only=True):
    """One position at its latest mark, all amounts in the instrument's quote currency."""

    seq: int
    instrument_id: str
    account: str
    strategy: str
    currency: str
    quantity: str
    open: bool
    average_price: str | None
    mark_price: str | None
    value: str
    unrealized_pnl: str
    unrealized_pct: float
    realized_pnl: str
    income: str
    """Dividends, less those paid on shorts."""
    commission: str
    opened: str | None


class ForecastRow(Row, frozen=True, kw_only=True):
    """One model's latest word on one instrument over ``horizon_bars`` bars of ``timeframe``.

    ``failed`` says why there is none.
    """

    seq: int
    instrument_id: str
    model: str
    model_version: str
    ts: str
    timeframe: str
    horizon_bars: int
    expected_return_bps: float
    probability_up: float
    confidence: float
    lower_bps: float
    upper_bps: float
    failed: str = ""


class VoteRow(Row, frozen=True, kw_only=True):
    """What one model contributed to a decision."""

    model: str
    version: str
    weight: float
    edge_bps: float
    probability_up: float
    confidence: float


class VerdictRow(Row, frozen=True, kw_only=True):
    """One filter of a decision: what was held against what."""

    name: str
    passed: bool
    value: float
    threshold: float
    hard: bool
    note: str


class SizingRow(Row, frozen=True, kw_only=True):
    """One step from edge to size: the target weight (fraction of equity, signed) after it."""

    step: str
    weight: float


class DecisionRow(Row, frozen=True, kw_only=True):
    """One decision with all that led to it."""

    seq: int
    decision_id: str
    ts: str
    strategy: str
    instrument_id: str
    outcome: str
    reason: str
    edge_bps: float
    cost_bps: float
    probability_up: float
    confidence: float
    regime: str
    current_quantity: str
    target_quantity: str
    votes: tuple[VoteRow, ...]
    verdicts: tuple[VerdictRow, ...]
    sizing: tuple[SizingRow, ...]
    factors: dict[str, float]


class FillRow(Row, frozen=True, kw_only=True):
    """One fill of an order; ``commission`` is in the quote currency, whatever it was paid in."""

    trade_id: str
    ts: str
    quantity: str
    price: str
    commission: str
    slippage_bps: float


class OrderRow(Row, frozen=True, kw_only=True):
    """One order in its present state; ``slippage_bps`` is weighted by quantity over all its fills."""

    seq: int
    requested_seq: int
    client_order_id: str
    decision_id: str
    venue_order_id: str
    strategy: str
    instrument_id: str
    side: str
    order_type: str
    time_in_force: str
    reduce_only: bool
    quantity: str
    limit_price: str | None
    stop_price: str | None
    state: str
    reason: str
    filled: str
    average_price: str | None
    commission: str
    slippage_bps: float | None
    requested: str
    updated: str
    fills: tuple[FillRow, ...]
    fill_count: int
    """All fills; ``fills`` holds the latest of them."""


class RefusalRow(Row, frozen=True, kw_only=True):
    """An order that a limit stood against: it never left."""

    seq: int
    ts: str
    client_order_id: str
    decision_id: str
    instrument_id: str
    side: str
    quantity: str
    rule: str
    reason: str
    figures: dict[str, float]


class BreakerRow(Row, frozen=True, kw_only=True):
    """A breaker that has tripped at least once. ``state`` is ``tripped`` or ``armed``."""

    seq: int
    key: str
    breaker: str
    scope: str
    scope_key: str
    state: str
    action: str
    value: float
    threshold: float
    reason: str
    tripped: str
    trips: int
    rearm: str
    rearmed: str | None
    rearmed_by: str


class FeedRow(Row, frozen=True, kw_only=True):
    """A feed and its latest status."""

    seq: int
    feed: str
    status: str
    detail: str
    ts: str


class Notice(Row, frozen=True, kw_only=True):
    """Something a person should see. ``severity`` is ``info``, ``warning`` or ``critical``."""

    seq: int
    ts: str
    severity: str
    kind: str
    instrument_id: str
    text: str


class Kept(Row, frozen=True, kw_only=True):
    """How many of the latest are kept of what would grow for ever."""

    decisions: int
    closed_orders: int
    refusals: int
    notices: int


class Changes(Row, frozen=True, kw_only=True):
    """All that records after ``since``, up to ``seq``, changed; with ``reset`` it is the whole session.

    ``session`` and ``open_orders`` are null where nothing changed them. Curve points after record
    ``curve_after`` are replaced by those in ``curve``.
    """

    kind: str
    since: int
    seq: int
    reset: bool
    ts: str | None
    limits: Kept
    session: SessionFacts | None
    account: Account | None
    counters: Counters
    curve_after: int
    curve: list[CurvePoint]
    market: list[MarketRow]
    models: list[ModelRow]
    positions: list[PositionRow]
    forecasts: list[ForecastRow]
    decisions: list[DecisionRow]
    open_orders: list[OrderRow] | None
    closed_orders: list[OrderRow]
    refusals: list[RefusalRow]
    breakers: list[BreakerRow]
    feeds: list[FeedRow]
    notices: list[Notice]
